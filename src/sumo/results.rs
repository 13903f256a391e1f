//! Figures of a run, from SUMO's own outputs.
//!
//! In: the text of SUMO's trip file (finished, unfinished and never departed vehicles) and of its
//! statistics. Out: [`Trips`], [`Incidents`], [`Figures`]. Delay is the mean over **all** scheduled
//! vehicles of time loss and departure delay: a controller that keeps vehicles out of the net pays for
//! them. Not here: what is watched while SUMO runs (`watch.rs`).

use roxmltree::{Document, Node};
use serde::Serialize;

/// Problems reported at once.
const PROBLEMS_MAX: usize = 20;

/// What vehicles experienced, summed over all that were scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trips {
    /// Vehicles that reached their destination.
    pub arrived: usize,
    /// Vehicles on the road when the run ended.
    pub running: usize,
    /// Vehicles that wanted to depart and never could.
    pub never_inserted: usize,
    /// Time lost against driving freely at their own desired speed, s.
    pub time_loss_s: f64,
    /// Time waited for a place to enter the net, s.
    pub depart_delay_s: f64,
    /// How often they came to stand.
    pub stops: f64,
    /// CO2 by SUMO's emission model, kg.
    pub co2_kg: f64,
}

impl Trips {
    /// Reads SUMO's trip file, written with unfinished and undeparted vehicles.
    ///
    /// # Errors
    /// Everything in it that is no trip file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = parse(text, "tripinfos")?;
        let mut trips = Self::default();
        let mut problems = Vec::new();
        for vehicle in elements(&document, "tripinfo") {
            match Trip::read(vehicle) {
                Ok(trip) => trips.add(&trip),
                Err(problem) if problems.len() < PROBLEMS_MAX => problems.push(problem),
                Err(_) => {}
            }
        }
        if problems.is_empty() {
            Ok(trips)
        } else {
            Err(problems.join("\n"))
        }
    }

    /// All vehicles that were scheduled until the run ended.
    #[must_use]
    pub fn scheduled(&self) -> usize {
        self.arrived + self.running + self.never_inserted
    }

    /// A sum as mean over all scheduled vehicles; zero when there were none.
    #[must_use]
    pub fn mean(&self, sum: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 vehicles")]
        let vehicles = self.scheduled().max(1) as f64;
        sum / vehicles
    }

    fn add(&mut self, trip: &Trip) {
        let place = match trip {
            Trip { depart, .. } if *depart < 0.0 => &mut self.never_inserted,
            Trip { arrival, .. } if *arrival < 0.0 => &mut self.running,
            Trip { .. } => &mut self.arrived,
        };
        *place += 1;
        self.time_loss_s += trip.time_loss_s;
        self.depart_delay_s += trip.depart_delay_s;
        self.stops += trip.stops;
        self.co2_kg += trip.co2_kg;
    }
}

/// One vehicle.
struct Trip {
    depart: f64,
    arrival: f64,
    time_loss_s: f64,
    depart_delay_s: f64,
    stops: f64,
    co2_kg: f64,
}

impl Trip {
    fn read(vehicle: Node<'_, '_>) -> Result<Self, String> {
        let emissions = vehicle
            .children()
            .find(|node| node.has_tag_name("emissions"));
        let co2_mg = emissions.map_or(Ok(0.0), |node| number(node, "CO2_abs"))?;
        Ok(Self {
            depart: number(vehicle, "depart")?,
            arrival: number(vehicle, "arrival")?,
            time_loss_s: number(vehicle, "timeLoss")?,
            depart_delay_s: number(vehicle, "departDelay")?,
            stops: number(vehicle, "waitingCount")?,
            co2_kg: co2_mg / 1e6,
        })
    }
}

/// What must not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Incidents {
    /// Vehicles that SUMO took away because they stood too long.
    pub teleports: usize,
    /// Collisions.
    pub collisions: usize,
}

impl Incidents {
    /// Reads SUMO's statistics.
    ///
    /// # Errors
    /// When they are none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = parse(text, "statistics")?;
        let count = |element: &str, attribute: &str| {
            let node = elements(&document, element).next();
            let node = node.ok_or_else(|| format!("found no <{element}>; allowed: one"))?;
            let count = number(node, attribute)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count; `as` saturates"
            )]
            Ok::<usize, String>(count as usize)
        };
        Ok(Self {
            teleports: count("teleports", "total")?,
            collisions: count("safety", "collisions")?,
        })
    }
}

/// One run in figures; what `--json` writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Name of the scenario.
    pub scenario: String,
    /// Who controlled the signals.
    pub controller: String,
    /// Seed of SUMO's drivers and of the noise of our sensors.
    pub seed: u64,
    /// What SUMO calls itself.
    pub sumo: String,
    /// Mean time lost and waited for departure, over all scheduled vehicles, s.
    pub delay_s: f64,
    /// Mean time lost, s.
    pub time_loss_s: f64,
    /// Mean time waited for departure, s.
    pub depart_delay_s: f64,
    /// Mean number of stops.
    pub stops: f64,
    /// Vehicles that arrived.
    pub arrived: usize,
    /// Vehicles still on the road at the end.
    pub running: usize,
    /// Vehicles that never got onto the road.
    pub never_inserted: usize,
    /// Longest that the first vehicle of a lane stood at red, s.
    pub max_wait_s: f64,
    /// How often one stood longer than [`super::watch::WAIT_MAX`].
    pub max_wait_violations: usize,
    /// Vehicles that SUMO took away because they stood too long.
    pub teleports: usize,
    /// Collisions.
    pub collisions: usize,
    /// Vehicles that a signal made brake harder than they comfortably can.
    pub emergency_braking: usize,
    /// CO2, kg.
    pub co2_kg: f64,
    /// Real time of the whole run, s.
    pub wall_s: f64,
    /// Real time spent waiting for SUMO, s.
    pub sumo_s: f64,
    /// Real time spent in the controllers, s.
    pub controllers_s: f64,
}

fn parse<'a>(text: &'a str, root: &str) -> Result<Document<'a>, String> {
    let document = Document::parse(text).map_err(|error| format!("found no XML: {error}"))?;
    let found = document.root_element().tag_name().name();
    if found == root {
        Ok(document)
    } else {
        Err(format!("found <{found}>; allowed: <{root}>"))
    }
}

fn elements<'a>(document: &'a Document<'_>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .root_element()
        .children()
        .filter(move |node| node.has_tag_name(name))
}

fn number(node: Node<'_, '_>, attribute: &str) -> Result<f64, String> {
    let text = node.attribute(attribute);
    let number = text.and_then(|text| text.trim().parse::<f64>().ok());
    number.filter(|number| number.is_finite()).ok_or_else(|| {
        let place = node.document().text_pos_at(node.range().start);
        format!(
            "line {}, {}: {attribute}: found {}; allowed: a number",
            place.row,
            node.attribute("id").unwrap_or(node.tag_name().name()),
            text.map_or("none".to_owned(), |text| format!("{text:?}"))
        )
    })
}
