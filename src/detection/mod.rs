//! From detector edges to what each lane and each phase tells: calls, counts, occupancy, health.

use serde::{Deserialize, Serialize};

use crate::intersection::DetectorId;
use crate::units::Timestamp;

/// A detector or push button changed between off and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Which.
    pub detector: DetectorId,
    /// To on, or to off.
    pub on: bool,
    /// When; within the tick that ends at the step's `now`, possibly finer than 0.1 s.
    pub at: Timestamp,
}
