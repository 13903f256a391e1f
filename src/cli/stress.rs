//! `phasewise stress`: many seeds with everything going wrong, every promise checked on every tick.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, anyhow};
use clap::Args;

use phasewise::simulation::scenario::Scenario;
use phasewise::simulation::stress::{Broken, Stress, stress};

use super::progress::Progress;
use super::traffic::TrafficArgs;
use super::{EXIT_OK, EXIT_PROBLEMS};

/// Broken promises printed; the rest are counted.
const SHOWN_MAX: usize = 20;

/// Try to make the controller break a promise
///
/// Runs the site's traffic with many seeds while detectors fail, ticks come late, the clock jumps, the
/// solver gets no time, the advice half panics and an operator interferes, and checks on every tick that the
/// lamps are safe, that every call is served within its maximum wait, and that the same inputs give the same
/// outputs.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:
  phasewise stress intersections/four-leg/site.toml --seeds 1000 --minutes 15

Exit status: 0 if every promise was kept, 1 if one was broken.")]
pub(super) struct Arguments {
    #[command(flatten)]
    traffic: TrafficArgs,
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seeds: u64,
    /// First seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the command.
pub(super) fn run(args: &Arguments) -> Result<u8> {
    let scenario = args.traffic.load()?;
    let total = {
        let progress = Progress::new("stressing");
        run_all(&scenario, args.seed, args.seeds, &|share| {
            progress.set(share);
        })?
    };
    for Broken { seed, at, what } in total.broken.iter().take(SHOWN_MAX) {
        super::print(&format!("seed {seed}, {at} s: {what}\n"))?;
    }
    let [flash, fixed, actuated, adaptive] = total.ticks_on;
    super::print(&format!(
        "{} seeds, {} ticks ({adaptive} adaptive, {actuated} actuated, {fixed} fixed time, {flash} \
         flash): {} promises broken\n",
        args.seeds,
        total.ticks,
        total.broken.len()
    ))?;
    if total.lost_edges > 0 {
        super::print(&format!("{}\n", super::table::lost_edges(total.lost_edges)))?;
    }
    Ok(if total.broken.is_empty() {
        EXIT_OK
    } else {
        EXIT_PROBLEMS
    })
}

fn run_all(
    scenario: &Scenario,
    first: u64,
    seeds: u64,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Stress> {
    let next = AtomicU64::new(0);
    let total: Mutex<Result<Stress, String>> = Mutex::new(Ok(Stress::default()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds {
                return;
            }
            let result = stress(scenario, first.saturating_add(number));
            let mut total = total
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            match (&mut *total, result) {
                (Ok(total), Ok(result)) => total.add(result),
                (_, Err(why)) => *total = Err(why),
                (Err(_), Ok(_)) => return,
            }
            #[expect(clippy::cast_precision_loss, reason = "at most a million seeds")]
            progress(number as f64 / seeds as f64);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let total = total
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut total = total.map_err(|why| anyhow!(why))?;
    total.broken.sort_by_key(|broken| (broken.seed, broken.at));
    Ok(total)
}
