//! What is simulated: a site with its traffic, recorded or generated, over a span of time.
//!
//! In: a site file; beside it `recording/` (an event log, optionally `turning.csv`) or `demand.toml`.
//! Out: [`Scenario`], which makes the demand of any seed and knows the recorded greens if there are any.
//! Not here: running it (`run.rs`, `compare.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::compare::Contender;
use super::demand::Demand;
use super::demand_file::{self, Period, SiteDemand};
use super::recorded;
use super::run::Control;
use super::sensing::{FilmWish, Mishap, Sensing, SensorKinds};
use crate::intersection::Intersection;
use crate::recording::{Arrivals, RecordedHeads, Recording, Turning};
use crate::units::{ClockTime, Millis, Timestamp, days_from_civil};

/// Most time one run may span: a week.
pub const DURATION_MAX: Millis = Millis(7 * 86_400_000);

/// A site with its traffic.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where.
    pub site: Intersection,
    /// Text of the site file.
    pub site_file: String,
    /// With which sensors; those that are left out are not in `site` either.
    pub sensing: Sensing,
    /// What moves.
    pub traffic: Traffic,
    /// Civil time of the start.
    pub from: ClockTime,
    /// For how long.
    pub duration: Millis,
}

/// Where the traffic comes from.
#[derive(Clone, Debug)]
pub enum Traffic {
    /// From an event log.
    Recorded(Box<RecordedTraffic>),
    /// Drawn from flows.
    Generated(SiteDemand),
}

/// Traffic from an event log.
#[derive(Clone, Debug)]
pub struct RecordedTraffic {
    /// The log.
    pub recording: Recording,
    /// Its file.
    pub file: PathBuf,
    /// Vehicles and pedestrians found in it.
    pub arrivals: Arrivals,
    /// Which share of each lane goes where.
    pub turning: Turning,
    /// What the lamps showed.
    pub heads: RecordedHeads,
}

/// Which part of which traffic to take; the default is the whole recording, or two hours from 07:00.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// An event log instead of the one in `recording/`.
    pub recording: Option<PathBuf>,
    /// The signal to take, when the log has several.
    pub device: Option<String>,
    /// A demand file, also when there is a recording.
    pub demand: Option<PathBuf>,
    /// Time of day to begin at.
    pub from: Option<Millis>,
    /// For how long.
    pub duration: Option<Millis>,
}

impl Scenario {
    /// Reads a site file and its traffic.
    ///
    /// # Errors
    /// When the site file has problems, there is no traffic beside it, or the traffic cannot be read.
    pub fn load(site_path: &Path, selection: &Selection) -> Result<Self> {
        let site = Intersection::load(site_path)?;
        let site_file = fs::read_to_string(site_path)
            .with_context(|| format!("{}: cannot be read", site_path.display()))?;
        let folder = site_path.parent().unwrap_or(Path::new("."));
        let demand_file = selection.demand.clone().or_else(|| {
            let beside = folder.join("demand.toml");
            beside.is_file().then_some(beside)
        });
        let recording = match (&selection.recording, &selection.demand) {
            (Some(file), _) => Some(file.clone()),
            (None, Some(_)) => None,
            (None, None) => recording_beside(&folder.join("recording"))?,
        };
        match (recording, demand_file) {
            (Some(file), _) => Self::of_recording(site, site_file, file, selection),
            (None, Some(file)) => Self::of_flows(site, site_file, &file, selection),
            (None, None) => bail!(
                "{}: no traffic to simulate; put an event log into {}, or flows into {} \
                 (see intersections/four-leg/demand.toml), or name a file with --recording or --demand",
                site_path.display(),
                folder.join("recording").display(),
                folder.join("demand.toml").display(),
            ),
        }
    }

    fn of_recording(
        site: Intersection,
        site_file: String,
        file: PathBuf,
        selection: &Selection,
    ) -> Result<Self> {
        let recording = Recording::read(&file, selection.device.as_deref())?;
        let turning_file = file.with_file_name("turning.csv");
        let turning = if turning_file.is_file() {
            Turning::read(&turning_file, &site)?
        } else {
            Turning::equal(&site)
        };
        let span = recording.events.first().zip(recording.events.last());
        let (first, last) = span.ok_or_else(|| anyhow!("{}: no events", file.display()))?;
        let (first, last) = (first.at, last.at);
        let from = selection
            .from
            .map_or(first, |time| first.midnight() + time)
            .max(first);
        let duration = selection.duration.unwrap_or(last - from).min(last - from);
        if duration <= Millis::ZERO {
            bail!(
                "{}: the recording spans {first} to {last}; nothing is left of it",
                file.display()
            );
        }
        let traffic = RecordedTraffic {
            arrivals: Arrivals::new(&recording, &site),
            heads: RecordedHeads::new(&recording, &site),
            turning,
            recording,
            file,
        };
        let traffic = Traffic::Recorded(Box::new(traffic));
        Ok(Self {
            site,
            site_file,
            sensing: Sensing::default(),
            traffic,
            from,
            duration,
        })
    }

    fn of_flows(
        site: Intersection,
        site_file: String,
        file: &Path,
        selection: &Selection,
    ) -> Result<Self> {
        let flows = SiteDemand::load(file, &site)?;
        // Any ordinary day will do; this is a Monday.
        let midnight = ClockTime(days_from_civil(2024, 4, 15) * 86_400_000);
        let from = midnight + selection.from.unwrap_or(Millis(7 * 3_600_000));
        let duration = selection
            .duration
            .unwrap_or(Millis(2 * 3_600_000))
            .min(DURATION_MAX);
        Ok(Self {
            site,
            site_file,
            sensing: Sensing::default(),
            traffic: Traffic::Generated(flows),
            from,
            duration,
        })
    }

    /// The same traffic met with these sensors, `mishaps` going wrong with them.
    ///
    /// # Errors
    /// When the site does not have such sensors; everything that is wrong, a line each.
    pub fn sensed(
        self,
        kinds: SensorKinds,
        film: Option<&FilmWish>,
        mishaps: &[Mishap],
    ) -> Result<Self> {
        let sensing = Sensing::new(&self.site, kinds, film, mishaps)
            .map_err(|problems| anyhow!(problems.join("\n")))?;
        Ok(Self {
            site: sensing.built(&self.site),
            sensing,
            ..self
        })
    }

    /// Everybody who wants to pass with this seed, `scale` times as many as there are in the traffic.
    #[must_use]
    pub fn demand(&self, seed: u64, scale: f64) -> Demand {
        let demand = match &self.traffic {
            Traffic::Recorded(traffic) => recorded::demand(
                &self.site,
                &traffic.arrivals,
                &traffic.turning,
                self.from,
                seed,
            ),
            Traffic::Generated(flows) => {
                let from = self.from.time_of_day();
                let period = Period {
                    from,
                    duration: self.duration,
                    start: Timestamp(0),
                };
                let (sites, flows) = (
                    std::slice::from_ref(&self.site),
                    std::slice::from_ref(flows),
                );
                demand_file::generate(sites, flows, period, seed)
            }
        };
        let within = |at: Timestamp| at.since(Timestamp(0)) < self.duration && at.0 >= 0;
        let mut scaled = demand.scaled(scale, seed);
        scaled
            .vehicles
            .retain(|vehicle| within(vehicle.arrival.at()));
        scaled
            .pedestrians
            .retain(|pedestrian| within(pedestrian.at));
        scaled
    }

    /// What somebody who reads the figures should know about the traffic, in sentences.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        match &self.traffic {
            Traffic::Recorded(traffic) => {
                let mut remarks = traffic.recording.notes.sentences();
                let sources = traffic
                    .arrivals
                    .sources
                    .iter()
                    .map(|(_, source)| source.to_string());
                remarks.extend(sources);
                remarks
            }
            Traffic::Generated(_) => Vec::new(),
        }
    }

    /// How a contender is run here.
    ///
    /// # Errors
    /// When recorded greens are asked for and there is no recording.
    pub fn control(&self, contender: Contender) -> Result<Control<'_>> {
        match (contender.ceiling(), &self.traffic) {
            (Some(ceiling), _) => Ok(Control::Ours(ceiling)),
            (None, Traffic::Recorded(traffic)) => Ok(Control::Recorded(traffic)),
            (None, Traffic::Generated(_)) => bail!(
                "{}: the controller 'recorded' needs a recording, and the traffic of this site is \
                 generated; leave it out or name a log with --recording",
                self.site.id
            ),
        }
    }
}

/// The only event log in a `recording/` folder; `None` without one.
fn recording_beside(folder: &Path) -> Result<Option<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(None);
    };
    let is_log = |path: &Path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let known = [".csv", ".csv.gz", ".parquet"]
            .iter()
            .any(|ending| name.ends_with(ending));
        known && !["detectors.csv", "turning.csv"].contains(&name.as_str())
    };
    let mut logs: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_log(path))
        .collect();
    logs.sort();
    match logs.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        several => bail!(
            "{}: {} event logs; name one with --recording, e.g. --recording {}",
            folder.display(),
            several.len(),
            several
                .first()
                .map(|path| path.display().to_string())
                .unwrap_or_default()
        ),
    }
}
