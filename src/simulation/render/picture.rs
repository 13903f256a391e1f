//! A picture in memory, and convex shapes painted into it.
//!
//! In: shapes in pixels. Out: blue, green and red bytes, rows from the top. Not here: what the shapes mean.

use crate::intersection::Px;

/// Blue, green and red, 0 to 255.
pub(super) type Color = [f32; 3];

/// How a shape changes what is there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paint {
    /// Covers it.
    Cover(Color),
    /// Leaves this share of its brightness: a shadow.
    Darken(f32),
    /// Adds light.
    Light(Color),
}

/// Half the width of a line, px.
const STROKE_PX: f64 = 0.8;

/// A picture for people to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Width and height.
    pub size_px: [usize; 2],
    /// Red, green and blue of every pixel, rows from the top.
    pub rgb: Vec<u8>,
}

/// A picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bgr: Vec<u8>,
}

impl Picture {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            bgr: vec![0; width * height * 3],
        }
    }

    /// Copies the part of `other` of this picture's size that begins at `left`, `top`.
    pub(super) fn copy_part(&mut self, other: &Self, (left, top): (usize, usize)) {
        let rows = self.bgr.chunks_exact_mut(self.width * 3);
        for (row, line) in rows.enumerate() {
            let from = ((top + row) * other.width + left) * 3;
            if let Some(source) = other.bgr.get(from..from + line.len()) {
                line.copy_from_slice(source);
            }
        }
    }

    /// Sets one pixel.
    pub(super) fn set(&mut self, x: usize, y: usize, color: Color) {
        let at = (y * self.width + x) * 3;
        if let Some(pixel) = self.bgr.get_mut(at..at + 3) {
            for (value, new) in pixel.iter_mut().zip(color) {
                *value = byte(new);
            }
        }
    }

    /// Paints a convex shape; its left and right edges are smooth.
    pub(super) fn fill(&mut self, corners: &[Px], paint: Paint) {
        let rows = corners.iter().map(|corner| corner[1]);
        let top = whole(rows.clone().fold(f64::INFINITY, f64::min).floor());
        let bottom = whole(rows.fold(0.0, f64::max).ceil()).min(self.height);
        for row in top..bottom {
            #[expect(clippy::cast_precision_loss, reason = "rows of a picture")]
            let middle = row as f64 + 0.5;
            let Some((from, to)) = span(corners, middle) else {
                continue;
            };
            let (first, end) = (whole(from.floor()), whole(to.ceil()).min(self.width));
            for column in first..end {
                #[expect(clippy::cast_precision_loss, reason = "columns of a picture")]
                let left = column as f64;
                let covered = (to.min(left + 1.0) - from.max(left)).clamp(0.0, 1.0);
                #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
                self.paint(column, row, paint, covered as f32);
            }
        }
    }

    /// Draws the sides of a shape.
    pub(super) fn outline(&mut self, corners: &[Px], color: Color) {
        for (number, [x0, y0]) in corners.iter().enumerate() {
            let [x1, y1] = corners[(number + 1) % corners.len()];
            let length = (x1 - x0).hypot(y1 - y0).max(0.1);
            let [x, y] = [
                (y0 - y1) / length * STROKE_PX,
                (x1 - x0) / length * STROKE_PX,
            ];
            let side = [
                [x0 + x, y0 + y],
                [x1 + x, y1 + y],
                [x1 - x, y1 - y],
                [x0 - x, y0 - y],
            ];
            self.fill(&side, Paint::Cover(color));
        }
    }

    /// A copy for people to look at.
    pub(super) fn snapshot(&self) -> Snapshot {
        let pixels = self.bgr.chunks_exact(3);
        Snapshot {
            size_px: [self.width, self.height],
            rgb: pixels
                .flat_map(|pixel| pixel.iter().rev().copied())
                .collect(),
        }
    }

    fn paint(&mut self, x: usize, y: usize, paint: Paint, covered: f32) {
        let at = (y * self.width + x) * 3;
        let Some(pixel) = self.bgr.get_mut(at..at + 3) else {
            return;
        };
        for (channel, value) in pixel.iter_mut().enumerate() {
            let old = f32::from(*value);
            let new = match paint {
                Paint::Cover(color) => color[channel],
                Paint::Darken(share) => old * share,
                Paint::Light(color) => old + color[channel],
            };
            *value = byte(old + (new - old) * covered);
        }
    }
}

/// Where a row enters and leaves a convex shape.
fn span(corners: &[Px], row: f64) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for (number, [x0, y0]) in corners.iter().enumerate() {
        let [x1, y1] = corners[(number + 1) % corners.len()];
        if (*y0 <= row) == (y1 <= row) {
            continue;
        }
        let x = x0 + (x1 - x0) * (row - y0) / (y1 - y0);
        range = Some(range.map_or((x, x), |(from, to)| (from.min(x), to.max(x))));
    }
    range
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
pub(super) fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// A row or column of a picture; 0 for what lies before it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates; pictures are small"
)]
fn whole(value: f64) -> usize {
    value.max(0.0) as usize
}
