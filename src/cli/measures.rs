//! `phasewise measures`: measures of performance from a high-resolution log.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use phasewise::intersection::Intersection;
use phasewise::measures::{DetectorRoles, Measures, Settings};
use phasewise::recording::Recording;
use phasewise::units::Millis;

use super::{EXIT_OK, print};

/// Compute measures of performance from a high-resolution log.
///
/// The log is CSV (plain or gzipped) or Parquet with the columns TimeStamp, DeviceId, EventId, Parameter,
/// from Phasewise or any controller. Which detector is for what comes from a table (columns DeviceId,
/// Phase, Parameter, Function) or from a site file. What was skipped in the log is reported.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  phasewise measures intersections/odot-1136/recording/2024-04-15.csv.gz \\
    --detectors intersections/odot-1136/recording/detectors.csv --json")]
pub(super) struct Arguments {
    /// The log.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    /// Table of detectors (CSV), or a site file (TOML).
    #[arg(long, value_name = "FILE")]
    detectors: PathBuf,
    /// The signal, where the log has several.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Minutes of a time bin; must divide a day.
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    bin: i64,
    /// Print every figure as JSON instead of a summary.
    #[arg(long)]
    json: bool,
}

/// Computes and prints.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if arguments.bin <= 0 || 1440 % arguments.bin != 0 {
        bail!(
            "--bin {}: allowed is a number of minutes that divides a day, e.g. 5, 15 or 60",
            arguments.bin
        );
    }
    let recording = Recording::read(&arguments.log, arguments.device.as_deref())?;
    let is_site = arguments
        .detectors
        .extension()
        .is_some_and(|ending| ending == "toml");
    let roles = if is_site {
        DetectorRoles::of_site(&Intersection::load(&arguments.detectors)?)
    } else {
        DetectorRoles::read(&arguments.detectors, Some(&recording.device))?
    };
    let settings = Settings {
        bin: Millis(arguments.bin * 60_000),
        ..Settings::default()
    };
    let measures = Measures::compute(&recording.events, &roles, &settings);
    if arguments.json {
        let mut value = serde_json::to_value(&measures).context("writing measures as JSON")?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("device".to_owned(), recording.device.clone().into());
            fields.insert("notes".to_owned(), recording.notes.sentences().into());
        }
        let text = serde_json::to_string_pretty(&value).context("writing measures as JSON")?;
        print(&format!("{text}\n"))?;
    } else {
        print(&summary(&recording, &measures))?;
    }
    Ok(EXIT_OK)
}

/// One row per phase over the whole log.
fn summary(recording: &Recording, measures: &Measures) -> String {
    let mut text = format!(
        "signal {}: {} events in {}\n",
        recording.device,
        recording.events.len(),
        recording.span()
    );
    for note in recording.notes.sentences() {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(
        "phase  greens  mean green  gap-outs  max-outs  force-offs  arrivals  on green  split failures  mean wait  max wait\n",
    );
    let mut phases: Vec<u16> = measures.services.iter().map(|row| row.phase).collect();
    phases.sort_unstable();
    phases.dedup();
    for phase in phases {
        text.push_str(&row(phase, measures));
    }
    text
}

fn row(phase: u16, measures: &Measures) -> String {
    let greens: Vec<f64> = measures
        .services
        .iter()
        .filter(|row| row.phase == phase)
        .map(|row| row.green_s)
        .collect();
    let ends = measures
        .terminations
        .iter()
        .filter(|row| row.phase == phase);
    let (gap, max, force) = ends.fold((0, 0, 0), |(gap, max, force), row| {
        (gap + row.gap_out, max + row.max_out, force + row.force_off)
    });
    let arrivals = measures
        .arrivals_on_green
        .iter()
        .filter(|row| row.phase == phase);
    let (all, on_green) = arrivals.fold((0, 0), |(all, green), row| {
        (all + row.arrivals, green + row.on_green)
    });
    let failures: u64 = measures
        .split_failures
        .iter()
        .filter(|row| row.phase == phase)
        .map(|row| row.failures)
        .sum();
    let waits = measures.phase_wait.iter().filter(|row| row.phase == phase);
    let (count, sum, longest) = waits.fold((0, 0.0, 0.0_f64), |(count, sum, longest), row| {
        (
            count + row.waits,
            sum + row.mean_s * float(row.waits),
            longest.max(row.max_s),
        )
    });
    let green = greens.iter().sum::<f64>() / float(greens.len() as u64).max(1.0);
    let share = if all > 0 {
        format!("{:.0} %", 100.0 * float(on_green) / float(all))
    } else {
        "-".to_owned()
    };
    format!(
        "{phase:>5}  {:>6}  {green:>8.1} s  {gap:>8}  {max:>8}  {force:>10}  {all:>8}  {share:>8}  {failures:>14}  {:>7.1} s  {longest:>6.1} s\n",
        greens.len(),
        sum / float(count).max(1.0),
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of events stay below 2^53"
)]
fn float(count: u64) -> f64 {
    count as f64
}
