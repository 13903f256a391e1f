//! The next signal down the road.
//!
//! In: the net. Out: [`Onward`]: how far a road goes on, and which signal it leads to. Not here: names.

use crate::sumo::net::{Direction, EdgeIx, Net};

use super::lanes::{onward, onward_edges, vehicle_lanes};

/// Roads are not followed farther than this, m.
const ONWARD_MAX_M: f64 = 3000.0;

/// Where a road leads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Onward {
    /// To the next signal, or to where it is no longer clear which road goes on, m.
    pub(super) length_m: f64,
    /// The signal and the edge at its stop bar.
    pub(super) signal: Option<(String, EdgeIx)>,
}

/// Follows a road from the beginning of `edge`: over junctions without a signal straight on.
pub(super) fn follow(net: &Net, edge: EdgeIx) -> Onward {
    let mut edges = vec![edge];
    let mut length_m = length_of(net, edge);
    let mut here = edge;
    loop {
        let controlled = onward(net, here).find_map(|way| net.connections[way].link.clone());
        if let Some(link) = controlled {
            let signal = Some((link.signal, here));
            return Onward { length_m, signal };
        }
        let Some(next) = next_edge(net, here).filter(|next| !edges.contains(next)) else {
            break;
        };
        let inner = onward(net, here)
            .find(|way| net.lanes[net.connections[*way].to].edge == next)
            .map_or(0.0, |way| {
                let lanes = net.inner_lanes(way).into_iter();
                lanes.map(|lane| net.lanes[lane].length_m).sum()
            });
        length_m += inner + length_of(net, next);
        if length_m > ONWARD_MAX_M {
            break;
        }
        edges.push(next);
        here = next;
    }
    Onward {
        length_m,
        signal: None,
    }
}

fn length_of(net: &Net, edge: EdgeIx) -> f64 {
    let lanes = vehicle_lanes(net, edge);
    lanes.first().map_or(0.0, |lane| net.lanes[*lane].length_m)
}

/// The one edge that follows, or the one that follows straight on.
fn next_edge(net: &Net, edge: EdgeIx) -> Option<EdgeIx> {
    let all = onward_edges(net, edge);
    if let [only] = all.as_slice() {
        return Some(*only);
    }
    let straight =
        onward(net, edge).filter(|way| net.connections[*way].direction == Direction::Straight);
    let mut straight: Vec<EdgeIx> = straight
        .map(|way| net.lanes[net.connections[way].to].edge)
        .collect();
    straight.sort_unstable();
    straight.dedup();
    match straight.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}
