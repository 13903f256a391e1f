//! The best of all legal plans, by forward label setting.
//!
//! In: a model, a limit on labels. Out: the least delay with its plan; or, when there are more labels than the
//! limit, a plan that is good (labels dropped) or a delay that no plan can be below (labels merged). Not here:
//! how lanes move (`model.rs`), when a label may be left out (`labels.rs`).
//!
//! Plans change at any tick. Two things keep them few, and lose nothing. A plan can be changed without
//! costing anybody anything so that every green begins as soon as it may, and ends as soon as it may
//! without keeping back somebody whom it served. So a green *begins* only at the moment at which the last
//! phase in its way is out of it, and *ends* only when its minimum (or its pedestrians' time) is over, at the tick
//! that just serves one vehicle more, or when another begins that serves the same. Of plans with equal delay the one
//! with the earlier changes wins, or two plans could wait for each other to be the better one (`docs/bound.md`).

use super::evaluate::{STEP, change};
use super::history::History;
use super::labels::{Come, Label, Labels, State};
use super::model::{Bits, Held, LANES_MAX, Model, PHASES_MAX, Progress, Service, Ticks, bit, each};
use super::relax;

/// What to do with more labels than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    /// Go on with the most promising: the result is a legal plan.
    Drop,
    /// Merge similar ones into one that is better than any of them: the result is a lower bound.
    Merge,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Total delay, vehicles × ticks.
    pub(super) delay: i64,
    /// The greens from each moment on; empty when labels were merged.
    pub(super) plan: Vec<(Ticks, Bits)>,
    /// Most labels at one moment.
    pub(super) labels_max: usize,
    /// Whether there ever were more than the limit.
    pub(super) cut: bool,
}

/// Searches the whole model with at most `limit` labels per moment. `progress` is told the share done. `None`:
/// no plan keeps the pedestrians' greens, or all that do were dropped.
pub(super) fn search(
    model: &Model,
    limit: usize,
    too_many: TooMany,
    progress: &mut dyn FnMut(f64),
) -> Option<Found> {
    let mut history = History::new();
    let (mut now, mut next) = (Labels::new(model), Labels::new(model));
    let mut state = State {
        lanes: [Progress::default(); LANES_MAX],
        clear: [0; PHASES_MAX],
        label: Label::default(),
    };
    let mut come = Come::new(model, 0);
    now.push(model, &come, &state);
    let shared = shared(model);
    let mut found = Found {
        delay: 0,
        plan: Vec::new(),
        labels_max: 0,
        cut: false,
    };
    while come.at < model.end {
        let until = (come.at + STEP).min(model.end);
        let come_next = Come::new(model, until);
        next.clear();
        let mut step = Step {
            model,
            until,
            come: &come_next,
            present: 0,
            reached: &mut next,
            history: &mut history,
            keeps_plans: too_many == TooMany::Drop,
            held: (model.held.iter())
                .filter(|held| held.from <= until && come.at <= held.until)
                .copied()
                .collect(),
            shared: &shared,
        };
        for n in 0..now.labels.len() {
            now.unpack(model, &come, n, &mut state);
            step.present = model.present(&state.lanes[..model.lanes.len()], come.at);
            let free = state.label.merged || come.at == model.open;
            state.label.merged = false;
            step.expand(&mut state, come.at, free);
        }
        let kept = next.uncovered();
        found.labels_max = found.labels_max.max(kept.len());
        found.cut |= kept.len() > limit;
        now.clear();
        match too_many {
            TooMany::Drop => relax::drop(model, &come_next, &next, kept, limit, &mut now),
            TooMany::Merge => relax::merge(model, &come_next, &next, kept, limit, &mut now),
        }
        history.sweep(&mut now.labels);
        come = come_next;
        progress(f64::from(come.at) / f64::from(model.end));
    }
    let best = (now.labels.iter()).min_by_key(|label| (label.delay, label.moments))?;
    found.delay = best.delay;
    found.plan = history.plan(best.plan);
    Some(found)
}

/// Everything that one step of [`STEP`] has in common.
struct Step<'a> {
    model: &'a Model,
    until: Ticks,
    come: &'a Come,
    /// See [`Model::present`].
    present: u64,
    reached: &'a mut Labels,
    history: &'a mut History,
    /// Plans are wanted, not only what they cost.
    keeps_plans: bool,
    /// Pedestrians served during this step.
    held: Vec<Held>,
    /// See [`shared`].
    shared: &'a [Bits],
}

/// By phase: the phases that serve a movement together with it.
fn shared(model: &Model) -> Vec<Bits> {
    let mut shared = vec![0; model.signal.phases.len()];
    for movement in &model.movements {
        let phases = movement.protected | movement.permissive;
        each(phases).for_each(|phase| shared[phase] |= phases & !bit(phase));
    }
    shared
}

impl Step<'_> {
    /// All that may become of `state`, which is of moment `t`. `free`: whatever may change may do so at once.
    fn expand(&mut self, state: &mut State, mut t: Ticks, mut free: bool) {
        let model = self.model;
        loop {
            let event = if free {
                Some(t)
            } else {
                self.next_event(state, t)
            };
            let at = event.unwrap_or(self.until);
            let green = state.label.green;
            if self.leaves_pedestrians((t, at), green) {
                return;
            }
            for (lane, progress) in state.lanes[..model.lanes.len()].iter_mut().enumerate() {
                let span = (t, at);
                state.label.delay_of_left +=
                    model.serve(lane, progress, span, (green, self.present));
            }
            if event.is_none() {
                break;
            }
            self.branch(state, t, at, free);
            free = false;
            t = at;
            if t == self.until {
                break;
            }
        }
        self.reach(state);
    }

    /// Every change that may be made at `at`, the last look having been at `t`.
    fn branch(&mut self, state: &State, t: Ticks, at: Ticks, free: bool) {
        let signal = &self.model.signal;
        let old = state.label.green;
        let (ends, starts) = self.options(state, t, at, free);
        let all = ends | starts;
        let mut chosen = all;
        while chosen != 0 {
            let new = old & !(chosen & ends) | chosen & starts;
            let mut started = each(chosen & starts);
            if started.all(|phase| signal.rivals[phase] & new == 0) {
                let mut child = *state;
                let lanes = &mut child.lanes[..self.model.lanes.len()];
                child.label.delay_of_left += change(self.model, lanes, at, (old, new));
                child.label.green = new;
                for phase in each(chosen) {
                    child.label.moments += i64::from(at);
                    child.clear[phase] = at
                        + if ends & bit(phase) == 0 {
                            signal.min_green[phase]
                        } else {
                            signal.rest[phase]
                        };
                }
                if self.keeps_plans {
                    child.label.plan = self.history.add(state.label.plan, at, new);
                }
                if at < self.until {
                    self.expand(&mut child, at, false);
                } else {
                    self.reach(&child);
                }
            }
            chosen = (chosen - 1) & all;
        }
    }

    /// The state is of the end of the step.
    fn reach(&mut self, state: &State) {
        self.reached.push(self.model, self.come, state);
    }

    /// Whether these greens during this span would leave somebody on a crosswalk.
    fn leaves_pedestrians(&self, (from, until): (Ticks, Ticks), green: Bits) -> bool {
        let red = self.held.iter().filter(|held| green & bit(held.phase) == 0);
        red.into_iter()
            .any(|held| held.from.max(from) < held.until.min(until))
    }

    /// The next moment after `t` in this step at which something may change.
    fn next_event(&self, state: &State, t: Ticks) -> Option<Ticks> {
        let moment = |phase| {
            if state.label.green & bit(phase) == 0 {
                self.ready(state, phase)
            } else {
                self.next_end(state, phase, t)
            }
        };
        let phases = 0..self.model.signal.phases.len();
        let later = phases.map(moment).filter(|&at| at > t);
        later.min().filter(|&at| at <= self.until)
    }

    /// Phases that may end, and phases that may begin at `at`.
    fn options(&self, state: &State, t: Ticks, at: Ticks, free: bool) -> (Bits, Bits) {
        let (mut ends, mut starts) = (0, 0);
        for phase in 0..self.model.signal.phases.len() {
            let this = bit(phase);
            if state.label.green & this == 0 {
                let ready = self.ready(state, phase);
                if ready == at || free && ready < at {
                    starts |= this;
                }
            } else if self.may_end(state, phase, at)
                && (free || self.next_end(state, phase, t.max(at - 1)) == at)
            {
                ends |= this;
            }
        }
        // Whom a phase serves that begins, another need not serve any more.
        for phase in each(state.label.green) {
            if self.shared[phase] & starts != 0 && self.may_end(state, phase, at) {
                ends |= bit(phase);
            }
        }
        (ends, starts)
    }

    /// When a red phase may begin, one without vehicles with its pedestrians only; [`Ticks::MAX`] while a phase in its way is green.
    fn ready(&self, state: &State, phase: usize) -> Ticks {
        let signal = &self.model.signal;
        if signal.rivals[phase] & state.label.green != 0 {
            return Ticks::MAX;
        }
        let after =
            |other: usize| state.clear[other] - signal.rest[other] + signal.between[other][phase];
        let ready = each(signal.rivals[phase])
            .map(after)
            .fold(after(phase), Ticks::max);
        if signal.walkers & bit(phase) == 0 {
            return ready;
        }
        let walks = self.held.iter().filter(|held| held.phase == phase);
        let walks = walks.map(|held| held.from).filter(|&from| from >= ready);
        walks.min().unwrap_or(Ticks::MAX)
    }

    fn may_end(&self, state: &State, phase: usize, at: Ticks) -> bool {
        let held = self.held.iter();
        let mut held = held.filter(|held| held.phase == phase);
        state.clear[phase] <= at && !held.any(|held| (held.from..held.until).contains(&at))
    }

    /// The first moment after `t` at which ending a green phase is worth while: it may end, and
    /// has just become able to or just serves one vehicle more.
    fn next_end(&self, state: &State, phase: usize, t: Ticks) -> Ticks {
        let clear = state.clear[phase];
        if clear > t {
            return clear;
        }
        let held = self.held.iter().filter(|held| held.phase == phase);
        let released = held.map(|held| held.until).filter(|&until| until > t);
        let served = self.next_served(state, phase, t);
        released.fold(served, Ticks::min)
    }

    /// The first moment after `t` at which ending a phase serves somebody whom ending it a tick earlier would
    /// have kept back.
    fn next_served(&self, state: &State, phase: usize, t: Ticks) -> Ticks {
        let model = self.model;
        let green = state.label.green;
        let others = green & !bit(phase);
        let mut first = Ticks::MAX;
        for lane in 0..model.lanes.len() {
            let mut progress = state.lanes[lane];
            // Everybody ahead who goes without this phase has gone.
            let mut gone = 0;
            while let Some(service) = model.head(lane, progress, green) {
                let leaves = model.leaves(lane, progress, service).max(t);
                let end = (leaves - model.rates.yellow_used + 1).max(gone);
                if end > self.until {
                    break;
                }
                let kept = model.head(lane, progress, others);
                let needs = service.is_green() && !kept.is_some_and(Service::is_green);
                if service == Service::Yielding {
                    // When it finds its gap is not known here: any tick may be the one.
                    first = first.min(t + 1);
                    break;
                }
                if needs && end > t {
                    first = first.min(end);
                    break;
                }
                if !needs {
                    gone = leaves + 1;
                }
                model.leave(lane, &mut progress, leaves);
            }
        }
        first
    }
}
