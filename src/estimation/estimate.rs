//! What is believed about the traffic of one intersection.
//!
//! In: nothing. Out: [`Estimate`]. Not here: how it comes about.

use crate::estimation::Rhythm;
use crate::intersection::{ExitId, LaneId, MovementId, PerPhase, PhaseSet, Table};
use crate::units::Timestamp;

/// What is believed about the intersection now.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// By lane.
    pub lanes: Table<LaneId, LaneEstimate>,
    /// Vehicles that still fit behind each exit; `None`: nobody says so lately.
    pub rooms_behind: Table<ExitId, Option<f64>>,
    /// Whether a camera sees somebody stand in the box.
    pub box_blocked: bool,
    /// Since when each phase has had an unserved vehicle call.
    pub vehicle_call_since: PerPhase<Option<Timestamp>>,
    /// Phases whose vehicle call comes from failed detectors only, or from such as are found stuck: it has to be
    /// served, but nobody is there for all that the other detectors know.
    pub doubtful_calls: PhaseSet,
    /// Since when each phase has had an unserved pedestrian call.
    pub pedestrian_call_since: PerPhase<Option<Timestamp>>,
}

/// What is believed about one lane.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneEstimate {
    /// Vehicles between the farthest detector and the stop bar, front first.
    pub vehicles: Vec<ExpectedVehicle>,
    /// Flow of arrivals to assume beyond the vehicles seen, veh/s, with its variance.
    pub arrival_rate: f64,
    /// Variance of `arrival_rate`.
    pub arrival_rate_variance: f64,
    /// When in the common cycle of the street they come: `arrival_rate` times its factor.
    pub rhythm: Rhythm,
    /// Queue at the stop bar, vehicles, with its variance.
    pub queue: f64,
    /// Variance of `queue`.
    pub queue_variance: f64,
    /// Learned saturation headway, s per vehicle (protected, standing queue).
    pub saturation_headway_s: f64,
    /// Learned start-up lost time, s.
    pub start_up_lost_time_s: f64,
    /// Learned: of those who wait for a gap when a green ends in which they yielded, how many turn after it.
    pub turn_late: f64,
    /// Learned share of the lane's vehicles that make each movement; sums to 1.
    pub shares: Vec<(MovementId, f64)>,
    /// Probability that its first vehicle wants to make each movement, those from other lanes of the
    /// approach included; sums to 1, empty when nothing is known about it. Once it has stood through a green of
    /// its own, it probably wants to go elsewhere.
    pub head: Vec<(MovementId, f64)>,
    /// Arrivals already seen reach this far ahead: later arrivals are only known as a rate. Equal to
    /// `now` when the lane has no working advance detector.
    pub seen_until: Timestamp,
    /// Where the numbers come from.
    pub source: Source,
}

/// A vehicle believed to be on its way to, or waiting at, the stop bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedVehicle {
    /// When it would reach the stop bar if nothing were in its way.
    pub arrives: Timestamp,
    /// How much of a vehicle: below 1 when it may be in another lane or was only inferred.
    pub weight: f64,
    /// Whether it is believed to be standing.
    pub stopped: bool,
}

/// Where an estimate comes from; the first that works is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Cameras that see the lane from its stop bar on.
    Camera,
    /// Advance and stop-bar detectors.
    AdvanceAndStopBar,
    /// Advance detectors only.
    AdvanceOnly,
    /// Stop-bar detectors only.
    StopBarOnly,
    /// No working detector: the usual traffic for the time of day.
    HistoricalProfile,
}
