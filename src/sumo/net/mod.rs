//! A SUMO road network as its `.net.xml` describes it.
//!
//! In: a net file (`file.rs`, `read.rs`), or another simulator's network put into the same words. Out: [`Net`]: edges, lanes,
//! connections, who yields to whom, signal programs. Not here: what any of it means to a controller
//! (`import/`).

mod attributes;
mod file;
mod read;

use std::collections::BTreeMap;

use crate::intersection::{Id, Table};

pub use file::{NET_BYTES_MAX, NetError};
pub(in crate::sumo) use file::{problem, text_of};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                // A net of four thousand million entries does not fit below NET_BYTES_MAX.
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An edge of a net.
    EdgeIx;
    /// A lane of a net.
    LaneIx;
    /// A connection of a net.
    ConnectionIx;
    /// A junction of a net.
    JunctionIx;
}

/// A road network.
#[derive(Clone, Debug)]
pub struct Net {
    /// Where it came from, for messages.
    pub file: String,
    /// Roads, and the inner edges of junctions.
    pub edges: Table<EdgeIx, Edge>,
    /// Lanes of all edges.
    pub lanes: Table<LaneIx, Lane>,
    /// From lane to lane.
    pub connections: Table<ConnectionIx, Connection>,
    /// Junctions.
    pub junctions: Table<JunctionIx, Junction>,
    /// Signal programs by signal, in order of the file. Where a signal has several, the last one: SUMO
    /// runs that.
    pub signals: Vec<Signal>,
    lane_by_id: BTreeMap<String, LaneIx>,
    out_of: BTreeMap<LaneIx, Vec<ConnectionIx>>,
    into: BTreeMap<LaneIx, Vec<ConnectionIx>>,
    links: BTreeMap<String, Vec<(usize, ConnectionIx)>>,
}

/// What an edge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeFunction {
    /// A road.
    Road,
    /// Within a junction.
    Internal,
    /// A pedestrian crossing.
    Crossing,
    /// Where pedestrians wait and walk within a junction.
    WalkingArea,
}

/// A road in one direction, or a part of a junction.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// SUMO's id.
    pub id: String,
    /// Name of the street, where the net has one.
    pub name: Option<String>,
    /// What it is for.
    pub function: EdgeFunction,
    /// Where it begins; `None` within a junction.
    pub from: Option<JunctionIx>,
    /// Where it ends; `None` within a junction.
    pub to: Option<JunctionIx>,
    /// Its lanes from the curb (right) to the median, as SUMO counts them.
    pub lanes: Vec<LaneIx>,
}

/// A lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// SUMO's id.
    pub id: String,
    /// The edge it belongs to.
    pub edge: EdgeIx,
    /// Length, m.
    pub length_m: f64,
    /// Speed limit, m/s.
    pub speed_mps: f64,
    /// Whether motor vehicles of the road may use it; not so sidewalks, cycle paths and rails.
    pub is_for_vehicles: bool,
    /// Center line, m, in the direction of travel; x to the east, y to the north.
    pub shape: Vec<[f64; 2]>,
}

/// Which way a connection turns, as the net has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `s`
    Straight,
    /// `l` and `L`
    Left,
    /// `r` and `R`
    Right,
    /// `t`
    Turnaround,
    /// Not said.
    Unknown,
}

/// A way from a lane into another.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// From here …
    pub from: LaneIx,
    /// … to there.
    pub to: LaneIx,
    /// First lane within the junction; `None` in nets without such lanes.
    pub via: Option<LaneIx>,
    /// Which way it turns.
    pub direction: Direction,
    /// The signal that shows for it, and which of that signal's links it is.
    pub link: Option<Link>,
    /// Junction it leads through; `None` within a junction.
    pub junction: Option<JunctionIx>,
    /// Its number in the right-of-way table of the junction.
    pub request: Option<usize>,
}

/// A place in the state of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Id of the signal.
    pub signal: String,
    /// Character of its state, counted from 0.
    pub index: usize,
}

/// A junction.
#[derive(Clone, Debug, PartialEq)]
pub struct Junction {
    /// SUMO's id.
    pub id: String,
    /// SUMO's type, e.g. `traffic_light`, `priority`, `dead_end`.
    pub kind: String,
    /// Lanes that lead in, in the order of the right-of-way table.
    pub incoming: Vec<LaneIx>,
    /// Right of way, one row for every connection.
    pub requests: Vec<Request>,
}

/// One row of a right-of-way table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// To whom it yields.
    pub response: Vec<bool>,
    /// Whom it meets.
    pub foes: Vec<bool>,
}

/// The program of a signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Id, the one that connections name.
    pub id: String,
    /// SUMO's type: `static`, `actuated`, `delay_based`, `NEMA`.
    pub kind: String,
    /// Name of the program.
    pub program: String,
    /// How many programs the net has for this signal.
    pub programs: usize,
    /// The first state begins so long after the start of the simulation, s.
    pub offset_s: f64,
    /// What it shows, one after another.
    pub states: Vec<State>,
}

/// One state of a signal: what SUMO calls a phase.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// How long, s.
    pub duration_s: f64,
    /// Longest, where traffic decides, s.
    pub max_s: Option<f64>,
    /// One character per link.
    pub shows: Vec<char>,
}

/// What a net is made of; ids are places in these lists.
pub(in crate::sumo) struct Parts {
    pub(in crate::sumo) edges: Vec<Edge>,
    pub(in crate::sumo) lanes: Vec<Lane>,
    pub(in crate::sumo) connections: Vec<Connection>,
    pub(in crate::sumo) junctions: Vec<Junction>,
    pub(in crate::sumo) signals: Vec<Signal>,
}

impl Net {
    /// Puts a net together.
    pub(in crate::sumo) fn assemble(file: &str, parts: Parts) -> Self {
        let lanes = parts.lanes.iter().enumerate();
        let mut net = Self {
            file: file.to_owned(),
            lane_by_id: lanes
                .map(|(at, lane)| (lane.id.clone(), LaneIx::from_index(at)))
                .collect(),
            edges: Table::new(parts.edges),
            lanes: Table::new(parts.lanes),
            connections: Table::new(parts.connections),
            junctions: Table::new(parts.junctions),
            signals: parts.signals,
            out_of: BTreeMap::new(),
            into: BTreeMap::new(),
            links: BTreeMap::new(),
        };
        net.index();
        net
    }

    /// Works out what leads where, and the row of every connection in its right-of-way table: SUMO counts
    /// the incoming lanes in order, and of each lane its connections in order of the file.
    fn index(&mut self) {
        for (ix, connection) in self.connections.iter() {
            self.out_of.entry(connection.from).or_default().push(ix);
            self.into.entry(connection.to).or_default().push(ix);
            if let Some(link) = &connection.link {
                let links = self.links.entry(link.signal.clone()).or_default();
                links.push((link.index, ix));
            }
        }
        self.links
            .values_mut()
            .for_each(|links| links.sort_unstable());
        let mut rows: Vec<(ConnectionIx, usize)> = Vec::new();
        let junctions = self.junctions.iter().map(|(_, junction)| junction);
        // An internal junction has its own table, which repeats lanes of the junction around it.
        for junction in junctions.filter(|junction| junction.kind != "internal") {
            let ways = junction.incoming.iter().flat_map(|lane| self.out_of(*lane));
            let counted = ways.filter(|way| self.has_row(**way));
            rows.extend(counted.enumerate().map(|(row, ix)| (*ix, row)));
        }
        for (ix, row) in rows {
            self.connections[ix].request = Some(row);
        }
    }

    /// Pedestrians meet vehicles on crossings only; what leads to and from where they wait has no row.
    fn has_row(&self, way: ConnectionIx) -> bool {
        let function = |lane: LaneIx| self.edges[self.lanes[lane].edge].function;
        let connection = &self.connections[way];
        match function(connection.from) {
            EdgeFunction::WalkingArea => function(connection.to) == EdgeFunction::Crossing,
            EdgeFunction::Road | EdgeFunction::Internal | EdgeFunction::Crossing => {
                function(connection.to) != EdgeFunction::WalkingArea
            }
        }
    }

    /// The lane of this id.
    #[must_use]
    pub fn lane(&self, id: &str) -> Option<LaneIx> {
        self.lane_by_id.get(id).copied()
    }

    /// Ways out of a lane.
    #[must_use]
    pub fn out_of(&self, lane: LaneIx) -> &[ConnectionIx] {
        self.out_of.get(&lane).map_or(&[], Vec::as_slice)
    }

    /// Ways into a lane.
    #[must_use]
    pub fn into_lane(&self, lane: LaneIx) -> &[ConnectionIx] {
        self.into.get(&lane).map_or(&[], Vec::as_slice)
    }

    /// The signal of this id.
    #[must_use]
    pub fn signal(&self, id: &str) -> Option<&Signal> {
        self.signals.iter().find(|signal| signal.id == id)
    }

    /// Connections that this signal controls, in order of its links.
    #[must_use]
    pub fn links_of(&self, signal: &str) -> &[(usize, ConnectionIx)] {
        self.links.get(signal).map_or(&[], Vec::as_slice)
    }

    /// Lanes of the junction that a connection leads over, in order; empty in nets without them.
    #[must_use]
    pub fn inner_lanes(&self, connection: ConnectionIx) -> Vec<LaneIx> {
        let mut lanes = Vec::new();
        let mut next = self.connections[connection].via;
        while let Some(lane) = next.filter(|lane| !lanes.contains(lane)) {
            lanes.push(lane);
            let onward = self.out_of(lane).first();
            next = onward.and_then(|onward| self.connections[*onward].via);
        }
        lanes
    }

    /// Whether the paths of two connections meet.
    #[must_use]
    pub fn are_foes(&self, a: ConnectionIx, b: ConnectionIx) -> bool {
        self.asks(a, b, |request| &request.foes) || self.asks(b, a, |request| &request.foes)
    }

    /// Whether connection `a` yields to `b` when both may go and the signal does not say otherwise.
    #[must_use]
    pub fn yields(&self, a: ConnectionIx, b: ConnectionIx) -> bool {
        self.asks(a, b, |request| &request.response)
    }

    fn asks(&self, a: ConnectionIx, b: ConnectionIx, table: fn(&Request) -> &Vec<bool>) -> bool {
        let (a, b) = (&self.connections[a], &self.connections[b]);
        let Some(junction) = a.junction.filter(|_| a.junction == b.junction) else {
            return false;
        };
        let row = a
            .request
            .and_then(|row| self.junctions[junction].requests.get(row));
        let cell = row
            .zip(b.request)
            .and_then(|(row, column)| table(row).get(column));
        cell.copied().unwrap_or(false)
    }

    /// Compass bearing of travel at the end of a lane, degrees clockwise from north.
    #[must_use]
    pub fn heading_at_end(&self, lane: LaneIx) -> Option<f64> {
        let reversed = self.lanes[lane].shape.iter().rev().copied();
        bearing(reversed).map(|back| (back + 180.0).rem_euclid(360.0))
    }

    /// Compass bearing of travel at the beginning of a lane, degrees clockwise from north.
    #[must_use]
    pub fn heading_at_start(&self, lane: LaneIx) -> Option<f64> {
        bearing(self.lanes[lane].shape.iter().copied())
    }
}

/// Stretch over which a heading is taken, so that a short bend drawn at the stop bar does not count, m.
const HEADING_OVER_M: f64 = 10.0;

/// Bearing from the first point to the one `HEADING_OVER_M` along the line.
fn bearing(points: impl Iterator<Item = [f64; 2]>) -> Option<f64> {
    let mut first: Option<[f64; 2]> = None;
    let mut found = None;
    for [x, y] in points {
        let Some([from_x, from_y]) = first else {
            first = Some([x, y]);
            continue;
        };
        let (east, north) = (x - from_x, y - from_y);
        let away = east.hypot(north);
        if away > 0.01 {
            found = Some(east.atan2(north).to_degrees().rem_euclid(360.0));
        }
        if away >= HEADING_OVER_M {
            break;
        }
    }
    found
}
