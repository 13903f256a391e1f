//! The site file as it is written: serde types that mirror `site.toml` key by key.
//!
//! In: nothing. Out: [`SiteFile`], and through the same types the JSON Schema that editors use and
//! that the loader checks every file against. The doc comments here become the descriptions in the
//! schema, so they speak to whoever edits a site file. Not here: any check that needs more than one
//! key (`validate/`), and the meaning of the keys for the program (`compile/`).

mod by_phase;
mod safety;
mod site;
mod tuning;

use schemars::JsonSchema;
use serde::Deserialize;

pub use by_phase::{ByPhase, phase_of_key};
pub use safety::{PedestrianTimingEntry, Safety, VehicleTimingEntry};
pub use site::{
    ApproachEntry, ButtonEntry, CameraEntry, CrosswalkEntry, DetectorEntry, DownstreamLink,
    ExitEntry, LaneEntry, MovementEntry, RingText, SiteFacts, UpstreamLink,
    VehicleDetectorFunction, ViewEntry,
};
pub use tuning::{
    ActuatedEntry, AddedInitialEntry, Day, DetectorTuningEntry, DynamicMaxEntry, GapReductionEntry,
    PatternEntry, ScheduleRow, SolverEntry, Tuning, WhenFailed,
};

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
