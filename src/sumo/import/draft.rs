//! A site before it is written down.
//!
//! In: the net and one of its signals. Out: [`Draft`]: everything that its site file and its wiring say. Not here: the
//! text (`write.rs`).

use crate::intersection::{
    APPROACHES_MAX, DETECTORS_MAX, Id, LANES_MAX, LaneId, MOVEMENTS_MAX, MovementId, VIEWS_MAX,
};
use crate::sumo::net::{EdgeFunction, Net, Signal};

use super::Options;
use super::movements::{Movement, can_go, movements};
use super::phases::{Phasing, Shows, User, Way, phasing};
use super::program::Program;
use super::roads::Roads;
use super::sensors::{self, Detector, Kind, View};
use super::timing::{Timing, Wishes, timing};
use super::wiring::{LinkWiring, PieceWiring, Stretch, Wiring};

/// Everything about a site but its neighbors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) signal: String,
    pub(super) site_id: String,
    pub(super) name: String,
    pub(super) roads: Roads,
    pub(super) movements: Vec<Movement>,
    pub(super) phasing: Phasing,
    pub(super) timing: Timing,
    /// With the place of their approach.
    pub(super) detectors: Vec<(usize, Detector)>,
    /// With the place of their approach.
    pub(super) views: Vec<(usize, View)>,
    /// What a camera that watches the box sees; empty without cameras.
    pub(super) box_view: Vec<Stretch>,
    pub(super) notes: Vec<String>,
}

impl Draft {
    /// Drafts the site of a signal; `site_id` is its name among all sites of the net; `by_road`: see `phases.rs`.
    ///
    /// # Errors
    /// Why it cannot be controlled.
    pub(super) fn new(
        net: &Net,
        signal: &Signal,
        site_id: String,
        (options, by_road): (&Options, bool),
    ) -> Result<Self, String> {
        let mut notes = Vec::new();
        let ways = ways(net, signal);
        if !ways.iter().any(|way| way.is_for_vehicles()) {
            return Err("it has no vehicles to stop".to_owned());
        }
        let program = Program::new(signal).ok_or("its program has no green")?;
        if program.greens.len() == 1 && ways.iter().all(|way| program.never_stops(way.link)) {
            return Err("it has nothing to decide: its program never stops anybody".to_owned());
        }
        let phasing = phasing(net, &program, &ways, by_road)?;
        notes.extend(phasing.notes.iter().cloned());
        let can_go = |way: &&Way| {
            phasing
                .shows
                .get(way.link)
                .is_some_and(|shows| can_go(*shows))
        };
        note_ways(signal, &ways, &phasing, &mut notes);
        let moving: Vec<Way> = ways.iter().filter(can_go).copied().collect();
        let roads = Roads::new(net, &moving, options.reach_m);
        note_inner_roads(net, &roads, &mut notes);
        let movements = movements(net, &moving, &phasing, &roads);
        let wishes = Wishes {
            min_green_s: options.min_green_s,
            max_wait_s: options.max_wait_s,
            step: options.step,
        };
        let timing = timing(&program, &phasing, signal.offset_s, wishes, &mut notes);
        let draft = Self {
            signal: signal.id.clone(),
            site_id,
            name: name(net, signal, &roads),
            detectors: detectors(net, &roads, &mut notes),
            views: views(net, &roads, options.view_m, &mut notes),
            box_view: if options.view_m > 0.0 {
                sensors::box_view(net, signal)
            } else {
                Vec::new()
            },
            roads,
            movements,
            phasing,
            timing,
            notes,
        };
        draft.check_size()?;
        Ok(draft)
    }

    fn check_size(&self) -> Result<(), String> {
        let roads = &self.roads;
        let lanes = roads.approaches.iter().map(|it| it.lanes.own.len()).sum();
        let counts = [
            ("roads that enter", roads.approaches.len(), APPROACHES_MAX),
            ("roads that leave", roads.exits.len(), APPROACHES_MAX),
            ("lanes", lanes, LANES_MAX),
            ("movements", self.movements.len(), MOVEMENTS_MAX),
        ];
        match counts.into_iter().find(|(_, count, most)| count > most) {
            Some((what, count, most)) => Err(format!("{count} {what}; a site has at most {most}")),
            None => Ok(()),
        }
    }

    /// Name of a lane, given the places of its approach and among its lanes.
    pub(super) fn lane_name(&self, approach: usize, lane: usize) -> String {
        let approach = self.roads.approaches.get(approach);
        format!("{}-{}", approach.map_or("", |it| &it.name.short), lane + 1)
    }

    /// Id of a lane in the site.
    fn lane_id(&self, approach: usize, lane: usize) -> LaneId {
        let before = self.roads.approaches.iter().take(approach);
        LaneId::from_index(before.map(|it| it.lanes.own.len()).sum::<usize>() + lane)
    }

    /// Which part of the net is which part of this site.
    pub(super) fn wiring(&self, net: &Net, signal: &Signal) -> Wiring {
        let ways = ways(net, signal);
        let link = |(link, shows): (usize, &Shows)| LinkWiring {
            shows: *shows,
            red_with: self.phasing.red_with.get(link).copied().unwrap_or_default(),
            not_with: self.phasing.not_with.get(link).copied().unwrap_or_default(),
            movements: self
                .movements
                .iter()
                .enumerate()
                .filter(|(_, movement)| movement.ways.iter().any(|way| way.link == link))
                .map(|(place, _)| MovementId::from_index(place))
                .collect(),
            ways: ways
                .iter()
                .filter(|way| way.link == link)
                .map(|way| {
                    let connection = &net.connections[way.connection];
                    let id = |lane| net.lanes[lane].id.clone();
                    (id(connection.from), id(connection.to))
                })
                .collect(),
        };
        let approaches = || self.roads.approaches.iter().enumerate();
        let pieces = approaches().flat_map(|(at, approach)| {
            approach.lanes.pieces.iter().map(move |piece| PieceWiring {
                lane: net.lanes[piece.lane].id.clone(),
                length_m: piece.length_m,
                bar_m: piece.bar_m,
                feeds: piece
                    .feeds
                    .iter()
                    .map(|lane| self.lane_id(at, *lane))
                    .collect(),
            })
        });
        let own = approaches().flat_map(|(_, approach)| approach.lanes.own.iter());
        let places = self
            .detectors
            .iter()
            .map(|(_, detector)| detector.place.clone());
        let parts = self.views.iter().map(|(_, view)| view.parts.clone());
        let parts = parts.chain((!self.box_view.is_empty()).then(|| self.box_view.clone()));
        Wiring {
            signal: self.signal.clone(),
            links: self.phasing.shows.iter().enumerate().map(link).collect(),
            stop_lanes: own.map(|own| net.lanes[own.lane].id.clone()).collect(),
            pieces: pieces.collect(),
            detectors: places.collect::<Vec<Stretch>>(),
            views: parts.collect(),
            approaches: approaches()
                .map(|(_, it)| net.edges[it.edge].id.clone())
                .collect(),
            exits: self
                .roads
                .exits
                .iter()
                .map(|it| net.edges[it.edge].id.clone())
                .collect(),
        }
    }
}

/// Ways that a signal controls.
fn ways(net: &Net, signal: &Signal) -> Vec<Way> {
    let links = net.links_of(&signal.id).iter().copied();
    let ways = links.map(|(link, connection)| {
        let (from, to) = (
            net.connections[connection].from,
            net.connections[connection].to,
        );
        let function = |lane| net.edges[net.lanes[lane].edge].function;
        let vehicles = [from, to]
            .iter()
            .all(|lane| net.lanes[*lane].is_for_vehicles);
        let user = match (function(from), function(to)) {
            (EdgeFunction::Internal, _) => User::Inner,
            (EdgeFunction::Road, EdgeFunction::Road) if vehicles => User::Vehicles,
            (EdgeFunction::Road, EdgeFunction::Road | EdgeFunction::Internal) => User::Other,
            (EdgeFunction::Road | EdgeFunction::Crossing | EdgeFunction::WalkingArea, _) => {
                User::Foot
            }
        };
        Way {
            link,
            connection,
            from: net.lanes[from].edge,
            user,
        }
    });
    ways.collect()
}

/// Says which links are not movements of the site.
fn note_ways(signal: &Signal, ways: &[Way], phasing: &Phasing, notes: &mut Vec<String>) {
    if signal.programs > 1 {
        notes.push(format!(
            "the net has {} programs for it; taken is the last one, {:?}, as SUMO does",
            signal.programs, signal.program
        ));
    }
    if signal.kind != "static" && signal.kind != "actuated" {
        notes.push(format!(
            "its program is of type {:?}; only its states and their durations are taken from it",
            signal.kind
        ));
    }
    let list = |which: &dyn Fn(&Way) -> bool| {
        let mut links: Vec<usize> = ways
            .iter()
            .filter(|way| which(way))
            .map(|way| way.link)
            .collect();
        links.dedup();
        let links: Vec<String> = links.iter().map(usize::to_string).collect();
        (!links.is_empty()).then(|| links.join(", "))
    };
    if let Some(links) = list(&|way| way.user == User::Foot) {
        notes.push(format!(
            "pedestrian crossings (links {links}) are no crosswalks of the site: they are green with the vehicles that \
             run along them, without walk and pedestrian clearance of their own"
        ));
    }
    if let Some(links) = list(&|way| way.user == User::Other) {
        notes.push(format!(
            "links {links} are for rails or bicycles: no movements of the site; they are green with the vehicles that \
             run along them"
        ));
    }
    let shows = |way: &Way| phasing.shows.get(way.link).copied();
    let never = |way: &Way| way.is_for_vehicles() && shows(way).is_some_and(|it| !can_go(it));
    if let Some(links) = list(&never) {
        notes.push(format!(
            "links {links} are never green in the net's program: they stay red"
        ));
    }
    let always = |way: &Way| {
        way.is_for_vehicles() && matches!(shows(way), Some(it @ Shows::Always(_)) if can_go(it))
    };
    if let Some(links) = list(&always) {
        notes.push(format!(
            "links {links} are green in every state of the net's program: they stay green"
        ));
    }
}

fn note_inner_roads(net: &Net, roads: &Roads, notes: &mut Vec<String>) {
    let inner = roads
        .approaches
        .iter()
        .filter(|it| roads.exit(it.edge).is_some());
    let names: Vec<&str> = inner.map(|it| net.edges[it.edge].id.as_str()).collect();
    if !names.is_empty() {
        notes.push(format!(
            "it controls several junctions: the roads between them ({}) are approaches and exits like any other",
            names.join(", ")
        ));
    }
}

/// Names of the streets, else what the net calls the signal.
fn name(net: &Net, signal: &Signal, roads: &Roads) -> String {
    let streets = roads
        .approaches
        .iter()
        .filter_map(|it| net.edges[it.edge].name.as_deref());
    let mut names: Vec<&str> = Vec::new();
    for street in streets {
        if !names.contains(&street) {
            names.push(street);
        }
    }
    let name = match names.as_slice() {
        [] => format!("signal {}", signal.id),
        names => names.join(", "),
    };
    match name.char_indices().nth(119) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or("")),
        None => name,
    }
}

/// Detectors of all approaches; where they are more than a cabinet takes, fewer of those that are missed least.
fn detectors(net: &Net, roads: &Roads, notes: &mut Vec<String>) -> Vec<(usize, Detector)> {
    let approaches = roads.approaches.iter().enumerate();
    let mut found: Vec<(usize, Detector)> = approaches
        .flat_map(|(at, it)| {
            sensors::detectors(net, &it.lanes)
                .into_iter()
                .map(move |d| (at, d))
        })
        .collect();
    for (kind, what) in [(Kind::Advance, "advance"), (Kind::Count, "counting")] {
        if found.len() > DETECTORS_MAX {
            notes.push(format!(
                "no {what} detectors: with them it would have more than {DETECTORS_MAX}"
            ));
            found.retain(|(_, detector)| detector.kind != kind);
        }
    }
    found
}

fn views(net: &Net, roads: &Roads, view_m: f64, notes: &mut Vec<String>) -> Vec<(usize, View)> {
    let approaches = roads.approaches.iter().enumerate();
    let mut found: Vec<(usize, View)> = approaches
        .flat_map(|(at, it)| {
            sensors::views(net, &it.lanes, view_m)
                .into_iter()
                .map(move |v| (at, v))
        })
        .collect();
    // One is left for the box.
    let most = VIEWS_MAX - 1;
    if found.len() > most {
        notes.push(format!(
            "of {} camera views the {most} nearest to the stop bars are kept",
            found.len()
        ));
        found.sort_by(|a, b| a.1.from_m.total_cmp(&b.1.from_m));
        found.truncate(most);
        found.sort_by_key(|(at, _)| *at);
    }
    found
}
