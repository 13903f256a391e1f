//! The plans behind labels, as a tree of changes.
//!
//! In: changes. Out: the plan of a label. Plans that begin alike share that part, and parts that no label
//! needs any more are dropped now and then.

use super::labels::Label;
use super::model::{Bits, Ticks, index};

/// One change: from then on these are green.
#[derive(Clone, Copy, Debug)]
struct Change {
    before: u32,
    at: Ticks,
    green: Bits,
}

/// All plans of the labels alive.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// The first stands for the beginning.
    changes: Vec<Change>,
    /// When so many are there, those not needed are dropped.
    sweep_at: usize,
}

/// Fewer changes than this are kept, needed or not.
const SWEEP_MIN: usize = 100_000;

impl History {
    pub(super) fn new() -> Self {
        let beginning = Change {
            before: 0,
            at: 0,
            green: 0,
        };
        Self {
            changes: vec![beginning],
            sweep_at: SWEEP_MIN,
        }
    }

    /// The plan `before`, then from `at` on these greens.
    pub(super) fn add(&mut self, before: u32, at: Ticks, green: Bits) -> u32 {
        self.changes.push(Change { before, at, green });
        u32::try_from(self.changes.len() - 1).unwrap_or(0)
    }

    /// The changes of a plan, earliest first.
    pub(super) fn plan(&self, mut last: u32) -> Vec<(Ticks, Bits)> {
        let mut plan = Vec::new();
        while last != 0 {
            let change = self.changes[index(last)];
            plan.push((change.at, change.green));
            last = change.before;
        }
        plan.reverse();
        plan
    }

    /// Drops what none of these labels needs, if there is much of it.
    pub(super) fn sweep(&mut self, labels: &mut [Label]) {
        if self.changes.len() < self.sweep_at {
            return;
        }
        let mut new: Vec<u32> = vec![0; self.changes.len()];
        for label in labels.iter() {
            let mut needed = label.plan;
            while needed != 0 && new[index(needed)] == 0 {
                new[index(needed)] = 1;
                needed = self.changes[index(needed)].before;
            }
        }
        let mut kept = vec![self.changes[0]];
        // A change comes after the one before it, so that one has its new place already.
        for (old, change) in self.changes.iter().enumerate().skip(1) {
            if new[old] != 0 {
                let before = new[index(change.before)];
                kept.push(Change { before, ..*change });
                new[old] = u32::try_from(kept.len() - 1).unwrap_or(0);
            }
        }
        for label in labels {
            label.plan = new[index(label.plan)];
        }
        self.sweep_at = (2 * kept.len()).max(SWEEP_MIN);
        self.changes = kept;
    }
}
