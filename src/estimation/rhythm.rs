//! The rhythm in which vehicles come: platoons let go by the signals upstream, once in each cycle.
//!
//! In: arrivals at the stop bar, the common cycle of the street. Out: [`Rhythm`], how much more or less
//! than the mean comes in each part of the cycle. Where arrivals are even, or few, it says "evenly": the
//! profile is drawn towards 1 as far as chance alone would explain it (empirical Bayes, after W. James
//! and C. Stein, "Estimation with quadratic loss", 1961). Folding arrivals on a common cycle is what
//! SCOOT's cyclic flow profiles do (Hunt et al., TRRL LR 1014, 1981). Not here: how much comes in all
//! (`filter.rs`).

use crate::units::{Millis, Timestamp};

/// Parts of a cycle: about 3 s each at a cycle of 75 s.
const PARTS: usize = 24;

/// What a cycle counts for one cycle later: the memory is some twelve cycles, a quarter of an hour.
const FORGET: f64 = 0.92;

/// Weights of a part and its neighbors; vehicles of a platoon spread over several parts.
const KERNEL: [f64; 5] = [1.0 / 9.0, 2.0 / 9.0, 3.0 / 9.0, 2.0 / 9.0, 1.0 / 9.0];

/// Variance of a smoothed part over its mean if arrivals were a Poisson stream: the sum of the squared
/// weights of [`KERNEL`], times what discounting leaves (Σ λ²ᵏ / Σ λᵏ = 1 / (1 + λ)).
const CHANCE: f64 = (1.0 + 4.0 + 9.0 + 4.0 + 1.0) / 81.0 / (1.0 + FORGET);

/// Fewer (discounted) arrivals than this show no rhythm: one and a half per part.
const ARRIVALS_MIN: f64 = 36.0;

/// How much more or less than the mean arrival rate comes in each part of a cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    cycle: Millis,
    factors: [f64; PARTS],
}

impl Rhythm {
    /// Arrivals come evenly.
    pub const EVEN: Self = Self {
        cycle: Millis::ZERO,
        factors: [1.0; PARTS],
    };

    /// Arrival rate at `at` over the mean arrival rate, 0 or more; 1 without a known rhythm.
    #[must_use]
    pub fn factor(&self, at: Timestamp) -> f64 {
        part(self.cycle, at)
            .and_then(|part| self.factors.get(part))
            .copied()
            .unwrap_or(1.0)
    }
}

/// Which part of the cycle a moment is in; `None` without a cycle.
fn part(cycle: Millis, at: Timestamp) -> Option<usize> {
    let parts = i64::try_from(PARTS).ok()?;
    let into = at.0.checked_rem_euclid(cycle.0)?;
    usize::try_from(into * parts / cycle.0).ok()
}

/// Learns the rhythm of one lane.
#[derive(Clone, Debug)]
pub(super) struct RhythmLearner {
    counts: [f64; PARTS],
    /// Cycles since the clock's zero that are already discounted.
    cycles: i64,
    rhythm: Rhythm,
}

impl RhythmLearner {
    pub(super) fn new() -> Self {
        Self {
            counts: [0.0; PARTS],
            cycles: 0,
            rhythm: Rhythm::EVEN,
        }
    }

    pub(super) fn rhythm(&self) -> &Rhythm {
        &self.rhythm
    }

    /// `weight` of a vehicle reaches the stop bar at `at`.
    pub(super) fn saw(&mut self, at: Timestamp, weight: f64) {
        if let Some(count) = part(self.rhythm.cycle, at).and_then(|part| self.counts.get_mut(part))
        {
            *count += weight;
        }
    }

    /// Once a second or so: the common cycle in force (`None`: there is none), and the time. Another
    /// cycle makes the old rhythm worthless.
    pub(super) fn pass(&mut self, cycle: Option<Millis>, now: Timestamp) {
        let cycle = cycle
            .filter(|cycle| *cycle > Millis::ZERO)
            .unwrap_or(Millis::ZERO);
        if cycle != self.rhythm.cycle {
            *self = Self::new();
            self.rhythm.cycle = cycle;
        }
        let Some(cycles) = now.0.checked_div_euclid(cycle.0) else {
            return;
        };
        if cycles > self.cycles {
            // A long outage forgets everything; no need to count its cycles.
            for _ in 0..(cycles - self.cycles).min(200) {
                for count in &mut self.counts {
                    *count *= FORGET;
                }
            }
            self.cycles = cycles;
            self.rhythm.factors = factors(&self.counts);
        }
    }
}

/// The profile, smoothed around the cycle and drawn towards 1.
fn factors(counts: &[f64; PARTS]) -> [f64; PARTS] {
    let total: f64 = counts.iter().sum();
    if total < ARRIVALS_MIN {
        return [1.0; PARTS];
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of parts")]
    let parts = PARTS as f64;
    let mean = total / parts;
    let smooth: [f64; PARTS] = std::array::from_fn(|part| {
        let near = KERNEL.iter().enumerate().map(|(place, weight)| {
            let neighbor = (part + PARTS + place - KERNEL.len() / 2) % PARTS;
            weight * counts.get(neighbor).copied().unwrap_or(mean)
        });
        near.sum()
    });
    let variance = smooth
        .iter()
        .map(|count| (count - mean) * (count - mean))
        .sum::<f64>()
        / parts;
    let trust = if variance > 0.0 {
        (1.0 - CHANCE * mean / variance).max(0.0)
    } else {
        0.0
    };
    smooth.map(|count| 1.0 + trust * (count / mean - 1.0))
}
