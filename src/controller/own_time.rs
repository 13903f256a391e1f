//! The controller's own time: what its driver tells, without the leaps.
//!
//! In: `now` of every tick. Out: a time that never runs back and never runs on by more than [`PAUSE_MAX`] at once,
//! and by how much it differs from what is told. Without it one wrong `now` years ahead would stop every interval
//! until the driver's clock got there. Not here: civil time, which may jump and only selects plans.

use crate::controller::Inputs;
use crate::units::{Millis, TICK, Timestamp};

/// Longest difference between two ticks that is believed: ahead it counts in full, back as no time until the clock
/// has caught up. A cabinet flashes long before that when its controller says nothing. A larger one is a clock
/// that was set, and counts as one tick.
pub const PAUSE_MAX: Millis = Millis(60_000);

/// No first tick is believed to be farther from zero, 31,000 years: sums of times must not overflow.
const FIRST_MAX: i64 = 1_000_000_000_000_000;

/// Time as the controller counts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnTime {
    now: Timestamp,
    /// Ours less the driver's.
    shift: i64,
}

impl OwnTime {
    /// Begins with what the first tick tells; the first [`Self::advance`] is that tick's.
    pub(super) fn begin(told: Timestamp) -> Self {
        let first = Timestamp(told.0.clamp(-FIRST_MAX, FIRST_MAX));
        Self {
            now: first - TICK,
            shift: first.0.saturating_sub(told.0),
        }
    }

    /// Our time of the last tick.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Our time of a tick that its driver says is at `told`.
    pub(super) fn advance(&mut self, told: Timestamp) -> Timestamp {
        let step = self.own(told).since(self.now);
        if (-PAUSE_MAX.0..=PAUSE_MAX.0).contains(&step.0) {
            self.now = self.now.max(self.own(told));
        } else {
            self.now = self.now + TICK;
            self.shift = self.now.0.saturating_sub(told.0);
        }
        self.now
    }

    /// The same inputs, their stamps on our time; `None` where that is the driver's.
    pub(super) fn restamped(&self, inputs: &Inputs) -> Option<Inputs> {
        if self.shift == 0 {
            return None;
        }
        let mut inputs = inputs.clone();
        for edge in &mut inputs.edges {
            edge.at = self.own(edge.at);
        }
        for heard in &mut inputs.heard {
            heard.made = self.own(heard.made);
        }
        Some(inputs)
    }

    /// A stamp of ours on the driver's time.
    pub(super) fn told(&self, own: Timestamp) -> Timestamp {
        Timestamp(own.0.saturating_sub(self.shift))
    }

    fn own(&self, told: Timestamp) -> Timestamp {
        Timestamp(told.0.saturating_add(self.shift))
    }
}
