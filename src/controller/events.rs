//! High-resolution events that follow from what the lamps do.
//!
//! In: the signal state before and after a tick, and why greens ended. Out: the events of phases,
//! pedestrians and barriers (codes 0–12, 21–23, 31, 173). Not here: detector events (`detection/`) and
//! coordination events (`conventional/`), which only their modules know.

use crate::hires::{Event, code};
use crate::intersection::{Intersection, PerPhase, PhaseSet};
use crate::signal::{GreenEnd, Interval, PedestrianInterval, SignalState};
use crate::units::{ClockTime, Millis, Timestamp};

/// NTCIP `unitFlashStatus` as event 173 reports it: not in flash.
const NOT_FLASHING: u16 = 2;
/// NTCIP `unitFlashStatus`: flashing on the program's own command.
const AUTOMATIC_FLASH: u16 = 3;

/// One tick, as events see it.
pub(crate) struct Moment<'a> {
    /// The tick before.
    pub(crate) previous: Timestamp,
    /// This tick.
    pub(crate) now: Timestamp,
    /// Its civil time.
    pub(crate) clock: ClockTime,
    /// Why greens that end in this tick end.
    pub(crate) ends: &'a PerPhase<GreenEnd>,
}

/// Turns changes of the signal state into events.
#[derive(Clone, Debug)]
pub(crate) struct EventWriter {
    phases: PhaseSet,
    min_green: PerPhase<Millis>,
    /// Phases between two barriers, by barrier.
    groups: Vec<PhaseSet>,
}

impl EventWriter {
    pub(crate) fn new(site: &Intersection) -> Self {
        let groups = site
            .rings
            .iter()
            .map(|ring| ring.groups.len())
            .max()
            .unwrap_or(0);
        let phases_of = |group: usize| {
            let entries = site
                .rings
                .iter()
                .filter_map(|ring| ring.groups.get(group))
                .flatten();
            entries.fold(PhaseSet::EMPTY, |all, &entry| all.union(entry))
        };
        Self {
            phases: site.phases,
            min_green: PerPhase::from_fn(|phase| site.phase[phase].safety.min_green),
            groups: (0..groups).map(phases_of).collect(),
        }
    }

    /// Appends the events of the change from `before` to `after`, by phase, in the order they follow
    /// within a phase.
    pub(crate) fn write(
        &self,
        moment: &Moment<'_>,
        before: &SignalState,
        after: &SignalState,
        events: &mut Vec<Event>,
    ) {
        let mut emit = |code: u16, parameter: u16| {
            events.push(Event {
                at: moment.clock,
                code,
                parameter,
            });
        };
        if before.flash != after.flash {
            let status = if after.flash {
                AUTOMATIC_FLASH
            } else {
                NOT_FLASHING
            };
            emit(code::UNIT_FLASH_STATUS_CHANGE, status);
        }
        for phase in self.phases.iter() {
            let (was, is) = (&before.phases[phase], &after.phases[phase]);
            let number = u16::from(phase.number());
            if was.interval != is.interval {
                for &code in vehicle_codes(was.interval, is.interval, moment.ends[phase]) {
                    emit(code, number);
                }
            }
            if was.pedestrian != is.pedestrian {
                emit(pedestrian_code(is.pedestrian), number);
            }
            let min_end = is.since + self.min_green[phase];
            if is.interval == Interval::Green && moment.previous < min_end && min_end <= moment.now
            {
                emit(code::PHASE_MIN_COMPLETE, number);
            }
        }
        let (was_on, is_on) = (before.on(), after.on());
        if was_on != is_on {
            for (&group, barrier) in self.groups.iter().zip(1_u16..) {
                if was_on.intersects(group) && !is_on.intersects(group) {
                    emit(code::BARRIER_TERMINATION, barrier);
                }
            }
        }
    }
}

/// Events of one phase going from one interval to another, in order.
fn vehicle_codes(from: Interval, to: Interval, why: GreenEnd) -> &'static [u16] {
    use Interval::{Green, LeadingWalk, Red, RedClearance, YellowChange};
    match (from, to) {
        (Red, LeadingWalk) => &[code::PHASE_ON],
        (Red, Green) => &[code::PHASE_ON, code::PHASE_BEGIN_GREEN],
        (LeadingWalk, Green) => &[code::PHASE_BEGIN_GREEN],
        (Green | LeadingWalk, YellowChange) => match why {
            GreenEnd::GapOut => &[
                code::PHASE_GAP_OUT,
                code::PHASE_GREEN_TERMINATION,
                code::PHASE_BEGIN_YELLOW_CHANGE,
            ],
            GreenEnd::MaxOut => &[
                code::PHASE_MAX_OUT,
                code::PHASE_GREEN_TERMINATION,
                code::PHASE_BEGIN_YELLOW_CHANGE,
            ],
            GreenEnd::ForceOff | GreenEnd::Planned | GreenEnd::MaxWait => &[
                code::PHASE_FORCE_OFF,
                code::PHASE_GREEN_TERMINATION,
                code::PHASE_BEGIN_YELLOW_CHANGE,
            ],
        },
        (YellowChange, RedClearance) => &[
            code::PHASE_END_YELLOW_CHANGE,
            code::PHASE_BEGIN_RED_CLEARANCE,
        ],
        (YellowChange, Red) => &[code::PHASE_END_YELLOW_CHANGE, code::PHASE_INACTIVE],
        (RedClearance, Red) => &[code::PHASE_END_RED_CLEARANCE, code::PHASE_INACTIVE],
        // Pedestrian-only phases have no yellow.
        (Green | LeadingWalk, RedClearance) => &[
            code::PHASE_GREEN_TERMINATION,
            code::PHASE_BEGIN_RED_CLEARANCE,
        ],
        (Green | LeadingWalk, Red) => &[code::PHASE_GREEN_TERMINATION, code::PHASE_INACTIVE],
        // Only by way of flash, which event 173 reports.
        (Red, YellowChange | RedClearance)
        | (YellowChange | RedClearance, LeadingWalk | Green)
        | (RedClearance, YellowChange)
        | (Green, LeadingWalk)
        | (Red, Red)
        | (LeadingWalk, LeadingWalk)
        | (Green, Green)
        | (YellowChange, YellowChange)
        | (RedClearance, RedClearance) => &[],
    }
}

fn pedestrian_code(to: PedestrianInterval) -> u16 {
    match to {
        PedestrianInterval::Walk => code::PEDESTRIAN_BEGIN_WALK,
        PedestrianInterval::Clearance => code::PEDESTRIAN_BEGIN_CHANGE_INTERVAL,
        PedestrianInterval::DontWalk => code::PEDESTRIAN_BEGIN_SOLID_DONT_WALK,
    }
}
