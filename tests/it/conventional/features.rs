//! What is between the features: left-turn traps, conflict tables, taking over, the gate's last word, and the
//! log.

use std::path::Path;

use phasewise::conventional::{CycleState, Mode};
use phasewise::hires::code;
use phasewise::intersection::{Intersection, PerPhase, PhaseSet, Turn};
use phasewise::signal::{Advice, GreenEnd};
use phasewise::units::Millis;

use super::bench::{Bench, Drawn};
use super::sites::{coordinated_site, ring_site, table_site, two_phases};
use crate::safety::sites::{phase, s, set};
use crate::sites::shipped_files;

fn shipped(name: &str) -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("intersections")
        .join(name);
    Intersection::load(&path.join("site.toml")).unwrap()
}

/// The tutorial site with five-lamp left-turn heads: left turns go permissively with the through beside
/// them, and not, as with flashing yellow arrows, with the one that faces them.
fn five_lamp_lefts() -> Intersection {
    let mut site = shipped("four-leg");
    let throughs: Vec<_> = (site.movements.iter())
        .filter(|(_, movement)| movement.turn == Turn::Through)
        .map(|(_, movement)| (movement.from, movement.protected))
        .collect();
    for (_, movement) in site.movements.iter_mut() {
        if movement.turn == Turn::Left {
            let beside = throughs.iter().find(|(from, _)| *from == movement.from);
            movement.permissive = beside.unwrap().1;
        }
    }
    site
}

/// At night: free, 2 and 6 on minimum recall.
#[test]
fn going_back_to_a_left_turn_ends_the_oncoming_through_too() {
    // 6 would be compatible with 1, but left turners facing it, served by 2 till now, would be trapped.
    let mut bench = Bench::actuated(five_lamp_lefts());
    bench.run("1 ...........=========================", 45);
    bench.shows(
        "1  .................GGGGGGGGGGGGGGGyyyyyr.......
         2  GGGGGGGGGGGyyyyyr.....................GGGGGGG
         3  .............................................
         4  .............................................
         5  .............................................
         6  GGGGGGGGGGGyyyyyr.GGGGGGGGGGGGGGGGGGGGGGGGGGG
         7  .............................................
         8  .............................................",
    );
}

#[test]
fn conditional_service_is_not_given_where_it_would_be_a_trap() {
    let mut site = five_lamp_lefts();
    site.phase[phase(2)].actuated.conditional_service = true;
    let mut bench = Bench::actuated(site);
    let busy = "=".repeat(60);
    bench.run(&format!("6 {busy}\n1 ............{busy}\n4 ......c"), 60);
    // Phase 2 has gapped out long before the maximum of 6, and waits for it.
    assert_eq!(bench.ends_of(2)[..1], [GreenEnd::GapOut]);
    assert_eq!(bench.end_seconds_of(2)[..1], bench.end_seconds_of(6)[..1]);
}

#[test]
fn a_phase_in_two_consecutive_sets_stays_green() {
    // Sets 1+2, 2+3, 4 in turn.
    let mut bench = Bench::actuated(table_site());
    bench.run("1 c..............................c\n3 .c\n4 ..c", 50);
    bench.shows(
        "1  GGGGGyyyrr..........................GGGGGGGGGGGGGG
         2  GGGGGGGGGGGGGGGyyyrr................GGGGGGGGGGGGGG
         3  ..........GGGGGyyyrr..............................
         4  ....................GGGGGGGGGGGyyyrr..............",
    );
}

#[test]
fn sets_of_a_conflict_table_are_skipped_like_phases() {
    let mut bench = Bench::actuated(table_site());
    bench.run("1 c\n4 ..c", 30);
    bench.shows(
        "1  GGGGGyyyrr....................
         2  GGGGGyyyrr....................
         3  ..............................
         4  ..........GGGGGGGGGGGGGGGGGGGG",
    );
}

#[test]
fn a_conflict_table_can_be_coordinated() {
    // Splits 1: 30 s, 2: 45 s, 3: 15 s, 4: 15 s make the sets 30, 15 and 15 s long.
    let mut site = table_site();
    let mut pattern = coordinated_site().patterns[0].clone();
    if let Some(coordination) = &mut pattern.coordination {
        coordination.cycle = s(60);
        coordination.coordinated = set(&[1]);
        coordination.splits = PerPhase::default();
        for (number, split) in [(1, 30), (2, 45), (3, 15), (4, 15)] {
            coordination.splits[phase(number)] = s(split);
        }
    }
    site.patterns = vec![pattern];
    site.schedule = super::sites::schedule_all_day();
    let mut bench = Bench::actuated(site);
    let busy = "=".repeat(120);
    bench.run(&format!("1 {busy}\n2 {busy}\n3 {busy}\n4 {busy}"), 120);
    bench.shows(
        "1  GGGGGGGGGGGGGGGGGGGGyyyrr..............................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..............................GGGGG
         2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr...............GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr...............GGGGG
         3  .........................GGGGGGGGGGyyyrr.............................................GGGGGGGGGGyyyrr....................
         4  ........................................GGGGGGGGGGyyyrr.............................................GGGGGGGGGGyyyrr.....",
    );
    assert_eq!(bench.end_seconds_of(1)[..2], [20.0, 80.0]);
    assert_eq!(bench.end_seconds_of(2)[..2], [35.0, 95.0]);
    assert_eq!(bench.end_seconds_of(4)[..1], [50.0]);
}

#[test]
fn takes_over_from_what_is_shown() {
    // Somebody else shows 4 and 8; conventional control goes on from there, and 2 is next.
    let mut bench = Bench::actuated(ring_site());
    let calls = |number: u8| PerPhase::from_fn(|p| if p.number() == number { '=' } else { ' ' });
    let quiet = Drawn {
        vehicle: calls(2),
        pedestrian: calls(0),
    };
    let other = Advice::green(set(&[4, 8]));
    for _ in 0..160 {
        bench.step_with(&quiet, Some(other));
    }
    bench.run("2 ================================", 32);
    bench.shows(
        "1  ..........................................
         2  ...............GGGGGGGGGGGGGGGGGGGGGGGGGGG
         3  ..........................................
         4  GGGGGGGGGGyyyrr...........................
         5  ..........................................
         6  ...............GGGGGGGGGGGGGGGGGGGGGGGGGGG
         7  ..........................................
         8  GGGGGGGGGGyyyrr...........................",
    );
}

#[test]
fn goes_on_after_the_gate_has_served_a_call_that_could_not_wait() {
    let mut site = two_phases();
    site.phase[phase(2)].actuated.max_green = s(100);
    site.phase[phase(4)].safety.max_wait = s(40);
    let mut bench = Bench::actuated(site);
    let busy = "=".repeat(150);
    bench.run(&format!("2 {busy}\n4 {busy}"), 150);
    assert!(bench.gate.overrides() > 0);
    assert!(bench.ends_of(2).contains(&GreenEnd::MaxWait));
    // 4 gets its maximum all the same, and 2 comes back after it.
    assert!(bench.ends_of(4).iter().all(|&why| why == GreenEnd::MaxOut));
    assert!(bench.ends.len() >= 4, "{:?}", bench.ends);
}

#[test]
fn a_free_pattern_may_bring_its_own_maximum() {
    let mut site = two_phases();
    let mut pattern = coordinated_site().patterns[0].clone();
    pattern.coordination = None;
    pattern.max_green[phase(2)] = Some(s(12));
    site.patterns = vec![pattern];
    site.schedule = super::sites::schedule_all_day();
    let mut bench = Bench::actuated(site);
    let busy = "=".repeat(30);
    bench.run(&format!("2 {busy}\n4 {busy}"), 30);
    assert_eq!(bench.end_seconds_of(2)[..1], [12.0]);
    assert_eq!(bench.seconds_of(code::MAX_2_IN_EFFECT, 2), [0.1]);
    assert_eq!(bench.control.cycle_state(), CycleState::Free);
}

#[test]
fn decisions_skips_and_barriers_are_logged() {
    let mut bench = Bench::actuated(ring_site());
    bench.run("2 c\n6 c\n4 .c", 20);
    assert_eq!(bench.seconds_of(code::NEXT_PHASE_DECISION, 4), [5.0]);
    assert_eq!(bench.seconds_of(code::NEXT_PHASE_DECISION, 8), [5.0]);
    assert_eq!(bench.seconds_of(code::PHASE_SKIPPED, 3), [5.0]);
    assert_eq!(bench.seconds_of(code::PHASE_SKIPPED, 7), [5.0]);
    // Yellow 3 s, red clearance 2 s; what is shown is known a tick later.
    assert_eq!(bench.seconds_of(code::BARRIER_TERMINATION, 1), [10.1]);
}

#[test]
fn changes_say_why_in_words() {
    let mut bench = Bench::actuated(two_phases());
    bench.run("2 c\n4 .c", 10);
    let words: Vec<String> = bench.changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        words.last().unwrap(),
        "ended 2 (gap, 5.0 s); next 4: 4 called by vehicles"
    );
}

/// Every shipped site under busy traffic, by day and by night, actuated and fixed.
#[test]
fn shipped_sites_never_give_the_gate_cause_to_refuse() {
    let busy = "c.....c..c....c.c......c....c...c....c..";
    let buttons = "....p........................p..........";
    for file in shipped_files() {
        for (mode, hour) in [
            (Mode::Actuated, 2),
            (Mode::Actuated, 12),
            (Mode::FixedTime, 2),
            (Mode::FixedTime, 12),
        ] {
            let mut bench = Bench::new(Intersection::load(&file).unwrap(), mode);
            bench.strips = crate::strips::Strips::per_second(PhaseSet::EMPTY);
            bench.clock_offset = Millis(hour * 3_600_000);
            let demand: String = (1..=16)
                .map(|n| {
                    let (cars, walkers) = (busy[n..].repeat(15), buttons[n..].repeat(15));
                    format!("{n} {cars}\n{n}p {walkers}\n")
                })
                .collect();
            bench.run(&demand, 600);
            let name = file.display();
            assert!(bench.ends.len() > 10, "{name} {mode:?} at {hour} h");
        }
    }
}
