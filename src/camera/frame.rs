//! One picture: pixels in memory, and how bright it is between them.
//!
//! In: blue, green, red bytes, row by row. Out: values at places, as floats 0 to 255. Not here: where pictures come
//! from; nothing keeps one beyond the next.

use crate::intersection::Px;

/// Smallest side of a picture that is looked at, px.
pub const SIDE_MIN: usize = 64;
/// Largest side of a picture that is looked at, px; beyond 8K nobody sees more of a street.
pub const SIDE_MAX: usize = 8192;

/// Places of [`Frame::samples`], across and down.
const GRID: u32 = 24;

/// A picture that somebody else holds.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    width: usize,
    height: usize,
    bgr: &'a [u8],
    /// Where the place [0, 0] is in it.
    origin: Px,
}

/// Blue, green and red, 0 to 255.
pub(super) type Color = [f32; 3];

impl<'a> Frame<'a> {
    /// A picture of `width` × `height` pixels, three bytes each (blue, green, red), rows from the top without gaps.
    /// `None` when the bytes are not as many, or a side is not within [`SIDE_MIN`] to [`SIDE_MAX`].
    #[must_use]
    pub fn new(width: usize, height: usize, bgr: &'a [u8]) -> Option<Self> {
        let sides = SIDE_MIN..=SIDE_MAX;
        let fits = sides.contains(&width) && sides.contains(&height);
        (fits && bgr.len() == width * height * 3).then_some(Self {
            width,
            height,
            bgr,
            origin: [0.0, 0.0],
        })
    }

    /// Width and height, px.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Blue, green and red of every pixel, rows from the top.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bgr
    }

    /// The same picture, in which everything is so much farther right and down than it should be.
    pub(super) fn moved(&self, by: Px) -> Self {
        Self {
            origin: by,
            ..*self
        }
    }

    /// The pixel in this column and row; beyond the edge, the nearest one.
    fn pixel(&self, x: usize, y: usize) -> Color {
        let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
        let at = (y * self.width + x) * 3;
        match self.bgr.get(at..at + 3) {
            Some([blue, green, red]) => [*blue, *green, *red].map(f32::from),
            Some(_) | None => [0.0; 3],
        }
    }

    /// The color at a place between pixels, in pixels of this picture.
    pub(super) fn color(&self, [x, y]: Px) -> Color {
        let [right, down] = self.origin;
        let (x, y) = ((x + right).max(0.0), (y + down).max(0.0));
        let (column, row) = (whole(x), whole(y));
        #[expect(clippy::cast_possible_truncation, reason = "a fraction")]
        let (right, down) = (x.fract() as f32, y.fract() as f32);
        let mix = |a: Color, b: Color, share: f32| {
            let mut mixed = a;
            for (value, other) in mixed.iter_mut().zip(b) {
                *value += (other - *value) * share;
            }
            mixed
        };
        let above = mix(self.pixel(column, row), self.pixel(column + 1, row), right);
        let below = mix(
            self.pixel(column, row + 1),
            self.pixel(column + 1, row + 1),
            right,
        );
        mix(above, below, down)
    }

    /// How bright the pixel in this column and row is, 0 to 255.
    pub(super) fn gray_of(&self, x: usize, y: usize) -> f32 {
        gray(self.pixel(x, y))
    }

    /// How bright it is at a place, 0 to 255.
    pub(super) fn gray(&self, place: Px) -> f32 {
        gray(self.color(place))
    }

    /// Brightness at places all over the picture.
    pub(super) fn samples(&self) -> Vec<f32> {
        let [width, height] = self
            .size()
            .map(|side| f64::from(u32::try_from(side).unwrap_or(u32::MAX)));
        let place = |at: u32, side: f64| (f64::from(at) + 0.5) / f64::from(GRID) * side;
        let places = (0..GRID).flat_map(|row| (0..GRID).map(move |column| [column, row]));
        places
            .map(|[column, row]| self.gray([place(column, width), place(row, height)]))
            .collect()
    }
}

/// Brightness of a color as the eye weighs it (ITU-R BT.601).
pub(super) fn gray([blue, green, red]: Color) -> f32 {
    0.114 * blue + 0.587 * green + 0.299 * red
}

/// The pixel that a coordinate falls into.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the side of a picture"
)]
fn whole(coordinate: f64) -> usize {
    coordinate.clamp(0.0, SIDE_MAX as f64) as usize
}
