//! Lanes of an approach, followed upstream from the stop bar.
//!
//! In: the net and the edge at a stop bar. Out: [`Lanes`]: the lanes at the bar, which of them are pockets, and every
//! SUMO lane on the way with the lanes of ours that it leads to. It ends at the next signal, where it is no longer
//! clear which road is the one that goes on, or at `reach_m`. Not here: names (`roads.rs`).

use crate::intersection::Id;
use crate::sumo::net::{ConnectionIx, Direction, EdgeFunction, EdgeIx, LaneIx, Net};

/// Lanes of an approach.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lanes {
    /// Lanes at the stop bar, from the median to the curb.
    pub(super) own: Vec<OwnLane>,
    /// SUMO lanes from the stop bar upstream.
    pub(super) pieces: Vec<Piece>,
    /// Stop bar to where the longest lane ends, m.
    pub(super) length_m: f64,
}

/// A lane at the stop bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OwnLane {
    pub(super) lane: LaneIx,
    /// For a pocket: the lane from which vehicles enter it (place in [`Lanes::own`]), and its length, m.
    pub(super) pocket: Option<(usize, f64)>,
}

/// A SUMO lane on the way to the stop bar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) lane: LaneIx,
    /// Stop bar to its downstream end, m.
    pub(super) bar_m: f64,
    /// Length, m.
    pub(super) length_m: f64,
    /// Lanes at the stop bar (places in [`Lanes::own`]) that its vehicles may be bound for.
    pub(super) feeds: Vec<usize>,
    /// Within a junction that has no signal.
    pub(super) is_inner: bool,
}

impl Piece {
    /// Stop bar to its upstream end, m.
    pub(super) fn end_m(&self) -> f64 {
        self.bar_m + self.length_m
    }
}

impl Lanes {
    /// Follows these lanes of one edge, given from the median to the curb; `goes_straight` says which of them have a
    /// movement straight on.
    pub(super) fn new(net: &Net, own: &[LaneIx], goes_straight: &[bool], reach_m: f64) -> Self {
        let row: Vec<Piece> = own
            .iter()
            .enumerate()
            .map(|(place, lane)| Piece {
                lane: *lane,
                bar_m: 0.0,
                length_m: net.lanes[*lane].length_m,
                feeds: vec![place],
                is_inner: false,
            })
            .collect();
        let mut walk = Walk {
            net,
            goes_straight,
            row,
            pieces: Vec::new(),
            pockets: vec![None; own.len()],
        };
        let mut edges: Vec<EdgeIx> = Vec::new();
        while let Some(edge) = walk.row.first().map(|piece| net.lanes[piece.lane].edge) {
            walk.pieces.append(&mut walk.row.clone());
            let is_far = walk.row.iter().all(|piece| piece.end_m() >= reach_m);
            edges.push(edge);
            let upstream = walk.upstream_edge().filter(|next| !edges.contains(next));
            let Some(upstream) = upstream.filter(|_| !is_far) else {
                break;
            };
            walk.step_onto(upstream);
        }
        walk.finish(own, reach_m)
    }
}

struct Walk<'n> {
    net: &'n Net,
    goes_straight: &'n [bool],
    /// Lanes of the edge reached so far.
    row: Vec<Piece>,
    pieces: Vec<Piece>,
    /// Main lane and length of the lanes that turned out to be pockets.
    pockets: Vec<Option<(usize, f64)>>,
}

impl Walk<'_> {
    fn feeders(&self, lane: LaneIx) -> impl Iterator<Item = ConnectionIx> {
        let ways = self.net.into_lane(lane).iter().copied();
        ways.filter(|way| {
            let connection = &self.net.connections[*way];
            let from = &self.net.lanes[connection.from];
            let is_road = self.net.edges[from.edge].function == EdgeFunction::Road;
            is_road && from.is_for_vehicles && connection.direction != Direction::Turnaround
        })
    }

    /// The edge that this one continues, if that is clear and no signal lies between.
    fn upstream_edge(&self) -> Option<EdgeIx> {
        let ways: Vec<ConnectionIx> = self
            .row
            .iter()
            .flat_map(|it| self.feeders(it.lane))
            .collect();
        let connection = |way: &ConnectionIx| &self.net.connections[*way];
        if ways.iter().any(|way| connection(way).link.is_some()) {
            return None;
        }
        let edges = |ways: &mut dyn Iterator<Item = &ConnectionIx>| {
            let mut edges: Vec<EdgeIx> = ways
                .map(|way| self.net.lanes[connection(way).from].edge)
                .collect();
            edges.sort_unstable();
            edges.dedup();
            edges
        };
        let straight = |way: &&ConnectionIx| connection(way).direction == Direction::Straight;
        match edges(&mut ways.iter().filter(straight)).as_slice() {
            [edge] => Some(*edge),
            [] => match edges(&mut ways.iter()).as_slice() {
                [edge] if onward_edges(self.net, *edge).len() == 1 => Some(*edge),
                _ => None,
            },
            _ => None,
        }
    }

    /// Goes on with the lanes of the next edge upstream.
    fn step_onto(&mut self, upstream: EdgeIx) {
        let mut row = std::mem::take(&mut self.row);
        let feeders = |lane: LaneIx| {
            let from_there = |way: &ConnectionIx| {
                self.net.lanes[self.net.connections[*way].from].edge == upstream
            };
            self.feeders(lane).filter(from_there).collect::<Vec<_>>()
        };
        let ways: Vec<Vec<ConnectionIx>> = row.iter().map(|piece| feeders(piece.lane)).collect();
        self.close_orphans(&mut row, &ways);
        let mut next: Vec<Piece> = Vec::new();
        for (piece, ways) in row.iter().zip(ways) {
            for way in ways {
                let bar_m = self.add_inner(way, piece);
                let from = self.net.connections[way].from;
                merge(self.net, &mut next, from, bar_m, &piece.feeds);
            }
        }
        self.close_pockets(&row, &next);
        self.row = next;
    }

    /// Nothing leads into some lanes: vehicles change into them from the lane beside.
    fn close_orphans(&mut self, row: &mut [Piece], ways: &[Vec<ConnectionIx>]) {
        let fed: Vec<usize> = row
            .iter()
            .zip(ways)
            .filter(|(_, ways)| !ways.is_empty())
            .flat_map(|(piece, _)| piece.feeds.iter().copied())
            .filter(|at| self.is_active(*at))
            .collect();
        let active = (0..self.pockets.len()).filter(|at| self.is_active(*at));
        let orphans: Vec<usize> = active.filter(|at| !fed.contains(at)).collect();
        for orphan in orphans {
            let Some(beside) = fed.iter().min_by_key(|at| at.abs_diff(orphan)).copied() else {
                continue;
            };
            self.close(orphan, beside, row);
            for piece in row.iter_mut().filter(|piece| piece.feeds.contains(&beside)) {
                piece.feeds.push(orphan);
                piece.feeds.sort_unstable();
                piece.feeds.dedup();
            }
        }
    }

    /// Where a lane parts into several, one goes on and the others begin.
    fn close_pockets(&mut self, row: &[Piece], next: &[Piece]) {
        let feeders = |at: usize| {
            next.iter()
                .filter(|piece| piece.feeds.contains(&at))
                .count()
        };
        let straight = |at: usize| self.goes_straight.get(at) == Some(&true);
        // Rather one that nothing else leads into, with traffic straight on, near the curb.
        let mains: Vec<usize> = next
            .iter()
            .filter_map(|piece| {
                let active = piece.feeds.iter().copied().filter(|at| self.is_active(*at));
                active.max_by_key(|at| (usize::MAX - feeders(*at), straight(*at), *at))
            })
            .collect();
        for (piece, main) in next.iter().zip(&mains) {
            for at in piece.feeds.iter().filter(|at| !mains.contains(at)) {
                if self.is_active(*at) {
                    self.close(*at, *main, row);
                }
            }
        }
    }

    /// Adds the lanes of the junction that a way leads over; gives the distance of its upstream end.
    fn add_inner(&mut self, way: ConnectionIx, onto: &Piece) -> f64 {
        let mut bar_m = onto.end_m();
        for lane in self.net.inner_lanes(way).into_iter().rev() {
            let length_m = self.net.lanes[lane].length_m;
            self.pieces.push(Piece {
                lane,
                bar_m,
                length_m,
                feeds: onto.feeds.clone(),
                is_inner: true,
            });
            bar_m += length_m;
        }
        bar_m
    }

    fn is_active(&self, at: usize) -> bool {
        self.pockets.get(at).is_some_and(Option::is_none)
    }

    /// A lane begins here: it is a pocket of the other.
    fn close(&mut self, pocket: usize, main: usize, row: &[Piece]) {
        let own = row.iter().filter(|piece| piece.feeds.contains(&pocket));
        let length_m = own.map(Piece::end_m).fold(0.0, f64::max);
        if let Some(entry) = self.pockets.get_mut(pocket) {
            *entry = Some((main, length_m));
        }
    }

    fn finish(self, own: &[LaneIx], reach_m: f64) -> Lanes {
        // A pocket may have been opened from a lane that is itself a pocket further up.
        let full = |mut at: usize| {
            while let Some(Some((main, _))) = self.pockets.get(at) {
                at = *main;
            }
            at
        };
        let lanes = own.iter().zip(&self.pockets).map(|(lane, pocket)| OwnLane {
            lane: *lane,
            pocket: pocket.map(|(main, length_m)| (full(main), length_m)),
        });
        let end = self.pieces.iter().map(Piece::end_m).fold(0.0, f64::max);
        let mut pieces = self.pieces;
        pieces.retain(|piece| piece.bar_m < reach_m);
        pieces.sort_by(|a, b| a.bar_m.total_cmp(&b.bar_m).then(a.feeds.cmp(&b.feeds)));
        Lanes {
            own: lanes.collect(),
            pieces,
            length_m: end.min(reach_m),
        }
    }
}

/// A lane may lead into several: then it is one piece that feeds all their lanes.
fn merge(net: &Net, row: &mut Vec<Piece>, lane: LaneIx, bar_m: f64, feeds: &[usize]) {
    if let Some(known) = row.iter_mut().find(|piece| piece.lane == lane) {
        known.feeds.extend(feeds);
        known.feeds.sort_unstable();
        known.feeds.dedup();
        known.bar_m = known.bar_m.min(bar_m);
        return;
    }
    row.push(Piece {
        lane,
        bar_m,
        length_m: net.lanes[lane].length_m,
        feeds: feeds.to_vec(),
        is_inner: false,
    });
}

/// Lanes of an edge that vehicles use, from the median to the curb.
pub(super) fn vehicle_lanes(net: &Net, edge: EdgeIx) -> Vec<LaneIx> {
    let lanes = net.edges[edge].lanes.iter().rev().copied();
    lanes
        .filter(|lane| net.lanes[*lane].is_for_vehicles)
        .collect()
}

/// Edges that vehicles go on to from this one, turning back left out.
pub(super) fn onward_edges(net: &Net, edge: EdgeIx) -> Vec<EdgeIx> {
    let ways = onward(net, edge);
    let mut edges: Vec<EdgeIx> = ways
        .map(|way| net.lanes[net.connections[way].to].edge)
        .collect();
    edges.sort_by_key(|edge| edge.index());
    edges.dedup();
    edges
}

/// Ways of vehicles out of an edge, turning back left out.
pub(super) fn onward(net: &Net, edge: EdgeIx) -> impl Iterator<Item = ConnectionIx> {
    let lanes = net.edges[edge].lanes.iter();
    let lanes = lanes.filter(|lane| net.lanes[**lane].is_for_vehicles);
    lanes
        .flat_map(|lane| net.out_of(*lane).iter().copied())
        .filter(|way| {
            let connection = &net.connections[*way];
            let to = &net.lanes[connection.to];
            connection.direction != Direction::Turnaround && to.is_for_vehicles
        })
}
