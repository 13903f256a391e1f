//! One approach of the four-leg site (a left pocket and two through lanes) with traffic whose truth is
//! known: Newell's car following with bounded acceleration, loops that see bumpers, a fixed program.
//! Deliberately not the world of `simulation/`: small enough to be read in one go.

use std::collections::VecDeque;
use std::path::Path;

use phasewise::detection::Edge;
use phasewise::intersection::{
    DetectorFunction, DetectorId, Intersection, LaneId, PhaseId, PhaseSet,
};
use phasewise::signal::{Interval, PhaseState, SignalState};
use phasewise::units::{Millis, Timestamp};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

const DT: f64 = 0.1;
const VEHICLE_M: f64 = 4.8;
const JAM_M: f64 = 7.0;
/// Newell's reaction time, in steps of 0.1 s.
const REACTION: usize = 13;
const ACCELERATION: f64 = 2.2;
const LANES: usize = 3;
/// Vehicles appear this far from the stop bar.
const START_M: f64 = 390.0;

pub(super) fn four_leg() -> Intersection {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap()
}

pub(super) fn phases(numbers: &[u8]) -> PhaseSet {
    numbers.iter().map(|n| PhaseId::new(*n).unwrap()).collect()
}

/// A program of greens with 4 s yellow and 2 s red clearance after each.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) greens: Vec<(PhaseSet, f64)>,
}

impl Program {
    pub(super) fn usual() -> Self {
        let green = |numbers: &[u8], seconds| (phases(numbers), seconds);
        Self {
            greens: vec![
                green(&[1, 5], 12.0),
                green(&[2, 6], 34.0),
                green(&[4, 8], 26.0),
            ],
        }
    }

    pub(super) fn cycle_s(&self) -> f64 {
        self.greens.iter().map(|(_, seconds)| seconds + 6.0).sum()
    }

    pub(super) fn shown(&self, now: Timestamp) -> SignalState {
        let cycle = Millis::from_secs(self.cycle_s()).0;
        let zero = now.0.div_euclid(cycle) * cycle;
        let mut begin = zero;
        let mut state = SignalState::default();
        for (set, seconds) in &self.greens {
            let green = Millis::from_secs(*seconds).0;
            let age = now.0 - begin;
            let (interval, since) = match age {
                a if a < 0 => (Interval::Red, 0),
                a if a < green => (Interval::Green, 0),
                a if a < green + 4_000 => (Interval::YellowChange, green),
                a if a < green + 6_000 => (Interval::RedClearance, green + 4_000),
                _ => (Interval::Red, green + 6_000),
            };
            for phase in set.iter() {
                state.phases[phase] = PhaseState {
                    interval,
                    since: Timestamp(begin + since),
                    ..PhaseState::default()
                };
            }
            begin += green + 6_000;
        }
        state
    }
}

#[derive(Clone)]
struct Vehicle {
    /// Front to stop bar, m; negative beyond it. Newest first, `REACTION` steps of memory.
    place: VecDeque<f64>,
    speed: f64,
    desired: f64,
    /// The lane it wants to leave by.
    wants: usize,
    slowed: bool,
}

/// What a detector does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Dead,
    StuckOn,
    Chatter,
    /// Silent unless phase 2 is green.
    BlindOnRed,
}

pub(super) struct Street {
    rng: Pcg64Mcg,
    /// Front first, by lane: pocket, inner, outer.
    lanes: [Vec<Vehicle>; LANES],
    flow: [f64; 2],
    left_share: f64,
    speed: f64,
    waiting: [usize; 2],
    next: [f64; 2],
    loops: Vec<Loop>,
    pub(super) faults: Vec<(DetectorId, Fault)>,
    /// Share of vehicles that a loop does not see.
    pub(super) miss: f64,
    pub(super) crossed: [u64; LANES],
    /// Crossing times by lane.
    pub(super) crossings: [Vec<f64>; LANES],
    now: f64,
}

struct Loop {
    id: DetectorId,
    function: DetectorFunction,
    lane: usize,
    distance: f64,
    length: f64,
    on: bool,
    overlooked: bool,
}

impl Street {
    /// `flow`: veh/h of the inner and the outer lane; `left_share` of the inner lane's turn left.
    pub(super) fn new(site: &Intersection, seed: u64, flow: [f64; 2], left_share: f64) -> Self {
        let lanes = lanes(site);
        let loops = site
            .detectors
            .iter()
            .filter_map(|(id, detector)| {
                let lane = lanes.iter().position(|lane| detector.lanes == [*lane])?;
                Some(Loop {
                    id,
                    function: detector.function,
                    lane,
                    distance: detector.distance_m,
                    length: detector.length_m,
                    on: false,
                    overlooked: false,
                })
            })
            .collect();
        Self {
            rng: Pcg64Mcg::seed_from_u64(seed),
            lanes: Default::default(),
            flow: flow.map(|per_hour| per_hour / 3600.0),
            left_share,
            speed: site.lanes[lanes[1]].speed_limit_mps,
            waiting: [0; 2],
            next: [0.0; 2],
            loops,
            faults: Vec::new(),
            miss: 0.0,
            crossed: [0; LANES],
            crossings: Default::default(),
            now: 0.0,
        }
    }

    pub(super) fn set_flow(&mut self, flow: [f64; 2]) {
        self.flow = flow.map(|per_hour| per_hour / 3600.0);
    }

    /// One tick of 0.1 s; returns the edges of it.
    pub(super) fn tick(&mut self, shown: &SignalState, now: Timestamp) -> Vec<Edge> {
        self.now = now.0 as f64 / 1000.0;
        self.arrive();
        for lane in 0..LANES {
            let phase = PhaseId::new(if lane == 0 { 5 } else { 2 }).unwrap();
            self.drive(lane, shown.phases[phase].interval);
        }
        self.enter_pocket();
        self.edges(shown, now)
    }

    fn arrive(&mut self) {
        for side in 0..2 {
            while self.now >= self.next[side] {
                self.waiting[side] += 1;
                let gap = -(1.0 - self.rng.random::<f64>()).ln();
                self.next[side] += gap / self.flow[side].max(1e-6);
            }
            let lane = side + 1;
            let clear = self.lanes[lane]
                .last()
                .is_none_or(|last| last.place[0] < START_M - 2.0 * self.speed - JAM_M);
            if self.waiting[side] > 0 && clear {
                self.waiting[side] -= 1;
                let left = side == 0 && self.rng.random::<f64>() < self.left_share;
                let desired = self.speed * self.rng.random_range(0.92..1.08);
                self.lanes[lane].push(Vehicle {
                    place: VecDeque::from(vec![START_M; REACTION + 1]),
                    speed: desired,
                    desired,
                    wants: if left { 0 } else { lane },
                    slowed: false,
                });
            }
        }
    }

    fn drive(&mut self, lane: usize, interval: Interval) {
        let mut leader: Option<VecDeque<f64>> = None;
        for vehicle in &mut self.lanes[lane] {
            let here = vehicle.place[0];
            let faster = (vehicle.speed + ACCELERATION * DT).min(vehicle.desired);
            let mut next = here - faster * DT;
            if let Some(leader) = &leader {
                next = next.max(leader[REACTION] + JAM_M);
            }
            let stops = match interval {
                Interval::Green => false,
                Interval::YellowChange => here > vehicle.speed * vehicle.speed / 6.0,
                Interval::Red | Interval::LeadingWalk | Interval::RedClearance => true,
            };
            if stops && here > 0.0 {
                // Brakes towards a point a meter before the bar.
                let brake = (2.0 * 3.0 * (here - 1.0).max(0.0)).sqrt();
                next = next.max(here - brake * DT).max(here.min(1.0));
            }
            let next = next.min(here);
            vehicle.speed = (here - next) / DT;
            vehicle.slowed |= vehicle.speed < 0.4 * vehicle.desired;
            if here > 0.0 && next <= 0.0 {
                self.crossed[lane] += 1;
                self.crossings[lane].push(self.now);
            }
            vehicle.place.push_front(next);
            vehicle.place.truncate(REACTION + 1);
            leader = Some(vehicle.place.clone());
        }
        self.lanes[lane].retain(|vehicle| vehicle.place[0] > -60.0);
    }

    fn enter_pocket(&mut self) {
        let Some(index) = self.lanes[1]
            .iter()
            .position(|vehicle| vehicle.wants == 0 && vehicle.place[0] < 75.0)
        else {
            return;
        };
        let here = self.lanes[1][index].place[0];
        let room = self.lanes[0]
            .last()
            .is_none_or(|last| last.place[0] + JAM_M < here);
        if room {
            let vehicle = self.lanes[1].remove(index);
            self.lanes[0].push(vehicle);
        }
    }

    fn edges(&mut self, shown: &SignalState, now: Timestamp) -> Vec<Edge> {
        let mut edges = Vec::new();
        for i in 0..self.loops.len() {
            let (lane, near, far) = {
                let l = &self.loops[i];
                // Counters lie just behind the bar, so that nobody stands on them.
                let behind = if l.function == DetectorFunction::StopBarCount {
                    l.length
                } else {
                    0.0
                };
                (l.lane, l.distance - behind, l.distance + l.length - behind)
            };
            let over = self.lanes[lane]
                .iter()
                .any(|v| v.place[0] <= far && v.place[0] + VEHICLE_M >= near);
            let fault = self.faults.iter().find(|(id, _)| *id == self.loops[i].id);
            let green = shown.phases[PhaseId::new(2).unwrap()].interval == Interval::Green;
            let chatter = self.rng.random::<f64>() < 0.5;
            let l = &mut self.loops[i];
            if over && !l.on && !l.overlooked {
                l.overlooked = self.rng.random::<f64>() < self.miss;
            } else if !over {
                l.overlooked = false;
            }
            let on = match fault.map(|(_, fault)| *fault) {
                None => over && !l.overlooked,
                Some(Fault::Dead) => false,
                Some(Fault::StuckOn) => true,
                Some(Fault::Chatter) => chatter,
                Some(Fault::BlindOnRed) => over && green,
            };
            if on != l.on {
                l.on = on;
                edges.push(Edge {
                    detector: l.id,
                    on,
                    at: now,
                });
            }
        }
        edges
    }

    /// Vehicles bound for this lane that were slowed and have not crossed.
    pub(super) fn queue(&self, lane: usize) -> f64 {
        let bound =
            |vehicle: &&Vehicle| vehicle.wants == lane && vehicle.place[0] > 0.0 && vehicle.slowed;
        self.lanes.iter().flatten().filter(bound).count() as f64
    }

    /// Vehicles bound for this lane between its advance detector and the stop bar.
    pub(super) fn inside(&self, lane: usize, reach_m: f64) -> f64 {
        let bound = |vehicle: &&Vehicle| {
            vehicle.wants == lane && vehicle.place[0] > 0.0 && vehicle.place[0] <= reach_m
        };
        self.lanes.iter().flatten().filter(bound).count() as f64
    }
}

/// The pocket, the inner and the outer lane of the eastbound approach.
pub(super) fn lanes(site: &Intersection) -> [LaneId; LANES] {
    ["EB-L", "EB-1", "EB-2"].map(|name| {
        let found = site.lanes.iter().find(|(_, lane)| lane.id == name);
        found.unwrap().0
    })
}

pub(super) fn detector(site: &Intersection, name: &str) -> DetectorId {
    let found = site.detectors.iter().find(|(_, d)| d.id == name);
    found.unwrap_or_else(|| panic!("no detector {name}")).0
}
