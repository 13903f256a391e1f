//! Where places on one lane are in the picture, and how far vehicles hide the road behind them.
//!
//! In: the four corners of a stretch of lane, and its ends in meters. Out: pixels of places on the ground (a homography), and
//! where the camera stands. Not here: what is there.

use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

use crate::intersection::Px;

/// Width of the lane between its corners, m: 3.0 to 3.65 is usual. Only how far vehicles hide the road depends on it.
const LANE_M: f64 = 3.3;
/// Height at which cars are as wide as below: the roof behind the windscreen, m.
const CAR_HIGH_M: f64 = 1.4;
/// Focal lengths that are believed, in widths of the picture: from a fisheye to a strong telephoto lens.
const FOCAL: std::ops::RangeInclusive<f64> = 0.2..=8.0;
/// Heights of cameras above the road that are believed, m.
const HIGH_M: std::ops::RangeInclusive<f64> = 3.0..=60.0;

/// The ground of one lane in the picture.
#[derive(Clone, Debug)]
pub(in crate::camera) struct Ground {
    /// From (across 0 left to 1 right, meters from the stop bar, 1) to the picture.
    map: Matrix3<f64>,
    /// Where the camera stands along the lane, m from the stop bar (negative: beyond it), and the share of
    /// the distance from there that the top of a car adds. `None`: nobody can tell.
    eye: Option<(f64, f64)>,
}

impl Ground {
    /// The ground between four corners (front left, front right, rear right, rear left), of which the front ones are
    /// `from_m` and the rear ones `to_m` upstream of the stop bar, in a picture of this size. `None` when the corners are
    /// on one line.
    pub(in crate::camera) fn new(
        corners: [Px; 4],
        [from_m, to_m]: [f64; 2],
        size: [f64; 2],
    ) -> Option<Self> {
        let places = [[0.0, from_m], [1.0, from_m], [1.0, to_m], [0.0, to_m]];
        let pairs = places.into_iter().zip(corners);
        let equations = pairs.flat_map(|([u, s], [x, y])| {
            [
                u,
                s,
                1.0,
                0.0,
                0.0,
                0.0,
                -x * u,
                -x * s, //
                0.0,
                0.0,
                0.0,
                u,
                s,
                1.0,
                -y * u,
                -y * s,
            ]
        });
        let equations = SMatrix::<f64, 8, 8>::from_row_iterator(equations);
        let wanted = SVector::<f64, 8>::from_iterator(corners.into_iter().flatten());
        let found = equations.lu().solve(&wanted)?;
        let [a, b, c, d, e, f, g, h] = found.into();
        let map = Matrix3::new(a, b, c, d, e, f, g, h, 1.0);
        let is_finite = map.iter().all(|value| value.is_finite());
        is_finite.then(|| Self {
            map,
            eye: eye(&map, size),
        })
    }

    /// Where a place is in the picture.
    pub(in crate::camera) fn px(&self, across: f64, along_m: f64) -> Px {
        let place = self.map * Vector3::new(across, along_m, 1.0);
        [place.x / place.z, place.y / place.z]
    }

    /// Where on the ground the end of a car is that seems to be `seen_m` from the stop bar: the end that is
    /// away from the camera hides some road behind it.
    pub(super) fn end_of_car(&self, seen_m: f64, end: End) -> f64 {
        let Some((eye_m, adds)) = self.eye else {
            return seen_m;
        };
        let is_far = match end {
            End::Front => seen_m < eye_m,
            End::Rear => seen_m > eye_m,
        };
        if is_far {
            eye_m + (seen_m - eye_m) / (1.0 + adds)
        } else {
            seen_m
        }
    }

    /// How much faster a car seems to move than its wheels: its roof is nearer to the camera than the ground. What is seen of
    /// it is about half as high.
    pub(super) fn seems_faster(&self) -> f64 {
        self.eye.map_or(1.0, |(_, adds)| 1.0 + adds / 2.0)
    }

    /// Where the end of a car seems to be that is `there_m` from the stop bar.
    pub(super) fn seen_end(&self, there_m: f64, end: End) -> f64 {
        let Some((eye_m, adds)) = self.eye else {
            return there_m;
        };
        let is_far = match end {
            End::Front => there_m < eye_m,
            End::Rear => there_m > eye_m,
        };
        if is_far {
            eye_m + (there_m - eye_m) * (1.0 + adds)
        } else {
            there_m
        }
    }
}

/// An end of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Toward the stop bar.
    Front,
    /// Upstream.
    Rear,
}

/// Where the camera stands, from the homography of the ground: for square pixels and a lens without distortion the two axes
/// of the ground are as long, and at a right angle (Zhang, "A flexible new technique for camera calibration", 2000).
fn eye(map: &Matrix3<f64>, [width, height]: [f64; 2]) -> Option<(f64, f64)> {
    let middle = Matrix3::new(
        1.0,
        0.0,
        -width / 2.0, //
        0.0,
        1.0,
        -height / 2.0, //
        0.0,
        0.0,
        1.0,
    );
    let in_meters = Matrix3::new(1.0 / LANE_M, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0);
    let ground = middle * map * in_meters;
    let (across, along) = (ground.column(0), ground.column(1));
    let flat = |axis: [f64; 3]| axis[0] * axis[0] + axis[1] * axis[1];
    let (a, b): ([f64; 3], [f64; 3]) = (across.into_owned().into(), along.into_owned().into());
    let as_long = (flat(a) - flat(b)) / (b[2] * b[2] - a[2] * a[2]);
    let at_right_angle = -(a[0] * b[0] + a[1] * b[1]) / (a[2] * b[2]);
    let believed = |squared: &f64| {
        squared.is_finite() && *squared > 0.0 && FOCAL.contains(&(squared.sqrt() / width))
    };
    let focal = [as_long, at_right_angle].into_iter().find(believed)?.sqrt();
    let rays = Matrix3::from_diagonal(&Vector3::new(1.0 / focal, 1.0 / focal, 1.0)) * ground;
    let (across, along) = (rays.column(0).into_owned(), rays.column(1).into_owned());
    let scale = (across.norm() * along.norm()).sqrt();
    let (across, along) = (across / scale, along / scale);
    let axes = Matrix3::from_columns(&[across, along, across.cross(&along)]);
    let place = axes.lu().solve(&(-rays.column(2).into_owned() / scale))?;
    let high_m = place.z.abs();
    HIGH_M
        .contains(&high_m)
        .then(|| (place.y, CAR_HIGH_M / (high_m - CAR_HIGH_M)))
}
