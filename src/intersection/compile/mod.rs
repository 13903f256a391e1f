//! A checked site file to an [`Intersection`]: names become ids, seconds become milliseconds, what was
//! left out gets its default.
//!
//! In: a [`SiteFile`] without errors. Out: [`Intersection`], or `None` where a name is unknown, which
//! `validate/` has reported before. Not here: any complaint.

mod cameras;
mod detectors;
mod movements;
mod patterns;
mod phases;
mod roads;

use self::cameras::compile_cameras;
use self::detectors::{compile_detectors, compile_views};
use self::movements::{compile_crosswalks, compile_movements};
use self::patterns::{compile_pattern, compile_schedule, compile_solver};
use self::roads::{compile_approaches, compile_exits, compile_lanes};
use crate::intersection::file::{RingText, SiteFile};
use crate::intersection::service;
use crate::intersection::{
    Conflicts, Id, Intersection, LaneId, PerPhase, Phase, PhaseId, PhaseSet, Ring,
};
use crate::units::Millis;

pub(super) use self::cameras::middle;
pub(super) use self::detectors::calls_of;
pub(super) use self::movements::{button_to_far_curb_m, has_to_yield, path, path_m, served_by};
pub(super) use self::patterns::time_of_day;
pub(super) use self::phases::{compile_phase, is_pedestrian_only};

/// Meters per second of one mile per hour.
const MPS_PER_MPH: f64 = 0.447_04;

/// The intersection this file describes; `None` when a name or number in it is unknown.
pub(super) fn compile(file: &SiteFile, text: &str) -> Option<Intersection> {
    let site = &file.site;
    let rings = parse_rings(&site.rings)?;
    let phases: PhaseSet = site.phases.iter().map(|(phase, _)| phase).collect();
    let phase = PerPhase::from_fn(|phase| compile_phase(file, phase));
    let compatible = compatible(file, &rings);
    let conflicts = Conflicts {
        between: between(file, phases, &compatible, &phase),
        compatible,
    };
    let movements = compile_movements(file, &compatible)?;
    Some(Intersection {
        id: site.id.clone(),
        name: site.name.clone(),
        simulated: site.simulated,
        hash: fnv1a(text.as_bytes()),
        approaches: compile_approaches(file)?,
        lanes: compile_lanes(file)?,
        exits: compile_exits(file)?,
        movements,
        crosswalks: compile_crosswalks(file),
        detectors: compile_detectors(file)?,
        views: compile_views(file)?,
        cameras: compile_cameras(file),
        phases,
        phase_sets: service::maximal_phase_sets(phases, &conflicts.compatible),
        phase,
        conflicts,
        rings,
        patterns: file
            .tuning
            .patterns
            .iter()
            .map(compile_pattern)
            .collect::<Option<_>>()?,
        schedule: file
            .tuning
            .schedule
            .iter()
            .map(|row| compile_schedule(row, &file.tuning.patterns))
            .collect::<Option<_>>()?,
        tuning: compile_solver(file),
    })
}

/// Speed in m/s from whichever unit the file gives.
pub(super) fn speed_mps(mph: Option<f64>, kmh: Option<f64>) -> Option<f64> {
    mph.map(|mph| mph * MPS_PER_MPH)
        .or_else(|| kmh.map(|kmh| kmh / 3.6))
}

/// Which phases may run together: by the conflict table where there is one, else by the rings.
pub(super) fn compatible(file: &SiteFile, rings: &[Ring]) -> PerPhase<PhaseSet> {
    let Some(table) = &file.safety.intergreen_s else {
        return service::compatible_by_rings(rings);
    };
    let phases: PhaseSet = file.site.phases.iter().map(|(phase, _)| phase).collect();
    let listed =
        |from: PhaseId, to: PhaseId| table.get(from).is_some_and(|row| row.get(to).is_some());
    PerPhase::from_fn(|a| {
        phases
            .iter()
            .filter(|b| phases.contains(a) && !listed(a, *b) && !listed(*b, a))
            .collect()
    })
}

/// Least time from the end of one green to the start of another, for phases that conflict.
pub(super) fn between(
    file: &SiteFile,
    phases: PhaseSet,
    compatible: &PerPhase<PhaseSet>,
    phase: &PerPhase<Phase>,
) -> PerPhase<PerPhase<Millis>> {
    let table = file.safety.intergreen_s.as_ref();
    PerPhase::from_fn(|from| {
        let safety = phase[from].safety;
        PerPhase::from_fn(|to| {
            if compatible[from].contains(to) || !phases.contains(from) || !phases.contains(to) {
                return Millis::ZERO;
            }
            table
                .and_then(|table| table.get(from)?.get(to))
                .map_or(safety.yellow_change + safety.red_clearance, |seconds| {
                    Millis::from_secs(*seconds)
                })
        })
    })
}

fn parse_rings(texts: &[RingText]) -> Option<Vec<Ring>> {
    texts
        .iter()
        .map(|ring| service::parse_ring(&ring.0).ok())
        .collect()
}

fn position<T, I: Id>(entries: &[T], wanted: impl Fn(&T) -> bool) -> Option<I> {
    entries.iter().position(wanted).map(I::from_index)
}

fn lane_ids(file: &SiteFile, names: &[String]) -> Option<Vec<LaneId>> {
    names
        .iter()
        .map(|name| position(&file.site.lanes, |lane| lane.id == *name))
        .collect()
}

fn phase_set(phases: &[PhaseId]) -> PhaseSet {
    phases.iter().copied().collect()
}

/// 64-bit FNV-1a.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
