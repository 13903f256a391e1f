//! Our own solver and safety gate, told the truth: what would better sight be worth?
//!
//! In: the truth of the world about some lanes or all, as far ahead as asked. Out: heads; tables of mean
//! delay by what is known. The estimate is the usual one with the truth laid over it, so that everything that
//! is not sight (headways, rates, the solver, the gate) stays as it is in the street. Not here: the best plan that
//! perfect knowledge allows (`bound/`): the solver keeps its horizon and its objective.

use crate::controller::Inputs;
use crate::detection::Detection;
use crate::estimation::{Estimate, Estimator, ExpectedVehicle, LaneEstimate};
use crate::intersection::{
    DetectorFunction, Intersection, LaneId, PerPhase, PhaseId, PhaseSet, Table,
};
use crate::safety::Gate;
use crate::signal::{Calls, Decision, Heads, PedestrianInterval, SignalState};
use crate::solver::Solver;
use crate::units::{Millis, Timestamp};

use super::world::{Approaching, Truth};

/// What is known of the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The lanes about which it is known; of the others, what detectors tell.
    pub lanes: Vec<LaneId>,
    /// Everybody who would reach the stop bar within this time unhindered is known. Zero: only who is
    /// between the stop bar and the lane's farthest detector.
    pub ahead: Millis,
}

impl Sight {
    /// Of all lanes.
    #[must_use]
    pub fn of_all(site: &Intersection, ahead: Millis) -> Self {
        Self {
            lanes: site.lanes.ids().collect(),
            ahead,
        }
    }
}

/// The adaptive half of the controller, with the truth in place of the estimate.
pub(super) struct Clairvoyant<'a> {
    site: &'a Intersection,
    sight: &'a Sight,
    /// How far upstream each lane's own detectors reach, m.
    reach_m: Table<LaneId, f64>,
    detection: Detection,
    estimator: Estimator,
    known: Estimate,
    solver: Solver,
    gate: Option<Gate>,
}

impl<'a> Clairvoyant<'a> {
    pub(super) fn new(site: &'a Intersection, sight: &'a Sight) -> Self {
        let estimator = Estimator::new(site);
        Self {
            reach_m: site.lanes.map(|lane, _| reach_m(site, lane)),
            detection: Detection::new(site),
            known: estimator.estimate().clone(),
            estimator,
            solver: Solver::new(site),
            gate: None,
            site,
            sight,
        }
    }

    /// One tick, as `Controller::step` does it.
    pub(super) fn step(&mut self, inputs: &Inputs, truth: &Truth<'_>, now: Timestamp) -> Heads {
        let site = self.site;
        let gate = self.gate.get_or_insert_with(|| Gate::new(site, now));
        let shown = gate.state();
        self.detection.disown(&inputs.failed);
        let readings = self.detection.update(site, &inputs.edges, shown, now);
        self.estimator.set_cycle(site.common_cycle(inputs.clock));
        let believed = self.estimator.update(site, readings, shown, now);
        self.known.clone_from(believed);
        let mut waiting = PerPhase::default();
        for &lane in &self.sight.lanes {
            let mut seen = truth.approaching(0, lane, self.sight.ahead);
            let reach_m = self.reach_m[lane];
            let until = now + self.sight.ahead;
            seen.retain(|vehicle| vehicle.distance_m <= reach_m || vehicle.arrives <= until);
            note_waiting(site, &seen, &mut waiting, now);
            tell(&mut self.known.lanes[lane], &seen, until);
        }
        let mut calls = readings.calls;
        if self.sight.lanes.len() == site.lanes.len() {
            calls = self.call(truth, &waiting);
        }
        let gate = self.gate.get_or_insert_with(|| Gate::new(site, now));
        let budget = inputs.budget;
        let advice = (self.solver).advise(site, &self.known, gate.state(), now, budget);
        gate.admit(&advice, &calls, now);
        gate.heads()
    }

    pub(super) fn take_decision(&mut self) -> Option<Decision> {
        self.solver.take_decision()
    }

    /// Advice that the gate refused or overruled.
    pub(super) fn refusals(&self) -> u64 {
        let gate = self.gate.as_ref();
        gate.map_or(0, |gate| gate.refusals() + gate.overrides())
    }

    /// Everybody who waits calls, button or not.
    fn call(&mut self, truth: &Truth<'_>, waiting: &PerPhase<Option<Timestamp>>) -> Calls {
        let shown = self.gate.as_ref().map(Gate::state);
        let greens = shown.map_or(PhaseSet::EMPTY, SignalState::greens);
        let walks = |phase: PhaseId| {
            shown.is_some_and(|shown| shown.phases[phase].pedestrian == PedestrianInterval::Walk)
        };
        let mut calls = Calls::default();
        let known = &mut self.known;
        known.vehicle_call_since = PerPhase::default();
        known.pedestrian_call_since = PerPhase::default();
        for phase in self.site.phases.difference(greens).iter() {
            if let Some(since) = waiting[phase] {
                calls.vehicle.insert(phase);
                known.vehicle_call_since[phase] = Some(since);
            }
        }
        for (id, crosswalk) in self.site.crosswalks.iter() {
            let phase = crosswalk.phase;
            if let Some(since) = truth.pedestrians_since(0, id).filter(|_| !walks(phase)) {
                calls.pedestrian.insert(phase);
                let call = &mut known.pedestrian_call_since[phase];
                *call = Some(call.map_or(since, |other| other.min(since)));
            }
        }
        calls
    }
}

/// Who waits for which phase, and since when.
fn note_waiting(
    site: &Intersection,
    seen: &[Approaching],
    waiting: &mut PerPhase<Option<Timestamp>>,
    now: Timestamp,
) {
    for vehicle in seen.iter().filter(|vehicle| vehicle.stopped) {
        let movement = &site.movements[vehicle.movement];
        for phase in movement.protected.union(movement.permissive).iter() {
            let since = vehicle.arrives.min(now);
            let earliest = waiting[phase].map_or(since, |other: Timestamp| other.min(since));
            waiting[phase] = Some(earliest);
        }
    }
}

/// Lays the truth over what is believed about a lane.
fn tell(lane: &mut LaneEstimate, seen: &[Approaching], until: Timestamp) {
    let total: f64 = seen.iter().map(|vehicle| vehicle.share).sum();
    if total > 0.0 {
        for (movement, share) in &mut lane.shares {
            let these = seen.iter().filter(|vehicle| vehicle.movement == *movement);
            *share = these.map(|vehicle| vehicle.share).sum::<f64>() / total;
        }
    }
    lane.head.clear();
    if let Some(first) = seen.first() {
        let is_it = |movement| if movement == first.movement { 1.0 } else { 0.0 };
        lane.head.extend(
            lane.shares
                .iter()
                .map(|(movement, _)| (*movement, is_it(*movement))),
        );
    }
    let mut last = Timestamp(i64::MIN);
    lane.vehicles.clear();
    for vehicle in seen {
        last = last.max(vehicle.arrives);
        lane.vehicles.push(ExpectedVehicle {
            arrives: last,
            weight: vehicle.share,
            stopped: vehicle.stopped,
        });
    }
    lane.queue = seen
        .iter()
        .filter(|vehicle| vehicle.stopped)
        .map(|vehicle| vehicle.share)
        .sum();
    lane.queue_variance = 0.0;
    lane.seen_until = lane.seen_until.max(until);
}

/// How far upstream of the stop bar the farthest detector reaches that a lane's vehicles pass, m; 0
/// without one. Detectors beyond a pocket lie in the lane it branches off.
fn reach_m(site: &Intersection, lane: LaneId) -> f64 {
    let facts = &site.lanes[lane];
    let passed = |of: LaneId, beyond_m: f64| {
        site.detectors
            .iter()
            .map(|(_, detector)| detector)
            .filter(move |detector| detector.function != DetectorFunction::PedestrianButton)
            .filter(move |detector| detector.lanes.contains(&of))
            .filter(move |detector| detector.distance_m >= beyond_m)
            .map(|detector| detector.distance_m + detector.length_m)
            .fold(0.0, f64::max)
    };
    let parent = facts.pocket_of;
    passed(lane, 0.0).max(parent.map_or(0.0, |parent| passed(parent, facts.length_m)))
}
