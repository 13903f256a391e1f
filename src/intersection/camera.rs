//! What a camera sees of an intersection: shapes in its picture.
//!
//! In: nothing. Out: [`Camera`], and for detectors and views [`Seen`] and [`Strip`]. Not here: pictures.

use std::fmt;
use std::str::FromStr;

use super::ids::CameraId;

/// A place in a picture, px from its top left corner: right, then down.
pub type Px = [f64; 2];

/// A camera that watches the intersection.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// Name in the file.
    pub id: String,
    /// Width and height of the picture in which its shapes were marked, px.
    pub size_px: [u32; 2],
    /// How its view looked when it was right; any of them.
    pub remembered: Vec<Fingerprint>,
    /// The learned model that is asked about its zones: an ONNX file, relative to the site file.
    pub detector: Option<String>,
}

/// Where a camera sees a detector.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The camera.
    pub by: CameraId,
    /// The part of its picture.
    pub shape: Shape,
    /// Which way its traffic moves in the picture: a unit vector. `None` for a zone without one.
    pub travel: Option<Px>,
}

/// The part of a picture that works as a detector.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// On while a vehicle stands on this piece of road; three corners or more.
    Zone(Vec<Px>),
    /// One pulse per vehicle that crosses the line between these points.
    Line([Px; 2]),
}

/// Where a camera sees a view: its four corners on the ground, as a driver in it would name them.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The camera.
    pub by: CameraId,
    /// Corners in the picture: front left, front right, rear right, rear left.
    pub corners_px: [Px; 4],
}

/// What a camera looks at, coarsely: how much edge there is in each of 32 × 32 blocks of its picture. In words: 32 groups of 32
/// digits, 0 to 9 and a to z, row by row. Nobody can be recognized in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// Blocks across and down.
    pub const SIDE: usize = 32;
    /// The largest digit.
    const MOST: u8 = 35;

    /// Of so much edge per block, row by row; blocks that are missing have none.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a digit, clamped"
    )]
    pub fn of(edges: &[f32]) -> Self {
        let most = edges.iter().copied().fold(0.0_f32, f32::max).max(1e-6);
        let digit = |edge: &f32| {
            (edge / most * f32::from(Self::MOST))
                .round()
                .clamp(0.0, 35.0) as u8
        };
        let mut digits: Vec<u8> = edges.iter().map(digit).collect();
        digits.resize(Self::SIDE * Self::SIDE, 0);
        Self(digits)
    }

    /// Edge per block, row by row, in parts of the largest.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        self.0.iter().copied().map(f32::from).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.iter().enumerate() {
            if place > 0 && place % Self::SIDE == 0 {
                f.write_str(" ")?;
            }
            let digit = char::from_digit(u32::from(*digit), 36).unwrap_or('0');
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digit = |digit: char| u8::try_from(digit.to_digit(36)?).ok();
        let digits: Option<Vec<u8>> = text
            .split_whitespace()
            .flat_map(str::chars)
            .map(digit)
            .collect();
        match digits {
            Some(digits) if digits.len() == Self::SIDE * Self::SIDE => Ok(Self(digits)),
            Some(digits) => Err(format!("{} digits", digits.len())),
            None => Err("a character that is no digit".to_owned()),
        }
    }
}
