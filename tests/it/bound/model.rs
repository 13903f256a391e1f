//! The bound of the point-queue model against everything that can be tried by hand: every plan of a tiny case, random
//! plans that the safety gate allows, too few labels; and its plan against the gate.

use std::path::Path;

use proptest::prelude::*;

use phasewise::controller::Rung;
use phasewise::intersection::{Intersection, LaneId, MovementId, PhaseId, PhaseSet, START_UP_RED};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls};
use phasewise::simulation::bound::{Arrival, Bound, Drivers, LABELS, Model};
use phasewise::simulation::compare::run_one;
use phasewise::simulation::planned::Shown;
use phasewise::simulation::run::{Control, Nobody, Run};
use phasewise::simulation::scenario::Scenario;
use phasewise::units::{Millis, TICK, Timestamp};

use super::scenario;

/// A T: the main road on phase 2 with a left turn that yields, the side road on phase 4 with a right turn on red.
const TINY: &str = r#"
[site]
id = "tiny"
name = "Tiny"
approaches = [
  { id = "west",  heading_deg =  90, length_m = 200, speed_limit_mph = 30, crossing_m = 15 },
  { id = "east",  heading_deg = 270, length_m = 200, speed_limit_mph = 30, crossing_m = 15 },
  { id = "south", heading_deg =   0, length_m = 200, speed_limit_mph = 30, crossing_m = 15 },
]
lanes = [
  { id = "W", approach = "west" },
  { id = "E", approach = "east" },
  { id = "S", approach = "south" },
]
exits = [
  { id = "west",  lanes = 1, length_m = 200 },
  { id = "east",  lanes = 1, length_m = 200 },
  { id = "south", lanes = 1, length_m = 200 },
]
movements = [
  { id = "W-E", from = "west",  to = "east",  turn = "through", lanes = ["W"], protected = [2] },
  { id = "E-W", from = "east",  to = "west",  turn = "through", lanes = ["E"], protected = [2] },
  { id = "E-S", from = "east",  to = "south", turn = "left",    lanes = ["E"], permissive = [2] },
  { id = "S-W", from = "south", to = "west",  turn = "left",    lanes = ["S"], protected = [4] },
  { id = "S-E", from = "south", to = "east",  turn = "right",   lanes = ["S"], protected = [4], turn_on_red = true },
]
rings = ["2 4"]
[site.phases]
2 = "main road"
4 = "side road"
[safety]
max_wait_s = 120
[safety.phases]
2 = { min_green_s = 5, yellow_change_s = 3.6, red_clearance_s = 1.6 }
4 = { min_green_s = 5, yellow_change_s = 3.6, red_clearance_s = 1.6 }
[tuning.phases]
2 = { max_green_s = 30, recall = "min" }
4 = { max_green_s = 30, recall = "min" }
"#;

fn site(name: &str) -> Intersection {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections");
    Intersection::load(&root.join(name).join("site.toml")).unwrap()
}

fn at(ticks: i64) -> Timestamp {
    Timestamp(0) + Millis(ticks * TICK.0)
}

/// Every way through a site: a lane and a movement that may be made from it.
fn ways(site: &Intersection) -> Vec<(LaneId, MovementId)> {
    (site.movements.iter())
        .flat_map(|(id, movement)| movement.lanes.iter().map(move |lane| (*lane, id)))
        .collect()
}

/// Arrivals from pairs of which way, and when in ticks.
fn arrivals(site: &Intersection, drawn: &[(usize, i64)]) -> Vec<Arrival> {
    let ways = ways(site);
    (drawn.iter())
        .map(|&(way, due)| {
            let (lane, movement) = ways[way % ways.len()];
            Arrival {
                lane,
                movement,
                due: at(due),
            }
        })
        .collect()
}

fn played(scenario: &Scenario, control: Control<'_>) -> Run {
    let result = run_one(scenario, control, 1, 1.0, &mut Nobody).unwrap();
    result.run.unwrap()
}

fn best(model: &Model, labels: usize) -> Bound {
    model.bound(labels, &mut |_| {}).unwrap()
}

fn only(phase: u8) -> Shown {
    Shown {
        green: PhaseSet::only(PhaseId::new(phase).unwrap()),
        ..Shown::default()
    }
}

/// Ticks from the end of one green to the start of the next, and the shortest green.
const BETWEEN: i64 = 52;
const MIN_GREEN: i64 = 50;

/// The least delay of all plans of the tiny site with at most three greens, which end at any tick and begin as soon as
/// they may or a little later.
fn least_by_trying(model: &Model, end: i64) -> f64 {
    let open = START_UP_RED.0 / TICK.0;
    let none = Shown::default();
    let mut least = model.delay_of(&[]);
    let mut try_it = |plan: &[(Timestamp, Shown)]| least = least.min(model.delay_of(plan));
    for (first, second) in [(only(2), only(4)), (only(4), only(2))] {
        for begins in [open, open + 7] {
            try_it(&[(at(begins), first)]);
            for ends in begins + MIN_GREEN..end {
                for later in [0, 3] {
                    let again = ends + BETWEEN + later;
                    let two = [(at(begins), first), (at(ends), none), (at(again), second)];
                    try_it(&two);
                    for ends in again + MIN_GREEN..end {
                        let mut three = two.to_vec();
                        three.push((at(ends), none));
                        three.push((at(ends + BETWEEN), first));
                        try_it(&three);
                    }
                }
            }
        }
    }
    least
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Left turns that yield, right turns on red and both in one lane with others are among them.
    #[test]
    fn of_a_tiny_case_the_optimum_is_what_trying_every_plan_finds(
        drawn in prop::collection::vec((0_usize..5, 20_i64..200), 1..7)
    ) {
        const END: i64 = 240;
        let site = Intersection::parse(TINY, "tiny").unwrap();
        let model = Model::of_arrivals(&site, &arrivals(&site, &drawn), Millis(END * TICK.0));
        let found = best(&model, LABELS);
        prop_assert!(found.is_exact(), "{found:?}");
        let least = least_by_trying(&model, END);
        prop_assert!((found.upper_s - least).abs() < 1e-9, "{} s found, {least} s by trying", found.upper_s);
    }
}

/// What the gate shows when somebody wishes for a phase set now and then.
fn shown_by_gate(
    site: &Intersection,
    wishes: &[(usize, i64)],
    end: i64,
) -> Vec<(Timestamp, Shown)> {
    let mut gate = Gate::new(site, at(0));
    let mut shown: Vec<(Timestamp, Shown)> = Vec::new();
    let mut wishes = wishes.iter().cycle();
    let mut until = 0;
    let mut wanted = PhaseSet::EMPTY;
    for tick in 0..end {
        if tick >= until {
            let (set, ticks) = wishes.next().unwrap();
            wanted = site.phase_sets[set % site.phase_sets.len()];
            until = tick + ticks;
        }
        gate.admit(&Advice::green(wanted), &Calls::default(), at(tick));
        let now = Shown::of(&gate.heads());
        if shown.last().is_none_or(|(_, last)| *last != now) {
            shown.push((at(tick), now));
        }
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The gate decides what is legal, not the search.
    #[test]
    fn nothing_that_the_gate_allows_is_below_the_bound(
        name in prop::sample::select(vec!["four-leg", "odot-1136", "european"]),
        drawn in prop::collection::vec((0_usize..64, 0_i64..900), 1..40),
        plans in prop::collection::vec(prop::collection::vec((0_usize..32, 50_i64..250), 1..8), 8),
    ) {
        const END: i64 = 1_200;
        let site = site(name);
        let model = Model::of_arrivals(&site, &arrivals(&site, &drawn), Millis(END * TICK.0));
        let exact = best(&model, LABELS);
        for wishes in &plans {
            let delay = model.delay_of(&shown_by_gate(&site, wishes, END));
            prop_assert!(exact.lower_s <= delay + 1e-9, "{name}: {delay} s is below {exact:?}");
        }
    }

    /// Labels merged for want of room make the lower figure lower, labels dropped make the upper one higher.
    #[test]
    fn too_few_labels_open_a_gap_around_the_optimum(
        name in prop::sample::select(vec!["four-leg", "odot-1136"]),
        drawn in prop::collection::vec((0_usize..64, 0_i64..600), 10..40),
        labels in 1_usize..40,
    ) {
        let site = site(name);
        let model = Model::of_arrivals(&site, &arrivals(&site, &drawn), Millis(90_000));
        let (exact, rough) = (best(&model, LABELS), best(&model, labels));
        prop_assert!(exact.is_exact());
        prop_assert!(rough.lower_s <= exact.lower_s + 1e-9, "{labels}: {rough:?} {exact:?}");
        prop_assert!(rough.upper_s >= exact.upper_s - 1e-9, "{labels}: {rough:?} {exact:?}");
    }
}

#[test]
fn few_labels_leave_a_gap_that_more_labels_close() {
    let scenario = scenario("four-leg", 5);
    let run = played(&scenario, Control::Ours(Rung::Adaptive));
    let model = Model::of_run(&scenario.site, &run, scenario.duration, Drivers::Quick);
    // Very few find no plan at all.
    let gap = |labels| {
        let bound = model.bound(labels, &mut |_| {});
        bound.map_or(f64::INFINITY, |bound| bound.upper_s - bound.lower_s)
    };
    let gaps = [10, 100, LABELS].map(gap);
    assert!(gaps[0] > gaps[1] && gaps[1] >= gaps[2], "{gaps:?}");
    assert!(gaps[2] <= 0.0, "{gaps:?}");
}

#[test]
fn the_plan_keeps_the_safety_timing_to_the_tick() {
    for (name, minutes) in [("four-leg", 10), ("odot-1136", 10), ("european", 5)] {
        let scenario = scenario(name, minutes);
        let ours = played(&scenario, Control::Ours(Rung::Adaptive));
        let model = Model::of_run(&scenario.site, &ours, scenario.duration, Drivers::Quick);
        let bound = best(&model, LABELS);
        let played = played(&scenario, Control::Planned(&bound.plan));
        assert!(
            played.violations.is_empty(),
            "{name}: {:?}",
            played.violations
        );
        assert_eq!(played.refusals, 0, "{name}: the gate had to step in");
        let shown = model.delay_of(&played.shown);
        assert!(
            (shown - bound.upper_s).abs() < 1e-9,
            "{name}: {shown} s shown, {} s planned",
            bound.upper_s
        );
        let adaptive = model.delay_of(&ours.shown);
        assert!(
            bound.lower_s < adaptive,
            "{name}: adaptive {adaptive} s is below {} s",
            bound.lower_s
        );
    }
}
