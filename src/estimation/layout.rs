//! What the site says about each lane and detector, in the form estimation needs it.
//!
//! In: the intersection. Out: [`LaneFacts`] and [`DetectorFacts`], made once. Not here: anything that
//! changes.

use crate::intersection::{
    DetectorFunction, DetectorId, Intersection, LaneId, Movement, MovementId, PhaseSet, Table, Turn,
};
use crate::units::Millis;

/// One lane.
#[derive(Clone, Debug)]
pub(super) struct LaneFacts {
    pub(super) length_m: f64,
    /// Length of road its vehicles may be on: of the lane, or of the one a pocket branches off.
    pub(super) storage_m: f64,
    pub(super) speed_mps: f64,
    pub(super) ways: Vec<Way>,
    /// Movements from the other lanes of its approach.
    pub(super) other_ways: Vec<Way>,
    /// Phases that serve some movement of it without, or only while, yielding.
    pub(super) protected: PhaseSet,
    pub(super) permissive: PhaseSet,
    pub(super) turn_on_red: bool,
    /// Presence detectors that cover it, and those that cover no other lane.
    pub(super) presence: Vec<DetectorId>,
    pub(super) own_presence: Vec<DetectorId>,
    /// Presence detectors of the neighbors that share one with it: while one of these is on, the shared
    /// one says nothing about this lane. Empty when some neighbor has none of its own.
    pub(super) explained_by: Vec<DetectorId>,
    /// Counters that cover it.
    pub(super) count: Vec<DetectorId>,
    /// Advance detectors its vehicles pass, farthest first; after them, for a pocket, those of the lane
    /// it branches off that are beyond the pocket.
    pub(super) advance: Vec<DetectorId>,
}

/// One movement of a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) movement: MovementId,
    /// Phases that serve it without yielding, and all that serve it.
    pub(super) protected: PhaseSet,
    pub(super) served: PhaseSet,
    pub(super) turn_on_red: bool,
    /// Share to assume as long as nothing is known.
    pub(super) prior: f64,
}

/// One advance detector.
#[derive(Clone, Debug)]
pub(super) struct DetectorFacts {
    pub(super) function: DetectorFunction,
    /// Lanes whose vehicles pass it, with the share to assume as long as nothing is known. Only for
    /// advance detectors; stop-bar detectors list their lanes with equal shares.
    pub(super) lanes: Vec<(LaneId, f64)>,
    /// Phases that serve the lanes it covers itself.
    pub(super) phases: PhaseSet,
    /// Its upstream end, where a vehicle switches it on, m from the stop bar.
    pub(super) reach_m: f64,
}

/// Share of a pocket's vehicles among those of the lane it branches off: 1 : 4.
const POCKET_PRIOR: f64 = 0.25;

pub(super) fn lanes(intersection: &Intersection) -> Table<LaneId, LaneFacts> {
    intersection.lanes.map(|id, lane| {
        let movements = || {
            lane.movements
                .iter()
                .map(|m| (*m, &intersection.movements[*m]))
        };
        let total: f64 = movements().map(|(_, m)| prior_of(m.turn)).sum();
        let all = |of: fn(&Movement) -> PhaseSet| {
            movements().fold(PhaseSet::EMPTY, |set, (_, m)| set.union(of(m)))
        };
        let covering = |function: DetectorFunction| {
            intersection
                .detectors
                .iter()
                .filter(move |(_, d)| d.function == function && d.lanes.contains(&id))
                .map(|(detector, _)| detector)
                .collect::<Vec<_>>()
        };
        LaneFacts {
            length_m: lane.length_m,
            storage_m: lane.pocket_of.map_or(lane.length_m, |from| {
                lane.length_m.max(intersection.lanes[from].length_m)
            }),
            speed_mps: lane.speed_limit_mps.max(1.0),
            ways: movements()
                .map(|(id, m)| way_of(id, m, prior_of(m.turn) / total))
                .collect(),
            other_ways: (intersection.movements.iter())
                .filter(|(id, m)| m.from == lane.approach && !lane.movements.contains(id))
                .map(|(id, m)| way_of(id, m, 0.0))
                .collect(),
            protected: all(|m| m.protected),
            permissive: all(|m| m.permissive),
            turn_on_red: movements().any(|(_, m)| m.turn_on_red),
            own_presence: own_presence(intersection, id),
            explained_by: explained_by(intersection, id),
            presence: covering(DetectorFunction::StopBarPresence),
            count: covering(DetectorFunction::StopBarCount),
            advance: advance_of(intersection, id),
        }
    })
}

fn way_of(id: MovementId, movement: &Movement, prior: f64) -> Way {
    Way {
        movement: id,
        protected: movement.protected,
        served: movement.protected.union(movement.permissive),
        turn_on_red: movement.turn_on_red,
        prior,
    }
}

fn own_presence(intersection: &Intersection, lane: LaneId) -> Vec<DetectorId> {
    let presence = DetectorFunction::StopBarPresence;
    let own = intersection
        .detectors
        .iter()
        .filter(|(_, d)| d.function == presence);
    own.filter(|(_, d)| d.lanes == [lane])
        .map(|(id, _)| id)
        .collect()
}

fn explained_by(intersection: &Intersection, lane: LaneId) -> Vec<DetectorId> {
    let neighbors = intersection
        .detectors
        .iter()
        .filter(|(_, d)| d.function == DetectorFunction::StopBarPresence)
        .filter(|(_, d)| d.lanes.contains(&lane))
        .flat_map(|(_, d)| d.lanes.iter().filter(|other| **other != lane));
    let mut found = Vec::new();
    for neighbor in neighbors {
        let own = own_presence(intersection, *neighbor);
        if own.is_empty() {
            return Vec::new();
        }
        found.extend(own);
    }
    found
}

/// Most vehicles go straight; used until counts say more.
fn prior_of(turn: Turn) -> f64 {
    match turn {
        Turn::Through => 4.0,
        Turn::Left | Turn::Right => 1.0,
        Turn::UTurn => 0.1,
    }
}

fn advance_of(intersection: &Intersection, id: LaneId) -> Vec<DetectorId> {
    let lane = &intersection.lanes[id];
    let mut found: Vec<DetectorId> = intersection
        .detectors
        .iter()
        .filter(|(_, d)| d.function == DetectorFunction::Advance)
        .filter(|(_, d)| {
            let beyond = lane.pocket_of.is_some_and(|from| d.lanes.contains(&from))
                && d.distance_m >= lane.length_m;
            d.lanes.contains(&id) || beyond
        })
        .map(|(detector, _)| detector)
        .collect();
    let place = |detector: &DetectorId| {
        let detector = &intersection.detectors[*detector];
        // A pocket's own first, then farthest first, then the one that covers fewest lanes.
        (
            !detector.lanes.contains(&id),
            -Millis::from_secs(detector.distance_m).0,
            detector.lanes.len(),
        )
    };
    found.sort_by_key(place);
    found
}

pub(super) fn detectors(
    intersection: &Intersection,
    lanes: &Table<LaneId, LaneFacts>,
) -> Table<DetectorId, DetectorFacts> {
    intersection.detectors.map(|id, detector| DetectorFacts {
        function: detector.function,
        lanes: match detector.function {
            DetectorFunction::Advance => lanes
                .iter()
                .filter(|(_, facts)| facts.advance.contains(&id))
                .map(|(lane, _)| {
                    let covered = detector.lanes.contains(&lane);
                    (lane, if covered { 1.0 } else { POCKET_PRIOR })
                })
                .collect(),
            DetectorFunction::StopBarCount
            | DetectorFunction::StopBarPresence
            | DetectorFunction::PedestrianButton => {
                detector.lanes.iter().map(|lane| (*lane, 1.0)).collect()
            }
        },
        phases: detector.lanes.iter().fold(PhaseSet::EMPTY, |set, lane| {
            set.union(lanes[*lane].protected)
                .union(lanes[*lane].permissive)
        }),
        reach_m: detector.distance_m + detector.length_m,
    })
}
