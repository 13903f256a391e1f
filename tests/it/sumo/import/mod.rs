//! Networks of simulators become sites: what a traffic engineer would have written down, and never a combination of
//! greens that the network does not allow.
//!
//! The networks in `nets/` are our own: `street` (two signals in a row, netconvert from five roads), `walk` (crossings)
//! and `roadnet.json` (two intersections as CityFlow writes them).

// The text of the site file, word for word.
mod golden;
// Lanes, pockets, views, neighbors, phases of the small nets.
mod meaning;
// Whatever the program: its own states are legal and are shown again letter for letter.
mod programs;
// Fixed time shows what the net's own program shows, second by second.
mod fixed;
// Broken files: file, line and what is wrong.
mod broken;
// The command.
mod command;

use std::path::{Path, PathBuf};

use phasewise::sumo::import::{self, Imported, Options};
use phasewise::sumo::{cityflow, net::Net};

pub(super) fn net_file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sumo/nets");
    folder.join(name)
}

/// One of our nets.
pub(super) fn net(name: &str) -> Net {
    let file = net_file(name);
    let net = match name.ends_with(".json") {
        true => cityflow::read(&file),
        false => Net::read(&file),
    };
    net.unwrap_or_else(|error| panic!("{error}"))
}

/// A signal of one of our nets, imported with the defaults.
pub(super) fn imported(name: &str, signal: &str) -> Imported {
    import::signal(&net(name), signal, &Options::default())
        .unwrap_or_else(|error| panic!("{error}"))
}
