//! A plan made beforehand, played through the safety gate.
//!
//! In: which phases should be green and which crosswalks in use from each moment on. Out: heads. The gate
//! follows what is legal, so a legal plan is shown to the tick and an illegal one shows up as refusals. Not here:
//! where plans come from (`bound/`), calls: nobody waits for anything else.

use crate::intersection::{Intersection, PhaseSet};
use crate::safety::Gate;
use crate::signal::{Advice, Calls, Heads, Indication, PedestrianIndication};
use crate::units::Timestamp;

/// The phases that matter for delay: with green, and with people on their crosswalks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Green vehicle heads.
    pub green: PhaseSet,
    /// Walk or flashing don't walk.
    pub crossing: PhaseSet,
}

impl Shown {
    /// What these heads show.
    #[must_use]
    pub fn of(heads: &Heads) -> Self {
        let green = heads.vehicle.iter();
        let crossing = heads.pedestrian.iter();
        Self {
            green: green
                .filter(|(_, shown)| **shown == Indication::Green)
                .map(|(phase, _)| phase)
                .collect(),
            crossing: crossing
                .filter(|(_, shown)| {
                    matches!(
                        shown,
                        PedestrianIndication::Walk | PedestrianIndication::FlashingDontWalk
                    )
                })
                .map(|(phase, _)| phase)
                .collect(),
        }
    }
}

/// What should be shown, from each moment of change on, ascending.
pub type Plan = [(Timestamp, Shown)];

/// Plays a plan.
pub(super) struct Planned<'a> {
    site: &'a Intersection,
    plan: &'a Plan,
    gate: Option<Gate>,
}

impl<'a> Planned<'a> {
    pub(super) fn new(site: &'a Intersection, plan: &'a Plan) -> Self {
        Self {
            site,
            plan,
            gate: None,
        }
    }

    pub(super) fn step(&mut self, now: Timestamp) -> Heads {
        let site = self.site;
        let gate = self.gate.get_or_insert_with(|| Gate::new(site, now));
        let begun = self.plan.partition_point(|(at, _)| *at <= now);
        let wanted = begun.checked_sub(1).and_then(|place| self.plan.get(place));
        let wanted = wanted.map_or(Shown::default(), |(_, shown)| *shown);
        let mut advice = Advice::green(wanted.green);
        advice.walk = wanted.crossing.intersection(wanted.green);
        let calls = Calls {
            vehicle: PhaseSet::EMPTY,
            pedestrian: advice.walk,
        };
        gate.admit(&advice, &calls, now);
        gate.heads()
    }

    /// Parts of the plan that the gate refused or overruled.
    pub(super) fn refusals(&self) -> u64 {
        let gate = self.gate.as_ref();
        gate.map_or(0, |gate| gate.refusals() + gate.overrides())
    }
}
