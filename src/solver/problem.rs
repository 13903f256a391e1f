//! What is legal: when phases may end and begin, and which calls must be served by when.
//!
//! In: the site's safety timing, what the signal shows, the calls. Out: [`Problem`], which knows every
//! set of phases worth wanting now, how long each change takes, and whether every call can still be
//! served in time. Not here: traffic, cost, or anything of the safety gate. The gate checks the same
//! rules with its own code; the two share only the timing table of the site, so that a mistake in one
//! shows up as a refusal of the other.

use crate::estimation::Estimate;
use crate::intersection::Intersection;
use crate::intersection::PHASES_MAX;
use crate::intersection::PerPhase;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::prediction::NEVER;
use crate::prediction::Offset;
use crate::signal::Interval;
use crate::signal::PedestrianInterval;
use crate::signal::PhaseState;
use crate::signal::SignalState;
use crate::units::Millis;
use crate::units::Timestamp;

/// Most sets of phases the solver chooses among. NEMA dual ring has 8; a large conflict table some 20.
pub(super) const SETS_MAX: usize = 32;

/// Plans serve every call this long before its bound, so that the guard (`guard.rs`) seldom has to
/// insist: a few decisions' worth.
const PLANNED_MARGIN: Offset = 5_000;

/// Safety timing in milliseconds, by phase.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    phases: PhaseSet,
    min_green: PerPhase<Offset>,
    red_clearance: PerPhase<Offset>,
    yellow: PerPhase<Offset>,
    red_revert: PerPhase<Offset>,
    max_wait: PerPhase<Offset>,
    /// Phases with a crosswalk, and their pedestrian timing.
    crossed: PhaseSet,
    walk_and_clearance: PerPhase<Offset>,
    clearance: PerPhase<Offset>,
    buffer: PerPhase<Offset>,
    leading: PerPhase<Offset>,
    pedestrian_max_wait: PerPhase<Offset>,
    pedestrian_only: PhaseSet,
    pub(super) pedestrian_recall: PhaseSet,
    compatible: PerPhase<PhaseSet>,
    between: PerPhase<PerPhase<Offset>>,
}

/// Phases with the right of way at one moment of a plan, and since when they may end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) set: PhaseSet,
    /// Earliest end of green: minimum green and pedestrian service over.
    pub(super) min_end: PerPhase<Offset>,
    /// Phases whose pedestrians were or are served in this green.
    pub(super) walking: PhaseSet,
}

/// How a change from one phase set to another goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transition {
    /// Phases whose lamps are green at its start.
    pub(super) green: PhaseSet,
    /// From these moments on, exactly these are green; ascending, moments differ.
    changes: [(Offset, PhaseSet); CHANGES_MAX],
    len: usize,
    /// When everything wanted is green.
    pub(super) ready: Offset,
    /// What stands when it is over.
    pub(super) after: Standing,
    /// When each entering phase starts (walk, where it leads).
    pub(super) starts: PerPhase<Offset>,
    /// When each entering phase turns green.
    pub(super) greens: PerPhase<Offset>,
    /// Phases that enter.
    pub(super) entering: PhaseSet,
    /// Phases whose pedestrians are served.
    pub(super) walks: PhaseSet,
}

/// Every phase ends or begins at most once.
const CHANGES_MAX: usize = 2 * PHASES_MAX;

impl Transition {
    pub(super) fn changes(&self) -> &[(Offset, PhaseSet)] {
        self.changes.get(..self.len).unwrap_or_default()
    }

    /// Earliest moment at which some phase of the set may end again.
    pub(super) fn unlocked(&self) -> Offset {
        let ends = self.after.set.iter().map(|p| self.after.min_end[p]);
        ends.min().unwrap_or(0)
    }
}

fn ms(time: Millis) -> Offset {
    crate::prediction::clamp_offset(time)
}

impl Timing {
    pub(super) fn new(site: &Intersection) -> Self {
        let safety = |p: PhaseId| site.phase[p].safety;
        let walker = |p: PhaseId| safety(p).pedestrian;
        let which = |wanted: &dyn Fn(PhaseId) -> bool| -> PhaseSet {
            site.phases.iter().filter(|&p| wanted(p)).collect()
        };
        Self {
            phases: site.phases,
            min_green: PerPhase::from_fn(|p| ms(safety(p).min_green)),
            red_clearance: PerPhase::from_fn(|p| ms(safety(p).red_clearance)),
            yellow: PerPhase::from_fn(|p| ms(safety(p).yellow_change)),
            red_revert: PerPhase::from_fn(|p| ms(safety(p).red_revert)),
            max_wait: PerPhase::from_fn(|p| ms(safety(p).max_wait)),
            crossed: which(&|p| walker(p).is_some()),
            walk_and_clearance: PerPhase::from_fn(|p| {
                walker(p).map_or(0, |w| ms(w.walk) + ms(w.clearance))
            }),
            clearance: PerPhase::from_fn(|p| walker(p).map_or(0, |w| ms(w.clearance))),
            buffer: PerPhase::from_fn(|p| walker(p).map_or(0, |w| ms(w.buffer))),
            leading: PerPhase::from_fn(|p| walker(p).map_or(0, |w| ms(w.leading))),
            pedestrian_max_wait: PerPhase::from_fn(|p| walker(p).map_or(NEVER, |w| ms(w.max_wait))),
            pedestrian_only: which(&|p| safety(p).pedestrian_only),
            pedestrian_recall: which(&|p| {
                walker(p).is_some() && site.phase[p].actuated.pedestrian_recall
            }),
            compatible: site.conflicts.compatible,
            between: PerPhase::from_fn(|a| PerPhase::from_fn(|b| ms(site.conflicts.between[a][b]))),
        }
    }

    fn conflict(&self, a: PhaseId, b: PhaseId) -> bool {
        !self.compatible[a].contains(b)
    }

    fn compatible(&self, set: PhaseSet) -> bool {
        set.iter().all(|p| set.is_subset_of(self.compatible[p]))
    }
}

/// What can be wanted now, and what must be.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) timing: Timing,
    /// Every maximal set; those with more phases of dual entry first, then ascending. Of equally good
    /// sets the search takes the first: the one that traffic is used to.
    maximal: Vec<PhaseSet>,
    /// Sets worth wanting, the present one first, then as above.
    pub(super) sets: Vec<PhaseSet>,
    /// What has the right of way now.
    pub(super) root: Standing,
    /// Phases green now.
    pub(super) green: PhaseSet,
    /// Since when, for phases green now.
    pub(super) green_since: PerPhase<Offset>,
    /// End of the last green of phases without right of way.
    pub(super) ended: PerPhase<Offset>,
    /// Earliest start of each phase that what is clearing now allows.
    clear_at: PerPhase<Offset>,
    /// When a phase that is in its leading walk turns green.
    green_at: PerPhase<Offset>,
    /// Phases chosen for a change that is under way: what has begun to clear for them stays theirs.
    pub(super) committed: PhaseSet,
    /// Phases with an unserved vehicle call.
    pub(super) called: PhaseSet,
    /// Phases with an unserved pedestrian call.
    pub(super) crossing: PhaseSet,
    /// When each call was registered; not after 0.
    pub(super) called_since: PerPhase<Offset>,
    pub(super) crossing_since: PerPhase<Offset>,
    /// By when each must be served.
    pub(super) called_until: PerPhase<Offset>,
    pub(super) crossing_until: PerPhase<Offset>,
}

impl Problem {
    pub(super) fn new(site: &Intersection) -> Self {
        let zero = PerPhase::from_fn(|_| 0);
        let never = PerPhase::from_fn(|_| NEVER);
        let mut maximal = site.phase_sets.clone();
        let usual = |p: &PhaseId| site.phase[*p].actuated.dual_entry;
        maximal.sort_by_key(|set| (PHASES_MAX - set.iter().filter(usual).count(), *set));
        Self {
            maximal,
            timing: Timing::new(site),
            sets: Vec::with_capacity(SETS_MAX),
            root: Standing {
                set: PhaseSet::EMPTY,
                min_end: zero,
                walking: PhaseSet::EMPTY,
            },
            green: PhaseSet::EMPTY,
            green_since: zero,
            ended: zero,
            clear_at: zero,
            green_at: zero,
            committed: PhaseSet::EMPTY,
            called: PhaseSet::EMPTY,
            crossing: PhaseSet::EMPTY,
            called_since: zero,
            crossing_since: zero,
            called_until: never,
            crossing_until: never,
        }
    }

    /// States the problem as of `now`. `wanted` is what was last asked for.
    pub(super) fn state(
        &mut self,
        estimate: &Estimate,
        shown: &SignalState,
        wanted: Option<PhaseSet>,
        now: Timestamp,
    ) {
        self.read_calls(estimate, now);
        self.read_signal(shown, now);
        let changing = shown.phases.iter().any(|(_, phase)| {
            matches!(
                phase.interval,
                Interval::YellowChange | Interval::RedClearance
            )
        });
        let right_of_way = self.root.set;
        let wanted = wanted.filter(|w| right_of_way.is_subset_of(*w) || !changing);
        let fits = wanted
            .filter(|w| self.timing.compatible(*w) && (changing || right_of_way.is_subset_of(*w)));
        self.committed = match fits {
            Some(wanted) if changing => wanted.difference(right_of_way),
            Some(_) | None => PhaseSet::EMPTY,
        };
        self.list_sets(fits.unwrap_or(right_of_way));
    }

    fn read_calls(&mut self, estimate: &Estimate, now: Timestamp) {
        self.called = PhaseSet::EMPTY;
        self.crossing = PhaseSet::EMPTY;
        for phase in self.timing.phases.iter() {
            self.called_until[phase] = NEVER;
            self.crossing_until[phase] = NEVER;
            if let Some(since) = estimate.vehicle_call_since[phase] {
                let since = ms(since.since(now)).min(0);
                self.called.insert(phase);
                self.called_since[phase] = since;
                self.called_until[phase] = since + self.timing.max_wait[phase] - PLANNED_MARGIN;
            }
            let since = estimate.pedestrian_call_since[phase];
            if let Some(since) = since.filter(|_| self.timing.crossed.contains(phase)) {
                let since = ms(since.since(now)).min(0);
                let wait = self.timing.pedestrian_max_wait[phase];
                self.crossing.insert(phase);
                self.crossing_since[phase] = since;
                self.crossing_until[phase] = since + wait - PLANNED_MARGIN;
            }
        }
    }

    fn read_signal(&mut self, shown: &SignalState, now: Timestamp) {
        self.root.set = PhaseSet::EMPTY;
        self.root.walking = PhaseSet::EMPTY;
        self.green = PhaseSet::EMPTY;
        self.clear_at = PerPhase::from_fn(|_| 0);
        self.green_at = PerPhase::from_fn(|_| 0);
        for phase in self.timing.phases.iter() {
            self.read_phase(phase, &shown.phases[phase], now);
        }
    }

    fn read_phase(&mut self, phase: PhaseId, state: &PhaseState, now: Timestamp) {
        let since = ms(state.since.since(now)).min(0);
        let timing = &self.timing;
        let pedestrian_end = pedestrian_end(timing, phase, state, now);
        let (yellow, red) = (timing.yellow[phase], timing.red_clearance[phase]);
        let ended = match state.interval {
            Interval::Green | Interval::LeadingWalk => {
                let mut green = since;
                if state.interval == Interval::LeadingWalk {
                    green = (since + timing.leading[phase]).max(0);
                    self.green_at[phase] = green;
                } else {
                    self.green.insert(phase);
                    self.green_since[phase] = since;
                }
                self.root.set.insert(phase);
                self.root.min_end[phase] = (green + timing.min_green[phase]).max(pedestrian_end);
                if state.pedestrian != PedestrianInterval::DontWalk {
                    self.root.walking.insert(phase);
                }
                return;
            }
            Interval::YellowChange => since,
            Interval::RedClearance => since - yellow,
            Interval::Red => since - yellow - red,
        };
        self.ended[phase] = ended;
        // Red begins after yellow.
        let revert = ended + yellow + timing.red_revert[phase];
        self.clear_at[phase] = self.clear_at[phase].max(revert);
        for other in self.timing.phases.iter() {
            if self.timing.conflict(phase, other) && other != phase {
                let clear = ended + self.timing.between[phase][other];
                self.clear_at[other] = self.clear_at[other].max(clear);
            }
        }
    }

    /// Sets worth wanting: the present one, then every maximal set, without pedestrian-only phases that
    /// nobody called (their service cannot be cut short, so it is not given away).
    fn list_sets(&mut self, present: PhaseSet) {
        self.sets.clear();
        self.add_set(present);
        let idle = self.timing.pedestrian_only.difference(
            self.crossing
                .union(self.called)
                .union(self.root.set)
                .union(self.committed),
        );
        let maximal = std::mem::take(&mut self.maximal);
        for set in &maximal {
            self.add_set(set.difference(idle));
        }
        self.maximal = maximal;
    }

    /// One more set that can be wanted, behind the others, where there is room.
    pub(super) fn add_set(&mut self, set: PhaseSet) {
        let known = self.sets.contains(&set) || set.is_empty();
        if !known && self.sets.len() < SETS_MAX {
            self.sets.push(set);
        }
    }

    /// How the change from `from` to `target` goes when it begins at `at` and pedestrians of `walks`
    /// are served: with the start of entering phases, at once on those that stay.
    pub(super) fn transition(
        &self,
        from: &Standing,
        at: Offset,
        target: PhaseSet,
        walks: PhaseSet,
    ) -> Transition {
        let timing = &self.timing;
        let leaving = from.set.difference(target);
        let entering = target.difference(from.set);
        let staying = from.set.intersection(target);
        let mut t = Transition {
            green: from.set,
            changes: [(0, PhaseSet::EMPTY); CHANGES_MAX],
            len: 0,
            ready: at,
            after: Standing {
                set: target,
                min_end: from.min_end,
                walking: from.walking.intersection(target).union(walks),
            },
            starts: PerPhase::from_fn(|_| 0),
            greens: PerPhase::from_fn(|_| 0),
            entering,
            walks,
        };
        let mut events = Events::default();
        for p in from.set.iter().filter(|&p| self.green_at[p] > at) {
            t.green.remove(p);
            events.add(self.green_at[p], p, true);
        }
        for p in leaving.iter() {
            events.add(at.max(from.min_end[p]), p, false);
        }
        for p in staying.intersection(walks).iter() {
            let done = at + timing.walk_and_clearance[p];
            t.after.min_end[p] = t.after.min_end[p].max(done);
        }
        for q in entering.iter() {
            let mut start = at.max(self.clear_at[q]);
            for p in leaving.iter().filter(|&p| timing.conflict(p, q)) {
                let end = at.max(from.min_end[p]);
                start = start.max(end + timing.between[p][q]);
                if from.walking.contains(p) {
                    start = start.max(from.min_end[p] + timing.buffer[p]);
                }
            }
            let walk = walks.contains(q);
            let green = start + if walk { timing.leading[q] } else { 0 };
            let service = if walk {
                timing.walk_and_clearance[q]
            } else {
                0
            };
            t.starts[q] = start;
            t.greens[q] = green;
            t.after.min_end[q] = (green + timing.min_green[q]).max(start + service);
            t.ready = t.ready.max(green);
            events.add(green, q, true);
        }
        t.ready = staying
            .iter()
            .map(|p| self.green_at[p])
            .fold(t.ready, Offset::max);
        events.write(&mut t);
        t
    }
}

/// When the pedestrians crossing with this phase have finished; long ago if nobody is.
fn pedestrian_end(timing: &Timing, phase: PhaseId, state: &PhaseState, now: Timestamp) -> Offset {
    let since = ms(state.pedestrian_since.since(now)).min(0);
    match state.pedestrian {
        PedestrianInterval::DontWalk => -NEVER,
        PedestrianInterval::Walk => {
            (since + timing.walk_and_clearance[phase]).max(timing.clearance[phase])
        }
        PedestrianInterval::Clearance => since + timing.clearance[phase],
    }
}

/// Ends and beginnings in order of time.
#[derive(Default)]
struct Events {
    list: [Option<(Offset, PhaseId, bool)>; CHANGES_MAX],
    len: usize,
}

impl Events {
    fn add(&mut self, at: Offset, phase: PhaseId, on: bool) {
        if let Some(place) = self.list.get_mut(self.len) {
            *place = Some((at, phase, on));
            self.len += 1;
        }
    }

    /// Writes one change per moment into the transition.
    fn write(&mut self, t: &mut Transition) {
        let list = self.list.get_mut(..self.len).unwrap_or_default();
        list.sort_unstable();
        let mut green = t.green;
        for &(at, phase, on) in list.iter().flatten() {
            green = if on {
                green.with(phase)
            } else {
                green.without(phase)
            };
            let repeated = t.len > 0 && t.changes().last().is_some_and(|(last, _)| *last == at);
            let place = if repeated { t.len - 1 } else { t.len };
            if let Some(change) = t.changes.get_mut(place) {
                *change = (at, green);
                t.len = place + 1;
            }
        }
    }
}
