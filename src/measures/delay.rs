//! Delay and stops estimated from advance detectors, where vehicles cannot be followed.
//!
//! Two estimates. *Simple*: a vehicle reaches the stop bar its travel time after it crossed the advance
//! detector; if that is on red it waits for the next green, queues forgotten (the "approach delay" of
//! automated traffic signal performance measures: Day et al., Purdue University, 2014,
//! <https://doi.org/10.5703/1288284315333>). *Queued*: each detector is a lane that discharges one vehicle
//! per saturation headway from 2 s after begin of green to begin of yellow, first come, first served; a
//! vehicle stops if it arrives on red or behind a vehicle that has not left. Both miss deceleration,
//! lane changes and vehicles that cross the detector in a queue; compare runs, not with a stopwatch.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Settings;
use super::bins::{as_text, bin_of, number, of_phase};
use super::roles::{DetectorRoles, Role};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Estimated delay of the vehicles of one phase that arrived in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimpleDelay {
    /// Start of the bin in which they crossed the detector.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Vehicles that could be followed to the end of their wait.
    pub vehicles: u64,
    /// Mean delay without queues, s.
    pub simple_s: f64,
    /// Mean delay with queues, s.
    pub queued_s: f64,
    /// Share that stops, with queues, 0 to 1.
    pub stops: f64,
}

/// Green that the first vehicle of a queue does not use.
const START_UP: Millis = Millis(2_000);

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    vehicles: u64,
    simple: Millis,
    queued: Millis,
    stops: u64,
}

pub(super) fn compute(
    events: &[Event],
    roles: &DetectorRoles,
    settings: &Settings,
) -> Vec<SimpleDelay> {
    let headway = Millis::from_secs(settings.saturation_headway_s);
    let mut sums = BTreeMap::<(ClockTime, u16), Sums>::new();
    for row in roles.0.iter().filter(|row| row.role == Role::Advance) {
        let greens = greens(events, row.phase);
        let mut free_from = ClockTime(i64::MIN);
        for event in events {
            if event.code != code::DETECTOR_ON || event.parameter != row.channel {
                continue;
            }
            let arrives = event.at + row.travel;
            let Some(passes) = next_green(&greens, arrives, Millis::ZERO) else {
                continue;
            };
            let Some(leaves) = next_green(&greens, arrives.max(free_from), START_UP) else {
                continue;
            };
            free_from = leaves + headway;
            let sum = sums
                .entry((bin_of(event.at, settings.bin), row.phase))
                .or_default();
            sum.vehicles += 1;
            sum.simple += passes - arrives;
            sum.queued += leaves - arrives;
            sum.stops += u64::from(leaves > arrives);
        }
    }
    sums.into_iter()
        .map(|((bin, phase), sum)| SimpleDelay {
            bin,
            phase,
            vehicles: sum.vehicles,
            simple_s: sum.simple.secs() / number(sum.vehicles),
            queued_s: sum.queued.secs() / number(sum.vehicles),
            stops: number(sum.stops) / number(sum.vehicles),
        })
        .collect()
}

/// Greens of a phase that the log begins and ends.
fn greens(events: &[Event], phase: u16) -> Vec<(ClockTime, ClockTime)> {
    const EDGES: [u16; 2] = [code::PHASE_BEGIN_GREEN, code::PHASE_BEGIN_YELLOW_CHANGE];
    let edges = of_phase(events, phase, &EDGES);
    edges
        .iter()
        .zip(edges.iter().skip(1))
        .filter(|(this, next)| (this.code, next.code) == (EDGES[0], EDGES[1]))
        .map(|(this, next)| (this.at, next.at))
        .collect()
}

/// The earliest moment from `at` on in a green. Who comes on red starts `start_up` into green. `None`
/// before the first green and after the last.
fn next_green(
    greens: &[(ClockTime, ClockTime)],
    at: ClockTime,
    start_up: Millis,
) -> Option<ClockTime> {
    if greens.first().is_none_or(|(begin, _)| at < *begin) {
        return None;
    }
    let place = greens.partition_point(|(_, end)| *end <= at);
    greens
        .get(place)
        .map(|&(begin, _)| if at >= begin { at } else { begin + start_up })
}
