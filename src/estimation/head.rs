//! Where the first vehicle of a lane wants to go.
//!
//! In: how long it has stood while which phases were green. Out: a probability by movement. Green for one
//! movement of a shared lane does not mean that the first vehicle may go: one that stays although its
//! movement is green soon turns out to wait for another. Not here: where vehicles go on average
//! (`shares.rs`).

use crate::estimation::layout::Way;
use crate::intersection::PhaseSet;

/// A driver who may go and still stands after this long probably may not go, s: the second half of a
/// saturation headway.
const HESITATES_S: f64 = 1.5;
/// The same for one who has to yield: gaps come seldom.
const YIELDS_S: f64 = 12.0;
/// No movement is ever ruled out: the exit may have been blocked.
const PROBABILITY_MIN: f64 = 0.02;

/// Probabilities in the order of the lane's ways; they sum to 1.
#[derive(Clone, Debug)]
pub(super) struct Head(Vec<f64>);

impl Head {
    /// Like everybody else of the lane.
    pub(super) fn new(shares: impl Iterator<Item = f64>) -> Self {
        Self(shares.collect())
    }

    /// Another vehicle is first.
    pub(super) fn is_new(&mut self, shares: impl Iterator<Item = f64>) {
        self.0.clear();
        self.0.extend(shares);
    }

    /// It stood for `dt` s more although the phases of `served` let vehicles go.
    pub(super) fn stood(&mut self, ways: &[Way], served: PhaseSet, dt: f64) {
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

    /// Probabilities in the order of the ways.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> {
        self.0.iter().copied()
    }
}
