//! What the lamps showed, from the events of a recording.
//!
//! In: events 1, 8 to 12 (vehicle heads) and 21 to 24 (pedestrian heads). Out: [`RecordedHeads`], the
//! heads at any moment. Not here: overlaps; a site whose heads follow overlaps is described by phases.

use super::Recording;
use crate::hires::Event;
use crate::hires::code;
use crate::intersection::Intersection;
use crate::intersection::PhaseId;
use crate::signal::Heads;
use crate::signal::Indication;
use crate::signal::PedestrianIndication;
use crate::units::ClockTime;

/// What all heads showed at every moment of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedHeads {
    /// Before the first change.
    initial: Heads,
    /// State from each moment of change on, ascending, one entry per moment.
    changes: Vec<(ClockTime, Heads)>,
}

impl RecordedHeads {
    /// Follows the recorded events of the site's phases; events of other phases are ignored. Before
    /// its first event a phase is taken to have shown what that event ended: green before a yellow,
    /// yellow before a red clearance, red before all else.
    #[must_use]
    pub fn new(recording: &Recording, site: &Intersection) -> Self {
        let mut initial = Heads::default();
        for phase in site.phases.iter() {
            initial.vehicle[phase] = before_first(&recording.events, phase);
        }
        for (_, crosswalk) in site.crosswalks.iter() {
            initial.pedestrian[crosswalk.phase] =
                before_first_pedestrian(&recording.events, crosswalk.phase);
        }
        let mut now = initial;
        let mut changes: Vec<(ClockTime, Heads)> = Vec::new();
        for event in &recording.events {
            if !apply(event, site, &mut now) {
                continue;
            }
            match changes.last_mut() {
                Some((at, heads)) if *at == event.at => *heads = now,
                _ => changes.push((event.at, now)),
            }
        }
        Self { initial, changes }
    }

    /// The heads at this moment: all changes up to and including it have happened.
    #[must_use]
    pub fn at(&self, moment: ClockTime) -> Heads {
        let later = self.changes.partition_point(|(at, _)| *at <= moment);
        later
            .checked_sub(1)
            .and_then(|place| self.changes.get(place))
            .map_or(self.initial, |(_, heads)| *heads)
    }

    /// Every moment of change with what was shown from then on, ascending.
    pub fn changes(&self) -> impl Iterator<Item = &(ClockTime, Heads)> {
        self.changes.iter()
    }
}

fn phase_of(event: &Event) -> Option<PhaseId> {
    u8::try_from(event.parameter).ok().and_then(PhaseId::new)
}

/// Whether the event changed a head of the site.
fn apply(event: &Event, site: &Intersection, heads: &mut Heads) -> bool {
    let Some(phase) = phase_of(event).filter(|&phase| site.phases.contains(phase)) else {
        return false;
    };
    if let Some(shown) = vehicle(event.code) {
        let changed = heads.vehicle[phase] != shown;
        heads.vehicle[phase] = shown;
        return changed;
    }
    if let Some(shown) = pedestrian(event.code)
        && site
            .crosswalks
            .iter()
            .any(|(_, crosswalk)| crosswalk.phase == phase)
    {
        let changed = heads.pedestrian[phase] != shown;
        heads.pedestrian[phase] = shown;
        return changed;
    }
    false
}

fn vehicle(event: u16) -> Option<Indication> {
    match event {
        code::PHASE_BEGIN_GREEN => Some(Indication::Green),
        code::PHASE_BEGIN_YELLOW_CHANGE => Some(Indication::Yellow),
        code::PHASE_END_YELLOW_CHANGE
        | code::PHASE_BEGIN_RED_CLEARANCE
        | code::PHASE_END_RED_CLEARANCE
        | code::PHASE_INACTIVE => Some(Indication::Red),
        _ => None,
    }
}

fn pedestrian(event: u16) -> Option<PedestrianIndication> {
    match event {
        code::PEDESTRIAN_BEGIN_WALK => Some(PedestrianIndication::Walk),
        code::PEDESTRIAN_BEGIN_CHANGE_INTERVAL => Some(PedestrianIndication::FlashingDontWalk),
        code::PEDESTRIAN_BEGIN_SOLID_DONT_WALK => Some(PedestrianIndication::DontWalk),
        code::PEDESTRIAN_DARK => Some(PedestrianIndication::Dark),
        _ => None,
    }
}

fn before_first(events: &[Event], phase: PhaseId) -> Indication {
    let first = events
        .iter()
        .find(|event| phase_of(event) == Some(phase) && vehicle(event.code).is_some());
    match first.map(|event| event.code) {
        Some(code::PHASE_BEGIN_YELLOW_CHANGE) => Indication::Green,
        Some(code::PHASE_END_YELLOW_CHANGE | code::PHASE_BEGIN_RED_CLEARANCE) => Indication::Yellow,
        _ => Indication::Red,
    }
}

fn before_first_pedestrian(events: &[Event], phase: PhaseId) -> PedestrianIndication {
    let first = events
        .iter()
        .find(|event| phase_of(event) == Some(phase) && pedestrian(event.code).is_some());
    match first.map(|event| event.code) {
        Some(code::PEDESTRIAN_BEGIN_CHANGE_INTERVAL) => PedestrianIndication::Walk,
        Some(code::PEDESTRIAN_BEGIN_SOLID_DONT_WALK) => PedestrianIndication::FlashingDontWalk,
        _ => PedestrianIndication::DontWalk,
    }
}
