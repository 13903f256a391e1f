//! `phasewise replay`: reproduces a journal, or says where it differs.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use phasewise::intersection::Intersection;
use phasewise::journal::Reader;
use phasewise::replay::replay;

use super::{EXIT_OK, EXIT_PROBLEMS};

/// Reproduce a journal bit for bit, or say at which tick and field it differs
///
/// The journal carries its site file, so nothing else is needed. Exit status 0 only if every output of
/// every tick came out the same.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:
  phasewise simulate intersections/four-leg/site.toml --seed 7 --journal run.phj
  phasewise replay run.phj")]
pub(crate) struct Arguments {
    /// Journal written by `phasewise simulate --journal`
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Arguments) -> Result<u8> {
    let name = args.journal.display();
    let file = File::open(&args.journal).with_context(|| format!("{name}: cannot be opened"))?;
    let mut journal = Reader::new(BufReader::new(file)).with_context(|| name.to_string())?;
    let header = journal.header().clone();
    super::note(&format!(
        "{}: {}, written by {}",
        header.site_id, header.origin, header.program
    ))?;
    let site = Intersection::parse(&header.site_file, "site file in the journal")?;
    let replayed = replay(&mut journal, &site, |_| {}).with_context(|| name.to_string())?;
    match replayed.difference {
        None => {
            super::print(&format!(
                "{} ticks reproduced, every output the same\n",
                replayed.ticks
            ))?;
            Ok(EXIT_OK)
        }
        Some(found) => {
            super::print(&format!(
                "differs at tick {} (time {} s), field {}:\n  recorded:   {}\n  reproduced: {}\n",
                found.tick, found.now, found.field, found.recorded, found.reproduced
            ))?;
            Ok(EXIT_PROBLEMS)
        }
    }
}
