//! From what a recording shows to the demand of the world.
//!
//! In: vehicles and pedestrians found in a recording, turning shares, a seed. Out: [`Demand`]. The seed
//! decides only what the recording does not tell: who turns, and the fraction of a second within which
//! somebody came. Not here: finding them (`recording/arrivals.rs`).

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::demand::{Arrival, Demand, PedestrianDemand, VehicleDemand};
use super::draw;
use crate::intersection::{Intersection, LaneId, MovementId};
use crate::recording::{Arrivals, Turning};
use crate::units::{ClockTime, Millis, Timestamp};

/// Half the span over which a seed moves each arrival: recordings have a resolution of 0.1 s, and
/// drivers would not have come to the tenth of a second on another day.
const JITTER: Millis = Millis(500);

/// Demand of a run that begins at civil time `from` (its time 0). Who came before is left out.
#[must_use]
pub fn demand(
    site: &Intersection,
    arrivals: &Arrivals,
    turning: &Turning,
    from: ClockTime,
    seed: u64,
) -> Demand {
    let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "recorded", 0));
    let mut time = |at: ClockTime| {
        let jitter = Millis(rng.random_range(-JITTER.0..=JITTER.0));
        Timestamp((at - from + jitter).0)
    };
    let mut turns = Pcg64Mcg::seed_from_u64(draw::stream(seed, "recorded turns", 0));
    let vehicles = arrivals.vehicles.iter().filter_map(|vehicle| {
        let movement = draw_movement(turning, vehicle.lane, &mut turns)?;
        Some(VehicleDemand {
            arrival: Arrival::AtDetector(vehicle.detector, time(vehicle.at)),
            site: 0,
            approach: site.lanes[vehicle.lane].approach,
            lane: Some(vehicle.lane),
            route: vec![movement],
        })
    });
    let vehicles: Vec<VehicleDemand> = vehicles
        .filter(|vehicle| vehicle.arrival.at() >= Timestamp(0))
        .collect();
    let pedestrians = arrivals
        .pedestrians
        .iter()
        .map(|pedestrian| PedestrianDemand {
            at: time(pedestrian.at),
            site: 0,
            crosswalk: pedestrian.crosswalk,
        });
    let pedestrians = pedestrians
        .filter(|pedestrian| pedestrian.at >= Timestamp(0))
        .collect();
    Demand {
        vehicles,
        pedestrians,
    }
}

/// A movement of the lane by its shares; `None` for a lane without movements.
fn draw_movement(turning: &Turning, lane: LaneId, rng: &mut Pcg64Mcg) -> Option<MovementId> {
    let mut left: f64 = rng.random();
    let shares = turning.of(lane);
    let chosen = shares.iter().find(|(_, share)| {
        left -= share;
        left < 0.0
    });
    chosen.or(shares.last()).map(|&(movement, _)| movement)
}
