//! Who wants service: calls from detection, recalls from configuration.
//!
//! In: calls, what is shown, which phases are being served. Out: [`Demand`]. Not here: whether it can be
//! served now (`rings.rs`).

use crate::conventional::Tick;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::intersection::Recall;

/// Phases to be served.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demand {
    /// For vehicles.
    pub(super) vehicle: PhaseSet,
    /// For pedestrians.
    pub(super) pedestrian: PhaseSet,
}

impl Demand {
    /// Calls and recalls at this tick. `resting`: every green would end if anything were waiting, which
    /// is when soft recalls count if nothing else is called.
    pub(super) fn new(tick: &Tick<'_>, recalls: &Recalls, served: PhaseSet, resting: bool) -> Self {
        let calls = &tick.readings.calls;
        let mut demand = Self {
            vehicle: calls
                .vehicle
                .union(recalls.vehicle)
                .intersection(tick.site.phases),
            pedestrian: calls
                .pedestrian
                .union(recalls.pedestrian)
                .intersection(recalls.crossings),
        };
        if tick.fixed {
            demand.vehicle = tick.site.phases;
        }
        if let Some(timeline) = &tick.program.timeline {
            demand.vehicle = demand.vehicle.union(timeline.coordinated);
        }
        if resting && demand.all().is_subset_of(served) {
            demand.vehicle = demand.vehicle.union(recalls.soft);
        }
        demand
    }

    /// For anybody.
    pub(super) fn all(self) -> PhaseSet {
        self.vehicle.union(self.pedestrian)
    }
}

/// What configuration asks for, collected once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Recalls {
    /// Minimum and maximum recall.
    pub(super) vehicle: PhaseSet,
    pub(super) pedestrian: PhaseSet,
    pub(super) soft: PhaseSet,
    /// Phases with pedestrian heads.
    pub(super) crossings: PhaseSet,
}

impl Recalls {
    pub(super) fn new(site: &crate::intersection::Intersection) -> Self {
        let having = |has: &dyn Fn(PhaseId) -> bool| {
            site.phases.iter().filter(|&phase| has(phase)).collect()
        };
        let recall = |phase: PhaseId| site.phase[phase].actuated.recall;
        let crossing = |phase: PhaseId| site.phase[phase].safety.pedestrian.is_some();
        Self {
            vehicle: having(&|phase| matches!(recall(phase), Recall::Min | Recall::Max)),
            pedestrian: having(&|phase| {
                crossing(phase) && site.phase[phase].actuated.pedestrian_recall
            }),
            soft: having(&|phase| recall(phase) == Recall::Soft),
            crossings: having(&crossing),
        }
    }
}
