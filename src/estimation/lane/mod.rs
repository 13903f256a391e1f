//! One lane: puts its line of vehicles, its filter and its discharge together.
//!
//! In: arrivals, crossings, coverage, service. Out: [`LaneEstimate`]. A lane is *sighted* while the
//! vehicles that reach its stop bar now were seen by an advance detector before; then the line is the
//! truth and the filter follows. Otherwise the filter grows the queue at the arrival rate, and the line
//! mirrors it. Not here: other lanes (`mod.rs`).

mod sight;
mod stop_bar;
mod verdict;
mod wiring;

use crate::detection::Readings;
use crate::estimation::discharge::{Discharge, Evidence, Service};
use crate::estimation::filter::QueueFilter;
use crate::estimation::head::Head;
use crate::estimation::layout::LaneFacts;
use crate::estimation::line::{EARLY, Elsewhere, Line};
use crate::estimation::rates::{Profile, RATE_DEFAULT};
use crate::estimation::shares::Shares;
use crate::estimation::trust::Trust;
use crate::estimation::{ExpectedVehicle, LaneEstimate, Rhythm, Source};
use crate::intersection::{DetectorId, PhaseSet, SolverTuning};
use crate::units::{Millis, Timestamp};

use verdict::Verdict;
use wiring::{Healthy, StopBar};

/// Length of road per standing vehicle, m: at 7 m and free-flow speed the back of a queue comes towards
/// arriving vehicles.
pub(in crate::estimation) const SPACING_M: f64 = 7.0;
/// Time after which a standing vehicle starts after the one before it, s.
const START_WAVE_S: f64 = 1.3;
/// Probability that an advance detector misses a vehicle, or that one comes from elsewhere.
const MISSED: f64 = 0.02;
/// Variance of the queue per vehicle that a detector counted in or out.
const COUNTED_VARIANCE: f64 = 0.03;
/// Variance of the queue per vehicle that left by the model only.
const MODELED_VARIANCE: f64 = 0.15;
/// When a vehicle begins to belong to the queue is known to about this long.
const JOINING: Millis = Millis(3_000);
/// The arrival rate is measured over windows of this length, s.
const RATE_WINDOW_S: f64 = 30.0;
/// The arrival rate never falls below this share of what is usual for the hour.
const USUAL_FLOOR: f64 = 0.25;
/// Largest variance of the queue: beyond ±20 vehicles nothing is known.
const QUEUE_VARIANCE_MAX: f64 = 400.0;

/// A vehicle that covers an advance loop this long stands on it: rolling over it in a queue takes two.
const STANDS_ON_LOOP: Millis = Millis(3_000);
/// Between the vehicles of a queue that moves up there is never a gap as long as this.
const NOBODY_BEHIND: Millis = Millis(5_000);

#[derive(Clone, Debug)]
pub(in crate::estimation) struct LaneState {
    line: Line,
    filter: QueueFilter,
    discharge: Discharge,
    turns: Shares,
    head: Head,
    profile: Profile,
    /// The advance detector that tells who comes.
    pub(in crate::estimation) entry: Option<DetectorId>,
    travel: Millis,
    /// Vehicles that fit between its advance detector and the stop bar.
    room: f64,
    /// Time an arriving vehicle saves per vehicle standing before it.
    spacing_s: f64,
    /// Which kinds of detector are healthy, and which of them the others contradict.
    healthy: Healthy,
    trust: Trust,
    stop_bar: StopBar,
    /// Whether some working presence detector covers the lane: its silence proves an empty stop bar.
    watched: bool,
    sighted: bool,
    blind: bool,
    /// Nobody waited at some time since the lane was last closed.
    cleared: bool,
    /// What the stop bar's presence detectors last said, believed or not.
    covered: bool,
    covered_changed: Timestamp,
    /// Whether the stop bar shows that nobody waits.
    proved_empty: bool,
    verdict: Verdict,
    /// Cameras are weighed into the filter: its queue is no longer that of the line, but moves with it.
    fused: bool,
    /// The line's queue that the filter has followed so far.
    followed: f64,
    /// What cameras counted in this second.
    counted_standing: Option<f64>,
    crossed_at: Timestamp,
    arrived: f64,
    arrived_within_s: f64,
    changed: bool,
    /// Vehicles believed to have crossed since start.
    crossings: u64,
    /// Vehicles that left by the model only.
    modeled: f64,
    /// Vehicles expected to stand behind a queue that covers the advance detector, where nobody sees
    /// them until they move up.
    hidden: f64,
    /// Since when the advance detector has been clear, seen once a second.
    clear_since: Option<Timestamp>,
}

impl LaneState {
    pub(in crate::estimation) fn new(facts: &LaneFacts, tuning: &SolverTuning) -> Self {
        let turns = Shares::new(facts.ways.iter().map(|way| way.prior));
        Self {
            line: Line::new(facts.storage_m),
            filter: QueueFilter::new(RATE_DEFAULT),
            discharge: Discharge::new(tuning.saturation_headway_s, tuning.start_up_lost_time_s),
            head: Head::new(facts, &turns),
            turns,
            profile: Profile::new(),
            entry: None,
            travel: Millis::ZERO,
            room: f64::INFINITY,
            spacing_s: SPACING_M / facts.speed_mps,
            healthy: Healthy::default(),
            trust: Trust::default(),
            stop_bar: StopBar::Unwatched,
            watched: false,
            sighted: false,
            blind: false,
            cleared: false,
            covered: false,
            covered_changed: Timestamp::default(),
            proved_empty: false,
            verdict: Verdict::default(),
            fused: false,
            followed: 0.0,
            counted_standing: None,
            crossed_at: Timestamp::default(),
            arrived: 0.0,
            arrived_within_s: 0.0,
            changed: true,
            crossings: 0,
            modeled: 0.0,
            hidden: 0.0,
            clear_since: None,
        }
    }

    /// The estimate before anything is known.
    pub(in crate::estimation) fn blank(&self, facts: &LaneFacts) -> LaneEstimate {
        let movements = facts.ways.iter().map(|way| way.movement);
        LaneEstimate {
            vehicles: Vec::with_capacity(self.line.capacity()),
            arrival_rate: self.filter.rate(),
            arrival_rate_variance: self.filter.rate_variance(),
            rhythm: Rhythm::EVEN,
            queue: 0.0,
            queue_variance: self.filter.queue_variance(),
            saturation_headway_s: self.discharge.headway_s(),
            start_up_lost_time_s: self.discharge.lost_time_s(),
            turn_late: self.discharge.late(),
            shares: movements.zip(self.turns.iter()).collect(),
            head: (facts.ways.iter().chain(&facts.other_ways))
                .map(|way| way.movement)
                .zip(self.head.iter())
                .collect(),
            seen_until: Timestamp::default(),
            source: Source::HistoricalProfile,
        }
    }

    /// Somebody is on the stop bar, as far as its detectors are believed.
    fn is_covered(&self) -> bool {
        self.watched && self.covered
    }

    pub(in crate::estimation) fn is_served(&self) -> bool {
        self.discharge.service != Service::Closed
    }

    pub(in crate::estimation) fn crossings_so_far(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 vehicles")]
        let crossings = self.crossings as f64;
        crossings + self.modeled
    }

    /// When the first vehicle was or is due.
    pub(in crate::estimation) fn front(&self) -> Timestamp {
        let first = self.line.vehicles().first();
        first.map_or(Timestamp(i64::MAX), |vehicle| vehicle.arrives)
    }

    pub(in crate::estimation) fn serve(
        &mut self,
        facts: &LaneFacts,
        served: PhaseSet,
        now: Timestamp,
    ) {
        let service = if facts.protected.intersects(served) {
            Service::Protected
        } else if facts.permissive.intersects(served) {
            Service::Permissive
        } else {
            Service::Closed
        };
        if service != self.discharge.service {
            self.cleared &= service != Service::Closed;
            if service == Service::Closed {
                self.judge_camera(false);
            }
            let (queue, covered) = (self.filter.queue(), self.is_covered());
            self.discharge.serve(service, queue, covered, now);
        }
    }

    /// Whether the vehicles of this advance detector are taken into the line.
    pub(in crate::estimation) fn is_fed_by(&self, detector: DetectorId) -> bool {
        self.healthy.entry == Some(detector)
    }

    /// A vehicle was seen that may come here.
    pub(in crate::estimation) fn arrive(&mut self, number: u32, arrives: Timestamp, weight: f64) {
        if !self.trust.advance() {
            self.trust.advance_saw();
            self.choose();
        }
        self.hidden = (self.hidden - weight).max(0.0);
        self.line.push(number, arrives, weight);
        self.arrived += weight;
        self.changed = true;
    }

    pub(in crate::estimation) fn hear(&mut self, news: Elsewhere) {
        self.line.hear(news);
        self.follow();
    }

    /// A vehicle crossed the stop bar.
    pub(in crate::estimation) fn cross(
        &mut self,
        facts: &LaneFacts,
        (at, evidence): (Timestamp, Evidence),
        served: PhaseSet,
        news: &mut Vec<Elsewhere>,
    ) {
        self.crossings += 1;
        if self.stop_bar == StopBar::Counted && self.is_served() {
            self.verdict.left();
        }
        let crossing = self.line.cross(at + EARLY, MISSED, news);
        if self.sighted && !self.blind {
            self.trust.explained(crossing.known);
            if !self.trust.advance() {
                self.choose();
            }
        }
        self.turns.crossed(&facts.ways, served);
        self.head.is_new(facts, &self.turns);
        // Without sight of the queue, headways alone tell where it ends.
        let stood = !self.sighted || crossing.stopped >= 0.5;
        self.discharge.saw_crossing(at, stood, evidence);
        if self.sighted {
            self.filter.shift(0.0, COUNTED_VARIANCE);
            self.follow();
        } else {
            self.filter.shift(-1.0, COUNTED_VARIANCE);
        }
        self.crossed_at = at;
        self.changed = true;
    }

    /// The line changed: a sighted lane's filter takes its number over, or the change if cameras correct it.
    fn follow(&mut self) {
        if self.sighted {
            let stopped = self.line.stopped();
            if self.fused {
                self.filter.shift(stopped - self.followed, 0.0);
            } else {
                self.filter.set_queue(stopped);
            }
            self.followed = stopped;
        }
        self.changed = true;
    }

    /// Without any stop-bar detector, vehicles leave by the model. Returns what did.
    pub(in crate::estimation) fn model(&mut self, now: Timestamp) -> f64 {
        if self.sighted {
            self.join(now);
        }
        if self.stop_bar != StopBar::Unwatched || !self.is_served() {
            return 0.0;
        }
        let Some(front) = self.line.vehicles().first().copied() else {
            return 0.0;
        };
        let due = if front.stopped { now } else { front.arrives };
        if !self.discharge.model_crossing(due, front.weight, now) {
            return 0.0;
        }
        let left = self.line.leave(front.weight);
        self.modeled += left;
        let sighted = if self.sighted { 0.0 } else { -left };
        self.filter.shift(sighted, MODELED_VARIANCE * left);
        self.crossed_at = now;
        self.follow();
        left
    }

    /// Vehicles that reach the back of the queue, or the stop bar on red, stop.
    fn join(&mut self, now: Timestamp) {
        let closed = !self.is_served();
        let per_vehicle_s = self.spacing_s;
        // The tail stands where it stood on red until the wave that starts vehicles reaches it.
        let crossed = if closed {
            0.0
        } else {
            f64::from(self.discharge.crossed)
        };
        let wave = now.since(self.discharge.since).secs() / START_WAVE_S;
        let joined = self.line.join(|arrives, queue| {
            if queue > 0.3 {
                let from_bar = queue + crossed;
                let stands = if wave < from_bar { from_bar } else { queue };
                now >= arrives - Millis::from_secs(stands * per_vehicle_s)
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
    pub(in crate::estimation) fn step(&mut self, blind: bool, dt: f64, now: Timestamp) {
        self.blind = blind;
        let seen = !blind || self.is_served();
        let passed = now.since(self.discharge.since);
        let sighted = self.entry.is_some() && (!blind || self.is_sighted_despite_red(passed));
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
            self.line.drop_due(now);
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

    /// A detector that is blind on red helps in green once the queue of the red is gone, and until the
    /// last vehicles it saw have arrived.
    fn is_sighted_despite_red(&self, passed: Millis) -> bool {
        if self.is_served() {
            passed >= self.travel && (self.sighted || self.cleared)
        } else {
            passed < self.travel && self.sighted
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

    /// Once a second: `expected` vehicles came in it on average. They are hidden while the queue stands on
    /// the advance detector, and nobody is once it has been clear for longer than a gap in a queue.
    pub(in crate::estimation) fn hide(
        &mut self,
        readings: &Readings,
        expected: f64,
        now: Timestamp,
    ) {
        let Some(reading) = self.entry.and_then(|entry| readings.detectors.find(entry)) else {
            self.hidden = 0.0;
            return;
        };
        let before = self.hidden;
        if reading.covered_for >= STANDS_ON_LOOP {
            #[expect(clippy::cast_precision_loss, reason = "at most VEHICLES_PER_LANE_MAX")]
            let room = (self.line.capacity() - self.line.vehicles().len()) as f64;
            self.hidden = (self.hidden + expected).min(room);
            self.clear_since = None;
        } else if !reading.on {
            let since = *self.clear_since.get_or_insert(now);
            if now.since(since) >= NOBODY_BEHIND {
                self.hidden = 0.0;
            }
        } else {
            self.clear_since = None;
        }
        self.changed |= (before - self.hidden).abs() > 0.0;
    }

    /// Hidden vehicles stand behind all others.
    fn write_hidden(&self, now: Timestamp, vehicles: &mut Vec<ExpectedVehicle>) {
        let last = vehicles.last().map_or(now, |vehicle| vehicle.arrives);
        let mut left = self.hidden;
        while left > 0.1 {
            vehicles.push(ExpectedVehicle {
                arrives: last.max(now),
                weight: left.min(1.0),
                stopped: true,
            });
            left -= 1.0;
        }
    }

    pub(in crate::estimation) fn write(&mut self, now: Timestamp, estimate: &mut LaneEstimate) {
        estimate.seen_until = if self.sighted { now + self.travel } else { now };
        if !self.changed {
            return;
        }
        self.changed = false;
        self.line.write(&mut estimate.vehicles);
        self.write_hidden(now, &mut estimate.vehicles);
        let floor = USUAL_FLOOR * self.profile.usual(now).unwrap_or(0.0);
        estimate.arrival_rate = self.filter.rate().max(floor);
        estimate.arrival_rate_variance = self.filter.rate_variance();
        estimate.queue = self.filter.queue().max(0.0) + self.hidden;
        estimate.queue_variance = self.filter.queue_variance()
            + self.line.variance(now + JOINING)
            + JOINING.secs() * estimate.arrival_rate;
        estimate.saturation_headway_s = self.discharge.headway_s();
        estimate.start_up_lost_time_s = self.discharge.lost_time_s();
        estimate.turn_late = self.discharge.late();
        for ((_, share), learned) in estimate.shares.iter_mut().zip(self.turns.iter()) {
            *share = learned;
        }
        for ((_, probability), head) in estimate.head.iter_mut().zip(self.head.iter()) {
            *probability = head;
        }
        estimate.source = self.source();
    }
}
