//! `phasewise import`: site files from the networks of simulators.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use phasewise::sumo::import::{self, Imported, NotImported, Options};
use phasewise::sumo::net::Net;

use super::{EXIT_OK, EXIT_PROBLEMS, print};

/// Make site files from the network of a simulator.
///
/// Writes one site file per signalized intersection, DIR/<signal>/site.toml, with its neighbors, and
/// prints what could not be carried over. Signals with nothing to decide are left to the simulator.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  phasewise import sumo cologne1.net.xml -o intersections/cologne1
  phasewise check intersections/cologne1/*/site.toml

Exit status: 0 if some signal was imported, 1 if none was or the network is bad, 2 for wrong usage.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, Subcommand)]
enum From {
    /// From a SUMO net, .net.xml or .net.xml.gz.
    Sumo(Source),
    /// From a CityFlow road network, roadnet.json.
    Cityflow(Source),
}

#[derive(Debug, Args)]
struct Source {
    /// The network.
    #[arg(value_name = "FILE")]
    net: PathBuf,
    /// Folder for the site files.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// How far cameras see from the stop bar, m; 0 for no cameras.
    #[arg(long, default_value_t = 100.0, value_name = "M")]
    view: f64,
    /// Shortest green, s.
    #[arg(long, default_value_t = 5.0, value_name = "S")]
    min_green: f64,
    /// Longest wait, s; longer where a signal has too many phases for it.
    #[arg(long, default_value_t = 120.0, value_name = "S")]
    max_wait: f64,
    /// Replace site files that are there already.
    #[arg(long)]
    force: bool,
}

/// Imports every signal of a network.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let (net, source) = match &arguments.from {
        From::Sumo(source) => (Net::read(&source.net)?, source),
        From::Cityflow(source) => (phasewise::sumo::cityflow::read(&source.net)?, source),
    };
    let results = import::signals(&net, &options(source)?);
    let imported: Vec<&Imported> = results.iter().filter_map(|it| it.as_ref().ok()).collect();
    if !source.force {
        let there = imported
            .iter()
            .map(|it| place(&source.output, it))
            .find(|it| it.exists());
        if let Some(there) = there {
            bail!("{} is there already; --force replaces it", there.display());
        }
    }
    for site in &imported {
        let file = place(&source.output, site);
        let folder = file.parent().unwrap_or(&source.output);
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot be made", folder.display()))?;
        fs::write(&file, &site.text)
            .with_context(|| format!("{}: cannot be written", file.display()))?;
    }
    print(&summary(&results, source))?;
    Ok(match imported.is_empty() {
        true => EXIT_PROBLEMS,
        false => EXIT_OK,
    })
}

fn options(source: &Source) -> anyhow::Result<Options> {
    let ranges = [
        ("--view", source.view, 0.0, 300.0),
        ("--min-green", source.min_green, 1.0, 60.0),
        ("--max-wait", source.max_wait, 20.0, 600.0),
    ];
    for (name, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            bail!("{name} {value}: allowed is {least} to {most}");
        }
    }
    let tenths = |seconds: f64| (seconds * 10.0).round() / 10.0;
    Ok(Options {
        view_m: source.view,
        min_green_s: tenths(source.min_green),
        max_wait_s: tenths(source.max_wait),
        ..Options::default()
    })
}

fn place(folder: &Path, site: &Imported) -> PathBuf {
    folder.join(&site.site.id).join("site.toml")
}

fn summary(results: &[Result<Imported, NotImported>], source: &Source) -> String {
    let mut text = String::new();
    let mut imported = 0;
    for result in results {
        match result {
            Ok(it) => {
                imported += 1;
                let site = &it.site;
                text.push_str(&format!(
                    "{}: {} approaches, {} lanes, {} movements, {} phases, {} phase sets\n",
                    place(&source.output, it).display(),
                    site.approaches.len(),
                    site.lanes.len(),
                    site.movements.len(),
                    site.phases.len(),
                    site.phase_sets.len()
                ));
                for note in &it.notes {
                    text.push_str(&format!("  - {note}\n"));
                }
            }
            Err(not) => text.push_str(&format!("{not}\n")),
        }
    }
    text.push_str(&match results.len() {
        0 => format!("{}: no signals\n", source.net.display()),
        all => format!(
            "{}: {imported} of {all} signals imported\n",
            source.net.display()
        ),
    });
    text
}
