//! Pedestrians at one crosswalk: they arrive, push the button, wait, walk, and are gone.
//!
//! In: arrivals, since when Walk shows. Out: button pushes, spans of time in which a half of the
//! crosswalk is occupied, results. Nobody starts but during Walk. Not here: who yields to them.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::simulation::draw;

/// Walking speed, m/s: mean 1.35 and deviation 0.2 put the 15th percentile near the 1.07 m/s (3.5 ft/s)
/// that clearance is designed for (MUTCD; Knoblauch et al. 1996).
const SPEED_MEAN: f64 = 1.35;
const SPEED_DEVIATION: f64 = 0.2;
/// Who has waited this long pushes the button again, s.
const IMPATIENCE: f64 = 60.0;
/// Half of the crosswalk counts as occupied this far over its middle, m.
const MIDDLE_MARGIN: f64 = 1.0;

/// One pedestrian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walker {
    /// Index in the demand.
    pub(super) number: usize,
    pub(super) arrived: f64,
    /// When it next pushes the button if it does not walk before.
    pushes_at: f64,
    /// When it first pushed it.
    pub(super) pushed: Option<f64>,
    /// Time from Walk to the first step, s.
    reaction: f64,
    speed: f64,
    /// Starts at the curb of the half that turning vehicles use.
    near_first: bool,
    /// When the Walk began in which it started.
    pub(super) walk: Option<f64>,
    /// When it started.
    pub(super) started: Option<f64>,
}

/// What happened at a crosswalk in one step.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// Buttons pushed: detector and time.
    pub(super) pushes: Vec<(usize, f64)>,
    /// Who reached the other side, and when.
    pub(super) finished: Vec<(Walker, f64)>,
}

/// Everybody at one crosswalk.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd {
    length: f64,
    buttons: Vec<usize>,
    coming: Vec<Walker>,
    waiting: Vec<Walker>,
    walking: Vec<Walker>,
}

impl Crowd {
    /// A crosswalk of `length` m with these buttons (detector indices). `arrivals` are numbers in the
    /// demand with arrival times.
    pub(super) fn new(
        length: f64,
        buttons: Vec<usize>,
        arrivals: &[(usize, f64)],
        seed: u64,
    ) -> Self {
        let mut coming: Vec<Walker> = arrivals
            .iter()
            .map(|&(number, at)| Walker::draw(number, at, seed))
            .collect();
        coming.sort_by(|a, b| {
            b.arrived
                .total_cmp(&a.arrived)
                .then(b.number.cmp(&a.number))
        });
        Self {
            length,
            buttons,
            coming,
            ..Self::default()
        }
    }

    /// Lives from `from` to `to`, Walk showing since `walk_since`.
    pub(super) fn advance(&mut self, from: f64, to: f64, walk_since: Option<f64>) -> Happened {
        while let Some(walker) = self.coming.pop_if(|walker| walker.arrived < to) {
            self.waiting.push(walker);
        }
        let mut pushes = Vec::new();
        let mut still_waiting = Vec::new();
        for mut walker in std::mem::take(&mut self.waiting) {
            let start = walk_since.map(|since| walker.start(since).max(from));
            if let Some(start) = start
                && start < to
            {
                walker.started = Some(start);
                walker.walk = walk_since;
                self.walking.push(walker);
                continue;
            }
            if walk_since.is_none() && walker.pushes_at < to {
                let button = usize::from(!walker.near_first) % self.buttons.len().max(1);
                if let Some(&detector) = self.buttons.get(button) {
                    pushes.push((detector, walker.pushes_at.max(from)));
                }
                walker.pushed.get_or_insert(walker.pushes_at);
                walker.pushes_at += IMPATIENCE;
            }
            still_waiting.push(walker);
        }
        self.waiting = still_waiting;
        let length = self.length;
        let mut finished = Vec::new();
        self.walking.retain(|walker| {
            let ends = walker.started.unwrap_or(from) + length / walker.speed;
            if ends <= to {
                finished.push((*walker, ends));
            }
            ends > to
        });
        Happened { pushes, finished }
    }

    /// Spans of time in which somebody is on the half that turning vehicles use.
    pub(super) fn occupied(&self, walk_since: Option<f64>) -> impl Iterator<Item = (f64, f64)> {
        let half = 0.5 * self.length;
        let about_to_start = self
            .waiting
            .iter()
            .filter_map(move |walker| Some((walker, walker.start(walk_since?))));
        self.walking
            .iter()
            .filter_map(|walker| Some((walker, walker.started?)))
            .chain(about_to_start)
            .map(move |(walker, started)| {
                let (enters, leaves) = if walker.near_first {
                    (0.0, half + MIDDLE_MARGIN)
                } else {
                    (half - MIDDLE_MARGIN, 2.0 * half)
                };
                (
                    started + enters / walker.speed,
                    started + leaves / walker.speed,
                )
            })
    }

    /// People waiting at the curb.
    pub(super) fn waiting(&self) -> &[Walker] {
        &self.waiting
    }

    /// People waiting or walking.
    pub(super) fn unfinished(&self) -> impl Iterator<Item = &Walker> {
        self.waiting.iter().chain(&self.walking)
    }

    /// People on the crosswalk at `now`, with the share of the way from the end that turning vehicles use.
    pub(super) fn under_way(&self, now: f64) -> impl Iterator<Item = (usize, f64)> {
        self.walking.iter().filter_map(move |walker| {
            let gone = (now - walker.started?) * walker.speed / self.length;
            let share = if walker.near_first { gone } else { 1.0 - gone };
            (0.0..=1.0)
                .contains(&gone)
                .then_some((walker.number, share))
        })
    }

    /// People on the crosswalk.
    pub(super) fn walking(&self) -> usize {
        self.walking.len()
    }
}

impl Walker {
    fn draw(number: usize, arrived: f64, seed: u64) -> Self {
        let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "pedestrian", number));
        Self {
            number,
            arrived,
            pushes_at: arrived + 0.5 + 2.0 * rng.random::<f64>(),
            pushed: None,
            reaction: 1.0 + rng.random::<f64>(),
            speed: draw::normal(&mut rng, SPEED_MEAN, SPEED_DEVIATION).clamp(0.8, 2.2),
            near_first: rng.random::<bool>(),
            walk: None,
            started: None,
        }
    }

    /// When it would start with Walk showing since `walk_since`.
    fn start(&self, walk_since: f64) -> f64 {
        self.arrived.max(walk_since + self.reaction)
    }
}
