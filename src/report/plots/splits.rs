//! Greens over time, marked by why they ended.
//!
//! In: events. Out: a plot per phase and controller, and a table of how often each reason came. The
//! shape of a mark carries the reason, its color only repeats it. Whether a green was long enough comes
//! from the split failures of `measures/`.

use crate::measures::DetectorRoles;
use crate::measures::Measures;
use crate::measures::Settings;
use crate::measures::SplitFailures;
use crate::report::axis::Axis;
use crate::report::axis::HALF;
use crate::report::axis::Panel;
use crate::report::axis::clock_value;
use crate::report::axis::hours_minutes_seconds;
use crate::report::content::ADAPTIVE;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::content::PhaseFacts;
use crate::report::history::Service;
use crate::report::history::Termination;
use crate::report::history::services;
use crate::report::look::phase_title;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::grid;
use crate::report::plots::nothing;
use crate::report::statistics::quantile;
use crate::report::statistics::sorted;
use crate::report::statistics::summary;
use crate::report::svg::Marker;
use crate::report::svg::Svg;
use crate::report::svg::escape;

const TERMINATIONS: [Termination; 4] = [
    Termination::GapOut,
    Termination::MaxOut,
    Termination::ForceOff,
    Termination::Unknown,
];

/// One controller's greens of one phase.
struct Greens<'a> {
    run: &'a ControllerRun,
    services: Vec<Service>,
    /// Cycles that ended before their queue, of those that could be judged.
    failures: Option<(u64, u64)>,
}

/// A block per phase with a plot per controller.
#[must_use]
pub fn plots(content: &Content) -> String {
    let failures: Vec<Vec<SplitFailures>> = content
        .controllers
        .iter()
        .map(|run| split_failures(content, run))
        .collect();
    let mut html = String::new();
    for (place, phase) in content.phases.iter().enumerate() {
        let runs: Vec<Greens<'_>> = content
            .controllers
            .iter()
            .zip(&failures)
            .map(|(run, failures)| Greens {
                run,
                services: services(&run.events, phase.id),
                failures: of_phase(failures, phase),
            })
            .collect();
        let open = if place == 0 { " open" } else { "" };
        html.push_str(&format!(
            "<details{open}><summary>{}</summary>{}{}</details>",
            escape(&phase_title(content, phase.id)),
            table(phase, &runs),
            grid(&panels(content, phase, &runs))
        ));
    }
    if html.is_empty() {
        return nothing("No phase is known.");
    }
    html
}

fn split_failures(content: &Content, run: &ControllerRun) -> Vec<SplitFailures> {
    let Some(site) = &content.intersection else {
        return Vec::new();
    };
    let roles = DetectorRoles::of_site(site);
    Measures::compute(&run.events, &roles, &Settings::default()).split_failures
}

/// Failures and cycles judged over all bins; `None` if no cycle could be judged.
fn of_phase(bins: &[SplitFailures], phase: &PhaseFacts) -> Option<(u64, u64)> {
    let number = u16::from(phase.id.number());
    let bins = bins.iter().filter(|bin| bin.phase == number);
    let (failures, cycles) = bins.fold((0, 0), |sum, bin| {
        (sum.0 + bin.failures, sum.1 + bin.cycles)
    });
    (cycles > 0).then_some((failures, cycles))
}

fn panels(content: &Content, phase: &PhaseFacts, runs: &[Greens<'_>]) -> String {
    let lengths = runs
        .iter()
        .flat_map(|greens| greens.services.iter().map(|s| s.green_time().secs()));
    let most = quantile(&sorted(lengths), 0.99).unwrap_or(60.0) * 1.05;
    let x = Axis::time(content.from, content.until);
    let y = Axis::from_zero(most, 5, "green, s");
    let mut figures = String::new();
    for Greens { run, services, .. } in runs {
        let heading = format!("{}, {}", title(&run.name), phase_title(content, phase.id));
        let mut panel = Panel::new(HALF, &heading, &x, &y);
        for service in services {
            let place = clock_value(service.green);
            if panel.shows_x(place) {
                let at = panel.at(place, service.green_time().secs());
                let (class, shape) = look(service.termination);
                let hover = hover(run, service);
                panel.svg.marker(class, shape, at, 3.2, &hover);
            }
        }
        figures.push_str(&figure(
            &panel.finish(),
            title(&run.name),
            &caption(services),
        ));
    }
    figures
}

fn hover(run: &ControllerRun, service: &Service) -> String {
    format!(
        "{}: {:.1} s, {}",
        hours_minutes_seconds(service.green),
        service.green_time().secs(),
        words(service.termination, &run.name)
    )
}

fn caption(services: &[Service]) -> String {
    match summary(services.iter().map(|s| s.green_time().secs())) {
        Some(greens) if greens.most - greens.least < 0.5 => {
            format!("{} greens, all of {:.0} s", greens.count, greens.mean)
        }
        Some(greens) => format!(
            "{} greens, mean {:.0} s, {:.0} to {:.0} s",
            greens.count, greens.mean, greens.least, greens.most
        ),
        None => "no complete green in the log".to_owned(),
    }
}

/// How often each reason came, per controller.
fn table(phase: &PhaseFacts, runs: &[Greens<'_>]) -> String {
    let mut rows = String::new();
    for Greens {
        run,
        services,
        failures,
    } in runs
    {
        let failed = match failures {
            Some((failures, cycles)) => format!("{failures} of {cycles}"),
            None => "–".to_owned(),
        };
        let cells: String = TERMINATIONS
            .into_iter()
            .map(|why| {
                let count = services.iter().filter(|s| s.termination == why).count();
                let share = count as f64 / services.len().max(1) as f64 * 100.0;
                format!("<td>{share:.0} %</td>")
            })
            .collect();
        rows.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td>{cells}<td>{failed}</td></tr>",
            escape(title(&run.name)),
            services.len()
        ));
    }
    format!(
        "<div class=\"scroll\"><table class=\"small\"><caption>How the greens of phase {} ended</caption>\
         <thead><tr><th scope=\"col\">Controller</th><th scope=\"col\">Greens</th>\
         <th scope=\"col\">Gap-out</th><th scope=\"col\">Max-out</th>\
         <th scope=\"col\">Force-off or planned</th><th scope=\"col\">Not logged</th>\
         <th scope=\"col\">Split failures</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        phase.id
    )
}

fn look(termination: Termination) -> (&'static str, Marker) {
    match termination {
        Termination::GapOut => ("mark t-gap", Marker::Circle),
        Termination::MaxOut => ("mark t-max", Marker::Triangle),
        Termination::ForceOff => ("mark t-force", Marker::Square),
        Termination::Unknown => ("mark t-unknown", Marker::Cross),
    }
}

/// The adaptive controller logs its planned ends as remote force-offs are logged.
fn words(termination: Termination, controller: &str) -> &'static str {
    match termination {
        Termination::GapOut => "gap-out",
        Termination::MaxOut => "max-out",
        Termination::ForceOff if controller == ADAPTIVE => "planned end",
        Termination::ForceOff => "force-off",
        Termination::Unknown => "reason not logged",
    }
}

/// What the marks mean, as a line of HTML.
#[must_use]
pub fn legend() -> String {
    let mut html = String::from("<p class=\"legend\">");
    for (why, meaning) in [
        (Termination::GapOut, "gap-out"),
        (Termination::MaxOut, "max-out"),
        (Termination::ForceOff, "force-off (adaptive: planned end)"),
        (Termination::Unknown, "not logged"),
    ] {
        let (class, shape) = look(why);
        let mut svg = Svg::new(14.0, 12.0, meaning);
        svg.marker(class, shape, (7.0, 6.0), 4.5, "");
        html.push_str(&format!(
            "<span class=\"key\"><span class=\"swatch\">{}</span>{meaning}</span> ",
            svg.finish()
        ));
    }
    html.push_str("</p>");
    html
}
