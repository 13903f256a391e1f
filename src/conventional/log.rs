//! High-resolution events that only conventional control knows.
//!
//! In: what happened. Out: [`Log`], the events of one tick. Not here: events that follow from what is
//! shown or detected; the gate's owner and detection log those.

use crate::conventional::clock::CycleState;
use crate::conventional::program::Program;
use crate::hires::Event;
use crate::hires::code;
use crate::intersection::PerPhase;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::units::ClockTime;
use crate::units::Millis;

/// Most events of one tick: a new pattern with 16 splits while every phase decides something.
const EVENTS_MAX: usize = 128;

/// Events of one tick. The memory is reused.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) at: ClockTime,
    events: Vec<Event>,
    /// What the log last said about the pattern in force.
    said: Said,
}

#[derive(Clone, Debug, Default)]
struct Said {
    pattern: Option<u16>,
    cycle: Millis,
    offset: Millis,
    splits: PerPhase<Millis>,
    state: Option<CycleState>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            at: ClockTime::default(),
            events: Vec::with_capacity(EVENTS_MAX),
            said: Said::default(),
        }
    }

    pub(super) fn begin(&mut self, at: ClockTime) {
        self.at = at;
        self.events.clear();
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(super) fn event(&mut self, code: u16, parameter: u16) {
        if self.events.len() < EVENTS_MAX {
            self.events.push(Event {
                at: self.at,
                code,
                parameter,
            });
        }
    }

    pub(super) fn phase(&mut self, code: u16, phase: PhaseId) {
        self.event(code, u16::from(phase.number()));
    }

    pub(super) fn phases(&mut self, code: u16, phases: PhaseSet) {
        for phase in phases.iter() {
            self.phase(code, phase);
        }
    }

    /// Pattern, cycle, offset and splits, as far as they changed.
    pub(super) fn program(&mut self, program: &Program) {
        if self.said.pattern != Some(program.number) {
            self.said.pattern = Some(program.number);
            self.event(code::COORD_PATTERN_CHANGE, program.number);
        }
        let Some(timeline) = &program.timeline else {
            return;
        };
        if self.said.cycle != timeline.cycle {
            self.said.cycle = timeline.cycle;
            let seconds = whole_seconds(timeline.cycle);
            self.event(code::CYCLE_LENGTH_CHANGE, seconds.min(255));
            if seconds > 255 {
                self.event(code::ADDITIONAL_CYCLE_LENGTH_CHANGE, seconds - 255);
            }
        }
        if self.said.offset != timeline.offset {
            self.said.offset = timeline.offset;
            self.event(
                code::OFFSET_LENGTH_CHANGE,
                whole_seconds(timeline.offset).min(255),
            );
        }
        for phase in PhaseId::all() {
            let split = timeline.splits[phase];
            if self.said.splits[phase] != split {
                self.said.splits[phase] = split;
                let code = code::SPLIT_1_CHANGE + u16::from(phase.number()) - 1;
                self.event(code, whole_seconds(split));
            }
        }
    }

    /// State of the cycle, if it changed.
    pub(super) fn cycle_state(&mut self, state: CycleState) {
        if self.said.state != Some(state) {
            self.said.state = Some(state);
            self.event(code::COORD_CYCLE_STATE_CHANGE, state.number());
        }
    }
}

fn whole_seconds(time: Millis) -> u16 {
    u16::try_from((time.0 + 500).div_euclid(1000)).unwrap_or(u16::MAX)
}
