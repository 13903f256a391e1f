//! What cameras add to a lane: who is on it, and what its first vehicle waits for.
//!
//! In: what cameras see of the lane, what its loops say where they do not. Out: the estimate of the lane, overlaid;
//! the belief about its first vehicle. Not here: views (`cameras.rs`).

use crate::estimation::cameras::{First, Seen};
use crate::estimation::lane::{LaneState, StopBar};
use crate::estimation::layout::LaneFacts;
use crate::estimation::{LaneEstimate, Source};
use crate::intersection::PhaseSet;
use crate::units::{Millis, Timestamp};

impl LaneState {
    /// `dt` seconds passed in which the phases of `served` let vehicles go. Whoever is first and could have left
    /// by now probably waits for another phase. `seen`: what cameras say about it, if they see the lane.
    pub(in crate::estimation) fn watch_head(
        &mut self,
        facts: &LaneFacts,
        seen: Option<First>,
        (served, dt): (PhaseSet, f64),
        now: Timestamp,
    ) {
        let by_camera = seen.is_some();
        let first = seen.unwrap_or(match (self.watched, self.covered) {
            (true, true) => First::Stands(self.covered_changed),
            (true, false) => First::Nobody,
            (false, _) => return,
        });
        self.changed = true;
        match first {
            First::Nobody => self.head.is_new(facts, &self.turns),
            _ if !self.is_served() => self.head.waited(facts, &self.turns, dt),
            First::Drives => {}
            First::Stands(since) => {
                let lost = Millis::from_secs(self.discharge.lost_time_s());
                let headway = Millis::from_secs(self.discharge.headway_s());
                let could_go = (self.discharge.since + lost)
                    .max(self.crossed_at)
                    .max(since)
                    + headway;
                let idle = now.since(could_go).secs().min(dt);
                if idle > 0.0 {
                    self.head.stood(facts, served, idle);
                    let all_may_go = facts
                        .ways
                        .iter()
                        .all(|way| way.protected.intersects(served));
                    let long = now >= could_go + headway + headway;
                    if !by_camera && long && all_may_go && self.stop_bar == StopBar::Counted {
                        self.trust.stayed(idle);
                        self.choose();
                    }
                }
            }
        }
    }

    /// Cameras see this lane: their word replaces that of the line, except for who stands beyond what
    /// they see.
    pub(in crate::estimation) fn overlook(
        &mut self,
        seen: &Seen,
        speed_mps: f64,
        now: Timestamp,
        estimate: &mut LaneEstimate,
    ) {
        estimate.queue = seen.standing;
        if seen.full {
            self.write_hidden(now, &mut estimate.vehicles);
            estimate.queue += self.hidden;
        }
        estimate.queue_variance = seen.variance;
        estimate.seen_until = now + Millis::from_secs(seen.reach_m / speed_mps);
        estimate.source = Source::Camera;
        // What cameras wrote has to go when they no longer see.
        self.changed = true;
    }
}
