//! The schema knows exactly the keys that the loader accepts, and every shipped site keeps to it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use phasewise::intersection::{Intersection, Severity, schema};
use serde_json::Value;

use super::shipped_files;

#[test]
fn shipped_sites_have_no_errors_and_ours_no_warnings() {
    for path in shipped_files() {
        let checked = Intersection::check(&path);
        for problem in &checked.problems {
            let recorded = path.to_string_lossy().contains("odot-1136");
            let text = problem.in_file(&path.display().to_string());
            // The recorded plan has a split too short for its pedestrians; so it was.
            assert!(recorded && problem.severity == Severity::Warning, "{text}");
        }
        assert!(checked.intersection.is_some());
    }
}

#[test]
fn neighbors_name_each_other() {
    let sites: Vec<Intersection> = shipped_files()
        .iter()
        .map(|path| Intersection::load(path).unwrap())
        .collect();
    let mut links = 0;
    for site in &sites {
        for (_, approach) in site.approaches.iter() {
            let Some(link) = &approach.upstream else {
                continue;
            };
            links += 1;
            let other = sites
                .iter()
                .find(|other| other.id == link.intersection)
                .unwrap();
            let (_, exit) = other
                .exits
                .iter()
                .find(|(_, exit)| exit.id == link.end)
                .unwrap();
            let back = exit.downstream.as_ref().unwrap();
            assert_eq!((&back.intersection, &back.end), (&site.id, &approach.id));
            assert!(
                (exit.length_m - approach.length_m).abs() < 0.1,
                "{}: {}",
                site.id,
                approach.id
            );
        }
    }
    assert_eq!(
        links, 6,
        "three roads between four intersections, both ways"
    );
}

/// Every key of every table in the schema, with a value of its type.
fn tables(schema: &Value) -> Vec<(&str, BTreeSet<&str>)> {
    let tables = schema["$defs"].as_object().unwrap();
    tables
        .iter()
        .filter_map(|(name, table)| {
            let keys = table["properties"].as_object()?;
            assert_eq!(
                table["additionalProperties"],
                Value::Bool(false),
                "{name} takes any key"
            );
            Some((name.as_str(), keys.keys().map(String::as_str).collect()))
        })
        .collect()
}

#[test]
fn every_key_is_described_and_no_table_takes_others() {
    let schema = schema();
    let tables = tables(&schema);
    assert!(tables.len() > 20);
    for (table, keys) in tables {
        for key in keys {
            let description = &schema["$defs"][table]["properties"][key]["description"];
            assert!(description.is_string(), "{table}.{key} has no description");
        }
    }
}

#[test]
fn the_tutorial_shows_most_of_the_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections");
    let tutorial = fs::read_to_string(folder.join("four-leg/site.toml")).unwrap();
    let schema = schema();
    let missing: BTreeSet<&str> = tables(&schema)
        .into_iter()
        .flat_map(|(_, keys)| keys)
        .filter(|key| !tutorial.contains(key))
        .collect();
    let left_to_the_schema = BTreeSet::from([
        // Only for networks of a simulator.
        "simulated",
        // Neighbors are shown in corridor/, the conflict table in european/.
        "downstream",
        "upstream",
        "exit",
        "site",
        "intergreen_s",
        // Imported sites only.
        "simulated",
        // No camera stands at the tutorial site.
        "views",
        "from_m",
        "to_m",
        "cameras",
        "size_px",
        "camera",
        "zone_px",
        "line_px",
        "toward_px",
        "corners_px",
        "remembered",
        // Rare.
        "cars_before",
        "extend_s",
        "fail_hold_s",
        "lock",
        "path_m",
    ]);
    let forgotten: Vec<_> = missing.difference(&left_to_the_schema).collect();
    assert!(forgotten.is_empty(), "not in the tutorial: {forgotten:?}");
}
