//! Terminations: why greens ended.
//!
//! Definition: events 4 (gap-out), 5 (max-out) and 6 (force-off) per phase and bin. Same as
//! `terminations` of `atspm`. A controller may log a gap-out before the green ends (simultaneous
//! gap-out), so the three can sum to more than the greens.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bins::{as_text, bin_of};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Ends of green of one phase in one bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Terminations {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// By a gap in traffic.
    pub gap_out: u64,
    /// By the maximum.
    pub max_out: u64,
    /// By coordination or from outside.
    pub force_off: u64,
}

pub(super) fn compute(events: &[Event], bin: Millis) -> Vec<Terminations> {
    let mut counts = BTreeMap::<(ClockTime, u16), [u64; 3]>::new();
    for event in events {
        let kind = match event.code {
            code::PHASE_GAP_OUT => [1, 0, 0],
            code::PHASE_MAX_OUT => [0, 1, 0],
            code::PHASE_FORCE_OFF => [0, 0, 1],
            _ => continue,
        };
        let row = counts
            .entry((bin_of(event.at, bin), event.parameter))
            .or_default();
        for (sum, one) in row.iter_mut().zip(kind) {
            *sum += one;
        }
    }
    counts
        .into_iter()
        .map(
            |((bin, phase), [gap_out, max_out, force_off])| Terminations {
                bin,
                phase,
                gap_out,
                max_out,
                force_off,
            },
        )
        .collect()
}
