//! What neighbors tell each other once a second.
//!
//! In: nothing. Out: [`Announcement`], what one intersection says, in its own ids; [`Heard`], what the driver
//! makes of a neighbor's for the one that hears it. Not here: how it travels (a broker on the street, a
//! loop in a simulation), and what is made of it (`estimation/street.rs`).

use serde::{Deserialize, Serialize};

use crate::intersection::{ApproachId, ExitId};
use crate::units::{Millis, Timestamp};

/// An intersection with neighbors says something this often.
pub const ANNOUNCE_EVERY: Millis = Millis(1_000);

/// Most platoons of one exit in one announcement that are looked at: one a second for two minutes.
pub const PLATOONS_MAX: usize = 120;

/// What one intersection tells: about each exit that leads to a neighbor, and about each approach that
/// comes from one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// To whoever is downstream.
    pub departures: Vec<Departures>,
    /// To whoever is upstream.
    pub rooms: Vec<Room>,
}

/// Vehicles that leave by one exit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departures {
    /// Which exit.
    pub exit: ExitId,
    /// Left since the controller started, thousandths of a vehicle.
    pub sent_milli: u64,
    /// Will leave if the present plan is carried out, ascending.
    pub platoons: Vec<Platoon>,
}

/// Vehicles that leave within one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platoon {
    /// From the announcement, tenths of a second.
    pub after_ds: u16,
    /// Thousandths of a vehicle.
    pub milli: u16,
}

/// How many more vehicles fit on one approach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Which approach.
    pub approach: ApproachId,
    /// Vehicles.
    pub vehicles: u16,
}

/// What was heard of a neighbor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// When the neighbor said it, on the hearer's own clock.
    pub made: Timestamp,
    /// What it said.
    pub news: News,
}

/// What a neighbor says, in the ids of the hearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// From upstream: who comes.
    Coming {
        /// On this approach.
        approach: ApproachId,
        /// Entered its road since the neighbor started, thousandths of a vehicle.
        sent_milli: u64,
        /// Will enter it, ascending.
        platoons: Vec<Platoon>,
    },
    /// From downstream: how many more vehicles fit.
    Room {
        /// Behind this exit.
        exit: ExitId,
        /// Vehicles.
        vehicles: u16,
    },
}
