//! Boundary values of the independent rules: lamps that keep every limit to the tick are fine, and one
//! tick less anywhere breaks exactly the rule it should.
//!
//! Lamps are written as three letters: vehicle head of 2, pedestrian head of 2, vehicle head of 4; held
//! for a number of ticks. G Y R; W walk, F flashing don't walk, D don't walk; x flash, - dark.

use phasewise::intersection::Intersection;
use phasewise::safety::{Gate, Monitor, Rule, Violation};
use phasewise::signal::{Advice, Calls, Heads, Indication, PedestrianIndication};
use phasewise::units::{Millis, TICK, Timestamp};

use super::sites::{phase, plain, s, set, site, with_crosswalk};
use crate::strips::Strips;

fn two_phases() -> Intersection {
    site(&[(2, with_crosswalk()), (4, plain())], &[])
}

fn heads(lamps: &str) -> Heads {
    let lamps: Vec<char> = lamps.chars().collect();
    let vehicle = |lamp| match lamp {
        'G' => Indication::Green,
        'Y' => Indication::Yellow,
        'R' => Indication::Red,
        'x' => Indication::FlashingRed,
        'o' => Indication::FlashingYellow,
        '-' => Indication::Dark,
        other => panic!("lamp {other}"),
    };
    let mut heads = Heads::default();
    heads.vehicle[phase(2)] = vehicle(lamps[0]);
    heads.vehicle[phase(4)] = vehicle(lamps[2]);
    heads.pedestrian[phase(2)] = match lamps[1] {
        'W' => PedestrianIndication::Walk,
        'F' => PedestrianIndication::FlashingDontWalk,
        'D' => PedestrianIndication::DontWalk,
        '-' | 'x' => PedestrianIndication::Dark,
        other => panic!("lamp {other}"),
    };
    heads
}

fn violations(site: &Intersection, shown: &[(&str, i64)]) -> Vec<Violation> {
    let mut monitor = Monitor::new(site, Timestamp(0));
    let mut broken = Vec::new();
    let mut tick = 0;
    for &(lamps, ticks) in shown {
        for _ in 0..ticks {
            broken.extend(monitor.observe(&heads(lamps), Timestamp(tick * TICK.0)));
            tick += 1;
        }
    }
    broken
}

fn rules(site: &Intersection, shown: &[(&str, i64)]) -> Vec<Rule> {
    let mut rules: Vec<_> = violations(site, shown)
        .into_iter()
        .map(|violation| violation.rule)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Every limit of `two_phases` to the tick: all red, walk, clearance, yellow, red clearance, then 4.
const LEGAL: &[(&str, i64)] = &[
    ("RDR", 60),
    ("GWR", 40),
    ("GFR", 60),
    ("YDR", 30),
    ("RDR", 20),
    ("RDG", 50),
    ("RDY", 30),
    ("RDR", 20),
    ("GDR", 50),
    ("YDR", 30),
    ("RDR", 20),
    ("GDR", 50),
];

/// The same with `lamps` at `place`, held for `ticks`.
fn changed(place: usize, ticks: i64) -> Vec<(&'static str, i64)> {
    let mut shown = LEGAL.to_vec();
    shown[place].1 = ticks;
    shown
}

#[test]
fn every_limit_to_the_tick_is_legal() {
    assert_eq!(violations(&two_phases(), LEGAL), []);
}

#[test]
fn all_red_after_start_one_tick_short() {
    assert_eq!(rules(&two_phases(), &changed(0, 59)), [Rule::StartUp]);
}

#[test]
fn walk_one_tick_short() {
    assert_eq!(rules(&two_phases(), &changed(1, 39)), [Rule::Walk]);
}

#[test]
fn pedestrian_clearance_one_tick_short() {
    assert_eq!(
        rules(&two_phases(), &changed(2, 59)),
        [Rule::PedestrianClearance]
    );
}

#[test]
fn yellow_one_tick_short() {
    let mut shown = changed(3, 29);
    shown[4].1 = 21;
    assert_eq!(rules(&two_phases(), &shown), [Rule::YellowChange]);
}

#[test]
fn red_clearance_one_tick_short() {
    let mut shown = changed(4, 19);
    shown[3].1 = 31;
    assert_eq!(
        violations(&two_phases(), &shown),
        [Violation {
            rule: Rule::RedClearance,
            phase: phase(4),
            against: Some(phase(2)),
        }]
    );
}

#[test]
fn time_between_conflicting_greens_one_tick_short() {
    let mut site = two_phases();
    site.conflicts.between[phase(2)][phase(4)] = s(6);
    assert_eq!(rules(&site, &changed(4, 30)), []);
    assert_eq!(rules(&site, &changed(4, 29)), [Rule::Between]);
}

#[test]
fn minimum_green_one_tick_short() {
    assert_eq!(rules(&two_phases(), &changed(5, 49)), [Rule::MinGreen]);
    assert_eq!(rules(&two_phases(), &changed(8, 49)), [Rule::MinGreen]);
}

#[test]
fn red_revert_one_tick_short() {
    assert_eq!(rules(&two_phases(), &changed(10, 19)), [Rule::RedRevert]);
}

#[test]
fn pedestrian_buffer_one_tick_short() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().buffer = s(6);
    let site = site(&[(2, timing), (4, plain())], &[]);
    assert_eq!(rules(&site, &changed(4, 30)), []);
    assert_eq!(rules(&site, &changed(4, 29)), [Rule::Buffer]);
}

#[test]
fn leading_walk_one_tick_short_or_left_out() {
    let mut site = two_phases();
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().leading = s(3);
    site.phase[phase(2)].safety = timing;
    let led = |ticks| {
        [
            ("RDR", 60),
            ("RWR", ticks),
            ("GWR", 40),
            ("GFR", 60),
            ("YDR", 30),
            ("RDR", 20),
        ]
    };
    assert_eq!(rules(&site, &led(30)), []);
    assert_eq!(rules(&site, &led(29)), [Rule::LeadingWalk]);
    assert_eq!(rules(&site, &led(0)), [Rule::LeadingWalk]);
    // Without a leading interval nobody may walk beside a red.
    assert_eq!(rules(&two_phases(), &led(30)), [Rule::WalkBesideGreen]);
    // A walk later in the green needs no lead.
    let later = [("RDR", 60), ("GDR", 10), ("GWR", 40), ("GFR", 60)];
    assert_eq!(rules(&site, &later), []);
    // A leading walk is right of way: it too waits for conflicting phases.
    let early = [
        ("RDR", 60),
        ("RDG", 50),
        ("RDY", 30),
        ("RDR", 19),
        ("RWR", 30),
        ("GWR", 10),
    ];
    assert_eq!(rules(&site, &early), [Rule::RedClearance, Rule::Between]);
}

#[test]
fn pedestrians_walk_and_clear_only_beside_green() {
    let site = two_phases();
    let after = |lamps| [("RDR", 60), ("GWR", 50), (lamps, 1)];
    assert_eq!(rules(&site, &after("YWR")), [Rule::WalkBesideGreen]);
    let after = |lamps| [("RDR", 60), ("GWR", 40), ("GFR", 20), (lamps, 1)];
    assert_eq!(rules(&site, &after("YFR")), [Rule::WalkBesideGreen]);
}

#[test]
fn conflicting_phases_together() {
    let site = two_phases();
    let together = |lamps| rules(&site, &[("RDR", 60), ("GDR", 60), (lamps, 1)]);
    for lamps in ["GDG", "YDG"] {
        assert!(together(lamps).contains(&Rule::Conflict), "{lamps}");
    }
    let once = Violation {
        rule: Rule::Conflict,
        phase: phase(2),
        against: Some(phase(4)),
    };
    assert_eq!(violations(&site, &[("RDR", 60), ("GWG", 1)]), [once]);
    // Compatible phases may.
    let friends = super::sites::site(&[(2, with_crosswalk()), (4, plain())], &[(2, 4)]);
    assert_eq!(
        rules(&friends, &[("RDR", 60), ("GDR", 30), ("GWG", 60)]),
        []
    );
}

#[test]
fn lamps_follow_one_another_only_as_they_may() {
    let site = two_phases();
    let green = ("GDR", 60);
    let red = ("RDR", 60);
    let cases: &[(&[(&str, i64)], Rule)] = &[
        (&[red, green, ("RDR", 1)], Rule::Sequence),
        (&[red, ("YDR", 1)], Rule::Sequence),
        (&[red, green, ("YDR", 30), ("GDR", 1)], Rule::Sequence),
        (&[red, green, ("GFR", 1)], Rule::Sequence),
        (&[red, ("GWR", 60), ("GDR", 1)], Rule::Sequence),
        (&[red, ("GWR", 60), ("GFR", 60), ("GWR", 1)], Rule::Sequence),
        (&[("GDR", 1)], Rule::Sequence),
        (&[red, ("-DR", 1)], Rule::Lamps),
        (&[red, ("oDR", 1)], Rule::Lamps),
        (&[red, ("R-R", 1)], Rule::Lamps),
    ];
    for (shown, rule) in cases {
        assert!(rules(&site, shown).contains(rule), "{shown:?}");
    }
}

#[test]
fn flash_only_from_all_red_for_all_heads_and_back_through_all_red() {
    let site = two_phases();
    let red = ("RDR", 60);
    assert_eq!(rules(&site, &[("x-x", 20), red, ("GDR", 1)]), []);
    assert_eq!(rules(&site, &[red, ("x-x", 20), red, ("RDG", 1)]), []);
    assert_eq!(
        rules(&site, &[red, ("x-x", 20), ("RDR", 59), ("RDG", 1)]),
        [Rule::StartUp]
    );
    for lamps in ["x-R", "RDx", "xDx"] {
        assert!(
            rules(&site, &[red, (lamps, 1)]).contains(&Rule::Flash),
            "{lamps}"
        );
    }
    for before in [("GDR", 60), ("RDG", 60), ("GWR", 60)] {
        let broken = rules(&site, &[red, before, ("x-x", 1)]);
        assert!(broken.contains(&Rule::Flash), "{before:?}");
    }
    assert!(rules(&site, &[("x-x", 20), ("GDR", 1)]).contains(&Rule::Sequence));
}

#[test]
fn lamps_that_do_not_exist_stay_dark() {
    let site = two_phases();
    let mut monitor = Monitor::new(&site, Timestamp(0));
    let mut lit = heads("RDR");
    lit.vehicle[phase(5)] = Indication::Red;
    let broken = monitor.observe(&lit, Timestamp(0));
    assert_eq!((broken.len(), broken[0].rule), (1, Rule::Lamps));
    let mut lit = heads("RDR");
    lit.pedestrian[phase(4)] = PedestrianIndication::DontWalk;
    let broken = monitor.observe(&lit, Timestamp(100));
    assert_eq!((broken.len(), broken[0].rule), (1, Rule::Lamps));
    let mut lit = heads("RDR");
    lit.pedestrian[phase(5)] = PedestrianIndication::DontWalk;
    let broken = monitor.observe(&lit, Timestamp(200));
    assert!(broken.iter().any(|one| one.phase == phase(5)));
}

#[test]
fn a_phase_for_pedestrians_only_has_walk_clearance_and_buffer_but_no_vehicle_lamps() {
    let mut timing = with_crosswalk();
    timing.pedestrian_only = true;
    timing.yellow_change = Millis::ZERO;
    timing.min_green = s(10);
    let mut site = site(&[(2, timing), (4, plain())], &[]);
    site.conflicts.between[phase(2)][phase(4)] = s(4);
    let shown = |walk, clearance, gap| {
        [
            ("-DR", 60),
            ("-WR", walk),
            ("-FR", clearance),
            ("-DR", gap),
            ("-DG", 50),
        ]
    };
    assert_eq!(rules(&site, &shown(40, 60, 40)), []);
    assert_eq!(rules(&site, &shown(39, 60, 40)), [Rule::Walk]);
    assert_eq!(
        rules(&site, &shown(40, 59, 40)),
        [Rule::PedestrianClearance]
    );
    assert_eq!(rules(&site, &shown(40, 60, 39)), [Rule::Between]);
    assert_eq!(
        rules(&site, &shown(40, 60, 29)),
        [Rule::Between, Rule::Buffer]
    );
    assert!(rules(&site, &[("GDR", 1)]).contains(&Rule::Lamps));
    let flash = [("-DR", 60), ("--x", 10), ("-DR", 60), ("-WR", 1)];
    assert_eq!(rules(&site, &flash), []);
    assert!(rules(&site, &[("-DR", 60), ("x-x", 10)]).contains(&Rule::Flash));
}

#[test]
fn time_that_goes_backwards_makes_no_interval_longer() {
    let site = two_phases();
    let mut monitor = Monitor::new(&site, Timestamp(0));
    let mut broken = Vec::new();
    for (lamps, at) in [("RDR", 0), ("GDR", 6_000), ("GDR", -9_000), ("YDR", 10_900)] {
        broken.extend(monitor.observe(&heads(lamps), Timestamp(at)));
    }
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].rule, Rule::MinGreen);
}

/// The gate itself keeps to the limits: neither a tick less (the monitor inside it would stop the
/// program) nor a tick more.
#[test]
fn the_gate_wastes_no_tick() {
    let site = site(&[(2, with_crosswalk()), (4, plain())], &[]);
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut strips = Strips::per_tick(site.phases);
    for tick in 0..420 {
        let now = Timestamp(tick * TICK.0);
        let wants = if tick < 70 { set(&[2]) } else { set(&[4]) };
        let advice = Advice {
            green: wants,
            walk: wants,
            ..Advice::default()
        };
        let calls = Calls {
            vehicle: set(&[4]),
            ..Calls::default()
        };
        strips.record(gate.admit(&advice, &calls, now), now);
    }
    let lengths = |strip: &str, what| strip.matches(what).count();
    let (two, four) = (strips.vehicle(2), strips.vehicle(4));
    assert_eq!(two.find('G'), Some(60), "all red for 6 s");
    assert_eq!(
        (lengths(two, 'G'), lengths(two, 'y'), lengths(two, 'r')),
        (100, 30, 20)
    );
    let two_pedestrian = strips.pedestrian(2);
    assert_eq!(
        (lengths(two_pedestrian, 'W'), lengths(two_pedestrian, 'F')),
        (40, 60)
    );
    assert_eq!(four.find('G'), Some(210));
}
