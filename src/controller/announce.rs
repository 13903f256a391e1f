//! What this intersection tells its neighbors.
//!
//! In: what the estimator counts. Out: an [`Announcement`] once a second, where there are neighbors. Not here:
//! what is made of theirs (`estimation/street.rs`).

use crate::announcement::{ANNOUNCE_EVERY, Announcement, Departures, Room};
use crate::estimation::Estimator;
use crate::intersection::Intersection;
use crate::units::Timestamp;

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

    /// What to say now, if it is time to.
    pub(crate) fn speak(
        &mut self,
        site: &Intersection,
        estimator: &Estimator,
        now: Timestamp,
    ) -> Option<Announcement> {
        if !self.has_neighbors || now < self.next {
            return None;
        }
        self.next = now + ANNOUNCE_EVERY;
        let departures = (site.exits.ids())
            .filter_map(|exit| Some((exit, estimator.sent(exit)?)))
            .map(|(exit, sent)| Departures {
                exit,
                sent_milli: milli(sent),
            })
            .collect();
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

fn milli(vehicles: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what u64 holds"
    )]
    let milli = (vehicles * 1000.0).round().clamp(0.0, 9e15) as u64;
    milli
}
