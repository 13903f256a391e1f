//! Split failures: greens that ended before their queue.
//!
//! Definition (Purdue split failure): a cycle in which the presence detectors of the phase are covered
//! for at least 80 % of green (1 to 8) and of the first 5 s of red (from 10). By approach: covered means
//! any of the phase's detectors. Cycles without exactly one yellow and one end of 5 s of red (the next green may
//! begin earlier), or before the first actuation, are left out; a cycle belongs to the bin 5 s after its begin of red. Missing detector
//! events are imputed: an on after an on within 2 s ends the first there, later halfway; an off after an
//! off begins halfway; a first off begins 1 ms before. Same as `split_failures` of `atspm` with
//! `by_approach`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bins::{as_text, bin_of, number, of_phase};
use super::roles::{DetectorRoles, Role};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Cycles of one phase in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SplitFailures {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Cycles that could be judged.
    pub cycles: u64,
    /// Mean green, s.
    pub green_s: f64,
    /// Mean share of green that was covered, 0 to 1.
    pub green_occupancy: f64,
    /// Mean share of the first 5 s of red that was covered, 0 to 1.
    pub red_occupancy: f64,
    /// Split failures.
    pub failures: u64,
}

/// First part of red that is looked at.
const RED: Millis = Millis(5_000);
/// Percent covered, of green and of that part of red, from which on a cycle has failed.
const THRESHOLD_PERCENT: i64 = 80;
/// An on follows an on within this time without an off: the off was at the second on.
const RAPID: Millis = Millis(2_000);

struct Cycle {
    ends: ClockTime,
    green: Covered,
    red: Covered,
}

/// How much of some time was covered.
#[derive(Clone, Copy)]
struct Covered {
    covered: Millis,
    of: Millis,
}

impl Covered {
    fn share(self) -> f64 {
        self.covered.secs() / self.of.secs().max(0.001)
    }

    /// In whole milliseconds: exactly 80 % must not depend on the last digit of a float.
    fn reaches_threshold(self) -> bool {
        self.covered.0 * 100 >= self.of.0 * THRESHOLD_PERCENT
    }
}

pub(super) fn compute(events: &[Event], roles: &DetectorRoles, bin: Millis) -> Vec<SplitFailures> {
    let Some(last) = events.last() else {
        return Vec::new();
    };
    let end = bin_of(last.at, bin) + bin;
    let mut rows = BTreeMap::<(ClockTime, u16), Vec<Cycle>>::new();
    for phase in roles.phases(Role::Presence) {
        let covered = covered(events, &roles.channels(Role::Presence, phase));
        for cycle in cycles(events, phase, &covered) {
            if cycle.ends < end {
                rows.entry((bin_of(cycle.ends, bin), phase))
                    .or_default()
                    .push(cycle);
            }
        }
    }
    rows.into_iter()
        .map(|((bin, phase), cycles)| {
            let count = u64::try_from(cycles.len()).unwrap_or(u64::MAX);
            let mean = |of: fn(&Cycle) -> f64| cycles.iter().map(of).sum::<f64>() / number(count);
            let failed =
                |cycle: &&Cycle| cycle.green.reaches_threshold() && cycle.red.reaches_threshold();
            let failures = cycles.iter().filter(failed).count();
            SplitFailures {
                bin,
                phase,
                cycles: count,
                green_s: mean(|cycle| cycle.green.of.secs()),
                green_occupancy: mean(|cycle| cycle.green.share()),
                red_occupancy: mean(|cycle| cycle.red.share()),
                failures: u64::try_from(failures).unwrap_or(u64::MAX),
            }
        })
        .collect()
}

/// Whole cycles of a phase with the shares that were covered.
fn cycles(events: &[Event], phase: u16, covered: &[(ClockTime, bool)]) -> Vec<Cycle> {
    const EDGES: [u16; 3] = [
        code::PHASE_BEGIN_GREEN,
        code::PHASE_BEGIN_YELLOW_CHANGE,
        code::PHASE_BEGIN_RED_CLEARANCE,
    ];
    let edges = of_phase(events, phase, &EDGES);
    let greens: Vec<usize> = (0..edges.len())
        .filter(|&at| edges.get(at).is_some_and(|edge| edge.code == EDGES[0]))
        .collect();
    let known_from = covered.first().map(|(at, _)| *at);
    let mut found = Vec::new();
    for (place, &begin) in greens.iter().enumerate() {
        let end = greens.get(place + 1).copied().unwrap_or(edges.len());
        let cycle = edges.get(begin..end).unwrap_or(&[]);
        let [green, yellow, red] = cycle else {
            continue;
        };
        let barrier = red.at + RED;
        // 5 s of red must end in this cycle, and no other cycle's.
        let next = edges.get(end).map(|next| next.at);
        let ends_here = |at: ClockTime| at >= green.at && next.is_none_or(|next| at < next);
        let ends = edges
            .iter()
            .filter(|edge| edge.code == EDGES[2] && ends_here(edge.at + RED))
            .count();
        let whole = ends_here(barrier) && ends == 1;
        let known = known_from.is_some_and(|from| from < green.at);
        if (yellow.code, red.code) == (EDGES[1], EDGES[2]) && whole && known {
            found.push(Cycle {
                ends: barrier,
                green: within(covered, green.at, yellow.at),
                red: within(covered, red.at, barrier),
            });
        }
    }
    found
}

/// How much of the time from … until was covered.
fn within(covered: &[(ClockTime, bool)], from: ClockTime, until: ClockTime) -> Covered {
    let first = covered.partition_point(|(at, _)| *at <= from);
    let mut on = first
        .checked_sub(1)
        .and_then(|place| covered.get(place))
        .is_some_and(|(_, on)| *on);
    let (mut since, mut sum) = (from, Millis::ZERO);
    for &(at, now_on) in covered.iter().skip(first).take_while(|(at, _)| *at < until) {
        if on {
            sum += at - since;
        }
        (since, on) = (at, now_on);
    }
    if on {
        sum += until - since;
    }
    Covered {
        covered: sum,
        of: until - from,
    }
}

/// Moments at which "any of these detectors is covered" is set, ascending.
fn covered(events: &[Event], channels: &[u16]) -> Vec<(ClockTime, bool)> {
    let mut edges: Vec<(ClockTime, i32)> = Vec::new();
    for &channel in channels {
        edges.extend(imputed(events, channel));
    }
    edges.sort_by_key(|(at, _)| *at);
    let mut covered = Vec::new();
    let mut count = 0;
    for moment in edges.chunk_by(|a, b| a.0 == b.0) {
        count += moment.iter().map(|(_, step)| step).sum::<i32>();
        if let Some((at, _)) = moment.first() {
            covered.push((*at, count > 0));
        }
    }
    covered
}

/// On (+1) and off (−1) edges of a detector, missing ones imputed.
fn imputed(events: &[Event], channel: u16) -> Vec<(ClockTime, i32)> {
    let halfway = |from: ClockTime, to: ClockTime| ClockTime(to.0 - (to - from).0 / 2);
    let mut edges = Vec::new();
    let mut previous: Option<(ClockTime, bool)> = None;
    for event in events.iter().filter(|event| event.parameter == channel) {
        let on = match event.code {
            code::DETECTOR_ON => true,
            code::DETECTOR_OFF => false,
            _ => continue,
        };
        match previous {
            Some((before, true)) if on && event.at - before <= RAPID => edges.push((event.at, -1)),
            Some((before, true)) if on => edges.push((halfway(before, event.at), -1)),
            Some((before, false)) if !on => edges.push((halfway(before, event.at), 1)),
            None if !on => edges.push((ClockTime(event.at.0 - 1), 1)),
            Some(_) | None => {}
        }
        edges.push((event.at, if on { 1 } else { -1 }));
        previous = Some((event.at, on));
    }
    edges
}
