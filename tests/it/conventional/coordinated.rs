//! Coordination by time of day. The site of `sites.rs` with a cycle of 80 s: 1 and 5 lead with 15 s, 2 and 6
//! have 30 s, 3 and 7 15 s, 4 and 8 20 s, each with 5 s of clearance. The offset is 20 s, so counted from
//! the yield point of 2 and 6 (20, 100, 180 s …) the force-offs are 15 s (3, 7), 35 s (4, 8), 50 s (1, 5), 80 s.

use phasewise::conventional::{CycleState, FREE};
use phasewise::hires::code;
use phasewise::signal::GreenEnd;
use phasewise::units::Millis;

use super::bench::Bench;
use super::sites::{coordinated_site, rings};
use crate::safety::sites::{phase, s, set};

/// `character` from one second to another, then nothing.
fn line(phase: &str, parts: &[(usize, char, usize)]) -> String {
    let mut text = String::new();
    for &(from, character, until) in parts {
        text.push_str(&".".repeat(from - text.len()));
        text.push_str(&character.to_string().repeat(until - from));
    }
    format!("{phase} {text}\n")
}

#[test]
fn coordinated_phases_are_held_to_the_yield_point_and_return_early() {
    // One vehicle on 4 waits for the yield point; its gap gives the rest of the cycle back to 2 and 6.
    let mut bench = Bench::actuated(coordinated_site());
    bench.run("4 ....c", 110);
    bench.shows(
        "1  ..............................................................................................................
         2  GGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         3  ..............................................................................................................
         4  .........................GGGGGyyyrr...........................................................................
         5  ..............................................................................................................
         6  GGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         7  ..............................................................................................................
         8  .........................GGGGGyyyrr...........................................................................",
    );
    assert_eq!(bench.ends_of(2)[0], GreenEnd::ForceOff);
    assert_eq!(
        bench.seconds_of(code::COORDINATED_PHASE_YIELD_POINT, 2),
        [20.0, 100.0]
    );
    assert_eq!(
        bench.seconds_of(code::PHASE_HOLD_RELEASED, 2),
        [20.0, 100.0]
    );
}

#[test]
fn saturated_phases_are_forced_off_at_their_second() {
    let mut bench = Bench::actuated(coordinated_site());
    let demand: String = (1..=8)
        .map(|n| line(&n.to_string(), &[(0, '=', 200)]))
        .collect();
    bench.run(&demand, 200);
    let expected = [
        (3, [35.0, 115.0]),
        (4, [55.0, 135.0]),
        (1, [70.0, 150.0]),
        (2, [20.0, 100.0]),
    ];
    for (number, seconds) in expected {
        assert_eq!(bench.end_seconds_of(number)[..2], seconds, "phase {number}");
        assert_eq!(
            bench.end_seconds_of(number + [4, 0][usize::from(number > 4)])[..2],
            seconds
        );
        assert_eq!(bench.ends_of(number)[..2], [GreenEnd::ForceOff; 2]);
    }
    assert_eq!(bench.control.cycle_state(), CycleState::InStep);
}

#[test]
fn force_offs_are_fixed_not_floating() {
    // 3 gaps out early; 4 has the time, but no later force-off.
    let mut bench = Bench::actuated(coordinated_site());
    bench.run(&format!("3 ....c\n{}", line("4", &[(0, '=', 80)])), 80);
    bench.shows(
        "1  ................................................................................
         2  GGGGGGGGGGGGGGGGGGGGyyyrr...................................GGGGGGGGGGGGGGGGGGGG
         3  .........................GGGGGyyyrr.............................................
         4  ...................................GGGGGGGGGGGGGGGGGGGGyyyrr....................
         5  ................................................................................
         6  GGGGGGGGGGGGGGGGGGGGyyyrr...................................GGGGGGGGGGGGGGGGGGGG
         7  ................................................................................
         8  .........................GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr....................",
    );
    assert_eq!(bench.end_seconds_of(4), [55.0]);
    assert_eq!(bench.ends_of(4), [GreenEnd::ForceOff]);
}

#[test]
fn a_vehicle_call_too_late_for_its_minimum_waits_for_the_next_cycle() {
    // Clearance of 2 and minimum of 4 take 10 s: the window closes at 45 s.
    let served = |second: usize| {
        let mut bench = Bench::actuated(coordinated_site());
        bench.run(&line("4", &[(second, '=', 90)]), 90);
        bench.strips.vehicle(4).contains('G')
    };
    assert!(served(45));
    assert!(!served(46));
}

#[test]
fn a_pedestrian_call_too_late_for_its_service_waits_for_the_next_cycle() {
    // Clearance, walk and pedestrian clearance take 15 s: the window closes at 40 s.
    let served = |second: usize| {
        let mut bench = Bench::actuated(coordinated_site());
        bench.run(&line("4p", &[(second, 'p', second + 1)]), 90);
        bench.strips.pedestrian(4).contains('W')
    };
    assert!(served(40));
    assert!(!served(41));
}

#[test]
fn a_vehicle_is_served_without_walk_when_the_pedestrian_came_too_late() {
    let mut bench = Bench::actuated(coordinated_site());
    bench.run("4 ..........................................c\n4p ..........................................p", 130);
    bench.shows(
        "1  ..................................................................................................................................
         2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr...............GGGGGGGGGG
         3  ..................................................................................................................................
         4  ...............................................GGGGGyyyrr................................................GGGGGGGGGGyyyrr..........
         4p ---------------------------------------------------------------------------------------------------------WWWWFFFFFF---------------
         5  ..................................................................................................................................
         6  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr...............GGGGGGGGGG
         7  ..................................................................................................................................
         8  ...............................................GGGGGyyyrr................................................GGGGGGGGGGyyyrr..........",
    );
}

#[test]
fn a_leading_left_turn_does_not_shut_the_side_street_out() {
    // Only 1 calls at the yield point. Were it served at once, 4 (called at 30 s) would have to wait
    // for the next cycle; so its window opens when that of 4 has closed.
    let mut bench = Bench::actuated(coordinated_site());
    bench.run("1 .........c\n4 ..............................c", 110);
    bench.shows(
        "1  .............................................GGGGGyyyrr.......................................................
         2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr....................GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         3  ..............................................................................................................
         4  ...................................GGGGGyyyrr.................................................................
         5  ..............................................................................................................
         6  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         7  ..............................................................................................................
         8  ...................................GGGGGyyyrr.................................................................",
    );
}

#[test]
fn oversize_pedestrian_service_runs_out_of_step_and_back() {
    let mut site = coordinated_site();
    if let Some(pedestrian) = &mut site.phase[phase(4)].safety.pedestrian {
        pedestrian.clearance = s(20);
    }
    let mut bench = Bench::actuated(site);
    let demand: String = ["1", "3", "4", "5", "7", "8"]
        .iter()
        .map(|n| line(n, &[(0, '=', 400)]))
        .collect();
    bench.run(&format!("{demand}4p p"), 400);
    // 24 s of walk and clearance in 15 s of green: 9 s late, standing still meanwhile.
    assert_eq!(bench.end_seconds_of(4)[..1], [64.0]);
    let state =
        |state: CycleState| bench.seconds_of(code::COORD_CYCLE_STATE_CHANGE, state.number());
    assert_eq!(state(CycleState::Dwelling), [55.1]);
    // Made up at 20 %: 45 s later.
    assert_eq!(state(CycleState::Subtracting), [64.1]);
    assert_eq!(bench.control.cycle_state(), CycleState::InStep);
    let yields = bench.seconds_of(code::COORDINATED_PHASE_YIELD_POINT, 2);
    assert_eq!(yields[2..], [180.0, 260.0, 340.0]);
}

#[test]
fn after_a_clock_jump_transition_takes_the_shorter_way() {
    for (jump, state) in [(30, CycleState::Subtracting), (-30, CycleState::Adding)] {
        let mut bench = Bench::actuated(coordinated_site());
        let demand: String = ["1", "3", "4", "5", "7", "8"]
            .iter()
            .map(|n| line(n, &[(0, '=', 700)]))
            .collect();
        bench.run(
            &demand
                .lines()
                .map(|l| format!("{}\n", &l[..100]))
                .collect::<String>(),
            90,
        );
        bench.clock_offset = s(jump);
        bench.run(&demand, 400);
        let changes = bench.seconds_of(code::COORD_CYCLE_STATE_CHANGE, state.number());
        assert_eq!(changes.len(), 1, "{state:?}");
        // 30 s at 20 % take 150 s.
        let in_step = bench.seconds_of(code::COORD_CYCLE_STATE_CHANGE, CycleState::InStep.number());
        assert!(
            (in_step[1] - changes[0] - 150.0).abs() < 0.3,
            "{in_step:?} {changes:?}"
        );
        let yields = bench.seconds_of(code::COORDINATED_PHASE_YIELD_POINT, 2);
        let last = Millis::from_secs(*yields.last().unwrap()) + s(jump) - s(20);
        assert_eq!(last.0.rem_euclid(80_000), 0);
    }
}

#[test]
fn a_new_pattern_at_its_time_of_day_is_logged_and_reached_by_transition() {
    let mut site = coordinated_site();
    let mut evening = site.patterns[0].clone();
    evening.number = 7;
    if let Some(coordination) = &mut evening.coordination {
        coordination.cycle = s(100);
        coordination.offset = s(35);
        coordination.splits[phase(2)] = s(50);
        coordination.splits[phase(6)] = s(50);
    }
    site.patterns.push(evening);
    site.schedule[0].until = s(150);
    let mut later = site.schedule[0].clone();
    (later.from, later.until, later.pattern) = (s(150), s(1000), 1);
    site.schedule.push(later);

    let mut bench = Bench::actuated(site);
    let demand: String = ["1", "3", "4", "5", "7", "8"]
        .iter()
        .map(|n| line(n, &[(0, '=', 1000)]))
        .collect();
    bench.run(&demand, 1010);
    assert_eq!(bench.seconds_of(code::COORD_PATTERN_CHANGE, 7), [150.0]);
    assert_eq!(bench.seconds_of(code::CYCLE_LENGTH_CHANGE, 100), [150.0]);
    assert_eq!(bench.seconds_of(code::OFFSET_LENGTH_CHANGE, 35), [150.0]);
    assert_eq!(bench.seconds_of(code::SPLIT_2_CHANGE, 50), [150.0]);
    // Six seconds before midnight nothing is scheduled either.
    assert_eq!(
        bench.seconds_of(code::COORD_PATTERN_CHANGE, FREE),
        [-6.0, 1000.0]
    );
    let yields = bench.seconds_of(code::COORDINATED_PHASE_YIELD_POINT, 2);
    let after: Vec<&f64> = yields.iter().filter(|&&at| at > 500.0).collect();
    assert_eq!(after, [&535.0, &635.0, &735.0, &835.0, &935.0]);
    assert_eq!(bench.control.cycle_state(), CycleState::Free);
}

#[test]
fn a_pattern_may_change_the_sequence_to_lead_lag() {
    // Ring 1: 2 before 1. Phase 6 yields last, at the end of its group: the zero is the end of 2.
    let mut site = coordinated_site();
    site.patterns[0].rings = Some(rings(&[&[&[2, 1], &[3, 4]], &[&[5, 6], &[7, 8]]]));
    let mut bench = Bench::actuated(site);
    let demand: String = (1..=8)
        .map(|n| line(&n.to_string(), &[(0, '=', 180)]))
        .collect();
    bench.run(&demand, 180);
    bench.shows(
        "1  .........................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr............................................................
         2  GGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGG
         3  ........................................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr.............................................
         4  .......................................................GGGGGGGGGGGGGGGyyyrr............................................................GGGGGGGGGGGGGGGyyyrr.........................
         5  ...........................................................................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr..........
         6  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGG
         7  ........................................GGGGGGGGGGyyyrr.................................................................GGGGGGGGGGyyyrr.............................................
         8  .......................................................GGGGGGGGGGGGGGGyyyrr............................................................GGGGGGGGGGGGGGGyyyrr.........................",
    );
    assert_eq!(bench.end_seconds_of(2)[..2], [20.0, 100.0]);
    assert_eq!(bench.end_seconds_of(6)[..2], [35.0, 115.0]);
}

#[test]
fn a_call_passed_over_for_two_cycles_ends_coordination() {
    let mut site = coordinated_site();
    site.patterns[0].rings = Some(rings(&[&[&[1, 2], &[4]], &[&[5, 6], &[7, 8]]]));
    let mut bench = Bench::actuated(site);
    bench.run(&line("3", &[(10, '=', 220)]), 220);
    assert!(bench.strips.vehicle(3).contains('G'));
    assert_eq!(bench.seconds_of(code::COORD_PATTERN_CHANGE, FREE), [180.1]);
    assert_eq!(bench.control.cycle_state(), CycleState::Free);
}

#[test]
fn a_coordinated_phase_rests_in_walk_until_its_clearance_must_begin() {
    let mut site = coordinated_site();
    site.phase[phase(2)].actuated.rest_in_walk = true;
    let mut bench = Bench::actuated(site);
    bench.run("2p p", 110);
    bench.shows(
        "1  ..............................................................................................................
         2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         2p WWWWWWWWWWWWWWFFFFFF------------------------------------------------------------------------------------------
         3  ..............................................................................................................
         4  ..............................................................................................................
         5  ..............................................................................................................
         6  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         7  ..............................................................................................................
         8  ..............................................................................................................",
    );
}

#[test]
fn a_late_pedestrian_on_the_coordinated_phase_walks_if_it_is_over_by_the_yield_point() {
    let walks = |second: usize| {
        let mut bench = Bench::actuated(coordinated_site());
        bench.run(&line("2p", &[(second, 'p', second + 1)]), 20);
        bench.strips.pedestrian(2).contains('W')
    };
    assert!(walks(9));
    assert!(!walks(11));
}

#[test]
fn one_coordinated_phase_in_a_lopsided_site() {
    // As at ODOT 1136: ring 1 has nothing beyond the barrier, phase 2 is not coordinated.
    let mut site = coordinated_site();
    site.phases = set(&[2, 5, 6, 8]);
    site.rings = rings(&[&[&[2], &[]], &[&[6, 5], &[8]]]);
    if let Some(coordination) = &mut site.patterns[0].coordination {
        coordination.coordinated = set(&[6]);
        for (number, split) in [(2, 50), (5, 20), (6, 30), (8, 30)] {
            coordination.splits[phase(number)] = s(split);
        }
    }
    let mut bench = Bench::actuated(site);
    let demand: String = (1..=8)
        .map(|n| line(&n.to_string(), &[(0, '=', 180)]))
        .collect();
    bench.run(&demand, 180);
    bench.shows(
        "2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..............................GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..............................GGGGGGGGGGGGGGGGGGGGGGGGG
         5  .........................GGGGGGGGGGGGGGGyyyrr............................................................GGGGGGGGGGGGGGGyyyrr.......................................................
         6  GGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGG
         8  .............................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..................................................GGGGGGGGGGGGGGGGGGGGGGGGGyyyrr.........................",
    );
    assert_eq!(bench.end_seconds_of(6)[..2], [20.0, 100.0]);
    assert_eq!(bench.end_seconds_of(5)[..2], [40.0, 120.0]);
    assert_eq!(bench.end_seconds_of(2)[..2], [40.0, 120.0]);
    assert_eq!(bench.end_seconds_of(8)[..2], [70.0, 150.0]);
}

#[test]
fn offsets_are_right_to_the_tick_all_day() {
    let mut bench = Bench::actuated(coordinated_site());
    bench.strips = crate::strips::Strips::per_second(set(&[]));
    let busy = "c.....c..c....c.c......c....c...c....c..";
    let demand: String = (1..=8)
        .map(|n| format!("{n} {}\n", busy[n..].repeat(60)))
        .collect();
    bench.run(&demand, 2400);
    for number in [2, 6] {
        let yields = bench.seconds_of(code::COORDINATED_PHASE_YIELD_POINT, number);
        assert_eq!(yields.len(), 30);
        for (cycle, at) in (0_u32..).zip(yields) {
            assert!(
                (at - 20.0 - 80.0 * f64::from(cycle)).abs() < 1e-9,
                "yield at {at}"
            );
        }
    }
}
