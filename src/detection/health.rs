//! Whether one detector is believed: the NTCIP diagnostics (no activity, max presence, erratic counts).
//!
//! In: its edges and how long it is covered. Out: [`Health`], and events when it changes. A fault goes
//! away by itself: with the next edge (no activity, locked on), after a clean minute (chatter), with
//! the next quarter of an hour whose counts agree (implausible), or when its source takes it back (disowned). Not here: what a failed detector does
//! to its phases (`calls.rs`).

use crate::detection::{Health, log};
use crate::hires::{Event, code};
use crate::intersection::Detector;
use crate::units::{Millis, Timestamp};

/// The minute over which actuations are counted moves in steps of this length.
const BIN: Millis = Millis(5_000);
/// Bins in a minute.
const BINS: usize = 12;
/// A chattering detector is believed again after this long without a fault.
const CLEAN: Millis = Millis(60_000);

#[derive(Clone, Debug, Default)]
pub(super) struct Monitor {
    health: Health,
    last_edge: Timestamp,
    minute: Minute,
    chattered_at: Option<Timestamp>,
    /// Set by the reconciler.
    pub(super) implausible: bool,
    /// Set by its source.
    pub(super) disowned: bool,
}

/// Actuations of the last minute.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    bins: [u32; BINS],
    newest: i64,
}

impl Minute {
    fn advance(&mut self, now: Timestamp) {
        let bin = now.0.div_euclid(BIN.0);
        let steps = usize::try_from(bin.saturating_sub(self.newest)).unwrap_or(0);
        if steps > 0 {
            let kept = steps.min(BINS);
            self.bins.rotate_right(kept);
            for emptied in self.bins.iter_mut().take(kept) {
                *emptied = 0;
            }
            self.newest = bin;
        }
    }

    fn add(&mut self, now: Timestamp) {
        self.advance(now);
        if let Some(newest) = self.bins.first_mut() {
            *newest = newest.saturating_add(1);
        }
    }

    fn total(&self) -> u32 {
        self.bins
            .iter()
            .fold(0, |sum, bin| sum.saturating_add(*bin))
    }
}

impl Monitor {
    pub(super) fn start(&mut self, now: Timestamp) {
        self.last_edge = now;
        self.minute.newest = now.0.div_euclid(BIN.0);
    }

    pub(super) fn health(&self) -> Health {
        self.health
    }

    pub(super) fn saw_edge(&mut self, on: bool, at: Timestamp) {
        self.last_edge = at;
        if on {
            self.minute.add(at);
        }
    }

    pub(super) fn diagnose(
        &mut self,
        detector: &Detector,
        covered_for: Millis,
        now: Timestamp,
        events: &mut Vec<Event>,
    ) -> Health {
        let settings = &detector.settings;
        let chatters = settings
            .erratic_per_min
            .is_some_and(|limit| self.chatters(limit, now));
        let health = if self.disowned {
            Health::Disowned
        } else if settings.max_presence.is_some_and(|max| covered_for > max) {
            Health::LockedOn
        } else if chatters {
            Health::Chatter
        } else if settings
            .no_activity
            .is_some_and(|max| now.since(self.last_edge) > max)
        {
            Health::NoActivity
        } else if self.implausible {
            Health::Implausible
        } else {
            Health::Good
        };
        if health != self.health {
            log(
                events,
                event_of(health, detector.is_button()),
                detector.channel,
            );
            self.health = health;
        }
        health
    }

    fn chatters(&mut self, limit: u32, now: Timestamp) -> bool {
        if self.chattered_at.is_none() && self.last_edge < now - CLEAN {
            return false;
        }
        self.minute.advance(now);
        if self.minute.total() > limit {
            self.chattered_at = Some(now);
        }
        self.chattered_at = self.chattered_at.filter(|at| now.since(*at) < CLEAN);
        self.chattered_at.is_some()
    }
}

fn event_of(health: Health, button: bool) -> u16 {
    match (health, button) {
        (Health::Good, true) => code::PEDESTRIAN_DETECTOR_RESTORED,
        (_, true) => code::PEDESTRIAN_DETECTOR_FAILED,
        (Health::Good, false) => code::DETECTOR_RESTORED,
        (Health::NoActivity, false) => code::DETECTOR_FAULT_WATCHDOG,
        (Health::LockedOn | Health::Implausible | Health::Disowned, false) => {
            code::DETECTOR_FAULT_OTHER
        }
        (Health::Chatter, false) => code::DETECTOR_FAULT_EXCESSIVE_CHANGE,
    }
}
