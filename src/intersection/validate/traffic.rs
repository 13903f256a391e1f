//! Movements, lanes and crosswalks: whether they fit together on the ground, and whether everybody who
//! may move at the same time either keeps apart or yields.

use super::facts::{Facts, named};
use super::key::{Finding, Findings, Key};
use crate::intersection::compile::{has_to_yield, path, served_by};
use crate::intersection::file::{LaneEntry, MovementEntry};
use crate::intersection::geometry::turn_deg;
use crate::intersection::{PhaseSet, Turn};

/// All checks of traffic.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    check_roads(facts, findings);
    check_lanes(facts, findings);
    for (place, movement) in facts.file.site.movements.iter().enumerate() {
        let key = Key::new("site.movements").at(place);
        check_service(movement, &key, findings);
        check_path(facts, movement, &key, findings);
        check_own_lanes(facts, movement, &key, findings);
        check_yields(facts, movement, &key, findings);
    }
}

fn check_roads(facts: &Facts<'_>, findings: &mut Findings) {
    let site = &facts.file.site;
    for (place, approach) in site.approaches.iter().enumerate() {
        let key = Key::new("site.approaches").at(place);
        one_speed(
            approach.speed_limit_mph,
            approach.speed_limit_kmh,
            true,
            &key,
            findings,
        );
        let has_full_lane =
            |lane: &&LaneEntry| lane.approach == approach.id && lane.pocket_of.is_none();
        if !site.lanes.iter().any(|lane| has_full_lane(&lane))
            && !findings.is_broken(&Key::new("site.lanes"))
        {
            let allowed = "at least one lane in site.lanes that is not a pocket";
            findings.add(Finding::error(
                key.sub("id"),
                format!("{:?} without lanes", approach.id),
                allowed,
            ));
        }
    }
    for (place, exit) in site.exits.iter().enumerate() {
        let key = Key::new("site.exits").at(place);
        let beside =
            facts.approach(&exit.id).is_some() || findings.lost_ids(&Key::new("site.approaches"));
        one_speed(
            exit.speed_limit_mph,
            exit.speed_limit_kmh,
            !beside,
            &key,
            findings,
        );
        if exit.heading_deg.is_none() && !beside {
            let found = "nothing, and no approach has the same id";
            findings.add(Finding::error(
                key.sub("heading_deg"),
                found,
                "a compass bearing, 0 to 359.999 degrees",
            ));
        }
        let used = site.movements.iter().any(|movement| movement.to == exit.id);
        if !used && !findings.is_broken(&Key::new("site.movements")) {
            let found = format!("{:?}, where no movement goes", exit.id);
            findings.add(Finding::warning(
                key.sub("id"),
                found,
                "an exit that some movement goes to",
            ));
        }
    }
}

fn one_speed(mph: Option<f64>, kmh: Option<f64>, needed: bool, key: &Key, findings: &mut Findings) {
    let allowed = "exactly one of speed_limit_mph and speed_limit_kmh";
    match (mph, kmh) {
        (Some(_), Some(_)) => {
            findings.add(Finding::error(
                key.sub("speed_limit_kmh"),
                "both units",
                allowed,
            ));
        }
        (None, None) if needed => {
            findings.add(Finding::error(key.clone(), "no speed limit", allowed));
        }
        (None | Some(_), None) | (None, Some(_)) => {}
    }
}

fn check_lanes(facts: &Facts<'_>, findings: &mut Findings) {
    let site = &facts.file.site;
    for (place, lane) in site.lanes.iter().enumerate() {
        let key = Key::new("site.lanes").at(place);
        if !site
            .movements
            .iter()
            .any(|movement| movement.lanes.contains(&lane.id))
            && !findings.is_broken(&Key::new("site.movements"))
        {
            let found = format!("{:?}, from which no movement is made", lane.id);
            let allowed = "a lane that is in `lanes` of some movement";
            findings.add(Finding::error(key.sub("id"), found, allowed));
        }
        let full_length = facts
            .approach(&lane.approach)
            .map_or(f64::MAX, |approach| approach.length_m);
        match (&lane.pocket_of, lane.length_m) {
            (Some(_), None) => {
                let finding = Finding::error(
                    key.sub("length_m"),
                    "nothing, in a pocket",
                    "the length of the pocket, at least 6 m",
                );
                findings.add(finding);
            }
            (_, Some(length)) if length > full_length => {
                let allowed = format!("at most the {full_length} m of its approach");
                findings.add(Finding::error(
                    key.sub("length_m"),
                    format!("{length}"),
                    allowed,
                ));
            }
            (None | Some(_), Some(_)) | (None, None) => {}
        }
        let Some(beside) = &lane.pocket_of else {
            continue;
        };
        let other = site.lanes.iter().find(|other| other.id == *beside);
        if other.is_some_and(|other| other.approach != lane.approach || other.pocket_of.is_some()) {
            let found = format!("{beside:?}");
            let allowed = "a full lane of the same approach";
            findings.add(Finding::error(key.sub("pocket_of"), found, allowed));
        }
    }
    check_lane_order(facts, findings);
}

/// Lanes of an approach are listed from the median to the curb, so what turns further left stands
/// further left.
fn check_lane_order(facts: &Facts<'_>, findings: &mut Findings) {
    let site = &facts.file.site;
    let turns = |lane: &str| {
        let movements = site.movements.iter();
        let turns = movements.filter(|movement| movement.lanes.iter().any(|own| own == lane));
        turns.map(|movement| movement.turn).collect::<Vec<Turn>>()
    };
    for (place, lane) in site.lanes.iter().enumerate() {
        let left_of = site.lanes.iter().take(place);
        for left in left_of.filter(|left| left.approach == lane.approach) {
            let rightmost = turns(&left.id).into_iter().max();
            let leftmost = turns(&lane.id).into_iter().min();
            if rightmost
                .zip(leftmost)
                .is_some_and(|(right, left)| right > left)
            {
                let key = Key::new("site.lanes").at(place);
                let found = format!(
                    "{:?}, to the right of {:?}, whose traffic it cuts off",
                    lane.id, left.id
                );
                let allowed = "lanes of an approach in order from the median to the curb";
                findings.add(Finding::warning(key.sub("id"), found, allowed));
            }
        }
    }
}

fn check_service(movement: &MovementEntry, key: &Key, findings: &mut Findings) {
    let protected: PhaseSet = movement.protected.iter().copied().collect();
    let permissive: PhaseSet = movement.permissive.iter().copied().collect();
    let both = protected.intersection(permissive);
    if served_by(movement).is_empty() {
        let hint = "add `protected = [2]` or `permissive = [2]`";
        let finding = Finding::error(
            key.clone(),
            "a movement that no phase serves",
            "at least one phase",
        );
        findings.add(finding.hint(hint));
    }
    if !both.is_empty() {
        let found = format!("{}, protected as well", named(both));
        let allowed = "each phase either in `protected` or in `permissive`";
        findings.add(Finding::error(key.sub("permissive"), found, allowed));
    }
    if movement.turn_on_red && !matches!(movement.turn, Turn::Right | Turn::Left) {
        let found = "true, for a movement that does not turn right or left";
        findings.add(Finding::error(key.sub("turn_on_red"), found, "false"));
    }
    if movement.turn_on_red && movement.turn == Turn::Left {
        let found = "true, for a left turn";
        let allowed = "left on red only from a one-way road into a one-way road";
        findings.add(Finding::warning(key.sub("turn_on_red"), found, allowed));
    }
}

/// The angle must fit the turn, because everything about who meets whom follows from it.
fn check_path(facts: &Facts<'_>, movement: &MovementEntry, key: &Key, findings: &mut Findings) {
    let Some(path) = path(facts.file, movement) else {
        return;
    };
    let turned = turn_deg(path);
    let (least, most) = match movement.turn {
        Turn::Left => (-170.0, -15.0),
        Turn::Through => (-60.0, 60.0),
        Turn::Right => (15.0, 170.0),
        Turn::UTurn => (-180.0, -135.0),
    };
    // A U-turn of exactly half a circle may come out as either sign.
    let turned = if movement.turn == Turn::UTurn {
        -turned.abs()
    } else {
        turned
    };
    if turned < least || turned > most {
        let side = if turned < 0.0 { "left" } else { "right" };
        let found = format!(
            "a path from {:?} to {:?} that turns {:.0}° {side}",
            movement.from,
            movement.to,
            turned.abs()
        );
        let allowed = match movement.turn {
            Turn::Left => "for a left turn, 15° to 170° left",
            Turn::Through => "for a through movement, at most 60° either way",
            Turn::Right => "for a right turn, 15° to 170° right",
            Turn::UTurn => "for a U-turn, at least 135°",
        };
        let hint = "headings are the compass bearings in which traffic travels";
        findings.add(Finding::error(key.sub("turn"), found, allowed).hint(hint));
    }
}

fn check_own_lanes(
    facts: &Facts<'_>,
    movement: &MovementEntry,
    key: &Key,
    findings: &mut Findings,
) {
    for (place, name) in movement.lanes.iter().enumerate() {
        if findings.is_broken(&key.sub("from")) {
            break;
        }
        let lane = facts.file.site.lanes.iter().find(|lane| lane.id == *name);
        if lane.is_some_and(|lane| lane.approach != movement.from) {
            let key = key.sub("lanes").at(place);
            let allowed = format!("a lane of the approach {:?}", movement.from);
            findings.add(Finding::error(
                key,
                format!("{name:?}, of another approach"),
                allowed,
            ));
        }
    }
    let exit = facts
        .file
        .site
        .exits
        .iter()
        .find(|exit| exit.id == movement.to);
    let sure = !findings.is_broken(&Key::new("site.exits"));
    if let Some(exit) = exit
        .filter(|_| sure)
        .filter(|exit| usize::from(exit.lanes) < movement.lanes.len())
    {
        let found = format!(
            "{} lanes into an exit of {}",
            movement.lanes.len(),
            exit.lanes
        );
        let allowed = "no more lanes than the exit has";
        findings.add(Finding::warning(key.sub("lanes"), found, allowed));
    }
}

/// Whom the file says it yields to must include everybody it has to yield to.
fn check_yields(facts: &Facts<'_>, movement: &MovementEntry, key: &Key, findings: &mut Findings) {
    let (Some(listed), Some(compatible)) = (&movement.yields_to, &facts.compatible) else {
        return;
    };
    let key = key.sub("yields_to");
    if movement.permissive.is_empty() && !movement.turn_on_red {
        let found = "a movement that is never permissive and does not turn on red";
        findings.add(Finding::warning(key.clone(), found, "leave it out"));
    }
    if listed.contains(&movement.id) {
        findings.add(Finding::error(
            key.clone(),
            "the movement itself",
            "other movements",
        ));
    }
    let others = facts.file.site.movements.iter();
    let missing: Vec<&str> = others
        .filter(|other| has_to_yield(facts.file, compatible, movement, other))
        .map(|other| other.id.as_str())
        .filter(|other| !listed.iter().any(|name| name == other))
        .collect();
    // In a simulator the network itself says who meets whom, lane by lane.
    if !missing.is_empty() && !facts.file.site.simulated {
        let found = format!("a list without {}", missing.join(", "));
        let allowed =
            "every movement whose path it crosses or joins and that may move at the same time";
        let hint = "leave `yields_to` out to get exactly those";
        findings.add(Finding::error(key, found, allowed).hint(hint));
    }
}
