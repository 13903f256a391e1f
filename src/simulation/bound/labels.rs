//! Labels: all that a search remembers of the plans that lead to one moment.
//!
//! In: states reached. Out: the same, packed, without those that another covers. Not here: how states follow one
//! another (`search.rs`), what happens when there are too many (`relax.rs`).
//!
//! Label a *covers* label b with the same greens when on every lane at least as many have left and the next could
//! leave no later, every phase is bound no longer, and its delay so far is no greater. Whatever b can do later, a can
//! do too, at no more delay: the model is monotone, and all clearance times run alike.

use super::model::{Bits, HEADWAY_MAX, LANES_MAX, Model, PHASES_MAX, Progress, Ticks, index};

/// A longer queue is taken as this long, in vehicles, so that keys fit 16 bits. It makes a label too good, which
/// a lower bound may be; what a plan costs is worked out without labels.
const QUEUE_MAX: Ticks = 1_600;
/// Nobody blocks a stop bar longer than this.
const BUSY_MAX: Ticks = 128;
/// A lane that has been free for so long is as free as any: no vehicle keeps a longer distance.
const IDLE: Ticks = 40;
const _: () = assert!(QUEUE_MAX * HEADWAY_MAX + BUSY_MAX <= 65_535);
/// Nobody has left later than this after the moment a label is for: yellow is shorter.
const AHEAD: Ticks = 64;
/// A new label is compared with so many of those kept that are cheapest, and a quarter as many of the latest. To
/// miss one that covers it costs time, not exactness.
const COMPARED: usize = 128;
/// Keys are compared this many numbers at a time.
const CHUNK: usize = 8;

/// A label but for its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    /// Delay of all who have come, up to now, vehicles × ticks.
    pub(super) delay: i64,
    /// Delay of those of them who have left.
    pub(super) delay_of_left: i64,
    /// Sum of the moments of all changes: of equally good plans the one that changes earlier is kept.
    pub(super) moments: i64,
    pub(super) green: Bits,
    /// The plan up to now, in the history; 0: nothing has been green.
    pub(super) plan: u32,
    /// Merged of several: whatever may change may do so at once, however long it could have before.
    pub(super) merged: bool,
}

impl Label {
    /// Labels are ordered by greens, then the better first.
    fn order(&self) -> (Bits, i64, i64) {
        (self.green, self.delay, self.moments)
    }
}

/// A label unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) lanes: [Progress; LANES_MAX],
    /// Of a green phase: when it may end. Of a red one: when it is in nobody's way any more.
    pub(super) clear: [Ticks; PHASES_MAX],
    pub(super) label: Label,
}

/// Who has come to each lane by one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Come {
    pub(super) at: Ticks,
    /// Vehicles that have come by then.
    pub(super) come: Vec<usize>,
    /// No label has more vehicles left by then.
    left_at_most: Vec<usize>,
}

impl Come {
    pub(super) fn new(model: &Model, at: Ticks) -> Self {
        let by = |at| model.lanes.iter().map(|lane| lane.come_by(at)).collect();
        Self {
            at,
            come: by(at),
            left_at_most: by(at + AHEAD),
        }
    }

    /// What those who have come and not left have been delayed by now.
    pub(super) fn waiting(&self, model: &Model, progress: impl Fn(usize) -> Progress) -> i64 {
        let lanes = model.lanes.iter().zip(&self.come).enumerate();
        lanes
            .map(|(lane, (facts, come))| facts.waiting(progress(lane), *come, self.at))
            .sum()
    }

    /// The first vehicle that has not left a lane, and when it can at the earliest.
    pub(super) fn progress(&self, model: &Model, lane: usize, key: &[u16]) -> Progress {
        let (behind, late) = (key[lane], key[model.lanes.len() + lane]);
        let next = self.left_at_most[lane].saturating_sub(usize::from(behind));
        let queue = Ticks::from(behind) * model.lanes[lane].headway + IDLE;
        Progress {
            next: u32::try_from(next).unwrap_or(u32::MAX),
            free: self.at + (Ticks::from(late) - queue).max(-IDLE),
        }
    }

    /// How many vehicles a lane is behind, and when at the earliest the first that cannot have left by then does.
    fn keys(&self, model: &Model, lane: usize, progress: Progress) -> [u16; 2] {
        let behind = self.left_at_most[lane].saturating_sub(index(progress.next));
        let behind = Ticks::try_from(behind).map_or(QUEUE_MAX, |behind| behind.min(QUEUE_MAX));
        let facts = &model.lanes[lane];
        let free = progress.free + IDLE;
        let busy = if facts.due[index(progress.next)] < free {
            (free - self.at).clamp(0, BUSY_MAX)
        } else {
            0
        };
        [behind, behind * facts.headway + busy].map(pack)
    }
}

fn pack(number: Ticks) -> u16 {
    u16::try_from(number.max(0)).unwrap_or(u16::MAX)
}

/// Labels of one moment with their keys: see [`Come::keys`] for all lanes, then per phase how long bound.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    width: usize,
    pub(super) labels: Vec<Label>,
    keys: Vec<u16>,
}

impl Labels {
    /// None yet.
    pub(super) fn new(model: &Model) -> Self {
        let width = 2 * model.lanes.len() + model.signal.phases.len();
        Self {
            width: width.next_multiple_of(CHUNK),
            ..Self::default()
        }
    }

    pub(super) fn clear(&mut self) {
        self.labels.clear();
        self.keys.clear();
    }

    pub(super) fn key(&self, n: usize) -> &[u16] {
        &self.keys[n * self.width..(n + 1) * self.width]
    }

    /// Adds a label as it is.
    pub(super) fn take(&mut self, label: Label, key: &[u16]) {
        self.labels.push(label);
        self.keys.extend_from_slice(key);
    }

    /// Adds a state as of `come.at`.
    pub(super) fn push(&mut self, model: &Model, come: &Come, state: &State) {
        let mut label = state.label;
        let lanes = &state.lanes[..model.lanes.len()];
        label.delay = label.delay_of_left + come.waiting(model, |lane| lanes[lane]);
        let keys = |(lane, progress): (usize, &Progress)| come.keys(model, lane, *progress);
        (self.keys).extend(lanes.iter().enumerate().map(keys).map(|keys| keys[0]));
        (self.keys).extend(lanes.iter().enumerate().map(keys).map(|keys| keys[1]));
        for clear in &state.clear[..model.signal.phases.len()] {
            self.keys.push(pack(clear - come.at));
        }
        self.labels.push(label);
        self.keys.resize(self.labels.len() * self.width, 0);
    }

    /// Writes label `n` into `state`.
    pub(super) fn unpack(&self, model: &Model, come: &Come, n: usize, state: &mut State) {
        state.label = self.labels[n];
        let key = self.key(n);
        for lane in 0..model.lanes.len() {
            state.lanes[lane] = come.progress(model, lane, key);
        }
        for (clear, key) in state.clear.iter_mut().zip(&key[2 * model.lanes.len()..]) {
            *clear = come.at + Ticks::from(*key);
        }
    }

    /// The labels that no other is found to cover, by greens, then the better first.
    pub(super) fn uncovered(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_unstable_by_key(|&n| (self.labels[n].order(), n));
        let mut kept: Vec<usize> = Vec::with_capacity(order.len());
        let mut peers = 0;
        for n in order {
            let green = |n: usize| self.labels[n].green;
            if kept
                .get(peers)
                .is_some_and(|&first| green(first) != green(n))
            {
                peers = kept.len();
            }
            let (cheapest, others) = kept[peers..].split_at((kept.len() - peers).min(COMPARED));
            let latest = &others[others.len().saturating_sub(COMPARED / 4)..];
            let mut compared = cheapest.iter().chain(latest);
            if !compared.any(|&k| is_at_most(self.key(k), self.key(n))) {
                kept.push(n);
            }
        }
        kept
    }
}

/// Whether no number of `a` is above its counterpart in `b`.
fn is_at_most(a: &[u16], b: &[u16]) -> bool {
    a.chunks_exact(CHUNK)
        .zip(b.chunks_exact(CHUNK))
        .all(|(a, b)| a.iter().zip(b).fold(true, |all, (x, y)| all & (x <= y)))
}
