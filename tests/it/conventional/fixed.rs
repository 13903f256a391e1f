//! Fixed time: cycle and splits whatever the detectors say.

use phasewise::conventional::webster;
use phasewise::conventional::{CycleState, Mode};
use phasewise::hires::code;
use phasewise::intersection::PerPhase;
use phasewise::signal::GreenEnd;
use phasewise::units::Millis;

use super::bench::Bench;
use super::sites::{coordinated_site, ring_site};
use crate::safety::sites::{phase, s, set};

#[test]
fn every_phase_has_its_split_and_every_pedestrian_a_walk_in_every_cycle() {
    let mut bench = Bench::new(coordinated_site(), Mode::FixedTime);
    bench.run("", 180);
    bench.shows(
        "1  ............................................................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr.........................
         2  GGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGG
         2p WWWWFFFFFF-----------------------------------------------------------------WWWWFFFFFF----------------------------------------------------------------------WWWWFFFFFF---------------
         3  .........................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr............................................................
         4  ........................................GGGGGGGGGGGGGGGyyyrr............................................................GGGGGGGGGGGGGGGyyyrr........................................
         4p ----------------------------------------WWWWFFFFFF----------------------------------------------------------------------WWWWFFFFFF--------------------------------------------------
         5  ............................................................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr.........................
         6  GGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGG
         6p WWWWFFFFFF-----------------------------------------------------------------WWWWFFFFFF----------------------------------------------------------------------WWWWFFFFFF---------------
         7  .........................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr............................................................
         8  ........................................GGGGGGGGGGGGGGGyyyrr............................................................GGGGGGGGGGGGGGGyyyrr........................................
         8p ----------------------------------------WWWWFFFFFF----------------------------------------------------------------------WWWWFFFFFF--------------------------------------------------",
    );
    assert!(
        bench
            .ends
            .iter()
            .all(|&(_, _, why)| why == GreenEnd::ForceOff)
    );
}

#[test]
fn detectors_make_no_difference() {
    let mut quiet = Bench::new(coordinated_site(), Mode::FixedTime);
    quiet.run("", 180);
    let mut busy = Bench::new(coordinated_site(), Mode::FixedTime);
    busy.failed = set(&[1, 2, 3]);
    busy.run(&format!("4 {}\n1 c..c..c..c", "=".repeat(100)), 180);
    assert_eq!(quiet.strips.to_string(), busy.strips.to_string());
}

#[test]
fn a_site_without_a_plan_gets_one_by_webster() {
    let site = ring_site();
    let plan = webster::plan(
        &site,
        &site.rings,
        &webster::assumed_ratios(&site, &site.rings),
    );
    let total = |phases: [u8; 4]| {
        phases.iter().fold(Millis::ZERO, |sum, &number| {
            sum + plan.splits[phase(number)]
        })
    };
    assert_eq!(total([1, 2, 3, 4]), plan.cycle);
    assert_eq!(total([5, 6, 7, 8]), plan.cycle);
    // The cycle does not divide a day: from midnight (0 s) on it is in transition, then regular.
    let mut bench = Bench::new(site, Mode::FixedTime);
    bench.run("", 900);
    assert_eq!(bench.control.cycle_state(), CycleState::InStep);
    let coordinated = u16::from(plan.coordinated.first().unwrap().number());
    let yields = bench.seconds_of(code::COORDINATED_PHASE_YIELD_POINT, coordinated);
    let regular = yields.split_at(yields.len() - 4).1;
    for pair in regular.windows(2) {
        assert!((pair[1] - pair[0] - plan.cycle.secs()).abs() < 1e-9);
    }
    for number in 1..=8 {
        assert!(
            bench.strips.vehicle(number).contains('G'),
            "phase {number} is served"
        );
    }
}

#[test]
fn webster_follows_the_flows() {
    // Textbook: critical ratios 0.30 and 0.25 with 5 s lost each: C = (1.5·10 + 5) / (1 − 0.55) = 44.4 s, up to
    // 45 s; 35 s of green are shared 30 : 25.
    let mut site = ring_site();
    site.rings = super::sites::rings(&[&[&[2], &[4]]]);
    for number in [2, 4] {
        site.phase[phase(number)].safety.pedestrian = None;
    }
    let ratios = PerPhase::from_fn(|p| match p.number() {
        2 => 0.30,
        4 => 0.25,
        _ => 0.0,
    });
    let plan = webster::plan(&site, &site.rings, &ratios);
    assert_eq!(plan.cycle, s(45));
    assert_eq!(plan.splits[phase(2)], s(25));
    assert_eq!(plan.splits[phase(4)], s(20));
    assert_eq!(plan.coordinated, set(&[2]));
    // Overload: the longest cycle; no flow at all: minimum service.
    let heavy = webster::plan(&site, &site.rings, &PerPhase::from_fn(|_| 0.6));
    assert_eq!(heavy.cycle, s(120));
    let empty = webster::plan(&site, &site.rings, &PerPhase::default());
    assert_eq!(empty.cycle, s(30));
}
