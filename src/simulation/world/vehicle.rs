//! One vehicle: where it is, what it is up to, and where it was in the last seconds.
//!
//! In: its demand entry and driver. Out: the state that `traffic.rs` moves. Not here: rules.

use super::driver::{Driver, FOLLOWING_DELAY_MAX};
use super::motion::Motion;
use crate::intersection::MovementId;

/// Below this speed a vehicle is stopped, above the other it moves again, m/s (5 and 10 km/h).
const STOPPED_BELOW: f64 = 1.4;
const MOVING_ABOVE: f64 = 2.8;

/// Where a vehicle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the approach, on this strip.
    Approach(usize),
    /// In the box, having come from this strip.
    Box(usize),
    /// On an exit strip.
    Exit(usize),
}

/// What a vehicle makes of the signal ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Resolve {
    /// Nothing yet.
    Open,
    /// Will stop; brakes from this time on.
    Stop(f64),
    /// Goes, although yellow or red shows.
    Go,
}

/// A vehicle in the world.
#[derive(Clone, Debug)]
pub(super) struct Vehicle {
    /// Index in the demand.
    pub(super) number: usize,
    pub(super) driver: Driver,
    pub(super) site: usize,
    /// How many sites lie behind it.
    pub(super) hop: usize,
    pub(super) movement: MovementId,
    pub(super) place: Place,
    /// Strip from whose stop bar it makes its movement: where it is, or a pocket of it.
    pub(super) target: usize,
    /// After a short path its rear is still before the stop bar when its front is on the exit: the strip it
    /// came from, and what to add to its coordinate for that strip's.
    pub(super) rear_on: Option<(usize, f64)>,
    /// Strip on which it leaves the box, once chosen.
    pub(super) exit_strip: Option<usize>,
    /// Movement and target strip at the next site, chosen together with the exit strip.
    pub(super) next: Option<(MovementId, usize)>,
    pub(super) motion: Motion,
    /// Newell's τ on this site's roads, s.
    pub(super) following_delay: f64,
    pub(super) resolve: Resolve,
    /// Entered the box, or will, having to yield.
    pub(super) must_yield: bool,
    /// Has found its gap.
    pub(super) accepted_gap: bool,
    /// Has found the far crosswalk free.
    pub(super) accepted_walk: bool,
    /// Since when it has stood at the stop bar, first in line.
    pub(super) at_bar_since: Option<f64>,
    /// Would go, but its exit is full or somebody is stuck across its path.
    pub(super) kept_out: bool,
    pub(super) visit: VisitSoFar,
    pub(super) history: History,
}

/// What is noted for the results while a vehicle is at one site.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VisitSoFar {
    pub(super) scheduled: f64,
    pub(super) entered: f64,
    pub(super) crossed: Option<f64>,
    pub(super) stops: u32,
    pub(super) stopped_time: f64,
    pub(super) longest_stop: f64,
    pub(super) stopped_since: Option<f64>,
}

impl VisitSoFar {
    /// Notes the speed at `now`, `dt` after the last time.
    pub(super) fn note(&mut self, speed: f64, now: f64, dt: f64) {
        match self.stopped_since {
            None if speed < STOPPED_BELOW => {
                self.stops += 1;
                self.stopped_since = Some(now);
            }
            Some(since) => {
                self.stopped_time += dt;
                self.longest_stop = self.longest_stop.max(now - since);
                if speed > MOVING_ABOVE {
                    self.stopped_since = None;
                }
            }
            None => {}
        }
    }
}

impl Vehicle {
    /// Rear bumper, m.
    pub(super) fn rear(&self) -> f64 {
        self.motion.x - self.driver.length
    }

    /// Whether it counts as stopped or queued.
    pub(super) fn is_stopped(&self) -> bool {
        self.visit.stopped_since.is_some()
    }
}

/// Distance covered and speed at the ends of the last steps.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    samples: Vec<(f64, f64)>,
    /// Number of the last step noted.
    last: usize,
    /// Length of a step, s.
    step: f64,
}

impl History {
    /// As if the vehicle had always driven at `v`, up to the end of step `last`. Keeps its memory.
    pub(super) fn restart(&mut self, v: f64, last: usize, step: f64) {
        let length = history_length(step);
        self.samples.clear();
        self.samples.resize(length, (0.0, v));
        self.last = last;
        self.step = step;
        let mut back = 0.0;
        for age in 0..length {
            self.samples[(last + length * 2 - age) % length].0 = -v * back;
            back += step;
        }
    }

    /// Notes that in step `number` the vehicle moved on by `distance` and ended at speed `v`.
    pub(super) fn push(&mut self, number: usize, distance: f64, v: f64) {
        let length = self.samples.len();
        let odometer = self.samples[self.last % length].0 + distance;
        self.last = number;
        self.samples[number % length] = (odometer, v);
    }

    /// Number of the last step noted.
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// Adds to the way covered in the last step: what a vehicle that entered during it drove before.
    pub(super) fn extend_last(&mut self, distance: f64) {
        let length = self.samples.len();
        self.samples[self.last % length].0 += distance;
    }

    /// How far the vehicle has come since `steps` (with fraction) after step 0, and its speed then. Times
    /// after the last sample count as the last sample.
    pub(super) fn since(&self, steps: f64) -> (f64, f64) {
        let length = self.samples.len();
        let (now, speed) = self.samples[self.last % length];
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole steps since the start, not negative"
        )]
        let whole = steps.max(0.0) as usize;
        if whole >= self.last {
            return (0.0, speed);
        }
        let whole = whole.max((self.last + 1).saturating_sub(length));
        let (x0, v0) = self.samples[whole % length];
        let (x1, v1) = self.samples[(whole + 1) % length];
        #[expect(clippy::cast_precision_loss, reason = "below 2^53 steps")]
        let share = (steps - whole as f64).clamp(0.0, 1.0);
        // The parabola through both ends, bent as the speeds say.
        let bend = 0.5 * (v1 - v0) * self.step * share * (1.0 - share);
        let x = (x0 + share * (x1 - x0) - bend).clamp(x0, x1.max(x0));
        (now - x, v0 + share * (v1 - v0))
    }
}

fn history_length(step: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "2.4 s over a step of 0.1 to 1 s"
    )]
    let steps = (FOLLOWING_DELAY_MAX / step).ceil() as usize;
    steps + 3
}
