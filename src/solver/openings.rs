//! With what a plan may begin.
//!
//! In: the problem, who is expected where. Out: [`Openings`]: sets of phases worth changing to, and the
//! first moves that keep every bound on waits. Not here: what they cost.

#![expect(
    clippy::indexing_slicing,
    reason = "the problem lists at most SETS_MAX sets"
)]

use crate::intersection::PhaseSet;
use crate::prediction::Offset;
use crate::solver::problem::SETS_MAX;
use crate::solver::search::Ask;

/// Until the next decision, and the tick on which it takes effect: nothing decided now can be taken
/// back sooner.
pub(super) const COMMITTED_FOR: Offset = 1_200;

/// A first move that the guard allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) set: u8,
    pub(super) target: PhaseSet,
    pub(super) walks: PhaseSet,
    pub(super) slack: Offset,
}

/// What a plan may begin with, and where it may lead.
#[derive(Clone, Debug, Default)]
pub(super) struct Openings {
    pub(super) list: Vec<Opening>,
    /// Sets that serve somebody whom no other set serves as well.
    pub(super) live: [bool; SETS_MAX],
    /// Phases that somebody seen asks for.
    asked: PhaseSet,
}

impl Openings {
    /// Finds out who asks for what, and which sets are worth changing to: those that serve somebody,
    /// less those that serve only some of what another serves (of equals, the first).
    pub(super) fn sort_out(&mut self, ask: &Ask<'_>) {
        let problem = ask.problem;
        let calls = problem.called.union(problem.crossing);
        let having = |bits| -> PhaseSet {
            (ask.objective.lanes.iter())
                .filter(|(_, lanes)| **lanes & bits != 0)
                .map(|(phase, _)| phase)
                .collect()
        };
        self.asked = calls.union(having(ask.forecast.seen));
        let any = calls.union(having(ask.forecast.occupied));
        let serves = |set: &PhaseSet| set.intersection(any);
        for (i, set) in problem.sets.iter().enumerate() {
            let here = serves(set);
            let bettered = problem.sets.iter().enumerate().any(|(j, other)| {
                let there = serves(other);
                here.is_subset_of(there) && (here != there || j < i) && i != j
            });
            self.live[i] = !here.is_empty() && !bettered;
        }
    }

    /// Lists the first moves that keep every bound on waits; if none does, those that miss it least.
    /// Says whether that took choices away.
    pub(super) fn open(&mut self, ask: &Ask<'_>) -> bool {
        let problem = ask.problem;
        self.list.clear();
        for number in 0..problem.sets.len() {
            if self.is_worth_it(ask, number) {
                self.list_moves_to(ask, number);
            }
        }
        let most = self.list.iter().map(|o| o.slack).max();
        if most.is_some_and(|most| most < 0) {
            // What is worth it may not be soon enough: a phase may have to end while the one beside it is
            // held by its pedestrians. Serving the queue is among the rest.
            for number in 0..problem.sets.len() {
                if !self.is_worth_it(ask, number) {
                    self.list_moves_to(ask, number);
                }
            }
        }
        let faithful = |o: &Opening| problem.committed.is_subset_of(o.target);
        if self.list.iter().any(|o| o.slack >= 0 && faithful(o)) {
            self.list.retain(faithful);
        }
        let most = self.list.iter().map(|o| o.slack).max().unwrap_or(0);
        let before = self.list.len();
        self.list.retain(|o| o.slack >= most.min(0));
        self.list.len() < before
    }

    /// To stay, or to change now to a set that somebody asks for.
    fn is_worth_it(&self, ask: &Ask<'_>, number: usize) -> bool {
        let root = &ask.problem.root;
        let target = ask.problem.sets[number];
        if number == 0 && root.set.is_subset_of(target) {
            return true;
        }
        let mut leaving = root.set.difference(target).iter();
        let locked = leaving.any(|p| root.min_end[p] >= 1_000);
        let asked = self.asked.intersects(target.difference(root.set));
        !locked && self.live[number] && asked
    }

    fn list_moves_to(&mut self, ask: &Ask<'_>, number: usize) {
        let problem = ask.problem;
        let target = problem.sets[number];
        let entering = target.difference(problem.root.set);
        let walkers = problem.crossing.union(problem.timing.pedestrian_recall);
        let begin = walkers.intersection(entering);
        let join = problem.crossing.intersection(target.difference(entering));
        let join = join
            .intersection(problem.green)
            .difference(problem.root.walking);
        for walks in [begin, begin.union(join)] {
            let t = problem.transition(&problem.root, 0, target, walks);
            let slack = ask.guard.slack(problem, &t, COMMITTED_FOR);
            self.list.push(Opening {
                set: u8::try_from(number).unwrap_or(0),
                target,
                walks,
                slack,
            });
            if join.is_empty() {
                break;
            }
        }
    }
}
