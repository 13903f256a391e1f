//! A count line: one crossing per vehicle that drives over it.
//!
//! In: one frame after the other. Out: [`Crossing`]s. The pixels along the line, frame by frame, side by side, make a
//! picture of their own: place on the line upward, time to the right (a time-spatial image). A vehicle is a patch in it
//! that differs from the road *and* has sharp edges; light of headlamps on the road differs, too, and has none. Four
//! more lines beside this one tell which way the patch went. Not here: which lane and which phase it is.

mod background;
mod grid;
mod patches;

use std::collections::VecDeque;

use crate::intersection::Px;
use crate::units::Millis;

use self::background::Background;
use self::patches::{Finding, find};
use super::frame::{Color, Frame};

/// Lines beside each other, and where the five are, in units of the distance between places on the line.
pub(super) const ACROSS: [f64; 5] = [-4.0, -2.0, 0.0, 2.0, 4.0];
/// Most places on a line; more would tell nothing about cars.
const PLACES_MAX: f64 = 200.0;
/// Frames closer together than this are skipped: 30 per second tell all.
const GAP_MIN: Millis = Millis(28);
/// How long the road is looked at before anything is said, so that it is known without vehicles. What has crossed
/// meanwhile is told afterward.
const WARM_UP: Millis = Millis(10_000);
/// What is kept. Longer than the warm-up, so that nothing of it is lost.
const KEPT: Millis = Millis(12_000);
/// How often the picture is searched.
const SEARCH_EVERY: Millis = Millis(250);
/// Columns kept at most, whatever the clock of the source says.
const COLUMNS_MAX: usize = 500;
/// Fewest columns that can be searched.
const COLUMNS_MIN: usize = 8;
/// Heights of how many vehicles are remembered to know what one vehicle looks like.
const HEIGHTS_MAX: usize = 60;

/// A vehicle has crossed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// When the end of it that is nearest to the camera did.
    pub at: Millis,
    /// When that was known: some tenths of a second after it has left the line.
    pub known_at: Millis,
}

/// The pixels of one frame along the line.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) at: Millis,
    /// Line after line of [`ACROSS`], each from end to end.
    pub(super) colors: Vec<Color>,
}

/// Counts at one line.
#[derive(Clone, Debug)]
pub(super) struct CountLine {
    /// Places of the pixels, in the order of [`Column::colors`].
    places: Vec<Px>,
    /// Places on one line.
    length: usize,
    /// Which way its traffic moves in the picture.
    travel: Px,
    columns: VecDeque<Column>,
    /// Columns before the first one have been dropped.
    is_trimmed: bool,
    background: Option<Background>,
    searched: Millis,
    /// What has been counted lately: rows, and from when to when.
    counted: VecDeque<([usize; 2], [Millis; 2])>,
    heights: VecDeque<usize>,
}

impl CountLine {
    /// A line between two places of the frame, crossed in the direction `travel` (a unit vector).
    pub(super) fn new([from, to]: [Px; 2], travel: Px) -> Self {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).sqrt().max(1.0);
        let step = (length / PLACES_MAX).max(1.0);
        let [x, y] = along.map(|part| part / length);
        let forward = if -y * travel[0] + x * travel[1] < 0.0 {
            [y, -x]
        } else {
            [-y, x]
        };
        let mut places = Vec::new();
        let count = (1..)
            .take_while(|place| f64::from(*place) * step <= length)
            .count()
            .max(1);
        for across in ACROSS {
            for place in (0..u32::try_from(count).unwrap_or(1)).map(f64::from) {
                let (along, across) = (place * step, across * step);
                places.push([
                    from[0] + x * along + forward[0] * across,
                    from[1] + y * along + forward[1] * across,
                ]);
            }
        }
        Self {
            places,
            length: count,
            travel,
            columns: VecDeque::new(),
            is_trimmed: false,
            background: None,
            searched: Millis::ZERO,
            counted: VecDeque::new(),
            heights: VecDeque::new(),
        }
    }

    /// Looks at one more frame, made `gain` times as bright.
    pub(super) fn look(&mut self, frame: &Frame<'_>, gain: f32, at: Millis) -> Vec<Crossing> {
        let last = self.columns.back().map(|column| column.at);
        if last.is_some_and(|last| at - last < GAP_MIN) {
            return Vec::new();
        }
        let color = |place: &Px| frame.color(*place).map(|value| value * gain);
        let colors = self.places.iter().map(color).collect();
        self.columns.push_back(Column { at, colors });
        while self.columns.len() > COLUMNS_MAX
            || self
                .columns
                .front()
                .is_some_and(|first| at - first.at > KEPT)
        {
            self.columns.pop_front();
            self.is_trimmed = true;
        }
        let first = self.columns.front().map_or(at, |first| first.at);
        let warm = self.background.is_some() || at - first >= WARM_UP;
        if !warm || at - self.searched < SEARCH_EVERY {
            return Vec::new();
        }
        self.search(at, false)
    }

    /// The source has ended: what is still on the line, and what there was if it ended early.
    pub(super) fn finish(&mut self) -> Vec<Crossing> {
        match self.columns.back().map(|last| last.at) {
            Some(at) => self.search(at, true),
            None => Vec::new(),
        }
    }

    /// Forgets all pictures: the source has been away, or shows something else.
    pub(super) fn forget(&mut self) {
        self.columns.clear();
        self.is_trimmed = false;
        self.background = None;
        self.counted.clear();
    }

    fn search(&mut self, now: Millis, is_end: bool) -> Vec<Crossing> {
        if self.columns.len() < COLUMNS_MIN {
            return Vec::new();
        }
        self.columns.make_contiguous();
        let (columns, _) = self.columns.as_slices();
        let background = self
            .background
            .get_or_insert_with(|| Background::median(columns, self.length));
        let found = find(columns, background, &self.heights, is_end);
        background.learn(columns, self.searched, &found.differs);
        self.searched = now;
        let mut crossings = Vec::new();
        for finding in found.vehicles {
            if self.is_counted(&finding) || self.is_tail(&finding) {
                continue;
            }
            self.counted.push_back((finding.rows, finding.span));
            self.heights.push_back(finding.rows[1] - finding.rows[0]);
            let at = self.moment(&finding);
            crossings.push(Crossing { at, known_at: now });
        }
        self.counted.retain(|(_, [_, to])| now - *to < KEPT + KEPT);
        while self.heights.len() > HEIGHTS_MAX {
            self.heights.pop_front();
        }
        crossings.sort();
        crossings
    }

    /// Whether most of it, or of something in it, has been counted before.
    fn is_counted(&self, finding: &Finding) -> bool {
        let overlap = |a: [i64; 2], b: [i64; 2]| (a[1].min(b[1]) - a[0].max(b[0])).max(0);
        let rows = |rows: [usize; 2]| rows.map(|row| i64::try_from(row).unwrap_or(i64::MAX));
        let span = |span: [Millis; 2]| span.map(|time| time.0);
        let area = |(a, b): ([i64; 2], [i64; 2])| (a[1] - a[0]) * (b[1] - b[0]);
        let new = (rows(finding.rows), span(finding.span));
        self.counted.iter().any(|(old_rows, old_span)| {
            let old = (rows(*old_rows), span(*old_span));
            let common = overlap(new.0, old.0) * overlap(new.1, old.1);
            2 * common > area(new).min(area(old))
        })
    }

    /// Whether it is the rest of a vehicle whose beginning is no longer kept. One that has stood on the line for most of what
    /// is kept has not been counted before.
    fn is_tail(&self, finding: &Finding) -> bool {
        let (Some(first), Some(third)) = (self.columns.front(), self.columns.get(2)) else {
            return false;
        };
        let kept = self
            .columns
            .back()
            .map_or(Millis::ZERO, |last| last.at - first.at);
        let [from, to] = finding.span;
        self.is_trimmed && from < third.at && (to - from).0 * 2 < kept.0
    }

    /// When the end nearest to the camera crosses: the front of what comes nearer, the rear of what goes away, and
    /// the middle of what drives by.
    fn moment(&self, finding: &Finding) -> Millis {
        let [from, to] = finding.span;
        match self.travel[1] {
            down if down > 0.5 => from,
            up if up < -0.5 => to,
            _ => Millis((from.0 + to.0) / 2),
        }
    }
}
