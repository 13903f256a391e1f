//! How controllers and phases are called and told apart, the same in every plot.
//!
//! In: names. Out: titles, style classes (colors are in `style.css`, for light and dark) and marker
//! shapes, so that nothing depends on color alone. Not here: drawing.

use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::intersection::Turn;
use crate::report::content::ADAPTIVE;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::svg::Marker;
use crate::report::svg::Svg;
use crate::report::svg::escape;

/// What a controller is called in headings.
#[must_use]
pub fn title(name: &str) -> &str {
    match name {
        "recorded" => "Recorded plan",
        "fixed" => "Fixed time",
        "actuated" => "Actuated",
        ADAPTIVE => "Adaptive",
        other => other,
    }
}

/// Class that gives a controller's marks their color.
#[must_use]
pub fn class(name: &str) -> &'static str {
    match name {
        "recorded" => "s-recorded",
        "fixed" => "s-fixed",
        "actuated" => "s-actuated",
        ADAPTIVE => "s-adaptive",
        _ => "s-other",
    }
}

/// Shape of a controller's marks.
#[must_use]
pub fn marker(name: &str) -> Marker {
    match name {
        "recorded" => Marker::Diamond,
        "fixed" => Marker::Square,
        "actuated" => Marker::Triangle,
        ADAPTIVE => Marker::Circle,
        _ => Marker::Cross,
    }
}

/// The controllers in drawing order: the adaptive one last, on top.
pub fn on_top_last(controllers: &[ControllerRun]) -> impl Iterator<Item = &ControllerRun> {
    let others = controllers.iter().filter(|run| run.name != ADAPTIVE);
    others.chain(controllers.iter().filter(|run| run.name == ADAPTIVE))
}

/// The controllers with their marks, as a line of HTML.
#[must_use]
pub fn legend(controllers: &[ControllerRun]) -> String {
    let mut html = String::from("<p class=\"legend\">");
    for run in controllers {
        html.push_str(&format!(
            "<span class=\"key\">{}{}</span> ",
            swatch(&run.name),
            escape(title(&run.name))
        ));
    }
    html.push_str("</p>");
    html
}

/// A controller's line and marker, small.
#[must_use]
pub fn swatch(name: &str) -> String {
    let mut svg = Svg::new(30.0, 12.0, title(name));
    let class = class(name);
    svg.line(&format!("line {class}"), (1.0, 6.0), (29.0, 6.0));
    svg.marker(&format!("mark {class}"), marker(name), (15.0, 6.0), 4.5, "");
    format!("<span class=\"swatch\">{}</span>", svg.finish())
}

/// What a run under this controller is called after the word `under`.
#[must_use]
pub fn under(name: &str) -> String {
    match name {
        "recorded" => "the recorded plan".to_owned(),
        "fixed" => "fixed time".to_owned(),
        "actuated" => "actuated control".to_owned(),
        ADAPTIVE => "adaptive control".to_owned(),
        other => other.to_owned(),
    }
}

/// A whole number with its thousands set apart: `1,706`.
#[must_use]
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut words = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 && digit.is_ascii_digit() {
            words.push(',');
        }
        words.push(digit);
    }
    if value < 0.0 && words != "0" {
        words.insert(0, '−');
    }
    words
}

/// `Phase 2, northbound through`.
#[must_use]
pub fn phase_title(content: &Content, phase: PhaseId) -> String {
    match phase_name(content, phase) {
        Some(name) => format!("Phase {phase}, {name}"),
        None => format!("Phase {phase}"),
    }
}

/// `phases 2+6 (northbound through, southbound through)`.
#[must_use]
pub fn set_title(content: &Content, phases: PhaseSet) -> String {
    let names: Vec<&str> = phases
        .iter()
        .filter_map(|phase| phase_name(content, phase))
        .collect();
    let word = match phases.len() {
        0 => return "no phase".to_owned(),
        1 => "phase",
        _ => "phases",
    };
    if names.is_empty() {
        format!("{word} {phases}")
    } else {
        format!("{word} {phases} ({})", names.join(", "))
    }
}

/// `NBT: through from south`, where the site says so.
#[must_use]
pub fn movement_title(content: &Content, movement: &str) -> String {
    let described = content.intersection.as_ref().and_then(|site| {
        let (_, found) = site.movements.iter().find(|(_, m)| m.id == movement)?;
        let turn = match found.turn {
            Turn::UTurn => "U-turn",
            Turn::Left => "left",
            Turn::Through => "through",
            Turn::Right => "right",
        };
        let from = &site.approaches[found.from].id;
        Some(format!("{movement}: {turn} from {from}"))
    });
    described.unwrap_or_else(|| movement.to_owned())
}

fn phase_name(content: &Content, phase: PhaseId) -> Option<&str> {
    let facts = content.phases.iter().find(|facts| facts.id == phase)?;
    Some(facts.name.as_str()).filter(|name| !name.is_empty())
}
