//! The Purdue coordination diagram: when in the cycle vehicles arrive.
//!
//! In: events of a phase and its advance detectors. Out: a diagram per phase and controller; every
//! column is a cycle, from its start of red upwards, every dot an arrival. Source: Day et al.,
//! "Performance Measures for Traffic Signal Systems" (Purdue, 2014). Not here: progression along a
//! corridor.

use crate::hires::code;
use crate::report::axis::Axis;
use crate::report::axis::HALF;
use crate::report::axis::Panel;
use crate::report::axis::clock_value;
use crate::report::axis::hours_minutes_seconds;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::content::PhaseFacts;
use crate::report::history::Cycle;
use crate::report::history::cycles;
use crate::report::history::services;
use crate::report::look::phase_title;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::grid;
use crate::report::plots::nothing;
use crate::report::statistics::quantile;
use crate::report::statistics::sorted;
use crate::report::svg::Area;
use crate::report::svg::Path;
use crate::report::svg::Svg;
use crate::report::svg::escape;
use crate::units::ClockTime;

/// A cycle with the arrivals in it.
struct Column {
    cycle: Cycle,
    arrivals: Vec<ClockTime>,
}

impl Column {
    fn on_green(&self) -> usize {
        let green = self.cycle.service.green..self.cycle.service.yellow;
        self.arrivals.iter().filter(|at| green.contains(at)).count()
    }

    fn seconds(&self, at: ClockTime) -> f64 {
        (at - self.cycle.from).secs()
    }
}

/// One block per phase; those with arrivals first and open.
#[must_use]
pub fn diagrams(content: &Content) -> String {
    let (with, without): (Vec<&PhaseFacts>, Vec<&PhaseFacts>) = content
        .phases
        .iter()
        .partition(|phase| !phase.advance.is_empty());
    let mut html = String::new();
    for phase in with.iter().chain(&without) {
        html.push_str(&block(content, phase));
    }
    if html.is_empty() {
        return nothing("No phase is known.");
    }
    html
}

/// All controllers for one phase, to the same scale.
fn block(content: &Content, phase: &PhaseFacts) -> String {
    let columns: Vec<(&ControllerRun, Vec<Column>)> = content
        .controllers
        .iter()
        .map(|run| (run, columns(run, phase)))
        .collect();
    let lengths = columns
        .iter()
        .flat_map(|(_, columns)| columns.iter().map(|column| column.cycle.length().secs()));
    // A few cycles of a rarely called phase last for minutes; they would flatten all the others.
    let most = quantile(&sorted(lengths), 0.97).unwrap_or(60.0) * 1.1;
    let mut figures = String::new();
    for (run, columns) in &columns {
        figures.push_str(&diagram(content, phase, run, columns, most));
    }
    let open = if phase.advance.is_empty() {
        ""
    } else {
        " open"
    };
    let remark = if phase.advance.is_empty() {
        " (no advance detector: no arrivals to draw)"
    } else {
        ""
    };
    format!(
        "<details{open}><summary>{}{remark}</summary>{}</details>",
        escape(&phase_title(content, phase.id)),
        grid(&figures)
    )
}

fn columns(run: &ControllerRun, phase: &PhaseFacts) -> Vec<Column> {
    let mut arrivals: Vec<ClockTime> = run
        .events
        .iter()
        .filter(|event| event.code == code::DETECTOR_ON)
        .filter_map(|event| {
            let detector = phase
                .advance
                .iter()
                .find(|d| d.channel == event.parameter)?;
            Some(event.at + detector.travel)
        })
        .collect();
    arrivals.sort();
    cycles(&services(&run.events, phase.id))
        .into_iter()
        .map(|cycle| {
            let begin = arrivals.partition_point(|at| *at < cycle.from);
            let end = arrivals.partition_point(|at| *at < cycle.service.red);
            let within = arrivals.get(begin..end).unwrap_or_default();
            Column {
                cycle,
                arrivals: within.to_vec(),
            }
        })
        .collect()
}

fn diagram(
    content: &Content,
    phase: &PhaseFacts,
    run: &ControllerRun,
    columns: &[Column],
    most: f64,
) -> String {
    let name = title(&run.name);
    let heading = format!("{name}, {}", phase_title(content, phase.id));
    let x = Axis::time(content.from, content.until);
    let y = Axis::from_zero(most, 5, "seconds since start of red");
    let top = y.range.1;
    let mut panel = Panel::new(HALF, &heading, &x, &y);
    draw_bands(&mut panel, columns);
    let mut dots = Path::default();
    for column in columns {
        for at in &column.arrivals {
            let place = clock_value(*at);
            let seconds = column.seconds(*at);
            if panel.shows_x(place) && seconds <= top {
                dots.dot(panel.at(place, seconds));
            }
        }
    }
    panel.svg.path("arrival", &dots);
    draw_hovers(&mut panel, columns);
    figure(&panel.finish(), name, &caption(phase, columns))
}

/// Red, green and yellow as stacked bands.
fn draw_bands(panel: &mut Panel, columns: &[Column]) {
    let (mut red, mut green, mut yellow) = (Path::default(), Path::default(), Path::default());
    let mut onset = Path::default();
    for column in columns {
        let Cycle { from, service } = column.cycle;
        let ends = [from, service.green, service.yellow, service.red].map(|at| column.seconds(at));
        let [zero, start, end, last] = ends;
        for (path, low, high) in [
            (&mut red, zero, start),
            (&mut green, start, end),
            (&mut yellow, end, last),
        ] {
            if let Some(area) = span(panel, &column.cycle, (low, high)) {
                path.rect(area);
            }
        }
        if let Some(area) = span(panel, &column.cycle, (start, end)) {
            let y = area.y + area.height;
            onset.segment((area.x, y), (area.x + area.width, y));
        }
    }
    panel.svg.path("band-red", &red);
    panel.svg.path("band-green", &green);
    panel.svg.path("band-yellow", &yellow);
    panel.svg.path("onset", &onset);
}

fn draw_hovers(panel: &mut Panel, columns: &[Column]) {
    for column in columns {
        let Some(area) = span(panel, &column.cycle, (0.0, column.cycle.length().secs())) else {
            continue;
        };
        let service = column.cycle.service;
        let mut hover = format!(
            "{}: cycle {:.0} s, green {:.0} s",
            hours_minutes_seconds(column.cycle.from),
            column.cycle.length().secs(),
            service.green_time().secs()
        );
        if !column.arrivals.is_empty() {
            hover.push_str(&format!(
                ", {} of {} arrivals on green",
                column.on_green(),
                column.arrivals.len()
            ));
        }
        panel.svg.rect("hover", area, &hover);
    }
}

/// The rectangle of a part of a cycle, cut to the period shown.
fn span(panel: &Panel, cycle: &Cycle, (low, high): (f64, f64)) -> Option<Area> {
    let Area { x, width, .. } = panel.area;
    let left = panel.x(clock_value(cycle.from)).clamp(x, x + width);
    let right = panel.x(clock_value(cycle.service.red)).clamp(x, x + width);
    let (bottom, top) = (panel.y(low), panel.y(high));
    (right > left && bottom > top).then_some(Area {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
    })
}

fn caption(phase: &PhaseFacts, columns: &[Column]) -> String {
    let lengths = sorted(columns.iter().map(|column| column.cycle.length().secs()));
    let Some(median) = quantile(&lengths, 0.5) else {
        return "no complete cycle in the log".to_owned();
    };
    let arrivals: usize = columns.iter().map(|column| column.arrivals.len()).sum();
    let on_green: usize = columns.iter().map(Column::on_green).sum();
    let share = if phase.advance.is_empty() || arrivals == 0 {
        "arrivals not measured".to_owned()
    } else {
        format!(
            "{:.0} % of {arrivals} arrivals on green",
            on_green as f64 / arrivals as f64 * 100.0
        )
    };
    format!("{share}; {} cycles, median {median:.0} s", columns.len())
}

/// What the bands and dots mean, as a line of HTML.
#[must_use]
pub fn legend() -> String {
    let mut html = String::from("<p class=\"legend\">");
    for (class, words) in [
        ("band-red", "red (bottom)"),
        ("band-green", "green (middle)"),
        ("band-yellow", "yellow (top)"),
    ] {
        let mut svg = Svg::new(18.0, 12.0, words);
        let area = Area {
            x: 0.0,
            y: 0.0,
            width: 18.0,
            height: 12.0,
        };
        svg.rect(class, area, "");
        html.push_str(&key(svg, words));
    }
    let mut svg = Svg::new(18.0, 12.0, "arrival");
    let mut dot = Path::default();
    dot.dot((5.0, 8.0));
    dot.dot((13.0, 4.0));
    svg.path("arrival", &dot);
    html.push_str(&key(svg, "one vehicle arriving"));
    html.push_str("</p>");
    html
}

fn key(svg: Svg, words: &str) -> String {
    format!(
        "<span class=\"key\"><span class=\"swatch\">{}</span>{words}</span> ",
        svg.finish()
    )
}
