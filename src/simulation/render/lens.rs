//! A camera on a mast: from places in the street to pixels and back.
//!
//! In: where it hangs, where it looks, how wide. Out: projections of a pinhole without distortion. Not here: what is seen.

use super::ground::Place;
use crate::intersection::Px;

/// A place in space: m east, north and up from the middle of the site, on the ground.
pub(super) type Point = [f64; 3];

/// Nothing nearer than this is drawn, m.
const NEAR_M: f64 = 1.0;

/// A pinhole camera.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lens {
    eye: Point,
    right: Point,
    down: Point,
    forward: Point,
    focal_px: f64,
    middle: Px,
}

impl Lens {
    /// Hangs at `eye`, looks at `target`, and sees `wide_deg` from the left to the right edge of a picture of this size.
    pub(super) fn new(eye: Point, target: Point, wide_deg: f64, [width, height]: [f64; 2]) -> Self {
        let forward = unit(minus(target, eye));
        let right = unit(cross(forward, [0.0, 0.0, 1.0]));
        Self {
            eye,
            right,
            down: cross(forward, right),
            forward,
            focal_px: width / 2.0 / (wide_deg.to_radians() / 2.0).tan(),
            middle: [width / 2.0, height / 2.0],
        }
    }

    /// Looks this much more to the right.
    pub(super) fn turned(&self, right_deg: f64) -> Self {
        let (sin, cos) = right_deg.to_radians().sin_cos();
        let turn =
            |[east, north, up]: Point| [east * cos + north * sin, north * cos - east * sin, up];
        Self {
            right: turn(self.right),
            down: turn(self.down),
            forward: turn(self.forward),
            ..*self
        }
    }

    /// Everything lies this much farther right and down in the picture.
    pub(super) fn shifted(&self, [right_px, down_px]: [f64; 2]) -> Self {
        Self {
            middle: [self.middle[0] + right_px, self.middle[1] + down_px],
            ..*self
        }
    }

    /// Where it sees a point; `None` for what is behind it.
    pub(super) fn see(&self, point: Point) -> Option<Px> {
        let way = minus(point, self.eye);
        let depth = dot(way, self.forward);
        (depth > NEAR_M).then(|| {
            let px = |axis: Point| self.focal_px * dot(way, axis) / depth;
            [
                self.middle[0] + px(self.right),
                self.middle[1] + px(self.down),
            ]
        })
    }

    /// The ground that a pixel shows; `None` above the horizon.
    pub(super) fn ground(&self, [x, y]: Px) -> Option<Place> {
        let (x, y) = (x - self.middle[0], y - self.middle[1]);
        let ray = [0, 1, 2].map(|axis| {
            self.forward[axis] * self.focal_px + self.right[axis] * x + self.down[axis] * y
        });
        let far = -self.eye[2] / ray[2];
        (ray[2] < 0.0).then(|| [0, 1].map(|axis| self.eye[axis] + ray[axis] * far))
    }

    /// How far a point is, m.
    pub(super) fn distance(&self, point: Point) -> f64 {
        let way = minus(point, self.eye);
        dot(way, way).sqrt()
    }

    /// Where it hangs.
    pub(super) fn eye(&self) -> Point {
        self.eye
    }
}

fn minus(a: Point, b: Point) -> Point {
    [0, 1, 2].map(|axis| a[axis] - b[axis])
}

fn dot(a: Point, b: Point) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross(a: Point, b: Point) -> Point {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn unit(a: Point) -> Point {
    let length = dot(a, a).sqrt();
    a.map(|it| it / length)
}
