//! The controller of one intersection: a pure function from inputs and time to outputs.
//!
//! In: [`Inputs`] every [`TICK`](crate::units::TICK). Out: [`Outputs`]. It does no I/O, reads no clock,
//! draws no random number and cannot fail. Advice (`advisors.rs`) and authority (the gate) are kept
//! apart here; which advice is in force is the ladder's choice (`ladder.rs`). Not here: drivers, which
//! own clocks, detectors and lamps.

mod advisors;
mod announce;
mod events;
mod fallback;
pub mod ladder;
mod ports;

use crate::controller::advisors::Situation;
use crate::controller::events::{EventWriter, Moment};
use crate::controller::fallback::Walled;
use crate::controller::ladder::{Condition, Ladder, Why};
use crate::estimation::Estimate;
use crate::intersection::Intersection;
use crate::safety::Gate;
use crate::signal::SignalState;
use crate::units::{ClockTime, TICK, Timestamp};

pub use ports::{EDGES_MAX, HEARD_MAX, Inputs, Outputs, Rung, SIGHTINGS_MAX};

/// The controller of one intersection.
pub struct Controller {
    site: Intersection,
    advice: Walled,
    /// Moments at which the advice half is made to fail, the latest first.
    failures: Vec<Timestamp>,
    ladder: Ladder,
    events: EventWriter,
    running: Option<Running>,
    lost_edges: u64,
}

/// What exists from the first tick on.
struct Running {
    gate: Gate,
    shown: SignalState,
    now: Timestamp,
}

impl Controller {
    /// A controller that has not been stepped: its first tick shows all red.
    #[must_use]
    pub fn new(site: &Intersection) -> Self {
        Self {
            advice: Walled::new(site),
            failures: Vec::new(),
            ladder: Ladder::new(),
            events: EventWriter::new(site),
            running: None,
            lost_edges: 0,
            site: site.clone(),
        }
    }

    /// The same, with an advice half that panics at the first tick at or after each of these moments: for
    /// finding out what happens then.
    #[must_use]
    pub fn with_failing_advice(site: &Intersection, at: &[Timestamp]) -> Self {
        let mut failures = at.to_vec();
        failures.sort_by(|a, b| b.cmp(a));
        Self {
            failures,
            ..Self::new(site)
        }
    }

    /// One tick. `now` is monotonic; an earlier one than before counts as no time passing, a late one is
    /// taken as it is.
    ///
    /// # Panics
    /// Only when the gate finds that the lamps about to be shown are unsafe, which no input can cause;
    /// without a controller the cabinet flashes.
    pub fn step(&mut self, inputs: &Inputs, now: Timestamp) -> Outputs {
        let running = self.running.get_or_insert_with(|| {
            let gate = Gate::new(&self.site, now);
            Running {
                shown: gate.state().clone(),
                gate,
                now: now - TICK,
            }
        });
        let (previous, now) = (running.now, now.max(running.now));
        running.now = now;

        let (edges, lost) = inputs.edges.split_at(inputs.edges.len().min(EDGES_MAX));
        self.lost_edges += lost.len() as u64;
        let condition = Condition {
            ceiling: inputs.ceiling,
            has_budget: inputs.budget > 0,
            lanes_seen: self.advice.lanes_seen(&self.site),
        };
        let (rung, _) = self.ladder.choose(condition, now);
        let situation = Situation {
            site: &self.site,
            edges,
            inputs,
            shown: &running.shown,
            now,
            clock: inputs.clock,
            budget: inputs.budget,
            rung,
            fails: self.failures.pop_if(|at| *at <= now).is_some(),
        };
        let advised = self.advice.advise(&situation, &mut self.ladder);
        let (rung, _) = self.ladder.current();
        if rung == Rung::Flash {
            running.gate.request_flash();
        } else {
            running.gate.leave_flash();
        }

        let before = std::mem::replace(
            &mut running.shown,
            running
                .gate
                .admit(&advised.advice, &advised.calls, now)
                .clone(),
        );
        let mut events = advised.events;
        for event in &mut events {
            event.at = to_tenth(inputs.clock);
        }
        let ends = running.gate.green_ends();
        let moment = Moment {
            previous,
            now,
            clock: to_tenth(inputs.clock),
            ends,
        };
        self.events
            .write(&moment, &before, &running.shown, &mut events);
        Outputs {
            heads: running.gate.heads(),
            rung,
            events,
            decision: advised.decision,
            announcement: advised.announcement,
            refusals: running.gate.refusals() + running.gate.overrides(),
            lost_edges: self.lost_edges,
        }
    }

    /// Which rung is in force, and why it is not a higher one.
    #[must_use]
    pub fn rung(&self) -> (Rung, Why) {
        self.ladder.current()
    }

    /// What is believed about the traffic since the last tick.
    #[must_use]
    pub fn estimate(&self) -> &Estimate {
        self.advice.estimate()
    }

    /// What every phase does since the last tick; `None` before the first.
    #[must_use]
    pub fn shown(&self) -> Option<&SignalState> {
        self.running.as_ref().map(|running| &running.shown)
    }
}

/// Logs have a resolution of 0.1 s.
fn to_tenth(clock: ClockTime) -> ClockTime {
    ClockTime(clock.0.div_euclid(TICK.0) * TICK.0)
}
