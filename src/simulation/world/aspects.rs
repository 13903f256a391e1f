//! What the heads tell each movement and crosswalk, and since when.
//!
//! In: heads, tick by tick. Out: [`Aspects`] of one site. Not here: what drivers do about it.

use crate::intersection::{CrosswalkId, Id, Intersection, Movement, MovementId};
use crate::signal::{Heads, Indication, PedestrianIndication};

/// What a movement is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// Go; nobody crosses.
    Protected,
    /// Go when the way is free.
    Permissive,
    /// Stop if you can.
    Yellow,
    /// Stop.
    #[default]
    Red,
    /// Stop, then go when the way is free: flashing red, or dark heads.
    StopThenGo,
}

impl Told {
    fn goes(self) -> bool {
        matches!(self, Self::Protected | Self::Permissive)
    }
}

/// What a movement is told and since when it has been told to go, slow down or stop, s.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aspect {
    pub(super) told: Told,
    pub(super) since: f64,
}

/// What all movements and crosswalks of one site are told.
#[derive(Clone, Debug)]
pub(super) struct Aspects {
    heads: Option<Heads>,
    movements: Vec<Aspect>,
    /// For each crosswalk whether people may start, and since when.
    walks: Vec<(bool, f64)>,
}

impl Aspects {
    pub(super) fn new(site: &Intersection) -> Self {
        Self {
            heads: None,
            movements: vec![Aspect::default(); site.movements.len()],
            walks: vec![(false, 0.0); site.crosswalks.len()],
        }
    }

    /// The heads have shown this since `since`.
    pub(super) fn show(&mut self, site: &Intersection, heads: &Heads, since: f64) {
        if self.heads.as_ref() == Some(heads) {
            return;
        }
        for (id, movement) in site.movements.iter() {
            let told = told(movement, heads);
            let aspect = &mut self.movements[id.index()];
            let same_word = told == aspect.told || (told.goes() && aspect.told.goes());
            if !same_word || self.heads.is_none() {
                aspect.since = since;
            }
            aspect.told = told;
        }
        for (id, crosswalk) in site.crosswalks.iter() {
            let walk = match heads.pedestrian[crosswalk.phase] {
                PedestrianIndication::Walk => true,
                PedestrianIndication::DontWalk | PedestrianIndication::FlashingDontWalk => false,
                PedestrianIndication::Dark => heads.vehicle[crosswalk.phase] == Indication::Green,
            };
            let state = &mut self.walks[id.index()];
            if state.0 != walk {
                *state = (walk, since);
            }
        }
        self.heads = Some(*heads);
    }

    pub(super) fn of(&self, movement: MovementId) -> Aspect {
        self.movements[movement.index()]
    }

    /// Since when people may start to cross, if they may.
    pub(super) fn walk_since(&self, crosswalk: CrosswalkId) -> Option<f64> {
        let (walk, since) = self.walks[crosswalk.index()];
        walk.then_some(since)
    }
}

fn told(movement: &Movement, heads: &Heads) -> Told {
    let protected = |wanted| {
        movement
            .protected
            .iter()
            .any(|phase| heads.vehicle[phase] == wanted)
    };
    let permissive = |wanted| {
        movement
            .permissive
            .iter()
            .any(|phase| heads.vehicle[phase] == wanted)
    };
    let either = |wanted| protected(wanted) || permissive(wanted);
    if protected(Indication::Green) {
        Told::Protected
    } else if permissive(Indication::Green) || either(Indication::FlashingYellow) {
        Told::Permissive
    } else if either(Indication::Yellow) {
        Told::Yellow
    } else if either(Indication::Red) {
        Told::Red
    } else {
        Told::StopThenGo
    }
}
