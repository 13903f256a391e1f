//! From recorded actuations to vehicles: when each came, and in which lane.
//!
//! In: a recording and the site. Out: [`Arrivals`]: one entry per vehicle (the moment its front reached
//! a detector) and per pedestrian (the moment of the button), and for every lane where they were taken
//! from. Not here: which movement a vehicle makes ([`Turning`](super::Turning) has the shares), how it
//! drives, and any randomness: the simulation adds both.
//!
//! Where a lane's vehicles are taken from, the first that there is:
//! 1. the farthest advance detector that covers this lane only and reports on red too,
//! 2. a stop-bar detector (presence before count) that covers this lane only,
//! 3. a presence detector shared with other lanes, where each of the others has a presence detector of
//!    its own: those actuations during which none of the others' was covered.
//!
//! Assumed in all three: one actuation, one vehicle. In 2 and 3 also that a vehicle would have reached
//! the stop bar when the detector went on; one that waited behind another is placed later than it came.

use std::fmt;

use super::{RecordedHeads, Recording};
use crate::hires::code;
use crate::intersection::CrosswalkId;
use crate::intersection::Detector;
use crate::intersection::DetectorFunction;
use crate::intersection::DetectorId;
use crate::intersection::Intersection;
use crate::intersection::LaneId;
use crate::intersection::PhaseSet;
use crate::intersection::Table;
use crate::signal::Indication;
use crate::units::ClockTime;
use crate::units::Millis;

/// Everybody a recording shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    /// Vehicles by time.
    pub vehicles: Vec<RecordedVehicle>,
    /// Pedestrians by time.
    pub pedestrians: Vec<RecordedPedestrian>,
    /// Where each lane's vehicles were taken from.
    pub sources: Table<LaneId, LaneSource>,
}

/// One vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedVehicle {
    /// When its front reached the detector.
    pub at: ClockTime,
    /// Which detector.
    pub detector: DetectorId,
    /// In which lane.
    pub lane: LaneId,
}

/// One pedestrian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedPedestrian {
    /// When the button was pressed.
    pub at: ClockTime,
    /// To cross where.
    pub crosswalk: CrosswalkId,
}

/// Where a lane's vehicles were taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneSource {
    /// The lane's name.
    pub lane: String,
    /// Kind of detector.
    pub kind: SourceKind,
    /// Its channel; 0 when there is none.
    pub channel: u16,
    /// Vehicles found.
    pub vehicles: usize,
}

/// Kinds of detector that vehicles can be taken from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// An advance detector of this lane that always reports.
    Advance,
    /// A stop-bar detector of this lane: no advance detector, arrivals assumed at the stop bar.
    StopBar,
    /// A stop-bar detector shared with other lanes, without their vehicles.
    SharedStopBar,
    /// Nothing; no vehicle comes in this lane.
    Nothing,
}

impl fmt::Display for LaneSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lane, vehicles, channel) = (&self.lane, self.vehicles, self.channel);
        match self.kind {
            SourceKind::Advance => {
                write!(
                    f,
                    "{lane}: {vehicles} vehicles from advance detector {channel}"
                )
            }
            SourceKind::StopBar => write!(
                f,
                "{lane}: no advance detector; {vehicles} vehicles from stop-bar detector {channel}, \
                 assumed to come when it goes on"
            ),
            SourceKind::SharedStopBar => write!(
                f,
                "{lane}: no detector of its own; {vehicles} vehicles from stop-bar detector {channel} \
                 while its other lanes' own detectors were empty, assumed to come when it goes on"
            ),
            SourceKind::Nothing => write!(f, "{lane}: no usable detector, no vehicles"),
        }
    }
}

/// Presses of the same button within this time are one pedestrian: the `atspm` package's definition of
/// a unique actuation, after <https://doi.org/10.1177/0361198121994126>.
const SAME_PEDESTRIAN: Millis = Millis(15_000);

/// A presence detector belongs to a vehicle of the other lane when that lane's own detector is covered
/// from this long before to this long after: vehicles reach the two up to a second apart.
const SAME_VEHICLE: Millis = Millis(1_000);

/// An advance detector with fewer than this share of its actuations on red reports on green only.
const RED_SHARE_MIN: f64 = 0.05;

impl Arrivals {
    /// Finds every vehicle and pedestrian that the recording shows.
    #[must_use]
    pub fn new(recording: &Recording, site: &Intersection) -> Self {
        let heads = RecordedHeads::new(recording, site);
        let mut vehicles = Vec::new();
        let sources = site.lanes.map(|lane, _| {
            let (kind, detector, times) = source(recording, site, &heads, lane);
            let count = times.len();
            if let Some(detector) = detector {
                vehicles.extend(
                    times
                        .into_iter()
                        .map(|at| RecordedVehicle { at, detector, lane }),
                );
            }
            LaneSource {
                lane: site.lanes[lane].id.clone(),
                kind,
                channel: detector.map_or(0, |detector| site.detectors[detector].channel),
                vehicles: count,
            }
        });
        vehicles.sort_by_key(|vehicle| (vehicle.at, vehicle.lane));
        Self {
            vehicles,
            pedestrians: pedestrians(recording, site),
            sources,
        }
    }
}

/// A time for which a detector was covered; an actuation without an end lasts until the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Covered {
    pub(super) on: ClockTime,
    pub(super) off: ClockTime,
}

/// Every actuation of a detector channel, by time.
pub(super) fn actuations(recording: &Recording, channel: u16) -> Vec<Covered> {
    let mut found: Vec<Covered> = Vec::new();
    let mut open = false;
    for event in &recording.events {
        if event.parameter != channel {
            continue;
        }
        if event.code == code::DETECTOR_ON {
            if open && let Some(last) = found.last_mut() {
                last.off = event.at;
            }
            found.push(Covered {
                on: event.at,
                off: event.at,
            });
            open = true;
        } else if event.code == code::DETECTOR_OFF && open {
            if let Some(last) = found.last_mut() {
                last.off = event.at;
            }
            open = false;
        }
    }
    found
}

type Source = (SourceKind, Option<DetectorId>, Vec<ClockTime>);

fn source(
    recording: &Recording,
    site: &Intersection,
    heads: &RecordedHeads,
    lane: LaneId,
) -> Source {
    let own = |function: DetectorFunction| {
        site.detectors
            .iter()
            .filter(move |(_, detector)| detector.function == function && detector.lanes == [lane])
    };
    let on_times = |detector: &Detector| -> Vec<ClockTime> {
        actuations(recording, detector.channel)
            .iter()
            .map(|covered| covered.on)
            .collect()
    };
    let mut advance: Vec<_> = own(DetectorFunction::Advance).collect();
    advance.sort_by(|(_, a), (_, b)| b.distance_m.total_cmp(&a.distance_m));
    for (id, detector) in advance {
        let times = on_times(detector);
        if reports_on_red(&times, heads, phases_of(site, lane)) {
            return (SourceKind::Advance, Some(id), times);
        }
    }
    for function in [
        DetectorFunction::StopBarPresence,
        DetectorFunction::StopBarCount,
    ] {
        if let Some((id, detector)) = own(function).next() {
            return (SourceKind::StopBar, Some(id), on_times(detector));
        }
    }
    for (id, detector) in site.detectors.iter() {
        if detector.function == DetectorFunction::StopBarPresence && detector.lanes.contains(&lane)
        {
            let others: Option<Vec<Covered>> = others_covered(recording, site, detector, lane);
            if let Some(others) = others {
                let times = unexplained(&actuations(recording, detector.channel), &others);
                return (SourceKind::SharedStopBar, Some(id), times);
            }
        }
    }
    (SourceKind::Nothing, None, Vec::new())
}

/// Phases that serve any movement of the lane.
fn phases_of(site: &Intersection, lane: LaneId) -> PhaseSet {
    site.lanes[lane]
        .movements
        .iter()
        .map(|&movement| &site.movements[movement])
        .fold(PhaseSet::default(), |phases, movement| {
            phases.union(movement.protected).union(movement.permissive)
        })
}

fn reports_on_red(times: &[ClockTime], heads: &RecordedHeads, phases: PhaseSet) -> bool {
    let red = times
        .iter()
        .filter(|&&at| {
            let shown = heads.at(at);
            !phases
                .iter()
                .any(|phase| shown.vehicle[phase] == Indication::Green)
        })
        .count();
    #[expect(clippy::cast_precision_loss, reason = "counts of vehicles")]
    let share = red as f64 / times.len().max(1) as f64;
    share >= RED_SHARE_MIN
}

/// Times for which the own presence detectors of the detector's other lanes were covered; `None` if one
/// of them has none.
fn others_covered(
    recording: &Recording,
    site: &Intersection,
    shared: &Detector,
    lane: LaneId,
) -> Option<Vec<Covered>> {
    let mut covered = Vec::new();
    for &other in shared.lanes.iter().filter(|&&other| other != lane) {
        let (_, own) = site.detectors.iter().find(|(_, detector)| {
            detector.function == DetectorFunction::StopBarPresence && detector.lanes == [other]
        })?;
        covered.extend(actuations(recording, own.channel));
    }
    covered.sort_by_key(|covered| covered.on);
    Some(covered)
}

/// Beginnings of the actuations during which none of the others was covered.
fn unexplained(shared: &[Covered], others: &[Covered]) -> Vec<ClockTime> {
    shared
        .iter()
        .filter(|actuation| {
            let from = actuation.on + Millis(-SAME_VEHICLE.0);
            let until = actuation.off + SAME_VEHICLE;
            !others
                .iter()
                .any(|other| other.on < until && other.off > from)
        })
        .map(|actuation| actuation.on)
        .collect()
}

fn pedestrians(recording: &Recording, site: &Intersection) -> Vec<RecordedPedestrian> {
    let mut found = Vec::new();
    for (_, button) in site.detectors.iter() {
        let Some(crosswalk) = button.crosswalk else {
            continue;
        };
        let mut last: Option<ClockTime> = None;
        for event in &recording.events {
            let pressed = event.code == code::PEDESTRIAN_DETECTOR_ON;
            if !pressed || event.parameter != button.channel {
                continue;
            }
            if last.is_none_or(|last| event.at - last > SAME_PEDESTRIAN) {
                found.push(RecordedPedestrian {
                    at: event.at,
                    crosswalk,
                });
            }
            last = Some(event.at);
        }
    }
    found.sort_by_key(|pedestrian| (pedestrian.at, pedestrian.crosswalk));
    found
}
