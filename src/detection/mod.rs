//! From detector edges to what each phase and lane is told: calls, actuations, counts, health.
//!
//! In: edges since the last tick, and what the heads show. Out: [`Readings`]. Not here: any estimate of
//! traffic between detectors (`estimation/`), recalls (`conventional/`).

use serde::{Deserialize, Serialize};

use crate::hires::Event;
use crate::intersection::{DetectorId, PerPhase, PhaseSet, Table};
use crate::signal::Calls;
use crate::units::{Millis, Timestamp};

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

/// Everything the detectors of one intersection say at one tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// Vehicle and pedestrian calls for phases not being served: after delay, with lock and fail-time
    /// behavior. Pedestrian calls are remembered until walk begins.
    pub calls: Calls,
    /// When each phase's present vehicle call was registered.
    pub vehicle_call_since: PerPhase<Option<Timestamp>>,
    /// When each phase's present pedestrian call was registered.
    pub pedestrian_call_since: PerPhase<Option<Timestamp>>,
    /// Phases whose green some healthy detector extends right now (covered, or within its extend time).
    pub extending: PhaseSet,
    /// Actuations in this tick of detectors that call the phase: added initial, cars before reduction.
    pub actuations: PerPhase<u32>,
    /// Phases with a failed detector that should call or extend them.
    pub failed: PhaseSet,
    /// By detector.
    pub detectors: Table<DetectorId, DetectorReading>,
    /// Events of this tick: 81/82 (after delay and extend), 89/90, 83–88, 91/92, 43–45. The stamp is
    /// filled in by the controller, which knows civil time.
    pub events: Vec<Event>,
}

/// What one detector says.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorReading {
    /// Covered now (raw).
    pub on: bool,
    /// Whether it is believed.
    pub health: Health,
    /// Moments it switched on in this tick (raw).
    pub on_edges: Vec<Timestamp>,
    /// Moments it switched off in this tick (raw).
    pub off_edges: Vec<Timestamp>,
    /// Actuations in the last full five minutes.
    pub count: u32,
    /// Share of the last full five minutes it was covered, 0 to 1.
    pub occupancy: f64,
    /// Time between the last two on edges.
    pub headway: Option<Millis>,
    /// Covered without a break for this long.
    pub covered_for: Millis,
}

/// Whether a detector is believed, and if not why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// Believed.
    #[default]
    Good,
    /// Silent for longer than `no_activity`.
    NoActivity,
    /// Covered for longer than `max_presence`.
    LockedOn,
    /// More actuations a minute than `erratic_per_min`.
    Chatter,
    /// Its count cannot be reconciled with the other detectors of its lane.
    Implausible,
}
