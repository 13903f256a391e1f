//! Time bins and small helpers that several measures share.

use serde::{Serialize, Serializer};

use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Start of the bin that the moment lies in.
pub(super) fn bin_of(at: ClockTime, bin: Millis) -> ClockTime {
    ClockTime(at.0.div_euclid(bin.0.max(1)) * bin.0.max(1))
}

/// Writes a civil time as logs do.
pub(super) fn as_text<S: Serializer>(at: &ClockTime, to: S) -> Result<S::Ok, S::Error> {
    at.to_string().serialize(to)
}

/// Events of these codes and this parameter, by time and, within a moment, by code: the order that the
/// `atspm` package gives them.
pub(super) fn of_phase(events: &[Event], phase: u16, codes: &[u16]) -> Vec<Event> {
    let mut found: Vec<Event> = events
        .iter()
        .filter(|event| event.parameter == phase && codes.contains(&event.code))
        .copied()
        .collect();
    found.sort_by_key(|event| (event.at, event.code));
    found
}

/// Every parameter that occurs with one of these codes, ascending.
pub(super) fn parameters(events: &[Event], codes: &[u16]) -> Vec<u16> {
    let mut found: Vec<u16> = events
        .iter()
        .filter(|event| codes.contains(&event.code))
        .map(|event| event.parameter)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What a phase shows, as the measures of arrivals see it: the farthest that it has got since its last
/// begin of green (1 → 8 → 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    /// Nothing known yet.
    Unknown,
    /// Since begin of green.
    Green,
    /// Since begin of yellow change.
    Yellow,
    /// Since begin of red clearance.
    Red,
}

/// One moment of a phase: a change, numbered by cycle, or an actuation of one of its detectors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// When.
    pub(super) at: ClockTime,
    /// 1, 8, 10 or 82.
    pub(super) code: u16,
    /// Begins of green so far.
    pub(super) cycle: u32,
    /// What the phase shows, this change included.
    pub(super) shown: Shown,
}

/// The changes of a phase and the actuations of the given channels in one list, by time and code; an
/// actuation at the moment of a change comes after it. `latency` is taken off the actuations.
pub(super) fn moments(
    events: &[Event],
    phase: u16,
    channels: &[u16],
    latency: Millis,
) -> Vec<Moment> {
    const CHANGES: [u16; 3] = [
        code::PHASE_BEGIN_GREEN,
        code::PHASE_BEGIN_YELLOW_CHANGE,
        code::PHASE_BEGIN_RED_CLEARANCE,
    ];
    let mut found: Vec<(ClockTime, u16)> = of_phase(events, phase, &CHANGES)
        .iter()
        .map(|event| (event.at, event.code))
        .collect();
    for event in events {
        if event.code == code::DETECTOR_ON {
            for _ in channels
                .iter()
                .filter(|&&channel| channel == event.parameter)
            {
                found.push((ClockTime(event.at.0 - latency.0), event.code));
            }
        }
    }
    found.sort_unstable();
    let (mut cycle, mut shown) = (0, Shown::Unknown);
    found
        .into_iter()
        .map(|(at, event)| {
            match event {
                code::PHASE_BEGIN_GREEN => {
                    cycle += 1;
                    shown = Shown::Green;
                }
                code::PHASE_BEGIN_YELLOW_CHANGE => shown = shown.max(Shown::Yellow),
                code::PHASE_BEGIN_RED_CLEARANCE => shown = shown.max(Shown::Red),
                _ => {}
            }
            Moment {
                at,
                code: event,
                cycle,
                shown,
            }
        })
        .collect()
}

/// A count as a number to compute with.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of events stay below 2^53"
)]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
