//! Who may move at the same time: movements that meet must yield, and nobody drives straight over walking
//! pedestrians.

use super::facts::Facts;
use super::key::{Finding, Findings, Key};
use crate::intersection::compile::{has_to_yield, path, served_by};
use crate::intersection::file::{CrosswalkEntry, MovementEntry};
use crate::intersection::geometry::{Meeting, meet};
use crate::intersection::{PhaseId, PhaseSet, Turn};

/// Checks every two movements, and every crosswalk.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    check_pairs(facts, findings);
    check_crosswalks(facts, findings);
}

/// No two movements may meet while neither yields. Said once for every two phases.
fn check_pairs(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.compatible.is_none() {
        return;
    }
    let movements = &facts.file.site.movements;
    let mut said = Vec::new();
    for (place, movement) in movements.iter().enumerate() {
        for other in movements.iter().take(place) {
            let Some((mine, theirs)) = meeting_phases(facts, movement, other) else {
                continue;
            };
            let pair: PhaseSet = [mine, theirs].into_iter().collect();
            if said.contains(&pair) {
                continue;
            }
            said.push(pair);
            let phases = match mine == theirs {
                true => format!("phase {mine}"),
                false => format!("phases {theirs} and {mine}, which may run together,"),
            };
            let found = format!(
                "{phases} for movements {} and {}, whose paths meet",
                other.id, movement.id
            );
            let allowed =
                "movements that meet in phases that never run together, or one of them permissive";
            let list = if movement.protected.contains(&mine) {
                "protected"
            } else {
                "permissive"
            };
            let hint = "check the phases here, site.rings and the conflict table";
            let key = Key::new("site.movements").at(place).sub(list);
            findings.add(facts.street_rule(key, found, allowed).hint(hint));
        }
    }
}

/// Phases in which the two movements may go at the same time with neither yielding.
fn meeting_phases(
    facts: &Facts<'_>,
    a: &MovementEntry,
    b: &MovementEntry,
) -> Option<(PhaseId, PhaseId)> {
    let exit = facts.file.site.exits.iter().find(|exit| exit.id == a.to)?;
    match meet(path(facts.file, a)?, path(facts.file, b)?) {
        Meeting::Apart => return None,
        // Two lanes leave side by side where the exit has them.
        Meeting::Join if usize::from(exit.lanes) > 1 => return None,
        Meeting::Join | Meeting::Cross => {}
    }
    let compatible = facts.compatible.as_ref()?;
    let yields = |one: &MovementEntry, to: &MovementEntry| match &one.yields_to {
        Some(listed) => listed.contains(&to.id),
        None => has_to_yield(facts.file, compatible, one, to),
    };
    let meets = |mine: PhaseId, theirs: PhaseId| {
        let i_yield = a.permissive.contains(&mine) && yields(a, b);
        let they_yield = b.permissive.contains(&theirs) && yields(b, a);
        facts.may_run_together(mine, theirs) && !i_yield && !they_yield
    };
    served_by(a)
        .iter()
        .flat_map(|mine| served_by(b).iter().map(move |theirs| (mine, theirs)))
        .find(|(mine, theirs)| meets(*mine, *theirs))
}

fn check_crosswalks(facts: &Facts<'_>, findings: &mut Findings) {
    let site = &facts.file.site;
    for (place, crosswalk) in site.crosswalks.iter().enumerate() {
        let key = Key::new("site.crosswalks").at(place);
        if let Some(reach) = crosswalk
            .button_to_far_curb_m
            .filter(|reach| *reach < crosswalk.length_m)
        {
            let allowed = format!("at least length_m, {}", crosswalk.length_m);
            findings.add(Finding::error(
                key.sub("button_to_far_curb_m"),
                format!("{reach}"),
                allowed,
            ));
        }
        check_driven_over(facts, crosswalk, &key, findings);
        let recalled = facts
            .file
            .tuning
            .phases
            .get(crosswalk.phase)
            .is_some_and(|row| row.ped_recall);
        let has_button = site
            .buttons
            .iter()
            .any(|button| button.crosswalk == crosswalk.id);
        if !recalled && !has_button && !findings.is_broken(&Key::new("site.buttons")) {
            let found = format!("{:?}, whose pedestrians cannot call", crosswalk.id);
            let allowed = "a crosswalk with a button in site.buttons, or a phase with ped_recall";
            let hint = format!(
                "add a button, or `ped_recall = true` to phase {} in [tuning.phases]",
                crosswalk.phase
            );
            findings.add(Finding::error(key.sub("id"), found, allowed).hint(hint));
        }
    }
}

/// Traffic that drives straight over a crosswalk must never meet walking pedestrians; traffic that
/// turns into the road it crosses yields to them.
fn check_driven_over(
    facts: &Facts<'_>,
    crosswalk: &CrosswalkEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let drives_over = |movement: &&MovementEntry| {
        let straight = crosswalk.across == movement.from
            || crosswalk.across == movement.to && movement.turn == Turn::Through;
        let mut phases = served_by(movement).iter();
        straight && phases.any(|phase| facts.may_run_together(phase, crosswalk.phase))
    };
    let movements = facts.file.site.movements.iter();
    let over: Vec<&str> = movements
        .filter(drives_over)
        .map(|movement| movement.id.as_str())
        .collect();
    if !over.is_empty() {
        let found = format!(
            "phase {}, with which {} may drive straight over it",
            crosswalk.phase,
            over.join(", ")
        );
        let allowed = "a phase that never runs together with the traffic it stops";
        let hint = "along a road people walk with its through phase, across the road beside it";
        findings.add(Finding::error(key.sub("phase"), found, allowed).hint(hint));
    }
}
