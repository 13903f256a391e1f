//! Delay by movement: who pays for what others gain.
//!
//! In: delay by movement of every controller. Out: a small bar chart per movement, all to one scale,
//! with the values written out. Not here: lanes.

use crate::report::content::Content;
use crate::report::content::MovementDelay;
use crate::report::look::class;
use crate::report::look::movement_title;
use crate::report::look::thousands;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::nothing;
use crate::report::statistics::summary;
use crate::report::svg::Anchor;
use crate::report::svg::Area;
use crate::report::svg::Svg;

const WIDTH: f64 = 340.0;
const ROW: f64 = 24.0;
/// Room for the controller's name left of its bar and for the value right of it.
const NAME: f64 = 104.0;
const VALUE: f64 = 62.0;

/// One chart per movement.
#[must_use]
pub fn bars(content: &Content) -> String {
    let mut movements: Vec<&str> = Vec::new();
    for run in &content.controllers {
        for delay in &run.movements {
            if !movements.contains(&delay.movement.as_str()) {
                movements.push(&delay.movement);
            }
        }
    }
    if movements.is_empty() {
        return nothing("Delay by movement was not measured.");
    }
    let all = content
        .controllers
        .iter()
        .flat_map(|run| run.movements.iter().map(|delay| delay.mean_delay_s));
    let most = summary(all).map_or(1.0, |all| all.most).max(1.0);
    let charts: String = movements
        .into_iter()
        .map(|movement| chart(content, movement, most))
        .collect();
    format!("<div class=\"grid thirds\">{charts}</div>")
}

fn chart(content: &Content, movement: &str, most: f64) -> String {
    let rows: Vec<(&str, Option<&MovementDelay>)> = content
        .controllers
        .iter()
        .map(|run| {
            let delay = run
                .movements
                .iter()
                .find(|delay| delay.movement == movement);
            (run.name.as_str(), delay)
        })
        .collect();
    let heading = format!("Mean delay of {movement}");
    let mut svg = Svg::new(WIDTH, ROW * rows.len() as f64 + 2.0, &heading);
    let mut top = 1.0;
    for (name, delay) in &rows {
        draw_row(&mut svg, top, name, *delay, most);
        top += ROW;
    }
    let counts: Vec<u64> = rows
        .iter()
        .filter_map(|(_, delay)| Some(delay.as_ref()?.vehicles))
        .collect();
    let count = |n: u64| thousands(n as f64);
    let caption = match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least == most => format!("{} vehicles", count(*most)),
        (Some(least), Some(most)) => {
            format!("{} to {} vehicles", count(*least), count(*most))
        }
        _ => String::new(),
    };
    figure(&svg.finish(), &movement_title(content, movement), &caption)
}

fn draw_row(svg: &mut Svg, top: f64, name: &str, delay: Option<&MovementDelay>, most: f64) {
    let middle = top + ROW / 2.0 + 4.5;
    svg.text("tick", (NAME - 8.0, middle), Anchor::End, title(name));
    let known = delay.filter(|d| d.mean_delay_s.is_finite() && d.vehicles > 0);
    let Some(delay) = known else {
        svg.text("value", (NAME + 4.0, middle), Anchor::Start, "no vehicles");
        return;
    };
    let length = (WIDTH - NAME - VALUE) * (delay.mean_delay_s / most).clamp(0.0, 1.0);
    let area = Area {
        x: NAME,
        y: top + 3.0,
        width: length.max(1.0),
        height: ROW - 6.0,
    };
    let value = format!("{:.1} s", delay.mean_delay_s);
    let hover = format!(
        "{}: {value}, mean of {} vehicles",
        title(name),
        delay.vehicles
    );
    svg.rect(&format!("bar {}", class(name)), area, &hover);
    svg.text(
        "value",
        (NAME + length + 6.0, middle),
        Anchor::Start,
        &value,
    );
}
