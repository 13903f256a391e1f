//! The adaptive solver: which phases should be green now, for how long, and why.
//!
//! In: the estimate (who comes, who waits, who called since when), what the signal shows, the time, and
//! a budget of counted work. Out: [`Advice`] on every tick, and a [`Decision`] with its reason whenever
//! one is made: once a second, and at once when a call comes or a green begins or ends. Not here: the
//! lamps. The safety gate decides about them; the solver's own idea of what is legal (`problem.rs`)
//! only has to be good enough that the gate never refuses.
//!
//! How it decides is described in `docs/algorithm.md`, "Solver": a rolling horizon over any legal order
//! of phase sets, individual arrivals, person-delay, a forward dynamic program; only the first move is
//! committed, and the next second plans anew.

mod explain;
mod grid;
mod guard;
mod objective;
mod openings;
mod plan;
mod problem;
mod search;

pub use objective::RED_AT_THE_END;

use crate::estimation::Estimate;
use crate::intersection::Intersection;
use crate::intersection::PhaseSet;
use crate::prediction::Forecast;
use crate::prediction::Segment;
use crate::prediction::clamp_offset;
use crate::signal::Advice;
use crate::signal::Calls;
use crate::signal::Decision;
use crate::signal::SignalState;
use crate::solver::explain::explain;
use crate::solver::guard::Guard;
use crate::solver::objective::Objective;
use crate::solver::openings::COMMITTED_FOR;
use crate::solver::plan::Plan;
use crate::solver::problem::Problem;
use crate::solver::search::Ask;
use crate::solver::search::Search;
use crate::units::Millis;
use crate::units::Timestamp;

/// Time between decisions when nothing happens. Trials with 1 s beat every longer interval; shorter
/// ones cost work and bring nothing that is known to less than a second.
pub const DECISION_INTERVAL: Millis = Millis(1_000);

/// Starts wait for the box to clear no longer than this after it has filled: whoever stands there for longer is not a
/// left turner.
const BOX_WAIT_MAX: Millis = Millis(60_000);

/// The solver of one intersection, with its memory.
#[derive(Clone, Debug)]
pub struct Solver {
    problem: Problem,
    guard: Guard,
    objective: Objective,
    forecast: Forecast,
    search: Search,
    plan: Plan,
    advice: Advice,
    wanted: Option<PhaseSet>,
    decision: Option<Decision>,
    decide_at: Timestamp,
    /// Since when somebody has stood in the box.
    box_since: Option<Timestamp>,
    /// Whether every call can still be served in time if nothing starts before the next decision.
    may_hold: bool,
    seen: Option<Seen>,
    expansions: u32,
}

/// What a decision rested on; when it changes, the next decision does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    calls: Calls,
    greens: PhaseSet,
    right_of_way: PhaseSet,
}

impl Solver {
    /// A solver that has decided nothing yet.
    #[must_use]
    pub fn new(site: &Intersection) -> Self {
        Self {
            problem: Problem::new(site),
            guard: Guard::new(site),
            objective: Objective::new(site),
            forecast: Forecast::default(),
            search: Search::default(),
            plan: Plan::default(),
            advice: Advice::default(),
            wanted: None,
            decision: None,
            decide_at: Timestamp(i64::MIN / 2),
            box_since: None,
            may_hold: false,
            seen: None,
            expansions: 0,
        }
    }

    /// What to do now. Decides when it is time to, within `budget` node expansions; otherwise repeats.
    /// With too small a budget the plan in force is carried on.
    pub fn advise(
        &mut self,
        site: &Intersection,
        estimate: &Estimate,
        shown: &SignalState,
        now: Timestamp,
        budget: u32,
    ) -> Advice {
        self.decision = None;
        if shown.flash {
            self.forget();
            self.guard.forget();
            return self.advice;
        }
        let seen = Seen {
            calls: calls_of(site, estimate),
            greens: shown.greens(),
            right_of_way: shown.right_of_way(),
        };
        let all = seen.calls.vehicle.union(seen.calls.pedestrian);
        self.guard.note(all, seen.right_of_way);
        if now >= self.decide_at || self.seen != Some(seen) {
            self.seen = Some(seen);
            self.decide_at = now + DECISION_INTERVAL;
            self.decide(site, estimate, shown, now, budget);
        }
        self.wait_for_box(estimate, shown, now)
    }

    /// The advice, without what would start into a box where somebody stands: left turners that found no gap
    /// and the traffic of the next phase would lock each other. Not for long, and not so long that a call could
    /// wait beyond its bound: they may stand there for another reason.
    fn wait_for_box(&mut self, estimate: &Estimate, shown: &SignalState, now: Timestamp) -> Advice {
        if !estimate.box_blocked {
            self.box_since = None;
            return self.advice;
        }
        let since = *self.box_since.get_or_insert(now);
        let going = shown.right_of_way();
        let starts = !self.advice.green.difference(going).is_empty();
        if !starts || now.since(since) > BOX_WAIT_MAX || !self.may_hold {
            return self.advice;
        }
        let mut advice = self.advice;
        advice.green = advice.green.intersection(going);
        advice.walk = advice.walk.intersection(advice.green);
        advice
    }

    /// The decision made by the last call of [`Solver::advise`], if it made one.
    pub fn take_decision(&mut self) -> Option<Decision> {
        self.decision.take()
    }

    /// When exactly which phases would be green if the last plan were followed to its horizon; from the
    /// moment of the last decision.
    #[must_use]
    pub fn planned(&self) -> Vec<Segment> {
        self.plan.segments(&self.problem)
    }

    /// Node expansions that the last decision used.
    #[must_use]
    pub fn expansions(&self) -> u32 {
        self.expansions
    }

    /// Drops the plan in force: somebody else has run the signal in the meantime.
    pub fn forget(&mut self) {
        self.plan.moves.clear();
        self.wanted = None;
        self.advice = Advice::default();
        self.seen = None;
    }

    fn decide(
        &mut self,
        site: &Intersection,
        estimate: &Estimate,
        shown: &SignalState,
        now: Timestamp,
        budget: u32,
    ) {
        self.problem.state(estimate, shown, self.wanted, now);
        self.problem
            .add_set(self.guard.first_in_turn(&self.problem));
        self.forecast.rebuild(site, estimate, now);
        let elapsed = clamp_offset(now.since(self.plan.made));
        let ask = Ask {
            site,
            estimate,
            forecast: &self.forecast,
            problem: &self.problem,
            guard: &self.guard,
            objective: &self.objective,
        };
        let found = self.search.run(&ask, &self.plan, elapsed, budget);
        self.expansions = found.expansions;
        self.plan.made = now;
        std::mem::swap(&mut self.plan.moves, &mut self.search.best);
        let first = self.plan.moves.first();
        let wants = first.map_or(self.problem.root.set, |m| m.target);
        let (holds, _) = self.plan.first_hold();
        let person_seconds = |cost| self.objective.person_seconds(cost);
        let (kind, reason) = explain(&ask, &self.plan, &found);
        self.decision = Some(Decision {
            at: now,
            kind,
            wants,
            holds: Millis(i64::from(holds)),
            cost: person_seconds(found.cost),
            alternative: found
                .alternative
                .map(|(set, cost)| (set, person_seconds(cost))),
            reason,
        });
        let walks = first.map_or(PhaseSet::EMPTY, |m| m.walks);
        let change = (self.problem).transition(&self.problem.root, 0, wants, walks);
        let held = self.guard.slack_held(&self.problem, &change, COMMITTED_FOR);
        self.may_hold = held >= 0;
        self.wanted = Some(wants);
        self.advice = Advice::green(wants);
        self.advice.walk = walks;
    }
}

fn calls_of(site: &Intersection, estimate: &Estimate) -> Calls {
    let vehicle = |p: &_| estimate.vehicle_call_since[*p].is_some();
    let pedestrian = |p: &_| estimate.pedestrian_call_since[*p].is_some();
    Calls {
        vehicle: site.phases.iter().filter(vehicle).collect(),
        pedestrian: site.phases.iter().filter(pedestrian).collect(),
    }
}
