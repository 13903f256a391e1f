//! The maximum wait is a promise, so it must be possible to keep: no shorter than the time the safety
//! gate may need to get round to a phase, however many others wait and whatever the advice.

use super::facts::{Facts, named};
use super::key::{Finding, Findings, Key};
use crate::intersection::compile;
use crate::intersection::{Conflicts, PerPhase, Phase, PhaseId, PhaseSet, ServiceTimes};
use crate::units::Millis;

/// Checks every maximum wait against what the gate can promise.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let needed = [
        "site.phases",
        "site.rings",
        "safety.phases",
        "safety.pedestrians",
        "site.movements",
    ];
    let Some(compatible) = facts.compatible else {
        return;
    };
    if needed.iter().any(|key| findings.is_broken(&Key::new(key))) {
        return;
    }
    let file = facts.file;
    let phase = PerPhase::from_fn(|phase| compile::compile_phase(file, phase));
    let conflicts = Conflicts {
        between: compile::between(file, facts.phases, &compatible, &phase),
        compatible,
    };
    let times = ServiceTimes::new(facts.phases, &phase, &conflicts);
    check_bounds(facts, &times, &phase, findings);
    if !findings.has_error(&Key::new("safety.max_wait_s")) {
        check_free_waits(facts, &phase, findings);
        check_coordinated_waits(facts, &phase, findings);
    }
}

/// A maximum wait that some phases share is complained about once, with the longest bound.
fn check_bounds(
    facts: &Facts<'_>,
    times: &ServiceTimes,
    phase: &PerPhase<Phase>,
    findings: &mut Findings,
) {
    let safety = &facts.file.safety;
    let vehicles = safety.phases.iter().map(|(id, row)| Promise {
        phase: id,
        key: own_or_common("safety.phases", id, row.max_wait_s, "safety.max_wait_s"),
        max_wait: phase[id].safety.max_wait,
        bound: times.vehicle_wait_bound(id),
    });
    let pedestrians = safety.pedestrians.iter().map(|(id, row)| Promise {
        phase: id,
        key: own_or_common(
            "safety.pedestrians",
            id,
            row.max_wait_s,
            "safety.max_ped_wait_s",
        ),
        max_wait: (phase[id].safety.pedestrian).map_or(Millis::ZERO, |timing| timing.max_wait),
        bound: times.pedestrian_wait_bound(id),
    });
    let promises = vehicles.chain(pedestrians);
    let broken: Vec<Promise> = promises.filter(|it| it.max_wait < it.bound).collect();
    for (place, promise) in broken.iter().enumerate() {
        if broken
            .iter()
            .take(place)
            .any(|before| before.key == promise.key)
        {
            continue;
        }
        let same = || broken.iter().filter(|other| other.key == promise.key);
        let phases: PhaseSet = same().map(|other| other.phase).collect();
        let bound = longest(same().map(|other| other.bound));
        let found = format!("{}", promise.max_wait.secs());
        let allowed = format!(
            "at least {:.1} s for {}: with everybody waiting, what is on and all others come first, pedestrians included",
            bound.secs(),
            named(phases)
        );
        let hint =
            "shorter minimum greens and walks, or fewer phases, allow a shorter maximum wait";
        findings.add(Finding::error(promise.key.clone(), found, allowed).hint(hint));
    }
}

/// A maximum wait, where it stands in the file, and what the gate can promise.
struct Promise {
    phase: PhaseId,
    key: Key,
    max_wait: Millis,
    bound: Millis,
}

fn own_or_common(table: &str, phase: PhaseId, own: Option<f64>, common: &str) -> Key {
    match own {
        Some(_) => Key::new(table).phase(phase).sub("max_wait_s"),
        None => Key::new(common),
    }
}

/// Free actuated control with every phase at its maximum green.
fn check_free_waits(facts: &Facts<'_>, phase: &PerPhase<Phase>, findings: &mut Findings) {
    let Some(rings) = &facts.rings else {
        return;
    };
    let full = |entry: &PhaseSet| longest(entry.iter().map(|id| full_service(&phase[id])));
    let group_time = |barrier: usize| {
        longest(rings.iter().map(|ring| {
            let entries = ring.groups.get(barrier).into_iter().flatten();
            entries.map(full).fold(Millis::ZERO, |sum, time| sum + time)
        }))
    };
    let groups = rings
        .iter()
        .map(|ring| ring.groups.len())
        .max()
        .unwrap_or(0);
    let cycle = (0..groups)
        .map(group_time)
        .fold(Millis::ZERO, |sum, time| sum + time);
    let waits = |id: &PhaseId| cycle - phase[*id].actuated.max_green > phase[*id].safety.max_wait;
    let late: PhaseSet = facts.phases.iter().filter(waits).collect();
    if !late.is_empty() && !findings.is_broken(&Key::new("tuning.phases")) {
        let found = format!(
            "maximum greens that make a cycle of {:.1} s: {} may wait longer than max_wait_s",
            cycle.secs(),
            named(late)
        );
        let allowed = "maximum greens that keep the maximum wait by themselves; else the gate cuts greens short";
        findings.add(Finding::warning(Key::new("tuning.phases"), found, allowed));
    }
}

fn full_service(phase: &Phase) -> Millis {
    phase.actuated.max_green + phase.safety.yellow_change + phase.safety.red_clearance
}

fn longest(times: impl Iterator<Item = Millis>) -> Millis {
    times.max().unwrap_or(Millis::ZERO)
}

/// A common cycle makes everybody wait for up to the cycle less their own green.
fn check_coordinated_waits(facts: &Facts<'_>, phase: &PerPhase<Phase>, findings: &mut Findings) {
    for (place, pattern) in facts.file.tuning.patterns.iter().enumerate() {
        let Some(cycle) = pattern.cycle_s.map(Millis::from_secs) else {
            continue;
        };
        let waits = |(id, split): (PhaseId, &f64)| {
            let safety = &phase[id].safety;
            let green = Millis::from_secs(*split) - safety.yellow_change - safety.red_clearance;
            (cycle - green > safety.max_wait).then_some(id)
        };
        let late: PhaseSet = pattern.splits_s.iter().filter_map(waits).collect();
        if !late.is_empty() {
            let key = Key::new("tuning.patterns").at(place).sub("cycle_s");
            let found = format!(
                "{}: {} may wait longer than max_wait_s",
                cycle.secs(),
                named(late)
            );
            let allowed =
                "a cycle that keeps the maximum wait by itself; else the gate cuts greens short";
            findings.add(Finding::warning(key, found, allowed));
        }
    }
}
