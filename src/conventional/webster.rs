//! A fixed-time plan from flow ratios: Webster's cycle, greens in proportion to the critical flows.
//!
//! In: the site's rings and timing, and for each phase its flow ratio (demand ÷ saturation flow of its
//! critical lane). Out: [`Coordination`], every split long enough for its minimum green and its
//! pedestrians. Source: F. V. Webster, "Traffic Signal Settings", Road Research Technical Paper 39
//! (1958): C₀ = (1.5 L + 5) / (1 − Y). Lost time of a phase is its yellow change and red clearance: 2 s of
//! start-up are lost and 2 s of yellow are used (HCM defaults). Not here: offsets, and where the flows
//! come from; with no counts at hand [`assumed_ratios`] reads them from the maximum greens.

use crate::conventional::program::clearance;
use crate::conventional::program::least_service;
use crate::intersection::Coordination;
use crate::intersection::Intersection;
use crate::intersection::PerPhase;
use crate::intersection::PhaseSet;
use crate::intersection::Ring;
use crate::units::Millis;

/// Longest cycle proposed, unless minimum greens and pedestrians need more; beyond it longer cycles
/// add delay and hardly any capacity.
const CYCLE_MAX_S: i64 = 120;
/// Shortest cycle proposed; the least that NTCIP allows.
const CYCLE_MIN_S: i64 = 30;
/// Sum of critical flow ratios assumed without counts: busy, not saturated.
const ASSUMED_RATIO: f64 = 0.7;
/// Webster's formula has no answer at 1 and beyond; from here on the longest cycle is taken.
const RATIO_MAX: f64 = 0.95;

/// What one entry of a ring needs, in whole seconds and flow ratio.
#[derive(Clone, Copy, Debug, Default)]
struct Need {
    phases: PhaseSet,
    lost_s: i64,
    least_s: i64,
    ratio: f64,
}

/// A fixed-time plan for these flow ratios. `ratios[phase]` is demand ÷ saturation flow of the phase's
/// critical lane, 0 to 1. The coordinated phases are the busiest of the busiest group; the offset is 0.
#[must_use]
pub fn plan(site: &Intersection, rings: &[Ring], ratios: &PerPhase<f64>) -> Coordination {
    let needs = needs_of(site, rings, ratios);
    let groups = needs.iter().map(Vec::len).max().unwrap_or(0);
    let critical: Vec<Need> = (0..groups)
        .map(|group| critical_of(&needs, group))
        .collect();
    let cycle_s = cycle_s(&critical);
    let lengths = share(cycle_s, &critical);
    let busiest = busiest_of(&critical);
    let mut coordinated = PhaseSet::EMPTY;
    let mut splits: PerPhase<Millis> = PerPhase::default();
    for ring in &needs {
        let mut in_order: Vec<(PhaseSet, i64)> = Vec::new();
        for (group, (entries, &length)) in ring.iter().zip(&lengths).enumerate() {
            if Some(group) == busiest {
                let main = busiest_of(entries).and_then(|i| entries.get(i));
                coordinated = coordinated.union(main.map_or(PhaseSet::EMPTY, |need| need.phases));
            }
            let shares = share(length, entries);
            in_order.extend(entries.iter().map(|need| need.phases).zip(shares));
        }
        add_runs(&in_order, &mut splits);
    }
    Coordination {
        cycle: Millis(cycle_s * 1000),
        splits,
        offset: Millis::ZERO,
        coordinated,
    }
}

/// Flow ratios read from the maximum greens: an engineer who gives a phase twice the maximum expects
/// twice the traffic. Scaled so that the critical ones add up to 0.7.
#[must_use]
pub fn assumed_ratios(site: &Intersection, rings: &[Ring]) -> PerPhase<f64> {
    let max_green = PerPhase::from_fn(|phase| site.phase[phase].actuated.max_green.secs());
    let needs = needs_of(site, rings, &max_green);
    let groups = needs.iter().map(Vec::len).max().unwrap_or(0);
    let sum: f64 = (0..groups)
        .map(|group| critical_of(&needs, group).ratio)
        .sum();
    let scale = if sum > 0.0 { ASSUMED_RATIO / sum } else { 0.0 };
    PerPhase::from_fn(|phase| max_green[phase] * scale)
}

/// `needs[ring][group][entry]`.
fn needs_of(site: &Intersection, rings: &[Ring], ratios: &PerPhase<f64>) -> Vec<Vec<Vec<Need>>> {
    let need = |sets: &[PhaseSet], i: usize| {
        let phases = sets.get(i).copied().unwrap_or(PhaseSet::EMPTY);
        let next = sets.get(i + 1).copied().unwrap_or(PhaseSet::EMPTY);
        let previous = i
            .checked_sub(1)
            .and_then(|before| sets.get(before))
            .copied();
        // Phases that are green in the neighboring entries too have more than this one.
        let own = phases
            .difference(next)
            .difference(previous.unwrap_or_default());
        let deciding = if own.is_empty() { phases } else { own };
        let whole = |time: Millis| (time.0 + 999).div_euclid(1000);
        let lost = clearance(site, phases.difference(next));
        Need {
            phases,
            lost_s: whole(lost),
            least_s: whole(lost + least_service(site, deciding, deciding)),
            ratio: deciding
                .iter()
                .map(|phase| ratios[phase].max(0.0))
                .fold(0.0, f64::max),
        }
    };
    let group = |sets: &Vec<PhaseSet>| (0..sets.len()).map(|i| need(sets, i)).collect();
    rings
        .iter()
        .map(|ring| ring.groups.iter().map(group).collect())
        .collect()
}

/// What a group needs: of all rings the most lost time, the most minimum, the largest ratio.
fn critical_of(needs: &[Vec<Vec<Need>>], group: usize) -> Need {
    let mut critical = Need::default();
    for entries in needs.iter().filter_map(|ring| ring.get(group)) {
        critical.lost_s = critical
            .lost_s
            .max(entries.iter().map(|need| need.lost_s).sum());
        critical.least_s = critical
            .least_s
            .max(entries.iter().map(|need| need.least_s).sum());
        critical.ratio = critical
            .ratio
            .max(entries.iter().map(|need| need.ratio).sum());
    }
    critical
}

fn cycle_s(critical: &[Need]) -> i64 {
    let lost: i64 = critical.iter().map(|need| need.lost_s).sum();
    let least: i64 = critical.iter().map(|need| need.least_s).sum();
    let ratio: f64 = critical.iter().map(|need| need.ratio).sum();
    let webster = if ratio < RATIO_MAX {
        let seconds = (1.5 * Millis(lost * 1000).secs() + 5.0) / (1.0 - ratio);
        Millis::from_secs(seconds).0.div_euclid(1000) + 1
    } else {
        CYCLE_MAX_S
    };
    webster.clamp(CYCLE_MIN_S, CYCLE_MAX_S).max(least)
}

/// Index of the largest ratio; the first of equals.
fn busiest_of(needs: &[Need]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (i, need) in needs.iter().enumerate() {
        if best.is_none_or(|(_, ratio)| need.ratio > ratio) {
            best = Some((i, need.ratio));
        }
    }
    best.map(|(i, _)| i)
}

/// Divides `total_s` among the needs: each gets its lost time and green in proportion to its ratio, but
/// never less than its least. Whole seconds that remain go to the busiest. When even the minima do
/// not fit, the sum is larger than the total.
fn share(total_s: i64, needs: &[Need]) -> Vec<i64> {
    let mut at_least = vec![false; needs.len()];
    loop {
        let fixed: i64 = needs
            .iter()
            .zip(&at_least)
            .map(|(need, &least)| if least { need.least_s } else { need.lost_s })
            .sum();
        let free = needs.iter().zip(&at_least).filter(|&(_, &least)| !least);
        let ratio: f64 = free.map(|(need, _)| need.ratio).sum();
        let spare = Millis((total_s - fixed).max(0) * 1000).secs();
        let length = |need: &Need, least: bool| {
            if least || ratio <= 0.0 {
                return need.least_s;
            }
            let green = Millis::from_secs(spare * need.ratio / ratio);
            need.lost_s + green.0.div_euclid(1000)
        };
        let mut lengths: Vec<i64> = needs
            .iter()
            .zip(&at_least)
            .map(|(need, &least)| length(need, least))
            .collect();
        let short: Vec<bool> = lengths
            .iter()
            .zip(needs)
            .map(|(&l, need)| l < need.least_s)
            .collect();
        if !short.contains(&true) {
            let rest = total_s - lengths.iter().sum::<i64>();
            if let Some(busiest) = busiest_of(needs).and_then(|i| lengths.get_mut(i)) {
                *busiest += rest.max(0);
            }
            return lengths;
        }
        for (least, short) in at_least.iter_mut().zip(short) {
            *least |= short;
        }
    }
}

/// Adds up the entries in which a phase is green without a break; the longest run is its split.
fn add_runs(in_order: &[(PhaseSet, i64)], splits: &mut PerPhase<Millis>) {
    let mut run: PerPhase<Millis> = PerPhase::default();
    for &(phases, length_s) in in_order {
        run = PerPhase::from_fn(|phase| {
            if phases.contains(phase) {
                run[phase] + Millis(length_s * 1000)
            } else {
                Millis::ZERO
            }
        });
        for phase in phases.iter() {
            splits[phase] = splits[phase].max(run[phase]);
        }
    }
}
