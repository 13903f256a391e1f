//! The yellow trap: a driver who turns left permissively sees yellow, believes that opposing traffic
//! sees it too, and turns in front of it while it still has green.
//!
//! It can happen where the permissive phase may end while the opposing phase goes on, because some other
//! phase may run with the opposing one and not with the permissive one. A flashing yellow arrow that
//! follows the *opposing* phase avoids it: then the movement is permissive in the opposing phase.

use super::facts::Facts;
use super::key::{Finding, Findings, Key};
use crate::intersection::compile::{has_to_yield, served_by};
use crate::intersection::file::MovementEntry;
use crate::intersection::{PhaseId, PhaseSet};

/// Warns of every movement that may be trapped.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let movements = &facts.file.site.movements;
    if findings.has_error(&Key::new("site.movements")) {
        return; // who meets whom is not certain yet
    }
    for (place, movement) in movements.iter().enumerate() {
        let Some(trap) = movements
            .iter()
            .find_map(|other| trap(facts, movement, other))
        else {
            continue;
        };
        let key = Key::new("site.movements").at(place).sub("permissive");
        let found = format!(
            "phase {}, which may end while opposing phase {} stays green (for phase {}): a yellow trap",
            trap.ends, trap.stays, trap.begins
        );
        let allowed = "a permissive green that ends only with the opposing green";
        let hint = format!(
            "with a flashing yellow arrow write `permissive = [{}]`, the opposing phase",
            trap.stays
        );
        findings.add(Finding::warning(key, found, allowed).hint(hint));
    }
}

struct Trap {
    ends: PhaseId,
    stays: PhaseId,
    begins: PhaseId,
}

fn trap(facts: &Facts<'_>, movement: &MovementEntry, opposing: &MovementEntry) -> Option<Trap> {
    let compatible = facts.compatible.as_ref()?;
    if !has_to_yield(facts.file, compatible, movement, opposing) {
        return None;
    }
    let permissive: PhaseSet = movement.permissive.iter().copied().collect();
    permissive.iter().find_map(|ends| {
        let beside = served_by(opposing).intersection(compatible[ends]);
        beside.difference(permissive).iter().find_map(|stays| {
            let next = compatible[stays].difference(compatible[ends]);
            let begins = next.first()?;
            Some(Trap {
                ends,
                stays,
                begins,
            })
        })
    })
}
