//! `phasewise calibrate`: how well the traffic world repeats a recording.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Args;
use phasewise::intersection::Intersection;
use phasewise::recording::{Arrivals, Recording, Turning};
use phasewise::simulation::calibration::{
    Calibration, CountRow, DischargeRow, ShareRow, replay_lamps,
};
use phasewise::simulation::discharge::{HEADWAYS, QUEUE};
use phasewise::simulation::recorded;

use super::{EXIT_OK, print};

/// Compare the traffic world with a recording.
///
/// Simulates the recorded vehicles under the recorded lamps and prints, as Markdown tables, what the
/// recording's detectors saw and what the simulated ones see: counts by 5 minutes, arrivals on green,
/// occupancy, how queues leave. Nothing is adjusted.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  phasewise calibrate intersections/odot-1136/site.toml \\
    intersections/odot-1136/recording/2024-04-15.csv.gz")]
pub(super) struct Arguments {
    /// Site file.
    #[arg(value_name = "SITE.TOML")]
    site: PathBuf,
    /// Its event log; turning.csv beside it has the turning shares.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    /// Simulate with this many seeds and compare their mean.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
}

/// Simulates, compares, prints.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let site = Intersection::load(&arguments.site)?;
    let recording = Recording::read(&arguments.log, None)?;
    let turning_file = arguments
        .log
        .parent()
        .unwrap_or(Path::new("."))
        .join("turning.csv");
    let turning = if turning_file.is_file() {
        Turning::read(&turning_file, &site)?
    } else {
        Turning::equal(&site)
    };
    let arrivals = Arrivals::new(&recording, &site);
    let start = recording.events.first().context("no events")?.at;
    let logs = (1..=arguments.seeds)
        .map(|seed| {
            let demand = recorded::demand(&site, &arrivals, &turning, start, seed);
            replay_lamps(&site, &recording, demand, seed)
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| anyhow!(error))?;
    let calibration = Calibration::compare(&site, &recording.events, &logs);
    let mut text = String::new();
    for (_, source) in arrivals.sources.iter() {
        text.push_str(&format!("- {source}\n"));
    }
    text.push_str(&tables(&calibration));
    print(&text)?;
    Ok(EXIT_OK)
}

fn tables(calibration: &Calibration) -> String {
    let mut text = format!(
        "\n## Counts at the stop bar ({} seeds)\n\n\
         | detector | recorded | simulated | mean in 5 min | rms difference in 5 min | bins with GEH < 5 |\n\
         |---|---:|---:|---:|---:|---:|\n",
        calibration.seeds
    );
    for row in &calibration.counts {
        let CountRow {
            name,
            recorded,
            simulated,
            rms_5_min,
            mean_5_min,
            geh_below_5,
        } = row;
        text.push_str(&format!(
            "| {name} | {recorded:.0} | {simulated:.0} | {mean_5_min:.1} | {rms_5_min:.1} | {:.0} % |\n",
            geh_below_5 * 100.0
        ));
    }
    let sections = [
        ("Arrivals on green", &calibration.arrivals_on_green),
        ("Occupancy of detectors", &calibration.occupancy),
        (
            "Occupancy of the stop bar on green",
            &calibration.green_occupancy,
        ),
        (
            "Occupancy of the stop bar in the first 5 s of red",
            &calibration.red_occupancy,
        ),
    ];
    for (title, rows) in sections {
        text.push_str(&format!("\n## {title}\n\n"));
        text.push_str("| | recorded | simulated | difference |\n|---|---:|---:|---:|\n");
        for ShareRow {
            name,
            recorded,
            simulated,
        } in rows
        {
            text.push_str(&format!(
                "| {name} | {:.1} % | {:.1} % | {:+.1} |\n",
                recorded * 100.0,
                simulated * 100.0,
                (simulated - recorded) * 100.0
            ));
        }
    }
    text.push_str(&discharge(&calibration.discharge));
    text
}

fn discharge(rows: &[DischargeRow]) -> String {
    let mut text = format!(
        "\n## How queues of {QUEUE} and more leave: seconds from each vehicle to the next\n\n| | | queues |"
    );
    for place in 1..=HEADWAYS {
        text.push_str(&format!(" {place} to {} |", place + 1));
    }
    text.push_str(&format!("\n|---|---|{}\n", "---:|".repeat(HEADWAYS + 1)));
    let cells = |headways: &[f64]| -> String {
        let cells = headways.iter().map(|headway| format!(" {headway:.1} |"));
        cells.collect()
    };
    for row in rows {
        let (recorded, simulated) = (cells(&row.recorded_s), cells(&row.simulated_s));
        text.push_str(&format!(
            "| {} | recorded | {} |{recorded}\n| | simulated | {:.0} |{simulated}\n",
            row.name, row.recorded_queues, row.simulated_queues
        ));
    }
    text
}
