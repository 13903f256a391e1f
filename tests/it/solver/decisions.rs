//! Decisions that can be checked by hand.

use phasewise::intersection::{Id, Intersection, LaneId};
use phasewise::signal::DecisionKind;
use phasewise::solver::Solver;
use phasewise::units::Millis;

use super::street::Street;
use super::{phase, run, site};

/// The lowest lane with a protected through movement of this phase.
fn lane_of(site: &Intersection, number: u8) -> LaneId {
    site.lanes
        .ids()
        .find(|&lane| {
            let movements = &site.lanes[lane].movements;
            movements
                .iter()
                .any(|m| site.movements[*m].protected.contains(phase(number)))
        })
        .unwrap()
}

/// An empty street resting in 2+6.
fn resting(site: &Intersection) -> (Street<'_>, Solver) {
    let mut street = Street::new(site, 1, |_| 0.0);
    let mut solver = Solver::new(site);
    run(&mut street, &mut solver, 60);
    (street, solver)
}

#[test]
fn an_empty_street_rests_on_the_recalled_main_street() {
    let site = site("four-leg");
    let (mut street, mut solver) = resting(&site);
    assert_eq!(street.shown().greens().to_string(), "2+6");
    let decisions = run(&mut street, &mut solver, 30);
    assert!(decisions.iter().all(|d| d.wants.to_string() == "2+6"));
    let last = decisions.last().unwrap();
    assert_eq!(last.reason, "phases 2+6 stay green: nobody else has called");
    assert_eq!(last.kind, DecisionKind::NoChoice);
}

#[test]
fn one_call_on_an_empty_street_is_served_at_once() {
    let site = site("four-leg");
    let (mut street, mut solver) = resting(&site);
    street.send(lane_of(&site, 4), Millis::ZERO);
    let decisions = run(&mut street, &mut solver, 2);
    let first = decisions
        .iter()
        .find(|d| d.wants.contains(phase(4)))
        .unwrap();
    assert!(
        first
            .reason
            .starts_with("ended phases 2+6 for phases 4+8: 1 waiting there"),
        "{}",
        first.reason
    );
    assert_eq!(first.kind, DecisionKind::Change);
}

#[test]
fn a_platoon_about_to_arrive_is_let_through_before_one_waiting_car() {
    let site = site("four-leg");
    let (mut street, mut solver) = resting(&site);
    for i in 0..5 {
        street.send(lane_of(&site, 2), Millis(3_000 + 1_800 * i));
    }
    street.send(lane_of(&site, 4), Millis::ZERO);
    let decisions = run(&mut street, &mut solver, 4);
    assert!(
        decisions.iter().all(|d| d.wants.contains(phase(2))),
        "{decisions:?}"
    );
    let reason = &decisions[1].reason;
    assert!(reason.contains("held phases 2+6 for"), "{reason}");
    assert!(reason.contains("a platoon of 5 arrives"), "{reason}");
    assert_eq!(decisions[1].kind, DecisionKind::Hold);
    run(&mut street, &mut solver, 14);
    assert!(
        street.shown().greens().contains(phase(4)),
        "and then the car is served"
    );
}

#[test]
fn a_pedestrian_on_a_green_phase_walks_at_once_and_finishes() {
    let site = site("four-leg");
    let (mut street, mut solver) = resting(&site);
    street.call_pedestrian(phase(2));
    let decisions = run(&mut street, &mut solver, 2);
    assert!(
        decisions[0]
            .reason
            .contains("pedestrians walk with phase 2"),
        "{decisions:?}"
    );
    assert!(street.longest_pedestrian_wait[phase(2)] <= Millis(500));
    street.send(lane_of(&site, 4), Millis::ZERO);
    let crossing = site.phase[phase(2)].safety.pedestrian.unwrap();
    let seconds = (crossing.walk.0 + crossing.clearance.0) / 1_000 - 3;
    run(&mut street, &mut solver, seconds);
    assert!(
        street.shown().greens().contains(phase(2)),
        "green lasts until they are across"
    );
}

#[test]
fn a_pedestrian_on_a_red_phase_is_served_with_it() {
    let site = site("four-leg");
    let (mut street, mut solver) = resting(&site);
    street.call_pedestrian(phase(8));
    let decisions = run(&mut street, &mut solver, 20);
    let first = decisions
        .iter()
        .find(|d| d.wants.contains(phase(8)))
        .unwrap();
    assert_eq!(first.kind, DecisionKind::Walk, "{}", first.reason);
    let waited = street.longest_pedestrian_wait[phase(8)];
    assert!(waited > Millis::ZERO && waited < Millis(15_000), "{waited}");
}

#[test]
fn every_left_turn_gets_its_own_phase_when_it_cannot_turn_otherwise() {
    let site = site("four-leg");
    let (mut street, mut solver) = resting(&site);
    for number in [1, 3, 5, 7] {
        street.send(lane_of(&site, number), Millis::ZERO);
    }
    run(&mut street, &mut solver, 60);
    assert_eq!(street.delays.len(), 4, "all four have left");
    assert!(street.lanes.iter().all(|lane| lane.vehicles.is_empty()));
    assert!(
        site.lanes
            .ids()
            .all(|lane| lane.index() < street.lanes.len())
    );
}
