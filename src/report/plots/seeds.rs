//! The spread between seeds: how much of a difference is chance.
//!
//! In: figures of every seed. Out: a dot plot with a row per controller, a dot per seed and a bar at the
//! mean. Not here: the table (`comparison.rs`).

use crate::report::axis::Axis;
use crate::report::axis::Panel;
use crate::report::axis::Size;
use crate::report::content::Content;
use crate::report::content::SeedFigures;
use crate::report::look::class;
use crate::report::look::marker;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::grid;
use crate::report::statistics::summary;
use crate::report::svg::Anchor;

const ROW: f64 = 34.0;

/// Mean delay and 95th percentile.
#[must_use]
pub fn spread(content: &Content) -> String {
    if content.controllers.iter().all(|run| run.seeds.is_empty()) {
        return String::new();
    }
    let mean = plot(content, "Mean delay", "s per vehicle", |s| s.mean_delay_s);
    let tail = plot(content, "95th percentile of delay", "s", |s| s.p95_delay_s);
    grid(&format!("{mean}{tail}"))
}

fn plot(
    content: &Content,
    heading: &str,
    label: &str,
    value: impl Fn(&SeedFigures) -> f64,
) -> String {
    let all = content
        .controllers
        .iter()
        .flat_map(|run| run.seeds.iter().map(&value));
    let most = summary(all).map_or(1.0, |all| all.most);
    let x = Axis::from_zero(most * 1.02, 6, label);
    let y = Axis {
        range: (0.0, content.controllers.len().max(1) as f64),
        ticks: Vec::new(),
        label: String::new(),
    };
    let size = Size {
        width: 520.0,
        height: 60.0 + ROW * content.controllers.len() as f64,
    };
    let mut panel = Panel::with_left_margin(
        112.0,
        size,
        &format!("{heading}, spread over seeds"),
        (&x, &y),
    );
    for (place, run) in content.controllers.iter().rev().enumerate() {
        let middle = place as f64 + 0.5;
        let left = panel.area.x;
        let at = panel.y(middle);
        let right = left + panel.area.width;
        panel.svg.line("grid", (left, at), (right, at));
        let name = title(&run.name);
        panel
            .svg
            .text("tick", (left - 8.0, at + 4.5), Anchor::End, name);
        let class = class(&run.name);
        if let Some(all) = summary(run.seeds.iter().map(&value)) {
            let x = panel.x(all.mean);
            panel
                .svg
                .line(&format!("mean {class}"), (x, at - 12.0), (x, at + 12.0));
        }
        for seed in &run.seeds {
            let value = value(seed);
            let hover = format!("{name}, seed {}: {value:.1} s", seed.seed);
            let place = panel.at(value, middle);
            let class = format!("mark seed {class}");
            panel
                .svg
                .marker(&class, marker(&run.name), place, 4.0, &hover);
        }
    }
    figure(
        &panel.finish(),
        heading,
        "a mark per seed, an upright bar at the mean",
    )
}
