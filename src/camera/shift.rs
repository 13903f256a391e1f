//! How far the whole picture has moved since the beginning: wind on the mast.
//!
//! In: frames. Out: where in a frame is what was at the top left corner at first, px, so that shapes are looked for where they
//! are. The brightness along bands of the picture, summed across each, is slid along what it was; most bands see
//! nothing but what stands, so that the middle of what they say is right in traffic as well. A camera that was turned by more is noticed; one that
//! looks at something else altogether, `health/edges.rs` sees.

use super::frame::Frame;
use super::health::edges::correlation;
use crate::intersection::Px;

/// Bands across the picture, and as many down.
const BANDS: usize = 4;
/// Lines of pixels that are summed in a band.
const LINES: usize = 16;
/// Farthest that is looked for, share of the width of the picture.
const FARTHEST: f64 = 0.025;
/// A band tells something from this correlation on.
const ALIKE: f32 = 0.6;
/// When it is not there, so many times as far is looked at, and how often, frames: it has been turned.
const SEARCHED: i32 = 5;
const SEARCH_EVERY: u32 = 8;
/// Nearer to where it was, it has not moved: a tenth of a pixel in each frame would blur everything, px.
const UNMOVED_PX: f64 = 0.75;
/// Frames whose mean place is where it was at first.
const FIRST_OF: f64 = 100.0;
/// How often the bands are learned anew, frames, and how much of them.
const LEARN_EVERY: u32 = 10;
const SHARE: f32 = 0.02;

/// Watches where the picture is.
#[derive(Clone, Debug, Default)]
pub(super) struct Shift {
    /// Brightness along the bands: those that tell right and left, those that tell up and down.
    bands: Option<[Vec<Vec<f32>>; 2]>,
    /// Where the picture was on average in the first frames, from the very first.
    first: Px,
    frames: f64,
    until_learning: u32,
    now: Px,
    until_search: u32,
    is_elsewhere: bool,
}

impl Shift {
    /// Whether the picture is the same, but farther away than wind could have moved it.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }

    /// How far the last frame has moved to the right and down, px.
    pub(super) fn now(&self) -> Px {
        self.now
    }

    /// How far this frame has moved to the right and down, px.
    pub(super) fn look(&mut self, frame: &Frame<'_>) -> Px {
        let now = [bands(frame, 0), bands(frame, 1)];
        let Some(known) = &mut self.bands else {
            self.bands = Some(now);
            return [0.0, 0.0];
        };
        let [width, _] = frame.size();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "some pixels"
        )]
        let farthest = (FARTHEST * width as f64) as i32;
        let [known_x, known_y] = &mut *known;
        let [now_x, now_y] = &now;
        let near = (
            moved(known_x, now_x, farthest),
            moved(known_y, now_y, farthest),
        );
        let (Some(x), Some(y)) = near else {
            // Who cannot tell stays with what was.
            if self.until_search == 0 {
                self.until_search = SEARCH_EVERY;
                let far = SEARCHED * farthest;
                let is_far =
                    |moved: Option<f64>| moved.is_some_and(|by| by.abs() > farthest.into());
                self.is_elsewhere = near.0.is_none() && is_far(moved(known_x, now_x, far))
                    || near.1.is_none() && is_far(moved(known_y, now_y, far));
            }
            self.until_search -= 1;
            return self.now;
        };
        self.is_elsewhere = false;
        if self.frames < FIRST_OF {
            self.frames += 1.0;
            for (first, now) in self.first.iter_mut().zip([x, y]) {
                *first += (now - *first) / self.frames;
            }
        }
        if self.until_learning == 0 && x.abs().max(y.abs()) < UNMOVED_PX {
            self.until_learning = LEARN_EVERY;
            for (known, now) in known.iter_mut().flatten().zip(now.iter().flatten()) {
                for (known, now) in known.iter_mut().zip(now) {
                    *known += SHARE * (now - *known);
                }
            }
        }
        self.until_learning = self.until_learning.saturating_sub(1);
        let from_first = [x - self.first[0], y - self.first[1]];
        let is_moved = from_first.iter().any(|moved| moved.abs() > UNMOVED_PX);
        self.now = if is_moved { from_first } else { [0.0, 0.0] };
        self.now
    }
}

/// How steep brightness is along each band; `axis` 0: from left to right, 1: from top to bottom.
fn bands(frame: &Frame<'_>, axis: usize) -> Vec<Vec<f32>> {
    let [width, height] = frame.size();
    let (along, across) = if axis == 0 {
        (width, height)
    } else {
        (height, width)
    };
    let band = |number: usize| {
        let line = |line: usize| (number * LINES + line) * across / (BANDS * LINES);
        let sum = |place: usize| -> f32 {
            (0..LINES)
                .map(|number| match axis {
                    0 => frame.gray_of(place, line(number)),
                    _ => frame.gray_of(line(number), place),
                })
                .sum()
        };
        let sums: Vec<f32> = (0..along).map(sum).collect();
        sums.windows(3)
            .map(|three| match three {
                [before, _, after] => after - before,
                _ => 0.0,
            })
            .collect()
    };
    (0..BANDS).map(band).collect()
}

/// The middle of what the bands say; `None` when fewer than two can tell.
fn moved(known: &[Vec<f32>], now: &[Vec<f32>], farthest: i32) -> Option<f64> {
    let told = known.iter().zip(now);
    let mut told: Vec<f64> = told
        .filter_map(|(known, now)| slid(known, now, farthest))
        .collect();
    told.sort_by(f64::total_cmp);
    let middle = told.len() / 2;
    let (high, low) = (told.get(middle)?, told.get(told.len().checked_sub(1)? / 2)?);
    (told.len() >= 2).then_some((high + low) / 2.0)
}

/// How far one has slid along the other, between pixels; `None` when they are not alike anywhere.
fn slid(known: &[f32], now: &[f32], farthest: i32) -> Option<f64> {
    let alike = |by: i32| -> f32 {
        let by_places = usize::try_from(by.unsigned_abs()).unwrap_or(0);
        let (known, now) = match by < 0 {
            true => (
                known.get(by_places..),
                now.get(..now.len().saturating_sub(by_places)),
            ),
            false => (
                known.get(..known.len().saturating_sub(by_places)),
                now.get(by_places..),
            ),
        };
        correlation(known.unwrap_or_default(), now.unwrap_or_default())
    };
    let tried: Vec<f32> = (-farthest..=farthest).map(alike).collect();
    let (best, most) = tried
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    if *most < ALIKE {
        return None;
    }
    let place = f64::from(i32::try_from(best).unwrap_or(0) - farthest);
    let (Some(before), Some(after)) = (tried.get(best.checked_sub(1)?), tried.get(best + 1)) else {
        return None;
    };
    // The top of the parabola through three values.
    let bend = f64::from(before + after - 2.0 * most);
    let beside = if bend < -1e-6 {
        f64::from(before - after) / (2.0 * bend)
    } else {
        0.0
    };
    Some(place + beside)
}
