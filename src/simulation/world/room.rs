//! Whether there is room to go: in the box, on the exit, and behind those who cross.
//!
//! In: one vehicle at the stop bar or in the box, and everybody in the box and on the exit. Out: whether it
//! stays out, or holds. Not here: gaps in traffic that has the right of way (`gaps.rs`).

use super::control::Hold;
use super::traffic::Traffic;
use super::vehicle::{Place, Vehicle};

/// Hardest braking for a box that is full or blocked, m/s²; who cannot do with it goes in.
pub(super) const LATE_BRAKING_MAX: f64 = 4.5;
/// Whoever is slower than this on an exit is taken to be at the end of a queue, m/s.
const QUEUED_BELOW: f64 = 4.0;
/// Room that a queued vehicle takes, m.
const QUEUE_SPACING: f64 = 7.5;
/// Whoever is slower than this in the box is not about to leave it, m/s.
pub(super) const STUCK_BELOW: f64 = 0.5;
/// Whoever has the right of way stops this far before the way of somebody who crosses it, m.
const CROSSED_MARGIN: f64 = 1.0;

impl Traffic {
    /// Hold of a vehicle with the right of way before the way of one that yields to it but is crossing right
    /// now, until that has crossed. Who crosses has made sure that nobody comes; but those who stood behind
    /// somebody waiting for a gap start when that one does, and drive into nobody.
    pub(super) fn crossed_hold(&self, id: usize, now: f64) -> Option<Hold> {
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let room = path.zone.0 - CROSSED_MARGIN - vehicle.motion.x;
        let v = vehicle.motion.v;
        let stands_there = v < STUCK_BELOW && room > -CROSSED_MARGIN;
        let can_stop = stands_there || room > 0.0 && v * v <= 2.0 * LATE_BRAKING_MAX * room;
        if path.crossed_by.is_empty() || !can_stop {
            return None;
        }
        let arrives = now + self.time_over(id, path.zone.0 - vehicle.motion.x);
        let clear = self.boxes[vehicle.site].iter().filter_map(|&other| {
            let crossing = &self.vehicles[other];
            let its_path = self.path_of(crossing);
            let started = crossing.accepted_gap && crossing.motion.x > its_path.gap_point;
            let way = its_path.zone.1 - crossing.rear();
            let seen = self.state_time(crossing, now);
            (started && way > 0.0 && path.crossed_by.contains(&crossing.movement))
                .then(|| seen + self.time_over(other, way))
        });
        let until = clear.fold(f64::NEG_INFINITY, f64::max);
        (until > arrives).then_some(Hold {
            x: path.zone.0 - CROSSED_MARGIN,
            from: f64::NEG_INFINITY,
            until,
        })
    }

    /// Whether `mover` gets to the exit that both make for before `standing`, which stands nearer to it: because
    /// that one is held up, or has only just been let go.
    pub(super) fn passes(&self, mover: &Vehicle, standing: &Vehicle) -> bool {
        let way_left = |vehicle: &Vehicle| self.path_of(vehicle).length - vehicle.motion.x;
        let stands = standing.motion.v < STUCK_BELOW;
        let moves = mover.motion.v >= STUCK_BELOW;
        let is_sooner = || {
            self.time_to_drive(mover, way_left(mover))
                < self.time_to_drive(standing, way_left(standing))
        };
        stands
            && matches!(mover.place, Place::Box(_))
            && !mover.waits_for_gap()
            && (self.is_held_up(standing) || moves && is_sooner())
    }

    /// Whether the vehicle should stay out of the box: its exit is full, or somebody who crosses its path
    /// has not left. Who could stop only by braking hard goes in.
    pub(super) fn box_is_blocked(&mut self, id: usize, now: f64) -> bool {
        let vehicle = &self.vehicles[id];
        if vehicle.place != Place::Approach(vehicle.target) {
            return false;
        }
        let room = -vehicle.driver.stop_distance - vehicle.motion.x;
        let v = vehicle.motion.v;
        let can_stop = v < 0.5 || v * v <= 2.0 * LATE_BRAKING_MAX * room;
        can_stop && (self.exit_is_full(id) || self.someone_crosses(id, now))
    }

    /// Whether the queue on the exit, once those on their way to it have joined, would leave no room.
    fn exit_is_full(&mut self, id: usize) -> bool {
        let exit = self.choose_exit(id);
        let mut joining = 1.0;
        for &other in self.strips[exit].iter().rev() {
            let other = &self.vehicles[other];
            if other.motion.v < QUEUED_BELOW {
                let on_their_way = self.boxes[self.vehicles[id].site]
                    .iter()
                    .filter(|&&inside| self.vehicles[inside].exit_strip == Some(exit));
                joining += on_their_way.map(|_| 1.0).sum::<f64>();
                return other.rear() - self.layout.strips[exit].start < joining * QUEUE_SPACING;
            }
            joining += 1.0;
        }
        false
    }

    fn someone_crosses(&self, id: usize, now: f64) -> bool {
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let i_arrive = now + self.time_over(id, path.zone.0 - vehicle.motion.x);
        self.boxes[vehicle.site].iter().any(|&other| {
            let other_vehicle = &self.vehicles[other];
            if !path.crossing.contains(&other_vehicle.movement) {
                return false;
            }
            let zone_end = self.path_of(other_vehicle).zone.1;
            let way = zone_end - other_vehicle.rear();
            if way <= 0.0 {
                return false;
            }
            let stuck = other_vehicle.waits_for_gap() || other_vehicle.motion.v < STUCK_BELOW;
            let seen = self.state_time(other_vehicle, now);
            stuck || seen + self.time_over(other, way) > i_arrive
        })
    }
}
