//! What vehicles do to the loops they drive over.
//!
//! In: one vehicle's move from one place to another. Out: moments at which loops are covered and cleared, told
//! to the site's [`Sensors`](crate::simulation::sensors::Sensors). Not here: the moves (`traffic.rs`), edges
//! (`simulation/sensors.rs`).

use super::motion::{Motion, passing_time};
use super::traffic::Traffic;
use super::vehicle::Place;

impl Traffic {
    /// Notes where the rear of a vehicle is that leaves the box onto `exit`, if that is before the stop bar.
    pub(super) fn rear_stays_behind(&mut self, id: usize, exit: usize) {
        let vehicle = &self.vehicles[id];
        let Place::Box(strip) = vehicle.place else {
            return;
        };
        let shift = self.path_of(vehicle).length - self.layout.strips[exit].start;
        self.vehicles[id].rear_on = (vehicle.rear() < 0.0).then_some((strip, shift));
    }

    /// A vehicle moves from `now` to `next` in the `dt` after `from`.
    pub(super) fn detect(&mut self, id: usize, now: Motion, next: Motion, from: f64, dt: f64) {
        let vehicle = &self.vehicles[id];
        let length = vehicle.driver.length;
        if let Some((strip, shift)) = vehicle.rear_on {
            let moved = |motion: Motion| Motion {
                x: motion.x + shift,
                ..motion
            };
            self.detect_on(strip, length, (moved(now), moved(next)), (from, dt));
            if next.x + shift - length >= 0.0 {
                self.vehicles[id].rear_on = None;
            }
        }
        if let Place::Approach(strip) | Place::Box(strip) = self.vehicles[id].place {
            self.detect_on(strip, length, (now, next), (from, dt));
        }
    }

    fn detect_on(
        &mut self,
        strip: usize,
        length: f64,
        (now, next): (Motion, Motion),
        (from, dt): (f64, f64),
    ) {
        let strip = &self.layout.strips[strip];
        for part in &strip.loops {
            let sensors = &mut self.sensors[strip.site];
            if now.x < part.from && next.x >= part.from {
                let at = from + passing_time(now, next, dt, part.from);
                if part.pulse {
                    sensors.pulse(part.detector, at);
                } else {
                    sensors.cover(part.detector, at);
                }
            }
            let clear_at = part.to + length;
            if now.x < clear_at && next.x >= clear_at && !part.pulse {
                let at = from + passing_time(now, next, dt, clear_at);
                sensors.clear(part.detector, at);
            }
        }
    }

    /// A vehicle appears (or vanishes) over loops without having driven onto (or off) them.
    pub(super) fn cover_standing(&mut self, id: usize, strip: usize, at: f64, appears: bool) {
        let vehicle = &self.vehicles[id];
        let strip = &self.layout.strips[strip];
        for part in strip.loops.iter().filter(|part| !part.pulse) {
            if vehicle.motion.x >= part.from && vehicle.rear() < part.to {
                let sensors = &mut self.sensors[strip.site];
                if appears {
                    sensors.cover(part.detector, at);
                } else {
                    sensors.clear(part.detector, at);
                }
            }
        }
    }

    /// A vehicle beyond the stop bar, with its rear at `rear`, vanishes.
    pub(super) fn clear_loops(&mut self, strip: usize, rear: f64, at: f64) {
        let strip = &self.layout.strips[strip];
        let covered = strip
            .loops
            .iter()
            .filter(|part| !part.pulse && rear < part.to);
        for part in covered {
            self.sensors[strip.site].clear(part.detector, at);
        }
    }
}
