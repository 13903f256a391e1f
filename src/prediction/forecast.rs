//! Individual arrivals per lane over the horizon.
//!
//! In: the estimate. Out: [`Forecast`], flat arrays with prefix sums. Not here: signals.

#![expect(
    clippy::indexing_slicing,
    reason = "flat arrays of equal length, built together; every lane's list ends with a sentinel"
)]

use crate::estimation::Estimate;
use crate::estimation::LaneEstimate;
use crate::intersection::Id;
use crate::intersection::Intersection;
use crate::intersection::LANES_MAX;
use crate::intersection::LaneId;
use crate::intersection::PerPhase;
use crate::intersection::PhaseSet;
use crate::intersection::Recall;
use crate::prediction::LaneBits;
use crate::prediction::NEVER;
use crate::prediction::Offset;
use crate::prediction::clamp_offset;
use crate::prediction::offset;
use crate::prediction::price::{Impatience, price, room_ahead};
use crate::units::Millis;
use crate::units::Timestamp;

/// Thousandths: weights are in milli-vehicles.
pub const MILLI: f64 = 1000.0;

/// Most arrivals looked at per lane; 60 s of saturation flow are 32 and a pocket of 200 m holds 27, so
/// this is out of reach of anything but a broken estimate.
pub(super) const ARRIVALS_MAX: usize = 160;

/// Beyond what detectors see, the arrival rate is spread as one fraction of a vehicle per this time.
/// Short enough to be smooth against a headway, long enough to be cheap.
const PSEUDO_SPACING: Offset = 3_000;

/// Share of the unseen arrivals that plans count with. A vehicle not yet seen will be seen before it
/// matters, and the plan made anew: spread over all time, its fraction hides the gaps in which others
/// can be served later, and plans then change too early. Tuned on the recorded afternoon of signal 1136
/// and the four-leg example, each at 1.0 and 1.3 × demand; 1 costs 1 s of mean delay at the first and
/// nothing at the second, 0 the reverse.
const UNSEEN_SHARE: f64 = 0.33;

/// A lane whose phase is on recall gets at least this flow, veh/s, so that an idle signal rests there:
/// with [`UNSEEN_SHARE`] 18 vehicles an hour, less than any street that deserves a call.
const RECALL_RATE: f64 = 0.015;

/// A lane whose phase has a call is taken to hold one vehicle even if the estimate has lost it. Less
/// than half a vehicle standing counts as lost.
const CALLED_VEHICLE: i32 = 1_000;

/// Saturation headways are kept within these bounds, s: nobody discharges faster than 3,000 veh/h, and
/// a lane slower than 600 veh/h is a broken estimate.
const HEADWAY_RANGE: (f64, f64) = (1.2, 6.0);

/// Start-up lost times are kept within these bounds, s.
const START_UP_RANGE: (f64, f64) = (0.0, 5.0);

/// Arrivals per lane over the horizon, and how fast each lane discharges when nothing is in its way.
///
/// All lanes share flat arrays; lane *l* owns `first[l] .. first[l + 1]`, whose last entry is a sentinel
/// that never arrives.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// How far ahead it reaches.
    pub horizon: Offset,
    pub(crate) first: Vec<usize>,
    /// When each would reach the stop bar unhindered, at least 0.
    pub(crate) arrives: Vec<Offset>,
    /// Milli-vehicles.
    pub(crate) weight: Vec<i32>,
    /// Cost of a second of its waiting, in thousandths of that of a vehicle that has just arrived.
    pub(crate) price: Vec<i32>,
    /// Sums over the lane's earlier arrivals: of weight, of price, of price × time, and of the weight of
    /// those that do not stand yet.
    pub(crate) weight_before: Vec<i64>,
    pub(crate) price_before: Vec<i64>,
    pub(crate) moment_before: Vec<i64>,
    pub(crate) moving_before: Vec<i64>,
    /// Whether each stands already, so that its stop is a thing of the past.
    pub(crate) stopped: Vec<bool>,
    /// Saturation headway, ms per vehicle, by lane.
    pub(crate) headway: Vec<i32>,
    /// Start-up lost time, ms, by lane.
    pub(crate) start_up: Vec<i32>,
    /// Flow, milli-vehicles per second, by lane.
    pub(crate) flow: Vec<i32>,
    /// Lanes with at least one arrival.
    pub(crate) occupied: LaneBits,
    /// Lanes on which somebody has been seen, called, or is always expected (recall).
    pub(crate) seen: LaneBits,
    impatience: Impatience,
}

pub(super) fn milli(vehicles: f64) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to a range that i32 holds"
    )]
    let rounded = (vehicles * MILLI).round().clamp(0.0, 1e6) as i32;
    rounded
}

impl Forecast {
    /// A forecast for `site` from what is believed at `now`.
    #[must_use]
    pub fn new(site: &Intersection, estimate: &Estimate, now: Timestamp) -> Self {
        let mut forecast = Self::default();
        forecast.rebuild(site, estimate, now);
        forecast
    }

    /// Replaces the forecast, keeping its memory. The horizon is the site's tuning.
    pub fn rebuild(&mut self, site: &Intersection, estimate: &Estimate, now: Timestamp) {
        let recalled = lanes_on_recall(site);
        self.horizon = clamp_offset(site.tuning.horizon).max(1_000);
        self.first.clear();
        self.arrives.clear();
        self.weight.clear();
        self.price.clear();
        self.weight_before.clear();
        self.price_before.clear();
        self.moment_before.clear();
        self.moving_before.clear();
        self.stopped.clear();
        self.headway.clear();
        self.start_up.clear();
        self.flow.clear();
        self.occupied = 0;
        self.seen = recalled;
        let lost = lanes_with_lost_call(site, estimate, now);
        for (lane, believed) in estimate.lanes.iter().take(LANES_MAX) {
            let bit = 1 << lane.index();
            let floor = if recalled & bit == 0 {
                0.0
            } else {
                RECALL_RATE
            };
            let waited = (lost.iter())
                .filter(|(_, (lanes, _))| lanes & bit != 0)
                .map(|(_, (_, waited))| *waited)
                .max();
            self.push_lane(believed, now, waited, floor);
            self.discount(room_ahead(site, estimate, lane));
        }
        self.first.push(self.arrives.len());
    }

    /// Number of lanes.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// Milli-vehicles that reach `lane` after `from` and not after `until`, standing ones included when
    /// `from` is negative.
    #[must_use]
    pub fn arrivals(&self, lane: LaneId, from: Offset, until: Offset) -> i32 {
        let Some((&start, &end)) =
            (self.first.get(lane.index())).zip(self.first.get(lane.index() + 1))
        else {
            return 0;
        };
        (start..end)
            .filter(|&i| self.arrives[i] > from && self.arrives[i] <= until)
            .map(|i| self.weight[i])
            .sum()
    }

    /// When whole vehicles (not shares of them) reach `lane`, after `from` and not after `until`.
    pub(crate) fn vehicles(
        &self,
        lane: LaneId,
        from: Offset,
        until: Offset,
    ) -> impl Iterator<Item = Offset> {
        let bound = |at: usize| self.first.get(at).copied().unwrap_or(0);
        (bound(lane.index())..bound(lane.index() + 1))
            .filter(|&i| self.weight[i] >= 500)
            .map(|i| self.arrives[i])
            .filter(move |&at| at > from && at <= until)
    }

    fn push_lane(
        &mut self,
        lane: &LaneEstimate,
        now: Timestamp,
        lost_call: Option<Offset>,
        floor: f64,
    ) {
        let first = self.arrives.len();
        self.first.push(first);
        let (low, high) = HEADWAY_RANGE;
        let headway_s = if lane.saturation_headway_s.is_finite() {
            lane.saturation_headway_s.clamp(low, high)
        } else {
            high
        };
        self.headway.push(milli(headway_s));
        let (low, high) = START_UP_RANGE;
        self.start_up
            .push(milli(lane.start_up_lost_time_s.clamp(low, high)));
        let rate = if lane.arrival_rate.is_finite() {
            lane.arrival_rate.clamp(floor, 2.0)
        } else {
            floor
        };
        self.flow.push(milli(rate));

        if let Some(waited) = lost_call {
            let price = price(CALLED_VEHICLE, waited);
            self.push(0, (CALLED_VEHICLE, price), true);
        }
        let place = self.first.len() - 1;
        let queue = self.impatience.queue(place, lane, now);
        let mut last = 0;
        for vehicle in lane.vehicles.iter().take(ARRIVALS_MAX) {
            let weight = milli(vehicle.weight.min(1.0));
            let due = offset(vehicle.arrives, now);
            let at = due.max(last);
            last = at;
            if at < self.horizon && weight > 0 {
                let price = price(weight, queue.waited(due));
                self.push(at, (weight, price), vehicle.stopped);
            }
        }
        if self.arrives.len() > first {
            self.seen |= 1 << (self.first.len() - 1);
        }
        self.push_unseen(lane, now, last, rate);
        if self.arrives.len() > first {
            self.occupied |= 1 << (self.first.len() - 1);
        }
        self.push(NEVER, (0, 0), true);
    }

    /// The lane pushed last leads where there is only this share of the usual room: moving its vehicles on
    /// brings that much less.
    fn discount(&mut self, room: f64) {
        if room >= 1.0 {
            return;
        }
        let first = self.first.last().copied().unwrap_or(0);
        let (mut price_before, mut moment_before) = (0, 0);
        for i in first..self.arrives.len() {
            self.price[i] = milli(f64::from(self.price[i]) / MILLI * room);
            self.price_before[i] = price_before;
            self.moment_before[i] = moment_before;
            price_before += i64::from(self.price[i]);
            moment_before += i64::from(self.price[i]) * i64::from(self.arrives[i]);
        }
    }

    /// Spreads the arrival rate beyond what has been seen.
    fn push_unseen(&mut self, lane: &LaneEstimate, now: Timestamp, last: Offset, rate: f64) {
        let mut at = offset(lane.seen_until, now).max(last).max(0) + PSEUDO_SPACING / 2;
        for _ in 0..ARRIVALS_MAX {
            if at >= self.horizon {
                return;
            }
            let factor = lane.rhythm.factor(now + Millis(i64::from(at)));
            let expected = rate * factor * f64::from(PSEUDO_SPACING) / MILLI;
            let weight = milli(UNSEEN_SHARE * expected);
            if weight > 0 {
                self.push(at, (weight, weight), false);
            }
            at += PSEUDO_SPACING;
        }
    }

    fn push(&mut self, at: Offset, (weight, price): (i32, i32), stopped: bool) {
        let starts_lane = self.first.last() == Some(&self.arrives.len());
        let (weight_before, price_before, moment_before, moving_before) = match self.arrives.last()
        {
            Some(&arrives) if !starts_lane => {
                let i = self.arrives.len() - 1;
                let w = i64::from(self.weight[i]);
                let price = i64::from(self.price[i]);
                (
                    self.weight_before[i] + w,
                    self.price_before[i] + price,
                    self.moment_before[i] + price * i64::from(arrives),
                    self.moving_before[i] + if self.stopped[i] { 0 } else { w },
                )
            }
            Some(_) | None => (0, 0, 0, 0),
        };
        self.arrives.push(at);
        self.weight.push(weight);
        self.price.push(price);
        self.stopped.push(stopped);
        self.weight_before.push(weight_before);
        self.price_before.push(price_before);
        self.moment_before.push(moment_before);
        self.moving_before.push(moving_before);
    }
}

/// For every phase with a vehicle call none of whose lanes is believed to hold a waiting vehicle: its
/// lowest lane, and how long the call has waited. A call is a fact; an estimate that has lost the vehicle must not make it invisible.
fn lanes_with_lost_call(
    site: &Intersection,
    estimate: &Estimate,
    now: Timestamp,
) -> PerPhase<(LaneBits, Offset)> {
    let mut lost = PerPhase::default();
    for phase in site.phases.iter() {
        let Some(since) = estimate.vehicle_call_since[phase] else {
            continue;
        };
        if estimate.doubtful_calls.contains(phase) {
            continue;
        }
        let lanes = lanes_of(site, PhaseSet::only(phase));
        let believed: i32 = estimate
            .lanes
            .iter()
            .filter(|(lane, _)| lanes & (1 << lane.index()) != 0)
            .flat_map(|(_, lane)| &lane.vehicles)
            .filter(|vehicle| vehicle.stopped || vehicle.arrives <= now + Millis(1_000))
            .map(|vehicle| milli(vehicle.weight))
            .sum();
        if believed < CALLED_VEHICLE / 2 {
            lost[phase] = (lanes & lanes.wrapping_neg(), offset(now, since));
        }
    }
    lost
}

fn lanes_on_recall(site: &Intersection) -> LaneBits {
    let recalled: PhaseSet = (site.phases.iter())
        .filter(|&phase| site.phase[phase].actuated.recall != Recall::None)
        .collect();
    lanes_of(site, recalled)
}

/// Lanes with a movement that some phase of the set serves, protected or permissively.
pub(crate) fn lanes_of(site: &Intersection, phases: PhaseSet) -> LaneBits {
    site.movements
        .iter()
        .filter(|(_, m)| m.protected.union(m.permissive).intersects(phases))
        .flat_map(|(_, m)| &m.lanes)
        .fold(0, |bits, lane| bits | 1 << lane.index())
}

/// [`lanes_of`] for every phase.
pub(crate) fn lanes_by_phase(site: &Intersection) -> PerPhase<LaneBits> {
    PerPhase::from_fn(|phase| lanes_of(site, PhaseSet::only(phase)))
}
