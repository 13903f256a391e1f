//! Who wants to go where, and when: vehicles and pedestrians of a run.
//!
//! In: lists made by hand or from a recording, or flows (`demand_file.rs`). Out: [`Demand`], which the
//! world carries out. Not here: how anybody moves.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::draw;
use crate::intersection::{ApproachId, CrosswalkId, DetectorId, LaneId, MovementId};
use crate::units::{Millis, Timestamp};

/// Everybody who wants to pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// Vehicles, in any order.
    pub vehicles: Vec<VehicleDemand>,
    /// Pedestrians, in any order.
    pub pedestrians: Vec<PedestrianDemand>,
}

/// One vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleDemand {
    /// When it comes.
    pub arrival: Arrival,
    /// Index of the site where it enters the world.
    pub site: usize,
    /// The approach on which it enters.
    pub approach: ApproachId,
    /// The lane in which it comes, if known (then in effect one from which its movement may be made, or
    /// the lane from which such a pocket is entered). `None`: the lane with the shortest queue.
    pub lane: Option<LaneId>,
    /// Its movement at the first site, then at every further site on its way. A route that ends before
    /// the vehicle has left the world goes on straight through, or by the first movement there is.
    pub route: Vec<MovementId>,
}

/// When a vehicle comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At the upstream end of the approach at this time.
    AtEntry(Timestamp),
    /// At this advance detector at this time if nothing holds it up: it enters as much earlier as it
    /// takes at the driver's desired speed.
    AtDetector(DetectorId, Timestamp),
}

/// One pedestrian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PedestrianDemand {
    /// When at the curb.
    pub at: Timestamp,
    /// Index of the site.
    pub site: usize,
    /// Which crosswalk.
    pub crosswalk: CrosswalkId,
}

/// Copies of vehicles are spread this far around the original, so that a platoon is not doubled on the
/// spot and the shape of the demand over minutes stays.
const COPY_SPREAD: Millis = Millis(45_000);

impl Arrival {
    /// The time in it.
    #[must_use]
    pub fn at(self) -> Timestamp {
        match self {
            Self::AtEntry(at) | Self::AtDetector(_, at) => at,
        }
    }

    fn moved(self, by: Millis) -> Self {
        let clamp = |at: Timestamp| Timestamp((at + by).0.max(0));
        match self {
            Self::AtEntry(at) => Self::AtEntry(clamp(at)),
            Self::AtDetector(detector, at) => Self::AtDetector(detector, clamp(at)),
        }
    }
}

impl Demand {
    /// The same traffic, `factor` times as much (0 or more): each vehicle and pedestrian is copied as
    /// often as the whole part says and once more with the probability of the rest; copies come up to
    /// 45 s earlier or later. The same seed gives the same list.
    #[must_use]
    pub fn scaled(&self, factor: f64, seed: u64) -> Self {
        let mut vehicles = Vec::new();
        for (number, vehicle) in self.vehicles.iter().enumerate() {
            let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "scale vehicle", number));
            for copy in 0..copies(factor, &mut rng) {
                let shift = shift(copy, &mut rng);
                vehicles.push(VehicleDemand {
                    arrival: vehicle.arrival.moved(shift),
                    ..vehicle.clone()
                });
            }
        }
        let mut pedestrians = Vec::new();
        for (number, pedestrian) in self.pedestrians.iter().enumerate() {
            let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "scale pedestrian", number));
            for copy in 0..copies(factor, &mut rng) {
                let at = Timestamp((pedestrian.at + shift(copy, &mut rng)).0.max(0));
                pedestrians.push(PedestrianDemand { at, ..*pedestrian });
            }
        }
        Self {
            vehicles,
            pedestrians,
        }
    }
}

fn copies(factor: f64, rng: &mut Pcg64Mcg) -> u32 {
    let whole = factor.max(0.0).floor();
    let one_more = rng.random::<f64>() < factor - whole;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small factor, not negative"
    )]
    let whole = whole as u32;
    whole + u32::from(one_more)
}

fn shift(copy: u32, rng: &mut Pcg64Mcg) -> Millis {
    if copy == 0 {
        return Millis::ZERO;
    }
    Millis::from_secs((2.0 * rng.random::<f64>() - 1.0) * COPY_SPREAD.secs())
}
