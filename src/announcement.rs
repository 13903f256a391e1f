//! What neighbors tell each other once a second.
//!
//! In: nothing. Out: [`Announcement`], what one intersection says, in its own ids; [`Heard`], the same for the one
//! that hears it, in its ids; [`Neighbors`], which turns the one into the other. Not here: how it travels (a broker
//! on the street, a loop in a simulation), and what is made of it (`estimation/street.rs`).

use serde::{Deserialize, Serialize};

use crate::intersection::{ApproachId, ExitId, Intersection, NeighborLink};
use crate::units::{Millis, Timestamp};

/// An intersection with neighbors says something this often.
pub const ANNOUNCE_EVERY: Millis = Millis(1_000);

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departures {
    /// Which exit.
    pub exit: ExitId,
    /// Left since the controller started, thousandths of a vehicle.
    pub sent_milli: u64,
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
    },
    /// From downstream: how many more vehicles fit.
    Room {
        /// Behind this exit.
        exit: ExitId,
        /// Vehicles.
        vehicles: u16,
    },
}

/// Who is whose neighbor among several intersections, which are known by their place in a list.
#[derive(Clone, Debug)]
pub struct Neighbors {
    /// By intersection: where each exit leads, where each approach comes from.
    links: Vec<Links>,
}

#[derive(Clone, Debug)]
struct Links {
    exits: Vec<(ExitId, usize, ApproachId)>,
    approaches: Vec<(ApproachId, usize, ExitId)>,
}

impl Neighbors {
    /// Links of these intersections; one that names an intersection, exit or approach that is not there leads
    /// nowhere.
    #[must_use]
    pub fn new(sites: &[&Intersection]) -> Self {
        let find = |link: &NeighborLink| {
            let place = sites.iter().position(|site| site.id == link.intersection)?;
            Some((place, sites.get(place)?, link.end.clone()))
        };
        let links = sites.iter().map(|site| Links {
            exits: (site.exits.iter())
                .filter_map(|(id, exit)| {
                    let (place, other, end) = find(exit.downstream.as_ref()?)?;
                    let mut approaches = other.approaches.iter();
                    let (approach, _) = approaches.find(|(_, approach)| approach.id == end)?;
                    Some((id, place, approach))
                })
                .collect(),
            approaches: (site.approaches.iter())
                .filter_map(|(id, approach)| {
                    let (place, other, end) = find(approach.upstream.as_ref()?)?;
                    let (exit, _) = other.exits.iter().find(|(_, exit)| exit.id == end)?;
                    Some((id, place, exit))
                })
                .collect(),
        });
        Self {
            links: links.collect(),
        }
    }

    /// What the neighbors of the intersection at `from` hear of what it said at `made`: their places, and what
    /// each hears.
    pub fn tell(
        &self,
        from: usize,
        said: &Announcement,
        made: Timestamp,
        mut hear: impl FnMut(usize, Heard),
    ) {
        let Some(links) = self.links.get(from) else {
            return;
        };
        for (exit, to, approach) in &links.exits {
            if let Some(told) = said.departures.iter().find(|told| told.exit == *exit) {
                let news = News::Coming {
                    approach: *approach,
                    sent_milli: told.sent_milli,
                };
                hear(*to, Heard { made, news });
            }
        }
        for (approach, to, exit) in &links.approaches {
            if let Some(told) = said.rooms.iter().find(|told| told.approach == *approach) {
                let news = News::Room {
                    exit: *exit,
                    vehicles: told.vehicles,
                };
                hear(*to, Heard { made, news });
            }
        }
    }
}
