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
    prop_assert_eq!(street.unasked, 0, "the gate started what nobody asked for");
    Ok(())
}

fn check_waits_in_progress(street: &Street<'_>) -> Result<(), TestCaseError> {
    for (phase, wait) in street.waits() {
        let safety = &street.site.phase[phase].safety;
        prop_assert!(wait <= safety.max_wait, "phase {phase} has waited {wait}");
    }
    Ok(())
}

/// Nearly seven minutes at `scale` times the usual traffic, with so many pedestrians per second and
/// crosswalk, and a box where somebody stands all the time or nobody does.
fn hard_day(
    site: &Intersection,
    seed: u64,
    (scale, pedestrians): (f64, f64),
    box_blocked: bool,
) -> Result<(), TestCaseError> {
    let mut street = Street::new(site, seed, usual_rate(site, scale));
    street.pedestrian_rate = pedestrians;
    street.box_blocked = box_blocked;
    let mut solver = Solver::new(site);
    run(&mut street, &mut solver, 400);
    check_promises(&street)?;
    check_waits_in_progress(&street)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// From nearly nobody to far more than fits, with and without pedestrians: the gate never refuses,
    /// never enforces a maximum wait, and no call waits beyond its bound.
    #[test]
    fn gate_never_refuses_and_no_call_waits_too_long(
        which in 0..SITES.len(), seed: u64, scale in 0.05..3.0f64, pedestrians in 0.0..0.05f64,
        box_blocked: bool,
    ) {
        hard_day(&site(SITES[which]), seed, (scale, pedestrians), box_blocked)?;
    }

    /// The same where it is tightest: every phase and every crosswalk calls all the time.
    #[test]
    fn gate_never_refuses_where_everybody_calls(
        seed: u64, scale in 1.4..1.9f64, pedestrians in 0.02..0.05f64, box_blocked: bool,
    ) {
        hard_day(&site("four-leg"), seed, (scale, pedestrians), box_blocked)?;
    }
}

/// Phases 2 and 6 turn yellow 0.3 s apart, so 1 may start 0.3 s before 5. With 1 on and 5 still
/// waiting, 5 may have to queue behind everybody: a change whose halves begin apart must leave time for
/// that, too.
#[test]
fn half_of_a_change_leaves_time_for_everybody() {
    let site = site("four-leg");
    for (seed, scale, pedestrians) in [
        (15_345_402_338_538_156_058, 1.464_232, 0.049_265_8),
        (4, 1.738, 0.025_295_9),
        (103, 1.728_5, 0.036_369_1),
    ] {
        hard_day(&site, seed, (scale, pedestrians), false).unwrap();
    }
}

/// Pedestrians cross beside phase 8, others wait beside phase 4, which is green too: in time for them 4
/// has to end, although 8 cannot.
#[test]
fn a_phase_ends_in_time_although_the_one_beside_it_cannot() {
    hard_day(&site("four-leg"), 291, (1.614_5, 0.045_275_8), false).unwrap();
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
