//! Which detectors one lane goes by: what is healthy and not contradicted.
//!
//! In: health, trust. Out: the advance detector that tells who comes, and what tells who crosses; the rung
//! of [`Source`]. Not here: what they tell.

use crate::detection::Health;
use crate::estimation::Source;
use crate::estimation::lane::{LaneState, SPACING_M};
use crate::estimation::layout::{DetectorFacts, LaneFacts};
use crate::intersection::{DetectorId, Table};
use crate::units::Millis;

/// What tells about the stop bar of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopBar {
    Counted,
    Covered,
    Unwatched,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Healthy {
    /// The first counter that works; a second one behind it would count everybody twice.
    pub(super) counter: Option<DetectorId>,
    pub(super) presence: bool,
    pub(super) own_presence: bool,
    /// A shared presence detector tells about this lane while its neighbors' own ones are off.
    pub(super) shared_presence: bool,
    pub(super) entry: Option<DetectorId>,
}

impl LaneState {
    /// Notes what is healthy, and chooses again.
    pub(in crate::estimation) fn wire(
        &mut self,
        facts: &LaneFacts,
        health: &Table<DetectorId, Health>,
        detectors: &Table<DetectorId, DetectorFacts>,
    ) {
        let works = |id: &&DetectorId| health[**id] == Health::Good;
        let any = |ids: &[DetectorId]| ids.iter().any(|id| works(&id));
        self.healthy = Healthy {
            counter: facts.count.iter().find(works).copied(),
            presence: any(&facts.presence),
            own_presence: any(&facts.own_presence),
            shared_presence: any(&facts.presence)
                && !facts.explained_by.is_empty()
                && facts.explained_by.iter().all(|id| works(&id)),
            entry: facts.advance.iter().find(works).copied(),
        };
        self.travel = self.healthy.entry.map_or(Millis::ZERO, |entry| {
            Millis::from_secs(detectors[entry].reach_m / facts.speed_mps)
        });
        let reach_m = self.travel.secs() * facts.speed_mps;
        self.room = reach_m.min(facts.length_m) / SPACING_M + 1.0;
        self.choose();
    }

    /// Chooses what to go by among what is healthy and not contradicted.
    pub(super) fn choose(&mut self) {
        let presence = self.trust.presence();
        self.watched = self.healthy.presence && presence;
        let told = self.healthy.own_presence || self.healthy.shared_presence;
        self.stop_bar = if self.healthy.counter.is_some() && self.trust.counter() {
            StopBar::Counted
        } else if told && presence {
            StopBar::Covered
        } else {
            StopBar::Unwatched
        };
        self.entry = self.healthy.entry.filter(|_| self.trust.advance());
        self.changed = true;
    }

    /// Whether any detector tells who crosses.
    pub(in crate::estimation) fn is_observed(&self) -> bool {
        self.stop_bar != StopBar::Unwatched
    }

    /// Whether whoever waits at the stop bar calls the phase by a detector that is believed.
    pub(in crate::estimation) fn calls_by_itself(&self) -> bool {
        self.healthy.presence && self.trust.presence()
    }

    /// Whether a call that only its presence detectors place, `failed` ones among them, means that somebody is there:
    /// not when they are found stuck or failed and an advance detector tells who comes.
    pub(in crate::estimation) fn believes_call(&self, failed: bool) -> bool {
        self.entry.is_none() || !failed && self.trust.presence()
    }

    pub(super) fn source(&self) -> Source {
        let stop_bar = self.watched || self.stop_bar != StopBar::Unwatched;
        match (self.entry.is_some(), stop_bar) {
            (true, true) => Source::AdvanceAndStopBar,
            (true, false) => Source::AdvanceOnly,
            (false, true) => Source::StopBarOnly,
            (false, false) => Source::HistoricalProfile,
        }
    }
}
