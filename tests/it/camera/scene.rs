//! A street that is painted pixel by pixel: a road with marks, noise, vehicles as boxes with a dark window, shadows.

use phasewise::camera::Frame;
use phasewise::intersection::{CameraId, Intersection};

pub(super) const WIDTH: usize = 320;
pub(super) const HEIGHT: usize = 240;

/// One approach that comes down the picture, 40 px a lane, with the stop bar at row 150: a zone upstream of
/// it, a line downstream of it, each 60 px wide around column 160.
pub(super) const SITE: &str = r#"[site]
id = "painted"
name = "Painted"
simulated = true
approaches = [{ id = "north", heading_deg = 180, length_m = 100, speed_limit_kmh = 50, crossing_m = 15 }]
exits = [{ id = "south", lanes = 1, length_m = 100, heading_deg = 180, speed_limit_kmh = 50 }]
lanes = [{ id = "lane", approach = "north" }]
movements = [{ id = "through", from = "north", to = "south", turn = "through", lanes = ["lane"], protected = [2] }]
rings = ["2"]
cameras = [{ id = "camera", size_px = [320, 240] }]
detectors = [
  { id = "stop", channel = 1, function = "stop-bar-presence", lanes = ["lane"], camera = "camera", zone_px = [[140, 100], [180, 100], [180, 150], [140, 150]], toward_px = [160, 240] },
  { id = "count", channel = 2, function = "stop-bar-count", lanes = ["lane"], camera = "camera", line_px = [[110, 170], [210, 170]], toward_px = [160, 240] },
]

[site.phases]
2 = "through"

[safety.phases]
2 = { min_green_s = 5, yellow_change_s = 3.3, red_clearance_s = 1.6 }

[tuning.phases]
2 = { max_green_s = 30, recall = "min" }
"#;

pub(super) fn site() -> (Intersection, CameraId) {
    let site = Intersection::parse(SITE, "painted").unwrap();
    let camera = site.cameras.ids().next().unwrap();
    (site, camera)
}

/// A box: left, top, width, height, and how bright it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Car(pub(super) [f64; 4], pub(super) u8);

/// One frame under the brush.
pub(super) struct Painting {
    bgr: Vec<u8>,
    noise: u32,
}

impl Painting {
    /// An empty road: gray, two lane marks, a stop bar, houses with windows on both sides; noise of ±3.
    pub(super) fn road(seed: u32) -> Self {
        let mut painting = Self {
            bgr: vec![0; WIDTH * HEIGHT * 3],
            noise: seed.wrapping_mul(2_654_435_761).wrapping_add(1),
        };
        painting.fill([0.0, 0.0, 320.0, 240.0], 105);
        for row in 0..5 {
            for side in [10.0, 50.0, 250.0, 285.0] {
                painting.fill([side, 15.0 + 45.0 * f64::from(row), 20.0, 22.0], 190);
            }
        }
        for row in 0..6 {
            painting.fill([137.0, 40.0 * f64::from(row), 3.0, 18.0], 220);
            painting.fill([181.0, 40.0 * f64::from(row), 3.0, 18.0], 220);
        }
        painting.fill([140.0, 152.0, 40.0, 4.0], 230);
        painting
    }

    pub(super) fn fill(&mut self, [left, top, width, height]: [f64; 4], gray: u8) {
        self.each([left, top, width, height], |_| gray);
    }

    fn each(&mut self, [left, top, width, height]: [f64; 4], change: impl Fn(u8) -> u8) {
        for (row, line) in self.bgr.chunks_exact_mut(WIDTH * 3).enumerate() {
            for (column, pixel) in line.chunks_exact_mut(3).enumerate() {
                let (x, y) = (column as f64 - left, row as f64 - top);
                if (0.0..width).contains(&x) && (0.0..height).contains(&y) {
                    pixel.iter_mut().for_each(|value| *value = change(*value));
                }
            }
        }
    }

    /// A vehicle with a windscreen and a rear window.
    pub(super) fn car(mut self, Car([left, top, width, height], gray): Car) -> Self {
        self.fill([left, top, width, height], gray);
        for part in [0.2, 0.7] {
            self.fill(
                [left + 3.0, top + part * height, width - 6.0, 0.14 * height],
                30,
            );
        }
        self
    }

    /// Light of another strength on a piece of the picture.
    pub(super) fn light(mut self, area: [f64; 4], share: f64) -> Self {
        self.each(area, |value| (f64::from(value) * share).min(255.0) as u8);
        self
    }

    /// The bytes, with noise.
    pub(super) fn bytes(mut self) -> Vec<u8> {
        for value in &mut self.bgr {
            self.noise = self
                .noise
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            let noise = i16::from((self.noise >> 24) as u8 % 7) - 3;
            *value = (i16::from(*value) + noise).clamp(0, 255) as u8;
        }
        self.bgr
    }
}

pub(super) fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame::new(WIDTH, HEIGHT, bytes).unwrap()
}
