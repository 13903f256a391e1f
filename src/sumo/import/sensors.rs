//! Detectors and cameras of an imported site: what a well-equipped intersection has.
//!
//! In: the lanes of an approach. Out: [`Sensors`] with their places in the net. Every lane gets a presence detector and
//! a counter at the stop bar and, where the road is long enough, one upstream; cameras see everything up to
//! `view_m`. Not here: what they tell.

use crate::sumo::net::{LaneIx, Net, Signal};

use super::lanes::{Lanes, Piece};
use super::wiring::Stretch;

/// Presence detector: from this far before the stop bar, so long, m.
const PRESENCE_AT_M: f64 = 1.0;
const PRESENCE_M: f64 = 5.0;
/// Counter and advance detector, m.
const LOOP_M: f64 = 2.0;
/// Where advance detectors are, if the road is long enough, m: 7 s at 50 km/h.
const ADVANCE_AT_M: f64 = 100.0;
/// Closer to the stop bar one tells nothing that the presence detector does not, m.
const ADVANCE_LEAST_M: f64 = 25.0;
/// Distance from the end of a road that is shorter, m.
const FROM_END_M: f64 = 3.0;
/// Cameras tell apart zones of this length, m.
const ZONE_M: f64 = 25.0;
/// Shortest camera view, pocket and approach of a site file, m.
const VIEW_LEAST_M: f64 = 5.0;
const POCKET_LEAST_M: f64 = 6.0;
const APPROACH_LEAST_M: f64 = 6.0;

/// What a detector is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Presence,
    Count,
    Advance,
}

/// A detector, with its place in the net.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detector {
    pub(super) kind: Kind,
    /// Places in [`Lanes::own`].
    pub(super) lanes: Vec<usize>,
    pub(super) distance_m: f64,
    pub(super) length_m: f64,
    pub(super) place: Stretch,
}

/// A camera view, with its place in the net.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    /// Places in [`Lanes::own`].
    pub(super) lanes: Vec<usize>,
    pub(super) from_m: f64,
    pub(super) to_m: f64,
    pub(super) parts: Vec<Stretch>,
    /// The SUMO lane farthest upstream.
    last: LaneIx,
}

/// Length of the approach as the site file has it, m.
pub(super) fn approach_m(lanes: &Lanes) -> f64 {
    tenths_down(lanes.length_m).max(APPROACH_LEAST_M)
}

/// For a pocket: the lane it belongs to (place in [`Lanes::own`]) and its length as the site file has it, m.
pub(super) fn pocket_of(lanes: &Lanes, own: usize) -> Option<(usize, f64)> {
    let (main, length_m) = lanes.own.get(own)?.pocket?;
    let length_m = tenths_down(length_m)
        .max(POCKET_LEAST_M)
        .min(approach_m(lanes));
    Some((main, length_m))
}

/// Length of a lane as the site file has it, m.
fn length_of(lanes: &Lanes, own: usize) -> f64 {
    pocket_of(lanes, own).map_or_else(|| approach_m(lanes), |(_, length_m)| length_m)
}

/// Detectors of an approach: at the stop bar, then upstream.
pub(super) fn detectors(net: &Net, lanes: &Lanes) -> Vec<Detector> {
    let at_bar = |kind: Kind, distance_m: f64, length_m: f64| {
        let own = lanes.own.iter().enumerate();
        own.map(move |(at, lane)| Detector {
            kind,
            lanes: vec![at],
            distance_m,
            length_m,
            place: stretch(net, lane.lane, distance_m, distance_m + length_m),
        })
    };
    let presence = at_bar(Kind::Presence, PRESENCE_AT_M, PRESENCE_M);
    let count = at_bar(Kind::Count, 0.0, LOOP_M);
    presence.chain(count).chain(advance(net, lanes)).collect()
}

fn advance(net: &Net, lanes: &Lanes) -> Vec<Detector> {
    let wanted = ADVANCE_AT_M.min(approach_m(lanes) - FROM_END_M);
    let roads = || lanes.pieces.iter().filter(|piece| !piece.is_inner);
    let holds = |piece: &&Piece, at: f64| piece.bar_m <= at && piece.end_m() >= at + LOOP_M;
    let mut distance_m = tenths_down(wanted);
    if !roads().any(|piece| holds(&piece, distance_m)) {
        // Within a junction: then where the road downstream of it begins.
        let ends = roads()
            .map(Piece::end_m)
            .filter(|end| *end < wanted + LOOP_M);
        distance_m = tenths_down(ends.fold(0.0, f64::max) - FROM_END_M);
    }
    if distance_m < ADVANCE_LEAST_M {
        return Vec::new();
    }
    let found = roads()
        .filter(|piece| holds(piece, distance_m))
        .filter_map(|piece| {
            let reach = distance_m + LOOP_M;
            let mut fed = piece.feeds.clone();
            // Whoever is in front of a pocket may be bound for it; the lane beside it says so already.
            fed.retain(|at| length_of(lanes, *at) >= reach);
            let near = distance_m - piece.bar_m;
            (!fed.is_empty()).then(|| Detector {
                kind: Kind::Advance,
                lanes: fed,
                distance_m,
                length_m: LOOP_M,
                place: stretch(net, piece.lane, near, near + LOOP_M),
            })
        });
    found.collect()
}

/// Camera views of an approach, up to `view_m` from the stop bar: one for every stretch from which the same lanes can
/// be reached.
pub(super) fn views(net: &Net, lanes: &Lanes, view_m: f64) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    for piece in lanes.pieces.iter().filter(|piece| piece.bar_m < view_m) {
        let to_m = piece.end_m().min(view_m);
        let part = stretch(net, piece.lane, 0.0, to_m - piece.bar_m);
        let continues = |view: &&mut View| {
            let same = view.lanes == piece.feeds && (view.to_m - piece.bar_m).abs() < 0.01;
            same && leads_to(net, piece.lane, view.last)
        };
        match views.iter_mut().find(|view| continues(view)) {
            Some(view) => {
                view.parts.push(part);
                view.to_m = to_m;
                view.last = piece.lane;
            }
            None => views.push(View {
                lanes: piece.feeds.clone(),
                from_m: piece.bar_m,
                to_m,
                parts: vec![part],
                last: piece.lane,
            }),
        }
    }
    let mut views: Vec<View> = views.iter().flat_map(zones).collect();
    for view in &mut views {
        let longest = view
            .lanes
            .iter()
            .map(|at| length_of(lanes, *at))
            .fold(0.0, f64::max);
        let to_m = view.to_m.min(longest);
        view.from_m = tenths_down(view.from_m);
        view.to_m = tenths_down(to_m).max(VIEW_LEAST_M);
    }
    // Stretches of a few centimeters at the edge of what can be seen.
    views.retain(|view| view.from_m < view.to_m);
    views.sort_by(|a, b| a.lanes.cmp(&b.lanes).then(a.from_m.total_cmp(&b.from_m)));
    views
}

/// All lanes within the junctions of a signal.
pub(super) fn box_view(net: &Net, signal: &Signal) -> Vec<Stretch> {
    let mut lanes: Vec<LaneIx> = Vec::new();
    for (_, connection) in net.links_of(&signal.id) {
        for lane in net.inner_lanes(*connection) {
            if !lanes.contains(&lane) {
                lanes.push(lane);
            }
        }
    }
    let whole = |lane: LaneIx| stretch(net, lane, 0.0, net.lanes[lane].length_m);
    lanes.into_iter().map(whole).collect()
}

/// A view cut into zones: what is in each is known, where within it is not.
fn zones(view: &View) -> Vec<View> {
    let mut zones: Vec<View> = Vec::new();
    let mut at_m = view.from_m;
    for part in &view.parts {
        let mut end_m = part.to_m;
        while end_m - part.from_m > 0.005 {
            let open = zones
                .last_mut()
                .filter(|zone| zone.to_m - zone.from_m < ZONE_M - 0.1);
            let room_m = open
                .as_ref()
                .map_or(ZONE_M, |zone| ZONE_M - (zone.to_m - zone.from_m));
            let mut taken_m = room_m.min(end_m - part.from_m);
            // No crumbs at the upstream end.
            if end_m - part.from_m - taken_m < VIEW_LEAST_M {
                taken_m = end_m - part.from_m;
            }
            let piece = Stretch {
                lane: part.lane.clone(),
                from_m: end_m - taken_m,
                to_m: end_m,
            };
            match open {
                Some(zone) => {
                    zone.parts.push(piece);
                    zone.to_m += taken_m;
                }
                None => zones.push(View {
                    from_m: at_m,
                    to_m: at_m + taken_m,
                    parts: vec![piece],
                    ..view.clone()
                }),
            }
            at_m += taken_m;
            end_m -= taken_m;
        }
    }
    zones
}

fn leads_to(net: &Net, from: LaneIx, to: LaneIx) -> bool {
    let mut ways = net.out_of(from).iter().map(|way| &net.connections[*way]);
    ways.any(|way| way.to == to || way.via == Some(to))
}

fn tenths_down(meters: f64) -> f64 {
    (meters * 10.0 + 1e-6).floor() / 10.0
}

/// From `near_m` to `far_m` before the end of a lane, as far as the lane reaches.
fn stretch(net: &Net, lane: LaneIx, near_m: f64, far_m: f64) -> Stretch {
    let lane = &net.lanes[lane];
    // Centimeters, as SUMO writes them.
    let position = |from_bar: f64| ((lane.length_m - from_bar).max(0.0) * 100.0).round() / 100.0;
    Stretch {
        lane: lane.id.clone(),
        from_m: position(far_m),
        to_m: position(near_m),
    }
}
