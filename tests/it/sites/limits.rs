//! Boundary values: every floor of safety timing holds exactly at the value of its formula, and 0.1 s
//! below it is an error. The formulas are written out here once more, from standards and not from the
//! code.

use std::fs;

use phasewise::intersection::{Intersection, Severity};
use proptest::prelude::*;

use super::broken::folder;

fn base() -> String {
    fs::read_to_string(folder().join("rings.toml")).unwrap()
}

/// Whether the file has an error at this key.
fn has_error(text: &str, key: &str) -> bool {
    let checked = Intersection::check_text(text);
    let mut problems = checked.problems.iter();
    problems.any(|problem| problem.severity == Severity::Error && problem.key == key)
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    text.replacen(old, new, 1)
}

/// Tenths of a second as a file has them.
fn tenths(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn rounded_tenths(seconds: f64) -> i64 {
    format!("{:.0}", seconds * 10.0).parse().unwrap()
}

fn upward_tenths(seconds: f64) -> i64 {
    let down: i64 = format!("{:.0}", (seconds * 10.0 - 0.5 - 1e-7).max(0.0))
        .parse()
        .unwrap();
    (down..)
        .find(|tenths| f64::from(i32::try_from(*tenths).unwrap()) / 10.0 >= seconds - 1e-7)
        .unwrap()
}

#[test]
fn yellow_change_of_the_handbook() {
    // Published values: 35 mph 3.6 s, 45 mph 4.3 s on the level.
    for (mph, floor) in [
        (25, 30),
        (30, 32),
        (35, 36),
        (40, 39),
        (45, 43),
        (50, 47),
        (55, 50),
    ] {
        for (yellow, wrong) in [(floor, false), (floor - 1, true)] {
            let text = base()
                .replace("speed_limit_mph = 45", &format!("speed_limit_mph = {mph}"))
                .replace("speed_limit_mph = 35", &format!("speed_limit_mph = {mph}"));
            let text = replaced(
                &text,
                "2 = { min_green_s = 10, yellow_change_s = 4.3",
                &format!(
                    "2 = {{ min_green_s = 10, yellow_change_s = {}",
                    tenths(yellow)
                ),
            );
            let key = "safety.phases.2.yellow_change_s";
            assert_eq!(has_error(&text, key), wrong, "{mph} mph, {yellow} tenths");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn yellow_and_red_clearance_hold_at_their_formulas(
        mph in 20_i32..=60, grade in -6_i32..=6, crossing in 10_i32..=40,
    ) {
        let speed = f64::from(mph) * 0.447_04;
        let yellow = 1.0 + speed / (2.0 * 3.05 + 2.0 * f64::from(grade) / 100.0 * 9.81);
        let yellow = rounded_tenths(yellow).max(30);
        let red = rounded_tenths((f64::from(crossing) + 6.1) / speed);
        let road = format!(
            "speed_limit_mph = {mph}, grade_percent = {grade}, crossing_m = {crossing} }}"
        );
        let text = base()
            .replace("speed_limit_mph = 45, crossing_m = 24 }", &road)
            .replace("speed_limit_mph = 35, crossing_m = 26 }", &road);
        let row = |yellow: i64, red: i64| replaced(
            &text,
            "8 = { min_green_s =  8, yellow_change_s = 3.6, red_clearance_s = 2.1 }",
            &format!(
                "8 = {{ min_green_s =  8, yellow_change_s = {}, red_clearance_s = {} }}",
                tenths(yellow), tenths(red)
            ),
        );
        let yellow_key = "safety.phases.8.yellow_change_s";
        let red_key = "safety.phases.8.red_clearance_s";
        prop_assert!(!has_error(&row(yellow, red), yellow_key));
        prop_assert!(!has_error(&row(yellow, red), red_key));
        prop_assert!(has_error(&row(yellow - 1, red), yellow_key));
        prop_assert!(has_error(&row(yellow, red - 1), red_key));
    }

    #[test]
    fn pedestrian_times_hold_at_their_formulas(decimeters in 50_i32..=350, reach in 0_i32..=60) {
        let (length, reach) = (f64::from(decimeters) / 10.0, f64::from(reach) / 10.0);
        let clearance = upward_tenths(length / 1.07);
        let together = upward_tenths((length + reach) / 0.91);
        let walk = (together - clearance).max(70);
        let text = replaced(
            &base(),
            "across = \"south\", phase = 2, length_m = 18",
            &format!(
                "across = \"south\", phase = 2, length_m = {length}, button_to_far_curb_m = {}",
                length + reach
            ),
        );
        let row = |walk: i64, clearance: i64| replaced(
            &text,
            "2 = { walk_s = 7, clearance_s = 17 }",
            &format!("2 = {{ walk_s = {}, clearance_s = {} }}", tenths(walk), tenths(clearance)),
        );
        let key = "safety.pedestrians.2.clearance_s";
        prop_assert!(!has_error(&row(walk, clearance), key));
        prop_assert!(has_error(&row(walk + 1, clearance - 1), key));
        if together - clearance >= 40 {
            prop_assert!(!has_error(&row(together - clearance, clearance), key));
            prop_assert!(has_error(&row(together - clearance - 1, clearance), key) || together - clearance == 40);
        }
    }
}

/// Row of the timing sheet that is replaced, what is added to it, the key it is about.
const PEDESTRIANS: &str = "2 = { walk_s = 7, clearance_s = 17";
const VEHICLES: &str = "2 = { min_green_s = 10, yellow_change_s = 4.3, red_clearance_s = 1.5";

/// The row with one key set to another value, or added.
fn with(row: &str, key: &str, value: &str) -> String {
    let mut cells: Vec<String> = row.split(", ").map(str::to_owned).collect();
    let cell = format!("{key} = {value}");
    match cells.iter_mut().find(|cell| cell.contains(key)) {
        Some(old) => {
            let before = old.split(key).next().unwrap().to_owned();
            *old = before + &cell;
        }
        None => cells.push(cell),
    }
    cells.join(", ")
}

#[test]
fn fixed_limits_hold_at_their_values() {
    // Key, the last good value, the first bad one.
    let limits = [
        (PEDESTRIANS, "walk_s", "5", "3.9"),
        (PEDESTRIANS, "buffer_s", "3", "2.9"),
        (PEDESTRIANS, "leading_s", "3", "2.9"),
        (PEDESTRIANS, "leading_s", "0", "0.1"),
        (VEHICLES, "min_green_s", "1", "0.9"),
        (VEHICLES, "yellow_change_s", "25.5", "25.6"),
        (VEHICLES, "red_clearance_s", "25.5", "25.6"),
        (VEHICLES, "red_revert_s", "2", "1.9"),
    ];
    for (row, key, good, bad) in limits {
        let table = if row == PEDESTRIANS {
            "pedestrians"
        } else {
            "phases"
        };
        let place = format!("safety.{table}.2.{key}");
        let text = |value: &str| replaced(&base(), row, &with(row, key, value));
        assert!(!has_error(&text(good), &place), "{key} = {good}");
        assert!(has_error(&text(bad), &place), "{key} = {bad}");
    }
}
