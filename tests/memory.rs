//! How much memory one controller takes, and that it does not grow over a day. A test binary of its own,
//! because it counts what the whole process allocates.

use std::alloc::System;
use std::path::Path;

use phasewise::controller::{Controller, Inputs};
use phasewise::detection::Edge;
use phasewise::intersection::{DetectorId, Id, Intersection};
use phasewise::units::{ClockTime, Millis, TICK, Timestamp};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Most one controller may hold (ARCHITECTURE.md).
const BYTES_MAX: isize = 4 << 20;

/// Bytes allocated and not freed since the region began.
fn held(region: &Region<'_, System>) -> isize {
    let change = region.change();
    change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed()
}

/// Every detector is covered for 1.2 s, each at its own interval of 7 to 40 s.
fn edges(detectors: usize, now: Timestamp) -> Vec<Edge> {
    (0..detectors)
        .filter_map(|index| {
            let interval = 7_000 + i64::try_from(index * 977 % 33_000).unwrap_or(0) / 100 * 100;
            let detector = DetectorId::from_index(index);
            match now.0 % interval {
                0 => Some(Edge {
                    detector,
                    on: true,
                    at: now,
                }),
                1_200 => Some(Edge {
                    detector,
                    on: false,
                    at: now,
                }),
                _ => None,
            }
        })
        .collect()
}

#[test]
fn a_controller_stays_small_over_a_simulated_day() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    let site = Intersection::load(&path).unwrap();
    let region = Region::new(ALLOCATOR);
    let mut controller = Controller::new(&site);
    let mut after_first_hour = 0;
    let mut now = Timestamp(0);
    // One tick in ten would do for growth, but the day is to be the real one.
    for hour in 0..24 {
        for _ in 0..36_000 {
            now = now + TICK;
            let inputs = Inputs {
                clock: ClockTime(1_713_139_200_000) + Millis(now.0),
                edges: edges(site.detectors.len(), now),
                budget: 20_000,
                ..Inputs::default()
            };
            controller.step(&inputs, now);
        }
        if hour == 0 {
            after_first_hour = held(&region);
        }
    }
    let after_a_day = held(&region);
    println!(
        "one controller holds {after_first_hour} bytes after an hour, {after_a_day} after a day"
    );
    assert!(after_a_day < BYTES_MAX, "{after_a_day} bytes");
    let growth = after_a_day - after_first_hour;
    assert!(growth < 64 * 1024, "grew by {growth} bytes in 23 hours");
}
