//! What a second of waiting costs: more for queues that have waited long, less where nobody can go on.
//!
//! In: the estimate of a lane, lane after lane. Out: prices, relative to a vehicle that has just come. Not here: who
//! comes when (`forecast.rs`), stops and pedestrians (`solver/objective.rs`).

use crate::estimation::{Estimate, LaneEstimate, Source};
use crate::intersection::{Intersection, LaneId};
use crate::prediction::forecast::ARRIVALS_MAX;
use crate::prediction::{Offset, offset};
use crate::units::Timestamp;

/// A queue whose first vehicle has waited this long costs twice as much per further second as one that has just
/// come, one that has waited twice as long three times as much. Pure delay would let a single vehicle
/// wait for its bound; this keeps the longest waits (95th percentile) in hand at little cost in the mean.
const IMPATIENT_AFTER: Offset = 30_000;

/// Vehicles no farther apart than this belong to one queue, standing or not.
const QUEUE_GAP: Offset = 6_000;

/// What is less of a vehicle than this neither makes a queue nor continues one.
const QUEUED_WEIGHT_MIN: f64 = 0.2;

/// Waits beyond this count as this long: the hard bound on waits does the rest.
const WAITED_MAX: Offset = 180_000;

/// Road that a standing vehicle takes, m.
const VEHICLE_ROOM_M: f64 = 7.5;

/// With less than this share of the road behind an exit free, sending more there counts for less: they
/// only wait there instead of here.
const USUAL_ROOM: f64 = 0.33;

/// However full the road ahead is, waiting before it costs at least this share.
const ROOM_FLOOR: f64 = 0.05;

/// How long the queue of each lane that cameras see has waited. Loops tell when each vehicle should have arrived, and
/// so how long it has waited, wherever in the queue it is; a camera does not know whether a vehicle that drives has
/// waited before.
#[derive(Clone, Debug, Default)]
pub(super) struct Impatience {
    /// By lane, the longest wait in its queue. Kept while the queue leaves: one that is half served is worth
    /// what it was worth when its green began, or a full street would change again and again.
    waited: Vec<Offset>,
}

/// The queue of one lane: whoever stands, and whoever moves close behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Queue {
    /// When its last vehicle would reach the stop bar unhindered.
    end: Offset,
    /// How long it has waited as a whole; `None`: each of its vehicles tells by itself.
    waited: Option<Offset>,
}

impl Queue {
    /// How long somebody who would reach the stop bar at `due` is taken to have waited.
    pub(super) fn waited(self, due: Offset) -> Offset {
        match self.waited {
            Some(waited) if due <= self.end => waited,
            Some(_) => 0,
            None => -due,
        }
    }
}

impl Impatience {
    /// The queue of the lane at `place`, as of `now`.
    pub(super) fn queue(&mut self, place: usize, lane: &LaneEstimate, now: Timestamp) -> Queue {
        if self.waited.len() <= place {
            self.waited.resize(place + 1, 0);
        }
        let mut end = 0;
        let Some(remembered) = self.waited.get_mut(place) else {
            return Queue { end, waited: None };
        };
        if lane.source != Source::Camera {
            *remembered = 0;
            return Queue { end, waited: None };
        }
        let mut longest = None;
        let vehicles = lane.vehicles.iter().take(ARRIVALS_MAX);
        for vehicle in vehicles.filter(|vehicle| vehicle.weight >= QUEUED_WEIGHT_MIN) {
            let due = offset(vehicle.arrives, now);
            if due > end + QUEUE_GAP {
                break;
            }
            end = due.max(end);
            longest = longest.max(Some(-due));
        }
        *remembered = longest.map_or(0, |longest| longest.max(*remembered));
        Queue {
            end,
            waited: Some(*remembered),
        }
    }
}

/// What a second more costs for this weight of vehicle after it has waited so long.
pub(super) fn price(weight: i32, waited: Offset) -> i32 {
    let waited = waited.clamp(0, WAITED_MAX);
    weight + weight * (waited / 100) / (IMPATIENT_AFTER / 100)
}

/// How much of the usual room there is where the vehicles of `lane` go, 0 to 1. Usual is a third of the road
/// behind the exit being free.
pub(super) fn room_ahead(site: &Intersection, estimate: &Estimate, lane: LaneId) -> f64 {
    let shares = &estimate.lanes[lane].shares;
    let total: f64 = shares.iter().map(|(_, share)| share).sum();
    let room: f64 = (shares.iter())
        .map(|(movement, share)| {
            let exit = site.movements[*movement].to;
            let whole = &site.exits[exit];
            #[expect(clippy::cast_precision_loss, reason = "a few lanes")]
            let usual = whole.length_m * whole.lanes as f64 / VEHICLE_ROOM_M * USUAL_ROOM;
            let free = estimate.rooms_behind[exit].map_or(1.0, |room| room / usual.max(1.0));
            share * free.clamp(ROOM_FLOOR, 1.0)
        })
        .sum();
    if total > 0.0 { room / total } else { 1.0 }
}
