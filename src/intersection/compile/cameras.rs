//! Cameras, and where they see detectors and views.

use super::position;
use crate::intersection::file::{DetectorEntry, SiteFile, ViewEntry};
use crate::intersection::{Camera, CameraId, Px, Seen, Shape, Strip, Table};

pub(super) fn compile_cameras(file: &SiteFile) -> Table<CameraId, Camera> {
    let cameras = file.site.cameras.iter().map(|camera| Camera {
        id: camera.id.clone(),
        size_px: camera.size_px,
        remembered: (camera.remembered.iter())
            .filter_map(|text| text.parse().ok())
            .collect(),
        detector: camera.detector.clone(),
    });
    Table::new(cameras.collect())
}

fn camera_id(file: &SiteFile, name: Option<&String>) -> Option<CameraId> {
    let name = name?;
    position(&file.site.cameras, |camera| camera.id == *name)
}

/// Where a camera sees this detector.
pub(super) fn seen(file: &SiteFile, detector: &DetectorEntry) -> Option<Seen> {
    let by = camera_id(file, detector.camera.as_ref())?;
    let shape = match (&detector.zone_px, detector.line_px) {
        (Some(corners), _) => Shape::Zone(corners.clone()),
        (None, Some(ends)) => Shape::Line(ends),
        (None, None) => return None,
    };
    let travel = match (&shape, detector.toward_px) {
        (_, None) => None,
        (Shape::Zone(corners), Some(toward)) => direction(middle(corners), toward),
        (Shape::Line(ends), Some(toward)) => direction(middle(ends), toward),
    };
    Some(Seen { by, shape, travel })
}

/// Where a camera sees this view.
pub(super) fn strip(file: &SiteFile, view: &ViewEntry) -> Option<Strip> {
    let by = camera_id(file, view.camera.as_ref())?;
    let corners_px = view.corners_px?;
    Some(Strip { by, corners_px })
}

/// The mean of some places.
pub(in crate::intersection) fn middle(places: &[Px]) -> Px {
    let count = f64::from(u32::try_from(places.len()).unwrap_or(1).max(1));
    let sum = places
        .iter()
        .fold([0.0, 0.0], |[x, y], place| [x + place[0], y + place[1]]);
    sum.map(|sum| sum / count)
}

/// The unit vector from one place to another; `None` when they are the same.
fn direction(from: Px, to: Px) -> Option<Px> {
    let [x, y] = [to[0] - from[0], to[1] - from[1]];
    let length = (x * x + y * y).sqrt();
    (length > 0.0).then(|| [x / length, y / length])
}
