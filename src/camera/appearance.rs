//! How places on the road look, and whether somebody hides them.
//!
//! In: a frame, made brighter or darker as the whole picture is. Out: brightness and edges at places, and comparisons of two such
//! looks. Not here: which of them is the empty road.

use crate::intersection::Px;

use super::frame::Frame;

/// Brightness differs from this on, of 255; more where the picture is noisy.
const DIFFERENCE: f32 = 22.0;
/// An edge differs from this on, brightness per two pixels.
const EDGE: f32 = 24.0;
/// A shadow leaves this share of the brightness, at least and at most.
const SHADOW: std::ops::Range<f32> = 0.35..0.92;
/// Brightness that changes by so much within some tenths of a second has moved.
const MOVED: f32 = 14.0;

/// Brightness and edges at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) gray: f32,
    right: f32,
    down: f32,
}

/// How a place looks in a frame that is made `gain` times as bright.
pub(super) fn point(frame: &Frame<'_>, gain: f32, [x, y]: Px) -> Point {
    let gray = |x: f64, y: f64| frame.gray([x, y]) * gain;
    let (left, right) = (gray(x - 1.0, y), gray(x + 1.0, y));
    let (above, below) = (gray(x, y - 1.0), gray(x, y + 1.0));
    Point {
        gray: (left + right + above + below) / 4.0,
        right: right - left,
        down: below - above,
    }
}

/// Share of places at which somebody hides the road.
pub(super) fn differing(road: &[Point], now: &[Point]) -> f32 {
    share(road.iter().zip(now), |(road, now)| hides(road, now))
}

/// Share of places that do not look the same, be it for a shadow.
pub(super) fn unlike(a: &[Point], b: &[Point]) -> f32 {
    share(a.iter().zip(b), |(a, b)| {
        has_other_edges(a, b) || is_other(a, b)
    })
}

fn has_other_edges(a: &Point, b: &Point) -> bool {
    (a.right - b.right).abs().max((a.down - b.down).abs()) > EDGE
}

/// Whether somebody hides the road at a place. A shadow hides nothing: the road is darker and its edges are
/// where they were.
pub(super) fn hides(road: &Point, now: &Point) -> bool {
    has_other_edges(road, now) || is_other(road, now) && !SHADOW.contains(&brightness(road, now))
}

/// Whether a place is clearly brighter or darker than the road, be it in a shadow.
pub(super) fn is_other(road: &Point, now: &Point) -> bool {
    (road.gray - now.gray).abs() > DIFFERENCE
}

/// How bright a place is beside the road.
pub(super) fn brightness(road: &Point, now: &Point) -> f32 {
    now.gray / road.gray.max(1.0)
}

/// Share of places that have changed between two looks: something moves there.
pub(super) fn changed(before: &[Point], now: &[Point]) -> f32 {
    share(before.iter().zip(now), |(before, now)| {
        (before.gray - now.gray).abs() > MOVED
    })
}

/// Share of places with an edge: a road has few, a vehicle has many.
pub(super) fn steep(now: &[Point]) -> f32 {
    share(now.iter(), |point| {
        point.right.abs().max(point.down.abs()) > EDGE
    })
}

/// The road follows the light by a share of the difference.
pub(super) fn follow(road: &mut [Point], now: &[Point], share: f32) {
    for (road, now) in road.iter_mut().zip(now) {
        road.gray += share * (now.gray - road.gray);
        road.right += share * (now.right - road.right);
        road.down += share * (now.down - road.down);
    }
}

/// Share of things that are so; 0 of none.
pub(super) fn share<T>(of: impl Iterator<Item = T>, is: impl Fn(T) -> bool) -> f32 {
    let (mut yes, mut all) = (0.0, 0.0);
    for one in of {
        all += 1.0;
        if is(one) {
            yes += 1.0;
        }
    }
    if all > 0.0 { yes / all } else { 0.0 }
}
