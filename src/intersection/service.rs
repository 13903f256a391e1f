//! Order of service and compatibility: what rings and barriers, or a conflict table, mean.
//!
//! In: ring texts like `1 2 | 3 4`, intergreen times. Out: [`Ring`]s, which phases may run together,
//! every maximal phase set, and how long each entry of a ring lasts. Not here: whether that is safe (`validate/`).

use super::{PerPhase, PhaseId, PhaseSet, Ring};
use crate::units::Millis;

/// Reads `1 2 | 3 4` or `1+5 2+6 3`.
///
/// # Errors
/// Says which word is not a phase set.
pub(super) fn parse_ring(text: &str) -> Result<Ring, String> {
    let groups = text
        .split('|')
        .map(|group| group.split_whitespace().map(parse_set).collect())
        .collect::<Result<_, _>>()?;
    Ok(Ring { groups })
}

fn parse_set(word: &str) -> Result<PhaseSet, String> {
    word.split('+')
        .map(|number| {
            super::file::phase_of_key(number)
                .ok_or_else(|| format!("`{word}` is not a phase or phases joined by `+`"))
        })
        .collect()
}

/// Which phases rings and barriers allow together: those of one entry, and those that stand in
/// different rings between the same barriers. Each phase is compatible with itself.
#[must_use]
pub(super) fn compatible_by_rings(rings: &[Ring]) -> PerPhase<PhaseSet> {
    let mut compatible = PerPhase::<PhaseSet>::default();
    for (i, ring) in rings.iter().enumerate() {
        for (barrier, group) in ring.groups.iter().enumerate() {
            let beside = rings
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != i)
                .filter_map(|(_, other)| other.groups.get(barrier))
                .map(|group| phases_of(group))
                .fold(PhaseSet::EMPTY, PhaseSet::union);
            for entry in group {
                for phase in entry.iter() {
                    compatible[phase] = compatible[phase].union(*entry).union(beside);
                }
            }
        }
    }
    compatible
}

/// All phases of some ring entries.
#[must_use]
pub(super) fn phases_of(entries: &[PhaseSet]) -> PhaseSet {
    entries
        .iter()
        .fold(PhaseSet::EMPTY, |all, entry| all.union(*entry))
}

/// Every set of compatible phases that cannot be enlarged, ascending (Bron and Kerbosch 1973).
#[must_use]
pub(super) fn maximal_phase_sets(
    phases: PhaseSet,
    compatible: &PerPhase<PhaseSet>,
) -> Vec<PhaseSet> {
    let mut found = Vec::new();
    extend(
        PhaseSet::EMPTY,
        phases,
        PhaseSet::EMPTY,
        compatible,
        &mut found,
    );
    found.sort_unstable();
    found
}

/// Adds every maximal set that contains `chosen`, more phases of `open` and none of `done`.
fn extend(
    chosen: PhaseSet,
    mut open: PhaseSet,
    mut done: PhaseSet,
    compatible: &PerPhase<PhaseSet>,
    found: &mut Vec<PhaseSet>,
) {
    if open.is_empty() && done.is_empty() && !chosen.is_empty() {
        found.push(chosen);
    }
    while let Some(phase) = open.first() {
        let friends = compatible[phase].without(phase);
        extend(
            chosen.with(phase),
            open.intersection(friends),
            done.intersection(friends),
            compatible,
            found,
        );
        open.remove(phase);
        done.insert(phase);
    }
}

/// Length of every entry of a ring, its clearance included, from the splits of its phases: an entry
/// lasts as long as the phases that end with it need, less what they had in the entries before.
#[must_use]
pub fn entry_lengths(entries: &[PhaseSet], splits: &PerPhase<Millis>) -> Vec<Millis> {
    let mut had: PerPhase<Millis> = PerPhase::default();
    let mut lengths = Vec::new();
    for (i, &phases) in entries.iter().enumerate() {
        let next = entries.get(i + 1).copied().unwrap_or(PhaseSet::EMPTY);
        let ending = phases.difference(next);
        let rest = |set: PhaseSet| set.iter().map(|phase| splits[phase] - had[phase]).max();
        // All phases go on: as long as they go on beyond what starts with the next entry.
        let going_on = || {
            let starting = next.difference(phases);
            rest(phases).map(|all| all - rest(starting).unwrap_or(Millis::ZERO))
        };
        let length = rest(ending)
            .or_else(going_on)
            .unwrap_or(Millis::ZERO)
            .max(Millis::ZERO);
        for phase in PhaseId::all() {
            had[phase] = if phases.contains(phase) {
                had[phase] + length
            } else {
                Millis::ZERO
            };
        }
        lengths.push(length);
    }
    lengths
}
