//! Coordination as logged: patterns, cycle lengths, offsets, splits.
//!
//! Definition: events 131 and 132, and 316 and 318 as one vendor (Q-Free MAXTIME) logs the actual cycle
//! length and offset; its splits are the mean parameter of events 300 to 317 (300 is phase 1). Same as
//! `coordination` and `splits` of `atspm`, which has 316 among the splits too.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bins::{as_text, bin_of, number};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Actual cycle length, s, once a cycle (MAXTIME).
pub(super) const VENDOR_ACTUAL_CYCLE: u16 = 316;
/// Actual offset, s, once a cycle (MAXTIME).
const VENDOR_ACTUAL_OFFSET: u16 = 318;
/// Seconds a phase was on, when it ends (MAXTIME); 300 is phase 1.
const VENDOR_SPLITS: std::ops::RangeInclusive<u16> = 300..=317;

/// A coordination event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoordinationEvent {
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: ClockTime,
    /// 131 pattern, 132 cycle length, 316 actual cycle length, 318 actual offset.
    pub code: u16,
    /// Pattern, or seconds.
    pub parameter: u16,
}

/// Splits of one event code in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VendorSplit {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// 300 to 317.
    pub code: u16,
    /// Services.
    pub services: u64,
    /// Mean split, s.
    pub mean_s: f64,
}

pub(super) fn compute(events: &[Event]) -> Vec<CoordinationEvent> {
    const WANTED: [u16; 4] = [
        code::COORD_PATTERN_CHANGE,
        code::CYCLE_LENGTH_CHANGE,
        VENDOR_ACTUAL_CYCLE,
        VENDOR_ACTUAL_OFFSET,
    ];
    events
        .iter()
        .filter(|event| WANTED.contains(&event.code))
        .map(|event| CoordinationEvent {
            at: event.at,
            code: event.code,
            parameter: event.parameter,
        })
        .collect()
}

pub(super) fn vendor_splits(events: &[Event], bin: Millis) -> Vec<VendorSplit> {
    let mut sums = BTreeMap::<(ClockTime, u16), (u64, u64)>::new();
    for event in events
        .iter()
        .filter(|event| VENDOR_SPLITS.contains(&event.code))
    {
        let (services, seconds) = sums.entry((bin_of(event.at, bin), event.code)).or_default();
        *services += 1;
        *seconds += u64::from(event.parameter);
    }
    sums.into_iter()
        .map(|((bin, code), (services, seconds))| VendorSplit {
            bin,
            code,
            services,
            mean_s: number(seconds) / number(services),
        })
        .collect()
}
