//! The solver against its promises and against an engineer's common sense.

mod box_view;
mod decisions;
mod promises;
mod search;
mod street;

use std::path::Path;

use phasewise::intersection::{Intersection, LaneId, PhaseId, Turn};
use phasewise::signal::Decision;
use phasewise::solver::Solver;
use phasewise::units::Timestamp;

use street::Street;

/// More than any decision here uses.
const BUDGET: u32 = 50_000;

fn site(name: &str) -> Intersection {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("intersections").join(name).join("site.toml");
    Intersection::load(&file).unwrap()
}

fn phase(number: u8) -> PhaseId {
    PhaseId::new(number).unwrap()
}

/// Runs the street under the solver and gives all decisions.
fn run(street: &mut Street<'_>, solver: &mut Solver, seconds: i64) -> Vec<Decision> {
    let end = Timestamp(street.now.0 + seconds * 1_000);
    let mut decisions = Vec::new();
    while street.now < end {
        let estimate = street.estimate();
        let advice = solver.advise(street.site, &estimate, street.shown(), street.now, BUDGET);
        decisions.extend(solver.take_decision());
        street.step(&advice);
    }
    decisions
}

/// 430 veh/h and lane on the main street, 220 on the side street, 110 in each left-turn lane, × `scale`.
fn usual_rate(site: &Intersection, scale: f64) -> impl Fn(LaneId) -> f64 {
    move |lane| {
        let movements = || {
            site.lanes[lane]
                .movements
                .iter()
                .map(|m| &site.movements[*m])
        };
        let left = movements().all(|m| m.turn == Turn::Left);
        let main = movements().any(|m| m.protected.iter().any(|p| [2, 6].contains(&p.number())));
        let rate = match (left, main) {
            (true, true | false) => 0.03,
            (false, true) => 0.12,
            (false, false) => 0.06,
        };
        rate * scale
    }
}
