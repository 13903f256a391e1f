//! Shapes in the pictures of cameras: complete, within the picture, and of a form that can be used.

use super::facts::Facts;
use super::key::{Finding, Findings, Key};
use crate::intersection::compile;
use crate::intersection::file::{DetectorEntry, VehicleDetectorFunction, ViewEntry};
use crate::intersection::{Fingerprint, Px};

/// A zone or view smaller than this cannot be told from noise, px².
const AREA_MIN_PX2: f64 = 60.0;
/// A count line shorter than this has no room for a vehicle, px.
const LINE_MIN_PX: f64 = 8.0;
/// Traffic that runs along its count line, within about 15°, cannot be counted there.
const ACROSS_MIN: f64 = 0.26;

/// All checks of cameras.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let site = &facts.file.site;
    for (place, detector) in site.detectors.iter().enumerate() {
        let key = Key::new("site.detectors").at(place);
        check_detector(facts, detector, &key, findings);
    }
    for (place, view) in site.views.iter().enumerate() {
        check_view(facts, view, &Key::new("site.views").at(place), findings);
    }
    for (place, camera) in site.cameras.iter().enumerate() {
        let named = |name: &Option<String>| name.as_ref() == Some(&camera.id);
        let used = site
            .detectors
            .iter()
            .any(|detector| named(&detector.camera))
            || site.views.iter().any(|view| named(&view.camera));
        for (number, text) in camera.remembered.iter().enumerate() {
            if let Err(found) = text.parse::<Fingerprint>() {
                let key = Key::new("site.cameras")
                    .at(place)
                    .sub("remembered")
                    .at(number);
                let allowed = "32 groups of 32 digits, 0-9 and a-z";
                let hint = "let `phasewise camera --remember` write it";
                findings.add(Finding::error(key, found, allowed).hint(hint));
            }
        }
        if !used {
            let key = Key::new("site.cameras").at(place).sub("id");
            let found = format!("{:?}, which no detector or view names", camera.id);
            let allowed = "a camera that sees something";
            let hint = format!(
                "add `camera = {:?}` to a detector, with zone_px or line_px",
                camera.id
            );
            findings.add(Finding::warning(key, found, allowed).hint(hint));
        }
    }
}

const MISSING: &str = "nothing: the key is missing";

fn check_detector(facts: &Facts<'_>, detector: &DetectorEntry, key: &Key, findings: &mut Findings) {
    let Some(camera) = &detector.camera else {
        for (name, given) in [
            ("zone_px", detector.zone_px.is_some()),
            ("line_px", detector.line_px.is_some()),
            ("toward_px", detector.toward_px.is_some()),
        ] {
            if given {
                findings.add(without_camera(key.sub(name)));
            }
        }
        return;
    };
    let (zone, line) = (detector.zone_px.as_deref(), detector.line_px);
    let usual = match detector.function {
        VehicleDetectorFunction::StopBarPresence | VehicleDetectorFunction::Advance => "zone_px",
        VehicleDetectorFunction::StopBarCount => "line_px",
    };
    match (zone, line) {
        (None, None) => {
            let allowed = "where the camera sees the detector";
            findings.add(Finding::error(key.sub(usual), MISSING, allowed));
        }
        (Some(_), Some(_)) => {
            let allowed = "zone_px (on while occupied) or line_px (a pulse per vehicle), not both";
            findings.add(Finding::error(
                key.sub("line_px"),
                "a line beside a zone",
                allowed,
            ));
        }
        (Some(_), None) if detector.function == VehicleDetectorFunction::StopBarCount => {
            let allowed = "line_px for a detector that counts";
            findings.add(Finding::error(key.sub("zone_px"), "a zone", allowed));
        }
        (None, Some(_)) if detector.function == VehicleDetectorFunction::StopBarPresence => {
            let allowed = "zone_px for a detector of presence";
            findings.add(Finding::error(key.sub("line_px"), "a line", allowed));
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    if let Some(corners) = zone {
        check_polygon(corners, &key.sub("zone_px"), findings);
        check_within(facts, camera, corners, &key.sub("zone_px"), findings);
    }
    if let Some(ends) = line {
        check_line(ends, detector.toward_px, key, findings);
        check_within(facts, camera, &ends, &key.sub("line_px"), findings);
    }
}

fn check_view(facts: &Facts<'_>, view: &ViewEntry, key: &Key, findings: &mut Findings) {
    let corners_key = key.sub("corners_px");
    match (&view.camera, view.corners_px) {
        (None, None) => {}
        (None, Some(_)) => findings.add(without_camera(corners_key)),
        (Some(_), None) => {
            let allowed = "its four corners in the picture of the camera";
            findings.add(Finding::error(corners_key, MISSING, allowed));
        }
        (Some(camera), Some(corners)) => {
            check_polygon(&corners, &corners_key, findings);
            if !is_convex(&corners) {
                let allowed = "front left, front right, rear right, rear left: a convex shape";
                let found = "corners out of order, or on one line";
                findings.add(Finding::error(corners_key.clone(), found, allowed));
            } else if signed_area(&corners) < 0.0 {
                // A camera above the road sees the corners in the order in which a bird does: clockwise.
                let found = "left and right the other way round";
                let allowed = "front left, front right, rear right, rear left, as a driver in it would name them";
                let hint =
                    "of traffic that comes toward the camera, left is on the right of the picture";
                findings.add(Finding::warning(corners_key.clone(), found, allowed).hint(hint));
            }
            check_within(facts, camera, &corners, &corners_key, findings);
        }
    }
}

fn without_camera(key: Key) -> Finding {
    let hint = "name the camera that sees it: `camera = \"…\"`";
    Finding::error(key, "a shape in no picture", "shapes only with `camera`").hint(hint)
}

fn check_polygon(corners: &[Px], key: &Key, findings: &mut Findings) {
    let area = area(corners);
    if area < AREA_MIN_PX2 {
        let found = format!("a shape of {area:.0} square pixels");
        let allowed = format!("at least {AREA_MIN_PX2} square pixels, corners in order around it");
        findings.add(Finding::error(key.clone(), found, allowed));
    } else if crosses_itself(corners) {
        let found = "a shape whose edges cross";
        findings.add(Finding::error(
            key.clone(),
            found,
            "corners in order around it",
        ));
    }
}

fn check_line(ends: [Px; 2], toward: Option<Px>, key: &Key, findings: &mut Findings) {
    let [along, across] = [
        minus(ends[1], ends[0]),
        minus(toward.unwrap_or_default(), compile::middle(&ends)),
    ];
    if length(along) < LINE_MIN_PX {
        let found = format!("a line of {:.0} pixels", length(along));
        let allowed =
            format!("at least {LINE_MIN_PX} pixels, from one side of the lane to the other");
        findings.add(Finding::error(key.sub("line_px"), found, allowed));
        return;
    }
    let key = key.sub("toward_px");
    let allowed = "a place to which its traffic moves in the picture";
    if toward.is_none() {
        findings.add(Finding::error(key, MISSING, allowed));
    } else if cross(along, across).abs() < ACROSS_MIN * length(along) * length(across)
        || length(across) < 1.0
    {
        let found = "a place beyond the end of the line, or on it";
        let hint = "traffic has to cross the line, not to run along it";
        findings.add(Finding::error(key, found, allowed).hint(hint));
    }
}

/// Complains about the first place outside the picture.
fn check_within(
    facts: &Facts<'_>,
    camera: &str,
    places: &[Px],
    key: &Key,
    findings: &mut Findings,
) {
    let cameras = facts.file.site.cameras.iter();
    let Some([width, height]) = cameras
        .filter(|entry| entry.id == camera)
        .map(|entry| entry.size_px.map(f64::from))
        .next()
    else {
        return;
    };
    let outside =
        |place: &&Px| !(0.0..=width).contains(&place[0]) || !(0.0..=height).contains(&place[1]);
    if let Some([x, y]) = places.iter().find(outside) {
        let allowed = format!("places within the picture of camera {camera:?}, {width} × {height}");
        findings.add(Finding::error(key.clone(), format!("[{x}, {y}]"), allowed));
    }
}

fn minus(a: Px, b: Px) -> Px {
    [a[0] - b[0], a[1] - b[1]]
}

fn cross(a: Px, b: Px) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

fn length(a: Px) -> f64 {
    (a[0] * a[0] + a[1] * a[1]).sqrt()
}

/// Every edge of a closed shape.
fn edges(corners: &[Px]) -> impl Iterator<Item = (Px, Px)> + Clone {
    corners
        .iter()
        .copied()
        .zip(corners.iter().copied().cycle().skip(1))
}

fn area(corners: &[Px]) -> f64 {
    signed_area(corners).abs()
}

/// Positive when the corners run clockwise in the picture.
fn signed_area(corners: &[Px]) -> f64 {
    edges(corners).map(|(a, b)| cross(a, b)).sum::<f64>() / 2.0
}

fn is_convex(corners: &[Px; 4]) -> bool {
    let next = edges(corners).map(|(a, b)| minus(b, a));
    let turns: Vec<f64> = next
        .clone()
        .zip(next.cycle().skip(1))
        .map(|(a, b)| cross(a, b))
        .collect();
    turns.iter().all(|turn| *turn > 0.0) || turns.iter().all(|turn| *turn < 0.0)
}

fn crosses_itself(corners: &[Px]) -> bool {
    let apart = |(a, b): (Px, Px), c: Px, d: Px| {
        cross(minus(b, a), minus(c, a)) * cross(minus(b, a), minus(d, a)) < 0.0
    };
    let edges: Vec<(Px, Px)> = edges(corners).collect();
    edges.iter().enumerate().any(|(place, one)| {
        let others = edges.iter().skip(place + 1);
        others
            .clone()
            .any(|other| apart(*one, other.0, other.1) && apart(*other, one.0, one.1))
    })
}
