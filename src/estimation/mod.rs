//! From readings to what is on each lane: vehicles on their way, queues, rates, learned parameters.
//!
//! In: readings, and what the heads showed. Out: [`Estimate`]. Each lane uses the best that works: its
//! farthest healthy advance detector tells who comes, its stop-bar detectors tell who crossed; where
//! either is missing a model takes its place ([`Source`]). `line` keeps the vehicles in order, `filter`
//! the queue and the arrival rate with their variances, `discharge` learns how queues leave, `shares`
//! where vehicles go, `rates` what is usual, `rhythm` when in the street's cycle they come. See `docs/algorithm.md`, "Estimation". Not here: the future
//! beyond vehicles already seen (`prediction/`).

mod cameras;
mod discharge;
mod estimate;
mod filter;
mod head;
mod lane;
mod layout;
mod line;
mod rates;
mod rhythm;
mod shares;
mod street;
mod trust;

use crate::announcement::Heard;
use crate::detection::{Health, Readings, Sighting};
use crate::intersection::{
    ApproachId, DetectorFunction, DetectorId, ExitId, Intersection, LaneId, PerPhase, PhaseSet,
    Table,
};
use crate::signal::{Interval, SignalState};
use crate::units::{Millis, Timestamp};

use cameras::{Cameras, First};
use discharge::Evidence;
use lane::LaneState;
use layout::{DetectorFacts, LaneFacts};
use line::Elsewhere;
use rates::Blindness;
use rhythm::RhythmLearner;
use shares::Shares;
use street::{Sight, Street};

pub use estimate::{Estimate, ExpectedVehicle, LaneEstimate, Source};
pub use rhythm::Rhythm;
pub use trust::{Doubt, Sensor};

/// Drivers go on crossing for the first part of yellow.
const YELLOW_USED: Millis = Millis(2_000);
/// Queues and rates move on once a second; crossings and arrivals at once.
const STEP: Millis = Millis(1_000);

/// What is remembered about the traffic of one intersection.
#[derive(Clone, Debug)]
pub struct Estimator {
    facts: Table<LaneId, LaneFacts>,
    detectors: Table<DetectorId, DetectorFacts>,
    health: Table<DetectorId, Health>,
    /// Shares of the lanes behind each advance detector.
    feeds: Table<DetectorId, Shares>,
    blindness: Table<DetectorId, Blindness>,
    lanes: Table<LaneId, LaneState>,
    rhythms: Table<LaneId, RhythmLearner>,
    cameras: Cameras,
    street: Street,
    /// Lanes that vehicles left in this tick; empty between updates.
    left: Vec<LaneId>,
    cycle: Option<Millis>,
    /// Numbers given to vehicles so far.
    numbered: u32,
    /// What lanes have to tell each other; empty between updates.
    news: Vec<Elsewhere>,
    stepped_at: Option<Timestamp>,
    estimate: Estimate,
}

impl Estimator {
    /// Nothing on the lanes, everything to be learned.
    #[must_use]
    pub fn new(intersection: &Intersection) -> Self {
        let facts = layout::lanes(intersection);
        let detectors = layout::detectors(intersection, &facts);
        let tuning = &intersection.tuning;
        let lanes = facts.map(|_, facts| LaneState::new(facts, tuning));
        let mut estimator = Self {
            health: intersection.detectors.map(|_, _| Health::Good),
            feeds: detectors.map(|_, d| Shares::new(d.lanes.iter().map(|(_, share)| *share))),
            blindness: intersection.detectors.map(|_, _| Blindness::default()),
            cameras: Cameras::new(intersection),
            street: Street::new(intersection),
            left: Vec::new(),
            rhythms: facts.map(|_, _| RhythmLearner::new()),
            cycle: None,
            numbered: 0,
            news: Vec::with_capacity(line::VEHICLES_PER_LANE_MAX),
            stepped_at: None,
            estimate: Estimate {
                lanes: facts.map(|id, facts| lanes[id].blank(facts)),
                rooms_behind: intersection.exits.map(|_, _| None),
                box_blocked: false,
                vehicle_call_since: PerPhase::default(),
                doubtful_calls: PhaseSet::EMPTY,
                pedestrian_call_since: PerPhase::default(),
            },
            facts,
            detectors,
            lanes,
        };
        estimator.rewire();
        estimator
    }

    /// What is believed now.
    #[must_use]
    pub fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    /// Vehicles believed to have crossed the stop bar of `lane` since start: counted or concluded from
    /// coverage of the stop bar, or by the model where the lane has neither.
    #[must_use]
    pub fn crossings(&self, lane: LaneId) -> f64 {
        self.lanes[lane].crossings_so_far()
    }

    /// The common cycle of the street from now on; `None`: there is none.
    pub fn set_cycle(&mut self, cycle: Option<Millis>) {
        self.cycle = cycle;
    }

    /// Takes what cameras saw in this tick; call before [`Estimator::update`]. A sighting of a view that
    /// the site does not have is left out.
    pub fn look(&mut self, sightings: &[Sighting], now: Timestamp) {
        for sighting in sightings {
            self.cameras.look(sighting, now);
        }
    }

    /// Sensors that the others of their lane contradict, and that are therefore left out until they agree again,
    /// with the reason.
    pub fn doubted(&self) -> impl Iterator<Item = Doubt> {
        let lanes = self.lanes.iter();
        lanes.flat_map(|(lane, state)| {
            let sensors = state.doubted();
            sensors.map(move |(sensor, why)| Doubt { lane, sensor, why })
        })
    }

    /// Takes what neighbors said; call before [`Estimator::update`]. What is stale, from the future or about a
    /// road that leads to no neighbor is left out.
    pub fn hear(&mut self, heard: &[Heard], now: Timestamp) {
        for heard in heard {
            self.street.hear(heard, now);
        }
    }

    /// Vehicles that left by `exit` since start; `None`: it leads to no neighbor.
    #[must_use]
    pub fn sent(&self, exit: ExitId) -> Option<f64> {
        self.street.sent(exit)
    }

    /// Vehicles that still fit on `approach`; `None`: it comes from no neighbor.
    #[must_use]
    pub fn room(&self, approach: ApproachId) -> Option<f64> {
        self.street.room(approach)
    }

    /// Takes the readings of one tick and the intervals `shown` during it. Call once per tick, after
    /// [`crate::detection::Detection::update`] with the same `shown` and `now`.
    pub fn update(
        &mut self,
        intersection: &Intersection,
        readings: &Readings,
        shown: &SignalState,
        now: Timestamp,
    ) -> &Estimate {
        if self.note_health(readings) {
            self.rewire();
        }
        let served = served(intersection, shown, now);
        for (id, lane) in self.lanes.iter_mut() {
            lane.serve(&self.facts[id], served, now);
        }
        for (id, reading) in readings.detectors.iter() {
            if reading.health != Health::Good {
                continue;
            }
            match self.detectors[id].function {
                DetectorFunction::Advance => {
                    for at in &reading.on_edges {
                        self.arrive(id, *at, served);
                    }
                }
                DetectorFunction::StopBarCount => {
                    for at in &reading.on_edges {
                        if let Some(lane) = self.lane_of_crossing(id) {
                            self.lanes[lane].counted();
                            self.cross(lane, (*at, Evidence::Counted), served);
                        }
                    }
                }
                DetectorFunction::StopBarPresence | DetectorFunction::PedestrianButton => {}
            }
        }
        self.watch_stop_bars(readings, served, now);
        let step = self.stepped_at.is_none_or(|at| now.since(at) >= STEP);
        if step {
            self.step(readings, served, now);
        }
        while let Some(lane) = self.left.pop() {
            let shares = &self.estimate.lanes[lane].shares;
            self.street.crossed(intersection, lane, shares, served);
        }
        self.write(readings, now);
        self.estimate.doubtful_calls = self.doubtful_calls(intersection, readings);
        self.call(readings, served, now);
        self.look_beyond(intersection, now);
        &self.estimate
    }

    /// Whether the health of any detector changed.
    fn note_health(&mut self, readings: &Readings) -> bool {
        let mut changed = false;
        for (id, reading) in readings.detectors.iter() {
            let health = &mut self.health[id];
            changed |= *health != reading.health;
            *health = reading.health;
        }
        changed
    }

    /// Chooses for each lane the best detectors that work.
    fn rewire(&mut self) {
        for (id, lane) in self.lanes.iter_mut() {
            lane.wire(&self.facts[id], &self.health, &self.detectors);
        }
    }

    /// A vehicle switched an advance detector on.
    fn arrive(&mut self, detector: DetectorId, at: Timestamp, served: PhaseSet) {
        self.numbered = self.numbered.checked_add(1).unwrap_or(1);
        let facts = &self.detectors[detector];
        for ((lane, _), share) in facts.lanes.iter().zip(self.feeds[detector].iter()) {
            let state = &mut self.lanes[*lane];
            if state.is_fed_by(detector) {
                let travel = Millis::from_secs(facts.reach_m / self.facts[*lane].speed_mps);
                state.arrive(self.numbered, at + travel, share);
                self.rhythms[*lane].saw(at + travel, share);
            }
        }
        self.blindness[detector].saw(facts.phases.intersects(served));
    }

    /// The lane a counter's pulse belongs to: of several lanes the served one whose front vehicle has
    /// been due longest.
    fn lane_of_crossing(&self, detector: DetectorId) -> Option<LaneId> {
        let lanes = self.detectors[detector].lanes.iter().map(|(lane, _)| *lane);
        let due = |lane: &LaneId| {
            let state = &self.lanes[*lane];
            (!state.is_served(), state.front(), *lane)
        };
        lanes
            .filter(|lane| self.lanes[*lane].is_counted_by(detector))
            .min_by_key(due)
    }

    /// A vehicle crossed the stop bar of `lane`.
    fn cross(&mut self, lane: LaneId, crossing: (Timestamp, Evidence), served: PhaseSet) {
        let state = &mut self.lanes[lane];
        state.cross(&self.facts[lane], crossing, served, &mut self.news);
        self.learn_share(lane, 1.0);
        self.cameras.crossed(lane);
        self.left.push(lane);
        self.tell(lane);
    }

    /// `vehicles` of those behind the advance detector of `lane` took this lane.
    fn learn_share(&mut self, lane: LaneId, vehicles: f64) {
        if let Some(entry) = self.lanes[lane].entry {
            let lanes = &self.detectors[entry].lanes;
            if let Some(place) = lanes.iter().position(|(fed, _)| *fed == lane) {
                self.feeds[entry].add(place, vehicles);
            }
        }
    }

    /// Whether another lane behind the same advance detector is observed: only then do departures by the
    /// model say something about shares.
    fn has_observed_sibling(&self, lane: LaneId) -> bool {
        self.lanes[lane].entry.is_some_and(|entry| {
            let lanes = &self.detectors[entry].lanes;
            lanes
                .iter()
                .any(|(other, _)| self.lanes[*other].is_observed())
        })
    }

    /// Passes on what `lane` learned about vehicles that may be in other lanes.
    fn tell(&mut self, lane: LaneId) {
        if self.news.is_empty() {
            return;
        }
        if let Some(entry) = self.lanes[lane].entry {
            for (other, _) in &self.detectors[entry].lanes {
                if *other != lane {
                    for news in &self.news {
                        self.lanes[*other].hear(*news);
                    }
                }
            }
        }
        self.news.clear();
    }

    /// Crossings concluded from coverage of the stop bar, or from the model where there is no detector.
    fn watch_stop_bars(&mut self, readings: &Readings, served: PhaseSet, now: Timestamp) {
        for id in self.facts.ids() {
            let crossings = self.lanes[id].watch(&self.facts[id], readings, now, &mut self.news);
            self.tell(id);
            for evidence in crossings.into_iter().flatten() {
                self.cross(id, (now, evidence), served);
            }
            let left = self.lanes[id].model(now);
            if left > 0.0 && self.has_observed_sibling(id) {
                self.learn_share(id, left);
            }
        }
    }

    /// Once a second: arrivals that nobody sees, what detectors prove about queues, slow learning.
    fn step(&mut self, readings: &Readings, served: PhaseSet, now: Timestamp) {
        let dt = self
            .stepped_at
            .map_or(Millis::ZERO, |at| now.since(at))
            .secs();
        // After an outage longer than a cycle nothing is known about queues anyway.
        let dt = dt.min(120.0);
        self.stepped_at = Some(now);
        for (id, detector) in self.detectors.iter() {
            if detector.function == DetectorFunction::Advance {
                let is_served = detector.phases.intersects(served);
                self.blindness[id].pass(dt, is_served);
            }
        }
        for id in self.facts.ids() {
            let blind = self.lanes[id]
                .entry
                .is_some_and(|entry| self.blindness[entry].blind());
            let state = &mut self.lanes[id];
            state.step(blind, dt, now);
            let seen = self.cameras.see(id, now).zip(self.cameras.first(id, now));
            state.fuse(seen, dt, now);
            let believed = state.believes_camera();
            let first = self.cameras.first(id, now).filter(|_| believed);
            state.watch_head(&self.facts[id], first, (served, dt), now);
            state.prove(readings, now, &mut self.news);
            self.tell(id);
            self.rhythms[id].pass(self.cycle, now);
            let believed = &self.estimate.lanes[id];
            let expected = believed.arrival_rate * believed.rhythm.factor(now) * dt;
            self.lanes[id].hide(readings, expected, now);
            self.estimate.lanes[id].rhythm = *self.rhythms[id].rhythm();
        }
    }

    /// Whether cameras see `lane` from its stop bar on, and are believed.
    #[must_use]
    pub fn is_seen_by_camera(&self, lane: LaneId, now: Timestamp) -> bool {
        self.cameras.first(lane, now).is_some() && self.lanes[lane].believes_camera()
    }

    /// Vehicles that only cameras see call their phases: those that stand first in a lane without a detector
    /// that works.
    fn call(&mut self, readings: &Readings, served: PhaseSet, now: Timestamp) {
        self.estimate.vehicle_call_since = readings.vehicle_call_since;
        for (id, facts) in self.facts.iter() {
            if self.lanes[id].calls_by_itself() || !self.lanes[id].believes_camera() {
                continue;
            }
            let Some(First::Stands(since)) = self.cameras.first(id, now) else {
                continue;
            };
            let usual = if facts.protected.is_empty() {
                facts.permissive
            } else {
                facts.protected
            };
            for phase in usual.difference(served).iter() {
                let call = &mut self.estimate.vehicle_call_since[phase];
                *call = Some(call.map_or(since, |other| other.min(since)));
            }
        }
    }

    /// Phases whose vehicle call no believed detector places.
    fn doubtful_calls(&self, intersection: &Intersection, readings: &Readings) -> PhaseSet {
        let (mut doubtful, mut believed) = (PhaseSet::EMPTY, PhaseSet::EMPTY);
        for (id, detector) in intersection.detectors.iter() {
            let reading = &readings.detectors[id];
            let failed = reading.health != Health::Good;
            let lanes = self.detectors[id].lanes.iter().map(|(lane, _)| *lane);
            let presence = detector.function == DetectorFunction::StopBarPresence;
            let doubts = presence
                && !detector.settings.lock
                && lanes.clone().count() > 0
                && !{ lanes }.any(|lane| self.lanes[lane].believes_call(failed));
            if doubts {
                doubtful = doubtful.union(detector.calls);
            } else if failed || reading.on || detector.settings.lock {
                believed = believed.union(detector.calls);
            }
        }
        doubtful.difference(believed)
    }

    fn write(&mut self, readings: &Readings, now: Timestamp) {
        for (id, estimate) in self.estimate.lanes.iter_mut() {
            self.lanes[id].write(now, estimate);
            let speed_mps = self.facts[id].speed_mps;
            let seen = self.cameras.see(id, now);
            if let Some(seen) = seen.filter(|_| self.lanes[id].believes_camera()) {
                self.cameras
                    .write(id, speed_mps, now, &mut estimate.vehicles);
                self.lanes[id].overlook(&seen, speed_mps, now, estimate);
            }
        }
        self.estimate.box_blocked = self.cameras.sees_box_blocked(now);
        self.estimate.pedestrian_call_since = readings.pedestrian_call_since;
    }
}

impl Estimator {
    /// What neighbors say, compared with what is seen.
    fn look_beyond(&mut self, intersection: &Intersection, now: Timestamp) {
        for (exit, room) in self.estimate.rooms_behind.iter_mut() {
            *room = self.street.room_behind(exit, now);
        }
        for (id, approach) in intersection.approaches.iter() {
            if approach.upstream.is_none() {
                continue;
            }
            let mut sight = Sight {
                seen: 0.0,
                reach: Millis(i64::MAX),
                ends: true,
            };
            for lane in &approach.lanes {
                let lane = &self.estimate.lanes[*lane];
                let reach = lane.seen_until.since(now);
                sight.seen += lane.vehicles.iter().map(|v| v.weight).sum::<f64>();
                sight.reach = sight.reach.min(reach);
                let reach_m = reach.secs() * approach.speed_limit_mps;
                sight.ends &= lane.queue * lane::SPACING_M < reach_m - QUEUE_END_M;
            }
            self.street.reconcile(id, sight, now);
        }
    }
}

/// The end of a queue is seen if this much of the road upstream of it is, m.
const QUEUE_END_M: f64 = 15.0;

/// Phases on which vehicles go: green, and the first part of yellow.
fn served(intersection: &Intersection, shown: &SignalState, now: Timestamp) -> PhaseSet {
    let goes = |phase| {
        let state = &shown.phases[phase];
        match state.interval {
            Interval::Green => true,
            Interval::YellowChange => now.since(state.since) < YELLOW_USED,
            Interval::Red | Interval::LeadingWalk | Interval::RedClearance => false,
        }
    };
    intersection
        .phases
        .iter()
        .filter(|phase| goes(*phase))
        .collect()
}
