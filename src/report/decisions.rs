//! The most interesting decisions, each told with its reason, cost, alternative and signal strip.
//!
//! In: the content. Out: an HTML list. Not here: the choice (`interesting.rs`).

use crate::report::axis::hours_minutes_seconds;
use crate::report::content::ADAPTIVE;
use crate::report::content::Content;
use crate::report::interesting::Moment;
use crate::report::interesting::choose;
use crate::report::look::set_title;
use crate::report::plots::nothing;
use crate::report::plots::strip::Strips;
use crate::report::statistics::usable;
use crate::report::svg::escape;
use crate::signal::DecisionKind;
use crate::units::Millis;

/// The list.
#[must_use]
pub fn list(content: &Content) -> String {
    let moments = choose(&content.decisions);
    if moments.is_empty() {
        return nothing("No decision was kept.");
    }
    let run = content.controllers.iter().find(|run| run.name == ADAPTIVE);
    let strips = run.map(|run| Strips::new(content, run));
    let items: String = moments
        .iter()
        .map(|moment| item(content, moment, strips.as_ref()))
        .collect();
    format!(
        "<p>Chosen from {} decisions of seed {}: those that saved most against the best \
         alternative, that served somebody who had waited long, or that let pedestrians go, and no \
         more of one kind than needed. Cost is predicted delay and stops over the planning horizon, in \
         person-seconds.</p><ol class=\"decisions\">{items}</ol>",
        content.decisions.len(),
        content.method.shown_seed
    )
}

fn item(content: &Content, moment: &Moment<'_>, strips: Option<&Strips<'_>>) -> String {
    let decision = moment.decision;
    let at = content.decisions_epoch + Millis(decision.at.0);
    let strip = strips.map(|strips| strips.around(at)).unwrap_or_default();
    let wants = set_title(content, decision.wants);
    format!(
        "<li><div><p class=\"when\"><time>{}</time> <span class=\"kind\">{}</span></p>\
         <p class=\"reason\">{}</p><p class=\"detail\">Wants {} for {:.0} s more. {}</p></div>\
         <div class=\"strip\">{strip}</div></li>",
        hours_minutes_seconds(at),
        label(moment),
        escape(&sentence(&decision.reason)),
        escape(&wants),
        decision.holds.secs(),
        escape(&cost(content, moment))
    )
}

fn label(moment: &Moment<'_>) -> &'static str {
    match moment.decision.kind {
        DecisionKind::LongWait => "long wait served",
        DecisionKind::Walk => "pedestrians",
        DecisionKind::Hold => "green held",
        DecisionKind::Change => "green changed",
        DecisionKind::NoChoice => "no choice",
        DecisionKind::Fallback => "advice failed",
        DecisionKind::Sensor => "sensor doubted",
    }
}

fn cost(content: &Content, moment: &Moment<'_>) -> String {
    let own = moment.decision.cost;
    if !usable(own) {
        return String::new();
    }
    match (moment.decision.alternative, moment.saving) {
        (Some((phases, cost)), Some(saving)) => {
            let comparison = if saving >= 0.0 {
                format!("{saving:.0} more")
            } else {
                format!("{:.0} less, but ruled out by a bound", -saving)
            };
            let phases = set_title(content, phases);
            format!("Cost {own:.0}; beginning with {phases} instead: {cost:.0}, {comparison}.")
        }
        _ => format!("Cost {own:.0}; nothing else was possible."),
    }
}

/// Begins with a capital and ends with a period.
fn sentence(reason: &str) -> String {
    let reason = reason.trim();
    let mut characters = reason.chars();
    let Some(first) = characters.next() else {
        return "No reason was given.".to_owned();
    };
    let end = if reason.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{end}", first.to_uppercase(), characters.as_str())
}
