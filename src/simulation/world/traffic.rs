//! All vehicles and the step that moves them: exits first, then boxes, then approaches, each from the
//! front to the back, so that everybody sees where the one ahead ends up.
//!
//! In: what the heads have shown. Out: vehicles moved, detectors told. Not here: when to hold
//! (`control.rs`), how to brake (`motion.rs`), who enters (`entry.rs`).

use std::collections::VecDeque;

use super::aspects::{Aspects, Told};
use super::control::{Hold, Holds};
use super::crowd::Crowd;
use super::entry::Entries;
use super::gaps::Span;
use super::layout::{Layout, Path, StripKind};
use super::motion::{Motion, Obstacle, behind, free, passing_time, slower, slowing_for};
use super::results::Results;
use super::truth::Counts;
use super::vehicle::{Place, Resolve, Vehicle, VisitSoFar};
use crate::intersection::{Id, MovementId};
use crate::simulation::sensors::Sensors;

/// Another vehicle not to run into; `offset` added to its coordinate gives mine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    pub(super) id: usize,
    pub(super) offset: f64,
}

/// Vehicles for different movements share their path for this long beyond the stop bar, m.
pub(super) const SHARED_PATH: f64 = 5.0;
/// From here on a vehicle looks at those in the box and on the exit, m before the stop bar.
const BOX_SIGHT: f64 = 80.0;
/// Rear to front, nobody comes closer than this, m.
const BUMPER_GAP_MIN: f64 = 0.3;
/// Steps are numbered from here, so that the time before the first one has numbers too.
const FIRST_STEP: usize = 64;

/// The whole state of the world.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) layout: Layout,
    pub(super) aspects: Vec<Aspects>,
    pub(super) sensors: Vec<Sensors>,
    /// By site and crosswalk.
    pub(super) crowds: Vec<Vec<Crowd>>,
    pub(super) vehicles: Vec<Vehicle>,
    pub(super) free_places: Vec<usize>,
    /// Vehicles on each strip, front first.
    pub(super) strips: Vec<VecDeque<usize>>,
    /// Vehicles in each box, nearest to leaving first.
    pub(super) boxes: Vec<Vec<usize>>,
    pub(super) entries: Entries,
    /// By strip: when its last yielding vehicle started.
    pub(super) last_accepted: Vec<f64>,
    pub(super) results: Results,
    pub(super) counts: Counts,
    pub(super) spans: Vec<Span>,
    pub(super) ahead: Vec<Ahead>,
    /// Strips in the order in which they are moved: pockets before the lanes they are entered from.
    pub(super) order: Vec<usize>,
    /// Number of the step under way.
    pub(super) step_number: usize,
    /// Time at the end of step [`FIRST_STEP`], s.
    pub(super) began: f64,
    /// Length of a step, s.
    pub(super) dt: f64,
}

impl Traffic {
    /// Moves everybody from `t0` to `t1 = t0 + dt`.
    pub(super) fn step(&mut self, t0: f64) {
        let t1 = t0 + self.dt;
        self.step_number += 1;
        self.walk(t0, t1);
        self.due(t1);
        for strip in 0..self.strips.len() {
            if matches!(self.layout.strips[strip].kind, StripKind::Exit(_)) {
                self.step_exit(strip, t0, t1);
            }
        }
        for site in 0..self.boxes.len() {
            self.step_box(site, t0, t1);
        }
        let order = std::mem::take(&mut self.order);
        for &strip in &order {
            self.step_approach(strip, t0, t1);
            self.enter(strip, t0, t1);
        }
        self.order = order;
        self.count_conflicts();
    }

    fn step_exit(&mut self, strip: usize, t0: f64, t1: f64) {
        for place in 0..self.strips[strip].len() {
            let id = self.strips[strip][place];
            self.ahead.clear();
            if place > 0 {
                self.ahead.push(Ahead {
                    id: self.strips[strip][place - 1],
                    offset: 0.0,
                });
            }
            let closed = self.entries.exit_closed(&self.layout, strip, t0);
            let end = self.layout.strips[strip].end;
            let hold = closed.then_some(Hold {
                x: end - 1.0,
                from: f64::NEG_INFINITY,
                until: f64::INFINITY,
            });
            self.drive(id, &[hold, None, None, None], t0, t1);
        }
        while let Some(&id) = self.strips[strip].front() {
            let past = self.vehicles[id].motion.x - self.layout.strips[strip].end;
            if past < 0.0 {
                break;
            }
            let left = t1 - past / self.vehicles[id].motion.v.max(0.1);
            self.strips[strip].pop_front();
            if let Some((behind, shift)) = self.vehicles[id].rear_on.take() {
                let rear = self.vehicles[id].rear() + shift;
                self.clear_loops(behind, rear, left.max(t0));
            }
            self.finish_visit(id, left.max(t0));
            self.counts.left += 1;
            self.free_places.push(id);
        }
    }

    fn step_box(&mut self, site: usize, t0: f64, t1: f64) {
        let mut inside = std::mem::take(&mut self.boxes[site]);
        inside.sort_by(|&a, &b| {
            self.way_left(a)
                .total_cmp(&self.way_left(b))
                .then(a.cmp(&b))
        });
        self.boxes[site].clone_from(&inside);
        for &id in &inside {
            let holds = self.box_holds(id, t0, t1);
            self.ahead.clear();
            self.look_into_box(id);
            self.drive(id, &holds, t0, t1);
        }
        for &id in &inside {
            if self.way_left(id) <= 0.0 {
                self.boxes[site].retain(|&other| other != id);
                self.leave_box(id, t1);
            }
        }
    }

    fn step_approach(&mut self, strip: usize, t0: f64, t1: f64) {
        let mut moved_on = false;
        for place in 0..self.strips[strip].len() {
            let id = self.strips[strip][place];
            let holds = self.approach_holds(id, place == 0, t0, t1);
            self.ahead.clear();
            if place > 0 {
                self.ahead.push(Ahead {
                    id: self.strips[strip][place - 1],
                    offset: 0.0,
                });
            }
            if let Some(next) = self.next_toward_pocket(id, strip) {
                let x = self.vehicles[id].motion.x;
                if let Some(&last) = self.strips[next].back()
                    && self.vehicles[last].motion.x > x
                {
                    self.ahead.push(Ahead {
                        id: last,
                        offset: 0.0,
                    });
                }
            } else if place == 0 && self.vehicles[id].motion.x > -BOX_SIGHT {
                self.choose_exit(id);
                self.look_into_box(id);
            }
            self.drive(id, &holds, t0, t1);
            moved_on |= self.vehicles[id].motion.x > 0.0 || self.enters_pocket(id, strip);
        }
        if moved_on {
            self.move_on(strip, t1);
        }
    }

    /// Takes those who crossed the stop bar into the box and those at their pocket into the pocket.
    fn move_on(&mut self, strip: usize, t1: f64) {
        let mut vehicles = std::mem::take(&mut self.strips[strip]);
        vehicles.retain(|&id| {
            if self.vehicles[id].motion.x > 0.0 {
                self.cross_stop_bar(id, strip, t1);
                false
            } else if self.enters_pocket(id, strip)
                && let Some(next) = self.next_toward_pocket(id, strip)
            {
                self.change_strip(id, strip, next, t1);
                false
            } else {
                true
            }
        });
        self.strips[strip] = vehicles;
    }

    fn cross_stop_bar(&mut self, id: usize, strip: usize, t1: f64) {
        self.choose_exit(id);
        let yields = !self.path_of(&self.vehicles[id]).rivals.is_empty();
        let vehicle = &mut self.vehicles[id];
        let told = self.aspects[vehicle.site].of(vehicle.movement).told;
        vehicle.place = Place::Box(strip);
        vehicle.kept_out = false;
        vehicle.must_yield = yields && told != Told::Protected && !vehicle.accepted_gap;
        self.boxes[vehicle.site].push(id);
        self.counts.cross(vehicle.site, vehicle.movement);
        if self.way_left(id) <= 0.0 {
            let site = self.vehicles[id].site;
            self.boxes[site].retain(|&other| other != id);
            self.leave_box(id, t1);
        }
    }

    /// From the box onto the exit, or onto the approach of the next site.
    fn leave_box(&mut self, id: usize, t1: f64) {
        let exit = self.choose_exit(id);
        let over = -self.way_left(id);
        let at = t1 - over / self.vehicles[id].motion.v.max(0.1);
        self.rear_stays_behind(id, exit);
        self.vehicles[id].motion.x = self.layout.strips[exit].start + over;
        self.strips[exit].push_back(id);
        if matches!(self.layout.strips[exit].kind, StripKind::Exit(_)) {
            self.vehicles[id].place = Place::Exit(exit);
            return;
        }
        self.finish_visit(id, at);
        let site = self.layout.strips[exit].site;
        let vehicle = &mut self.vehicles[id];
        let (movement, target) = vehicle.next.take().unwrap_or((vehicle.movement, exit));
        vehicle.site = site;
        vehicle.hop += 1;
        vehicle.movement = movement;
        vehicle.target = target;
        vehicle.place = Place::Approach(exit);
        vehicle.visit = VisitSoFar {
            scheduled: at,
            entered: at,
            ..VisitSoFar::default()
        };
        self.start_visit(id);
    }

    /// Forgets what was decided at the site before.
    pub(super) fn start_visit(&mut self, id: usize) {
        let desired = {
            let vehicle = &self.vehicles[id];
            self.layout.strips[vehicle.target].speed_limit * vehicle.driver.speed_factor
        };
        let vehicle = &mut self.vehicles[id];
        vehicle.following_delay = vehicle.driver.following_delay(desired);
        vehicle.exit_strip = None;
        vehicle.resolve = Resolve::Open;
        vehicle.must_yield = false;
        vehicle.accepted_gap = false;
        vehicle.accepted_walk = false;
        vehicle.at_bar_since = None;
        vehicle.kept_out = false;
    }

    fn enters_pocket(&self, id: usize, strip: usize) -> bool {
        self.next_toward_pocket(id, strip).is_some_and(|next| {
            let begins = self.layout.strips[next].start + self.vehicles[id].driver.length;
            self.vehicles[id].motion.x >= begins
        })
    }

    /// The pocket a vehicle enters next from `strip` on its way to its target, if it is not there.
    pub(super) fn next_toward_pocket(&self, id: usize, strip: usize) -> Option<usize> {
        let mut next = self.vehicles[id].target;
        if next == strip {
            return None;
        }
        loop {
            let parent = self.layout.strips[next].pocket_of?;
            if parent == strip {
                return Some(next);
            }
            next = parent;
        }
    }

    fn change_strip(&mut self, id: usize, from: usize, to: usize, at: f64) {
        self.cover_standing(id, from, at, false);
        self.cover_standing(id, to, at, true);
        self.vehicles[id].place = Place::Approach(to);
        self.strips[to].push_back(id);
    }

    /// Adds to `self.ahead` those in the box and on the exit whom vehicle `id` must not run into.
    fn look_into_box(&mut self, id: usize) {
        let mut ahead = std::mem::take(&mut self.ahead);
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let (Place::Approach(strip) | Place::Box(strip)) = vehicle.place else {
            self.ahead = ahead;
            return;
        };
        for &other in &self.boxes[vehicle.site] {
            let leader = &self.vehicles[other];
            if other == id {
                continue;
            }
            let same_strip = leader.place == Place::Box(strip);
            if same_strip && leader.motion.x > vehicle.motion.x {
                if leader.movement == vehicle.movement || leader.rear() < SHARED_PATH {
                    ahead.push(Ahead {
                        id: other,
                        offset: 0.0,
                    });
                }
            } else if leader.exit_strip == vehicle.exit_strip
                && vehicle.exit_strip.is_some()
                && !leader.waits_for_gap()
            {
                let offset = path.length - self.path_of(leader).length;
                let goes_first = if leader.motion.x + offset > vehicle.motion.x {
                    !self.passes(vehicle, leader)
                } else {
                    self.passes(leader, vehicle)
                };
                if goes_first {
                    ahead.push(Ahead { id: other, offset });
                }
            }
        }
        if let Some(exit) = vehicle.exit_strip
            && let Some(&last) = self.strips[exit].back()
        {
            let offset = path.length - self.layout.strips[exit].start;
            ahead.push(Ahead { id: last, offset });
        }
        self.ahead = ahead;
    }

    /// Moves one vehicle from `t0` to `t1`, obeying `holds` at their exact times and keeping behind
    /// `self.ahead`.
    pub(super) fn drive(&mut self, id: usize, holds: &Holds, t0: f64, t1: f64) {
        let began_at = self.vehicles[id].motion.x;
        let mut from = t0;
        while from < t1 {
            let change = holds
                .iter()
                .flatten()
                .flat_map(|hold| [hold.from, hold.until])
                .filter(|&at| at > from && at < t1)
                .fold(t1, f64::min);
            self.drive_part(id, holds, from, change);
            from = change;
        }
        let number = self.step_number;
        let vehicle = &mut self.vehicles[id];
        vehicle
            .history
            .push(number, vehicle.motion.x - began_at, vehicle.motion.v);
        vehicle.visit.note(vehicle.motion.v, t1, t1 - t0);
    }

    fn drive_part(&mut self, id: usize, holds: &Holds, from: f64, to: f64) {
        let dt = to - from;
        let vehicle = &self.vehicles[id];
        let now = vehicle.motion;
        let desired = self.desired_speed(vehicle);
        let braking = vehicle.driver.deceleration;
        let mut next = free(
            now,
            dt,
            desired,
            vehicle.driver.acceleration(desired),
            braking,
        );
        if matches!(vehicle.place, Place::Approach(_))
            && let Some(turn_speed) = self.path_of(vehicle).turn_speed
        {
            let limit = Obstacle {
                x: 0.0,
                v: turn_speed,
                deceleration: braking,
            };
            next = slower(next, slowing_for(now, dt, limit));
        }
        for &ahead in &self.ahead {
            next = slower(next, self.following(vehicle, ahead, to, dt));
        }
        for hold in holds.iter().flatten() {
            if hold.from < to && hold.until > from {
                let needed = now.v * now.v / (2.0 * (hold.x - now.x).max(0.1));
                let deceleration = needed.clamp(braking, 8.0);
                let obstacle = Obstacle {
                    x: hold.x,
                    v: 0.0,
                    deceleration,
                };
                next = slower(next, behind(now, dt, obstacle));
            }
        }
        next.x = next.x.max(now.x);
        self.detect(id, now, next, from, dt);
        let vehicle = &mut self.vehicles[id];
        vehicle.motion = next;
        if now.x <= 0.0 && next.x > 0.0 && matches!(vehicle.place, Place::Approach(_)) {
            vehicle.visit.crossed = Some(from + passing_time(now, next, dt, 0.0));
        }
    }

    /// Where following `ahead` leads by time `to`.
    fn following(&self, vehicle: &Vehicle, ahead: Ahead, to: f64, dt: f64) -> Motion {
        let leader = &self.vehicles[ahead.id];
        let spacing = leader.driver.length + vehicle.driver.standing_gap;
        let (way_since, v) = leader
            .history
            .since(self.steps_at(to - vehicle.following_delay));
        let front = leader.motion.x + ahead.offset;
        let obstacle = Obstacle {
            x: front - way_since - spacing,
            v,
            deceleration: vehicle.driver.deceleration,
        };
        let mut next = behind(vehicle.motion, dt, obstacle);
        let touching = front - leader.driver.length - BUMPER_GAP_MIN;
        if next.x > touching {
            next.x = touching;
            next.v = next.v.min(leader.motion.v);
        }
        next
    }

    /// Steps (with fraction) since step 0 at time `t`.
    pub(super) fn steps_at(&self, t: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a small constant")]
        let first = FIRST_STEP as f64;
        (t - self.began) / self.dt + first
    }

    /// The moment at which `vehicle` is where its state says, in the step that begins at `t0`: those that
    /// were moved already are at its end.
    pub(super) fn state_time(&self, vehicle: &Vehicle, t0: f64) -> f64 {
        if vehicle.history.last() == self.step_number {
            t0 + self.dt
        } else {
            t0
        }
    }

    /// How far vehicle `id` still has to go in the box, m.
    fn way_left(&self, id: usize) -> f64 {
        let vehicle = &self.vehicles[id];
        self.path_of(vehicle).length - vehicle.motion.x
    }

    pub(super) fn path_of(&self, vehicle: &Vehicle) -> &Path {
        self.path(vehicle.site, vehicle.movement)
    }

    pub(super) fn path(&self, site: usize, movement: MovementId) -> &Path {
        &self.layout.sites[site].paths[movement.index()]
    }

    /// Speed the driver would like where it is, m/s.
    pub(super) fn desired_speed(&self, vehicle: &Vehicle) -> f64 {
        let (Place::Approach(strip) | Place::Box(strip) | Place::Exit(strip)) = vehicle.place;
        let desired = self.layout.strips[strip].speed_limit * vehicle.driver.speed_factor;
        match (vehicle.place, self.path_of(vehicle).turn_speed) {
            (Place::Box(_), Some(turn_speed)) => desired.min(turn_speed),
            (Place::Approach(_) | Place::Exit(_) | Place::Box(_), _) => desired,
        }
    }

    fn walk(&mut self, t0: f64, t1: f64) {
        for site in 0..self.crowds.len() {
            for crosswalk in 0..self.crowds[site].len() {
                let id = Id::from_index(crosswalk);
                let since = self.aspects[site].walk_since(id);
                let happened = self.crowds[site][crosswalk].advance(t0, t1, since);
                for (detector, at) in happened.pushes {
                    self.sensors[site].push(detector, at);
                }
                for (walker, at) in happened.finished {
                    self.finish_crossing(site, id, walker, Some(at));
                }
            }
        }
    }

    /// The number of the step that ends at `began`.
    pub(super) const fn first_step() -> usize {
        FIRST_STEP
    }
}
