//! The maximum wait as a hard bound: which moves still leave time to serve every call.
//!
//! In: a move, and the queue of groups that wait. Out: [`Guard::slack`], by how much every bound is
//! kept if, after the move, the groups are served in turn with the longest services that can be asked
//! for. Moves without slack are not offered to the search. Not here: cost.
//!
//! The safety gate has a guard of its own, with the same order of service ([`ServiceTimes`] is part of
//! the site's timing) and a smaller margin: it would take over if this one failed, and in fault-free
//! operation it never does. Why serving the queue in turn keeps every bound is argued there.

use crate::intersection::Intersection;
use crate::intersection::PHASES_MAX;
use crate::intersection::PerPhase;
use crate::intersection::PhaseSet;
use crate::intersection::ServiceTimes;
use crate::prediction::NEVER;
use crate::prediction::Offset;
use crate::prediction::clamp_offset;
use crate::solver::problem::Problem;
use crate::solver::problem::Transition;
use crate::units::Millis;

/// How much earlier than the gate this guard sees a bound in danger. The gate intervenes 0.2 s before
/// the last possible moment; a second more covers ticks on which calls and advice cross.
const MARGIN: Offset = 1_200;

/// Who waits in which order, and the times that the bounds rest on.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    times: ServiceTimes,
    max_wait: PerPhase<Offset>,
    pedestrian_max_wait: PerPhase<Offset>,
    /// Groups with a call on a phase without right of way, in the order of their first such call.
    queue: [PhaseSet; PHASES_MAX],
    queued: usize,
    /// Calls of the last tick.
    calls: PhaseSet,
}

fn ms(time: Millis) -> Offset {
    clamp_offset(time)
}

impl Guard {
    pub(super) fn new(site: &Intersection) -> Self {
        Self {
            times: ServiceTimes::new(site.phases, &site.phase, &site.conflicts),
            max_wait: PerPhase::from_fn(|p| ms(site.phase[p].safety.max_wait)),
            pedestrian_max_wait: PerPhase::from_fn(|p| {
                let walker = site.phase[p].safety.pedestrian;
                walker.map_or(NEVER, |walker| ms(walker.max_wait))
            }),
            queue: [PhaseSet::EMPTY; PHASES_MAX],
            queued: 0,
            calls: PhaseSet::EMPTY,
        }
    }

    /// Brings the queue up to date; every tick, so that the order is that of the calls. What was shown
    /// came before the new calls: a group that was served gives up its place even if it is called again
    /// at once, and one whose phase ended with somebody waiting is ahead of those who call now.
    pub(super) fn note(&mut self, calls: PhaseSet, right_of_way: PhaseSet) {
        self.keep_waiting(self.calls.difference(right_of_way));
        self.keep_waiting(calls.difference(right_of_way));
        self.calls = calls;
    }

    /// Nobody waits: the signal flashes, and whoever waits afterwards is new.
    pub(super) fn forget(&mut self) {
        self.queued = 0;
        self.calls = PhaseSet::EMPTY;
    }

    /// A group keeps its place while any of its phases waits.
    fn keep_waiting(&mut self, waiting: PhaseSet) {
        let mut kept = [PhaseSet::EMPTY; PHASES_MAX];
        let mut known = PhaseSet::EMPTY;
        let mut queued = 0;
        let old = self.queue.iter().take(self.queued);
        let new = self.times.groups.iter();
        for &group in old.chain(new) {
            if group.intersects(waiting.difference(known)) {
                known = known.union(group);
                if let Some(place) = kept.get_mut(queued) {
                    *place = group;
                    queued += 1;
                }
            }
        }
        self.queue = kept;
        self.queued = queued;
    }

    /// By how much the tightest bound is kept if `t` is begun now and the groups are served in turn from
    /// `until` on, or from the end of `t` on. Negative: the move may make a call wait too long.
    /// [`NEVER`]: nobody waits.
    pub(super) fn slack(&self, problem: &Problem, t: &Transition, until: Offset) -> Offset {
        let mut slack = NEVER;
        for p in t.entering.intersection(problem.called).iter() {
            slack = slack.min(self.called_until(problem, p) - t.greens[p]);
        }
        for p in t
            .entering
            .intersection(problem.crossing)
            .intersection(t.walks)
            .iter()
        {
            slack = slack.min(self.crossing_until(problem, p) - t.starts[p]);
        }
        let mut begun = PhaseSet::EMPTY;
        let mut at = 0;
        loop {
            let late = t.entering.difference(begun);
            let next = late.iter().map(|p| t.starts[p]).min();
            // Half begun counts as long as it lasts: what has begun is in the way of whoever is first in
            // the queue, and what has not may have to queue behind everybody.
            if next != Some(at) {
                let lasts = next.map_or(until, |next| next.min(until)).max(at);
                slack = slack.min(self.slack_after(problem, t, begun, lasts));
            }
            let Some(next) = next else { break };
            begun = (t.entering.iter())
                .filter(|&p| t.starts[p] <= next)
                .collect();
            at = next;
        }
        slack
    }

    /// The same if `t` is begun now, but none of the phases that enter begins before `until`.
    pub(super) fn slack_held(&self, problem: &Problem, t: &Transition, until: Offset) -> Offset {
        self.slack_after(problem, t, PhaseSet::EMPTY, until)
    }

    /// The phases that serving the queue would make green now: of the first group those that wait and
    /// those that are on. Nothing, where nobody waits.
    pub(super) fn first_in_turn(&self, problem: &Problem) -> PhaseSet {
        let waiting = problem.called.union(problem.crossing);
        let first = self.queue.iter().take(self.queued).next();
        let first = first.copied().unwrap_or(PhaseSet::EMPTY);
        first.intersection(waiting.union(problem.root.set))
    }

    /// The same if `begun` of the phases that enter have begun and the queue is served from `until` on.
    fn slack_after(
        &self,
        problem: &Problem,
        t: &Transition,
        begun: PhaseSet,
        until: Offset,
    ) -> Offset {
        let right_of_way = t.after.set.difference(t.entering).union(begun);
        let called = problem.called.difference(right_of_way);
        let crossing = problem
            .crossing
            .difference(t.walks.intersection(right_of_way));
        let mut end = PerPhase::from_fn(|p| problem.ended[p]);
        for p in problem.root.set.iter() {
            end[p] = problem.root.min_end[p].max(0);
        }
        for p in right_of_way.iter() {
            end[p] = t.after.min_end[p].max(until);
        }
        let mut slack = NEVER;
        for p in crossing.intersection(right_of_way).iter() {
            let start = end[p] + ms(self.times.longest_queue[p]);
            slack = slack.min(self.crossing_until(problem, p) - start);
        }
        // As long as a phase that leaves is on, its pedestrians may have everybody before them.
        let leaving = problem.root.set.difference(t.after.set);
        for p in crossing.intersection(leaving).iter() {
            let start = end[p] + ms(self.times.longest_queue[p]);
            if problem.root.min_end[p] > 0 {
                slack = slack.min(self.crossing_until(problem, p) - start);
            }
        }
        let waiting = called.union(crossing.difference(right_of_way));
        slack.min(self.serve_in_turn(problem, right_of_way, waiting, (end, until)))
    }

    fn serve_in_turn(
        &self,
        problem: &Problem,
        right_of_way: PhaseSet,
        waiting: PhaseSet,
        (mut end, mut floor): (PerPhase<Offset>, Offset),
    ) -> Offset {
        let mut slack = NEVER;
        let mut first = true;
        let queue = || self.queue.iter().take(self.queued);
        let known = queue().fold(PhaseSet::EMPTY, |known, group| known.union(*group));
        // Who waits on a phase that is on joins at the end when it leaves.
        let joining = self.times.groups.iter().filter(|g| !g.intersects(known));
        for &group in queue().chain(joining) {
            if !group.intersects(waiting) {
                continue;
            }
            let kept = if first {
                group.intersection(right_of_way)
            } else {
                PhaseSet::EMPTY
            };
            first = false;
            let mut starts = floor;
            for p in group.difference(kept).iter() {
                let gap = |q| ms(self.times.gap[q][p]);
                let start = (self.times.phases.iter())
                    .filter(|&q| gap(q) > 0)
                    .fold(floor, |start, q| start.max(end[q] + gap(q)));
                if waiting.intersection(problem.called).contains(p) {
                    let green = start + ms(self.times.leading[p]);
                    slack = slack.min(self.called_until(problem, p) - green);
                }
                if waiting.intersection(problem.crossing).contains(p) {
                    slack = slack.min(self.crossing_until(problem, p) - start);
                }
                starts = starts.max(start);
            }
            for p in group.iter() {
                end[p] = end[p].max(starts + ms(self.times.service[p]));
            }
            floor = starts;
        }
        slack
    }

    fn called_until(&self, problem: &Problem, p: crate::intersection::PhaseId) -> Offset {
        problem.called_since[p] + self.max_wait[p] - MARGIN
    }

    fn crossing_until(&self, problem: &Problem, p: crate::intersection::PhaseId) -> Offset {
        problem.crossing_since[p] + self.pedestrian_max_wait[p] - MARGIN
    }
}
