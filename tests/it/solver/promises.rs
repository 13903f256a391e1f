//! What must never happen, over random traffic and random states.

use phasewise::intersection::Intersection;
use phasewise::solver::Solver;
use phasewise::units::Millis;
use proptest::prelude::*;

use super::street::Street;
use super::{run, site, usual_rate};

const SITES: [&str; 2] = ["four-leg", "odot-1136"];

fn check_promises(street: &Street<'_>) -> Result<(), TestCaseError> {
    prop_assert_eq!(street.gate.refusals(), 0, "the gate refused advice");
    for phase in street.site.phases.iter() {
        let safety = &street.site.phase[phase].safety;
        let waited = street.longest_wait[phase];
        prop_assert!(waited <= safety.max_wait, "phase {phase} waited {waited}");
        let bound = safety.pedestrian.map_or(Millis(i64::MAX), |p| p.max_wait);
        let waited = street.longest_pedestrian_wait[phase];
        prop_assert!(
            waited <= bound,
            "pedestrians of phase {phase} waited {waited}"
        );
    }
    prop_assert_eq!(
        street.gate.overrides(),
        0,
        "the gate had to enforce the maximum wait, and it was kept"
    );
    Ok(())
}

fn check_waits_in_progress(street: &Street<'_>) -> Result<(), TestCaseError> {
    for (phase, wait) in street.waits() {
        let safety = &street.site.phase[phase].safety;
        prop_assert!(wait <= safety.max_wait, "phase {phase} has waited {wait}");
    }
    Ok(())
}

fn hard_day(
    site: &Intersection,
    seed: u64,
    scale: f64,
    pedestrians: f64,
) -> Result<(), TestCaseError> {
    let mut street = Street::new(site, seed, usual_rate(site, scale));
    street.pedestrian_rate = pedestrians;
    let mut solver = Solver::new(site);
    run(&mut street, &mut solver, 400);
    check_promises(&street)?;
    check_waits_in_progress(&street)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// From nearly nobody to far more than fits, with and without pedestrians: the gate never refuses,
    /// never enforces a maximum wait, and no call waits beyond its bound.
    #[test]
    fn gate_never_refuses_and_no_call_waits_too_long(
        which in 0..SITES.len(), seed: u64, scale in 0.05..3.0f64, pedestrians in 0.0..0.05f64,
    ) {
        hard_day(&site(SITES[which]), seed, scale, pedestrians)?;
    }
}

#[test]
fn one_car_on_the_side_street_is_served_although_the_main_street_never_ends() {
    let site = site("four-leg");
    let side = site.lanes.ids().find(|&lane| {
        let movements = &site.lanes[lane].movements;
        movements
            .iter()
            .any(|m| site.movements[*m].protected.contains(super::phase(4)))
    });
    let rate = |lane| {
        if Some(lane) == side {
            0.004
        } else {
            0.3 * main_only(&site, lane)
        }
    };
    let mut street = Street::new(&site, 3, rate);
    let mut solver = Solver::new(&site);
    run(&mut street, &mut solver, 1_200);
    check_promises(&street).unwrap();
    assert!(
        street.longest_wait[super::phase(4)] > Millis::ZERO,
        "nobody came"
    );
}

fn main_only(site: &Intersection, lane: phasewise::intersection::LaneId) -> f64 {
    let movements = &site.lanes[lane].movements;
    let main = |p: u8| {
        movements
            .iter()
            .any(|m| site.movements[*m].protected.contains(super::phase(p)))
    };
    if main(2) || main(6) { 1.0 } else { 0.0 }
}
