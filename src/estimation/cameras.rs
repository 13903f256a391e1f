//! What cameras tell about each lane.
//!
//! In: sightings. Out: for a lane whose views reach from its stop bar without a gap, who is on it, front
//! first. A view tells how many vehicles there are and how fast, not where: moving ones are taken to be
//! spread evenly over it. Each sighting replaces the one before, so that a vehicle that changes lanes, or
//! was missed once, leaves no ghost. Not here: what detectors tell (`lane/`), which is used where cameras
//! do not see; who crossed.

use std::collections::VecDeque;

use crate::detection::{SIGHTED_MAX, STANDING_CMPS, Sighting};
use crate::estimation::ExpectedVehicle;
use crate::estimation::shares::Shares;
use crate::intersection::{Intersection, LaneId, Table, ViewId};
use crate::units::{Millis, Timestamp};

/// A camera that has said nothing for longer is not believed to see.
const FRESH: Millis = Millis(3_000);
/// Nobody drives at the same speed to a centimeter per second for so long.
const FROZEN: Millis = Millis(10_000);
/// Views this near to the stop bar, or to one another, leave no gap a vehicle could be in, m.
const GAP_M: f64 = 6.0;
/// How drivers accelerate, m/s² (SUMO's default passenger car; HCM's queues start alike).
const ACCELERATION: f64 = 2.6;
/// Variance of the number of vehicles per vehicle seen.
const SEEN_VARIANCE: f64 = 0.1;

#[derive(Clone, Debug)]
struct View {
    lanes: Vec<LaneId>,
    from_m: f64,
    to_m: f64,
    seen_at: Option<Timestamp>,
    /// Since when it has repeated the same moving picture.
    moved_at: Timestamp,
    speeds_cmps: Vec<u16>,
    /// Since when each standing vehicle has stood, front first.
    stand_since: VecDeque<Timestamp>,
    /// Where the vehicles in it go, by lane.
    shares: Shares,
}

impl View {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.seen_at.is_some_and(|at| now.since(at) <= FRESH) && !self.is_frozen(now)
    }

    /// Somebody drives, and has done so at the same speed to the centimeter for too long.
    fn is_frozen(&self, now: Timestamp) -> bool {
        now.since(self.moved_at) > FROZEN
    }

    fn share_of(&self, lane: LaneId) -> f64 {
        let mut shares = self.lanes.iter().zip(self.shares.iter());
        shares
            .find(|(bound_for, _)| **bound_for == lane)
            .map_or(0.0, |(_, share)| share)
    }
}

/// All cameras of one intersection.
#[derive(Clone, Debug)]
pub(super) struct Cameras {
    views: Table<ViewId, View>,
    /// The views of each lane, nearest first.
    by_lane: Table<LaneId, Vec<ViewId>>,
}

/// What cameras say about one lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// They see this far, m from the stop bar.
    pub(super) reach_m: f64,
    /// Vehicles.
    pub(super) vehicles: f64,
    /// Those of them that stand, with the variance of their number.
    pub(super) standing: f64,
    pub(super) variance: f64,
    /// Whether the farthest stretch is full of standing vehicles: more may stand beyond.
    pub(super) full: bool,
}

/// The first vehicle of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// There is none.
    Nobody,
    /// It drives.
    Drives,
    /// It has stood since then.
    Stands(Timestamp),
}

impl Cameras {
    pub(super) fn new(intersection: &Intersection) -> Self {
        let by_lane = intersection.lanes.map(|lane, _| {
            let views = intersection.views.iter();
            let mut own: Vec<_> = views
                .filter(|(_, view)| view.lanes.contains(&lane))
                .collect();
            own.sort_by(|(_, a), (_, b)| a.from_m.total_cmp(&b.from_m));
            own.into_iter().map(|(id, _)| id).collect()
        });
        Self {
            views: intersection.views.map(|_, view| View {
                lanes: view.lanes.clone(),
                from_m: view.from_m,
                to_m: view.to_m,
                seen_at: None,
                moved_at: Timestamp::default(),
                speeds_cmps: Vec::with_capacity(SIGHTED_MAX),
                stand_since: VecDeque::with_capacity(SIGHTED_MAX),
                shares: Shares::new(view.lanes.iter().map(|_| 1.0)),
            }),
            by_lane,
        }
    }

    /// Takes one sighting; one of a view that the site does not have is left out.
    pub(super) fn look(&mut self, sighting: &Sighting, now: Timestamp) {
        if self.views.find(sighting.view).is_none() {
            return;
        }
        let view = &mut self.views[sighting.view];
        view.seen_at = Some(now);
        let moves = sighting.standing() < sighting.vehicles();
        if !moves || view.speeds_cmps != sighting.speeds() {
            view.moved_at = now;
        }
        view.speeds_cmps.clear();
        view.speeds_cmps.extend_from_slice(sighting.speeds());
        // Whoever leaves a queue leaves it at its front.
        while view.stand_since.len() > sighting.standing() {
            view.stand_since.pop_front();
        }
        while view.stand_since.len() < sighting.standing() {
            view.stand_since.push_back(now);
        }
    }

    /// A vehicle crossed the stop bar of `lane`: that is where vehicles upstream of the split go.
    pub(super) fn crossed(&mut self, lane: LaneId) {
        for id in &self.by_lane[lane] {
            let view = &mut self.views[*id];
            if let Some(place) = view.lanes.iter().position(|other| *other == lane) {
                view.shares.add(place, 1.0);
            }
        }
    }

    /// Who is on `lane`, front first, if cameras see it from the stop bar on. `speed_mps`: how fast
    /// vehicles drive there when nothing is in their way.
    pub(super) fn write(
        &self,
        lane: LaneId,
        speed_mps: f64,
        now: Timestamp,
        vehicles: &mut Vec<ExpectedVehicle>,
    ) {
        let Some(reach_m) = self.reach(lane, now) else {
            return;
        };
        vehicles.clear();
        let mut last = Timestamp(i64::MIN);
        for view in self.by_lane[lane].iter().map(|id| &self.views[*id]) {
            if view.from_m >= reach_m {
                break;
            }
            let share = view.share_of(lane);
            let seen_at = view.seen_at.unwrap_or(now);
            let stretch_m = view.to_m - view.from_m;
            let spacing_m = stretch_m / count(view.speeds_cmps.len().max(1));
            let mut stand_since = view.stand_since.iter();
            for (place, speed) in view.speeds_cmps.iter().enumerate() {
                let stopped = *speed < STANDING_CMPS;
                let arrives = if stopped {
                    stand_since.next().copied().unwrap_or(now)
                } else {
                    let distance_m = view.from_m + (count(place) + 0.5) * spacing_m;
                    seen_at + travel(distance_m, f64::from(*speed) / 100.0, speed_mps)
                };
                last = arrives.max(last);
                vehicles.push(ExpectedVehicle {
                    arrives: last,
                    weight: share,
                    stopped,
                });
            }
        }
    }

    /// How many they see on `lane`, if they see it from its stop bar on.
    pub(super) fn see(&self, lane: LaneId, now: Timestamp) -> Option<Seen> {
        let reach_m = self.reach(lane, now)?;
        let mut seen = Seen {
            reach_m,
            vehicles: 0.0,
            standing: 0.0,
            variance: 0.0,
            full: false,
        };
        for view in self.by_lane[lane].iter().map(|id| &self.views[*id]) {
            if view.from_m >= reach_m {
                break;
            }
            let share = view.share_of(lane);
            let (all, standing) = (count(view.speeds_cmps.len()), count(view.stand_since.len()));
            seen.vehicles += share * all;
            seen.standing += share * standing;
            seen.variance += (share * (1.0 - share) + SEEN_VARIANCE) * all;
            seen.full = standing * JAM_SPACING_M >= view.to_m - view.from_m;
        }
        Some(seen)
    }

    /// Whether somebody stands in the box, as far as fresh cameras see it.
    pub(super) fn sees_box_blocked(&self, now: Timestamp) -> bool {
        let mut boxes = self.views.iter().filter(|(_, view)| view.lanes.is_empty());
        boxes.any(|(_, view)| view.is_fresh(now) && !view.stand_since.is_empty())
    }

    /// The first vehicle of `lane`, if cameras see the lane from its stop bar on.
    pub(super) fn first(&self, lane: LaneId, now: Timestamp) -> Option<First> {
        let reach_m = self.reach(lane, now)?;
        let views = self.by_lane[lane].iter().map(|id| &self.views[*id]);
        let mut own = views.filter(|view| view.lanes == [lane] && view.from_m < reach_m);
        let view = own.find(|view| !view.speeds_cmps.is_empty());
        Some(view.map_or(First::Nobody, |view| {
            let stands = view.speeds_cmps.first().is_some_and(|v| *v < STANDING_CMPS);
            match view.stand_since.front() {
                Some(since) if stands => First::Stands(*since),
                _ => First::Drives,
            }
        }))
    }

    /// How far cameras see `lane` from its stop bar on without a gap, m.
    fn reach(&self, lane: LaneId, now: Timestamp) -> Option<f64> {
        let mut reach_m = 0.0;
        for view in self.by_lane[lane].iter().map(|id| &self.views[*id]) {
            if view.from_m > reach_m + GAP_M || !view.is_fresh(now) {
                break;
            }
            reach_m = view.to_m.max(reach_m);
        }
        (reach_m > 0.0).then_some(reach_m)
    }
}

/// A stretch with one standing vehicle on this much road is full, m.
const JAM_SPACING_M: f64 = 8.0;

/// Time to the stop bar from `distance_m` at `speed` when nothing is in the way and the driver
/// accelerates to `free` (m/s).
fn travel(distance_m: f64, speed: f64, free: f64) -> Millis {
    let speed = speed.min(free);
    let gains_m = (free * free - speed * speed) / (2.0 * ACCELERATION);
    let seconds = if gains_m <= distance_m {
        distance_m / free + (free - speed) * (free - speed) / (2.0 * ACCELERATION * free)
    } else {
        let root = (speed * speed + 2.0 * ACCELERATION * distance_m).sqrt();
        (root - speed) / ACCELERATION
    };
    Millis::from_secs(seconds)
}

#[expect(clippy::cast_precision_loss, reason = "at most SIGHTED_MAX")]
fn count(vehicles: usize) -> f64 {
    vehicles as f64
}
