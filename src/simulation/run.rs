//! One run: a controller, or the recorded greens, over the traffic world.
//!
//! In: a site, demand, who controls, a seed. Out: [`Run`]: what the world measured, the event log, the
//! decisions, queues over time, and any promise that was broken. The loop is the whole simulation
//! driver: it owns virtual time and nothing else. Not here: where demand comes from (`scenario.rs`),
//! figures (`figures.rs`).

use crate::controller::{Controller, Inputs, Rung};
use crate::hires::{Event, code};
use crate::intersection::{ApproachId, DetectorFunction, Intersection, Table};
use crate::journal::Tick;
use crate::safety::{Monitor, Violation};
use crate::signal::{Decision, Heads};
use crate::units::{ClockTime, Millis, TICK, Timestamp};

use super::clairvoyant::{Clairvoyant, Sight};
use super::crops::Crops;
use super::demand::Demand;
use super::film_score::FilmScore;
use super::planned::{Plan, Planned, Shown};
use super::scenario::RecordedTraffic;
use super::sensing::Sensing;
use super::world::{Results, Truth, World, WorldSettings};

/// Node expansions the solver may make per tick: far more than an ordinary decision takes, so that on a
/// desktop only the search's own limits count.
pub const BUDGET: u32 = 200_000;

/// Queues are noted this often.
pub const QUEUE_STEP: Millis = Millis(10_000);

/// Who decides what the lamps show.
#[derive(Clone, Copy, Debug)]
pub enum Control<'a> {
    /// Our controller, allowed up to this rung.
    Ours(Rung),
    /// The same, with an advice half that panics at these moments of the run.
    Failing(Rung, &'a [Timestamp]),
    /// The greens of the recording, as they were.
    Recorded(&'a RecordedTraffic),
    /// Our solver and gate, told some of the truth instead of what detectors tell.
    Clairvoyant(&'a Sight),
    /// A plan made beforehand, as far as the gate follows it.
    Planned(&'a Plan),
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// Where.
    pub site: &'a Intersection,
    /// With which sensors; `site` must be as [`Sensing::built`] says.
    pub sensing: &'a Sensing,
    /// Who decides.
    pub control: Control<'a>,
    /// Civil time of the start.
    pub from: ClockTime,
    /// For how long.
    pub duration: Millis,
    /// Seed of drivers and turns.
    pub seed: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Run {
    /// What the world measured.
    pub results: Results,
    /// The high-resolution log.
    pub events: Vec<Event>,
    /// Every decision, in order.
    pub decisions: Vec<Decision>,
    /// What was shown, from each moment of change on.
    pub shown: Vec<(Timestamp, Shown)>,
    /// Vehicles standing or crawling, by approach, every [`QUEUE_STEP`].
    pub queues: Table<ApproachId, Vec<usize>>,
    /// Promises broken, as an observer of the lamps sees it; empty, or something is very wrong. Recorded
    /// greens promise nothing.
    pub violations: Vec<(Timestamp, Violation)>,
    /// Advice the gate refused or overruled.
    pub refusals: u64,
    /// Detector edges the controller did not look at, because there were too many in a tick.
    pub lost_edges: u64,
    /// How well the pipeline of a filmed camera did.
    pub film: Option<FilmScore>,
    /// Labelled patches of its pictures, if they were asked for.
    pub crops: Option<Crops>,
    /// Ticks on each rung: flash, fixed time, actuated, adaptive.
    pub ticks_on: [u64; 4],
}

/// Something that looks at, or meddles with, a run while it goes on.
pub trait Witness {
    /// May change what the controller is told before each tick: faults.
    fn meddle(&mut self, _now: Timestamp, _inputs: &mut Inputs) {}
    /// How much later than one tick from now the next tick comes; a whole number of ticks.
    fn lateness(&mut self, _now: Timestamp) -> Millis {
        Millis::ZERO
    }
    /// Sees each tick of a controller (not of recorded greens).
    fn see(&mut self, _tick: &Tick) {}
    /// Is told how far the run is, once per simulated minute.
    fn progress(&mut self, _done: Millis) {}
}

/// A witness that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Witness for Nobody {}

/// Runs `setup` to its end with everybody in `demand`.
///
/// # Errors
/// When the demand names something the site does not have.
pub fn run(setup: &Setup<'_>, demand: Demand, witness: &mut dyn Witness) -> Result<Run, String> {
    let Setup {
        site,
        sensing,
        control,
        from,
        duration,
        seed,
    } = *setup;
    let settings = WorldSettings {
        seed,
        ..WorldSettings::default()
    };
    let mut world = World::new(std::slice::from_ref(site), demand, settings)?;
    let mut monitor = Monitor::new(site, Timestamp(0));
    let mut player = Player::new(site, control);
    let mut sensors = sensing.sensors(site, seed);
    let mut run = Run {
        results: Results::default(),
        events: Vec::new(),
        decisions: Vec::new(),
        shown: Vec::new(),
        queues: site.approaches.map(|_, _| Vec::new()),
        violations: Vec::new(),
        refusals: 0,
        lost_edges: 0,
        film: None,
        crops: None,
        ticks_on: [0; 4],
    };
    let begin = Timestamp(0);
    let end = begin + duration;
    let mut now = begin;
    while now < end {
        let clock = from + now.since(begin);
        let mut inputs = Inputs {
            clock,
            edges: std::mem::take(&mut sensors.edges),
            sightings: std::mem::take(&mut sensors.sightings),
            failed: sensors.failed.clone(),
            heard: Vec::new(),
            budget: BUDGET,
            ceiling: Rung::Adaptive,
        };
        let moment = (now, world.truth());
        let heads = player.play(&mut inputs, moment, witness, &mut run);
        if !matches!(control, Control::Recorded(_)) {
            let found = monitor.observe(&heads, now).into_iter();
            run.violations
                .extend(found.map(|violation| (now, violation)));
        }
        let shown = Shown::of(&heads);
        if run.shown.last().is_none_or(|(_, last)| *last != shown) {
            run.shown.push((now, shown));
        }
        let next = (now + TICK + witness.lateness(now)).min(end);
        while now < next {
            now = now + TICK;
            let edges = world.advance(now, &[heads]).swap_remove(0);
            sensors.sense(edges, &world.truth(), &heads, now);
            if now.0 % QUEUE_STEP.0 == 0 {
                note_queues(site, &world, &mut run);
            }
            if now.0 % 60_000 == 0 {
                witness.progress(now.since(begin));
            }
        }
    }
    run.results = world.results();
    (run.film, run.crops) = (sensors.film_score(), sensors.crops());
    Ok(run)
}

fn note_queues(site: &Intersection, world: &World, run: &mut Run) {
    let truth = world.truth();
    for (approach, queue) in run.queues.iter_mut() {
        let lanes = site.approaches[approach].lanes.iter();
        queue.push(lanes.map(|&lane| truth.queue(0, lane)).sum());
    }
}

/// Whatever plays the lamps.
enum Player<'a> {
    Ours {
        controller: Box<Controller>,
        ceiling: Rung,
    },
    Recorded {
        traffic: &'a RecordedTraffic,
        site: &'a Intersection,
    },
    Clairvoyant(Box<Clairvoyant<'a>>),
    Planned(Box<Planned<'a>>),
}

impl<'a> Player<'a> {
    fn new(site: &'a Intersection, control: Control<'a>) -> Self {
        match control {
            Control::Ours(ceiling) => Self::Ours {
                controller: Box::new(Controller::new(site)),
                ceiling,
            },
            Control::Failing(ceiling, at) => Self::Ours {
                controller: Box::new(Controller::with_failing_advice(site, at)),
                ceiling,
            },
            Control::Recorded(traffic) => Self::Recorded { traffic, site },
            Control::Clairvoyant(sight) => {
                Self::Clairvoyant(Box::new(Clairvoyant::new(site, sight)))
            }
            Control::Planned(plan) => Self::Planned(Box::new(Planned::new(site, plan))),
        }
    }

    fn play(
        &mut self,
        inputs: &mut Inputs,
        (now, truth): (Timestamp, Truth<'_>),
        witness: &mut dyn Witness,
        run: &mut Run,
    ) -> Heads {
        match self {
            Self::Ours {
                controller,
                ceiling,
            } => {
                inputs.ceiling = *ceiling;
                witness.meddle(now, inputs);
                let outputs = controller.step(inputs, now);
                let heads = outputs.heads;
                run.events.extend_from_slice(&outputs.events);
                run.decisions.extend(outputs.decision.clone());
                run.refusals = outputs.refusals;
                run.lost_edges = outputs.lost_edges;
                run.ticks_on[outputs.rung as usize] += 1;
                witness.see(&Tick {
                    now,
                    inputs: std::mem::take(inputs),
                    outputs,
                });
                heads
            }
            Self::Recorded { traffic, site } => {
                run.events.extend(detector_events(site, inputs));
                run.events.extend(signal_events(traffic, inputs.clock));
                traffic.heads.at(inputs.clock)
            }
            Self::Clairvoyant(clairvoyant) => {
                let heads = clairvoyant.step(inputs, &truth, now);
                run.decisions.extend(clairvoyant.take_decision());
                run.refusals = clairvoyant.refusals();
                run.ticks_on[Rung::Adaptive as usize] += 1;
                heads
            }
            Self::Planned(planned) => {
                let heads = planned.step(now);
                run.refusals = planned.refusals();
                heads
            }
        }
    }
}

/// What the recorded controller logged in the tick that ends at `clock`, its detectors left out.
fn signal_events(traffic: &RecordedTraffic, clock: ClockTime) -> impl Iterator<Item = Event> {
    let events = &traffic.recording.events;
    let after = |moment: ClockTime| events.partition_point(|event| event.at <= moment);
    let (begin, end) = (after(ClockTime(clock.0 - TICK.0)), after(clock));
    events[begin..end]
        .iter()
        .copied()
        .filter(|event| !is_of_detector(event.code))
}

fn is_of_detector(code: u16) -> bool {
    matches!(code, code::DETECTOR_OFF..=code::PEDESTRIAN_DETECTOR_ON)
        || matches!(
            code,
            code::PHASE_CALL_REGISTERED..=code::PEDESTRIAN_CALL_REGISTERED
        )
}

/// Detector events of simulated traffic under recorded greens, for measures that compare the two.
fn detector_events(site: &Intersection, inputs: &Inputs) -> Vec<Event> {
    inputs
        .edges
        .iter()
        .map(|edge| {
            let detector = &site.detectors[edge.detector];
            let code = match (detector.function, edge.on) {
                (DetectorFunction::PedestrianButton, true) => code::PEDESTRIAN_DETECTOR_ON,
                (DetectorFunction::PedestrianButton, false) => code::PEDESTRIAN_DETECTOR_OFF,
                (_, true) => code::DETECTOR_ON,
                (_, false) => code::DETECTOR_OFF,
            };
            Event {
                at: inputs.clock,
                code,
                parameter: detector.channel,
            }
        })
        .collect()
}
