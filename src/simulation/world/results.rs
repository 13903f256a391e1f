//! What is measured: one record per vehicle and site, one per pedestrian.
//!
//! In: what happened. Out: [`Results`]. Delay is travel time less what the same driver would have needed
//! alone at green (turning slowly where the path is curved), waiting outside the world included.

use crate::intersection::{ApproachId, CrosswalkId, LaneId, MovementId};
use crate::units::Timestamp;

/// One vehicle at one site.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Index of the vehicle in the demand.
    pub vehicle: usize,
    /// Index of the site.
    pub site: usize,
    /// Approach it came by.
    pub approach: ApproachId,
    /// Lane from which it made its movement.
    pub lane: LaneId,
    /// Its movement.
    pub movement: MovementId,
    /// When it wanted to enter: for the first site the demand's time, then the end of the visit before.
    pub scheduled: Timestamp,
    /// When it would cross the stop bar if nothing were in its way.
    pub due: Timestamp,
    /// When it did enter; `None`: it still waits outside.
    pub entered: Option<Timestamp>,
    /// When its front crossed the stop bar.
    pub crossed: Option<Timestamp>,
    /// When it left: at the end of the exit, or of the box if the exit leads to another site.
    pub left: Option<Timestamp>,
    /// Delay, s; up to the end of the run for a vehicle that has not left. May be a little below zero.
    pub delay_s: f64,
    /// How often it stopped (below 5 km/h after having driven above 10 km/h).
    pub stops: u32,
    /// Time stopped, s.
    pub stopped_s: f64,
    /// Longest single stop, s.
    pub longest_stop_s: f64,
}

/// One pedestrian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Index of the pedestrian in the demand.
    pub pedestrian: usize,
    /// Index of the site.
    pub site: usize,
    /// Which crosswalk.
    pub crosswalk: CrosswalkId,
    /// When at the curb.
    pub arrived: Timestamp,
    /// When it first pushed the button; `None`: it did not have to, or not yet.
    pub pushed: Option<Timestamp>,
    /// When the Walk began in which it started.
    pub walk: Option<Timestamp>,
    /// When the first step was made; `None`: still waiting at the end of the run.
    pub started: Option<Timestamp>,
    /// When on the other side.
    pub finished: Option<Timestamp>,
}

/// Everything measured up to now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// Vehicles in the order in which they left each site; then those still inside, then those outside.
    pub visits: Vec<Visit>,
    /// Pedestrians in the order in which they finished; then those on their way or waiting.
    pub crossings: Vec<Crossing>,
}

impl Results {
    /// Mean delay per vehicle over all sites it passed, unfinished vehicles included, s. Zero without
    /// vehicles.
    #[must_use]
    pub fn mean_delay_s(&self) -> f64 {
        let delays = self.delays_s();
        mean(&delays)
    }

    /// Delay of each vehicle that was due, summed over the sites it passed, s, ascending.
    #[must_use]
    pub fn delays_s(&self) -> Vec<f64> {
        let mut by_vehicle: Vec<(usize, f64)> = self
            .visits
            .iter()
            .map(|visit| (visit.vehicle, visit.delay_s))
            .collect();
        by_vehicle.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        by_vehicle.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        let mut delays: Vec<f64> = by_vehicle.into_iter().map(|(_, delay)| delay).collect();
        delays.sort_by(f64::total_cmp);
        delays
    }
}

fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of vehicles")]
    let count = values.len().max(1) as f64;
    values.iter().sum::<f64>() / count
}
