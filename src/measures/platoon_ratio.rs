//! Platoon ratio: whether vehicles arrive on green more often than by chance.
//!
//! Definition (Highway Capacity Manual): Rp = share of arrivals on green ÷ share of the bin that was
//! green; arrival type 1 (Rp ≤ 0.50), 2 (≤ 0.85), 3 (≤ 1.15), 4 (≤ 1.50), 5 (≤ 2.00), 6. Greens are cut
//! at bin boundaries; one that the log does not end is taken to last to the end of its bin, one that it
//! does not begin to have lasted from the start of its bin. Same as `platoon_ratio` of `atspm`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::arrivals_on_green::ArrivalsOnGreen;
use super::bins::{as_text, bin_of, of_phase};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Quality of progression of one phase in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlatoonRatio {
    /// Start of the bin.
    #[serde(serialize_with = "as_text")]
    pub bin: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Green in the bin, s.
    pub green_s: f64,
    /// Platoon ratio.
    pub ratio: f64,
    /// Arrival type, 1 to 6.
    pub arrival_type: u8,
}

pub(super) fn compute(
    events: &[Event],
    arrivals: &[ArrivalsOnGreen],
    bin: Millis,
) -> Vec<PlatoonRatio> {
    let mut greens = BTreeMap::<u16, BTreeMap<ClockTime, Millis>>::new();
    arrivals
        .iter()
        .filter_map(|row| {
            let by_bin = greens
                .entry(row.phase)
                .or_insert_with(|| green_by_bin(events, row.phase, bin));
            let green_s = by_bin.get(&row.bin)?.secs();
            let ratio = row.share / (green_s / bin.secs());
            (green_s > 0.0).then_some(PlatoonRatio {
                bin: row.bin,
                phase: row.phase,
                green_s,
                ratio,
                arrival_type: arrival_type(ratio),
            })
        })
        .collect()
}

fn arrival_type(ratio: f64) -> u8 {
    const LIMITS: [f64; 5] = [0.50, 0.85, 1.15, 1.50, 2.00];
    let passed = LIMITS.iter().filter(|&&limit| ratio > limit).count();
    u8::try_from(passed + 1).unwrap_or(6)
}

fn green_by_bin(events: &[Event], phase: u16, bin: Millis) -> BTreeMap<ClockTime, Millis> {
    const EDGES: [u16; 2] = [code::PHASE_BEGIN_GREEN, code::PHASE_BEGIN_YELLOW_CHANGE];
    let edges = of_phase(events, phase, &EDGES);
    let mut green = BTreeMap::new();
    let mut previous: Option<Event> = None;
    for (place, edge) in edges.iter().enumerate() {
        if edge.code == code::PHASE_BEGIN_GREEN {
            let end = edges
                .get(place + 1)
                .map_or(bin_of(edge.at, bin) + bin, |next| next.at);
            add(&mut green, edge.at, end, bin);
        } else if previous.is_none_or(|previous| previous.code != code::PHASE_BEGIN_GREEN) {
            add(&mut green, bin_of(edge.at, bin), edge.at, bin);
        }
        previous = Some(*edge);
    }
    green
}

fn add(green: &mut BTreeMap<ClockTime, Millis>, from: ClockTime, until: ClockTime, bin: Millis) {
    let mut start = from;
    while start < until {
        let this = bin_of(start, bin);
        let end = until.min(this + bin);
        *green.entry(this).or_default() += end - start;
        start = end;
    }
}
