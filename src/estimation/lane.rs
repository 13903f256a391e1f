//! One lane: puts its line of vehicles, its filter and its discharge together.
//!
//! In: arrivals, crossings, coverage, service. Out: [`LaneEstimate`]. A lane is *sighted* while the
//! vehicles that reach its stop bar now were seen by an advance detector before; then the line is the
//! truth and the filter follows. Otherwise the filter grows the queue at the arrival rate, and the line
//! mirrors it. Not here: other lanes (`mod.rs`).

use crate::detection::{Health, Readings};
use crate::estimation::discharge::{Discharge, Service};
use crate::estimation::filter::QueueFilter;
use crate::estimation::layout::{DetectorFacts, LaneFacts};
use crate::estimation::line::{EARLY, Elsewhere, Line};
use crate::estimation::rates::{Profile, RATE_DEFAULT};
use crate::estimation::shares::Shares;
use crate::estimation::{LaneEstimate, Source};
use crate::intersection::{DetectorId, PhaseSet, SolverTuning, Table};
use crate::units::{Millis, Timestamp};

/// Length of road per standing vehicle, m: at 7 m and free-flow speed the back of a queue comes towards
/// arriving vehicles.
const SPACING_M: f64 = 7.0;
/// Probability that an advance detector misses a vehicle, or that one comes from elsewhere.
const MISSED: f64 = 0.02;
/// Variance of the queue per vehicle that a detector counted in or out.
const COUNTED_VARIANCE: f64 = 0.03;
/// Variance of the queue per vehicle that left by the model only.
const MODELED_VARIANCE: f64 = 0.15;
/// The stop bar of a served lane is uncovered for this long: nobody waits.
const GAP_SERVED: Millis = Millis(3_000);
/// The same on red: whoever waits stands on the detector, after slowing down.
const GAP_CLOSED: Millis = Millis(2_500);
/// Without a presence detector: no crossing for this long in green.
const SILENCE: Millis = Millis(5_000);
/// Variance of "nobody waits", and of "exactly one has come".
const PROOF_VARIANCE: f64 = 0.1;
/// Vehicles slow down: they are late by this much before they are doubted.
const LATE: Millis = Millis(4_000);
/// The arrival rate is measured over windows of this length, s.
const RATE_WINDOW_S: f64 = 30.0;
/// The arrival rate never falls below this share of what is usual for the hour.
const USUAL_FLOOR: f64 = 0.25;
/// Largest variance of the queue: beyond ±20 vehicles nothing is known.
const QUEUE_VARIANCE_MAX: f64 = 400.0;

/// What tells about the stop bar of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StopBar {
    Counted,
    Covered,
    Unwatched,
}

#[derive(Clone, Debug)]
pub(super) struct LaneState {
    line: Line,
    filter: QueueFilter,
    discharge: Discharge,
    turns: Shares,
    profile: Profile,
    /// The advance detector that tells who comes.
    pub(super) entry: Option<DetectorId>,
    travel: Millis,
    /// Time an arriving vehicle saves per vehicle standing before it.
    spacing_s: f64,
    stop_bar: StopBar,
    /// Whether some working presence detector covers the lane: its silence proves an empty stop bar.
    watched: bool,
    sighted: bool,
    covered: bool,
    covered_changed: Timestamp,
    crossed_at: Timestamp,
    arrived: f64,
    arrived_within_s: f64,
    changed: bool,
}

impl LaneState {
    pub(super) fn new(facts: &LaneFacts, tuning: &SolverTuning) -> Self {
        Self {
            line: Line::new(facts.length_m),
            filter: QueueFilter::new(RATE_DEFAULT),
            discharge: Discharge::new(tuning.saturation_headway_s, tuning.start_up_lost_time_s),
            turns: Shares::new(facts.ways.iter().map(|way| way.prior)),
            profile: Profile::new(),
            entry: None,
            travel: Millis::ZERO,
            spacing_s: SPACING_M / facts.speed_mps,
            stop_bar: StopBar::Unwatched,
            watched: false,
            sighted: false,
            covered: false,
            covered_changed: Timestamp::default(),
            crossed_at: Timestamp::default(),
            arrived: 0.0,
            arrived_within_s: 0.0,
            changed: true,
        }
    }

    /// The estimate before anything is known.
    pub(super) fn blank(&self, facts: &LaneFacts) -> LaneEstimate {
        let movements = facts.ways.iter().map(|way| way.movement);
        LaneEstimate {
            vehicles: Vec::with_capacity(self.line.capacity()),
            arrival_rate: self.filter.rate(),
            arrival_rate_variance: self.filter.rate_variance(),
            queue: 0.0,
            queue_variance: self.filter.queue_variance(),
            saturation_headway_s: self.discharge.headway_s(),
            start_up_lost_time_s: self.discharge.lost_time_s(),
            shares: movements.zip(self.turns.iter()).collect(),
            seen_until: Timestamp::default(),
            source: Source::HistoricalProfile,
        }
    }

    pub(super) fn wire(
        &mut self,
        facts: &LaneFacts,
        health: &Table<DetectorId, Health>,
        detectors: &Table<DetectorId, DetectorFacts>,
    ) {
        let works = |id: &&DetectorId| health[**id] == Health::Good;
        let any = |ids: &[DetectorId]| ids.iter().any(|id| works(&id));
        self.entry = facts.advance.iter().find(works).copied();
        self.travel = self.entry.map_or(Millis::ZERO, |entry| {
            Millis::from_secs(detectors[entry].reach_m / facts.speed_mps)
        });
        self.stop_bar = if any(&facts.count) {
            StopBar::Counted
        } else if any(&facts.own_presence) {
            StopBar::Covered
        } else {
            StopBar::Unwatched
        };
        self.watched = any(&facts.presence);
        self.changed = true;
    }

    pub(super) fn is_served(&self) -> bool {
        self.discharge.service != Service::Closed
    }

    /// When the first vehicle was or is due.
    pub(super) fn front(&self) -> Timestamp {
        let first = self.line.vehicles().first();
        first.map_or(Timestamp(i64::MAX), |vehicle| vehicle.arrives)
    }

    pub(super) fn serve(&mut self, facts: &LaneFacts, served: PhaseSet, now: Timestamp) {
        let service = if facts.protected.intersects(served) {
            Service::Protected
        } else if facts.permissive.intersects(served) {
            Service::Permissive
        } else {
            Service::Closed
        };
        if service != self.discharge.service {
            let standing = self.filter.queue() >= 0.5 || self.covered;
            self.discharge.serve(service, standing, self.covered, now);
        }
    }

    /// A vehicle was seen that may come here.
    pub(super) fn arrive(&mut self, number: u32, arrives: Timestamp, weight: f64) {
        self.line.push(number, arrives, weight);
        self.arrived += weight;
        self.changed = true;
    }

    pub(super) fn hear(&mut self, news: Elsewhere) {
        self.line.hear(news);
        self.follow();
    }

    /// A vehicle crossed the stop bar.
    pub(super) fn cross(
        &mut self,
        facts: &LaneFacts,
        at: Timestamp,
        served: PhaseSet,
        news: &mut Vec<Elsewhere>,
    ) {
        let queue = self.filter.queue();
        let crossing = self.line.cross(at + EARLY, MISSED, news);
        self.turns.crossed(&facts.ways, served);
        let stood = if self.sighted {
            crossing.stopped >= 0.5
        } else {
            queue >= 0.5
        };
        self.discharge.saw_crossing(at, stood);
        if self.sighted {
            self.filter.shift(0.0, COUNTED_VARIANCE);
            self.follow();
        } else {
            self.filter.shift(-1.0, COUNTED_VARIANCE);
        }
        self.crossed_at = at;
        self.changed = true;
    }

    /// The line changed: a sighted lane's filter takes its number over.
    fn follow(&mut self) {
        if self.sighted {
            self.filter.set_queue(self.line.stopped());
        }
        self.changed = true;
    }

    /// Coverage of the stop bar. Returns the moments of up to two crossings that no counter reports.
    pub(super) fn watch(
        &mut self,
        facts: &LaneFacts,
        readings: &Readings,
        now: Timestamp,
    ) -> [Option<Timestamp>; 2] {
        if !self.watched {
            return [None; 2];
        }
        let covered = facts.presence.iter().any(|id| {
            let reading = &readings.detectors[*id];
            reading.health == Health::Good && reading.on
        });
        let mut left = None;
        let concludes = self.stop_bar == StopBar::Covered;
        if covered != self.covered {
            if covered {
                self.discharge.covered(now);
                self.came(now);
            } else {
                let turned = !self.is_served() && facts.turn_on_red;
                let left_now = self.discharge.uncovered() || turned;
                left = (concludes && left_now).then_some(now);
            }
            self.covered = covered;
            self.covered_changed = now;
        }
        let waiting = self.filter.queue().max(self.line.stopped());
        let within =
            concludes && self.covered && self.discharge.crossing_within_stretch(now, waiting);
        [within.then_some(now), left]
    }

    /// The stop bar gets covered on red after it was free: exactly one vehicle has come so far.
    fn came(&mut self, now: Timestamp) {
        let free_for = now.since(self.covered_changed);
        if !self.sighted && !self.is_served() && free_for >= GAP_CLOSED {
            self.filter.measure_queue(1.0, PROOF_VARIANCE);
            self.changed = true;
        }
    }

    /// Without any stop-bar detector, vehicles leave by the model. Whether one did.
    pub(super) fn model(&mut self, now: Timestamp) -> bool {
        if self.sighted {
            self.join(now);
        }
        if self.stop_bar != StopBar::Unwatched || !self.is_served() {
            return false;
        }
        let Some(front) = self.line.vehicles().first().copied() else {
            return false;
        };
        let due = if front.stopped { now } else { front.arrives };
        if !self.discharge.model_crossing(due, front.weight, now) {
            return false;
        }
        let left = self.line.leave(front.weight);
        self.discharge.concluded_crossing();
        let sighted = if self.sighted { 0.0 } else { -left };
        self.filter.shift(sighted, MODELED_VARIANCE * left);
        self.crossed_at = now;
        self.follow();
        true
    }

    /// Vehicles that reach the back of the queue, or the stop bar on red, stop.
    fn join(&mut self, now: Timestamp) {
        let closed = !self.is_served();
        let per_vehicle_s = self.spacing_s;
        let joined = self.line.join(|arrives, queue| {
            if queue > 0.3 {
                now >= arrives - Millis::from_secs(queue * per_vehicle_s)
            } else {
                closed && now >= arrives
            }
        });
        if joined > 0.0 {
            self.filter.shift(0.0, COUNTED_VARIANCE * joined);
            self.follow();
        }
    }

    /// `dt` seconds passed; `blind`: the advance detector reports only while the lane is served.
    pub(super) fn step(&mut self, blind: bool, dt: f64, now: Timestamp) {
        let seen = !blind || self.is_served();
        let passed = now.since(self.discharge.since);
        let sighted =
            self.entry.is_some() && (!blind || (self.is_served() && passed >= self.travel));
        if sighted && !self.sighted {
            self.sighted = true;
            self.filter.decouple();
            self.follow();
        }
        self.sighted = sighted;
        if sighted {
            self.filter.age(dt);
        } else {
            self.filter.grow(dt);
            self.filter.limit(self.line.capacity(), QUEUE_VARIANCE_MAX);
            self.changed = true;
        }
        if self.entry.is_some() && seen {
            self.arrived_within_s += dt;
        } else if self.entry.is_none() {
            self.arrived_within_s += dt;
            self.arrived = 0.0;
        }
        if self.arrived_within_s >= RATE_WINDOW_S {
            self.measure_rate(now);
        }
    }

    fn measure_rate(&mut self, now: Timestamp) {
        let nothing = self.entry.is_none() && self.stop_bar == StopBar::Unwatched && !self.watched;
        if self.entry.is_some() {
            let rate = self.arrived / self.arrived_within_s;
            let usual = self.filter.rate().max(0.02);
            self.filter
                .measure_rate(rate, usual / self.arrived_within_s);
        } else if nothing {
            let guess = self.profile.guess(now);
            self.filter.measure_rate(guess, guess * guess / 4.0);
        }
        if !nothing {
            self.profile.saw(self.filter.rate(), now);
        }
        self.arrived = 0.0;
        self.arrived_within_s = 0.0;
    }

    /// What detectors prove about the queue.
    pub(super) fn prove(
        &mut self,
        facts: &LaneFacts,
        readings: &Readings,
        now: Timestamp,
        news: &mut Vec<Elsewhere>,
    ) {
        if self.is_empty(facts, readings, now) {
            self.filter.measure_queue(0.0, PROOF_VARIANCE);
            if self.sighted {
                self.line.scale(0.0, now - LATE, news);
                self.follow();
            }
        } else if self.is_occupied(now) && self.filter.queue() < 1.0 {
            self.filter.measure_queue(1.0, PROOF_VARIANCE);
            if self.sighted {
                self.line.correct(self.filter.queue().max(0.9), now, news);
                self.follow();
            }
        }
        if !self.sighted {
            self.line.correct(self.filter.queue(), now, news);
        }
    }

    /// Nobody waits at the stop bar.
    fn is_empty(&self, facts: &LaneFacts, readings: &Readings, now: Timestamp) -> bool {
        let served_for = now.since(self.discharge.since);
        if self.watched {
            let gap = if self.is_served() {
                GAP_SERVED
            } else {
                GAP_CLOSED
            };
            !self.covered && now.since(self.covered_changed) >= gap
        } else if self.stop_bar == StopBar::Counted {
            let on_counter = facts.count.iter().any(|id| readings.detectors[*id].on);
            let start = self.discharge.lost_time_s() + 2.0 * self.discharge.service_headway_s();
            self.is_served()
                && !on_counter
                && served_for >= Millis::from_secs(start)
                && now.since(self.crossed_at) >= SILENCE
        } else {
            false
        }
    }

    /// Somebody waits on red.
    fn is_occupied(&self, now: Timestamp) -> bool {
        self.stop_bar != StopBar::Unwatched
            && self.covered
            && !self.is_served()
            && now.since(self.covered_changed) >= Millis(1_500)
            && now.since(self.discharge.since) >= Millis(3_000)
    }

    fn source(&self) -> Source {
        let stop_bar = self.watched || self.stop_bar != StopBar::Unwatched;
        match (self.entry.is_some(), stop_bar) {
            (true, true) => Source::AdvanceAndStopBar,
            (true, false) => Source::AdvanceOnly,
            (false, true) => Source::StopBarOnly,
            (false, false) => Source::HistoricalProfile,
        }
    }

    pub(super) fn write(&mut self, now: Timestamp, estimate: &mut LaneEstimate) {
        estimate.seen_until = if self.sighted { now + self.travel } else { now };
        if !self.changed {
            return;
        }
        self.changed = false;
        self.line.write(&mut estimate.vehicles);
        let floor = USUAL_FLOOR * self.profile.usual(now).unwrap_or(0.0);
        estimate.arrival_rate = self.filter.rate().max(floor);
        estimate.arrival_rate_variance = self.filter.rate_variance();
        estimate.queue = self.filter.queue().max(0.0);
        estimate.queue_variance = self.filter.queue_variance() + self.line.variance();
        estimate.saturation_headway_s = self.discharge.headway_s();
        estimate.start_up_lost_time_s = self.discharge.lost_time_s();
        for ((_, share), learned) in estimate.shares.iter_mut().zip(self.turns.iter()) {
            *share = learned;
        }
        estimate.source = self.source();
    }
}
