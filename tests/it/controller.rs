//! A controller whose driver tells it nonsense: more edges than there can be, clocks that jump.

use std::path::Path;

use phasewise::announcement::{Heard, News};
use phasewise::controller::{Controller, EDGES_MAX, Inputs, Outputs, PAUSE_MAX};
use phasewise::detection::Edge;
use phasewise::intersection::{DetectorId, Id, Intersection, PhaseSet};
use phasewise::signal::{Heads, Indication};
use phasewise::units::{ClockTime, Millis, TICK, Timestamp};

const YEAR: Millis = Millis(365 * 86_400_000);

fn four_leg() -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    Intersection::load(&path).unwrap()
}

/// Noon, and a vehicle on every detector from the first tick on.
fn inputs(site: &Intersection, tick: i64, now: Timestamp) -> Inputs {
    let all_on = site.detectors.ids().map(|detector| Edge {
        detector,
        on: true,
        at: now,
    });
    Inputs {
        clock: ClockTime(12 * 3_600_000 + tick * TICK.0),
        edges: if tick == 0 {
            all_on.collect()
        } else {
            Vec::new()
        },
        budget: 2_000,
        ..Inputs::default()
    }
}

/// Eight minutes with this driver's clock.
fn run(site: &Intersection, clock: impl Fn(i64) -> Timestamp) -> Vec<Outputs> {
    let mut controller = Controller::new(site);
    (0..4_800)
        .map(|tick| {
            let now = clock(tick);
            controller.step(&inputs(site, tick, now), now)
        })
        .collect()
}

fn ticked(tick: i64) -> Timestamp {
    Timestamp(tick * TICK.0)
}

fn greens(outputs: &[Outputs]) -> PhaseSet {
    let lit = outputs.iter().flat_map(|one| {
        let phases: Vec<_> = (one.heads.vehicle.iter())
            .filter(|(_, lamp)| **lamp == Indication::Green)
            .map(|(phase, _)| phase)
            .collect();
        phases
    });
    lit.collect()
}

#[test]
fn a_clock_set_years_ahead_changes_nothing_but_the_stamps() {
    let site = four_leg();
    let jump = |tick: i64| {
        let ahead = if tick >= 2_000 { YEAR.0 * 10 } else { 0 };
        ticked(tick) + Millis(ahead)
    };
    let (plain, set) = (run(&site, ticked), run(&site, jump));
    assert_eq!(greens(&plain), site.phases);
    let lamps = |outputs: &[Outputs]| -> Vec<_> {
        outputs.iter().map(|one| (one.heads, one.rung)).collect()
    };
    assert_eq!(lamps(&set), lamps(&plain));
    let decision = set.iter().rev().find_map(|one| one.decision.as_ref());
    assert!(
        decision.unwrap().at > jump(2_000),
        "stamps are the driver's"
    );
}

/// Eight minutes with the driver's stamps on everything that comes in: a vehicle over each loop in turn,
/// and, if anybody `tells`, neighbors whose roads are full. All that is decided, by tick.
fn driven(site: &Intersection, tells: bool, clock: impl Fn(i64) -> Timestamp) -> Vec<Driven> {
    let mut controller = Controller::new(site);
    let detectors: Vec<_> = site.detectors.ids().collect();
    let one = |tick: i64| {
        let now = clock(tick);
        let turn = usize::try_from(tick / 7).unwrap() % detectors.len();
        let edge = |on, early| Edge {
            detector: detectors[turn],
            on,
            at: now - Millis(early),
        };
        let edges = match tick % 7 {
            1 => vec![edge(true, 30)],
            4 => vec![edge(false, 70)],
            _ => Vec::new(),
        };
        let room = |exit| News::Room { exit, vehicles: 0 };
        let heard = site.exits.ids().map(|exit| Heard {
            made: now - Millis(500),
            news: room(exit),
        });
        let inputs = Inputs {
            clock: ClockTime(12 * 3_600_000 + tick * TICK.0),
            edges,
            heard: heard.filter(|_| tells).collect(),
            budget: 2_000,
            ..Inputs::default()
        };
        let outputs = controller.step(&inputs, now);
        let decision = outputs.decision.map(|decision| {
            assert_eq!(
                decision.at, now,
                "a decision is made now, by the driver's clock"
            );
            (decision.wants, decision.cost, decision.reason)
        });
        (outputs.heads, decision)
    };
    (0..4_800).map(one).collect()
}

type Driven = (Heads, Option<(PhaseSet, f64, String)>);

/// Edges and announcements come with the driver's stamps, which are put right with its clock.
#[test]
fn a_clock_that_was_set_moves_no_edge_and_no_announcement() {
    let jump = |tick: i64| ticked(tick) + Millis(if tick >= 2_000 { YEAR.0 } else { 0 });
    let back = |tick: i64| ticked(tick) - Millis(if tick >= 2_000 { YEAR.0 } else { 0 });
    // Farther from zero than any first tick is believed to be.
    let far = |tick: i64| ticked(tick) + Millis(3_000_000_000_000_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let site = Intersection::load(&root.join("intersections/corridor/second/site.toml")).unwrap();
    let (alone, told) = (driven(&site, false, ticked), driven(&site, true, ticked));
    assert!(alone != told, "announcements must matter here");
    assert!(driven(&site, true, jump) == told, "set ahead");
    assert!(driven(&site, true, back) == told, "set back");
    assert!(driven(&site, true, far) == told, "far from zero");
}

/// A driver that reads two clocks in turn: time must not run faster for that.
#[test]
fn a_clock_that_goes_to_and_fro_shortens_no_yellow() {
    let site = four_leg();
    for difference in [Millis(30_000), PAUSE_MAX, PAUSE_MAX + TICK, YEAR] {
        let to_and_fro = |tick: i64| ticked(tick) + Millis(difference.0 * (tick % 2));
        // The first step ahead is believed once, where it can be.
        let outputs = &run(&site, to_and_fro)[2..];
        let mut yellows = 0;
        for phase in site.phases.iter() {
            let lamps = outputs.iter().map(|one| one.heads.vehicle[phase]);
            let lamps: Vec<_> = lamps.collect();
            let shown = lamps.chunk_by(|a, b| a == b);
            // The last may go on after the end.
            for yellow in shown.rev().skip(1).filter(|it| it[0] == Indication::Yellow) {
                let nominal = site.phase[phase].safety.yellow_change.0 / TICK.0;
                let ticks = i64::try_from(yellow.len()).unwrap();
                assert!(ticks >= nominal - 1, "{ticks} ticks, off by {difference}");
                yellows += 1;
            }
        }
        assert!(yellows > 10, "{yellows}, off by {difference}");
    }
}

#[test]
fn one_wrong_time_does_not_stop_the_lamps() {
    let site = four_leg();
    for wrong in [
        ticked(2_000) + YEAR,
        Timestamp(i64::MAX),
        Timestamp(i64::MIN),
    ] {
        let clock = |tick: i64| if tick == 2_000 { wrong } else { ticked(tick) };
        let outputs = run(&site, clock);
        assert_eq!(greens(&outputs[2_100..]), site.phases, "after {}", wrong.0);
    }
}

#[test]
fn a_pause_that_can_be_is_counted_in_full() {
    let site = four_leg();
    for (pause, counted) in [(PAUSE_MAX, true), (PAUSE_MAX + TICK, false)] {
        let mut controller = Controller::new(&site);
        let mut step = |now: i64, tick: i64| {
            let now = Timestamp(now);
            controller
                .step(&inputs(&site, tick, now), now)
                .heads
                .vehicle
        };
        // A tick before the end of the all-red start of 6 s, and one after the pause.
        for tick in 0..59 {
            step(tick * TICK.0, tick);
        }
        let after = step(58 * TICK.0 + pause.0, 59);
        let lit = after.iter().any(|(_, lamp)| *lamp == Indication::Green);
        assert_eq!(lit, counted, "pause of {pause}");
    }
}

#[test]
fn stamps_at_the_ends_of_time_do_no_harm() {
    let site = four_leg();
    for (first, clock) in [(i64::MIN, i64::MIN), (i64::MAX, i64::MAX), (0, i64::MIN)] {
        let mut controller = Controller::new(&site);
        for _ in 0..200 {
            let now = Timestamp(first);
            let told = Inputs {
                clock: ClockTime(clock),
                ..inputs(&site, 0, now)
            };
            controller.step(&told, now);
        }
    }
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
