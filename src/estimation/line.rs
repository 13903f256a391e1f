//! The vehicles of one lane in order, each with the probability that it is there.
//!
//! In: vehicles that passed an advance detector, and crossings of the stop bar. Out: who is left. A
//! vehicle whose lane is not known is in the lines of several lanes under one number, its weights summing
//! to at most one; a crossing in one lane tells by Bayes' rule which vehicle it probably was, and so where
//! the others are. Not here: when something crosses (`discharge.rs`), the filter (`filter.rs`).

use crate::estimation::ExpectedVehicle;
use crate::units::{Millis, Timestamp};

/// Most vehicles of one lane that are told apart: 128 vehicles of 6 m fill 768 m.
pub(super) const VEHICLES_PER_LANE_MAX: usize = 128;
/// Shortest length a vehicle takes up in a standing queue, m.
pub(super) const VEHICLE_LENGTH_MIN_M: f64 = 6.0;
/// Less weight than this is nobody.
const NOBODY: f64 = 0.02;
/// Number of a vehicle that no advance detector saw.
const UNSEEN: u32 = 0;

/// One vehicle that is in this lane with probability `weight`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tracked {
    number: u32,
    pub(super) arrives: Timestamp,
    pub(super) weight: f64,
    pub(super) stopped: bool,
}

/// How the probability that a vehicle is in any *other* lane changes: multiply by `factor`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elsewhere {
    pub(super) number: u32,
    pub(super) factor: f64,
}

/// Who was at the stop bar, by probability.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crossing {
    /// A vehicle that was seen before.
    pub(super) known: f64,
    /// A vehicle that had stopped.
    pub(super) stopped: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    vehicles: Vec<Tracked>,
    capacity: usize,
}

impl Line {
    /// An empty line on this length of road.
    pub(super) fn new(length_m: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 4..=VEHICLES_PER_LANE_MAX"
        )]
        let capacity = (length_m / VEHICLE_LENGTH_MIN_M + 2.0).clamp(4.0, 128.0) as usize;
        const _: () = assert!(VEHICLES_PER_LANE_MAX == 128);
        Self {
            vehicles: Vec::with_capacity(capacity),
            capacity,
        }
    }

    /// Most vehicles it holds.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Front first.
    pub(super) fn vehicles(&self) -> &[Tracked] {
        &self.vehicles
    }

    /// A vehicle of this number, seen to reach the stop bar at `arrives` if nothing is in its way. When
    /// the lane is full it is not taken.
    pub(super) fn push(&mut self, number: u32, arrives: Timestamp, weight: f64) {
        self.insert(Tracked {
            number,
            arrives,
            weight,
            stopped: false,
        });
    }

    fn insert(&mut self, vehicle: Tracked) {
        if self.vehicles.len() < self.capacity && vehicle.weight > NOBODY {
            let place = self
                .vehicles
                .iter()
                .rposition(|before| before.arrives <= vehicle.arrives)
                .map_or(0, |before| before + 1);
            self.vehicles.insert(place, vehicle);
        }
    }

    /// Expected number of stopped vehicles.
    pub(super) fn stopped(&self) -> f64 {
        self.vehicles
            .iter()
            .filter(|vehicle| vehicle.stopped)
            .map(|vehicle| vehicle.weight)
            .sum()
    }

    /// Variance of the number of vehicles due by `due` that comes from not knowing their lanes:
    /// Σ w(1 − w).
    pub(super) fn variance(&self, due: Timestamp) -> f64 {
        self.vehicles
            .iter()
            .filter(|vehicle| vehicle.stopped || vehicle.arrives <= due)
            .map(|vehicle| vehicle.weight * (1.0 - vehicle.weight))
            .sum()
    }

    /// The first vehicle that has not stopped becomes stopped if `joins` says so of its arrival time,
    /// given the queue ahead; repeats. Returns the weight that joined.
    pub(super) fn join(&mut self, joins: impl Fn(Timestamp, f64) -> bool) -> f64 {
        let mut queue = 0.0;
        let mut joined = 0.0;
        for vehicle in &mut self.vehicles {
            if !vehicle.stopped {
                if !joins(vehicle.arrives, queue) {
                    break;
                }
                vehicle.stopped = true;
                joined += vehicle.weight;
            }
            queue += vehicle.weight;
        }
        joined
    }

    /// One vehicle crossed the stop bar; it arrived by `latest_arrival`.
    pub(super) fn cross(
        &mut self,
        latest_arrival: Timestamp,
        missed: f64,
        elsewhere: &mut Vec<Elsewhere>,
    ) -> Crossing {
        self.first_is_there(latest_arrival, missed, false, elsewhere)
    }

    /// Somebody stands at the stop bar; whoever it is arrived by `latest_arrival`.
    pub(super) fn stand(
        &mut self,
        latest_arrival: Timestamp,
        missed: f64,
        elsewhere: &mut Vec<Elsewhere>,
    ) -> Crossing {
        self.first_is_there(latest_arrival, missed, true, elsewhere)
    }

    /// The first vehicle of the lane is at the stop bar, and then stays or leaves. `missed` is the
    /// probability that it was never seen. With r the probability that nobody before vehicle i is in
    /// this lane, i is the first with probability (1 − missed)·r·wᵢ ÷ Z. What that says about other lanes
    /// goes to `elsewhere`.
    fn first_is_there(
        &mut self,
        latest_arrival: Timestamp,
        missed: f64,
        stays: bool,
        elsewhere: &mut Vec<Elsewhere>,
    ) -> Crossing {
        let mut candidates = 0;
        let mut nobody = 1.0;
        for vehicle in &self.vehicles {
            if !vehicle.stopped && vehicle.arrives > latest_arrival {
                break;
            }
            candidates += 1;
            nobody *= 1.0 - vehicle.weight;
        }
        let z = (1.0 - missed) * (1.0 - nobody) + missed;
        let mut crossing = Crossing::default();
        let mut reach = 1.0;
        for vehicle in self.vehicles.iter_mut().take(candidates) {
            let before = vehicle.weight;
            let first = (1.0 - missed) * reach * before / z;
            // It is here behind the first one, or behind one that was never seen.
            let earlier = (1.0 - missed) * (1.0 - reach) / z;
            let behind = before * (earlier + missed / z);
            if before < 1.0 - NOBODY && vehicle.number != UNSEEN {
                elsewhere.push(Elsewhere {
                    number: vehicle.number,
                    factor: (1.0 - first - behind).max(0.0) / (1.0 - before),
                });
            }
            if vehicle.number != UNSEEN {
                crossing.known += first;
            }
            if vehicle.stopped {
                crossing.stopped += first;
            }
            let here = if stays { first + behind } else { behind };
            vehicle.weight = here.min(1.0);
            reach *= 1.0 - before;
        }
        self.forget_nobodies();
        crossing
    }

    /// `vehicles` leave at the front, whoever they are; says nothing about other lanes. Returns what left.
    pub(super) fn leave(&mut self, vehicles: f64) -> f64 {
        let mut rest = vehicles;
        for vehicle in &mut self.vehicles {
            let leaves = rest.min(vehicle.weight);
            vehicle.weight -= leaves;
            rest -= leaves;
        }
        self.forget_nobodies();
        vehicles - rest
    }

    /// Makes the expected number of stopped vehicles `queue`: scales down everybody, or lets weights grow
    /// to one and then adds vehicles that were not seen.
    pub(super) fn correct(&mut self, queue: f64, now: Timestamp, elsewhere: &mut Vec<Elsewhere>) {
        let before = self.stopped();
        let queue = queue.max(0.0);
        if queue < before {
            self.scale(queue / before, now, elsewhere);
        } else {
            self.raise(queue - before, now, elsewhere);
        }
    }

    /// Everybody who should have arrived by `due` is there only with `factor` of the probability.
    pub(super) fn scale(&mut self, factor: f64, due: Timestamp, elsewhere: &mut Vec<Elsewhere>) {
        for vehicle in &mut self.vehicles {
            if vehicle.stopped || vehicle.arrives <= due {
                let before = vehicle.weight;
                vehicle.weight *= factor;
                if before < 1.0 - NOBODY && vehicle.number != UNSEEN {
                    elsewhere.push(Elsewhere {
                        number: vehicle.number,
                        factor: (1.0 - vehicle.weight) / (1.0 - before),
                    });
                }
            }
        }
        self.forget_nobodies();
    }

    fn raise(&mut self, vehicles: f64, now: Timestamp, elsewhere: &mut Vec<Elsewhere>) {
        let mut rest = vehicles;
        for vehicle in self.vehicles.iter_mut().filter(|vehicle| vehicle.stopped) {
            let before = vehicle.weight;
            let grows = rest.min(1.0 - before);
            vehicle.weight += grows;
            rest -= grows;
            if grows > 0.0 && vehicle.number != UNSEEN {
                elsewhere.push(Elsewhere {
                    number: vehicle.number,
                    factor: (1.0 - vehicle.weight) / (1.0 - before),
                });
            }
        }
        while rest > NOBODY && self.vehicles.len() < self.capacity {
            let whole = rest.min(1.0);
            // Behind those that stand, before those that are still coming.
            let last = self.vehicles.iter().rposition(|vehicle| vehicle.stopped);
            let place = last.map_or(0, |last| last + 1);
            let before = last.and_then(|last| self.vehicles.get(last));
            let earliest = before.map_or(now, |before| before.arrives.max(now));
            let next = self.vehicles.get(place);
            let vehicle = Tracked {
                number: UNSEEN,
                arrives: next.map_or(earliest, |next| next.arrives.min(earliest)),
                weight: whole,
                stopped: true,
            };
            self.vehicles.insert(place, vehicle);
            rest -= whole;
        }
    }

    /// Vehicles that should have arrived by `due` without stopping are counted elsewhere from now on.
    pub(super) fn drop_due(&mut self, due: Timestamp) {
        self.vehicles
            .retain(|vehicle| vehicle.stopped || vehicle.arrives > due);
    }

    /// Another lane learned something about a vehicle.
    pub(super) fn hear(&mut self, news: Elsewhere) {
        for vehicle in &mut self.vehicles {
            if vehicle.number == news.number {
                vehicle.weight = (vehicle.weight * news.factor).min(1.0);
            }
        }
        self.forget_nobodies();
    }

    fn forget_nobodies(&mut self) {
        self.vehicles.retain(|vehicle| vehicle.weight > NOBODY);
    }

    /// Writes the line as the estimate shows it.
    pub(super) fn write(&self, vehicles: &mut Vec<ExpectedVehicle>) {
        vehicles.clear();
        vehicles.extend(self.vehicles.iter().map(|vehicle| ExpectedVehicle {
            arrives: vehicle.arrives,
            weight: vehicle.weight,
            stopped: vehicle.stopped,
        }));
    }
}

/// A vehicle may cross this much before its free-flow arrival and still be the one that was seen.
pub(super) const EARLY: Millis = Millis(2_000);
