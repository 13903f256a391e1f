//! The independent look at the lamps: were they ever shown in a way that can hurt somebody?
//!
//! In: what the heads show, tick by tick. Out: [`Violation`]s, none in a healthy program. It shares
//! nothing with the gate but the site's timing table: it does not see advice, calls, intervals or the
//! gate's memory, only lamps and time. Not here: maximum waits, which are a promise but no danger.

use crate::intersection::{
    Conflicts, Intersection, PerPhase, PhaseId, PhaseSet, START_UP_RED, SafetyTiming,
};
use crate::signal::{Heads, Indication, PedestrianIndication};
use crate::units::{Millis, Timestamp};

/// A rule that the lamps must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Conflicting phases never have green, yellow, walk or flashing don't walk together.
    Conflict,
    /// Green is followed by yellow, yellow by red; walk by flashing don't walk, that by don't walk.
    Sequence,
    /// Green lasts for its minimum.
    MinGreen,
    /// Yellow lasts for the yellow change interval.
    YellowChange,
    /// Red of a conflicting phase has lasted for its red clearance before service starts.
    RedClearance,
    /// The time between the end of a green and the start of a conflicting one.
    Between,
    /// Red lasts for red revert before the same phase is served again.
    RedRevert,
    /// Walk lasts for its minimum.
    Walk,
    /// Flashing don't walk lasts for the pedestrian clearance.
    PedestrianClearance,
    /// Don't walk has lasted for the buffer before a conflicting phase starts.
    Buffer,
    /// Walk leads the green by its time, where it does.
    LeadingWalk,
    /// Pedestrians walk and clear only beside a green, or ahead of one in a leading walk.
    WalkBesideGreen,
    /// Nothing is served for some seconds after power-up and flash.
    StartUp,
    /// Flash begins only from all red, and for all heads together.
    Flash,
    /// Heads that exist are lit as their kind can be, others are dark.
    Lamps,
}

/// A rule broken by a phase, with the conflicting phase where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// The phase that broke it.
    pub phase: PhaseId,
    /// The phase it broke it against.
    pub against: Option<PhaseId>,
}

/// Watches what the heads show.
#[derive(Clone, Debug)]
pub struct Monitor {
    phases: PhaseSet,
    safety: PerPhase<SafetyTiming>,
    conflicts: Conflicts,
    shown: PerPhase<Shown>,
    /// End of the last darkness or flash.
    woke: Timestamp,
    now: Timestamp,
}

/// What a phase has shown.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    vehicle: Indication,
    vehicle_since: Timestamp,
    pedestrian: PedestrianIndication,
    pedestrian_since: Timestamp,
    /// End of the last green; of the last crossing for phases with pedestrian heads only.
    ended: Timestamp,
    /// End of the last flashing don't walk.
    crossing_ended: Timestamp,
}

impl Shown {
    fn is_crossing(&self) -> bool {
        match self.pedestrian {
            PedestrianIndication::Walk | PedestrianIndication::FlashingDontWalk => true,
            PedestrianIndication::Dark | PedestrianIndication::DontWalk => false,
        }
    }

    /// Somebody may be in the intersection because of this phase.
    fn is_active(&self) -> bool {
        self.is_crossing() || matches!(self.vehicle, Indication::Green | Indication::Yellow)
    }
}

impl Monitor {
    /// Has seen only darkness.
    #[must_use]
    pub fn new(site: &Intersection, now: Timestamp) -> Self {
        Self {
            phases: site.phases,
            safety: PerPhase::from_fn(|phase| site.phase[phase].safety),
            conflicts: site.conflicts.clone(),
            shown: PerPhase::default(),
            woke: now,
            now,
        }
    }

    /// The heads show this from `now` on. Returns every rule that this breaks; the empty list costs no
    /// allocation.
    pub fn observe(&mut self, heads: &Heads, now: Timestamp) -> Vec<Violation> {
        self.now = self.now.max(now);
        let mut broken = Vec::new();
        for phase in PhaseId::all().filter(|&phase| !self.phases.contains(phase)) {
            let dark = heads.vehicle[phase] == Indication::Dark
                && heads.pedestrian[phase] == PedestrianIndication::Dark;
            report(&mut broken, dark, Rule::Lamps, phase, None);
        }
        let before = self.shown;
        let flashing = |phase| heads.vehicle[phase] == Indication::FlashingRed;
        if self.phases.iter().any(flashing) {
            self.check_flash(heads, &mut broken);
        }
        for phase in self.phases.iter() {
            self.note_vehicle(phase, heads.vehicle[phase], &mut broken);
            self.note_pedestrian(phase, heads.pedestrian[phase], &mut broken);
        }
        for phase in self.phases.iter() {
            self.check_together(phase, &mut broken);
            if self.shown[phase].is_active() && !before[phase].is_active() {
                self.check_start(phase, &mut broken);
            }
        }
        broken
    }

    fn check_flash(&self, heads: &Heads, broken: &mut Vec<Violation>) {
        for phase in self.phases.iter() {
            let expected = if self.safety[phase].pedestrian_only {
                Indication::Dark
            } else {
                Indication::FlashingRed
            };
            let all = heads.vehicle[phase] == expected
                && heads.pedestrian[phase] == PedestrianIndication::Dark;
            report(
                broken,
                all && !self.shown[phase].is_active(),
                Rule::Flash,
                phase,
                None,
            );
        }
    }

    fn note_vehicle(&mut self, phase: PhaseId, now_shows: Indication, broken: &mut Vec<Violation>) {
        let (was, safety) = (self.shown[phase], self.safety[phase]);
        if now_shows == was.vehicle {
            return;
        }
        let lasted = self.now.since(was.vehicle_since);
        let mut keep = |kept: bool, rule: Rule| report(broken, kept, rule, phase, None);
        keep(!safety.pedestrian_only, Rule::Lamps);
        match (was.vehicle, now_shows) {
            (Indication::Dark | Indication::FlashingRed, Indication::Red) => {
                self.wake();
            }
            (Indication::Dark | Indication::Red, Indication::FlashingRed) => {}
            (Indication::Red, Indication::Green) => {
                // After a leading walk the phase is served already; then only the lead counts.
                keep(lasted >= safety.red_revert, Rule::RedRevert);
            }
            (Indication::Green, Indication::Yellow) => {
                keep(lasted >= safety.min_green, Rule::MinGreen);
                self.shown[phase].ended = self.now;
            }
            (Indication::Yellow, Indication::Red) => {
                keep(lasted >= safety.yellow_change, Rule::YellowChange);
            }
            (_, Indication::Dark | Indication::FlashingYellow) => keep(false, Rule::Lamps),
            (
                _,
                Indication::Red | Indication::Yellow | Indication::Green | Indication::FlashingRed,
            ) => keep(false, Rule::Sequence),
        }
        self.shown[phase].vehicle = now_shows;
        self.shown[phase].vehicle_since = self.now;
    }

    fn note_pedestrian(
        &mut self,
        phase: PhaseId,
        now_shows: PedestrianIndication,
        broken: &mut Vec<Violation>,
    ) {
        use PedestrianIndication::{Dark, DontWalk, FlashingDontWalk, Walk};
        let (was, safety) = (self.shown[phase], self.safety[phase]);
        if now_shows == was.pedestrian {
            return;
        }
        let lasted = self.now.since(was.pedestrian_since);
        let mut keep = |kept: bool, rule: Rule| report(broken, kept, rule, phase, None);
        let Some(timing) = safety.pedestrian else {
            return keep(false, Rule::Lamps);
        };
        match (was.pedestrian, now_shows) {
            (Dark, DontWalk) => {
                self.wake();
            }
            (DontWalk, Dark) => keep(
                safety.pedestrian_only || self.shown[phase].vehicle == Indication::FlashingRed,
                Rule::Lamps,
            ),
            (DontWalk, Walk) => {}
            (Walk, FlashingDontWalk) => keep(lasted >= timing.walk, Rule::Walk),
            (FlashingDontWalk, DontWalk) => {
                keep(lasted >= timing.clearance, Rule::PedestrianClearance);
                self.shown[phase].crossing_ended = self.now;
                if safety.pedestrian_only {
                    self.shown[phase].ended = self.now;
                }
            }
            (Dark | DontWalk | Walk | FlashingDontWalk, _) => keep(false, Rule::Sequence),
        }
        self.shown[phase].pedestrian = now_shows;
        self.shown[phase].pedestrian_since = self.now;
    }

    /// What the lamps of all phases show together, whatever was before.
    fn check_together(&self, phase: PhaseId, broken: &mut Vec<Violation>) {
        let shown = &self.shown[phase];
        if !shown.is_active() {
            return;
        }
        for rival in self.rivals(phase).filter(|&rival| rival > phase) {
            let apart = !self.shown[rival].is_active();
            report(broken, apart, Rule::Conflict, phase, Some(rival));
        }
        let safety = &self.safety[phase];
        let Some(timing) = safety.pedestrian else {
            return;
        };
        let beside = match (shown.pedestrian, shown.vehicle) {
            (PedestrianIndication::Walk | PedestrianIndication::FlashingDontWalk, _)
                if safety.pedestrian_only =>
            {
                true
            }
            (PedestrianIndication::Walk, Indication::Red) => timing.leading > Millis::ZERO,
            (PedestrianIndication::Walk | PedestrianIndication::FlashingDontWalk, lamp) => {
                lamp == Indication::Green
            }
            (PedestrianIndication::Dark | PedestrianIndication::DontWalk, _) => true,
        };
        report(broken, beside, Rule::WalkBesideGreen, phase, None);
        let green_begins = shown.vehicle == Indication::Green && shown.vehicle_since == self.now;
        let led = self.now.since(shown.pedestrian_since) >= timing.leading;
        if green_begins && shown.pedestrian == PedestrianIndication::Walk {
            report(broken, led, Rule::LeadingWalk, phase, None);
        }
    }

    /// Service of `phase` begins now.
    fn check_start(&self, phase: PhaseId, broken: &mut Vec<Violation>) {
        let awake = self.now.since(self.woke) >= START_UP_RED;
        report(broken, awake, Rule::StartUp, phase, None);
        for rival in self.rivals(phase) {
            let (was, safety) = (&self.shown[rival], &self.safety[rival]);
            let mut keep = |since: Timestamp, least: Millis, rule: Rule| {
                let kept = self.now.since(since) >= least;
                report(broken, kept, rule, phase, Some(rival));
            };
            keep(
                was.ended,
                self.conflicts.between[rival][phase],
                Rule::Between,
            );
            if was.vehicle == Indication::Red {
                keep(was.vehicle_since, safety.red_clearance, Rule::RedClearance);
            }
            let buffer = safety
                .pedestrian
                .map_or(Millis::ZERO, |timing| timing.buffer);
            keep(was.crossing_ended, buffer, Rule::Buffer);
        }
    }

    /// Heads come back from darkness or flash: nobody knows what was before.
    fn wake(&mut self) {
        self.woke = self.now;
        for phase in self.phases.iter() {
            self.shown[phase].ended = self.now;
            self.shown[phase].crossing_ended = self.now;
        }
    }

    fn rivals(&self, phase: PhaseId) -> impl Iterator<Item = PhaseId> + use<> {
        let compatible = self.conflicts.compatible[phase];
        self.phases.difference(compatible).without(phase).iter()
    }
}

fn report(
    broken: &mut Vec<Violation>,
    kept: bool,
    rule: Rule,
    phase: PhaseId,
    against: Option<PhaseId>,
) {
    if !kept {
        broken.push(Violation {
            rule,
            phase,
            against,
        });
    }
}
