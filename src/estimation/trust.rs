//! Detectors whose silence the other detectors of the lane contradict.
//!
//! In: what each detector of a lane saw. Out: which of them to leave out until it speaks again. This is
//! quicker than the diagnosis of `detection/`, which must not call a detector failed on a quiet night:
//! here a few vehicles are enough, because being wrong costs little and ends with the next actuation. Not
//! here: health that others see.

/// Vehicles in a row that a stop-bar detector missed before it is left out.
const STOP_BAR_SILENT: f64 = 4.0;
/// The same for a stop-bar detector when only the advance detector contradicts it.
const GHOSTS: f64 = 8.0;
/// Vehicles in a row that crossed without having passed the advance detector.
const ADVANCE_SILENT: f64 = 6.0;
/// Vehicles counted while the presence detector never let go.
const STUCK: f64 = 60.0;

/// A second for which a covered stop bar of a lane that all its phases serve lets nobody cross, although whoever stood
/// there could have gone, counts as this many of them: 20 s are enough. A lane that cannot leave needs no green either.
const STAYS_PER_S: f64 = 3.0;

/// Evidence against each detector of a lane since it last changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trust {
    presence_missed: f64,
    presence_ghosts: f64,
    counter_ghosts: f64,
    presence_stuck: f64,
    counter_missed: f64,
    advance_missed: f64,
}

impl Trust {
    /// The presence detector changed; it was left by a vehicle while the lane was served.
    pub(super) fn presence_changed(&mut self, left_while_served: bool) {
        self.presence_missed = 0.0;
        self.presence_ghosts = 0.0;
        self.presence_stuck = 0.0;
        if left_while_served {
            self.counter_missed += 1.0;
        }
    }

    /// The counter counted; `covered`: the presence detector is on.
    pub(super) fn counted(&mut self, covered: bool) {
        self.counter_missed = 0.0;
        self.counter_ghosts = 0.0;
        if covered {
            self.presence_stuck += 1.0;
        } else {
            self.presence_missed += 1.0;
        }
    }

    /// For `dt` seconds more nobody has left a covered stop bar in green.
    pub(super) fn stayed(&mut self, dt: f64) {
        self.presence_stuck += STAYS_PER_S * dt;
    }

    /// A crossing that the line of seen vehicles explains with probability `known`.
    pub(super) fn explained(&mut self, known: f64) {
        if known < 0.3 {
            self.advance_missed += 1.0;
        } else {
            self.advance_missed = 0.0;
        }
    }

    /// The advance detector saw a vehicle.
    pub(super) fn advance_saw(&mut self) {
        self.advance_missed = 0.0;
    }

    /// Vehicles that were seen upstream, and that never reached the stop bar as far as it tells.
    pub(super) fn vanished(&mut self, vehicles: f64) {
        self.presence_ghosts += vehicles;
        self.counter_ghosts += vehicles;
    }

    pub(super) fn presence(&self) -> bool {
        self.presence_missed < STOP_BAR_SILENT
            && self.presence_ghosts < GHOSTS
            && self.presence_stuck < STUCK
    }

    pub(super) fn counter(&self) -> bool {
        self.counter_missed < STOP_BAR_SILENT && self.counter_ghosts < GHOSTS
    }

    pub(super) fn advance(&self) -> bool {
        self.advance_missed < ADVANCE_SILENT
    }
}
