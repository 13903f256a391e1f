//! Seeds × faults: whatever goes wrong around the controller, the promises hold on every tick.

use std::path::Path;

use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::simulation::stress::{Stress, stress};
use phasewise::units::Millis;

fn scenario(site: &str, minutes: i64) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("intersections")
        .join(site);
    let duration = Some(Millis(minutes * 60_000));
    Scenario::load(
        &path.join("site.toml"),
        &Selection {
            duration,
            ..Selection::default()
        },
    )
    .unwrap()
}

fn keeps_every_promise(site: &str, minutes: i64, seeds: std::ops::Range<u64>) {
    let scenario = scenario(site, minutes);
    let mut total = Stress::default();
    for seed in seeds {
        let result = stress(&scenario, seed).unwrap();
        assert!(
            result.broken.is_empty(),
            "{site}, {minutes} min, seed {seed}: {} promises broken, first: {:?}",
            result.broken.len(),
            result.broken[0]
        );
        total.add(result);
    }
    // Otherwise nothing was put to the test.
    let on = total.ticks_on;
    assert!(
        on.iter().all(|&ticks| ticks > 0),
        "{site}: ticks on each rung {on:?}"
    );
}

#[test]
fn the_recorded_intersection_keeps_every_promise_under_faults() {
    keeps_every_promise("odot-1136", 20, 0..25);
}

#[test]
fn the_four_leg_intersection_keeps_every_promise_under_faults() {
    keeps_every_promise("four-leg", 20, 100..125);
}
