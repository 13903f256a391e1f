//! How vehicles really left in a run: headways, start-up, use of yellow, turns on red.
//!
//! In: the visits of a run and the greens it showed. Out: the rates of the model, quick or usual. Not here: the
//! model's own figures.

use super::build::ticks;
use super::model::{Bits, HEADWAY_MAX, Model, Rates, Ticks};
use crate::intersection::Id;
use crate::simulation::world::Visit;
use crate::units::Timestamp;

/// A lane with so many headways and starts has its own; others get those of all lanes together.
const OWN_MIN: usize = 30;
/// Without any queue in the run: HCM, 1,900 veh/h.
const HEADWAY: Ticks = 19;
/// Headways are kept within 3,000 and 900 veh/h.
const HEADWAY_MIN: Ticks = 12;
/// Longest yellow that anybody is taken to use.
const YELLOW_MAX: Ticks = 40;

/// Which drivers a model has; in either model all of a lane are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drivers {
    /// Headways and start-up of the quickest quarter, and as much yellow as was used: what a bound needs.
    Quick,
    /// Median headways and start-up, and half a second of yellow: what a plan needs that has to work with drivers who
    /// differ. With the yellow that half of them use, an optimal plan ends every green too early for half of
    /// its last vehicles.
    Usual,
}

/// Yellow that usual drivers are counted on to use.
const CAUTIOUS_YELLOW: Ticks = 5;

/// What one lane's queues did.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// From green to the first vehicle of each queue.
    start_up: Vec<Ticks>,
    /// Between vehicles of a queue.
    headways: Vec<Ticks>,
    /// After the end of green: those who crossed …
    went: Vec<Ticks>,
    /// … and when the next one could have.
    stayed: Vec<Ticks>,
    /// Delay of those who crossed on red.
    lost_on_red: Vec<Ticks>,
}

/// Sets headways, start-up times and the other rates of `model` to what `visits` show: by lane, in the order of
/// the model's vehicles. `shown` as in [`super::evaluate::delay`].
pub(super) fn measure(
    model: &mut Model,
    visits: &[Vec<&Visit>],
    shown: &[(Ticks, Bits)],
    drivers: Drivers,
) {
    let lanes: Vec<Seen> = (visits.iter())
        .map(|visits| watch(model, visits, shown))
        .collect();
    let mut all = Seen::default();
    for lane in &lanes {
        all.start_up.extend(&lane.start_up);
        all.headways.extend(&lane.headways);
        all.went.extend(&lane.went);
        all.stayed.extend(&lane.stayed);
        all.lost_on_red.extend(&lane.lost_on_red);
    }
    let rank = match drivers {
        Drivers::Quick => 4,
        Drivers::Usual => 2,
    };
    for (facts, seen) in model.lanes.iter_mut().zip(&lanes) {
        let own = seen.headways.len().min(seen.start_up.len()) >= OWN_MIN;
        let seen = if own { seen } else { &all };
        facts.headway = lower(&seen.headways, rank)
            .unwrap_or(HEADWAY)
            .clamp(HEADWAY_MIN, HEADWAY_MAX);
        let start_up = lower(&seen.start_up, rank).unwrap_or(HEADWAY);
        facts.start_up = start_up.clamp(0, facts.headway);
    }
    let usual = Rates::default();
    let used = yellow_used(&all).unwrap_or(usual.yellow_used);
    model.rates = Rates {
        yellow_used: match drivers {
            Drivers::Quick => used,
            Drivers::Usual => used.min(CAUTIOUS_YELLOW),
        },
        stop_on_red: lower(&all.lost_on_red, 10)
            .unwrap_or(usual.stop_on_red)
            .max(0),
        ..usual
    };
}

/// A moment of the run in ticks.
pub(super) fn at(moment: Timestamp) -> Ticks {
    ticks(moment.since(Timestamp(0)))
}

/// The movement of a visit by its number in the model.
pub(super) fn movement(visit: &Visit) -> u16 {
    u16::try_from(visit.movement.index()).unwrap_or(u16::MAX)
}

/// The value below which one n-th of all lie.
fn lower(values: &[Ticks], n: usize) -> Option<Ticks> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.get(values.len() / n).copied()
}

fn watch(model: &Model, visits: &[&Visit], shown: &[(Ticks, Bits)]) -> Seen {
    let mut seen = Seen::default();
    let facts = |visit: &Visit| &model.movements[usize::from(movement(visit))];
    let phases = visits
        .iter()
        .fold(0, |bits, visit| bits | facts(visit).protected);
    let crossed = |visit: &Visit| visit.crossed.map_or(Ticks::MAX, at);
    let mut last_end = 0;
    for (since, until) in greens(phases, shown) {
        let first = visits.partition_point(|visit| crossed(visit) < since);
        let end = until.saturating_add(YELLOW_MAX);
        let after = visits.partition_point(|visit| crossed(visit) < end);
        let mut before = None;
        for visit in &visits[first..after] {
            let now = crossed(visit);
            if at(visit.due) >= since {
                break;
            }
            match before {
                None => seen.start_up.push(now - since),
                Some(before) => seen.headways.push(now - before),
            }
            before = Some(now);
        }
        let late = visits[first..after]
            .iter()
            .map(|visit| crossed(visit) - until);
        seen.went.extend(late.filter(|&late| late >= 0));
        if let Some(next) = visits.get(after) {
            let free = visits[first..after]
                .last()
                .map(|visit| crossed(visit) + HEADWAY);
            let could = at(next.due).max(free.unwrap_or(since)) - until;
            seen.stayed.push(could.max(0));
        }
        let on_red = visits[..first].iter().rev();
        let on_red = on_red.take_while(|visit| crossed(visit) >= last_end);
        let on_red = on_red.filter(|visit| facts(visit).turn_on_red);
        let lost = on_red.map(|visit| crossed(visit) - at(visit.due));
        seen.lost_on_red.extend(lost);
        last_end = end;
    }
    seen
}

/// Spans during which some of these phases were green.
fn greens(phases: Bits, shown: &[(Ticks, Bits)]) -> Vec<(Ticks, Ticks)> {
    let mut spans: Vec<(Ticks, Ticks)> = Vec::new();
    let mut since = None;
    for &(at, green) in shown {
        match since {
            None if green & phases != 0 => since = Some(at),
            Some(start) if green & phases == 0 => {
                spans.push((start, at));
                since = None;
            }
            None | Some(_) => {}
        }
    }
    spans
}

/// The threshold with which as many vehicles go after the end of green as went: the k-th smallest of all times
/// at which somebody went or could have gone, k being the number of those who went.
fn yellow_used(seen: &Seen) -> Option<Ticks> {
    let mut late: Vec<Ticks> = seen.went.iter().chain(&seen.stayed).copied().collect();
    late.sort_unstable();
    let last = seen.went.len().checked_sub(1)?;
    late.get(last).map(|&late| (late + 1).min(YELLOW_MAX))
}
