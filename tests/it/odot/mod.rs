//! The shipped real site: its file agrees with what its recording shows.

mod calibration;
mod discharge;
mod traffic;

use std::collections::BTreeSet;
use std::path::PathBuf;

use phasewise::hires::code;
use phasewise::intersection::Intersection;
use phasewise::intersection::PhaseId;
use phasewise::recording::Recording;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("intersections/odot-1136")
}

pub(super) fn site() -> Intersection {
    Intersection::load(&folder().join("site.toml")).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn recording() -> Recording {
    Recording::read(&folder().join("recording/2024-04-15.csv.gz"), None).unwrap()
}

#[test]
fn phases_of_the_site_are_those_that_were_served() {
    let served: BTreeSet<u16> = recording()
        .events
        .iter()
        .filter(|event| event.code == code::PHASE_BEGIN_GREEN)
        .map(|event| event.parameter)
        .collect();
    let known: BTreeSet<u16> = site()
        .phases
        .iter()
        .map(|phase| u16::from(phase.number()))
        .collect();
    assert_eq!(served, known);
}

#[test]
fn every_detector_of_the_site_was_active() {
    let events = recording().events;
    for (_, detector) in site().detectors.iter() {
        let wanted = if detector.crosswalk.is_some() {
            code::PEDESTRIAN_DETECTOR_ON
        } else {
            code::DETECTOR_ON
        };
        assert!(
            events
                .iter()
                .any(|event| (event.code, event.parameter) == (wanted, detector.channel)),
            "{} was silent",
            detector.id
        );
    }
}

/// Times from the last event `from` of a phase to the next event `to` of the same phase, s.
fn durations(phase: PhaseId, from: u16, to: u16) -> Vec<f64> {
    let mut began = None;
    let mut found = Vec::new();
    for event in recording().events {
        if event.parameter != u16::from(phase.number()) {
            continue;
        }
        if event.code == from {
            began = Some(event.at);
        } else if event.code == to
            && let Some(began) = began.take()
        {
            found.push((event.at - began).secs());
        }
    }
    found
}

#[test]
fn safety_timing_of_the_site_is_what_the_controller_ran() {
    let site = site();
    for phase in site.phases.iter() {
        let safety = site.phase[phase].safety;
        let greens = durations(
            phase,
            code::PHASE_BEGIN_GREEN,
            code::PHASE_BEGIN_YELLOW_CHANGE,
        );
        let least = greens.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(
            least >= safety.min_green.secs(),
            "phase {phase}: green of {least} s"
        );
        let yellow = (
            code::PHASE_BEGIN_YELLOW_CHANGE,
            code::PHASE_BEGIN_RED_CLEARANCE,
            safety.yellow_change,
        );
        let red = (
            code::PHASE_BEGIN_RED_CLEARANCE,
            code::PHASE_END_RED_CLEARANCE,
            safety.red_clearance,
        );
        for (from, to, expected) in [yellow, red] {
            let mut recorded = durations(phase, from, to);
            assert!(recorded.len() > 75);
            recorded.sort_by(f64::total_cmp);
            let median = recorded[recorded.len() / 2];
            assert!(
                (median - expected.secs()).abs() < 0.05,
                "phase {phase}: {median} s"
            );
        }
    }
}

#[test]
fn the_recorded_plan_yields_where_phase_6_ended() {
    let site = site();
    let plan = site.patterns[0].coordination.as_ref().unwrap();
    let yields: Vec<f64> = recording()
        .events
        .iter()
        .filter(|event| (event.code, event.parameter) == (code::PHASE_FORCE_OFF, 6))
        .map(|event| {
            (event.at.time_of_day() - plan.offset)
                .secs()
                .rem_euclid(plan.cycle.secs())
        })
        .collect();
    let at_yield = yields.iter().filter(|late| **late < 1.0).count();
    assert!(
        at_yield * 10 >= yields.len() * 9,
        "{at_yield} of {}",
        yields.len()
    );
}
