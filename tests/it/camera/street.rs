//! A street in perspective: a camera on a mast that looks at one approach of two lanes, cars as boxes with windows that hide what is
//! behind them, a signal, and drivers who follow one another (Newell's model). Truth is known for every frame.

use phasewise::camera::Frame;
use phasewise::intersection::{CameraId, Intersection};

/// A place on the road or above it: right of the left edge of the left lane, upstream of the stop bar, up; m.
pub(super) type Place = [f64; 3];

/// A camera on a mast beyond the stop bar that looks upstream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mast {
    pub(super) place: Place,
    /// How far below the horizon it looks, and how far to the right, radians.
    pub(super) down: f64,
    pub(super) right: f64,
    /// Focal length, px.
    pub(super) focal: f64,
    pub(super) size: [usize; 2],
}

/// A lane is so wide, m.
pub(super) const LANE: f64 = 3.4;

impl Mast {
    /// Eight meters up, across the junction, between both lanes.
    pub(super) fn usual() -> Self {
        Self {
            place: [5.0, -22.0, 8.0],
            down: 0.16,
            right: -0.04,
            focal: 620.0,
            size: [640, 360],
        }
    }

    /// Where a place is in the picture.
    pub(super) fn px(&self, [x, y, z]: Place) -> [f64; 2] {
        let [x, y, z] = [x - self.place[0], y - self.place[1], z - self.place[2]];
        // Looking upstream, the right hand of a driver who comes is on the left.
        let (sin, cos) = self.right.sin_cos();
        let (x, y) = (-x * cos - y * sin, y * cos - x * sin);
        let (sin, cos) = self.down.sin_cos();
        let (depth, up) = (y * cos - z * sin, y * sin + z * cos);
        let depth = depth.max(0.5);
        let [width, height] = self.size.map(|side| side as f64 / 2.0);
        [
            width + self.focal * x / depth,
            height - self.focal * up / depth,
        ]
    }

    /// Corners of a lane between two distances, as the site file wants them.
    pub(super) fn corners(&self, lane: f64, [from, to]: [f64; 2]) -> [[f64; 2]; 4] {
        let (left, right) = (lane * LANE, (lane + 1.0) * LANE);
        [
            self.px([left, from, 0.0]),
            self.px([right, from, 0.0]),
            self.px([right, to, 0.0]),
            self.px([left, to, 0.0]),
        ]
    }

    /// A site whose two lanes have a view each, 0 to `to` m, as calibrated with this camera.
    pub(super) fn site(&self, to: f64) -> (Intersection, CameraId) {
        let site = Intersection::parse(&self.site_text(to), "street").unwrap();
        let camera = site.cameras.ids().next().unwrap();
        (site, camera)
    }

    pub(super) fn site_text(&self, to: f64) -> String {
        let [width, height] = self.size;
        let view = |lane: f64, name: &str| {
            let corners = self.corners(lane, [0.0, to]);
            format!(
                "  {{ id = \"{name} view\", lanes = [\"{name}\"], from_m = 0, to_m = {to}, camera = \"mast\", corners_px = {corners:?} }},\n"
            )
        };
        format!(
            r#"[site]
id = "street"
name = "Street"
simulated = true
approaches = [{{ id = "north", heading_deg = 180, length_m = 200, speed_limit_kmh = 50, crossing_m = 15 }}]
exits = [{{ id = "south", lanes = 2, length_m = 100, heading_deg = 180, speed_limit_kmh = 50 }}]
lanes = [{{ id = "left", approach = "north" }}, {{ id = "right", approach = "north" }}]
movements = [{{ id = "through", from = "north", to = "south", turn = "through", lanes = ["left", "right"], protected = [2] }}]
rings = ["2"]
cameras = [{{ id = "mast", size_px = [{width}, {height}] }}]
detectors = []
views = [
{}{}]

[site.phases]
2 = "through"

[safety.phases]
2 = {{ min_green_s = 5, yellow_change_s = 3.3, red_clearance_s = 1.6 }}

[tuning.phases]
2 = {{ max_green_s = 30, recall = "min" }}
"#,
            view(0.0, "left"),
            view(1.0, "right")
        )
    }
}

/// A car now: lane, front, m upstream of the stop bar (negative: past it), length, and how bright it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Car {
    pub(super) lane: usize,
    pub(super) front: f64,
    pub(super) speed: f64,
    pub(super) length: f64,
    pub(super) gray: u8,
}

/// A picture under the brush.
pub(super) struct Picture {
    size: [usize; 2],
    bgr: Vec<u8>,
}

impl Picture {
    /// The street with these cars; noise of ±4 from `seed`.
    pub(super) fn of(mast: &Mast, cars: &[Car], seed: u32) -> Self {
        let mut picture = Self {
            size: mast.size,
            bgr: vec![150; mast.size[0] * mast.size[1] * 3],
        };
        let ground = |left: f64, right: f64, near: f64, far: f64| {
            [
                [left, near, 0.0],
                [right, near, 0.0],
                [right, far, 0.0],
                [left, far, 0.0],
            ]
        };
        picture.face(mast, ground(-60.0, 60.0, -19.0, 400.0), 128);
        picture.face(mast, ground(-0.3, 2.0 * LANE + 0.3, -19.0, 400.0), 98);
        for number in 0..30 {
            let at = f64::from(number) * 9.0;
            picture.face(mast, ground(LANE - 0.07, LANE + 0.07, at, at + 4.0), 205);
            for side in [-12.0, 2.0 * LANE + 6.0] {
                let wall = |left: f64, near: f64, high: f64| {
                    [
                        [left, near, 0.0],
                        [left + 6.0, near, 0.0],
                        [left + 6.0, near, high],
                        [left, near, high],
                    ]
                };
                let gray = 60 + ((number * 37) % 120) as u8;
                picture.face(mast, wall(side, 20.0 + at, 5.0), gray);
            }
        }
        picture.face(mast, ground(0.0, 2.0 * LANE, -0.6, -0.2), 215);
        let mut far_first: Vec<&Car> = cars.iter().filter(|car| car.front > -14.0).collect();
        far_first.sort_by(|a, b| b.front.total_cmp(&a.front));
        for car in far_first {
            picture.car(mast, car);
        }
        picture.noise(seed);
        picture
    }

    fn car(&mut self, mast: &Mast, car: &Car) {
        let left = car.lane as f64 * LANE + (LANE - 1.8) / 2.0;
        let (right, front, rear) = (left + 1.8, car.front, car.front + car.length);
        let shade = |share: f64| (f64::from(car.gray) * share) as u8;
        let box_of =
            |picture: &mut Self, [near, far]: [f64; 2], [low, high]: [f64; 2], window: bool| {
                for side in [left, right] {
                    let face = [
                        [side, near, low],
                        [side, far, low],
                        [side, far, high],
                        [side, near, high],
                    ];
                    picture.face(mast, face, if window { 35 } else { shade(0.7) });
                }
                let face = [
                    [left, near, low],
                    [right, near, low],
                    [right, near, high],
                    [left, near, high],
                ];
                picture.face(mast, face, if window { 40 } else { shade(0.85) });
                let roof = [
                    [left, near, high],
                    [right, near, high],
                    [right, far, high],
                    [left, far, high],
                ];
                picture.face(mast, roof, shade(1.0));
            };
        let shadow = [
            [left - 0.3, front - 0.2, 0.0],
            [right + 0.9, front - 0.2, 0.0],
            [right + 0.9, rear, 0.0],
            [left - 0.3, rear, 0.0],
        ];
        self.face(mast, shadow, 62);
        box_of(self, [front, rear], [0.15, 0.85], false);
        box_of(self, [front + 1.2, rear - 0.6], [0.85, 1.45], true);
    }

    /// Fills a flat face; convex.
    fn face(&mut self, mast: &Mast, corners: [Place; 4], gray: u8) {
        let corners = corners.map(|corner| mast.px(corner));
        let bound = |axis: usize, side: usize| {
            let values = corners.map(|corner| corner[axis]);
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            [low, high].map(|value| value.clamp(0.0, side as f64) as usize)
        };
        let ([left, right], [top, bottom]) = (bound(0, self.size[0]), bound(1, self.size[1]));
        for y in top..(bottom + 1).min(self.size[1]) {
            for x in left..(right + 1).min(self.size[0]) {
                let turn = |n: usize| {
                    let ([ax, ay], [bx, by]) = (corners[n], corners[(n + 1) % 4]);
                    (bx - ax) * (y as f64 + 0.5 - ay) - (by - ay) * (x as f64 + 0.5 - ax)
                };
                let turns = [turn(0), turn(1), turn(2), turn(3)];
                if turns.iter().all(|turn| *turn >= 0.0) || turns.iter().all(|turn| *turn <= 0.0) {
                    let at = (y * self.size[0] + x) * 3;
                    self.bgr[at..at + 3].fill(gray);
                }
            }
        }
    }

    fn noise(&mut self, seed: u32) {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        for value in &mut self.bgr {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = i16::from((state >> 24) as u8 % 9) - 4;
            *value = (i16::from(*value) + noise).clamp(0, 255) as u8;
        }
    }

    /// Every value changed, by where it is: fog, dusk, rain.
    pub(super) fn each(mut self, change: impl Fn(usize, u8) -> u8) -> Self {
        let values = self.bgr.iter_mut().enumerate();
        values.for_each(|(place, value)| *value = change(place, *value));
        self
    }

    /// With some brightness written over it, on the pavement and on the road, after the noise.
    pub(super) fn marked(mut self, marks: &[u8]) -> Self {
        for row in [self.size[1] / 2, self.size[1] * 3 / 4] {
            let at = (row * self.size[0] + self.size[0] / 2) * 3;
            let place = self.bgr.get_mut(at..at + marks.len()).unwrap();
            place.copy_from_slice(marks);
        }
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bgr
    }

    /// As a source of pictures gives it.
    #[cfg(feature = "camera")]
    pub(super) fn picture(
        self,
        at: phasewise::units::Millis,
    ) -> phasewise::camera::capture::Picture {
        let [width, height] = self.size;
        phasewise::camera::capture::Picture {
            width,
            height,
            bgr: self.bgr,
            at,
        }
    }

    pub(super) fn frame(&self) -> Frame<'_> {
        Frame::new(self.size[0], self.size[1], &self.bgr).unwrap()
    }
}

/// Traffic on two lanes over some time, every tenth of a second.
pub(super) struct Traffic {
    /// By car: lane, length, how bright, and its front at each tenth of a second.
    cars: Vec<(usize, f64, u8, Vec<f64>)>,
}

impl Traffic {
    /// Cars that come every `headway` seconds to each lane from 250 m upstream, while `is_green` says when they may go.
    pub(super) fn new(
        seconds: f64,
        headway: f64,
        seed: u32,
        is_green: impl Fn(f64) -> bool,
    ) -> Self {
        let steps = (seconds * 10.0) as usize;
        let mut state = seed.wrapping_add(77);
        let mut draw = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 24)
        };
        let mut cars: Vec<(usize, f64, u8, Vec<f64>)> = Vec::new();
        for lane in 0..2 {
            let mut leader: Option<(f64, Vec<f64>)> = None;
            let mut starts = 2.0 + 3.0 * draw();
            while starts < seconds {
                let (length, free) = (4.2 + draw(), 12.5 + 2.0 * draw());
                let gap = 2.2 + draw();
                let gray = [35, 70, 150, 185, 230][(draw() * 5.0) as usize % 5];
                let mut track = Vec::with_capacity(steps);
                let (mut front, mut speed) = (250.0_f64, free);
                for step in 0..steps {
                    let now = step as f64 / 10.0;
                    if now < starts {
                        track.push(400.0);
                        continue;
                    }
                    // Newell: where the leader was 1.1 s ago, and the room it takes.
                    let follow = leader
                        .as_ref()
                        .map_or(f64::NEG_INFINITY, |(length, track)| {
                            let then = step.saturating_sub(11);
                            track[then] + length + gap
                        });
                    let stop = if front > 0.5 && !is_green(now) {
                        1.0
                    } else {
                        f64::NEG_INFINITY
                    };
                    let room = front - follow.max(stop);
                    // Comfortable braking to a stop there; accelerates with 1.8 m/s².
                    let wish = free.min((2.0 * 2.5 * room.max(0.0)).sqrt());
                    speed = wish.min(speed + 0.18).max(0.0);
                    front = (front - speed * 0.1).max(follow.max(stop)).min(front);
                    track.push(front);
                }
                leader = Some((length, track.clone()));
                cars.push((lane, length, gray, track));
                starts += headway * (0.5 + draw());
            }
        }
        Self { cars }
    }

    /// The cars at a moment.
    pub(super) fn at(&self, seconds: f64) -> Vec<Car> {
        let step = (seconds * 10.0) as usize;
        let car = |(lane, length, gray, track): &(usize, f64, u8, Vec<f64>)| {
            let front = *track.get(step)?;
            let before = track[step.saturating_sub(2)];
            let speed = (before - front) * 5.0;
            (front < 300.0).then_some(Car {
                lane: *lane,
                front,
                speed,
                length: *length,
                gray: *gray,
            })
        };
        self.cars.iter().filter_map(car).collect()
    }
}

/// Who queues in a lane within `to` m: those that crawl, without room for another one between them.
pub(super) fn queue(cars: &[Car], lane: usize, to: f64) -> u32 {
    let mut own: Vec<&Car> = cars
        .iter()
        .filter(|car| car.lane == lane && car.front > 0.0 && car.front < to)
        .collect();
    own.sort_by(|a, b| a.front.total_cmp(&b.front));
    let mut queue = 0;
    let mut last: Option<f64> = None;
    for car in own {
        let crawls = car.speed < 2.0;
        match last {
            None if !crawls => continue,
            Some(last) if !crawls || car.front - last > 12.8 => break,
            _ => {}
        }
        last = Some(car.front);
        queue += 1;
    }
    queue
}
