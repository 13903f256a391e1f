//! The comparison table: every controller, every figure, mean over the seeds and their spread.
//!
//! In: figures of every seed. Out: an HTML table. Not here: words about it (`verdict.rs`).

use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::content::SeedFigures;
use crate::report::look::swatch;
use crate::report::look::thousands;
use crate::report::look::title;
use crate::report::svg::escape;
use crate::report::verdict::best_other;
use crate::report::verdict::level_of_service;
use crate::report::verdict::over_seeds;
use crate::report::verdict::percent_change;

/// One figure of the table.
struct Figure {
    title: &'static str,
    decimals: usize,
    of: fn(&SeedFigures) -> f64,
}

const FIGURES: [Figure; 6] = [
    Figure {
        title: "Mean delay, s",
        decimals: 1,
        of: |seed| seed.mean_delay_s,
    },
    Figure {
        title: "95th percentile, s",
        decimals: 1,
        of: |seed| seed.p95_delay_s,
    },
    Figure {
        title: "Stops per vehicle",
        decimals: 2,
        of: |seed| seed.stops_per_vehicle,
    },
    Figure {
        title: "Longest wait, vehicle, s",
        decimals: 0,
        of: |seed| seed.max_wait_s,
    },
    Figure {
        title: "Longest wait, pedestrian, s",
        decimals: 0,
        of: |seed| seed.max_ped_wait_s.unwrap_or(f64::NAN),
    },
    Figure {
        title: "Vehicles",
        decimals: 0,
        of: vehicles,
    },
];

fn vehicles(seed: &SeedFigures) -> f64 {
    seed.vehicles as f64
}

/// The table.
#[must_use]
pub fn table(content: &Content) -> String {
    let head: String = FIGURES
        .iter()
        .map(|figure| format!("<th scope=\"col\">{}</th>", figure.title))
        .collect();
    let rows: String = content
        .controllers
        .iter()
        .map(|run| row(content, run))
        .collect();
    let seeds = content.method.seeds.len();
    let spread = match seeds {
        0 | 1 => "One seed: no spread known.".to_owned(),
        seeds => format!(
            "Mean over {seeds} seeds ± standard deviation; below it the lowest and the highest seed."
        ),
    };
    format!(
        "<table class=\"stack\"><caption>{spread}</caption><thead><tr>\
         <th scope=\"col\">Controller</th>{head}<th scope=\"col\">Level of service</th></tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

fn row(content: &Content, run: &ControllerRun) -> String {
    let cells: String = FIGURES.iter().map(|figure| cell(run, figure)).collect();
    let delay = over_seeds(run, |seed| seed.mean_delay_s);
    let grade = delay.map_or("–".to_owned(), |all| {
        level_of_service(all.mean).to_string()
    });
    let best = best_other(content);
    let reference = best.filter(|(other, _)| other.name != run.name);
    let against = match (delay, reference) {
        (Some(own), Some((_, best))) => format!(
            "<small>{} mean delay</small>",
            signed_percent(percent_change(own.mean, best.mean))
        ),
        (Some(_), None) if content.controllers.len() > 1 => {
            "<small>best of the others</small>".to_owned()
        }
        _ => String::new(),
    };
    format!(
        "<tr><th scope=\"row\">{}{}{against}</th>{cells}\
         <td data-label=\"Level of service\">{grade}</td></tr>",
        swatch(&run.name),
        escape(title(&run.name))
    )
}

fn signed_percent(percent: f64) -> String {
    let sign = if percent < -0.5 { "−" } else { "+" };
    format!("{sign}{:.0} %", percent.abs())
}

fn cell(run: &ControllerRun, figure: &Figure) -> String {
    let decimals = figure.decimals;
    let value = match over_seeds(run, figure.of) {
        None => "–".to_owned(),
        Some(all) if all.count < 2 => format!("<b>{:.decimals$}</b>", all.mean),
        Some(all) if all.least >= 1000.0 => format!("<b>{}</b>", thousands(all.mean)),
        Some(all) => format!(
            "<b>{:.decimals$}</b>&nbsp;±&nbsp;{:.decimals$}<small>{:.decimals$}–{:.decimals$}</small>",
            all.mean, all.deviation, all.least, all.most
        ),
    };
    format!(
        "<td data-label=\"{}\"><span>{value}</span></td>",
        figure.title
    )
}
