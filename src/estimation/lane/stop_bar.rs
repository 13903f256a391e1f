//! What the stop bar of one lane tells: who came, who crossed, that nobody waits.
//!
//! In: coverage and counts. Out: corrections of the lane's line and filter, crossings that no counter
//! reports. Not here: who crossed (`line.rs`).

use crate::detection::{Health, Readings};
use crate::estimation::discharge::Evidence;
use crate::estimation::lane::{LaneState, MISSED, StopBar};
use crate::estimation::layout::LaneFacts;
use crate::estimation::line::{EARLY, Elsewhere};
use crate::intersection::DetectorId;
use crate::units::{Millis, Timestamp};

/// The stop bar of a served lane is uncovered for this long: nobody waits.
const GAP_SERVED: Millis = Millis(3_000);
/// The same on red: whoever waits stands on the detector, after slowing down.
const GAP_CLOSED: Millis = Millis(2_500);
/// Shorter gaps over the stop bar may be one vehicle: a trailer, a gap between axles.
const FLICKER: Millis = Millis(500);
/// Without a presence detector: no crossing for this long in green.
const SILENCE: Millis = Millis(5_000);
/// Variance of "nobody waits", and of "exactly one has come".
const PROOF_VARIANCE: f64 = 0.02;
/// Variance of "the queue is longer than believed": it still leaves at saturation.
const GOES_ON_VARIANCE: f64 = 1.0;
/// Variance of "nobody waits" when only the model says so.
const MODELED_EMPTY_VARIANCE: f64 = 1.0;
/// Vehicles slow down: they are late by this much before they are doubted.
const LATE: Millis = Millis(4_000);

impl LaneState {
    /// Coverage of the stop bar. Returns up to two crossings that no counter reports.
    pub(in crate::estimation) fn watch(
        &mut self,
        facts: &LaneFacts,
        readings: &Readings,
        now: Timestamp,
        news: &mut Vec<Elsewhere>,
    ) -> [Option<Evidence>; 2] {
        if !self.healthy.presence {
            return [None; 2];
        }
        let is_on = |id: &DetectorId| {
            let reading = &readings.detectors[*id];
            reading.health == Health::Good && reading.on
        };
        let own = self.healthy.own_presence;
        if !own && facts.explained_by.iter().any(is_on) {
            // The neighbor covers the shared detector: nothing is proved about this lane.
            self.covered_changed = now;
            return [None; 2];
        }
        let presence = if own {
            &facts.own_presence
        } else {
            &facts.presence
        };
        let covered = presence.iter().any(is_on);
        let mut left = None;
        let concludes = self.stop_bar == StopBar::Covered;
        if covered != self.covered {
            let trusted = self.trust.presence() && self.trust.counter();
            self.trust.presence_changed(!covered && self.is_served());
            if !(trusted && self.trust.counter()) {
                self.choose();
            }
            if covered {
                self.discharge.covered(now);
                self.came(now, news);
            } else {
                let turned = !self.is_served() && facts.turn_on_red;
                let left_now = self.discharge.uncovered(now) || turned;
                left = (concludes && left_now).then_some(Evidence::Left);
            }
            self.covered = covered;
            self.covered_changed = now;
        }
        let waiting = self.filter.queue().max(self.line.stopped());
        let within =
            concludes && self.covered && self.discharge.crossing_within_stretch(now, waiting);
        [within.then_some(Evidence::Concluded), left]
    }

    /// Whether the pulses of this counter are this lane's crossings.
    pub(in crate::estimation) fn is_counted_by(&self, detector: DetectorId) -> bool {
        self.healthy.counter == Some(detector)
    }

    /// The counter of the lane switched on.
    pub(in crate::estimation) fn counted(&mut self) {
        let trusted = self.trust.presence() && self.trust.counter();
        self.trust.counted(self.covered && self.healthy.presence);
        if !(trusted && self.trust.presence() && self.trust.counter()) {
            self.choose();
        }
    }

    /// The stop bar gets covered on red after it was free: exactly one vehicle has come so far.
    fn came(&mut self, now: Timestamp, news: &mut Vec<Elsewhere>) {
        let free_for = now.since(self.covered_changed);
        if self.is_served() || !self.watched || free_for < FLICKER {
            return;
        }
        if self.sighted {
            self.line.stand(now + EARLY, MISSED, news);
            self.follow();
        } else {
            self.filter.measure_queue(1.0, PROOF_VARIANCE);
            self.changed = true;
        }
    }

    /// What detectors prove about the queue.
    pub(in crate::estimation) fn prove(
        &mut self,
        readings: &Readings,
        now: Timestamp,
        news: &mut Vec<Elsewhere>,
    ) {
        let empty = self.is_empty(readings, now);
        if empty && !self.proved_empty {
            let camera = self.counted_standing.filter(|_| !self.is_served());
            let loops = if self.sighted {
                self.line.stopped()
            } else {
                self.filter.queue()
            };
            self.trust.proved_empty(loops, camera);
            if self.is_served() && self.discharge.crossed > 0 {
                self.judge_camera(true);
            }
        }
        self.proved_empty = empty;
        if empty {
            self.cleared = self.is_served();
            if !self.fused {
                self.filter.measure_queue(0.0, PROOF_VARIANCE);
            }
            if self.sighted {
                let before = self.line.stopped();
                self.line.scale(0.0, now - LATE, news);
                self.follow();
                self.trust.vanished(before - self.line.stopped());
                self.choose();
            }
            // Whoever a camera sees stand may stand short of the stop bar, and want to go into the next lane.
            if self.fused && !self.is_seen_standing() {
                self.filter.measure_queue(0.0, PROOF_VARIANCE);
            }
        } else if self.is_occupied(now) {
            self.prove_occupied(now, news);
        }
        self.counted_standing = None;
        if !self.sighted && self.filter.queue() < 1.0 && self.discharge.is_discharging(now) {
            let more = 1.0 + 0.5 * self.filter.queue_variance().sqrt();
            self.filter.measure_queue(more, GOES_ON_VARIANCE);
        }
        let unwatched = self.stop_bar == StopBar::Unwatched;
        let too_long = self.sighted && self.line.stopped() > self.room;
        if unwatched && too_long && !self.reaches_back(readings) {
            self.line.correct(self.room, now, news);
            self.follow();
        }
        let modeled = unwatched && self.is_served();
        if modeled && self.filter.queue() < 0.3 {
            self.filter.measure_queue(0.0, MODELED_EMPTY_VARIANCE);
        }
        if !self.sighted {
            self.line.correct(self.filter.queue(), now, news);
        }
    }

    /// Somebody waits: the line holds at least one, and so does the filter.
    fn prove_occupied(&mut self, now: Timestamp, news: &mut Vec<Elsewhere>) {
        if self.sighted && self.line.stopped() < 1.0 {
            if !self.fused {
                self.filter.measure_queue(1.0, PROOF_VARIANCE);
            }
            let at_least = if self.fused {
                1.0
            } else {
                self.filter.queue().max(0.9)
            };
            self.line.correct(at_least, now, news);
            self.follow();
        }
        if self.filter.queue() < 1.0 && (self.fused || !self.sighted) {
            self.filter.measure_queue(1.0, PROOF_VARIANCE);
        }
    }

    /// The queue stands on the advance detector, so that it may be longer than what fits before it.
    fn reaches_back(&self, readings: &Readings) -> bool {
        self.entry
            .is_some_and(|entry| readings.detectors[entry].covered_for >= GAP_SERVED)
    }

    /// Nobody waits at the stop bar.
    fn is_empty(&self, readings: &Readings, now: Timestamp) -> bool {
        let served_for = now.since(self.discharge.since);
        if self.watched {
            let gap = if self.is_served() {
                GAP_SERVED
            } else {
                GAP_CLOSED
            };
            !self.covered && now.since(self.covered_changed) >= gap
        } else if self.stop_bar == StopBar::Counted {
            let on_counter = self
                .healthy
                .counter
                .is_some_and(|id| readings.detectors[id].on);
            let start = self.discharge.lost_time_s() + 2.0 * self.discharge.service_headway_s();
            self.is_served()
                && !on_counter
                && served_for >= Millis::from_secs(start)
                && now.since(self.crossed_at) >= SILENCE
        } else {
            false
        }
    }

    /// Somebody waits on red.
    fn is_occupied(&self, now: Timestamp) -> bool {
        self.stop_bar != StopBar::Unwatched
            && self.is_covered()
            && !self.is_served()
            && now.since(self.covered_changed) >= Millis(1_500)
            && now.since(self.discharge.since) >= Millis(3_000)
    }
}
