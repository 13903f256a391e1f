//! Learned models: whether a vehicle stands in a zone, by what vehicles look like.
//!
//! In: a frame and zones in it. Out: how likely somebody is in each, as evidence for the zones (`zone.rs`), which
//! decide. Our own model is trained by `models/train.py`; a city may bring a YOLO. Running one needs OpenCV (feature
//! `camera`). Not here: counting, health, training.

mod patch;
pub mod onnx;
pub mod yolo;
#[cfg(feature = "camera")]
mod net;

use std::path::Path;

use super::frame::Frame;
use crate::intersection::Px;

pub use patch::{PATCH_SIDE, Patch};

/// Something that has learned what vehicles look like.
pub trait VehicleDetector: std::fmt::Debug + Send {
    /// For each zone, given by its corners in px of the frame: how likely a vehicle stands in it, 0 to 1.
    ///
    /// # Errors
    /// Why it cannot tell.
    fn look(&mut self, frame: &Frame<'_>, zones: &[Vec<Px>]) -> Result<Vec<f32>, String>;

    /// The same for patches; `None` from models that look at whole pictures.
    fn judge(&mut self, patches: &[Patch]) -> Option<Result<Vec<f32>, String>>;
}

/// Opens an ONNX model.
///
/// # Errors
/// No file, no ONNX, a model of another shape, or one that OpenCV cannot run: with file, found and allowed. And always in a program
/// without the feature `camera`.
pub fn open(path: &Path) -> Result<Box<dyn VehicleDetector>, String> {
    net::open(path)
}

#[cfg(not(feature = "camera"))]
mod net {
    use std::path::Path;

    use super::VehicleDetector;

    pub(super) fn open(path: &Path) -> Result<Box<dyn VehicleDetector>, String> {
        Err(format!(
            "{}: this program was built without OpenCV, which runs models; build one that has it: make camera",
            path.display()
        ))
    }
}
