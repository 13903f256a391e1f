//! What is built: strips of road for vehicles to follow one another on, and paths through boxes.
//!
//! In: the sites. Out: [`Layout`], fixed for a run. Every lane and every exit lane is a *strip*; on an
//! approach the stop bar is at x = 0 and upstream is negative, on an exit x grows from 0. A box path
//! continues the coordinate of the approach beyond the stop bar up to its length. An exit that leads to
//! another site of the world has no strips of its own: its vehicles go onto the approach there, which
//! is then as long as the exit says. Not here: anything that moves.

use crate::intersection::{
    ApproachId, CrosswalkId, DetectorFunction, ExitId, Id, Intersection, LaneId, Movement,
    MovementId, Turn,
};

/// All sites.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sites: Vec<SiteLayout>,
    pub(super) strips: Vec<Strip>,
}

/// One site.
#[derive(Debug)]
pub(super) struct SiteLayout {
    pub(super) intersection: Intersection,
    /// Strip of each lane.
    pub(super) lanes: Vec<usize>,
    /// Strips onto which each exit leads; from the median to the curb.
    pub(super) exits: Vec<ExitLayout>,
    /// Path of each movement.
    pub(super) paths: Vec<Path>,
}

/// Where an exit leads.
#[derive(Debug)]
pub(super) struct ExitLayout {
    /// Its strips, or the full-length lanes of the approach downstream.
    pub(super) strips: Vec<usize>,
    /// Site and approach downstream, if they are part of the world.
    pub(super) downstream: Option<(usize, ApproachId)>,
}

/// A lane on which vehicles follow one another.
#[derive(Debug)]
pub(super) struct Strip {
    pub(super) site: usize,
    pub(super) kind: StripKind,
    /// Coordinate of its upstream end, m.
    pub(super) start: f64,
    /// Coordinate of its downstream end, m.
    pub(super) end: f64,
    pub(super) speed_limit: f64,
    /// For a pocket: the strip from which vehicles enter it.
    pub(super) pocket_of: Option<usize>,
    pub(super) loops: Vec<Loop>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StripKind {
    Approach(LaneId),
    Exit(ExitId),
}

/// The part of a detector that lies on a strip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    /// Index of the detector in the site's table.
    pub(super) detector: usize,
    /// Coordinate of its upstream edge, m.
    pub(super) from: f64,
    /// Coordinate of its downstream edge, m.
    pub(super) to: f64,
    /// One pulse per vehicle instead of presence.
    pub(super) pulse: bool,
}

/// The way of one movement through the box.
#[derive(Debug)]
pub(super) struct Path {
    /// Stop bar to exit, m.
    pub(super) length: f64,
    /// Highest speed in the turn, m/s.
    pub(super) turn_speed: Option<f64>,
    pub(super) exit: ExitId,
    /// Where it waits for gaps when it yields: inside the box for left turns, else at the stop bar, m.
    pub(super) gap_point: f64,
    /// Where it waits for pedestrians on the far crosswalk, m.
    pub(super) walk_point: f64,
    /// Part of the path that other paths cross, m.
    pub(super) zone: (f64, f64),
    /// Movements it yields to.
    pub(super) rivals: Vec<Rival>,
    /// Movements that cross its path and to which no yielding is settled: their vehicles must have left
    /// the box before it is entered.
    pub(super) crossing: Vec<MovementId>,
    /// Movements that yield to this one and cross its path.
    pub(super) crossed_by: Vec<MovementId>,
    /// Crosswalks of its exit, to which it yields in the box.
    pub(super) far_crosswalks: Vec<CrosswalkId>,
    /// Crosswalks of its own approach, to which it yields at the stop bar.
    pub(super) near_crosswalks: Vec<CrosswalkId>,
}

/// Someone to yield to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    pub(super) movement: MovementId,
    /// Where on the rival's path the two meet, m from its stop bar.
    pub(super) meets_at: f64,
    /// Where its rear is out of the way; where they meet if both go on to the same exit.
    pub(super) clear_at: f64,
}

/// Speeds in turns, m/s. HCM adjusts saturation flow by 0.95 for left and 0.85 for right turns; with a
/// headway of 1.9 s at 15 m/s and 7.4 m spacing these speeds give 0.89 and 0.83.
const LEFT_TURN_SPEED: f64 = 10.0;
const RIGHT_TURN_SPEED: f64 = 8.0;
const U_TURN_SPEED: f64 = 5.0;
/// Left turners wait for gaps at about this share of their path, but not farther than the limit, m.
const GAP_POINT_SHARE: f64 = 0.4;
const GAP_POINT_MAX: f64 = 9.5;
/// From the gap point a left turn crosses the opposing lanes between these distances, m: two lanes.
const LEFT_ZONE: (f64, f64) = (2.0, 10.0);
/// Other movements are crossed between these shares of their path.
const ZONE: (f64, f64) = (0.3, 0.7);
/// A right turner stops this far before the exit for the crosswalk there, m.
const WALK_MARGIN: f64 = 4.0;

impl Layout {
    pub(super) fn new(intersections: &[Intersection]) -> Self {
        let mut layout = Self {
            sites: Vec::new(),
            strips: Vec::new(),
        };
        for (site, intersection) in intersections.iter().enumerate() {
            let lanes = layout.add_lanes(site, intersection, intersections);
            layout.sites.push(SiteLayout {
                lanes,
                exits: Vec::new(),
                paths: intersection
                    .movements
                    .iter()
                    .map(|(id, _)| path(intersection, id))
                    .collect(),
                intersection: intersection.clone(),
            });
        }
        for (site, intersection) in intersections.iter().enumerate() {
            let exits = intersection
                .exits
                .ids()
                .map(|exit| layout.exit(site, exit, intersection, intersections))
                .collect();
            layout.sites[site].exits = exits;
        }
        layout
    }

    fn add_lanes(
        &mut self,
        site: usize,
        intersection: &Intersection,
        all: &[Intersection],
    ) -> Vec<usize> {
        let first = self.strips.len();
        for (id, lane) in intersection.lanes.iter() {
            let approach = &intersection.approaches[lane.approach];
            let link = upstream_length(intersection, &approach.id, all);
            let length = match lane.pocket_of {
                Some(_) => lane.length_m,
                None => lane.length_m.max(link.unwrap_or(0.0)),
            };
            self.strips.push(Strip {
                site,
                kind: StripKind::Approach(id),
                start: -length,
                end: 0.0,
                speed_limit: lane.speed_limit_mps,
                pocket_of: lane.pocket_of.map(|parent| first + parent.index()),
                loops: loops(intersection, id),
            });
        }
        (first..self.strips.len()).collect()
    }

    fn exit(
        &mut self,
        site: usize,
        exit: ExitId,
        intersection: &Intersection,
        all: &[Intersection],
    ) -> ExitLayout {
        let facts = &intersection.exits[exit];
        let downstream = facts.downstream.as_ref().and_then(|link| {
            let other = all
                .iter()
                .position(|candidate| candidate.id == link.intersection)?;
            let approaches = &all[other].approaches;
            let approach = approaches
                .iter()
                .find(|(_, approach)| approach.id == link.end)?
                .0;
            Some((other, approach))
        });
        let strips = match downstream {
            Some((other, approach)) => all[other].approaches[approach]
                .lanes
                .iter()
                .filter(|&&lane| all[other].lanes[lane].pocket_of.is_none())
                .map(|&lane| self.sites[other].lanes[lane.index()])
                .collect(),
            None => (0..facts.lanes.max(1))
                .map(|_| {
                    self.strips.push(Strip {
                        site,
                        kind: StripKind::Exit(exit),
                        start: 0.0,
                        end: facts.length_m.max(1.0),
                        speed_limit: facts.speed_limit_mps,
                        pocket_of: None,
                        loops: Vec::new(),
                    });
                    self.strips.len() - 1
                })
                .collect(),
        };
        ExitLayout { strips, downstream }
    }

    /// The full-length strip from which `strip` is reached: itself unless it is a pocket.
    pub(super) fn root(&self, strip: usize) -> usize {
        let mut root = strip;
        while let Some(parent) = self.strips[root].pocket_of {
            root = parent;
        }
        root
    }
}

/// Length of the road from the site upstream, if it is part of the world.
fn upstream_length(
    intersection: &Intersection,
    approach: &str,
    all: &[Intersection],
) -> Option<f64> {
    all.iter().find_map(|other| {
        other.exits.iter().find_map(|(_, exit)| {
            let link = exit.downstream.as_ref()?;
            (link.intersection == intersection.id && link.end == approach).then_some(exit.length_m)
        })
    })
}

fn loops(intersection: &Intersection, lane: LaneId) -> Vec<Loop> {
    intersection
        .detectors
        .iter()
        .filter(|(_, detector)| detector.lanes.contains(&lane))
        .map(|(id, detector)| Loop {
            detector: id.index(),
            from: -detector.distance_m - detector.length_m,
            to: -detector.distance_m,
            pulse: detector.function == DetectorFunction::StopBarCount,
        })
        .collect()
}

fn path(intersection: &Intersection, id: MovementId) -> Path {
    let movement = &intersection.movements[id];
    let length = movement.path_m;
    let (turn_speed, gap_point) = match movement.turn {
        Turn::Through => (None, -0.5),
        Turn::Right => (Some(RIGHT_TURN_SPEED), -0.5),
        Turn::Left => (
            Some(LEFT_TURN_SPEED),
            (length * GAP_POINT_SHARE).min(GAP_POINT_MAX),
        ),
        Turn::UTurn => (
            Some(U_TURN_SPEED),
            (length * GAP_POINT_SHARE).min(GAP_POINT_MAX),
        ),
    };
    let zone = match movement.turn {
        Turn::Left | Turn::UTurn => {
            let (from, to) = LEFT_ZONE;
            ((gap_point + from).min(length), (gap_point + to).min(length))
        }
        Turn::Through | Turn::Right => (ZONE.0 * length, ZONE.1 * length),
    };
    let rivals = movement
        .yields_to
        .iter()
        .map(|&rival| {
            let other = &intersection.movements[rival];
            let (meets_at, clear_at) = if other.to == movement.to {
                (other.path_m, other.path_m)
            } else {
                (ZONE.0 * other.path_m, ZONE.1 * other.path_m)
            };
            Rival {
                movement: rival,
                meets_at,
                clear_at,
            }
        })
        .collect();
    let crosswalks = |far: bool| {
        movement
            .yields_to_crosswalks
            .iter()
            .copied()
            .filter(|&id| {
                let near = intersection.crosswalks[id].across_approach == Some(movement.from)
                    && intersection.crosswalks[id].across_exit != Some(movement.to);
                near != far
            })
            .collect()
    };
    Path {
        length,
        turn_speed,
        exit: movement.to,
        gap_point,
        walk_point: (length - WALK_MARGIN).max(0.5),
        zone,
        rivals,
        crossing: crossing(intersection, movement),
        crossed_by: intersection
            .movements
            .iter()
            .filter(|(_, other)| other.yields_to.contains(&id) && other.to != movement.to)
            .map(|(other, _)| other)
            .collect(),
        far_crosswalks: crosswalks(true),
        near_crosswalks: crosswalks(false),
    }
}

fn crossing(intersection: &Intersection, movement: &Movement) -> Vec<MovementId> {
    intersection
        .movements
        .iter()
        .filter(|(id, other)| {
            let settled = movement.yields_to.contains(id)
                || other.yields_to.iter().any(|&yields| {
                    std::ptr::eq(&raw const intersection.movements[yields], movement)
                });
            !settled && chords_cross(intersection, movement, other)
        })
        .map(|(id, _)| id)
        .collect()
}

/// Whether the straight lines from entry to exit cross, incoming lanes lying a little counterclockwise
/// of their road's bearing and outgoing ones a little clockwise.
fn chords_cross(intersection: &Intersection, a: &Movement, b: &Movement) -> bool {
    if a.from == b.from || a.to == b.to {
        return false;
    }
    let entry = |m: &Movement| intersection.approaches[m.from].heading_deg + 180.0 - 1.0;
    let exit = |m: &Movement| intersection.exits[m.to].heading_deg + 1.0;
    let from_a = |bearing: f64| (bearing - entry(a)).rem_euclid(360.0);
    let one_side = |bearing: f64| from_a(bearing) < from_a(exit(a));
    one_side(entry(b)) != one_side(exit(b))
}
