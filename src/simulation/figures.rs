//! From what the world measured to the few figures that controllers are compared by.
//!
//! In: [`Results`] of one run. Out: [`Figures`]; delay by movement. Not here: measures from event logs,
//! which know no vehicles (`measures/`).

use serde::Serialize;

use super::world::Results;
use crate::intersection::{Id, MovementId};

/// Figures of one run. Everybody who wanted to pass counts, also who has not got through by its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Mean control delay, s per vehicle: travel time less that of the same driver alone at green.
    pub mean_delay_s: f64,
    /// 95th percentile of control delay, s.
    pub p95_delay_s: f64,
    /// Stops per vehicle.
    pub stops_per_vehicle: f64,
    /// Longest that any vehicle stood without moving, s.
    pub max_wait_s: f64,
    /// Longest that any pedestrian waited from the curb to the first step, s; 0 when nobody walked.
    pub max_ped_wait_s: f64,
    /// Mean of the same, s; 0 when nobody walked.
    pub mean_ped_wait_s: f64,
    /// Vehicles measured.
    pub vehicles: u64,
    /// Pedestrians measured.
    pub pedestrians: u64,
}

/// Delay of one movement in one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovementDelay {
    /// Which.
    pub movement: MovementId,
    /// Sum of the delays of its vehicles, s.
    pub total_delay_s: f64,
    /// Vehicles.
    pub vehicles: u64,
}

impl Figures {
    /// The figures of a run that ended at `end_s` on the run's clock.
    #[must_use]
    pub fn of(results: &Results, end_s: f64) -> Self {
        let delays = results.delays_s();
        let waits: Vec<f64> = results
            .crossings
            .iter()
            .map(|crossing| {
                let until = crossing.started.map_or(end_s, |at| at.secs());
                (until - crossing.arrived.secs()).max(0.0)
            })
            .collect();
        let stops: u32 = results.visits.iter().map(|visit| visit.stops).sum();
        Self {
            mean_delay_s: mean(&delays),
            p95_delay_s: quantile(&delays, 0.95),
            stops_per_vehicle: f64::from(stops) / count(delays.len().max(1)),
            max_wait_s: greatest(results.visits.iter().map(|visit| visit.longest_stop_s)),
            max_ped_wait_s: greatest(waits.iter().copied()),
            mean_ped_wait_s: mean(&waits),
            vehicles: delays.len() as u64,
            pedestrians: waits.len() as u64,
        }
    }
}

/// Delay by movement of one site, in the order of its movements.
#[must_use]
pub fn by_movement(results: &Results, site: usize, movements: usize) -> Vec<MovementDelay> {
    let mut table: Vec<MovementDelay> = (0..movements)
        .map(|index| MovementDelay {
            movement: MovementId::from_index(index),
            total_delay_s: 0.0,
            vehicles: 0,
        })
        .collect();
    for visit in results.visits.iter().filter(|visit| visit.site == site) {
        let entry = &mut table[visit.movement.index()];
        entry.total_delay_s += visit.delay_s;
        entry.vehicles += 1;
    }
    table
}

/// The value that a share `q` of the ascending values does not exceed (nearest rank); 0 for none.
#[must_use]
pub fn quantile(ascending: &[f64], q: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank between 0 and the number of values"
    )]
    let rank = (q * count(ascending.len())).ceil() as usize;
    ascending
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(0.0)
}

/// Arithmetic mean; 0 for none.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len().max(1))
}

fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "a number of vehicles")]
fn count(n: usize) -> f64 {
    n as f64
}
