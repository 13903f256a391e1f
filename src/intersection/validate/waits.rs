//! The maximum wait is a promise, so it must be possible to keep: no shorter than the time the safety
//! gate may need to get round to a phase, however many others wait and whatever the advice.

use super::facts::{Facts, in_words};
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
    for id in facts.phases.iter() {
        check_phase(facts, &times, id, &phase[id], findings);
    }
    check_free_waits(facts, &phase, findings);
    check_coordinated_waits(facts, &phase, findings);
}

fn check_phase(
    facts: &Facts<'_>,
    times: &ServiceTimes,
    id: PhaseId,
    phase: &Phase,
    findings: &mut Findings,
) {
    let safety = &facts.file.safety;
    let vehicles = safety.phases.get(id).map(|row| {
        (
            "safety.phases",
            row.max_wait_s,
            "safety.max_wait_s",
            phase.safety.max_wait,
            times.vehicle_wait_bound(id),
        )
    });
    let pedestrians =
        safety
            .pedestrians
            .get(id)
            .zip(phase.safety.pedestrian)
            .map(|(row, timing)| {
                (
                    "safety.pedestrians",
                    row.max_wait_s,
                    "safety.max_ped_wait_s",
                    timing.max_wait,
                    times.pedestrian_wait_bound(id),
                )
            });
    for (table, own, common, max_wait, bound) in vehicles.into_iter().chain(pedestrians) {
        if max_wait >= bound {
            continue;
        }
        let key = match own {
            Some(_) => Key::new(table).phase(id).sub("max_wait_s"),
            None => Key::new(common),
        };
        let found = format!("{} for phase {id}", max_wait.secs());
        let allowed = format!(
            "at least {:.1} s: with everybody waiting, what is on and all other phases come first, pedestrians included",
            bound.secs()
        );
        let hint =
            "shorter minimum greens and walks, or fewer phases, allow a shorter maximum wait";
        findings.add(Finding::error(key, found, allowed).hint(hint));
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
            "maximum greens that make a cycle of {:.1} s: phase {} may wait longer than its max_wait_s",
            cycle.secs(),
            in_words(late)
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
                "{}: phase {} may wait longer than its max_wait_s",
                cycle.secs(),
                in_words(late)
            );
            let allowed =
                "a cycle that keeps the maximum wait by itself; else the gate cuts greens short";
            findings.add(Finding::warning(key, found, allowed));
        }
    }
}
