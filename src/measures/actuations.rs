//! Actuations: how often each detector went on.
//!
//! Definition: events 82 per detector and bin, zero where the detector was silent in a bin in which
//! another one was not. Same as `actuations` of `atspm` with `fill_in_missing`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bins::{as_text, bin_of};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Actuations of one detector in one bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DetectorCount {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Channel.
    pub detector: u16,
    /// Events 82.
    pub count: u64,
}

pub(super) fn compute(events: &[Event], bin: Millis) -> Vec<DetectorCount> {
    let bins: BTreeSet<ClockTime> = events.iter().map(|event| bin_of(event.at, bin)).collect();
    let mut counts = BTreeMap::<u16, BTreeMap<ClockTime, u64>>::new();
    for event in events
        .iter()
        .filter(|event| event.code == code::DETECTOR_ON)
    {
        let by_bin = counts.entry(event.parameter).or_default();
        *by_bin.entry(bin_of(event.at, bin)).or_default() += 1;
    }
    let mut rows = Vec::new();
    for &bin in &bins {
        for (&detector, by_bin) in &counts {
            rows.push(DetectorCount {
                bin,
                detector,
                count: by_bin.get(&bin).copied().unwrap_or(0),
            });
        }
    }
    rows
}
