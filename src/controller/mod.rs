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
mod own_time;
mod ports;

use crate::controller::advisors::Situation;
use crate::controller::events::{EventWriter, Moment};
use crate::controller::fallback::Walled;
use crate::controller::ladder::{Condition, Ladder, Why};
use crate::controller::own_time::OwnTime;
use crate::estimation::Estimate;
use crate::intersection::Intersection;
use crate::safety::Gate;
use crate::signal::{Decision, SignalState};
use crate::units::{ClockTime, TICK, Timestamp};

pub use own_time::PAUSE_MAX;
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
    time: OwnTime,
}

impl Running {
    fn begin(site: &Intersection, now: Timestamp) -> Self {
        let time = OwnTime::begin(now);
        let gate = Gate::new(site, time.now() + TICK);
        Self {
            shown: gate.state().clone(),
            gate,
            time,
        }
    }
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

    /// One tick. `now` is the driver's clock: it should run on by a [`TICK`] each time. An earlier one than before
    /// counts as no time passing and a late one is taken as it is, unless it is off by more than [`PAUSE_MAX`].
    /// Then the clock was set: a tick has passed, and time runs on from there as the driver's does.
    ///
    /// # Panics
    /// Only when the gate finds that the lamps about to be shown are unsafe, which no input can cause;
    /// without a controller the cabinet flashes.
    pub fn step(&mut self, inputs: &Inputs, now: Timestamp) -> Outputs {
        let running = self
            .running
            .get_or_insert_with(|| Running::begin(&self.site, now));
        let previous = running.time.now();
        let now = running.time.advance(now);
        let restamped = running.time.restamped(inputs);
        let inputs = restamped.as_ref().unwrap_or(inputs);
        let clock = believable(inputs.clock);

        let (edges, lost) = inputs.edges.split_at(inputs.edges.len().min(EDGES_MAX));
        self.lost_edges += lost.len() as u64;
        let condition = Condition {
            ceiling: inputs.ceiling,
            has_budget: inputs.budget > 0,
            lanes_seen: self.advice.lanes_seen(&self.site, now),
        };
        let (rung, _) = self.ladder.choose(condition, now);
        let situation = Situation {
            site: &self.site,
            edges,
            inputs,
            shown: &running.shown,
            now,
            clock,
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
        let decision = advised.decision.map(|decision| Decision {
            at: running.time.told(decision.at),
            ..decision
        });
        let mut events = advised.events;
        for event in &mut events {
            event.at = to_tenth(clock);
        }
        let ends = running.gate.green_ends();
        let moment = Moment {
            previous,
            now,
            clock: to_tenth(clock),
            ends,
        };
        self.events
            .write(&moment, &before, &running.shown, &mut events);
        Outputs {
            heads: running.gate.heads(),
            rung,
            events,
            decision,
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

/// Farther from 1970 no clock is believed, 31,000 years: sums of times must not overflow.
const CLOCK_MAX: i64 = 1_000_000_000_000_000;

fn believable(clock: ClockTime) -> ClockTime {
    ClockTime(clock.0.clamp(-CLOCK_MAX, CLOCK_MAX))
}

/// Logs have a resolution of 0.1 s.
fn to_tenth(clock: ClockTime) -> ClockTime {
    ClockTime(clock.0.div_euclid(TICK.0) * TICK.0)
}
