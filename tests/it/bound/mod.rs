//! How far from perfect a run was: the best of all plans, and what better sight would be worth.

mod model;
mod sight;

use std::path::Path;

use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::units::Millis;

fn scenario(site: &str, minutes: i64) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("intersections")
        .join(site)
        .join("site.toml");
    let duration = Some(Millis(minutes * 60_000));
    let selection = Selection {
        duration,
        ..Selection::default()
    };
    Scenario::load(&path, &selection).unwrap()
}
