//! Arrivals on green: which share of vehicles reached the advance detectors while the phase was green.
//!
//! Definition: events 82 of advance detectors between begin of green (1) and begin of yellow (8) of
//! their phase, by all of them. Bins without an arrival on green have no row. Same as `arrival_on_green`
//! of `atspm`. The detector's distance is not taken into account; a vehicle counts where it is seen.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bins::{Shown, as_text, bin_of, moments, number};
use super::roles::{DetectorRoles, Role};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Arrivals of one phase in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArrivalsOnGreen {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Arrivals.
    pub arrivals: u64,
    /// Those on green.
    pub on_green: u64,
    /// Share on green, 0 to 1.
    pub share: f64,
}

pub(super) fn compute(
    events: &[Event],
    roles: &DetectorRoles,
    bin: Millis,
) -> Vec<ArrivalsOnGreen> {
    let mut counts = BTreeMap::<(ClockTime, u16), (u64, u64)>::new();
    for phase in roles.phases(Role::Advance) {
        let channels = roles.channels(Role::Advance, phase);
        for moment in moments(events, phase, &channels, Millis::ZERO) {
            if moment.code == code::DETECTOR_ON {
                let (all, green) = counts.entry((bin_of(moment.at, bin), phase)).or_default();
                *all += 1;
                *green += u64::from(moment.shown == Shown::Green);
            }
        }
    }
    counts
        .into_iter()
        .filter(|&(_, (_, green))| green > 0)
        .map(|((bin, phase), (all, green))| ArrivalsOnGreen {
            bin,
            phase,
            arrivals: all,
            on_green: green,
            share: number(green) / number(all),
        })
        .collect()
}
