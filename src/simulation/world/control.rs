//! What a driver makes of signal, gaps, pedestrians and a full exit: where to hold, and for how long.
//!
//! In: one vehicle with what it sees. Out: [`Holds`], points not to be passed in this step, with the
//! exact times between which they apply. Not here: the vehicle ahead, and how one brakes (`motion.rs`).

use super::aspects::Told;
use super::gaps::{Maneuver, first_free};
use super::motion::time_to_cover;
use super::room::{LATE_BRAKING_MAX, STUCK_BELOW};
use super::traffic::Traffic;
use super::vehicle::{Place, Resolve, Vehicle};
use crate::intersection::Turn;

/// A point not to be passed for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// Where the front stops, m.
    pub(super) x: f64,
    /// From when, s.
    pub(super) from: f64,
    /// Until when, s.
    pub(super) until: f64,
}

/// At most four: the stop bar, the place to wait for a gap, the far crosswalk, and the way of somebody who
/// is about to have crossed.
pub(super) type Holds = [Option<Hold>; 4];

/// A vehicle at the stop bar that got slower than this although it meant to go on yellow stays, m/s.
const GIVES_UP_BELOW: f64 = 2.0;
/// How close to the stop bar a vehicle stands to have stopped *at* it, m.
const AT_BAR: f64 = 4.0;
/// Least standstill before a turn on red, s.
const STOP_BEFORE_TURN: f64 = 1.0;
/// A vehicle this close to the waiting point may start with the one that waits there, m.
pub(super) const NEXT_IN_LINE: f64 = 9.0;

impl Traffic {
    /// Holds of a vehicle on the approach; `first`: nobody is between it and the stop bar.
    pub(super) fn approach_holds(&mut self, id: usize, first: bool, t0: f64, t1: f64) -> Holds {
        let vehicle = &self.vehicles[id];
        let v = vehicle.motion.v;
        let reach = v * v / (2.0 * vehicle.driver.deceleration) + v * (t1 - t0) + 15.0;
        if -vehicle.motion.x > reach {
            self.vehicles[id].at_bar_since = None;
            return [None; 4];
        }
        self.note_standing_at_bar(id, first, t0);
        let told = self.aspects[self.vehicles[id].site]
            .of(self.vehicles[id].movement)
            .told;
        let bar = self.signal_hold(id, first, t0, t1);
        let open = bar.is_none_or(|hold| hold.until < t1);
        let blocked = first && open && self.box_is_blocked(id, t0);
        self.vehicles[id].kept_out = blocked;
        let bar = if blocked {
            Some(self.hold_at_bar(id, f64::INFINITY))
        } else {
            bar
        };
        let goes_late = self.vehicles[id].resolve == Resolve::Go;
        let yields = told == Told::Permissive || told == Told::Yellow && goes_late;
        let gap = if yields {
            self.gap_hold(id, t0, t1)
        } else {
            None
        };
        let crossed = if first {
            self.crossed_hold(id, t0)
        } else {
            None
        };
        [bar, gap, self.walk_hold(id, t0, t1), crossed]
    }

    /// Holds of a vehicle in the box.
    pub(super) fn box_holds(&mut self, id: usize, t0: f64, t1: f64) -> Holds {
        let vehicle = &mut self.vehicles[id];
        let told = self.aspects[vehicle.site].of(vehicle.movement).told;
        if told == Told::Protected {
            vehicle.must_yield = false;
        }
        let yields = vehicle.must_yield || vehicle.accepted_gap && told != Told::Protected;
        let gap = if yields {
            self.gap_hold(id, t0, t1)
        } else {
            None
        };
        let crossed = self.crossed_hold(id, t0);
        [None, gap, self.walk_hold(id, t0, t1), crossed]
    }

    fn hold_at_bar(&self, id: usize, until: f64) -> Hold {
        Hold {
            x: -self.vehicles[id].driver.stop_distance,
            from: f64::NEG_INFINITY,
            until,
        }
    }

    fn note_standing_at_bar(&mut self, id: usize, first: bool, now: f64) {
        let vehicle = &mut self.vehicles[id];
        let stands = first && vehicle.motion.v < 0.3 && vehicle.motion.x > -AT_BAR;
        if !stands {
            vehicle.at_bar_since = None;
        } else if vehicle.at_bar_since.is_none() {
            vehicle.at_bar_since = Some(now);
        }
    }

    /// Hold at the stop bar because of the signal.
    fn signal_hold(&mut self, id: usize, first: bool, t0: f64, t1: f64) -> Option<Hold> {
        let vehicle = &self.vehicles[id];
        let aspect = self.aspects[vehicle.site].of(vehicle.movement);
        match aspect.told {
            Told::Protected | Told::Permissive => {
                let moves_off = aspect.since + vehicle.driver.reaction;
                match vehicle.resolve {
                    Resolve::Stop(_) if moves_off > t0 => Some(self.hold_at_bar(id, moves_off)),
                    Resolve::Stop(_) | Resolve::Open | Resolve::Go => {
                        self.vehicles[id].resolve = Resolve::Open;
                        None
                    }
                }
            }
            Told::Yellow | Told::Red => {
                let resolve = self.resolve_to_stop(id, t0);
                self.vehicles[id].resolve = resolve;
                match resolve {
                    Resolve::Go | Resolve::Open => None,
                    Resolve::Stop(from) => {
                        self.vehicles[id].accepted_gap = false;
                        let until = if aspect.told == Told::Red && self.may_turn_on_red(id) {
                            self.start_after_stop(id, first, Maneuver::TurnOnRed, (t0, t1))
                        } else {
                            f64::INFINITY
                        };
                        Some(Hold {
                            from,
                            ..self.hold_at_bar(id, until)
                        })
                    }
                }
            }
            Told::StopThenGo => {
                if vehicle.resolve == Resolve::Go {
                    return None;
                }
                let until = self.start_after_stop(id, first, Maneuver::StopThenGo, (t0, t1));
                Some(self.hold_at_bar(id, until))
            }
        }
    }

    /// Stop or go: decided once, at the onset of yellow, from where the vehicle then was.
    pub(super) fn resolve_to_stop(&self, id: usize, now: f64) -> Resolve {
        let vehicle = &self.vehicles[id];
        let aspect = self.aspects[vehicle.site].of(vehicle.movement);
        let (x, v) = (vehicle.motion.x, vehicle.motion.v);
        match vehicle.resolve {
            Resolve::Stop(_) => vehicle.resolve,
            Resolve::Go
                if aspect.told == Told::Red
                    && (v < STUCK_BELOW || v < GIVES_UP_BELOW && x < -0.5) =>
            {
                if vehicle.accepted_gap && self.may_turn_on_red(id) {
                    Resolve::Go
                } else {
                    Resolve::Stop(now)
                }
            }
            Resolve::Go => Resolve::Go,
            Resolve::Open if aspect.told == Told::Yellow => {
                let then = x - v * (now - aspect.since).max(0.0);
                let room = -then - vehicle.driver.stop_distance - v * vehicle.driver.reaction;
                if room > 0.0 && v * v <= 2.0 * vehicle.driver.yellow_deceleration * room {
                    Resolve::Stop(aspect.since + vehicle.driver.reaction)
                } else {
                    Resolve::Go
                }
            }
            Resolve::Open => Resolve::Stop(now),
        }
    }

    fn may_turn_on_red(&self, id: usize) -> bool {
        let vehicle = &self.vehicles[id];
        let site = &self.layout.sites[vehicle.site].intersection;
        site.movements[vehicle.movement].turn_on_red
            && vehicle.place == Place::Approach(vehicle.target)
    }

    /// When a vehicle that has stopped at the bar may go on; infinite if not in this step.
    fn start_after_stop(
        &mut self,
        id: usize,
        first: bool,
        maneuver: Maneuver,
        (t0, t1): (f64, f64),
    ) -> f64 {
        let vehicle = &self.vehicles[id];
        let Some(since) = vehicle.at_bar_since.filter(|_| first) else {
            return f64::INFINITY;
        };
        let follow_up = maneuver.gap_and_follow_up().1;
        let ready = (since + STOP_BEFORE_TURN)
            .max(self.last_accepted[vehicle.target] + follow_up)
            .max(t0);
        let start = self.first_gap(id, maneuver, ready, t0);
        if start >= t1 || self.box_is_blocked(id, t0) {
            return f64::INFINITY;
        }
        self.accept(id, start);
        self.vehicles[id].resolve = Resolve::Go;
        start
    }

    fn first_gap(&mut self, id: usize, maneuver: Maneuver, ready: f64, now: f64) -> f64 {
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        self.blocked_spans(id, maneuver, now, &mut spans);
        let start = first_free(ready, &spans);
        self.spans = spans;
        start
    }

    fn accept(&mut self, id: usize, start: f64) {
        let vehicle = &mut self.vehicles[id];
        vehicle.accepted_gap = true;
        vehicle.must_yield = false;
        self.last_accepted[vehicle.target] = start;
    }

    /// Hold of a permissive movement until it has its gap.
    fn gap_hold(&mut self, id: usize, t0: f64, t1: f64) -> Option<Hold> {
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        if path.rivals.is_empty() || vehicle.accepted_gap && !self.can_think_again(id, t0) {
            return None;
        }
        let vehicle = &mut self.vehicles[id];
        vehicle.accepted_gap = false;
        vehicle.must_yield = matches!(vehicle.place, Place::Box(_));
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let closed = Hold {
            x: path.gap_point,
            from: f64::NEG_INFINITY,
            until: f64::INFINITY,
        };
        let way = path.gap_point - vehicle.motion.x;
        let v = vehicle.motion.v;
        let braking = v * v / (2.0 * vehicle.driver.deceleration);
        if way > braking + v * (t1 - t0) + NEXT_IN_LINE || self.another_waits_ahead(id) {
            return Some(closed);
        }
        let (_, follow_up) = Maneuver::Permissive.gap_and_follow_up();
        let arrives = t0 + self.time_over(id, way - NEXT_IN_LINE);
        let ready = arrives.max(self.last_accepted[vehicle.target] + follow_up);
        let start = self.first_gap(id, Maneuver::Permissive, ready, t0);
        if start >= t1 && start > arrives {
            return Some(closed);
        }
        self.accept(id, start);
        (start > arrives).then_some(Hold {
            until: start,
            ..closed
        })
    }

    /// Whether a vehicle that has accepted a gap sees it gone while it can still stop where it waits for gaps.
    fn can_think_again(&self, id: usize, now: f64) -> bool {
        let vehicle = &self.vehicles[id];
        let room = self.path_of(vehicle).gap_point - vehicle.motion.x;
        let v = vehicle.motion.v;
        let can_stop = room > 0.0 && v * v <= 2.0 * LATE_BRAKING_MAX * room;
        can_stop && self.gap_is_gone(id, now)
    }

    pub(super) fn time_over(&self, id: usize, way: f64) -> f64 {
        self.time_to_drive(&self.vehicles[id], way)
    }

    /// Time `vehicle` needs for `way` if nothing is in its way, at the speed it would like where it is, s.
    pub(super) fn time_to_drive(&self, vehicle: &Vehicle, way: f64) -> f64 {
        let desired = self.desired_speed(vehicle);
        let acceleration = vehicle.driver.acceleration(desired);
        time_to_cover(way, vehicle.motion.v, acceleration, desired)
    }

    fn another_waits_ahead(&self, id: usize) -> bool {
        let vehicle = &self.vehicles[id];
        let (Place::Approach(strip) | Place::Box(strip)) = vehicle.place else {
            return false;
        };
        let yields_before = |other: usize| {
            let other = &self.vehicles[other];
            other.movement == vehicle.movement
                && other.motion.x > vehicle.motion.x
                && !other.accepted_gap
        };
        let in_box = self.boxes[vehicle.site].iter().any(|&other| {
            self.vehicles[other].place == Place::Box(strip)
                && self.vehicles[other].must_yield
                && yields_before(other)
        });
        let on_strip = vehicle.place == Place::Approach(strip)
            && self.strips[strip]
                .iter()
                .take_while(|&&other| other != id)
                .any(|&other| yields_before(other));
        in_box || on_strip
    }

    /// Hold before the far crosswalk until nobody is on the half it crosses.
    fn walk_hold(&mut self, id: usize, t0: f64, t1: f64) -> Option<Hold> {
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let turns_right = self.layout.sites[vehicle.site].intersection.movements[vehicle.movement]
            .turn
            == Turn::Right;
        let watches = turns_right || path.rivals.is_empty();
        if path.far_crosswalks.is_empty() || vehicle.accepted_walk || !watches {
            return None;
        }
        let closed = Hold {
            x: path.walk_point,
            from: f64::NEG_INFINITY,
            until: f64::INFINITY,
        };
        let way = path.walk_point - vehicle.motion.x;
        let v = vehicle.motion.v;
        if way > v * v / (2.0 * vehicle.driver.deceleration) + v * (t1 - t0) + 1.0 {
            return Some(closed);
        }
        let ready = t0 + self.time_over(id, way);
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        for &crosswalk in &self.path_of(&self.vehicles[id]).far_crosswalks {
            self.walkers(self.vehicles[id].site, crosswalk, 2.0, 0.3, &mut spans);
        }
        let start = first_free(ready, &spans);
        self.spans = spans;
        if start > ready && start >= t1 {
            return Some(closed);
        }
        self.vehicles[id].accepted_walk = true;
        (start > ready).then_some(Hold {
            until: start,
            ..closed
        })
    }
}
