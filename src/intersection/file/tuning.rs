//! `[tuning]`: what may make traffic better or worse, never unsafe.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ByPhase, RingText};
use crate::intersection::{PhaseId, Recall};

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
    /// Time to serve all phases once: 30 to 255 s, more in a simulator. Leave it out for free operation.
    #[schemars(range(min = 10, max = 900))]
    pub cycle_s: Option<f64>,
    /// Yield point of the coordinated phases after local midnight. Default 0.
    #[schemars(range(min = 0, max = 899.9))]
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
