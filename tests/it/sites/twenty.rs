//! A site file with twenty mistakes says all twenty at once.

use std::fs;

use phasewise::intersection::{Intersection, Severity};

use super::broken::folder;

/// What is replaced by what, and the key that must be complained about.
const MISTAKES: [(&str, &str, &str); 20] = [
    ("id = \"four-leg\"", "id = \"Four Leg\"", "site.id"),
    (
        "{ id = \"west\",  heading_deg =  90,",
        "{ id = \"west\",  heading_deg =  900,",
        "site.approaches[\"west\"].heading_deg",
    ),
    (
        "pocket_of = \"NB-1\", length_m = 60",
        "pocket_of = \"NB-1\"",
        "site.lanes[\"NB-L\"].length_m",
    ),
    (
        "pocket_of = \"SB-1\"",
        "pocket_off = \"SB-1\"",
        "site.lanes[\"SB-L\"].pocket_off",
    ),
    (
        "{ id = \"north\", lanes = 2,",
        "{ id = \"north\", lanes = \"2\",",
        "site.exits[\"north\"].lanes",
    ),
    (
        "lanes = [\"EB-1\", \"EB-2\"]",
        "lanes = [\"EB-1\", \"EB-3\"]",
        "site.movements[\"EBT\"].lanes[2]",
    ),
    (
        "lanes = [\"SB-1\", \"SB-2\"], protected = [4]",
        "lanes = [\"SB-1\", \"SB-2\"], protected = 4",
        "site.movements[\"SBT\"].protected",
    ),
    (
        "across = \"west\",  phase = 4, length_m = 20",
        "across = \"west\",  phase = 4, length_m = -20",
        "site.crosswalks[\"west-leg\"].length_m",
    ),
    (
        "{ id = \"EB-2 adv\",   channel =  8,",
        "{ id = \"EB-2 adv\",   channel =  7,",
        "site.detectors[\"EB-2 adv\"].channel",
    ),
    (
        "lanes = [\"WB-1\"], distance_m = 110",
        "lanes = [\"WB-1\"], distance_m = 4110",
        "site.detectors[\"WB-1 adv\"].distance_m",
    ),
    (
        "{ id = \"north-leg button\", channel = 6,",
        "{ id = \"north-leg button\", channel = 17,",
        "site.buttons[\"north-leg button\"].channel",
    ),
    (
        "2 = { min_green_s = 10, yellow_change_s = 4.3",
        "2 = { min_green_s = 10, yellow_change_s = 4.0",
        "safety.phases.2.yellow_change_s",
    ),
    (
        "4 = { min_green_s =  8, yellow_change_s = 3.6, red_clearance_s = 2.1",
        "4 = { min_green_s =  8, yellow_change_s = 3.6, red_clearance_s = 0.5",
        "safety.phases.4.red_clearance_s",
    ),
    (
        "6 = { min_green_s = 10,",
        "6 = { min_green_s = nan,",
        "safety.phases.6.min_green_s",
    ),
    (
        "2 = { walk_s = 7, clearance_s = 17 }",
        "2 = { walk_s = 7, clearance_s = 12 }",
        "safety.pedestrians.2.clearance_s",
    ),
    (
        "8 = { walk_s = 7,",
        "8 = { walk_s = 3,",
        "safety.pedestrians.8.walk_s",
    ),
    (
        "1 = { passage_s = 2.0, max_green_s = 15 }",
        "1 = { passage_s = 2.0, max_green_s = 4 }",
        "tuning.phases.1.max_green_s",
    ),
    (
        "\"WB-L stop\" = { delay_s = 3 }",
        "\"WBL stop\" = { delay_s = 3 }",
        "tuning.detectors.\"WBL stop\"",
    ),
    (
        "splits_s = { 1 = 18, 2 = 42",
        "splits_s = { 1 = 18, 2 = 52",
        "tuning.patterns[\"day\"].splits_s",
    ),
    (
        "pattern = \"evening\"",
        "pattern = \"rush hour\"",
        "tuning.schedule[1].pattern",
    ),
];

#[test]
fn twenty_mistakes_are_all_reported_at_once() {
    let mut text = fs::read_to_string(folder().join("rings.toml")).unwrap();
    for (old, new, _) in MISTAKES {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text = text.replacen(old, new, 1);
    }
    let error = Intersection::parse(&text, "site.toml").unwrap_err();
    let answer = error.to_string();
    for (_, new, key) in MISTAKES {
        let problem = error.problems.iter().find(|problem| problem.key == key);
        let problem = problem.unwrap_or_else(|| panic!("nothing about {key} in\n{answer}"));
        assert_eq!(problem.severity, Severity::Error, "{key}");
        // On the line of the mistake.
        let line = text.lines().nth(problem.line - 1).unwrap();
        assert!(
            line.contains(new),
            "{key}: line {} is {line:?}",
            problem.line
        );
    }
    assert!(
        error.errors() <= MISTAKES.len() + 2,
        "more complaints than mistakes:\n{answer}"
    );
}
