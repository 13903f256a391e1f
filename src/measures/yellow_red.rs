//! Actuations on yellow and red: how vehicles spread around the end of green.
//!
//! Definition: events 82 of `Yellow_Red` detectors, less a latency, in cycles (begin of green to begin
//! of green) with exactly one begin of green, yellow and red clearance; counted by 15 minutes of the
//! begin of red, by what was shown, and by the time from the begin of red rounded to half a second. Same
//! as `yellow_red` of `atspm`, whose bin is 15 minutes whatever else is asked for.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bins::{Moment, Shown, as_text, bin_of, moments};
use super::roles::{DetectorRoles, Role};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Actuations at one distance in time from the begin of red.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct YellowRed {
    /// Start of the 15 minutes that the begin of red lies in.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// What was shown: `green`, `yellow` or `red`.
    pub shown: &'static str,
    /// From the begin of red, s; negative before it.
    pub red_offset_s: f64,
    /// Actuations.
    pub count: u64,
}

const BIN: Millis = Millis(15 * 60_000);

pub(super) fn compute(events: &[Event], roles: &DetectorRoles, latency: Millis) -> Vec<YellowRed> {
    let mut counts = BTreeMap::<(ClockTime, u16, Shown, i64), u64>::new();
    for phase in roles.phases(Role::YellowRed) {
        let channels = roles.channels(Role::YellowRed, phase);
        let all = moments(events, phase, &channels, latency);
        for cycle in all.chunk_by(|a, b| a.cycle == b.cycle) {
            let Some(red) = begin_of_red(cycle) else {
                continue;
            };
            for actuation in cycle
                .iter()
                .filter(|moment| moment.code == code::DETECTOR_ON)
            {
                let halves = half_seconds(actuation.at - red);
                let key = (bin_of(red, BIN), phase, actuation.shown, halves);
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .map(|((bin, phase, shown, halves), count)| YellowRed {
            bin,
            phase,
            shown: match shown {
                Shown::Unknown => "unknown",
                Shown::Green => "green",
                Shown::Yellow => "yellow",
                Shown::Red => "red",
            },
            red_offset_s: Millis(halves * 500).secs(),
            count,
        })
        .collect()
}

/// The begin of red of a whole cycle.
fn begin_of_red(cycle: &[Moment]) -> Option<ClockTime> {
    let times = |wanted: u16| {
        cycle
            .iter()
            .filter(move |moment| moment.code == wanted)
            .map(|moment| moment.at)
    };
    let whole = cycle.first()?.cycle > 0
        && times(code::PHASE_BEGIN_GREEN).count() == 1
        && times(code::PHASE_BEGIN_YELLOW_CHANGE).count() == 1
        && times(code::PHASE_BEGIN_RED_CLEARANCE).count() == 1;
    times(code::PHASE_BEGIN_RED_CLEARANCE)
        .next()
        .filter(|_| whole)
}

/// Rounded to half a second, halves away from zero.
fn half_seconds(time: Millis) -> i64 {
    let rounded = (time.0.abs() * 2 + 500) / 1000;
    rounded * time.0.signum()
}
