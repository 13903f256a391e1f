//! The shortest possible service of the phases, and the longest a call may have to wait for it.
//!
//! In: safety timing and conflicts. Out: [`ServiceTimes`]: which phases are served together when every
//! call is urgent, how long that takes, and from it the waits that the safety gate can promise
//! whatever the advice. Site validation compares these with `max_wait`; the gate plans with them. Not
//! here: any signal state (`safety/`). Why the bounds hold is argued in `safety/guard.rs`.

use crate::intersection::{Conflicts, PHASES_MAX, PerPhase, Phase, PhaseId, PhaseSet};
use crate::units::{Millis, TICK};

/// All red after power-up or flash before anything is served: drivers must have seen red and stopped.
/// MUTCD 4D.31 asks for 6 s of steady red when signals come back from dark or flash.
pub const START_UP_RED: Millis = Millis(6_000);

/// How long before the last possible moment the gate intervenes: one tick for a call that arrives
/// while a walk has to end first, one to spare.
pub const WAIT_MARGIN: Millis = Millis(2 * TICK.0);

/// Minimum service of every phase, rounded up to whole ticks, and the bounds that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceTimes {
    /// Phases of the site.
    pub phases: PhaseSet,
    /// The site's phases parted into compatible groups; unused places are empty. Urgent calls are
    /// served group by group.
    pub groups: [PhaseSet; PHASES_MAX],
    /// Walk that leads the green; zero without.
    pub leading: PerPhase<Millis>,
    /// From the start of service (green, or leading walk) to the earliest end of green when
    /// pedestrians are served: max(leading + minimum green, walk + pedestrian clearance), where walk
    /// lasts at least as long as it leads.
    pub service: PerPhase<Millis>,
    /// From the end of walk to the earliest end of green: max(minimum green, pedestrian clearance).
    pub after_walk: PerPhase<Millis>,
    /// `gap[a][b]`: from the end of a's green to the start of service of a conflicting b, a's yellow,
    /// red clearance and pedestrian buffer included. For b = a: yellow and red revert. Zero for
    /// compatible phases.
    pub gap: PerPhase<PerPhase<Millis>>,
    /// Longest time from a call that has to queue behind everything else to the start of service of
    /// its phase: what is on finishes its longest service, then every other group is served once.
    pub longest_queue: PerPhase<Millis>,
}

impl ServiceTimes {
    /// Of the phases in `phases` with this timing.
    #[must_use]
    pub fn new(phases: PhaseSet, timing: &PerPhase<Phase>, conflicts: &Conflicts) -> Self {
        let service = PerPhase::from_fn(|phase| shortest_service(&timing[phase]));
        let mut times = Self {
            phases,
            groups: groups_of(phases, &service, conflicts),
            leading: PerPhase::from_fn(|phase| leading_of(&timing[phase])),
            service,
            after_walk: PerPhase::from_fn(|phase| after_walk(&timing[phase])),
            gap: PerPhase::from_fn(|a| {
                PerPhase::from_fn(|b| gap_between(a, b, timing, conflicts).round_up_to_tick())
            }),
            longest_queue: PerPhase::default(),
        };
        times.longest_queue = PerPhase::from_fn(|phase| times.longest_queue_before(phase));
        times
    }

    /// The group that serves `phase`.
    #[must_use]
    pub fn group_of(&self, phase: PhaseId) -> PhaseSet {
        self.groups
            .into_iter()
            .find(|group| group.contains(phase))
            .unwrap_or(PhaseSet::only(phase))
    }

    /// The shortest `max_wait` of vehicle calls that the gate can promise for `phase`, whatever the
    /// advice and however many phases starve.
    #[must_use]
    pub fn vehicle_wait_bound(&self, phase: PhaseId) -> Millis {
        self.longest_queue[phase] + self.leading[phase] + WAIT_MARGIN
    }

    /// The shortest `max_wait` of pedestrian calls that the gate can promise for `phase`: a call may
    /// come just as walk has ended, and then first waits for the end of this green.
    #[must_use]
    pub fn pedestrian_wait_bound(&self, phase: PhaseId) -> Millis {
        self.after_walk[phase] + self.longest_queue[phase] + WAIT_MARGIN
    }

    fn longest_queue_before(&self, phase: PhaseId) -> Millis {
        let own = self.group_of(phase);
        let under_way =
            longest(self.phases.without(phase), |other| self.service[other]).max(START_UP_RED);
        let others = self
            .groups
            .into_iter()
            .filter(|group| *group != own && !group.is_empty())
            .fold(Millis::ZERO, |sum, group| {
                let gap = longest(group, |member| self.gap_before(member));
                sum + gap + longest(group, |member| self.service[member])
            });
        under_way + others + self.gap_before(phase)
    }

    /// Longest gap before service of `phase` can start.
    fn gap_before(&self, phase: PhaseId) -> Millis {
        longest(self.phases, |other| self.gap[other][phase])
    }
}

fn longest(set: PhaseSet, time: impl Fn(PhaseId) -> Millis) -> Millis {
    set.iter().map(time).max().unwrap_or(Millis::ZERO)
}

fn leading_of(phase: &Phase) -> Millis {
    match phase.safety.pedestrian {
        Some(timing) if !phase.safety.pedestrian_only => timing.leading.round_up_to_tick(),
        Some(_) | None => Millis::ZERO,
    }
}

fn shortest_service(phase: &Phase) -> Millis {
    let leading = leading_of(phase);
    let green = leading + phase.safety.min_green.round_up_to_tick();
    let crossing = phase.safety.pedestrian.map_or(Millis::ZERO, |timing| {
        let walk = timing.walk.round_up_to_tick().max(leading);
        walk + timing.clearance.round_up_to_tick()
    });
    green.max(crossing)
}

fn after_walk(phase: &Phase) -> Millis {
    let clearance = phase
        .safety
        .pedestrian
        .map_or(Millis::ZERO, |timing| timing.clearance);
    clearance.max(phase.safety.min_green).round_up_to_tick()
}

/// From the end of one phase's green to the start of the other's, or of its own again; zero for compatible phases.
pub(crate) fn gap_between(
    a: PhaseId,
    b: PhaseId,
    timing: &PerPhase<Phase>,
    conflicts: &Conflicts,
) -> Millis {
    let safety = &timing[a].safety;
    let (yellow, red) = (
        safety.yellow_change.round_up_to_tick(),
        safety.red_clearance.round_up_to_tick(),
    );
    if a == b {
        return yellow + safety.red_revert.round_up_to_tick().max(red);
    }
    if !conflicts.conflict(a, b) {
        return Millis::ZERO;
    }
    let buffer = safety
        .pedestrian
        .map_or(Millis::ZERO, |timing| timing.buffer);
    conflicts.between[a][b].max(yellow + red).max(buffer)
}

/// First fit, longest service first: long services run side by side, so the sum over groups is small.
fn groups_of(
    phases: PhaseSet,
    service: &PerPhase<Millis>,
    conflicts: &Conflicts,
) -> [PhaseSet; PHASES_MAX] {
    let mut groups = [PhaseSet::EMPTY; PHASES_MAX];
    let mut left = phases;
    while let Some(phase) = left
        .iter()
        .min_by_key(|&phase| (Millis::ZERO - service[phase], phase))
    {
        left.remove(phase);
        let fits = |group: &&mut PhaseSet| conflicts.are_compatible(group.with(phase));
        if let Some(group) = groups.iter_mut().find(fits) {
            group.insert(phase);
        }
    }
    groups
}
