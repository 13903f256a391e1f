//! Detectors and buttons with their options, and camera views.

use super::cameras::{seen, strip};
use super::{lane_ids, phase_set, position};
use crate::intersection::file::{
    DetectorEntry, DetectorTuningEntry, MovementEntry, SiteFile, VehicleDetectorFunction,
    WhenFailed,
};
use crate::intersection::{
    Detector, DetectorFunction, DetectorId, DetectorSettings, FailMode, PhaseSet, Table, View,
    ViewId,
};
use crate::units::Millis;

pub(super) fn compile_detectors(file: &SiteFile) -> Option<Table<DetectorId, Detector>> {
    let vehicle = file
        .site
        .detectors
        .iter()
        .map(|detector| compile_detector(file, detector));
    let buttons = file.site.buttons.iter().map(|button| {
        let crosswalk = position(&file.site.crosswalks, |crosswalk| {
            crosswalk.id == button.crosswalk
        })?;
        Some(Detector {
            id: button.id.clone(),
            channel: button.channel,
            function: DetectorFunction::PedestrianButton,
            lanes: Vec::new(),
            crosswalk: Some(crosswalk),
            distance_m: 0.0,
            length_m: 0.0,
            calls: PhaseSet::EMPTY,
            extends: PhaseSet::EMPTY,
            settings: detector_settings(file, None),
            seen: None,
        })
    });
    Some(Table::new(vehicle.chain(buttons).collect::<Option<_>>()?))
}

pub(super) fn compile_views(file: &SiteFile) -> Option<Table<ViewId, View>> {
    let views = file.site.views.iter().map(|view| {
        Some(View {
            id: view.id.clone(),
            lanes: lane_ids(file, &view.lanes)?,
            from_m: view.from_m,
            to_m: view.to_m,
            seen: strip(file, view),
        })
    });
    Some(Table::new(views.collect::<Option<_>>()?))
}

/// Length of a detector and the phases it usually calls and extends, by its function.
fn usual_of(file: &SiteFile, detector: &DetectorEntry) -> (f64, PhaseSet) {
    match detector.function {
        VehicleDetectorFunction::StopBarPresence => (6.0, phases_of_lanes(file, &detector.lanes)),
        VehicleDetectorFunction::Advance => (2.0, phases_of_lanes(file, &detector.lanes)),
        VehicleDetectorFunction::StopBarCount => (2.0, PhaseSet::EMPTY),
    }
}

/// Phases that a detector calls.
pub(in crate::intersection) fn calls_of(file: &SiteFile, detector: &DetectorEntry) -> PhaseSet {
    let given = detector.calls.as_deref();
    given.map_or(usual_of(file, detector).1, phase_set)
}

pub(super) fn compile_detector(file: &SiteFile, detector: &DetectorEntry) -> Option<Detector> {
    let (length_m, usual) = usual_of(file, detector);
    Some(Detector {
        id: detector.id.clone(),
        channel: detector.channel,
        function: detector.function.into(),
        lanes: lane_ids(file, &detector.lanes)?,
        crosswalk: None,
        distance_m: detector.distance_m.unwrap_or(0.0),
        length_m: detector.length_m.unwrap_or(length_m),
        calls: calls_of(file, detector),
        extends: detector.extends.as_deref().map_or(usual, phase_set),
        settings: detector_settings(file, Some(detector)),
        seen: seen(file, detector),
    })
}

/// Phases that serve the movements of these lanes: protected, or permissive where there is no other. A turn that
/// may be made permissively with the traffic beside it on a shared lane does not call its arrow: nobody can
/// tell from a loop who wants to turn, and most of the time somebody else does not.
fn phases_of_lanes(file: &SiteFile, lanes: &[String]) -> PhaseSet {
    let of_lane = |lane: &String| {
        let movements = file.site.movements.iter();
        let movements = movements.filter(|movement| movement.lanes.contains(lane));
        let protected = |movement: &MovementEntry| phase_set(&movement.protected);
        let permissive = |movement: &MovementEntry| phase_set(&movement.permissive);
        let through = (movements.clone())
            .filter(|movement| permissive(movement).is_empty())
            .map(protected)
            .fold(PhaseSet::EMPTY, PhaseSet::union);
        movements
            .map(
                |movement| match (protected(movement), permissive(movement)) {
                    (PhaseSet::EMPTY, permissive) => permissive,
                    (_, permissive) if permissive.intersects(through) => PhaseSet::EMPTY,
                    (protected, _) => protected,
                },
            )
            .fold(PhaseSet::EMPTY, PhaseSet::union)
    };
    lanes
        .iter()
        .map(of_lane)
        .fold(PhaseSet::EMPTY, PhaseSet::union)
}

/// Options of a detector; a button has none but the defaults of a plain locked input.
fn detector_settings(file: &SiteFile, detector: Option<&DetectorEntry>) -> DetectorSettings {
    let common = &file.tuning.detector_defaults;
    let none = DetectorTuningEntry::default();
    let Some(detector) = detector else {
        return settings_of(&none, &none, true);
    };
    let own = file.tuning.detectors.get(&detector.id).unwrap_or(&none);
    settings_of(
        own,
        common,
        detector.function == VehicleDetectorFunction::Advance,
    )
}

fn settings_of(
    own: &DetectorTuningEntry,
    common: &DetectorTuningEntry,
    lock: bool,
) -> DetectorSettings {
    let minutes = |minutes: f64| Millis::from_secs(minutes * 60.0);
    DetectorSettings {
        delay: Millis::from_secs(own.delay_s.or(common.delay_s).unwrap_or(0.0)),
        extend: Millis::from_secs(own.extend_s.or(common.extend_s).unwrap_or(0.0)),
        lock: own.lock.or(common.lock).unwrap_or(lock),
        no_activity: own.no_activity_min.or(common.no_activity_min).map(minutes),
        max_presence: own
            .max_presence_min
            .or(common.max_presence_min)
            .map(minutes),
        erratic_per_min: own.erratic_per_min.or(common.erratic_per_min),
        fail: match own.when_failed.or(common.when_failed) {
            None | Some(WhenFailed::MaxGreen) => FailMode::ConstantCall,
            Some(WhenFailed::Hold) => FailMode::HoldFor(Millis::from_secs(
                own.fail_hold_s.or(common.fail_hold_s).unwrap_or(1.0),
            )),
            Some(WhenFailed::NoCall) => FailMode::NoCall,
        },
    }
}
