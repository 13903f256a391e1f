//! What SUMO's links show when our heads show something: one letter per link.
//!
//! In: [`Heads`] and the wiring. Out: the state of a SUMO signal. Not here: what heads should show.
//!
//! SUMO shows a state for a whole step, and the controller ticks ten times in a step of one second: a step
//! shows what the last tick before it decided. So every change comes to SUMO up to a step late, all
//! changes by the same rule; an interval of a whole number of steps is as long in SUMO as in the core. Import makes
//! all that protect people such intervals (`import/timing.rs`).

use crate::intersection::PhaseSet;
use crate::signal::{Heads, Indication};

use super::import::{LinkWiring, Shows};

/// The state of a signal, one letter per link: `G` may go, `g` may go and yields, `y` yellow, `s` may turn
/// after a stop, `r` red; links that no phase serves keep the letter they have in the net.
#[must_use]
pub fn letters(links: &[LinkWiring], heads: &Heads) -> String {
    links.iter().map(|link| letter(link, heads)).collect()
}

fn letter(link: &LinkWiring, heads: &Heads) -> char {
    let (protected, permissive, closed) = match link.shows {
        Shows::Always(letter) => return letter,
        Shows::ByPhases {
            protected,
            permissive,
            closed,
        } => (protected, permissive, closed),
    };
    let any = |phases: PhaseSet, indication: Indication| {
        phases
            .iter()
            .any(|phase| heads.vehicle[phase] == indication)
    };
    let is_on =
        |phases: PhaseSet| any(phases, Indication::Green) || any(phases, Indication::Yellow);
    let closed = if is_on(link.red_with) { 'r' } else { closed };
    if is_on(link.not_with) {
        closed
    } else if any(protected, Indication::Green) {
        'G'
    } else if any(permissive, Indication::Green) {
        'g'
    } else if any(protected.union(permissive), Indication::Yellow) {
        'y'
    } else if any(protected.union(permissive), Indication::FlashingRed) {
        // An all-way stop: everybody goes after a stop.
        's'
    } else {
        closed
    }
}
