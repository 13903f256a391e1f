//! From a site with a run, or with a list of arrivals, to its point-queue model; and from the model's plans back to
//! what heads show.
//!
//! In: site, what the world measured, the greens it showed. Out: [`Model`]. Not here: the rates (`rates.rs`).

use super::Arrival;
use super::model::{Bits, Held, LaneModel, Model, MovementModel, NEVER, SignalModel, Ticks, each};
use super::rates::{self, Drivers};
use crate::intersection::{
    Id, Intersection, MovementId, PhaseId, PhaseSet, START_UP_RED, SafetyTiming, gap_between,
};
use crate::simulation::planned::Shown;
use crate::simulation::run::Run;
use crate::simulation::world::Visit;
use crate::units::{Millis, TICK, Timestamp};

/// Lanes of models made by hand: HCM, 1,900 veh/h.
const HEADWAY: Ticks = 19;

impl Model {
    /// The model of a run: its vehicles on the lanes they chose, its headways, its pedestrians served when
    /// they were.
    #[must_use]
    pub fn of_run(site: &Intersection, run: &Run, duration: Millis, drivers: Drivers) -> Self {
        let mut model = Self::empty(site, duration);
        let mut visits: Vec<Vec<&Visit>> = site.lanes.ids().map(|_| Vec::new()).collect();
        for visit in &run.results.visits {
            visits[visit.lane.index()].push(visit);
        }
        for (lane, visits) in model.lanes.iter_mut().zip(&mut visits) {
            let last = Timestamp(i64::MAX);
            visits.sort_by_key(|visit| (visit.crossed.unwrap_or(last), visit.scheduled));
            for visit in visits {
                lane.push(rates::at(visit.due), rates::movement(visit));
            }
        }
        let shown = model.greens(&run.shown);
        rates::measure(&mut model, &visits, &shown, drivers);
        model.held = model.held_in(site, run);
        model
    }

    /// The model of these arrivals, in any order, with the HCM's headways and no pedestrians.
    #[must_use]
    pub fn of_arrivals(site: &Intersection, arrivals: &[Arrival], duration: Millis) -> Self {
        let mut model = Self::empty(site, duration);
        let mut arrivals = arrivals.to_vec();
        arrivals.sort_by_key(|arrival| arrival.due);
        for arrival in arrivals {
            let movement = u16::try_from(arrival.movement.index()).unwrap_or(u16::MAX);
            model.lanes[arrival.lane.index()].push(rates::at(arrival.due), movement);
        }
        model
    }

    fn empty(site: &Intersection, duration: Millis) -> Self {
        let signal = SignalModel::new(site);
        Self {
            lanes: site
                .lanes
                .ids()
                .map(|_| LaneModel::new(HEADWAY, HEADWAY))
                .collect(),
            movements: movements(site, &signal),
            signal,
            open: whole(START_UP_RED),
            end: ticks(duration),
            ..Self::default()
        }
    }

    /// The services of pedestrians in a run: the phase is green from their walk to the end of their clearance.
    fn held_in(&self, site: &Intersection, run: &Run) -> Vec<Held> {
        let mut held = Vec::new();
        let mut before = PhaseSet::EMPTY;
        for (at, shown) in &run.shown {
            for phase in shown.crossing.difference(before).iter() {
                let number = self.signal.number(phase);
                if let (Some(number), Some(walker)) = (number, site.phase[phase].safety.pedestrian)
                {
                    let starts = rates::at(*at);
                    let walked = starts + whole(walker.walk).max(whole(walker.leading));
                    held.push(Held {
                        phase: number,
                        from: starts + whole(walker.leading),
                        walked,
                        until: walked + whole(walker.clearance),
                    });
                }
            }
            before = shown.crossing;
        }
        held
    }

    /// The model's phases among those shown green.
    pub(super) fn greens(&self, shown: &[(Timestamp, Shown)]) -> Vec<(Ticks, Bits)> {
        let bits = |shown: &Shown| {
            let numbers = shown
                .green
                .iter()
                .filter_map(|phase| self.signal.number(phase));
            numbers.fold(0, |bits, number| bits | 1 << number)
        };
        (shown.iter())
            .map(|(at, shown)| (rates::at(*at), bits(shown)))
            .collect()
    }

    /// A plan with the walks that it leaves room for.
    pub(super) fn to_show(&self, plan: &[(Ticks, Bits)]) -> Vec<(Timestamp, Shown)> {
        let walks = self.held.iter().flat_map(|held| [held.from, held.walked]);
        let mut moments: Vec<Ticks> = plan.iter().map(|(at, _)| *at).chain(walks).collect();
        moments.sort_unstable();
        moments.dedup();
        let set = |bits: Bits| -> PhaseSet {
            let phases = each(bits).filter_map(|number| PhaseId::new(self.signal.phases[number]));
            phases.collect()
        };
        let shown = |&at: &Ticks| {
            let begun = plan.partition_point(|(moment, _)| *moment <= at);
            let green = begun.checked_sub(1).map_or(0, |place| plan[place].1);
            let walking = self
                .held
                .iter()
                .filter(|held| (held.from..held.walked).contains(&at));
            Shown {
                green: set(green),
                crossing: set(walking.fold(0, |bits, held| bits | 1 << held.phase)),
            }
        };
        (moments.iter())
            .map(|at| (Timestamp(0) + Millis(i64::from(*at) * TICK.0), shown(at)))
            .collect()
    }
}

/// A time in ticks, rounded down.
pub(super) fn ticks(time: Millis) -> Ticks {
    Ticks::try_from(time.0.div_euclid(TICK.0)).unwrap_or(NEVER)
}

/// A duration in ticks as the gate keeps it: rounded up.
fn whole(time: Millis) -> Ticks {
    ticks(time.round_up_to_tick())
}

impl SignalModel {
    fn new(site: &Intersection) -> Self {
        let list: Vec<PhaseId> = site.phases.iter().collect();
        let safety = |p: PhaseId| -> &SafetyTiming { &site.phase[p].safety };
        let between = |p, q| whole(gap_between(p, q, &site.phase, &site.conflicts));
        let row = |p: &PhaseId| -> Vec<Ticks> { list.iter().map(|&q| between(*p, q)).collect() };
        let rivals = |p: &PhaseId| -> Bits {
            (list.iter().enumerate())
                .filter(|(_, q)| *q != p && site.conflicts.conflict(*p, **q))
                .fold(0, |bits, (n, _)| bits | 1 << n)
        };
        let between: Vec<Vec<Ticks>> = list.iter().map(row).collect();
        let serves = |p: PhaseId| {
            let movements = site.movements.iter();
            movements
                .into_iter()
                .any(|(_, movement)| movement.protected.union(movement.permissive).contains(p))
        };
        Self {
            walkers: (list.iter().enumerate())
                .filter(|(_, phase)| !serves(**phase))
                .fold(0, |bits, (n, _)| bits | 1 << n),
            min_green: list.iter().map(|&p| whole(safety(p).min_green)).collect(),
            rivals: list.iter().map(rivals).collect(),
            rest: (between.iter())
                .map(|row| row.iter().copied().max().unwrap_or(0))
                .collect(),
            between,
            phases: list.iter().map(|phase| phase.number()).collect(),
        }
    }

    /// The number of a phase within the model.
    fn number(&self, phase: PhaseId) -> Option<usize> {
        self.phases
            .iter()
            .position(|&number| number == phase.number())
    }
}

/// Movements by their number in the site.
fn movements(site: &Intersection, signal: &SignalModel) -> Vec<MovementModel> {
    let bits = |set: PhaseSet| {
        let numbers = set.iter().filter_map(|phase| signal.number(phase));
        numbers.fold(0, |bits, number| bits | 1 << number)
    };
    let number = |movement: &MovementId| u16::try_from(movement.index()).unwrap_or(u16::MAX);
    (site.movements.iter())
        .map(|(_, movement)| MovementModel {
            protected: bits(movement.protected),
            permissive: bits(movement.permissive),
            turn_on_red: movement.turn_on_red,
            yields_to: movement.yields_to.iter().map(number).collect(),
        })
        .collect()
}
