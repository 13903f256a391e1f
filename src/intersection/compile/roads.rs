//! Approaches, lanes and exits.

use super::{position, speed_mps};
use crate::intersection::file::{ApproachEntry, ExitEntry, SiteFile};
use crate::intersection::{
    Approach, ApproachId, Exit, ExitId, Id, Lane, LaneId, NeighborLink, Table,
};

pub(super) fn compile_approaches(file: &SiteFile) -> Option<Table<ApproachId, Approach>> {
    let site = &file.site;
    let lanes_of = |id: &str| {
        let lanes = site.lanes.iter().enumerate();
        lanes
            .filter(|(_, lane)| lane.approach == id)
            .map(|(i, _)| LaneId::from_index(i))
            .collect()
    };
    let approaches = site.approaches.iter().map(|approach| {
        Some(Approach {
            id: approach.id.clone(),
            lanes: lanes_of(&approach.id),
            heading_deg: approach.heading_deg,
            length_m: approach.length_m,
            speed_limit_mps: approach_speed(approach)?,
            grade: approach.grade_percent / 100.0,
            upstream: approach.upstream.as_ref().map(|link| NeighborLink {
                intersection: link.site.clone(),
                end: link.exit.clone(),
            }),
        })
    });
    Some(Table::new(approaches.collect::<Option<_>>()?))
}

pub(super) fn approach_speed(approach: &ApproachEntry) -> Option<f64> {
    speed_mps(approach.speed_limit_mph, approach.speed_limit_kmh)
}

pub(super) fn compile_lanes(file: &SiteFile) -> Option<Table<LaneId, Lane>> {
    let site = &file.site;
    let lanes = site.lanes.iter().map(|lane| {
        let approach = position(&site.approaches, |approach| approach.id == lane.approach)?;
        let entry = site.approaches.get(Id::index(approach))?;
        let movements = site.movements.iter().enumerate();
        Some(Lane {
            id: lane.id.clone(),
            approach,
            length_m: lane.length_m.unwrap_or(entry.length_m),
            speed_limit_mps: approach_speed(entry)?,
            pocket_of: match &lane.pocket_of {
                Some(name) => Some(position(&site.lanes, |other| other.id == *name)?),
                None => None,
            },
            movements: movements
                .filter(|(_, movement)| movement.lanes.contains(&lane.id))
                .map(|(i, _)| Id::from_index(i))
                .collect(),
        })
    });
    Some(Table::new(lanes.collect::<Option<_>>()?))
}

/// The approach on the same road as this exit, where the road has both.
fn approach_beside<'a>(file: &'a SiteFile, exit: &str) -> Option<&'a ApproachEntry> {
    file.site
        .approaches
        .iter()
        .find(|approach| approach.id == exit)
}

/// Bearing in which traffic leaves by this exit.
pub(in crate::intersection) fn exit_heading(file: &SiteFile, exit: &ExitEntry) -> Option<f64> {
    exit.heading_deg.or_else(|| {
        let beside = approach_beside(file, &exit.id)?;
        Some((beside.heading_deg + 180.0).rem_euclid(360.0))
    })
}

/// Speed limit of this exit.
pub(in crate::intersection) fn exit_speed(file: &SiteFile, exit: &ExitEntry) -> Option<f64> {
    speed_mps(exit.speed_limit_mph, exit.speed_limit_kmh)
        .or_else(|| approach_speed(approach_beside(file, &exit.id)?))
}

pub(super) fn compile_exits(file: &SiteFile) -> Option<Table<ExitId, Exit>> {
    let exits = file.site.exits.iter().map(|exit| {
        Some(Exit {
            id: exit.id.clone(),
            heading_deg: exit_heading(file, exit)?,
            lanes: usize::from(exit.lanes),
            length_m: exit.length_m,
            speed_limit_mps: exit_speed(file, exit)?,
            downstream: exit.downstream.as_ref().map(|link| NeighborLink {
                intersection: link.site.clone(),
                end: link.approach.clone(),
            }),
        })
    });
    Some(Table::new(exits.collect::<Option<_>>()?))
}
