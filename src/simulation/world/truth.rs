//! What is really going on, for tests and calibration; no controller sees it.
//!
//! In: the world. Out: queues, counts, and whether the world still keeps its own rules. Not here:
//! measured results (`results.rs`).

use super::World;
use super::layout::StripKind;
use super::traffic::Traffic;
use super::vehicle::Vehicle;
use crate::intersection::{Id, LaneId, MovementId};

/// Running totals.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) entered: usize,
    pub(super) left: usize,
    /// By site and movement: vehicles that crossed the stop bar.
    pub(super) crossed: Vec<Vec<u64>>,
    /// Step by step: pairs of vehicles on the same spot of crossing paths.
    pub(super) conflicts: u64,
}

impl Counts {
    pub(super) fn cross(&mut self, site: usize, movement: MovementId) {
        self.crossed[site][movement.index()] += 1;
    }
}

/// A look behind the scenes.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    pub(super) world: &'a World,
}

impl Truth<'_> {
    pub(super) fn traffic(&self) -> &Traffic {
        &self.world.traffic
    }

    /// Vehicles stopped in a lane, counted from the stop bar up to the first that drives.
    #[must_use]
    pub fn queue(&self, site: usize, lane: LaneId) -> usize {
        let traffic = self.traffic();
        let strip = traffic.layout.sites[site].lanes[lane.index()];
        traffic.strips[strip]
            .iter()
            .take_while(|&&id| traffic.vehicles[id].is_stopped())
            .count()
    }

    /// Vehicles in a lane, moving or not.
    #[must_use]
    pub fn vehicles_in_lane(&self, site: usize, lane: LaneId) -> usize {
        let traffic = self.traffic();
        traffic.strips[traffic.layout.sites[site].lanes[lane.index()]].len()
    }

    /// Front position of each vehicle in a lane, m upstream of the stop bar, first vehicle first.
    #[must_use]
    pub fn distances(&self, site: usize, lane: LaneId) -> Vec<f64> {
        let traffic = self.traffic();
        let strip = traffic.layout.sites[site].lanes[lane.index()];
        traffic.strips[strip]
            .iter()
            .map(|&id| -traffic.vehicles[id].motion.x)
            .collect()
    }

    /// Vehicles that have crossed the stop bar for a movement.
    #[must_use]
    pub fn crossed(&self, site: usize, movement: MovementId) -> u64 {
        self.traffic().counts.crossed[site][movement.index()]
    }

    /// Vehicles in the box of a site.
    #[must_use]
    pub fn in_box(&self, site: usize) -> usize {
        self.traffic().boxes[site].len()
    }

    /// Vehicles that have entered, are inside, have left the world, and wait outside although due.
    #[must_use]
    pub fn totals(&self) -> (usize, usize, usize, usize) {
        let traffic = self.traffic();
        let inside = traffic
            .strips
            .iter()
            .map(std::collections::VecDeque::len)
            .sum::<usize>()
            + traffic.boxes.iter().map(Vec::len).sum::<usize>();
        let outside = traffic
            .entries
            .outside
            .iter()
            .map(std::collections::VecDeque::len)
            .sum();
        (traffic.counts.entered, inside, traffic.counts.left, outside)
    }

    /// Vehicles and pedestrians that are still to come or inside: zero when everybody is done.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        let (_, inside, _, outside) = self.totals();
        let crowds = self.traffic().crowds.iter().flatten();
        let people: usize = crowds
            .map(|crowd| crowd.waiting().len() + crowd.walking())
            .sum();
        inside + outside + people + self.traffic().entries.coming()
    }

    /// Pedestrians waiting at a site.
    #[must_use]
    pub fn pedestrians_waiting(&self, site: usize) -> usize {
        self.traffic().crowds[site]
            .iter()
            .map(|crowd| crowd.waiting().len())
            .sum()
    }

    /// How often, step by step, two vehicles were on the same spot of crossing paths. Stays 0 as long as
    /// the signals give no conflicting right of way.
    #[must_use]
    pub fn conflicts(&self) -> u64 {
        self.traffic().counts.conflicts
    }

    /// Checks that nobody is lost, nobody stands in somebody else, and everybody is where the road is.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let (entered, inside, left, _) = self.totals();
        if entered != inside + left {
            return Err(format!(
                "{entered} vehicles entered, {inside} are inside, {left} left"
            ));
        }
        let traffic = self.traffic();
        for (number, strip) in traffic.strips.iter().enumerate() {
            let facts = &traffic.layout.strips[number];
            let mut rear_ahead = f64::INFINITY;
            for &id in strip {
                let vehicle = &traffic.vehicles[id];
                let x = vehicle.motion.x;
                if x > rear_ahead + 1e-6 {
                    return Err(format!(
                        "vehicle {} overlaps the one ahead by {:.2} m on strip {number}",
                        vehicle.number,
                        x - rear_ahead
                    ));
                }
                let too_far = matches!(facts.kind, StripKind::Approach(_)) && x > facts.end;
                if !x.is_finite() || x < facts.start - 1.0 || too_far || vehicle.motion.v < 0.0 {
                    return Err(format!(
                        "vehicle {} at {x:.2} m is off strip {number}",
                        vehicle.number
                    ));
                }
                rear_ahead = vehicle.rear();
            }
        }
        Ok(())
    }
}

impl Traffic {
    /// Counts pairs of vehicles in a box that occupy the crossing of their paths at the same time.
    pub(super) fn count_conflicts(&mut self) {
        let mut conflicts = 0;
        for inside in &self.boxes {
            for &a in inside {
                let one = &self.vehicles[a];
                let path = self.path_of(one);
                let in_zone = occupies(one, path.zone);
                if !in_zone || path.crossing.is_empty() && path.rivals.is_empty() {
                    continue;
                }
                for &b in inside.iter().filter(|&&b| b != a) {
                    let other = &self.vehicles[b];
                    let crosses = path.crossing.contains(&other.movement) && a < b;
                    let rival = path.rivals.iter().any(|rival| {
                        rival.movement == other.movement && self.path_of(other).exit != path.exit
                    });
                    let zone = self.path_of(other).zone;
                    let there = occupies(other, zone);
                    if (crosses || rival) && there {
                        conflicts += 1;
                    }
                }
            }
        }
        self.counts.conflicts += conflicts;
    }
}

/// Whether a vehicle is in the zone, but for bumpers: zones are known to about a meter.
fn occupies(vehicle: &Vehicle, zone: (f64, f64)) -> bool {
    vehicle.motion.x > zone.0 + ZONE_MARGIN && vehicle.rear() < zone.1 - ZONE_MARGIN
}

const ZONE_MARGIN: f64 = 1.0;
