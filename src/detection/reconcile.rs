//! Implausible counts: advance and stop-bar counts of the same lanes must agree over a quarter of an hour.
//!
//! In: every detector's actuations by five-minute window. Out: which detectors cannot be right. Vehicles
//! change lanes, turn off and stand in between, so only gross differences count: a factor of
//! [`FACTOR`] and [`MARGIN`] vehicles. The one that counts too few is not believed; too many is chatter,
//! which `health.rs` knows. Not here: repairing counts.

use crate::detection::Health;
use crate::detection::channel::{Channel, WINDOW};
use crate::intersection::{Detector, DetectorFunction, DetectorId, Intersection, LaneId, Table};
use crate::units::Timestamp;

/// Windows compared together.
const WINDOWS: usize = 3;
/// One count this many times the other, and …
const FACTOR: u32 = 3;
/// … this many vehicles more (a full queue between the two detectors) is implausible.
const MARGIN: u32 = 20;
/// Believed again when the counts agree within this factor (and the margin).
const FACTOR_AGAIN: u32 = 2;

#[derive(Clone, Debug)]
pub(super) struct Reconciler {
    window: Option<i64>,
    counts: Table<DetectorId, [u32; WINDOWS]>,
    groups: Vec<Group>,
    /// How many of the windows since start (or since an outage) are full.
    full: usize,
}

/// An advance detector and the stop-bar counters of every lane its vehicles may reach.
#[derive(Clone, Debug)]
struct Group {
    advance: DetectorId,
    /// Counters of the lanes it covers; all of those lanes have one.
    covered: Vec<DetectorId>,
    /// The same with pockets; empty when some lane it may feed has no counter.
    reachable: Vec<DetectorId>,
}

impl Reconciler {
    pub(super) fn new(intersection: &Intersection) -> Self {
        let groups = intersection
            .detectors
            .iter()
            .filter(|(_, detector)| detector.function == DetectorFunction::Advance)
            .filter_map(|(advance, detector)| {
                let covered = counters(intersection, &detector.lanes)?;
                let mut lanes = detector.lanes.clone();
                for (pocket, lane) in intersection.lanes.iter() {
                    let fed = lane.pocket_of.is_some_and(|from| lanes.contains(&from));
                    if fed && !lanes.contains(&pocket) {
                        lanes.push(pocket);
                    }
                }
                let reachable = counters(intersection, &lanes).unwrap_or_default();
                Some(Group {
                    advance,
                    covered,
                    reachable,
                })
            })
            .collect();
        Self {
            window: None,
            counts: intersection.detectors.map(|_, _| [0; WINDOWS]),
            groups,
            full: 0,
        }
    }

    /// Whether a five-minute window ended by `now`.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        let current = now.0.div_euclid(WINDOW.0);
        *self.window.get_or_insert(current) != current
    }

    /// Ends the window of every detector; compares once enough windows are full.
    pub(super) fn close_windows(
        &mut self,
        channels: &mut Table<DetectorId, Channel>,
        now: Timestamp,
    ) {
        let current = now.0.div_euclid(WINDOW.0);
        let skipped = self.window.is_some_and(|window| current > window + 1);
        self.window = Some(current);
        for (id, channel) in channels.iter_mut() {
            let counts = &mut self.counts[id];
            counts.rotate_right(1);
            if let Some(newest) = counts.first_mut() {
                *newest = channel.close_window(now);
            }
        }
        self.full = if skipped {
            0
        } else {
            WINDOWS.min(self.full + 1)
        };
        if self.full == WINDOWS {
            for group in &self.groups {
                compare(group, &self.counts, channels);
            }
        }
    }
}

/// The one counter of each lane, or `None` if some lane has no counter of its own.
fn counters(intersection: &Intersection, lanes: &[LaneId]) -> Option<Vec<DetectorId>> {
    let counter_of = |lane: &LaneId| {
        let of_lane = |(_, detector): &(DetectorId, &Detector)| {
            detector.function == DetectorFunction::StopBarCount && detector.lanes == [*lane]
        };
        intersection
            .detectors
            .iter()
            .find(of_lane)
            .map(|(id, _)| id)
    };
    lanes.iter().map(counter_of).collect()
}

fn compare(
    group: &Group,
    counts: &Table<DetectorId, [u32; WINDOWS]>,
    channels: &mut Table<DetectorId, Channel>,
) {
    let total = |id: DetectorId| counts[id].iter().fold(0_u32, |a, b| a.saturating_add(*b));
    let sum = |ids: &[DetectorId]| ids.iter().fold(0_u32, |a, id| a.saturating_add(total(*id)));
    let believed = |channels: &Table<DetectorId, Channel>, ids: &[DetectorId]| {
        ids.iter()
            .all(|id| matches!(channels[*id].health(), Health::Good | Health::Implausible))
    };
    let upstream = total(group.advance);
    if !group.covered.is_empty() && believed(channels, &group.covered) {
        judge(group.advance, upstream, sum(&group.covered), channels);
    }
    if !group.reachable.is_empty() && believed(channels, &[group.advance]) {
        let downstream = sum(&group.reachable);
        // When several lanes together fall short, those that count nothing at all are to blame.
        let silent = group.reachable.iter().any(|id| total(*id) == 0);
        for id in &group.reachable {
            if !silent || total(*id) == 0 || downstream >= upstream {
                judge(*id, downstream, upstream, channels);
            }
        }
    }
}

/// Doubts `suspect` when it counted `few` where others counted `many`, or believes it again.
fn judge(suspect: DetectorId, few: u32, many: u32, channels: &mut Table<DetectorId, Channel>) {
    let beyond = |factor: u32| many > few.saturating_mul(factor).saturating_add(MARGIN);
    if beyond(FACTOR) {
        channels[suspect].set_implausible(true);
    } else if !beyond(FACTOR_AGAIN) {
        channels[suspect].set_implausible(false);
    }
}
