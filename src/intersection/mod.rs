//! One signalized intersection: validated site facts, safety timing and tuning.
//!
//! In: a site file (`file/` mirrors it, `load.rs` reads it, `validate/` complains about everything at once). Out:
//! [`Intersection`], which the rest of the program trusts and never checks again. Three kinds of
//! setting are kept apart, here and in the file: **site facts** (what is built), **safety timing**
//! (what protects people; nothing may loosen it) and **tuning** (what may make traffic worse, never
//! unsafe). Not here: anything that changes while the intersection runs.

mod ids;
mod camera;
pub mod file;
mod geometry;
mod service;
mod compile;
mod problem;
mod validate;
mod load;
mod waits;

use serde::{Deserialize, Serialize};

use crate::units::{ClockTime, Millis};

pub use camera::{Camera, Fingerprint, Px, Seen, Shape, Strip};
pub use ids::{
    ApproachId, CameraId, CrosswalkId, DetectorId, ExitId, Id, LaneId, MovementId, PHASES_MAX,
    PerPhase, PhaseId, PhaseSet, Table, ViewId,
};
pub use load::{Checked, SITE_FILE_BYTES_MAX};
pub use problem::{Problem, Severity, SiteError};
pub use service::entry_lengths;
pub(crate) use waits::gap_between;
pub use waits::{START_UP_RED, ServiceTimes, WAIT_MARGIN};

/// Most approaches of one intersection.
pub const APPROACHES_MAX: usize = 8;
/// Most lanes of one intersection; eight approaches of six lanes.
pub const LANES_MAX: usize = 48;
/// Most movements of one intersection.
pub const MOVEMENTS_MAX: usize = 48;
/// Most crosswalks of one intersection.
pub const CROSSWALKS_MAX: usize = 16;
/// Most detectors of one intersection; NTCIP cabinets carry up to 64 vehicle channels and 8 buttons.
pub const DETECTORS_MAX: usize = 72;
/// Most camera views of one intersection.
pub const VIEWS_MAX: usize = 160;
/// Most cameras of one intersection; one for each approach, and as many again.
pub const CAMERAS_MAX: usize = 16;
/// Most adjacent intersections.
pub const NEIGHBORS_MAX: usize = 8;

/// The JSON Schema of site files: what editors check against while typing, and what the loader checks
/// every file against.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(file::SiteFile).to_value()
}

/// A signalized intersection, checked: every id in it is valid, every timing keeps its floor.
#[derive(Clone, Debug, PartialEq)]
pub struct Intersection {
    /// Short name, unique in a city: the folder name of the site file, e.g. `main-4th`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// It exists in a simulator only: its timing may be below the formulas for streets.
    pub simulated: bool,
    /// FNV-1a of the site file's text; tells neighbors and journals which settings were in force.
    pub hash: u64,
    /// Roads that enter.
    pub approaches: Table<ApproachId, Approach>,
    /// Lanes that enter, of all approaches.
    pub lanes: Table<LaneId, Lane>,
    /// Roads that leave.
    pub exits: Table<ExitId, Exit>,
    /// Ways through.
    pub movements: Table<MovementId, Movement>,
    /// Ways across for pedestrians.
    pub crosswalks: Table<CrosswalkId, Crosswalk>,
    /// Vehicle and pedestrian detectors.
    pub detectors: Table<DetectorId, Detector>,
    /// Stretches of road that cameras watch.
    pub views: Table<ViewId, View>,
    /// Cameras whose pictures Phasewise itself looks at.
    pub cameras: Table<CameraId, Camera>,
    /// Which phases exist.
    pub phases: PhaseSet,
    /// Names, safety timing and actuated settings by phase; entries outside `phases` are defaults.
    pub phase: PerPhase<Phase>,
    /// Which phases may be green together, and the time between those that may not.
    pub conflicts: Conflicts,
    /// Every maximal set of compatible phases, ascending; what the adaptive solver chooses among.
    pub phase_sets: Vec<PhaseSet>,
    /// Order in which conventional control serves the phases.
    pub rings: Vec<Ring>,
    /// Fixed-time and coordination patterns.
    pub patterns: Vec<Pattern>,
    /// Which pattern runs when; the first entry that matches wins, none matching means free.
    pub schedule: Vec<ScheduleEntry>,
    /// Settings of the adaptive solver.
    pub tuning: SolverTuning,
}

/// All lanes that enter from one road.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach {
    /// Name in the file, e.g. `north` for traffic that comes from the north.
    pub id: String,
    /// Its lanes, from the median (left, in right-hand traffic) to the curb.
    pub lanes: Vec<LaneId>,
    /// Compass bearing of travel at the stop bar, degrees clockwise from north, 0 to 359; for drawing.
    pub heading_deg: f64,
    /// Longest distance upstream of the stop bar that belongs to this site, m.
    pub length_m: f64,
    /// Speed limit, m/s.
    pub speed_limit_mps: f64,
    /// Uphill positive, share (0.02 = 2 %).
    pub grade: f64,
    /// Site id and exit name of the intersection upstream, where Phasewise runs it too.
    pub upstream: Option<NeighborLink>,
}

/// The other end of a road shared with another intersection.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborLink {
    /// Site id of the other intersection.
    pub intersection: String,
    /// Name of its exit (seen from an approach) or approach (seen from an exit).
    pub end: String,
}

/// One lane of an approach.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Name in the file.
    pub id: String,
    /// The approach it belongs to.
    pub approach: ApproachId,
    /// Length upstream of the stop bar, m: the approach's length, or shorter for a pocket.
    pub length_m: f64,
    /// Speed limit, m/s.
    pub speed_limit_mps: f64,
    /// For a pocket (turn bay): the lane from which vehicles enter it.
    pub pocket_of: Option<LaneId>,
    /// Movements that may be made from it.
    pub movements: Vec<MovementId>,
}

/// A road that leaves the intersection.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Name in the file.
    pub id: String,
    /// Compass bearing in which its traffic leaves, degrees clockwise from north, 0 to 359; for drawing.
    pub heading_deg: f64,
    /// Number of lanes, at least 1.
    pub lanes: usize,
    /// Length to the next intersection or to where the model ends, m.
    pub length_m: f64,
    /// Speed limit, m/s.
    pub speed_limit_mps: f64,
    /// Site id and approach name of the intersection downstream.
    pub downstream: Option<NeighborLink>,
}

/// Which way a movement turns.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// Back where it came from.
    UTurn,
    /// Left.
    Left,
    /// Straight on.
    Through,
    /// Right.
    Right,
}

/// From one approach to one exit.
#[derive(Clone, Debug, PartialEq)]
pub struct Movement {
    /// Name in the file.
    pub id: String,
    /// Where it comes from.
    pub from: ApproachId,
    /// Lanes it may be made from.
    pub lanes: Vec<LaneId>,
    /// Where it goes.
    pub to: ExitId,
    /// Which way it turns.
    pub turn: Turn,
    /// Phases that serve it without yielding.
    pub protected: PhaseSet,
    /// Phases that serve it while it yields.
    pub permissive: PhaseSet,
    /// Movements it yields to when served permissively or turning on red.
    pub yields_to: Vec<MovementId>,
    /// Crosswalks whose pedestrians it yields to whenever it moves.
    pub yields_to_crosswalks: Vec<CrosswalkId>,
    /// Whether it may go on red after a stop, yielding.
    pub turn_on_red: bool,
    /// Length of its path from stop bar to exit, m.
    pub path_m: f64,
}

/// A signalized pedestrian crossing.
#[derive(Clone, Debug, PartialEq)]
pub struct Crosswalk {
    /// Name in the file.
    pub id: String,
    /// The approach whose lanes it crosses, if the road it crosses enters.
    pub across_approach: Option<ApproachId>,
    /// The exit whose lanes it crosses, if the road it crosses leaves.
    pub across_exit: Option<ExitId>,
    /// The phase with which pedestrians walk.
    pub phase: PhaseId,
    /// Curb to curb, m.
    pub length_m: f64,
    /// Push button to far curb, m; at least `length_m`.
    pub button_to_far_curb_m: f64,
}

/// What a detector tells.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DetectorFunction {
    /// On while a vehicle stands at or rolls over the stop bar.
    StopBarPresence,
    /// One short pulse per vehicle that crosses the stop bar.
    StopBarCount,
    /// Upstream of the stop bar; on while covered.
    Advance,
    /// Pedestrian push button.
    PedestrianButton,
}

/// A vehicle detector or a push button.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// Name in the file.
    pub id: String,
    /// Cabinet channel, 1 to 128 for vehicles and 1 to 16 for buttons: the parameter of events 81/82
    /// (89/90).
    pub channel: u16,
    /// What it tells.
    pub function: DetectorFunction,
    /// Lanes it covers, all at the same distance; empty for a button.
    pub lanes: Vec<LaneId>,
    /// Crosswalk it calls; only for a button.
    pub crosswalk: Option<CrosswalkId>,
    /// Stop bar to the detector's downstream edge, m.
    pub distance_m: f64,
    /// Length along the lane, m.
    pub length_m: f64,
    /// Phases called by its actuations; empty when it only measures.
    pub calls: PhaseSet,
    /// Phases whose green its actuations extend.
    pub extends: PhaseSet,
    /// How actuations become calls, and when they are no longer believed.
    pub settings: DetectorSettings,
    /// Where a camera sees it; `None` for one in or above the road.
    pub seen: Option<Seen>,
}

/// A stretch of road, one lane wide, that a camera watches.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Name in the file.
    pub id: String,
    /// Lanes that its vehicles may be bound for, all of one approach; several where the road has not split
    /// yet. None: it watches the box.
    pub lanes: Vec<LaneId>,
    /// Stop bar to its downstream end, m.
    pub from_m: f64,
    /// Stop bar to its upstream end, m; more than `from_m`.
    pub to_m: f64,
    /// Where a camera of ours sees it; `None` when somebody else's camera does.
    pub seen: Option<Strip>,
}

/// NTCIP 1202 vehicle-detector options; all zero or false means a plain detector.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorSettings {
    /// Actuation must last this long before it calls, unless the phase is green.
    pub delay: Millis,
    /// Actuation is held on this long after it ends, while the phase is green.
    pub extend: Millis,
    /// A call is remembered from the start of yellow until the phase is served.
    pub lock: bool,
    /// Longer silence than this is a fault; `None`: never.
    pub no_activity: Option<Millis>,
    /// Longer presence than this is a fault; `None`: never.
    pub max_presence: Option<Millis>,
    /// More actuations a minute than this are a fault; `None`: never.
    pub erratic_per_min: Option<u32>,
    /// What a failed detector does at green.
    pub fail: FailMode,
}

/// What a failed detector does to its phases (NTCIP `vehicleDetectorFailTime`). In every non-green it
/// calls them, except with [`FailMode::NoCall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailMode {
    /// Value 0: no call at all.
    NoCall,
    /// Values 1–254: the call is held this long into green.
    HoldFor(Millis),
    /// Value 255: constant call; the phase runs to its maximum.
    ConstantCall,
}

/// A phase: the timing unit of signal heads that always show the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phase {
    /// What people call it, e.g. `northbound through`.
    pub name: String,
    /// What protects people.
    pub safety: SafetyTiming,
    /// How conventional control times it.
    pub actuated: ActuatedTiming,
}

/// Safety timing of one phase. The gate enforces it; nothing may shorten it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SafetyTiming {
    /// Shortest green. For a pedestrian-only phase: walk + pedestrian clearance.
    pub min_green: Millis,
    /// Yellow change; zero only for a pedestrian-only phase.
    pub yellow_change: Millis,
    /// Red clearance after yellow.
    pub red_clearance: Millis,
    /// Shortest red before the same phase comes back.
    pub red_revert: Millis,
    /// Longest a call may wait from its registration to the start of green.
    pub max_wait: Millis,
    /// Pedestrian timing, for a phase with a crosswalk.
    pub pedestrian: Option<PedestrianTiming>,
    /// No vehicle movement uses it: it has pedestrian heads only.
    pub pedestrian_only: bool,
}

/// Pedestrian timing of one phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PedestrianTiming {
    /// Shortest walk.
    pub walk: Millis,
    /// Flashing don't walk: time to finish crossing.
    pub clearance: Millis,
    /// Steady don't walk before any conflicting green; yellow and red clearance count towards it.
    pub buffer: Millis,
    /// Walk starts this long before the parallel green; zero: together.
    pub leading: Millis,
    /// Longest a pedestrian call may wait from the button to the start of walk.
    pub max_wait: Millis,
}

/// A call placed by configuration.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Recall {
    /// No recall.
    #[default]
    None,
    /// Called only when no other phase is: where the signal rests.
    Soft,
    /// Always served for at least its minimum.
    Min,
    /// Always served for its maximum.
    Max,
}

/// Conventional (NEMA actuated) timing of one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "NTCIP phase options are independent bits"
)]
pub struct ActuatedTiming {
    /// Green extension per actuation.
    pub passage: Millis,
    /// Maximum green when nothing else says otherwise.
    pub max_green: Millis,
    /// Volume-density, dynamic maximum; see the types.
    pub added_initial: Option<AddedInitial>,
    /// Gap reduction.
    pub gap_reduction: Option<GapReduction>,
    /// Dynamic maximum.
    pub dynamic_max: Option<DynamicMax>,
    /// Vehicle recall.
    pub recall: Recall,
    /// Pedestrian recall: walk is served every cycle.
    pub pedestrian_recall: bool,
    /// Start together with a phase of the other ring even without a call.
    pub dual_entry: bool,
    /// Wait for the other ring to gap out before crossing the barrier, going on extending till then.
    pub simultaneous_gap_out: bool,
    /// Come back before the barrier when the other ring still has time for it.
    pub conditional_service: bool,
    /// The last vehicle gets its full passage time although gap reduction has run.
    pub guaranteed_passage: bool,
    /// While green rests without conflicting calls, rest in walk.
    pub rest_in_walk: bool,
}

/// Variable initial green (NTCIP volume-density): min(added × actuations on yellow and red, max),
/// never below the minimum green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddedInitial {
    /// Green per vehicle that arrived on yellow or red.
    pub per_actuation: Millis,
    /// Most initial green.
    pub max: Millis,
}

/// Gap reduction (NTCIP volume-density): after `before` of conflicting call, the allowed gap falls
/// linearly from passage to `min_gap` over `over`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapReduction {
    /// Time before reduction.
    pub before: Millis,
    /// Vehicles that waited before reduction begins at once; `None`: time only.
    pub cars_before: Option<u32>,
    /// Time to reduce.
    pub over: Millis,
    /// Smallest allowed gap.
    pub min_gap: Millis,
}

/// Dynamic maximum (NTCIP `phaseDynamicMaxLimit/Step`): two max-outs in a row add a step, two gap-outs
/// in a row take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamicMax {
    /// Where the running maximum stops growing.
    pub limit: Millis,
    /// Change per step.
    pub step: Millis,
}

/// Compatibility and clearance between phases: what NEMA rings and barriers, or a conflict table,
/// compile to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conflicts {
    /// For each phase, the phases that may be green at the same time (itself included).
    pub compatible: PerPhase<PhaseSet>,
    /// `between[a][b]`: least time from the end of a's green to the start of b's; zero for
    /// compatible phases. At least a's yellow change and red clearance.
    pub between: PerPhase<PerPhase<Millis>>,
}

impl Conflicts {
    /// Whether the two phases must never have the right of way together.
    #[must_use]
    pub fn conflict(&self, a: PhaseId, b: PhaseId) -> bool {
        !self.compatible[a].contains(b)
    }

    /// Whether all phases of the set may be green together.
    #[must_use]
    pub fn are_compatible(&self, set: PhaseSet) -> bool {
        set.iter()
            .all(|phase| set.is_subset_of(self.compatible[phase]))
    }
}

/// One ring: phases that follow one another. A ring entry is a [`PhaseSet`], so that a site given by a
/// conflict table is one ring of sets, and NEMA dual ring is two rings of single phases.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// `groups[barrier][position]`: what this ring serves between two barriers, in order. All rings
    /// have the same number of groups; a group may be empty.
    pub groups: Vec<Vec<PhaseSet>>,
}

/// A timing pattern: what runs from some time of day on.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Name in the file.
    pub id: String,
    /// NTCIP pattern number, the parameter of event 131.
    pub number: u16,
    /// Cycle, splits and offset for fixed time and coordination; `None`: free (actuated, uncoordinated).
    pub coordination: Option<Coordination>,
    /// Order of service, where it differs from [`Intersection::rings`] (lead/lag).
    pub rings: Option<Vec<Ring>>,
    /// Maximum greens that replace [`ActuatedTiming::max_green`].
    pub max_green: PerPhase<Option<Millis>>,
}

/// A common cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordination {
    /// Time to serve all phases once.
    pub cycle: Millis,
    /// Share of the cycle given to each phase, its yellow and red clearance included.
    pub splits: PerPhase<Millis>,
    /// Yield point of the coordinated phases after the common reference (local midnight).
    pub offset: Millis,
    /// Phases whose green anchors the offset.
    pub coordinated: PhaseSet,
}

/// When a pattern runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    /// Days it applies to, Monday first.
    pub days: [bool; 7],
    /// From this time of day …
    pub from: Millis,
    /// … up to, not including, this one (24:00 = 86,400,000 ms).
    pub until: Millis,
    /// Index into [`Intersection::patterns`].
    pub pattern: usize,
}

/// Settings of the adaptive solver; see `docs/algorithm.md`. They can make traffic worse, never unsafe.
#[derive(Clone, Debug, PartialEq)]
pub struct SolverTuning {
    /// How far ahead plans reach.
    pub horizon: Millis,
    /// Seconds of waiting that one stop is worth.
    pub stop_penalty_s: f64,
    /// Persons in an average vehicle; weighs vehicles against pedestrians.
    pub persons_per_vehicle: f64,
    /// Weight of a second that a pedestrian waits, relative to a person in a vehicle.
    pub pedestrian_weight: f64,
    /// Saturation headway to start learning from, s per vehicle and lane.
    pub saturation_headway_s: f64,
    /// Start-up lost time, s.
    pub start_up_lost_time_s: f64,
}

impl Intersection {
    /// Index into [`Intersection::patterns`] of the pattern that the schedule asks for at this civil
    /// time: the first entry that matches wins; `None` means free.
    #[must_use]
    pub fn scheduled_pattern(&self, clock: ClockTime) -> Option<usize> {
        let (day, time) = (usize::from(clock.weekday()), clock.time_of_day());
        let applies = |entry: &&ScheduleEntry| {
            let on_this_day = entry.days.get(day).copied().unwrap_or(false);
            on_this_day && entry.from <= time && time < entry.until
        };
        self.schedule
            .iter()
            .find(applies)
            .map(|entry| entry.pattern)
    }

    /// The common cycle of the street at this civil time; `None` when the schedule says free.
    #[must_use]
    pub fn common_cycle(&self, clock: ClockTime) -> Option<Millis> {
        let pattern = self.patterns.get(self.scheduled_pattern(clock)?)?;
        pattern
            .coordination
            .as_ref()
            .map(|coordination| coordination.cycle)
    }
}
