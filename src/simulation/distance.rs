//! How far from perfect controllers were: their runs beside the best that was possible.
//!
//! In: a scenario and a seed. Out: [`Distance`]: the bound of the point-queue model of our own run, and for
//! every controller what its run cost in the world and what its greens cost in that model. The last one
//! knows every arrival beforehand: the best plan for usual drivers, played through the gate in the world, to
//! tell how much of the bound can be had from real drivers. Not here: the search (`bound/`), printing (`cli/`).

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::bound::{Discharge, Drivers, Model};
use super::compare::{Contender, SeedResult, run_all, run_one};
use super::figures::mean;
use super::run::{Control, Nobody, Run};
use super::scenario::{Scenario, Traffic};
use super::world::Results;
use crate::units::{Millis, Timestamp};

/// How far from perfect several controllers were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distance {
    /// Seed of the runs.
    pub seed: u64,
    /// Vehicles.
    pub vehicles: usize,
    /// Services of pedestrians in our run, kept by every plan of the bound.
    pub pedestrian_services: usize,
    /// No legal plan has a mean delay at the stop bar below this in the model, s per vehicle.
    pub lower_s: f64,
    /// A legal plan has this; equal when the bound is exact.
    pub upper_s: f64,
    /// Most labels at one moment of the search.
    pub labels_max: usize,
    /// How vehicles leave in the model.
    pub discharge: Discharge,
    /// The controllers; the first is ours.
    pub controllers: Vec<DistanceRow>,
    /// The best plan for usual drivers, all arrivals known, played in the world.
    pub known: DistanceRow,
}

/// One controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DistanceRow {
    /// Its name.
    pub name: &'static str,
    /// Mean control delay in the world, s per vehicle.
    pub control_delay_s: f64,
    /// Of that, before the stop bar was crossed.
    pub at_stop_bar_s: f64,
    /// What the same greens cost in the model.
    pub in_model_s: f64,
    /// Longest stop of anybody in the world, s. The bound does not mind it.
    pub longest_wait_s: f64,
}

impl Distance {
    /// In a sentence, of our controller.
    #[must_use]
    pub fn in_words(&self) -> String {
        let ours = self
            .controllers
            .first()
            .map_or(f64::NAN, |row| row.in_model_s);
        let (lower, upper) = (self.lower_s, self.upper_s);
        let optimum = if lower >= upper {
            format!("{lower:.2} s per vehicle")
        } else {
            format!("between {lower:.2} and {upper:.2} s per vehicle")
        };
        format!(
            "How far from perfect: knowing every arrival of seed {} beforehand, no plan that keeps the safety timing \
             has less delay at the stop bar than {optimum} in a point-queue model; the greens of the adaptive \
             controller have {ours:.2} s there, {:.0} % above it.",
            self.seed,
            above(ours, lower)
        )
    }
}

/// How far a figure is above another, per cent.
#[must_use]
pub fn above(figure: f64, base: f64) -> f64 {
    100.0 * (figure / base.max(f64::MIN_POSITIVE) - 1.0)
}

/// Share of the work that the runs are.
const RUNS: f64 = 0.2;

/// Runs adaptive, actuated, fixed-time control and, if there are any, the recorded greens; searches with at most
/// `labels` labels per moment. `progress` is told the share done, 0 to 1, from any thread.
///
/// # Errors
/// When the demand does not fit the site, or no plan is found with so few labels.
pub fn distance(
    scenario: &Scenario,
    seed: u64,
    scale: f64,
    labels: usize,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Distance> {
    let mut contenders = vec![Contender::Adaptive, Contender::Actuated, Contender::Fixed];
    if matches!(scenario.traffic, Traffic::Recorded(_)) {
        contenders.push(Contender::Recorded);
    }
    let controls: Vec<Control<'_>> = contenders
        .iter()
        .map(|&contender| scenario.control(contender))
        .collect::<Result<_>>()?;
    let results = run_all(scenario, &controls, &[seed], scale, &|share| {
        progress(RUNS * share);
    })?;
    let results: Vec<SeedResult> = results.into_iter().flatten().collect();
    let ours = results.first().and_then(|result| result.run.as_ref());
    let ours = ours.ok_or_else(|| anyhow!("the adaptive run is missing"))?;

    let of_run = |drivers| Model::of_run(&scenario.site, ours, scenario.duration, drivers);
    let model = of_run(Drivers::Quick);
    let search = |model: &Model, done: f64| {
        let found = model.bound(labels, &mut |share| {
            progress(done + 0.5 * (1.0 - RUNS) * share);
        });
        found.ok_or_else(|| anyhow!("no plan found with {labels} labels; allow more with --labels"))
    };
    let bound = search(&model, RUNS)?;
    let plan = search(&of_run(Drivers::Usual), RUNS + 0.5 * (1.0 - RUNS))?.plan;
    let known = run_one(scenario, Control::Planned(&plan), seed, scale, &mut Nobody)?;
    let end = Timestamp(0) + scenario.duration;
    let named = contenders.iter().zip(&results);
    Ok(Distance {
        seed,
        vehicles: model.vehicles(),
        pedestrian_services: model.pedestrian_services(),
        lower_s: bound.lower_s,
        upper_s: bound.upper_s,
        labels_max: bound.labels_max,
        discharge: model.discharge(),
        controllers: named
            .map(|(contender, result)| row(contender.name(), result, &model, end))
            .collect(),
        known: row("all arrivals known", &known, &model, end),
    })
}

fn row(name: &'static str, result: &SeedResult, model: &Model, end: Timestamp) -> DistanceRow {
    let run = result.run.as_ref();
    DistanceRow {
        name,
        control_delay_s: result.figures.mean_delay_s,
        at_stop_bar_s: run.map_or(f64::NAN, |run| at_stop_bar(&run.results, end)),
        in_model_s: run.map_or(f64::NAN, |run: &Run| model.delay_of(&run.shown)),
        longest_wait_s: result.figures.max_wait_s,
    }
}

/// Mean time by which vehicles crossed the stop bar later than unhindered, s; up to the end for those that
/// have not.
fn at_stop_bar(results: &Results, end: Timestamp) -> f64 {
    let late = results.visits.iter().map(|visit| {
        let crossed = visit.crossed.unwrap_or(end);
        crossed.since(visit.due).max(Millis::ZERO).secs()
    });
    mean(&late.collect::<Vec<f64>>())
}
