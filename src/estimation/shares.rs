//! Learned turning shares of one lane, and learned shares of the lanes behind one advance detector.
//!
//! In: crossings, and which movements were served. Out: shares that sum to one. A crossing while only one
//! movement of the lane is served (or while only a turn on red may go) is certain; any other is split as
//! the prior would: splitting it by what was learned would let the certain ones bias it. Not here: who
//! crossed.

use crate::estimation::layout::Way;
use crate::intersection::PhaseSet;

/// The prior counts as much as this many vehicles.
const PRIOR_VEHICLES: f64 = 20.0;
/// Memory in vehicles: one to two hours of a lane.
const MEMORY_VEHICLES: f64 = 500.0;

/// Counts by alternative, forgetting slowly.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    priors: Vec<f64>,
    counts: Vec<f64>,
}

impl Shares {
    /// As the priors have it; they need not sum to one.
    pub(super) fn new(priors: impl Iterator<Item = f64>) -> Self {
        let mut priors: Vec<f64> = priors.collect();
        let total: f64 = priors.iter().sum();
        if total > 0.0 {
            priors.iter_mut().for_each(|prior| *prior /= total);
        }
        let counts = vec![0.0; priors.len()];
        Self { priors, counts }
    }

    /// `vehicles` more of this alternative.
    pub(super) fn add(&mut self, alternative: usize, vehicles: f64) {
        let kept = 1.0 - vehicles / MEMORY_VEHICLES;
        for count in &mut self.counts {
            *count *= kept;
        }
        if let Some(count) = self.counts.get_mut(alternative) {
            *count += vehicles;
        }
    }

    /// A crossing while the phases of `served` were, by the ways of the lane.
    pub(super) fn crossed(&mut self, ways: &[Way], served: PhaseSet) {
        let on_red = !ways.iter().any(|way| way.served.intersects(served));
        let may = |way: &Way| {
            if on_red {
                way.turn_on_red
            } else {
                way.served.intersects(served)
            }
        };
        let total: f64 = ways
            .iter()
            .filter(|way| may(way))
            .map(|way| way.prior)
            .sum();
        if ways.len() > 1 && total > 0.0 {
            for (alternative, way) in ways.iter().enumerate() {
                if may(way) {
                    self.add(alternative, way.prior / total);
                }
            }
        }
    }

    /// Shares in the order of the alternatives.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> {
        let total: f64 = self.counts.iter().sum();
        self.priors
            .iter()
            .zip(&self.counts)
            .map(move |(prior, count)| (PRIOR_VEHICLES * prior + count) / (PRIOR_VEHICLES + total))
    }
}
