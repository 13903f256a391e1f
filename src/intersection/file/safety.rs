//! `[safety]`: timing that protects people.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ByPhase;

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
