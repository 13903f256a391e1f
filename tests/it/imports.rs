//! Keeps the one-way imports of ARCHITECTURE.md: `src/lib.rs` lists modules in data-flow order, and a
//! file may name only modules listed above its own (or parts of its own).

use std::fs;
use std::path::{Path, PathBuf};

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn modules_in_order() -> Vec<String> {
    fs::read_to_string(source_root().join("lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| {
            line.strip_prefix("pub mod ")?
                .strip_suffix(';')
                .map(str::to_owned)
        })
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Modules named as `crate::name` anywhere in the text, comments and doc links left out.
fn crate_modules_named(text: &str) -> Vec<String> {
    let mut named = Vec::new();
    for line in text
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
    {
        for (at, _) in line.match_indices("crate::") {
            let rest: String = line[at + "crate::".len()..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            named.push(rest);
        }
    }
    named
}

fn files_of_module(module: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let folder = source_root().join(module);
    if folder.is_dir() {
        rust_files(&folder, &mut found);
    }
    let file = source_root().join(format!("{module}.rs"));
    if file.is_file() {
        found.push(file);
    }
    assert!(
        !found.is_empty(),
        "src/lib.rs lists {module}, which has no file"
    );
    found
}

#[test]
fn modules_import_only_from_above() {
    let order = modules_in_order();
    assert!(order.len() > 3, "no modules found in src/lib.rs");
    let mut wrong = Vec::new();
    for (place, module) in order.iter().enumerate() {
        for file in files_of_module(module) {
            for named in crate_modules_named(&fs::read_to_string(&file).unwrap()) {
                if !order[..=place].contains(&named) {
                    wrong.push(format!("{}: imports crate::{named}", file.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports against the data flow:\n{}",
        wrong.join("\n")
    );
}

fn assert_imports_only(module: &str, allowed: &[&str]) {
    for file in files_of_module(module) {
        for named in crate_modules_named(&fs::read_to_string(&file).unwrap()) {
            assert!(
                named == module || allowed.contains(&named.as_str()),
                "{} imports crate::{named}; {module} may import only {allowed:?}",
                file.display()
            );
        }
    }
}

#[test]
fn no_import_names_more_than_one_module_at_once() {
    // `use crate::{a, b}` would hide from the checks here.
    for module in modules_in_order() {
        for file in files_of_module(&module) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(
                !text.contains("crate::{"),
                "{}: name one module per use",
                file.display()
            );
        }
    }
}

#[test]
fn the_event_log_knows_only_time() {
    // Recordings and measures must not depend on how this controller works.
    assert_imports_only("hires", &["units"]);
}

#[test]
fn safety_knows_nothing_but_units_intersection_and_signal() {
    assert_imports_only("safety", &["units", "intersection", "signal"]);
}

/// A world that used the solver's own traffic model would flatter it.
#[test]
fn the_world_does_not_know_how_the_controller_thinks() {
    let mut files = Vec::new();
    rust_files(&source_root().join("simulation/world"), &mut files);
    assert!(files.len() > 5, "the world has moved");
    files.extend(
        ["demand.rs", "sensors.rs"].map(|file| source_root().join("simulation").join(file)),
    );
    for file in files {
        for named in crate_modules_named(&fs::read_to_string(&file).unwrap()) {
            assert!(
                ["units", "intersection", "signal", "detection", "simulation"]
                    .contains(&named.as_str()),
                "{} imports crate::{named}",
                file.display()
            );
        }
    }
}
