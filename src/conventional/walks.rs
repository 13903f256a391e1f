//! When pedestrians are served.
//!
//! In: pedestrian calls and recalls, what the rings are about to do. Out: the phases whose pedestrians
//! should walk. Walk begins with the green; a call that comes later is served at once while the green
//! rests without a conflicting call, or before the yield point if it is over by then. In a cycle, a walk
//! that would outlast the force-off waits for the next cycle, unless it never fits: then it begins at
//! the start of the split and overruns it. Not here: the length of walk and clearance (the gate times
//! them).

use crate::conventional::Tick;
use crate::conventional::choice::Choice;
use crate::conventional::choice::LATE_START;
use crate::conventional::demand::Demand;
use crate::conventional::demand::Recalls;
use crate::conventional::program::clearance;
use crate::conventional::program::least_service;
use crate::conventional::program::modulo;
use crate::conventional::rings::Moved;
use crate::conventional::rings::Rings;
use crate::conventional::rings::Status;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::signal::Interval;
use crate::signal::PedestrianInterval;
use crate::units::Millis;

/// Pedestrian service wanted now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Walks {
    pub(super) wanted: PhaseSet,
}

/// What the rings do at this tick.
#[derive(Clone, Copy)]
pub(super) struct Doing<'a> {
    pub(super) rings: &'a Rings,
    pub(super) choice: &'a Choice,
    pub(super) moved: Moved,
    /// Phases with a serviceable conflicting call.
    pub(super) conflicted: PhaseSet,
}

impl Walks {
    /// Updates the wish for every phase with a crosswalk.
    pub(super) fn tick(
        &mut self,
        tick: &Tick<'_>,
        doing: &Doing<'_>,
        demand: Demand,
        recalls: &Recalls,
    ) {
        let wanted_green = doing.rings.wanted(tick);
        let pending = doing.rings.pending(tick);
        let clearing = clearing_left(tick, wanted_green);
        let mut wanted = PhaseSet::EMPTY;
        for phase in wanted_green.intersection(recalls.crossings).iter() {
            let timing = &tick.site.phase[phase].actuated;
            let called = tick.readings.calls.pedestrian.contains(phase);
            let walks = if pending.contains(phase) {
                let every_cycle = demand.pedestrian.contains(phase)
                    || (tick.fixed && split_holds_walk(tick, doing.rings, phase));
                let rests = timing.rest_in_walk;
                (every_cycle || rests) && fits(tick, doing.rings, phase, clearing)
            } else {
                match tick.shown.phases[phase].pedestrian {
                    PedestrianInterval::Walk => timing.rest_in_walk && may_rest(tick, doing, phase),
                    PedestrianInterval::DontWalk => {
                        (called && may_walk_late(tick, doing, phase))
                            || (timing.rest_in_walk
                                && tick.program.timeline.is_none()
                                && may_rest(tick, doing, phase))
                    }
                    PedestrianInterval::Clearance => false,
                }
            };
            if walks {
                wanted.insert(phase);
            }
        }
        self.wanted = wanted;
    }
}

/// Longest time until what is ending has cleared.
fn clearing_left(tick: &Tick<'_>, wanted: PhaseSet) -> Millis {
    tick.site
        .phases
        .iter()
        .map(|phase| {
            let shown = tick.shown.phases[phase];
            let safety = &tick.site.phase[phase].safety;
            let elapsed = tick.now.since(shown.since);
            match shown.interval {
                Interval::YellowChange => safety.yellow_change + safety.red_clearance - elapsed,
                Interval::RedClearance => safety.red_clearance - elapsed,
                Interval::Green if !wanted.contains(phase) => {
                    clearance(tick.site, PhaseSet::only(phase))
                }
                Interval::Green | Interval::LeadingWalk | Interval::Red => Millis::ZERO,
            }
        })
        .max()
        .unwrap_or(Millis::ZERO)
}

/// Whether walk and pedestrian clearance, begun after `clearing`, are over by the force-off, or begin
/// at the start of the split.
fn fits(tick: &Tick<'_>, rings: &Rings, phase: PhaseId, clearing: Millis) -> bool {
    let Some(timeline) = &tick.program.timeline else {
        return true;
    };
    let only = PhaseSet::only(phase);
    let needs = tick.clock.stretched(least_service(tick.site, only, only));
    rings
        .entries(&tick.program.rings)
        .any(|(ring, cursor, entry)| {
            let (Some(at), Some(entry)) = (cursor.at, entry) else {
                return false;
            };
            if !entry.phases.contains(phase) {
                return false;
            }
            let now = modulo(tick.clock.local - ring.lag, timeline.cycle);
            let start = now + tick.clock.stretched(clearing);
            start <= (ring.service_end(at, phase) - needs).max(entry.starts + LATE_START)
        })
}

/// Whether the split has room for walk and pedestrian clearance. Where it has none, fixed time walks on
/// call: now and then a cycle gets longer, instead of every one.
fn split_holds_walk(tick: &Tick<'_>, rings: &Rings, phase: PhaseId) -> bool {
    if tick.program.timeline.is_none() {
        return true;
    }
    let only = PhaseSet::only(phase);
    let needs = least_service(tick.site, only, only);
    rings
        .entries(&tick.program.rings)
        .any(|(ring, cursor, entry)| {
            let (Some(at), Some(entry)) = (cursor.at, entry) else {
                return false;
            };
            entry.phases.contains(phase) && ring.service_end(at, phase) - needs >= entry.starts
        })
}

/// Whether a call that comes during green is served in this green.
fn may_walk_late(tick: &Tick<'_>, doing: &Doing<'_>, phase: PhaseId) -> bool {
    let rests = !doing.conflicted.contains(phase) && !leaves(doing, phase);
    match &tick.program.timeline {
        None => rests || doing.moved.goes_on.contains(phase),
        Some(timeline) if timeline.coordinated.contains(phase) => {
            (rests || is_held(tick, doing, phase)) && time_to_yield_fits(tick, doing, phase)
        }
        Some(_) => {
            doing.moved.goes_on.contains(phase) && fits(tick, doing.rings, phase, Millis::ZERO)
        }
    }
}

/// Whether the phase may stay in walk: nobody else calls, or its yield point is far enough ahead for the
/// pedestrian clearance.
fn may_rest(tick: &Tick<'_>, doing: &Doing<'_>, phase: PhaseId) -> bool {
    if tick.program.timeline.is_some() {
        let clearance = tick.site.phase[phase]
            .safety
            .pedestrian
            .map(|timing| timing.clearance);
        return is_held(tick, doing, phase)
            && time_to_yield(tick, doing, phase)
                .zip(clearance)
                .is_some_and(|(left, clearance)| left > tick.clock.stretched(clearance));
    }
    !doing.conflicted.contains(phase) && !leaves(doing, phase)
}

fn leaves(doing: &Doing<'_>, phase: PhaseId) -> bool {
    doing
        .choice
        .leaving
        .iter()
        .any(|leaving| leaving.contains(phase))
}

fn is_held(tick: &Tick<'_>, doing: &Doing<'_>, phase: PhaseId) -> bool {
    doing
        .rings
        .entries(&tick.program.rings)
        .any(|(_, cursor, entry)| {
            cursor.held
                && cursor.status == Status::Active
                && entry.is_some_and(|entry| entry.phases.contains(phase))
        })
}

/// Until the rings may next cross the barrier without this phase: its yield point, or the last ring's if
/// its own is just past.
fn time_to_yield(tick: &Tick<'_>, doing: &Doing<'_>, phase: PhaseId) -> Option<Millis> {
    let timeline = tick.program.timeline.as_ref()?;
    doing
        .rings
        .entries(&tick.program.rings)
        .find(|(_, _, entry)| entry.is_some_and(|entry| entry.phases.contains(phase)))
        .map(|(ring, _, _)| {
            let since_yield = modulo(tick.clock.local - ring.lag, timeline.cycle);
            match since_yield < ring.last_yield {
                true => ring.last_yield - since_yield,
                false => timeline.cycle - since_yield,
            }
        })
}

fn time_to_yield_fits(tick: &Tick<'_>, doing: &Doing<'_>, phase: PhaseId) -> bool {
    let only = PhaseSet::only(phase);
    let needs = tick.clock.stretched(least_service(tick.site, only, only));
    time_to_yield(tick, doing, phase).is_some_and(|left| left >= needs)
}
