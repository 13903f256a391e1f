//! `phasewise schema`: the JSON Schema of site files.

use clap::Args;
use phasewise::intersection;

use super::{EXIT_OK, print};

/// Print the JSON Schema of site files.
///
/// Editors that know TOML (Even Better TOML in VS Code, taplo, RustRover) use it to complete keys, show
/// what they mean and underline mistakes. It is made from the same types that load the files, so it
/// never lags behind. `phasewise check` says more: it also knows what takes more than one key.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  phasewise schema > site.schema.json

Then let the first line of a site file be
  #:schema ./site.schema.json")]
pub(super) struct Arguments {}

/// Prints the schema.
pub(super) fn run(_: &Arguments) -> anyhow::Result<u8> {
    let schema = serde_json::to_string_pretty(&intersection::schema())?;
    print(&format!("{schema}\n"))?;
    Ok(EXIT_OK)
}
