//! Measures from event logs: small logs worked out by hand, and the figures of the `atspm` package for
//! the recorded afternoon.

mod atspm;

use phasewise::hires::Event;
use phasewise::measures::DetectorRole;
use phasewise::measures::DetectorRoles;
use phasewise::measures::Measures;
use phasewise::measures::Role;
use phasewise::measures::Settings;
use phasewise::units::ClockTime;
use phasewise::units::Millis;
use proptest::prelude::*;

/// 2024-04-15 12:00:00.
const NOON: ClockTime = ClockTime(1_713_182_400_000);

/// Events given as (seconds after noon, code, parameter).
fn log(rows: &[(f64, u16, u16)]) -> Vec<Event> {
    rows.iter()
        .map(|&(second, code, parameter)| Event {
            at: NOON + Millis::from_secs(second),
            code,
            parameter,
        })
        .collect()
}

fn role(role: Role, channel: u16) -> DetectorRole {
    DetectorRole {
        phase: 2,
        channel,
        role,
        travel: Millis::ZERO,
    }
}

fn compute(rows: &[(f64, u16, u16)], roles: &[DetectorRole]) -> Measures {
    Measures::compute(
        &log(rows),
        &DetectorRoles(roles.to_vec()),
        &Settings::default(),
    )
}

/// Green of phase 2 from 10 to 30 s and from 80 to 100 s, yellow 4 s, red clearance 1.5 s.
const TWO_CYCLES: [(f64, u16, u16); 12] = [
    (10.0, 1, 2),
    (30.0, 7, 2),
    (30.0, 8, 2),
    (34.0, 9, 2),
    (34.0, 10, 2),
    (35.5, 11, 2),
    (80.0, 1, 2),
    (100.0, 7, 2),
    (100.0, 8, 2),
    (104.0, 9, 2),
    (104.0, 10, 2),
    (105.5, 11, 2),
];

fn with(more: &[(f64, u16, u16)]) -> Vec<(f64, u16, u16)> {
    let mut rows = TWO_CYCLES.to_vec();
    rows.extend(more);
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows
}

#[test]
fn arrivals_count_by_what_is_shown() {
    // On red before anything is known, at begin of green, on green, on yellow, on red.
    let rows = with(&[
        (5.0, 82, 7),
        (10.0, 82, 7),
        (20.0, 82, 7),
        (31.0, 82, 7),
        (40.0, 82, 7),
    ]);
    let measures = compute(&rows, &[role(Role::Advance, 7)]);
    let row = &measures.arrivals_on_green[0];
    assert_eq!((row.phase, row.arrivals, row.on_green), (2, 5, 2));
    assert!((row.share - 0.4).abs() < 1e-9);
    // 40 s green of 900 s: a share of 0.4 on green is nine times what chance would give.
    let platoon = &measures.platoon_ratio[0];
    assert!((platoon.green_s - 40.0).abs() < 1e-9);
    assert!((platoon.ratio - 9.0).abs() < 1e-9);
    assert_eq!(platoon.arrival_type, 6);
}

#[test]
fn a_green_fails_when_its_queue_outlasts_it() {
    // First cycle: covered all through and 5 s into red. Second: empty at the end.
    let rows = with(&[(2.0, 82, 4), (45.0, 81, 4), (79.0, 82, 4), (90.0, 81, 4)]);
    let measures = compute(&rows, &[role(Role::Presence, 4)]);
    let row = &measures.split_failures[0];
    assert_eq!((row.cycles, row.failures), (2, 1));
    assert!((row.green_s - 20.0).abs() < 1e-9);
    assert!(
        (row.green_occupancy - 0.75).abs() < 1e-9,
        "all of 20 s, then 10 of 20"
    );
    assert!((row.red_occupancy - 0.5).abs() < 1e-9);
}

#[test]
fn occupancy_just_below_the_threshold_is_no_failure() {
    let covered = |until: f64| {
        let rows = with(&[(2.0, 82, 4), (until, 81, 4)]);
        compute(&rows, &[role(Role::Presence, 4)]).split_failures[0].failures
    };
    assert_eq!(covered(38.0), 1, "4.0 of the first 5 s of red");
    assert_eq!(covered(37.9), 0);
}

#[test]
fn two_lanes_cover_the_approach_by_turns() {
    let rows = with(&[(2.0, 82, 4), (20.0, 81, 4), (18.0, 82, 5), (45.0, 81, 5)]);
    let measures = compute(&rows, &[role(Role::Presence, 4), role(Role::Presence, 5)]);
    assert_eq!(measures.split_failures[0].failures, 1);
}

#[test]
fn waits_run_from_the_call_or_the_end_of_green() {
    let rows = with(&[(4.0, 43, 2), (30.5, 44, 2), (60.0, 43, 2), (110.0, 44, 2)]);
    let row = &compute(&rows, &[]).phase_wait[0];
    assert_eq!(row.waits, 2);
    assert!((row.mean_s - 13.0).abs() < 1e-9, "6 s and 20 s");
    assert!((row.max_s - 20.0).abs() < 1e-9);
    // A call that is never dropped keeps waiting from the end of green.
    let kept = with(&[(4.0, 43, 2), (110.0, 44, 2)]);
    let row = &compute(&kept, &[]).phase_wait[0];
    assert!((row.max_s - 50.0).abs() < 1e-9);
    // A call dropped before green waits for nothing.
    assert!(
        compute(&with(&[(40.0, 43, 2), (50.0, 44, 2)]), &[])
            .phase_wait
            .is_empty()
    );
}

#[test]
fn a_wait_of_more_than_one_and_a_half_cycles_is_a_skip() {
    let skips = |cycle: u16| {
        let rows = with(&[(1.0, 132, cycle), (4.0, 43, 2), (110.0, 44, 2)]);
        compute(&rows, &[]).phase_wait[0].skips
    };
    // The second wait lasts 50 s.
    assert_eq!((skips(33), skips(34)), (1, 0));
}

#[test]
fn pedestrians_wait_from_their_first_press() {
    let rows = [
        (10.0, 90, 6),
        (11.0, 89, 6),
        (11.5, 90, 6),
        (50.0, 21, 6),
        (57.0, 22, 6),
        (80.0, 23, 6),
        (90.0, 90, 6),
        (120.0, 21, 6),
        (127.0, 22, 6),
    ];
    let measures = compute(&rows, &[]);
    let row = &measures.pedestrians[0];
    assert_eq!((row.services, row.presses, row.unique_presses), (2, 3, 1));
    let delay = &measures.pedestrian_delay[0];
    assert_eq!(delay.waits, 2);
    assert!((delay.mean_s - 35.0).abs() < 1e-9, "40 s and 30 s");
}

#[test]
fn a_walk_in_the_moment_of_the_press_is_a_wait_of_nothing() {
    let rows = [
        (10.0, 90, 6),
        (10.0, 21, 6),
        (18.0, 22, 6),
        (60.0, 90, 6),
        (90.0, 21, 6),
    ];
    let delay = &compute(&rows, &[]).pedestrian_delay[0];
    assert_eq!(delay.waits, 2);
    assert!((delay.mean_s - 15.0).abs() < 1e-9 && (delay.max_s - 30.0).abs() < 1e-9);
}

#[test]
fn services_tell_split_cycle_and_reason() {
    let rows = with(&[(29.9, 4, 2), (100.0, 6, 2)]);
    let services = compute(&rows, &[]).services;
    // (Event 6 at 100.0 comes after the 8 of the same moment, as in some logs: no reason then.)
    assert_eq!(services.len(), 2);
    assert_eq!(services[0].ended_by, Some("gap-out"));
    assert!((services[0].green_s - 20.0).abs() < 1e-9);
    assert!((services[0].split_s - 25.5).abs() < 1e-9);
    assert_eq!(
        (services[0].cycle_s, services[1].cycle_s),
        (None, Some(70.0))
    );
}

#[test]
fn delay_without_and_with_a_queue() {
    // Three vehicles on red at 40, 41, 42 s; green at 80 s. One on green at 90 s.
    let rows = with(&[(40.0, 82, 7), (41.0, 82, 7), (42.0, 82, 7), (90.0, 82, 7)]);
    let row = &compute(&rows, &[role(Role::Advance, 7)]).simple_delay[0];
    assert_eq!(row.vehicles, 4);
    assert!((row.simple_s - (40.0 + 39.0 + 38.0) / 4.0).abs() < 1e-9);
    // They leave at 82, 84 and 86 s.
    assert!((row.queued_s - (42.0 + 43.0 + 44.0) / 4.0).abs() < 1e-9);
    assert!((row.stops - 0.75).abs() < 1e-9);
}

#[test]
fn actuations_around_red_are_counted_by_half_seconds() {
    let rows = with(&[
        (29.0, 82, 9),
        (33.8, 82, 9),
        (34.2, 82, 9),
        (34.3, 82, 9),
        (107.0, 82, 9),
    ]);
    let measures = compute(&rows, &[role(Role::YellowRed, 9)]);
    let found: Vec<_> = measures
        .yellow_red
        .iter()
        .map(|row| (row.shown, row.red_offset_s, row.count))
        .collect();
    assert_eq!(
        found,
        [
            ("green", -5.0, 1),
            ("yellow", 0.0, 1),
            ("red", 0.0, 1),
            ("red", 0.5, 1),
            ("red", 3.0, 1)
        ]
    );
}

#[test]
fn a_table_of_detectors_with_mistakes_reports_them_all() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("roles.csv");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        DetectorRoles::read(&path, Some("7"))
    };
    let good =
        read("DeviceId,Phase,Parameter,Function\n7,2,4,Presence\n7,2,5,Other\n8,2,4,Presence\n");
    assert_eq!(good.unwrap().0, [role(Role::Presence, 4)]);
    let bad =
        read("DeviceId,Phase,Parameter,Function\n7,two,4,Presence\n7,2,,Advance\n").unwrap_err();
    assert_eq!(bad.0.len(), 2);
    assert!(bad.0[0].ends_with("row 2, column Phase: found \"two\"; allowed: a whole number"));
    let columns = read("DeviceId,Phase,Channel,Use\n").unwrap_err();
    assert_eq!(columns.0.len(), 2);
    assert!(read("DeviceId,Phase,Parameter,Function\n9,2,4,Presence\n").is_err());
}

proptest! {
    #[test]
    fn any_log_has_measures(
        rows in prop::collection::vec(
            (0i64..4_000_000, prop::sample::select(vec![0u16, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21, 22, 23, 31,
                43, 44, 45, 81, 82, 89, 90, 102, 104, 131, 132, 150, 181, 301, 316]), 1u16..6),
            0..300,
        ),
    ) {
        let mut events: Vec<Event> = rows
            .into_iter()
            .map(|(at, code, parameter)| Event { at: NOON + Millis(at / 100 * 100), code, parameter })
            .collect();
        events.sort_by_key(|event| event.at);
        let every_role = [Role::Presence, Role::Advance, Role::YellowRed, Role::StopBarCount];
        let roles = DetectorRoles(
            every_role.iter().flat_map(|&r| (1..4).map(move |channel| role(r, channel))).collect(),
        );
        let measures = Measures::compute(&events, &roles, &Settings::default());
        let counted: u64 = measures.actuations.iter().map(|row| row.count).sum();
        let on = events.iter().filter(|event| event.code == 82).count();
        prop_assert_eq!(counted, on as u64, "no actuation lost");
        for row in &measures.arrivals_on_green {
            prop_assert!((0.0..=1.0).contains(&row.share));
        }
        for row in &measures.split_failures {
            prop_assert!(row.failures <= row.cycles);
            prop_assert!((0.0..=1.0).contains(&row.green_occupancy), "{:?}", row);
            prop_assert!((0.0..=1.0).contains(&row.red_occupancy), "{:?}", row);
        }
        for row in &measures.simple_delay {
            prop_assert!(row.simple_s >= 0.0 && row.queued_s >= row.simple_s);
        }
        for row in &measures.phase_wait {
            prop_assert!(row.mean_s >= 0.0 && row.mean_s <= row.max_s + 1e-9);
        }
    }
}

#[test]
fn a_cycle_whose_red_is_too_short_to_judge_is_left_out() {
    // The second green begins 4 s after the begin of the first red: the first cycle's 5 s of red end in
    // the second, and neither can be judged. The third can.
    let cycle = |begin: f64| [(begin, 1, 2), (begin + 10.0, 8, 2), (begin + 14.0, 10, 2)];
    let mut rows = vec![(1.0, 82, 4), (200.0, 81, 4)];
    for begin in [10.0, 28.0, 60.0] {
        rows.extend(cycle(begin));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let measures = compute(&rows, &[role(Role::Presence, 4)]);
    assert_eq!(measures.split_failures[0].cycles, 1);
}
