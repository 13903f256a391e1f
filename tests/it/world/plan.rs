//! A fixed-time plan without a controller, and worlds to run under it.

use std::path::Path;

use phasewise::detection::Edge;
use phasewise::intersection::{Intersection, MovementId, PhaseId};
use phasewise::signal::{Heads, Indication, PedestrianIndication};
use phasewise::simulation::demand::{Arrival, Demand, VehicleDemand};
use phasewise::simulation::world::{World, WorldSettings};
use phasewise::units::{Millis, TICK, Timestamp};

pub(super) fn four_leg() -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    Intersection::load(&path).expect("the tutorial site loads")
}

/// One part of a cycle: these phases are green for this long, then yellow, then all is red.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) phases: Vec<u8>,
    pub(super) walk: Vec<u8>,
    pub(super) green: f64,
    pub(super) yellow: f64,
    pub(super) red: f64,
}

impl Part {
    pub(super) fn new(phases: &[u8], green: f64) -> Self {
        Self {
            phases: phases.to_vec(),
            walk: Vec::new(),
            green,
            yellow: 4.0,
            red: 2.0,
        }
    }

    pub(super) fn walking(mut self) -> Self {
        self.walk = self.phases.clone();
        self
    }

    fn length(&self) -> f64 {
        self.green + self.yellow + self.red
    }
}

/// A cycle of parts, the first green starting at time 0.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) parts: Vec<Part>,
}

impl Plan {
    pub(super) fn new(parts: Vec<Part>) -> Self {
        Self { parts }
    }

    pub(super) fn cycle(&self) -> f64 {
        self.parts.iter().map(Part::length).sum()
    }

    /// Heads during the tick that begins at `at` s.
    pub(super) fn heads(&self, site: &Intersection, at: f64) -> Heads {
        let mut heads = Heads::default();
        for phase in site.phases.iter() {
            heads.vehicle[phase] = Indication::Red;
            heads.pedestrian[phase] = PedestrianIndication::DontWalk;
        }
        let mut into = (at + 1e-9).rem_euclid(self.cycle());
        for part in &self.parts {
            if into < part.length() {
                part.show(&mut heads, into);
                return heads;
            }
            into -= part.length();
        }
        heads
    }
}

impl Part {
    fn show(&self, heads: &mut Heads, into: f64) {
        let vehicle = if into < self.green {
            Indication::Green
        } else if into < self.green + self.yellow {
            Indication::Yellow
        } else {
            Indication::Red
        };
        for &phase in &self.phases {
            heads.vehicle[PhaseId::new(phase).unwrap()] = vehicle;
        }
        for &phase in &self.walk {
            heads.pedestrian[PhaseId::new(phase).unwrap()] = if into < 7.0 {
                PedestrianIndication::Walk
            } else if into < self.green {
                PedestrianIndication::FlashingDontWalk
            } else {
                PedestrianIndication::DontWalk
            };
        }
    }
}

/// Runs `world` for `duration` s under the plan, checking its invariants in every tick. Returns all edges.
pub(super) fn run(world: &mut World, site: &Intersection, plan: &Plan, duration: f64) -> Vec<Edge> {
    let mut now = Timestamp(0);
    let end = Timestamp(0) + Millis::from_secs(duration);
    let mut edges = Vec::new();
    while now < end {
        let heads = plan.heads(site, now.since(Timestamp(0)).secs());
        let before = now;
        now = now + TICK;
        let new = world.advance(now, &[heads]).swap_remove(0);
        for edge in &new {
            assert!(
                before < edge.at && edge.at <= now,
                "{edge:?} in the tick from {before} to {now}"
            );
        }
        edges.extend(new);
        world
            .truth()
            .check()
            .unwrap_or_else(|problem| panic!("at {now}: {problem}"));
    }
    assert!(edges.is_sorted_by_key(|edge| edge.at), "edges out of order");
    edges
}

pub(super) fn settings(step_ms: i64, seed: u64) -> WorldSettings {
    WorldSettings {
        step: Millis(step_ms),
        seed,
        ..WorldSettings::default()
    }
}

pub(super) fn movement(site: &Intersection, name: &str) -> MovementId {
    site.movements
        .iter()
        .find(|(_, movement)| movement.id == name)
        .expect("a movement of the site")
        .0
}

/// A vehicle for `movement` at the upstream end of its approach at `at` s, in `lane` if named.
pub(super) fn vehicle(
    site: &Intersection,
    name: &str,
    at: f64,
    lane: Option<&str>,
) -> VehicleDemand {
    let movement = movement(site, name);
    VehicleDemand {
        arrival: Arrival::AtEntry(Timestamp(0) + Millis::from_secs(at)),
        site: 0,
        approach: site.movements[movement].from,
        lane: lane.map(|name| {
            site.lanes
                .iter()
                .find(|(_, lane)| lane.id == name)
                .unwrap()
                .0
        }),
        route: vec![movement],
    }
}

pub(super) fn demand(vehicles: Vec<VehicleDemand>) -> Demand {
    Demand {
        vehicles,
        pedestrians: Vec::new(),
    }
}
