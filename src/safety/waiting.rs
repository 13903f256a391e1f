//! Who waits since when, and in which order urgent calls would be served.
//!
//! In: calls, and what the signals do. Out: [`Waiting`]: since when each call has waited, by the gate's
//! own watch (nobody else's registration times are trusted), and a queue of groups. Not here: what to
//! do about it (`guard.rs`).

use crate::intersection::{PHASES_MAX, PerPhase, PhaseId, PhaseSet};
use crate::safety::signals::{Demand, Signals, Timing};
use crate::signal::Calls;
use crate::units::Timestamp;

/// Registered calls with their age, and the queue of groups.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// Phases with a vehicle call that are not green.
    pub(crate) vehicle: PhaseSet,
    /// Phases with a pedestrian call that are not in walk.
    pub(crate) pedestrian: PhaseSet,
    vehicle_since: PerPhase<Timestamp>,
    pedestrian_since: PerPhase<Timestamp>,
    /// Groups with a call on a phase without right of way, in the order in which their first such call
    /// came. A group keeps its place until none of its phases waits.
    queue: [PhaseSet; PHASES_MAX],
    queued: usize,
}

impl Waiting {
    /// Nobody.
    pub(crate) fn new() -> Self {
        Self {
            vehicle: PhaseSet::EMPTY,
            pedestrian: PhaseSet::EMPTY,
            vehicle_since: PerPhase::default(),
            pedestrian_since: PerPhase::default(),
            queue: [PhaseSet::EMPTY; PHASES_MAX],
            queued: 0,
        }
    }

    /// Takes note of the calls of this tick: new ones wait from now on, those withdrawn are forgotten.
    pub(crate) fn register(
        &mut self,
        calls: &Calls,
        timing: &Timing,
        signals: &Signals,
        now: Timestamp,
    ) {
        let vehicle = calls.vehicle.intersection(timing.phases);
        let pedestrian = calls.pedestrian.intersection(timing.crossings);
        for phase in vehicle.difference(self.vehicle).iter() {
            self.vehicle_since[phase] = now;
        }
        for phase in pedestrian.difference(self.pedestrian).iter() {
            self.pedestrian_since[phase] = now;
        }
        self.vehicle = vehicle;
        self.pedestrian = pedestrian;
        self.settle(timing, signals);
    }

    /// Strikes off what is being served and brings the queue up to date.
    pub(crate) fn settle(&mut self, timing: &Timing, signals: &Signals) {
        self.vehicle = self.vehicle.difference(signals.greens);
        self.pedestrian = self.pedestrian.difference(signals.walking);
        let waiting = self.in_queue(signals);
        let mut kept = [PhaseSet::EMPTY; PHASES_MAX];
        let still = |group: &&PhaseSet| group.intersects(waiting);
        let known = PhaseSet::EMPTY;
        let mut known =
            self.queue()
                .filter(still)
                .zip(&mut kept)
                .fold(known, |known, (&group, place)| {
                    *place = group;
                    known.union(group)
                });
        self.queued = kept.iter().take_while(|group| !group.is_empty()).count();
        for group in timing.service.groups {
            if group.intersects(waiting.difference(known)) {
                known = known.union(group);
                if let Some(place) = kept.get_mut(self.queued) {
                    *place = group;
                    self.queued += 1;
                }
            }
        }
        self.queue = kept;
    }

    /// Phases that wait without right of way.
    pub(crate) fn in_queue(&self, signals: &Signals) -> PhaseSet {
        self.vehicle
            .union(self.pedestrian)
            .difference(signals.right_of_way)
    }

    /// Groups in the order of their first call.
    pub(crate) fn queue(&self) -> impl Iterator<Item = &PhaseSet> {
        self.queue.iter().take(self.queued)
    }

    /// Since when the vehicle call of `phase` waits, if there is one.
    pub(crate) fn vehicle_since(&self, phase: PhaseId) -> Option<Timestamp> {
        self.vehicle
            .contains(phase)
            .then(|| self.vehicle_since[phase])
    }

    /// Since when the pedestrian call of `phase` waits, if there is one.
    pub(crate) fn pedestrian_since(&self, phase: PhaseId) -> Option<Timestamp> {
        self.pedestrian
            .contains(phase)
            .then(|| self.pedestrian_since[phase])
    }

    /// The calls as far as intervals depend on them.
    pub(crate) fn demand(&self) -> Demand {
        Demand {
            any: self.vehicle.union(self.pedestrian),
            pedestrian: self.pedestrian,
        }
    }
}
