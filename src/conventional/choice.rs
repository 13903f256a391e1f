//! What each ring would serve next, if what it serves now may end.
//!
//! In: demand, where the rings are, where in the cycle we are. Out: [`Choice`], new at every tick until
//! a green ends; then it is taken as it is ("the next phase is decided at the end of green"). Phases
//! without demand are skipped. Not here: whether the greens may end (`green.rs`).
//!
//! **Left-turn trap.** A ring may go back to an earlier entry between the same barriers (nobody else
//! calls, or conditional service). If the phase it leaves serves a left turn permissively and the
//! oncoming through stays green, a driver who sees yellow takes it for granted that oncoming traffic sees
//! it too. Then the oncoming green ends as well (backup protection), and conditional service is not
//! given.

use crate::conventional::Tick;
use crate::conventional::demand::Demand;
use crate::conventional::program::Entry;
use crate::conventional::program::RINGS_MAX;
use crate::conventional::program::RingProgram;
use crate::conventional::program::clearance;
use crate::conventional::program::least_service;
use crate::conventional::program::modulo;
use crate::conventional::rings::Rings;
use crate::conventional::rings::Status;
use crate::intersection::Intersection;
use crate::intersection::PerPhase;
use crate::intersection::PhaseSet;
use crate::units::Millis;

/// How much later than its split an entry may still be entered although its minimum no longer fits:
/// rings whose clearances differ reach a barrier several seconds apart, and in a shortened cycle the
/// clearances take more of it. Without this a phase with a tight split would be passed over.
pub(super) const LATE_START: Millis = Millis(6_000);

/// What would be next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice {
    /// By ring: a later entry between the same barriers.
    pub(super) within: [Option<usize>; RINGS_MAX],
    /// All rings together, when none has anything to serve before the barrier.
    pub(super) crossing: Option<Crossing>,
    /// By ring: conditional service of an earlier entry.
    pub(super) back: [Option<Back>; RINGS_MAX],
    /// By ring: phases that would end.
    pub(super) leaving: [PhaseSet; RINGS_MAX],
    /// Demand that waits and could be served now.
    pub(super) serviceable: PhaseSet,
}

/// All rings cross a barrier.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crossing {
    pub(super) group: usize,
    /// By ring; `None`: it serves nothing there.
    pub(super) picks: [Option<usize>; RINGS_MAX],
    /// Phases that end.
    pub(super) ending: PhaseSet,
}

/// Conditional service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Back {
    pub(super) to: usize,
    /// Time until its shortest service is over.
    pub(super) needs: Millis,
}

/// Chooses for all rings.
pub(super) fn choose(tick: &Tick<'_>, rings: &Rings, demand: Demand) -> Choice {
    let look = Look {
        tick,
        rings,
        demand,
        served: rings.served(tick),
    };
    let mut choice = Choice {
        serviceable: look.serviceable(),
        ..Choice::default()
    };
    for (index, slot) in choice.within.iter_mut().enumerate() {
        *slot = look.within(index);
    }
    if choice.within.iter().all(Option::is_none) {
        choice.crossing = look.crossing();
    }
    choice.leaving = std::array::from_fn(|index| look.leaving(index, &choice));
    if choice.crossing.is_some() && tick.program.timeline.is_none() {
        for (index, slot) in choice.back.iter_mut().enumerate() {
            *slot = look.back(index);
        }
    }
    choice
}

struct Look<'a> {
    tick: &'a Tick<'a>,
    rings: &'a Rings,
    demand: Demand,
    served: PhaseSet,
}

impl<'a> Look<'a> {
    fn ring(&self, index: usize) -> Option<&'a RingProgram> {
        self.tick.program.rings.get(index)
    }

    /// Entries between two barriers, with their places in the ring.
    fn group(&self, index: usize, group: usize) -> impl Iterator<Item = (usize, &'a Entry)> {
        let entries = self
            .ring(index)
            .map_or([].as_slice(), |ring| ring.entries.as_slice());
        entries
            .iter()
            .enumerate()
            .filter(move |(_, entry)| entry.group == group)
    }

    fn at(&self, index: usize) -> Option<usize> {
        self.rings.cursors.get(index).and_then(|cursor| cursor.at)
    }

    fn unserved(&self) -> PhaseSet {
        self.demand.all().difference(self.served)
    }

    /// Some phase of the entry waits, and there is time for it in this cycle.
    fn is_wanted(&self, index: usize, entry: &Entry, after: PhaseSet) -> bool {
        let waiting = entry.phases.intersection(self.unserved());
        let vehicles = waiting.intersects(self.demand.vehicle);
        let walking = if vehicles { PhaseSet::EMPTY } else { waiting };
        !waiting.is_empty() && self.fits(index, entry, after, walking)
    }

    /// Whether the entry, begun after these phases have cleared, is over by its force-off. At its own
    /// place in the cycle it may begin even if it is not, unless the ring has rested at its anchor since the
    /// yield point. A ring that has yielded waits at the barrier for the others to yield, and does not go
    /// back to its anchor: it would not be away from there again when they cross.
    fn fits(&self, index: usize, entry: &Entry, after: PhaseSet, walking: PhaseSet) -> bool {
        let (Some(timeline), Some(ring)) = (&self.tick.program.timeline, self.ring(index)) else {
            return true;
        };
        let clock = self.tick.clock;
        let now = modulo(clock.local - ring.lag, timeline.cycle);
        if entry.anchor && now < ring.last_yield && self.is_past_anchor(index) {
            return false;
        }
        if entry.coordinated {
            return true;
        }
        let at_anchor = self.is_at_anchor(index);
        let late = if at_anchor && now >= LATE_START {
            Millis::ZERO
        } else {
            LATE_START
        };
        let clearing = after.intersection(self.tick.right_of_way);
        let start = now + clock.stretched(clearance(self.tick.site, clearing));
        let least = clock.stretched(least_service(self.tick.site, entry.phases, walking));
        (now >= entry.opens || !at_anchor)
            && start <= (entry.force_off - least).max(entry.starts + late)
    }

    fn is_at_anchor(&self, index: usize) -> bool {
        let at = self.at(index).zip(self.ring(index));
        at.and_then(|(at, ring)| ring.entries.get(at))
            .is_some_and(|entry| entry.anchor)
    }

    /// The ring serves something between its anchor and the barrier behind it.
    fn is_past_anchor(&self, index: usize) -> bool {
        let past = self.at(index).zip(self.ring(index)).and_then(|(at, ring)| {
            let anchor = ring.entries.iter().position(|entry| entry.anchor)?;
            let own_group = ring.entries.get(at)?.group == ring.entries.get(anchor)?.group;
            Some(own_group && at > anchor)
        });
        past.unwrap_or(false)
    }

    fn serviceable(&self) -> PhaseSet {
        let unserved = self.unserved();
        let mut serviceable = PhaseSet::EMPTY;
        for (index, ring) in self.tick.program.rings.iter().enumerate() {
            let after = self.rings.phases_of(self.tick, index);
            for entry in ring
                .entries
                .iter()
                .filter(|entry| entry.phases.intersects(unserved))
            {
                if self.is_wanted(index, entry, after) {
                    serviceable = serviceable.union(entry.phases.intersection(unserved));
                }
            }
        }
        serviceable
    }

    fn within(&self, index: usize) -> Option<usize> {
        if self
            .rings
            .cursors
            .get(index)
            .is_some_and(|cursor| cursor.conditional)
        {
            return None;
        }
        let own = self.rings.phases_of(self.tick, index);
        let from = self.at(index).map_or(0, |at| at + 1);
        let others = self.served.difference(own);
        self.group(index, self.rings.group)
            .find(|&(i, entry)| {
                i >= from && self.is_wanted(index, entry, own) && self.goes_with(entry, others)
            })
            .map(|(i, _)| i)
    }

    fn goes_with(&self, entry: &Entry, others: PhaseSet) -> bool {
        let compatible = &self.tick.site.conflicts.compatible;
        entry
            .phases
            .iter()
            .all(|phase| others.is_subset_of(compatible[phase]))
    }

    /// The next barrier group with demand, ours last; with nobody calling and nothing served (start-up),
    /// the first group's dual-entry phases.
    fn crossing(&self) -> Option<Crossing> {
        let groups = self.tick.program.groups;
        let start_up = self.served.is_empty() && self.unserved().is_empty();
        (1..=groups)
            .map(|step| (self.rings.group + step) % groups)
            .find_map(|group| self.cross_to(group))
            .or_else(|| {
                start_up
                    .then(|| self.finish_crossing(0, [None; RINGS_MAX]))
                    .flatten()
            })
    }

    fn cross_to(&self, group: usize) -> Option<Crossing> {
        let mut picks = [None; RINGS_MAX];
        let mut chosen = PhaseSet::EMPTY;
        for (index, pick) in picks.iter_mut().enumerate() {
            let found = self.group(index, group).find(|(_, entry)| {
                self.is_wanted(index, entry, self.served) && self.goes_with(entry, chosen)
            });
            if let Some((i, entry)) = found {
                *pick = Some(i);
                chosen = chosen.union(entry.phases);
            }
        }
        if picks.iter().all(Option::is_none) {
            return None;
        }
        self.finish_crossing(group, picks)
    }

    /// Rings without demand stay where they are (in our own group) or enter with a dual-entry phase.
    fn finish_crossing(
        &self,
        group: usize,
        mut picks: [Option<usize>; RINGS_MAX],
    ) -> Option<Crossing> {
        let phases_at = |index: usize, at: Option<usize>| {
            let entry = at
                .zip(self.ring(index))
                .and_then(|(at, ring)| ring.entries.get(at));
            entry.map_or(PhaseSet::EMPTY, |entry| entry.phases)
        };
        let called = picks;
        let mut chosen = PhaseSet::EMPTY;
        for (index, pick) in called.iter().enumerate() {
            chosen = chosen.union(phases_at(index, *pick));
        }
        let mut kept = PhaseSet::EMPTY;
        for (index, pick) in picks
            .iter_mut()
            .enumerate()
            .filter(|(_, pick)| pick.is_none())
        {
            let same_group = group == self.rings.group;
            let stays = |entry: &Entry| same_group && entry.phases.is_subset_of(self.served);
            let enters = |entry: &Entry| {
                entry.dual_entry && self.fits(index, entry, self.served, PhaseSet::EMPTY)
            };
            let own = self.at(index);
            let found = self
                .group(index, group)
                .find(|&(i, entry)| own == Some(i) && stays(entry) && self.goes_with(entry, chosen))
                .or_else(|| {
                    self.group(index, group)
                        .find(|(_, entry)| enters(entry) && self.goes_with(entry, chosen))
                });
            if let Some((i, entry)) = found {
                *pick = Some(i);
                chosen = chosen.union(entry.phases);
                kept = kept.union(entry.phases.intersection(self.served));
            }
        }
        let mut ending = self.served.difference(chosen);
        if ending
            .iter()
            .any(|phase| self.tick.traps[phase].intersects(kept))
        {
            ending = ending.union(kept);
        }
        (!chosen.is_empty()).then_some(Crossing {
            group,
            picks,
            ending,
        })
    }

    fn leaving(&self, index: usize, choice: &Choice) -> PhaseSet {
        let own = self.rings.phases_of(self.tick, index);
        let within = choice.within.get(index).copied().flatten();
        let target = within
            .zip(self.ring(index))
            .and_then(|(at, ring)| ring.entries.get(at));
        match (target, &choice.crossing) {
            (Some(target), _) => own.difference(target.phases),
            (None, Some(crossing)) => own.intersection(crossing.ending),
            (None, None) => PhaseSet::EMPTY,
        }
    }

    fn back(&self, index: usize) -> Option<Back> {
        let at = self.at(index)?;
        let own = self.rings.phases_of(self.tick, index);
        let may = own
            .iter()
            .any(|phase| self.tick.site.phase[phase].actuated.conditional_service);
        let active = self
            .rings
            .cursors
            .get(index)
            .is_some_and(|cursor| cursor.status == Status::Active && !cursor.conditional);
        if !may || !active {
            return None;
        }
        let others = self.served.difference(own);
        let (to, entry) = self.group(index, self.rings.group).find(|&(i, entry)| {
            i < at && self.is_wanted(index, entry, own) && self.goes_with(entry, others)
        })?;
        let leaving = own.difference(entry.phases);
        let trap = leaving
            .iter()
            .any(|phase| self.tick.traps[phase].intersects(others));
        let site = self.tick.site;
        (!trap).then(|| Back {
            to,
            needs: clearance(site, leaving)
                + least_service(site, entry.phases, self.demand.pedestrian),
        })
    }
}

/// For each phase, those whose green would be a left-turn trap if it stayed on when this one ends: the
/// phase serves a movement permissively that yields to a movement protected by them.
pub(super) fn traps(site: &Intersection) -> PerPhase<PhaseSet> {
    let mut traps: PerPhase<PhaseSet> = PerPhase::default();
    for (_, movement) in site.movements.iter() {
        let oncoming = movement
            .yields_to
            .iter()
            .fold(PhaseSet::EMPTY, |all, &other| {
                all.union(site.movements[other].protected)
            });
        for phase in movement.permissive.difference(movement.protected).iter() {
            traps[phase] = traps[phase].union(oncoming.without(phase));
        }
    }
    traps
}
