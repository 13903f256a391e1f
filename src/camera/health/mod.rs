//! Whether a camera can be believed.
//!
//! In: frames. Out: the first [`Trouble`] that lasts, or none; it goes by itself when the picture is good again. Not here:
//! what its detectors say meanwhile, and whether the counts are plausible beside the loops (`estimation/`).

pub(super) mod edges;

use std::fmt;

use crate::units::Millis;

use self::edges::Edges;
use super::appearance::share;
use super::frame::Frame;
use super::shift::Shift;
use crate::intersection::{Fingerprint, Px};

/// Why a camera is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Fewer than five pictures per second.
    FewFrames,
    /// The same picture again and again.
    Frozen,
    /// No light.
    Dark,
    /// Light, but nothing to be seen: covered, or thick fog.
    Blind,
    /// The sun shines into it.
    Glare,
    /// Everything has lost its edges: fog, dirt, out of focus.
    Blurred,
    /// It does not look where it did.
    Moved,
    /// It shakes more than can be made up for.
    Shaken,
    /// Rain, snow or noise hide the street.
    Noisy,
    /// No pictures come.
    Silent,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FewFrames => "too few frames",
            Self::Frozen => "frozen",
            Self::Dark => "dark",
            Self::Blind => "blind",
            Self::Glare => "glare",
            Self::Blurred => "blurred",
            Self::Moved => "moved",
            Self::Shaken => "shaken",
            Self::Noisy => "noisy",
            Self::Silent => "silent",
        })
    }
}

/// How long trouble lasts before it is believed; a lorry close by, or a flash of sun, is over by then.
const LASTS: Millis = Millis(4_000);
/// How long the picture is good before the camera is believed again.
const RECOVERS: Millis = Millis(3_000);
/// Fewer frames per second cannot be counted with.
const RATE_MIN: f64 = 5.0;
/// Frames whose rate is known.
const RATE_FRAMES: f64 = 10.0;
/// Every live picture has noise; the same samples for so long are a stuck encoder.
const FROZEN_AFTER: Millis = Millis(3_000);
/// Brightness below which a picture is dark, mean of 255.
const DARK: f32 = 10.0;
/// Spread of brightness below which nothing can be seen.
const FLAT: f32 = 6.0;
/// By night there is less of everything: it is flat below this share of the mean as well, or below so little.
const FLAT_SHARE: f32 = 0.12;
const FLAT_ANYWAY: f32 = 2.5;
/// Share of white that is glare; a white lorry close by covers less, and not for long.
const WHITE_SHARE: f32 = 0.4;
const WHITE: f32 = 250.0;
/// A place changes from one frame to the next by more than this in rain or snow, and in traffic, …
const FLICKERS: f32 = 25.0;
/// … which never covers so much of a picture.
const NOISY_SHARE: f32 = 0.35;
/// Below this brightness it is night, above that day, mean of 255; the lamps of one car close by do not make a day.
const NIGHT: f32 = 45.0;
const DAY: f32 = 65.0;
/// Movement of the whole picture from frame to frame, share of its width, that cannot be made up for.
const SHAKEN: f64 = 0.006;
/// Frames over which it is averaged.
const SHAKEN_FRAMES: f64 = 15.0;
/// A source that has sent nothing for longer is silent.
const SILENT_AFTER: Millis = Millis(2_000);

/// Watches the picture itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    trouble: Option<Trouble>,
    /// What is wrong now, and since when.
    suspect: Option<(Trouble, Millis)>,
    good_since: Option<Millis>,
    last: Option<Millis>,
    gap_s: f64,
    frames: f64,
    samples: Vec<f32>,
    changed: Millis,
    edges: Edges,
    is_night: bool,
    /// Where the picture was, px, and how far it moves from frame to frame, share of its width.
    at: Px,
    shaking: f64,
}

impl Health {
    /// Why the camera is not believed now.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// A camera that has been seen to look like this.
    pub(super) fn new(remembered: Vec<Fingerprint>) -> Self {
        Self {
            edges: Edges::new(remembered),
            ..Self::default()
        }
    }

    /// Whether it is night in the picture.
    pub(super) fn is_night(&self) -> bool {
        self.is_night
    }

    /// What it usually looks at by day, once that is known.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        self.edges.fingerprint()
    }

    /// No picture has come up to now.
    pub(super) fn miss(&mut self, at: Millis) {
        if self.last.is_some_and(|last| at - last >= SILENT_AFTER) {
            self.good_since = None;
            self.trouble = Some(Trouble::Silent);
        }
    }

    /// Looks at one more frame; `samples` are its own, `shift` has looked at it, too.
    pub(super) fn look(&mut self, frame: &Frame<'_>, samples: &[f32], shift: &Shift, at: Millis) {
        let rate = self.rate_fault(at);
        let fault = rate
            .or_else(|| self.frozen(samples, at))
            .or_else(|| light(samples));
        let fault = fault
            .or_else(|| self.shaken(frame.size(), shift.now()))
            .or_else(|| self.noisy(samples));
        self.is_night = mean(samples) < if self.is_night { DAY } else { NIGHT };
        // What is dark or blind cannot teach anything about edges.
        let moved = || shift.is_elsewhere().then_some(Trouble::Moved);
        let fault = fault
            .or_else(moved)
            .or_else(|| self.edges.look(frame, self.is_night, at));
        self.samples.clear();
        self.samples.extend_from_slice(samples);
        self.conclude(fault, at);
    }

    fn rate_fault(&mut self, at: Millis) -> Option<Trouble> {
        if let Some(last) = self.last {
            let weight = 1.0 / RATE_FRAMES.min(self.frames + 1.0);
            self.gap_s += weight * ((at - last).secs() - self.gap_s);
            self.frames += 1.0;
        }
        self.last = Some(at);
        (self.frames >= RATE_FRAMES && self.gap_s > 1.0 / RATE_MIN).then_some(Trouble::FewFrames)
    }

    fn frozen(&mut self, samples: &[f32], at: Millis) -> Option<Trouble> {
        let same = self.samples.len() == samples.len()
            && self
                .samples
                .iter()
                .zip(samples)
                .all(|(a, b)| (a - b).abs() < 0.01);
        if !same {
            self.changed = at;
        }
        (at - self.changed >= FROZEN_AFTER).then_some(Trouble::Frozen)
    }

    fn shaken(&mut self, [width, _]: [usize; 2], at: Px) -> Option<Trouble> {
        let width = f64::from(u32::try_from(width).unwrap_or(u32::MAX));
        let [x, y] = [at[0] - self.at[0], at[1] - self.at[1]];
        self.at = at;
        self.shaking += ((x * x + y * y).sqrt() / width - self.shaking) / SHAKEN_FRAMES;
        (self.shaking > SHAKEN).then_some(Trouble::Shaken)
    }

    fn noisy(&self, samples: &[f32]) -> Option<Trouble> {
        let pairs = self.samples.iter().zip(samples);
        let flickers = share(pairs, |(before, now)| (before - now).abs() > FLICKERS);
        (flickers > NOISY_SHARE).then_some(Trouble::Noisy)
    }

    fn conclude(&mut self, fault: Option<Trouble>, at: Millis) {
        let Some(fault) = fault else {
            self.suspect = None;
            if at - *self.good_since.get_or_insert(at) >= RECOVERS {
                self.trouble = None;
            }
            return;
        };
        self.good_since = None;
        // Another fault than before goes on from the same moment: something is wrong all the time.
        let since = self.suspect.map_or(at, |(_, since)| since);
        self.suspect = Some((fault, since));
        if at - since >= LASTS || fault == Trouble::Frozen {
            self.trouble = Some(fault);
        }
    }
}

fn light(samples: &[f32]) -> Option<Trouble> {
    let mean_of = mean(samples);
    let squares: Vec<f32> = samples
        .iter()
        .map(|value| (value - mean_of) * (value - mean_of))
        .collect();
    let white = share(samples.iter(), |value| *value > WHITE);
    let spread = mean(&squares).sqrt();
    let is_flat = spread < FLAT_ANYWAY || spread < FLAT.min(FLAT_SHARE * mean_of);
    match (mean_of < DARK, is_flat) {
        (true, _) => Some(Trouble::Dark),
        (false, true) => Some(Trouble::Blind),
        (false, false) => (white > WHITE_SHARE).then_some(Trouble::Glare),
    }
}

fn mean(values: &[f32]) -> f32 {
    let count = values.iter().fold(0.0_f32, |count, _| count + 1.0);
    values.iter().sum::<f32>() / count.max(1.0)
}
