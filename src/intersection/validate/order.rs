//! Order of service: rings and barriers, the conflict table, and that both cover every phase.

use super::facts::{Facts, in_words, named};
use super::key::{Finding, Findings, Key};
use crate::intersection::file::{ByPhase, RingText};
use crate::intersection::service::{parse_ring, phases_of};
use crate::intersection::{PhaseId, PhaseSet, Ring};

/// Longest intergreen that makes sense: nothing takes longer to clear.
const INTERGREEN_MAX_S: f64 = 60.0;

/// All checks of the order of service.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    check_rings(
        facts,
        &facts.file.site.rings,
        &Key::new("site.rings"),
        findings,
    );
    for (place, pattern) in facts.file.tuning.patterns.iter().enumerate() {
        let rings = pattern.rings.as_ref();
        if let Some(rings) = rings.filter(|_| !findings.is_broken(&Key::new("site.rings"))) {
            let key = Key::new("tuning.patterns").at(place).sub("rings");
            check_rings(facts, rings, &key, findings);
        }
    }
    if let Some(table) = &facts.file.safety.intergreen_s {
        check_table(facts, table, findings);
    }
    check_phases_serve(facts, findings);
}

fn check_rings(facts: &Facts<'_>, texts: &[RingText], key: &Key, findings: &mut Findings) {
    let mut rings = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        match parse_ring(&text.0) {
            Ok(ring) => rings.push(ring),
            Err(found) => {
                let allowed =
                    "phases in order, bars for barriers: \"1 2 | 3 4\" or \"1+5 2+6 | 3\"";
                findings.add_broken(Finding::error(key.at(place), found, allowed));
            }
        }
    }
    if rings.len() < texts.len() || findings.is_broken(key) {
        return;
    }
    let groups = |ring: &Ring| ring.groups.len();
    let most = rings.iter().map(groups).max().unwrap_or(0);
    for (place, ring) in rings.iter().enumerate() {
        if groups(ring) < most {
            let found = barriers(groups(ring));
            let allowed = format!(
                "{}, as the other ring has: all rings cross each barrier together",
                barriers(most)
            );
            findings.add_broken(Finding::error(key.at(place), found, allowed));
        }
    }
    if facts.file.safety.intergreen_s.is_some() && rings.len() > 1 {
        let found = format!("{} rings, with a conflict table", rings.len());
        let allowed = "with [safety.intergreen_s], one ring of phase sets: [\"1+2 3 4+5\"]";
        findings.add_broken(Finding::error(key.clone(), found, allowed));
        return;
    }
    if !findings.is_broken(&Key::new("site.phases")) {
        check_ring_phases(facts, &rings, key, findings);
    }
    if !findings.is_broken(key) {
        check_sets(facts, &rings, key, findings);
    }
}

/// Barriers between so many groups, in words.
fn barriers(groups: usize) -> String {
    match groups {
        0 | 1 => "no barrier".to_owned(),
        2 => "1 barrier".to_owned(),
        _ => format!("{} barriers", groups - 1),
    }
}

fn check_ring_phases(facts: &Facts<'_>, rings: &[Ring], key: &Key, findings: &mut Findings) {
    let mut seen = PhaseSet::EMPTY;
    let by_table = facts.file.safety.intergreen_s.is_some();
    for (place, ring) in rings.iter().enumerate() {
        for phase in ring.groups.iter().flatten().flat_map(|entry| entry.iter()) {
            if !facts.phases.contains(phase) {
                let allowed = format!("phases of site.phases: {}", in_words(facts.phases));
                findings.add_broken(Finding::error(
                    key.at(place),
                    format!("phase {phase}"),
                    allowed,
                ));
            }
            if seen.contains(phase) && !by_table {
                let allowed = "each phase once, in one ring";
                findings.add_broken(Finding::error(
                    key.at(place),
                    format!("phase {phase} again"),
                    allowed,
                ));
            }
            seen.insert(phase);
        }
    }
    let missing = facts.phases.difference(seen);
    if !missing.is_empty() {
        let found = format!("no place for {}", named(missing));
        findings.add_broken(Finding::error(
            key.clone(),
            found,
            "every phase of site.phases",
        ));
    }
}

/// Whatever the order lets run together must be compatible. For `site.rings` without a conflict table
/// it is by definition.
fn check_sets(facts: &Facts<'_>, rings: &[Ring], key: &Key, findings: &mut Findings) {
    for (place, ring) in rings.iter().enumerate() {
        for (barrier, group) in ring.groups.iter().enumerate() {
            let beside = rings.iter().skip(place + 1);
            let beside = beside
                .filter_map(|other| other.groups.get(barrier))
                .fold(PhaseSet::EMPTY, |all, group| all.union(phases_of(group)));
            let together = |a: PhaseId, b: PhaseId| facts.may_run_together(a, b);
            for entry in group {
                let within = entry.iter().flat_map(|a| entry.iter().map(move |b| (a, b)));
                let across = entry
                    .iter()
                    .flat_map(|a| beside.iter().map(move |b| (a, b)));
                let pair = within
                    .chain(across)
                    .find(|(a, b)| a != b && known(facts, *a, *b) && !together(*a, *b));
                if let Some((a, b)) = pair {
                    let found = format!("phases {a} and {b} together");
                    let allowed = "phases that do not conflict";
                    findings.add_broken(Finding::error(key.at(place), found, allowed));
                    return;
                }
            }
        }
    }
}

fn known(facts: &Facts<'_>, a: PhaseId, b: PhaseId) -> bool {
    facts.phases.contains(a) && facts.phases.contains(b)
}

fn check_table(facts: &Facts<'_>, table: &ByPhase<ByPhase<f64>>, findings: &mut Findings) {
    let key = Key::new("safety.intergreen_s");
    for (from, row) in table.iter() {
        let row_key = key.phase(from);
        if !facts.phases.contains(from) {
            let allowed = format!("a phase of site.phases: {}", in_words(facts.phases));
            findings.add(Finding::error(
                row_key.clone(),
                format!("phase {from}"),
                allowed,
            ));
        }
        for (to, seconds) in row.iter() {
            let cell = row_key.phase(to);
            if !facts.phases.contains(to) {
                let allowed = format!("a phase of site.phases: {}", in_words(facts.phases));
                findings.add(Finding::error(cell, format!("phase {to}"), allowed));
            } else if from == to {
                let found = format!("phase {from} against itself");
                findings.add(Finding::error(cell, found, "two different phases"));
            } else if table.get(to).is_none_or(|back| back.get(from).is_none()) {
                let found = format!("{from} → {to} without {to} → {from}");
                let allowed = "both directions of every conflict";
                let hint = format!("add `{from} = …` to the row of phase {to}");
                findings.add(Finding::error(cell, found, allowed).hint(hint));
            } else {
                check_intergreen(facts, from, *seconds, cell, findings);
            }
        }
    }
}

/// The intergreen holds the ending phase's own clearance, or the buffer of its pedestrians.
fn check_intergreen(
    facts: &Facts<'_>,
    from: PhaseId,
    seconds: f64,
    cell: Key,
    findings: &mut Findings,
) {
    let safety = &facts.file.safety;
    let clearance = safety
        .phases
        .get(from)
        .map(|row| row.yellow_change_s + row.red_clearance_s);
    let buffer = safety.pedestrians.get(from).map(|row| row.buffer_s);
    let least = clearance.unwrap_or(0.0).max(buffer.unwrap_or(0.0));
    if seconds < least - 0.01 || seconds > INTERGREEN_MAX_S {
        let own = match clearance {
            Some(_) => "its yellow change and red clearance, and its pedestrian buffer",
            None => "the buffer of its pedestrians",
        };
        let allowed = format!(
            "{least:.1} to {INTERGREEN_MAX_S} s: not less than phase {from} takes for {own}"
        );
        findings.add(Finding::error(cell, format!("{seconds}"), allowed));
    }
}

fn check_phases_serve(facts: &Facts<'_>, findings: &mut Findings) {
    let lists = ["site.movements", "site.crosswalks"];
    if lists.iter().any(|list| findings.is_broken(&Key::new(list))) {
        return;
    }
    let used = facts.vehicle_phases.union(facts.pedestrian_phases);
    for phase in facts.phases.difference(used).iter() {
        let found = format!("phase {phase}, which serves nothing");
        let allowed = "a phase that some movement or crosswalk uses";
        findings.add_broken(Finding::error(
            Key::new("site.phases").phase(phase),
            found,
            allowed,
        ));
    }
    if facts.phases.is_empty() && !findings.is_broken(&Key::new("site.phases")) {
        findings.add(Finding::error(
            Key::new("site.phases"),
            "no phase",
            "at least one phase",
        ));
    }
}
