//! From what the world measured to the few figures that controllers are compared by.
//!
//! In: [`Results`] of one run. Out: [`Figures`]; delay by movement; longest waits by phase. Not
//! here: measures from event logs, which know no vehicles (`measures/`).

use serde::Serialize;

use super::world::Results;
use crate::intersection::{Id, Intersection, Movement, MovementId, PerPhase, PhaseId};

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

/// Longest waits at one phase in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LongestWait {
    /// Longest that a vehicle of it stood without moving, s; `None`: there was none.
    pub vehicle_s: Option<f64>,
    /// Longest from the first push of a pedestrian's button until Walk, s, which is what the site file bounds: the way
    /// to the button and to the first step are the pedestrian's own. `None`: nobody had to push.
    pub pedestrian_s: Option<f64>,
}

impl LongestWait {
    /// The longer of both.
    #[must_use]
    pub fn or_longer(self, other: Self) -> Self {
        Self {
            vehicle_s: longer(self.vehicle_s, other.vehicle_s),
            pedestrian_s: longer(self.pedestrian_s, other.pedestrian_s),
        }
    }
}

fn longer(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (one, None) | (None, one) => one,
    }
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

/// Longest waits by phase of one site, in a run that ended at `end_s` on the run's clock.
#[must_use]
pub fn longest_waits(
    results: &Results,
    site: (usize, &Intersection),
    end_s: f64,
) -> PerPhase<LongestWait> {
    let (number, site) = site;
    let mut waits: PerPhase<LongestWait> = PerPhase::default();
    for visit in results.visits.iter().filter(|visit| visit.site == number) {
        if let Some(phase) = phase_that_answers(site, &site.movements[visit.movement]) {
            let wait = &mut waits[phase].vehicle_s;
            *wait = longer(*wait, Some(visit.longest_stop_s));
        }
    }
    for crossing in results.crossings.iter().filter(|it| it.site == number) {
        let Some(pushed) = crossing.pushed else {
            continue;
        };
        let until = crossing.walk.map_or(end_s, |at| at.secs());
        let waited = (until - pushed.secs()).max(0.0);
        let wait = &mut waits[site.crosswalks[crossing.crosswalk].phase].pedestrian_s;
        *wait = longer(*wait, Some(waited));
    }
    waits
}

/// The phase whose bound holds for a movement's vehicles: of those that serve it without yielding (or else of
/// those that do) the one that has to come first. From a shared lane an arrow may not be called; its bound is
/// asked for even so.
fn phase_that_answers(site: &Intersection, movement: &Movement) -> Option<PhaseId> {
    let phases = if movement.protected.is_empty() {
        movement.permissive
    } else {
        movement.protected
    };
    let bound = |phase: &PhaseId| site.phase[*phase].safety.max_wait;
    phases.iter().min_by_key(bound)
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
