//! A signal strip: what every phase showed around one moment.
//!
//! In: events, a moment. Out: a small drawing with a row per phase, green, yellow and red by color and by
//! height. Not here: choosing the moment (`interesting.rs`).

use crate::report::axis::hours_minutes_seconds;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::history::Service;
use crate::report::history::services;
use crate::report::history::walks;
use crate::report::svg::Anchor;
use crate::report::svg::Area;
use crate::report::svg::Svg;
use crate::units::ClockTime;
use crate::units::Millis;

const BEFORE: Millis = Millis(45_000);
const AFTER: Millis = Millis(75_000);
const WIDTH: f64 = 460.0;
const LEFT: f64 = 26.0;
const ROW: f64 = 17.0;

/// The phases of one run, read once and drawn for several moments.
pub struct Strips<'a> {
    content: &'a Content,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    services: Vec<Service>,
    walks: Vec<(ClockTime, ClockTime)>,
}

impl<'a> Strips<'a> {
    /// Reads the events of a run.
    #[must_use]
    pub fn new(content: &'a Content, run: &ControllerRun) -> Self {
        let rows = content
            .phases
            .iter()
            .map(|phase| Row {
                name: phase.id.to_string(),
                services: services(&run.events, phase.id),
                walks: walks(&run.events, phase.id),
            })
            .collect();
        Self { content, rows }
    }

    /// The two minutes around a moment; nothing if no phase was served in them.
    #[must_use]
    pub fn around(&self, moment: ClockTime) -> String {
        let (from, until) = (moment + Millis(-BEFORE.0), moment + AFTER);
        let any = self
            .rows
            .iter()
            .any(|row| row.services.iter().any(|s| s.red > from && s.green < until));
        if !any || self.content.phases.is_empty() {
            return String::new();
        }
        let height = ROW * self.rows.len() as f64 + 22.0;
        let title = format!("Signals around {}", hours_minutes_seconds(moment));
        let mut svg = Svg::new(WIDTH, height, &title);
        let mut top = 2.0;
        for row in &self.rows {
            draw_row(&mut svg, row, top, (from, until));
            top += ROW;
        }
        let x = place(moment, (from, until));
        svg.line("moment", (x, 0.0), (x, top + 3.0));
        for (at, words) in [
            (moment + Millis(-30_000), "30 s before"),
            (moment, "decision"),
            (moment + Millis(30_000), "30 s after"),
            (moment + Millis(60_000), "60 s after"),
        ] {
            let at = (place(at, (from, until)), top + 16.0);
            svg.text("tick", at, Anchor::Middle, words);
        }
        svg.finish()
    }
}

fn draw_row(svg: &mut Svg, row: &Row, top: f64, window: (ClockTime, ClockTime)) {
    svg.text("tick", (LEFT - 6.0, top + 12.0), Anchor::End, &row.name);
    let bar = |from: ClockTime, until: ClockTime, y: f64, height: f64| {
        let (left, right) = (place(from, window), place(until, window));
        (right > left).then_some(Area {
            x: left,
            y: top + y,
            width: right - left,
            height,
        })
    };
    if let Some(area) = bar(window.0, window.1, 6.0, 3.0) {
        svg.rect("strip-red", area, "");
    }
    for service in &row.services {
        if let Some(area) = bar(service.green, service.yellow, 1.0, 13.0) {
            let hover = format!(
                "phase {}: green from {} for {:.0} s",
                row.name,
                hours_minutes_seconds(service.green),
                service.green_time().secs()
            );
            svg.rect("strip-green", area, &hover);
        }
        if let Some(area) = bar(service.yellow, service.red, 3.5, 8.0) {
            svg.rect("strip-yellow", area, "");
        }
    }
    for (from, until) in &row.walks {
        if let Some(area) = bar(*from, *until, 5.5, 4.0) {
            svg.rect("strip-walk", area, "walk");
        }
    }
}

/// Horizontal place of a time, cut to the window.
fn place(at: ClockTime, (from, until): (ClockTime, ClockTime)) -> f64 {
    let share = (at - from).secs() / (until - from).secs();
    LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - 4.0)
}
