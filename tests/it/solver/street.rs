//! A street just real enough to close the loop around the solver and the gate: point queues, seeded
//! arrivals, loops that see some seconds ahead. Not the traffic world of `simulation/`, and not the
//! solver's own forecast either.

use phasewise::estimation::{Estimate, ExpectedVehicle, LaneEstimate, Rhythm, Source};
use phasewise::intersection::{
    Id, Intersection, LaneId, MovementId, PerPhase, PhaseId, PhaseSet, Turn,
};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls, Interval, PedestrianInterval, SignalState};
use phasewise::units::{Millis, TICK, Timestamp};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

const HEADWAY_S: f64 = 1.9;
const START_UP_S: f64 = 2.0;

pub(crate) struct Vehicle {
    pub(crate) arrives: Timestamp,
    movement: MovementId,
}

pub(crate) struct Lane {
    pub(crate) rate: f64,
    next: Timestamp,
    pub(crate) vehicles: Vec<Vehicle>,
    free_at: Timestamp,
    green_since: Option<Timestamp>,
}

/// Traffic on every lane, the gate, and what has been measured.
pub(crate) struct Street<'a> {
    pub(crate) site: &'a Intersection,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) gate: Gate,
    pub(crate) now: Timestamp,
    pub(crate) view: Millis,
    /// Whether a camera sees somebody stand in the box, all the time.
    pub(crate) box_blocked: bool,
    /// Starts that the advice of their tick did not ask for.
    pub(crate) unasked: u32,
    rng: Pcg64Mcg,
    vehicle_call_since: PerPhase<Option<Timestamp>>,
    pedestrian_call_since: PerPhase<Option<Timestamp>>,
    /// Pedestrians per second and phase.
    pub(crate) pedestrian_rate: f64,
    pub(crate) delays: Vec<f64>,
    pub(crate) stops: u32,
    pub(crate) longest_wait: PerPhase<Millis>,
    pub(crate) longest_pedestrian_wait: PerPhase<Millis>,
}

impl<'a> Street<'a> {
    /// `rate(lane)` in vehicles per second.
    pub(crate) fn new(site: &'a Intersection, seed: u64, rate: impl Fn(LaneId) -> f64) -> Self {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let lanes = site
            .lanes
            .ids()
            .map(|id| {
                let rate = rate(id);
                Lane {
                    rate,
                    next: Timestamp(0) + exponential(&mut rng, rate),
                    vehicles: Vec::new(),
                    free_at: Timestamp(0),
                    green_since: None,
                }
            })
            .collect();
        Self {
            site,
            lanes,
            gate: Gate::new(site, Timestamp(0)),
            now: Timestamp(0),
            view: Millis(7_000),
            box_blocked: false,
            unasked: 0,
            rng,
            vehicle_call_since: PerPhase::default(),
            pedestrian_call_since: PerPhase::default(),
            pedestrian_rate: 0.0,
            delays: Vec::new(),
            stops: 0,
            longest_wait: PerPhase::default(),
            longest_pedestrian_wait: PerPhase::default(),
        }
    }

    /// One more vehicle, going where most do, that reaches the stop bar after `time`.
    pub(crate) fn send(&mut self, lane: LaneId, time: Millis) {
        let shares = self.shares(lane);
        let movement = shares
            .iter()
            .fold(shares[0], |a, b| if b.1 > a.1 { *b } else { a })
            .0;
        let arrives = self.now + time;
        self.lanes[lane.index()]
            .vehicles
            .push(Vehicle { arrives, movement });
    }

    /// How long each call has waited so far.
    pub(crate) fn waits(&self) -> Vec<(PhaseId, Millis)> {
        let since = |p| self.vehicle_call_since[p].map(|since| self.now.since(since));
        self.site
            .phases
            .iter()
            .filter_map(|p| Some((p, since(p)?)))
            .collect()
    }

    pub(crate) fn shown(&self) -> &SignalState {
        self.gate.state()
    }

    pub(crate) fn call_pedestrian(&mut self, phase: PhaseId) {
        self.pedestrian_call_since[phase].get_or_insert(self.now);
    }

    /// What the detectors of this tick lead to.
    pub(crate) fn estimate(&self) -> Estimate {
        let lanes = self.site.lanes.map(|id, _| {
            let lane = &self.lanes[id.index()];
            let vehicles: Vec<ExpectedVehicle> = lane
                .vehicles
                .iter()
                .map(|v| ExpectedVehicle {
                    arrives: v.arrives,
                    weight: 1.0,
                    stopped: v.arrives < self.now - Millis(1_000),
                })
                .collect();
            LaneEstimate {
                rhythm: Rhythm::EVEN,
                queue: vehicles.iter().filter(|v| v.stopped).count() as f64,
                vehicles,
                arrival_rate: lane.rate,
                arrival_rate_variance: 0.0,
                queue_variance: 0.0,
                saturation_headway_s: HEADWAY_S,
                start_up_lost_time_s: START_UP_S,
                turn_late: 2.0,
                shares: self.shares(id),
                head: Vec::new(),
                seen_until: self.now + self.view,
                source: Source::AdvanceAndStopBar,
            }
        });
        Estimate {
            lanes,
            rooms_behind: self.site.exits.map(|_, _| None),
            box_blocked: self.box_blocked,
            vehicle_call_since: self.vehicle_call_since,
            doubtful_calls: PhaseSet::EMPTY,
            pedestrian_call_since: self.pedestrian_call_since,
        }
    }

    fn shares(&self, lane: LaneId) -> Vec<(MovementId, f64)> {
        let movements = &self.site.lanes[lane].movements;
        let weight = |m: &MovementId| match self.site.movements[*m].turn {
            Turn::Through => 4.0,
            Turn::Left | Turn::Right | Turn::UTurn => 1.0,
        };
        let total: f64 = movements.iter().map(weight).sum();
        movements.iter().map(|m| (*m, weight(m) / total)).collect()
    }

    pub(crate) fn calls(&self) -> Calls {
        let which = |since: &PerPhase<Option<Timestamp>>| -> PhaseSet {
            since
                .iter()
                .filter(|(_, s)| s.is_some())
                .map(|(p, _)| p)
                .collect()
        };
        Calls {
            vehicle: which(&self.vehicle_call_since),
            pedestrian: which(&self.pedestrian_call_since),
        }
    }

    /// One tick: traffic moves, then the gate follows the advice.
    pub(crate) fn step(&mut self, advice: &Advice) {
        let calls = self.calls();
        let before = self.shown().right_of_way();
        let after = self.gate.admit(advice, &calls, self.now).right_of_way();
        let unasked = after.difference(before).difference(advice.green);
        self.unasked += u32::from(!unasked.is_empty());
        self.now = self.now + TICK;
        self.arrive();
        self.discharge();
        self.register_calls();
    }

    fn arrive(&mut self) {
        for id in self.site.lanes.ids() {
            let shares = self.shares(id);
            let lane = &mut self.lanes[id.index()];
            while lane.next <= self.now {
                let mut pick: f64 = self.rng.random();
                let movement = shares
                    .iter()
                    .find(|(_, share)| {
                        pick -= share;
                        pick <= 0.0
                    })
                    .unwrap_or(&shares[0])
                    .0;
                lane.vehicles.push(Vehicle {
                    arrives: lane.next + self.view,
                    movement,
                });
                // No two closer than a second and a half.
                let gap = exponential(&mut self.rng, lane.rate);
                lane.next = lane.next + Millis(gap.0.max(1_500));
            }
        }
        if self.pedestrian_rate > 0.0 {
            for phase in self.site.phases.iter() {
                let crossed = self.site.phase[phase].safety.pedestrian.is_some();
                if crossed && self.rng.random::<f64>() < self.pedestrian_rate * TICK.secs() {
                    self.call_pedestrian(phase);
                }
            }
        }
    }

    fn discharge(&mut self) {
        let greens = self.gate.state().greens();
        let yellow: PhaseSet = self
            .site
            .phases
            .iter()
            .filter(|&p| {
                let state = &self.gate.state().phases[p];
                state.interval == Interval::YellowChange && self.now.since(state.since).0 <= 1_000
            })
            .collect();
        let usable = greens.union(yellow);
        for id in self.site.lanes.ids() {
            let Some(head) = self.lanes[id.index()].vehicles.first() else {
                continue;
            };
            let movement = &self.site.movements[head.movement];
            let protected = movement.protected.intersects(usable);
            let permissive = !protected && movement.permissive.intersects(greens);
            if !protected && !permissive {
                self.lanes[id.index()].green_since = None;
                continue;
            }
            let gap_s = if permissive { 4.5 } else { 0.0 };
            if permissive && self.opposed(&movement.yields_to, gap_s) {
                continue;
            }
            let now = self.now;
            let lane = &mut self.lanes[id.index()];
            let green = *lane.green_since.get_or_insert(now);
            let queued = lane.vehicles[0].arrives <= green;
            let started = if queued {
                green + Millis::from_secs(START_UP_S)
            } else {
                green
            };
            let arrives = lane.vehicles[0].arrives;
            if arrives <= now && lane.free_at <= now && started <= now {
                lane.vehicles.remove(0);
                let headway = if permissive { 2.5 } else { HEADWAY_S };
                lane.free_at = now + Millis::from_secs(headway);
                let delay = now.since(arrives).secs();
                self.stops += u32::from(delay > 2.0);
                self.delays.push(delay);
            }
        }
    }

    /// Whether a vehicle that has the right of way comes within the gap.
    fn opposed(&self, movements: &[MovementId], gap_s: f64) -> bool {
        let greens = self.gate.state().greens();
        movements.iter().any(|m| {
            let movement = &self.site.movements[*m];
            movement.protected.intersects(greens)
                && movement.lanes.iter().any(|lane| {
                    let first = self.lanes[lane.index()].vehicles.first();
                    first.is_some_and(|v| {
                        v.movement == *m && v.arrives <= self.now + Millis::from_secs(gap_s)
                    })
                })
        })
    }

    fn register_calls(&mut self) {
        let state = self.gate.state();
        for phase in self.site.phases.iter() {
            let shown = &state.phases[phase];
            if shown.pedestrian == PedestrianInterval::Walk
                && let Some(since) = self.pedestrian_call_since[phase].take()
            {
                let wait = self.now.since(since);
                let longest = &mut self.longest_pedestrian_wait[phase];
                *longest = (*longest).max(wait);
            }
            let waiting = self.site.movements.iter().any(|(_, m)| {
                let served = if m.protected.is_empty() {
                    m.permissive
                } else {
                    m.protected
                };
                served.contains(phase)
                    && m.lanes.iter().any(|lane| {
                        let head = self.lanes[lane.index()].vehicles.first();
                        head.is_some_and(|v| {
                            v.arrives <= self.now && m.lanes.contains(lane) && {
                                let own = &self.site.movements[v.movement];
                                own.protected.union(own.permissive).contains(phase)
                            }
                        })
                    })
            });
            if shown.interval == Interval::Green {
                if let Some(since) = self.vehicle_call_since[phase].take() {
                    let wait = self.now.since(since);
                    let longest = &mut self.longest_wait[phase];
                    *longest = (*longest).max(wait);
                }
            } else if waiting {
                self.vehicle_call_since[phase].get_or_insert(self.now);
            } else {
                self.vehicle_call_since[phase] = None;
            }
        }
    }
}

fn exponential(rng: &mut Pcg64Mcg, rate: f64) -> Millis {
    if rate <= 0.0 {
        return Millis(i64::from(i32::MAX));
    }
    let u: f64 = rng.random();
    Millis::from_secs(-(1.0 - u).ln() / rate)
}
