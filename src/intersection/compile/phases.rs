//! Safety and actuated timing of a phase.

use super::movements::served_by;
use crate::intersection::file::{ActuatedEntry, SiteFile};
use crate::intersection::{
    ActuatedTiming, AddedInitial, DynamicMax, GapReduction, PedestrianTiming, Phase, PhaseId,
    SafetyTiming,
};
use crate::units::Millis;

/// Whether no vehicle movement uses this phase.
pub(in crate::intersection) fn is_pedestrian_only(file: &SiteFile, phase: PhaseId) -> bool {
    let mut movements = file.site.movements.iter();
    file.site.phases.get(phase).is_some()
        && !movements.any(|movement| served_by(movement).contains(phase))
}

/// Name and timing of a phase; defaults where the file has none.
pub(in crate::intersection) fn compile_phase(file: &SiteFile, phase: PhaseId) -> Phase {
    let Some(name) = file.site.phases.get(phase) else {
        return Phase::default();
    };
    let actuated = file.tuning.phases.get(phase);
    let safety = compile_safety(file, phase);
    Phase {
        name: name.clone(),
        safety,
        actuated: actuated.map_or_else(
            || ActuatedTiming {
                max_green: safety.min_green,
                ..ActuatedTiming::default()
            },
            compile_actuated,
        ),
    }
}

pub(super) fn compile_safety(file: &SiteFile, phase: PhaseId) -> SafetyTiming {
    let secs = Millis::from_secs;
    let safety = &file.safety;
    let pedestrian = safety.pedestrians.get(phase).map(|row| PedestrianTiming {
        walk: secs(row.walk_s),
        clearance: secs(row.clearance_s),
        buffer: secs(row.buffer_s),
        leading: secs(row.leading_s),
        max_wait: secs(row.max_wait_s.unwrap_or(safety.max_ped_wait_s)),
    });
    if let Some(row) = safety.phases.get(phase) {
        return SafetyTiming {
            min_green: secs(row.min_green_s),
            yellow_change: secs(row.yellow_change_s),
            red_clearance: secs(row.red_clearance_s),
            red_revert: secs(row.red_revert_s),
            max_wait: secs(row.max_wait_s.unwrap_or(safety.max_wait_s)),
            pedestrian,
            pedestrian_only: false,
        };
    }
    pedestrian.map_or_else(SafetyTiming::default, |walk| SafetyTiming {
        min_green: walk.walk + walk.clearance,
        yellow_change: Millis::ZERO,
        red_clearance: walk.buffer,
        red_revert: secs(2.0),
        max_wait: walk.max_wait,
        pedestrian,
        pedestrian_only: is_pedestrian_only(file, phase),
    })
}

pub(super) fn compile_actuated(row: &ActuatedEntry) -> ActuatedTiming {
    let secs = Millis::from_secs;
    ActuatedTiming {
        passage: secs(row.passage_s),
        max_green: secs(row.max_green_s),
        added_initial: row.added_initial.as_ref().map(|added| AddedInitial {
            per_actuation: secs(added.per_actuation_s),
            max: secs(added.max_s),
        }),
        gap_reduction: row.gap_reduction.as_ref().map(|gap| GapReduction {
            before: secs(gap.before_s),
            cars_before: gap.cars_before,
            over: secs(gap.over_s),
            min_gap: secs(gap.min_gap_s),
        }),
        dynamic_max: row.dynamic_max.as_ref().map(|dynamic| DynamicMax {
            limit: secs(dynamic.limit_s),
            step: secs(dynamic.step_s),
        }),
        recall: row.recall,
        pedestrian_recall: row.ped_recall,
        dual_entry: row.dual_entry,
        simultaneous_gap_out: row.simultaneous_gap_out,
        conditional_service: row.conditional_service,
        guaranteed_passage: row.guaranteed_passage,
        rest_in_walk: row.rest_in_walk,
    }
}
