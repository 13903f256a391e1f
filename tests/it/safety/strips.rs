//! Signal strips: wishes in, drawings out. Timing as in `sites.rs`: minimum green 5 s, yellow 3 s, red
//! clearance 2 s, red revert 2 s; walk 4 s, pedestrian clearance 6 s, buffer 3 s. The first six seconds
//! are the all-red start.

use phasewise::intersection::{Intersection, PhaseSet};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls, GreenEnd};
use phasewise::units::{TICK, Timestamp};

use super::sites::{NEMA, nema, phase, plain, s, set, site, with_crosswalk};
use crate::strips::Strips;

/// Wishes of the advice, each from its second on.
type Wishes<'a> = &'a [(i64, &'a [u8], &'a [u8])];

fn advice_at(wishes: Wishes<'_>, second: i64) -> Advice {
    let (_, green, walk) = wishes
        .iter()
        .rev()
        .find(|(from, ..)| *from <= second)
        .unwrap();
    Advice {
        green: set(green),
        walk: set(walk),
        ..Advice::default()
    }
}

fn run(site: &Intersection, seconds: i64, wishes: Wishes<'_>) -> Strips {
    run_with_calls(site, seconds, wishes, |_| Calls::default())
}

fn run_with_calls(
    site: &Intersection,
    seconds: i64,
    wishes: Wishes<'_>,
    calls: impl Fn(i64) -> Calls,
) -> Strips {
    let mut gate = Gate::new(site, Timestamp(0));
    let mut strips = Strips::per_second(site.phases);
    for tick in 0..seconds * 10 {
        let now = Timestamp(tick * TICK.0);
        let advice = advice_at(wishes, tick / 10);
        let state = gate.admit(&advice, &calls(tick / 10), now);
        strips.record(state, now);
    }
    assert_eq!(gate.refusals(), 0, "nothing illegal was wished");
    strips
}

fn two_phases() -> Intersection {
    site(&[(2, with_crosswalk()), (4, with_crosswalk())], &[])
}

#[test]
fn starts_all_red_then_serves_what_is_wished() {
    run(&two_phases(), 12, &[(0, &[2], &[])]).assert_shows(
        "2  ......GGGGGG
         4  ............",
    );
}

#[test]
fn all_red_counts_from_the_first_tick_however_long_after_the_gate_was_made_it_comes() {
    let site = two_phases();
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut strips = Strips::per_second(site.phases);
    for tick in 30..120 {
        let now = Timestamp(tick * TICK.0);
        let advice = Advice::green(set(&[2]));
        strips.record(gate.admit(&advice, &Calls::default(), now), now);
    }
    strips.assert_shows(
        "2  ......GGG
         4  .........",
    );
}

#[test]
fn changes_over_with_yellow_and_red_clearance() {
    run(&two_phases(), 26, &[(0, &[2], &[]), (14, &[4], &[])]).assert_shows(
        "2  ......GGGGGGGGyyyrr.......
         4  ...................GGGGGGG",
    );
}

#[test]
fn minimum_green_is_served_however_soon_the_wish_goes() {
    run(&two_phases(), 22, &[(0, &[2], &[]), (7, &[4], &[])]).assert_shows(
        "2  ......GGGGGyyyrr......
         4  ................GGGGGG",
    );
}

#[test]
fn a_green_nobody_wishes_any_more_ends_even_without_a_successor() {
    run(&two_phases(), 22, &[(0, &[2], &[]), (12, &[], &[])]).assert_shows(
        "2  ......GGGGGGyyyrr.....
         4  ......................",
    );
}

#[test]
fn red_revert_keeps_a_phase_that_was_just_served_red() {
    let mut timing = with_crosswalk();
    timing.red_revert = s(5);
    let site = site(&[(2, timing), (4, plain())], &[]);
    run(
        &site,
        30,
        &[(0, &[2], &[]), (12, &[], &[]), (13, &[2], &[])],
    )
    .assert_shows(
        "2  ......GGGGGGyyyrr...GGGGGGGGGG
         4  ..............................",
    );
}

#[test]
fn walk_begins_with_the_green_and_holds_it_until_pedestrians_have_crossed() {
    let wishes: Wishes<'_> = &[(0, &[2], &[2]), (7, &[4], &[])];
    run(&two_phases(), 28, wishes).assert_shows(
        "2  ......GGGGGGGGGGyyyrr.......
         2p ------WWWWFFFFFF------------
         4  .....................GGGGGGG",
    );
}

#[test]
fn walk_in_mid_green_is_counted_from_its_own_start() {
    let wishes: Wishes<'_> = &[(0, &[2], &[]), (15, &[2], &[2]), (16, &[4], &[])];
    run(&two_phases(), 34, wishes).assert_shows(
        "2  ......GGGGGGGGGGGGGGGGGGGyyyrr....
         2p ---------------WWWWFFFFFF---------
         4  ..............................GGGG",
    );
}

#[test]
fn walk_rests_while_it_is_wished_and_nobody_conflicts() {
    let wishes: Wishes<'_> = &[(0, &[2], &[2]), (20, &[2], &[])];
    run(&two_phases(), 32, wishes).assert_shows(
        "2  ......GGGGGGGGGGGGGGGGGGGGGGGGGG
         2p ------WWWWWWWWWWWWWWFFFFFF------
         4  ................................",
    );
}

#[test]
fn walk_does_not_rest_while_a_conflicting_call_waits_nor_come_back_by_itself() {
    let calls = |second| Calls {
        vehicle: if second >= 15 {
            set(&[4])
        } else {
            PhaseSet::EMPTY
        },
        pedestrian: PhaseSet::EMPTY,
    };
    run_with_calls(&two_phases(), 32, &[(0, &[2], &[2])], calls).assert_shows(
        "2  ......GGGGGGGGGGGGGGGGGGGGGGGGGG
         2p ------WWWWWWWWWFFFFFF-----------
         4  ................................",
    );
}

#[test]
fn a_second_walk_in_the_same_green_needs_somebody_who_waits() {
    let calls = |second| Calls {
        vehicle: PhaseSet::EMPTY,
        pedestrian: if (24..26).contains(&second) {
            set(&[2])
        } else {
            PhaseSet::EMPTY
        },
    };
    let wishes: Wishes<'_> = &[(0, &[2], &[2]), (8, &[2], &[]), (18, &[2], &[2])];
    run_with_calls(&two_phases(), 34, wishes, calls).assert_shows(
        "2  ......GGGGGGGGGGGGGGGGGGGGGGGGGGGG
         2p ------WWWWFFFFFF--------WWWWWWWWWW
         4  ..................................",
    );
}

#[test]
fn the_pedestrian_buffer_may_outlast_yellow_and_red_clearance() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().buffer = s(8);
    let site = site(&[(2, timing), (4, plain())], &[]);
    let wishes: Wishes<'_> = &[(0, &[2], &[2]), (7, &[4], &[])];
    run(&site, 28, wishes).assert_shows(
        "2  ......GGGGGGGGGGyyyrr.......
         2p ------WWWWFFFFFF------------
         4  ........................GGGG",
    );
}

#[test]
fn leading_walk_keeps_vehicles_red_and_conflicting_phases_out() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().leading = s(3);
    let site = site(&[(2, timing), (4, plain())], &[]);
    let wishes: Wishes<'_> = &[(0, &[2], &[2]), (7, &[4], &[])];
    run(&site, 28, wishes).assert_shows(
        "2  ......LLLGGGGGGGyyyrr.......
         2p ------WWWWFFFFFF------------
         4  .....................GGGGGGG",
    );
}

#[test]
fn a_leading_walk_longer_than_the_walk_stretches_it() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().leading = s(6);
    let site = site(&[(2, timing), (4, plain())], &[]);
    let wishes: Wishes<'_> = &[(0, &[2], &[2]), (7, &[4], &[])];
    run(&site, 28, wishes).assert_shows(
        "2  ......LLLLLLGGGGGGyyyrr.....
         2p ------WWWWWWFFFFFF----------
         4  .......................GGGGG",
    );
}

#[test]
fn without_walk_there_is_no_leading_interval() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().leading = s(3);
    let site = site(&[(2, timing), (4, plain())], &[]);
    run(&site, 10, &[(0, &[2], &[])]).assert_shows(
        "2  ......GGGG
         4  ..........",
    );
}

#[test]
fn a_pedestrian_only_phase_walks_whenever_it_is_green_and_has_no_yellow() {
    let mut timing = with_crosswalk();
    timing.pedestrian_only = true;
    timing.yellow_change = s(0);
    timing.min_green = s(10);
    let site = site(&[(9, timing), (4, plain())], &[]);
    let wishes: Wishes<'_> = &[(0, &[9], &[]), (7, &[4], &[])];
    run(&site, 26, wishes).assert_shows(
        "4  ...................GGGGGGG
         9  ......GGGGGGGGGGrr........
         9p ------WWWWFFFFFF----------",
    );
}

/// Pedestrians come again and again while the phase is green: its plan decides whether they walk now or the
/// next time, or nobody else would ever be served on time.
#[test]
fn a_pedestrian_only_phase_walks_once_in_a_green_unless_more_is_wished() {
    let mut timing = with_crosswalk();
    timing.pedestrian_only = true;
    timing.yellow_change = s(0);
    timing.min_green = s(10);
    let site = site(&[(9, timing), (4, plain())], &[]);
    let calls = |second| Calls {
        vehicle: PhaseSet::EMPTY,
        pedestrian: if second >= 11 {
            set(&[9])
        } else {
            PhaseSet::EMPTY
        },
    };
    let once: Wishes<'_> = &[(0, &[9], &[]), (20, &[4], &[])];
    run_with_calls(&site, 28, once, calls).assert_shows(
        "4  ......................GGGGGG
         9  ......GGGGGGGGGGGGGGrr......
         9p ------WWWWFFFFFF------------",
    );
    let again: Wishes<'_> = &[(0, &[9], &[]), (18, &[9], &[9]), (19, &[4], &[])];
    run_with_calls(&site, 34, again, calls).assert_shows(
        "4  ...............................GGG
         9  ......GGGGGGGGGGGGGGGGGGGGGGrr....
         9p ------WWWWFFFFFF--WWWWFFFFFF------",
    );
}

#[test]
fn a_through_phase_stays_green_while_the_other_ring_changes() {
    let timing: Vec<_> = [1, 2, 5, 6]
        .into_iter()
        .map(|number| (number, plain()))
        .collect();
    let pairs: Vec<_> = NEMA.iter().copied().filter(|(a, _)| *a < 3).collect();
    let site = site(&timing, &pairs);
    let wishes: Wishes<'_> = &[(0, &[1, 5], &[]), (12, &[1, 6], &[]), (20, &[2, 6], &[])];
    run(&site, 30, wishes).assert_shows(
        "1  ......GGGGGGGGGGGGGGyyyrr.....
         2  .........................GGGGG
         5  ......GGGGGGyyyrr.............
         6  .................GGGGGGGGGGGGG",
    );
}

#[test]
fn a_conflict_table_may_ask_for_more_time_between_two_phases_than_clearance() {
    let mut site = two_phases();
    site.conflicts.between[phase(2)][phase(4)] = s(9);
    run(&site, 26, &[(0, &[2], &[]), (12, &[4], &[])]).assert_shows(
        "2  ......GGGGGGyyyrr.........
         4  .....................GGGGG",
    );
}

#[test]
fn flash_comes_after_a_safe_end_of_everything_and_goes_through_all_red() {
    let site = two_phases();
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut strips = Strips::per_second(site.phases);
    for tick in 0..420 {
        match tick {
            80 => gate.request_flash(),
            270 => gate.leave_flash(),
            _ => {}
        }
        let now = Timestamp(tick * TICK.0);
        let advice = Advice {
            green: set(&[2]),
            walk: set(&[2]),
            ..Advice::default()
        };
        strips.record(gate.admit(&advice, &Calls::default(), now), now);
    }
    strips.assert_shows(
        "2  ......GGGGGGGGGGyyyrr******......GGGGGGGGG
         2p ------WWWWFFFFFF-----------------WWWWWWWWW
         4  .....................******...............",
    );
}

#[test]
fn a_gate_may_start_in_flash() {
    let site = two_phases();
    let mut gate = Gate::new_in_flash(&site, Timestamp(0));
    let mut strips = Strips::per_second(site.phases);
    for tick in 0..140 {
        if tick == 30 {
            gate.leave_flash();
        }
        let now = Timestamp(tick * TICK.0);
        let advice = Advice::green(set(&[4]));
        strips.record(gate.admit(&advice, &Calls::default(), now), now);
    }
    strips.assert_shows(
        "2  ***...........
         4  ***......GGGGG",
    );
}

#[test]
fn a_standing_call_overrules_advice_in_time_for_its_maximum_wait() {
    // 4 is called at second 10 and may wait 30 s: green by 40 s. Yellow and red clearance of 2 take
    // 5 s, the margin two ticks.
    let mut site = site(&[(2, plain()), (4, plain())], &[]);
    site.phase[phase(4)].safety.max_wait = s(30);
    let calls = |second| Calls {
        vehicle: if second >= 10 {
            set(&[4])
        } else {
            PhaseSet::EMPTY
        },
        pedestrian: PhaseSet::EMPTY,
    };
    run_with_calls(&site, 54, &[(0, &[2], &[])], calls).assert_shows(
        "2  ......GGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..........GGGG
         4  ........................................GGGGGyyyrr....",
    );
}

#[test]
fn the_reason_of_a_green_end_is_the_advice_or_the_maximum_wait() {
    let mut site = site(&[(2, plain()), (4, plain())], &[]);
    site.phase[phase(4)].safety.max_wait = s(30);
    let mut gate = Gate::new(&site, Timestamp(0));
    let calls = Calls {
        vehicle: set(&[4]),
        pedestrian: PhaseSet::EMPTY,
    };
    let mut ends = Vec::new();
    for tick in 0..700 {
        let wants = if tick < 400 { set(&[2]) } else { set(&[4]) };
        let advice = Advice::green(wants).ending(phase(2), GreenEnd::GapOut);
        let before = gate.state().greens();
        gate.admit(&advice, &calls, Timestamp(tick * TICK.0));
        for ended in before.difference(gate.state().greens()).iter() {
            ends.push((ended.number(), gate.green_ends()[ended]));
        }
    }
    assert_eq!(
        ends,
        [
            (2, GreenEnd::MaxWait),
            (4, GreenEnd::Planned),
            (2, GreenEnd::GapOut)
        ]
    );
    assert_eq!(gate.overrides(), 1);
}

#[test]
fn time_that_goes_backwards_is_no_time_at_all() {
    let site = two_phases();
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut strips = Strips::per_second(site.phases);
    for second in 0..24 {
        for tick in 0..10 {
            let now = Timestamp(second * 1000 + tick * 100);
            let jumped = if tick % 2 == 1 { Timestamp(0) } else { now };
            let wants = advice_at(&[(0, &[2], &[]), (12, &[4], &[])], second);
            strips.record(gate.admit(&wants, &Calls::default(), jumped), now);
        }
    }
    strips.assert_shows(
        "2  ......GGGGGGyyyrr.......
         4  .................GGGGGGG",
    );
}

#[test]
fn a_late_tick_only_lengthens_intervals() {
    // One tick comes 10 s late in the first second of yellow: yellow gets longer, and red clearance is
    // still shown in full.
    let site = two_phases();
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut strips = Strips::per_second(site.phases);
    let mut millis = 0;
    while millis < 32_000 {
        let wants = if millis < 12_000 { &[2] } else { &[4] };
        let now = Timestamp(millis);
        let advice = Advice::green(set(wants));
        strips.record(gate.admit(&advice, &Calls::default(), now), now);
        millis += if millis == 13_000 { 10_000 } else { 100 };
    }
    // The strip samples what is known when a tick comes, so the late seconds show what came after.
    assert_eq!(
        strips.vehicle(2).trim_end_matches('.').len(),
        25,
        "red clearance ends at 25 s:\n{strips}"
    );
    assert_eq!(strips.vehicle(4).find('G'), Some(25), "\n{strips}");
}

#[test]
fn the_eight_phases_of_a_dual_ring_in_turn() {
    let wishes: Wishes<'_> = &[
        (0, &[1, 5], &[]),
        (8, &[2, 6], &[2, 6]),
        (17, &[2, 6], &[]),
        (24, &[3, 7], &[]),
        (36, &[4, 8], &[]),
    ];
    let strips = run(&nema(), 60, wishes);
    strips.assert_shows(
        "1  ......GGGGGyyyrr............................................
         2  ................GGGGGGGGGGyyyrr.............................
         2p ----------------WWWWFFFFFF----------------------------------
         3  ...............................GGGGGyyyrr...................
         4  .........................................GGGGGGGGGGGGGGGGGGG
         5  ......GGGGGyyyrr............................................
         6  ................GGGGGGGGGGyyyrr.............................
         6p ----------------WWWWFFFFFF----------------------------------
         7  ...............................GGGGGyyyrr...................
         8  .........................................GGGGGGGGGGGGGGGGGGG",
    );
    assert_eq!(strips.pedestrian(4), "-".repeat(60));
}
