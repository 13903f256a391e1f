//! What a report is made of: plain values, filled in by the command line from finished runs.
//!
//! In: nothing. Out: [`Content`] and its parts. Everything is optional in the sense that an empty list
//! leaves its section out with a sentence saying so; a number that is not finite is drawn as a gap and
//! printed as "–". Not here: how anything looks.

use crate::hires::Event;
use crate::intersection::DetectorFunction;
use crate::intersection::Intersection;
use crate::intersection::LaneId;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::signal::Decision;
use crate::units::ClockTime;
use crate::units::Millis;

/// Everything the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// Which intersection.
    pub site: Site,
    /// The site itself, for its plan; `None`: no plan is drawn.
    pub intersection: Option<Intersection>,
    /// Where the traffic comes from, in a sentence or two.
    pub traffic: String,
    /// Start of the measured period.
    pub from: ClockTime,
    /// End of the measured period.
    pub until: ClockTime,
    /// How the figures were made.
    pub method: Method,
    /// Phases in ascending order; [`PhaseFacts::of_site`] makes them.
    pub phases: Vec<PhaseFacts>,
    /// One entry per controller in the order of the tables; the one named [`ADAPTIVE`] is compared
    /// with the best of the others.
    pub controllers: Vec<ControllerRun>,
    /// How far from perfect the adaptive run of [`Method::shown_seed`] was, in a sentence.
    pub distance: Option<String>,
    /// Decisions of the adaptive run of [`Method::shown_seed`], in order of time.
    pub decisions: Vec<Decision>,
    /// Civil time of `Timestamp(0)` of the decisions.
    pub decisions_epoch: ClockTime,
    /// How well the simulation reproduces the recording.
    pub calibration: Option<Calibration>,
    /// Assumptions, warnings and remarks, each a sentence.
    pub notes: Vec<Note>,
}

/// [`ControllerRun::name`] of the controller that the report is about.
pub const ADAPTIVE: &str = "adaptive";

/// Which intersection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Name in the site file.
    pub name: String,
    /// Short id.
    pub id: String,
    /// Hash of the site file.
    pub hash: u64,
}

/// How the figures were made, so that somebody else can make them again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Method {
    /// Commands that reproduce the report, in order.
    pub commands: Vec<String>,
    /// Version of the program.
    pub version: String,
    /// Seeds of the simulated days.
    pub seeds: Vec<u64>,
    /// The seed whose events, queues over time, pedestrian waits and decisions are drawn.
    pub shown_seed: u64,
    /// 1.0: the traffic as recorded.
    pub demand_scale: f64,
    /// Simulated before measuring begins.
    pub warm_up: Millis,
}

/// What the plots need to know about a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseFacts {
    /// Number.
    pub id: PhaseId,
    /// What people call it.
    pub name: String,
    /// Longest a vehicle call may wait; zero: no bound known.
    pub max_wait: Millis,
    /// Longest a pedestrian call may wait, for a phase with a crosswalk.
    pub pedestrian_max_wait: Option<Millis>,
    /// Advance detectors whose actuations are the arrivals of this phase; none: no arrivals drawn.
    pub advance: Vec<AdvanceDetector>,
}

/// One advance detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvanceDetector {
    /// Its channel: the parameter of events 81 and 82.
    pub channel: u16,
    /// Time from the detector to the stop bar at free flow; added to its actuations. Zero plots them
    /// as recorded.
    pub travel: Millis,
}

impl PhaseFacts {
    /// Facts of all phases of a site. Arrivals of a phase are the actuations of the farthest advance
    /// detector of each lane that the phase serves protected, at the lane's speed limit from the stop
    /// bar.
    #[must_use]
    pub fn of_site(site: &Intersection) -> Vec<Self> {
        site.phases
            .iter()
            .map(|phase| {
                let timing = &site.phase[phase];
                Self {
                    id: phase,
                    name: timing.name.clone(),
                    max_wait: timing.safety.max_wait,
                    pedestrian_max_wait: timing.safety.pedestrian.map(|timing| timing.max_wait),
                    advance: advance_detectors(site, phase),
                }
            })
            .collect()
    }
}

fn advance_detectors(site: &Intersection, phase: PhaseId) -> Vec<AdvanceDetector> {
    let mut found: Vec<AdvanceDetector> = Vec::new();
    for (id, lane) in site.lanes.iter() {
        if !protected_phases(site, id).contains(phase) {
            continue;
        }
        let farthest = site
            .detectors
            .iter()
            .map(|(_, detector)| detector)
            .filter(|detector| detector.function == DetectorFunction::Advance)
            .filter(|detector| detector.lanes.contains(&id))
            .max_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        let known = |channel| found.iter().any(|other| other.channel == channel);
        if let Some(detector) = farthest.filter(|detector| !known(detector.channel)) {
            found.push(AdvanceDetector {
                channel: detector.channel,
                travel: Millis::from_secs(detector.distance_m / lane.speed_limit_mps.max(1.0)),
            });
        }
    }
    found
}

/// Phases that serve movements of a lane without yielding.
fn protected_phases(site: &Intersection, lane: LaneId) -> PhaseSet {
    let movements = site.movements.iter().map(|(_, movement)| movement);
    movements
        .filter(|movement| movement.lanes.contains(&lane))
        .fold(PhaseSet::EMPTY, |phases, movement| {
            phases.union(movement.protected)
        })
}

/// One controller, over all seeds and in detail for one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControllerRun {
    /// Short name: `recorded`, `fixed`, `actuated` or [`ADAPTIVE`].
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Figures of every seed.
    pub seeds: Vec<SeedFigures>,
    /// Longest waits by phase, over all seeds; phases at which nobody waited may be left out.
    pub waits: Vec<PhaseWait>,
    /// Delay by movement, over all seeds, in the order to be shown.
    pub movements: Vec<MovementDelay>,
    /// Delay of every vehicle of all seeds, s, in any order.
    pub delays_s: Vec<f64>,
    /// Mean delay of the vehicles by time of arrival, s, usually in steps of five minutes and over
    /// all seeds.
    pub delay_over_time: Option<TimeSeries>,
    /// Queue by approach, vehicles: the mean or greatest queue of each step.
    pub queues: Vec<ApproachQueue>,
    /// High-resolution events of the shown seed, in order of time.
    pub events: Vec<Event>,
    /// Waits of the pedestrians of the shown seed.
    pub pedestrians: Vec<PedestrianWait>,
}

/// Longest waits at one phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhaseWait {
    /// Which.
    pub phase: PhaseId,
    /// Of a vehicle, s; `None`: there was none.
    pub vehicle_s: Option<f64>,
    /// Of a pedestrian from pushing the button to Walk, s; `None`: nobody had to push.
    pub pedestrian_s: Option<f64>,
}

/// Figures of one seed, as `simulate --json` writes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedFigures {
    /// Which.
    pub seed: u64,
    /// Mean control delay, s per vehicle.
    pub mean_delay_s: f64,
    /// 95th percentile of control delay, s.
    pub p95_delay_s: f64,
    /// Stops per vehicle.
    pub stops_per_vehicle: f64,
    /// Longest wait of a vehicle call, s.
    pub max_wait_s: f64,
    /// Longest wait of a pedestrian call, s; `None`: nobody walked.
    pub max_ped_wait_s: Option<f64>,
    /// Vehicles measured.
    pub vehicles: u64,
}

/// Delay of one movement.
#[derive(Clone, Debug, PartialEq)]
pub struct MovementDelay {
    /// Name, the same for all controllers.
    pub movement: String,
    /// Mean control delay, s.
    pub mean_delay_s: f64,
    /// Vehicles it is the mean of.
    pub vehicles: u64,
}

/// Values at equal steps of time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSeries {
    /// Start of the first step.
    pub from: ClockTime,
    /// Length of a step.
    pub step: Millis,
    /// One value per step; not finite: none.
    pub values: Vec<f64>,
}

/// Queue of one approach over time.
#[derive(Clone, Debug, PartialEq)]
pub struct ApproachQueue {
    /// Name, the same for all controllers.
    pub approach: String,
    /// Vehicles.
    pub queue: TimeSeries,
}

/// One pedestrian call from the button to walk.
#[derive(Clone, Debug, PartialEq)]
pub struct PedestrianWait {
    /// When the button was pressed.
    pub at: ClockTime,
    /// The phase that serves the crosswalk.
    pub phase: PhaseId,
    /// Until walk began, s.
    pub wait_s: f64,
}

/// The recorded plan replayed in the simulation, against the recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// Counts by stop-bar detector or movement.
    pub counts: Vec<CountComparison>,
    /// Share of arrivals on green by phase, 0 to 1.
    pub arrivals_on_green: Vec<Comparison>,
    /// Occupancy by detector, 0 to 1.
    pub occupancy: Vec<Comparison>,
}

/// Counts of one detector over time.
#[derive(Clone, Debug, PartialEq)]
pub struct CountComparison {
    /// Which detector or lane.
    pub label: String,
    /// Counted in the recording, vehicles per step.
    pub measured: TimeSeries,
    /// Counted in the simulation over the same steps.
    pub simulated: Vec<f64>,
}

/// One figure, measured and simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Which phase or detector.
    pub label: String,
    /// From the recording.
    pub measured: f64,
    /// From the simulation.
    pub simulated: f64,
}

/// A sentence the reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// The sentence.
    pub text: String,
}

/// Kind of note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// Something that could not be known and was assumed.
    Assumption,
    /// Something that makes the figures less certain.
    Warning,
    /// Anything else.
    Remark,
}
