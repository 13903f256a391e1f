//! Movements of an imported site.
//!
//! In: roads, and what every link shows. Out: [`Movement`]s: all ways from one approach to one exit that show the
//! same are one. Not here: names of phases.

use crate::intersection::{Id, PhaseSet, Turn};
use crate::sumo::net::{Direction, LaneIx, Net};

use super::phases::{Phasing, Shows, Way};
use super::roads::Roads;

/// From one approach to one exit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Movement {
    pub(super) id: String,
    /// Place in [`Roads::approaches`].
    pub(super) from: usize,
    /// Place in [`Roads::exits`].
    pub(super) to: usize,
    pub(super) turn: Turn,
    /// Places in the lanes of the approach, from the median to the curb.
    pub(super) lanes: Vec<usize>,
    pub(super) protected: PhaseSet,
    pub(super) permissive: PhaseSet,
    pub(super) turn_on_red: bool,
    /// Always green, whatever the phases.
    pub(super) is_always_green: bool,
    /// Places of the movements it yields to.
    pub(super) yields_to: Vec<usize>,
    /// From the stop bar to the exit, m.
    pub(super) path_m: f64,
    /// Its ways.
    pub(super) ways: Vec<Way>,
}

/// Most lanes of one movement in a site file.
const LANES_MAX: usize = 6;
/// Shortest and longest path in a site file, m.
const PATH_M: (f64, f64) = (3.0, 120.0);

/// Whether some movement is made on a link that shows this.
pub(super) fn can_go(shows: Shows) -> bool {
    match shows {
        Shows::Always(c) => matches!(c, 'G' | 'g' | 'o' | 'O'),
        Shows::ByPhases { .. } => true,
    }
}

/// All movements, in order of the approaches, each from left to right.
pub(super) fn movements(
    net: &Net,
    ways: &[Way],
    phasing: &Phasing,
    roads: &Roads,
) -> Vec<Movement> {
    let mut found: Vec<(Shows, Movement)> = Vec::new();
    for way in ways.iter().filter(|way| way.is_for_vehicles()) {
        let connection = &net.connections[way.connection];
        let Some(shows) = phasing
            .shows
            .get(way.link)
            .copied()
            .filter(|it| can_go(*it))
        else {
            continue;
        };
        let (Some(from), Some(to)) = (
            roads.approach(way.from),
            roads.exit(net.lanes[connection.to].edge),
        ) else {
            continue;
        };
        let Some(lane) = place_of(roads, from, connection.from) else {
            continue;
        };
        let path_m = path_m(net, way).clamp(PATH_M.0, PATH_M.1);
        let same = |(other, movement): &&mut (Shows, Movement)| {
            let has = movement.lanes.contains(&lane) || movement.lanes.len() < LANES_MAX;
            *other == shows && movement.from == from && movement.to == to && has
        };
        if let Some((_, movement)) = found.iter_mut().find(same) {
            movement.ways.push(*way);
            movement.path_m = movement.path_m.max(path_m);
            if !movement.lanes.contains(&lane) {
                movement.lanes.push(lane);
                movement.lanes.sort_unstable();
            }
            continue;
        }
        let turn = turn(roads, from, to, connection.direction);
        let service = served(shows, phasing.phases, from, to);
        let movement = Movement {
            turn_on_red: service.turn_on_red && matches!(turn, Turn::Left | Turn::Right),
            turn,
            lanes: vec![lane],
            path_m,
            ways: vec![*way],
            ..service
        };
        found.push((shows, movement));
    }
    let mut movements: Vec<Movement> = found.into_iter().map(|(_, movement)| movement).collect();
    movements.sort_by_key(|it| (it.from, it.lanes.first().copied(), it.turn, it.to));
    name(roads, &mut movements);
    let yields: Vec<Vec<usize>> = movements
        .iter()
        .map(|it| yields_to(net, it, &movements))
        .collect();
    for (movement, yields) in movements.iter_mut().zip(yields) {
        movement.yields_to = yields;
    }
    movements
}

/// An unnamed movement with its service.
fn served(shows: Shows, phases: PhaseSet, from: usize, to: usize) -> Movement {
    let (protected, permissive, closed) = match shows {
        Shows::Always('G') => (phases, PhaseSet::EMPTY, 'r'),
        Shows::Always(_) => (PhaseSet::EMPTY, phases, 'r'),
        Shows::ByPhases {
            protected,
            permissive,
            closed,
        } => (protected, permissive, closed),
    };
    Movement {
        id: String::new(),
        from,
        to,
        turn: Turn::Through,
        lanes: Vec::new(),
        protected,
        permissive,
        turn_on_red: closed == 's',
        is_always_green: matches!(shows, Shows::Always(_)),
        yields_to: Vec::new(),
        path_m: PATH_M.0,
        ways: Vec::new(),
    }
}

fn place_of(roads: &Roads, approach: usize, lane: LaneIx) -> Option<usize> {
    let approach = roads.approaches.get(approach)?;
    approach.lanes.own.iter().position(|own| own.lane == lane)
}

/// Length over the junction: of its inner lanes, else straight across.
fn path_m(net: &Net, way: &Way) -> f64 {
    let inner = net.inner_lanes(way.connection);
    if !inner.is_empty() {
        return inner.into_iter().map(|lane| net.lanes[lane].length_m).sum();
    }
    let connection = &net.connections[way.connection];
    let end = net.lanes[connection.from].shape.last();
    let start = net.lanes[connection.to].shape.first();
    end.zip(start)
        .map_or(PATH_M.0, |(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]))
}

/// What the net calls it where its angle allows that, else what the angle says.
fn turn(roads: &Roads, from: usize, to: usize, direction: Direction) -> Turn {
    let entry = roads.approaches.get(from).map_or(0.0, |it| it.heading_deg);
    let exit = roads.exits.get(to).map_or(0.0, |it| it.heading_deg);
    let turned = (exit - entry + 180.0).rem_euclid(360.0) - 180.0;
    let named = match direction {
        Direction::Straight => (turned.abs() <= 60.0).then_some(Turn::Through),
        Direction::Left => (-170.0..=-15.0).contains(&turned).then_some(Turn::Left),
        Direction::Right => (15.0..=170.0).contains(&turned).then_some(Turn::Right),
        Direction::Turnaround => (turned.abs() >= 135.0).then_some(Turn::UTurn),
        Direction::Unknown => None,
    };
    named.unwrap_or(match turned {
        _ if turned.abs() <= 45.0 => Turn::Through,
        _ if turned.abs() > 170.0 => Turn::UTurn,
        _ if turned < 0.0 => Turn::Left,
        _ => Turn::Right,
    })
}

/// `N-S`, with a number where some lanes of the same way show something else.
fn name(roads: &Roads, movements: &mut [Movement]) {
    let mut taken: Vec<String> = Vec::new();
    for movement in movements {
        let from = roads
            .approaches
            .get(movement.from)
            .map_or("", |it| &it.name.short);
        let to = roads.exits.get(movement.to).map_or("", |it| &it.name.short);
        let base = format!("{from}-{to}");
        let numbered = (2..).map(|number| format!("{base} {number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        movement.id = names.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.push(movement.id.clone());
    }
}

/// Movements that the net makes this one yield to; on red it yields to everybody it meets.
fn yields_to(net: &Net, movement: &Movement, movements: &[Movement]) -> Vec<usize> {
    if movement.permissive.is_empty() && !movement.turn_on_red {
        return Vec::new();
    }
    let yields = |other: &Movement| {
        let pairs = movement.ways.iter().flat_map(|mine| {
            other
                .ways
                .iter()
                .map(move |theirs| (mine.connection, theirs.connection))
        });
        let mut pairs = pairs.filter(|(mine, theirs)| mine.index() != theirs.index());
        pairs.any(|(mine, theirs)| {
            net.yields(mine, theirs) || movement.turn_on_red && net.are_foes(mine, theirs)
        })
    };
    let others = movements.iter().enumerate();
    let others = others.filter(|(_, other)| other.id != movement.id && yields(other));
    others.map(|(place, _)| place).collect()
}
