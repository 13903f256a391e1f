//! The words that advice and authority share: intervals, indications, calls and advice.
//!
//! In: nothing. Out: value types. *Advice* (solver, conventional control) says which phases it wants
//! green; *authority* (the safety gate) decides what the lamps show. Not here: any decision.

use serde::{Deserialize, Serialize};

use crate::intersection::{PerPhase, PhaseId, PhaseSet};
use crate::units::{Millis, Timestamp};

/// What a phase is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interval {
    /// Vehicles stopped; nothing times but red revert.
    #[default]
    Red,
    /// Leading pedestrian interval: pedestrians walk, the parallel vehicles still see red. The phase
    /// has the right of way.
    LeadingWalk,
    /// Green.
    Green,
    /// Yellow change.
    YellowChange,
    /// Red clearance: still keeps conflicting phases out.
    RedClearance,
}

/// What the pedestrian heads of a phase are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PedestrianInterval {
    /// Steady don't walk.
    #[default]
    DontWalk,
    /// Start crossing.
    Walk,
    /// Finish crossing: flashing don't walk.
    Clearance,
}

/// One phase with the time its intervals began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseState {
    /// Vehicle interval.
    pub interval: Interval,
    /// When it began.
    pub since: Timestamp,
    /// Pedestrian interval.
    pub pedestrian: PedestrianInterval,
    /// When it began.
    pub pedestrian_since: Timestamp,
}

/// What every phase is doing: the state of the whole intersection as the gate keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalState {
    /// By phase; phases the site does not have stay at their default, red.
    pub phases: PerPhase<PhaseState>,
    /// The heads flash; phases do not time.
    pub flash: bool,
}

impl SignalState {
    /// Phases in green.
    #[must_use]
    pub fn greens(&self) -> PhaseSet {
        self.in_interval(|interval| interval == Interval::Green)
    }

    /// Phases with the right of way: leading walk or green.
    #[must_use]
    pub fn right_of_way(&self) -> PhaseSet {
        self.in_interval(|interval| matches!(interval, Interval::LeadingWalk | Interval::Green))
    }

    /// Phases that are on in the NEMA sense: from the start of service to the end of red clearance.
    #[must_use]
    pub fn on(&self) -> PhaseSet {
        self.in_interval(|interval| interval != Interval::Red)
    }

    fn in_interval(&self, wanted: impl Fn(Interval) -> bool) -> PhaseSet {
        self.phases
            .iter()
            .filter(|(_, state)| wanted(state.interval))
            .map(|(phase, _)| phase)
            .collect()
    }
}

/// What a vehicle head shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Indication {
    /// No lamp; also the state of a phase that does not exist.
    #[default]
    Dark,
    /// Stop.
    Red,
    /// Stop if you can.
    Yellow,
    /// Go.
    Green,
    /// Stop, then go when clear.
    FlashingRed,
    /// Go with caution.
    FlashingYellow,
}

/// What a pedestrian head shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PedestrianIndication {
    /// No lamp: flash operation, or no head.
    #[default]
    Dark,
    /// Steady don't walk.
    DontWalk,
    /// Walk.
    Walk,
    /// Flashing don't walk.
    FlashingDontWalk,
}

/// What all heads show; the only thing a driver sends to lamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// Vehicle heads by phase.
    pub vehicle: PerPhase<Indication>,
    /// Pedestrian heads by phase.
    pub pedestrian: PerPhase<PedestrianIndication>,
}

/// Registered demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Phases with a vehicle call (detectors or recalls) that are not being served.
    pub vehicle: PhaseSet,
    /// Phases with a pedestrian call that is not being served.
    pub pedestrian: PhaseSet,
}

/// Why a green ended; becomes event 4, 5 or 6 and a word in the decision log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GreenEnd {
    /// A gap in traffic (event 4).
    GapOut,
    /// Its maximum (event 5).
    MaxOut,
    /// Coordination or fixed time (event 6).
    ForceOff,
    /// The solver found a better use of the time (event 6, as remote force-offs are logged).
    #[default]
    Planned,
    /// The gate had to serve a call that would otherwise wait too long (event 6).
    MaxWait,
}

/// What advice wants now. The gate follows it as far as safety allows: it ends greens that are no
/// longer wanted when their minimum and pedestrian clearance are over, and starts wanted ones when the
/// way is clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Phases that should be green, now or as soon as the way is clear. Must be compatible.
    pub green: PhaseSet,
    /// Phases that should serve pedestrians: walk begins with the green, or at once if green is on and
    /// will last. A subset of `green`.
    pub walk: PhaseSet,
    /// Why a green that is not wanted any more ends; read at the tick at which it ends.
    pub ends: PerPhase<GreenEnd>,
}

impl Advice {
    /// Wants these phases, without pedestrians.
    #[must_use]
    pub fn green(green: PhaseSet) -> Self {
        Self {
            green,
            ..Self::default()
        }
    }

    /// The same, ending `phase` for the reason `why`.
    #[must_use]
    pub fn ending(mut self, phase: PhaseId, why: GreenEnd) -> Self {
        self.ends[phase] = why;
        self
    }
}

/// What kind of choice a decision was. Words for people are in [`Decision::reason`]; programs look here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecisionKind {
    /// Nothing was to be chosen: nobody else had called, a change was under way, or a minimum green or
    /// pedestrians kept what is green.
    NoChoice,
    /// A green was kept although others could have begun.
    Hold,
    /// The right of way changes.
    #[default]
    Change,
    /// Pedestrians who had called begin to walk.
    Walk,
    /// Every other choice would have let a call wait too long.
    LongWait,
    /// None: the advice half failed, and fixed time stands in for it.
    Fallback,
    /// None: a sensor is no longer believed, or is again.
    Sensor,
}

/// One decision of the advice in force, explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What kind of choice it was.
    pub kind: DecisionKind,
    /// Phases wanted green.
    pub wants: PhaseSet,
    /// For how long from now the plan keeps wanting exactly these.
    pub holds: Millis,
    /// Predicted cost of the chosen plan over its horizon, person-seconds.
    pub cost: f64,
    /// The best plan that begins with other phases, and its cost.
    pub alternative: Option<(PhaseSet, f64)>,
    /// Why, in words a traffic engineer would use: "held phase 2 for 6 s: a platoon of 5 arrives;
    /// phase 4 has waited 21 s".
    pub reason: String,
}
