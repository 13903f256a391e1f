//! A controller whose driver tells it nonsense: more edges than it looks at.

use std::path::Path;

use phasewise::controller::{Controller, EDGES_MAX, Inputs};
use phasewise::detection::Edge;
use phasewise::intersection::{DetectorId, Id, Intersection};
use phasewise::units::{TICK, Timestamp};

fn four_leg() -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    Intersection::load(&path).unwrap()
}

fn ticked(tick: i64) -> Timestamp {
    Timestamp(tick * TICK.0)
}

#[test]
fn edges_that_nobody_looked_at_are_told() {
    let site = four_leg();
    let mut controller = Controller::new(&site);
    let chatter = |count: usize, now: Timestamp| Inputs {
        edges: (0..count)
            .map(|i| Edge {
                detector: DetectorId::from_index(0),
                on: i % 2 == 0,
                at: now,
            })
            .collect(),
        ..Inputs::default()
    };
    let mut lost = |count, tick| {
        let now = ticked(tick);
        controller.step(&chatter(count, now), now).lost_edges
    };
    assert_eq!(lost(EDGES_MAX, 0), 0);
    assert_eq!(lost(EDGES_MAX + 7, 1), 7);
    assert_eq!(lost(0, 2), 7, "since the start");
    assert_eq!(lost(EDGES_MAX + 1, 3), 8);
}
