//! Forward dynamic program over (time, phase set).
//!
//! In: the problem, the forecast, a budget. Out: the best plan found, and the best one that begins with
//! other phases. Not here: legality (`problem.rs`, `guard.rs`), or how a lane discharges
//! (`prediction/`).
//!
//! From every state kept, plans go on in two ways: keep the present phases until the next grid point,
//! or change to any other set. A cell (grid point, phase set) keeps two states, the cheapest and the
//! cheapest among those whose plan *begins* with other phases, so that at the end both the best plan
//! and its best alternative are known. Two passes: a coarse grid first, so that even a small budget
//! yields a whole plan, then a fine one, cut short where it already costs more than the coarse result.
//! The last plan, carried on, competes too. A larger budget only adds plans to choose from, so it never
//! costs more.

#![expect(
    clippy::indexing_slicing,
    reason = "flat arrays sized together in Search::begin; cell and lane numbers stay within them"
)]

use crate::estimation::Estimate;
use crate::intersection::Intersection;
use crate::intersection::PhaseSet;
use crate::prediction::ArrivedBy;
use crate::prediction::Forecast;
use crate::prediction::Offset;
use crate::prediction::Queues;
use crate::prediction::Row;
use crate::prediction::ServiceTable;
use crate::prediction::Window;
use crate::solver::grid::COARSE;
use crate::solver::grid::FINE;
use crate::solver::grid::Grid;
use crate::solver::guard::Guard;
use crate::solver::objective::Objective;
use crate::solver::openings::Openings;
use crate::solver::plan::Move;
use crate::solver::plan::Plan;
use crate::solver::problem::Problem;
use crate::solver::problem::SETS_MAX;
use crate::solver::problem::Standing;
use crate::solver::problem::Transition;

/// A state of the search: what a partial plan has led to.
#[derive(Clone, Copy, Debug)]
struct Node {
    queues: Queues,
    standing: Standing,
    /// Row of the phases green at the end of the plan so far.
    row: u16,
    /// Number of the set wanted last.
    set: u8,
    /// Number of the set wanted first.
    begins: u8,
    /// Phases whose present call has been served, and whose pedestrians have.
    called_served: PhaseSet,
    crossing_served: PhaseSet,
    /// Cost of served pedestrians and of calls served late.
    settled: i64,
    /// All cost up to here.
    cost: i64,
    from: u32,
    last: Move,
}

/// Two states per cell; see the module.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    filled: u8,
    /// Which of the two places holds the cheapest.
    best: u8,
}

/// What a decision is made of.
pub(super) struct Ask<'a> {
    pub(super) site: &'a Intersection,
    pub(super) estimate: &'a Estimate,
    pub(super) forecast: &'a Forecast,
    pub(super) problem: &'a Problem,
    pub(super) guard: &'a Guard,
    pub(super) objective: &'a Objective,
}

/// What the search found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Cost of the plan left in [`Search::best`], 10⁻⁶ vehicle-seconds.
    pub(super) cost: i64,
    /// The first set of the best plan that begins with other phases, and its cost.
    pub(super) alternative: Option<(PhaseSet, i64)>,
    /// Whether the bound on waits left no other choice.
    pub(super) forced: bool,
    /// Node expansions used.
    pub(super) expansions: u32,
}

/// Memory of the search, kept between decisions.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    rows: ServiceTable,
    fine: Grid,
    coarse: Grid,
    nodes: Vec<Node>,
    cells: Vec<Cell>,
    openings: Openings,
    /// The best plan found by the last search.
    pub(super) best: Vec<Move>,
    cheapest: [Option<i64>; SETS_MAX],
    spent: u32,
    budget: u32,
}

impl Search {
    /// Finds the best plan within `budget` node expansions. `last` is the plan in force, carried on to
    /// now. Without budget the best opening that the plan in force allows is taken.
    pub(super) fn run(
        &mut self,
        ask: &Ask<'_>,
        last: &Plan,
        elapsed: Offset,
        budget: u32,
    ) -> Found {
        self.rows.clear();
        self.spent = 0;
        self.budget = budget;
        self.cheapest = [None; SETS_MAX];
        self.best.clear();
        self.openings.sort_out(ask);
        let forced = self.openings.open(ask);
        let root = self.root(ask);
        self.coarse.rebuild(ask.forecast, &COARSE);
        let mut best = i64::MAX;
        self.carry_on(ask, &root, (last, elapsed), &mut best);
        let coarse = std::mem::take(&mut self.coarse);
        self.pass(ask, &root, &coarse, false, &mut best);
        self.coarse = coarse;
        // With one way to begin there is nothing to decide now; the coarse plan will do for the record.
        if self.spent < self.budget && self.openings.list.len() > 1 {
            let mut fine = std::mem::take(&mut self.fine);
            fine.rebuild(ask.forecast, &FINE);
            self.pass(ask, &root, &fine, true, &mut best);
            self.fine = fine;
        }
        if self.best.is_empty() {
            self.fall_back(ask, last, elapsed);
        }
        let begins = self.best.first().map(|m| m.target);
        let alternative = (ask.problem.sets.iter().zip(&self.cheapest))
            .filter(|(set, _)| Some(**set) != begins)
            .filter_map(|(set, cost)| cost.map(|cost| (cost, *set)))
            .min();
        Found {
            cost: if best == i64::MAX { 0 } else { best },
            alternative: alternative.map(|(cost, set)| (set, cost)),
            forced,
            expansions: self.spent,
        }
    }

    fn root(&mut self, ask: &Ask<'_>) -> Node {
        let problem = ask.problem;
        let row = self.row_number(ask, problem.green);
        let mut queues = Queues::new(ask.forecast);
        queues.keep_starting(ask.forecast, self.rows.row(row), |lane| {
            let phases = ask.objective.phases_of(lane).intersection(problem.green);
            phases.iter().map(|p| problem.green_since[p]).min()
        });
        Node {
            queues,
            standing: problem.root,
            row: u16::try_from(row).unwrap_or(0),
            set: 0,
            begins: 0,
            called_served: PhaseSet::EMPTY,
            crossing_served: PhaseSet::EMPTY,
            settled: 0,
            cost: 0,
            from: 0,
            last: Move {
                at: 0,
                until: 0,
                target: problem.root.set,
                walks: PhaseSet::EMPTY,
            },
        }
    }

    fn row_number(&mut self, ask: &Ask<'_>, green: PhaseSet) -> usize {
        self.rows
            .row_for(ask.site, ask.estimate, ask.forecast, green)
    }

    /// One pass over a grid. Cuts off states that already cost as much as the best plan known; the
    /// coarse pass as much as the best that begins with the same phases, to know the alternatives.
    fn pass(&mut self, ask: &Ask<'_>, root: &Node, grid: &Grid, fine: bool, best: &mut i64) {
        let bound = fine.then_some(*best);
        let sets = ask.problem.sets.len();
        let cells = grid.times.len() * sets;
        self.cells.clear();
        self.cells.resize(cells, Cell::default());
        if self.nodes.len() < 2 * cells {
            self.nodes.resize(2 * cells, *root);
        }
        for i in 0..self.openings.list.len() {
            let opening = self.openings.list[i];
            let t = ask
                .problem
                .transition(&root.standing, 0, opening.target, opening.walks);
            let mut node = *root;
            node.begins = opening.set;
            node.set = opening.set;
            self.extend(ask, grid, (node, 0, u32::MAX), (t, opening.walks), bound);
        }
        for k in 1..grid.last() {
            for cell in k * sets..(k + 1) * sets {
                for place in 0..self.cells[cell].filled {
                    if self.spent >= self.budget {
                        return;
                    }
                    let at = 2 * cell + usize::from(self.cells[cell].best ^ place);
                    self.expand(ask, grid, k, at, bound);
                }
            }
        }
        self.finish(ask, grid, sets, best);
    }

    /// Goes on from the state at place `at` of grid point `k` in every way.
    fn expand(&mut self, ask: &Ask<'_>, grid: &Grid, k: usize, at: usize, best: Option<i64>) {
        let node = self.nodes[at];
        let origin = u32::try_from(at).unwrap_or(u32::MAX);
        let time = grid.times[k];
        for (number, &target) in ask.problem.sets.iter().enumerate() {
            let stays = number == usize::from(node.set);
            let leaving = node.standing.set.difference(target);
            let locked = |p| node.standing.min_end[p] >= grid.times[k + 1];
            if !stays && (!self.openings.live[number] || leaving.iter().any(locked)) {
                continue;
            }
            let walks = walks_with(ask, &node, target);
            let t = ask.problem.transition(&node.standing, time, target, walks);
            let mut child = node;
            child.set = u8::try_from(number).unwrap_or(0);
            self.extend(ask, grid, (child, k, origin), (t, walks), best);
        }
    }

    /// Carries `node` through the transition to the grid point where it lands, and keeps it if it is
    /// among the best there.
    fn extend(
        &mut self,
        ask: &Ask<'_>,
        grid: &Grid,
        (mut node, k, origin): (Node, usize, u32),
        (t, walks): (Transition, PhaseSet),
        best: Option<i64>,
    ) {
        if self.spent >= self.budget {
            return;
        }
        self.spent += 1;
        let at = grid.times[k];
        let lands = if t.entering.is_empty() && t.after.set == node.standing.set {
            k + 1
        } else {
            grid.at_or_after(t.ready.max(t.unlocked()), k + 1)
        };
        let until = grid.times[lands];
        self.carry(
            ask,
            &mut node,
            &t,
            Move {
                at,
                until,
                target: t.after.set,
                walks,
            },
        );
        node.from = origin;
        node.cost = cost_at(ask, &node, &grid.by(lands));
        let bound =
            best.unwrap_or_else(|| self.cheapest[usize::from(node.begins)].unwrap_or(i64::MAX));
        if node.cost >= bound {
            return;
        }
        let cell = lands * ask.problem.sets.len() + usize::from(node.set);
        self.keep(cell, &node);
    }

    /// Advances a state through a transition.
    fn carry(&mut self, ask: &Ask<'_>, node: &mut Node, t: &Transition, step: Move) {
        let stop = ask.objective.stop;
        let mut from = step.at;
        let mut number = usize::from(node.row);
        let mut starting = 0;
        if t.green != self.rows.row(number).green {
            number = self.row_number(ask, t.green);
        }
        for &(time, green) in t.changes() {
            let time = time.max(from);
            if time >= step.until {
                break;
            }
            let next = self.row_number(ask, green);
            let (row, after) = (self.rows.row(number), self.rows.row(next));
            let window = Window {
                from,
                until: time,
                starting,
            };
            advance(&mut node.queues, ask.forecast, row, window, stop);
            node.queues
                .end(ask.forecast, row, row.served & !after.served, time, stop);
            starting = after.served & !row.served;
            from = time;
            number = next;
        }
        let window = Window {
            from,
            until: step.until,
            starting,
        };
        advance(
            &mut node.queues,
            ask.forecast,
            self.rows.row(number),
            window,
            stop,
        );
        node.row = u16::try_from(number).unwrap_or(0);
        node.standing = t.after;
        let called = ask.problem.called.difference(node.called_served);
        let crossing = ask.problem.crossing.difference(node.crossing_served);
        node.settled += ask
            .objective
            .settle(ask.problem, t, step, (called, crossing));
        node.called_served = node.called_served.union(t.entering);
        node.crossing_served = node.crossing_served.union(step.walks);
        node.last = step;
    }

    fn keep(&mut self, cell: usize, node: &Node) {
        let Cell { filled, best } = self.cells[cell];
        let first = 2 * cell + usize::from(best);
        let second = 2 * cell + usize::from(best ^ 1);
        if filled == 0 {
            self.nodes[2 * cell] = *node;
            self.cells[cell] = Cell { filled: 1, best: 0 };
            return;
        }
        let cheaper = node.cost < self.nodes[first].cost;
        if node.begins == self.nodes[first].begins {
            if cheaper {
                self.nodes[first] = *node;
            }
        } else if cheaper {
            self.nodes[second] = *node;
            self.cells[cell] = Cell {
                filled: 2,
                best: best ^ 1,
            };
        } else if filled == 1 || node.cost < self.nodes[second].cost {
            self.nodes[second] = *node;
            self.cells[cell].filled = 2;
        }
    }

    /// Looks through the states at the horizon for the best plan and the best of each beginning.
    fn finish(&mut self, ask: &Ask<'_>, grid: &Grid, sets: usize, best: &mut i64) {
        let last = grid.last();
        let mut winner = None;
        for cell in last * sets..(last + 1) * sets {
            for place in 0..self.cells[cell].filled {
                let at = 2 * cell + usize::from(self.cells[cell].best ^ place);
                let node = &self.nodes[at];
                let cost = node.cost + self.remaining(ask, node, &grid.by(last));
                let begins = usize::from(node.begins);
                if self.cheapest[begins].is_none_or(|known| cost < known) {
                    self.cheapest[begins] = Some(cost);
                }
                if cost < *best {
                    *best = cost;
                    winner = Some(at);
                }
            }
        }
        if let Some(mut at) = winner {
            self.best.clear();
            loop {
                let node = &self.nodes[at];
                self.best.push(node.last);
                if node.from == u32::MAX {
                    break;
                }
                at = usize::try_from(node.from).unwrap_or(0);
            }
            self.best.reverse();
        }
    }

    /// What is still to come after the horizon.
    fn remaining(&self, ask: &Ask<'_>, node: &Node, by: &ArrivedBy<'_>) -> i64 {
        let row: &Row = self.rows.row(usize::from(node.row));
        node.queues
            .left_over(ask.forecast, by, row, ask.objective.red)
            + ask.objective.remaining(ask.problem, node.crossing_served)
    }

    /// Plays the plan in force from now on, as far as it still fits, then keeps its last phases.
    fn carry_on(&mut self, ask: &Ask<'_>, root: &Node, last: (&Plan, Offset), best: &mut i64) {
        let (plan, elapsed) = last;
        let horizon = ask.forecast.horizon;
        let mut node = *root;
        let mut moves = std::mem::take(&mut self.best);
        let mut at = 0;
        for step in plan.moves.iter().filter(|m| m.until > elapsed) {
            let sets = &ask.problem.sets;
            let number = sets.iter().position(|set| *set == step.target);
            let opening = self.openings.list.iter().find(|o| o.target == step.target);
            let fits = number.is_some() && (at > 0 || opening.is_some());
            if !fits || at >= horizon || self.spent >= self.budget {
                break;
            }
            let mut walks = walks_with(ask, &node, step.target);
            if at == 0 {
                node.begins = number.and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
                walks = opening.map_or(walks, |o| o.walks);
            }
            self.spent += 1;
            let times = (at, step.until - elapsed);
            let step = self.play_move(ask, &mut node, times, (step.target, walks));
            at = step.until;
            moves.push(step);
        }
        if at > 0 && at < horizon {
            let target = (node.standing.set, PhaseSet::EMPTY);
            moves.push(self.play_move(ask, &mut node, (at, horizon), target));
            at = horizon;
        }
        if at < horizon {
            moves.clear();
        } else {
            let by = self.coarse.by(self.coarse.last());
            *best = cost_at(ask, &node, &by) + self.remaining(ask, &node, &by);
            self.cheapest[usize::from(node.begins)] = Some(*best);
        }
        self.best = moves;
    }

    /// Wants `target` from `at` until `until`, or longer if the change takes longer.
    fn play_move(
        &mut self,
        ask: &Ask<'_>,
        node: &mut Node,
        (at, until): (Offset, Offset),
        (target, walks): (PhaseSet, PhaseSet),
    ) -> Move {
        let t = ask.problem.transition(&node.standing, at, target, walks);
        let until = until.max(t.ready).max(at).min(ask.forecast.horizon);
        let step = Move {
            at,
            until,
            target,
            walks,
        };
        self.carry(ask, node, &t, step);
        step
    }

    /// Without budget: what the plan in force wants, if the guard allows it; else what the guard likes
    /// best.
    fn fall_back(&mut self, ask: &Ask<'_>, last: &Plan, elapsed: Offset) {
        let wanted = last
            .moves
            .iter()
            .find(|m| m.until > elapsed)
            .or(last.moves.last());
        let planned = wanted.and_then(|m| self.openings.list.iter().find(|o| o.target == m.target));
        let roomiest = self.openings.list.iter().rev().max_by_key(|o| o.slack);
        if let Some(opening) = planned.or(roomiest) {
            self.best.push(Move {
                at: 0,
                until: ask.forecast.horizon,
                target: opening.target,
                walks: opening.walks,
            });
        }
    }
}

/// Phases that enter with their pedestrians when `node` goes on with `target`.
fn walks_with(ask: &Ask<'_>, node: &Node, target: PhaseSet) -> PhaseSet {
    let waiting = ask.problem.crossing.difference(node.crossing_served);
    let walkers = waiting.union(ask.problem.timing.pedestrian_recall);
    walkers.intersection(target.difference(node.standing.set))
}

/// All cost of a state up to the moment it stands for.
fn cost_at(ask: &Ask<'_>, node: &Node, by: &ArrivedBy<'_>) -> i64 {
    let served = (node.called_served, node.crossing_served);
    node.queues.cost
        + node.settled
        + node.queues.waiting(ask.forecast, by, ask.objective.stop)
        + ask.objective.waiting(ask.problem, served, by.time)
}

fn advance(queues: &mut Queues, forecast: &Forecast, row: &Row, window: Window, stop: i64) {
    if window.until > window.from {
        queues.advance(forecast, row, window, stop);
    }
}
