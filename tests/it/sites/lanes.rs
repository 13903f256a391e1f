//! What detectors call unless the file says. From a loop on a shared lane nobody can tell who wants to turn, so a turn
//! that may also be made beside the traffic of its lane does not call its arrow.

use std::fs;
use std::path::Path;

use phasewise::intersection::{Intersection, PhaseSet};

/// The tutorial site with the eastbound left turn as given; without its pocket when it is made from another lane.
fn four_leg(left_turn: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg");
    let text = fs::read_to_string(folder.join("site.toml")).unwrap();
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.contains("id = \"EBL\"") {
            lines.push(format!(
                "  {{ id = \"EBL\", from = \"west\", to = \"north\", turn = \"left\", {left_turn} }},"
            ));
        } else if left_turn.contains("EB-L") || !line.contains("\"EB-L") {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

fn called(left_turn: &str, detector: &str) -> PhaseSet {
    let site = Intersection::parse(&four_leg(left_turn), "four-leg");
    let site = site.unwrap_or_else(|error| panic!("{left_turn}: {error}"));
    let (_, found) = site
        .detectors
        .iter()
        .find(|(_, it)| it.id == detector)
        .unwrap();
    assert_eq!(found.calls, found.extends, "{left_turn}: {detector}");
    found.calls
}

#[test]
fn a_shared_lane_calls_the_arrow_of_a_turn_only_if_it_cannot_be_made_beside_its_traffic() {
    for (left_turn, expected) in [
        ("lanes = [\"EB-1\"], protected = [5], permissive = [2]", "2"),
        ("lanes = [\"EB-1\"], protected = [5]", "2+5"),
        // Permitted only with the opposing traffic, as by a flashing yellow arrow: not with the lane's own green.
        (
            "lanes = [\"EB-1\"], protected = [5], permissive = [6]",
            "2+5",
        ),
    ] {
        for detector in ["EB-1 stop", "EB-1 adv"] {
            let found = called(left_turn, detector).to_string();
            assert_eq!(found, expected, "{left_turn}: {detector}");
        }
        // The lane beside it has no turn to the left.
        assert_eq!(called(left_turn, "EB-2 stop").to_string(), "2");
    }
}

#[test]
fn a_lane_of_its_own_always_calls_the_arrow() {
    for permissive in ["2", "6", ""] {
        let left_turn = format!("lanes = [\"EB-L\"], protected = [5], permissive = [{permissive}]");
        assert_eq!(
            called(&left_turn, "EB-L stop").to_string(),
            "5",
            "{left_turn}"
        );
        assert_eq!(
            called(&left_turn, "EB-1 stop").to_string(),
            "2",
            "{left_turn}"
        );
    }
}

/// Nobody misses the arrow as long as the lane is seen; where it is not, somebody would wait for ever.
#[test]
fn an_arrow_that_nobody_calls_is_fine_only_where_the_lane_has_detectors() {
    let text = four_leg("lanes = [\"EB-1\"], protected = [5], permissive = [2]");
    Intersection::parse(&text, "four-leg").unwrap();
    let is_detector = |line: &str| line.contains("channel") && line.contains("lanes = [\"EB-1\"]");
    let blind: Vec<&str> = text.lines().filter(|line| !is_detector(line)).collect();
    let error = Intersection::parse(&blind.join("\n"), "four-leg")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("phase 5, which no detector calls"),
        "{error}"
    );
    assert!(!error.contains("phase 2, which no detector"), "{error}");
}
