//! What the signal shows to the vehicles of some lanes.
//!
//! In: a site, its lanes, what each phase shows. Out: [`Light`]. Not here: what is learned from it.

use crate::intersection::{Intersection, LaneId, PerPhase, PhaseSet};
use crate::signal::Indication;

/// What the signal shows to the traffic of a piece of road.
///
/// In order of what decides when several movements drive over it: the last one, but green only when all may drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// Vehicles wait.
    Red,
    /// Vehicles clear.
    Yellow,
    /// Vehicles drive.
    Green,
    /// Nobody has told; or vehicles may drive and have to yield, so that some drive and some wait.
    Unknown,
}

/// The movements of some lanes: the phases in which each drives, and those in which it yields.
#[derive(Clone, Debug)]
pub(super) struct Movements(Vec<[PhaseSet; 2]>);

impl Movements {
    /// Those that start from these lanes.
    pub(super) fn of(site: &Intersection, lanes: &[LaneId]) -> Self {
        let movements = site.movements.iter().map(|(_, movement)| movement);
        let own = movements.filter(|it| it.lanes.iter().any(|lane| lanes.contains(lane)));
        Self(own.map(|it| [it.protected, it.permissive]).collect())
    }

    /// What their vehicles see. A left turner at a green ball waits for a gap as others wait for green.
    pub(super) fn light(&self, shown: Option<&PerPhase<Indication>>) -> Light {
        let Some(shown) = shown else {
            return Light::Unknown;
        };
        let of = |phases: PhaseSet, green: Light| {
            let lights = phases.iter().map(|phase| match shown[phase] {
                Indication::Green => green,
                Indication::Yellow => Light::Yellow,
                Indication::Red => Light::Red,
                Indication::Dark | Indication::FlashingRed | Indication::FlashingYellow => {
                    Light::Unknown
                }
            });
            lights.max()
        };
        let lights = self.0.iter().map(|[protected, permissive]| {
            let protected = of(*protected, Light::Green);
            match protected {
                Some(Light::Green) => Light::Green,
                _ => of(*permissive, Light::Unknown)
                    .max(protected)
                    .unwrap_or(Light::Unknown),
            }
        });
        let lights: Vec<Light> = lights.collect();
        let drives = |light: &Light| *light >= Light::Green;
        let all_drive = lights.iter().all(|light| *light == Light::Green);
        match lights.iter().max() {
            Some(most) if drives(most) && !all_drive => Light::Unknown,
            Some(most) => *most,
            None => Light::Unknown,
        }
    }
}
