//! What a camera usually looks at: how much brightness changes from place to place, block by block.
//!
//! In: frames. Out: whether the picture has lost its edges, or shows others; a [`Fingerprint`] to remember what it is to look at.
//! By night a street has other edges than by day, so each has its own. Not here: small movements (`shift.rs`).

use super::Trouble;
use crate::camera::frame::Frame;
use crate::intersection::Fingerprint;
use crate::units::Millis;

/// Share of its usual edges below which a picture is blurred.
const BLURRED: f32 = 0.35;
/// Correlation of edges with the usual ones below which the camera looks elsewhere.
const ELSEWHERE: f32 = 0.25;
/// The same with the remembered ones: another season, another light.
const ELSEWHERE_THAN_REMEMBERED: f32 = 0.15;
/// How often edges are looked at.
const EVERY: Millis = Millis(500);
/// Looks until the usual edges are known well enough to be compared with.
const KNOWN_AFTER: u32 = 10;
/// Looks whose mean is usual: one cycle of the signal, with its queues and without.
const USUAL_OF: u32 = 240;
/// Blocks across and down in which edges are summed.
const BLOCKS: usize = Fingerprint::SIDE;

/// Edges in blocks of the picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// By day, and by night.
    usual: [Usual; 2],
    remembered: Vec<Fingerprint>,
    looked: Option<Millis>,
    fault: Option<Trouble>,
}

#[derive(Clone, Debug, Default)]
struct Usual {
    edges: Vec<f32>,
    looks: u32,
}

impl Edges {
    /// `remembered` are looks of the calibrated view; none: what is seen first is right.
    pub(super) fn new(remembered: Vec<Fingerprint>) -> Self {
        Self {
            remembered,
            ..Self::default()
        }
    }

    /// What is wrong, if anything.
    pub(super) fn look(
        &mut self,
        frame: &Frame<'_>,
        is_night: bool,
        at: Millis,
    ) -> Option<Trouble> {
        if self.looked.is_some_and(|looked| at - looked < EVERY) {
            return self.fault;
        }
        self.looked = Some(at);
        let now = edges(frame);
        let [day, night] = &mut self.usual;
        let usual = if is_night { night } else { day };
        if usual.edges.len() != now.len() {
            usual.edges = vec![0.0; now.len()];
            usual.looks = 0;
        }
        let is_known = usual.looks >= KNOWN_AFTER;
        let (usual_sum, now_sum): (f32, f32) = (usual.edges.iter().sum(), now.iter().sum());
        let is_elsewhere = || {
            let alike =
                |print: &Fingerprint| correlation(&centered(&print.values()), &centered(&now));
            let most = self.remembered.iter().map(alike).reduce(f32::max);
            most.is_some_and(|most| most < ELSEWHERE_THAN_REMEMBERED)
        };
        self.fault = if is_known && now_sum < BLURRED * usual_sum {
            Some(Trouble::Blurred)
        } else if is_known && correlation(&centered(&usual.edges), &centered(&now)) < ELSEWHERE
            || !is_night && is_elsewhere()
        {
            Some(Trouble::Moved)
        } else {
            None
        };
        if self.fault.is_none() {
            usual.looks = (usual.looks + 1).min(USUAL_OF);
            #[expect(clippy::cast_possible_truncation, reason = "a share")]
            let share = f64::from(usual.looks).recip() as f32;
            for (usual, now) in usual.edges.iter_mut().zip(now) {
                *usual += share * (now - *usual);
            }
        }
        self.fault
    }

    /// What it usually looks at by day; `None` until that is known.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        let [day, _] = &self.usual;
        (day.looks >= KNOWN_AFTER).then(|| Fingerprint::of(&day.edges))
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

/// Without what is common to a row or a column of blocks: every street has its edges below the horizon, wherever the
/// camera looks.
fn centered(edges: &[f32]) -> Vec<f32> {
    let mean = |of: &mut dyn Iterator<Item = f32>| {
        let (sum, count) = of.fold((0.0, 0.0_f32), |(sum, count), one| (sum + one, count + 1.0));
        sum / count.max(1.0)
    };
    let rows: Vec<f32> = edges
        .chunks(BLOCKS)
        .map(|row| mean(&mut row.iter().copied()))
        .collect();
    let columns: Vec<f32> = (0..BLOCKS)
        .map(|column| mean(&mut edges.iter().skip(column).step_by(BLOCKS).copied()))
        .collect();
    let all = mean(&mut rows.iter().copied());
    let places = rows
        .iter()
        .flat_map(|row| columns.iter().map(move |column| row + column));
    edges
        .iter()
        .zip(places)
        .map(|(edge, place)| edge - place + all)
        .collect()
}

/// Pearson's correlation.
pub(in crate::camera) fn correlation(a: &[f32], b: &[f32]) -> f32 {
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
