//! The calibration of a rendered camera: what a technician would draw into its picture.
//!
//! In: a site, an approach. Out: the site with that camera, its zones, lines and views. The camera is known
//! exactly here, so marks lie where they should. Not here: pictures.

use super::ground::LANE_M;
use super::ground::{Ground, Place};
use super::lens::Lens;
use super::{SIZE_PX, set_up};
use crate::intersection::{
    ApproachId, Camera, CameraId, Detector, DetectorFunction, Id, Intersection, LaneId, Px, Seen,
    Shape, Strip, Table, View,
};

/// The piece of road where the first vehicle waits, m upstream of the stop bar, and what is left free
/// at the sides of a lane.
pub(in crate::simulation) const ZONE_M: [f64; 2] = [0.8, 5.8];
const ASIDE_M: f64 = 0.4;
/// Departures are counted here, m upstream of the stop bar: beyond those who stand at it, before the crosswalk, and before
/// what drives on the crossing road hides it.
pub(in crate::simulation) const LINE_M: f64 = -1.0;

/// The site with a camera, named like the approach, that sees its views, and with `detectors` also its stop-bar
/// detectors, which then are no loops.
#[must_use]
pub fn calibrated(site: &Intersection, approach: ApproachId, detectors: bool) -> Intersection {
    let (ground, lens) = set_up(site, approach);
    let mut built = site.clone();
    let camera = CameraId::from_index(site.cameras.len());
    let cameras = site.cameras.iter().map(|(_, camera)| camera.clone());
    let name = site.approaches[approach].id.clone();
    built.cameras = Table::new(
        cameras
            .chain([Camera {
                id: name,
                size_px: SIZE_PX,
                remembered: Vec::new(),
                detector: None,
            }])
            .collect(),
    );
    let marks = Marks {
        site,
        approach,
        camera,
        ground,
        lens,
    };
    built.views = site.views.map(|_, view| View {
        seen: marks.view(view).or_else(|| view.seen.clone()),
        ..view.clone()
    });
    if detectors {
        built.detectors = site.detectors.map(|_, detector| Detector {
            seen: marks.detector(detector).or_else(|| detector.seen.clone()),
            ..detector.clone()
        });
    }
    built
}

/// The corners of a piece of lane, as wide as a presence zone.
pub(super) fn cell(
    ground: &Ground,
    lens: &Lens,
    (approach, lane): (ApproachId, LaneId),
    [near, far]: [f64; 2],
) -> Option<[Px; 4]> {
    let middle = ground.middle_m(lane);
    let half = LANE_M / 2.0 - ASIDE_M;
    let see = |back_m: f64, aside_m: f64| {
        let [east, north]: Place = ground.roads[approach].at(back_m, aside_m);
        lens.see([east, north, 0.0])
    };
    let (left, right) = (middle - half, middle + half);
    Some([
        see(near, left)?,
        see(near, right)?,
        see(far, right)?,
        see(far, left)?,
    ])
}

struct Marks<'a> {
    site: &'a Intersection,
    approach: ApproachId,
    camera: CameraId,
    ground: Ground,
    lens: Lens,
}

impl Marks<'_> {
    fn view(&self, view: &View) -> Option<Strip> {
        // Upstream of its opening a pocket is the lane beside it.
        let lanes = view
            .lanes
            .iter()
            .filter(|&&lane| self.site.lanes[lane].approach == self.approach);
        let lane = *lanes.min_by_key(|&&lane| self.site.lanes[lane].pocket_of.is_some())?;
        let middle = self.ground.middle_m(lane);
        let sides = [middle - LANE_M / 2.0, middle + LANE_M / 2.0];
        let corners_px = self.quad([view.from_m, view.to_m], sides)?;
        Some(Strip {
            by: self.camera,
            corners_px,
        })
    }

    fn detector(&self, detector: &Detector) -> Option<Seen> {
        let [lane] = detector.lanes[..] else {
            return None;
        };
        if self.site.lanes[lane].approach != self.approach {
            return None;
        }
        let middle = self.ground.middle_m(lane);
        let half = LANE_M / 2.0;
        let [left, right] = [middle - half + ASIDE_M, middle + half - ASIDE_M];
        let shape = match detector.function {
            DetectorFunction::StopBarPresence => {
                Shape::Zone(self.quad(ZONE_M, [left, right])?.to_vec())
            }
            DetectorFunction::StopBarCount => {
                Shape::Line([self.see(LINE_M, left)?, self.see(LINE_M, right)?])
            }
            DetectorFunction::Advance | DetectorFunction::PedestrianButton => return None,
        };
        let [from, to] = [self.see(LINE_M, middle)?, self.see(LINE_M - 2.0, middle)?];
        let [x, y] = [to[0] - from[0], to[1] - from[1]];
        let length = x.hypot(y);
        Some(Seen {
            by: self.camera,
            shape,
            travel: Some([x / length, y / length]),
        })
    }

    /// Front left, front right, rear right, rear left.
    fn quad(&self, [near, far]: [f64; 2], [left, right]: [f64; 2]) -> Option<[Px; 4]> {
        Some([
            self.see(near, left)?,
            self.see(near, right)?,
            self.see(far, right)?,
            self.see(far, left)?,
        ])
    }

    fn see(&self, back_m: f64, aside_m: f64) -> Option<Px> {
        let [east, north]: Place = self.ground.roads[self.approach].at(back_m, aside_m);
        self.lens.see([east, north, 0.0])
    }
}
