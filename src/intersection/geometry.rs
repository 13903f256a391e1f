//! Which paths through the intersection cross or join, from nothing but compass bearings.
//!
//! In: where each path enters and leaves, as seen from the middle. Out: [`Meeting`]. Every road is a
//! point on a circle, its incoming lanes a little counterclockwise of it and its outgoing lanes a
//! little clockwise (right-hand traffic), every path a chord: two paths cross where their chords do.
//! Not here: lanes, and turning radii (opposing left turns are taken to pass each other).

/// A path through the intersection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// Bearing in which traffic travels when it enters, degrees.
    pub(super) entry_heading_deg: f64,
    /// Bearing in which it travels when it leaves, degrees.
    pub(super) exit_heading_deg: f64,
}

/// How two paths meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// Not at all, or they only part from the same approach.
    Apart,
    /// They leave by the same exit.
    Join,
    /// They cross.
    Cross,
}

/// Half the angle between the incoming and the outgoing lanes of one road, seen from the middle. Small
/// enough to keep apart roads that differ by a few degrees, large enough to not depend on rounding.
const HALF_ROAD_DEG: f64 = 1.0;

/// How two paths meet.
#[must_use]
pub(super) fn meet(a: Path, b: Path) -> Meeting {
    if same_bearing(a.entry_heading_deg, b.entry_heading_deg) {
        return Meeting::Apart;
    }
    if same_bearing(a.exit_heading_deg, b.exit_heading_deg) {
        return Meeting::Join;
    }
    let entry = |path: Path| path.entry_heading_deg + 180.0 - HALF_ROAD_DEG;
    let exit = |path: Path| path.exit_heading_deg + HALF_ROAD_DEG;
    let from_a = |bearing: f64| (bearing - entry(a)).rem_euclid(360.0);
    let one_side = |bearing: f64| from_a(bearing) < from_a(exit(a));
    if one_side(entry(b)) == one_side(exit(b)) {
        Meeting::Apart
    } else {
        Meeting::Cross
    }
}

/// Angle a path turns by, degrees clockwise, −180 to 180; negative is left.
#[must_use]
pub(super) fn turn_deg(path: Path) -> f64 {
    (path.exit_heading_deg - path.entry_heading_deg + 180.0).rem_euclid(360.0) - 180.0
}

fn same_bearing(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.01
}
