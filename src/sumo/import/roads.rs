//! Roads of a signal: what enters and what leaves, with names.
//!
//! In: the net and the ways that a signal controls. Out: [`Roads`]. Approaches and exits are named after the side
//! they are on, as seen from the middle, clockwise from the north. Not here: what the signal shows.

use crate::sumo::net::{ConnectionIx, Direction, EdgeIx, LaneIx, Net};

use super::lanes::{Lanes, vehicle_lanes};
use super::phases::Way;

/// What enters and what leaves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Roads {
    pub(super) approaches: Vec<Approach>,
    pub(super) exits: Vec<Exit>,
}

/// A road that enters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Approach {
    pub(super) edge: EdgeIx,
    pub(super) name: Name,
    pub(super) heading_deg: f64,
    pub(super) speed_mps: f64,
    pub(super) lanes: Lanes,
}

/// A road that leaves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exit {
    pub(super) edge: EdgeIx,
    pub(super) name: Name,
    pub(super) heading_deg: f64,
    pub(super) speed_mps: f64,
    pub(super) lanes: usize,
}

/// Name of a road: `north`, and short `N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) long: String,
    pub(super) short: String,
}

impl Roads {
    /// Finds the roads; lanes are followed upstream for `reach_m`.
    pub(super) fn new(net: &Net, ways: &[Way], reach_m: f64) -> Self {
        let ways: Vec<&Way> = ways.iter().filter(|way| way.is_for_vehicles()).collect();
        let mut approaches = approaches(net, &ways, reach_m);
        let mut exits = exits(net, &ways);
        keep_apart(approaches.iter_mut().map(|it| &mut it.heading_deg));
        keep_apart(exits.iter_mut().map(|it| &mut it.heading_deg));
        approaches.sort_by(|a, b| side_of(a).total_cmp(&side_of(b)));
        exits.sort_by(|a, b| a.heading_deg.total_cmp(&b.heading_deg));
        name(net, &mut approaches, &mut exits);
        Self { approaches, exits }
    }

    /// The approach that this edge is.
    pub(super) fn approach(&self, edge: EdgeIx) -> Option<usize> {
        self.approaches.iter().position(|it| it.edge == edge)
    }

    /// The exit that this edge is.
    pub(super) fn exit(&self, edge: EdgeIx) -> Option<usize> {
        self.exits.iter().position(|it| it.edge == edge)
    }
}

fn edges(ways: &[&Way], edge: impl Fn(&Way) -> EdgeIx) -> Vec<EdgeIx> {
    let mut edges: Vec<EdgeIx> = ways.iter().map(|way| edge(way)).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn approaches(net: &Net, ways: &[&Way], reach_m: f64) -> Vec<Approach> {
    let found = edges(ways, |way| way.from).into_iter().filter_map(|edge| {
        let from = |lane: LaneIx| {
            ways.iter()
                .filter(move |way| net.connections[way.connection].from == lane)
        };
        let own: Vec<LaneIx> = vehicle_lanes(net, edge)
            .into_iter()
            .filter(|lane| from(*lane).next().is_some())
            .collect();
        let straight = |way: &Way| net.connections[way.connection].direction == Direction::Straight;
        let goes_straight: Vec<bool> = own
            .iter()
            .map(|lane| from(*lane).any(|way| straight(way)))
            .collect();
        let middle = own.get(own.len() / 2).copied()?;
        Some(Approach {
            edge,
            name: Name::unnamed(),
            heading_deg: net.heading_at_end(middle).unwrap_or(0.0),
            speed_mps: net.lanes[middle].speed_mps,
            lanes: Lanes::new(net, &own, &goes_straight, reach_m),
        })
    });
    found.collect()
}

fn exits(net: &Net, ways: &[&Way]) -> Vec<Exit> {
    let to = |connection: ConnectionIx| net.lanes[net.connections[connection].to].edge;
    let found = edges(ways, |way| to(way.connection))
        .into_iter()
        .map(|edge| {
            let lanes = vehicle_lanes(net, edge);
            let middle = lanes.get(lanes.len() / 2).copied();
            Exit {
                edge,
                name: Name::unnamed(),
                heading_deg: middle
                    .and_then(|lane| net.heading_at_start(lane))
                    .unwrap_or(0.0),
                speed_mps: middle.map_or(1.0, |lane| net.lanes[lane].speed_mps),
                lanes: lanes.len().max(1),
            }
        });
    found.collect()
}

/// Rounds to 0.1 degrees and moves equal headings apart: two roads are not one because they are parallel.
fn keep_apart<'h>(headings: impl Iterator<Item = &'h mut f64>) {
    let mut taken: Vec<f64> = Vec::new();
    for heading in headings {
        let mut candidate = ((*heading * 10.0).round() / 10.0).rem_euclid(360.0);
        while taken.iter().any(|other| (other - candidate).abs() < 0.05) {
            candidate = ((candidate * 10.0 + 1.0).round() / 10.0).rem_euclid(360.0);
        }
        taken.push(candidate);
        *heading = candidate;
    }
}

/// Where an approach is, seen from the middle, degrees from north.
fn side_of(approach: &Approach) -> f64 {
    (approach.heading_deg + 180.0).rem_euclid(360.0)
}

impl Name {
    fn unnamed() -> Self {
        Self {
            long: String::new(),
            short: String::new(),
        }
    }

    /// The name of the side at this bearing, with a number where others have it already.
    fn of_side(bearing_deg: f64, taken: &[&Self]) -> Self {
        const SIDES: [(&str, &str); 8] = [
            ("north", "N"),
            ("northeast", "NE"),
            ("east", "E"),
            ("southeast", "SE"),
            ("south", "S"),
            ("southwest", "SW"),
            ("west", "W"),
            ("northwest", "NW"),
        ];
        let at = ((bearing_deg + 22.5).rem_euclid(360.0) / 45.0).floor();
        let side = SIDES
            .iter()
            .zip(0_u8..)
            .find(|(_, place)| f64::from(*place) >= at);
        let (long, short) = side.map_or(("north", "N"), |(side, _)| *side);
        let numbered = |number: usize| match number {
            1 => Self {
                long: long.to_owned(),
                short: short.to_owned(),
            },
            _ => Self {
                long: format!("{long}-{number}"),
                short: format!("{short}{number}"),
            },
        };
        (1..=taken.len() + 1)
            .map(numbered)
            .find(|name| !taken.contains(&name))
            .unwrap_or_else(Self::unnamed)
    }
}

/// An exit has the name of the approach on the same road; every other road has one of its own.
fn name(net: &Net, approaches: &mut [Approach], exits: &mut [Exit]) {
    for at in 0..approaches.len() {
        let (named, rest) = approaches.split_at_mut(at);
        if let Some(approach) = rest.first_mut() {
            let taken: Vec<&Name> = named.iter().map(|it| &it.name).collect();
            approach.name = Name::of_side(side_of(approach), &taken);
        }
    }
    for approach in approaches.iter() {
        let mut free = exits.iter_mut().filter(|exit| exit.name.short.is_empty());
        if let Some(exit) = free.find(|exit| is_same_road(net, approach, exit)) {
            exit.name = approach.name.clone();
        }
    }
    for at in 0..exits.len() {
        let (before, rest) = exits.split_at_mut(at);
        let Some((exit, after)) = rest.split_first_mut() else {
            continue;
        };
        if exit.name.short.is_empty() {
            let others = before.iter().chain(after.iter()).map(|it| &it.name);
            let taken: Vec<&Name> = approaches.iter().map(|it| &it.name).chain(others).collect();
            exit.name = Name::of_side(exit.heading_deg, &taken);
        }
    }
}

/// Two directions of one road lie no farther apart than this, m, …
const SAME_ROAD_M: f64 = 25.0;
/// … and run against each other but for this many degrees.
const SAME_ROAD_DEG: f64 = 35.0;

/// Whether two edges are the two directions of one road: the net says so, or they lie side by side.
fn is_same_road(net: &Net, approach: &Approach, exit: &Exit) -> bool {
    let (enters, leaves) = (&net.edges[approach.edge], &net.edges[exit.edge]);
    let ends_match = enters.from.is_some() && enters.from == leaves.to && enters.to == leaves.from;
    let turned = (exit.heading_deg - approach.heading_deg + 360.0).rem_euclid(360.0) - 180.0;
    let end = enters
        .lanes
        .last()
        .and_then(|lane| net.lanes[*lane].shape.last());
    let start = leaves
        .lanes
        .last()
        .and_then(|lane| net.lanes[*lane].shape.first());
    let apart_m = end
        .zip(start)
        .map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]));
    let beside = turned.abs() < SAME_ROAD_DEG && apart_m.is_some_and(|apart| apart < SAME_ROAD_M);
    ends_match || beside
}
