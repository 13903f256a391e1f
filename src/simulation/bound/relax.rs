//! What happens to more labels than the limit: they are dropped, or merged.
//!
//! In: the labels of one moment. Out: at most `limit` of them. Dropping keeps the most promising, so that what is
//! found in the end is a plan, if perhaps not the best. Merging takes of several labels the least delay, of each
//! lane the one that has got farthest, of each phase the one least bound: a label that can do whatever any of them
//! can, so that what is found in the end is no more than the best plan's delay (relaxed decision diagrams, Bergman,
//! Cire, van Hoeve and Hooker 2016). Merged are labels that are alike, and rather those that look bad anyway.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::labels::{Come, Label, Labels};
use super::model::{Bits, Model, index};

/// What a vehicle that waits on red is taken to wait on, ticks; only decides what is dropped or merged first.
const RED: i64 = 100;
/// How much a difference in a phase's clearance counts against one in delay, for the same purpose.
const CLEARANCE: i64 = 5;

/// Keeps the `limit` most promising of the labels `kept`.
pub(super) fn drop(
    model: &Model,
    come: &Come,
    from: &Labels,
    mut kept: Vec<usize>,
    limit: usize,
    into: &mut Labels,
) {
    if kept.len() > limit {
        let promise = |&n: &usize| (expected(model, come, &from.labels[n], from.key(n)), n);
        kept.sort_by_cached_key(promise);
        kept.truncate(limit);
        kept.sort_unstable();
    }
    for n in kept {
        into.take(from.labels[n], from.key(n));
    }
}

/// Merges the labels `kept` into about `limit`, at least one for each set of greens.
pub(super) fn merge(
    model: &Model,
    come: &Come,
    from: &Labels,
    mut kept: Vec<usize>,
    limit: usize,
    into: &mut Labels,
) {
    if kept.len() <= limit {
        for n in kept {
            into.take(from.labels[n], from.key(n));
        }
        return;
    }
    let work = Merge { model, come, from };
    let mut clusters = BinaryHeap::new();
    let mut begin = 0;
    let same = |a: &usize, b: &usize| from.labels[*a].green == from.labels[*b].green;
    let groups: Vec<usize> = kept.chunk_by(same).map(<[usize]>::len).collect();
    for len in groups {
        clusters.push(work.cluster(&kept, begin, begin + len));
        begin += len;
    }
    // Whatever looks best is looked at more closely: the lower bound can be no higher than it.
    while clusters.len() < limit {
        let Some(best) = clusters.pop() else { break };
        let Some(middle) = work.split(&mut kept, &best) else {
            clusters.push(best);
            break;
        };
        clusters.push(work.cluster(&kept, best.begin, middle));
        clusters.push(work.cluster(&kept, middle, best.end));
    }
    let mut clusters = clusters.into_vec();
    clusters.sort_unstable_by_key(|cluster| cluster.begin);
    for cluster in clusters {
        into.take(cluster.label, &cluster.key);
    }
}

/// Labels `begin..end` of the list, merged. The greatest is the one to split next: several, and the best.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cluster {
    begin: usize,
    end: usize,
    label: Label,
    key: Vec<u16>,
    expected: i64,
}

impl Cluster {
    fn rank(&self) -> (bool, Reverse<i64>, Reverse<usize>) {
        let several = self.end - self.begin > 1;
        (several, Reverse(self.expected), Reverse(self.begin))
    }
}

impl Ord for Cluster {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Cluster {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

struct Merge<'a> {
    model: &'a Model,
    come: &'a Come,
    from: &'a Labels,
}

impl Merge<'_> {
    fn cluster(&self, kept: &[usize], begin: usize, end: usize) -> Cluster {
        let members = &kept[begin..end];
        let mut label = self.from.labels[members[0]];
        let mut key = self.from.key(members[0]).to_vec();
        for &n in &members[1..] {
            let other = &self.from.labels[n];
            if (other.delay, other.moments) < (label.delay, label.moments) {
                label = *other;
            }
            for (least, number) in key.iter_mut().zip(self.from.key(n)) {
                *least = (*least).min(*number);
            }
        }
        if members.len() > 1 {
            label.plan = 0;
            label.merged = true;
            let progress = |lane| self.come.progress(self.model, lane, &key);
            label.delay_of_left = label.delay - self.come.waiting(self.model, progress);
        }
        Cluster {
            begin,
            end,
            expected: expected(self.model, self.come, &label, &key),
            label,
            key,
        }
    }

    /// Orders a cluster's labels by what they differ in most; where to split it. `None`: all are alike.
    fn split(&self, kept: &mut [usize], cluster: &Cluster) -> Option<usize> {
        let members = &mut kept[cluster.begin..cluster.end];
        let number = |n: usize, place: usize| match self.from.key(n).get(place) {
            Some(number) => i64::from(*number),
            None => self.from.labels[n].delay,
        };
        let lanes = 2 * self.model.lanes.len();
        let phases = self.model.signal.phases.len();
        let width = cluster.key.len();
        let spread = |place: usize| {
            let numbers = || members.iter().map(|&n| number(n, place));
            let (low, high) = (numbers().min()?, numbers().max()?);
            let weight = if (lanes..lanes + phases).contains(&place) {
                CLEARANCE
            } else {
                1
            };
            (high > low).then_some(((high - low) * weight, (low + high).div_euclid(2), place))
        };
        let (_, middle, place) = (0..=width).filter_map(spread).max()?;
        members.sort_by_cached_key(|&n| (number(n, place) > middle, n));
        let low = members.partition_point(|&n| number(n, place) <= middle);
        Some(cluster.begin + low)
    }
}

/// A guess at the delay of everybody who has come: now, and until the queues are gone.
fn expected(model: &Model, come: &Come, label: &Label, key: &[u16]) -> i64 {
    let more = model.lanes.iter().enumerate().map(|(lane, facts)| {
        let next = index(come.progress(model, lane, key).next);
        let queue = come.come[lane].saturating_sub(next);
        let Some(&first) = facts.movement.get(next).filter(|_| queue > 0) else {
            return 0;
        };
        let queue = i64::try_from(queue).unwrap_or(0);
        let served = is_served(model, usize::from(first), label.green);
        let red = if served { 0 } else { RED };
        queue * red + queue * queue * i64::from(facts.headway) / 2
    });
    label.delay + more.sum::<i64>()
}

fn is_served(model: &Model, movement: usize, green: Bits) -> bool {
    model.movements[movement].service(green).is_green()
}
