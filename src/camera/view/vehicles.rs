//! Vehicles in a view.
//!
//! In: which rows of the lane are covered now, and how they looked in the last second. Out: vehicles with place and speed, and
//! the queue. A car hides the road behind it, as seen from the camera, so that cars in a queue look like one; how
//! much is hidden is known from where the camera stands (`ground`), and what remains is cut into cars of the usual length.
//! Not here: what the empty road looks like.

use super::ground::{End, Ground};
use super::{Queue, Spotted};
use crate::camera::appearance::Point;

/// Covered rows so near to each other belong together, m, and by share of what a car hides there: a part of it may be as
/// bright as the road.
const JOINS_M: f64 = 2.0;
const JOINS_SHARE: f64 = 0.2;
/// A shadow is as bright all over, by this share of the road; at its end is an edge, m.
const EVEN: f32 = 0.12;
const EDGE_M: f64 = 1.0;
/// What covers less of the lane is nobody, m.
const SHORTEST_M: f64 = 1.5;
/// A car, and the room before it when it stands, m: 7.4 m from front to front is what a queue takes.
const CAR_M: f64 = 4.7;
const GAP_M: f64 = 2.7;
/// More room when it drives, s.
const GAP_S: f64 = 0.8;
/// The rest of a stretch is a car from this share of one on.
const REST: f64 = 0.45;
/// Cars that stand so near to one another leave no room for a third one, m from front to front.
const NEXT_M: f64 = 2.0 * (CAR_M + GAP_M) - 2.0;
/// Speeds that are tried, m/s, and steps along the lane, m.
const SPEED_MAX: f64 = 40.0;
const STEP_M: f64 = 0.25;
/// Ages of the looks that are compared with, s; the oldest in which it can be found tells the speed best.
const AGES: [f64; 3] = [0.9, 0.45, 0.2];
/// A look is found again when it differs by so much more than where it is found best, of itself and in brightness of 255.
const AS_GOOD: (f32, f32) = (1.3, 1.0);
/// It stands when it differs where it is by not much more than where it differs least.
const STANDS: (f32, f32) = (1.15, 0.7);
/// What differs by more where it is does not stand, wherever it has gone.
const STANDS_MAX: f32 = 10.0;
/// A look is found again when it differs by so much less than where it is now; at the end of the view, where it may come
/// from farther, by more.
const FOUND: f32 = 1.5;
const FOUND_AT_END: f32 = 3.0;
/// Places of a row.
const WIDTH: f32 = 7.0;
const _: () = assert!(super::ACROSS.len() == 7);

/// A stretch of lane.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) ground: Ground,
    /// Where the rows are, from the stop bar upstream, m.
    pub(super) rows: Vec<f64>,
    /// Both ends, m from the stop bar.
    pub(super) ends_m: [f64; 2],
}

/// Looks of the whole lane with their age, s, the present one first.
pub(super) type Looks<'a> = [(f64, &'a [Point])];

/// A row of the lane beside the empty road.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Something with edges, or too bright or dark for a shadow.
    pub(super) is_covered: bool,
    /// Brighter or darker.
    pub(super) is_shaded: bool,
    /// How bright, 1 as the road.
    pub(super) brightness: f32,
}

/// Vehicles, the first one first, and the queue they make. `usual_mps`: the speed of who cannot be measured.
pub(super) fn found(
    lane: &Lane,
    rows: &[Row],
    looks: &Looks<'_>,
    usual_mps: f64,
) -> (Vec<Spotted>, Queue) {
    let mut vehicles = Vec::new();
    for stretch in stretches(lane, rows) {
        cut(lane, stretch, (looks, usual_mps), &mut vehicles);
    }
    let vehicles = without_outliers(&vehicles);
    let queue = queue(&vehicles);
    (vehicles, queue)
}

/// Stretches that vehicles cover, m from the stop bar.
fn stretches(lane: &Lane, rows: &[Row]) -> Vec<[f64; 2]> {
    let mut stretches: Vec<[f64; 2]> = Vec::new();
    let mut own: Vec<([f64; 2], Row)> = Vec::new();
    let ends = lane.rows.iter().skip(1).chain([&lane.ends_m[1]]);
    let places = lane.rows.iter().zip(ends).map(|(from, to)| [*from, *to]);
    for (place, row) in places.zip(rows) {
        if !row.is_covered && !row.is_shaded {
            continue;
        }
        let is_apart = |end: f64| {
            let hidden = lane.ground.seen_end(end, End::Rear) - end;
            place[0] - end > JOINS_M + JOINS_SHARE * hidden
        };
        if own.last().is_some_and(|([_, end], _)| is_apart(*end)) {
            stretches.extend(bodies(&lane.ground, &own));
            own.clear();
        }
        own.push((place, *row));
    }
    stretches.extend(bodies(&lane.ground, &own));
    stretches
}

/// What of some rows in a stretch are vehicles: all but the shadows at its ends; `None` for nothing but shadow.
fn bodies(ground: &Ground, rows: &[([f64; 2], Row)]) -> Option<[f64; 2]> {
    let front = shadow(rows.iter());
    if front.rows == rows.len() {
        return None;
    }
    // The front of a dark car is even, too: what is not longer than a whole car stays.
    let cut_off = |shadow: Shadow| {
        let [from, to] = shadow.ends;
        let is_long = to > ground.seen_end(from + CAR_M, End::Rear);
        if is_long { shadow.rows } else { 0 }
    };
    let rest = rows.get(cut_off(front)..)?;
    let rest = rest.get(..rest.len() - cut_off(shadow(rest.iter().rev())))?;
    let (([from, _], _), ([_, to], _)) = (rest.first()?, rest.last()?);
    let is_seen = rest.iter().any(|(_, row)| row.is_covered);
    (is_seen && to - from >= SHORTEST_M).then_some([*from, *to])
}

/// Rows that look like a shadow: evenly darker, with an edge at both ends.
struct Shadow {
    rows: usize,
    ends: [f64; 2],
}

/// The shadow with which these rows begin.
fn shadow<'a>(rows: impl Iterator<Item = &'a ([f64; 2], Row)>) -> Shadow {
    let mut shadow = Shadow {
        rows: 0,
        ends: [f64::INFINITY, f64::NEG_INFINITY],
    };
    let (mut low, mut high, mut covered_m) = (f32::INFINITY, 0.0_f32, 0.0);
    let mut has_begun = false;
    for ([from, to], row) in rows {
        if row.is_covered {
            // An edge, where shadow and road mix; more of them are no shadow.
            covered_m += to - from;
        } else {
            (low, high) = (low.min(row.brightness), high.max(row.brightness));
            has_begun = true;
        }
        let is_over = covered_m > if has_begun { 2.0 * EDGE_M } else { EDGE_M };
        if is_over || high - low > EVEN || high > 1.0 {
            break;
        }
        shadow.rows += 1;
        shadow.ends = [shadow.ends[0].min(*from), shadow.ends[1].max(*to)];
    }
    shadow
}

/// Cuts a covered stretch into vehicles.
fn cut(
    lane: &Lane,
    [from, to]: [f64; 2],
    (looks, usual_mps): (&Looks<'_>, f64),
    vehicles: &mut Vec<Spotted>,
) {
    let ground = &lane.ground;
    let mut front = ground.end_of_car(from, End::Front);
    let rear = ground.end_of_car(to, End::Rear);
    let goes_on = to >= lane.ends_m[1] - 0.1;
    // What is hidden by the one before tells nothing.
    let mut seen = from;
    // Who cannot be measured drives as the one before, or has only just come.
    let mut before_mps = None;
    loop {
        let end = ground.seen_end(front + CAR_M, End::Rear).min(to);
        let begin = ground.seen_end(front, End::Front).max(seen).min(end);
        let speed_mps = speed(lane, [begin, end], looks)
            .map(|seen_mps| seen_mps / ground.seems_faster())
            .or(before_mps)
            .unwrap_or(usual_mps);
        before_mps = Some(speed_mps);
        vehicles.push(Spotted {
            front_m: front,
            speed_mps,
        });
        seen = end;
        front += CAR_M + GAP_M + GAP_S * speed_mps;
        // At the end of the view one more hides all that may follow.
        let is_over = match goes_on {
            true => seen >= to,
            false => rear - front < REST * CAR_M,
        };
        if is_over || front >= lane.ends_m[1] {
            return;
        }
    }
}

/// Nobody between two others drives faster or slower than both: the middle speed of each three that follow closely.
fn without_outliers(vehicles: &[Spotted]) -> Vec<Spotted> {
    let mut smooth = vehicles.to_vec();
    for (own, three) in smooth.iter_mut().skip(1).zip(vehicles.windows(3)) {
        let [first, middle, last] = three else {
            continue;
        };
        if last.front_m - first.front_m < 2.0 * NEXT_M {
            let (low, high) = (first.speed_mps, last.speed_mps);
            own.speed_mps = middle.speed_mps.clamp(low.min(high), low.max(high));
        }
    }
    smooth
}

/// How fast what is between these places moves toward the stop bar, m/s; `None` when it has only just come.
fn speed(lane: &Lane, stretch: [f64; 2], looks: &Looks<'_>) -> Option<f64> {
    let (_, now) = looks.first()?;
    let before = |age: f64| looks.iter().find(|(old, _)| *old >= age);
    let tried: Vec<(f64, f32)> = AGES
        .into_iter()
        .filter_map(|age| {
            let (age, then) = before(age)?;
            let (moved_m, differs) = moved(lane, stretch, (now, then), SPEED_MAX * age)?;
            Some((moved_m / age, differs))
        })
        .collect();
    let least = tried.iter().map(|(_, differs)| *differs).reduce(f32::min)?;
    let good = tried
        .iter()
        .find(|(_, differs)| *differs <= AS_GOOD.0 * least + AS_GOOD.1);
    good.map(|(speed, _)| *speed)
}

/// How far it has moved between two looks, m, and how much it still differs from where it was then.
fn moved(
    lane: &Lane,
    stretch: [f64; 2],
    (now, then): (&[Point], &[Point]),
    most_m: f64,
) -> Option<(f64, f32)> {
    let differs = |moved_m: f64| difference(lane, stretch, (now, then), moved_m);
    let standing = differs(0.0)?;
    let tried = (1..)
        .map(|step| f64::from(step) * STEP_M)
        .take_while(|moved_m| *moved_m <= most_m)
        .map_while(|moved_m| Some((moved_m, differs(moved_m)?)));
    let best = tried.min_by(|(_, a), (_, b)| a.total_cmp(b));
    match best {
        Some((moved_m, least)) if standing > STANDS.0 * least + STANDS.1 => {
            let is_at_end = stretch[1] + moved_m + 2.0 * STEP_M > lane.ends_m[1];
            let found = if is_at_end { FOUND_AT_END } else { FOUND };
            (standing > found * least).then_some((moved_m, least))
        }
        Some(_) | None => (standing <= STANDS_MAX).then_some((0.0, standing)),
    }
}

/// Mean difference of brightness between a stretch now, and then so much farther upstream; `None` when most of
/// it was beyond the view.
fn difference(
    lane: &Lane,
    [from, to]: [f64; 2],
    (now, then): (&[Point], &[Point]),
    moved_m: f64,
) -> Option<f32> {
    let width = super::ACROSS.len();
    let rows = lane.rows.iter().zip(now.chunks(width));
    let (mut sum, mut count, mut beyond) = (0.0, 0.0_f32, 0.0);
    for (along, now) in rows.filter(|(along, _)| (from..=to).contains(along)) {
        let upstream = along + moved_m;
        if upstream > lane.ends_m[1] {
            beyond += 1.0;
            continue;
        }
        let above = lane.rows.partition_point(|row| *row < upstream);
        let below = above.saturating_sub(1);
        let (Some(low), row) = (lane.rows.get(below), lane.rows.get(above)) else {
            continue;
        };
        let high = row.unwrap_or(low);
        let share = if high > low {
            ((upstream - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let share = share as f32;
        let above = above.min(lane.rows.len() - 1);
        let row = |row: usize| then.get(row * width..(row + 1) * width);
        let (Some(near), Some(far)) = (row(below), row(above)) else {
            continue;
        };
        count += 1.0;
        for (now, (near, far)) in now.iter().zip(near.iter().zip(far)) {
            sum += (now.gray - near.gray - share * (far.gray - near.gray)).abs() / WIDTH;
        }
    }
    (count > 0.0 && count >= beyond).then(|| sum / count)
}

/// The queue: from the first one that crawls, those behind it.
fn queue(vehicles: &[Spotted]) -> Queue {
    let mut queue = Queue::default();
    let mut last: Option<f64> = None;
    for vehicle in vehicles {
        let crawls = vehicle.crawls();
        match last {
            None if !crawls => continue,
            Some(last) if !crawls || vehicle.front_m - last > NEXT_M => break,
            Some(_) | None => {}
        }
        last = Some(vehicle.front_m);
        queue.vehicles += 1;
        queue.end_m = vehicle.front_m + CAR_M;
    }
    queue
}
