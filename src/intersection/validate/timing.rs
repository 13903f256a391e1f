//! Safety timing against the published formulas. The file may be stricter, never looser; a simulated
//! intersection may, and hears of it.
//!
//! Yellow change is t + v / (2a + 2Gg): perception and reaction, then braking. Red clearance is
//! (W + L) / v: the last vehicle clears the crossing. Both after the ITE and MUTCD guidance, compared
//! after rounding to the controller's 0.1 s. Pedestrian clearance is the crossing at 1.07 m/s (3.5
//! ft/s); walk and clearance together reach from the push button to the far curb at 0.91 m/s (3 ft/s).

use super::facts::{Facts, in_words};
use super::key::{Finding, Findings, Key};
use crate::intersection::compile;
use crate::intersection::file::{
    CrosswalkEntry, MovementEntry, PedestrianTimingEntry, VehicleTimingEntry,
};
use crate::intersection::{PhaseId, Turn};

/// Perception and reaction before braking, s.
const REACTION_S: f64 = 1.0;
/// Comfortable braking, m/s²: 10 ft/s².
const BRAKING_MPS2: f64 = 3.05;
/// Gravity, m/s².
const GRAVITY_MPS2: f64 = 9.81;
/// Length of a vehicle that clears the crossing, m: 20 ft.
const VEHICLE_M: f64 = 6.1;
/// Walking speed for pedestrian clearance, m/s: 3.5 ft/s.
const WALKING_MPS: f64 = 1.07;
/// Walking speed from the push button, m/s: 3 ft/s.
const SLOW_WALKING_MPS: f64 = 0.91;
/// Least yellow change whatever the speed, s (NTCIP 1202, MUTCD).
const YELLOW_MIN_S: f64 = 3.0;
/// Longest yellow change and red clearance that guidance sees, s.
const CLEARANCE_USUAL_MAX_S: f64 = 6.0;
/// Walk of ordinary length, s; down to 4 s where pedestrians are few.
const WALK_USUAL_S: f64 = 7.0;
/// Shortest useful leading interval, s.
const LEADING_MIN_S: f64 = 3.0;
/// Through greens shorter than this surprise drivers, s.
const THROUGH_GREEN_USUAL_S: f64 = 4.0;

/// All checks of safety timing.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    check_rows(facts, findings);
    for (phase, row) in facts.file.safety.phases.iter() {
        let key = Key::new("safety.phases").phase(phase);
        check_yellow(facts, phase, row, &key, findings);
        check_red_clearance(facts, phase, row, &key, findings);
        check_min_green(facts, phase, row, &key, findings);
    }
    for (phase, row) in facts.file.safety.pedestrians.iter() {
        check_pedestrians(facts, phase, row, findings);
    }
}

/// Every phase with vehicles has a row of vehicle timing, every one with a crosswalk a row of
/// pedestrian timing, and no other phase has.
fn check_rows(facts: &Facts<'_>, findings: &mut Findings) {
    let safety = &facts.file.safety;
    let vehicles = safety.phases.iter().map(|(phase, _)| phase).collect();
    let pedestrians = safety.pedestrians.iter().map(|(phase, _)| phase).collect();
    let tables = [
        (
            "safety.phases",
            vehicles,
            facts.vehicle_phases,
            "a phase that serves a vehicle movement",
            "site.movements",
        ),
        (
            "safety.pedestrians",
            pedestrians,
            facts.pedestrian_phases,
            "a phase that serves a crosswalk",
            "site.crosswalks",
        ),
    ];
    for (table, rows, needed, what, from) in tables {
        if findings.is_broken(&Key::new(from)) || findings.is_broken(&Key::new("site.phases")) {
            continue;
        }
        if findings.is_broken(&Key::new(table)) {
            continue;
        }
        let needed = needed.intersection(facts.phases);
        for phase in needed.difference(rows).iter() {
            let allowed = format!("a row for each phase that needs one: {}", in_words(needed));
            let found = "nothing: the row is missing";
            findings.add_broken(Finding::error(Key::new(table).phase(phase), found, allowed));
        }
        for phase in rows.difference(needed).iter() {
            let allowed = format!("{what}: {}", in_words(needed));
            findings.add_broken(Finding::error(
                Key::new(table).phase(phase),
                format!("phase {phase}"),
                allowed,
            ));
        }
    }
}

/// To tenths of a second, as the controller keeps them.
fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// Yellow change for an approach speed in m/s and a grade (uphill positive), s.
#[must_use]
pub(super) fn yellow_floor_s(speed_mps: f64, grade: f64) -> f64 {
    let braking = 2.0 * BRAKING_MPS2 + 2.0 * grade * GRAVITY_MPS2;
    tenths(REACTION_S + speed_mps / braking).max(YELLOW_MIN_S)
}

/// Red clearance for a path in m and a speed in m/s, s.
#[must_use]
pub(super) fn red_clearance_floor_s(path_m: f64, speed_mps: f64) -> f64 {
    tenths((path_m + VEHICLE_M) / speed_mps)
}

/// Pedestrian clearance for a crossing in m, s.
#[must_use]
pub(super) fn pedestrian_clearance_floor_s(crossing_m: f64) -> f64 {
    tenths_up(crossing_m / WALKING_MPS)
}

/// Walk and clearance together, from the button to the far curb in m, s.
#[must_use]
pub(super) fn walk_and_clearance_floor_s(button_to_far_curb_m: f64) -> f64 {
    tenths_up(button_to_far_curb_m / SLOW_WALKING_MPS)
}

/// People on foot get no time rounded away.
fn tenths_up(seconds: f64) -> f64 {
    (seconds * 10.0 - 1e-6).ceil() / 10.0
}

/// Whether a time is below its floor, by more than the rounding of decimal fractions.
fn is_below(seconds: f64, floor: f64) -> bool {
    seconds < floor - 0.001
}

/// The movement of this phase that asks for the most, and how much.
fn strictest<'f>(
    facts: &Facts<'f>,
    phase: PhaseId,
    floor: impl Fn(&MovementEntry, f64) -> Option<f64>,
) -> Option<(&'f MovementEntry, f64, f64)> {
    facts
        .movements_of(phase)
        .filter_map(|movement| {
            let approach = facts.approach(&movement.from)?;
            let speed = compile::speed_mps(approach.speed_limit_mph, approach.speed_limit_kmh)?;
            Some((movement, floor(movement, speed)?, speed))
        })
        .fold(None, |strictest, this| match strictest {
            Some((_, floor, _)) if floor >= this.1 => strictest,
            _ => Some(this),
        })
}

fn check_yellow(
    facts: &Facts<'_>,
    phase: PhaseId,
    row: &VehicleTimingEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let grade = |movement: &MovementEntry| {
        facts
            .approach(&movement.from)
            .map(|approach| approach.grade_percent)
    };
    let strictest = strictest(facts, phase, |movement, speed| {
        Some(yellow_floor_s(speed, grade(movement)? / 100.0))
    });
    let Some((movement, floor, speed)) = strictest else {
        return;
    };
    let found = format!("{}", row.yellow_change_s);
    let key = key.sub("yellow_change_s");
    if is_below(row.yellow_change_s, floor) {
        let grade = grade(movement).unwrap_or(0.0);
        let allowed = format!(
            "{floor:.1} to 25.5 s: {REACTION_S} s to react and braking from {} on a grade of {grade} % ({})",
            speed_in_words(speed),
            movement.id
        );
        findings.add(facts.street_rule(key, found, allowed));
    } else if row.yellow_change_s > CLEARANCE_USUAL_MAX_S {
        let allowed = format!(
            "{floor:.1} to {CLEARANCE_USUAL_MAX_S} s by the guidance; drivers stop heeding longer ones"
        );
        findings.add(Finding::warning(key, found, allowed));
    }
}

fn check_red_clearance(
    facts: &Facts<'_>,
    phase: PhaseId,
    row: &VehicleTimingEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let length = |movement: &MovementEntry| compile::path_m(facts.file, movement);
    let strictest = strictest(facts, phase, |movement, speed| {
        Some(red_clearance_floor_s(length(movement)?, speed))
    });
    let Some((movement, floor, speed)) = strictest else {
        return;
    };
    let found = format!("{}", row.red_clearance_s);
    let key = key.sub("red_clearance_s");
    if is_below(row.red_clearance_s, floor) {
        let allowed = format!(
            "{floor:.1} to 25.5 s: a vehicle of {VEHICLE_M} m clears {} m at {} ({})",
            length(movement).unwrap_or_default(),
            speed_in_words(speed),
            movement.id
        );
        findings.add(facts.street_rule(key, found, allowed));
    } else if row.red_clearance_s > CLEARANCE_USUAL_MAX_S {
        let allowed = format!("{floor:.1} to {CLEARANCE_USUAL_MAX_S} s by the guidance");
        findings.add(Finding::warning(key, found, allowed));
    }
}

fn speed_in_words(mps: f64) -> String {
    format!("{:.0} km/h ({:.0} mph)", mps * 3.6, mps / 0.447_04)
}

fn check_min_green(
    facts: &Facts<'_>,
    phase: PhaseId,
    row: &VehicleTimingEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let mut movements = facts.movements_of(phase);
    let through = movements.any(|movement| movement.turn == Turn::Through);
    if through && is_below(row.min_green_s, THROUGH_GREEN_USUAL_S) {
        let found = format!("{}", row.min_green_s);
        let allowed =
            format!("at least {THROUGH_GREEN_USUAL_S} s for through traffic by the guidance");
        findings.add(Finding::warning(key.sub("min_green_s"), found, allowed));
    }
}

fn check_pedestrians(
    facts: &Facts<'_>,
    phase: PhaseId,
    row: &PedestrianTimingEntry,
    findings: &mut Findings,
) {
    let key = Key::new("safety.pedestrians").phase(phase);
    if is_below(row.walk_s, WALK_USUAL_S) && !findings.has_error(&key.sub("walk_s")) {
        let found = format!("{}", row.walk_s);
        let allowed = format!("at least {WALK_USUAL_S} s; 4 s where pedestrians are few");
        findings.add(Finding::warning(key.sub("walk_s"), found, allowed));
    }
    if row.leading_s > 0.0 && is_below(row.leading_s, LEADING_MIN_S) {
        let found = format!("{}", row.leading_s);
        let allowed = format!("0 (walk starts with the green), or {LEADING_MIN_S} to 15 s");
        findings.add(Finding::error(key.sub("leading_s"), found, allowed));
    }
    if row.leading_s > row.walk_s {
        let found = format!("{}", row.leading_s);
        let allowed = format!("at most walk_s, {}", row.walk_s);
        findings.add(Finding::error(key.sub("leading_s"), found, allowed));
    }
    if row.leading_s > 0.0 && compile::is_pedestrian_only(facts.file, phase) {
        let found = format!("{}, in a phase without vehicles", row.leading_s);
        findings.add(Finding::error(
            key.sub("leading_s"),
            found,
            "0: there is nothing to lead",
        ));
    }
    let crosswalks = facts.file.site.crosswalks.iter();
    for crosswalk in crosswalks.filter(|crosswalk| crosswalk.phase == phase) {
        check_crossing(facts, row, crosswalk, &key, findings);
    }
}

fn check_crossing(
    facts: &Facts<'_>,
    row: &PedestrianTimingEntry,
    crosswalk: &CrosswalkEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let floor = pedestrian_clearance_floor_s(crosswalk.length_m);
    if is_below(row.clearance_s, floor) {
        let found = format!("{}", row.clearance_s);
        let allowed = format!(
            "at least {floor:.1} s: {} m ({}) at {WALKING_MPS} m/s",
            crosswalk.length_m, crosswalk.id
        );
        findings.add(facts.street_rule(key.sub("clearance_s"), found, allowed));
    }
    let reach = compile::button_to_far_curb_m(crosswalk);
    let floor = walk_and_clearance_floor_s(reach);
    if is_below(row.walk_s + row.clearance_s, floor) {
        let found = format!(
            "{}, with walk_s {:.1} s together",
            row.clearance_s,
            row.walk_s + row.clearance_s
        );
        let allowed = format!(
            "together at least {floor:.1} s: {reach} m from the button to the far curb ({}) at {SLOW_WALKING_MPS} m/s",
            crosswalk.id
        );
        findings.add(facts.street_rule(key.sub("clearance_s"), found, allowed));
    }
}
