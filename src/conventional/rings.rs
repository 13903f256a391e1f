//! The ring machine: where each ring is, what it serves next, when all cross a barrier together.
//!
//! In: demand, timers of the greens, what is shown. Out: the phases wanted green, with the reason of
//! every end. The rings are walked in a loop; nothing here knows how many there are, nor that NEMA has
//! phases 1 to 8. An entry may be a set of phases (a site given by a conflict table): a phase that is
//! in the next entry too stays green. Not here: timers (`green.rs`), the choice itself (`choice.rs`).

use crate::conventional::Log;
use crate::conventional::Tick;
use crate::conventional::choice::Choice;
use crate::conventional::choice::Crossing;
use crate::conventional::green::EndRule;
use crate::conventional::green::Green;
use crate::conventional::program::Entry;
use crate::conventional::program::RINGS_MAX;
use crate::conventional::program::RingProgram;
use crate::conventional::program::modulo;
use crate::hires::code;
use crate::intersection::PerPhase;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::signal::GreenEnd;
use crate::units::Millis;
use crate::units::TICK;

/// Where one ring is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// Index of the entry it serves or is about to serve; `None`: it serves nothing between these
    /// barriers.
    pub(super) at: Option<usize>,
    pub(super) status: Status,
    /// At the ring's anchor, and its yield point is still to come.
    pub(super) held: bool,
    /// Back for conditional service: the next thing is the barrier.
    pub(super) conditional: bool,
}

/// How far the service of an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// Wanted; the way is not clear yet.
    #[default]
    Pending,
    /// All its phases have the right of way.
    Active,
    /// It had the right of way and lost it without being asked: the gate served a call that could not
    /// wait.
    Lost,
}

/// All rings.
#[derive(Clone, Debug, Default)]
pub(super) struct Rings {
    pub(super) cursors: [Cursor; RINGS_MAX],
    /// Between which barriers all rings are.
    pub(super) group: usize,
    /// Phases that must end although they are wanted again (see `choice.rs`, left-turn trap).
    must_end: PhaseSet,
    /// Barrier being crossed (1 …) and the phases that have to be off before it counts as crossed.
    barrier: Option<(u16, PhaseSet)>,
    /// Why each phase's last green ended.
    pub(super) ends: PerPhase<GreenEnd>,
}

/// What changed in one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) ended: PhaseSet,
    pub(super) begins: PhaseSet,
    /// Phases that stay green from one entry into the next.
    pub(super) goes_on: PhaseSet,
}

/// What moving the rings writes to.
struct Out<'a> {
    greens: &'a mut PerPhase<Green>,
    log: &'a mut Log,
    moved: Moved,
}

impl Moved {
    fn add(&mut self, ended: PhaseSet, next: PhaseSet, on: PhaseSet) {
        self.ended = self.ended.union(ended);
        self.begins = self.begins.union(next.difference(on));
        self.goes_on = self.goes_on.union(next.intersection(on));
    }
}

impl Rings {
    /// The entry that each ring serves, by ring.
    pub(super) fn entries<'a>(
        &'a self,
        rings: &'a [RingProgram],
    ) -> impl Iterator<Item = (&'a RingProgram, &'a Cursor, Option<&'a Entry>)> {
        rings
            .iter()
            .zip(&self.cursors)
            .map(|(ring, cursor)| (ring, cursor, cursor.at.and_then(|at| ring.entries.get(at))))
    }

    /// Phases of all entries being served or about to be.
    pub(super) fn served(&self, tick: &Tick<'_>) -> PhaseSet {
        self.entries(&tick.program.rings)
            .filter_map(|(_, cursor, entry)| entry.map(|entry| (cursor.status, entry.phases)))
            .fold(PhaseSet::EMPTY, |served, (status, phases)| match status {
                Status::Pending | Status::Active => served.union(phases),
                Status::Lost => served.union(phases.intersection(tick.right_of_way)),
            })
    }

    /// Phases wanted green now.
    pub(super) fn wanted(&self, tick: &Tick<'_>) -> PhaseSet {
        self.served(tick).difference(self.must_end)
    }

    /// Phases about to be served that do not have the right of way yet.
    pub(super) fn pending(&self, tick: &Tick<'_>) -> PhaseSet {
        self.entries(&tick.program.rings)
            .filter(|(_, cursor, _)| cursor.status == Status::Pending)
            .filter_map(|(_, _, entry)| entry)
            .fold(PhaseSet::EMPTY, |pending, entry| {
                pending.union(entry.phases)
            })
            .difference(tick.right_of_way)
    }

    /// Takes over from what is shown (and from what was wanted, when the program changes): each ring
    /// goes to the entry that has most of these phases, all between the same barriers.
    pub(super) fn adopt(&mut self, tick: &Tick<'_>, reference: PhaseSet) {
        let overlap = |entry: &Entry| entry.phases.intersection(reference).len();
        let best_in = |ring: &RingProgram, group: usize| {
            let inside = ring
                .entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| entry.group == group);
            inside
                .map(|(i, entry)| (i, overlap(entry)))
                .filter(|&(_, overlap)| overlap > 0)
                .fold(None, |best: Option<(usize, usize)>, this| match best {
                    Some(best) if best.1 >= this.1 => Some(best),
                    Some(_) | None => Some(this),
                })
        };
        let rings = &tick.program.rings;
        let score = |group: usize| -> usize {
            rings
                .iter()
                .filter_map(|ring| best_in(ring, group))
                .map(|(_, overlap)| overlap)
                .sum()
        };
        let mut best = (0, score(0));
        for group in 1..tick.program.groups {
            if score(group) > best.1 {
                best = (group, score(group));
            }
        }
        *self = Self {
            group: best.0,
            ends: self.ends,
            ..Self::default()
        };
        for (ring, cursor) in rings.iter().zip(&mut self.cursors) {
            cursor.at = best_in(ring, best.0).map(|(at, _)| at);
        }
    }

    /// Holds the rings that are at their anchors, once the timer has been set after [`Self::adopt`].
    pub(super) fn hold(&mut self, tick: &Tick<'_>) {
        for (ring, cursor) in tick.program.rings.iter().zip(&mut self.cursors) {
            let entry = cursor.at.and_then(|at| ring.entries.get(at));
            cursor.held = entry.is_some_and(|entry| is_held_from_now(tick, ring, entry));
        }
    }

    /// The local time nearest to `target` at which the rings would be serving what they are serving, so
    /// that coordination begins with as little transition as possible.
    pub(super) fn local_time_nearest(&self, tick: &Tick<'_>, target: Millis) -> Millis {
        let Some(timeline) = &tick.program.timeline else {
            return target;
        };
        let cycle = timeline.cycle;
        let serving = |other_than_coordinated: bool| {
            self.entries(&tick.program.rings)
                .filter_map(|(ring, _, entry)| Some((ring, entry?)))
                .find(|(_, entry)| !entry.coordinated || !other_than_coordinated)
        };
        let Some((ring, entry)) = serving(true).or_else(|| serving(false)) else {
            return target;
        };
        let length = modulo(entry.force_off - entry.starts, cycle) - TICK;
        let into = modulo(target - ring.lag - entry.starts, cycle);
        let nearest = if into <= length {
            into
        } else if into - length <= cycle - into {
            length
        } else {
            Millis::ZERO
        };
        modulo(ring.lag + entry.starts + nearest, cycle)
    }

    /// Brings the cursors up to date with what is shown, and releases the coordinated phases whose
    /// yield point passed in this tick.
    pub(super) fn observe(&mut self, tick: &Tick<'_>, log: &mut Log) {
        self.must_end = self.must_end.intersection(tick.right_of_way);
        for (ring, cursor) in tick.program.rings.iter().zip(&mut self.cursors) {
            let Some(entry) = cursor.at.and_then(|at| ring.entries.get(at)) else {
                continue;
            };
            let on = entry.phases.is_subset_of(tick.right_of_way)
                && !entry.phases.intersects(self.must_end);
            cursor.status = match cursor.status {
                Status::Pending if on => {
                    log_start(tick, entry, cursor.held, log);
                    Status::Active
                }
                Status::Active if !on => Status::Lost,
                same @ (Status::Pending | Status::Active | Status::Lost) => same,
            };
            if let Some(timeline) = &tick.program.timeline
                && cursor.held
                && tick.clock.passed(ring.lag, timeline.cycle)
            {
                cursor.held = false;
                for phase in entry.phases.intersection(timeline.coordinated).iter() {
                    log.phase(code::PHASE_HOLD_RELEASED, phase);
                    log.phase(code::COORDINATED_PHASE_YIELD_POINT, phase);
                }
            }
        }
        if let Some((barrier, phases)) = self.barrier
            && !phases.intersects(tick.shown.on())
        {
            self.barrier = None;
            log.event(code::BARRIER_TERMINATION, barrier);
        }
    }

    /// Whether some green has to outlast its force-off, for its minimum or its pedestrians.
    pub(super) fn overrun(
        &self,
        tick: &Tick<'_>,
        choice: &Choice,
        greens: &PerPhase<Green>,
    ) -> bool {
        self.entries(&tick.program.rings).zip(choice.leaving).any(
            |((ring, cursor, entry), leaving)| {
                entry.is_some_and(|entry| {
                    cursor.status == Status::Active
                        && (!entry.coordinated || !leaving.is_empty())
                        && past_force_off(tick, ring, cursor, entry)
                        && !entry
                            .phases
                            .iter()
                            .all(|phase| greens[phase].is_complete(tick, phase))
                })
            },
        )
    }

    /// Ends greens that may end and moves their rings on.
    pub(super) fn advance(
        &mut self,
        tick: &Tick<'_>,
        choice: &Choice,
        greens: &mut PerPhase<Green>,
        log: &mut Log,
    ) -> Moved {
        let mut out = Out {
            greens,
            log,
            moved: Moved::default(),
        };
        if let Some(crossing) = &choice.crossing
            && self.cross(tick, crossing, &mut out)
        {
            return out.moved;
        }
        for (index, target) in choice.within.iter().enumerate() {
            if let Some(target) = *target {
                self.move_within(tick, index, target, &mut out);
            }
        }
        if choice.crossing.is_some() {
            self.serve_conditionally(tick, choice, &mut out);
        }
        out.moved
    }

    /// One ring moves on between the same barriers, if what has to end may end.
    fn move_within(&mut self, tick: &Tick<'_>, index: usize, target: usize, out: &mut Out<'_>) {
        let Some(ring) = tick.program.rings.get(index) else {
            return;
        };
        let Some(next) = ring.entries.get(target) else {
            return;
        };
        let leaving = self.phases_of(tick, index).difference(next.phases);
        let Some(why) = self.why_ends(tick, index, leaving, out.greens) else {
            return;
        };
        self.end(tick, leaving, &why, out);
        let from = self.cursors.get(index).and_then(|cursor| cursor.at);
        let skipped = (from.map_or(0, |at| at + 1)..target).filter_map(|i| ring.entries.get(i));
        for entry in skipped.filter(|entry| entry.group == next.group) {
            out.log
                .phases(code::PHASE_SKIPPED, entry.phases.difference(next.phases));
        }
        self.go_to(tick, index, Some(target), out.log);
        out.moved.add(leaving, next.phases, tick.right_of_way);
    }

    /// All rings cross a barrier together, if everything that has to end may end.
    fn cross(&mut self, tick: &Tick<'_>, crossing: &Crossing, out: &mut Out<'_>) -> bool {
        let mut why: PerPhase<GreenEnd> = PerPhase::default();
        let mut ending = PhaseSet::EMPTY;
        for index in 0..tick.program.rings.len() {
            let leaving = self.phases_of(tick, index).intersection(crossing.ending);
            let Some(reasons) = self.why_ends(tick, index, leaving, out.greens) else {
                return false;
            };
            ending = ending.union(leaving);
            for phase in leaving.iter() {
                why[phase] = reasons[phase];
            }
        }
        self.end(tick, ending, &why, out);
        let mut begins = PhaseSet::EMPTY;
        for (index, (ring, pick)) in tick.program.rings.iter().zip(crossing.picks).enumerate() {
            self.log_skipped(index, ring, crossing, pick, out.log);
            let entry = pick.and_then(|at| ring.entries.get(at));
            let phases = entry.map_or(PhaseSet::EMPTY, |entry| entry.phases);
            begins = begins.union(phases);
            let stays = self.cursors.get(index).is_some_and(|cursor| {
                pick.is_some()
                    && pick == cursor.at
                    && cursor.status != Status::Lost
                    && !phases.intersects(crossing.ending)
            });
            if !stays {
                self.go_to(tick, index, pick, out.log);
            }
        }
        self.must_end = ending.intersection(begins).intersection(tick.right_of_way);
        if self.group != crossing.group {
            self.barrier = u16::try_from(self.group + 1)
                .ok()
                .map(|barrier| (barrier, ending));
            self.group = crossing.group;
        }
        out.moved
            .add(ending, begins, tick.right_of_way.difference(ending));
        true
    }

    /// Entries passed over on the way across the barrier.
    fn log_skipped(
        &self,
        index: usize,
        ring: &RingProgram,
        crossing: &Crossing,
        pick: Option<usize>,
        log: &mut Log,
    ) {
        if crossing.group == self.group {
            return;
        }
        let at = self.cursors.get(index).and_then(|cursor| cursor.at);
        for (i, entry) in ring.entries.iter().enumerate() {
            let left_out = entry.group == self.group && at.is_some_and(|at| i > at);
            let passed_over = entry.group == crossing.group && pick.is_some_and(|pick| i < pick);
            if left_out || passed_over {
                log.phases(code::PHASE_SKIPPED, entry.phases);
            }
        }
    }

    /// Conditional service: a ring that would have to wait at the barrier goes back to an earlier entry,
    /// if the greens it waits for have enough of their maximum left.
    fn serve_conditionally(&mut self, tick: &Tick<'_>, choice: &Choice, out: &mut Out<'_>) {
        for (index, back) in choice.back.iter().enumerate() {
            let Some(back) = *back else {
                continue;
            };
            let waited_for = self
                .served(tick)
                .difference(self.phases_of(tick, index))
                .iter()
                .filter_map(|phase| out.greens[phase].max_left(tick, phase))
                .max();
            if waited_for.is_some_and(|left| left >= back.needs) {
                self.move_within(tick, index, back.to, out);
                if let Some(cursor) = self.cursors.get_mut(index)
                    && cursor.at == Some(back.to)
                {
                    cursor.conditional = true;
                }
            }
        }
    }

    /// Phases of the entry that one ring serves or is about to.
    pub(super) fn phases_of(&self, tick: &Tick<'_>, index: usize) -> PhaseSet {
        let at = self.cursors.get(index).and_then(|cursor| cursor.at);
        let ring = tick.program.rings.get(index);
        let entry = at.zip(ring).and_then(|(at, ring)| ring.entries.get(at));
        entry.map_or(PhaseSet::EMPTY, |entry| entry.phases)
    }

    /// Why each phase that leaves its ring's entry ends now; `None` while some may not end yet.
    fn why_ends(
        &self,
        tick: &Tick<'_>,
        index: usize,
        leaving: PhaseSet,
        greens: &PerPhase<Green>,
    ) -> Option<PerPhase<GreenEnd>> {
        let mut why = PerPhase::default();
        let (ring, cursor) = tick.program.rings.get(index).zip(self.cursors.get(index))?;
        let Some(entry) = cursor.at.and_then(|at| ring.entries.get(at)) else {
            return Some(why);
        };
        match cursor.status {
            Status::Pending if !leaving.is_empty() => return None,
            Status::Active if entry.coordinated && cursor.held && !leaving.is_empty() => {
                return None;
            }
            Status::Pending | Status::Active | Status::Lost => {}
        }
        for phase in leaving.intersection(tick.right_of_way).iter() {
            let rule = end_rule(tick, ring, cursor, entry, phase);
            why[phase] = greens[phase].may_end(tick, phase, rule)?;
        }
        Some(why)
    }

    fn end(
        &mut self,
        tick: &Tick<'_>,
        leaving: PhaseSet,
        why: &PerPhase<GreenEnd>,
        out: &mut Out<'_>,
    ) {
        for phase in leaving.intersection(tick.right_of_way).iter() {
            self.ends[phase] = why[phase];
            out.greens[phase].ended(tick, phase, why[phase], out.log);
        }
    }

    fn go_to(&mut self, tick: &Tick<'_>, index: usize, at: Option<usize>, log: &mut Log) {
        let ring = tick.program.rings.get(index);
        let entry = ring
            .zip(at)
            .and_then(|(ring, at)| Some((ring, ring.entries.get(at)?)));
        if let Some((_, entry)) = entry {
            log.phases(code::NEXT_PHASE_DECISION, entry.phases);
        }
        if let Some(cursor) = self.cursors.get_mut(index) {
            *cursor = Cursor {
                at,
                status: Status::Pending,
                held: entry.is_some_and(|(ring, entry)| is_held_from_now(tick, ring, entry)),
                conditional: false,
            };
        }
    }

    /// Whether gaps may end this phase's green, as far as its ring is concerned.
    pub(super) fn is_actuated(&self, tick: &Tick<'_>, phase: PhaseId) -> bool {
        !tick.fixed
            && !self.entries(&tick.program.rings).any(|(_, _, entry)| {
                tick.program.timeline.is_some()
                    && entry.is_some_and(|e| e.coordinated && e.phases.contains(phase))
            })
    }
}

fn log_start(tick: &Tick<'_>, entry: &Entry, held: bool, log: &mut Log) {
    let Some(timeline) = &tick.program.timeline else {
        return;
    };
    for phase in entry.phases.intersection(timeline.coordinated).iter() {
        log.phase(code::COORDINATED_PHASE_BEGIN, phase);
        if held {
            log.phase(code::PHASE_HOLD_ACTIVE, phase);
        }
    }
}

/// Whether a ring that comes to this entry now is held there: at its anchor, unless it comes after its
/// yield point while another ring's is still ahead. Held to its next one it would shut the barrier for a
/// whole cycle.
fn is_held_from_now(tick: &Tick<'_>, ring: &RingProgram, entry: &Entry) -> bool {
    tick.program.timeline.as_ref().is_some_and(|timeline| {
        let after_yield = modulo(tick.clock.local - ring.lag, timeline.cycle);
        entry.anchor && after_yield >= ring.last_yield
    })
}

fn end_rule(
    tick: &Tick<'_>,
    ring: &RingProgram,
    cursor: &Cursor,
    entry: &Entry,
    phase: PhaseId,
) -> EndRule {
    let passed = past_force_off(tick, ring, cursor, entry);
    if tick.program.timeline.is_none() {
        EndRule::Free
    } else if tick.fixed || entry.coordinated || tick.has_max_recall(phase) {
        EndRule::AtForceOffOnly { passed }
    } else if passed {
        EndRule::AfterForceOff
    } else {
        EndRule::BeforeForceOff
    }
}

/// Whether the force-off (of a coordinated entry: the yield point) of what a ring serves is past.
fn past_force_off(tick: &Tick<'_>, ring: &RingProgram, cursor: &Cursor, entry: &Entry) -> bool {
    let Some(timeline) = &tick.program.timeline else {
        return false;
    };
    if entry.anchor {
        return !cursor.held;
    }
    modulo(tick.clock.local - ring.lag, timeline.cycle) >= entry.force_off
}
