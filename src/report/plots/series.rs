//! Delay and queues over time, all controllers in one plot.
//!
//! In: time series. Out: one wide plot of delay, one plot per approach of its queue. Not here: how the
//! series were measured.

use crate::report::axis::Axis;
use crate::report::axis::HALF;
use crate::report::axis::Panel;
use crate::report::axis::Size;
use crate::report::axis::clock_value;
use crate::report::axis::hours_minutes;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::content::TimeSeries;
use crate::report::look::class;
use crate::report::look::marker;
use crate::report::look::on_top_last;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::grid;
use crate::report::plots::nothing;
use crate::report::plots::wide_and_narrow;
use crate::report::statistics::summary;
use crate::report::statistics::usable;
use crate::report::svg::Path;
use crate::units::ClockTime;
use crate::units::Millis;

/// More points than this on one line get no markers: they would run together.
const MARKED_POINTS_MAX: usize = 60;

/// Four lines minute by minute are a thicket; five minutes are what engineers count in.
const CALM: Millis = Millis(300_000);

/// Mean delay by time of arrival.
#[must_use]
pub fn delay(content: &Content) -> String {
    let series: Vec<(&ControllerRun, &TimeSeries)> = on_top_last(&content.controllers)
        .filter_map(|run| Some((run, run.delay_over_time.as_ref()?)))
        .collect();
    if series.is_empty() {
        return nothing("Delay over time was not measured.");
    }
    let plot = |size| Plot {
        size,
        title: "Mean delay over time",
        label: "mean delay, s per vehicle",
        unit: "s",
    };
    let step = series.first().map_or(Millis::ZERO, |(_, s)| s.step);
    let caption = format!(
        "Mean over the vehicles that arrive in each {}, all seeds.",
        minutes(step)
    );
    let drawing = wide_and_narrow(|size| plot(size).draw(content, &series));
    figure(&drawing, "", &caption)
}

/// Queue of each approach.
#[must_use]
pub fn queues(content: &Content) -> String {
    let mut approaches: Vec<&str> = Vec::new();
    for run in &content.controllers {
        for queue in &run.queues {
            if !approaches.contains(&queue.approach.as_str()) {
                approaches.push(&queue.approach);
            }
        }
    }
    if approaches.is_empty() {
        return nothing("Queues were not measured.");
    }
    let mut figures = String::new();
    for approach in approaches {
        let series: Vec<(&ControllerRun, &TimeSeries)> = on_top_last(&content.controllers)
            .filter_map(|run| {
                let found = run.queues.iter().find(|queue| queue.approach == approach)?;
                Some((run, &found.queue))
            })
            .collect();
        let plot = Plot {
            size: HALF,
            title: &format!("Queue over time, approach {approach}"),
            label: "vehicles in queue",
            unit: "vehicles",
        };
        let means: Vec<String> = content
            .controllers
            .iter()
            .filter_map(|run| {
                let (_, series) = series.iter().find(|(other, _)| other.name == run.name)?;
                let mean = summary(series.values.iter().copied())?.mean;
                Some(format!("{} {mean:.1}", title(&run.name).to_lowercase()))
            })
            .collect();
        let caption = format!("on average {}", means.join(", "));
        figures.push_str(&figure(&plot.draw(content, &series), approach, &caption));
    }
    grid(&figures)
}

struct Plot<'a> {
    size: Size,
    title: &'a str,
    label: &'a str,
    unit: &'a str,
}

impl Plot<'_> {
    fn draw(&self, content: &Content, series: &[(&ControllerRun, &TimeSeries)]) -> String {
        let calm: Vec<TimeSeries> = series.iter().map(|(_, s)| calmed(s)).collect();
        let values = calm.iter().flat_map(|s| s.values.iter().copied());
        let most = summary(values).map_or(1.0, |all| all.most);
        let x = Axis::time(content.from, content.until);
        let y = Axis::from_zero(most, 5, self.label);
        let mut panel = Panel::new(self.size, self.title, &x, &y);
        for (run, series) in series {
            draw_line(&mut panel, run, series, self.unit);
        }
        panel.finish()
    }
}

fn draw_line(panel: &mut Panel, run: &ControllerRun, series: &TimeSeries, unit: &str) {
    let points: Vec<(ClockTime, f64)> = middles(&calmed(series))
        .filter(|(at, _)| panel.shows_x(clock_value(*at)))
        .collect();
    let mut line = Path::default();
    line.polyline(
        points
            .iter()
            .map(|(at, value)| panel.at(clock_value(*at), *value)),
    );
    let class = class(&run.name);
    panel.svg.path(&format!("line {class}"), &line);
    if points.len() > MARKED_POINTS_MAX {
        return;
    }
    for (at, value) in points.into_iter().filter(|(_, value)| usable(*value)) {
        let hover = format!(
            "{}, {}: {value:.1} {unit}",
            title(&run.name),
            hours_minutes(at)
        );
        let place = panel.at(clock_value(at), value);
        panel.svg.marker(
            &format!("mark {class}"),
            marker(&run.name),
            place,
            3.6,
            &hover,
        );
    }
}

/// Means over [`CALM`], where the steps are many and shorter.
fn calmed(series: &TimeSeries) -> TimeSeries {
    let merged = usize::try_from(CALM.0 / series.step.0.max(1)).unwrap_or(1);
    if series.values.len() <= MARKED_POINTS_MAX || merged < 2 {
        return series.clone();
    }
    let mean = |values: &[f64]| summary(values.iter().copied()).map_or(f64::NAN, |all| all.mean);
    TimeSeries {
        from: series.from,
        step: Millis(series.step.0 * i64::try_from(merged).unwrap_or(1)),
        values: series.values.chunks(merged).map(mean).collect(),
    }
}

/// Values at the middle of their steps.
fn middles(series: &TimeSeries) -> impl Iterator<Item = (ClockTime, f64)> {
    let (first, step) = (series.from + Millis(series.step.0 / 2), series.step);
    (0_i64..).zip(&series.values).map(move |(k, value)| {
        (
            ClockTime(first.0.saturating_add(k.saturating_mul(step.0))),
            *value,
        )
    })
}

/// `5 minutes`.
fn minutes(step: Millis) -> String {
    match step.0 {
        60_000 => "minute".to_owned(),
        ms if ms % 60_000 == 0 => format!("{} minutes", ms / 60_000),
        ms => format!("{} seconds", ms / 1000),
    }
}
