//! `phasewise sumo`: every signal of a SUMO scenario, driven and measured.

use std::fmt::Write as _;
use std::fs::{File, create_dir_all};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use phasewise::hires::Event;
use phasewise::journal::{Header, Tick, Writer};
use phasewise::recording::write_csv;
use phasewise::sumo::driver::{self, Method, Observer, Outcome, Settings};
use phasewise::sumo::import::{self, Imported};
use phasewise::sumo::peers::{GREEDY, MAX_PRESSURE, Policy};
use phasewise::sumo::process::Places;
use phasewise::sumo::radio::Channel;
use phasewise::sumo::results::Figures;
use phasewise::sumo::scenario::Scenario;
use phasewise::sumo::sensors::Noise;
use phasewise::units::Millis;

use super::EXIT_OK;
use super::progress::Progress;

/// Drive every signal of a SUMO scenario, and measure
///
/// Controllers see what loops at and before the stop bar and cameras tell, and nothing else. Delay is the
/// mean of time loss and departure delay over all scheduled vehicles, those included that never got
/// onto the road. SUMO is looked for in $SUMO_HOME, on the PATH and in .venv; `pip install eclipse-sumo`
/// installs it. The same seed and the same SUMO give the same result.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  phasewise sumo nets/cologne1/cologne1.sumocfg --controller adaptive --seed 3 --json figures.json
  phasewise sumo nets/cologne1/cologne1.sumocfg --controller sumo-actuated
  phasewise sumo nets/grid4x4/grid4x4.sumocfg --controller max-pressure --scale 1.3 --gui")]
pub(crate) struct Arguments {
    /// The scenario: SUMO's configuration file
    #[arg(value_name = "SCENARIO.sumocfg")]
    scenario: PathBuf,
    /// Who controls the signals
    #[arg(long, value_enum, default_value_t = Method::Adaptive)]
    controller: Method,
    /// Seed of SUMO's drivers and of the cameras' noise
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=0x7fff_ffff))]
    seed: u64,
    /// How far cameras see from the stop bar, m; 0: no cameras
    #[arg(long, value_name = "M", default_value_t = 100.0, value_parser = meters)]
    view: f64,
    /// Share of vehicles that cameras miss, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    miss: f64,
    /// Vehicles that cameras see and that are not there, as a share of those that are, 0 to 1
    #[arg(long = "false", value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    false_ones: f64,
    /// Standard deviation of the speeds that cameras tell, m/s
    #[arg(long, value_name = "M/S", default_value_t = 0.0, value_parser = meters)]
    speed_noise: f64,
    /// The loops of this approach of every signal are dead: its place in the site file, from 1
    #[arg(long, value_name = "APPROACH", value_parser = clap::value_parser!(u8).range(1..))]
    dead_loops: Option<u8>,
    /// Messages between intersections take this long, s
    #[arg(long, value_name = "S", default_value_t = 0.5, value_parser = meters)]
    message_delay: f64,
    /// Share of messages between intersections that never arrive, 0 to 1; 1: they do not talk
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    message_loss: f64,
    /// Traffic, as a factor of the scenario's
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    scale: f64,
    /// End then, in the scenario's time, s
    #[arg(long, value_name = "S")]
    end: Option<f64>,
    /// Let SUMO take vehicles away that stand longer than this, s; otherwise it takes none away
    #[arg(long, value_name = "S", value_parser = factor)]
    teleport: Option<f64>,
    /// Show SUMO's window
    #[arg(long)]
    gui: bool,
    #[command(flatten)]
    peer: PeerArguments,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write every tick of every controller of ours for `phasewise replay`: DIR/<site>.phj
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    /// Write the high-resolution event log of every controller of ours: DIR/<site>.csv
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
}

/// How max-pressure and greedy choose, for trials.
#[derive(Args, Debug)]
#[command(next_help_heading = "Max-pressure and greedy")]
struct PeerArguments {
    /// Between two decisions, s
    #[arg(long, value_name = "S", value_parser = factor)]
    every: Option<f64>,
    /// What a movement that has to yield counts, against one that has not, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    permissive: Option<f64>,
    /// What a lane counts when only some of its movements are served, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    partly: Option<f64>,
    /// What a vehicle that still drives counts, against one that stands, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    driving: Option<f64>,
    /// Vehicles by which another phase set must be better than the one in force
    #[arg(long, value_name = "VEHICLES", value_parser = meters)]
    switching_cost: Option<f64>,
}

impl PeerArguments {
    fn policy(&self, method: Method) -> Policy {
        let usual = match method {
            Method::MaxPressure => MAX_PRESSURE,
            Method::Greedy
            | Method::Adaptive
            | Method::Actuated
            | Method::Fixed
            | Method::SumoFixed
            | Method::SumoActuated
            | Method::SumoDelayBased => GREEDY,
        };
        Policy {
            aim: usual.aim,
            every: self.every.map_or(usual.every, Millis::from_secs),
            permissive: self.permissive.unwrap_or(usual.permissive),
            partly: self.partly.unwrap_or(usual.partly),
            driving: self.driving.unwrap_or(usual.driving),
            switching_cost: self.switching_cost.unwrap_or(usual.switching_cost),
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Arguments) -> Result<u8> {
    let scenario = Scenario::read(&args.scenario).map_err(|error| anyhow!("{error}"))?;
    let end = args.end.map(Millis::from_secs);
    if let Some(end) = end.filter(|end| *end <= scenario.begin) {
        bail!(
            "--end: found {end}; allowed: after the scenario's begin ({})",
            scenario.begin
        );
    }
    let settings = Settings {
        method: args.controller,
        peer: args.peer.policy(args.controller),
        seed: args.seed,
        scale: args.scale,
        end,
        teleport: args.teleport.map(Millis::from_secs),
        import: import::Options {
            view_m: args.view,
            ..import::Options::default()
        },
        noise: Noise {
            missed: args.miss,
            false_ones: args.false_ones,
            speed_mps: args.speed_noise,
            dead_approach: args.dead_loops.map(|place| usize::from(place) - 1),
        },
        channel: Channel {
            delay: Millis::from_secs(args.message_delay),
            loss: args.message_loss,
        },
        has_window: args.gui,
        places: Places::of_this_process(),
    };
    let mut looker = Looker::new(args)?;
    let outcome = driver::run(&scenario, &settings, &mut looker)?;
    looker.finish()?;
    for signal in &outcome.left_alone {
        super::note(&format!("note: {signal}"))?;
    }
    super::print(&table(&outcome, args.controller))?;
    if let Some(path) = &args.json {
        write_json(path, &outcome.figures)?;
    }
    Ok(EXIT_OK)
}

/// Shows progress; writes journals and logs where asked for.
struct Looker<'a> {
    progress: Progress,
    args: &'a Arguments,
    records: Vec<Record>,
}

/// What is written about one signal.
#[derive(Default)]
struct Record {
    site: String,
    journal: Option<Writer<BufWriter<File>>>,
    events: Vec<Event>,
}

impl<'a> Looker<'a> {
    fn new(args: &'a Arguments) -> Result<Self> {
        for folder in [&args.journal, &args.log].into_iter().flatten() {
            create_dir_all(folder)
                .with_context(|| format!("{}: cannot be created", folder.display()))?;
        }
        Ok(Self {
            progress: Progress::new("SUMO"),
            args,
            records: Vec::new(),
        })
    }

    fn finish(self) -> Result<()> {
        for record in self.records {
            if let (Some(folder), Some(journal)) = (&self.args.journal, record.journal) {
                let path = folder.join(format!("{}.phj", record.site));
                journal.finish().with_context(|| cannot_be_written(&path))?;
            }
            if let Some(folder) = &self.args.log {
                let path = folder.join(format!("{}.csv", record.site));
                let file = File::create(&path).with_context(|| cannot_be_written(&path))?;
                write_csv(BufWriter::new(file), &record.site, &record.events)
                    .with_context(|| cannot_be_written(&path))?;
            }
        }
        Ok(())
    }
}

impl Observer for Looker<'_> {
    fn begin(&mut self, signals: &mut dyn Iterator<Item = &Imported>) -> Result<()> {
        for signal in signals {
            let mut record = Record {
                site: signal.site.id.clone(),
                ..Record::default()
            };
            if let Some(folder) = &self.args.journal {
                let header = Header {
                    program: format!("phasewise {}", env!("CARGO_PKG_VERSION")),
                    site_id: signal.site.id.clone(),
                    site_file: signal.text.clone(),
                    origin: format!(
                        "SUMO, {}, {}, seed {}",
                        self.args.scenario.display(),
                        self.args.controller.name(),
                        self.args.seed
                    ),
                };
                let path = folder.join(format!("{}.phj", record.site));
                let file = File::create(&path).with_context(|| cannot_be_written(&path))?;
                let journal = Writer::new(BufWriter::new(file), &header);
                record.journal = Some(journal.with_context(|| cannot_be_written(&path))?);
            }
            self.records.push(record);
        }
        Ok(())
    }

    fn see(&mut self, signal: usize, tick: &Tick) -> Result<()> {
        if let Some(record) = self.records.get_mut(signal) {
            if self.args.log.is_some() {
                record.events.extend_from_slice(&tick.outputs.events);
            }
            if let Some(journal) = &mut record.journal {
                journal
                    .record(tick)
                    .context("a journal cannot be written")?;
            }
        }
        Ok(())
    }

    fn progress(&mut self, share: Option<f64>, vehicles: usize) {
        self.progress.say(format!("SUMO, {vehicles} vehicles"));
        if let Some(share) = share {
            self.progress.set(share);
        }
    }
}

fn cannot_be_written(path: &Path) -> String {
    format!("{}: cannot be written", path.display())
}

/// What a run came to, for people.
fn table(outcome: &Outcome, method: Method) -> String {
    let figures = &outcome.figures;
    let mut text = format!(
        "{}, {}, seed {}, {}\n",
        figures.scenario, figures.controller, figures.seed, figures.sumo
    );
    let mut line = |name: &str, value: String| _ = writeln!(text, "  {name:<34} {value:>10}");
    line("delay, s/veh", format!("{:.2}", figures.delay_s));
    line("  time loss", format!("{:.2}", figures.time_loss_s));
    line(
        "  waiting to depart",
        format!("{:.2}", figures.depart_delay_s),
    );
    line("stops/veh", format!("{:.2}", figures.stops));
    line("arrived", figures.arrived.to_string());
    line("still on the road", figures.running.to_string());
    line(
        "never got onto the road",
        figures.never_inserted.to_string(),
    );
    line(
        "longest wait at red, s",
        format!("{:.0}", figures.max_wait_s),
    );
    line(
        "  waits over 120 s",
        figures.max_wait_violations.to_string(),
    );
    line(
        "hard braking for a signal",
        figures.emergency_braking.to_string(),
    );
    line("teleports", figures.teleports.to_string());
    line("collisions", figures.collisions.to_string());
    line("CO2, kg", format!("{:.1}", figures.co2_kg));
    if !method.is_sumos() {
        line("signals driven", outcome.signals.to_string());
        line("advice refused or overruled", outcome.refusals.to_string());
        line(
            "time in the controllers, s",
            format!("{:.2}", figures.controllers_s),
        );
    }
    line("time in SUMO, s", format!("{:.2}", figures.sumo_s));
    line("time in all, s", format!("{:.2}", figures.wall_s));
    text
}

fn write_json(path: &Path, figures: &Figures) -> Result<()> {
    let write = || -> Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut file, figures)?;
        writeln!(file)?;
        Ok(file.flush()?)
    };
    write().with_context(|| cannot_be_written(path))
}

fn number(text: &str, allowed: &str, is_allowed: impl Fn(f64) -> bool) -> Result<f64, String> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| is_allowed(*number));
    number.ok_or_else(|| format!("allowed: {allowed}"))
}

fn share(text: &str) -> Result<f64, String> {
    number(text, "0 to 1", |it| (0.0..=1.0).contains(&it))
}

fn meters(text: &str) -> Result<f64, String> {
    number(text, "0 to 1000", |it| (0.0..=1000.0).contains(&it))
}

fn factor(text: &str) -> Result<f64, String> {
    number(text, "more than 0, at most 100,000", |it| {
        it > 0.0 && it <= 1e5
    })
}
