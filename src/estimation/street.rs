//! The roads shared with neighbors: how many are on them, how much room is left.
//!
//! In: what neighbors say, own crossings, what cameras and detectors see. Out: room on approaches and behind exits.
//! Whoever the neighbor upstream says it sent, and who has not crossed, is on the road between; a camera that sees
//! the end of the queue corrects what that count has missed. Not here: what is sent (`controller/`), and arrivals:
//! planning with the neighbor's departures made every SUMO net worse (`docs/algorithm.md`).
//!
//! Nothing a neighbor says is believed without bound: at most what its lanes can discharge, for as long as the
//! message is fresh.

use std::collections::VecDeque;

use crate::announcement::{Heard, News};
use crate::intersection::{ApproachId, ExitId, Intersection, LaneId, MovementId, PhaseSet, Table};
use crate::units::{Millis, Timestamp};

/// What was heard longer ago is not believed.
const FRESH: Millis = Millis(10_000);
/// Length of road per standing vehicle, m.
const SPACING_M: f64 = 7.5;
/// Nobody discharges faster than this per lane, veh/s.
const DISCHARGE_MAX: f64 = 0.7;
/// Most times of entry kept: one a second for as long as the longest road takes.
const ENTERED_MAX: usize = 300;
/// Vehicles take up to this much longer than at free speed when nothing holds them up.
const SLOW: f64 = 1.3;

/// One approach that comes from a neighbor.
#[derive(Clone, Debug)]
struct Road {
    /// Lanes at its upstream end.
    width: f64,
    travel: Millis,
    capacity: f64,
    heard: Option<Timestamp>,
    sent_milli: Option<u64>,
    /// Vehicles between the neighbor's exit and our stop bars.
    on_road: f64,
    /// When they entered, recent ones only, with how many at once.
    entered: VecDeque<(Timestamp, f64)>,
}

/// One exit that leads to a neighbor.
#[derive(Clone, Debug, Default)]
struct WayOut {
    has_neighbor: bool,
    /// Sent since start, vehicles.
    sent: f64,
    /// Room when the neighbor said so, and how many had been sent then.
    room: Option<(Timestamp, f64, f64)>,
}

/// All shared roads of one intersection.
#[derive(Clone, Debug)]
pub(super) struct Street {
    roads: Table<ApproachId, Option<Road>>,
    exits: Table<ExitId, WayOut>,
}

/// What is seen of an approach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Vehicles on all its lanes.
    pub(super) seen: f64,
    /// How far each of its lanes is seen at least.
    pub(super) reach: Millis,
    /// Whether no queue reaches as far as it is seen.
    pub(super) ends: bool,
}

impl Street {
    pub(super) fn new(intersection: &Intersection) -> Self {
        let road = |approach: &crate::intersection::Approach| {
            approach.upstream.as_ref()?;
            let full = |lane: &&LaneId| intersection.lanes[**lane].pocket_of.is_none();
            let length: f64 = (approach.lanes.iter())
                .map(|lane| intersection.lanes[*lane].length_m)
                .sum();
            #[expect(clippy::cast_precision_loss, reason = "at most LANES_MAX")]
            let width = approach.lanes.iter().filter(full).count().max(1) as f64;
            Some(Road {
                width,
                travel: Millis::from_secs(approach.length_m / approach.speed_limit_mps.max(1.0)),
                capacity: length / SPACING_M,
                heard: None,
                sent_milli: None,
                on_road: 0.0,
                entered: VecDeque::new(),
            })
        };
        Self {
            roads: intersection.approaches.map(|_, approach| road(approach)),
            exits: intersection.exits.map(|_, exit| WayOut {
                has_neighbor: exit.downstream.is_some(),
                ..WayOut::default()
            }),
        }
    }

    /// Takes what a neighbor said. About a road or an exit that leads to no neighbor, or from the future, it
    /// says nothing.
    pub(super) fn hear(&mut self, heard: &Heard, now: Timestamp) {
        if heard.made > now || now.since(heard.made) > FRESH {
            return;
        }
        match &heard.news {
            News::Coming {
                approach,
                sent_milli,
            } => {
                if self.roads.find(*approach).is_some()
                    && let Some(road) = &mut self.roads[*approach]
                    && road.heard.is_none_or(|last| last < heard.made)
                {
                    road.hear_sent(*sent_milli, heard.made);
                    road.heard = Some(heard.made);
                }
            }
            News::Room { exit, vehicles } => {
                if self.exits.find(*exit).is_some() {
                    let way = &mut self.exits[*exit];
                    let newer = way.room.is_none_or(|(last, ..)| last < heard.made);
                    if way.has_neighbor && newer {
                        way.room = Some((heard.made, f64::from(*vehicles), way.sent));
                    }
                }
            }
        }
    }

    /// A vehicle left `lane` while the phases of `served` let vehicles go.
    pub(super) fn crossed(
        &mut self,
        intersection: &Intersection,
        lane: LaneId,
        shares: &[(MovementId, f64)],
        served: PhaseSet,
    ) {
        let may = |movement: &MovementId| {
            let movement = &intersection.movements[*movement];
            movement
                .protected
                .union(movement.permissive)
                .intersects(served)
        };
        let on_red = !shares.iter().any(|(movement, _)| may(movement));
        let goes = |movement: &MovementId| {
            may(movement) || (on_red && intersection.movements[*movement].turn_on_red)
        };
        let going = shares.iter().filter(|(movement, _)| goes(movement));
        let total: f64 = going.clone().map(|(_, share)| share).sum();
        for (movement, share) in going {
            if total > 0.0 {
                self.exits[intersection.movements[*movement].to].sent += share / total;
            }
        }
        if let Some(road) = &mut self.roads[intersection.lanes[lane].approach] {
            road.on_road = (road.on_road - 1.0).max(0.0);
        }
    }

    /// Corrects the count of vehicles on `approach` by what is seen of it.
    pub(super) fn reconcile(&mut self, approach: ApproachId, sight: Sight, now: Timestamp) {
        let Some(road) = &mut self.roads[approach] else {
            return;
        };
        let beyond = Millis::from_secs((road.travel - sight.reach).secs().max(0.0) * SLOW);
        let since = now - beyond;
        let driving: f64 = (road.entered.iter())
            .filter(|(at, _)| *at >= since)
            .map(|(_, vehicles)| vehicles)
            .sum();
        let most = if sight.ends {
            sight.seen + driving
        } else {
            road.capacity
        };
        road.on_road = road.on_road.max(sight.seen).min(most.max(sight.seen));
        let keep = now - Millis::from_secs(road.travel.secs() * SLOW + 1.0);
        while road.entered.front().is_some_and(|(at, _)| *at < keep) {
            road.entered.pop_front();
        }
    }

    /// Vehicles that still fit on `approach`; `None`: it comes from no neighbor.
    pub(super) fn room(&self, approach: ApproachId) -> Option<f64> {
        let road = self.roads[approach].as_ref()?;
        Some((road.capacity - road.on_road).max(0.0))
    }

    /// Vehicles sent by `exit` since start; `None`: it leads to no neighbor.
    pub(super) fn sent(&self, exit: ExitId) -> Option<f64> {
        let way = &self.exits[exit];
        way.has_neighbor.then_some(way.sent)
    }

    /// Vehicles that still fit behind `exit`, as far as its neighbor has said lately.
    pub(super) fn room_behind(&self, exit: ExitId, now: Timestamp) -> Option<f64> {
        let (at, vehicles, sent_then) = self.exits[exit].room?;
        let since = self.exits[exit].sent - sent_then;
        (now.since(at) <= FRESH).then_some((vehicles - since).max(0.0))
    }
}

impl Road {
    /// The neighbor has sent this many since it started.
    fn hear_sent(&mut self, sent_milli: u64, made: Timestamp) {
        let elapsed = self.heard.map_or(1.0, |at| made.since(at).secs());
        let before = self.sent_milli.replace(sent_milli);
        // It may have started anew: then nothing is known about the time between.
        let new = before.map_or(0, |before| sent_milli.saturating_sub(before));
        #[expect(clippy::cast_precision_loss, reason = "bounded right after")]
        let new = new as f64 / 1000.0;
        let new = new.min(DISCHARGE_MAX * self.width * (elapsed.max(0.0) + 1.0));
        if new > 0.0 {
            self.on_road += new;
            if self.entered.len() < ENTERED_MAX {
                self.entered.push_back((made, new));
            }
        }
    }
}
