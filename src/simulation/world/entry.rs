//! How vehicles come into the world, choose lanes, and leave it.
//!
//! In: demand. Out: vehicles on strips at exact times; whoever finds no room waits outside, which counts
//! as delay. Lanes are chosen once, on entering a road: the shortest queue among those from which the
//! movement may be made. Not here: changes of lane further on (there are none but into pockets).

use std::collections::VecDeque;

use super::ExitClosure;
use super::driver::Driver;
use super::layout::{Layout, StripKind};
use super::motion::Motion;
use super::traffic::{Ahead, Traffic};
use super::vehicle::{Place, Resolve, Vehicle, VisitSoFar};
use crate::intersection::{ApproachId, Id, Intersection, MovementId, Turn};
use crate::simulation::demand::{Arrival, Demand, VehicleDemand};
use crate::simulation::draw;
use crate::units::Timestamp;

/// Shortest time gap, beyond the standing distance, at which vehicles enter behind one another, s.
/// Recorded platoons have headways down to about 1 s.
const ENTRY_GAP: f64 = 0.5;

/// Vehicles that have not entered yet.
#[derive(Debug, Default)]
pub(super) struct Entries {
    demand: Demand,
    pub(super) seed: u64,
    /// Sorted by time, latest first.
    coming: Vec<Arriving>,
    /// By strip: due, but not on it yet.
    pub(super) outside: Vec<VecDeque<Outside>>,
    closures: Vec<ExitClosure>,
}

#[derive(Clone, Copy, Debug)]
struct Arriving {
    number: usize,
    at: f64,
}

/// A vehicle that waits to enter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outside {
    pub(super) number: usize,
    pub(super) scheduled: f64,
    pub(super) movement: MovementId,
    pub(super) target: usize,
}

impl Entries {
    /// # Errors
    /// What is wrong with the demand, in words.
    pub(super) fn new(
        layout: &Layout,
        demand: Demand,
        seed: u64,
        closures: Vec<ExitClosure>,
    ) -> Result<Self, String> {
        let mut coming = Vec::new();
        for (number, vehicle) in demand.vehicles.iter().enumerate() {
            check(layout, vehicle).map_err(|problem| format!("vehicle {number}: {problem}"))?;
            let at = entry_time(layout, vehicle, &Driver::draw(seed, number));
            coming.push(Arriving { number, at });
        }
        coming.sort_by(|a, b| b.at.total_cmp(&a.at).then(b.number.cmp(&a.number)));
        let outside = vec![VecDeque::new(); layout.strips.len()];
        Ok(Self {
            demand,
            seed,
            coming,
            outside,
            closures,
        })
    }

    pub(super) fn exit_closed(&self, layout: &Layout, strip: usize, now: f64) -> bool {
        let strip = &layout.strips[strip];
        self.closures.iter().any(|closure| {
            closure.site == strip.site
                && strip.kind == StripKind::Exit(closure.exit)
                && secs(closure.from) <= now
                && now < secs(closure.until)
        })
    }

    /// Vehicles that are not due yet.
    pub(super) fn coming(&self) -> usize {
        self.coming.len()
    }

    /// Those of them that want to enter until then, with the time, earliest first.
    pub(super) fn coming_until(&self, until: f64) -> impl Iterator<Item = (usize, f64)> {
        let soon = self.coming.iter().rev();
        soon.take_while(move |arriving| arriving.at <= until)
            .map(|arriving| (arriving.number, arriving.at))
    }
}

fn secs(at: Timestamp) -> f64 {
    at.since(Timestamp(0)).secs()
}

fn check(layout: &Layout, vehicle: &VehicleDemand) -> Result<(), String> {
    let site = layout
        .sites
        .get(vehicle.site)
        .ok_or_else(|| format!("there is no site {}", vehicle.site))?;
    let facts = &site.intersection;
    let approach = facts
        .approaches
        .find(vehicle.approach)
        .ok_or_else(|| format!("{} has no approach {:?}", facts.id, vehicle.approach))?;
    let first = vehicle.route.first().ok_or("its route is empty")?;
    let movement = facts
        .movements
        .find(*first)
        .ok_or_else(|| format!("{} has no movement {first:?}", facts.id))?;
    if movement.from != vehicle.approach {
        return Err(format!(
            "movement {} does not come from approach {}",
            movement.id, approach.id
        ));
    }
    if let Arrival::AtDetector(detector, _) = vehicle.arrival {
        let covers = |lane: &_| facts.lanes[*lane].approach == vehicle.approach;
        let detector = facts
            .detectors
            .find(detector)
            .ok_or_else(|| format!("{} has no detector {detector:?}", facts.id))?;
        if !detector.lanes.iter().any(covers) {
            return Err(format!(
                "detector {} is not on approach {}",
                detector.id, approach.id
            ));
        }
    }
    Ok(())
}

/// When a vehicle wants to enter, s.
fn entry_time(layout: &Layout, vehicle: &VehicleDemand, driver: &Driver) -> f64 {
    match vehicle.arrival {
        Arrival::AtEntry(at) => secs(at),
        Arrival::AtDetector(detector, at) => {
            let site = &layout.sites[vehicle.site];
            let facts = &site.intersection.detectors[detector];
            let lane = vehicle.lane.or(facts.lanes.first().copied());
            let strip = lane.map_or(site.lanes[0], |lane| site.lanes[lane.index()]);
            let root = &layout.strips[layout.root(strip)];
            let way = -facts.distance_m - facts.length_m - root.start;
            secs(at) - way.max(0.0) / (root.speed_limit * driver.speed_factor)
        }
    }
}

impl Traffic {
    /// Sends vehicles that are due by `t1` to the lane they choose.
    pub(super) fn due(&mut self, t1: f64) {
        while let Some(arriving) = self.entries.coming.pop_if(|arriving| arriving.at < t1) {
            let (movement, candidates) = self.choices(arriving.number);
            let target = self.shortest(&candidates, arriving.number);
            let root = self.layout.root(target);
            self.entries.outside[root].push_back(Outside {
                number: arriving.number,
                scheduled: arriving.at,
                movement,
                target,
            });
        }
    }

    /// The first movement of a vehicle of the demand, and the strips between which it chooses for it.
    pub(super) fn choices(&self, number: usize) -> (MovementId, Vec<usize>) {
        let vehicle = &self.entries.demand.vehicles[number];
        let movement = vehicle.route[0];
        let site = vehicle.site;
        let mut candidates = self.candidates(site, movement);
        if let Some(lane) = vehicle.lane {
            let wanted = self.layout.sites[site].lanes[lane.index()];
            if candidates.contains(&wanted) {
                candidates = vec![wanted];
            } else {
                candidates.retain(|&strip| self.layout.root(strip) == wanted);
            }
        } else if let Arrival::AtDetector(detector, _) = vehicle.arrival {
            let site = &self.layout.sites[site];
            let lanes = &site.intersection.detectors[detector].lanes;
            candidates.retain(|&strip| {
                let root = self.layout.root(strip);
                lanes.iter().any(|lane| {
                    let covered = site.lanes[lane.index()];
                    covered == strip || covered == root
                })
            });
        }
        if candidates.is_empty() {
            candidates = self.candidates(site, movement);
        }
        (movement, candidates)
    }

    /// Strips from whose stop bar `movement` may be made.
    fn candidates(&self, site: usize, movement: MovementId) -> Vec<usize> {
        let site = &self.layout.sites[site];
        let lanes = &site.intersection.movements[movement].lanes;
        lanes.iter().map(|lane| site.lanes[lane.index()]).collect()
    }

    /// The strip with the fewest vehicles on the way to its stop bar; chance decides between equals.
    fn shortest(&self, candidates: &[usize], number: usize) -> usize {
        let queue = |target: usize| {
            let root = self.layout.root(target);
            let pocket = if root == target {
                0
            } else {
                self.strips[target].len()
            };
            self.strips[root].len() + self.entries.outside[root].len() + pocket
        };
        let mut best = candidates.iter().copied();
        let Some(first) = best.next() else { return 0 };
        best.fold(first, |best, candidate| {
            let chance = |strip| draw::stream(self.entries.seed, "lane", number * 1000 + strip);
            let key = |strip| (queue(strip), chance(strip));
            if key(candidate) < key(best) {
                candidate
            } else {
                best
            }
        })
    }

    /// Puts those who wait outside `strip` onto it, as far as there is room before `t1`.
    pub(super) fn enter(&mut self, strip: usize, t0: f64, t1: f64) {
        while let Some(&outside) = self.entries.outside[strip].front() {
            let driver = Driver::draw(self.entries.seed, outside.number);
            let desired = self.layout.strips[strip].speed_limit * driver.speed_factor;
            let Some((at, v)) = self.room(strip, &driver, desired, outside.scheduled.max(t0), t1)
            else {
                break;
            };
            self.entries.outside[strip].pop_front();
            let id = self.place_vehicle(strip, outside, driver, v, at);
            self.ahead.clear();
            if let Some(&last) = self.strips[strip].back() {
                self.ahead.push(Ahead {
                    id: last,
                    offset: 0.0,
                });
            }
            self.strips[strip].push_back(id);
            self.counts.entered += 1;
            self.cover_standing(id, strip, at, true);
            let first = self.strips[strip].len() == 1;
            let holds = self.approach_holds(id, first, at, t1);
            self.drive(id, &holds, at, t1);
            self.vehicles[id].history.extend_last(v * (at - t0));
        }
    }

    /// When from `at` on, before `t1`, and how fast one may enter the strip.
    fn room(
        &self,
        strip: usize,
        driver: &Driver,
        desired: f64,
        at: f64,
        t1: f64,
    ) -> Option<(f64, f64)> {
        let mut at = at;
        for _ in 0..4 {
            if at >= t1 {
                return None;
            }
            let Some(&last) = self.strips[strip].back() else {
                return Some((at, desired));
            };
            let leader = &self.vehicles[last];
            let (way_since, v_leader) = leader.history.since(self.steps_at(at));
            let gap = leader.motion.x - way_since - self.layout.strips[strip].start;
            let spare = gap - leader.driver.length - driver.standing_gap;
            let fit = v_leader * v_leader + 2.0 * driver.deceleration * spare.max(0.0);
            let v = desired.min(fit.sqrt());
            let missing = ENTRY_GAP * v - spare;
            if missing <= 1e-6 {
                return Some((at, v));
            }
            if v_leader < 1.0 {
                return None;
            }
            at += missing / v_leader + 1e-6;
        }
        None
    }

    fn place_vehicle(
        &mut self,
        strip: usize,
        outside: Outside,
        driver: Driver,
        v: f64,
        at: f64,
    ) -> usize {
        let id = self.free_places.pop().unwrap_or(self.vehicles.len());
        let memory = self
            .vehicles
            .get_mut(id)
            .map(|old| std::mem::take(&mut old.history));
        let mut history = memory.unwrap_or_default();
        history.restart(v, self.step_number - 1, self.dt);
        let vehicle = Vehicle {
            number: outside.number,
            driver,
            site: self.layout.strips[strip].site,
            hop: 0,
            movement: outside.movement,
            place: Place::Approach(strip),
            target: outside.target,
            exit_strip: None,
            rear_on: None,
            next: None,
            motion: Motion {
                x: self.layout.strips[strip].start,
                v,
            },
            following_delay: 1.0,
            resolve: Resolve::Open,
            must_yield: false,
            accepted_gap: false,
            accepted_walk: false,
            at_bar_since: None,
            kept_out: false,
            visit: VisitSoFar {
                scheduled: outside.scheduled,
                entered: at,
                ..VisitSoFar::default()
            },
            history,
        };
        if id == self.vehicles.len() {
            self.vehicles.push(vehicle);
        } else {
            self.vehicles[id] = vehicle;
        }
        self.start_visit(id);
        id
    }

    /// The strip on which vehicle `id` will leave the box, chosen when first asked.
    pub(super) fn choose_exit(&mut self, id: usize) -> usize {
        if let Some(strip) = self.vehicles[id].exit_strip {
            return strip;
        }
        let vehicle = &self.vehicles[id];
        let site = &self.layout.sites[vehicle.site];
        let exit = &site.exits[self.path_of(vehicle).exit.index()];
        let strip = match exit.downstream {
            None => {
                exit.strips[exit_lane(
                    site.lanes.as_slice(),
                    &site.intersection,
                    vehicle,
                    exit.strips.len(),
                )]
            }
            Some((next_site, approach)) => {
                let movement = self.next_movement(vehicle, next_site, approach);
                let target = self.shortest(&self.candidates(next_site, movement), vehicle.number);
                self.vehicles[id].next = Some((movement, target));
                self.layout.root(target)
            }
        };
        self.vehicles[id].exit_strip = Some(strip);
        strip
    }

    /// The movement of the route at the next site, or straight on.
    fn next_movement(&self, vehicle: &Vehicle, site: usize, approach: ApproachId) -> MovementId {
        let movements = &self.layout.sites[site].intersection.movements;
        let planned = self.entries.demand.vehicles[vehicle.number]
            .route
            .get(vehicle.hop + 1);
        let valid = planned.filter(|id| movements.find(**id).is_some_and(|m| m.from == approach));
        let from_here = || {
            movements
                .iter()
                .filter(|(_, movement)| movement.from == approach)
        };
        valid
            .copied()
            .or_else(|| Some(from_here().find(|(_, m)| m.turn == Turn::Through)?.0))
            .or_else(|| Some(from_here().next()?.0))
            .unwrap_or(vehicle.movement)
    }
}

/// Which of `exits` lanes a vehicle turns into: left turns keep left, right turns keep right, through
/// traffic keeps its place among the lanes of its movement, counted from the median.
fn exit_lane(lanes: &[usize], site: &Intersection, vehicle: &Vehicle, exits: usize) -> usize {
    let movement = &site.movements[vehicle.movement];
    let serving: Vec<usize> = site.approaches[movement.from]
        .lanes
        .iter()
        .filter(|lane| movement.lanes.contains(lane))
        .map(|lane| lanes[lane.index()])
        .collect();
    let place = serving
        .iter()
        .position(|&strip| strip == vehicle.target)
        .unwrap_or(0);
    let from_curb = serving.len() - 1 - place;
    match movement.turn {
        Turn::Left | Turn::UTurn | Turn::Through => place.min(exits - 1),
        Turn::Right => exits - 1 - from_curb.min(exits - 1),
    }
}
