//! The SUMO driver: one run of a scenario with somebody in control of its signals.
//!
//! In: a [`Scenario`], [`Settings`]. Out: [`Outcome`]. The loop lets SUMO do a step, tells every
//! controller tick by tick what its sensors saw in it, and shows what their last tick decided during the
//! next step. Not here: the parts that this puts together.
#![expect(
    clippy::disallowed_methods,
    reason = "how long SUMO and the controllers take is measured in real time"
)]

use std::ffi::OsString;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use crate::journal::Tick;
use crate::units::Millis;

use super::import::{self, Imported};
use super::net::Net;
use super::peers::Policy;
use super::process::{Places, Sumo, TemporaryFolder, option};
use super::programs;
use super::radio::Channel;
use super::results::{Figures, Incidents, Trips};
use super::scenario::Scenario;
use super::sensors::Noise;
use super::stage::Stage;
use super::traci::{Batch, Traci, TraciError};

/// Who controls the signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Method {
    /// Our solver
    Adaptive,
    /// Our NEMA actuated control, free
    Actuated,
    /// Our fixed time: the net's program through our controller
    Fixed,
    /// Max-pressure, through our safety gate
    MaxPressure,
    /// Most vehicles first, through our safety gate
    Greedy,
    /// The net's programs, run by SUMO
    SumoFixed,
    /// SUMO's actuated control
    SumoActuated,
    /// SUMO's delay-based control
    SumoDelayBased,
}

impl Method {
    /// As on the command line.
    #[must_use]
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether SUMO runs the signals itself.
    #[must_use]
    pub fn is_sumos(self) -> bool {
        matches!(
            self,
            Self::SumoFixed | Self::SumoActuated | Self::SumoDelayBased
        )
    }

    fn needs_view(self) -> bool {
        matches!(self, Self::MaxPressure | Self::Greedy)
    }
}

/// How to run a scenario.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who controls the signals.
    pub method: Method,
    /// How max-pressure and greedy choose.
    pub peer: Policy,
    /// Seed of SUMO's drivers and of our cameras' noise.
    pub seed: u64,
    /// Traffic, as a factor of the scenario's.
    pub scale: f64,
    /// Ends then, in SUMO's time, instead of when the scenario says.
    pub end: Option<Millis>,
    /// SUMO takes vehicles away that stand longer; `None`: never.
    pub teleport: Option<Millis>,
    /// What sites are made of; their times are whole steps of the scenario, whatever it says here.
    pub import: import::Options,
    /// What is wrong with the cameras.
    pub noise: Noise,
    /// How messages between intersections travel.
    pub channel: Channel,
    /// Shows SUMO's window.
    pub has_window: bool,
    /// Where SUMO is looked for.
    pub places: Places,
}

/// Something that looks on.
pub trait Observer {
    /// Is told the signals that we control, in the order of their numbers.
    ///
    /// # Errors
    /// What it cannot do; the run ends.
    fn begin(&mut self, _signals: &mut dyn Iterator<Item = &Imported>) -> Result<()> {
        Ok(())
    }
    /// Sees each tick of a controller of ours.
    ///
    /// # Errors
    /// What it cannot do; the run ends.
    fn see(&mut self, _signal: usize, _tick: &Tick) -> Result<()> {
        Ok(())
    }
    /// Is told once per simulated minute how far the run is (0 to 1, when its end is known) and how many
    /// vehicles are on the road.
    fn progress(&mut self, share: Option<f64>, vehicles: usize);
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// In figures.
    pub figures: Figures,
    /// Signals that we control.
    pub signals: usize,
    /// Signals that go on with their own program, and why.
    pub left_alone: Vec<String>,
    /// Advice that safety gates refused or overruled.
    pub refusals: u64,
}

/// Runs a scenario to its end.
///
/// # Errors
/// When SUMO is not there, does not accept the scenario, or goes away; when files cannot be read or
/// written.
pub fn run(
    scenario: &Scenario,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    let started = Instant::now();
    let name = if settings.has_window {
        "sumo-gui"
    } else {
        "sumo"
    };
    let program = settings.places.find(name)?;
    if settings.method.needs_view() && settings.import.view_m <= 0.0 {
        bail!("--view 0: {} needs cameras", settings.method.name());
    }
    let net = Net::read(&scenario.net).map_err(|error| anyhow!("{error}"))?;
    let mut stage = Stage::new(&net, scenario, settings)?;
    let folder = TemporaryFolder::new()?;
    let options = options(&net, &stage, scenario, settings, &folder)?;
    let complaints = folder.file("complaints.txt");
    let (mut sumo, mut traci) = Sumo::start(&program, &options, &complaints, settings.has_window)?;
    let sumo_name = traci.introduce().map_err(|error| sumo.explain(error))?;
    let in_controllers =
        play(&mut stage, &mut traci, scenario, settings, observer).map_err(|error| match error
            .downcast::<TraciError>(
        ) {
            Ok(error) => sumo.explain(error),
            Err(error) => error,
        })?;
    let waited = traci.waited();
    traci.close().map_err(|error| sumo.explain(error))?;
    sumo.finish()?;
    let read = |name: &str| {
        let file = folder.file(name);
        fs::read_to_string(&file).with_context(|| format!("SUMO wrote no {name}"))
    };
    let trips = Trips::parse(&read(TRIPS)?).map_err(|error| anyhow!("SUMO's {TRIPS}: {error}"))?;
    let incidents = Incidents::parse(&read(STATISTICS)?)
        .map_err(|error| anyhow!("SUMO's {STATISTICS}: {error}"))?;
    let figures = Figures {
        scenario: scenario.name.clone(),
        controller: settings.method.name(),
        seed: settings.seed,
        sumo: sumo_name,
        delay_s: trips.mean(trips.time_loss_s + trips.depart_delay_s),
        time_loss_s: trips.mean(trips.time_loss_s),
        depart_delay_s: trips.mean(trips.depart_delay_s),
        stops: trips.mean(trips.stops),
        arrived: trips.arrived,
        running: trips.running,
        never_inserted: trips.never_inserted,
        max_wait_s: stage.watch.longest_wait().secs(),
        max_wait_violations: stage.watch.violations(),
        teleports: incidents.teleports,
        collisions: incidents.collisions,
        emergency_braking: stage.watch.hard_braking(),
        co2_kg: trips.co2_kg,
        wall_s: started.elapsed().as_secs_f64(),
        sumo_s: waited.as_secs_f64(),
        controllers_s: in_controllers.as_secs_f64(),
    };
    Ok(Outcome {
        figures,
        signals: stage.signals.len(),
        refusals: stage.signals.iter().map(|signal| signal.refusals).sum(),
        left_alone: stage.left_alone,
    })
}

const TRIPS: &str = "trips.xml";
const STATISTICS: &str = "statistics.xml";

/// Steps SUMO to the end. Tells how long the controllers took, real time.
fn play(
    stage: &mut Stage,
    traci: &mut Traci,
    scenario: &Scenario,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<Duration> {
    let end = settings.end.or(scenario.end);
    let mut in_controllers = Duration::ZERO;
    let mut batch = Batch::default();
    stage.subscribe(&mut batch);
    stage.begin(&traci.ask(&mut batch)?, observer)?;
    loop {
        stage.show(&mut batch);
        let answers = traci.step(&mut batch)?;
        let situation = stage.take(&answers, &mut batch)?;
        let begun = Instant::now();
        stage.tick(observer)?;
        in_controllers += begun.elapsed();
        let passed = situation.time - scenario.begin;
        if passed.0 % 60_000 == 0 {
            let share = end.map(|end| passed.secs() / (end - scenario.begin).secs());
            observer.progress(share, situation.running);
        }
        let is_over = match end {
            Some(end) => situation.time >= end,
            None => situation.expected == 0,
        };
        if is_over {
            return Ok(in_controllers);
        }
    }
}

/// SUMO's command line.
fn options(
    net: &Net,
    stage: &Stage,
    scenario: &Scenario,
    settings: &Settings,
    folder: &TemporaryFolder,
) -> Result<Vec<OsString>> {
    let mut options = Vec::new();
    let min_green_s = settings.import.min_green_s;
    let ours = match settings.method {
        Method::SumoFixed => None,
        Method::SumoActuated => Some(programs::additional_file(net, "actuated", min_green_s)),
        Method::SumoDelayBased => Some(programs::additional_file(net, "delay_based", min_green_s)),
        Method::Adaptive
        | Method::Actuated
        | Method::Fixed
        | Method::MaxPressure
        | Method::Greedy => Some(stage.sensors.additional_file()),
    };
    let mut additional = scenario.additional.clone();
    if let Some(text) = ours {
        let file = folder.file("phasewise.add.xml");
        fs::write(&file, text).with_context(|| format!("{}: cannot be written", file.display()))?;
        additional.push(file);
    }
    option(&mut options, "--configuration-file", &scenario.file);
    if !additional.is_empty() {
        let list: Vec<_> = additional.iter().map(|file| file.as_os_str()).collect();
        option(&mut options, "--additional-files", list.join(",".as_ref()));
    }
    if let Some(end) = settings.end {
        option(&mut options, "--end", end.secs().to_string());
    }
    let teleport = settings.teleport.map_or(-1.0, Millis::secs);
    for (name, value) in [
        ("--seed", settings.seed.to_string()),
        ("--scale", settings.scale.to_string()),
        ("--time-to-teleport", teleport.to_string()),
        ("--tripinfo-output.write-unfinished", "true".to_owned()),
        ("--tripinfo-output.write-undeparted", "true".to_owned()),
        ("--device.emissions.probability", "1".to_owned()),
        ("--no-step-log", "true".to_owned()),
        ("--duration-log.disable", "true".to_owned()),
    ] {
        option(&mut options, name, value);
    }
    option(&mut options, "--tripinfo-output", folder.file(TRIPS));
    option(&mut options, "--statistic-output", folder.file(STATISTICS));
    if settings.has_window {
        options.push("--start".into());
        options.push("--quit-on-end".into());
    }
    Ok(options)
}
