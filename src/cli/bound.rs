//! `phasewise bound`: how far from perfect a run was, and which missing sight costs most.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use phasewise::intersection::{Intersection, LaneId};
use phasewise::simulation::bound::LABELS;
use phasewise::simulation::distance::{Distance, DistanceRow, above, distance};
use phasewise::simulation::sight_value::{SightRow, SightValue, value_of_sight};

use super::EXIT_OK;
use super::progress::Progress;
use super::traffic::TrafficArgs;

/// Say how far from perfect our control of a site's traffic is
///
/// Two tables. The first sets every controller beside the best of all legal plans for exactly these
/// arrivals, found in a point-queue model of our run; where the search had to be cut short the optimum lies between
/// two proven figures. The second is the value of sight: the same solver and the same safety gate in the same
/// traffic world, but told the truth about who comes, so and so far ahead. Runs are reproducible: the same
/// seed gives the same figures.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  phasewise bound intersections/odot-1136/site.toml
  phasewise bound intersections/odot-1136/site.toml --lane SB-L --seeds 4
  phasewise bound intersections/four-leg/site.toml --minutes 30 --json bound.json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    traffic: TrafficArgs,
    /// Only the value of sight, and the truth about this lane only; repeat it for several lanes
    /// together [default: the bound, then the truth about all lanes together, then about each alone]
    #[arg(long = "lane", value_name = "LANE")]
    lanes: Vec<String>,
    /// How many seeds for the value of sight: 1 to N, or from --seed on
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Seed of the drivers and of what the recording does not tell
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Most labels that the search keeps per moment: more make the bound closer, and take longer
    #[arg(long, value_name = "N", default_value_t = LABELS, value_parser = labels)]
    labels: usize,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What `--json` writes.
#[derive(Serialize)]
struct JsonReport<'a> {
    site: &'a str,
    site_hash: String,
    version: &'static str,
    from: String,
    duration_s: f64,
    scale: f64,
    seeds: Vec<u64>,
    /// Of the first seed; absent when lanes were chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<&'a Distance>,
    sight: &'a SightValue,
}

fn labels(text: &str) -> Result<usize, String> {
    let allowed = 1..=1_000_000;
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| "allowed is 1 to 1000000".to_owned())
}

/// Runs the command.
pub(crate) fn run(args: &Arguments) -> Result<u8> {
    let scenario = args.traffic.load()?;
    let lanes = find_lanes(&scenario.site, &args.lanes)?;
    for sentence in scenario.remarks() {
        super::note(&sentence)?;
    }
    let seeds: Vec<u64> = (0..args.seeds)
        .map(|n| args.seed.saturating_add(n))
        .collect();
    let distance = if lanes.is_empty() {
        let progress = Progress::new("searching the best plan");
        let report = |share| progress.set(share);
        let (seed, scale) = (args.seed, args.traffic.scale);
        Some(distance(&scenario, seed, scale, args.labels, &report)?)
    } else {
        None
    };
    if let Some(distance) = &distance {
        super::print(&distance_table(distance))?;
    }
    let progress = Progress::new("value of sight");
    let report = |share| progress.set(share);
    let sight = value_of_sight(&scenario, &lanes, &seeds, args.traffic.scale, &report)?;
    drop(progress);
    super::print(&sight_table(&sight))?;
    if let Some(path) = &args.json {
        let report = JsonReport {
            site: &scenario.site.id,
            site_hash: format!("{:016x}", scenario.site.hash),
            version: env!("CARGO_PKG_VERSION"),
            from: scenario.from.to_string(),
            duration_s: scenario.duration.secs(),
            scale: args.traffic.scale,
            seeds,
            distance: distance.as_ref(),
            sight: &sight,
        };
        write_json(path, &report)?;
    }
    Ok(EXIT_OK)
}

/// All lanes named, or every name that is not a lane.
fn find_lanes(site: &Intersection, names: &[String]) -> Result<Vec<LaneId>> {
    let find = |name: &String| {
        let named = site.lanes.iter().find(|(_, lane)| lane.id == *name);
        named.map(|(id, _)| id).ok_or_else(|| name.clone())
    };
    let (found, unknown): (Vec<_>, Vec<_>) = names.iter().map(find).partition(Result::is_ok);
    if !unknown.is_empty() {
        let unknown: Vec<String> = unknown.into_iter().filter_map(Result::err).collect();
        let known: Vec<&str> = site
            .lanes
            .iter()
            .map(|(_, lane)| lane.id.as_str())
            .collect();
        bail!(
            "--lane: {} has no lane {}; it has {}",
            site.id,
            unknown.join(", "),
            known.join(", ")
        );
    }
    let mut lanes: Vec<LaneId> = found.into_iter().flatten().collect();
    lanes.sort_unstable();
    lanes.dedup();
    Ok(lanes)
}

fn distance_table(distance: &Distance) -> String {
    let mut text = format!(
        "How far from perfect (seed {}, {} vehicles), delay in s/veh\n{:<20} {:>13} {:>16} {:>13} {:>18} {:>13}\n",
        distance.seed,
        distance.vehicles,
        "",
        "in the world",
        "at the stop bar",
        "in the model",
        "above the optimum",
        "longest wait"
    );
    let mut line = |row: &DistanceRow| {
        _ = writeln!(
            text,
            "{:<20} {:>13.1} {:>16.1} {:>13.1} {:>+16.0} % {:>11.0} s",
            row.name,
            row.control_delay_s,
            row.at_stop_bar_s,
            row.in_model_s,
            above(row.in_model_s, distance.lower_s),
            row.longest_wait_s,
        );
    };
    distance.controllers.iter().for_each(&mut line);
    line(&distance.known);
    let exact = distance.lower_s >= distance.upper_s;
    let (optimum, how) = if exact {
        (format!("{:.2}", distance.lower_s), "exact".to_owned())
    } else {
        let (lower, upper) = (distance.lower_s, distance.upper_s);
        let gap = format!("gap {:.1} %", above(upper, lower));
        (format!("{lower:.2} to {upper:.2}"), gap)
    };
    let discharge = &distance.discharge;
    let pedestrians = match distance.pedestrian_services {
        0 => String::new(),
        services => format!(" and the adaptive run's {services} pedestrian services"),
    };
    _ = writeln!(
        text,
        "{:<20} {optimum:>44} {how:>18}\n\
         The optimum is the best of all plans that keep the safety timing{pedestrians}\n\
         in a point-queue model, every arrival known to a tenth of a second, maximum waits not minded (docs/bound.md).\n\
         Model: headway {:.1} to {:.1} s, start-up {:.1} to {:.1} s, {:.1} s of yellow used: the quickest quarter of the\n\
         drivers in the adaptive run. 'all arrivals known': the best plan for usual drivers, played in the world.\n",
        "optimum",
        discharge.headway_s.0,
        discharge.headway_s.1,
        discharge.start_up_s.0,
        discharge.start_up_s.1,
        discharge.yellow_used_s,
    );
    text
}

fn sight_table(sight: &SightValue) -> String {
    let now = &sight.detectors;
    let mut text = String::from(
        "What sight would be worth: the same solver and gate, told the truth      delay s/veh   against now\n",
    );
    let mut line = |what: &str, row: &SightRow| {
        let change = row.mean_delay_s / now.mean_delay_s.max(f64::MIN_POSITIVE) - 1.0;
        let change = match row.ahead_s {
            Some(_) => format!("{:>+11.0} %", 100.0 * change),
            None => String::new(),
        };
        _ = writeln!(text, "{what:<72} {:>11.1} {change}", row.mean_delay_s);
    };
    line("as now, with the detectors there are", now);
    for row in &sight.rows {
        line(&known(row), row);
    }
    for row in &sight.lanes {
        line(&known(row), row);
    }
    if now.seeds.len() < FEW_SEEDS {
        _ = writeln!(
            text,
            "With so few seeds differences of a few per cent are chance; --seeds {FEW_SEEDS} or more tell."
        );
    }
    text
}

/// With fewer seeds than this the table says that chance has its part in it.
const FEW_SEEDS: usize = 4;

/// What is known in a row, in words.
fn known(row: &SightRow) -> String {
    let lanes = match row.lanes.as_slice() {
        [] => "all lanes".to_owned(),
        some => format!("only {}", some.join(", ")),
    };
    match row.ahead_s {
        Some(ahead) if ahead > 0.0 => {
            format!("{lanes}: everybody who arrives within {ahead:.0} s")
        }
        Some(_) | None => format!("{lanes}: everybody within reach of the detectors there are"),
    }
}

fn write_json(path: &Path, report: &JsonReport<'_>) -> Result<()> {
    let write = || -> Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut file, report)?;
        writeln!(file)?;
        Ok(file.flush()?)
    };
    write().with_context(|| format!("{}: cannot be written", path.display()))
}
