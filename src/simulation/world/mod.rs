//! The traffic world: microscopic vehicles and pedestrians at one or several signalized intersections.
//!
//! In: sites, demand, and what the heads show in every tick. Out: detector edges in order of time;
//! measured delay, stops and waits. Vehicles move in steps of 0.1 to 1 s, signals and edges have the
//! time they have: a step is simulated as soon as it begins, and since no driver reacts to a signal in
//! less than a step, nothing in it can depend on what the heads will show meanwhile.
//!
//! Deliberately not here: any model of the controller (it must not be flattered), lane changes between
//! intersections other than into pockets, trucks, bicycles, geometry beyond path lengths.

mod approaching;
mod aspects;
mod control;
mod crowd;
mod driver;
mod entry;
mod gaps;
mod layout;
mod loops;
mod motion;
mod records;
mod results;
mod room;
mod sight;
mod traffic;
mod truth;
mod vehicle;
mod whereabouts;

use std::collections::VecDeque;

use aspects::Aspects;
use crowd::Crowd;
use entry::Entries;
use layout::{Layout, StripKind};
use traffic::Traffic;
use truth::Counts;

use super::demand::Demand;
use super::sensors::Sensors;
use crate::detection::Edge;
use crate::intersection::{DetectorFunction, ExitId, Id, Intersection};
use crate::signal::Heads;
use crate::units::{Millis, TICK, Timestamp};

pub use approaching::Approaching;
pub use results::{Crossing, Results, Visit};
pub use truth::Truth;
pub(super) use whereabouts::{OnFoot, OnWay, Way};

/// Longest step of the vehicles: the fastest reaction to a signal.
pub const STEP_MAX: Millis = Millis(1000);

/// How a world is run.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldSettings {
    /// Step of the vehicles: a whole number of ticks up to [`STEP_MAX`].
    pub step: Millis,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// The world begins here: the first tick ends one [`TICK`] later.
    pub start: Timestamp,
    /// Exits that nobody leaves for a while.
    pub closures: Vec<ExitClosure>,
}

/// The far end of an exit is blocked for a while (a level crossing, a queue from beyond the model).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitClosure {
    /// Index of the site.
    pub site: usize,
    /// The exit; without effect on one that leads to another site of the world.
    pub exit: ExitId,
    /// From …
    pub from: Timestamp,
    /// … up to, not including.
    pub until: Timestamp,
}

impl Default for WorldSettings {
    /// Steps of 0.5 s, seed 1, from time 0, everything open.
    fn default() -> Self {
        Self {
            step: Millis(500),
            seed: 1,
            start: Timestamp(0),
            closures: Vec::new(),
        }
    }
}

/// Traffic at one or several intersections.
#[derive(Debug)]
pub struct World {
    traffic: Traffic,
    step: Millis,
    /// Vehicles have been moved up to here.
    moved_until: Timestamp,
    /// Ticks have been asked for up to here.
    now: Timestamp,
}

impl World {
    /// An empty world of these sites. Exits and approaches that name one another are joined.
    ///
    /// # Errors
    /// A step that is no whole number of ticks between [`TICK`] and [`STEP_MAX`]; demand that names
    /// something the sites do not have.
    pub fn new(
        sites: &[Intersection],
        demand: Demand,
        settings: WorldSettings,
    ) -> Result<Self, String> {
        let step = settings.step;
        if step < TICK || step > STEP_MAX || step.0 % TICK.0 != 0 {
            return Err(format!(
                "a step of {step} is no whole number of ticks from 0.1 s to 1 s"
            ));
        }
        let layout = Layout::new(sites);
        for (number, pedestrian) in demand.pedestrians.iter().enumerate() {
            let site = sites.get(pedestrian.site);
            if site
                .and_then(|site| site.crosswalks.find(pedestrian.crosswalk))
                .is_none()
            {
                return Err(format!("pedestrian {number}: there is no such crosswalk"));
            }
        }
        let strips = layout.strips.len();
        let began = seconds(settings.start);
        let mut order: Vec<usize> = (0..strips)
            .filter(|&strip| matches!(layout.strips[strip].kind, StripKind::Approach(_)))
            .collect();
        order.sort_by_key(|&strip| (std::cmp::Reverse(depth(&layout, strip)), strip));
        let traffic = Traffic {
            aspects: sites.iter().map(Aspects::new).collect(),
            sensors: sites
                .iter()
                .map(|site| Sensors::new(site.detectors.len()))
                .collect(),
            crowds: crowds(sites, &demand, settings.seed),
            vehicles: Vec::new(),
            free_places: Vec::new(),
            strips: vec![VecDeque::new(); strips],
            boxes: vec![Vec::new(); sites.len()],
            last_accepted: vec![f64::NEG_INFINITY; strips],
            results: Results::default(),
            counts: Counts {
                crossed: sites
                    .iter()
                    .map(|site| vec![0; site.movements.len()])
                    .collect(),
                ..Counts::default()
            },
            entries: Entries::new(&layout, demand, settings.seed, settings.closures)?,
            layout,
            spans: Vec::new(),
            ahead: Vec::new(),
            order,
            step_number: Traffic::first_step(),
            began,
            dt: step.secs(),
        };
        Ok(Self {
            traffic,
            step,
            moved_until: settings.start,
            now: settings.start,
        })
    }

    /// Lets the tick that ends at `now` pass, with the heads of each site as they were shown during it.
    /// Returns each site's edges of this tick in order of time. Ticks must not be left out.
    ///
    /// # Panics
    /// If `heads` are fewer than the sites.
    pub fn advance(&mut self, now: Timestamp, heads: &[Heads]) -> Vec<Vec<Edge>> {
        let shown_since = seconds(self.now);
        for (site, aspects) in self.traffic.aspects.iter_mut().enumerate() {
            let facts = &self.traffic.layout.sites[site].intersection;
            aspects.show(facts, &heads[site], shown_since);
        }
        self.now = now;
        while self.moved_until < now {
            self.traffic.step(seconds(self.moved_until));
            self.moved_until = self.moved_until + self.step;
        }
        self.traffic
            .sensors
            .iter_mut()
            .map(|sensors| sensors.edges_until(now))
            .collect()
    }

    /// What is really going on.
    #[must_use]
    pub fn truth(&self) -> Truth<'_> {
        Truth { world: self }
    }

    /// What has been measured up to now, vehicles and pedestrians on their way included.
    #[must_use]
    pub fn results(&self) -> Results {
        let traffic = &self.traffic;
        let now = seconds(self.moved_until);
        let mut results = traffic.results.clone();
        let on_strips = traffic.strips.iter().flatten();
        for &id in on_strips.chain(traffic.boxes.iter().flatten()) {
            results.visits.push(traffic.visit_record(id, now, false));
        }
        for (strip, outside) in traffic.entries.outside.iter().enumerate() {
            for vehicle in outside {
                results
                    .visits
                    .push(traffic.outside_record(strip, vehicle, now));
            }
        }
        for (site, crowds) in traffic.crowds.iter().enumerate() {
            for (crosswalk, crowd) in crowds.iter().enumerate() {
                for walker in crowd.unfinished() {
                    let id = Id::from_index(crosswalk);
                    results
                        .crossings
                        .push(Traffic::crossing_record(site, id, walker, None));
                }
            }
        }
        results
    }
}

fn depth(layout: &Layout, strip: usize) -> usize {
    std::iter::successors(layout.strips[strip].pocket_of, |&parent| {
        layout.strips[parent].pocket_of
    })
    .count()
}

fn crowds(sites: &[Intersection], demand: &Demand, seed: u64) -> Vec<Vec<Crowd>> {
    let crowd = |number: usize, site: &Intersection, id| {
        let arrivals: Vec<(usize, f64)> = demand
            .pedestrians
            .iter()
            .enumerate()
            .filter(|(_, pedestrian)| pedestrian.site == number && pedestrian.crosswalk == id)
            .map(|(index, pedestrian)| (index, seconds(pedestrian.at)))
            .collect();
        let buttons = site
            .detectors
            .iter()
            .filter(|(_, detector)| {
                detector.function == DetectorFunction::PedestrianButton
                    && detector.crosswalk == Some(id)
            })
            .map(|(button, _)| button.index())
            .collect();
        Crowd::new(site.crosswalks[id].length_m, buttons, &arrivals, seed)
    };
    sites
        .iter()
        .enumerate()
        .map(|(number, site)| {
            site.crosswalks
                .ids()
                .map(|id| crowd(number, site, id))
                .collect()
        })
        .collect()
}

fn seconds(at: Timestamp) -> f64 {
    at.since(Timestamp(0)).secs()
}

/// Seconds to a timestamp.
fn stamp(at: f64) -> Timestamp {
    Timestamp(0) + Millis::from_secs(at)
}
