//! Slow knowledge of arrivals: the usual rate by hour, and advance detectors that are blind on red.
//!
//! In: rates as filtered, actuations while a lane is served and while it is not. Out: the usual rate, and
//! whether silence on red means anything. Hours are counted on the controller's clock, so the profile has
//! the period of a day whatever time it was started. Not here: the filter (`filter.rs`).

use crate::units::{Millis, Timestamp};

const HOURS: usize = 24;
const HOUR: Millis = Millis(3_600_000);
/// Assumed for a lane nothing is known about: 250 vehicles an hour, half full for a minor approach.
pub(super) const RATE_DEFAULT: f64 = 250.0 / 3600.0;
/// Weight of a new day against the usual rate of its hour.
const DAY_WEIGHT: f64 = 0.3;

/// The usual arrival rate of one lane by hour of the day, veh/s.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    usual: [Option<f64>; HOURS],
    /// Latest rate while detectors worked, for hours never seen.
    latest: Option<f64>,
    hour: i64,
    sum: f64,
    samples: f64,
}

impl Profile {
    pub(super) fn new() -> Self {
        Self {
            usual: [None; HOURS],
            latest: None,
            hour: 0,
            sum: 0.0,
            samples: 0.0,
        }
    }

    /// The rate was `rate` at `now`, as far as working detectors tell; call at even intervals.
    pub(super) fn saw(&mut self, rate: f64, now: Timestamp) {
        let hour = now.0.div_euclid(HOUR.0);
        if hour != self.hour {
            self.close_hour();
            self.hour = hour;
        }
        self.sum += rate;
        self.samples += 1.0;
        self.latest = Some(rate);
    }

    fn close_hour(&mut self) {
        // Ten minutes of samples, one every 30 s, are enough to stand for the hour.
        if self.samples >= 20.0 {
            let mean = self.sum / self.samples;
            if let Some(usual) = self.usual.get_mut(place(self.hour)) {
                *usual = Some(usual.map_or(mean, |usual| usual + DAY_WEIGHT * (mean - usual)));
            }
        }
        self.sum = 0.0;
        self.samples = 0.0;
    }

    /// The usual rate of this hour, if a day with this hour was seen.
    pub(super) fn usual(&self, now: Timestamp) -> Option<f64> {
        self.usual
            .get(place(now.0.div_euclid(HOUR.0)))
            .copied()
            .flatten()
    }

    /// The best guess without a detector.
    pub(super) fn guess(&self, now: Timestamp) -> f64 {
        self.usual(now).or(self.latest).unwrap_or(RATE_DEFAULT)
    }
}

fn place(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(24)).unwrap_or(0)
}

/// Whether an advance detector reports while its lanes are not served. Some cabinets wire detectors so
/// that they only extend green; their silence on red must not be taken for an empty road.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blindness {
    served_s: f64,
    served: f64,
    closed_s: f64,
    closed: f64,
    blind: bool,
}

/// Vehicles that should have been seen on red before silence is taken for blindness.
const EXPECTED_MIN: f64 = 15.0;
/// Blind when it saw less than this share of them …
const BLIND_BELOW: f64 = 0.05;
/// … and seeing again from this share on.
const SEEING_FROM: f64 = 0.2;
/// Time after which the past counts half, s.
const HALVE_AFTER_S: f64 = 1_800.0;

impl Blindness {
    /// `dt_s` seconds passed with the detector's lanes served or not.
    pub(super) fn pass(&mut self, dt_s: f64, served: bool) {
        if served {
            self.served_s += dt_s;
        } else {
            self.closed_s += dt_s;
        }
        let expected = self.served / self.served_s.max(1.0) * self.closed_s;
        if expected >= EXPECTED_MIN {
            let share = self.closed / expected;
            self.blind = share < BLIND_BELOW || (self.blind && share < SEEING_FROM);
        }
        if self.served_s + self.closed_s > HALVE_AFTER_S {
            self.served_s /= 2.0;
            self.served /= 2.0;
            self.closed_s /= 2.0;
            self.closed /= 2.0;
        }
    }

    pub(super) fn saw(&mut self, served: bool) {
        if served {
            self.served += 1.0;
        } else {
            self.closed += 1.0;
        }
    }

    pub(super) fn blind(&self) -> bool {
        self.blind
    }
}
