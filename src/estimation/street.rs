//! The roads shared with neighbors: who is on them beyond what is seen, who will come, how much room is
//! left.
//!
//! In: what neighbors say, own crossings, what cameras and detectors see. Out: arrivals beyond one's own sight,
//! and room on approaches and behind exits. Whoever the neighbor upstream says it sent, and who has not crossed, is
//! on the road between; a camera that sees the end of the queue corrects what that count has missed. Not
//! here: what is sent (`controller/`).
//!
//! Nothing a neighbor says is believed without bound: at most what its lanes can discharge, for as long as the
//! message is fresh.

use std::collections::VecDeque;

use crate::announcement::{Heard, News, PLATOONS_MAX};
use crate::estimation::shares::Shares;
use crate::intersection::{ApproachId, ExitId, Intersection, LaneId, MovementId, PhaseSet, Table};
use crate::units::{Millis, Timestamp};

/// What was heard longer ago is not believed.
const FRESH: Millis = Millis(10_000);
/// Length of road per standing vehicle, m.
const SPACING_M: f64 = 7.5;
/// Nobody discharges faster than this per lane, veh/s.
const DISCHARGE_MAX: f64 = 0.7;
/// A vehicle announced this far ahead of its departure is half believed, s: plans change.
const HALF_BELIEVED_S: f64 = 20.0;
/// Vehicles take up to this much longer than at free speed when nothing holds them up.
const SLOW: f64 = 1.3;

/// One approach that comes from a neighbor.
#[derive(Clone, Debug)]
struct Road {
    lanes: Vec<LaneId>,
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
    /// Will enter, if the neighbor's plan holds.
    announced: Vec<(Timestamp, f64)>,
    /// Where they go, by lane.
    shares: Shares,
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

/// A vehicle, or a part of one, that is on its way beyond what is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coming {
    pub(super) arrives: Timestamp,
    pub(super) weight: f64,
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
                lanes: approach.lanes.clone(),
                width,
                travel: Millis::from_secs(approach.length_m / approach.speed_limit_mps.max(1.0)),
                capacity: length / SPACING_M,
                heard: None,
                sent_milli: None,
                on_road: 0.0,
                entered: VecDeque::new(),
                announced: Vec::with_capacity(PLATOONS_MAX),
                shares: Shares::new(approach.lanes.iter().map(|_| 1.0)),
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
                platoons,
            } => {
                if self.roads.find(*approach).is_some()
                    && let Some(road) = &mut self.roads[*approach]
                    && road.heard.is_none_or(|last| last < heard.made)
                {
                    road.hear_sent(*sent_milli, heard.made);
                    let platoons = platoons.iter().take(PLATOONS_MAX);
                    let most = DISCHARGE_MAX * road.width;
                    road.announced.clear();
                    road.announced.extend(platoons.map(|platoon| {
                        let at = heard.made + Millis(i64::from(platoon.after_ds) * 100);
                        (at, (f64::from(platoon.milli) / 1000.0).min(most))
                    }));
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
            if let Some(place) = road.lanes.iter().position(|other| *other == lane) {
                road.shares.add(place, 1.0);
            }
        }
    }

    /// `seen` vehicles are seen on this approach, up to `reach` from the stop bar; `ends` says whether the end
    /// of its queues is among them.
    pub(super) fn reconcile(
        &mut self,
        approach: ApproachId,
        (seen, reach, ends): (f64, Millis, bool),
        now: Timestamp,
    ) {
        let Some(road) = &mut self.roads[approach] else {
            return;
        };
        let beyond = Millis::from_secs((road.travel - reach).secs().max(0.0) * SLOW);
        let since = now - beyond;
        let driving: f64 = (road.entered.iter())
            .filter(|(at, _)| *at >= since)
            .map(|(_, vehicles)| vehicles)
            .sum();
        let most = if ends { seen + driving } else { road.capacity };
        road.on_road = road.on_road.max(seen).min(most.max(seen));
        let keep = now - Millis::from_secs(road.travel.secs() * SLOW + 1.0);
        while road.entered.front().is_some_and(|(at, _)| *at < keep) {
            road.entered.pop_front();
        }
    }

    /// Whether what the neighbor of `approach` said is fresh.
    fn fresh_road(&self, approach: ApproachId, now: Timestamp) -> Option<&Road> {
        let road = self.roads[approach].as_ref()?;
        road.heard
            .is_some_and(|at| now.since(at) <= FRESH)
            .then_some(road)
    }

    /// Who comes on `lane` of `approach` beyond what is seen up to `reach`, `seen` of them on the whole approach,
    /// into `coming`, ascending. Returns until when that is known; `None`: no fresh word of the neighbor.
    pub(super) fn coming(
        &self,
        (approach, lane): (ApproachId, LaneId),
        (seen, reach): (f64, Millis),
        now: Timestamp,
        coming: &mut Vec<Coming>,
    ) -> Option<Timestamp> {
        let road = self.fresh_road(approach, now)?;
        let share = (road.lanes.iter().zip(road.shares.iter()))
            .find(|(other, _)| **other == lane)
            .map_or(0.0, |(_, share)| share);
        coming.clear();
        let horizon = now + reach;
        let mut driving = 0.0;
        for (at, vehicles) in &road.entered {
            let arrives = *at + road.travel;
            if arrives > horizon {
                driving += vehicles;
                coming.push(Coming {
                    arrives,
                    weight: vehicles * share,
                });
            }
        }
        // Whoever is neither seen nor still driving stands behind what is seen.
        let standing = (road.on_road - seen - driving).max(0.0);
        if standing > 0.0 {
            let first = Coming {
                arrives: now,
                weight: standing * share,
            };
            coming.insert(0, first);
        }
        let mut known = now + road.travel;
        for (at, vehicles) in &road.announced {
            let ahead = at.since(now).secs();
            if ahead > 0.0 {
                let believed = HALF_BELIEVED_S / (HALF_BELIEVED_S + ahead);
                known = *at + road.travel;
                coming.push(Coming {
                    arrives: known,
                    weight: vehicles * share * believed,
                });
            }
        }
        Some(known)
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
            if self.entered.len() < PLATOONS_MAX {
                self.entered.push_back((made, new));
            }
        }
    }
}
