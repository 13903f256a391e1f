//! What each lane can do while a given set of phases is green.
//!
//! In: site, forecast, a set of green phases. Out: one [`Row`] per set, made when first asked for. Not
//! here: time.

#![expect(
    clippy::indexing_slicing,
    reason = "rows are sized for LANES_MAX; the row index has an entry for every u16"
)]

use crate::estimation::Estimate;
use crate::intersection::Id;
use crate::intersection::Intersection;
use crate::intersection::LANES_MAX;
use crate::intersection::LaneId;
use crate::intersection::Movement;
use crate::intersection::PhaseSet;
use crate::prediction::Forecast;
use crate::prediction::LaneBits;
use crate::prediction::forecast::milli;

/// Time between two vehicles that turn through the same gap, ms (HCM follow-up headway of permissive
/// left turns, 2.5 s).
const FOLLOW_UP: i32 = 2_500;

/// Gap in opposing traffic that a turning driver accepts, s (HCM critical gap of permissive left turns).
const CRITICAL_GAP_S: f64 = 4.5;

/// The same for turns on red, which begin from a stop (HCM, right turns from a minor road): follow-up
/// headway 3.3 s, critical gap 6.2 s.
const FOLLOW_UP_ON_RED: i32 = 3_300;
const CRITICAL_GAP_ON_RED_S: f64 = 6.2;

/// A lane turns on red only if nearly everybody in it may; the first one who may not blocks the rest.
const TURN_ON_RED_SHARE: f64 = 0.85;

/// With more than this share of its served vehicles yielding, the whole lane waits for the opposing
/// queue.
const YIELDING_SHARE: f64 = 0.3;

/// A lane with this share of yielding vehicles is one of turners only. On a shared lane those behind a turner go straight,
/// and nobody knows who is last.
const TURNERS_ONLY: f64 = 0.9;

/// An exit with room for less than this many vehicles is closed: whoever entered would stop in the box. One with room
/// for one is open, or short roads between two signals would never be used.
const ROOM_MIN: f64 = 1.0;

/// A lane whose head probably waits for another phase counts as not served.
const SERVED_SHARE_MIN: f64 = 0.3;

/// What each lane can do while exactly `green` is green.
#[derive(Clone, Debug)]
pub struct Row {
    /// The green phases.
    pub green: PhaseSet,
    /// Lanes that discharge under a green.
    pub(crate) green_lanes: LaneBits,
    /// Lanes that discharge, under green or by turning on red.
    pub(crate) served: LaneBits,
    /// Those of them that yield to other lanes.
    pub(crate) yielding: LaneBits,
    /// Of each yielding lane, how many of those who wait for a gap when its green ends turn after it, milli-vehicles.
    pub(crate) turn_late: [i32; LANES_MAX],
    /// ms per vehicle.
    pub(crate) headway: [i32; LANES_MAX],
    /// Lanes each yields to, among those served.
    pub(crate) yields_to: [LaneBits; LANES_MAX],
}

/// Rows by set of green phases; made once per decision, when first asked for.
#[derive(Clone, Debug)]
pub struct ServiceTable {
    rows: Vec<Row>,
    /// Row of every possible set, 0 when not made yet (row 0 is that of the empty set).
    index: Vec<u8>,
    made: Vec<u16>,
}

/// Most rows kept; every set of a move and the sets it passes through. Beyond it the last row made is
/// replaced, which costs time, not correctness.
const ROWS_MAX: usize = 250;

impl Default for ServiceTable {
    fn default() -> Self {
        Self {
            rows: Vec::with_capacity(64),
            index: vec![0; usize::from(u16::MAX) + 1],
            made: Vec::with_capacity(64),
        }
    }
}

impl ServiceTable {
    /// Forgets all rows (a new estimate has come) and makes the one of the empty set.
    pub fn clear(&mut self) {
        for key in self.made.drain(..) {
            self.index[usize::from(key)] = 0;
        }
        self.rows.clear();
    }

    /// The number of the row for exactly `green`, made now if it is not there yet.
    pub fn row_for(
        &mut self,
        site: &Intersection,
        estimate: &Estimate,
        forecast: &Forecast,
        green: PhaseSet,
    ) -> usize {
        let key = green.bits();
        let known = usize::from(self.index[usize::from(key)]);
        if known > 0 {
            return known - 1;
        }
        let row = make_row(site, estimate, forecast, green);
        if self.rows.len() >= ROWS_MAX {
            if let (Some(last), Some(old)) = (self.rows.last_mut(), self.made.last_mut()) {
                self.index[usize::from(*old)] = 0;
                *last = row;
                *old = key;
            }
        } else {
            self.rows.push(row);
            self.made.push(key);
        }
        self.index[usize::from(key)] = u8::try_from(self.rows.len()).unwrap_or(u8::MAX);
        self.rows.len() - 1
    }

    /// The row with this number.
    #[must_use]
    pub fn row(&self, number: usize) -> &Row {
        &self.rows[number]
    }
}

const _: () = assert!(ROWS_MAX < u8::MAX as usize);

/// How much longer a driver needs to find a gap in opposing traffic of flow `x` critical gaps. A
/// rational fit, within 10 % for x ≤ 2.5, of the gap-acceptance capacity
/// v·e^(−v·tc) / (1 − e^(−v·tf)) with tc = 4.5 s and tf = 2.5 s (HCM, permissive turns).
fn gap_search(x: f64) -> f64 {
    1.0 + 0.7 * x + 0.5 * x * x
}

fn make_row(site: &Intersection, estimate: &Estimate, forecast: &Forecast, green: PhaseSet) -> Row {
    let mut row = Row {
        green,
        green_lanes: 0,
        served: 0,
        yielding: 0,
        turn_late: [0; LANES_MAX],
        headway: [0; LANES_MAX],
        yields_to: [0; LANES_MAX],
    };
    for lane in site.lanes.ids().take(forecast.lanes()) {
        if forecast.occupied & (1 << lane.index()) != 0 {
            fill_lane(&mut row, site, estimate, forecast, lane);
        }
    }
    for lane in 0..LANES_MAX {
        row.yields_to[lane] &= row.green_lanes;
        if row.yields_to[lane] == 0 {
            row.yielding &= !(1 << lane);
        }
    }
    row
}

fn fill_lane(
    row: &mut Row,
    site: &Intersection,
    estimate: &Estimate,
    forecast: &Forecast,
    lane: LaneId,
) {
    let movements = &site.lanes[lane].movements;
    let believed = &estimate.lanes[lane];
    let share = |wanted: &dyn Fn(&Movement) -> bool| -> f64 {
        let shares = believed
            .shares
            .iter()
            .filter(|(m, _)| movements.contains(m));
        let total: f64 = shares.clone().map(|(_, share)| share).sum();
        if total > 0.0 {
            let these = shares.filter(|(m, _)| wanted(&site.movements[*m]));
            these.map(|(_, share)| share).sum::<f64>() / total
        } else {
            let these = movements.iter().filter(|m| wanted(&site.movements[**m]));
            ratio(these.count(), movements.len())
        }
    };
    let fits = |m: &Movement| estimate.rooms_behind[m.to].is_none_or(|room| room >= ROOM_MIN);
    let is_protected = |m: &Movement| m.protected.intersects(row.green) && fits(m);
    let is_yielding =
        |m: &Movement| !is_protected(m) && m.permissive.intersects(row.green) && fits(m);
    let protected = share(&is_protected);
    let yielding = share(&is_yielding);
    let green = protected + yielding;
    let head_goes: f64 = (believed.head.iter())
        .map(|(m, probability)| (&site.movements[*m], probability))
        .filter(|(m, _)| is_protected(m) || is_yielding(m))
        .map(|(_, probability)| probability)
        .sum();
    let head_goes = believed.head.is_empty() || head_goes >= SERVED_SHARE_MIN;
    let headway = f64::from(forecast.headway[lane.index()]);
    let bit = 1 << lane.index();
    let opposing = |wanted: &dyn Fn(&Movement) -> bool| -> LaneBits {
        (movements.iter().map(|m| &site.movements[*m]))
            .filter(|m| wanted(m))
            .flat_map(|m| &m.yields_to)
            .filter(|m| site.movements[**m].protected.intersects(row.green))
            .flat_map(|m| &site.movements[*m].lanes)
            .fold(0, |bits, lane| bits | 1 << lane.index())
    };
    if green >= SERVED_SHARE_MIN && head_goes {
        row.served |= bit;
        row.green_lanes |= bit;
        let lanes = opposing(&is_yielding) & !bit;
        let search = gap_search(flow_of(forecast, lanes) * CRITICAL_GAP_S);
        let slow = headway.max(f64::from(FOLLOW_UP)) * search;
        // A lane part of whose vehicles wait for another phase gets stuck behind the first of them.
        let stuck = green * green;
        let mean = if lanes == 0 {
            headway
        } else {
            (headway * protected + slow * yielding) / green
        };
        row.headway[lane.index()] = round(mean / stuck);
        if yielding > YIELDING_SHARE * green && lanes != 0 {
            row.yielding |= bit;
            row.yields_to[lane.index()] = lanes;
            if yielding >= TURNERS_ONLY * green {
                row.turn_late[lane.index()] = milli(believed.turn_late);
            }
        }
        return;
    }
    let turns_on_red = |m: &Movement| m.turn_on_red;
    if share(&turns_on_red) >= TURN_ON_RED_SHARE {
        let lanes = opposing(&turns_on_red) & !bit;
        let search = gap_search(flow_of(forecast, lanes) * CRITICAL_GAP_ON_RED_S);
        row.served |= bit;
        row.yielding |= bit;
        row.yields_to[lane.index()] = lanes;
        row.headway[lane.index()] = round(headway.max(f64::from(FOLLOW_UP_ON_RED)) * search);
    }
}

/// Flow on a set of lanes, veh/s.
fn flow_of(forecast: &Forecast, lanes: LaneBits) -> f64 {
    let milli: i32 = (forecast.flow.iter().enumerate())
        .filter(|(lane, _)| lanes & (1 << lane) != 0)
        .map(|(_, flow)| *flow)
        .sum();
    f64::from(milli) / crate::prediction::MILLI
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if whole == 0 {
        0.0
    } else {
        number(part) / number(whole)
    }
}

fn round(ms: f64) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to a range that i32 holds"
    )]
    let rounded = ms.round().clamp(500.0, 120_000.0) as i32;
    rounded
}
