//! A plan: what is wanted from when until when.
//!
//! In: the search. Out: [`Plan`]. Not here: what it costs (`search.rs`), or when lamps change
//! (`problem.rs`).

use crate::intersection::PhaseSet;
use crate::prediction::Offset;
use crate::prediction::Segment;
use crate::solver::problem::Problem;
use crate::units::Timestamp;

/// One stretch of a plan during which the same is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// From …
    pub(super) at: Offset,
    /// … to, not including.
    pub(super) until: Offset,
    /// These phases are wanted green.
    pub(super) target: PhaseSet,
    /// These serve pedestrians, from the start of their green or at once if they are green.
    pub(super) walks: PhaseSet,
}

/// What is wanted over the whole horizon; moves follow one another.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) made: Timestamp,
    pub(super) moves: Vec<Move>,
}

impl Plan {
    /// For how long from its beginning the first target is wanted, and what is wanted after it.
    pub(super) fn first_hold(&self) -> (Offset, Option<PhaseSet>) {
        let Some(first) = self.moves.first() else {
            return (0, None);
        };
        let next = self.moves.iter().find(|m| m.target != first.target);
        let last = self.moves.last().map_or(0, |m| m.until);
        (next.map_or(last, |m| m.at), next.map(|m| m.target))
    }

    /// When exactly which phases are green if the plan is followed.
    pub(super) fn segments(&self, problem: &Problem) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut standing = problem.root;
        for step in &self.moves {
            let t = problem.transition(&standing, step.at, step.target, step.walks);
            let (mut from, mut green) = (step.at, t.green);
            for &(at, next) in t.changes() {
                let at = at.clamp(from, step.until);
                segments.push(Segment {
                    from,
                    until: at,
                    green,
                });
                (from, green) = (at, next);
            }
            segments.push(Segment {
                from,
                until: step.until,
                green,
            });
            standing = t.after;
        }
        segments
    }
}
