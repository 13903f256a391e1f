//! The rhythm of arrivals: platoons of a common cycle are learned, chance is not.

use phasewise::detection::{Detection, Edge};
use phasewise::estimation::{Estimator, Rhythm};
use phasewise::intersection::{DetectorFunction, DetectorId, Intersection, LaneId};
use phasewise::signal::SignalState;
use phasewise::units::{Millis, TICK, Timestamp};
use proptest::prelude::*;

const CYCLE: Millis = Millis(75_000);

fn site() -> Intersection {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap()
}

/// A lane with an advance detector of its own, that detector, and the travel time to the stop bar.
fn advance(site: &Intersection) -> (LaneId, DetectorId, Millis) {
    let (id, detector) = site
        .detectors
        .iter()
        .find(|(_, d)| d.function == DetectorFunction::Advance && d.lanes.len() == 1)
        .unwrap();
    let lane = detector.lanes[0];
    let travel = detector.distance_m / site.lanes[lane].speed_limit_mps;
    (lane, id, Millis::from_secs(travel))
}

/// The rhythm after half an hour in which a vehicle passes whenever `passes` says so (at most every 2 s).
fn learned(cycle: Option<Millis>, mut passes: impl FnMut(Timestamp) -> bool) -> (Rhythm, Millis) {
    let site = site();
    let (lane, detector, travel) = advance(&site);
    let (mut detection, mut estimator) = (Detection::new(&site), Estimator::new(&site));
    let shown = SignalState::default();
    estimator.set_cycle(cycle);
    let mut off_at = None;
    for tick in 1..18_000 {
        let now = Timestamp(tick * TICK.0);
        let mut edges = Vec::new();
        if off_at.is_some_and(|at| now >= at) {
            edges.push(Edge {
                detector,
                on: false,
                at: now,
            });
            off_at = None;
        } else if off_at.is_none() && tick % 20 == 0 && passes(now) {
            edges.push(Edge {
                detector,
                on: true,
                at: now,
            });
            off_at = Some(now + Millis(500));
        }
        let readings = detection.update(&site, &edges, &shown, now);
        estimator.update(&site, readings, &shown, now);
    }
    (estimator.estimate().lanes[lane].rhythm, travel)
}

fn in_platoon(now: Timestamp) -> bool {
    (10_000..30_000).contains(&now.0.rem_euclid(CYCLE.0))
}

#[test]
fn a_platoon_in_each_cycle_is_expected_in_the_next_one() {
    let (rhythm, travel) = learned(Some(CYCLE), in_platoon);
    let at = |into_cycle: i64| rhythm.factor(Timestamp(30 * 60_000 + into_cycle) + travel);
    // 20 of 75 seconds hold all arrivals: 3.75 times the mean in the middle of the platoon.
    assert!((3.2..4.2).contains(&at(20_000)), "{}", at(20_000));
    assert!(at(50_000) < 0.1, "{}", at(50_000));
    assert!(at(70_000) < 0.1, "{}", at(70_000));
}

#[test]
fn without_a_common_cycle_arrivals_are_taken_as_even() {
    let (rhythm, _) = learned(None, in_platoon);
    assert_eq!(rhythm, Rhythm::EVEN);
}

#[test]
fn a_few_vehicles_show_no_rhythm() {
    let mut left = 20;
    let (rhythm, _) = learned(Some(CYCLE), |now| {
        left -= i32::from(in_platoon(now));
        in_platoon(now) && left > 0
    });
    assert!((rhythm.factor(Timestamp(20_000)) - 1.0).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn chance_is_not_taken_for_a_rhythm(seed in any::<u64>()) {
        let mut state = seed | 1;
        let (rhythm, _) = learned(Some(CYCLE), |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 5 == 0
        });
        for part in 0..24 {
            let factor = rhythm.factor(Timestamp(part * CYCLE.0 / 24));
            prop_assert!((0.4..1.8).contains(&factor), "part {part}: {factor}");
        }
    }
}
