//! The verdict in plain words: adaptive control against the best of the others.
//!
//! In: the figures of every seed. Out: a headline, and a line for each thing a city asks about, with
//! whether it is met. It says so when adaptive control loses or when the difference is within the
//! spread of the seeds. Not here: how it looks (`page.rs`).

use crate::report::content::ADAPTIVE;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::content::PhaseFacts;
use crate::report::content::SeedFigures;
use crate::report::look::thousands;
use crate::report::look::title;
use crate::report::look::under;
use crate::report::statistics::Summary;
use crate::report::statistics::summary;
use crate::report::statistics::usable;
use crate::units::{Millis, TICK};

/// What the report concludes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The conclusion in one sentence.
    pub headline: String,
    /// What it means on the street, in a sentence.
    pub meaning: String,
    /// The other things a city asks about.
    pub checks: Vec<Check>,
}

/// One thing a city asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Met, not met, or no more than a statement.
    pub met: Option<bool>,
    /// The answer.
    pub text: String,
}

/// Mean of a figure over the seeds of a run.
#[must_use]
pub fn over_seeds(run: &ControllerRun, figure: impl Fn(&SeedFigures) -> f64) -> Option<Summary> {
    summary(run.seeds.iter().map(figure))
}

/// The controller other than the adaptive one with the lowest mean delay.
#[must_use]
pub fn best_other(content: &Content) -> Option<(&ControllerRun, Summary)> {
    content
        .controllers
        .iter()
        .filter(|run| run.name != ADAPTIVE)
        .filter_map(|run| Some((run, over_seeds(run, |seed| seed.mean_delay_s)?)))
        .min_by(|a, b| a.1.mean.total_cmp(&b.1.mean))
}

/// Level of service of the Highway Capacity Manual for a mean control delay in seconds.
#[must_use]
pub fn level_of_service(delay_s: f64) -> char {
    match delay_s {
        d if d <= 10.0 => 'A',
        d if d <= 20.0 => 'B',
        d if d <= 35.0 => 'C',
        d if d <= 55.0 => 'D',
        d if d <= 80.0 => 'E',
        _ => 'F',
    }
}

/// The conclusion.
#[must_use]
pub fn verdict(content: &Content) -> Verdict {
    let adaptive = content.controllers.iter().find(|run| run.name == ADAPTIVE);
    let figures = adaptive.and_then(|run| Some((run, over_seeds(run, |s| s.mean_delay_s)?)));
    match (figures, best_other(content)) {
        (Some((run, own)), Some((other, best))) => against(content, (run, own), (other, best)),
        (Some((run, own)), None) => alone(run, own),
        (None, Some((other, best))) => alone(other, best),
        (None, None) => Verdict {
            headline: "Nothing was simulated, so there is nothing to compare.".to_owned(),
            meaning: String::new(),
            checks: Vec::new(),
        },
    }
}

fn alone(run: &ControllerRun, own: Summary) -> Verdict {
    Verdict {
        headline: format!("{}: {:.1} s mean delay", title(&run.name), own.mean),
        meaning: "There is nothing else in this report to compare it with.".to_owned(),
        checks: Vec::new(),
    }
}

fn against(
    content: &Content,
    (run, own): (&ControllerRun, Summary),
    (other, best): (&ControllerRun, Summary),
) -> Verdict {
    let name = under(&other.name);
    let change = percent_change(own.mean, best.mean);
    let comparison = match change.round() {
        percent if percent < 0.0 => format!("{:.0} % less than", -percent),
        percent if percent > 0.0 => format!("{percent:.0} % more than"),
        _ => "the same as".to_owned(),
    };
    let headline = format!(
        "Adaptive: {:.1} s mean delay, {comparison} the best of the others ({}, {:.1} s).",
        own.mean,
        title(&other.name).to_lowercase(),
        best.mean
    );
    let mut checks = vec![certainty(run, other, &name)];
    checks.extend(percentile(run, other, &name));
    checks.extend(stops(run, other, &name));
    checks.extend(longest_wait(content, run));
    checks.extend(longest_pedestrian_wait(content, run));
    Verdict {
        headline,
        meaning: meaning(content, run, own.mean - best.mean),
        checks,
    }
}

/// `−23.1` for 23.1 % less.
#[must_use]
pub fn percent_change(value: f64, reference: f64) -> f64 {
    if reference > 0.0 {
        (value - reference) / reference * 100.0
    } else {
        0.0
    }
}

fn meaning(content: &Content, run: &ControllerRun, difference_s: f64) -> String {
    let Some(vehicles) = over_seeds(run, |seed| seed.vehicles as f64) else {
        return String::new();
    };
    let hours = difference_s * vehicles.mean / 3600.0;
    let period = (content.until - content.from).secs() / 3600.0;
    let more_or_less = if hours <= 0.0 { "less" } else { "more" };
    format!(
        "Over {} and {} vehicles that is {:.1} vehicle-hours {more_or_less} waiting, {:.1} s for each driver.",
        hours_in_words(period),
        thousands(vehicles.mean),
        hours.abs(),
        difference_s.abs()
    )
}

fn hours_in_words(hours: f64) -> String {
    match hours {
        h if (h - 1.0).abs() < 0.01 => "one hour".to_owned(),
        h if (h - 2.0).abs() < 0.01 => "two hours".to_owned(),
        h if (h - h.round()).abs() < 0.01 => format!("{h:.0} hours"),
        h if h < 1.0 => format!("{:.0} minutes", h * 60.0),
        h => format!("{h:.1} hours"),
    }
}

/// Compares seed with seed, because all controllers get the same traffic from the same seed.
fn certainty(run: &ControllerRun, other: &ControllerRun, name: &str) -> Check {
    let differences: Vec<f64> = run
        .seeds
        .iter()
        .filter_map(|own| {
            let same = other.seeds.iter().find(|seed| seed.seed == own.seed)?;
            Some(own.mean_delay_s - same.mean_delay_s)
        })
        .collect();
    let lower = differences.iter().filter(|d| **d < 0.0).count();
    let all = differences.len();
    let text = match all {
        0 => "No seed was run under both, so chance cannot be told from merit.".to_owned(),
        1 => "Only one seed was run, so chance cannot be told from merit.".to_owned(),
        _ => format!("Mean delay is lower than under {name} on {lower} of {all} seeds."),
    };
    Check {
        met: (all > 1).then(|| lower * 2 > all),
        text,
    }
}

fn percentile(run: &ControllerRun, other: &ControllerRun, name: &str) -> Option<Check> {
    let own = over_seeds(run, |seed| seed.p95_delay_s)?.mean;
    let best = over_seeds(other, |seed| seed.p95_delay_s)?.mean;
    Some(Check {
        met: Some(own <= best),
        text: format!(
            "One vehicle in twenty loses more than {own:.0} s; under {name} more than {best:.0} s."
        ),
    })
}

fn stops(run: &ControllerRun, other: &ControllerRun, name: &str) -> Option<Check> {
    let own = over_seeds(run, |seed| seed.stops_per_vehicle)?.mean;
    let best = over_seeds(other, |seed| seed.stops_per_vehicle)?.mean;
    Some(Check {
        met: Some(own <= best),
        text: format!("{own:.2} stops per vehicle, against {best:.2} under {name}."),
    })
}

fn longest_wait(content: &Content, run: &ControllerRun) -> Option<Check> {
    let waits = content.phases.iter().filter_map(|phase| {
        let wait = run.waits.iter().find(|wait| wait.phase == phase.id)?;
        Some((phase, wait.vehicle_s?, phase.max_wait))
    });
    tightest("vehicle", waits)
}

fn longest_pedestrian_wait(content: &Content, run: &ControllerRun) -> Option<Check> {
    let waits = content.phases.iter().filter_map(|phase| {
        let wait = run.waits.iter().find(|wait| wait.phase == phase.id)?;
        let bound = phase.pedestrian_max_wait.unwrap_or(Millis::ZERO);
        Some((phase, wait.pedestrian_s?, bound))
    });
    tightest("pedestrian", waits)
}

/// Every phase's longest wait against its own bound: told is the one with the least to spare.
fn tightest<'a>(
    who: &str,
    waits: impl Iterator<Item = (&'a PhaseFacts, f64, Millis)>,
) -> Option<Check> {
    let waits: Vec<_> = waits.filter(|(_, wait_s, _)| usable(*wait_s)).collect();
    let bounded = waits.iter().filter(|(.., bound)| *bound > Millis::ZERO);
    let tightest = bounded
        .map(|&(phase, wait_s, bound)| (phase, wait_s, bound.secs()))
        .min_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1)));
    if let Some((phase, wait_s, bound_s)) = tightest {
        // Who calls between two ticks is seen at the second.
        let (met, phase) = (wait_s <= bound_s + TICK.secs(), phase.id);
        let text = match met {
            true => format!(
                "Every {who} is served within the bound of its phase; closest to it is phase {phase} \
                 with {wait_s:.0} s of {bound_s:.0} s."
            ),
            false => format!(
                "A {who} of phase {phase} waits {wait_s:.0} s; its bound is {bound_s:.0} s."
            ),
        };
        return Some(Check {
            met: Some(met),
            text,
        });
    }
    let longest = waits.iter().map(|(_, wait_s, _)| *wait_s);
    let most = longest.reduce(f64::max)?;
    Some(Check {
        met: None,
        text: format!("The longest wait of a {who} is {most:.0} s; the site file sets no bound."),
    })
}
