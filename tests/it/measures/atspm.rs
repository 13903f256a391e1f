//! Our measures of the recorded afternoon equal those of the Python package `atspm` 2.6.1, written down
//! by `tests/peers/atspm_compare.py golden`. (`make peers` runs the package itself.)

use std::collections::BTreeMap;
use std::path::PathBuf;

use phasewise::measures::DetectorRoles;
use phasewise::measures::Measures;
use phasewise::measures::Settings;
use phasewise::recording::Recording;
use serde_json::Value;

/// Counts must be equal; times and shares agree to what a 32-bit float of `atspm` holds; occupancies also to
/// the order of events of the same moment, which SQL leaves open.
const COUNT: f64 = 0.0;
const TIME: f64 = 0.005;
const SHARE: f64 = 0.0005;
const OCCUPANCY: f64 = 0.005;

type Figures = &'static [(&'static str, f64)];

/// Measure, its keys, its figures with their tolerance: as in the script.
const MEASURES: [(&str, &[&str], Figures); 11] = [
    ("actuations", &["bin", "detector"], &[("count", COUNT)]),
    (
        "arrivals_on_green",
        &["bin", "phase"],
        &[("arrivals", COUNT), ("share", SHARE)],
    ),
    (
        "platoon_ratio",
        &["bin", "phase"],
        &[("green_s", TIME), ("ratio", SHARE), ("arrival_type", COUNT)],
    ),
    (
        "split_failures",
        &["bin", "phase"],
        &[
            ("green_s", TIME),
            ("green_occupancy", OCCUPANCY),
            ("red_occupancy", OCCUPANCY),
            ("failures", COUNT),
        ],
    ),
    (
        "terminations",
        &["bin", "phase"],
        &[("gap_out", COUNT), ("max_out", COUNT), ("force_off", COUNT)],
    ),
    (
        "yellow_red",
        &["bin", "phase", "shown", "red_offset_s"],
        &[("count", COUNT)],
    ),
    (
        "phase_wait",
        &["bin", "phase"],
        &[("mean_s", TIME), ("max_s", TIME), ("skips", COUNT)],
    ),
    (
        "pedestrians",
        &["bin", "phase"],
        &[
            ("services", COUNT),
            ("presses", COUNT),
            ("unique_presses", COUNT),
        ],
    ),
    (
        "pedestrian_delay",
        &["bin", "phase"],
        &[("mean_s", TIME), ("waits", COUNT)],
    ),
    ("coordination", &["at", "code", "parameter"], &[]),
    (
        "vendor_splits",
        &["bin", "code"],
        &[("services", COUNT), ("mean_s", TIME)],
    ),
];

fn key_part(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    match value.as_f64().filter(|_| value.is_f64()) {
        Some(number) => format!("{:.1}", number + 0.0),
        None => value.to_string(),
    }
}

#[test]
fn figures_equal_those_of_atspm() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("intersections/odot-1136/recording");
    let recording = Recording::read(&folder.join("2024-04-15.csv.gz"), None).unwrap();
    let roles = DetectorRoles::read(&folder.join("detectors.csv"), Some("1136")).unwrap();
    let measures = Measures::compute(&recording.events, &roles, &Settings::default());
    let ours = serde_json::to_value(&measures).unwrap();
    let theirs: Value = serde_json::from_str(include_str!("atspm-odot-1136.json")).unwrap();
    let mut wrong = Vec::new();
    for (measure, keys, figures) in MEASURES {
        let our_rows: BTreeMap<String, &Value> = ours[measure]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    keys.iter()
                        .map(|key| key_part(&row[*key]))
                        .collect::<Vec<_>>()
                        .join("|"),
                    row,
                )
            })
            .collect();
        let their_rows = theirs[measure].as_object().unwrap();
        assert!(!their_rows.is_empty(), "{measure}");
        for key in our_rows.keys().filter(|key| !their_rows.contains_key(*key)) {
            wrong.push(format!("{measure} {key}: only ours"));
        }
        for (key, row) in their_rows {
            let Some(our_row) = our_rows.get(key) else {
                wrong.push(format!("{measure} {key}: only theirs"));
                continue;
            };
            for (figure, tolerance) in figures {
                let (our, their) = (
                    our_row[*figure].as_f64().unwrap(),
                    row[*figure].as_f64().unwrap(),
                );
                if (our - their).abs() > *tolerance {
                    wrong.push(format!(
                        "{measure} {key} {figure}: ours {our}, theirs {their}"
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
