//! The fallback ladder: which rung runs the intersection at this tick, and why.
//!
//! In: what the operator allows, whether the advice half works, how many lanes can be seen. Out: a
//! [`Rung`] and the reason for being below the top. Going down is immediate; going up takes
//! [`RECOVERY`] without trouble, so that a flickering fault does not make the signal flicker. Not here:
//! the advice itself.

use crate::controller::Rung;
use crate::units::{Millis, Timestamp};

/// How long the reason to be on a lower rung must be gone before the next higher one is tried: about
/// one cycle, so that the street does not see two ways of running within one.
pub const RECOVERY: Millis = Millis(60_000);

/// How long the solver may go without any budget before its last plan is too old to follow. Plans
/// reach tens of seconds ahead, but arrivals seen now are at the stop bar within ten.
pub const STARVED_MAX: Millis = Millis(5_000);

/// Panics of the advice half before it is no longer rebuilt: three mean that it will not get better.
pub const PANICS_MAX: u32 = 3;

/// What the ladder looks at.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    /// Highest rung the operator allows.
    pub ceiling: Rung,
    /// The solver got work to do in this tick.
    pub has_budget: bool,
    /// Share of lanes with at least one believed detector, 0 to 1; 0 for a site without detectors.
    pub lanes_seen: f64,
}

/// Why the intersection runs on the rung it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing keeps it lower.
    Best,
    /// The operator's ceiling.
    Ceiling,
    /// The solver has had no budget for too long.
    SolverStarved,
    /// The advice half panicked and is being rebuilt, or has been given up.
    AdvicePanicked,
    /// Too few lanes have a believed detector.
    TooFewDetectors,
}

/// Chooses the rung.
#[derive(Clone, Debug)]
pub struct Ladder {
    rung: Rung,
    why: Why,
    /// Since when nothing has kept it from a higher rung.
    better_since: Option<Timestamp>,
    budget_seen: Option<Timestamp>,
    panicked_at: Option<Timestamp>,
    panics: u32,
}

impl Default for Ladder {
    fn default() -> Self {
        Self::new()
    }
}

impl Ladder {
    /// A ladder that starts on the best rung its first tick allows.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rung: Rung::Flash,
            why: Why::Best,
            better_since: None,
            budget_seen: None,
            panicked_at: None,
            panics: 0,
        }
    }

    /// The rung in force and why.
    #[must_use]
    pub fn current(&self) -> (Rung, Why) {
        (self.rung, self.why)
    }

    /// The advice half panicked in this tick: fixed time at once.
    pub fn advice_panicked(&mut self, now: Timestamp) {
        self.panics = self.panics.saturating_add(1);
        self.panicked_at = Some(now);
        self.better_since = None;
        self.rung = self.rung.min(Rung::FixedTime);
        self.why = Why::AdvicePanicked;
    }

    /// The advice half has panicked so often that it is not asked any more.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        self.panics >= PANICS_MAX
    }

    /// The rung for this tick.
    pub fn choose(&mut self, condition: Condition, now: Timestamp) -> (Rung, Why) {
        let first = self.budget_seen.is_none();
        if condition.has_budget || first {
            self.budget_seen = Some(now);
        }
        let (possible, why) = self.best_possible(condition, now);
        if possible <= self.rung || first || self.why == Why::Ceiling {
            // Down at once; and an operator's raised ceiling is obeyed at once too.
            (self.rung, self.why) = (possible, why);
            self.better_since = None;
        } else {
            let since = *self.better_since.get_or_insert(now);
            if now.since(since) >= RECOVERY {
                (self.rung, self.why) = (possible, why);
                self.better_since = None;
            }
        }
        (self.rung, self.why)
    }

    fn best_possible(&self, condition: Condition, now: Timestamp) -> (Rung, Why) {
        let starved = self
            .budget_seen
            .is_some_and(|seen| now.since(seen) > STARVED_MAX);
        let rebuilding = self
            .panicked_at
            .is_some_and(|at| self.has_given_up() || now.since(at) < RECOVERY);
        let mut best = (Rung::Adaptive, Why::Best);
        let mut limit = |applies: bool, rung: Rung, why: Why| {
            if applies && rung < best.0 {
                best = (rung, why);
            }
        };
        limit(true, condition.ceiling, Why::Ceiling);
        // With fewer than half of the lanes seen the solver would plan for an imagined street, while
        // actuated control still serves the fail-time calls of the blind half.
        limit(
            condition.lanes_seen < 0.5,
            Rung::Actuated,
            Why::TooFewDetectors,
        );
        limit(
            condition.lanes_seen <= 0.0,
            Rung::FixedTime,
            Why::TooFewDetectors,
        );
        limit(starved, Rung::Actuated, Why::SolverStarved);
        limit(rebuilding, Rung::FixedTime, Why::AdvicePanicked);
        best
    }
}
