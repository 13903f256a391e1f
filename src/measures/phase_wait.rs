//! Phase wait: how long phases wait from their call to green.
//!
//! Definition: from a call (43) to the next begin of green (1) with nothing of the phase in between, or,
//! where the call was not dropped (44), from the end of green (7) to the next begin of green. Left out:
//! waits under a call, green, yellow or red clearance that the log does not end properly (yellow and red
//! at most 10 s), across clock updates or silences, and during or 120 s after a preemption (102 to 104).
//! A wait of more than 1.5 cycles is a skip; the cycle is the largest in force at its begin and end
//! (316 where a vendor logs it, else 132), an assumed one where the log tells none. Same as `phase_wait`
//! of `atspm`, except that waits with transit priority are judged like others.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Settings;
use super::bins::{as_text, bin_of, number, of_phase, parameters};
use super::coordination::VENDOR_ACTUAL_CYCLE;
use super::intervals::{Interval, paired, untrusted};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Waits of one phase that ended in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseWait {
    /// Start of the bin in which green began.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Waits.
    pub waits: u64,
    /// Mean wait, s.
    pub mean_s: f64,
    /// Longest wait, s.
    pub max_s: f64,
    /// Waits of more than 1.5 cycles.
    pub skips: u64,
}

/// Longest yellow change or red clearance that is believed.
const CLEARANCE_MAX: Millis = Millis(10_000);
/// Time after a preemption during which waits are not counted.
const PREEMPT_RECOVERY: Millis = Millis(120_000);
const GREEN: u16 = code::PHASE_BEGIN_GREEN;
const GREEN_END: u16 = code::PHASE_GREEN_TERMINATION;
const CALL: u16 = code::PHASE_CALL_REGISTERED;
const DROP: u16 = code::PHASE_CALL_DROPPED;

pub(super) fn compute(events: &[Event], settings: &Settings) -> Vec<PhaseWait> {
    let mut excluded = untrusted(events);
    excluded.extend(improper(events));
    excluded.extend(preemptions(events));
    let cycles = cycle_lengths(events);
    let cycle_at = |at: ClockTime| {
        let later = cycles.partition_point(|(from, _)| *from <= at);
        let last = later.checked_sub(1).and_then(|place| cycles.get(place));
        last.map(|(_, cycle)| *cycle)
            .filter(|cycle| cycle.0 > 0)
            .unwrap_or(settings.assumed_cycle)
    };
    let mut sums = BTreeMap::<(ClockTime, u16), (u64, f64, f64, u64)>::new();
    for phase in parameters(events, &[CALL, GREEN]) {
        for (from, until) in waits(events, phase) {
            if excluded
                .iter()
                .any(|interval| interval.overlaps(from, until))
            {
                continue;
            }
            let wait = until - from;
            // wait > 1.5 × cycle, in whole numbers
            let skipped = wait.0 * 2 > cycle_at(from).max(cycle_at(until)).0 * 3;
            let (waits, sum, max, skips) = sums
                .entry((bin_of(until, settings.bin), phase))
                .or_default();
            *waits += 1;
            *sum += wait.secs();
            *max = max.max(wait.secs());
            *skips += u64::from(skipped);
        }
    }
    sums.into_iter()
        .map(|((bin, phase), (waits, sum, max_s, skips))| PhaseWait {
            bin,
            phase,
            waits,
            mean_s: sum / number(waits),
            max_s,
            skips,
        })
        .collect()
}

/// Begin and end of every wait of a phase whose call the log ends properly.
fn waits(events: &[Event], phase: u16) -> Vec<(ClockTime, ClockTime)> {
    let calls = paired(events, phase, CALL, DROP, None);
    let edges = of_phase(events, phase, &[GREEN, GREEN_END, CALL, DROP]);
    let mut called = false;
    let mut found = Vec::new();
    for (place, edge) in edges.iter().enumerate() {
        match edge.code {
            CALL => called = true,
            DROP => called = false,
            _ => {}
        }
        let begins = edge.code == CALL || (edge.code == GREEN_END && called);
        let next = edges.get(place + 1).filter(|next| next.code == GREEN);
        let (true, Some(next)) = (begins, next) else {
            continue;
        };
        let under_improper_call = calls
            .iter()
            .any(|call| !call.valid && call.from <= edge.at && edge.at < call.until);
        if !under_improper_call {
            found.push((edge.at, next.at));
        }
    }
    found
}

/// Greens, yellows and red clearances of any phase that cannot be right: events are missing there.
fn improper(events: &[Event]) -> Vec<Interval> {
    let kinds = [
        (GREEN, GREEN_END, None),
        (
            code::PHASE_BEGIN_YELLOW_CHANGE,
            code::PHASE_END_YELLOW_CHANGE,
            Some(CLEARANCE_MAX),
        ),
        (
            code::PHASE_BEGIN_RED_CLEARANCE,
            code::PHASE_END_RED_CLEARANCE,
            Some(CLEARANCE_MAX),
        ),
    ];
    let mut found = Vec::new();
    for (begin, end, longest) in kinds {
        for phase in parameters(events, &[begin, end]) {
            let intervals = paired(events, phase, begin, end, longest);
            found.extend(intervals.into_iter().filter(|interval| !interval.valid));
        }
    }
    found
}

fn preemptions(events: &[Event]) -> Vec<Interval> {
    let mut found = Vec::new();
    for preempt in parameters(events, &[code::PREEMPT_INPUT_ON]) {
        let (on, off) = (code::PREEMPT_INPUT_ON, code::PREEMPT_INPUT_OFF);
        for interval in paired(events, preempt, on, off, None) {
            if interval.valid {
                found.push(Interval {
                    until: interval.until + PREEMPT_RECOVERY,
                    ..interval
                });
            }
        }
    }
    found
}

/// Cycle lengths with the moments from which they are in force.
fn cycle_lengths(events: &[Event]) -> Vec<(ClockTime, Millis)> {
    let of = |wanted: u16| -> Vec<(ClockTime, Millis)> {
        events
            .iter()
            .filter(|event| event.code == wanted)
            .map(|event| (event.at, Millis(i64::from(event.parameter) * 1000)))
            .collect()
    };
    let actual = of(VENDOR_ACTUAL_CYCLE);
    if actual.is_empty() {
        of(code::CYCLE_LENGTH_CHANGE)
    } else {
        actual
    }
}
