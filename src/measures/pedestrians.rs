//! Pedestrians: walks, button presses, and the wait from button to walk.
//!
//! Definitions, same as `ped`, `unique_ped` and `ped_delay` of `atspm`:
//! - services: events 21 (begin walk) and 67 (of an overlap), presses: events 90, per parameter and bin;
//! - unique presses: those more than 15 s after the one before (<https://doi.org/10.1177/0361198121994126>);
//!   the first of a log has none before it and is not counted;
//! - delay: from the first press after a pedestrian clearance (22), or of the log, to the next begin of
//!   walk or of clearance; by the bin in which walk began.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bins::{as_text, bin_of, number, parameters};
use super::intervals::untrusted;
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Walks and presses of one phase in one bin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pedestrians {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Walks.
    pub services: u64,
    /// Button presses.
    pub presses: u64,
    /// Presses more than 15 s after the one before.
    pub unique_presses: u64,
}

/// Pedestrian delay of one phase in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PedestrianDelay {
    /// Start of the bin in which walk began.
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
}

const PRESS: u16 = code::PEDESTRIAN_DETECTOR_ON;
const WALK: u16 = code::PEDESTRIAN_BEGIN_WALK;
const CLEARANCE: u16 = code::PEDESTRIAN_BEGIN_CHANGE_INTERVAL;
const UNIQUE_AFTER: Millis = Millis(15_000);

pub(super) fn compute(events: &[Event], bin: Millis) -> Vec<Pedestrians> {
    let mut rows = BTreeMap::<(ClockTime, u16), Pedestrians>::new();
    let mut last_press = BTreeMap::<u16, ClockTime>::new();
    for event in events {
        let served = matches!(event.code, WALK | code::PED_OVERLAP_BEGIN_WALK);
        let pressed = event.code == PRESS;
        if !served && !pressed {
            continue;
        }
        let key = (bin_of(event.at, bin), event.parameter);
        let row = rows.entry(key).or_insert_with(|| Pedestrians {
            bin: key.0,
            phase: key.1,
            ..Pedestrians::default()
        });
        row.services += u64::from(served);
        row.presses += u64::from(pressed);
        if pressed && let Some(before) = last_press.insert(event.parameter, event.at) {
            row.unique_presses += u64::from(event.at - before > UNIQUE_AFTER);
        }
    }
    rows.into_values().collect()
}

pub(super) fn delay(events: &[Event], bin: Millis) -> Vec<PedestrianDelay> {
    let excluded = untrusted(events);
    let mut waits = BTreeMap::<(ClockTime, u16), Vec<f64>>::new();
    for phase in parameters(events, &[PRESS]) {
        // In the log's own order: walk may begin in the moment of the press, and then comes after it.
        let edges: Vec<&Event> = events
            .iter()
            .filter(|event| event.parameter == phase)
            .filter(|event| matches!(event.code, PRESS | WALK | CLEARANCE))
            .collect();
        let mut before: Option<u16> = None;
        for (place, edge) in edges.iter().enumerate() {
            let first = before
                .replace(edge.code)
                .is_none_or(|code| code == CLEARANCE);
            let walk = edges.iter().skip(place + 1).find(|next| next.code != PRESS);
            let (PRESS, true, Some(walk)) = (edge.code, first, walk) else {
                continue;
            };
            if !excluded
                .iter()
                .any(|interval| interval.overlaps(edge.at, walk.at))
            {
                let key = (bin_of(walk.at, bin), phase);
                waits
                    .entry(key)
                    .or_default()
                    .push((walk.at - edge.at).secs());
            }
        }
    }
    waits
        .into_iter()
        .map(|((bin, phase), waits)| {
            let count = u64::try_from(waits.len()).unwrap_or(u64::MAX);
            PedestrianDelay {
                bin,
                phase,
                waits: count,
                mean_s: waits.iter().sum::<f64>() / number(count),
                max_s: waits.iter().copied().fold(0.0, f64::max),
            }
        })
        .collect()
}
