//! The distribution of delay: how long the unlucky wait.
//!
//! In: the delay of every vehicle. Out: a quantile curve per controller. Not here: which movement they
//! make (`movements.rs`).

use crate::report::axis::Axis;
use crate::report::axis::Panel;
use crate::report::axis::Size;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::look::class;
use crate::report::look::marker;
use crate::report::look::on_top_last;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::nothing;
use crate::report::plots::wide_and_narrow;
use crate::report::statistics::quantile;
use crate::report::statistics::sorted;
use crate::report::svg::Anchor;
use crate::report::svg::Path;

/// The curve ends here: the last vehicle in a hundred is a matter of chance, and the longest waits
/// are in the comparison table.
const LAST_SHARE: f64 = 0.99;

/// Shares that get a marker and a hover.
const MARKED: [f64; 5] = [0.25, 0.5, 0.75, 0.9, 0.95];

/// Quantile curves of all controllers.
#[must_use]
pub fn curves(content: &Content) -> String {
    let curves: Vec<(&ControllerRun, Vec<f64>)> = on_top_last(&content.controllers)
        .map(|run| (run, sorted(run.delays_s.iter().copied())))
        .filter(|(_, delays)| !delays.is_empty())
        .collect();
    if curves.is_empty() {
        return nothing("Delays of single vehicles were not kept.");
    }
    let most = curves
        .iter()
        .filter_map(|(_, delays)| quantile(delays, LAST_SHARE))
        .fold(1.0, f64::max);
    let drawing = wide_and_narrow(|size| draw(size, &curves, most));
    figure(&drawing, "", &caption(content, &curves))
}

fn draw(size: Size, curves: &[(&ControllerRun, Vec<f64>)], most: f64) -> String {
    let x = Axis {
        range: (0.0, 1.0),
        ticks: [0.0, 0.25, 0.5, 0.75, 0.95]
            .map(|share| (share, format!("{:.0} %", share * 100.0)))
            .into(),
        label: "share of vehicles, the least delayed first".to_owned(),
    };
    let y = Axis::from_zero(most, 5, "delay at most, s");
    let mut panel = Panel::new(size, "Distribution of delay", &x, &y);
    let (foot, head) = (panel.at(0.95, y.range.0), panel.at(0.95, y.range.1));
    panel.svg.line("guide", foot, head);
    panel.svg.text(
        "tick",
        (head.0 - 6.0, head.1 + 14.0),
        Anchor::End,
        "95th percentile",
    );
    for (run, delays) in curves {
        draw_curve(&mut panel, run, delays);
    }
    panel.finish()
}

fn caption(content: &Content, curves: &[(&ControllerRun, Vec<f64>)]) -> String {
    let (mut medians, mut unhindered) = (Vec::new(), Vec::new());
    for run in &content.controllers {
        let Some((_, delays)) = curves.iter().find(|(other, _)| other.name == run.name) else {
            continue;
        };
        let name = title(&run.name).to_lowercase();
        let median = quantile(delays, 0.5).unwrap_or(f64::NAN);
        medians.push(format!("{name} {median:.0} s"));
        let few = delays.partition_point(|delay| *delay < 5.0) as f64;
        unhindered.push(format!("{name} {:.0} %", few / delays.len() as f64 * 100.0));
    }
    format!(
        "Half of the vehicles lose less than: {}. Share that loses less than 5 s: {}.",
        medians.join(", "),
        unhindered.join(", ")
    )
}

fn draw_curve(panel: &mut Panel, run: &ControllerRun, delays: &[f64]) {
    let at = |panel: &Panel, share: f64| {
        let delay = quantile(delays, share).unwrap_or(f64::NAN);
        panel.at(share, delay)
    };
    let mut line = Path::default();
    line.polyline((0..=99_u32).map(|percent| at(panel, f64::from(percent) / 100.0)));
    let class = class(&run.name);
    panel.svg.path(&format!("line {class}"), &line);
    for share in MARKED {
        let delay = quantile(delays, share).unwrap_or(f64::NAN);
        let hover = format!(
            "{}: {:.0} % of the vehicles lose at most {delay:.1} s",
            title(&run.name),
            share * 100.0
        );
        let place = at(panel, share);
        panel.svg.marker(
            &format!("mark {class}"),
            marker(&run.name),
            place,
            4.2,
            &hover,
        );
    }
}
