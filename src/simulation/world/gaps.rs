//! When there is a gap: spans of time in which a yielding vehicle may not start, and the first moment
//! outside of them.
//!
//! Gap acceptance as in the HCM: a vehicle that waits starts at the first moment from which no rival
//! arrives for the critical gap, and no sooner than the follow-up time after the one before it. The
//! moment is found exactly, not at the next step, so capacities do not depend on the step.
//!
//! In: rivals and pedestrians as they are now. Out: the moment. Not here: who must yield (`control.rs`).

use super::aspects::Told;
use super::control::NEXT_IN_LINE;
use super::layout::Rival;
use super::motion::time_to_cover;
use super::room::STUCK_BELOW;
use super::traffic::{SHARED_PATH, Traffic};
use super::vehicle::{Place, Resolve, Vehicle};
use crate::intersection::{CrosswalkId, Id, MovementId};

/// A span of time in which a yielding vehicle may not start.
pub(super) type Span = (f64, f64);

/// What a yielding vehicle is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maneuver {
    /// Permissive left turn (or any permissive movement).
    Permissive,
    /// Right turn on red.
    TurnOnRed,
    /// Any movement after a stop, signals flashing red or dark.
    StopThenGo,
}

impl Maneuver {
    /// Critical gap and follow-up time, s: HCM 4.5 and 2.5 for permissive left turns; 6.2 and 3.3 for
    /// right turns and 6.5 and 4.0 for through traffic from a minor road (two-way stop control).
    pub(super) fn gap_and_follow_up(self) -> (f64, f64) {
        match self {
            Self::Permissive => (4.5, 2.5),
            Self::TurnOnRed => (6.2, 3.3),
            Self::StopThenGo => (6.5, 4.0),
        }
    }
}

/// Rivals that would arrive later than this are not looked for, s.
const LOOK_AHEAD: f64 = 12.0;

/// Nobody starts who would not be off the rival's path this long before the rival arrives, s.
const CLEARING_MARGIN: f64 = 0.5;

/// Nobody gets onto the rival's path sooner than this after the rival has passed, s.
const PASSING_MARGIN: f64 = 0.3;

/// Who reaches the place to wait for gaps within this time counts as there, s: it has begun to cross before
/// those opposite, once they may start, have driven up to its path.
const NEARLY_THERE: f64 = 1.0;

/// The first moment from `ready` on that lies in no span.
pub(super) fn first_free(ready: f64, spans: &[Span]) -> f64 {
    let mut start = ready;
    loop {
        let blocked = spans
            .iter()
            .filter(|(from, to)| *from < start && start < *to)
            .map(|span| span.1)
            .fold(start, f64::max);
        if blocked <= start {
            return start;
        }
        start = blocked;
    }
}

impl Traffic {
    /// Spans in which vehicle `id` may not begin `maneuver`, as things look at `now`.
    pub(super) fn blocked_spans(
        &self,
        id: usize,
        maneuver: Maneuver,
        now: f64,
        spans: &mut Vec<Span>,
    ) {
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let critical = (maneuver.gap_and_follow_up().0 * vehicle.driver.gap_factor)
            .max(self.time_to_clear(vehicle) + CLEARING_MARGIN);
        let reach = self.time_to_reach(vehicle);
        let mut block = |arrives: f64, clears: f64| {
            spans.push((
                arrives - critical,
                arrives.max(clears + PASSING_MARGIN - reach),
            ));
        };
        for rival in &path.rivals {
            self.arrivals(vehicle, *rival, now, &mut block);
        }
        if maneuver == Maneuver::StopThenGo {
            for &movement in &path.crossing {
                let (meets_at, clear_at) = self.path(vehicle.site, movement).zone;
                self.arrivals(
                    vehicle,
                    Rival {
                        movement,
                        meets_at,
                        clear_at,
                    },
                    now,
                    &mut block,
                );
            }
        }
        if maneuver != Maneuver::Permissive {
            for &crosswalk in &path.near_crosswalks {
                self.walkers(vehicle.site, crosswalk, 2.5, 0.0, spans);
            }
        }
        for &crosswalk in &path.far_crosswalks {
            self.walkers(vehicle.site, crosswalk, 4.5, 1.5, spans);
        }
    }

    /// Whether somebody will be in the way after all, as things look at `now`: a rival that was held up
    /// comes later, or one comes sooner than it looked when the gap was accepted.
    pub(super) fn gap_is_gone(&self, id: usize, now: f64) -> bool {
        let vehicle = &self.vehicles[id];
        let path = self.path_of(vehicle);
        let reaches = now + self.time_over(id, path.zone.0 - vehicle.motion.x);
        let off = now + self.time_to_clear(vehicle);
        let mut meets = false;
        for rival in path.rivals.iter() {
            self.arrivals(vehicle, *rival, now, &mut |arrives, clears| {
                meets |= arrives < off && clears > reaches;
            });
        }
        meets
    }

    /// Time a vehicle needs until its rear is off the paths it crosses, s.
    fn time_to_clear(&self, vehicle: &Vehicle) -> f64 {
        let path = self.path_of(vehicle);
        let way = path.zone.1 + vehicle.driver.length - vehicle.motion.x;
        let desired = self.desired_speed(vehicle);
        let speed = path.turn_speed.map_or(desired, |turn| turn.min(desired));
        time_to_cover(
            way,
            vehicle.motion.v.min(speed),
            vehicle.driver.acceleration(desired),
            speed,
        )
    }

    /// Time a vehicle needs, from where it may start, until its front is on the paths it crosses, s.
    fn time_to_reach(&self, vehicle: &Vehicle) -> f64 {
        let path = self.path_of(vehicle);
        let from = vehicle.motion.x.max(path.gap_point - NEXT_IN_LINE);
        let desired = self.desired_speed(vehicle);
        let acceleration = vehicle.driver.acceleration(desired);
        time_to_cover(path.zone.0 - from, vehicle.motion.v, acceleration, desired)
    }

    /// Spans before and while somebody walks, for a vehicle that needs the place from `earliest` to
    /// `latest` seconds after its start.
    pub(super) fn walkers(
        &self,
        site: usize,
        crosswalk: CrosswalkId,
        latest: f64,
        earliest: f64,
        spans: &mut Vec<Span>,
    ) {
        let since = self.aspects[site].walk_since(crosswalk);
        for (enters, leaves) in self.crowds[site][crosswalk.index()].occupied(since) {
            spans.push((enters - latest, leaves - earliest));
        }
    }

    /// Calls `found` with the times at which each vehicle of the rival movement that will not stop would
    /// reach and leave the place where the paths meet. Who waits in the box sees who of them cannot come
    /// now; who is still on the way there does not count on it.
    fn arrivals(
        &self,
        yielding: &Vehicle,
        rival: Rival,
        now: f64,
        found: &mut impl FnMut(f64, f64),
    ) {
        let site = yielding.site;
        let waits_there = self.is_at_gap_point(yielding);
        let mut note = |vehicle: &Vehicle, not_before: f64| {
            let seen = self.state_time(vehicle, now);
            let alone = self.time_to(vehicle, rival.meets_at);
            let clearing = self.time_to(vehicle, rival.clear_at + vehicle.driver.length) - alone;
            let arrives = (seen + alone).max(not_before);
            if alone + clearing > 0.0 && arrives < now + LOOK_AHEAD {
                found(arrives, arrives + clearing);
            }
            arrives
        };
        let movement = rival.movement;
        for &id in &self.boxes[site] {
            let other = &self.vehicles[id];
            let stays = other.waits_for_gap() || waits_there && self.is_held_up(other);
            if other.movement == movement && !stays {
                note(other, now);
            }
        }
        let aspect = self.aspects[site].of(movement);
        if matches!(aspect.told, Told::Red | Told::StopThenGo) && !self.anyone_goes(site, movement)
        {
            return;
        }
        for &lane in &self.layout.sites[site].intersection.movements[movement].lanes {
            let strip = self.layout.sites[site].lanes[lane.index()];
            let mut ahead: Option<(f64, &Vehicle)> = None;
            for &id in &self.strips[strip] {
                let other = &self.vehicles[id];
                let kept_out = other.kept_out && other.motion.v < STUCK_BELOW;
                if waits_there && (kept_out || self.is_held_up(other)) {
                    // Nor does anybody behind it.
                    break;
                }
                if other.movement != movement || self.will_stop(id, aspect.told, now) {
                    continue;
                }
                // Whoever follows cannot close up further than to the own headway.
                let not_before = ahead.map_or(now, |(arrives, leader)| {
                    let headway = (leader.motion.x - other.motion.x) / other.motion.v.max(1.0);
                    arrives + headway.min(other.driver.headway)
                });
                let arrives = note(other, not_before);
                if arrives > now + LOOK_AHEAD {
                    break;
                }
                ahead = Some((arrives, other));
            }
        }
    }

    /// Whether `vehicle` is in the box where it waits for gaps, or will be in a moment.
    fn is_at_gap_point(&self, vehicle: &Vehicle) -> bool {
        let way = self.path_of(vehicle).gap_point - vehicle.motion.x;
        matches!(vehicle.place, Place::Box(_)) && self.time_to_drive(vehicle, way) < NEARLY_THERE
    }

    /// Whether `vehicle` cannot come because somebody ahead on its strip stands in its way in the box: waits
    /// for a gap, or for anything else that makes `vehicle` stand too. Opposing left turners, each with
    /// others behind them, would else wait for one another's followers for good.
    pub(super) fn is_held_up(&self, vehicle: &Vehicle) -> bool {
        let (Place::Approach(strip) | Place::Box(strip)) = vehicle.place else {
            return false;
        };
        self.boxes[vehicle.site].iter().any(|&ahead| {
            let ahead = &self.vehicles[ahead];
            let in_its_way = ahead.movement == vehicle.movement || ahead.rear() < SHARED_PATH;
            ahead.place == Place::Box(strip)
                && ahead.motion.v < STUCK_BELOW
                && (ahead.waits_for_gap() || vehicle.motion.v < STUCK_BELOW)
                && ahead.motion.x > vehicle.motion.x
                && in_its_way
        })
    }

    fn anyone_goes(&self, site: usize, movement: MovementId) -> bool {
        let lanes = &self.layout.sites[site].intersection.movements[movement].lanes;
        lanes.iter().any(|lane| {
            let strip = self.layout.sites[site].lanes[lane.index()];
            let first = self.strips[strip].front();
            first.is_some_and(|&id| self.vehicles[id].resolve == Resolve::Go)
        })
    }

    fn will_stop(&self, id: usize, told: Told, now: f64) -> bool {
        match told {
            Told::Protected | Told::Permissive => false,
            Told::Yellow | Told::Red => matches!(self.resolve_to_stop(id, now), Resolve::Stop(_)),
            Told::StopThenGo => self.vehicles[id].resolve != Resolve::Go,
        }
    }

    /// Time until the front of `vehicle` reaches `x` in its coordinate if nothing is in its way, s.
    fn time_to(&self, vehicle: &Vehicle, x: f64) -> f64 {
        let strip = match vehicle.place {
            Place::Approach(strip) | Place::Box(strip) | Place::Exit(strip) => strip,
        };
        let desired = self.layout.strips[strip].speed_limit * vehicle.driver.speed_factor;
        let acceleration = vehicle.driver.acceleration(desired);
        time_to_cover(
            x - vehicle.motion.x,
            vehicle.motion.v,
            acceleration,
            desired,
        )
    }
}

impl Vehicle {
    /// Whether it stands, or will stand, in the box until it finds a gap.
    pub(super) fn waits_for_gap(&self) -> bool {
        self.must_yield && !self.accepted_gap
    }
}
