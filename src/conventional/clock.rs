//! The local cycle timer of coordination: where in the cycle the intersection is, and how it gets back
//! into step.
//!
//! In: the pattern's cycle and offset, civil time, and whether a green still needs its minimum or its
//! pedestrians past its force-off. Out: [`LocalClock::local`], local zero being the first coordinated
//! force-off (NTCIP `firstCoordPhsGrnEnd`). Not here: what happens at which local time (`program.rs`,
//! `rings.rs`).
//!
//! Out of step, the timer runs a fifth slower or faster until it meets civil time, whichever is shorter
//! (NTCIP `coordCorrectionMode` shortway): cycles become 25 % longer or 17 % shorter, every split in
//! proportion, and half a cycle is made up in at most three. Where minimums leave no room to shorten,
//! it only adds. While a green overruns its force-off the timer stands still, so that the phases after
//! it keep their splits; the overrun is made up afterwards.

use crate::conventional::program::Timeline;
use crate::conventional::program::modulo;
use crate::units::ClockTime;
use crate::units::Millis;
use crate::units::TICK;

/// Change of the timer's speed in transition, ms per tick.
const CORRECTION: Millis = Millis(20);
/// Being behind by no more than this is made up by shortening even where minimums leave no room by
/// calculation: adding would take cycles, and some phase has some room on some cycle.
const SMALL_LAG: Millis = Millis(2_000);

/// State of the cycle as event 150 numbers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CycleState {
    /// Not coordinated.
    #[default]
    Free,
    /// In step with civil time.
    InStep,
    /// Getting into step by longer cycles.
    Adding,
    /// Getting into step by shorter cycles.
    Subtracting,
    /// Standing still while a green finishes its minimum or its pedestrians past its force-off.
    Dwelling,
}

impl CycleState {
    /// Parameter of event 150.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Free => 0,
            Self::InStep => 1,
            Self::Adding => 2,
            Self::Subtracting => 3,
            Self::Dwelling => 4,
        }
    }
}

/// Where in the cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LocalClock {
    /// Time since local zero, 0 to the cycle.
    pub(super) local: Millis,
    /// The same one tick before.
    pub(super) before: Millis,
    pub(super) state: CycleState,
}

impl LocalClock {
    /// Free: the timer does not run.
    pub(super) fn release(&mut self) {
        *self = Self::default();
    }

    /// Starts at this local time.
    pub(super) fn pick_up(&mut self, local: Millis, timeline: &Timeline, clock: ClockTime) {
        self.local = modulo(local, timeline.cycle);
        self.before = self.local;
        self.state = match behind(timeline, clock, self.local) {
            Millis(0) => CycleState::InStep,
            _ => CycleState::Adding,
        };
    }

    /// One tick on; `held`: a green overruns its force-off.
    pub(super) fn tick(&mut self, timeline: &Timeline, clock: ClockTime, held: bool) {
        self.before = self.local;
        if held {
            self.state = CycleState::Dwelling;
            return;
        }
        let on_time = self.local + TICK;
        let lag = behind(timeline, clock, on_time);
        let step = if lag.0.abs() <= CORRECTION.0 {
            self.state = CycleState::InStep;
            TICK + lag
        } else if lag > Millis::ZERO && (timeline.can_shorten || lag <= SMALL_LAG) {
            self.state = CycleState::Subtracting;
            TICK + CORRECTION
        } else {
            self.state = CycleState::Adding;
            TICK - CORRECTION
        };
        self.local = modulo(self.local + step, timeline.cycle);
    }

    /// Whether the timer passed `point` (a local time) in this tick.
    pub(super) fn passed(&self, point: Millis, cycle: Millis) -> bool {
        let before = modulo(self.before - point, cycle);
        let after = modulo(self.local - point, cycle);
        after < before && self.local != self.before
    }

    /// Real time stretched to local time at the present speed.
    pub(super) fn stretched(&self, time: Millis) -> Millis {
        match self.state {
            CycleState::Subtracting => Millis(time.0 * (TICK + CORRECTION).0 / TICK.0),
            CycleState::Free | CycleState::InStep | CycleState::Adding | CycleState::Dwelling => {
                time
            }
        }
    }
}

/// Local time that civil time asks for.
pub(super) fn target(timeline: &Timeline, clock: ClockTime) -> Millis {
    modulo(clock.time_of_day() - timeline.offset, timeline.cycle)
}

/// How far `local` is behind civil time, more than −cycle/2 up to cycle/2; negative: ahead.
fn behind(timeline: &Timeline, clock: ClockTime, local: Millis) -> Millis {
    let lag = modulo(target(timeline, clock) - local, timeline.cycle);
    if lag.0 * 2 > timeline.cycle.0 {
        lag - timeline.cycle
    } else {
        lag
    }
}
