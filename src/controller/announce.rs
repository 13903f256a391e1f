//! What this intersection tells its neighbors.
//!
//! In: estimate, the solver's plan. Out: an [`Announcement`] once a second, where there are neighbors. Not here:
//! what is made of theirs (`estimation/street.rs`).

use crate::announcement::{ANNOUNCE_EVERY, Announcement, Departures, PLATOONS_MAX, Platoon, Room};
use crate::estimation::{Estimate, Estimator};
use crate::intersection::{ExitId, Id, Intersection, LaneId, PhaseSet};
use crate::solver::Solver;
use crate::units::Timestamp;

/// Less than this is nobody, thousandths of a vehicle.
const NOBODY: i64 = 20;

/// When to speak again.
#[derive(Clone, Debug)]
pub(crate) struct Announcer {
    has_neighbors: bool,
    next: Timestamp,
}

impl Announcer {
    pub(crate) fn new(site: &Intersection) -> Self {
        let mut exits = site.exits.iter();
        let mut approaches = site.approaches.iter();
        Self {
            has_neighbors: exits.any(|(_, exit)| exit.downstream.is_some())
                || approaches.any(|(_, approach)| approach.upstream.is_some()),
            next: Timestamp(i64::MIN / 2),
        }
    }

    /// What to say now, if it is time to. `plan`: the solver, if it is in charge.
    pub(crate) fn speak(
        &mut self,
        site: &Intersection,
        estimator: &Estimator,
        plan: Option<&mut Solver>,
        now: Timestamp,
    ) -> Option<Announcement> {
        if !self.has_neighbors || now < self.next {
            return None;
        }
        self.next = now + ANNOUNCE_EVERY;
        let mut departures: Vec<Departures> = (site.exits.ids())
            .filter_map(|exit| Some((exit, estimator.sent(exit)?)))
            .map(|(exit, sent)| Departures {
                exit,
                sent_milli: milli(sent),
                platoons: Vec::new(),
            })
            .collect();
        if let Some(solver) = plan {
            let estimate = estimator.estimate();
            solver.departures(site, estimate, |lane, green, at, vehicles| {
                for (exit, share) in exits_of(site, estimate, lane, green) {
                    if let Some(told) = departures.iter_mut().find(|told| told.exit == exit) {
                        add(&mut told.platoons, at, vehicles, share);
                    }
                }
            });
        }
        for told in &mut departures {
            told.platoons.retain(|p| i64::from(p.milli) > NOBODY);
        }
        let rooms = (site.approaches.ids())
            .filter_map(|approach| Some((approach, estimator.room(approach)?)))
            .map(|(approach, room)| Room {
                approach,
                vehicles: u16::try_from(milli(room) / 1000).unwrap_or(u16::MAX),
            })
            .collect();
        Some(Announcement { departures, rooms })
    }
}

/// Where the vehicles of a lane go while these phases are green, with the share of each exit.
fn exits_of(
    site: &Intersection,
    estimate: &Estimate,
    lane: usize,
    green: PhaseSet,
) -> impl Iterator<Item = (ExitId, f64)> {
    let shares = estimate.lanes.find(LaneId::from_index(lane));
    let shares = shares
        .map(|lane| lane.shares.as_slice())
        .unwrap_or_default();
    let goes = move |share: &&(crate::intersection::MovementId, f64)| {
        let movement = &site.movements[share.0];
        movement
            .protected
            .union(movement.permissive)
            .intersects(green)
            || movement.turn_on_red
    };
    let total: f64 = shares.iter().filter(goes).map(|(_, share)| share).sum();
    (shares.iter().filter(goes))
        .map(move |(movement, share)| (site.movements[*movement].to, share / total.max(1e-9)))
}

fn add(platoons: &mut Vec<Platoon>, at: i32, vehicles: i64, share: f64) {
    let after_ds = u16::try_from(at / 100).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a few vehicles")]
    let vehicles = u16::try_from(milli(vehicles as f64 / 1000.0 * share)).unwrap_or(u16::MAX);
    let same = |platoon: &&mut Platoon| platoon.after_ds / 10 == after_ds / 10;
    if let Some(last) = platoons.last_mut().filter(same) {
        last.milli = last.milli.saturating_add(vehicles);
    } else if platoons.len() < PLATOONS_MAX {
        platoons.push(Platoon {
            after_ds,
            milli: vehicles,
        });
    }
}

fn milli(vehicles: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what u64 holds"
    )]
    let milli = (vehicles * 1000.0).round().clamp(0.0, 9e15) as u64;
    milli
}
