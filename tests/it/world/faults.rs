//! Faulty detectors tell what their fault says, and the truth before and after.

use phasewise::detection::Edge;
use phasewise::intersection::{DetectorId, Id};
use phasewise::simulation::faults::{Fault, FaultKind, Faults};
use phasewise::units::{TICK, Timestamp};
use proptest::prelude::*;

const TICKS: i64 = 6000;

/// A vehicle every 4 s: on for 0.4 s.
fn traffic(detector: DetectorId) -> Vec<Edge> {
    (0..TICKS / 40)
        .flat_map(|i| {
            [(true, i * 4000 + 1050), (false, i * 4000 + 1450)].map(|(on, at)| Edge {
                detector,
                on,
                at: Timestamp(at),
            })
        })
        .collect()
}

fn told(kind: FaultKind, from: i64, until: i64, seed: u64) -> Vec<Edge> {
    let detector = DetectorId::from_index(1);
    let fault = Fault {
        detector,
        kind,
        from: Timestamp(from),
        until: Timestamp(until),
    };
    let mut faults = Faults::new(vec![fault], 3, Timestamp(0), seed);
    let truth = traffic(detector);
    let mut now = Timestamp(0);
    let mut told = Vec::new();
    for _ in 0..TICKS {
        let before = now;
        now = now + TICK;
        let passed = truth.partition_point(|edge| edge.at <= now);
        let edges = &truth[truth.partition_point(|edge| edge.at <= before)..passed];
        let heard = faults.apply(now, edges);
        assert!(heard.iter().all(|edge| before < edge.at && edge.at <= now));
        told.extend(heard);
    }
    told
}

fn on_edges(edges: &[Edge], from: i64, until: i64) -> usize {
    edges
        .iter()
        .filter(|edge| edge.on && (from..until).contains(&edge.at.0))
        .count()
}

#[test]
fn stuck_and_dead_detectors_are_silent_and_come_back() {
    for kind in [FaultKind::StuckOn, FaultKind::Dead] {
        let edges = told(kind, 100_000, 300_000, 1);
        assert_eq!(on_edges(&edges, 0, 100_000), 25);
        let changes = edges
            .iter()
            .filter(|e| (100_002..300_000).contains(&e.at.0))
            .count();
        assert_eq!(changes, 0, "{kind:?}");
        assert!(
            (74..=76).contains(&on_edges(&edges, 300_000, 600_001)),
            "{kind:?}"
        );
    }
}

#[test]
fn chatter_has_its_rate() {
    let edges = told(FaultKind::Chatter { per_minute: 90 }, 60_000, 180_000, 1);
    assert!((178..=181).contains(&on_edges(&edges, 60_000, 180_000)));
}

#[test]
fn missed_and_phantom_vehicles_have_their_shares() {
    let missed = on_edges(
        &told(FaultKind::Missed { share: 0.3 }, 0, 600_000, 5),
        0,
        600_001,
    );
    assert!((90..=120).contains(&missed), "{missed} of 150 seen");
    let phantoms = told(FaultKind::False { per_hour: 600.0 }, 0, 600_000, 5);
    let seen = on_edges(&phantoms, 0, 600_001);
    assert!(
        (210..=290).contains(&seen),
        "{seen} seen of 150 real and about 100 phantoms"
    );
}

proptest! {
    #[test]
    fn whatever_the_fault_edges_alternate_in_order_and_end_with_the_truth(
        kind in prop_oneof![
            Just(FaultKind::StuckOn),
            Just(FaultKind::Dead),
            (1_u32..=600).prop_map(|per_minute| FaultKind::Chatter { per_minute }),
            (0.0..=1.0).prop_map(|share| FaultKind::Missed { share }),
            (0.0..5000.0).prop_map(|per_hour| FaultKind::False { per_hour }),
        ],
        from in 0_i64..500_000,
        length in 0_i64..90_000,
        seed: u64,
    ) {
        let edges = told(kind, from, from + length, seed);
        prop_assert!(edges.is_sorted_by_key(|edge| edge.at));
        prop_assert!(edges.windows(2).all(|pair| pair[0].on != pair[1].on));
        prop_assert_eq!(on_edges(&edges, 591_500, 600_001), 2, "the truth after the fault");
    }
}
