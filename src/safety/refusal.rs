//! Advice made legal: what is refused, and why.
//!
//! In: advice, and which phases are compatible. Out: the part of it that is legal, and the rest by
//! reason. Not here: whether the legal part can be followed now (`signals.rs`, `guard.rs`).

use crate::intersection::{PhaseId, PhaseSet};
use crate::safety::signals::{Timing, Wish};
use crate::signal::Advice;

/// Why a part of advice was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The site has no such phase.
    UnknownPhase,
    /// It conflicts with a lower-numbered phase of the same advice.
    Conflict,
    /// Walk without green.
    WalkWithoutGreen,
    /// The phase has no pedestrian heads.
    NoPedestrians,
    /// A call would otherwise wait too long.
    MaxWait,
}

/// Phases of one tick's advice that were not followed, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// [`Reason::UnknownPhase`].
    pub unknown: PhaseSet,
    /// [`Reason::Conflict`].
    pub conflict: PhaseSet,
    /// [`Reason::WalkWithoutGreen`].
    pub walk_without_green: PhaseSet,
    /// [`Reason::NoPedestrians`].
    pub no_pedestrians: PhaseSet,
    /// [`Reason::MaxWait`]: wished green, and not given because somebody else's wait is at its limit.
    pub max_wait: PhaseSet,
}

impl Refused {
    /// What is refused here and was not in `before`.
    #[must_use]
    pub fn new_since(&self, before: &Self) -> Self {
        Self {
            unknown: self.unknown.difference(before.unknown),
            conflict: self.conflict.difference(before.conflict),
            walk_without_green: self
                .walk_without_green
                .difference(before.walk_without_green),
            no_pedestrians: self.no_pedestrians.difference(before.no_pedestrians),
            max_wait: self.max_wait.difference(before.max_wait),
        }
    }

    /// Each refused phase with its reason.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, PhaseId)> {
        [
            (Reason::UnknownPhase, self.unknown),
            (Reason::Conflict, self.conflict),
            (Reason::WalkWithoutGreen, self.walk_without_green),
            (Reason::NoPedestrians, self.no_pedestrians),
            (Reason::MaxWait, self.max_wait),
        ]
        .into_iter()
        .flat_map(|(reason, phases)| phases.iter().map(move |phase| (reason, phase)))
    }
}

/// The legal part of advice: phases of the site, compatible with all lower-numbered ones that were
/// kept; walk only with green.
pub(crate) fn legal_part(timing: &Timing, advice: &Advice) -> (Wish, Refused) {
    let known = advice.green.intersection(timing.phases);
    let green = compatible_part(timing, PhaseSet::EMPTY, known);
    let walk_known = advice.walk.intersection(timing.phases);
    let with_green = walk_known.intersection(known);
    let refused = Refused {
        unknown: advice.green.union(advice.walk).difference(timing.phases),
        conflict: known.difference(green),
        walk_without_green: walk_known.difference(with_green),
        no_pedestrians: with_green.difference(timing.crossings),
        max_wait: PhaseSet::EMPTY,
    };
    let walk = advice.walk.intersection(green);
    let walk = walk.intersection(timing.crossings);
    (Wish { green, walk }, refused)
}

/// `base` and, lowest first, the phases of `wanted` that are compatible with all of it.
pub(crate) fn compatible_part(timing: &Timing, base: PhaseSet, wanted: PhaseSet) -> PhaseSet {
    wanted.iter().fold(base, |kept, phase| {
        if kept.intersects(timing.rivals[phase]) {
            kept
        } else {
            kept.with(phase)
        }
    })
}
