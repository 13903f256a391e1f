//! Several controllers over several seeds, side by side.
//!
//! In: a scenario, controllers, seeds. Out: [`Compared`], one per controller, in the order asked for,
//! whatever order the threads finish in. Not here: printing (`cli/`), pages (`report/`).

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::figures::{self, Figures, LongestWait, MovementDelay};
use super::run::{Control, Run, Setup, Witness, run};
use super::scenario::Scenario;
use crate::controller::Rung;
use crate::intersection::PerPhase;
use crate::units::Millis;

/// A controller by name, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Contender {
    /// The greens that were recorded; only with a recording.
    Recorded,
    /// Fixed time by pattern, or by Webster's formula.
    Fixed,
    /// NEMA actuated, coordinated when the schedule says so.
    Actuated,
    /// The solver.
    Adaptive,
}

impl Contender {
    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Fixed => "fixed",
            Self::Actuated => "actuated",
            Self::Adaptive => "adaptive",
        }
    }

    /// The highest rung it may use; `None` for recorded greens.
    #[must_use]
    pub fn ceiling(self) -> Option<Rung> {
        match self {
            Self::Recorded => None,
            Self::Fixed => Some(Rung::FixedTime),
            Self::Actuated => Some(Rung::Actuated),
            Self::Adaptive => Some(Rung::Adaptive),
        }
    }
}

/// One controller over all seeds.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Which.
    pub contender: Contender,
    /// One entry per seed, in the order asked for.
    pub seeds: Vec<SeedResult>,
}

/// One controller, one seed.
#[derive(Clone, Debug)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// Its figures.
    pub figures: Figures,
    /// Delay by movement.
    pub movements: Vec<MovementDelay>,
    /// Longest waits by phase.
    pub waits: PerPhase<LongestWait>,
    /// Delay of each vehicle, s, ascending.
    pub delays_s: Vec<f64>,
    /// When each vehicle was due, s from the start, and its delay, s.
    pub delay_by_time: Vec<(f64, f64)>,
    /// The whole run; kept for the first seed only.
    pub run: Option<Run>,
}

/// Runs every contender with every seed on all processors. `progress` is told the share done, 0 to 1,
/// now and then, from any thread.
///
/// # Errors
/// When recorded greens are asked for and the scenario has no recording.
pub fn compare(
    scenario: &Scenario,
    contenders: &[Contender],
    seeds: &[u64],
    scale: f64,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Vec<Compared>> {
    let controls: Vec<Control<'_>> = contenders
        .iter()
        .map(|&contender| scenario.control(contender))
        .collect::<Result<_>>()?;
    let results = run_all(scenario, &controls, seeds, scale, progress)?;
    let compared = contenders.iter().zip(results);
    Ok(compared
        .map(|(&contender, seeds)| Compared { contender, seeds })
        .collect())
}

/// Runs every control with every seed on all processors; results in the order of the controls, for each
/// in the order of the seeds, the whole run kept for the first seed only. `progress` as in [`compare`].
///
/// # Errors
/// When the demand does not fit the site.
pub fn run_all(
    scenario: &Scenario,
    controls: &[Control<'_>],
    seeds: &[u64],
    scale: f64,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Vec<Vec<SeedResult>>> {
    let jobs: Vec<(usize, usize)> = (0..controls.len())
        .flat_map(|control| (0..seeds.len()).map(move |seed| (control, seed)))
        .collect();
    let next = AtomicUsize::new(0);
    let done_ms = Mutex::new(vec![0_i64; jobs.len()]);
    let results: Mutex<Vec<Option<Result<SeedResult>>>> =
        Mutex::new(jobs.iter().map(|_| None).collect());
    let work = || {
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(control, seed)) = jobs.get(job) else {
                return;
            };
            let mut reporter = Reporter {
                job,
                done_ms: &done_ms,
                of: scenario.duration,
                progress,
            };
            let control = controls[control];
            let mut result = run_one(scenario, control, seeds[seed], scale, &mut reporter);
            if let (Ok(result), true) = (&mut result, seed > 0) {
                result.run = None;
            }
            lock(&results)[job] = Some(result);
        }
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(jobs.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut results = std::mem::take(&mut *lock(&results)).into_iter().flatten();
    controls
        .iter()
        .map(|_| results.by_ref().take(seeds.len()).collect())
        .collect()
}

/// One run with everything derived from it.
///
/// # Errors
/// When the demand does not fit the site.
pub fn run_one(
    scenario: &Scenario,
    control: Control<'_>,
    seed: u64,
    scale: f64,
    witness: &mut dyn Witness,
) -> Result<SeedResult> {
    let setup = Setup {
        site: &scenario.site,
        sensing: &scenario.sensing,
        control,
        from: scenario.from,
        duration: scenario.duration,
        seed,
    };
    let run = run(&setup, scenario.demand(seed, scale), witness).map_err(|why| anyhow!(why))?;
    let visits = run.results.visits.iter();
    Ok(SeedResult {
        seed,
        figures: Figures::of(&run.results, scenario.duration.secs()),
        movements: figures::by_movement(&run.results, 0, scenario.site.movements.len()),
        waits: figures::longest_waits(&run.results, (0, &scenario.site), scenario.duration.secs()),
        delays_s: run.results.delays_s(),
        delay_by_time: visits
            .map(|visit| (visit.scheduled.secs(), visit.delay_s))
            .collect(),
        run: Some(run),
    })
}

/// Adds up the progress of all jobs.
struct Reporter<'a> {
    job: usize,
    done_ms: &'a Mutex<Vec<i64>>,
    of: Millis,
    progress: &'a (dyn Fn(f64) + Sync),
}

impl Witness for Reporter<'_> {
    fn progress(&mut self, done: Millis) {
        let share = {
            let mut all = lock(self.done_ms);
            all[self.job] = done.0;
            let jobs = i64::try_from(all.len()).unwrap_or(i64::MAX);
            Millis(all.iter().sum::<i64>()).secs() / Millis(self.of.0.max(1) * jobs).secs()
        };
        (self.progress)(share);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
