//! The verdict at its edges: ties, half the seeds, bounds kept to the tick, nothing to compare with.

use phasewise::report::Content;
use phasewise::report::content::ADAPTIVE;
use phasewise::report::content::ControllerRun;
use phasewise::report::verdict::level_of_service;
use phasewise::report::verdict::verdict;
use phasewise::units::Millis;

use super::demo;

/// Adaptive against actuated only, all seeds alike: 18.0 s, 50 s, 0.70 stops, 1,800 vehicles.
fn even() -> Content {
    let mut content = demo::afternoon();
    let wanted = |run: &ControllerRun| [ADAPTIVE, "actuated"].contains(&run.name.as_str());
    content.controllers.retain(wanted);
    for seed in content.controllers.iter_mut().flat_map(|it| &mut it.seeds) {
        seed.mean_delay_s = 18.0;
        seed.p95_delay_s = 50.0;
        seed.stops_per_vehicle = 0.7;
        seed.vehicles = 1800;
    }
    content
}

fn adaptive(content: &mut Content) -> &mut ControllerRun {
    let runs = &mut content.controllers;
    runs.iter_mut().find(|run| run.name == ADAPTIVE).unwrap()
}

#[test]
fn levels_of_service_are_those_of_the_capacity_manual_bounds_included() {
    let levels = [
        (0.0, 'A'),
        (10.0, 'A'),
        (10.1, 'B'),
        (20.0, 'B'),
        (20.1, 'C'),
        (35.0, 'C'),
        (35.1, 'D'),
        (55.0, 'D'),
        (55.1, 'E'),
        (80.0, 'E'),
        (80.1, 'F'),
    ];
    for (delay_s, level) in levels {
        assert_eq!(level_of_service(delay_s), level, "{delay_s} s");
    }
}

#[test]
fn a_tie_is_told_as_one() {
    let headline = verdict(&even()).headline;
    assert!(headline.contains("the same as the best"), "{headline}");
}

#[test]
fn lower_on_half_of_the_seeds_is_not_convincing() {
    let mut content = even();
    for seed in &mut adaptive(&mut content).seeds {
        seed.mean_delay_s += if seed.seed % 2 == 0 { 1.0 } else { -1.0 };
    }
    let certainty = &verdict(&content).checks[0];
    assert_eq!(certainty.met, Some(false));
    assert!(certainty.text.contains("5 of 10"), "{}", certainty.text);
}

/// Later seeds have more delay under both, and adaptive always has a little more: no seed speaks for it.
#[test]
fn a_seed_is_compared_with_the_same_seed() {
    let mut content = even();
    for run in &mut content.controllers {
        let own = if run.name == ADAPTIVE { 0.1 } else { 0.0 };
        for seed in &mut run.seeds {
            seed.mean_delay_s = 30.0 - seed.seed as f64 + own;
        }
    }
    let certainty = &verdict(&content).checks[0];
    assert!(certainty.text.contains("0 of 10"), "{}", certainty.text);
}

#[test]
fn more_stops_and_a_longer_tail_are_not_met() {
    let mut content = even();
    assert!(
        verdict(&content).checks[1..3]
            .iter()
            .all(|c| c.met == Some(true))
    );
    for seed in &mut adaptive(&mut content).seeds {
        seed.stops_per_vehicle += 0.1;
        seed.p95_delay_s += 3.0;
    }
    let checks = verdict(&content).checks;
    assert!(checks[1].text.contains("more than 53 s") && checks[1].met == Some(false));
    assert!(checks[2].text.contains("0.80 stops") && checks[2].met == Some(false));
}

#[test]
fn the_meaning_is_in_vehicle_hours_and_in_seconds_for_each_driver() {
    let mut content = even();
    for seed in &mut adaptive(&mut content).seeds {
        seed.mean_delay_s -= 2.0;
    }
    let told = "1.0 vehicle-hours less waiting, 2.0 s for each driver.";
    let periods = [
        (30, "30 minutes"),
        (60, "one hour"),
        (120, "two hours"),
        (180, "3 hours"),
        (90, "1.5 hours"),
    ];
    for (minutes, words) in periods {
        content.until = content.from + Millis(minutes * 60_000);
        let meaning = verdict(&content).meaning;
        assert!(meaning.starts_with(&format!("Over {words} and ")));
        assert!(meaning.ends_with(told), "{meaning}");
    }
}

/// A call between two ticks is seen at the second of them.
#[test]
fn a_wait_within_a_tick_of_its_bound_is_kept() {
    let mut content = even();
    for facts in &mut content.phases {
        facts.max_wait = Millis(60_000);
    }
    for (wait_s, met) in [(60.1, true), (60.2, false)] {
        for wait in &mut adaptive(&mut content).waits {
            wait.vehicle_s = Some(wait_s);
        }
        assert_eq!(verdict(&content).checks[3].met, Some(met), "{wait_s} s");
    }
}

#[test]
fn without_a_bound_the_longest_wait_is_told_and_not_judged() {
    let mut content = even();
    for facts in &mut content.phases {
        facts.max_wait = Millis::ZERO;
    }
    for (wait, wait_s) in (adaptive(&mut content).waits.iter_mut()).zip([40.0, 95.0, 70.0, 20.0]) {
        wait.vehicle_s = Some(wait_s);
    }
    let check = &verdict(&content).checks[3];
    assert_eq!(check.met, None);
    assert!(check.text.contains("is 95 s"), "{}", check.text);
}

#[test]
fn a_report_without_adaptive_control_tells_what_there_is() {
    let mut content = even();
    content.controllers.retain(|run| run.name != ADAPTIVE);
    let verdict = verdict(&content);
    assert_eq!(verdict.headline, "Actuated: 18.0 s mean delay");
    assert!(verdict.checks.is_empty());
}
