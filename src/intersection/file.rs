//! The site file as it is written: serde types that mirror `site.toml` key by key.
//!
//! In: nothing. Out: [`SiteFile`], and through the same types the JSON Schema that editors use and
//! that the loader checks every file against. The doc comments here become the descriptions in the
//! schema, so they speak to whoever edits a site file. Not here: any check that needs more than one
//! key (`validate/`), and the meaning of the keys for the program (`compile.rs`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::{DetectorFunction, PhaseId, Recall, Turn};

/// One signalized intersection for Phasewise. Three kinds of setting are kept apart: `[site]` says
/// what is built, `[safety]` holds the timing that protects people (it may be tightened, never
/// loosened below the published formulas), `[tuning]` may make traffic better or worse, never unsafe.
/// Right-hand traffic only.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    /// Facts: what is built and where.
    pub site: SiteFacts,
    /// Timing that protects people.
    pub safety: Safety,
    /// What may make traffic better or worse, never unsafe.
    #[serde(default)]
    pub tuning: Tuning,
}

/// Facts about the intersection.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteFacts {
    /// Short name, unique in a city: lower-case letters, digits and dashes.
    #[schemars(length(min = 1, max = 64), pattern("^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub id: String,
    /// What people call it.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// Roads that enter. Name them after where they are seen from the middle: `north` is the road on
    /// the north side, its traffic travels southbound.
    #[schemars(length(min = 1, max = 8))]
    pub approaches: Vec<ApproachEntry>,
    /// Lanes that enter, of each approach from the median to the curb.
    #[schemars(length(min = 1, max = 48))]
    pub lanes: Vec<LaneEntry>,
    /// Roads that leave. Give a road that both enters and leaves the same id in both lists.
    #[schemars(length(min = 1, max = 8))]
    pub exits: Vec<ExitEntry>,
    /// Ways through, each from one approach to one exit.
    #[schemars(length(min = 1, max = 48))]
    pub movements: Vec<MovementEntry>,
    /// Signalized pedestrian crossings.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub crosswalks: Vec<CrosswalkEntry>,
    /// The phases that exist and what people call them: `2 = "eastbound through"`.
    pub phases: ByPhase<String>,
    /// Order of service, one text per ring: `["1 2 | 3 4", "5 6 | 7 8"]`. A bar is a barrier, which
    /// all rings cross together. Phases of one ring follow one another; phases of different rings
    /// between the same barriers may run together. Phases joined by `+` run as one set; a site given
    /// by a conflict table (`[safety.intergreen_s]`) is one ring of such sets: `["1+2 3 4+5"]`.
    #[schemars(length(min = 1, max = 4))]
    pub rings: Vec<RingText>,
    /// Vehicle detectors.
    #[serde(default)]
    #[schemars(length(max = 72))]
    pub detectors: Vec<DetectorEntry>,
    /// Pedestrian push buttons; the buttons at both ends of a crosswalk usually share one input.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub buttons: Vec<ButtonEntry>,
}

/// The order of service of one ring, e.g. `1 2 | 3 4`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RingText(
    #[schemars(pattern("^[0-9+| ]*$"), length(max = 200))]
    /// Phase numbers, `+` and `|`.
    pub String,
);

/// All lanes that enter from one road.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproachEntry {
    /// Name of the road as seen from the middle, e.g. `north`.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Compass bearing in which its traffic travels at the stop bar, degrees clockwise from north:
    /// 180 for an approach on the north side.
    #[schemars(range(min = 0, max = 359.999))]
    pub heading_deg: f64,
    /// How far upstream of the stop bar the road belongs to this site.
    #[schemars(range(min = 20, max = 3000))]
    pub length_m: f64,
    /// Speed limit in miles per hour; give this or `speed_limit_kmh`.
    #[schemars(range(min = 10, max = 70))]
    pub speed_limit_mph: Option<f64>,
    /// Speed limit in kilometers per hour; give this or `speed_limit_mph`.
    #[schemars(range(min = 15, max = 110))]
    pub speed_limit_kmh: Option<f64>,
    /// Grade at the stop bar, uphill positive.
    #[serde(default)]
    #[schemars(range(min = -15, max = 15))]
    pub grade_percent: f64,
    /// From the stop bar straight across to the far side of the last conflicting lane: the width a
    /// vehicle has to clear during red clearance.
    #[schemars(range(min = 3, max = 80))]
    pub crossing_m: f64,
    /// The intersection upstream, where Phasewise runs it too.
    pub upstream: Option<UpstreamLink>,
}

/// The intersection at the upstream end of an approach.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamLink {
    /// Its `site.id`.
    #[schemars(length(min = 1, max = 64))]
    pub site: String,
    /// Its exit that feeds this approach.
    #[schemars(length(min = 1, max = 32))]
    pub exit: String,
}

/// The intersection at the downstream end of an exit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownstreamLink {
    /// Its `site.id`.
    #[schemars(length(min = 1, max = 64))]
    pub site: String,
    /// Its approach that this exit feeds.
    #[schemars(length(min = 1, max = 32))]
    pub approach: String,
}

/// One lane that enters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneEntry {
    /// Name of the lane.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// The approach it belongs to.
    pub approach: String,
    /// For a pocket (turn bay): the lane from which vehicles enter it.
    pub pocket_of: Option<String>,
    /// Length of a pocket, stop bar to its opening. Full lanes have the length of their approach.
    #[schemars(range(min = 6, max = 1000))]
    pub length_m: Option<f64>,
}

/// A road that leaves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExitEntry {
    /// Name of the road as seen from the middle, e.g. `north`.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Number of lanes.
    #[schemars(range(min = 1, max = 6))]
    pub lanes: u8,
    /// Length to the next intersection, or to where the model ends.
    #[schemars(range(min = 20, max = 3000))]
    pub length_m: f64,
    /// Compass bearing in which its traffic leaves. Default: against the approach of the same id.
    #[schemars(range(min = 0, max = 359.999))]
    pub heading_deg: Option<f64>,
    /// Speed limit in miles per hour. Default: that of the approach of the same id.
    #[schemars(range(min = 10, max = 70))]
    pub speed_limit_mph: Option<f64>,
    /// Speed limit in kilometers per hour. Default: that of the approach of the same id.
    #[schemars(range(min = 15, max = 110))]
    pub speed_limit_kmh: Option<f64>,
    /// The intersection downstream, where Phasewise runs it too.
    pub downstream: Option<DownstreamLink>,
}

/// From one approach to one exit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementEntry {
    /// Name of the movement, e.g. `EBL` for eastbound left.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Approach it comes from.
    pub from: String,
    /// Exit it goes to.
    pub to: String,
    /// Which way it turns.
    pub turn: Turn,
    /// Lanes it may be made from.
    #[schemars(length(min = 1, max = 6))]
    pub lanes: Vec<String>,
    /// Phases that serve it without yielding to vehicles. It still yields to pedestrians on a
    /// crosswalk it turns across.
    #[serde(default)]
    pub protected: Vec<PhaseId>,
    /// Phases that serve it while it yields.
    #[serde(default)]
    pub permissive: Vec<PhaseId>,
    /// Movements it yields to when served permissively or turning on red. Default: every movement
    /// whose path it crosses or joins and that may move at the same time.
    pub yields_to: Option<Vec<String>>,
    /// Whether it may go on red after a stop, yielding to everybody.
    #[serde(default)]
    pub turn_on_red: bool,
    /// Length of its path from the stop bar to the exit. Default: the approach's `crossing_m` for
    /// through and left, half of it for right, three quarters for a U-turn.
    #[schemars(range(min = 3, max = 120))]
    pub path_m: Option<f64>,
}

/// A signalized pedestrian crossing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrosswalkEntry {
    /// Name of the crosswalk.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// The road it crosses: the id of an approach, an exit, or both.
    pub across: String,
    /// The phase with which pedestrians walk.
    pub phase: PhaseId,
    /// Curb to curb.
    #[schemars(range(min = 2, max = 60))]
    pub length_m: f64,
    /// Push button to far curb. Default: `length_m` + 1.8.
    #[schemars(range(min = 2, max = 70))]
    pub button_to_far_curb_m: Option<f64>,
}

/// A vehicle detector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectorEntry {
    /// Name of the detector.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Cabinet channel: the parameter of events 81 and 82 in the high-resolution log.
    #[schemars(range(min = 1, max = 128))]
    pub channel: u16,
    /// What it tells.
    pub function: VehicleDetectorFunction,
    /// Lanes it covers, side by side.
    #[schemars(length(min = 1, max = 6))]
    pub lanes: Vec<String>,
    /// Stop bar to the detector's downstream edge. Default 0; required for an advance detector.
    #[schemars(range(min = 0, max = 1000))]
    pub distance_m: Option<f64>,
    /// Length along the lane. Default: 6 for presence, 2 for count and advance.
    #[schemars(range(min = 0.3, max = 60))]
    pub length_m: Option<f64>,
    /// Phases called by its actuations. Default: for presence and advance detectors the phases that
    /// serve the movements of its lanes protected (permissive where there is no protected one); none
    /// for a count detector.
    pub calls: Option<Vec<PhaseId>>,
    /// Phases whose green its actuations extend. Default: as for `calls`.
    pub extends: Option<Vec<PhaseId>>,
}

/// What a vehicle detector tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VehicleDetectorFunction {
    /// On while a vehicle stands at or rolls over the stop bar.
    StopBarPresence,
    /// One short pulse per vehicle that crosses the stop bar.
    StopBarCount,
    /// Upstream of the stop bar; on while covered.
    Advance,
}

impl From<VehicleDetectorFunction> for DetectorFunction {
    fn from(function: VehicleDetectorFunction) -> Self {
        match function {
            VehicleDetectorFunction::StopBarPresence => Self::StopBarPresence,
            VehicleDetectorFunction::StopBarCount => Self::StopBarCount,
            VehicleDetectorFunction::Advance => Self::Advance,
        }
    }
}

/// A pedestrian push button, or several on one input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ButtonEntry {
    /// Name of the button.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Cabinet channel: the parameter of events 89 and 90 in the high-resolution log.
    #[schemars(range(min = 1, max = 16))]
    pub channel: u16,
    /// The crosswalk it calls.
    pub crosswalk: String,
}

/// Timing that protects people.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Safety {
    /// Longest a vehicle may wait from its call to green. A phase may have its own.
    #[serde(default = "default_max_wait")]
    #[schemars(range(min = 20, max = 600))]
    pub max_wait_s: f64,
    /// Longest a pedestrian may wait from the button to walk. A phase may have its own.
    #[serde(default = "default_max_wait")]
    #[schemars(range(min = 20, max = 600))]
    pub max_ped_wait_s: f64,
    /// Vehicle timing, one row per phase.
    #[serde(default)]
    pub phases: ByPhase<VehicleTimingEntry>,
    /// Pedestrian timing, one row per phase with a crosswalk.
    #[serde(default)]
    pub pedestrians: ByPhase<PedestrianTimingEntry>,
    /// Conflict table: for a phase that ends (row) and one that begins (key), the least time from
    /// the end of green to the start of green. Phases that share no entry may run together. Leave it
    /// out where `site.rings` alone says what may run together.
    pub intergreen_s: Option<ByPhase<ByPhase<f64>>>,
}

fn default_max_wait() -> f64 {
    120.0
}

/// Vehicle timing of one phase.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VehicleTimingEntry {
    /// Shortest green.
    #[schemars(range(min = 1, max = 255))]
    pub min_green_s: f64,
    /// Yellow change; checked against reaction time plus braking time.
    #[schemars(range(min = 3, max = 25.5))]
    pub yellow_change_s: f64,
    /// Red clearance; checked against the time to clear `crossing_m`.
    #[schemars(range(min = 0, max = 25.5))]
    pub red_clearance_s: f64,
    /// Shortest red before the same phase comes back.
    #[serde(default = "default_red_revert")]
    #[schemars(range(min = 2, max = 25.5))]
    pub red_revert_s: f64,
    /// Longest wait from a call to green. Default: `safety.max_wait_s`.
    #[schemars(range(min = 20, max = 600))]
    pub max_wait_s: Option<f64>,
}

fn default_red_revert() -> f64 {
    2.0
}

/// Pedestrian timing of one phase.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PedestrianTimingEntry {
    /// Shortest walk. 7 s, or down to 4 s where pedestrians are few.
    #[schemars(range(min = 4, max = 255))]
    pub walk_s: f64,
    /// Pedestrian clearance: flashing don't walk, time to finish crossing.
    #[schemars(range(min = 1, max = 255))]
    pub clearance_s: f64,
    /// Steady don't walk before any conflicting green; yellow and red clearance count towards it.
    #[serde(default = "default_buffer")]
    #[schemars(range(min = 3, max = 25.5))]
    pub buffer_s: f64,
    /// Leading interval: walk starts this long before the parallel green. 0: together.
    #[serde(default)]
    #[schemars(range(min = 0, max = 15))]
    pub leading_s: f64,
    /// Longest wait from the button to walk. Default: `safety.max_ped_wait_s`.
    #[schemars(range(min = 20, max = 600))]
    pub max_wait_s: Option<f64>,
}

fn default_buffer() -> f64 {
    3.0
}

/// What may make traffic better or worse, never unsafe.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// Actuated timing, one row per phase.
    #[serde(default)]
    pub phases: ByPhase<ActuatedEntry>,
    /// Options of all vehicle detectors that have no row in `tuning.detectors`.
    #[serde(default)]
    pub detector_defaults: DetectorTuningEntry,
    /// Options of single detectors, by detector id; replaces `detector_defaults` key by key.
    #[serde(default)]
    pub detectors: BTreeMap<String, DetectorTuningEntry>,
    /// Timing patterns: common cycles, or free operation with other maximum greens.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub patterns: Vec<PatternEntry>,
    /// Which pattern runs when; the first entry that matches wins, none matching means free.
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub schedule: Vec<ScheduleRow>,
    /// The adaptive solver.
    #[serde(default)]
    pub solver: SolverEntry,
}

/// Actuated timing of one phase.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActuatedEntry {
    /// Green extension per actuation. Default 2.
    #[serde(default = "default_passage")]
    #[schemars(range(min = 0, max = 25.5))]
    pub passage_s: f64,
    /// Maximum green, timed from the first conflicting call.
    #[schemars(range(min = 1, max = 255))]
    pub max_green_s: f64,
    /// Call placed without a vehicle.
    #[serde(default)]
    pub recall: Recall,
    /// Serve walk in every cycle.
    #[serde(default)]
    pub ped_recall: bool,
    /// Start together with a phase of the other ring even without a call.
    #[serde(default)]
    pub dual_entry: bool,
    /// Wait for the other ring to gap out before crossing the barrier, extending till then.
    #[serde(default)]
    pub simultaneous_gap_out: bool,
    /// Come back before the barrier when the other ring still has time for it.
    #[serde(default)]
    pub conditional_service: bool,
    /// The last vehicle gets its full passage time although gap reduction has run.
    #[serde(default)]
    pub guaranteed_passage: bool,
    /// While green rests without conflicting calls, rest in walk.
    #[serde(default)]
    pub rest_in_walk: bool,
    /// Variable initial green.
    pub added_initial: Option<AddedInitialEntry>,
    /// Gap reduction.
    pub gap_reduction: Option<GapReductionEntry>,
    /// Dynamic maximum green.
    pub dynamic_max: Option<DynamicMaxEntry>,
}

fn default_passage() -> f64 {
    2.0
}

/// Variable initial green: `per_actuation_s` × vehicles that arrived on yellow or red, at most `max_s`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedInitialEntry {
    /// Green per vehicle that arrived on yellow or red.
    #[schemars(range(min = 0.1, max = 25.5))]
    pub per_actuation_s: f64,
    /// Most initial green.
    #[schemars(range(min = 1, max = 255))]
    pub max_s: f64,
}

/// Gap reduction: after `before_s` of conflicting call the allowed gap falls from `passage_s` to
/// `min_gap_s` over `over_s`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapReductionEntry {
    /// Time before reduction.
    #[schemars(range(min = 0, max = 255))]
    pub before_s: f64,
    /// This many waiting vehicles begin the reduction at once.
    #[schemars(range(min = 1, max = 255))]
    pub cars_before: Option<u32>,
    /// Time to reduce.
    #[schemars(range(min = 0.1, max = 255))]
    pub over_s: f64,
    /// Smallest allowed gap.
    #[schemars(range(min = 0.1, max = 25.5))]
    pub min_gap_s: f64,
}

/// Dynamic maximum: two max-outs in a row add a step, two gap-outs in a row take one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DynamicMaxEntry {
    /// Where the running maximum stops growing.
    #[schemars(range(min = 1, max = 255))]
    pub limit_s: f64,
    /// Change per step.
    #[schemars(range(min = 0.1, max = 25.5))]
    pub step_s: f64,
}

/// Options of a vehicle detector (NTCIP 1202); what is left out is off.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectorTuningEntry {
    /// An actuation must last this long before it calls, unless the phase is green.
    #[schemars(range(min = 0, max = 255))]
    pub delay_s: Option<f64>,
    /// An actuation is held on this long after it ends, while the phase is green.
    #[schemars(range(min = 0, max = 25.5))]
    pub extend_s: Option<f64>,
    /// A call is remembered from the start of yellow until the phase is served. Default: true for
    /// advance detectors, false for others.
    pub lock: Option<bool>,
    /// Longer silence than this many minutes is a fault.
    #[schemars(range(min = 1, max = 1440))]
    pub no_activity_min: Option<f64>,
    /// Longer presence than this many minutes is a fault.
    #[schemars(range(min = 1, max = 255))]
    pub max_presence_min: Option<f64>,
    /// More actuations a minute than this are a fault.
    #[schemars(range(min = 10, max = 255))]
    pub erratic_per_min: Option<u32>,
    /// What a failed detector does to its phases. Default: `max-green`.
    pub when_failed: Option<WhenFailed>,
    /// With `when_failed = "hold"`: the call is held this long into green.
    #[schemars(range(min = 1, max = 254))]
    pub fail_hold_s: Option<f64>,
}

/// What a failed detector does to its phases (NTCIP `vehicleDetectorFailTime`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFailed {
    /// It calls its phases all the time; they run to their maximum (255).
    MaxGreen,
    /// It calls its phases in every red and `fail_hold_s` into green (1–254).
    Hold,
    /// No call at all (0): for detectors whose phases are called by others.
    NoCall,
}

/// A timing pattern.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternEntry {
    /// Name of the pattern.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// NTCIP pattern number: the parameter of event 131.
    #[schemars(range(min = 1, max = 253))]
    pub number: u16,
    /// Time to serve all phases once. Leave it out for free operation.
    #[schemars(range(min = 30, max = 255))]
    pub cycle_s: Option<f64>,
    /// Yield point of the coordinated phases after local midnight. Default 0.
    #[schemars(range(min = 0, max = 254.9))]
    pub offset_s: Option<f64>,
    /// Phases whose green anchors the offset.
    #[serde(default)]
    pub coordinated: Vec<PhaseId>,
    /// Share of the cycle given to each phase, its yellow and red clearance included. Between two
    /// barriers every ring must need the same time, and all together the cycle.
    #[serde(default)]
    pub splits_s: ByPhase<f64>,
    /// Order of service, where it differs from `site.rings` (lead/lag).
    #[schemars(length(min = 1, max = 4))]
    pub rings: Option<Vec<RingText>>,
    /// Maximum greens that replace those of `tuning.phases`.
    #[serde(default)]
    pub max_green_s: ByPhase<f64>,
}

/// When a pattern runs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRow {
    /// Days it applies to. Default: all.
    #[serde(default)]
    #[schemars(length(min = 1, max = 7))]
    pub days: Option<Vec<Day>>,
    /// From this time of day, `HH:MM` …
    #[schemars(pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub from: String,
    /// … up to, not including, this one; `24:00` is midnight.
    #[schemars(pattern("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    pub until: String,
    /// The pattern that runs.
    pub pattern: String,
}

/// A day of the week, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "days need no description")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
    /// Monday to Friday.
    Weekdays,
    /// Saturday and Sunday.
    Weekend,
}

/// Settings of the adaptive solver; see `docs/algorithm.md`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SolverEntry {
    /// How far ahead plans reach.
    #[schemars(range(min = 10, max = 180))]
    pub horizon_s: f64,
    /// Seconds of waiting that one stop is worth.
    #[schemars(range(min = 0, max = 60))]
    pub stop_penalty_s: f64,
    /// Persons in an average vehicle; weighs vehicles against pedestrians.
    #[schemars(range(min = 1, max = 10))]
    pub persons_per_vehicle: f64,
    /// Weight of a second that a pedestrian waits, relative to a person in a vehicle.
    #[schemars(range(min = 0, max = 20))]
    pub pedestrian_weight: f64,
    /// Saturation headway to start learning from, seconds per vehicle and lane.
    #[schemars(range(min = 1.2, max = 4))]
    pub saturation_headway_s: f64,
    /// Start-up lost time to start learning from.
    #[schemars(range(min = 0, max = 5))]
    pub start_up_lost_time_s: f64,
}

impl Default for SolverEntry {
    /// Saturation headway 1.9 s is 1,900 vehicles an hour and lane, start-up lost time 2.0 s as in
    /// the Highway Capacity Manual; 1.5 persons per vehicle is the usual US average.
    fn default() -> Self {
        Self {
            horizon_s: 60.0,
            stop_penalty_s: 3.0,
            persons_per_vehicle: 1.5,
            pedestrian_weight: 1.0,
            saturation_headway_s: 1.9,
            start_up_lost_time_s: 2.0,
        }
    }
}

/// A table with phase numbers as keys, `2 = …`.
#[derive(Clone, Debug)]
pub struct ByPhase<T>(pub BTreeMap<PhaseId, T>);

impl<T> Default for ByPhase<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> ByPhase<T> {
    /// The entry of this phase, if the file has one.
    pub fn get(&self, phase: PhaseId) -> Option<&T> {
        self.0.get(&phase)
    }

    /// Entries by ascending phase.
    pub fn iter(&self) -> impl Iterator<Item = (PhaseId, &T)> {
        self.0.iter().map(|(phase, entry)| (*phase, entry))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByPhase<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_text = BTreeMap::<String, T>::deserialize(deserializer)?;
        let mut by_phase = BTreeMap::new();
        for (text, entry) in by_text {
            let phase = phase_of_key(&text)
                .ok_or_else(|| de::Error::custom(fmt::format(format_args!("no phase: {text}"))))?;
            by_phase.insert(phase, entry);
        }
        Ok(Self(by_phase))
    }
}

/// The phase a key like `12` names; `012` names none, so that no phase has two keys.
#[must_use]
pub fn phase_of_key(text: &str) -> Option<PhaseId> {
    let phase = PhaseId::new(text.parse().ok()?)?;
    (phase.to_string() == text).then_some(phase)
}

impl<T: JsonSchema> JsonSchema for ByPhase<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("ByPhase_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "patternProperties": { "^([1-9]|1[0-6])$": entry },
            "additionalProperties": false,
        })
    }

    fn inline_schema() -> bool {
        true
    }
}

impl JsonSchema for PhaseId {
    fn schema_name() -> Cow<'static, str> {
        "Phase number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 16 })
    }

    fn inline_schema() -> bool {
        true
    }
}
