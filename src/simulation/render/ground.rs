//! Where things lie on the ground: lanes, paths through the box and crosswalks, in meters.
//!
//! In: a site. Out: places east and north of its middle. The site file knows bearings, lanes and lengths, not
//! true geometry: every road is drawn straight toward one middle, lanes 3.5 m wide, paths through the box as
//! smooth bends, which may be longer or shorter than the file says. Not here: anything seen from a camera (`lens.rs`).

use crate::intersection::{
    Approach, ApproachId, CrosswalkId, ExitId, Intersection, LaneId, MovementId, Table,
};
use crate::simulation::world::Way;

/// A place on the ground: m east and m north of the middle.
pub(super) type Place = [f64; 2];

/// Width of a lane, m: the 12 ft of AASHTO's Green Book, less the marking.
pub(super) const LANE_M: f64 = 3.5;
/// A lane change into a pocket takes this long, m.
const TAPER_M: f64 = 20.0;
/// From the side of the crossing road to a stop bar, m.
const BESIDE_M: f64 = 6.0;
/// Where a crosswalk lies, m upstream of the stop bar.
pub(super) const CROSSWALK_M: std::ops::Range<f64> = -4.2..-1.2;
/// How far paths through the box go straight on before they bend, as a share of the way to the middle.
const BEND: f64 = 0.55;

/// A road as seen from the middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Road {
    /// Direction of travel toward the middle.
    toward: Place,
    /// To the right of that.
    right: Place,
    /// Stop bar to the middle, m.
    bar_m: f64,
    /// Where the innermost lane begins, to the right of the axis of the road, m.
    pub(super) inner_m: f64,
    /// Lanes that enter, on the right of the axis, and that leave, on the left.
    pub(super) lanes: usize,
    pub(super) exit_lanes: usize,
}

impl Road {
    fn new(heading_deg: f64, bar_m: f64) -> Self {
        let (sin, cos) = heading_deg.to_radians().sin_cos();
        Self {
            toward: [sin, cos],
            right: [cos, -sin],
            bar_m,
            inner_m: 0.0,
            lanes: 0,
            exit_lanes: 0,
        }
    }

    /// The place `back_m` upstream of the stop bar and `aside_m` to the right of the axis.
    pub(super) fn at(&self, back_m: f64, aside_m: f64) -> Place {
        let away = self.bar_m + back_m;
        [0, 1].map(|axis| self.right[axis] * aside_m - self.toward[axis] * away)
    }

    /// How far upstream of the stop bar, and to the right of the axis, a place lies.
    pub(super) fn from(&self, place: Place) -> (f64, f64) {
        let along = self.toward[0] * place[0] + self.toward[1] * place[1];
        let aside = self.right[0] * place[0] + self.right[1] * place[1];
        (-along - self.bar_m, aside)
    }

    /// From the stop bar to the middle, m.
    pub(super) fn bar_m(&self) -> f64 {
        self.bar_m
    }

    /// The left curb and the right one, m right of the axis.
    pub(super) fn curbs(&self) -> (f64, f64) {
        let left = self.inner_m - count(self.exit_lanes) * LANE_M;
        (left, self.inner_m + count(self.lanes) * LANE_M)
    }

    /// The middle of the entering lane in this place from the axis.
    fn lane_middle(&self, place: usize) -> f64 {
        self.inner_m + (count(place) + 0.5) * LANE_M
    }
}

/// A site on the ground.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    /// Roads by which vehicles enter, …
    pub(super) roads: Table<ApproachId, Road>,
    /// … and those by which they only leave.
    pub(super) exits_only: Vec<Road>,
    lanes: Table<LaneId, LaneOnGround>,
    paths: Table<MovementId, (ExitId, f64)>,
    /// The road of each exit, and its lanes from the axis outward, m right of it, seen toward the middle.
    exits: Table<ExitId, (Road, Vec<f64>)>,
    /// The approach that each crosswalk crosses, if it is one.
    crosswalks: Table<CrosswalkId, Option<ApproachId>>,
}

#[derive(Clone, Copy, Debug)]
struct LaneOnGround {
    approach: ApproachId,
    /// Where it opens if it is a pocket, m upstream.
    pocket_m: f64,
    /// Its middle, and that of the lane it is entered from, m right of the axis.
    middle_m: f64,
    parent_middle_m: f64,
}

impl Ground {
    pub(super) fn new(site: &Intersection) -> Self {
        let bar_m = bar_m(site);
        let exit_of = |approach: &Approach| {
            let mut exits = site.exits.iter().map(|(_, exit)| exit);
            exits.find(|exit| opposite(approach.heading_deg, exit.heading_deg))
        };
        let roads = site.approaches.map(|_, approach| {
            let mut road = Road::new(approach.heading_deg, bar_m);
            road.lanes = approach.lanes.len();
            match exit_of(approach) {
                Some(exit) => road.exit_lanes = exit.lanes,
                // A one-way road is centered.
                None => road.inner_m = -LANE_M * count(road.lanes) / 2.0,
            }
            road
        });
        let exits = site.exits.map(|_, exit| {
            let mut shared = site.approaches.iter();
            let shared =
                shared.find(|(_, approach)| opposite(approach.heading_deg, exit.heading_deg));
            let road = shared.map_or_else(
                || {
                    let mut road = Road::new(exit.heading_deg + 180.0, bar_m);
                    road.exit_lanes = exit.lanes;
                    road.inner_m = LANE_M * count(exit.lanes) / 2.0;
                    road
                },
                |(id, _)| roads[id],
            );
            let middles =
                (0..exit.lanes.max(1)).map(|lane| road.inner_m - (count(lane) + 0.5) * LANE_M);
            (road, middles.collect())
        });
        let middle = |id: LaneId| {
            let approach = site.lanes[id].approach;
            let mut lanes = site.approaches[approach].lanes.iter();
            let place = lanes.position(|lane| *lane == id).unwrap_or(0);
            roads[approach].lane_middle(place)
        };
        let exits_only = exits.iter().map(|(_, (road, _)): (_, &(Road, _))| *road);
        Self {
            exits_only: exits_only.filter(|road| road.lanes == 0).collect(),
            lanes: site.lanes.map(|id, lane| LaneOnGround {
                approach: lane.approach,
                pocket_m: lane.length_m,
                middle_m: middle(id),
                parent_middle_m: middle(lane.pocket_of.unwrap_or(id)),
            }),
            paths: site
                .movements
                .map(|_, movement| (movement.to, movement.path_m)),
            crosswalks: site
                .crosswalks
                .map(|_, crosswalk| crosswalk.across_approach),
            roads,
            exits,
        }
    }

    /// The approach that a lane belongs to.
    pub(super) fn approach_of(&self, lane: LaneId) -> ApproachId {
        self.lanes[lane].approach
    }

    /// The middle of a lane, m right of the axis of its road.
    pub(super) fn middle_m(&self, lane: LaneId) -> f64 {
        self.lanes[lane].middle_m
    }

    /// The place `along_m` beyond the stop bar on this way; upstream is negative.
    pub(super) fn on(&self, way: Way, along_m: f64) -> Place {
        let lane = self.lanes[way.lane];
        let road = &self.roads[lane.approach];
        if along_m <= 0.0 {
            return road.at(-along_m, lane.aside(-along_m));
        }
        let (exit, length_m) = self.paths[way.movement];
        let (exit_road, middles) = &self.exits[exit];
        let exit_middle = middles.get(way.exit_lane).or(middles.first());
        let exit_middle = exit_middle.copied().unwrap_or_default();
        if along_m >= length_m {
            return exit_road.at(along_m - length_m, exit_middle);
        }
        // A cubic bend (Bézier) that leaves along one road and arrives along the other.
        let share = along_m / length_m;
        let rest = 1.0 - share;
        let pull = BEND * road.bar_m;
        let points = [
            (rest * rest * rest, road.at(0.0, lane.middle_m)),
            (3.0 * rest * rest * share, road.at(-pull, lane.middle_m)),
            (3.0 * rest * share * share, exit_road.at(-pull, exit_middle)),
            (share * share * share, exit_road.at(0.0, exit_middle)),
        ];
        [0, 1].map(|axis| {
            points
                .iter()
                .map(|(weight, place)| weight * place[axis])
                .sum()
        })
    }

    /// The place this share of the way over a crosswalk, from its end at the exit; `side` 0 to 1 is where
    /// on its width. `None` for crosswalks of roads that nobody enters by.
    pub(super) fn on_crosswalk(
        &self,
        crosswalk: CrosswalkId,
        share: f64,
        side: f64,
    ) -> Option<Place> {
        let road = &self.roads[self.crosswalks[crosswalk]?];
        let (left, right) = road.curbs();
        let back = CROSSWALK_M.start + (CROSSWALK_M.end - CROSSWALK_M.start) * side;
        Some(road.at(back, left + (right - left) * share))
    }

    /// Whether a crosswalk is painted across the road of this approach.
    pub(super) fn has_crosswalk(&self, approach: ApproachId) -> bool {
        self.crosswalks
            .iter()
            .any(|(_, over)| *over == Some(approach))
    }
}

impl LaneOnGround {
    /// Right of the axis, this far upstream: a pocket is entered from its parent where it opens.
    fn aside(&self, back_m: f64) -> f64 {
        let inside = ((self.pocket_m - back_m) / TAPER_M).clamp(0.0, 1.0);
        self.parent_middle_m + (self.middle_m - self.parent_middle_m) * inside
    }
}

/// From the stop bars to the middle, m: the widest road, and the crosswalk beside it.
fn bar_m(site: &Intersection) -> f64 {
    let entering = site
        .approaches
        .iter()
        .map(|(_, approach)| approach.lanes.len());
    let leaving = site.exits.iter().map(|(_, exit)| exit.lanes);
    let widest = entering.chain(leaving).max().unwrap_or(1);
    count(widest) * LANE_M + BESIDE_M
}

/// Whether an exit leaves along the road by which an approach comes.
fn opposite(approach_deg: f64, exit_deg: f64) -> bool {
    ((exit_deg - approach_deg).rem_euclid(360.0) - 180.0).abs() < 20.0
}

#[expect(clippy::cast_precision_loss, reason = "lanes of a road")]
fn count(lanes: usize) -> f64 {
    lanes as f64
}
