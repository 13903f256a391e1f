//! Timers of one phase: initial, passage, gap reduction, maximum, dynamic maximum.
//!
//! In: what is shown, readings, whether a conflicting call is waiting. Out: whether the green may end,
//! and why. Semantics follow NTCIP 1202 v3 section 3.5.2 and NEMA TS 2. Not here: which phase is next.

use crate::conventional::Log;
use crate::conventional::Tick;
use crate::hires::code;
use crate::intersection::ActuatedTiming;
use crate::intersection::GapReduction;
use crate::intersection::PhaseId;
use crate::intersection::Recall;
use crate::signal::GreenEnd;
use crate::signal::Interval;
use crate::signal::PedestrianInterval;
use crate::units::Millis;
use crate::units::TICK;
use crate::units::Timestamp;

/// What one phase remembers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Green {
    /// In green at the last tick.
    on: bool,
    since: Timestamp,
    /// Length of the last green, while it lasts.
    pub(super) lasted: Millis,
    /// Initial green: the minimum, or more for the vehicles that wait.
    initial: Millis,
    initial_logged: bool,
    /// Passage time counts from here: the last tick that a detector extended the green, or its start.
    extended: Timestamp,
    /// Decided to end by a gap; it may end at this time.
    gap_ends: Option<Timestamp>,
    /// Since when a conflicting call waits during this green.
    conflict_since: Option<Timestamp>,
    reducing_since: Option<Timestamp>,
    reduced_logged: bool,
    /// Maximum timing since.
    max_since: Option<Timestamp>,
    /// Actuations during yellow and red.
    pub(super) waiting: u32,
    /// Change of the maximum by dynamic maximum.
    dynamic: Millis,
    /// Greens in a row that ended by maximum (positive) or by a gap (negative).
    streak: i32,
}

/// What the surroundings of a phase are at this tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// A serviceable conflicting call waits.
    pub(super) conflict: bool,
    /// Vehicles that wait for conflicting phases.
    pub(super) waiting: u32,
    /// Maximum is inhibited: cycle and force-offs are in charge.
    pub(super) coordinated: bool,
    /// A gap may end the green: not fixed time, not a coordinated phase.
    pub(super) actuated: bool,
}

impl Green {
    /// Advances the timers of `phase` by one tick.
    pub(super) fn tick(
        &mut self,
        tick: &Tick<'_>,
        phase: PhaseId,
        around: Surroundings,
        log: &mut Log,
    ) {
        let shown = tick.shown.phases[phase];
        let timing = &tick.site.phase[phase].actuated;
        let actuations = tick.readings.actuations[phase];
        if shown.interval != Interval::Green {
            if self.on {
                self.waiting = 0;
                self.on = false;
            }
            self.waiting = self.waiting.saturating_add(actuations);
            return;
        }
        if !self.on {
            self.begin(tick, phase, shown.since);
        }
        self.lasted = tick.now.since(self.since);
        if tick.readings.extending.contains(phase) {
            self.extended = tick.now + TICK;
        }
        self.time_maximum(tick, phase, around, log);
        self.reduce_gap(tick, phase, around, log);
        self.look_for_gap(tick, phase, around, log);
        if !self.initial_logged && timing.added_initial.is_some() && self.lasted >= self.initial {
            self.initial_logged = true;
            log.phase(code::ADDED_INITIAL_COMPLETE, phase);
        }
    }

    fn begin(&mut self, tick: &Tick<'_>, phase: PhaseId, since: Timestamp) {
        let timing = &tick.site.phase[phase].actuated;
        let min_green = tick.site.phase[phase].safety.min_green;
        let added = timing.added_initial.map_or(Millis::ZERO, |added| {
            Millis(added.per_actuation.0 * i64::from(self.waiting)).min(added.max)
        });
        *self = Self {
            on: true,
            since,
            initial: min_green.max(added),
            extended: since,
            waiting: self.waiting,
            dynamic: self.dynamic,
            streak: self.streak,
            ..Self::default()
        };
    }

    fn time_maximum(
        &mut self,
        tick: &Tick<'_>,
        phase: PhaseId,
        around: Surroundings,
        log: &mut Log,
    ) {
        let max_recall = tick.site.phase[phase].actuated.recall == Recall::Max;
        if !around.conflict {
            self.conflict_since = None;
        } else if self.conflict_since.is_none() {
            // What is shown is known a tick later: a call that waits since the start counts from there.
            let from_start = tick.now.since(self.since) <= TICK;
            self.conflict_since = Some(if from_start { self.since } else { tick.now });
            log.phase(code::PHASE_CHECK, phase);
        }
        if max_recall {
            self.max_since = Some(self.since);
        } else {
            if self.max_since.is_none() && around.conflict && !around.coordinated {
                let (in_effect, _) = self.max_in_effect(tick, phase);
                log.phase(in_effect, phase);
            }
            self.max_since = self.conflict_since;
        }
    }

    /// The maximum that counts, and the event that names it.
    fn max_in_effect(&self, tick: &Tick<'_>, phase: PhaseId) -> (u16, Millis) {
        let base = tick.program.max_green[phase];
        let timing = &tick.site.phase[phase].actuated;
        if timing.dynamic_max.is_some() && dynamic_allowed(tick, phase) {
            (code::DYNAMIC_MAX_IN_EFFECT, base + self.dynamic)
        } else if tick.program.max_two.contains(phase) {
            (code::MAX_2_IN_EFFECT, base)
        } else {
            (code::MAX_1_IN_EFFECT, base)
        }
    }

    /// Green left before the maximum; `None` while it does not time.
    pub(super) fn max_left(&self, tick: &Tick<'_>, phase: PhaseId) -> Option<Millis> {
        let (_, max) = self.max_in_effect(tick, phase);
        self.max_since.map(|since| max - tick.now.since(since))
    }

    fn reduce_gap(&mut self, tick: &Tick<'_>, phase: PhaseId, around: Surroundings, log: &mut Log) {
        let Some(reduction) = tick.site.phase[phase].actuated.gap_reduction else {
            return;
        };
        let Some(conflict_since) = self.conflict_since else {
            self.reducing_since = None;
            self.reduced_logged = false;
            return;
        };
        let cars = reduction
            .cars_before
            .is_some_and(|cars| around.waiting >= cars);
        if self.reducing_since.is_none()
            && (cars || tick.now.since(conflict_since) >= reduction.before)
        {
            self.reducing_since = Some(tick.now);
            log.phase(code::EXTENSION_TIMER_REDUCTION_START, phase);
        }
        if let Some(since) = self.reducing_since
            && !self.reduced_logged
            && tick.now.since(since) >= reduction.over
        {
            self.reduced_logged = true;
            log.phase(code::EXTENSION_TIMER_MINIMUM_ACHIEVED, phase);
        }
    }

    /// The gap that ends the green now.
    fn allowed_gap(&self, timing: &ActuatedTiming, now: Timestamp) -> Millis {
        match (timing.gap_reduction, self.reducing_since) {
            (Some(reduction), Some(since)) => reduced(timing.passage, reduction, now.since(since)),
            (Some(_) | None, _) => timing.passage,
        }
    }

    fn look_for_gap(
        &mut self,
        tick: &Tick<'_>,
        phase: PhaseId,
        around: Surroundings,
        log: &mut Log,
    ) {
        let timing = &tick.site.phase[phase].actuated;
        if !around.conflict || !around.actuated || timing.recall == Recall::Max {
            self.gap_ends = None;
            return;
        }
        let gap = tick.now.since(self.extended);
        let allowed = self.allowed_gap(timing, tick.now);
        let guaranteed = timing.guaranteed_passage && allowed < timing.passage;
        let gapped = self.lasted >= self.initial && gap >= allowed;
        if timing.simultaneous_gap_out && !guaranteed && !gapped {
            self.gap_ends = None; // goes on extending until the other ring is ready too
        }
        if gapped && self.gap_ends.is_none() {
            let owed = if guaranteed { timing.passage } else { allowed };
            self.gap_ends = Some((self.extended + owed).max(tick.now));
            log.phase(code::EXTENSION_TIMER_GAP_OUT, phase);
        }
    }

    /// Nothing extends this green: it would end if anything were waiting.
    pub(super) fn rests(&self, tick: &Tick<'_>, phase: PhaseId) -> bool {
        let timing = &tick.site.phase[phase].actuated;
        let kept = timing.recall == Recall::Max
            && self
                .max_left(tick, phase)
                .is_some_and(|left| left > Millis::ZERO);
        self.is_complete(tick, phase) && !kept && tick.now.since(self.extended) >= timing.passage
    }

    /// Initial green and pedestrian service are over.
    pub(super) fn is_complete(&self, tick: &Tick<'_>, phase: PhaseId) -> bool {
        self.on && self.lasted >= self.initial && service_is_complete(tick, phase)
    }

    /// Why the green may end now; `None`: it may not.
    pub(super) fn may_end(&self, tick: &Tick<'_>, phase: PhaseId, at: EndRule) -> Option<GreenEnd> {
        if !self.is_complete(tick, phase) {
            return None;
        }
        let gap = self.gap_ends.is_some_and(|ends| tick.now >= ends);
        match at {
            EndRule::Free if gap => Some(GreenEnd::GapOut),
            EndRule::Free => self
                .max_left(tick, phase)
                .filter(|&left| left <= Millis::ZERO)
                .map(|_| GreenEnd::MaxOut),
            EndRule::BeforeForceOff | EndRule::AfterForceOff if gap => Some(GreenEnd::GapOut),
            EndRule::AfterForceOff | EndRule::AtForceOffOnly { passed: true } => {
                Some(GreenEnd::ForceOff)
            }
            EndRule::BeforeForceOff | EndRule::AtForceOffOnly { passed: false } => None,
        }
    }

    /// The green ended for this reason: moves the dynamic maximum (NTCIP `phaseDynamicMaxLimit`,
    /// `phaseDynamicMaxStep`): from the second maximum in a row on each adds a step, from the second gap
    /// in a row on each takes one, within the maximum green and the limit.
    pub(super) fn ended(&mut self, tick: &Tick<'_>, phase: PhaseId, why: GreenEnd, log: &mut Log) {
        let Some(dynamic) = tick.site.phase[phase].actuated.dynamic_max else {
            return;
        };
        if !dynamic_allowed(tick, phase) {
            return;
        }
        self.streak = match why {
            GreenEnd::MaxOut => self.streak.max(0).saturating_add(1),
            GreenEnd::GapOut => self.streak.min(0).saturating_sub(1),
            GreenEnd::ForceOff | GreenEnd::Planned | GreenEnd::MaxWait => return,
        };
        let base = tick.program.max_green[phase];
        let (lowest, highest) = (base.min(dynamic.limit), base.max(dynamic.limit));
        if self.streak >= 2 && base + self.dynamic + dynamic.step <= highest {
            self.dynamic += dynamic.step;
            log.phase(code::DYNAMIC_MAX_STEP_UP, phase);
        }
        if self.streak <= -2 && base + self.dynamic - dynamic.step >= lowest {
            self.dynamic = self.dynamic - dynamic.step;
            log.phase(code::DYNAMIC_MAX_STEP_DOWN, phase);
        }
    }
}

/// What may end a green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndRule {
    /// A gap or the maximum.
    Free,
    /// A gap: the force-off is still to come.
    BeforeForceOff,
    /// A gap or the force-off, which is past.
    AfterForceOff,
    /// Only the force-off: coordinated phases, max recall in coordination, fixed time.
    AtForceOffOnly {
        /// It is past.
        passed: bool,
    },
}

/// Minimum green and pedestrian service, as shown, are over: the gate would let the green go.
pub(super) fn service_is_complete(tick: &Tick<'_>, phase: PhaseId) -> bool {
    let shown = tick.shown.phases[phase];
    let safety = &tick.site.phase[phase].safety;
    let pedestrians_done = match shown.pedestrian {
        PedestrianInterval::DontWalk => true,
        PedestrianInterval::Walk => false,
        PedestrianInterval::Clearance => safety.pedestrian.is_none_or(|pedestrian| {
            tick.now.since(shown.pedestrian_since) >= pedestrian.clearance
        }),
    };
    shown.interval == Interval::Green
        && tick.now.since(shown.since) >= safety.min_green
        && pedestrians_done
}

/// NTCIP: dynamic maximum is off under max recall and while a detector of the phase has failed.
fn dynamic_allowed(tick: &Tick<'_>, phase: PhaseId) -> bool {
    tick.site.phase[phase].actuated.recall != Recall::Max && !tick.readings.failed.contains(phase)
}

/// Passage falling linearly to the minimum gap.
fn reduced(passage: Millis, reduction: GapReduction, elapsed: Millis) -> Millis {
    let over = reduction.over.0.max(1);
    let share = elapsed.0.clamp(0, over);
    let fall = (passage - reduction.min_gap).0.max(0);
    Millis(passage.0 - fall * share / over)
}
