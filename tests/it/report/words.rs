//! What the page says: everything it was given, and the truth about who won.

use phasewise::report::Content;
use phasewise::report::content::ADAPTIVE;
use phasewise::report::content::ControllerRun;
use phasewise::report::html;
use phasewise::report::interesting::SHOWN_MAX;
use phasewise::report::interesting::choose;
use phasewise::report::verdict::verdict;
use phasewise::signal::DecisionKind;
use phasewise::units::Millis;

use super::demo;

fn run<'a>(content: &'a mut Content, name: &str) -> &'a mut ControllerRun {
    let runs = &mut content.controllers;
    runs.iter_mut().find(|run| run.name == name).unwrap()
}

fn set_delay(content: &mut Content, name: &str, delay_s: f64) {
    for seed in &mut run(content, name).seeds {
        seed.mean_delay_s = delay_s;
        seed.p95_delay_s = delay_s * 3.0;
    }
}

#[test]
fn the_distance_from_the_optimum_is_said_once_if_it_was_asked() {
    let mut content = demo::afternoon();
    assert_eq!(
        html(&content)
            .matches("12 % &amp; a bit above the optimum")
            .count(),
        1
    );
    content.distance = None;
    assert!(!html(&content).contains("How far from perfect"));
}

#[test]
fn every_controller_movement_phase_and_approach_appears() {
    let page = html(&demo::afternoon());
    for words in ["Recorded plan", "Fixed time", "Actuated", "Adaptive"] {
        assert!(page.contains(&format!(">{words}<")), "{words}");
    }
    for movement in demo::MOVEMENTS {
        assert!(page.contains(&format!("<b>{movement}</b>")), "{movement}");
    }
    for approach in ["eastbound", "westbound", "southbound"] {
        assert!(page.contains(&format!("<b>{approach}</b>")), "{approach}");
    }
    for phase in [
        "Phase 2, eastbound through",
        "Phase 5, westbound left",
        "Phase 8, southbound",
    ] {
        assert!(page.contains(&format!("<summary>{phase}")), "{phase}");
    }
    for expected in [
        "Channel 14 was silent",
        "120 m was assumed",
        "9c1d77ab003251fe",
        "Monday 2024-04-15",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn a_win_is_told_with_its_size_and_its_rival() {
    let mut content = demo::afternoon();
    set_delay(&mut content, "actuated", 20.0);
    set_delay(&mut content, ADAPTIVE, 15.0);
    let verdict = verdict(&content);
    assert_eq!(
        verdict.headline,
        "Adaptive: 15.0 s mean delay, 25 % less than the best of the others (actuated, 20.0 s)."
    );
    assert!(
        verdict.meaning.contains("less waiting"),
        "{}",
        verdict.meaning
    );
    assert_eq!(verdict.checks[0].met, Some(true));
}

#[test]
fn a_defeat_is_told_as_one() {
    let mut content = demo::afternoon();
    set_delay(&mut content, "actuated", 20.0);
    set_delay(&mut content, ADAPTIVE, 23.0);
    let verdict = verdict(&content);
    assert!(
        verdict.headline.contains("15 % more than"),
        "{}",
        verdict.headline
    );
    assert!(
        verdict.meaning.contains("more waiting"),
        "{}",
        verdict.meaning
    );
    assert!(
        verdict
            .checks
            .iter()
            .take(2)
            .all(|check| check.met == Some(false))
    );
    assert!(html(&content).contains("class=\"missed\""));
}

/// Phase 8 may wait less than the others.
#[test]
fn a_bound_that_one_phase_passes_is_not_good_though_another_phase_may_wait_longer() {
    let mut content = demo::afternoon();
    for facts in &mut content.phases {
        let short = facts.id.number() == 8;
        facts.max_wait = Millis(if short { 60_000 } else { 120_000 });
        facts.pedestrian_max_wait = Some(Millis(if short { 50_000 } else { 90_000 }));
    }
    let mut waits_of_8 = |vehicle_s: f64, pedestrian_s: f64| -> Vec<_> {
        for wait in &mut run(&mut content, ADAPTIVE).waits {
            let eight = wait.phase.number() == 8;
            wait.vehicle_s = Some(if eight { vehicle_s } else { 100.0 });
            wait.pedestrian_s = Some(if eight { pedestrian_s } else { 45.0 });
        }
        let checks = verdict(&content).checks;
        let bounds = checks[checks.len() - 2..].iter();
        bounds
            .map(|check| (check.met, check.text.clone()))
            .collect()
    };
    let kept = waits_of_8(59.9, 49.9);
    assert!(kept.iter().all(|(met, _)| *met == Some(true)), "{kept:?}");
    let passed = waits_of_8(70.0, 60.0);
    assert!(
        passed.iter().all(|(met, _)| *met == Some(false)),
        "{passed:?}"
    );
    assert_eq!(
        passed[0].1,
        "A vehicle of phase 8 waits 70 s; its bound is 60 s."
    );
}

#[test]
fn one_seed_proves_nothing() {
    let mut content = demo::afternoon();
    content
        .controllers
        .iter_mut()
        .for_each(|run| run.seeds.truncate(1));
    let certainty = &verdict(&content).checks[0];
    assert_eq!(certainty.met, None);
    assert!(certainty.text.contains("chance"), "{}", certainty.text);
}

#[test]
fn the_decisions_shown_are_few_in_order_apart_and_of_several_kinds() {
    let content = demo::afternoon();
    let chosen = choose(&content.decisions);
    assert_eq!(chosen.len(), SHOWN_MAX);
    for pair in chosen.windows(2) {
        let apart = pair[1].decision.at.since(pair[0].decision.at);
        assert!(apart >= Millis(90_000), "{apart}");
    }
    let count = |kind| {
        let of_kind = chosen.iter().filter(|moment| moment.decision.kind == kind);
        of_kind.count()
    };
    for kind in [
        DecisionKind::LongWait,
        DecisionKind::Walk,
        DecisionKind::Hold,
        DecisionKind::Change,
    ] {
        assert!(
            (1..=5).contains(&count(kind)),
            "{} of {kind:?}",
            count(kind)
        );
    }
    assert_eq!(count(DecisionKind::NoChoice), 0);
}

/// Also where it wants what was wanted before, and saves nothing.
#[test]
fn a_failure_of_the_advice_half_is_always_shown() {
    let mut content = demo::afternoon();
    let failed = content.decisions.len() / 2;
    let before = content.decisions[failed - 1].wants;
    let failure = &mut content.decisions[failed];
    failure.kind = DecisionKind::Fallback;
    failure.wants = before;
    failure.alternative = None;
    failure.reason = "the advice half failed".to_owned();
    let chosen = choose(&content.decisions);
    let told = |kind| (chosen.iter()).any(|moment| moment.decision.kind == kind);
    assert!(told(DecisionKind::Fallback));
    assert!(html(&content).contains("advice failed"));
}

/// Somebody may put the reasons into better words, or into another language.
#[test]
fn the_choice_of_decisions_does_not_hang_on_words() {
    let content = demo::afternoon();
    let mut reworded = content.decisions.clone();
    for decision in &mut reworded {
        decision.reason = "Grund".to_owned();
    }
    let times = |decisions| -> Vec<_> {
        let chosen = choose(decisions);
        chosen.iter().map(|moment| moment.decision.at).collect()
    };
    assert_eq!(times(&reworded), times(&content.decisions));
}

#[test]
fn the_decision_that_saved_most_by_far_is_shown() {
    let mut content = demo::afternoon();
    let decision = content
        .decisions
        .iter_mut()
        .find(|d| d.at.0 > 3_000_000 && d.reason.contains("platoon"))
        .unwrap();
    decision.alternative = decision.alternative.map(|(set, cost)| (set, cost + 900.0));
    let at = decision.at;
    let chosen = choose(&content.decisions);
    assert!(chosen.iter().any(|moment| moment.decision.at == at));
}

#[test]
fn decisions_without_an_alternative_make_no_saving() {
    let mut content = demo::afternoon();
    content
        .decisions
        .iter_mut()
        .for_each(|d| d.alternative = None);
    assert!(
        choose(&content.decisions)
            .iter()
            .all(|moment| moment.saving.is_none())
    );
    assert!(html(&content).contains("nothing else was possible"));
}
