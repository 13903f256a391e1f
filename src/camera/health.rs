//! Whether a camera can be believed.
//!
//! In: frames. Out: the first [`Trouble`] that lasts, or none; it goes by itself when the picture is good again. Not here:
//! what its detectors say meanwhile, and whether the counts are plausible beside the loops (`estimation/`).

use std::fmt;

use crate::units::Millis;

use super::frame::Frame;

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
/// Share of white that is glare; a white lorry close by covers less, and not for long.
const WHITE_SHARE: f32 = 0.4;
const WHITE: f32 = 250.0;
/// Share of its usual edges below which a picture is blurred.
const BLURRED: f32 = 0.35;
/// Correlation of edges with the usual ones below which the camera looks elsewhere.
const ELSEWHERE: f32 = 0.25;
/// How often edges are looked at.
const EDGES_EVERY: Millis = Millis(500);
/// Looks until the usual edges are known well enough to be compared with.
const KNOWN_AFTER: u32 = 10;
/// Looks whose mean is usual: one cycle of the signal, with its queues and without.
const USUAL_OF: u32 = 240;
/// Blocks across and down in which edges are summed.
const BLOCKS: usize = 16;

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
}

/// Edges in blocks of the picture.
#[derive(Clone, Debug, Default)]
struct Edges {
    usual: Vec<f32>,
    looks: u32,
    looked: Option<Millis>,
    fault: Option<Trouble>,
}

impl Health {
    /// Why the camera is not believed now.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Looks at one more frame; `samples` are its own.
    pub(super) fn look(&mut self, frame: &Frame<'_>, samples: &[f32], at: Millis) {
        let rate = self.rate_fault(at);
        let fault = rate
            .or_else(|| self.frozen(samples, at))
            .or_else(|| light(samples));
        // What is dark or blind cannot teach anything about edges.
        let fault = fault.or_else(|| self.edges.look(frame, at));
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
    let count = samples
        .iter()
        .fold(0.0_f32, |count, _| count + 1.0)
        .max(1.0);
    let mean = samples.iter().sum::<f32>() / count;
    let spread = samples
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum::<f32>()
        / count;
    let white = samples
        .iter()
        .filter(|value| **value > WHITE)
        .fold(0.0_f32, |count, _| count + 1.0);
    match (mean < DARK, spread.sqrt() < FLAT) {
        (true, _) => Some(Trouble::Dark),
        (false, true) => Some(Trouble::Blind),
        (false, false) => (white / count > WHITE_SHARE).then_some(Trouble::Glare),
    }
}

impl Edges {
    fn look(&mut self, frame: &Frame<'_>, at: Millis) -> Option<Trouble> {
        if self.looked.is_some_and(|looked| at - looked < EDGES_EVERY) {
            return self.fault;
        }
        self.looked = Some(at);
        let now = edges(frame);
        if self.usual.len() != now.len() {
            self.usual = vec![0.0; now.len()];
            self.looks = 0;
        }
        if self.looks >= KNOWN_AFTER {
            let (usual_sum, now_sum): (f32, f32) = (self.usual.iter().sum(), now.iter().sum());
            self.fault = match correlation(&self.usual, &now) {
                _ if now_sum < BLURRED * usual_sum => Some(Trouble::Blurred),
                alike if alike < ELSEWHERE => Some(Trouble::Moved),
                _ => None,
            };
        }
        if self.fault.is_none() {
            self.looks = (self.looks + 1).min(USUAL_OF);
            #[expect(clippy::cast_possible_truncation, reason = "a share")]
            self.learn(&now, f64::from(self.looks).recip() as f32);
        }
        self.fault
    }

    fn learn(&mut self, now: &[f32], share: f32) {
        for (usual, now) in self.usual.iter_mut().zip(now) {
            *usual += share * (now - *usual);
        }
    }
}

/// How much brightness changes from place to place, block by block: square roots, so that one sharp edge does not
/// outweigh everything.
fn edges(frame: &Frame<'_>) -> Vec<f32> {
    let [width, height] = frame.size();
    let step = (width / 160).max(1);
    let mut sums = vec![0.0_f32; BLOCKS * BLOCKS];
    let (columns, rows) = (width / step, height / step);
    for row in 0..rows.saturating_sub(1) {
        for column in 0..columns.saturating_sub(1) {
            let gray = |column: usize, row: usize| frame.gray_of(column * step, row * step);
            let here = gray(column, row);
            let change =
                (gray(column + 1, row) - here).abs() + (gray(column, row + 1) - here).abs();
            let block = row * BLOCKS / rows * BLOCKS + column * BLOCKS / columns;
            if let Some(sum) = sums.get_mut(block) {
                *sum += change;
            }
        }
    }
    sums.into_iter().map(f32::sqrt).collect()
}

/// Pearson's correlation.
fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let count = a.iter().fold(0.0_f32, |count, _| count + 1.0).max(1.0);
    let mean = |of: &[f32]| of.iter().sum::<f32>() / count;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    let spread = (of_a * of_b).sqrt();
    if spread > 0.0 { both / spread } else { 1.0 }
}
