//! Flows by time of day: `demand.toml` beside a site file, and random traffic drawn from it.
//!
//! In: a small TOML file per site. Out: [`SiteDemand`], checked against the site, and [`generate`], which
//! draws Poisson arrivals with routes. Not here: recorded traffic (it becomes a [`Demand`] directly).
//!
//! ```toml
//! [[approach]]
//! id = "west"
//! flow = [                       # each entry holds until the next one; before the first nobody comes
//!   { from = "06:00", vehicles_per_hour = 500 },
//!   { from = "16:00", vehicles_per_hour = 900 },
//! ]
//! turns = { EBL = 0.15, EBT = 0.70, EBR = 0.15 }   # shares of the approach's movements; sum 1
//!
//! [[crosswalk]]
//! id = "south-leg"
//! flow = [{ from = "00:00", pedestrians_per_hour = 20 }]
//! ```
//! An approach that another site of the same run feeds has `turns` only.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Deserialize;

use super::demand::{Arrival, Demand, PedestrianDemand, VehicleDemand};
use super::draw;
use crate::intersection::{ApproachId, CrosswalkId, Intersection, MovementId};
use crate::units::{Millis, Timestamp};

/// Highest flow of one approach that is believed, veh/h: six lanes at 2,500.
const VEHICLES_PER_HOUR_MAX: f64 = 15_000.0;
/// Highest flow of one crosswalk that is believed, pedestrians/h.
const PEDESTRIANS_PER_HOUR_MAX: f64 = 20_000.0;
/// Most sites a vehicle passes.
const HOPS_MAX: usize = 64;
const DAY: Millis = Millis(86_400_000);

/// Flow and turning shares of one site.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteDemand {
    approaches: Vec<(ApproachId, Flow, Shares)>,
    crosswalks: Vec<(CrosswalkId, Flow)>,
}

/// Rate from each time of day on, per hour.
type Flow = Vec<(Millis, f64)>;
/// Share of each movement of an approach.
type Shares = Vec<(MovementId, f64)>;

/// Why a demand file could not be used: every problem at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandError {
    /// The file.
    pub file: String,
    /// What is wrong, each with its key.
    pub problems: Vec<String>,
}

impl fmt::Display for DemandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {problem}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for DemandError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    approach: Vec<ApproachEntry>,
    #[serde(default)]
    crosswalk: Vec<CrosswalkEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproachEntry {
    id: String,
    #[serde(default)]
    flow: Vec<VehicleFlow>,
    turns: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VehicleFlow {
    from: String,
    vehicles_per_hour: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrosswalkEntry {
    id: String,
    flow: Vec<PedestrianFlow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PedestrianFlow {
    from: String,
    pedestrians_per_hour: f64,
}

impl SiteDemand {
    /// Reads and checks a demand file.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(path: &Path, site: &Intersection) -> Result<Self, DemandError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &file, site),
            Err(error) => {
                let problems = vec![format!("cannot be read: {error}")];
                Err(DemandError { file, problems })
            }
        }
    }

    /// Checks the text of a demand file; `name` stands for it in messages.
    ///
    /// # Errors
    /// Every problem of the text.
    pub fn parse(text: &str, name: &str, site: &Intersection) -> Result<Self, DemandError> {
        let error = |problems| DemandError {
            file: name.to_owned(),
            problems,
        };
        let file: File =
            toml::from_str(text).map_err(|problem| error(vec![problem.to_string()]))?;
        let mut problems = Vec::new();
        let mut demand = Self {
            approaches: Vec::new(),
            crosswalks: Vec::new(),
        };
        for entry in &file.approach {
            demand.add_approach(site, entry, &mut problems);
        }
        for entry in &file.crosswalk {
            demand.add_crosswalk(site, entry, &mut problems);
        }
        for (_, approach) in site.approaches.iter() {
            if !file.approach.iter().any(|entry| entry.id == approach.id) {
                problems.push(format!("approach {}: is missing", approach.id));
            }
        }
        if problems.is_empty() {
            Ok(demand)
        } else {
            Err(error(problems))
        }
    }

    fn add_approach(
        &mut self,
        site: &Intersection,
        entry: &ApproachEntry,
        problems: &mut Vec<String>,
    ) {
        let key = format!("approach {}", entry.id);
        let Some((id, _)) = site
            .approaches
            .iter()
            .find(|(_, approach)| approach.id == entry.id)
        else {
            let known: Vec<&str> = site.approaches.iter().map(|(_, a)| a.id.as_str()).collect();
            problems.push(format!(
                "{key}: {} has no such approach; it has {}",
                site.id,
                known.join(", ")
            ));
            return;
        };
        if self.approaches.iter().any(|(other, ..)| *other == id) {
            problems.push(format!("{key}: is given twice"));
        }
        let flow = check_flow(
            &key,
            entry
                .flow
                .iter()
                .map(|flow| (flow.from.as_str(), flow.vehicles_per_hour)),
            ("vehicles_per_hour", VEHICLES_PER_HOUR_MAX),
            problems,
        );
        let mut shares = Vec::new();
        for (name, &share) in &entry.turns {
            let movement = site
                .movements
                .iter()
                .find(|(_, m)| m.id == *name && m.from == id);
            match movement {
                Some((movement, _)) if (0.0..=1.0).contains(&share) => {
                    shares.push((movement, share));
                }
                Some(_) => problems.push(format!(
                    "{key}: turns.{name} is {share}; allowed are 0 to 1"
                )),
                None => problems.push(format!(
                    "{key}: turns.{name} is no movement from this approach"
                )),
            }
        }
        let sum: f64 = entry.turns.values().sum();
        if (sum - 1.0).abs() > 0.005 {
            problems.push(format!(
                "{key}: turns add up to {sum:.3}; they must add up to 1"
            ));
        }
        self.approaches.push((id, flow, shares));
    }

    fn add_crosswalk(
        &mut self,
        site: &Intersection,
        entry: &CrosswalkEntry,
        problems: &mut Vec<String>,
    ) {
        let key = format!("crosswalk {}", entry.id);
        let Some((id, _)) = site.crosswalks.iter().find(|(_, walk)| walk.id == entry.id) else {
            problems.push(format!("{key}: {} has no such crosswalk", site.id));
            return;
        };
        let flow = check_flow(
            &key,
            entry
                .flow
                .iter()
                .map(|flow| (flow.from.as_str(), flow.pedestrians_per_hour)),
            ("pedestrians_per_hour", PEDESTRIANS_PER_HOUR_MAX),
            problems,
        );
        self.crosswalks.push((id, flow));
    }

    /// A movement of `approach`, drawn by its share.
    fn turn(&self, approach: ApproachId, rng: &mut Pcg64Mcg) -> Option<MovementId> {
        let (_, _, shares) = self.approaches.iter().find(|(id, ..)| *id == approach)?;
        let total: f64 = shares.iter().map(|(_, share)| share).sum();
        let mut left = rng.random::<f64>() * total;
        for &(movement, share) in shares {
            left -= share;
            if left < 0.0 {
                return Some(movement);
            }
        }
        shares.last().map(|&(movement, _)| movement)
    }
}

fn check_flow<'a>(
    key: &str,
    entries: impl Iterator<Item = (&'a str, f64)>,
    (what, highest): (&str, f64),
    problems: &mut Vec<String>,
) -> Flow {
    let mut flow: Flow = Vec::new();
    for (from, rate) in entries {
        let Some(time) = time_of_day(from) else {
            problems.push(format!(
                "{key}: flow.from is {from:?}; write a time as \"07:30\""
            ));
            continue;
        };
        if flow.last().is_some_and(|&(before, _)| before >= time) {
            problems.push(format!(
                "{key}: flow.from {from} does not come after the one before"
            ));
        }
        if !(0.0..=highest).contains(&rate) {
            problems.push(format!(
                "{key}: flow.{what} is {rate}; allowed are 0 to {highest}"
            ));
        }
        flow.push((time, rate));
    }
    flow
}

fn time_of_day(text: &str) -> Option<Millis> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let valid = (0..24).contains(&hours) && (0..60).contains(&minutes);
    valid.then_some(Millis((hours * 60 + minutes) * 60_000))
}

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Time of day at which it begins.
    pub from: Millis,
    /// How long it lasts.
    pub duration: Millis,
    /// The run's clock at its beginning.
    pub start: Timestamp,
}

/// Draws Poisson arrivals for `sites` (with their demands in the same order) in a period. Every approach
/// and crosswalk has its own stream of random numbers.
#[must_use]
pub fn generate(
    sites: &[Intersection],
    demands: &[SiteDemand],
    period: Period,
    seed: u64,
) -> Demand {
    let mut demand = Demand::default();
    for (site, flows) in demands.iter().enumerate().take(sites.len()) {
        for (place, (approach, flow, _)) in flows.approaches.iter().enumerate() {
            let purpose = format!("arrivals {site} {place}");
            let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, &purpose, 0));
            for at in arrivals(flow, period, &mut rng) {
                demand.vehicles.push(VehicleDemand {
                    arrival: Arrival::AtEntry(at),
                    site,
                    approach: *approach,
                    lane: None,
                    route: route(sites, demands, (site, *approach), &mut rng),
                });
            }
        }
        for (place, (crosswalk, flow)) in flows.crosswalks.iter().enumerate() {
            let purpose = format!("walkers {site} {place}");
            let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, &purpose, 0));
            let people = arrivals(flow, period, &mut rng).into_iter();
            demand.pedestrians.extend(people.map(|at| PedestrianDemand {
                at,
                site,
                crosswalk: *crosswalk,
            }));
        }
    }
    demand
}

/// Arrival times: exponential headways whose rate changes with the time of day.
fn arrivals(flow: &Flow, period: Period, rng: &mut Pcg64Mcg) -> Vec<Timestamp> {
    let mut times = Vec::new();
    let mut elapsed = 0.0;
    let duration = period.duration.secs();
    while elapsed < duration {
        let (rate, holds_for) = rate_at(flow, period.from + Millis::from_secs(elapsed));
        let next = if rate > 0.0 {
            draw::exponential(rng, rate / 3600.0)
        } else {
            f64::INFINITY
        };
        if next >= holds_for {
            // The exponential has no memory: begin anew where the rate changes.
            elapsed += holds_for;
            continue;
        }
        elapsed += next;
        if elapsed < duration {
            times.push(period.start + Millis::from_secs(elapsed));
        }
    }
    times
}

/// Rate per hour at a time of day, and for how many seconds it holds.
fn rate_at(flow: &Flow, at: Millis) -> (f64, f64) {
    let at = Millis(at.0.rem_euclid(DAY.0));
    let next = flow
        .iter()
        .find(|(from, _)| *from > at)
        .map_or(DAY, |&(from, _)| from);
    let rate = flow
        .iter()
        .rev()
        .find(|(from, _)| *from <= at)
        .map_or(0.0, |&(_, rate)| rate);
    (rate, (next - at).secs().max(0.001))
}

/// Movements from entry to the edge of the world.
fn route(
    sites: &[Intersection],
    demands: &[SiteDemand],
    (mut site, mut approach): (usize, ApproachId),
    rng: &mut Pcg64Mcg,
) -> Vec<MovementId> {
    let mut route = Vec::new();
    while route.len() < HOPS_MAX {
        let Some(movement) = demands
            .get(site)
            .and_then(|demand| demand.turn(approach, rng))
        else {
            break;
        };
        route.push(movement);
        let exit = sites[site].movements[movement].to;
        let Some(link) = &sites[site].exits[exit].downstream else {
            break;
        };
        let Some(next) = sites.iter().position(|other| other.id == link.intersection) else {
            break;
        };
        let found = sites[next]
            .approaches
            .iter()
            .find(|(_, other)| other.id == link.end);
        let Some((entered, _)) = found else { break };
        (site, approach) = (next, entered);
    }
    route
}
