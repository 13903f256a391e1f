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
use crate::intersection::{ExitId, Intersection, LaneId, Movement, MovementId, PhaseSet, Table};
use crate::safety::Gate;
use crate::signal::{Advice, Heads};
use crate::units::{Millis, Timestamp};

/// How a peer chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    /// The phase set with the greatest difference between vehicles before and behind the intersection.
    MaxPressure {
        /// Between two decisions, from the moment on that the last one is in force.
        every: Millis,
        /// What a movement that has to yield counts against one that has not.
        permissive: f64,
    },
    /// The phase set with the most vehicles.
    Greedy {
        /// Between two decisions.
        every: Millis,
        /// What a movement that has to yield counts against one that has not.
        permissive: f64,
        /// Vehicles by which another phase set must be better than the one in force.
        switching_cost: f64,
    },
}

/// As in RESCO's experiments: decisions every 5 s.
pub const MAX_PRESSURE: Policy = Policy::MaxPressure {
    every: Millis(5_000),
    permissive: 1.0,
};

/// Decisions every second, as our own controller takes them.
pub const GREEDY: Policy = Policy::Greedy {
    every: Millis(1_000),
    permissive: 1.0,
    switching_cost: 2.0,
};

impl Policy {
    fn every(self) -> Millis {
        match self {
            Self::MaxPressure { every, .. } | Self::Greedy { every, .. } => every,
        }
    }

    fn permissive(self) -> f64 {
        match self {
            Self::MaxPressure { permissive, .. } | Self::Greedy { permissive, .. } => permissive,
        }
    }
}

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
            self.decide_at = now + self.policy.every();
        } else if !in_force {
            self.decide_at = now + self.policy.every();
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
            // Nobody knows into which lane they will go.
            let each = count(sighting.vehicles()) / count(view.lanes.len().max(1));
            for lane in &view.lanes {
                self.before[*lane] += each;
            }
        }
    }

    fn choose(&self) -> PhaseSet {
        let margin = match self.policy {
            Policy::MaxPressure { .. } => 0.0,
            Policy::Greedy { switching_cost, .. } => switching_cost,
        };
        let now = self.value(self.wish);
        let mut best = (self.wish, now + margin);
        for set in &self.site.phase_sets {
            let value = self.value(*set);
            if value > best.1 {
                best = (*set, value);
            }
        }
        best.0
    }

    fn value(&self, set: PhaseSet) -> f64 {
        let movements = self.site.movements.iter();
        let values = movements.map(|(id, movement)| self.served(movement, set) * self.weight(id));
        // Rounded, so that no choice hangs on the order of a sum.
        (values.sum::<f64>() * 1e6).round() / 1e6
    }

    fn served(&self, movement: &Movement, set: PhaseSet) -> f64 {
        if movement.protected.intersects(set) {
            1.0
        } else if movement.permissive.intersects(set) {
            self.policy.permissive()
        } else {
            0.0
        }
    }

    fn weight(&self, id: MovementId) -> f64 {
        let movement = &self.site.movements[id];
        let waiting = movement.lanes.iter().map(|lane| {
            let movements = self.site.lanes[*lane].movements.len().max(1);
            self.before[*lane] / count(movements)
        });
        let before: f64 = waiting.sum();
        match self.policy {
            // Where more are behind than before, nobody is pushed, and nothing is won by holding others.
            Policy::MaxPressure { .. } => (before - self.behind[movement.to]).max(0.0),
            Policy::Greedy { .. } => before,
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
