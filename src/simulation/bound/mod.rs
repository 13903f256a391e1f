//! The best that anybody could have done who knew every arrival, under the same safety timing.
//!
//! In: a site, and either a run (its arrivals, lanes, headways, pedestrians) or a list of arrivals. Out: [`Model`], a
//! point-queue model of it; what any greens cost in it ([`Model::delay_of`]); the least delay of all legal plans
//! ([`Model::bound`]), exact or between two proven figures. Not here: comparing controllers (`distance.rs`).
//!
//! What is proven about what: `docs/bound.md`.

mod build;
mod evaluate;
mod history;
mod labels;
mod model;
mod rates;
mod relax;
mod search;

use serde::Serialize;

use super::planned::Shown;
use crate::intersection::{LaneId, MovementId};
use crate::units::Timestamp;
use model::Ticks;
use search::TooMany;

pub use model::Model;
pub use rates::Drivers;

/// Labels kept per moment unless somebody asks for more or fewer: enough for the exact optimum of the shipped sites
/// (`docs/bound.md`); beyond the limit the bound gets a gap.
pub const LABELS: usize = 10_000;

/// A vehicle of a model made by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its lane.
    pub lane: LaneId,
    /// Its movement.
    pub movement: MovementId,
    /// When it would cross the stop bar if nothing were in its way.
    pub due: Timestamp,
}

/// The least delay of all legal plans.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// No plan has a mean delay below this, s per vehicle.
    pub lower_s: f64,
    /// The mean delay of `plan`; equal to `lower_s` when the bound is exact.
    pub upper_s: f64,
    /// What to show from each moment on, for [`super::run::Control::Planned`].
    pub plan: Vec<(Timestamp, Shown)>,
    /// Most labels at one moment.
    pub labels_max: usize,
}

impl Bound {
    /// Whether there is no gap.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.lower_s >= self.upper_s
    }
}

/// How vehicles leave in a model, s.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Discharge {
    /// Saturation headway of the quickest and of the slowest lane.
    pub headway_s: (f64, f64),
    /// From green to the first vehicle, likewise.
    pub start_up_s: (f64, f64),
    /// Yellow that is still used.
    pub yellow_used_s: f64,
    /// What the stop before a turn on red costs at least.
    pub stop_on_red_s: f64,
}

impl Model {
    /// Mean delay at the stop bar of everybody in the model, s, when this is shown: from each moment on,
    /// ascending.
    #[must_use]
    pub fn delay_of(&self, shown: &[(Timestamp, Shown)]) -> f64 {
        self.mean_s(evaluate::delay(self, &self.greens(shown)))
    }

    /// The least mean delay of all plans that keep the site's safety timing, with at most `labels` labels per
    /// moment. `progress` is told the share done, 0 to 1. `None`: no plan serves the pedestrians as the run
    /// did, or too few labels were allowed to find one.
    #[must_use]
    pub fn bound(&self, labels: usize, progress: &mut dyn FnMut(f64)) -> Option<Bound> {
        let limit = labels.max(1);
        let plan = search::search(self, limit, TooMany::Drop, &mut |share| {
            progress(0.5 * share);
        })?;
        let upper = evaluate::delay(self, &plan.plan);
        let (mut lower, mut labels_max) = (plan.delay, plan.labels_max);
        if plan.cut {
            let found = search::search(self, limit, TooMany::Merge, &mut |share| {
                progress(0.5 + 0.5 * share);
            })?;
            lower = found.delay;
            labels_max = labels_max.max(found.labels_max);
        }
        Some(Bound {
            lower_s: self.mean_s(lower.clamp(0, upper)),
            upper_s: self.mean_s(upper),
            plan: self.to_show(&plan.plan),
            labels_max,
        })
    }

    /// Vehicles in it.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        self.lanes.iter().map(|lane| lane.movement.len()).sum()
    }

    /// Services of pedestrians that every plan has to keep.
    #[must_use]
    pub fn pedestrian_services(&self) -> usize {
        self.held.len()
    }

    /// How vehicles leave in it.
    #[must_use]
    pub fn discharge(&self) -> Discharge {
        let of = |pick: fn(&model::LaneModel) -> Ticks| {
            let used = self.lanes.iter().filter(|lane| !lane.movement.is_empty());
            let all = || used.clone().map(pick);
            (
                secs(all().min().unwrap_or(0).into()),
                secs(all().max().unwrap_or(0).into()),
            )
        };
        Discharge {
            headway_s: of(|lane| lane.headway),
            start_up_s: of(|lane| lane.start_up),
            yellow_used_s: secs(self.rates.yellow_used.into()),
            stop_on_red_s: secs(self.rates.stop_on_red.into()),
        }
    }

    fn mean_s(&self, delay: i64) -> f64 {
        let vehicles = u32::try_from(self.vehicles().max(1)).unwrap_or(u32::MAX);
        secs(delay) / f64::from(vehicles)
    }
}

/// Ticks in seconds.
fn secs(ticks: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 ticks")]
    let ticks = ticks as f64;
    ticks / 10.0
}
