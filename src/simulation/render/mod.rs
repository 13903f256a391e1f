//! A camera in the traffic world: pictures of one approach, as a camera on the far side of the box would take them.
//!
//! In: a site, the world at a moment, a scene. Out: frames, and where detectors and views lie in them. What is
//! rendered is what makes cameras err: perspective, vehicles that hide others, shadows, dusk, lamps, noise,
//! a mast in the wind. Not here: counting, which `camera/` does as on the street; and no picture is kept.

mod bodies;
mod ground;
mod lens;
mod marks;
mod picture;
mod scene;
mod street;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::cameras::CameraFault;
use super::draw;
use super::world::{OnWay, Truth};
use crate::camera::Frame;
use crate::intersection::{ApproachId, DetectorId, Intersection, LaneId, Px, Shape, ViewId};
use crate::units::Timestamp;

use bodies::Painter;
use ground::Ground;
use lens::Lens;
use picture::{Color, Paint, Picture, byte};
use scene::Light;

pub use marks::calibrated;
pub(super) use marks::{LINE_M, ZONE_M};
pub use picture::Snapshot;
pub use scene::Scene;

/// Size of the pictures, px.
pub const SIZE_PX: [u32; 2] = [640, 360];
/// The camera hangs this high, and this far beyond the opposite stop bar, m.
const HIGH_M: f64 = 10.0;
const BEYOND_M: f64 = 1.0;
/// It sees the road from here to there, m upstream of the stop bar, …
const SEEN_M: [f64; 2] = [-8.0, 112.0];
/// … and this much beside the lanes, m.
const BESIDE_M: f64 = 2.5;
/// A camera that has been moved looks this much to the side, degrees.
const MOVED_DEG: f64 = 5.0;
/// The street is painted this much larger than the picture, so that it can sway, px.
const MARGIN_PX: usize = 8;
/// A covered lens lets this much through, of 255.
const COVERED: f32 = 9.0;
/// Pieces of road that are shown to who learns what vehicles look like, m upstream of the stop bar: the presence zone and some like
/// it. All pockets are longer.
const CELLS_M: [[f64; 2]; 4] = [ZONE_M, [7.5, 12.5], [14.5, 19.5], [22.0, 27.0]];
/// Bytes of noise before it repeats.
const NOISE_LENGTH: usize = 1 << 18;

/// A vehicle on the ground before the camera; m upstream of the stop bar.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnRoad {
    pub(super) number: usize,
    pub(super) lane: LaneId,
    pub(super) front_m: f64,
    pub(super) rear_m: f64,
}

/// What a pipeline told of one frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) occupied: Vec<DetectorId>,
    /// The upstream ends of queues, m from the stop bar.
    pub(super) queues: Vec<(ViewId, f64)>,
}

/// Colors of what is drawn into pictures.
const QUEUE: Color = [0.0, 50.0, 110.0];
const VIEW: Color = [200.0, 150.0, 60.0];
const OCCUPIED: Color = [40.0, 40.0, 235.0];
const EMPTY: Color = [80.0, 200.0, 60.0];
const LINE: Color = [40.0, 220.0, 240.0];

/// Films one approach.
#[derive(Clone, Debug)]
pub struct Film {
    approach: ApproachId,
    ground: Ground,
    lens: Lens,
    light: Light,
    /// The street without anybody, larger than the picture.
    backdrop: Picture,
    picture: Picture,
    noise: Vec<i8>,
    moved: bool,
    seed: u64,
    rng: Pcg64Mcg,
}

impl Film {
    /// A camera that films this approach of the site.
    #[must_use]
    pub fn new(site: &Intersection, approach: ApproachId, scene: Scene, seed: u64) -> Self {
        let (ground, lens) = set_up(site, approach);
        let light = scene.light();
        let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "film", 0));
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
        let noise = std::iter::repeat_with(|| {
            draw::normal(&mut rng, 0.0, f64::from(light.noise)).round() as i8
        });
        let noise = noise.take(NOISE_LENGTH).collect();
        let [width, height] = SIZE_PX.map(pixels);
        Self {
            approach,
            backdrop: backdrop(&ground, &lens, &light, seed),
            picture: Picture::new(width, height),
            ground,
            lens,
            light,
            noise,
            moved: false,
            seed,
            rng,
        }
    }

    /// The picture at this moment, which must not be before the one of the last picture.
    ///
    /// # Panics
    /// Never: the picture has the size that it says.
    pub fn shoot(
        &mut self,
        truth: &Truth<'_>,
        at: Timestamp,
        fault: Option<CameraFault>,
    ) -> Frame<'_> {
        match fault {
            Some(CameraFault::Frozen) => {}
            Some(CameraFault::Blind) => {
                self.picture.bgr.fill(byte(COVERED));
                self.develop(1.0);
            }
            Some(CameraFault::Moved) | None => {
                self.point(fault.is_some());
                let sway = self.light.sway(at);
                let corner = sway.map(|px| MARGIN_PX.saturating_add_signed(px));
                self.picture
                    .copy_part(&self.backdrop, (corner[0], corner[1]));
                #[expect(clippy::cast_precision_loss, reason = "a few pixels")]
                let lens = self.lens.shifted(sway.map(|px| -(px as f64)));
                let painter = Painter {
                    ground: &self.ground,
                    lens: &lens,
                    light: &self.light,
                };
                painter.paint(
                    &mut self.picture,
                    &truth.vehicles(0, at),
                    &truth.people(0, at),
                );
                self.develop(self.light.brightness(at));
            }
        }
        let [width, height] = SIZE_PX.map(pixels);
        match Frame::new(width, height, &self.picture.bgr) {
            Some(frame) => frame,
            None => unreachable!("the picture has the size that it says"),
        }
    }

    /// The last picture with what was drawn into it: zones (red while occupied), lines, views, and the queue in each view.
    pub(super) fn annotated(&self, site: &Intersection, told: &Told) -> Snapshot {
        let mut picture = self.picture.clone();
        for (id, view) in site.views.iter() {
            let Some(strip) = &view.seen else {
                continue;
            };
            let queue = told.queues.iter().find(|(view, _)| *view == id);
            if let Some((_, end_m)) = queue.filter(|(_, end_m)| *end_m > view.from_m) {
                let share = ((end_m - view.from_m) / (view.to_m - view.from_m)).clamp(0.0, 1.0);
                picture.fill(&self.part(&strip.corners_px, share), Paint::Light(QUEUE));
            }
            picture.outline(&strip.corners_px, VIEW);
        }
        for (id, detector) in site.detectors.iter() {
            match detector.seen.as_ref().map(|seen| &seen.shape) {
                Some(Shape::Zone(corners)) => {
                    let occupied = told.occupied.contains(&id);
                    picture.outline(corners, if occupied { OCCUPIED } else { EMPTY });
                }
                Some(Shape::Line(ends)) => picture.outline(ends, LINE),
                None => {}
            }
        }
        picture.snapshot()
    }

    /// The part of a view from its front on, this share of its length on the ground.
    fn part(&self, corners: &[Px; 4], share: f64) -> [Px; 4] {
        let [front_left, front_right, rear_right, rear_left] = *corners;
        let back = |front: Px, rear: Px| {
            let (near, far) = (self.lens.ground(front)?, self.lens.ground(rear)?);
            let [east, north] = [0, 1].map(|axis| near[axis] + (far[axis] - near[axis]) * share);
            self.lens.see([east, north, 0.0])
        };
        let right = back(front_right, rear_right).unwrap_or(rear_right);
        let left = back(front_left, rear_left).unwrap_or(rear_left);
        [front_left, front_right, right, left]
    }

    /// Vehicles from the lanes of this approach at this moment, as they lie on the ground.
    pub(super) fn on_road(&self, truth: &Truth<'_>, at: Timestamp) -> Vec<OnRoad> {
        let road = &self.ground.roads[self.approach];
        let vehicles = truth.vehicles(0, at).into_iter();
        let vehicles = vehicles.filter(|it| self.ground.approach_of(it.way.lane) == self.approach);
        let place = |vehicle: OnWay| {
            let (front_m, _) = road.from(self.ground.on(vehicle.way, vehicle.front_m));
            OnRoad {
                number: vehicle.number,
                lane: vehicle.way.lane,
                front_m,
                rear_m: front_m + vehicle.length_m,
            }
        };
        vehicles.map(place).collect()
    }

    /// Pieces of road on the lanes of this approach, from here to there upstream of the stop bar, and their corners in the picture.
    pub(super) fn cells(&self, site: &Intersection) -> Vec<(LaneId, [f64; 2], [Px; 4])> {
        let lanes = site.approaches[self.approach].lanes.iter();
        let cells = lanes.flat_map(|lane| CELLS_M.iter().map(move |ends_m| (*lane, *ends_m)));
        let cells = cells.filter_map(|(lane, ends_m)| {
            let corners = marks::cell(&self.ground, &self.lens, (self.approach, lane), ends_m)?;
            Some((lane, ends_m, corners))
        });
        cells.collect()
    }

    /// Turns the camera, or turns it back.
    fn point(&mut self, moved: bool) {
        if moved != self.moved {
            self.moved = moved;
            let turn_deg = if moved { MOVED_DEG } else { -MOVED_DEG };
            self.lens = self.lens.turned(turn_deg);
            self.backdrop = backdrop(&self.ground, &self.lens, &self.light, self.seed);
        }
    }

    /// Brightness and noise of the finished picture.
    fn develop(&mut self, brightness: f32) {
        let mut lit = [0_u8; 256];
        for (value, lit) in lit.iter_mut().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "0 to 255")]
            let value = value as f32;
            *lit = byte(value * brightness);
        }
        for row in self.picture.bgr.chunks_mut(self.picture.width * 3) {
            let from = self.rng.random_range(0..NOISE_LENGTH - row.len());
            for (value, noise) in row.iter_mut().zip(&self.noise[from..]) {
                *value = lit[usize::from(*value)].saturating_add_signed(*noise);
            }
        }
    }
}

/// The ground of a site, and the camera that films this approach.
fn set_up(site: &Intersection, approach: ApproachId) -> (Ground, Lens) {
    let ground = Ground::new(site);
    let road = &ground.roads[approach];
    let (_, curb) = road.curbs();
    let middle = f64::midpoint(road.inner_m, curb);
    let eye_m = -(2.0 * road.bar_m() + BEYOND_M);
    let eye = road.at(eye_m, middle);
    let down = SEEN_M.map(|back_m| (HIGH_M / (back_m - eye_m)).atan());
    let half_high = (down[0] - down[1]) / 2.0;
    let target_m = eye_m + HIGH_M / (down[1] + half_high).tan();
    let target = road.at(target_m, middle);
    let size = SIZE_PX.map(f64::from);
    // Wide enough for the lanes at the near end, and high enough from the near to the far end.
    let wide = ((curb - road.inner_m) / 2.0 + BESIDE_M) / (SEEN_M[0] - eye_m);
    let high = half_high.tan() * size[0] / size[1];
    let wide_deg = 2.0 * wide.max(high).atan().to_degrees();
    let lens = Lens::new(
        [eye[0], eye[1], HIGH_M],
        [target[0], target[1], 0.0],
        wide_deg,
        size,
    );
    (ground, lens)
}

fn backdrop(ground: &Ground, lens: &Lens, light: &Light, seed: u64) -> Picture {
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let margin = MARGIN_PX as f64;
    let size = SIZE_PX.map(|side| pixels(side) + 2 * MARGIN_PX);
    street::paint(ground, &lens.shifted([margin; 2]), light, size, seed)
}

/// A side of a picture.
fn pixels(side: u32) -> usize {
    usize::try_from(side).unwrap_or(usize::MAX)
}
