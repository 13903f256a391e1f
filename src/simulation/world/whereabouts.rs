//! Where everybody is at a moment, for a picture of the street.
//!
//! In: the world, a moment between the beginning of its last step and now. Out: vehicles and people with the ways they take.
//! Not here: where ways lie on the ground, and what they look like (`render/`).

use super::layout::StripKind;
use super::seconds;
use super::truth::Truth;
use super::vehicle::Place;
use crate::intersection::{CrosswalkId, Id, LaneId, MovementId};
use crate::units::Timestamp;

/// From a lane through the box into a lane of the exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) lane: LaneId,
    pub(crate) movement: MovementId,
    /// Counted from the axis of the road outward.
    pub(crate) exit_lane: usize,
}

/// A vehicle on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OnWay {
    /// Who it is.
    pub(crate) number: usize,
    pub(crate) way: Way,
    /// Front, m beyond the stop bar; upstream is negative, on the exit it grows on.
    pub(crate) front_m: f64,
    pub(crate) length_m: f64,
}

/// Somebody on a crosswalk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OnFoot {
    /// Who it is.
    pub(crate) number: usize,
    pub(crate) crosswalk: CrosswalkId,
    /// Share of the way from the end at the exit lanes to the other, 0 to 1.
    pub(crate) share: f64,
}

impl Truth<'_> {
    /// Vehicles of a site at this moment, in no order.
    pub(crate) fn vehicles(&self, site: usize, at: Timestamp) -> Vec<OnWay> {
        let traffic = self.traffic();
        let steps = traffic.steps_at(seconds(at));
        let strips = (traffic.layout.strips.iter()).zip(&traffic.strips);
        let on_strips = strips.filter(|(facts, _)| facts.site == site);
        let on_strips = on_strips.flat_map(|(_, there)| there);
        let inside = on_strips.chain(&traffic.boxes[site]);
        let place = |&id: &usize| {
            let vehicle = &traffic.vehicles[id];
            let StripKind::Approach(lane) = traffic.layout.strips[vehicle.target].kind else {
                return None;
            };
            let path = traffic.path_of(vehicle);
            let exits = &traffic.layout.sites[site].exits[path.exit.index()].strips;
            let exit_lane = exits.iter().position(|&it| Some(it) == vehicle.exit_strip);
            let beyond_m = match vehicle.place {
                Place::Approach(_) | Place::Box(_) => 0.0,
                Place::Exit(_) => path.length,
            };
            let (driven_since_m, _) = vehicle.history.since(steps);
            Some(OnWay {
                number: vehicle.number,
                way: Way {
                    lane,
                    movement: vehicle.movement,
                    exit_lane: exit_lane.unwrap_or(0),
                },
                front_m: vehicle.motion.x + beyond_m - driven_since_m,
                length_m: vehicle.driver.length,
            })
        };
        inside.filter_map(place).collect()
    }

    /// People on the crosswalks of a site at this moment.
    pub(crate) fn people(&self, site: usize, at: Timestamp) -> Vec<OnFoot> {
        let crowds = self.traffic().crowds[site].iter().enumerate();
        let walking = crowds.flat_map(|(crosswalk, crowd)| {
            let walking = crowd.under_way(seconds(at));
            walking.map(move |(number, share)| OnFoot {
                number,
                crosswalk: CrosswalkId::from_index(crosswalk),
                share,
            })
        });
        walking.collect()
    }
}
