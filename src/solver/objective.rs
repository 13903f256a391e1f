//! What waiting costs.
//!
//! In: tuning. Out: weights as whole numbers, and the cost of pedestrians and of late service. Not
//! here: the delay of vehicles, which depends on the queues (`prediction/`).
//!
//! Unit: thousandths of a vehicle × milliseconds, 10⁻⁶ vehicle-seconds. A vehicle stands for
//! `persons_per_vehicle`; costs are shown to people in person-seconds.

use crate::intersection::Intersection;
use crate::intersection::PerPhase;
use crate::intersection::PhaseSet;
use crate::prediction::LaneBits;
use crate::prediction::Offset;
use crate::prediction::lanes_by_phase;
use crate::solver::plan::Move;
use crate::solver::problem::Problem;
use crate::solver::problem::Transition;

/// How long a vehicle that is left over in front of a red waits for its green, ms: half of a usual red.
/// Tuned in trials of the prototype.
pub const RED_AT_THE_END: i64 = 8_000;

/// How long a pedestrian not served within the horizon still waits, ms.
const PEDESTRIAN_LEFT_OVER: i64 = 20_000;

/// One second beyond its planned bound costs as much as this many vehicles waiting for a second:
/// more than any queue.
const LATE: i64 = 1_000_000;

/// Weights of one site.
#[derive(Clone, Debug)]
pub(super) struct Objective {
    /// One stop, ms of waiting.
    pub(super) stop: i64,
    /// Further waiting of a vehicle left over at a red, ms.
    pub(super) red: i64,
    /// A waiting pedestrian, milli-vehicles.
    pedestrian: i64,
    /// Persons per vehicle: turns vehicle-seconds into person-seconds.
    persons: f64,
    pub(super) lanes: PerPhase<LaneBits>,
}

fn whole(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to a range that i64 holds"
    )]
    let whole = value.round().clamp(0.0, 1e9) as i64;
    whole
}

impl Objective {
    pub(super) fn new(site: &Intersection) -> Self {
        let persons = site.tuning.persons_per_vehicle.max(0.1);
        Self {
            stop: whole(site.tuning.stop_penalty_s * 1_000.0),
            red: RED_AT_THE_END,
            pedestrian: whole(site.tuning.pedestrian_weight / persons * 1_000.0),
            persons,
            lanes: lanes_by_phase(site),
        }
    }

    /// Phases that serve a lane.
    pub(super) fn phases_of(&self, lane: usize) -> PhaseSet {
        (self.lanes.iter())
            .filter(|(_, lanes)| **lanes & (1 << lane) != 0)
            .map(|(phase, _)| phase)
            .collect()
    }

    /// Person-seconds.
    pub(super) fn person_seconds(&self, cost: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "shown to people")]
        let cost = cost as f64;
        cost / 1e6 * self.persons
    }

    /// Waiting of the pedestrians and lateness of the calls that this transition serves, out of those
    /// still waiting.
    pub(super) fn settle(
        &self,
        problem: &Problem,
        t: &Transition,
        step: Move,
        (called, crossing): (PhaseSet, PhaseSet),
    ) -> i64 {
        let mut cost = 0;
        for p in t.entering.intersection(called).iter() {
            cost += late(t.greens[p], problem.called_until[p]);
        }
        for p in step.walks.intersection(crossing).iter() {
            let start = if t.entering.contains(p) {
                t.starts[p]
            } else {
                step.at
            };
            cost += i64::from(start) * self.pedestrian;
            cost += late(start, problem.crossing_until[p]);
        }
        cost
    }

    /// The same for those that still wait at `time`.
    pub(super) fn waiting(
        &self,
        problem: &Problem,
        (called_served, crossing_served): (PhaseSet, PhaseSet),
        time: Offset,
    ) -> i64 {
        let mut cost = 0;
        for p in problem.called.difference(called_served).iter() {
            cost += late(time, problem.called_until[p]);
        }
        for p in problem.crossing.difference(crossing_served).iter() {
            cost += i64::from(time) * self.pedestrian + late(time, problem.crossing_until[p]);
        }
        cost
    }

    /// What pedestrians not served within the horizon still have to wait.
    pub(super) fn remaining(&self, problem: &Problem, crossing_served: PhaseSet) -> i64 {
        let waiting = problem.crossing.difference(crossing_served).len();
        i64::try_from(waiting).unwrap_or(0) * self.pedestrian * PEDESTRIAN_LEFT_OVER
    }
}

fn late(time: Offset, until: Offset) -> i64 {
    i64::from((time - until).max(0)) * LATE
}
