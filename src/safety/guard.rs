//! The maximum-wait guard: may the gate still do what advice wishes, or must it serve the queue?
//!
//! In: what the signals would do after this tick, and who waits. Out: whether every call would still
//! meet its maximum wait if the gate served the queue from the next tick on; and the wish that serves
//! the queue. Not here: any idea of how traffic fares.
//!
//! # Why no call waits too long
//!
//! The phases of a site are parted, once, into compatible groups ([`ServiceTimes::groups`]). Calls on
//! phases without right of way put their group into a first-come queue. Serving the queue
//! ([`wish_to_serve`]) means: only phases of the first group are wished, those that wait and those that
//! have the right of way already; everything else ends as soon as its minimum green and its pedestrian
//! clearance allow. When no phase of the group waits any more, the next group is first.
//!
//! [`meets_every_deadline`] computes an upper bound S for the start of service of each call under that
//! policy. It assumes the worst that can join: each group, when its turn comes, serves all its phases,
//! pedestrians included, and nobody's service starts to end before the last phase of the group has
//! started. With `end(q)` the end of green of q (the earliest possible for what is on now):
//!
//! - `start(p) = max(now, start of the groups before, end(q) + gap(q, p) for all q in conflict with p,
//!   own red revert)`, or now if p is in the first group and has the right of way;
//! - for the group, `start(G) = max start(p)`, then `end(p) = start(G) + longest service of p`.
//!
//! **S never grows while the queue is served.** What is on ends no later than `end` says, so each
//! start comes no later than computed; a phase that joins a group under way starts by start(G) and ends
//! by end(p), because that is what was assumed; a call of a group that is not in the queue goes to its
//! end, behind everybody; a group served leaves the queue, and if it is called again it is behind
//! everybody. A withdrawn call only shortens the queue, because its group keeps its place while any of
//! its phases waits.
//!
//! **Advice cannot spoil it.** The gate tries each tick's wish on a copy of the signals and keeps the
//! copy only if S of every call, computed from there, still meets its deadline; else it serves the
//! queue. So if all S met their deadlines a tick ago, they do now.
//!
//! **A new call fits in.** It has at most the longest residual service and every other group once
//! before it: [`ServiceTimes::longest_queue`]. It meets its deadline if `max_wait` is at least
//! [`ServiceTimes::vehicle_wait_bound`]; site validation checks that.
//!
//! A pedestrian call on a phase that has the right of way already (walk not started, or over) is not in
//! the queue. It is served at once if the phase's group is first. Otherwise the phase ends by `end` and
//! the call joins the queue then, so S = end + longest queue, and the bound is
//! [`ServiceTimes::pedestrian_wait_bound`].
//!
//! All of this counts on a tick every 100 ms. A late tick can make a call late by as much as the ticks
//! were late, and no more. In a site whose `max_wait` is below the bound the guard does its best: it
//! serves the queue from the first moment it sees that a deadline may be missed.

use crate::intersection::{PerPhase, PhaseId, PhaseSet, WAIT_MARGIN};
use crate::safety::signals::{Signals, Timing, Wish};
use crate::safety::waiting::Waiting;
use crate::signal::Interval;
use crate::units::{Millis, Timestamp};

/// Longest bound of any call of the site: calls younger than their `max_wait` less this are safe
/// whatever happens in this tick.
pub(crate) fn longest_bound(timing: &Timing) -> Millis {
    timing
        .phases
        .iter()
        .map(|phase| {
            let service = &timing.service;
            let vehicle = service.vehicle_wait_bound(phase);
            vehicle.max(service.pedestrian_wait_bound(phase))
        })
        .max()
        .unwrap_or(Millis::ZERO)
}

/// Whether some deadline is nearer than `bound`.
pub(crate) fn is_any_deadline_near(
    timing: &Timing,
    waiting: &Waiting,
    bound: Millis,
    next: Timestamp,
) -> bool {
    let any = waiting.vehicle.union(waiting.pedestrian);
    any.iter().any(|phase| {
        [
            vehicle_deadline(timing, waiting, phase),
            pedestrian_deadline(timing, waiting, phase),
        ]
        .into_iter()
        .flatten()
        .any(|deadline| deadline.since(next) < bound)
    })
}

/// Whether every call would start to be served `WAIT_MARGIN` before its deadline if the queue were
/// served from `next`, the coming tick, on.
pub(crate) fn meets_every_deadline(
    timing: &Timing,
    signals: &Signals,
    waiting: &Waiting,
    next: Timestamp,
) -> bool {
    let mut end = PerPhase::from_fn(|phase| {
        if signals.right_of_way.contains(phase) {
            signals.earliest_end(timing, phase, next)
        } else {
            signals.green_ended[phase]
        }
    });
    let mut floor = next.max(signals.held_until);
    for phase in signals.right_of_way.iter() {
        if !is_under_way_in_time(timing, signals, waiting, phase, end[phase]) {
            return false;
        }
    }
    for (place, &group) in waiting.queue().enumerate() {
        let kept = if place == 0 {
            group.intersection(signals.right_of_way)
        } else {
            PhaseSet::EMPTY
        };
        let mut group_starts = floor;
        for phase in group.difference(kept).iter() {
            let start = start_of(timing, &end, phase, floor);
            // A phase under way was looked at above: its calls are not served by this visit.
            let queued = !signals.right_of_way.contains(phase);
            if queued && !is_served_in_time(timing, waiting, phase, start) {
                return false;
            }
            group_starts = group_starts.max(start);
        }
        for phase in group.iter() {
            end[phase] = end[phase].max(group_starts + timing.service.service[phase]);
        }
        floor = group_starts;
    }
    true
}

/// The wish that serves the queue: the first group; without a queue, pedestrians of phases that have
/// the right of way.
pub(crate) fn wish_to_serve(signals: &Signals, waiting: &Waiting) -> Wish {
    let green = match waiting.queue().next() {
        Some(&first) => {
            let waits = first.intersection(waiting.in_queue(signals));
            waits.union(first.intersection(signals.right_of_way))
        }
        None => waiting.pedestrian.intersection(signals.right_of_way),
    };
    Wish {
        green,
        walk: green.intersection(waiting.pedestrian),
    }
}

/// Upper bound of the start of service of a phase whose group is next after `floor`.
fn start_of(
    timing: &Timing,
    end: &PerPhase<Timestamp>,
    phase: PhaseId,
    floor: Timestamp,
) -> Timestamp {
    let after = |other: PhaseId| end[other] + timing.service.gap[other][phase];
    timing.rivals[phase]
        .iter()
        .fold(floor.max(after(phase)), |start, rival| {
            start.max(after(rival))
        })
}

/// For a phase in the queue whose service starts by `start`.
fn is_served_in_time(timing: &Timing, waiting: &Waiting, phase: PhaseId, start: Timestamp) -> bool {
    let green = start + timing.service.leading[phase] + WAIT_MARGIN;
    vehicle_deadline(timing, waiting, phase).is_none_or(|deadline| green <= deadline)
        && pedestrian_deadline(timing, waiting, phase)
            .is_none_or(|deadline| start + WAIT_MARGIN <= deadline)
}

/// For a phase with the right of way that ends by `end` if it is not wished: vehicles may still wait
/// for their green (leading walk), and pedestrians for the next walk.
fn is_under_way_in_time(
    timing: &Timing,
    signals: &Signals,
    waiting: &Waiting,
    phase: PhaseId,
    end: Timestamp,
) -> bool {
    let state = &signals.state.phases[phase];
    let green = match state.interval {
        Interval::LeadingWalk => state.since + timing.service.leading[phase],
        Interval::Red | Interval::Green | Interval::YellowChange | Interval::RedClearance => {
            state.since
        }
    };
    let walk = end + timing.service.longest_queue[phase];
    vehicle_deadline(timing, waiting, phase).is_none_or(|deadline| green <= deadline)
        && pedestrian_deadline(timing, waiting, phase)
            .is_none_or(|deadline| walk + WAIT_MARGIN <= deadline)
}

fn vehicle_deadline(timing: &Timing, waiting: &Waiting, phase: PhaseId) -> Option<Timestamp> {
    let since = waiting.vehicle_since(phase)?;
    Some(since + timing.safety[phase].max_wait)
}

fn pedestrian_deadline(timing: &Timing, waiting: &Waiting, phase: PhaseId) -> Option<Timestamp> {
    let since = waiting.pedestrian_since(phase)?;
    Some(since + timing.safety[phase].pedestrian?.max_wait)
}
