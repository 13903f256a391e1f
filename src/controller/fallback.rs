//! The advice half behind a wall: what it says, or fixed time when it fails.
//!
//! In: one tick's situation. Out: what the advice half advises. When it panics it is thrown away whole and
//! built anew, the ladder is told, and this tick is advised by fixed time that needs no detector. After
//! [`PANICS_MAX`](super::ladder::PANICS_MAX) panics it is not asked any more. With the old one went the
//! memory of who had called, so everybody counts as calling until served once. Not here: the lamps; a panic
//! of the gate is not caught anywhere.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::controller::advisors::{Advised, Advisors, Situation};
use crate::controller::ladder::{Ladder, RECOVERY};
use crate::conventional::{Conventional, Mode};
use crate::detection::{Detection, Readings};
use crate::estimation::Estimate;
use crate::intersection::{Intersection, PhaseId};
use crate::signal::{Advice, Calls, Decision, DecisionKind, PedestrianInterval, SignalState};
use crate::units::{Millis, Timestamp};

/// Most characters of a panic's message that a decision repeats.
const MESSAGE_MAX: usize = 200;

/// The advice half, and what stands in for it.
pub(super) struct Walled {
    advisors: Advisors,
    blind: Blind,
    /// Who may have called before the last panic and has not been served since.
    owed: Calls,
}

impl Walled {
    pub(super) fn new(site: &Intersection) -> Self {
        Self {
            advisors: Advisors::new(site),
            blind: Blind::new(site),
            owed: Calls::default(),
        }
    }

    pub(super) fn estimate(&self) -> &Estimate {
        self.advisors.estimate()
    }

    /// Share of the lanes that have a detector now believed, or a camera, 0 to 1.
    pub(super) fn lanes_seen(&self, site: &Intersection, now: Timestamp) -> f64 {
        self.advisors.lanes_seen(site, now)
    }

    pub(super) fn advise(&mut self, situation: &Situation<'_>, ladder: &mut Ladder) -> Advised {
        let mut advised = self.ask(situation, ladder);
        let served = being_served(situation.shown);
        self.owed.vehicle = self.owed.vehicle.difference(served.vehicle);
        self.owed.pedestrian = self.owed.pedestrian.difference(served.pedestrian);
        advised.calls.vehicle = advised.calls.vehicle.union(self.owed.vehicle);
        advised.calls.pedestrian = advised.calls.pedestrian.union(self.owed.pedestrian);
        advised
    }

    fn ask(&mut self, situation: &Situation<'_>, ladder: &mut Ladder) -> Advised {
        if ladder.has_given_up() {
            return self.advise_blind(situation);
        }
        // What is half-changed when advice panics is thrown away whole.
        let advised = catch_unwind(AssertUnwindSafe(|| self.advisors.advise(situation)));
        advised.unwrap_or_else(|panic| {
            self.advisors = Advisors::new(situation.site);
            self.owed = everybody(situation.site);
            ladder.advice_panicked(situation.now);
            let mut advised = self.advise_blind(situation);
            let message = message_of(panic.as_ref());
            advised.decision = Some(fallen_back(situation, &advised, &message, ladder));
            advised
        })
    }

    fn advise_blind(&mut self, situation: &Situation<'_>) -> Advised {
        let advised = catch_unwind(AssertUnwindSafe(|| self.blind.advise(situation)));
        advised.unwrap_or_else(|_| {
            self.blind = Blind::new(situation.site);
            // The gate goes on by itself: everybody calls, and no call may wait too long.
            let calls = waiting(situation.site, situation.shown);
            Advised::only(Advice::green(situation.shown.greens()), calls)
        })
    }
}

fn fallen_back(
    situation: &Situation<'_>,
    advised: &Advised,
    message: &str,
    ladder: &Ladder,
) -> Decision {
    let outlook = if ladder.has_given_up() {
        "; that was once too often, it is not tried again".to_owned()
    } else {
        format!(" until it has run for {:.0} s again", RECOVERY.secs())
    };
    Decision {
        at: situation.now,
        kind: DecisionKind::Fallback,
        wants: advised.advice.green,
        holds: Millis::ZERO,
        cost: 0.0,
        alternative: None,
        reason: format!("the advice half failed ({message}): fixed time{outlook}"),
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    text.chars().take(MESSAGE_MAX).collect()
}

/// Fixed time without any detector: nobody knows who is there, so everybody is taken to call.
struct Blind {
    fixed_time: Conventional,
    readings: Readings,
}

impl Blind {
    fn new(site: &Intersection) -> Self {
        Self {
            fixed_time: Conventional::new(site, Mode::FixedTime),
            readings: Detection::new(site).readings().clone(),
        }
    }

    fn advise(&mut self, situation: &Situation<'_>) -> Advised {
        let Situation {
            site,
            shown,
            now,
            clock,
            ..
        } = *situation;
        self.readings.calls = waiting(site, shown);
        let readings = &self.readings;
        let advice = *self.fixed_time.advise(site, readings, shown, now, clock);
        let mut advised = Advised::only(advice, readings.calls);
        advised.events.extend_from_slice(self.fixed_time.events());
        advised
    }
}

/// A call of every phase, and of the pedestrians of every phase that has some.
fn everybody(site: &Intersection) -> Calls {
    let crosses = |phase: &PhaseId| site.phase[*phase].safety.pedestrian.is_some();
    Calls {
        vehicle: site.phases,
        pedestrian: site.phases.iter().filter(crosses).collect(),
    }
}

/// The same of the phases without the right of way.
fn waiting(site: &Intersection, shown: &SignalState) -> Calls {
    let (all, on) = (everybody(site), shown.right_of_way());
    Calls {
        vehicle: all.vehicle.difference(on),
        pedestrian: all.pedestrian.difference(on),
    }
}

/// Calls that what is shown serves.
fn being_served(shown: &SignalState) -> Calls {
    let walks = |phase: &PhaseId| shown.phases[*phase].pedestrian == PedestrianInterval::Walk;
    Calls {
        vehicle: shown.greens(),
        pedestrian: PhaseId::all().filter(walks).collect(),
    }
}
