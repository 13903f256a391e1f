//! Who drives: one set of habits per vehicle, drawn from published distributions.
//!
//! In: a seed. Out: [`Driver`]. Not here: what a driver does with the habits (`motion.rs`,
//! `control.rs`).

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use crate::simulation::draw;

/// Mean time from one front to the next when a standing queue discharges straight on, s. 1,900 veh/h
/// and lane (HCM base saturation flow) are 1.895 s; a discharging driver is now and then held up by a
/// slower one ahead, which the mean makes up for. Calibrated with `tests/it/world/discharge.rs`.
const HEADWAY_MEAN: f64 = 1.83;
/// Spread of the headways of single drivers, s. Observed discharge headways vary by 0.3 to 0.5 s.
const HEADWAY_DEVIATION: f64 = 0.30;

/// Mean length of a passenger car, m.
const LENGTH_MEAN: f64 = 4.7;
/// Mean distance between standing cars, m; with the length 7.4 m per queued vehicle.
const STANDING_GAP_MEAN: f64 = 2.7;

/// Time to accelerate to the speed limit if it were done at a constant rate, s. Half of it is lost in a
/// standing start. With [`REACTION_MEAN`] it gives the HCM's start-up lost time of 2 s.
const ACCELERATION_TIME: f64 = 5.0;
/// Range of plausible accelerations out of a queue, m/s².
const ACCELERATION_RANGE: (f64, f64) = (1.8, 3.2);

/// Mean time from green to the first movement of the first vehicle, s.
const REACTION_MEAN: f64 = 1.10;
/// No driver reacts to a signal faster than this, s. It is also the longest step of the world: within
/// one step no signal change can move a vehicle, whatever the step.
pub(super) const REACTION_MIN: f64 = 1.0;

/// Mean deceleration up to which drivers stop at the onset of yellow, m/s². ITE's yellow formula
/// designs for 3.05; measured means are 3 to 3.7 (Gates et al. 2007).
const YELLOW_DECELERATION_MEAN: f64 = 3.5;

/// Habits of one driver with the vehicle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Driver {
    /// Saturation headway this driver keeps at the speed limit, s.
    pub(super) headway: f64,
    /// Distance to the vehicle ahead when standing, m.
    pub(super) standing_gap: f64,
    /// Length of the vehicle, m.
    pub(super) length: f64,
    /// Desired speed over speed limit.
    pub(super) speed_factor: f64,
    /// Acceleration relative to the usual.
    pub(super) acceleration_factor: f64,
    /// Comfortable deceleration, m/s².
    pub(super) deceleration: f64,
    /// Deceleration accepted to stop at yellow, m/s².
    pub(super) yellow_deceleration: f64,
    /// Time to react to a signal, s; at least [`REACTION_MIN`].
    pub(super) reaction: f64,
    /// Where the front stands at a stop bar, m upstream.
    pub(super) stop_distance: f64,
    /// Critical gaps relative to the usual.
    pub(super) gap_factor: f64,
}

impl Driver {
    /// The driver of vehicle `number` of the demand; the same in every run with the same seed.
    pub(super) fn draw(seed: u64, number: usize) -> Self {
        let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "driver", number));
        let mut normal = |mean: f64, deviation: f64, lowest: f64, highest: f64| {
            draw::normal(&mut rng, mean, deviation).clamp(lowest, highest)
        };
        Self {
            headway: normal(HEADWAY_MEAN, HEADWAY_DEVIATION, 1.2, 2.6),
            standing_gap: normal(STANDING_GAP_MEAN, 0.5, 1.5, 4.0),
            length: normal(LENGTH_MEAN, 0.3, 3.8, 5.6),
            speed_factor: normal(1.0, 0.06, 0.85, 1.15),
            acceleration_factor: normal(1.0, 0.10, 0.75, 1.25),
            deceleration: normal(2.2, 0.25, 1.6, 2.8),
            yellow_deceleration: normal(YELLOW_DECELERATION_MEAN, 0.4, 2.6, 4.6),
            reaction: normal(REACTION_MEAN, 0.15, REACTION_MIN, 1.8),
            stop_distance: normal(1.0, 0.3, 0.3, 2.0),
            gap_factor: normal(1.0, 0.12, 0.75, 1.3),
        }
    }

    /// Acceleration on a road with this desired speed, m/s².
    pub(super) fn acceleration(&self, desired_speed: f64) -> f64 {
        let (lowest, highest) = ACCELERATION_RANGE;
        (desired_speed / ACCELERATION_TIME).clamp(lowest, highest) * self.acceleration_factor
    }

    /// How long after its leader this driver is at the same place less the standing distance (Newell's
    /// τ), s.
    pub(super) fn following_delay(&self, desired_speed: f64) -> f64 {
        let spacing_time = (self.length + self.standing_gap) / desired_speed.max(1.0);
        (self.headway - spacing_time).clamp(0.5, FOLLOWING_DELAY_MAX)
    }
}

/// Longest following delay, s; histories reach back this far.
pub(super) const FOLLOWING_DELAY_MAX: f64 = 2.4;
