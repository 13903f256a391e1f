//! One interval per phase, and how each follows the other.
//!
//! In: which phases are wished green and which should walk, and the time. Out: [`Signals`], what every
//! phase does. Minimum green, walk, clearances, buffers, red revert and the time between conflicting
//! greens are kept here, whatever the wish. Not here: where wishes come from (`gate.rs`), and the
//! second, independent look at the result (`rules.rs`).

use crate::intersection::{
    Conflicts, Intersection, PerPhase, PhaseId, PhaseSet, START_UP_RED, SafetyTiming, ServiceTimes,
};
use crate::signal::{
    Heads, Indication, Interval, PedestrianIndication, PedestrianInterval, SignalState,
};
use crate::units::{Millis, Timestamp};

/// What the gate keeps of a site: safety timing and conflicts, and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) phases: PhaseSet,
    /// Phases with pedestrian heads.
    pub(crate) crossings: PhaseSet,
    pub(crate) pedestrian_only: PhaseSet,
    pub(crate) safety: PerPhase<SafetyTiming>,
    pub(crate) conflicts: Conflicts,
    pub(crate) service: ServiceTimes,
    /// For each phase, those of the site it conflicts with.
    pub(crate) rivals: PerPhase<PhaseSet>,
}

impl Timing {
    pub(crate) fn new(site: &Intersection) -> Self {
        let safety = PerPhase::from_fn(|phase| site.phase[phase].safety);
        let having = |has: &dyn Fn(&SafetyTiming) -> bool| {
            site.phases
                .iter()
                .filter(|&phase| has(&safety[phase]))
                .collect()
        };
        Self {
            phases: site.phases,
            crossings: having(&|timing| timing.pedestrian.is_some()),
            pedestrian_only: having(&|timing| timing.pedestrian_only),
            safety,
            conflicts: site.conflicts.clone(),
            service: ServiceTimes::new(site.phases, &site.phase, &site.conflicts),
            rivals: PerPhase::from_fn(|phase| {
                site.phases
                    .difference(site.conflicts.compatible[phase])
                    .without(phase)
            }),
        }
    }

    fn leading(&self, phase: PhaseId) -> Millis {
        self.service.leading[phase]
    }

    fn buffer(&self, phase: PhaseId) -> Millis {
        self.safety[phase]
            .pedestrian
            .map_or(Millis::ZERO, |timing| timing.buffer)
    }
}

/// Phases that should be green and phases that should serve pedestrians: advice made legal, or the
/// guard's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Compatible phases of the site.
    pub(crate) green: PhaseSet,
    /// Some of `green`, all with pedestrian heads.
    pub(crate) walk: PhaseSet,
}

/// The calls as far as intervals depend on them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    /// Phases with any registered call.
    pub(crate) any: PhaseSet,
    /// Phases with a registered pedestrian call.
    pub(crate) pedestrian: PhaseSet,
}

/// What every phase does, with what must be remembered of the past.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    pub(crate) state: SignalState,
    /// Phases in leading walk or green.
    pub(crate) right_of_way: PhaseSet,
    pub(crate) greens: PhaseSet,
    /// Phases in walk.
    pub(crate) walking: PhaseSet,
    /// Phases that have had a walk since their right of way began.
    walked: PhaseSet,
    /// End of the last green.
    pub(crate) green_ended: PerPhase<Timestamp>,
    /// Since when vehicles see red.
    pub(crate) red_since: PerPhase<Timestamp>,
    /// End of the last pedestrian clearance.
    crossing_ended: PerPhase<Timestamp>,
    /// Nothing starts before: all red after power-up and flash.
    pub(crate) held_until: Timestamp,
}

impl Signals {
    /// All red, as if every phase had just ended.
    pub(crate) fn start(now: Timestamp) -> Self {
        let mut state = SignalState::default();
        for phase in PhaseId::all() {
            state.phases[phase].since = now;
            state.phases[phase].pedestrian_since = now;
        }
        Self {
            state,
            right_of_way: PhaseSet::EMPTY,
            greens: PhaseSet::EMPTY,
            walking: PhaseSet::EMPTY,
            walked: PhaseSet::EMPTY,
            green_ended: PerPhase::from_fn(|_| now),
            red_since: PerPhase::from_fn(|_| now),
            crossing_ended: PerPhase::from_fn(|_| now),
            held_until: now + START_UP_RED,
        }
    }

    /// One tick: ends what is over, then starts what is wished and has a clear way.
    pub(crate) fn step(&mut self, timing: &Timing, wish: Wish, demand: Demand, now: Timestamp) {
        for phase in timing.phases.iter() {
            self.step_pedestrians(timing, phase, wish, demand, now);
            self.step_vehicles(timing, phase, wish, now);
        }
        for phase in wish.green.difference(self.right_of_way).iter() {
            if self.may_start(timing, phase, now) {
                // A phase with nothing but pedestrian heads has no other way to begin. A second walk in
                // the same green has to be wished: one for every call, and the green outlasts its split.
                let walk = wish.walk.union(timing.pedestrian_only).contains(phase);
                self.begin(timing, phase, walk, now);
            }
        }
    }

    /// Whether every phase is red and all who had the right of way have had time to clear.
    pub(crate) fn all_clear(&self, timing: &Timing, now: Timestamp) -> bool {
        timing.phases.iter().all(|phase| {
            // Without red clearance a phase turns red in this very tick, and red must be seen first.
            let seen_red = self.red_since[phase] < now;
            self.state.phases[phase].interval == Interval::Red
                && seen_red
                && now.since(self.crossing_ended[phase]) >= timing.buffer(phase)
        })
    }

    /// Earliest end of green of a phase with the right of way that is not wished any more from `now`.
    pub(crate) fn earliest_end(
        &self,
        timing: &Timing,
        phase: PhaseId,
        now: Timestamp,
    ) -> Timestamp {
        let state = &self.state.phases[phase];
        let safety = &timing.safety[phase];
        let min_green = safety.min_green.round_up_to_tick();
        let vehicles = match state.interval {
            Interval::LeadingWalk => state.since + timing.leading(phase) + min_green,
            Interval::Green => state.since + min_green,
            Interval::Red | Interval::YellowChange | Interval::RedClearance => now,
        };
        let Some(crossing) = safety.pedestrian else {
            return vehicles.max(now);
        };
        let (walk, clearance) = (
            crossing.walk.round_up_to_tick(),
            crossing.clearance.round_up_to_tick(),
        );
        let walk = match state.interval {
            Interval::LeadingWalk => walk.max(timing.leading(phase)),
            Interval::Red | Interval::Green | Interval::YellowChange | Interval::RedClearance => {
                walk
            }
        };
        let pedestrians = match state.pedestrian {
            PedestrianInterval::DontWalk => now,
            PedestrianInterval::Walk => now.max(state.pedestrian_since + walk) + clearance,
            PedestrianInterval::Clearance => state.pedestrian_since + clearance,
        };
        vehicles.max(pedestrians).max(now)
    }

    fn step_pedestrians(
        &mut self,
        timing: &Timing,
        phase: PhaseId,
        wish: Wish,
        demand: Demand,
        now: Timestamp,
    ) {
        let Some(crossing) = timing.safety[phase].pedestrian else {
            return;
        };
        let state = &self.state.phases[phase];
        let shown = now.since(state.pedestrian_since);
        let wished = wish.walk.contains(phase) && wish.green.contains(phase);
        match state.pedestrian {
            PedestrianInterval::DontWalk => {
                // A second walk in one green only for somebody who waits, so that a wish left standing
                // cannot hold the green for ever.
                let due = !self.walked.contains(phase) || demand.pedestrian.contains(phase);
                if wished && due && self.greens.contains(phase) {
                    self.show_pedestrian(phase, PedestrianInterval::Walk, now);
                }
            }
            PedestrianInterval::Walk => {
                let rest = wished && !demand.any.intersects(timing.rivals[phase]);
                // Nobody clears beside a red: a leading walk longer than the walk stretches it.
                let leads =
                    state.interval == Interval::LeadingWalk && shown < timing.leading(phase);
                if shown >= crossing.walk && !rest && !leads {
                    self.show_pedestrian(phase, PedestrianInterval::Clearance, now);
                }
            }
            PedestrianInterval::Clearance => {
                if shown >= crossing.clearance {
                    self.show_pedestrian(phase, PedestrianInterval::DontWalk, now);
                    self.crossing_ended[phase] = now;
                }
            }
        }
    }

    fn step_vehicles(&mut self, timing: &Timing, phase: PhaseId, wish: Wish, now: Timestamp) {
        let state = &self.state.phases[phase];
        let safety = &timing.safety[phase];
        let shown = now.since(state.since);
        match state.interval {
            Interval::LeadingWalk => {
                if shown >= timing.leading(phase) {
                    self.show(phase, Interval::Green, now);
                }
            }
            Interval::Green => {
                let over =
                    shown >= safety.min_green && state.pedestrian == PedestrianInterval::DontWalk;
                if over && !wish.green.contains(phase) {
                    self.show(phase, Interval::YellowChange, now);
                    self.green_ended[phase] = now;
                    if safety.yellow_change == Millis::ZERO {
                        self.begin_red_clearance(safety, phase, now);
                    }
                }
            }
            Interval::YellowChange => {
                if shown >= safety.yellow_change {
                    self.begin_red_clearance(safety, phase, now);
                }
            }
            Interval::RedClearance => {
                if shown >= safety.red_clearance {
                    self.show(phase, Interval::Red, now);
                }
            }
            Interval::Red => {}
        }
    }

    fn begin_red_clearance(&mut self, safety: &SafetyTiming, phase: PhaseId, now: Timestamp) {
        self.red_since[phase] = now;
        let next = if safety.red_clearance == Millis::ZERO {
            Interval::Red
        } else {
            Interval::RedClearance
        };
        self.show(phase, next, now);
    }

    /// Whether service of a red phase may begin: red revert is over, and every conflicting phase has
    /// been out of the way for long enough, its pedestrians too.
    fn may_start(&self, timing: &Timing, phase: PhaseId, now: Timestamp) -> bool {
        let rested = now.since(self.red_since[phase]) >= timing.safety[phase].red_revert;
        self.state.phases[phase].interval == Interval::Red
            && rested
            && now >= self.held_until
            && timing.rivals[phase]
                .iter()
                .all(|rival| self.is_out_of_the_way(timing, rival, phase, now))
    }

    fn is_out_of_the_way(
        &self,
        timing: &Timing,
        rival: PhaseId,
        phase: PhaseId,
        now: Timestamp,
    ) -> bool {
        self.state.phases[rival].interval == Interval::Red
            && now.since(self.green_ended[rival]) >= timing.conflicts.between[rival][phase]
            && now.since(self.crossing_ended[rival]) >= timing.buffer(rival)
    }

    fn begin(&mut self, timing: &Timing, phase: PhaseId, walk: bool, now: Timestamp) {
        let leads = walk && timing.leading(phase) > Millis::ZERO;
        let first = if leads {
            Interval::LeadingWalk
        } else {
            Interval::Green
        };
        self.walked.remove(phase);
        self.show(phase, first, now);
        if walk {
            self.show_pedestrian(phase, PedestrianInterval::Walk, now);
        }
    }

    fn show(&mut self, phase: PhaseId, interval: Interval, now: Timestamp) {
        let state = &mut self.state.phases[phase];
        state.interval = interval;
        state.since = now;
        let goes = matches!(interval, Interval::LeadingWalk | Interval::Green);
        set(&mut self.right_of_way, phase, goes);
        set(&mut self.greens, phase, interval == Interval::Green);
    }

    fn show_pedestrian(&mut self, phase: PhaseId, interval: PedestrianInterval, now: Timestamp) {
        let state = &mut self.state.phases[phase];
        state.pedestrian = interval;
        state.pedestrian_since = now;
        set(
            &mut self.walking,
            phase,
            interval == PedestrianInterval::Walk,
        );
        if interval == PedestrianInterval::Walk {
            self.walked.insert(phase);
        }
    }

    /// What the lamps show for this state.
    pub(crate) fn heads(&self, timing: &Timing) -> Heads {
        let mut heads = Heads::default();
        for phase in timing.phases.difference(timing.pedestrian_only).iter() {
            heads.vehicle[phase] = if self.state.flash {
                Indication::FlashingRed
            } else {
                vehicle_indication(self.state.phases[phase].interval)
            };
        }
        if !self.state.flash {
            for phase in timing.crossings.iter() {
                heads.pedestrian[phase] = match self.state.phases[phase].pedestrian {
                    PedestrianInterval::DontWalk => PedestrianIndication::DontWalk,
                    PedestrianInterval::Walk => PedestrianIndication::Walk,
                    PedestrianInterval::Clearance => PedestrianIndication::FlashingDontWalk,
                };
            }
        }
        heads
    }
}

fn vehicle_indication(interval: Interval) -> Indication {
    match interval {
        Interval::Red | Interval::LeadingWalk | Interval::RedClearance => Indication::Red,
        Interval::Green => Indication::Green,
        Interval::YellowChange => Indication::Yellow,
    }
}

fn set(phases: &mut PhaseSet, phase: PhaseId, member: bool) {
    if member {
        phases.insert(phase);
    } else {
        phases.remove(phase);
    }
}
