//! Site files: the shipped ones load and mean what they say, broken ones say everything that is wrong.

mod broken;
pub(crate) mod command;
mod files;
mod garbage;
mod lanes;
mod limits;
mod schema;
mod shipped;
mod twenty;

use std::fs;
use std::path::{Path, PathBuf};

/// Every shipped site file, those of the corridor too, in the order of their paths.
pub(crate) fn shipped_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections");
    let mut open = vec![folder];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.ends_with("site.toml") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 7, "{found:?}");
    found
}
