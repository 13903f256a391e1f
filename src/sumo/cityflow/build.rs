//! A CityFlow network in the words of a SUMO net.
//!
//! In: the network as written. Out: the parts of a net, and what is wrong. Not here: reading it.

use std::collections::BTreeMap;

use crate::intersection::{Id, Problem};
use crate::sumo::net::{
    Connection, Direction, Edge, EdgeFunction, EdgeIx, Junction, JunctionIx, Lane, LaneIx, Link,
    Net, Parts, Request, Signal, State, problem,
};

use super::format::{Crossroads, Point, Road, RoadNet, TrafficLight, Turn};
use super::geometry::{cross, length_of, trimmed};

/// A common phase longer than this is no change between others, s.
const CHANGE_MAX_S: f64 = 10.0;

#[derive(Default)]
pub(super) struct Builder {
    edges: Vec<Edge>,
    lanes: Vec<Lane>,
    connections: Vec<Connection>,
    junctions: Vec<Junction>,
    signals: Vec<Signal>,
    /// By road: its edge. Lanes of it counted as CityFlow does.
    roads: BTreeMap<String, (EdgeIx, Vec<LaneIx>)>,
    /// By connection: how it turns and where it runs.
    paths: Vec<(Turn, Vec<Point>)>,
    pub(super) problems: Vec<Problem>,
}

impl Builder {
    pub(super) fn complain(&mut self, key: &str, found: impl Into<String>, allowed: &str) {
        let found = found.into();
        self.problems
            .push(problem(0, key, found, allowed.to_owned()));
    }

    fn add_lane(&mut self, lane: Lane) -> LaneIx {
        self.lanes.push(lane);
        LaneIx::from_index(self.lanes.len() - 1)
    }

    pub(super) fn add_roads(&mut self, roadnet: &RoadNet) {
        let mut ends = BTreeMap::new();
        for (at, crossroads) in roadnet.intersections.iter().enumerate() {
            let width = if crossroads.is_virtual {
                0.0
            } else {
                crossroads.width
            };
            ends.insert(crossroads.id.as_str(), (JunctionIx::from_index(at), width));
            self.junctions.push(Junction {
                id: crossroads.id.clone(),
                kind: if crossroads.is_virtual {
                    "dead_end"
                } else {
                    "traffic_light"
                }
                .to_owned(),
                incoming: Vec::new(),
                requests: Vec::new(),
            });
        }
        for road in &roadnet.roads {
            let key = |what: &str| format!("roads[{:?}].{what}", road.id);
            let mut end = |id: &str, what: &str| {
                let end = ends.get(id).copied();
                if end.is_none() {
                    self.complain(&key(what), format!("{id:?}"), "the id of an intersection");
                }
                end
            };
            let from = end(&road.start_intersection, "startIntersection");
            let to = end(&road.end_intersection, "endIntersection");
            if road.points.len() < 2
                || road
                    .points
                    .iter()
                    .any(|p| !p.x.is_finite() || !p.y.is_finite())
            {
                self.complain(
                    &key("points"),
                    format!("{} points", road.points.len()),
                    "at least two points",
                );
                continue;
            }
            if road.lanes.is_empty() {
                self.complain(&key("lanes"), "no lane", "at least one lane");
            }
            if self.roads.contains_key(&road.id) {
                self.complain(&key("id"), "an id that another road has", "each id once");
            }
            if let Some(((from, at_start), (to, at_end))) = from.zip(to) {
                self.add_road(road, (from, to), trimmed(&road.points, at_start, at_end));
            }
        }
    }

    fn add_road(&mut self, road: &Road, ends: (JunctionIx, JunctionIx), shape: Vec<Point>) {
        let edge = EdgeIx::from_index(self.edges.len());
        let lanes: Vec<LaneIx> = road
            .lanes
            .iter()
            .enumerate()
            .map(|(at, lane)| {
                self.add_lane(Lane {
                    id: format!("{}_{at}", road.id),
                    edge,
                    length_m: length_of(&shape),
                    speed_mps: lane.max_speed,
                    is_for_vehicles: true,
                    shape: shape.iter().map(|p| [p.x, p.y]).collect(),
                })
            })
            .collect();
        self.edges.push(Edge {
            id: road.id.clone(),
            name: None,
            function: EdgeFunction::Road,
            from: Some(ends.0),
            to: Some(ends.1),
            lanes: lanes.iter().rev().copied().collect(),
        });
        if let Some(junction) = self.junctions.get_mut(ends.1.index()) {
            junction.incoming.extend(lanes.iter().rev());
        }
        self.roads.insert(road.id.clone(), (edge, lanes));
    }

    pub(super) fn finish(self, file: &str) -> Net {
        Net::assemble(
            file,
            Parts {
                edges: self.edges,
                lanes: self.lanes,
                connections: self.connections,
                junctions: self.junctions,
                signals: self.signals,
            },
        )
    }

    pub(super) fn add_crossroads(&mut self, junction: JunctionIx, crossroads: &Crossroads) {
        let has_signal = crossroads.traffic_light.is_some() && !crossroads.is_virtual;
        let key = |what: String| format!("intersections[{:?}].{what}", crossroads.id);
        for (at, link) in crossroads.road_links.iter().enumerate() {
            let key = |what: &str| key(format!("roadLinks[{at}].{what}"));
            let mut lanes = |road: &str, what: &str| {
                let lanes = self.roads.get(road).map(|(_, lanes)| lanes.clone());
                if lanes.is_none() {
                    self.complain(&key(what), format!("{road:?}"), "the id of a road");
                }
                lanes
            };
            let from = lanes(&link.start_road, "startRoad");
            let to = lanes(&link.end_road, "endRoad");
            let Some((from, to)) = from.zip(to) else {
                continue;
            };
            for lane_link in &link.lane_links {
                let (start, end) = (lane_link.start_lane_index, lane_link.end_lane_index);
                let Some((from, to)) = from.get(start).copied().zip(to.get(end).copied()) else {
                    let found = format!("lane {start} into lane {end}");
                    self.complain(&key("laneLinks"), found, "lanes that the roads have");
                    continue;
                };
                let signal = has_signal.then(|| Link {
                    signal: crossroads.id.clone(),
                    index: at,
                });
                self.add_way(junction, (from, to), (link.turn, &lane_link.points), signal);
            }
        }
        let own = self.ways_of(junction);
        self.settle_right_of_way(junction, &own);
        if let Some(light) = crossroads.traffic_light.as_ref().filter(|_| has_signal) {
            self.add_signal(crossroads, light, &own);
        }
    }

    fn add_signal(&mut self, crossroads: &Crossroads, light: &TrafficLight, own: &[usize]) {
        let links = crossroads.road_links.len();
        let mut states = Vec::new();
        for (at, phase) in light.lightphases.iter().enumerate() {
            let key = |what: &str| {
                let id = &crossroads.id;
                format!("intersections[{id:?}].trafficLight.lightphases[{at}].{what}")
            };
            let unknown = phase
                .available_road_links
                .iter()
                .find(|link| **link >= links);
            if let Some(link) = unknown {
                let found = format!("{link}");
                self.complain(&key("availableRoadLinks"), found, "places in roadLinks");
            }
            if !(phase.time.is_finite() && phase.time >= 0.0) {
                self.complain(
                    &key("time"),
                    format!("{}", phase.time),
                    "seconds, at least 0",
                );
            }
            states.push(State {
                duration_s: phase.time,
                max_s: None,
                shows: self.shows(own, &phase.available_road_links, links),
            });
        }
        self.signals.push(Signal {
            id: crossroads.id.clone(),
            kind: "static".to_owned(),
            program: String::new(),
            programs: 1,
            offset_s: 0.0,
            states: with_yellow(&states),
        });
    }

    /// Places of the connections of a junction, in order of its right-of-way table.
    fn ways_of(&self, junction: JunctionIx) -> Vec<usize> {
        let incoming = self
            .junctions
            .get(junction.index())
            .map_or(&[][..], |it| &it.incoming);
        let ways = incoming.iter().flat_map(|lane| {
            let ways = self.connections.iter().enumerate();
            ways.filter(move |(_, way)| way.from == *lane && way.junction == Some(junction))
        });
        ways.map(|(at, _)| at).collect()
    }

    /// Ways that cross or join are foes, unless they begin on the same road; the lesser turn yields.
    fn settle_right_of_way(&mut self, junction: JunctionIx, own: &[usize]) {
        let row = |mine: &usize| Request {
            response: own.iter().map(|other| self.yields(*mine, *other)).collect(),
            foes: own
                .iter()
                .map(|other| self.are_foes(*mine, *other))
                .collect(),
        };
        let requests = own.iter().map(row).collect();
        if let Some(junction) = self.junctions.get_mut(junction.index()) {
            junction.requests = requests;
        }
    }

    fn are_foes(&self, a: usize, b: usize) -> bool {
        let edge = |at: usize| {
            let from = self.connections.get(at)?.from;
            Some(self.lanes.get(from.index())?.edge)
        };
        let to = |at: usize| self.connections.get(at).map(|way| way.to);
        let points = |at: usize| self.paths.get(at).map_or(&[][..], |(_, points)| points);
        edge(a) != edge(b) && (to(a) == to(b) || cross(points(a), points(b)))
    }

    fn yields(&self, a: usize, b: usize) -> bool {
        let turn = |at: usize| self.paths.get(at).map(|(turn, _)| *turn);
        turn(a) < turn(b) && self.are_foes(a, b)
    }

    /// What each road link shows while these are available.
    fn shows(&self, own: &[usize], available: &[usize], links: usize) -> Vec<char> {
        let link = |way: usize| {
            self.connections
                .get(way)?
                .link
                .as_ref()
                .map(|link| link.index)
        };
        let of = |wanted: usize| {
            own.iter()
                .copied()
                .filter(move |way| link(*way) == Some(wanted))
        };
        let yields_to = |mine: usize, other: usize| {
            of(mine).any(|mine| of(other).any(|other| self.yields(mine, other)))
        };
        let letter = |at: usize| {
            let yields = || available.iter().any(|other| yields_to(at, *other));
            match available.contains(&at) {
                false => 'r',
                true if yields() => 'g',
                true => 'G',
            }
        };
        (0..links).map(letter).collect()
    }

    /// A connection, and the lane of the junction that it leads over.
    fn add_way(
        &mut self,
        junction: JunctionIx,
        (from, to): (LaneIx, LaneIx),
        (turn, points): (Turn, &[Point]),
        link: Option<Link>,
    ) {
        let speed_mps = self
            .lanes
            .get(from.index())
            .map_or(1.0, |lane| lane.speed_mps);
        let id = format!(":{}_{}", junction.index(), self.connections.len());
        let inner = self.add_lane(Lane {
            id: format!("{id}_0"),
            edge: EdgeIx::from_index(self.edges.len()),
            length_m: length_of(points),
            speed_mps,
            is_for_vehicles: true,
            shape: points.iter().map(|p| [p.x, p.y]).collect(),
        });
        self.edges.push(Edge {
            id,
            name: None,
            function: EdgeFunction::Internal,
            from: None,
            to: None,
            lanes: vec![inner],
        });
        self.connections.push(Connection {
            from,
            to,
            via: Some(inner),
            direction: match turn {
                Turn::Straight => Direction::Straight,
                Turn::Left => Direction::Left,
                Turn::Right => Direction::Right,
                Turn::Back => Direction::Turnaround,
            },
            link,
            junction: Some(junction),
            request: None,
        });
        self.paths.push((turn, points.to_vec()));
    }
}

/// The green phases with yellow after each: the phase that has only what all have is the change between them.
fn with_yellow(states: &[State]) -> Vec<State> {
    let is_on = |state: &State, link: usize| state.shows.get(link).is_some_and(|c| *c != 'r');
    let links = states
        .iter()
        .map(|state| state.shows.len())
        .max()
        .unwrap_or(0);
    let is_change = |state: &State| {
        let common = |link: usize| states.iter().all(|other| is_on(other, link));
        state.duration_s <= CHANGE_MAX_S
            && (0..links).all(|link| is_on(state, link) == common(link))
    };
    let greens: Vec<&State> = states.iter().filter(|state| !is_change(state)).collect();
    let Some(change_s) = states
        .iter()
        .find(|state| is_change(state))
        .map(|state| state.duration_s)
    else {
        return states.to_vec();
    };
    let mut program = Vec::new();
    for (at, green) in greens.iter().enumerate() {
        let next = greens.get((at + 1) % greens.len());
        program.push((*green).clone());
        let letter = |link: usize| {
            let now = green.shows.get(link).copied().unwrap_or('r');
            match next.is_some_and(|next| is_on(next, link)) {
                false if now != 'r' => 'y',
                false | true => now,
            }
        };
        program.push(State {
            duration_s: change_s,
            max_s: None,
            shows: (0..links).map(letter).collect(),
        });
    }
    program
}
