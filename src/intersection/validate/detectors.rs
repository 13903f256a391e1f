//! Detectors and camera views: where they lie, whom they call, and that nobody is left without a detector.

use super::facts::{Facts, in_words, named};
use super::key::{Finding, Findings, Key};
use crate::intersection::compile;
use crate::intersection::file::{
    DetectorEntry, DetectorTuningEntry, LaneEntry, VehicleDetectorFunction, ViewEntry, WhenFailed,
};
use crate::intersection::{DETECTORS_MAX, PhaseId, PhaseSet, Recall};

/// A stop-bar detector farther upstream than this is no stop-bar detector.
const STOP_BAR_MAX_M: f64 = 30.0;

/// All checks of detectors.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let site = &facts.file.site;
    let inputs = site.detectors.len() + site.buttons.len();
    if inputs > DETECTORS_MAX {
        let found = format!("{inputs} detectors and buttons");
        let allowed = format!("at most {DETECTORS_MAX} together");
        findings.add(Finding::error(Key::new("site.detectors"), found, allowed));
    }
    for (place, detector) in site.detectors.iter().enumerate() {
        let key = Key::new("site.detectors").at(place);
        check_place(facts, detector, &key, findings);
        check_phases(facts, detector, &key, findings);
    }
    for (place, view) in site.views.iter().enumerate() {
        check_view(facts, view, &Key::new("site.views").at(place), findings);
    }
    check_tuning(facts, findings);
    check_everybody_can_call(facts, findings);
}

fn check_place(facts: &Facts<'_>, detector: &DetectorEntry, key: &Key, findings: &mut Findings) {
    let distance = detector.distance_m.unwrap_or(0.0);
    let distance_key = key.sub("distance_m");
    match detector.function {
        VehicleDetectorFunction::Advance if distance <= 0.0 => {
            let found = match detector.distance_m {
                None => "nothing: the key is missing".to_owned(),
                Some(distance) => format!("{distance}"),
            };
            let allowed = "for an advance detector, its distance upstream of the stop bar";
            findings.add(Finding::error(distance_key.clone(), found, allowed));
        }
        VehicleDetectorFunction::StopBarPresence | VehicleDetectorFunction::StopBarCount
            if distance > STOP_BAR_MAX_M =>
        {
            let found = format!("{distance}");
            let allowed = format!("0 to {STOP_BAR_MAX_M} m for a stop-bar detector");
            let hint = "is it `function = \"advance\"`?";
            findings.add(Finding::error(distance_key.clone(), found, allowed).hint(hint));
        }
        VehicleDetectorFunction::Advance
        | VehicleDetectorFunction::StopBarPresence
        | VehicleDetectorFunction::StopBarCount => {}
    }
    let end = distance + detector.length_m.unwrap_or(0.0);
    for (lane, lane_m) in lengths(facts, &detector.lanes) {
        if end > lane_m {
            let found = format!("{distance}: its upstream edge is {end} m from the stop bar");
            let allowed = format!("a place within lane {:?}, {lane_m} m long", lane.id);
            let hint =
                "a vehicle passes it before the pocket begins: name the lane beside the pocket";
            let hint = lane.pocket_of.is_some().then(|| hint.to_owned());
            findings.add(Finding::error(distance_key.clone(), found, allowed).maybe_hint(hint));
        }
    }
    check_side_by_side(facts, &detector.lanes, key, findings);
}

/// A view may see beyond the opening of a pocket only if it also names the lane beside it.
fn check_view(facts: &Facts<'_>, view: &ViewEntry, key: &Key, findings: &mut Findings) {
    let (from, to) = (view.from_m, view.to_m);
    if to <= from {
        let allowed = format!("more than from_m, which is {from}");
        findings.add(Finding::error(key.sub("to_m"), format!("{to}"), allowed));
    }
    let longest = lengths(facts, &view.lanes).max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((lane, lane_m)) = longest.filter(|(_, lane_m)| to > *lane_m) {
        let allowed = format!("a place within lane {:?}, {lane_m} m long", lane.id);
        findings.add(Finding::error(key.sub("to_m"), format!("{to}"), allowed));
    }
    check_side_by_side(facts, &view.lanes, key, findings);
}

/// The lanes of these names with their lengths, m.
fn lengths<'f>(facts: &Facts<'f>, names: &[String]) -> impl Iterator<Item = (&'f LaneEntry, f64)> {
    let lanes = facts.file.site.lanes.iter();
    lanes
        .filter(|lane| names.contains(&lane.id))
        .filter_map(|lane| {
            let full = facts
                .approach(&lane.approach)
                .map(|approach| approach.length_m);
            Some((lane, lane.length_m.or(full)?))
        })
}

fn check_side_by_side(facts: &Facts<'_>, lanes: &[String], key: &Key, findings: &mut Findings) {
    if lanes.len() > 1
        && facts.approach_of_lanes(lanes).is_none()
        && !findings.is_broken(&Key::new("site.lanes"))
    {
        let found = "lanes of several approaches";
        findings.add(Finding::error(
            key.sub("lanes"),
            found,
            "lanes side by side, of one approach",
        ));
    }
}

fn check_phases(facts: &Facts<'_>, detector: &DetectorEntry, key: &Key, findings: &mut Findings) {
    let movements = facts.file.site.movements.iter();
    let served = movements
        .filter(|movement| {
            movement
                .lanes
                .iter()
                .any(|lane| detector.lanes.contains(lane))
        })
        .map(compile::served_by)
        .fold(PhaseSet::EMPTY, PhaseSet::union);
    for (name, phases) in [("calls", &detector.calls), ("extends", &detector.extends)] {
        let phases: PhaseSet = phases.iter().flatten().copied().collect();
        let strange = phases.difference(served);
        if !strange.is_empty() && !served.is_empty() {
            let found = format!("{}, not of its lanes", named(strange));
            let allowed = format!("phases that serve its lanes: {}", in_words(served));
            findings.add(Finding::warning(key.sub(name), found, allowed));
        }
    }
}

fn check_tuning(facts: &Facts<'_>, findings: &mut Findings) {
    let tuning = &facts.file.tuning;
    let common = &tuning.detector_defaults;
    check_fail_hold(
        common,
        common,
        &Key::new("tuning.detector_defaults"),
        findings,
    );
    for (id, own) in &tuning.detectors {
        if own.when_failed.is_some() || own.fail_hold_s.is_some() {
            check_fail_hold(own, common, &Key::new("tuning.detectors").sub(id), findings);
        }
    }
}

fn check_fail_hold(
    own: &DetectorTuningEntry,
    common: &DetectorTuningEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let when_failed = own.when_failed.or(common.when_failed);
    let hold = own.fail_hold_s.or(common.fail_hold_s);
    if when_failed == Some(WhenFailed::Hold) && hold.is_none() {
        let allowed = "with when_failed = \"hold\", how long into green: 1 to 254 s";
        findings.add(Finding::error(
            key.sub("fail_hold_s"),
            "nothing: the key is missing",
            allowed,
        ));
    }
    if when_failed != Some(WhenFailed::Hold) && own.fail_hold_s.is_some() {
        let allowed = "leave it out, or set when_failed = \"hold\"";
        findings.add(Finding::warning(
            key.sub("fail_hold_s"),
            "a time that nothing uses",
            allowed,
        ));
    }
}

/// A phase that nothing calls is never served while control follows calls.
fn check_everybody_can_call(facts: &Facts<'_>, findings: &mut Findings) {
    let lists = [
        "site.detectors",
        "site.movements",
        "site.lanes",
        "tuning.phases",
        "site.phases",
    ];
    if lists.iter().any(|list| findings.is_broken(&Key::new(list))) {
        return;
    }
    let detectors = facts.file.site.detectors.iter();
    let called = detectors
        .map(|detector| compile::calls_of(facts.file, detector))
        .fold(PhaseSet::EMPTY, PhaseSet::union);
    for phase in facts
        .vehicle_phases
        .difference(called)
        .intersection(facts.phases)
        .iter()
    {
        if is_spare(facts, phase, called) {
            continue;
        }
        let row = facts.file.tuning.phases.get(phase);
        if row.is_none_or(|row| row.recall == Recall::None) {
            let found = format!("phase {phase}, which no detector calls");
            let allowed = "a phase that a detector calls, or that has a recall";
            let hint = format!(
                "add a detector, or `recall = \"min\"` to phase {phase} in [tuning.phases]"
            );
            findings.add(
                Finding::error(Key::new("site.phases").phase(phase), found, allowed).hint(hint),
            );
        }
    }
}

/// Whether nobody needs the phase to be called: all its movements are also served, if only yielding, by phases that
/// are, from lanes that have detectors.
fn is_spare(facts: &Facts<'_>, phase: PhaseId, called: PhaseSet) -> bool {
    let sees = |lane: &String| {
        let mut detectors = facts.file.site.detectors.iter();
        detectors.any(|detector| {
            detector.lanes.contains(lane) && !compile::calls_of(facts.file, detector).is_empty()
        })
    };
    let movements = facts.file.site.movements.iter();
    let mut own = movements.filter(|movement| compile::served_by(movement).contains(phase));
    let some = own.clone().next().is_some();
    some && own.all(|movement| {
        compile::served_by(movement).intersects(called) && movement.lanes.iter().all(sees)
    })
}
