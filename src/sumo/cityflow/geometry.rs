//! Lines on the ground.
//!
//! In: points. Out: lengths, and whether two lines cross. Not here: roads.

use super::format::Point;

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

pub(super) fn length_of(points: &[Point]) -> f64 {
    let pairs = points.iter().zip(points.iter().skip(1));
    pairs.map(|(a, b)| distance(*a, *b)).sum()
}

/// A road without what the intersections at its ends take of it.
pub(super) fn trimmed(points: &[Point], at_start: f64, at_end: f64) -> Vec<Point> {
    let mut points = points.to_vec();
    cut(&mut points, at_start);
    points.reverse();
    cut(&mut points, at_end);
    points.reverse();
    points
}

/// Moves the first point towards the second, but never quite there.
fn cut(points: &mut [Point], by: f64) {
    let [first, second, ..] = points else {
        return;
    };
    let length = distance(*first, *second);
    let share = (by / length.max(0.01)).clamp(0.0, 0.9);
    first.x += (second.x - first.x) * share;
    first.y += (second.y - first.y) * share;
}

/// Whether two lines cross.
pub(super) fn cross(a: &[Point], b: &[Point]) -> bool {
    let segments = |line: &[Point]| -> Vec<(Point, Point)> {
        line.iter()
            .copied()
            .zip(line.iter().copied().skip(1))
            .collect()
    };
    let (a, b) = (segments(a), segments(b));
    let side =
        |(p, q): (Point, Point), r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    let apart =
        |one: (Point, Point), other: (Point, Point)| side(one, other.0) * side(one, other.1) > 0.0;
    a.iter().any(|one| {
        b.iter()
            .any(|other| !apart(*one, *other) && !apart(*other, *one))
    })
}
