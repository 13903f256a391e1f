//! What goes into a controller and what comes out; the whole contract with every driver.
//!
//! In: nothing. Out: [`Inputs`] and [`Outputs`], plain values that a journal can hold. Not here:
//! anything the controller keeps to itself.

use serde::{Deserialize, Serialize};

use crate::announcement::{Announcement, Heard};
use crate::detection::{Edge, Sighting};
use crate::hires::Event;
use crate::intersection::DetectorId;
use crate::signal::{Decision, Heads};
use crate::units::ClockTime;

/// Everything that happened since the last tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Civil time now. May jump; only plan selection and log stamps use it.
    pub clock: ClockTime,
    /// Detector edges in order of time; at most [`EDGES_MAX`] are looked at, the rest are counted in
    /// [`Outputs::lost_edges`].
    pub edges: Vec<Edge>,
    /// What the cameras that see saw in this tick, at most one of each view; one that says nothing is
    /// believed to see nothing new, not an empty road. At most [`SIGHTINGS_MAX`] are looked at.
    pub sightings: Vec<Sighting>,
    /// Detectors that their own source now says cannot be believed: the camera is blind, the input module is
    /// gone. They count as failed for this tick; at most [`crate::intersection::DETECTORS_MAX`] are looked at.
    pub failed: Vec<DetectorId>,
    /// What neighbors said since the last tick; at most [`HEARD_MAX`] are looked at.
    pub heard: Vec<Heard>,
    /// Work the solver may do in this tick, in counted node expansions. Journaled, so that an
    /// overloaded afternoon replays exactly.
    pub budget: u32,
    /// Highest rung of the ladder the operator allows.
    pub ceiling: Rung,
}

impl Inputs {
    /// The sightings that are looked at.
    pub(crate) fn looked_at(&self) -> &[Sighting] {
        self.sightings
            .get(..SIGHTINGS_MAX)
            .unwrap_or(&self.sightings)
    }

    /// The messages that are listened to.
    pub(crate) fn listened_to(&self) -> &[Heard] {
        self.heard.get(..HEARD_MAX).unwrap_or(&self.heard)
    }
}

/// Most edges looked at in one tick: every detector on and off twice.
pub const EDGES_MAX: usize = 4 * crate::intersection::DETECTORS_MAX;

/// Most sightings looked at in one tick: every view once.
pub const SIGHTINGS_MAX: usize = crate::intersection::VIEWS_MAX;

/// Most messages listened to in one tick: two kinds, two in a row, of every neighbor.
pub const HEARD_MAX: usize = 4 * crate::intersection::NEIGHBORS_MAX;

/// How the intersection is being run; the fallback ladder, lowest rung first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rung {
    /// All heads flash.
    Flash,
    /// Fixed time by pattern, no detectors.
    FixedTime,
    /// NEMA actuated, coordinated when the pattern says so.
    Actuated,
    /// The solver.
    #[default]
    Adaptive,
}

/// What the intersection does after this tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outputs {
    /// What the lamps show from now on.
    pub heads: Heads,
    /// Which rung of the ladder is in force.
    pub rung: Rung,
    /// High-resolution events of this tick, detector events included.
    pub events: Vec<Event>,
    /// The decision taken in this tick, if one was.
    pub decision: Option<Decision>,
    /// What to tell the neighbors, once a second, where there are any.
    pub announcement: Option<Announcement>,
    /// Advice that the gate refused since start; zero in fault-free operation.
    pub refusals: u64,
    /// Edges beyond [`EDGES_MAX`] of a tick since start, never looked at; zero in fault-free operation.
    pub lost_edges: u64,
}
