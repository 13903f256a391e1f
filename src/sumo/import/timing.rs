//! Times of a signal: from its program, where the program says them.
//!
//! In: a program taken apart, its phases. Out: [`Timing`]: yellow, red clearance, maximum green of every phase, and the
//! program as a pattern. Not here: which phases there are (`phases.rs`).

use crate::intersection::{
    Conflicts, PerPhase, Phase, PhaseId, PhaseSet, SafetyTiming, ServiceTimes, entry_lengths,
};
use crate::units::Millis;

use super::phases::{Phasing, Shows};
use super::program::Program;

/// Yellow where the program has none, and the least there may be, s (NTCIP 1202, MUTCD).
const YELLOW_MIN_S: f64 = 3.0;
/// Least red between two greens of the same phase, s: what a site file has that does not say.
pub(super) const RED_REVERT_S: f64 = 2.0;
/// Longest yellow or red clearance a controller keeps, s.
const CLEARANCE_MAX_S: f64 = 25.5;
/// Maximum green where the program gives none: this many times the green of the program.
const MAX_GREEN_OF_SPLIT: f64 = 1.5;
/// Longest maximum green a controller keeps, s.
const MAX_GREEN_MAX_S: f64 = 255.0;
/// Cycles that a pattern may have, s.
const CYCLE_S: (f64, f64) = (10.0, 900.0);

/// Times of a signal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timing {
    /// By phase; those that the signal lacks mean nothing.
    pub(super) phase: PerPhase<PhaseTiming>,
    /// Longest wait that is promised, s.
    pub(super) max_wait_s: f64,
    /// The order of the program, entries that serve the same joined.
    pub(super) ring: Vec<PhaseSet>,
    /// The program as a pattern; `None` where its cycle is out of range.
    pub(super) pattern: Option<Pattern>,
}

/// Times of one phase, s.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PhaseTiming {
    pub(super) min_green_s: f64,
    pub(super) yellow_s: f64,
    pub(super) red_s: f64,
    /// Least red between two greens of the same phase.
    pub(super) red_revert_s: f64,
    pub(super) max_green_s: f64,
    /// Share of the cycle.
    pub(super) split_s: f64,
}

/// The program of the net.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) cycle_s: f64,
    pub(super) offset_s: f64,
    pub(super) coordinated: PhaseSet,
}

/// An entry of the ring: what it serves, and how long with the transition after it, s.
#[derive(Clone, Copy, Debug)]
struct Entry {
    phases: PhaseSet,
    length_s: f64,
    max_s: Option<f64>,
}

/// What the user chose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wishes {
    pub(super) min_green_s: f64,
    pub(super) max_wait_s: f64,
    /// What the simulator shows changes only so often.
    pub(super) step: Millis,
}

/// Works out the times; what had to be changed goes to `notes`.
pub(super) fn timing(
    program: &Program,
    phasing: &Phasing,
    offset_s: f64,
    wishes: Wishes,
    notes: &mut Vec<String>,
) -> Timing {
    let mut phase = PerPhase::from_fn(|phase| {
        let yellow_s = yellow(program, phasing, phase).max(YELLOW_MIN_S);
        let step = wishes.step;
        PhaseTiming {
            min_green_s: in_steps(wishes.min_green_s, step),
            yellow_s: clearance_in_steps(yellow_s, step),
            red_s: clearance_in_steps(red(program, phasing, phase, yellow_s), step),
            red_revert_s: in_steps(RED_REVERT_S, step),
            ..PhaseTiming::default()
        }
    });
    note_steps(program, phasing, &phase, wishes, notes);
    let is_short = |id: &PhaseId| yellow(program, phasing, *id) < YELLOW_MIN_S - 0.001;
    let short: PhaseSet = phasing.phases.iter().filter(is_short).collect();
    if !short.is_empty() {
        notes.push(format!(
            "yellow of {short} is shorter than {YELLOW_MIN_S} s, the least there may be: made {YELLOW_MIN_S} s"
        ));
    }
    let mut entries = entries(program, phasing);
    let net_cycle_s = tenths(entries.iter().map(|entry| entry.length_s).sum());
    lengthen(&mut entries, phasing.phases, &phase, notes);
    for id in phasing.phases.iter() {
        let split_s = tenths(split(&entries, id));
        let clearance_s = phase[id].yellow_s + phase[id].red_s;
        let longest = entries.iter().filter(|entry| entry.phases.contains(id));
        let given = longest.filter_map(|entry| entry.max_s).fold(None, most);
        let max_green_s = given.unwrap_or(MAX_GREEN_OF_SPLIT * (split_s - clearance_s));
        phase[id].split_s = split_s;
        phase[id].max_green_s = tenths(max_green_s).clamp(phase[id].min_green_s, MAX_GREEN_MAX_S);
    }
    let ring: Vec<PhaseSet> = entries.iter().map(|entry| entry.phases).collect();
    let splits = PerPhase::from_fn(|id| Millis::from_secs(phase[id].split_s));
    let lengths: Vec<f64> = entry_lengths(&ring, &splits)
        .into_iter()
        .map(Millis::secs)
        .collect();
    let cycle_s = tenths(lengths.iter().sum());
    if (cycle_s - net_cycle_s).abs() > 0.05 {
        notes.push(format!(
            "its pattern has a cycle of {cycle_s} s, the net's own program {net_cycle_s} s"
        ));
    }
    let lead_s = offset_s + program.lead_s;
    let pattern = pattern(&ring, &lengths, &phase, cycle_s, lead_s);
    if pattern.is_none() {
        notes.push(format!(
            "a cycle of {cycle_s} s is no pattern (they take {} to {} s): fixed time gets a plan by formula",
            CYCLE_S.0, CYCLE_S.1
        ));
    }
    Timing {
        max_wait_s: max_wait(phasing, &phase, wishes, notes),
        phase,
        ring,
        pattern,
    }
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// A time that must not be shown shorter than it is, where what is shown changes once a step: an interval of a whole
/// number of steps is shown that long wherever in a step it begins, any other may be shown up to a step shorter.
fn in_steps(seconds: f64, step: Millis) -> f64 {
    Millis::from_secs(seconds).round_up_to(step).secs()
}

/// The same for yellow and red clearance, which a controller keeps for [`CLEARANCE_MAX_S`] at most.
fn clearance_in_steps(seconds: f64, step: Millis) -> f64 {
    let most = Millis::from_secs(CLEARANCE_MAX_S)
        .0
        .div_euclid(step.0.max(1))
        * step.0;
    in_steps(seconds, step).min(Millis(most).secs())
}

/// Says which phases have other times than the program because of the simulator's steps.
fn note_steps(
    program: &Program,
    phasing: &Phasing,
    phase: &PerPhase<PhaseTiming>,
    wishes: Wishes,
    notes: &mut Vec<String>,
) {
    let is_longer = |id: &PhaseId| {
        let yellow_s = yellow(program, phasing, *id).max(YELLOW_MIN_S);
        let red_s = red(program, phasing, *id, yellow_s);
        let row = &phase[*id];
        row.yellow_s > yellow_s || row.red_s > red_s || row.min_green_s > wishes.min_green_s
    };
    let longer: PhaseSet = phasing.phases.iter().filter(is_longer).collect();
    if !longer.is_empty() {
        notes.push(format!(
            "signals of the simulator change every {} s only: minimum green, yellow and red clearance of {longer} are \
             the next whole number of steps",
            wishes.step.secs()
        ));
    }
}

fn most(longest: Option<f64>, next: f64) -> Option<f64> {
    Some(longest.map_or(next, |longest| longest.max(next)))
}

/// Green states after which this phase ends.
fn ends(phasing: &Phasing, phase: PhaseId) -> impl Iterator<Item = usize> {
    let has = move |at: usize| phasing.entries.get(at).is_some_and(|it| it.contains(phase));
    let greens = phasing.entries.len();
    (0..greens).filter(move |at| has(*at) && !has((at + 1) % greens))
}

/// The longest yellow that the program shows for a phase, s.
fn yellow(program: &Program, phasing: &Phasing, phase: PhaseId) -> f64 {
    let of_phase = |shows: &Shows| match shows {
        Shows::ByPhases {
            protected,
            permissive,
            ..
        } => protected.union(*permissive).contains(phase),
        Shows::Always(_) => false,
    };
    let links = phasing
        .shows
        .iter()
        .enumerate()
        .filter(|(_, shows)| of_phase(shows));
    let links: Vec<usize> = links.map(|(link, _)| link).collect();
    let longest = ends(phasing, phase)
        .flat_map(|green| {
            links
                .iter()
                .map(move |link| program.yellow_after(green, *link))
        })
        .filter(|yellow| *yellow > 0.0)
        .fold(None, most);
    tenths(longest.unwrap_or(YELLOW_MIN_S)).min(CLEARANCE_MAX_S)
}

/// What a transition leaves after the yellow of a phase, at its shortest.
fn red(program: &Program, phasing: &Phasing, phase: PhaseId, yellow_s: f64) -> f64 {
    let left = |green: usize| {
        program
            .greens
            .get(green)
            .map(|it| it.transition_s - yellow_s)
    };
    let shortest = ends(phasing, phase)
        .filter_map(left)
        .fold(None, |shortest: Option<f64>, next| {
            Some(shortest.map_or(next, |shortest| shortest.min(next)))
        });
    tenths(shortest.unwrap_or(0.0)).clamp(0.0, CLEARANCE_MAX_S)
}

/// The program's greens in order; those that serve the same phases one after another are one.
fn entries(program: &Program, phasing: &Phasing) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (green, phases) in program.greens.iter().zip(&phasing.entries) {
        let length_s = green.green_s + green.transition_s;
        match entries.last_mut() {
            Some(last) if last.phases == *phases => {
                last.length_s += length_s;
                last.max_s = last.max_s.zip(green.max_s).map(|(a, b)| a + b);
            }
            Some(_) | None if phases.is_empty() => {}
            Some(_) | None => entries.push(Entry {
                phases: *phases,
                length_s,
                max_s: green.max_s,
            }),
        }
    }
    entries
}

/// Every service must hold the minimum green and its own clearance.
fn lengthen(
    entries: &mut [Entry],
    phases: PhaseSet,
    phase: &PerPhase<PhaseTiming>,
    notes: &mut Vec<String>,
) {
    for id in phases.iter() {
        let least = phase[id].min_green_s + phase[id].yellow_s + phase[id].red_s;
        for run in runs(entries, id) {
            let length: f64 = run
                .clone()
                .filter_map(|at| entries.get(at))
                .map(|it| it.length_s)
                .sum();
            if length < least - 0.001 {
                if let Some(last) = entries.get_mut(run.end.saturating_sub(1)) {
                    last.length_s += least - length;
                }
                notes.push(format!(
                    "phase {id}: {} s of the program made {} s, for the minimum green",
                    tenths(length),
                    tenths(least)
                ));
            }
        }
    }
}

/// Stretches of entries through which a phase stays green.
fn runs(entries: &[Entry], phase: PhaseId) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.phases.contains(phase))
    {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            Some(_) | None => runs.push(at..at + 1),
        }
    }
    runs
}

/// A phase served several times a cycle has one split for all: the shortest.
fn split(entries: &[Entry], phase: PhaseId) -> f64 {
    let lengths = runs(entries, phase).into_iter().map(|run| {
        let entries = run.filter_map(|at| entries.get(at));
        entries.map(|entry| entry.length_s).sum::<f64>()
    });
    lengths
        .fold(None, |least: Option<f64>, next| {
            Some(least.map_or(next, |least| least.min(next)))
        })
        .unwrap_or(0.0)
}

/// The longest entry anchors the cycle: it yields so long after the program's reference.
fn pattern(
    ring: &[PhaseSet],
    lengths: &[f64],
    phase: &PerPhase<PhaseTiming>,
    cycle_s: f64,
    lead_s: f64,
) -> Option<Pattern> {
    if cycle_s < CYCLE_S.0 || cycle_s > CYCLE_S.1 {
        return None;
    }
    let longest = lengths
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?
        .0;
    let coordinated = *ring.get(longest)?;
    // Control takes the first entry with most of the coordinated phases for the anchor.
    let anchor = ring
        .iter()
        .position(|entry| coordinated.is_subset_of(*entry))?;
    let next = ring.get(anchor + 1).copied().unwrap_or_default();
    let ending = ring.get(anchor)?.difference(next);
    let clearance = ending
        .iter()
        .map(|id| phase[id].yellow_s + phase[id].red_s)
        .fold(0.0, f64::max);
    let ends: f64 = lengths.iter().take(anchor + 1).sum();
    // Rounding must not make a whole cycle of it.
    let offset_s = tenths((lead_s + ends - clearance).rem_euclid(cycle_s)).rem_euclid(cycle_s);
    Some(Pattern {
        cycle_s,
        offset_s: tenths(offset_s),
        coordinated,
    })
}

/// The wait that was wished for, or what the safety gate can promise with so many phases.
fn max_wait(
    phasing: &Phasing,
    phase: &PerPhase<PhaseTiming>,
    wishes: Wishes,
    notes: &mut Vec<String>,
) -> f64 {
    let secs = Millis::from_secs;
    let timed = PerPhase::from_fn(|id| Phase {
        safety: SafetyTiming {
            min_green: secs(phase[id].min_green_s),
            yellow_change: secs(phase[id].yellow_s),
            red_clearance: secs(phase[id].red_s),
            red_revert: secs(phase[id].red_revert_s),
            ..SafetyTiming::default()
        },
        ..Phase::default()
    });
    let conflicts = Conflicts {
        between: PerPhase::from_fn(|a| {
            PerPhase::from_fn(|b| match phasing.compatible[a].contains(b) {
                true => Millis::ZERO,
                false => timed[a].safety.yellow_change + timed[a].safety.red_clearance,
            })
        }),
        compatible: phasing.compatible,
    };
    let times = ServiceTimes::new(phasing.phases, &timed, &conflicts);
    let bounds = phasing
        .phases
        .iter()
        .map(|id| times.vehicle_wait_bound(id).secs());
    let bound = bounds.fold(0.0, f64::max).ceil();
    if bound > wishes.max_wait_s {
        notes.push(format!(
            "a maximum wait of {} s cannot be promised with so many phases: made {bound} s",
            wishes.max_wait_s
        ));
    }
    wishes.max_wait_s.max(bound)
}
