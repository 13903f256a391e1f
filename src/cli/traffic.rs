//! Arguments that choose a site and its traffic, shared by the commands that simulate.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use phasewise::simulation::scenario::{DURATION_MAX, Scenario, Selection};
use phasewise::units::Millis;

/// Which site, which traffic.
#[derive(Args, Debug)]
pub(crate) struct TrafficArgs {
    /// Site file, e.g. intersections/odot-1136/site.toml
    #[arg(value_name = "SITE.TOML")]
    pub(crate) site: PathBuf,
    /// Event log (CSV, CSV.GZ or Parquet) to take the traffic from [default: the one in recording/
    /// beside the site file]
    #[arg(long, value_name = "FILE", conflicts_with = "demand")]
    recording: Option<PathBuf>,
    /// The signal to take, when the event log has several
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Flows to draw the traffic from [default: demand.toml beside the site file, if there is no
    /// recording]
    #[arg(long, value_name = "FILE")]
    demand: Option<PathBuf>,
    /// Time of day to begin at [default: start of the recording, or 07:00]
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    from: Option<Millis>,
    /// Minutes to simulate [default: the whole recording, or 120]
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    minutes: Option<Millis>,
    /// Times as much traffic as there is, e.g. 1.3
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) scale: f64,
}

impl TrafficArgs {
    /// Reads the site and its traffic.
    pub(crate) fn load(&self) -> Result<Scenario> {
        if !(0.0..=10.0).contains(&self.scale) {
            bail!("--scale {}: allowed is 0 to 10", self.scale);
        }
        let selection = Selection {
            recording: self.recording.clone(),
            device: self.device.clone(),
            demand: self.demand.clone(),
            from: self.from,
            duration: self.minutes,
        };
        Scenario::load(&self.site, &selection)
    }
}

fn time_of_day(text: &str) -> Result<Millis, String> {
    let parsed = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
        let valid = (0..24).contains(&hours) && (0..60).contains(&minutes);
        valid.then_some(Millis((hours * 60 + minutes) * 60_000))
    });
    parsed.ok_or_else(|| "a time of day is HH:MM from 00:00 to 23:59".to_owned())
}

fn minutes(text: &str) -> Result<Millis, String> {
    let longest = DURATION_MAX.0 / 60_000;
    match text.parse::<i64>() {
        Ok(minutes) if (1..=longest).contains(&minutes) => Ok(Millis(minutes * 60_000)),
        Ok(_) | Err(_) => Err(format!("a whole number from 1 to {longest}")),
    }
}
