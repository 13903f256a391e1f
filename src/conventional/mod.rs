//! Conventional control: fixed time and NEMA actuated, free and coordinated.
//!
//! In: readings, what is shown, civil time. Out: [`Advice`] at every tick, the reason of every change
//! in words ([`Change`]), and the high-resolution events that only this module knows. It is the baseline
//! that adaptive control has to beat and the rung below it on the fallback ladder, so it is written to be
//! good, not to be beaten. What is supported, with NTCIP names: `docs/conventional.md`. Not here: any
//! estimate of traffic, and any say about lamps; safety is the gate's business, although nothing asked
//! for here gives it cause to refuse.
//!
//! One tick: pick the program (`program.rs`), run the cycle timer (`clock.rs`), collect demand
//! (`demand.rs`), look what would be next (`choice.rs`), run the timers of the greens (`green.rs`), move
//! the rings whose greens may end (`rings.rs`), decide about pedestrians (`walks.rs`).

mod change;
mod choice;
mod clock;
mod demand;
mod green;
mod log;
mod program;
mod rings;
mod walks;
pub mod webster;

use crate::conventional::choice::Choice;
use crate::conventional::clock::LocalClock;
use crate::conventional::demand::Demand;
use crate::conventional::demand::Recalls;
use crate::conventional::green::Green;
use crate::conventional::green::Surroundings;
use crate::conventional::log::Log;
use crate::conventional::program::Program;
use crate::conventional::rings::Moved;
use crate::conventional::rings::Rings;
use crate::conventional::walks::Doing;
use crate::conventional::walks::Walks;
use crate::detection::Readings;
use crate::hires::Event;
use crate::hires::code;
use crate::intersection::Intersection;
use crate::intersection::PerPhase;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::intersection::Recall;
use crate::signal::Advice;
use crate::signal::Calls;
use crate::signal::SignalState;
use crate::units::ClockTime;
use crate::units::Millis;
use crate::units::TICK;
use crate::units::Timestamp;

pub use change::Change;
pub use clock::CycleState;
pub use program::{FREE, RINGS_MAX};

/// How the signal is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Cycle and splits of the pattern whatever the detectors say; sites without a plan get one by
    /// Webster's formula.
    FixedTime,
    /// Actuated, coordinated when the schedule says so.
    Actuated,
}

/// Conventional control of one intersection.
#[derive(Clone, Debug)]
pub struct Conventional {
    mode: Mode,
    plans: Plans,
    /// Index of the program in force.
    scheduled: usize,
    state: State,
}

/// What is computed once.
#[derive(Clone, Debug)]
struct Plans {
    /// By pattern, the last for when nothing is scheduled.
    programs: Vec<Program>,
    /// For after a cycle fault.
    free: Program,
    recalls: Recalls,
    traps: PerPhase<PhaseSet>,
}

/// What changes from tick to tick.
#[derive(Clone, Debug)]
struct State {
    ticked: Option<Timestamp>,
    /// A cycle fault: free until the pattern changes.
    faulted: bool,
    clock: LocalClock,
    /// Some green outlasts its force-off.
    overrun: bool,
    rings: Rings,
    greens: PerPhase<Green>,
    walks: Walks,
    /// Local zeros passed since each phase has called without being served.
    unserved_zeros: PerPhase<u8>,
    log: Log,
    advice: Advice,
    change: Option<Change>,
}

/// What one tick works with.
struct Tick<'a> {
    site: &'a Intersection,
    readings: &'a Readings,
    shown: &'a SignalState,
    right_of_way: PhaseSet,
    now: Timestamp,
    program: &'a Program,
    clock: LocalClock,
    fixed: bool,
    traps: &'a PerPhase<PhaseSet>,
}

impl Tick<'_> {
    fn has_max_recall(&self, phase: PhaseId) -> bool {
        self.site.phase[phase].actuated.recall == Recall::Max
    }
}

/// Local zeros that may pass over a call: two whole cycles lie between three of them (NTCIP cycle fault).
const UNSERVED_ZEROS_MAX: u8 = 3;

impl Conventional {
    /// Compiles the site's patterns. The first tick takes over from whatever is shown then.
    #[must_use]
    pub fn new(site: &Intersection, mode: Mode) -> Self {
        let programs = program::compile_all(site, mode == Mode::FixedTime);
        Self {
            mode,
            scheduled: programs.len().saturating_sub(1),
            plans: Plans {
                free: program::free(site),
                programs,
                recalls: Recalls::new(site),
                traps: choice::traps(site),
            },
            state: State::new(),
        }
    }

    /// One tick. Call it every [`TICK`] while it is in force; after a pause it takes over from what is
    /// shown, wherever that is. `shown` is the state after the last tick, `clock` the civil time of
    /// `now`.
    pub fn advise(
        &mut self,
        site: &Intersection,
        readings: &Readings,
        shown: &SignalState,
        now: Timestamp,
        clock: ClockTime,
    ) -> &Advice {
        let scheduled =
            program::scheduled(site, clock).min(self.plans.programs.len().saturating_sub(1));
        let new_program = scheduled != self.scheduled;
        if new_program {
            self.scheduled = scheduled;
            self.state.faulted = false;
        }
        let program = match self.state.faulted {
            true => Some(&self.plans.free),
            false => self.plans.programs.get(scheduled),
        };
        if let Some(program) = program {
            let mut tick = Tick {
                site,
                readings,
                shown,
                right_of_way: shown.right_of_way(),
                now,
                program,
                clock: self.state.clock,
                fixed: self.mode == Mode::FixedTime,
                traps: &self.plans.traps,
            };
            self.state.start(&mut tick, clock, new_program);
            self.state.run(&tick, &self.plans.recalls);
        }
        &self.state.advice
    }

    /// Events of the last tick, stamped with its civil time.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.state.log.events()
    }

    /// What changed in the last tick and why, if anything did.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        self.state.change.as_ref()
    }

    /// State of the coordination cycle.
    #[must_use]
    pub fn cycle_state(&self) -> CycleState {
        self.state.clock.state
    }

    /// Time since local zero, the first coordinated force-off of the cycle; `None` when free.
    #[must_use]
    pub fn local_time(&self) -> Option<Millis> {
        (self.state.clock.state != CycleState::Free).then_some(self.state.clock.local)
    }
}

impl State {
    fn new() -> Self {
        Self {
            ticked: None,
            faulted: false,
            clock: LocalClock::default(),
            overrun: false,
            rings: Rings::default(),
            greens: PerPhase::default(),
            walks: Walks::default(),
            unserved_zeros: PerPhase::default(),
            log: Log::new(),
            advice: Advice::default(),
            change: None,
        }
    }

    /// Takes over where that is needed, and runs the cycle timer.
    fn start(&mut self, tick: &mut Tick<'_>, clock: ClockTime, new_program: bool) {
        self.log.begin(clock);
        self.change = None;
        let first = self.ticked.is_none();
        let continues = self
            .ticked
            .is_some_and(|ticked| tick.now.since(ticked) == TICK);
        self.ticked = Some(tick.now);
        let freed = tick.program.timeline.is_none() && self.clock.state != CycleState::Free;
        if !continues {
            self.rings.adopt(tick, tick.right_of_way);
            self.unserved_zeros = PerPhase::default();
        } else if new_program || freed {
            // What was wanted goes on being served, if the new program has it.
            self.rings
                .adopt(tick, tick.right_of_way.union(self.advice.green));
        }
        let picks_up = !continues || new_program;
        match &tick.program.timeline {
            None => self.clock.release(),
            Some(timeline) if picks_up => {
                let local = self
                    .rings
                    .local_time_nearest(tick, clock::target(timeline, clock));
                self.clock.pick_up(local, timeline, clock);
                self.overrun = false;
            }
            Some(timeline) => self.clock.tick(timeline, clock, self.overrun),
        }
        tick.clock = self.clock;
        if picks_up {
            self.rings.hold(tick);
        }
        if first || new_program || freed {
            self.log.program(tick.program);
        }
        self.log.cycle_state(self.clock.state);
    }

    fn run(&mut self, tick: &Tick<'_>, recalls: &Recalls) {
        self.rings.observe(tick, &mut self.log);
        let served = self.rings.served(tick);
        let resting = self.rings.pending(tick).is_empty()
            && served
                .iter()
                .all(|phase| self.greens[phase].rests(tick, phase));
        let demand = Demand::new(tick, recalls, served, resting);
        let choice = choice::choose(tick, &self.rings, demand);
        let conflicted = self.time_greens(tick, &choice);
        let moved = self
            .rings
            .advance(tick, &choice, &mut self.greens, &mut self.log);
        self.overrun = self.rings.overrun(tick, &choice, &self.greens);
        let doing = Doing {
            rings: &self.rings,
            choice: &choice,
            moved,
            conflicted,
        };
        self.walks.tick(tick, &doing, demand, recalls);
        self.watch_cycle(tick, recalls);
        self.advise(tick);
        if moved != Moved::default() {
            self.change = Some(self.describe(tick, moved));
        }
    }

    /// Runs every phase's timers; tells which have a serviceable conflicting call.
    fn time_greens(&mut self, tick: &Tick<'_>, choice: &Choice) -> PhaseSet {
        let leaving = choice
            .leaving
            .iter()
            .fold(PhaseSet::EMPTY, |all, &set| all.union(set));
        let waiting =
            PerPhase::from_fn(|phase| self.greens[phase].waiting + tick.readings.actuations[phase]);
        let mut conflicted = PhaseSet::EMPTY;
        for phase in tick.site.phases.iter() {
            let rivals = choice
                .serviceable
                .difference(tick.site.conflicts.compatible[phase]);
            let conflict = !rivals.is_empty() || leaving.contains(phase);
            if conflict {
                conflicted.insert(phase);
            }
            let around = Surroundings {
                conflict,
                waiting: rivals.iter().map(|rival| waiting[rival]).sum(),
                coordinated: tick.program.timeline.is_some(),
                actuated: self.rings.is_actuated(tick, phase),
            };
            self.greens[phase].tick(tick, phase, around, &mut self.log);
        }
        conflicted
    }

    /// NTCIP cycle fault: a call that two whole cycles pass over ends coordination until the pattern
    /// changes.
    fn watch_cycle(&mut self, tick: &Tick<'_>, recalls: &Recalls) {
        let Some(timeline) = &tick.program.timeline else {
            self.unserved_zeros = PerPhase::default();
            return;
        };
        let zero = tick.clock.passed(Millis::ZERO, timeline.cycle);
        if zero {
            self.log.event(code::COORD_CYCLE_STATE_CHANGE, LOCAL_ZERO);
        }
        let calls = &tick.readings.calls;
        let pedestrian = calls.pedestrian.intersection(recalls.crossings);
        let called = calls
            .vehicle
            .union(pedestrian)
            .difference(tick.right_of_way);
        for phase in tick.site.phases.iter() {
            if !called.contains(phase) || tick.fixed {
                self.unserved_zeros[phase] = 0;
            } else if zero {
                self.unserved_zeros[phase] = self.unserved_zeros[phase].saturating_add(1);
                self.faulted |= self.unserved_zeros[phase] >= UNSERVED_ZEROS_MAX;
            }
        }
    }

    /// What is wanted, made legal: greens whose minimum or pedestrians are not over stay wanted, and
    /// nothing that conflicts with them is.
    fn advise(&mut self, tick: &Tick<'_>) {
        let kept: PhaseSet = tick
            .right_of_way
            .iter()
            .filter(|&phase| !green::service_is_complete(tick, phase))
            .collect();
        let compatible = &tick.site.conflicts.compatible;
        let mut green = kept;
        for phase in self.rings.wanted(tick).difference(kept).iter() {
            if green.is_subset_of(compatible[phase]) {
                green.insert(phase);
            }
        }
        self.advice.green = green;
        self.advice.walk = self.walks.wanted.intersection(green);
        self.advice.ends = self.rings.ends;
    }

    fn describe(&self, tick: &Tick<'_>, moved: Moved) -> Change {
        let calls = &tick.readings.calls;
        Change {
            at: tick.now,
            ended: moved.ended.intersection(tick.right_of_way),
            why: self.rings.ends,
            green: PerPhase::from_fn(|phase| self.greens[phase].lasted),
            begins: moved.begins,
            called: Calls {
                vehicle: calls.vehicle.intersection(moved.begins),
                pedestrian: calls.pedestrian.intersection(moved.begins),
            },
        }
    }
}

/// Parameter of event 150 at local zero.
const LOCAL_ZERO: u16 = 5;
