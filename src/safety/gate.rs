//! The gate itself: one tick from advice and calls to what the lamps show.
//!
//! In: advice, calls, time. Out: [`SignalState`] and [`Heads`]. Not here: how intervals follow each
//! other (`signals.rs`), who waits (`waiting.rs`), the maximum-wait argument (`guard.rs`), the
//! independent rules (`rules.rs`).

use crate::intersection::{Intersection, PerPhase, PhaseSet};
use crate::safety::guard;
use crate::safety::refusal::{Refused, compatible_part, legal_part};
use crate::safety::rules::Monitor;
use crate::safety::signals::{Signals, Timing, Wish};
use crate::safety::waiting::Waiting;
use crate::signal::{Advice, Calls, GreenEnd, Heads, SignalState};
use crate::units::{Millis, TICK, Timestamp};

/// The only thing that decides what the lamps show.
#[derive(Clone, Debug)]
pub struct Gate {
    timing: Timing,
    longest_bound: Millis,
    signals: Signals,
    waiting: Waiting,
    monitor: Monitor,
    heads: Heads,
    now: Timestamp,
    /// Whether any tick has come, so that something has been shown.
    started: bool,
    flash_requested: bool,
    /// The group for which advice was overruled last; empty when it is not.
    urgent: PhaseSet,
    ends: PerPhase<GreenEnd>,
    refused: Refused,
    newly_refused: Refused,
    refusals: u64,
    overrides: u64,
}

impl Gate {
    /// Starts all red; nothing is served for [`crate::intersection::START_UP_RED`] from the first tick
    /// on.
    #[must_use]
    pub fn new(site: &Intersection, now: Timestamp) -> Self {
        let timing = Timing::new(site);
        let signals = Signals::start(now);
        Self {
            longest_bound: guard::longest_bound(&timing),
            heads: signals.heads(&timing),
            timing,
            signals,
            waiting: Waiting::new(),
            monitor: Monitor::new(site, now),
            now,
            started: false,
            flash_requested: false,
            urgent: PhaseSet::EMPTY,
            ends: PerPhase::default(),
            refused: Refused::default(),
            newly_refused: Refused::default(),
            refusals: 0,
            overrides: 0,
        }
    }

    /// Starts in flash, as after a restart that somebody has to look at first.
    #[must_use]
    pub fn new_in_flash(site: &Intersection, now: Timestamp) -> Self {
        let mut gate = Self::new(site, now);
        gate.flash_requested = true;
        gate.signals.state.flash = true;
        gate.heads = gate.signals.heads(&gate.timing);
        gate
    }

    /// One tick: follows `advice` as far as safety and waiting calls allow. `calls` are phases with a
    /// call that is not being served. A `now` earlier than the last counts as no time passing.
    ///
    /// # Panics
    /// When the lamps about to be shown break an independent rule ([`Monitor`]): a fault in this
    /// program. Nothing may catch it; without the controller the cabinet goes to flash.
    pub fn admit(&mut self, advice: &Advice, calls: &Calls, now: Timestamp) -> &SignalState {
        self.now = self.now.max(now);
        self.start_with_first_tick();
        if self.signals.state.flash {
            self.stay_in_or_leave_flash();
        } else {
            self.waiting
                .register(calls, &self.timing, &self.signals, self.now);
            self.follow_or_overrule(advice);
            self.enter_flash_when_clear();
        }
        self.heads = self.signals.heads(&self.timing);
        let violations = self.monitor.observe(&self.heads, self.now);
        assert!(
            violations.is_empty(),
            "unsafe lamps at {}: {violations:?}",
            self.now
        );
        &self.signals.state
    }

    /// What all heads show since the last tick.
    #[must_use]
    pub fn heads(&self) -> Heads {
        self.heads
    }

    /// What every phase does since the last tick.
    #[must_use]
    pub fn state(&self) -> &SignalState {
        &self.signals.state
    }

    /// From now on: let every phase end safely, ignoring advice, then flash red on all approaches.
    pub fn request_flash(&mut self) {
        self.flash_requested = true;
    }

    /// From now on: if flashing, all red for [`crate::intersection::START_UP_RED`], then follow advice again.
    pub fn leave_flash(&mut self) {
        self.flash_requested = false;
    }

    /// Why the last green of each phase ended.
    #[must_use]
    pub fn green_ends(&self) -> &PerPhase<GreenEnd> {
        &self.ends
    }

    /// Illegal parts of advice since the start: once when a phase is refused for a reason, not again
    /// while the same advice stands. Overrides for maximum wait are counted by [`Self::overrides`].
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refusals
    }

    /// How often since the start legal advice was overruled because a call would have waited too long.
    #[must_use]
    pub fn overrides(&self) -> u64 {
        self.overrides
    }

    /// Whether every registered call will be served within its maximum wait, whatever happens. True for
    /// ever where each `max_wait` is at least the bound of [`crate::intersection::ServiceTimes`] and
    /// ticks come in time.
    #[must_use]
    pub fn keeps_every_wait(&self) -> bool {
        let next = self.now + TICK;
        guard::meets_every_deadline(&self.timing, &self.signals, &self.waiting, next)
    }

    /// What of the last tick's advice was not followed.
    #[must_use]
    pub fn refused(&self) -> &Refused {
        &self.refused
    }

    /// What of it the tick before had not refused already: what to log.
    #[must_use]
    pub fn newly_refused(&self) -> &Refused {
        &self.newly_refused
    }

    /// All red counts from when it is first shown, not from when the gate was made.
    fn start_with_first_tick(&mut self) {
        if !self.started && !self.signals.state.flash {
            self.signals = Signals::start(self.now);
        }
        self.started = true;
    }

    fn follow_or_overrule(&mut self, advice: &Advice) {
        let (wish, mut refused) = legal_part(&self.timing, advice);
        let greens = self.signals.greens;
        let followed = if self.flash_requested {
            self.take(Wish::default());
            Wish::default()
        } else {
            self.take_best(wish)
        };
        if !self.flash_requested {
            refused.max_wait = wish.green.difference(followed.green);
        }
        self.note(refused);
        for phase in greens.difference(self.signals.greens).iter() {
            self.ends[phase] = if refused.max_wait.contains(phase) {
                GreenEnd::MaxWait
            } else {
                advice.ends[phase]
            };
        }
    }

    /// The advice if every call still meets its deadline after it; else the queue together with what of
    /// the advice does no harm to it; else the queue alone. Once overruled, advice stays overruled until
    /// the group that was first in the queue is served.
    fn take_best(&mut self, advised: Wish) -> Wish {
        let next = self.now + TICK;
        let (timing, waiting) = (&self.timing, &self.waiting);
        if !guard::is_any_deadline_near(timing, waiting, self.longest_bound, next) {
            self.urgent = PhaseSet::EMPTY;
            self.take(advised);
            return advised;
        }
        let first = waiting.queue().next().copied().unwrap_or_default();
        let still_urgent = !first.is_empty() && first == self.urgent;
        if !still_urgent && self.try_out(advised, next) {
            self.urgent = PhaseSet::EMPTY;
            return advised;
        }
        self.urgent = first;
        let queue = guard::wish_to_serve(&self.signals, &self.waiting);
        let green = compatible_part(&self.timing, queue.green, advised.green);
        let both = Wish {
            green,
            walk: queue.walk.union(advised.walk.intersection(green)),
        };
        if self.try_out(both, next) {
            return both;
        }
        self.take(queue);
        queue
    }

    /// Does the tick, unless some call would miss its deadline after it.
    fn try_out(&mut self, wish: Wish, next: Timestamp) -> bool {
        let mut signals = self.signals.clone();
        let mut waiting = self.waiting.clone();
        signals.step(&self.timing, wish, waiting.demand(), self.now);
        waiting.settle(&self.timing, &signals);
        let harmless = guard::meets_every_deadline(&self.timing, &signals, &waiting, next);
        if harmless {
            self.signals = signals;
            self.waiting = waiting;
        }
        harmless
    }

    fn take(&mut self, wish: Wish) {
        self.signals
            .step(&self.timing, wish, self.waiting.demand(), self.now);
        self.waiting.settle(&self.timing, &self.signals);
    }

    fn note(&mut self, refused: Refused) {
        self.newly_refused = refused.new_since(&self.refused);
        self.refused = refused;
        let all = self.newly_refused.iter().count();
        let overruled = self.newly_refused.max_wait.len();
        self.refusals += all.saturating_sub(overruled) as u64;
        self.overrides += u64::from(overruled > 0);
    }

    fn enter_flash_when_clear(&mut self) {
        let clear =
            self.now >= self.signals.held_until && self.signals.all_clear(&self.timing, self.now);
        if self.flash_requested && clear {
            self.signals.state.flash = true;
            self.refused = Refused::default();
        }
    }

    fn stay_in_or_leave_flash(&mut self) {
        self.newly_refused = Refused::default();
        if !self.flash_requested {
            self.signals = Signals::start(self.now);
            self.waiting = Waiting::new();
        }
    }
}
