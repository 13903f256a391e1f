//! Simple controllers that others publish, as peers of ours: max-pressure and greedy.
//!
//! In: the same edges and sightings that our controller gets, and for max-pressure what cameras see of
//! the exits. Out: [`Heads`], through the same safety gate with the same times; so that a difference in
//! delay is one of decisions. Not here: our own controller, and SUMO's (`programs.rs`).
//!
//! Max-pressure: P. Varaiya, "Max pressure control of a network of signalized intersections", 2013; as in
//! RESCO, what is counted is what cameras see. Greedy: the phase set with the most vehicles waiting and
//! approaching, unless the one in force is nearly as good.

use crate::detection::{Detection, Edge, Sighting};
use crate::intersection::{ExitId, Intersection, LaneId, MovementId, PhaseSet, Table};
use crate::safety::Gate;
use crate::signal::{Advice, Heads};
use crate::units::{Millis, Timestamp};

/// What a peer looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The greatest difference between vehicles before and behind the intersection.
    Pressure,
    /// The most vehicles before the intersection.
    Most,
}

/// How a peer chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// What for.
    pub aim: Aim,
    /// Between two decisions, from when the last one is in force.
    pub every: Millis,
    /// What a movement that has to yield counts, against one that has not.
    pub permissive: f64,
    /// What a lane counts when only some of its movements are served: 0, its first vehicle may block it,
    /// to 1, it never does.
    pub partly: f64,
    /// What a vehicle that still drives counts, against one that stands.
    pub driving: f64,
    /// Vehicles by which another phase set must be better than the one in force.
    pub switching_cost: f64,
}

/// How max-pressure decides unless told otherwise: the best of the trials in docs/sumo.md.
pub const MAX_PRESSURE: Policy = Policy {
    aim: Aim::Pressure,
    every: Millis(10_000),
    permissive: 0.25,
    partly: 1.0,
    driving: 1.0,
    switching_cost: 0.0,
};

/// How greedy decides unless told otherwise: the best of the trials in docs/sumo.md.
pub const GREEDY: Policy = Policy {
    aim: Aim::Most,
    every: Millis(5_000),
    permissive: 0.25,
    partly: 1.0,
    driving: 1.0,
    switching_cost: 0.0,
};

/// One intersection under a peer.
#[derive(Debug)]
pub struct Peer {
    site: Intersection,
    policy: Policy,
    detection: Detection,
    gate: Gate,
    /// Vehicles that cameras see on their way to each stop bar.
    before: Table<LaneId, f64>,
    /// Vehicles that cameras see on each exit, per lane of it.
    behind: Table<ExitId, f64>,
    wish: PhaseSet,
    decide_at: Timestamp,
}

impl Peer {
    /// A peer that has seen nothing; its first tick shows all red.
    #[must_use]
    pub fn new(site: &Intersection, policy: Policy, now: Timestamp) -> Self {
        Self {
            policy,
            detection: Detection::new(site),
            gate: Gate::new(site, now),
            before: site.lanes.map(|_, _| 0.0),
            behind: site.exits.map(|_, _| 0.0),
            wish: site.phase_sets.first().copied().unwrap_or_default(),
            decide_at: now,
            site: site.clone(),
        }
    }

    /// One tick. `exits`: vehicles that cameras see on each exit now, empty when none looked.
    pub fn step(
        &mut self,
        edges: &[Edge],
        sightings: &[Sighting],
        exits: &[usize],
        now: Timestamp,
    ) -> Heads {
        let calls = self
            .detection
            .update(&self.site, edges, self.gate.state(), now)
            .calls;
        if !sightings.is_empty() {
            self.look(sightings);
        }
        for ((exit, place), vehicles) in self.behind.iter_mut().zip(exits) {
            *place = count(*vehicles) / count(self.site.exits[exit].lanes.max(1));
        }
        // A decision stands until it is in force: a signal that changes its mind serves nobody.
        let in_force = self.wish.is_subset_of(self.gate.state().greens());
        if in_force && now >= self.decide_at {
            self.wish = self.choose();
            self.decide_at = now + self.policy.every;
        } else if !in_force {
            self.decide_at = now + self.policy.every;
        }
        self.gate.admit(&Advice::green(self.wish), &calls, now);
        self.gate.heads()
    }

    /// Advice that the gate refused or overruled since the start.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.gate.refusals() + self.gate.overrides()
    }

    fn look(&mut self, sightings: &[Sighting]) {
        self.before
            .iter_mut()
            .for_each(|(_, vehicles)| *vehicles = 0.0);
        for sighting in sightings {
            let Some(view) = self.site.views.find(sighting.view) else {
                continue;
            };
            let standing = count(sighting.standing());
            let driving = count(sighting.vehicles()) - standing;
            // Nobody knows into which lane they will go.
            let each = (standing + self.policy.driving * driving) / count(view.lanes.len().max(1));
            for lane in &view.lanes {
                self.before[*lane] += each;
            }
        }
    }

    fn choose(&self) -> PhaseSet {
        let mut best = (
            self.wish,
            self.value(self.wish) + self.policy.switching_cost,
        );
        for set in &self.site.phase_sets {
            let value = self.value(*set);
            if value > best.1 {
                best = (*set, value);
            }
        }
        best.0
    }

    fn value(&self, set: PhaseSet) -> f64 {
        let lanes = self.site.lanes.iter();
        let values =
            lanes.map(|(id, lane)| self.served(&lane.movements, set) * self.weight(id, set));
        // Rounded, so that no choice hangs on the order of a sum.
        (values.sum::<f64>() * 1e6).round() / 1e6
    }

    /// How much of a lane with these movements is served.
    fn served(&self, movements: &[MovementId], set: PhaseSet) -> f64 {
        let of = |id: &MovementId| {
            let movement = &self.site.movements[*id];
            if movement.protected.intersects(set) {
                Some(1.0)
            } else if movement.permissive.intersects(set) {
                Some(self.policy.permissive)
            } else {
                None
            }
        };
        let served: Vec<f64> = movements.iter().filter_map(of).collect();
        let mean = served.iter().sum::<f64>() / count(movements.len().max(1));
        if served.len() < movements.len() {
            mean * self.policy.partly
        } else {
            mean
        }
    }

    /// What serving a lane is worth: its vehicles, less those behind where it leads.
    fn weight(&self, lane: LaneId, set: PhaseSet) -> f64 {
        let before = self.before[lane];
        match self.policy.aim {
            Aim::Most => before,
            Aim::Pressure => {
                let movements = self.site.lanes[lane].movements.iter();
                let behind: Vec<f64> = movements
                    .map(|id| &self.site.movements[*id])
                    .filter(|it| it.protected.union(it.permissive).intersects(set))
                    .map(|it| self.behind[it.to])
                    .collect();
                let mean = behind.iter().sum::<f64>() / count(behind.len().max(1));
                // Where more are behind than before, nobody is pushed, and nothing is won by holding others.
                (before - mean).max(0.0)
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "vehicles and lanes of one intersection"
)]
fn count(things: usize) -> f64 {
    things as f64
}
