//! Where SUMO's vehicles are, as it tells step by step.
//!
//! In: SUMO's answers. Out: [`Traffic`]: the vehicles on each lane of the net, front first. This is the
//! truth: sensors look at it through their own narrow windows (`sensors.rs`), and what must not happen is
//! watched on it (`watch.rs`). No controller sees it.

use std::collections::BTreeMap;

use super::traci::{Answers, Batch, Domain, Value, variable};

/// What is subscribed to for every vehicle.
const FOLLOWED: [u8; 3] = [variable::LANE, variable::LANE_POSITION, variable::SPEED];

/// A lane of the net that somebody looks at; its place in [`Lanes`].
pub type LaneNumber = usize;

/// Lanes of the net that somebody looks at.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    number: BTreeMap<String, LaneNumber>,
}

impl Lanes {
    /// The number of a lane; from now on it is looked at.
    pub fn number(&mut self, id: &str) -> LaneNumber {
        let next = self.number.len();
        match self.number.get(id) {
            Some(number) => *number,
            None => *self.number.entry(id.to_owned()).or_insert(next),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.number.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.number.is_empty()
    }
}

/// A vehicle's number, in order of departure; never used again.
pub type VehicleNumber = u32;

/// A vehicle on the road.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vehicle {
    /// Its number.
    pub number: VehicleNumber,
    /// The lane its front is on, if anybody looks at it.
    pub lane: Option<LaneNumber>,
    /// Its front, m from the beginning of the lane.
    pub position_m: f64,
    /// Speed, m/s.
    pub speed_mps: f64,
    /// Speed a step ago, m/s.
    pub speed_before_mps: f64,
    /// Hardest comfortable deceleration, m/s².
    pub deceleration: f64,
}

/// All vehicles on the road.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    lanes: Lanes,
    vehicles: BTreeMap<String, Followed>,
    departed: VehicleNumber,
    /// By lane, front first.
    on: Vec<Vec<Vehicle>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Followed {
    vehicle: Vehicle,
    /// SUMO told about it in this step.
    is_fresh: bool,
}

impl Traffic {
    /// Nobody on the road; `lanes` will be looked at.
    #[must_use]
    pub fn new(lanes: Lanes) -> Self {
        Self {
            on: vec![Vec::new(); lanes.len()],
            lanes,
            ..Self::default()
        }
    }

    /// Vehicles on a lane, front first.
    #[must_use]
    pub fn on(&self, lane: LaneNumber) -> &[Vehicle] {
        self.on.get(lane).map_or(&[], Vec::as_slice)
    }

    /// How many vehicles are on the road.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        self.vehicles.len()
    }

    /// SUMO's id of a vehicle.
    #[must_use]
    pub fn id(&self, number: VehicleNumber) -> Option<&str> {
        let mut vehicles = self.vehicles.iter();
        let (id, _) = vehicles.find(|(_, followed)| followed.vehicle.number == number)?;
        Some(id)
    }

    /// The number of a vehicle.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<VehicleNumber> {
        let followed = self.vehicles.get(id)?;
        Some(followed.vehicle.number)
    }

    /// Takes what SUMO told after a step; vehicles that are new will be followed from the next one on.
    pub fn update(&mut self, answers: &Answers<'_>, batch: &mut Batch) {
        for told in &answers.told {
            match (told.domain, told.variable, told.value) {
                (Domain::Vehicle, which, value) => self.tell(told.object, which, value),
                (Domain::Simulation, variable::DEPARTED, Value::Texts(ids)) => {
                    for id in ids.iter() {
                        batch.subscribe(Domain::Vehicle, id, &FOLLOWED);
                        batch.get(Domain::Vehicle, id, variable::DECELERATION);
                    }
                }
                (Domain::Loop | Domain::Light | Domain::Simulation, _, _) => {}
            }
        }
        // Whoever SUMO does not tell about any more has left, one way or another.
        self.vehicles
            .retain(|_, followed| std::mem::take(&mut followed.is_fresh));
        self.sort();
    }

    fn tell(&mut self, id: &str, which: u8, value: Value<'_>) {
        if !self.vehicles.contains_key(id) {
            self.departed += 1;
            let mut followed = Followed::default();
            followed.vehicle.number = self.departed;
            self.vehicles.insert(id.to_owned(), followed);
        }
        let Some(followed) = self.vehicles.get_mut(id) else {
            return;
        };
        followed.is_fresh = true;
        let vehicle = &mut followed.vehicle;
        match (which, value.number(), value.text()) {
            // While it teleports it is on no lane.
            (variable::LANE, _, Some(lane)) => vehicle.lane = self.lanes.number.get(lane).copied(),
            (variable::LANE_POSITION, Some(position), _) => vehicle.position_m = position,
            (variable::SPEED, Some(speed), _) => {
                vehicle.speed_before_mps = vehicle.speed_mps;
                vehicle.speed_mps = speed.max(0.0);
            }
            (variable::DECELERATION, Some(deceleration), _) => vehicle.deceleration = deceleration,
            (_, _, _) => {}
        }
    }

    fn sort(&mut self) {
        self.on.iter_mut().for_each(Vec::clear);
        for followed in self.vehicles.values() {
            let vehicle = followed.vehicle;
            if let Some(lane) = vehicle.lane.and_then(|lane| self.on.get_mut(lane)) {
                lane.push(vehicle);
            }
        }
        for lane in &mut self.on {
            lane.sort_by(|a, b| b.position_m.total_cmp(&a.position_m));
        }
    }
}
