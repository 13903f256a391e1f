//! The records of visits and crossings, and the times that vehicles would need alone.
//!
//! In: vehicles and pedestrians as they are. Out: [`Visit`]s and [`Crossing`]s; when a vehicle would cross the
//! stop bar if nothing were in its way. Not here: when records are written (`traffic.rs`, `entry.rs`).

use super::crowd::Walker;
use super::driver::Driver;
use super::entry::Outside;
use super::layout::StripKind;
use super::results::{Crossing, Visit};
use super::stamp;
use super::traffic::Traffic;
use super::vehicle::{Place, Vehicle};
use crate::intersection::{CrosswalkId, Id};

impl Traffic {
    /// Closes the record of vehicle `id` at its site.
    pub(super) fn finish_visit(&mut self, id: usize, left: f64) {
        let visit = self.visit_record(id, left, true);
        self.results.visits.push(visit);
    }

    /// The record of vehicle `id` at its site as of `now`.
    pub(super) fn visit_record(&self, id: usize, now: f64, finished: bool) -> Visit {
        let vehicle = &self.vehicles[id];
        let site = &self.layout.sites[vehicle.site].intersection;
        let so_far = &vehicle.visit;
        let lane = match self.layout.strips[vehicle.target].kind {
            StripKind::Approach(lane) => lane,
            StripKind::Exit(_) => Id::from_index(0),
        };
        Visit {
            vehicle: vehicle.number,
            site: vehicle.site,
            approach: site.movements[vehicle.movement].from,
            lane,
            movement: vehicle.movement,
            scheduled: stamp(so_far.scheduled),
            due: stamp(self.due_at_bar(vehicle)),
            entered: Some(stamp(so_far.entered)),
            crossed: so_far.crossed.map(stamp),
            left: finished.then(|| stamp(now)),
            delay_s: now - so_far.scheduled - self.free_time(vehicle, finished),
            stops: so_far.stops,
            stopped_s: so_far.stopped_time,
            longest_stop_s: so_far.longest_stop,
        }
    }

    /// When a vehicle that wants to enter at `scheduled` would cross the stop bar of `target` if nothing
    /// were in its way, s.
    pub(super) fn unhindered(&self, number: usize, target: usize, scheduled: f64) -> f64 {
        let driver = Driver::draw(self.entries.seed, number);
        self.way_to_bar(target, &driver, scheduled)
    }

    /// The same for a vehicle that has come.
    pub(super) fn due_at_bar(&self, vehicle: &Vehicle) -> f64 {
        self.way_to_bar(vehicle.target, &vehicle.driver, vehicle.visit.scheduled)
    }

    fn way_to_bar(&self, target: usize, driver: &Driver, scheduled: f64) -> f64 {
        let start = self.layout.strips[self.layout.root(target)].start;
        scheduled - start / (self.layout.strips[target].speed_limit * driver.speed_factor)
    }

    /// What vehicle and driver need alone at green for the whole visit, or (not `whole`) for the way up
    /// to where the vehicle is, s.
    fn free_time(&self, vehicle: &Vehicle, whole: bool) -> f64 {
        let target = &self.layout.strips[vehicle.target];
        let start = self.layout.strips[self.layout.root(vehicle.target)].start;
        let path = self.path_of(vehicle);
        let approach_speed = target.speed_limit * vehicle.driver.speed_factor;
        let exit = &self.layout.sites[vehicle.site].exits[path.exit.index()];
        let exit_speed =
            self.layout.strips[exit.strips[0]].speed_limit * vehicle.driver.speed_factor;
        let exit_length = match exit.downstream {
            Some(_) => 0.0,
            None => self.layout.strips[exit.strips[0]].end,
        };
        let box_speed = path
            .turn_speed
            .map_or(approach_speed, |turn| turn.min(approach_speed));
        let x = vehicle.motion.x;
        let (on_approach, in_box, on_exit) = match vehicle.place {
            _ if whole => (-start, path.length, exit_length),
            Place::Approach(_) => (x - start, 0.0, 0.0),
            Place::Box(_) => (-start, x, 0.0),
            Place::Exit(_) => (-start, path.length, x),
        };
        let mut time = on_approach / approach_speed + in_box / box_speed + on_exit / exit_speed;
        if in_box > 0.0 {
            let slowing = approach_speed - box_speed;
            time += slowing * slowing / (2.0 * vehicle.driver.deceleration * approach_speed);
        }
        if whole || on_exit > 0.0 {
            let speeding = (exit_speed - box_speed).max(0.0);
            let acceleration = vehicle.driver.acceleration(exit_speed);
            time += speeding * speeding / (2.0 * acceleration * exit_speed);
        }
        time
    }

    /// The record of a vehicle still outside at `now`.
    pub(super) fn outside_record(&self, strip: usize, outside: &Outside, now: f64) -> Visit {
        let site = self.layout.strips[strip].site;
        let lane = match self.layout.strips[outside.target].kind {
            StripKind::Approach(lane) => lane,
            StripKind::Exit(_) => Id::from_index(0),
        };
        Visit {
            vehicle: outside.number,
            site,
            approach: self.layout.sites[site].intersection.movements[outside.movement].from,
            lane,
            movement: outside.movement,
            scheduled: stamp(outside.scheduled),
            due: stamp(self.unhindered(outside.number, outside.target, outside.scheduled)),
            entered: None,
            crossed: None,
            left: None,
            delay_s: (now - outside.scheduled).max(0.0),
            stops: 1,
            stopped_s: (now - outside.scheduled).max(0.0),
            longest_stop_s: (now - outside.scheduled).max(0.0),
        }
    }

    pub(super) fn finish_crossing(
        &mut self,
        site: usize,
        crosswalk: CrosswalkId,
        walker: Walker,
        finished: Option<f64>,
    ) {
        let crossing = Self::crossing_record(site, crosswalk, &walker, finished);
        self.results.crossings.push(crossing);
    }

    pub(super) fn crossing_record(
        site: usize,
        crosswalk: CrosswalkId,
        walker: &Walker,
        finished: Option<f64>,
    ) -> Crossing {
        Crossing {
            pedestrian: walker.number,
            site,
            crosswalk,
            arrived: stamp(walker.arrived),
            pushed: walker.pushed.map(stamp),
            walk: walker.walk.map(stamp),
            started: walker.started.map(stamp),
            finished: finished.map(stamp),
        }
    }
}
