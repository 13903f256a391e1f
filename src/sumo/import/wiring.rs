//! Which part of the net is which part of the site.
//!
//! In: nothing. Out: [`Wiring`], what a driver needs to show a site's phases in the simulator and to read its sensors
//! there. Ids are those of the imported site. Not here: how they are found.

use crate::intersection::{LaneId, MovementId, PhaseSet};

use super::phases::Shows;

/// Which part of the net is which part of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Wiring {
    /// Id of the signal in the net.
    pub signal: String,
    /// By place in the state of the signal.
    pub links: Vec<LinkWiring>,
    /// By lane of the site: the lane of the net at its stop bar.
    pub stop_lanes: Vec<String>,
    /// All lanes of the net that lead to the site, nearest first.
    pub pieces: Vec<PieceWiring>,
    /// By detector of the site.
    pub detectors: Vec<Stretch>,
    /// By view of the site: its parts from the stop bar upstream. A vehicle is in the view while its front is in one
    /// of them.
    pub views: Vec<Vec<Stretch>>,
    /// By approach of the site: the edge of the net at the stop bar.
    pub approaches: Vec<String>,
    /// By exit of the site: the edge of the net.
    pub exits: Vec<String>,
}

/// One place in the state of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkWiring {
    /// What it shows.
    pub shows: Shows,
    /// Phases during which it is closed whatever else is green; only for pedestrians and rails.
    pub not_with: PhaseSet,
    /// Phases during which it shows red rather than `s` when it is closed.
    pub red_with: PhaseSet,
    /// Movements that it shows for: usually one, none for pedestrians and rails.
    pub movements: Vec<MovementId>,
    /// Its ways: from a lane of the net into a lane of the net.
    pub ways: Vec<(String, String)>,
}

/// A lane of the net on the way to a stop bar.
#[derive(Clone, Debug, PartialEq)]
pub struct PieceWiring {
    /// Id of the lane in the net.
    pub lane: String,
    /// Its length, m.
    pub length_m: f64,
    /// From the stop bar to its downstream end, m.
    pub bar_m: f64,
    /// Lanes of the site that its vehicles may be bound for.
    pub feeds: Vec<LaneId>,
}

/// A stretch of a lane of the net, in positions from the beginning of that lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Id of the lane in the net.
    pub lane: String,
    /// Its upstream end, m from the beginning of the lane.
    pub from_m: f64,
    /// Its downstream end, m from the beginning of the lane.
    pub to_m: f64,
}
