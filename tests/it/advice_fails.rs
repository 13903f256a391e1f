//! The advice half panics: the lamps go on, the run says why, and adaptive control comes back.

use std::path::Path;

use phasewise::controller::Rung;
use phasewise::controller::ladder::PANICS_MAX;
use phasewise::controller::{Controller, Inputs};
use phasewise::detection::Edge;
use phasewise::intersection::{CrosswalkId, Intersection, PhaseId, PhaseSet};
use phasewise::journal::{Reader, Tick};
use phasewise::replay::{Replayed, replay, replay_on};
use phasewise::signal::{DecisionKind, Indication, PedestrianIndication};
use phasewise::simulation::compare::run_one;
use phasewise::simulation::run::{Control, Run};
use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::units::{ClockTime, Millis, TICK, Timestamp};

use crate::replay::{Recorder, journal};

const MINUTES: i64 = 12;

fn site_file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml")
}

fn scenario() -> Scenario {
    let selection = Selection {
        duration: Some(Millis(MINUTES * 60_000)),
        ..Selection::default()
    };
    Scenario::load(&site_file(), &selection).unwrap()
}

/// Twelve minutes of traffic with an advice half that panics at these seconds.
fn run_failing_at(scenario: &Scenario, seconds: &[i64]) -> (Run, Vec<Tick>) {
    let at: Vec<Timestamp> = seconds.iter().map(|s| Timestamp(s * 1000)).collect();
    let mut recorder = Recorder(Vec::new());
    let control = Control::Failing(Rung::Adaptive, &at);
    let result = run_one(scenario, control, 3, 1.0, &mut recorder).unwrap();
    (result.run.unwrap(), recorder.0)
}

fn at(ticks: &[Tick], second: i64) -> &Tick {
    ticks
        .iter()
        .find(|tick| tick.now.0 == second * 1000)
        .unwrap()
}

/// Phases that begin green within these seconds.
fn served(ticks: &[Tick], from: i64, until: i64) -> PhaseSet {
    let within = |tick: &&Tick| (from * 1000..until * 1000).contains(&tick.now.0);
    let lit = ticks.iter().filter(within).flat_map(|tick| {
        let heads = tick.outputs.heads.vehicle;
        let green: Vec<_> = (heads.iter())
            .filter(|(_, lamp)| **lamp == Indication::Green)
            .map(|(phase, _)| phase)
            .collect();
        green
    });
    lit.collect()
}

#[test]
fn one_panic_means_fixed_time_until_the_advice_half_is_trusted_again() {
    let scenario = scenario();
    let (run, ticks) = run_failing_at(&scenario, &[300]);
    assert!(run.violations.is_empty(), "{:?}", run.violations);
    assert_eq!(
        ticks.len(),
        600 * usize::try_from(MINUTES).unwrap(),
        "the lamps go on"
    );
    assert_eq!(
        served(&ticks, 300, 430),
        scenario.site.phases,
        "everybody is served"
    );

    let rungs: Vec<Rung> = [290, 300, 310, 360, 430]
        .map(|s| at(&ticks, s).outputs.rung)
        .into();
    let (fixed, adaptive) = (Rung::FixedTime, Rung::Adaptive);
    assert_eq!(rungs, [adaptive, fixed, fixed, fixed, adaptive]);

    let decision = at(&ticks, 300).outputs.decision.as_ref().unwrap();
    assert_eq!(decision.kind, DecisionKind::Fallback);
    assert_eq!(
        decision.reason,
        "the advice half failed (made to fail): fixed time until it has run for 60 s again"
    );
    let failures = run
        .decisions
        .iter()
        .filter(|d| d.kind == DecisionKind::Fallback);
    assert_eq!(failures.count(), 1);
}

#[test]
fn after_too_many_panics_fixed_time_stays() {
    let scenario = scenario();
    let mut seconds: Vec<i64> = (0..i64::from(PANICS_MAX)).map(|n| 100 + 10 * n).collect();
    // It would fail again, but nobody asks it any more.
    seconds.extend([200, 300]);
    let (run, ticks) = run_failing_at(&scenario, &seconds);
    assert!(run.violations.is_empty(), "{:?}", run.violations);
    let failures = || (run.decisions.iter()).filter(|d| d.kind == DecisionKind::Fallback);
    assert_eq!(failures().count(), usize::try_from(PANICS_MAX).unwrap());
    let last = failures().next_back().unwrap();
    assert!(
        last.reason.ends_with("it is not tried again"),
        "{}",
        last.reason
    );
    let after = ticks.iter().filter(|tick| tick.now.0 >= 120_000);
    assert!(after.clone().count() > 5_000);
    assert!(
        after
            .clone()
            .all(|tick| tick.outputs.rung == Rung::FixedTime)
    );
    // A cycle of 110 s, by the clock alone.
    for begin in [130, 240, 350, 460, 570] {
        assert_eq!(
            served(&ticks, begin, begin + 115),
            scenario.site.phases,
            "from {begin} s"
        );
    }
}

/// Whoever pushed the button before the panic is forgotten with the advice half, and this fixed time walks on
/// call only; so everybody counts as calling until served once.
#[test]
fn a_pedestrian_who_called_just_before_the_panic_still_walks() {
    let mut site = Intersection::load(&site_file()).unwrap();
    let [main, side] = [2, 8].map(|number| PhaseId::new(number).unwrap());
    for pattern in &mut site.patterns {
        if let Some(coordination) = &mut pattern.coordination {
            coordination.splits[side] = coordination.splits[side] - Millis(9_000);
            coordination.splits[main] += Millis(9_000);
        }
    }
    let calls_side = |crosswalk: CrosswalkId| site.crosswalks[crosswalk].phase == side;
    let (button, _) = site
        .detectors
        .iter()
        .find(|(_, detector)| detector.crosswalk.is_some_and(calls_side))
        .unwrap();
    let failure = Timestamp(120_000);
    let mut controller = Controller::with_failing_advice(&site, &[failure]);
    let mut walks_at = None;
    for tick in 0..3_000 {
        let now = Timestamp(tick * TICK.0);
        let pushed = now.0 == failure.0 - 200;
        let inputs = Inputs {
            clock: ClockTime(12 * 3_600_000 + now.0),
            budget: 10_000,
            edges: [true, false]
                .map(|on| Edge {
                    detector: button,
                    on,
                    at: now,
                })
                .into_iter()
                .filter(|_| pushed)
                .collect(),
            ..Inputs::default()
        };
        let heads = controller.step(&inputs, now).heads;
        if now > failure && heads.pedestrian[side] == PedestrianIndication::Walk {
            walks_at.get_or_insert(now);
        }
    }
    let waited = walks_at.expect("they are not forgotten").since(failure);
    let bound = site.phase[side].safety.pedestrian.unwrap().max_wait;
    assert!(waited <= bound, "{waited}");
}

/// Nobody is there: the call that everybody is taken to have made is served once, not for ever.
#[test]
fn whoever_may_have_called_is_served_once() {
    let site = Intersection::load(&site_file()).unwrap();
    let mut controller = Controller::with_failing_advice(&site, &[Timestamp(60_000)]);
    let side = PhaseId::new(8).unwrap();
    let walks_at: Vec<i64> = (0..6_000)
        .filter(|tick| {
            let now = Timestamp(tick * TICK.0);
            let inputs = Inputs {
                clock: ClockTime(12 * 3_600_000 + now.0),
                budget: 10_000,
                ..Inputs::default()
            };
            let heads = controller.step(&inputs, now).heads;
            heads.pedestrian[side] == PedestrianIndication::Walk
        })
        .collect();
    let after = |tick: &&i64| **tick >= 3_000;
    assert!(!walks_at.is_empty(), "they may have called");
    assert_eq!(walks_at.iter().filter(after).count(), 0, "{walks_at:?}");
}

#[test]
fn a_journal_with_a_failure_replays_as_it_was_and_a_mended_program_says_where_it_differs() {
    let scenario = scenario();
    let (_, ticks) = run_failing_at(&scenario, &[300]);
    let file = journal(&scenario, &ticks);
    let site = &scenario.site;

    let same = Controller::with_failing_advice(site, &[Timestamp(300_000)]);
    let mut reader = Reader::new(file.as_slice()).unwrap();
    let replayed = replay_on(&mut reader, same, |_| {}).unwrap();
    assert_eq!(
        replayed,
        Replayed {
            ticks: ticks.len(),
            difference: None
        }
    );

    let mut reader = Reader::new(file.as_slice()).unwrap();
    let mended = replay(&mut reader, site, |_| {})
        .unwrap()
        .difference
        .unwrap();
    assert_eq!(mended.now, Timestamp(300_000));
    assert_eq!(mended.field, "rung");
    assert!(
        mended
            .recorded
            .starts_with("FixedTime: the advice half failed"),
        "{mended:?}"
    );
    assert_eq!(mended.reproduced, "Adaptive");
}
