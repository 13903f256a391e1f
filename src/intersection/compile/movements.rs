//! Movements and crosswalks: paths, and who yields to whom.

use super::roads::exit_heading;
use super::{lane_ids, phase_set, position};
use crate::intersection::file::{CrosswalkEntry, MovementEntry, SiteFile};
use crate::intersection::geometry::{self, Meeting};
use crate::intersection::{
    Crosswalk, CrosswalkId, Id, Movement, MovementId, PerPhase, PhaseSet, Table, Turn,
};

/// From the push button to the curb where the file does not say: 6 ft, the distance the guidance
/// assumes.
const BUTTON_TO_CURB_M: f64 = 1.8;

/// The path of a movement; `None` when its ends or their headings are unknown.
pub(in crate::intersection) fn path(
    file: &SiteFile,
    movement: &MovementEntry,
) -> Option<geometry::Path> {
    let from = file
        .site
        .approaches
        .iter()
        .find(|approach| approach.id == movement.from)?;
    let to = file.site.exits.iter().find(|exit| exit.id == movement.to)?;
    let path = geometry::Path {
        entry_heading_deg: from.heading_deg,
        exit_heading_deg: exit_heading(file, to)?,
    };
    let is_known = path.entry_heading_deg.is_finite() && path.exit_heading_deg.is_finite();
    is_known.then_some(path)
}

/// Length of a movement's path where the file does not give it: see the schema.
pub(in crate::intersection) fn path_m(file: &SiteFile, movement: &MovementEntry) -> Option<f64> {
    let from = file
        .site
        .approaches
        .iter()
        .find(|approach| approach.id == movement.from)?;
    let share = match movement.turn {
        Turn::Through | Turn::Left => 1.0,
        Turn::Right => 0.5,
        Turn::UTurn => 0.75,
    };
    Some(movement.path_m.unwrap_or(from.crossing_m * share))
}

/// Phases that serve a movement in any way.
pub(in crate::intersection) fn served_by(movement: &MovementEntry) -> PhaseSet {
    phase_set(&movement.protected).union(phase_set(&movement.permissive))
}

/// Phases that may run together with any of `phases`.
fn beside(compatible: &PerPhase<PhaseSet>, phases: PhaseSet) -> PhaseSet {
    phases
        .iter()
        .fold(PhaseSet::EMPTY, |all, phase| all.union(compatible[phase]))
}

/// Whether `movement` has to yield to `other` at some time, by geometry and compatibility. Two
/// movements that are only permissive do not wait for each other: left yields to right and through,
/// U-turn to all.
pub(in crate::intersection) fn has_to_yield(
    file: &SiteFile,
    compatible: &PerPhase<PhaseSet>,
    movement: &MovementEntry,
    other: &MovementEntry,
) -> bool {
    let (Some(mine), Some(theirs)) = (path(file, movement), path(file, other)) else {
        return false;
    };
    if geometry::meet(mine, theirs) == Meeting::Apart {
        return false;
    }
    let with_me = beside(compatible, phase_set(&movement.permissive));
    let outranks = rank(other.turn) > rank(movement.turn);
    movement.turn_on_red
        || phase_set(&other.protected).intersects(with_me)
        || outranks && phase_set(&other.permissive).intersects(with_me)
}

fn rank(turn: Turn) -> u8 {
    match turn {
        Turn::UTurn => 0,
        Turn::Left => 1,
        Turn::Right => 2,
        Turn::Through => 3,
    }
}

pub(super) fn compile_movements(
    file: &SiteFile,
    compatible: &PerPhase<PhaseSet>,
) -> Option<Table<MovementId, Movement>> {
    let movements = file.site.movements.iter();
    let compiled = movements.map(|movement| compile_movement(file, compatible, movement));
    Some(Table::new(compiled.collect::<Option<_>>()?))
}

pub(super) fn compile_movement(
    file: &SiteFile,
    compatible: &PerPhase<PhaseSet>,
    movement: &MovementEntry,
) -> Option<Movement> {
    let site = &file.site;
    let yields_to = match &movement.yields_to {
        Some(names) => names
            .iter()
            .map(|name| position(&site.movements, |other| other.id == *name))
            .collect::<Option<_>>()?,
        None => {
            let others = site.movements.iter().enumerate();
            others
                .filter(|(_, other)| has_to_yield(file, compatible, movement, other))
                .map(|(i, _)| Id::from_index(i))
                .collect()
        }
    };
    let with_me = beside(compatible, served_by(movement));
    let crosswalks = site.crosswalks.iter().enumerate();
    Some(Movement {
        id: movement.id.clone(),
        from: position(&site.approaches, |approach| approach.id == movement.from)?,
        lanes: lane_ids(file, &movement.lanes)?,
        to: position(&site.exits, |exit| exit.id == movement.to)?,
        turn: movement.turn,
        protected: phase_set(&movement.protected),
        permissive: phase_set(&movement.permissive),
        yields_to,
        yields_to_crosswalks: crosswalks
            .filter(|(_, crosswalk)| {
                (crosswalk.across == movement.from || crosswalk.across == movement.to)
                    && (movement.turn_on_red || with_me.contains(crosswalk.phase))
            })
            .map(|(i, _)| Id::from_index(i))
            .collect(),
        turn_on_red: movement.turn_on_red,
        path_m: path_m(file, movement)?,
    })
}

/// Distance from the push button to the far curb.
pub(in crate::intersection) fn button_to_far_curb_m(crosswalk: &CrosswalkEntry) -> f64 {
    let given = crosswalk.button_to_far_curb_m;
    given.unwrap_or(crosswalk.length_m + BUTTON_TO_CURB_M)
}

pub(super) fn compile_crosswalks(file: &SiteFile) -> Table<CrosswalkId, Crosswalk> {
    let site = &file.site;
    let crosswalks = site.crosswalks.iter().map(|crosswalk| Crosswalk {
        id: crosswalk.id.clone(),
        across_approach: position(&site.approaches, |approach| approach.id == crosswalk.across),
        across_exit: position(&site.exits, |exit| exit.id == crosswalk.across),
        phase: crosswalk.phase,
        length_m: crosswalk.length_m,
        button_to_far_curb_m: button_to_far_curb_m(crosswalk),
    });
    Table::new(crosswalks.collect())
}
