//! The empty road of one piece of lane, learned while vehicles come and go.
//!
//! In: how it looks, and looked some tenths of a second before, and what the signal shows. Out: how it looks when nobody is there. The
//! difficulty: who waits does not change. Green at the stop bar says little upstream, because a queue starts to move
//! vehicle by vehicle; what says more is that the road comes back and a vehicle does not. So a look that returns after
//! somebody has driven through is the road: at once as long as none is known, otherwise in another green as well. On red nothing
//! is learned that would take somebody for the road. Not here: who is there.

use crate::units::Millis;

use super::appearance::{Point, changed, follow, steep, unlike};
use super::light::Light;

/// Above this share of changed places somebody drives through.
pub(super) const DRIVES: f32 = 0.15;
/// Below this share nothing moves.
const STILL: f32 = 0.03;
/// Looks are compared when they have been still for so long.
const STILL_FOR: Millis = Millis(600);
/// Plain and still for so long: the road, if none is known yet.
const STILL_PLAIN: Millis = Millis(1_000);
/// A piece with a smaller share of edges is plain.
const PLAIN: f32 = 0.06;
/// Share of places that differ below which two looks are the same. A shadow differs here: what is in it may be a dark car. …
const SAME: f32 = 0.06;
/// … Below this it may be the same in other light.
const ALIKE: f32 = 0.12;
/// Share of a new look in the road, ten times a second.
const SHARE: f32 = 0.01;
/// Looks that may turn out to be the road.
const CANDIDATES_MAX: usize = 4;
/// Where nobody tells what the signal shows, this much time is taken for a green.
const ROUND: Millis = Millis(30_000);
/// Returns, each in another green, that overrule what was taken for the road so far.
const RETURNS: u32 = 2;

/// A piece of road.
#[derive(Clone, Debug, Default)]
pub(super) struct Road {
    known: Option<Vec<Point>>,
    still: Option<Millis>,
    candidates: Vec<Candidate>,
}

#[derive(Clone, Debug)]
struct Candidate {
    look: Vec<Point>,
    /// Somebody has driven through since it was seen last.
    passed: bool,
    returned: u32,
    round: i64,
}

/// Counts greens, or time where nobody tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounds {
    light: Light,
    number: i64,
}

impl Default for Rounds {
    fn default() -> Self {
        Self {
            light: Light::Unknown,
            number: 0,
        }
    }
}

impl Rounds {
    /// The number of this round.
    pub(super) fn at(&mut self, light: Light, at: Millis) -> i64 {
        match light {
            Light::Unknown => self.number = self.number.max(at.0 / ROUND.0),
            Light::Green if self.light != Light::Green => self.number += 1,
            Light::Green | Light::Yellow | Light::Red => {}
        }
        self.light = light;
        self.number
    }
}

impl Road {
    /// How the empty road looks, if that is known.
    pub(super) fn known(&self) -> Option<&[Point]> {
        self.known.as_deref()
    }

    /// Forgets what was seen just now, not the road.
    pub(super) fn forget(&mut self) {
        self.still = None;
        self.candidates.clear();
    }

    /// Takes in how it looks, and looked some tenths of a second before. Tells the share of it that moves, and how long
    /// nothing has moved.
    pub(super) fn look(
        &mut self,
        (before, now): (&[Point], &[Point]),
        light: Light,
        round: i64,
        at: Millis,
    ) -> (f32, Millis) {
        let moving = changed(before, now);
        if moving > DRIVES {
            for candidate in &mut self.candidates {
                candidate.passed = true;
            }
        }
        let still = match moving < STILL {
            true => at - *self.still.get_or_insert(at),
            false => {
                self.still = None;
                Millis::ZERO
            }
        };
        let differs = self.known.as_ref().map(|road| unlike(road, now));
        match differs {
            Some(differs) if differs < SAME => {
                if let Some(road) = &mut self.known {
                    follow(road, now, SHARE);
                }
            }
            Some(differs) if differs < ALIKE => {}
            None if still >= STILL_PLAIN && steep(now) < PLAIN => self.learn(now),
            Some(_) | None => {
                if still >= STILL_FOR && light != Light::Red {
                    self.consider(now, round);
                }
            }
        }
        (moving, still)
    }

    /// This is the empty road, for sure.
    pub(super) fn learn(&mut self, now: &[Point]) {
        self.known = Some(now.to_vec());
        self.candidates.clear();
    }

    /// Whether this has been seen before.
    fn consider(&mut self, now: &[Point], round: i64) {
        let needed = if self.known.is_some() { RETURNS } else { 1 };
        let same = |candidate: &&mut Candidate| unlike(&candidate.look, now) < SAME;
        let Some(candidate) = self.candidates.iter_mut().find(same) else {
            if self.candidates.len() == CANDIDATES_MAX {
                // The oldest of those that have come back least.
                let returned = |(_, candidate): &(usize, &Candidate)| candidate.returned;
                let weakest = self.candidates.iter().enumerate().min_by_key(returned);
                let weakest = weakest.map_or(0, |(place, _)| place);
                self.candidates.remove(weakest);
            }
            self.candidates.push(Candidate {
                look: now.to_vec(),
                passed: false,
                returned: 0,
                round,
            });
            return;
        };
        if candidate.passed && (needed == 1 || candidate.round < round) {
            candidate.returned += 1;
            candidate.round = round;
        }
        candidate.passed = false;
        if candidate.returned >= needed {
            self.learn(now);
        }
    }
}
