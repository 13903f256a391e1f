//! What cameras add to a lane: who is on it, how many stand, and what its first vehicle waits for.
//!
//! In: what cameras see of the lane, what its loops say. Out: the filter corrected by the count, or the count found
//! unlikely; the estimate of the lane, overlaid; the belief about its first vehicle. Not here: views
//! (`cameras.rs`), who is left out (`trust.rs`).

use crate::estimation::cameras::{First, Seen};
use crate::estimation::lane::{LaneState, SPACING_M, StopBar};
use crate::estimation::layout::LaneFacts;
use crate::estimation::trust::Sensor;
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

    /// For `dt` seconds cameras have seen this of the lane, if anything.
    pub(in crate::estimation) fn fuse(
        &mut self,
        seen: Option<(Seen, First)>,
        dt: f64,
        now: Timestamp,
    ) {
        if let Some(seen) = seen {
            self.weigh(seen, dt, now);
        }
        let fused = seen.is_some() && self.trust.camera();
        if self.fused && !fused {
            self.fused = false;
            self.follow();
        }
        self.fused = fused;
    }

    /// For `dt` seconds cameras have seen this of the lane. On red who stands is counted; in green queues
    /// dissolve, and only an empty lane is beyond doubt.
    fn weigh(&mut self, (seen, first): (Seen, First), dt: f64, now: Timestamp) {
        let factor = self.trust.errors().camera_factor();
        self.counted_standing = Some(seen.standing);
        self.filter.miscount(factor * miscount_variance(seen), dt);
        let (trusted, camera) = (self.trust.presence(), self.trust.camera());
        self.confront(first, dt, now);
        let closed_for = now.since(self.discharge.since);
        if !self.is_served() && closed_for >= SETTLED {
            let came = self.covered_changed > self.discharge.since;
            let stays = now.since(self.covered_changed) >= CONFRONTED;
            self.verdict
                .saw(seen.standing, self.is_covered() && came && stays);
            self.count(seen, dt);
        } else if self.is_served() && seen.vehicles < 0.1 && self.trust.camera() {
            self.filter.measure_queue(0.0, SEEN_EMPTY_VARIANCE);
        }
        if trusted != self.trust.presence() || camera != self.trust.camera() {
            self.choose();
        }
    }

    /// The camera against the presence detector.
    fn confront(&mut self, first: First, dt: f64, now: Timestamp) {
        if !self.healthy.own_presence || now.since(self.covered_changed) < CONFRONTED {
            return;
        }
        // Who has not been served may be there all the same: the camera may look elsewhere.
        let covered_and_served = match self.is_served() {
            true => now.since(self.discharge.since) >= COULD_LEAVE,
            false => self.discharge.since.since(self.covered_changed) >= COULD_LEAVE,
        };
        match first {
            First::Nobody if self.covered && covered_and_served => self.trust.seen_empty(dt),
            First::Stands(since)
                if !self.covered && !self.is_served() && now.since(since) >= CONFRONTED =>
            {
                self.trust.unnoticed(dt);
            }
            First::Nobody | First::Stands(_) | First::Drives => {}
        }
    }

    /// The count of a camera on red, taken or found unlikely.
    fn count(&mut self, seen: Seen, dt: f64) {
        // Cameras see no more than fits into their reach; more may stand beyond.
        let beyond = self.filter.queue() * SPACING_M - seen.reach_m;
        if seen.full && beyond > 0.0 {
            return;
        }
        self.filter.doubt(self.trust.errors().loops);
        let innovation = self.filter.compare(seen.standing);
        let likely = innovation.is_likely();
        if !likely {
            // The longer the camera insists, the less the belief is worth.
            let surprise = innovation.vehicles * innovation.vehicles;
            self.filter.shift(0.0, INSISTS * surprise * dt);
        }
        if likely && self.trust.camera() {
            self.filter.count(seen.standing);
        }
    }

    /// Whether the cameras of this lane are believed.
    pub(in crate::estimation) fn believes_camera(&self) -> bool {
        self.trust.camera()
    }

    /// Green ended, or has `emptied` the lane: was the camera right at the end of red?
    pub(super) fn judge_camera(&mut self, emptied: bool) {
        let left = f64::from(self.discharge.crossed);
        if let Some(right) = self.verdict.judge(left, emptied) {
            let before = self.trust.camera();
            self.trust.judged(right);
            if before != self.trust.camera() {
                self.choose();
            }
        }
    }

    /// Sensors of the lane that are left out, with the reason.
    pub(in crate::estimation) fn doubted(&self) -> impl Iterator<Item = (Sensor, &'static str)> {
        self.trust.doubted()
    }

    /// Whether cameras, as far as they are believed, see somebody stand.
    pub(in crate::estimation) fn is_seen_standing(&self) -> bool {
        self.trust.camera()
            && self
                .counted_standing
                .is_some_and(|standing| standing >= 0.5)
    }

    /// Cameras see this lane: their vehicles replace those of the line, except for who stands beyond what they see.
    /// How many stand on red is what the filter makes of all sensors.
    pub(in crate::estimation) fn overlook(
        &mut self,
        seen: &Seen,
        speed_mps: f64,
        now: Timestamp,
        estimate: &mut LaneEstimate,
    ) {
        let settled = !self.is_served() && now.since(self.discharge.since) >= SETTLED;
        if !settled {
            estimate.queue = seen.standing;
            estimate.queue_variance = seen.variance + miscount_variance(*seen);
        }
        if seen.full {
            self.write_hidden(now, &mut estimate.vehicles);
        }
        if seen.full && !settled {
            estimate.queue += self.hidden;
        }
        estimate.seen_until = now + Millis::from_secs(seen.reach_m / speed_mps);
        estimate.source = Source::Camera;
        // What cameras wrote has to go when they no longer see.
        self.changed = true;
    }
}

/// Variance of a camera's miscount of a queue: every vehicle may be missed, and whole queues are counted
/// short by a share, as published counters do, which agree to 5 to 15 %.
fn miscount_variance(seen: Seen) -> f64 {
    seen.variance + SHARE_VARIANCE * seen.standing * seen.standing
}

/// Variance of the share of a queue that a camera miscounts: (10 %)².
const SHARE_VARIANCE: f64 = 0.01;
/// On red for this long: who had to stop has stopped.
const SETTLED: Millis = Millis(5_000);
/// Camera and presence detector have this long to come to the same conclusion.
const CONFRONTED: Millis = Millis(4_000);
/// Whoever is on the stop bar has left it when it has been green for this long.
const COULD_LEAVE: Millis = Millis(6_000);
/// Variance of "nobody waits" when a camera says so.
const SEEN_EMPTY_VARIANCE: f64 = 0.3;
/// How fast an insisting camera opens the gate, share of the squared surprise per second.
const INSISTS: f64 = 0.03;
