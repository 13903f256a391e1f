//! The value of sight: mean delay by what the solver is told of the truth.
//!
//! In: a scenario, seeds, lanes of interest. Out: [`SightValue`], a table whose first row is our controller
//! with the detectors it has. It tells which missing sight costs most before anybody cuts a loop into
//! the road. Not here: how the truth is told (`clairvoyant.rs`).

use anyhow::Result;
use serde::Serialize;

use super::clairvoyant::Sight;
use super::compare::{SeedResult, run_all};
use super::figures::mean;
use super::run::Control;
use super::scenario::Scenario;
use crate::controller::Rung;
use crate::intersection::LaneId;
use crate::units::Millis;

/// How far ahead the truth is told, one row each.
pub const AHEAD: [Millis; 5] = [
    Millis(0),
    Millis(5_000),
    Millis(10_000),
    Millis(20_000),
    Millis(60_000),
];

/// How far ahead a single lane is told in the table by lane: a loop at 110 m at 25 mph, at 200 m at 45 mph.
pub const AHEAD_BY_LANE: Millis = Millis(10_000);

/// Mean delay by what is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SightValue {
    /// Our controller with the detectors it has.
    pub detectors: SightRow,
    /// These lanes are known so far ahead, the others as the detectors tell.
    pub rows: Vec<SightRow>,
    /// One lane at a time is known [`AHEAD_BY_LANE`] ahead; empty when lanes were chosen.
    pub lanes: Vec<SightRow>,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SightRow {
    /// Names of the lanes that are known; empty: all, or none in the first row.
    pub lanes: Vec<String>,
    /// How far ahead, s; `None`: as detectors tell.
    pub ahead_s: Option<f64>,
    /// Mean control delay over the seeds, s per vehicle.
    pub mean_delay_s: f64,
    /// The same by seed.
    pub seeds: Vec<f64>,
}

/// Runs our controller as it is, with the truth about `lanes` (empty: all lanes) told more and more ahead,
/// and, if no lanes were chosen, with the truth about one lane at a time. `progress` as in
/// [`super::compare::compare`].
///
/// # Errors
/// When the demand does not fit the site.
pub fn value_of_sight(
    scenario: &Scenario,
    lanes: &[LaneId],
    seeds: &[u64],
    scale: f64,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<SightValue> {
    let site = &scenario.site;
    let chosen = |ahead| match lanes {
        [] => Sight::of_all(site, ahead),
        some => Sight {
            lanes: some.to_vec(),
            ahead,
        },
    };
    let mut sights: Vec<Sight> = AHEAD.into_iter().map(chosen).collect();
    if lanes.is_empty() {
        sights.extend(site.lanes.ids().map(|lane| Sight {
            lanes: vec![lane],
            ahead: AHEAD_BY_LANE,
        }));
    }
    let blind = [Control::Ours(Rung::Adaptive)];
    let told = sights.iter().map(Control::Clairvoyant);
    let controls: Vec<Control<'_>> = blind.into_iter().chain(told).collect();
    let mut results = run_all(scenario, &controls, seeds, scale, progress)?.into_iter();
    let detectors = row(Vec::new(), None, &results.next().unwrap_or_default());
    let mut rows = sights.iter().zip(results).map(|(sight, results)| {
        let all = sight.lanes.len() == site.lanes.len();
        let names = sight.lanes.iter().map(|&lane| site.lanes[lane].id.clone());
        let names = if all { Vec::new() } else { names.collect() };
        row(names, Some(sight.ahead), &results)
    });
    Ok(SightValue {
        detectors,
        rows: rows.by_ref().take(AHEAD.len()).collect(),
        lanes: rows.collect(),
    })
}

fn row(lanes: Vec<String>, ahead: Option<Millis>, results: &[SeedResult]) -> SightRow {
    let delays = results.iter().map(|result| result.figures.mean_delay_s);
    let seeds: Vec<f64> = delays.collect();
    SightRow {
        lanes,
        ahead_s: ahead.map(Millis::secs),
        mean_delay_s: mean(&seeds),
        seeds,
    }
}
