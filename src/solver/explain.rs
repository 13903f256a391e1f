//! Why a decision was made, in a traffic engineer's words.
//!
//! In: the plan, the forecast, who waits. Out: one line, and the kind of choice it tells of. Not here: the
//! numbers of the decision, which stand beside it.

use crate::intersection::Id;
use crate::intersection::PhaseSet;
use crate::prediction::Offset;
use crate::signal::DecisionKind;
use crate::solver::plan::Plan;
use crate::solver::search::Ask;
use crate::solver::search::Found;

/// Vehicles that follow each other this closely are a platoon if there are at least
/// [`PLATOON_MIN`] of them, ms: twice a saturation headway.
const PLATOON_GAP: Offset = 4_000;
const PLATOON_MIN: usize = 3;

/// Only vehicles within this time are a reason to hold or to end a green.
const NEAR: Offset = 15_000;

pub(super) fn explain(ask: &Ask<'_>, plan: &Plan, found: &Found) -> (DecisionKind, String) {
    let root = ask.problem.root.set;
    let Some(first) = plan.moves.first() else {
        let text = format!("nothing to decide: {root} stays");
        return (DecisionKind::NoChoice, text);
    };
    let mut text = String::with_capacity(160);
    let (hold, next) = plan.first_hold();
    let kind =
        if !ask.problem.committed.is_empty() && first.target.intersects(ask.problem.committed) {
            text.push_str(&format!("changing to {}", phases(first.target)));
            DecisionKind::NoChoice
        } else if root.is_subset_of(first.target) && first.target.is_subset_of(root) {
            say_hold(&mut text, ask, first.target, (hold, next))
        } else {
            say_change(&mut text, ask, first.target);
            DecisionKind::Change
        };
    let walks = first.walks.intersection(ask.problem.crossing);
    say_walk(&mut text, walks);
    say_waiting(&mut text, ask, first.target);
    if found.forced {
        text.push_str("; other choices would let a call wait too long");
    }
    let kind = if kind == DecisionKind::NoChoice {
        kind
    } else if found.forced {
        DecisionKind::LongWait
    } else if !walks.is_empty() {
        DecisionKind::Walk
    } else {
        kind
    };
    (kind, text)
}

/// Whether there was a choice: a hold, or nothing else could have begun.
fn say_hold(
    text: &mut String,
    ask: &Ask<'_>,
    set: PhaseSet,
    (hold, next): (Offset, Option<PhaseSet>),
) -> DecisionKind {
    let asked = ask
        .problem
        .called
        .union(ask.problem.crossing)
        .difference(set);
    let coming = Coming::on(ask, set, -1, hold.min(NEAR));
    // What has to end before anything else can begin, and when it may.
    let ends = next.map_or(set, |next| set.difference(next));
    let locked = ends.iter().map(|p| ask.problem.root.min_end[p]).max();
    let locked = locked.unwrap_or(0);
    if asked.is_empty() && (next.is_none() || hold >= NEAR) {
        text.push_str(&format!(
            "{} {} green: nobody else has called",
            phases(set),
            if set.len() == 1 { "stays" } else { "stay" }
        ));
        return DecisionKind::NoChoice;
    }
    text.push_str(&format!("held {} for {} s", phases(set), seconds(hold)));
    let is_locked = locked > 0 && locked + 1_000 >= hold;
    if is_locked {
        text.push_str(&format!(
            ": minimum green or pedestrians for {} s more",
            seconds(locked)
        ));
    } else {
        coming.say(text, ": ");
    }
    if let Some(next) = next {
        text.push_str(&format!("; then {}", phases(next.difference(set))));
    }
    match is_locked {
        true => DecisionKind::NoChoice,
        false => DecisionKind::Hold,
    }
}

fn say_change(text: &mut String, ask: &Ask<'_>, target: PhaseSet) {
    let root = ask.problem.root.set;
    let (ends, begins) = (root.difference(target), target.difference(root));
    if ends.is_empty() {
        text.push_str(&format!("started {}", phases(begins)));
    } else {
        text.push_str(&format!("ended {} for {}", phases(ends), phases(begins)));
    }
    let waiting = Coming::on(ask, begins, -1, 0);
    if waiting.vehicles > 0 {
        text.push_str(&format!(": {} waiting there", waiting.vehicles));
    } else {
        Coming::on(ask, begins, 0, NEAR).say(text, ": ");
    }
    if !ends.is_empty() {
        let left = Coming::on(ask, ends, -1, 4_000).vehicles;
        text.push_str(&match left {
            0 => format!(", a gap on {}", phases(ends)),
            n => format!(", {n} more on {}", phases(ends)),
        });
    }
}

fn say_walk(text: &mut String, walks: PhaseSet) {
    if !walks.is_empty() {
        text.push_str(&format!("; pedestrians walk with {}", phases(walks)));
    }
}

/// The longest wait among the phases that stay red.
fn say_waiting(text: &mut String, ask: &Ask<'_>, target: PhaseSet) {
    let problem = ask.problem;
    let called =
        (problem.called.difference(target).iter()).map(|p| (problem.called_since[p], p, "phase"));
    let crossing = (problem.crossing.difference(target).iter())
        .map(|p| (problem.crossing_since[p], p, "pedestrians of phase"));
    if let Some((since, phase, what)) = called.chain(crossing).min() {
        let verb = if what == "phase" { "has" } else { "have" };
        text.push_str(&format!(
            "; {what} {phase} {verb} waited {} s",
            seconds(-since)
        ));
    }
}

/// Vehicles on the lanes of some phases within some time.
struct Coming {
    vehicles: usize,
    standing: usize,
    /// Largest platoon.
    platoon: usize,
}

impl Coming {
    /// Vehicles that reach the stop bar after `from`, at the latest at `until`.
    fn on(ask: &Ask<'_>, set: PhaseSet, from: Offset, until: Offset) -> Self {
        let bits = set.iter().fold(0, |bits, p| bits | ask.objective.lanes[p]);
        let (mut milli, mut standing) = (0, 0);
        let mut times: Vec<Offset> = Vec::new();
        for lane in ask
            .site
            .lanes
            .ids()
            .filter(|lane| bits & (1 << lane.index()) != 0)
        {
            milli += ask.forecast.arrivals(lane, from, until);
            standing += if from < 0 {
                ask.forecast.arrivals(lane, -1, 0)
            } else {
                0
            };
            times.extend(ask.forecast.vehicles(lane, from.max(0), until));
        }
        times.sort_unstable();
        let (mut platoon, mut run) = (0, 0);
        let mut last = None;
        for time in times {
            let close = last.is_some_and(|last| time - last <= PLATOON_GAP);
            run = if close { run + 1 } else { 1 };
            platoon = platoon.max(run);
            last = Some(time);
        }
        let count = |milli: i32| usize::try_from((milli + 500) / 1_000).unwrap_or(0);
        Self {
            vehicles: count(milli),
            standing: count(standing),
            platoon,
        }
    }

    fn say(&self, text: &mut String, before: &str) {
        text.push_str(&match (self.standing, self.platoon, self.vehicles) {
            (n, _, _) if n >= PLATOON_MIN => format!("{before}a queue of {n} leaves"),
            (_, n, _) if n >= PLATOON_MIN => format!("{before}a platoon of {n} arrives"),
            (_, _, 0) => String::new(),
            (_, _, 1) => format!("{before}1 vehicle arrives"),
            (_, _, n) => format!("{before}{n} vehicles arrive"),
        });
    }
}

/// `phase 2`, `phases 2+6`.
fn phases(set: PhaseSet) -> String {
    if set.len() == 1 {
        format!("phase {set}")
    } else {
        format!("phases {set}")
    }
}

fn seconds(time: Offset) -> Offset {
    (time + 500) / 1_000
}
