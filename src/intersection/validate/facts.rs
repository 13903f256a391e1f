//! What several checks need to know about a site file, worked out once.
//!
//! In: the file. Out: [`Facts`], among them how strict to be. Not here: any complaint.

use std::collections::BTreeSet;

use super::key::{Finding, Key};
use crate::intersection::compile;
use crate::intersection::file::{ApproachEntry, MovementEntry, SiteFile};
use crate::intersection::service;
use crate::intersection::{PerPhase, PhaseId, PhaseSet, Ring};

/// A site file with what follows from it.
pub(super) struct Facts<'f> {
    /// The file.
    pub(super) file: &'f SiteFile,
    /// Phases with a name in `site.phases`.
    pub(super) phases: PhaseSet,
    /// `site.rings`; `None` when one of them cannot be read.
    pub(super) rings: Option<Vec<Ring>>,
    /// Which phases may run together; `None` when the rings cannot be read.
    pub(super) compatible: Option<PerPhase<PhaseSet>>,
    /// Phases that serve a vehicle movement.
    pub(super) vehicle_phases: PhaseSet,
    /// Phases that serve a crosswalk.
    pub(super) pedestrian_phases: PhaseSet,
}

impl<'f> Facts<'f> {
    /// What follows from this file.
    pub(super) fn new(file: &'f SiteFile) -> Self {
        let rings: Option<Vec<Ring>> = file
            .site
            .rings
            .iter()
            .map(|ring| service::parse_ring(&ring.0).ok())
            .collect();
        let served = file.site.movements.iter().map(compile::served_by);
        Self {
            file,
            phases: file.site.phases.iter().map(|(phase, _)| phase).collect(),
            compatible: rings.as_ref().map(|rings| compile::compatible(file, rings)),
            rings,
            vehicle_phases: served.fold(PhaseSet::EMPTY, PhaseSet::union),
            pedestrian_phases: file.site.crosswalks.iter().map(|walk| walk.phase).collect(),
        }
    }

    /// Something that must not be on a street: an error, but in a simulator only a warning.
    pub(super) fn street_rule(
        &self,
        key: Key,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Finding {
        match self.file.site.simulated {
            true => Finding::warning(key, found, allowed),
            false => Finding::error(key, found, allowed),
        }
    }

    /// Forgets what follows from rings that turned out to be wrong.
    pub(super) fn distrust_rings(&mut self) {
        self.rings = None;
        self.compatible = None;
    }

    /// Whether the two phases may run together.
    pub(super) fn may_run_together(&self, a: PhaseId, b: PhaseId) -> bool {
        let Some(compatible) = &self.compatible else {
            return false;
        };
        compatible[a].contains(b)
    }

    /// The approach of this id.
    pub(super) fn approach(&self, id: &str) -> Option<&'f ApproachEntry> {
        self.file
            .site
            .approaches
            .iter()
            .find(|approach| approach.id == id)
    }

    /// Movements that this phase serves, protected or permissive.
    pub(super) fn movements_of(&self, phase: PhaseId) -> impl Iterator<Item = &'f MovementEntry> {
        let movements = self.file.site.movements.iter();
        movements.filter(move |movement| compile::served_by(movement).contains(phase))
    }

    /// The approach that the lanes of these names belong to, if it is one and the same.
    pub(super) fn approach_of_lanes(&self, lanes: &[String]) -> Option<&'f str> {
        let entries = self.file.site.lanes.iter();
        let approaches: BTreeSet<&str> = entries
            .filter(|lane| lanes.contains(&lane.id))
            .map(|lane| lane.approach.as_str())
            .collect();
        match approaches.len() {
            1 => approaches.first().copied(),
            _ => None,
        }
    }
}

/// `phase 2`, `phases 2, 6` or `no phase`.
pub(super) fn named(phases: PhaseSet) -> String {
    match phases.len() {
        0 => "no phase".to_owned(),
        1 => format!("phase {}", in_words(phases)),
        _ => format!("phases {}", in_words(phases)),
    }
}

/// The phases in words: `2, 6`, or `none`.
pub(super) fn in_words(phases: PhaseSet) -> String {
    if phases.is_empty() {
        return "none".to_owned();
    }
    let numbers: Vec<String> = phases.iter().map(|phase| phase.to_string()).collect();
    numbers.join(", ")
}
