//! Vehicles in the time-spatial image of a line.
//!
//! In: columns of pixels, the road, what vehicles have looked like. Out: a box around each vehicle that has passed in
//! the right direction. Not here: whether it has been counted before.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is a place within rows × columns"
)]

use std::collections::VecDeque;

use crate::units::Millis;

use super::background::Background;
use super::grid::{Grid, Region};
use super::{ACROSS, Column};

/// A place differs from the road from this difference of a color on, of 255: above the noise of compressed video
/// (about 5), below a dark car on asphalt in the shade (about 25).
const DIFFERENCE: f32 = 20.0;
/// Steepness of an edge, per pixel or frame. The light of headlamps on the road is flatter, bodies are steeper.
const EDGE: f32 = 25.0;
/// How far from its edges a vehicle is filled, s and share of the line; larger holes are filled when edges go around them.
const REACH_S: f64 = 0.08;
const REACH_SHARE: f64 = 0.01;
/// A patch smaller than this share of the line, or of so few places, is none.
const HEIGHT_SHARE: f64 = 0.04;
const HEIGHT_MIN: usize = 6;
/// Least share of its box that a vehicle fills.
const FILLED_MIN: f64 = 0.15;
/// A patch wider than so many usual vehicles may be two side by side.
const TWO: f64 = 1.5;
/// Two are what falls apart when so much of a usual vehicle is taken off the sides.
const NECK: f64 = 0.5;
/// What falls off must have as many places, of the usual width, to be a vehicle itself.
const PART: f64 = 0.2;
/// Vehicles needed to know what is usual.
const USUAL_MIN: usize = 4;
/// A vehicle has passed when nothing more was there for so long.
const PASSED_S: f64 = 0.3;

/// A vehicle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// Places on the line, from and to.
    pub(super) rows: [usize; 2],
    /// From when to when it was on the line.
    pub(super) span: [Millis; 2],
}

/// What a search has found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) vehicles: Vec<Finding>,
    /// Places that differ from the road, row by place, column by frame.
    pub(super) differs: Grid,
}

/// Differences from the road in the middle of the five lines, place by place and frame by frame.
struct Image<'a> {
    columns: &'a [Column],
    road: &'a Background,
    /// Mean difference over the lines.
    mean: Vec<[f32; 3]>,
}

impl<'a> Image<'a> {
    fn new(columns: &'a [Column], road: &'a Background) -> Self {
        let rows = road.length;
        let mut mean = vec![[0.0; 3]; rows * columns.len()];
        for (at, column) in columns.iter().enumerate() {
            for (place, (seen, road)) in column.colors.iter().zip(&road.colors).enumerate() {
                let sum = &mut mean[(place % rows) * columns.len() + at];
                for (sum, (seen, road)) in sum.iter_mut().zip(seen.iter().zip(road)) {
                    *sum += (seen - road) / 5.0;
                }
            }
        }
        Self {
            columns,
            road,
            mean,
        }
    }

    fn at(&self, row: usize, column: usize) -> [f32; 3] {
        let (row, column) = (
            row.min(self.road.length - 1),
            column.min(self.columns.len() - 1),
        );
        self.mean[row * self.columns.len() + column]
    }

    /// Sobel's operator, the steepest of the three colors.
    fn steepness(&self, row: usize, column: usize) -> f32 {
        let near = |at: usize| [at.saturating_sub(1), at, at + 1];
        let (rows, columns) = (near(row), near(column));
        let value = rows.map(|row| columns.map(|column| self.at(row, column)));
        let steepness = |channel: usize| {
            let v = |row: usize, column: usize| value[row][column][channel];
            let right = v(0, 2) + 2.0 * v(1, 2) + v(2, 2) - v(0, 0) - 2.0 * v(1, 0) - v(2, 0);
            let down = v(2, 0) + 2.0 * v(2, 1) + v(2, 2) - v(0, 0) - 2.0 * v(0, 1) - v(0, 2);
            (right * right + down * down).sqrt() / 4.0
        };
        steepness(0).max(steepness(1)).max(steepness(2))
    }

    fn differs(&self, row: usize, column: usize) -> bool {
        self.at(row, column)
            .iter()
            .any(|value| value.abs() > DIFFERENCE)
    }

    /// Whether one of the five lines differs from the road at a place.
    fn differs_on(&self, line: usize, row: usize, column: usize) -> bool {
        let place = line * self.road.length + row;
        let (seen, road) = (
            &self.columns[column].colors[place],
            &self.road.colors[place],
        );
        seen.iter()
            .zip(road)
            .any(|(seen, road)| (seen - road).abs() > DIFFERENCE)
    }
}

/// Searches all columns. `usual` are heights of vehicles counted before; at the end of the source, what has not
/// left the line counts as well.
pub(super) fn find(
    columns: &[Column],
    road: &Background,
    usual: &VecDeque<usize>,
    is_end: bool,
) -> Found {
    let image = Image::new(columns, road);
    let (rows, count) = (road.length, columns.len());
    let interval_s = interval_s(columns);
    let in_time = rounded(REACH_S / interval_s).max(1);
    let along = rounded(REACH_SHARE * float(rows)).max(1);
    let differs = Grid::from_fn(rows, count, |row, column| image.differs(row, column));
    let edges = Grid::from_fn(rows, count, |row, column| {
        image.steepness(row, column) > EDGE
    });
    let near = edges.grown(along, in_time);
    let bodies = Grid::from_fn(rows, count, |row, column| {
        differs.at(row, column) && near.at(row, column)
    });
    let hole = rounded(0.15 * float(rows) * 0.6 / interval_s);
    let thin = usize::from(interval_s < 0.1);
    let bodies = bodies
        .grown(along, in_time)
        .shrunk(along, in_time)
        .filled(hole)
        .shrunk(1, thin)
        .grown(1, thin);
    let passed = count.saturating_sub(rounded(PASSED_S / interval_s).max(2 * in_time + 2));
    let regions: Vec<Region> = bodies
        .regions(true)
        .into_iter()
        .filter(|region| is_vehicle(region, rows) && goes_forward(&image, region, in_time))
        .collect();
    let usual = usual_height(&regions, usual);
    let vehicles = regions
        .into_iter()
        .filter(|region| is_end || region.columns[1] <= passed)
        .flat_map(|region| parts(region, usual))
        .map(|region| finding(columns, &region, interval_s))
        .collect();
    Found { vehicles, differs }
}

fn is_vehicle(region: &Region, rows: usize) -> bool {
    let least = HEIGHT_MIN.max(rounded(HEIGHT_SHARE * float(rows)));
    let place = float(region.height() * region.width());
    region.height() >= least
        && region.width() >= 2
        && float(region.bits.len()) >= FILLED_MIN * place
}

/// Whether it reaches the lines in the order in which traffic does.
fn goes_forward(image: &Image<'_>, region: &Region, in_time: usize) -> bool {
    let more = in_time + 1;
    let first = region.columns[0].saturating_sub(more);
    let end = (region.columns[1] + more).min(image.columns.len());
    let mut body = Grid::empty(region.height(), end - first);
    for [row, column] in &region.bits {
        body.set(row - region.rows[0], column - first);
    }
    let body = body.grown(0, more);
    let inside: Vec<[usize; 2]> = body.places().collect();
    let mut slope = 0.0;
    for (line, across) in ACROSS.into_iter().enumerate() {
        let hit = inside
            .iter()
            .filter(|[row, column]| image.differs_on(line, row + region.rows[0], column + first));
        let (sum, hits) = hit.fold((0.0, 0.0), |(sum, hits), [_, column]| {
            (sum + float(*column), hits + 1.0)
        });
        if hits > 0.0 {
            slope += across * sum / hits;
        } else {
            slope += across * float(end - first) / 2.0;
        }
    }
    slope >= 0.0
}

/// The middle one of the heights, when there are any.
fn usual_height(regions: &[Region], known: &VecDeque<usize>) -> Option<(usize, usize)> {
    let new = regions.iter().map(Region::height);
    let mut heights: Vec<usize> = known.iter().copied().chain(new).collect();
    heights.sort_unstable();
    let middle = heights.get(heights.len() / 2)?;
    Some((*middle, heights.len()))
}

/// One vehicle, or several that are seen as one.
fn parts(region: Region, usual: Option<(usize, usize)>) -> Vec<Region> {
    let Some((usual, known)) = usual else {
        return vec![region];
    };
    if known < USUAL_MIN || float(region.height()) <= TWO * float(usual) {
        return vec![region];
    }
    let taken_off = (rounded(NECK * float(usual)).max(3)) / 2;
    // Beyond the edges of its box there is nothing of it.
    let (top, left) = (region.rows[0], region.columns[0]);
    let mut body = Grid::empty(region.height() + 2 * taken_off, region.width());
    for [row, column] in &region.bits {
        body.set(row - top + taken_off, column - left);
    }
    let least = rounded(PART * float(usual));
    let cores: Vec<Region> = body
        .shrunk(taken_off, 0)
        .regions(true)
        .into_iter()
        .filter(|core| core.bits.len() >= least)
        .collect();
    if cores.len() < 2 {
        return vec![region];
    }
    let placed = |core: Region| Region {
        rows: core.rows.map(|row| row + top - taken_off),
        columns: core.columns.map(|column| column + left),
        bits: core.bits,
    };
    cores.into_iter().map(placed).collect()
}

fn finding(columns: &[Column], region: &Region, interval_s: f64) -> Finding {
    let [from, to] = [region.columns[0], region.columns[1] - 1];
    let after = Millis::from_secs(interval_s);
    Finding {
        rows: region.rows,
        span: [columns[from].at + after, columns[to].at + after],
    }
}

/// Mean time between columns, s.
fn interval_s(columns: &[Column]) -> f64 {
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
        return 1.0;
    };
    let gaps = columns.len().saturating_sub(1).max(1);
    ((last.at - first.at).secs() / float(gaps)).max(0.001)
}

#[expect(clippy::cast_precision_loss, reason = "a count of pixels or frames")]
fn float(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of pixels or frames"
)]
fn rounded(value: f64) -> usize {
    value.round().clamp(0.0, 1e6) as usize
}
