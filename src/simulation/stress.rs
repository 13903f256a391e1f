//! Seeds × faults: runs in which everything around the controller misbehaves, with the promises of
//! ARCHITECTURE.md checked on every tick.
//!
//! In: a scenario and a seed. Out: [`Broken`] promises, none if all is well. What goes wrong, drawn from
//! the seed: detectors that are stuck, dead, chatter, miss or invent vehicles; ticks that come late;
//! civil time that jumps; a solver without budget; an advice half that panics; an operator who moves the
//! ceiling. Not here: faults of the gate itself, which its own tests provoke.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::draw;
use super::faults::{Fault, FaultKind, Faults};
use super::run::{Control, Setup, Witness, run};
use super::scenario::Scenario;
use crate::controller::{Controller, Inputs, Rung};
use crate::hires::code;
use crate::intersection::{Intersection, PerPhase, PhaseId};
use crate::journal::Tick;
use crate::units::{Millis, TICK, Timestamp};

/// Latest a tick comes: a second and a half of a loaded machine.
const LATE_MAX: i64 = 15;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Seed of the run; with the commit it reproduces the run.
    pub seed: u64,
    /// When.
    pub at: Timestamp,
    /// Which promise, and what happened instead.
    pub what: String,
}

/// What a run under stress was like.
#[derive(Clone, Debug, Default)]
pub struct Stress {
    /// Promises broken.
    pub broken: Vec<Broken>,
    /// Ticks the controller was stepped.
    pub ticks: u64,
    /// Ticks on each rung: flash, fixed time, actuated, adaptive.
    pub ticks_on: [u64; 4],
    /// Detector edges the controllers did not look at, because there were too many in a tick.
    pub lost_edges: u64,
}

impl Stress {
    /// Adds what another run was like.
    pub fn add(&mut self, other: Self) {
        self.broken.extend(other.broken);
        self.ticks += other.ticks;
        self.lost_edges += other.lost_edges;
        for (total, ticks) in self.ticks_on.iter_mut().zip(other.ticks_on) {
            *total += ticks;
        }
    }
}

/// Runs the scenario with everything that the seed makes go wrong.
///
/// # Errors
/// When the demand does not fit the site.
pub fn stress(scenario: &Scenario, seed: u64) -> Result<Stress, String> {
    let site = &scenario.site;
    let failures = failures(scenario.duration, seed);
    let setup = Setup {
        site,
        sensing: &scenario.sensing,
        control: Control::Failing(Rung::Adaptive, &failures),
        from: scenario.from,
        duration: scenario.duration,
        seed,
    };
    let mut trouble = Trouble::new(scenario, seed, &failures);
    let demand = scenario.demand(seed, 1.0);
    let ended = catch_unwind(AssertUnwindSafe(|| run(&setup, demand, &mut trouble)));
    let at = trouble.waits.last;
    let mut broken = trouble.broken;
    let Ok(run) = ended else {
        broken.push(Broken {
            seed,
            at,
            what: "the program panicked".to_owned(),
        });
        return Ok(Stress {
            broken,
            ..Stress::default()
        });
    };
    let run = run?;
    broken.extend(run.violations.iter().map(|(at, violation)| Broken {
        seed,
        at: *at,
        what: format!("unsafe lamps: {violation:?}"),
    }));
    Ok(Stress {
        broken,
        ticks: run.ticks_on.iter().sum(),
        ticks_on: run.ticks_on,
        lost_edges: run.lost_edges,
    })
}

/// Makes things go wrong, and watches.
struct Trouble<'a> {
    site: &'a Intersection,
    seed: u64,
    rng: Pcg64Mcg,
    faults: Faults,
    /// Civil time beyond what it should be.
    clock_error: Millis,
    starved_until: Timestamp,
    ceiling: Rung,
    ceiling_until: Timestamp,
    twin: Controller,
    waits: Waits,
    broken: Vec<Broken>,
}

/// Since when each phase has had a call, by the controller's own events.
#[derive(Default)]
struct Waits {
    vehicle: PerPhase<Option<Timestamp>>,
    pedestrian: PerPhase<Option<Timestamp>>,
    /// Ticks that came late do not let anybody be served in between.
    last: Timestamp,
}

impl<'a> Trouble<'a> {
    fn new(scenario: &'a Scenario, seed: u64, failures: &[Timestamp]) -> Self {
        let site = &scenario.site;
        let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "stress", 0));
        let schedule = fault_schedule(site, scenario.duration, &mut rng);
        Self {
            site,
            seed,
            faults: Faults::new(schedule, site.detectors.len(), Timestamp(0), seed),
            rng,
            clock_error: Millis::ZERO,
            starved_until: Timestamp(0),
            ceiling: Rung::Adaptive,
            ceiling_until: Timestamp(0),
            twin: Controller::with_failing_advice(site, failures),
            waits: Waits::default(),
            broken: Vec::new(),
        }
    }

    fn chance(&mut self, once_in: Millis) -> bool {
        self.rng.random_ratio(
            1,
            u32::try_from(once_in.0 / TICK.0).unwrap_or(u32::MAX).max(1),
        )
    }

    fn seconds(&mut self, most: i64) -> Millis {
        Millis(self.rng.random_range(1..=most) * 1000)
    }

    fn break_promise(&mut self, at: Timestamp, what: String) {
        self.broken.push(Broken {
            seed: self.seed,
            at,
            what,
        });
    }
}

/// When the advice half panics: not at all in most runs, once too often in some.
fn failures(duration: Millis, seed: u64) -> Vec<Timestamp> {
    let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "advice", 0));
    let count = [0, 0, 0, 1, 1, 2, 3][rng.random_range(0..7)];
    (0..count)
        .map(|_| Timestamp(rng.random_range(0..duration.0.max(1))))
        .collect()
}

fn fault_schedule(site: &Intersection, duration: Millis, rng: &mut Pcg64Mcg) -> Vec<Fault> {
    // From a good day to a cabinet full of water.
    let share = rng.random::<f64>();
    let mut schedule = Vec::new();
    for detector in site.detectors.ids() {
        if rng.random::<f64>() > share {
            continue;
        }
        let kind = match rng.random_range(0..5) {
            0 => FaultKind::StuckOn,
            1 => FaultKind::Dead,
            2 => FaultKind::Chatter {
                per_minute: rng.random_range(1..=300),
            },
            3 => FaultKind::Missed {
                share: rng.random(),
            },
            _ => FaultKind::False {
                per_hour: rng.random_range(1.0..2000.0),
            },
        };
        let from = Timestamp(rng.random_range(0..duration.0.max(1)));
        let until = from + Millis(rng.random_range(0..duration.0.max(1)));
        schedule.push(Fault {
            detector,
            kind,
            from,
            until,
        });
    }
    schedule
}

impl Witness for Trouble<'_> {
    fn meddle(&mut self, now: Timestamp, inputs: &mut Inputs) {
        inputs.edges = self.faults.apply(now, &inputs.edges);
        if self.chance(Millis(600_000)) {
            let jump = self.seconds(6 * 3600);
            let back = self.rng.random::<bool>();
            self.clock_error = if back {
                self.clock_error - jump
            } else {
                self.clock_error + jump
            };
        }
        inputs.clock = inputs.clock + self.clock_error;
        if self.chance(Millis(600_000)) {
            self.starved_until = now + self.seconds(60);
        }
        if now < self.starved_until {
            inputs.budget = 0;
        } else if self.chance(Millis(10_000)) {
            inputs.budget = self.rng.random_range(0..500);
        }
        if now >= self.ceiling_until && self.chance(Millis(900_000)) {
            let rungs = [Rung::Flash, Rung::FixedTime, Rung::Actuated];
            self.ceiling = rungs[self.rng.random_range(0..rungs.len())];
            self.ceiling_until = now + self.seconds(180);
        }
        if now < self.ceiling_until {
            inputs.ceiling = self.ceiling;
        }
    }

    fn lateness(&mut self, _now: Timestamp) -> Millis {
        if self.chance(Millis(30_000)) {
            Millis(TICK.0 * self.rng.random_range(1..=LATE_MAX))
        } else {
            Millis::ZERO
        }
    }

    fn see(&mut self, tick: &Tick) {
        let again = self.twin.step(&tick.inputs, tick.now);
        if again != tick.outputs {
            self.break_promise(tick.now, "same inputs, other outputs".to_owned());
        }
        let late = self.waits.watch(self.site, tick);
        for (phase, who, wait) in late {
            self.break_promise(
                tick.now,
                format!("{who} call of phase {phase} waits {wait}"),
            );
        }
    }
}

impl Waits {
    /// Calls that wait longer than they may, each reported once.
    fn watch(&mut self, site: &Intersection, tick: &Tick) -> Vec<(PhaseId, &'static str, Millis)> {
        let now = tick.now;
        let late = now.since(self.last) - TICK;
        self.last = now;
        if tick.outputs.rung == Rung::Flash {
            *self = Self {
                last: now,
                ..Self::default()
            };
            return Vec::new();
        }
        for event in &tick.outputs.events {
            let phase = u8::try_from(event.parameter).ok().and_then(PhaseId::new);
            let Some(phase) = phase else { continue };
            match event.code {
                code::PHASE_CALL_REGISTERED => _ = self.vehicle[phase].get_or_insert(now),
                code::PHASE_CALL_DROPPED | code::PHASE_ON => self.vehicle[phase] = None,
                code::PEDESTRIAN_CALL_REGISTERED => _ = self.pedestrian[phase].get_or_insert(now),
                code::PEDESTRIAN_BEGIN_WALK => self.pedestrian[phase] = None,
                _ => {}
            }
        }
        let mut found = Vec::new();
        for phase in site.phases.iter() {
            let timing = &site.phase[phase].safety;
            let bounds = [
                (&mut self.vehicle[phase], "vehicle", Some(timing.max_wait)),
                (
                    &mut self.pedestrian[phase],
                    "pedestrian",
                    timing.pedestrian.map(|p| p.max_wait),
                ),
            ];
            for (since, who, bound) in bounds {
                // Time in which nobody asked the controller is not its fault: the clock of a waiting
                // call moves on with every late tick.
                *since = since.map(|since| since + late);
                let Some((at, bound)) = since.as_ref().zip(bound) else {
                    continue;
                };
                let wait = now.since(*at);
                if wait > bound + TICK {
                    found.push((phase, who, wait));
                    *since = None;
                }
            }
        }
        found
    }
}
