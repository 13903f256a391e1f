//! Whatever edges and lamps say: no panic, bounded memory, numbers that mean something.

use phasewise::detection::{Detection, EDGES_PER_TICK_MAX, Edge, Readings};
use phasewise::estimation::{Estimate, Estimator};
use phasewise::intersection::{DetectorId, Id, Intersection, PhaseId};
use phasewise::signal::{Interval, PedestrianInterval, PhaseState, SignalState};
use phasewise::units::{Millis, Timestamp};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::street::four_leg;

fn check_readings(readings: &Readings, shown: &SignalState) {
    let greens = shown.greens();
    assert!(
        !readings.calls.vehicle.intersects(greens),
        "green phases need no call"
    );
    assert!(readings.extending.is_subset_of(greens));
    for phase in PhaseId::all() {
        let called = readings.calls.vehicle.contains(phase);
        assert_eq!(called, readings.vehicle_call_since[phase].is_some());
        let called = readings.calls.pedestrian.contains(phase);
        assert_eq!(called, readings.pedestrian_call_since[phase].is_some());
    }
    for (_, reading) in readings.detectors.iter() {
        assert!((0.0..=1.0).contains(&reading.occupancy));
        assert!(reading.on_edges.len() <= EDGES_PER_TICK_MAX);
        assert!(reading.covered_for >= Millis::ZERO);
    }
}

fn check_estimate(site: &Intersection, estimate: &Estimate) {
    for (id, lane) in estimate.lanes.iter() {
        // A vehicle takes up 6 m; a pocket's may still be in the lane it branches off. Two more for
        // rounding and the one over the bar.
        let road = site.approaches[site.lanes[id].approach].length_m;
        assert!(lane.vehicles.len() as f64 <= (road / 6.0).max(2.0) + 2.0);
        assert!(
            lane.vehicles
                .iter()
                .all(|v| v.weight > 0.0 && v.weight <= 1.0)
        );
        assert!(
            lane.vehicles
                .windows(2)
                .all(|pair| pair[0].arrives <= pair[1].arrives)
        );
        assert!(lane.queue >= 0.0 && lane.queue <= 130.0, "{}", lane.queue);
        assert!(lane.queue_variance >= 0.0 && lane.queue_variance < 1_000.0);
        assert!((0.0..=0.7).contains(&lane.arrival_rate));
        assert!(lane.arrival_rate_variance >= 0.0 && lane.arrival_rate_variance < 1.0);
        assert!((1.4..=4.0).contains(&lane.saturation_headway_s));
        assert!((0.0..=5.0).contains(&lane.start_up_lost_time_s));
        let total: f64 = lane.shares.iter().map(|(_, share)| share).sum();
        assert!((total - 1.0).abs() < 1e-9);
    }
}

/// Lamps that change at random, without any order.
fn flicker(rng: &mut Pcg64Mcg, shown: &mut SignalState, now: Timestamp) {
    let phase = PhaseId::new(rng.random_range(1..=16)).unwrap();
    let interval = [
        Interval::Red,
        Interval::LeadingWalk,
        Interval::Green,
        Interval::YellowChange,
        Interval::RedClearance,
    ][rng.random_range(0..5)];
    let pedestrian = [
        PedestrianInterval::DontWalk,
        PedestrianInterval::Walk,
        PedestrianInterval::Clearance,
    ][rng.random_range(0..3)];
    shown.phases[phase] = PhaseState {
        interval,
        since: now,
        pedestrian,
        pedestrian_since: now,
    };
}

fn wild_edge(rng: &mut Pcg64Mcg, detectors: usize, now: Timestamp) -> Edge {
    let at = match rng.random_range(0..20) {
        0 => Timestamp(i64::MIN),
        1 => Timestamp(i64::MAX),
        2 => now + Millis(rng.random_range(0..1_000_000)),
        3 => now - Millis(rng.random_range(0..1_000_000)),
        _ => now - Millis(rng.random_range(0..100)),
    };
    Edge {
        detector: DetectorId::from_index(rng.random_range(0..detectors + 3)),
        on: rng.random(),
        at,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_edges_and_no_lamps_can_break_what_is_believed(
        seed: u64,
        edges_per_tick in 0..40_usize,
        lamps in 0.0..0.3_f64,
        late in 0.0..0.05_f64,
    ) {
        let site = four_leg();
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let mut detection = Detection::new(&site);
        let mut estimator = Estimator::new(&site);
        let mut shown = SignalState::default();
        let mut now = Timestamp(0);
        for _ in 0..1_000 {
            now = now + Millis(100);
            if rng.random::<f64>() < late {
                now = now + Millis(rng.random_range(0..100_000));
            }
            if rng.random::<f64>() < lamps {
                flicker(&mut rng, &mut shown, now);
            }
            let count = rng.random_range(0..=edges_per_tick);
            let edges: Vec<Edge> =
                (0..count).map(|_| wild_edge(&mut rng, site.detectors.len(), now)).collect();
            let readings = detection.update(&site, &edges, &shown, now);
            check_readings(readings, &shown);
            check_estimate(&site, estimator.update(&site, readings, &shown, now));
        }
    }

    #[test]
    fn the_same_edges_give_the_same_belief_bit_for_bit(seed: u64) {
        let run = || {
            let site = four_leg();
            let mut rng = Pcg64Mcg::seed_from_u64(seed);
            let mut detection = Detection::new(&site);
            let mut estimator = Estimator::new(&site);
            let mut shown = SignalState::default();
            for tick in 1..600 {
                let now = Timestamp(tick * 100);
                flicker(&mut rng, &mut shown, now);
                let edges = [wild_edge(&mut rng, site.detectors.len(), now)];
                let readings = detection.update(&site, &edges, &shown, now);
                estimator.update(&site, readings, &shown, now);
            }
            (detection.readings().clone(), estimator.estimate().clone())
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn buffers_do_not_grow_over_hours_of_chatter() {
    let site = four_leg();
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let mut detection = Detection::new(&site);
    let mut estimator = Estimator::new(&site);
    let mut shown = SignalState::default();
    let sizes = |readings: &Readings, estimate: &Estimate| {
        let edges: usize = readings
            .detectors
            .iter()
            .map(|(_, r)| r.on_edges.capacity() + r.off_edges.capacity())
            .sum();
        let vehicles: usize = estimate
            .lanes
            .iter()
            .map(|(_, lane)| lane.vehicles.capacity())
            .sum();
        (edges, vehicles)
    };
    let start = sizes(detection.readings(), estimator.estimate());
    for tick in 1..30_000_i64 {
        let now = Timestamp(tick * 100);
        if tick % 70 == 0 {
            flicker(&mut rng, &mut shown, now);
        }
        let edges: Vec<Edge> = (0..rng.random_range(0..4))
            .map(|_| wild_edge(&mut rng, site.detectors.len(), now))
            .collect();
        let readings = detection.update(&site, &edges, &shown, now);
        estimator.update(&site, readings, &shown, now);
    }
    assert_eq!(sizes(detection.readings(), estimator.estimate()), start);
}
