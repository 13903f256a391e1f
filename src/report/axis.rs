//! Scales, nice ticks, and the frame of a plot with its two axes.
//!
//! In: the range of the data, the size of the plot. Out: [`Panel`], which turns data into coordinates
//! and draws axes. Not here: the data's marks (`plots/`).

use crate::report::statistics::usable;
use crate::report::svg::Anchor;
use crate::report::svg::Area;
use crate::report::svg::Svg;
use crate::units::ClockTime;
use crate::units::Millis;

/// One axis: the range shown, labeled ticks in it, and what it measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// First and last value shown; the last is always larger.
    pub range: (f64, f64),
    /// Values with their labels, ascending.
    pub ticks: Vec<(f64, String)>,
    /// What it measures, with its unit.
    pub label: String,
}

impl Axis {
    /// From zero to a nice number that covers `most` (values not finite or not positive: to one).
    #[must_use]
    pub fn from_zero(most: f64, wanted_ticks: u32, label: &str) -> Self {
        let most = if most.is_finite() && most > 0.0 {
            most
        } else {
            1.0
        };
        let step = nice_step(most / f64::from(wanted_ticks.max(1)));
        let top = (most / step - 1e-9).ceil().max(1.0) * step;
        Self::stepped((0.0, top), step, label)
    }

    /// Covers `least` to `most` without zero.
    #[must_use]
    pub fn around(least: f64, most: f64, wanted_ticks: u32, label: &str) -> Self {
        if !(least.is_finite() && most.is_finite()) {
            return Self::from_zero(1.0, wanted_ticks, label);
        }
        let width = (most - least).max(most.abs() * 1e-3).max(1e-3);
        let step = nice_step(width / f64::from(wanted_ticks.max(1)));
        let bottom = (least / step).floor() * step;
        let top = ((most / step).ceil() * step).max(bottom + step);
        Self::stepped((bottom, top), step, label)
    }

    /// 0 to 100 %, for shares 0 to 1.
    #[must_use]
    pub fn share(label: &str) -> Self {
        let ticks = [0.0, 0.25, 0.5, 0.75, 1.0];
        Self {
            range: (0.0, 1.0),
            ticks: ticks.map(|at| (at, format!("{:.0} %", at * 100.0))).into(),
            label: label.to_owned(),
        }
    }

    /// Time of day; values are milliseconds of [`ClockTime`]. An end less than a second before a
    /// full minute is moved there: logs end with their last event.
    #[must_use]
    pub fn time(from: ClockTime, until: ClockTime) -> Self {
        let until = ClockTime(end_of_period(until).0.max(from.0 + 1));
        let step = nice_time_step(until - from);
        let first = from.0.div_euclid(step.0) * step.0;
        let ticks = (0..)
            .map(|k| first + k * step.0)
            .skip_while(|at| *at < from.0)
            .take_while(|at| *at <= until.0)
            .take(TICKS_MAX)
            .map(|at| (clock_value(ClockTime(at)), hours_minutes(ClockTime(at))))
            .collect();
        Self {
            range: (clock_value(from), clock_value(until)),
            ticks,
            // Labels like 12:30 say themselves what they are.
            label: String::new(),
        }
    }

    fn stepped(range: (f64, f64), step: f64, label: &str) -> Self {
        let decimals = decimals_of(step);
        let mut ticks = Vec::new();
        let mut at = range.0;
        while at <= range.1 + step * 1e-6 && ticks.len() < TICKS_MAX {
            ticks.push((at, format!("{at:.decimals$}")));
            at += step;
        }
        Self {
            range,
            ticks,
            label: label.to_owned(),
        }
    }
}

/// Most ticks on one axis; more would not be legible, and bounds the work on absurd ranges.
const TICKS_MAX: usize = 24;

/// The milliseconds of a clock time as a value on an axis.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "exact below 2^53 ms, 285,000 years"
)]
pub fn clock_value(at: ClockTime) -> f64 {
    at.0 as f64
}

/// The end of a period that a log ends at: the full minute, if its last event is less than a second
/// before it.
#[must_use]
pub fn end_of_period(until: ClockTime) -> ClockTime {
    const MINUTE: i64 = 60_000;
    let missing = (MINUTE - until.0.rem_euclid(MINUTE)) % MINUTE;
    if missing < 1_000 {
        until + Millis(missing)
    } else {
        until
    }
}

/// `14:05`.
#[must_use]
pub fn hours_minutes(at: ClockTime) -> String {
    let minutes = at.time_of_day().0 / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `14:05:09`.
#[must_use]
pub fn hours_minutes_seconds(at: ClockTime) -> String {
    let seconds = at.time_of_day().0 / 1000;
    format!("{}:{:02}", hours_minutes(at), seconds % 60)
}

/// The smallest of 1, 2, 2.5, 5 × 10^k that is at least `rough`.
fn nice_step(rough: f64) -> f64 {
    let rough = rough.clamp(1e-9, 1e12);
    let mut decade = 1e-9;
    while decade * 10.0 <= rough {
        decade *= 10.0;
    }
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * decade)
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(decade * 10.0)
}

fn decimals_of(step: f64) -> usize {
    (0..6)
        .find(|&decimals| {
            let scaled = (0..decimals).fold(step, |value, _| value * 10.0);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .unwrap_or(6)
}

fn nice_time_step(span: Millis) -> Millis {
    const MINUTE: i64 = 60_000;
    [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440]
        .into_iter()
        .map(|minutes| Millis(minutes * MINUTE))
        .find(|step| span.0 <= step.0 * 8)
        .unwrap_or(Millis((span.0 / 8 / (1440 * MINUTE) + 1) * 1440 * MINUTE))
}

/// Size of a plot and the words on it.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Width in user units.
    pub width: f64,
    /// Height in user units.
    pub height: f64,
}

/// One of two plots side by side.
pub const HALF: Size = Size {
    width: 520.0,
    height: 250.0,
};

/// A plot over the whole width.
pub const WIDE: Size = Size {
    width: 1072.0,
    height: 320.0,
};

/// A drawing with axes: data in, coordinates out.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Where the marks are drawn.
    pub svg: Svg,
    x: (f64, f64),
    y: (f64, f64),
    /// The area within the axes.
    pub area: Area,
}

impl Panel {
    /// Draws grid, ticks and labels of both axes.
    #[must_use]
    pub fn new(size: Size, title: &str, x: &Axis, y: &Axis) -> Self {
        Self::with_left_margin(50.0, size, title, (x, y))
    }

    /// The same with room for words left of the vertical axis.
    #[must_use]
    pub fn with_left_margin(left: f64, size: Size, title: &str, (x, y): (&Axis, &Axis)) -> Self {
        let top = if y.label.is_empty() { 6.0 } else { 30.0 };
        let bottom = if x.label.is_empty() { 28.0 } else { 44.0 };
        let area = Area {
            x: left,
            y: top,
            width: size.width - left - 18.0,
            height: size.height - top - bottom,
        };
        let mut panel = Self {
            svg: Svg::new(size.width, size.height, title),
            x: x.range,
            y: y.range,
            area,
        };
        panel.draw_y(y);
        panel.draw_x(x);
        panel
    }

    /// Coordinates of a data point.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x(x), self.y(y))
    }

    /// Horizontal coordinate of a value.
    #[must_use]
    pub fn x(&self, value: f64) -> f64 {
        self.area.x + (value - self.x.0) / (self.x.1 - self.x.0) * self.area.width
    }

    /// Vertical coordinate of a value; values beyond the axis are drawn at its end, those that are no
    /// figure at all nowhere.
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        if !usable(value) {
            return f64::NAN;
        }
        let share = (value - self.y.0) / (self.y.1 - self.y.0);
        self.area.y + self.area.height * (1.0 - share.clamp(0.0, 1.0))
    }

    /// Whether a value lies on the horizontal axis.
    #[must_use]
    pub fn shows_x(&self, value: f64) -> bool {
        value >= self.x.0 && value <= self.x.1
    }

    /// The finished element.
    #[must_use]
    pub fn finish(self) -> String {
        self.svg.finish()
    }

    fn draw_y(&mut self, axis: &Axis) {
        let Area { x, y, width, .. } = self.area;
        for (value, label) in &axis.ticks {
            let at = self.y(*value);
            self.svg.line("grid", (x, at), (x + width, at));
            self.svg
                .text("tick", (x - 6.0, at + 4.0), Anchor::End, label);
        }
        if axis.label.is_empty() {
            return;
        }
        self.svg
            .text("label", (4.0, y - 14.0), Anchor::Start, &axis.label);
    }

    fn draw_x(&mut self, axis: &Axis) {
        let Area {
            x,
            y,
            width,
            height,
        } = self.area;
        let bottom = y + height;
        self.svg.line("axis", (x, bottom), (x + width, bottom));
        for (place, (value, label)) in axis.ticks.iter().enumerate() {
            let at = self.x(*value);
            self.svg.line("axis", (at, bottom), (at, bottom + 4.0));
            // Every other label goes on a narrow screen, where letters are larger.
            let class = if place % 2 == 0 { "tick" } else { "tick spare" };
            self.svg
                .text(class, (at, bottom + 19.0), Anchor::Middle, label);
        }
        if axis.label.is_empty() {
            return;
        }
        self.svg.text(
            "label",
            (x + width / 2.0, bottom + 36.0),
            Anchor::Middle,
            &axis.label,
        );
    }
}
