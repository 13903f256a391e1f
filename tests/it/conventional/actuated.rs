//! Free (uncoordinated) NEMA actuated control, feature by feature. Timing: `sites.rs`.

use phasewise::hires::code;
use phasewise::intersection::{AddedInitial, DynamicMax, GapReduction, Recall};
use phasewise::signal::GreenEnd;

use super::bench::Bench;
use super::sites::{ring_site, two_phases};
use crate::safety::sites::{phase, s, set};

#[test]
fn phases_without_calls_are_skipped_and_barriers_crossed_together() {
    let mut bench = Bench::actuated(ring_site());
    bench.run(
        "2 c
         4 .....c
         3 .......c
         8 .........cccccc",
        60,
    );
    bench.shows(
        "1  ............................................................
         2  GGGGGyyyrr..................................................
         3  ....................GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG
         4  ..........GGGGGyyyrr........................................
         5  ............................................................
         6  GGGGGyyyrr..................................................
         7  ............................................................
         8  ..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG",
    );
    assert_eq!(bench.ends_of(2), [GreenEnd::GapOut]);
}

#[test]
fn every_actuation_extends_by_the_passage_time() {
    // Vehicles at 0, 4, 6, 8 s hold phase 2; the next at 11 s comes too late: the gap is 8.5 to 10.5 s.
    let mut bench = Bench::actuated(two_phases());
    bench.run(
        "2 c...c.c.c..c
         4 .c",
        22,
    );
    bench.shows(
        "2  GGGGGGGGGGGyyyrr......
         4  ................GGGGGy",
    );
    assert_eq!(bench.ends_of(2), [GreenEnd::GapOut]);
    assert_eq!(bench.seconds_of(code::EXTENSION_TIMER_GAP_OUT, 2), [10.5]);
}

#[test]
fn passage_does_not_time_while_the_detector_is_covered() {
    let mut bench = Bench::actuated(two_phases());
    bench.run(
        "2 ============
         4 .c",
        22,
    );
    bench.shows(
        "2  GGGGGGGGGGGGGGyyyrr...
         4  ...................GGG",
    );
    assert_eq!(bench.end_seconds_of(2), [14.0]);
}

#[test]
fn maximum_times_from_the_conflicting_call() {
    let mut bench = Bench::actuated(two_phases());
    bench.run(
        "2 ==============================================
         4 ..........c",
        46,
    );
    bench.shows(
        "2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..........G
         4  ...................................GGGGGyyyrr.",
    );
    assert_eq!(bench.seconds_of(code::PHASE_CHECK, 2), [10.0]);
    assert_eq!(bench.seconds_of(code::MAX_1_IN_EFFECT, 2), [10.0]);
    assert_eq!(bench.end_seconds_of(2), [30.0]);
    assert_eq!(bench.ends_of(2), [GreenEnd::MaxOut]);
}

#[test]
fn maximum_is_reset_when_the_conflicting_call_goes_away() {
    let mut bench = Bench::actuated(two_phases());
    bench.run(
        "2 ==================================================
         4 .....=====.....==============================",
        50,
    );
    assert_eq!(bench.seconds_of(code::PHASE_CHECK, 2), [5.0, 15.0]);
    assert_eq!(bench.end_seconds_of(2), [35.0]);
}

#[test]
fn added_initial_grows_with_vehicles_that_arrive_on_red() {
    // Three vehicles clear the detector within 6 s, six within 12 s; 4 s each make 12 s, and no more than 16 s.
    let mut site = two_phases();
    site.phase[phase(4)].actuated.added_initial = Some(AddedInitial {
        per_actuation: s(4),
        max: s(16),
    });
    let mut bench = Bench::actuated(site);
    bench.run(
        "2 c..........c..............................c
         4 ccc...........................cccccc",
        64,
    );
    bench.shows(
        "2  GGGGGyyyrr.................GGGGGyyyrr.....................GGGGGG
         4  ..........GGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGyyyrr......",
    );
    assert_eq!(
        bench.seconds_of(code::ADDED_INITIAL_COMPLETE, 4),
        [22.0, 53.0]
    );
}

fn volume_density() -> phasewise::intersection::Intersection {
    let mut site = two_phases();
    let actuated = &mut site.phase[phase(2)].actuated;
    actuated.passage = s(4);
    actuated.max_green = s(60);
    actuated.gap_reduction = Some(GapReduction {
        before: s(10),
        cars_before: None,
        over: s(10),
        min_gap: s(1),
    });
    site
}

#[test]
fn gap_falls_from_passage_to_minimum_gap_and_returns_with_the_call() {
    // A vehicle every 3 s (gaps of 2.5 s). The conflicting call comes at 5 s, reduction begins at 15 s; after
    // 5 s the allowed gap is 2.5 s: the first longer gap ends the green.
    let mut bench = Bench::actuated(volume_density());
    bench.run(
        "2 c..c..c..c..c..c..c..c..c..c..c..c..c
         4 .....c",
        36,
    );
    bench.shows(
        "2  GGGGGGGGGGGGGGGGGGGGGyyyrr..........G
         4  ..........................GGGGGyyyrr.",
    );
    assert_eq!(
        bench.seconds_of(code::EXTENSION_TIMER_REDUCTION_START, 2),
        [15.0]
    );
    assert_eq!(bench.ends_of(2), [GreenEnd::GapOut]);

    // The call goes away after 12 s: the gap is 4 s again, and vehicles every 3 s hold the green.
    let mut bench = Bench::actuated(volume_density());
    bench.run(
        "2 c..c..c..c..c..c..c..c..c..c..c..c..c..c..c
         4 .....============...........==========",
        38,
    );
    assert_eq!(
        bench.seconds_of(code::EXTENSION_TIMER_REDUCTION_START, 2),
        [15.0, 38.0][..1]
    );
    assert!(bench.ends_of(2).is_empty());
}

#[test]
fn reduction_begins_at_once_when_enough_vehicles_wait() {
    let mut site = volume_density();
    if let Some(reduction) = &mut site.phase[phase(2)].actuated.gap_reduction {
        reduction.cars_before = Some(3);
    }
    let mut bench = Bench::actuated(site);
    bench.run(
        "2 c..c..c..c..c..c..c
         4 .....c.c.c",
        18,
    );
    assert_eq!(
        bench.seconds_of(code::EXTENSION_TIMER_REDUCTION_START, 2),
        [9.0]
    );
}

#[test]
fn minimum_gap_is_logged_when_reached() {
    let mut bench = Bench::actuated(volume_density());
    bench.run(
        "2 ==========================
         4 c",
        26,
    );
    assert_eq!(
        bench.seconds_of(code::EXTENSION_TIMER_MINIMUM_ACHIEVED, 2),
        [20.0]
    );
}

#[test]
fn guaranteed_passage_gives_the_last_vehicle_its_full_time() {
    let demand = "2 c..c..c..c..c..c..c..c..c..c..c..c..c
                  4 .....c";
    let end = |guaranteed| {
        let mut site = volume_density();
        site.phase[phase(2)].actuated.guaranteed_passage = guaranteed;
        let mut bench = Bench::actuated(site);
        bench.run(demand, 36);
        bench.end_seconds_of(2)
    };
    // Last vehicle off the detector at 18.5 s: reduced gap 2.4 s, full passage 4 s.
    assert_eq!(end(false), [20.8]);
    assert_eq!(end(true), [22.5]);
}

fn with_dynamic_max() -> phasewise::intersection::Intersection {
    let mut site = two_phases();
    site.phase[phase(2)].actuated.dynamic_max = Some(DynamicMax {
        limit: s(30),
        step: s(5),
    });
    site
}

#[test]
fn maximum_grows_after_two_max_outs_and_shrinks_after_two_gap_outs() {
    let mut bench = Bench::actuated(with_dynamic_max());
    let full = "=".repeat(190);
    bench.run(&format!("2 {full}\n4 {full}"), 190);
    let green_starts = [0.0, 50.0, 100.0, 155.0];
    let ends = bench.end_seconds_of(2);
    let greens: Vec<f64> = ends
        .iter()
        .zip(green_starts)
        .map(|(end, start)| end - start)
        .collect();
    assert_eq!(greens, [20.0, 20.0, 25.0, 30.0]);
    assert_eq!(
        bench.seconds_of(code::DYNAMIC_MAX_STEP_UP, 2),
        [70.0, 125.0]
    );

    // Single vehicles: every green ends by a gap. The second takes a step, the third the other.
    let rare = "c...................".repeat(6);
    bench.run(&format!("2 {rare}\n4 {rare}"), 120);
    assert_eq!(bench.seconds_of(code::DYNAMIC_MAX_STEP_UP, 2).len(), 2);
    assert_eq!(bench.seconds_of(code::DYNAMIC_MAX_STEP_DOWN, 2).len(), 2);
}

#[test]
fn dynamic_maximum_is_off_while_a_detector_has_failed() {
    let mut bench = Bench::actuated(with_dynamic_max());
    bench.failed = set(&[2]);
    bench.run(
        &format!("2 {}\n4 {}", "=".repeat(160), "=".repeat(160)),
        160,
    );
    assert!(bench.seconds_of(code::DYNAMIC_MAX_STEP_UP, 2).is_empty());
}

#[test]
fn minimum_recall_serves_the_phase_without_a_call() {
    let mut site = two_phases();
    site.phase[phase(2)].actuated.recall = Recall::Min;
    let mut bench = Bench::actuated(site);
    bench.run("4 .c", 40);
    bench.shows(
        "2  GGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGG
         4  ..........GGGGGyyyrr....................",
    );
}

#[test]
fn maximum_recall_runs_the_phase_to_its_maximum() {
    let mut site = two_phases();
    site.phase[phase(2)].actuated.recall = Recall::Max;
    let mut bench = Bench::actuated(site);
    bench.run("4 .c", 60);
    bench.shows(
        "2  GGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGGGGGGGGGGGGGG
         4  .........................GGGGGyyyrr.........................",
    );
    assert_eq!(bench.ends_of(2), [GreenEnd::MaxOut]);
}

#[test]
fn soft_recall_decides_where_the_signal_rests() {
    let mut site = two_phases();
    site.phase[phase(2)].actuated.recall = Recall::Soft;
    let mut bench = Bench::actuated(site);
    // Phase 4 keeps its green while vehicles come; then the signal returns to rest in 2 although nobody is
    // there. A call on 4 at 20 s is served like any other.
    bench.run("4 .c.................c", 45);
    bench.shows(
        "2  GGGGGyyyrr...........GGGGGyyyrr..........GGGG
         4  ..........GGGGGGyyyrr..........GGGGGyyyrr....",
    );
}

#[test]
fn without_recall_the_signal_rests_where_it_is() {
    let mut bench = Bench::actuated(two_phases());
    bench.run("4 .c", 40);
    bench.shows(
        "2  GGGGGyyyrr..............................
         4  ..........GGGGGGGGGGGGGGGGGGGGGGGGGGGGGG",
    );
}

#[test]
fn pedestrian_recall_serves_pedestrians_every_cycle() {
    let mut site = two_phases();
    site.phase[phase(4)].actuated.pedestrian_recall = true;
    let mut bench = Bench::actuated(site);
    bench.run("2 c.....................c", 50);
    bench.shows(
        "2  ...............GGGGGyyyrr...............GGGGGyyyrr
         4  GGGGGGGGGGyyyrr..........GGGGGGGGGGyyyrr..........
         4p WWWWFFFFFF---------------WWWWFFFFFF---------------",
    );
}

#[test]
fn dual_entry_lets_the_other_ring_enter_without_a_call() {
    let demand = "2 c\n4 .c";
    let mut bench = Bench::actuated(ring_site());
    bench.run(demand, 15);
    assert!(bench.strips.vehicle(8).contains('G'));

    let mut site = ring_site();
    site.phase[phase(8)].actuated.dual_entry = false;
    let mut bench = Bench::actuated(site);
    bench.run(demand, 15);
    assert!(!bench.strips.vehicle(8).contains('G'));
}

#[test]
fn a_ring_without_service_starts_when_it_is_called() {
    let mut site = ring_site();
    site.phase[phase(6)].actuated.dual_entry = false;
    let mut bench = Bench::actuated(site);
    bench.run("2 c\n6 .......c", 20);
    bench.shows(
        "1  ....................
         2  GGGGGGGGGGGGGGGGGGGG
         3  ....................
         4  ....................
         5  ....................
         6  .......GGGGGGGGGGGGG
         7  ....................
         8  ....................",
    );
}

#[test]
fn a_gapped_out_phase_waits_at_the_barrier() {
    // Phase 2 gaps out first and stays so; a vehicle at 13 s no longer extends it.
    let mut bench = Bench::actuated(ring_site());
    bench.run("2 c............c\n6 cccccc\n4 .c", 26);
    bench.shows(
        "1  ..........................
         2  GGGGGGGGGGGGGGGyyyrr......
         3  ..........................
         4  ....................GGGGGG
         5  ..........................
         6  GGGGGGGGGGGGGGGyyyrr......
         7  ..........................
         8  ....................GGGGGG",
    );
}

#[test]
fn simultaneous_gap_out_goes_on_extending_until_both_rings_are_ready() {
    let mut site = ring_site();
    site.phase[phase(2)].actuated.simultaneous_gap_out = true;
    let mut bench = Bench::actuated(site);
    bench.run("2 c............c\n6 cccccc\n4 .c", 26);
    bench.shows(
        "1  ..........................
         2  GGGGGGGGGGGGGGGGyyyrr.....
         3  ..........................
         4  .....................GGGGG
         5  ..........................
         6  GGGGGGGGGGGGGGGGyyyrr.....
         7  ..........................
         8  .....................GGGGG",
    );
}

#[test]
fn conditional_service_returns_to_the_left_turn_while_the_other_ring_has_time() {
    let mut site = ring_site();
    site.phase[phase(2)].actuated.conditional_service = true;
    site.phase[phase(6)].actuated.max_green = s(40);
    let demand = "2 c
                  6 ==========================
                  1 ...c
                  4 .c";
    let mut bench = Bench::actuated(site);
    bench.run(demand, 40);
    bench.shows(
        "1  ..........GGGGGGGGGGGGGGGGGGyyyrr.......
         2  GGGGGyyyrr..............................
         3  ........................................
         4  .................................GGGGGGG
         5  ........................................
         6  GGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr.......
         7  ........................................
         8  .................................GGGGGGG",
    );
}

#[test]
fn walk_begins_with_green_and_clearance_is_over_before_it_ends() {
    let mut bench = Bench::actuated(two_phases());
    bench.run("2 c\n4 .c\n4p .p\n2p ..............p", 45);
    bench.shows(
        "2  GGGGGyyyrr...............GGGGGGGGGGGGGGGGGGGG
         2p -------------------------WWWWFFFFFF----------
         4  ..........GGGGGGGGGGyyyrr....................
         4p ----------WWWWFFFFFF-------------------------",
    );
}

#[test]
fn a_late_pedestrian_walks_at_once_if_nobody_else_waits() {
    let mut bench = Bench::actuated(two_phases());
    bench.run(
        "2 c\n2p ........p.......................p\n4 ................................c",
        60,
    );
    bench.shows(
        "2  GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGyyyrr..........GGGGGGGGGGGGG
         2p --------WWWWFFFFFF-----------------------------WWWWFFFFFF---
         4  .....................................GGGGGyyyrr.............",
    );
}

#[test]
fn rest_in_walk() {
    let mut site = two_phases();
    site.phase[phase(2)].actuated.rest_in_walk = true;
    let mut bench = Bench::actuated(site);
    bench.run("2 c\n4 ..............c", 40);
    bench.shows(
        "2  GGGGGGGGGGGGGGGGGGGGyyyrr...............
         2p WWWWWWWWWWWWWWFFFFFF--------------------
         4  .........................GGGGGGGGGGGGGGG",
    );
}

#[test]
fn leading_pedestrian_interval() {
    let mut site = two_phases();
    if let Some(pedestrian) = &mut site.phase[phase(4)].safety.pedestrian {
        pedestrian.leading = s(3);
    }
    let mut bench = Bench::actuated(site);
    bench.run("2 c.......c\n4p .p", 35);
    bench.shows(
        "2  GGGGGyyyrr...............GGGGGGGGGG
         4  ..........LLLGGGGGGGyyyrr..........
         4p ----------WWWWFFFFFF---------------",
    );
}
