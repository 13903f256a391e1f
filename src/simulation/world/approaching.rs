//! Who is on the way to a stop bar, as nobody but the world can know it.
//!
//! In: the world. Out: [`Approaching`] vehicles of a lane, those included that have yet to come; since
//! when pedestrians wait. For measuring what better sight would be worth; no controller in the street
//! sees it. Not here: what to do with it (`simulation/clairvoyant.rs`).

use super::stamp;
use super::traffic::Traffic;
use super::truth::Truth;
use super::vehicle::Vehicle;
use crate::intersection::{CrosswalkId, Id, LaneId, MovementId};
use crate::units::{Millis, Timestamp};

/// A vehicle that has yet to cross its stop bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approaching {
    /// Its movement.
    pub movement: MovementId,
    /// Probability that it takes this lane: below 1 only as long as it has not come and may choose.
    pub share: f64,
    /// Front to stop bar, m; the length of the road for one that has yet to come.
    pub distance_m: f64,
    /// When it would cross the stop bar if nothing held it up from now on; for one that stands, when it
    /// would have crossed had nothing ever been in its way.
    pub arrives: Timestamp,
    /// Whether it stands.
    pub stopped: bool,
}

impl Truth<'_> {
    /// Vehicles bound for the stop bar of a lane, first vehicle first: all that have come, and those that will reach
    /// the stop bar unhindered within `ahead`.
    #[must_use]
    pub fn approaching(&self, site: usize, lane: LaneId, ahead: Millis) -> Vec<Approaching> {
        let traffic = self.traffic();
        let target = traffic.layout.sites[site].lanes[lane.index()];
        let now = super::seconds(self.world.now);
        let mut found = Vec::new();
        let mut strip = Some(target);
        while let Some(here) = strip {
            let bound = traffic.strips[here]
                .iter()
                .map(|&id| &traffic.vehicles[id])
                .filter(|vehicle| vehicle.target == target);
            found.extend(bound.map(|vehicle| traffic.on_its_way(vehicle, now)));
            strip = traffic.layout.strips[here].pocket_of;
        }
        let root = traffic.layout.root(target);
        let road = |movement, share, due: f64| Approaching {
            movement,
            share,
            distance_m: -traffic.layout.strips[root].start,
            arrives: stamp(due),
            stopped: due < now,
        };
        for outside in &traffic.entries.outside[root] {
            if outside.target == target {
                let due = traffic.unhindered(outside.number, target, outside.scheduled);
                found.push(road(outside.movement, 1.0, due));
            }
        }
        let until = now + ahead.secs();
        for (number, at) in traffic.entries.coming_until(until) {
            let (movement, candidates) = traffic.choices(number);
            let due = traffic.unhindered(number, target, at);
            if candidates.contains(&target) && due <= until {
                #[expect(clippy::cast_precision_loss, reason = "a few lanes")]
                let share = 1.0 / candidates.len() as f64;
                found.push(road(movement, share, due));
            }
        }
        found
    }

    /// Since when somebody has waited at a crosswalk; `None`: nobody does.
    #[must_use]
    pub fn pedestrians_since(&self, site: usize, crosswalk: CrosswalkId) -> Option<Timestamp> {
        let waiting = self.traffic().crowds[site][crosswalk.index()].waiting();
        let first = waiting.iter().map(|walker| walker.arrived);
        first.min_by(f64::total_cmp).map(stamp)
    }
}

impl Traffic {
    fn on_its_way(&self, vehicle: &Vehicle, now: f64) -> Approaching {
        let free = self.layout.strips[vehicle.target].speed_limit * vehicle.driver.speed_factor;
        let distance_m = (-vehicle.motion.x).max(0.0);
        let stopped = vehicle.is_stopped();
        let due = self.due_at_bar(vehicle);
        let arrives = if stopped {
            due.min(now)
        } else {
            let gains = (free - vehicle.motion.v).max(0.0);
            let speeding_up = gains * gains / (2.0 * vehicle.driver.acceleration(free) * free);
            due.max(now + distance_m / free + speeding_up)
        };
        Approaching {
            movement: vehicle.movement,
            share: 1.0,
            distance_m,
            arrives: stamp(arrives),
            stopped,
        }
    }
}
