//! How well the camera pipeline did in a filmed run, against what really was on the road.
//!
//! In: after each frame, who was where, and what the pipeline told. Out: [`FilmScore`]. A crossing is right within
//! 1 s; presence agrees frame by frame; queues are compared twice a second. Not here: control, pictures.

use super::eye::InView;
use super::render::Snapshot;
use crate::camera::{Crossing, Trouble};
use crate::intersection::DetectorId;
use crate::units::Millis;

/// A crossing is right this close to a real one.
const NEAR: Millis = Millis(1_000);
/// A zone is occupied when vehicles cover so much of it, m, and empty when they cover nothing.
const COVERED_MIN_M: f64 = 2.2;
/// Queues up to so many vehicles are scored by vehicles, longer ones by share.
const SHORT: f64 = 10.0;
/// Who is slower crawls in a queue, m/s, …
const CRAWLS_MPS: f64 = 2.0;
/// … in which nobody is farther behind the next one, front to front, m: there would be room for another one.
const NEXT_M: f64 = 13.0;

/// How well a pipeline did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilmScore {
    /// Crossings of count lines.
    pub crossings: Crossings,
    /// Presence zones.
    pub presence: Presence,
    /// Queues of views.
    pub queues: Queues,
    /// When the camera was in trouble, and when it was well again (`None`).
    pub troubles: Vec<(Millis, Option<Trouble>)>,
    /// What the camera saw when the queues told were longest, with what was told drawn into it.
    pub longest_queue: Option<Snapshot>,
    /// Frames looked at.
    pub frames: u64,
}

/// Crossings told and real.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crossings {
    /// Told, and real.
    pub right: usize,
    /// Told, and nobody was there.
    pub wrong: usize,
    /// Real, and not told.
    pub missed: usize,
}

impl Crossings {
    /// Harmonic mean of precision and recall, 0 to 1; `None` when there were no crossings.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "vehicles of a run")]
    pub fn f1(&self) -> Option<f64> {
        let twice = 2.0 * self.right as f64;
        let all = twice + (self.wrong + self.missed) as f64;
        (all > 0.0).then(|| twice / all)
    }
}

/// Frames by what was on the road and what was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Occupied, and told so.
    pub occupied_right: u64,
    /// Occupied, and told empty.
    pub occupied_wrong: u64,
    /// Empty, and told so.
    pub empty_right: u64,
    /// Empty, and told occupied.
    pub empty_wrong: u64,
}

impl Presence {
    /// Share of the time in which it was right, 0 to 1; `None` without frames.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "frames of a run")]
    pub fn agreement(&self) -> Option<f64> {
        let right = (self.occupied_right + self.empty_right) as f64;
        let wrong = (self.occupied_wrong + self.empty_wrong) as f64;
        (right + wrong > 0.0).then(|| right / (right + wrong))
    }
}

/// Errors of queue lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Queues {
    /// Looks at queues of up to ten vehicles that were not empty, or were not told to be.
    pub short: u64,
    /// Sum of their errors, vehicles.
    pub short_errors: f64,
    /// Looks at longer queues.
    pub long: u64,
    /// Sum of their errors, as shares of the real queue.
    pub long_errors: f64,
}

impl Queues {
    /// Mean absolute error of queues of up to ten vehicles, vehicles.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "looks of a run")]
    pub fn short_error(&self) -> Option<f64> {
        (self.short > 0).then(|| self.short_errors / self.short as f64)
    }

    /// Mean absolute error of longer queues, as a share.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "looks of a run")]
    pub fn long_error(&self) -> Option<f64> {
        (self.long > 0).then(|| self.long_errors / self.long as f64)
    }

    fn note(&mut self, real: f64, told: f64) {
        let error = (told - real).abs();
        if real > SHORT {
            self.long += 1;
            self.long_errors += error / real;
        } else if real > 0.0 || told > 0.0 {
            self.short += 1;
            self.short_errors += error;
        }
    }
}

/// Notes what was told and what was there.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) score: FilmScore,
    /// By count line: when vehicles were told to cross it, and when they did.
    lines: Vec<(DetectorId, Vec<Millis>, Vec<Millis>)>,
}

impl Notes {
    pub(super) fn told_crossing(&mut self, line: DetectorId, crossing: Crossing) {
        self.line(line).1.push(crossing.at);
    }

    pub(super) fn crossed(&mut self, line: DetectorId, at: Millis) {
        self.line(line).2.push(at);
    }

    /// `covered_m`: how much of the zone vehicles really cover; less than half of one, and who could say?
    pub(super) fn presence(&mut self, told: bool, covered_m: f64) {
        let real = covered_m > 0.0;
        if real && covered_m < COVERED_MIN_M {
            return;
        }
        let presence = &mut self.score.presence;
        let counter = match (real, told) {
            (true, true) => &mut presence.occupied_right,
            (true, false) => &mut presence.occupied_wrong,
            (false, false) => &mut presence.empty_right,
            (false, true) => &mut presence.empty_wrong,
        };
        *counter += 1;
    }

    /// `told`: vehicles of the queue in a view; `there`: those really in it, the nearest to the stop bar first.
    pub(super) fn queue(&mut self, told: u32, there: &[InView]) {
        let mut queue = 0_u32;
        let mut last_m = None;
        for vehicle in there {
            let crawls = vehicle.speed_mps < CRAWLS_MPS;
            match last_m {
                None if !crawls => continue,
                Some(last_m) if !crawls || vehicle.distance_m - last_m > NEXT_M => break,
                None | Some(_) => {}
            }
            queue += 1;
            last_m = Some(vehicle.distance_m);
        }
        self.score.queues.note(f64::from(queue), f64::from(told));
    }

    pub(super) fn score(&self) -> FilmScore {
        let mut score = self.score.clone();
        for (_, told, real) in &self.lines {
            let right = matches(told, real);
            score.crossings.right += right;
            score.crossings.wrong += told.len() - right;
            score.crossings.missed += real.len() - right;
        }
        score
    }

    fn line(&mut self, line: DetectorId) -> &mut (DetectorId, Vec<Millis>, Vec<Millis>) {
        let found = self.lines.iter().position(|(id, ..)| *id == line);
        let at = found.unwrap_or_else(|| {
            self.lines.push((line, Vec::new(), Vec::new()));
            self.lines.len() - 1
        });
        &mut self.lines[at]
    }
}

/// Pairs of moments that are near each other, each used once.
fn matches(told: &[Millis], real: &[Millis]) -> usize {
    let (mut told, mut real) = (told.to_vec(), real.to_vec());
    told.sort_unstable();
    real.sort_unstable();
    let (mut told, mut real) = (told.as_slice(), real.as_slice());
    let mut pairs = 0;
    while let ([first_told, told_rest @ ..], [first_real, real_rest @ ..]) = (told, real) {
        if *first_told - *first_real > NEAR {
            real = real_rest;
        } else if *first_real - *first_told > NEAR {
            told = told_rest;
        } else {
            pairs += 1;
            (told, real) = (told_rest, real_rest);
        }
    }
    pairs
}
