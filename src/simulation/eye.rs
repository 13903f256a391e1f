//! What a camera makes of the vehicles in one view: misses, vehicles that are not there, wrong speeds.
//!
//! In: the vehicles really in the view, [`Errors`], a random stream. Out: the speeds that a sighting tells.
//! Used for the traffic of SUMO and for that of the world alike. Not here: where vehicles are, faults of a
//! whole camera (`cameras.rs`).

use rand::Rng;

use super::draw;
use crate::detection::SIGHTED_MAX;

/// How long a camera goes on missing a vehicle, or seeing one that is not there, on average, s: what
/// hides a vehicle (a truck, the sun, rain) does not come and go with every picture.
const SPELL_S: f64 = 5.0;
/// Time over which the usual number of vehicles in a view is taken, s.
const USUAL_S: f64 = 300.0;
/// Fastest a vehicle that is not there seems to drive, m/s.
const GHOST_MPS_MAX: f64 = 14.0;

/// Height of the camera over the road, m: on a mast arm or a pole at the intersection.
const CAMERA_M: f64 = 8.0;
/// From the camera to the stop bar it looks at, m: it stands at the far side of the box.
const BEHIND_BAR_M: f64 = 15.0;
/// Height of a car, and of a van or truck, m.
const CAR_M: f64 = 1.5;
const TALL_M: f64 = 3.2;
/// One vehicle in this many is tall.
const TALL_IN: u64 = 10;
/// Length of roof and hood that show above the vehicle ahead, m.
const ROOF_M: f64 = 4.0;
/// A vehicle of which less than this share of its height shows is surely missed; of which more than the
/// other shows, surely not for that.
const SHOWS_MIN: f64 = 0.1;
const SHOWS_ENOUGH: f64 = 0.35;

/// How a camera errs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Errors {
    /// Share of vehicles that are missed, 0 to 1.
    pub(crate) missed: f64,
    /// Vehicles seen that are not there, as a share of those that usually are, 0 to 1.
    pub(crate) false_ones: f64,
    /// Standard deviation of speeds, m/s …
    pub(crate) speed_mps: f64,
    /// … and this share of the speed besides.
    pub(crate) speed_share: f64,
    /// Whether vehicles hide those behind them.
    pub(crate) hides: bool,
}

/// A vehicle really in the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct InView {
    /// Who it is, to know it again in the next picture.
    pub(crate) number: u64,
    /// Its front to the stop bar, m.
    pub(crate) distance_m: f64,
    /// Speed, m/s.
    pub(crate) speed_mps: f64,
}

/// One view with what it remembers from picture to picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Eye {
    known: Vec<Known>,
    /// Speeds of vehicles that are not there.
    ghosts: Vec<f64>,
    usual: f64,
}

/// A vehicle in a view, seen or not.
#[derive(Clone, Copy, Debug)]
struct Known {
    number: u64,
    /// Missed while this is below the probability of being missed, 0 to 1.
    luck: f64,
}

impl Eye {
    /// Speeds told of these vehicles, m/s, the one nearest to the stop bar first; before them may be one
    /// that is not in the view itself. `step_s`: time since the last look.
    pub(crate) fn look(
        &mut self,
        (before, vehicles): (Option<InView>, Vec<InView>),
        errors: Errors,
        step_s: f64,
        rng: &mut impl Rng,
    ) -> Vec<f64> {
        let mut speeds = Vec::new();
        let ends = (step_s / SPELL_S).min(1.0);
        let known = std::mem::take(&mut self.known);
        let mut ahead = before.map(|it| (it.distance_m, height_m(it.number)));
        for vehicle in vehicles.into_iter().take(SIGHTED_MAX) {
            let kept = known.iter().find(|known| known.number == vehicle.number);
            let kept = kept.filter(|_| !happens(ends, rng));
            let luck = kept.map_or_else(|| luck(errors, rng), |known| known.luck);
            self.known.push(Known {
                number: vehicle.number,
                luck,
            });
            let height_m = height_m(vehicle.number);
            let hidden = match ahead {
                Some(ahead) if errors.hides => hidden(ahead, (vehicle.distance_m, height_m)),
                _ => 0.0,
            };
            if luck >= errors.missed + hidden - errors.missed * hidden {
                speeds.push(vehicle.speed_mps);
            }
            ahead = Some((vehicle.distance_m, height_m));
        }
        self.haunt(errors.false_ones, step_s, rng, &mut speeds);
        for speed in &mut speeds {
            let deviation = errors.speed_mps + errors.speed_share * *speed;
            if deviation > 0.0 {
                *speed = draw::normal(rng, *speed, deviation);
            }
        }
        speeds
    }

    /// Puts vehicles that are not there among those that are: half of them standing.
    fn haunt(&mut self, share: f64, step_s: f64, rng: &mut impl Rng, speeds: &mut Vec<f64>) {
        if share <= 0.0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "vehicles in one view")]
        let there = self.known.len() as f64;
        self.usual += (there - self.usual) * (step_s / USUAL_S).min(1.0);
        let ends = (step_s / SPELL_S).min(1.0);
        self.ghosts.retain(|_| !happens(ends, rng));
        if happens(share * self.usual * ends, rng) {
            let drives = happens(0.5, rng);
            let speed = rng.random_range(1.0..GHOST_MPS_MAX);
            self.ghosts.push(if drives { speed } else { 0.0 });
        }
        for ghost in &self.ghosts {
            speeds.insert(rng.random_range(0..=speeds.len()), *ghost);
        }
    }
}

/// Every camera finds the same vehicles tall.
pub(crate) fn height_m(number: u64) -> f64 {
    let drawn = draw::stream(number, "height of a vehicle", 0);
    if drawn.is_multiple_of(TALL_IN) {
        TALL_M
    } else {
        CAR_M
    }
}

/// Draws nothing when nobody can be missed, so that a run without noise does not depend on its kind.
fn luck(errors: Errors, rng: &mut impl Rng) -> f64 {
    if errors.missed > 0.0 || errors.hides {
        rng.random()
    } else {
        1.0
    }
}

/// Probability that the vehicle ahead hides this one; each by distance of its front and height, m. The
/// line from the camera over the rear of the one ahead, 5 m behind its front, leaves the lower part of
/// the follower unseen; its roof shows in perspective.
fn hidden(ahead: (f64, f64), behind: (f64, f64)) -> f64 {
    const LENGTH_M: f64 = 5.0;
    let rear_m = ahead.0 + LENGTH_M + BEHIND_BAR_M;
    let gap_m = (behind.0 + BEHIND_BAR_M - rear_m).max(0.0);
    let shadow_m = ahead.1 - gap_m * (CAMERA_M - ahead.1) / rear_m;
    let front_m = (behind.1 - shadow_m.max(0.0)).min(behind.1);
    let roof_m = ROOF_M * (CAMERA_M - behind.1) / (behind.0 + BEHIND_BAR_M);
    let shows = (front_m + roof_m) / behind.1;
    ((SHOWS_ENOUGH - shows) / (SHOWS_ENOUGH - SHOWS_MIN)).clamp(0.0, 1.0)
}

/// Draws nothing when it is certain, so that a run without noise does not depend on its kind.
pub(crate) fn happens(probability: f64, rng: &mut impl Rng) -> bool {
    probability > 0.0 && rng.random::<f64>() < probability
}

/// Centimeters per second, as a camera tells them; nobody drives backwards.
pub(crate) fn to_cmps(speed_mps: f64) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates"
    )]
    let cmps = (speed_mps * 100.0).round() as u16;
    cmps
}
