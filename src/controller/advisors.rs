//! The advice half of the controller: everything that may be wrong without hurting anybody.
//!
//! In: edges, what is shown, time, the rung in force. Out: the advice of that rung, calls, events,
//! the decision. Detection and estimation run on every rung, so that the way back up finds them warm.
//! Not here: the lamps (`safety/`), the choice of the rung (`ladder.rs`).

use crate::announcement::Announcement;
use crate::controller::announce::Announcer;
use crate::controller::{Inputs, Rung};
use crate::conventional::{Conventional, Mode};
use crate::detection::{Detection, Edge, Health, Readings};
use crate::estimation::{Doubt, Estimate, Estimator};
use crate::hires::Event;
use crate::intersection::{Intersection, PhaseId};
use crate::signal::{Advice, Calls, Decision, DecisionKind, SignalState};
use crate::solver::Solver;
use crate::units::{ClockTime, Millis, Timestamp};

/// Detection, estimation and the three ways of advising.
pub(crate) struct Advisors {
    detection: Detection,
    estimator: Estimator,
    solver: Solver,
    actuated: Conventional,
    fixed_time: Conventional,
    announcer: Announcer,
    /// Sensors that were last told to be left out.
    doubted: Vec<Doubt>,
    solved_last: bool,
}

/// One tick as the advisors see it.
pub(crate) struct Situation<'a> {
    pub(crate) site: &'a Intersection,
    pub(crate) edges: &'a [Edge],
    /// Sightings and messages.
    pub(crate) inputs: &'a Inputs,
    pub(crate) shown: &'a SignalState,
    pub(crate) now: Timestamp,
    pub(crate) clock: ClockTime,
    pub(crate) budget: u32,
    pub(crate) rung: Rung,
    /// The advice half is made to panic in this tick, in the midst of its work.
    pub(crate) fails: bool,
}

/// What they say.
pub(crate) struct Advised {
    pub(crate) advice: Advice,
    pub(crate) calls: Calls,
    /// Not yet stamped.
    pub(crate) events: Vec<Event>,
    pub(crate) decision: Option<Decision>,
    pub(crate) announcement: Option<Announcement>,
}

impl Advised {
    /// Advice and calls, and nothing to tell.
    pub(crate) fn only(advice: Advice, calls: Calls) -> Self {
        Self {
            advice,
            calls,
            events: Vec::new(),
            decision: None,
            announcement: None,
        }
    }
}

impl Advisors {
    pub(crate) fn new(site: &Intersection) -> Self {
        Self {
            detection: Detection::new(site),
            estimator: Estimator::new(site),
            solver: Solver::new(site),
            actuated: Conventional::new(site, Mode::Actuated),
            fixed_time: Conventional::new(site, Mode::FixedTime),
            announcer: Announcer::new(site),
            doubted: Vec::new(),
            solved_last: false,
        }
    }

    pub(crate) fn estimate(&self) -> &Estimate {
        self.estimator.estimate()
    }

    /// Share of the lanes that have a detector now believed, or a camera, 0 to 1.
    pub(crate) fn lanes_seen(&self, site: &Intersection, now: Timestamp) -> f64 {
        let readings = self.detection.readings();
        let seen = site.lanes.ids().filter(|lane| {
            let by_camera = self.estimator.is_seen_by_camera(*lane, now);
            by_camera
                || site.detectors.iter().any(|(id, detector)| {
                    detector.lanes.contains(lane) && readings.detectors[id].health == Health::Good
                })
        });
        #[expect(clippy::cast_precision_loss, reason = "at most LANES_MAX")]
        let share = seen.count() as f64 / site.lanes.len().max(1) as f64;
        share
    }

    /// What the rung in force advises, and which sensors are doubted from now on.
    pub(crate) fn advise(&mut self, situation: &Situation<'_>) -> Advised {
        let mut advised = self.advise_on_rung(situation);
        if advised.decision.is_none() {
            advised.decision = self.doubts(situation);
        }
        advised
    }

    /// Tells when a sensor is left out because the others of its lane contradict it, or is believed again.
    fn doubts(&mut self, situation: &Situation<'_>) -> Option<Decision> {
        if self.estimator.doubted().eq(self.doubted.iter().copied()) {
            return None;
        }
        let doubted: Vec<Doubt> = self.estimator.doubted().collect();
        let is_in = |all: &[Doubt], it: &Doubt| {
            (all.iter()).any(|other| (other.lane, other.sensor) == (it.lane, it.sensor))
        };
        let lane = |it: &Doubt| &situation.site.lanes[it.lane].id;
        let out = doubted.iter().filter(|it| !is_in(&self.doubted, it));
        let out = out.map(|it| format!("{} of {} left out: {}", it.sensor, lane(it), it.why));
        let back = self.doubted.iter().filter(|it| !is_in(&doubted, it));
        let back = back.map(|it| format!("{} of {} believed again", it.sensor, lane(it)));
        let reason = out.chain(back).collect::<Vec<_>>().join("; ");
        self.doubted = doubted;
        if reason.is_empty() {
            return None;
        }
        Some(Decision {
            at: situation.now,
            kind: DecisionKind::Sensor,
            wants: situation.shown.greens(),
            holds: Millis::ZERO,
            cost: 0.0,
            alternative: None,
            reason,
        })
    }

    fn advise_on_rung(&mut self, situation: &Situation<'_>) -> Advised {
        let Situation {
            site,
            edges,
            inputs,
            shown,
            now,
            clock,
            budget,
            rung,
            fails,
        } = *situation;
        self.detection.disown(&inputs.failed);
        let readings = self.detection.update(site, edges, shown, now);
        self.estimator.set_cycle(site.common_cycle(clock));
        self.estimator.look(inputs.looked_at(), now);
        self.estimator.hear(inputs.listened_to(), now);
        if fails {
            // As a panic, without a message on the operator's screen.
            std::panic::resume_unwind(Box::new("made to fail"));
        }
        let estimate = self.estimator.update(site, readings, shown, now);
        let mut events = readings.events.clone();
        let calls = called(site, readings, estimate);
        let solves = rung == Rung::Adaptive;
        if solves && !self.solved_last {
            self.solver.forget();
        }
        self.solved_last = solves;
        let conventional = match rung {
            Rung::Adaptive => {
                let advice = self.solver.advise(site, estimate, shown, now, budget);
                let decision = self.solver.take_decision();
                let announcement = self.announcer.speak(site, &self.estimator, now);
                return Advised {
                    advice,
                    calls,
                    events,
                    decision,
                    announcement,
                };
            }
            Rung::Actuated => &mut self.actuated,
            Rung::FixedTime => &mut self.fixed_time,
            Rung::Flash => {
                return Advised {
                    advice: Advice::default(),
                    calls,
                    events,
                    decision: None,
                    announcement: self.announcer.speak(site, &self.estimator, now),
                };
            }
        };
        let advice = *conventional.advise(site, readings, shown, now, clock);
        events.extend_from_slice(conventional.events());
        let decision = conventional.change().map(|change| Decision {
            at: now,
            kind: DecisionKind::Change,
            wants: advice.green,
            holds: Millis::ZERO,
            cost: 0.0,
            alternative: None,
            reason: change.to_string(),
        });
        Advised {
            advice,
            calls,
            events,
            decision,
            announcement: self.announcer.speak(site, &self.estimator, now),
        }
    }
}

/// Calls by detectors, and by vehicles that only cameras see.
fn called(site: &Intersection, readings: &Readings, estimate: &Estimate) -> Calls {
    let mut calls = readings.calls;
    let waits = |phase: &PhaseId| estimate.vehicle_call_since[*phase].is_some();
    calls.vehicle = (calls.vehicle).union(site.phases.iter().filter(waits).collect());
    calls
}
