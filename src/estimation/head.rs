//! Where the first vehicle of a lane wants to go.
//!
//! In: how long it has stood while which phases were green. Out: a probability by movement. Green for one
//! movement of a shared lane does not mean that the first vehicle may go: one that stays although its
//! movement is green soon turns out to wait for another. Not here: where vehicles go on average
//! (`shares.rs`).

use crate::estimation::layout::LaneFacts;
use crate::estimation::shares::Shares;
use crate::intersection::PhaseSet;

/// A driver who may go and still stands after this long probably may not go, s: half a
/// saturation headway.
const HESITATES_S: f64 = 1.0;
/// The same for one who has to yield: gaps come seldom.
const YIELDS_S: f64 = 12.0;
/// Share of first vehicles that are in the wrong lane and wait for a gap in the next one.
const WRONG_LANE: f64 = 0.04;
/// What was learned about a first vehicle on green is forgotten on red within this time, s.
const FORGETS_S: f64 = 60.0;
/// No movement is ever ruled out: the exit may have been blocked.
const PROBABILITY_MIN: f64 = 0.02;

/// Probabilities in the order of the lane's own ways, then of the other ways of its approach: somebody who
/// wants to change lanes and cannot may be first, too. They sum to 1.
#[derive(Clone, Debug)]
pub(super) struct Head(Vec<f64>);

impl Head {
    /// Nothing is known yet.
    pub(super) fn new(facts: &LaneFacts, shares: &Shares) -> Self {
        let mut head = Self(Vec::with_capacity(
            facts.ways.len() + facts.other_ways.len(),
        ));
        head.is_new(facts, shares);
        head
    }

    /// Another vehicle is first.
    pub(super) fn is_new(&mut self, facts: &LaneFacts, shares: &Shares) {
        self.0.clear();
        self.0.extend(usual(facts, shares));
    }

    /// It stood for `dt` s more although the phases of `served` let vehicles go.
    pub(super) fn stood(&mut self, facts: &LaneFacts, served: PhaseSet, dt: f64) {
        let ways = facts.ways.iter().chain(&facts.other_ways);
        for (probability, way) in self.0.iter_mut().zip(ways) {
            let patience_s = if way.protected.intersects(served) {
                HESITATES_S
            } else if way.served.intersects(served) {
                YIELDS_S
            } else {
                continue;
            };
            let stays = patience_s / (patience_s + dt);
            *probability = (*probability * stays).max(PROBABILITY_MIN);
        }
        let total: f64 = self.0.iter().sum();
        if total > 0.0 {
            self.0
                .iter_mut()
                .for_each(|probability| *probability /= total);
        }
    }

    /// `dt` s passed on red: what kept it may be gone.
    pub(super) fn waited(&mut self, facts: &LaneFacts, shares: &Shares, dt: f64) {
        let forgets = (dt / FORGETS_S).min(1.0);
        for (probability, usual) in self.0.iter_mut().zip(usual(facts, shares)) {
            *probability += (usual - *probability) * forgets;
        }
    }

    /// Probabilities in the order of the lane's ways, then of the other ways of its approach.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> {
        self.0.iter().copied()
    }
}

/// Where a first vehicle of which nothing is known goes.
fn usual(facts: &LaneFacts, shares: &Shares) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_precision_loss, reason = "a few movements")]
    let others = facts.other_ways.len() as f64;
    let elsewhere = if others > 0.0 { WRONG_LANE } else { 0.0 };
    let own = shares.iter().map(move |share| share * (1.0 - elsewhere));
    let other = facts.other_ways.iter().map(move |_| elsewhere / others);
    own.chain(other)
}
