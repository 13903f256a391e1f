//! What a camera sees of an intersection: shapes in its picture.
//!
//! In: nothing. Out: [`Camera`], and for detectors and views [`Seen`] and [`Strip`]. Not here: pictures.

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
