//! A small upright picture of one zone, as a learned model takes it.
//!
//! In: a frame and the corners of a zone. Out: [`Patch`]: 32 × 32 pixels of the zone, what is beside it, and what stands
//! in it as high as it is long. Not here: what is in it. A patch shows no plate and no face: one pixel is 15 cm or more.

use crate::camera::frame::Frame;
use crate::intersection::Px;

/// Pixels on each side of a patch.
pub const PATCH_SIDE: usize = 32;
/// Part of the picture that a patch shows, in widths and heights of the zone from its upper left corner: half a lane
/// on both sides, a vehicle's height above it, a little below.
const ACROSS: [f64; 2] = [-0.5, 1.5];
const DOWN: [f64; 2] = [-1.0, 1.25];
/// Places that are averaged for a pixel, across and down.
const FINE: u32 = 2;
/// Spread of brightness that an even picture is taken to have: noise is not blown up to look like something.
const SPREAD_MIN: f32 = 14.0;

/// A small picture of a zone: blue, green and red, rows from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Patch {
    /// [`PATCH_SIDE`]² pixels of three bytes.
    pub bgr: Vec<u8>,
}

// Pictures do not get into messages, not even as numbers.
impl std::fmt::Debug for Patch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Patch({PATCH_SIDE} × {PATCH_SIDE})")
    }
}

impl Patch {
    /// The patch of the zone with these corners, three or more, px of the frame.
    #[must_use]
    pub fn cut(frame: &Frame<'_>, corners: &[Px]) -> Self {
        let upright = Upright::new(corners);
        let side = u32::try_from(PATCH_SIDE).unwrap_or(u32::MAX);
        let share = |at: u32, fine: u32| {
            (f64::from(at) + (f64::from(fine) + 0.5) / f64::from(FINE)) / f64::from(side)
        };
        let mut bgr = Vec::with_capacity(PATCH_SIDE * PATCH_SIDE * 3);
        for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
            let mut sum = [0.0_f32; 3];
            for (y, x) in (0..FINE).flat_map(|y| (0..FINE).map(move |x| (y, x))) {
                let color = frame.color(upright.place(share(column, x), share(row, y)));
                for (sum, value) in sum.iter_mut().zip(color) {
                    *sum += value;
                }
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a mean of bytes"
            )]
            bgr.extend(sum.map(|sum| (sum / (FINE * FINE) as f32).round() as u8));
        }
        Self { bgr }
    }

    /// What the model of our own takes: 3 × 32 × 32 numbers, blue first, without the brightness and contrast of the day. The same as
    /// `normalized` in `models/train.py`.
    #[must_use]
    pub fn normalized(&self) -> Vec<f32> {
        #[expect(clippy::cast_precision_loss, reason = "3072")]
        let count = self.bgr.len().max(1) as f32;
        let values = || self.bgr.iter().map(|value| f32::from(*value));
        let mean = values().sum::<f32>() / count;
        let spread = (values().map(|value| (value - mean).powi(2)).sum::<f32>() / count).sqrt();
        let spread = spread.max(SPREAD_MIN);
        let of_color = |color: usize| values().skip(color).step_by(3);
        (0..3)
            .flat_map(|color| of_color(color).map(move |value| (value - mean) / spread))
            .collect()
    }
}

/// A zone as an upright parallelogram in the picture.
#[derive(Clone, Copy, Debug)]
struct Upright {
    corner: Px,
    across: Px,
    down: Px,
}

impl Upright {
    fn new(corners: &[Px]) -> Self {
        let [a, b, c, d] = match *corners {
            [a, b, c, d] => [a, b, c, d],
            _ => bounds(corners),
        };
        let middle = |a: Px, b: Px| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        // Opposite sides face each other; the pair that is farther apart in height is top and bottom.
        let mut down = [middle(a, b), middle(c, d)];
        let mut across = [middle(b, c), middle(d, a)];
        let apart = |pair: [Px; 2], axis: usize| {
            let [a, b] = pair.map(|it| it.get(axis).copied().unwrap_or(0.0));
            (a - b).abs()
        };
        if apart(across, 1) - apart(across, 0) > apart(down, 1) - apart(down, 0) {
            std::mem::swap(&mut down, &mut across);
        }
        down.sort_by(|a, b| a[1].total_cmp(&b[1]));
        across.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let from_to = |[from, to]: [Px; 2]| [to[0] - from[0], to[1] - from[1]];
        let (down, across) = (from_to(down), from_to(across));
        let center = middle(middle(a, b), middle(c, d));
        let half = |axis: [f64; 2]| (axis[0] + axis[1]) / 2.0;
        let corner = [
            center[0] - half([across[0], down[0]]),
            center[1] - half([across[1], down[1]]),
        ];
        Self {
            corner,
            across,
            down,
        }
    }

    /// The place at these shares of the patch.
    fn place(&self, across: f64, down: f64) -> Px {
        let within = |[from, to]: [f64; 2], share: f64| from + (to - from) * share;
        let (u, v) = (within(ACROSS, across), within(DOWN, down));
        let ([x, y], [ax, ay], [dx, dy]) = (self.corner, self.across, self.down);
        [x + ax * u + dx * v, y + ay * u + dy * v]
    }
}

/// The corners of the smallest upright rectangle around some places.
fn bounds(places: &[Px]) -> [Px; 4] {
    let bound = |pick: fn(f64, f64) -> f64| {
        let bound = places.iter().copied();
        bound
            .reduce(|a, b| [pick(a[0], b[0]), pick(a[1], b[1])])
            .unwrap_or_default()
    };
    let ([left, top], [right, bottom]) = (bound(f64::min), bound(f64::max));
    [[left, top], [right, top], [right, bottom], [left, bottom]]
}
