//! Chooses the decisions that are worth reading, out of thousands.
//!
//! In: every decision of a run. Out: at most [`SHOWN_MAX`] of them, in order of time.
//!
//! The score of a decision, in points:
//! - its saving (cost of the best alternative less its own cost) over the 90th percentile of all
//!   savings, at most 2;
//! - 10 when the advice half failed, which everybody has to know;
//! - 1 when a call was about to reach its maximum wait;
//! - 0.5 when pedestrians began to walk;
//! - up to 0.5 for a hold, growing with its length to a minute.
//!
//! The highest score wins, again and again; so that the ten are not ten of a kind, every decision of
//! the same kind chosen before takes 40 % off, every one of the same kind and phases another 40 %, and
//! decisions within 90 s of a chosen one are left out. So are those that were none
//! ([`DecisionKind::NoChoice`]). Not here: why the solver decided so; the decision brings its kind and its
//! reason along.

use crate::report::statistics::quantile;
use crate::report::statistics::sorted;
use crate::report::statistics::usable;
use crate::signal::Decision;
use crate::signal::DecisionKind;
use crate::units::Millis;

/// Most decisions shown.
pub const SHOWN_MAX: usize = 10;

/// Two decisions closer than this tell the same story.
const APART: Millis = Millis(90_000);

const REPEATED_KIND: f64 = 0.6;

/// A decision worth reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// How long the same phases went on being wanted, from the first such decision to the last.
    pub held: Millis,
    /// Cost of the best alternative less its own, person-seconds.
    pub saving: Option<f64>,
}

/// The most interesting decisions in order of time.
#[must_use]
pub fn choose(decisions: &[Decision]) -> Vec<Moment<'_>> {
    let moments = candidates(decisions);
    let savings = sorted(moments.iter().filter_map(|moment| moment.saving));
    let scale = quantile(&savings, 0.9).unwrap_or(1.0).max(1.0);
    let mut chosen: Vec<Moment<'_>> = Vec::new();
    while chosen.len() < SHOWN_MAX {
        let best = moments
            .iter()
            .filter(|moment| chosen.iter().all(|other| are_apart(moment, other)))
            .map(|moment| (score(moment, scale) * novelty(moment, &chosen), moment))
            // The first of equals, so that the choice is the same on every run.
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((_, moment)) => chosen.push(*moment),
            None => break,
        }
    }
    chosen.sort_by_key(|moment| moment.decision.at);
    chosen
}

/// Of every run of decisions that want the same phases: the first, and the one that saves most. A failure
/// begins a run, so that none is passed over.
fn candidates(decisions: &[Decision]) -> Vec<Moment<'_>> {
    let mut moments = Vec::new();
    for run in decisions.chunk_by(is_one_run) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let held = last.at.since(first.at);
        moments.extend(had_a_choice(first).then(|| moment(first, Millis::ZERO)));
        let rest = run.iter().skip(1).filter(|next| had_a_choice(next));
        let best = rest.reduce(|best, next| {
            if saving(next) > saving(best) {
                next
            } else {
                best
            }
        });
        moments.extend(best.map(|decision| moment(decision, held)));
    }
    moments
}

fn is_one_run(one: &Decision, next: &Decision) -> bool {
    one.wants == next.wants && !matches!(next.kind, DecisionKind::Fallback | DecisionKind::Sensor)
}

fn moment(decision: &Decision, held: Millis) -> Moment<'_> {
    Moment {
        decision,
        held,
        saving: saving(decision),
    }
}

fn saving(decision: &Decision) -> Option<f64> {
    let (_, cost) = decision.alternative?;
    Some(cost - decision.cost).filter(|saving| usable(*saving))
}

/// Whether there was something to decide.
fn had_a_choice(decision: &Decision) -> bool {
    decision.kind != DecisionKind::NoChoice
}

fn score(moment: &Moment<'_>, scale: f64) -> f64 {
    let saved = (moment.saving.unwrap_or(0.0) / scale).clamp(0.0, 2.0);
    let story = match moment.decision.kind {
        DecisionKind::Fallback => 10.0,
        DecisionKind::Sensor => 2.0,
        DecisionKind::LongWait => 1.0,
        DecisionKind::Walk => 0.5,
        DecisionKind::Hold => (moment.held.secs() / 60.0).min(1.0) * 0.5,
        DecisionKind::Change | DecisionKind::NoChoice => 0.0,
    };
    saved + story
}

fn novelty(moment: &Moment<'_>, chosen: &[Moment<'_>]) -> f64 {
    chosen
        .iter()
        .filter(|other| other.decision.kind == moment.decision.kind)
        .map(|other| {
            if other.decision.wants == moment.decision.wants {
                REPEATED_KIND * REPEATED_KIND
            } else {
                REPEATED_KIND
            }
        })
        .product()
}

fn are_apart(a: &Moment<'_>, b: &Moment<'_>) -> bool {
    a.decision.at.since(b.decision.at).0.abs() >= APART.0
}
