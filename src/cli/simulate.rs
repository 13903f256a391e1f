//! `phasewise simulate`: one controller, or several compared over seeds.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde::Serialize;

use phasewise::journal::{Header, Tick, Writer};
use phasewise::recording::write_csv;
use phasewise::simulation::compare::{Compared, Contender, SeedResult, compare, run_one};
use phasewise::simulation::crops::Crops;
use phasewise::simulation::figures::{Figures, mean};
use phasewise::simulation::render::{Scene, Snapshot};
use phasewise::simulation::run::Witness;
use phasewise::simulation::scenario::Scenario;
use phasewise::simulation::sensing::{FilmWish, Mishap, SensorKinds};
use phasewise::units::Millis;

use super::EXIT_OK;
use super::progress::Progress;
use super::table;
use super::traffic::TrafficArgs;

/// Simulate a site's traffic under one controller, or compare several
///
/// The traffic comes from the event log in recording/ beside the site file, or from the flows in
/// demand.toml. Runs are reproducible: the same seed gives the same figures.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  phasewise simulate intersections/odot-1136/site.toml --compare recorded,fixed,actuated,adaptive --seeds 5
  phasewise simulate intersections/four-leg/site.toml --controller adaptive --seed 7 --journal run.phj
  phasewise simulate intersections/four-leg/site.toml --explain | less
  phasewise simulate intersections/four-leg/site.toml --sensors both --film west --scene evening --picture seen.png
  phasewise simulate intersections/four-leg/site.toml --sensors both --fault 'loop-stuck=EB-1 stop@30'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    traffic: TrafficArgs,
    /// The controller of a single run
    #[arg(long, value_enum, default_value_t = Contender::Adaptive, conflicts_with_all = ["compare", "seeds"])]
    controller: Contender,
    /// Controllers to compare, e.g. recorded,fixed,actuated,adaptive
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST")]
    compare: Vec<Contender>,
    /// How many seeds each controller is run with: 1 to N, or from --seed on
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Seed of the drivers and of what the recording does not tell
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Sensors of vehicles: the site's detectors, cameras on its views, or both
    #[arg(long, value_enum, default_value_t = SensorKinds::Loops)]
    sensors: SensorKinds,
    /// Render the pictures of the camera on this approach, and let the real camera pipeline look at them: with
    /// --sensors both it sees queues besides the loops, with --sensors camera it stands for the stop-bar detectors, too
    #[arg(long, value_name = "APPROACH")]
    film: Option<String>,
    /// What the rendered pictures look like
    #[arg(long, value_enum, default_value_t = Scene::Day, requires = "film")]
    scene: Scene,
    /// Write what the rendered camera saw when queues were longest, with what was told drawn into it, as PNG (single run)
    #[arg(
        long,
        value_name = "FILE",
        requires = "film",
        conflicts_with = "compare"
    )]
    picture: Option<PathBuf>,
    /// A learned model that is asked about the presence zones of the filmed camera: an ONNX file, like models/vehicle.onnx
    /// (needs OpenCV: make camera)
    #[arg(long, value_name = "ONNX", requires = "film")]
    detector: Option<PathBuf>,
    /// Write labelled patches of the rendered pictures into this folder, to train a model on (models/README.md): patches.ppm
    /// and labels.csv (single run)
    #[arg(
        long,
        value_name = "DIR",
        requires = "film",
        conflicts_with = "compare"
    )]
    crops: Option<PathBuf>,
    /// What goes wrong with a sensor, from a minute of the run on: loop-stuck, loop-dead, camera-blind,
    /// camera-frozen or camera-moved, of a detector, or of the camera on an approach [default: the first];
    /// may be given several times
    #[arg(long = "fault", value_name = "NAME[=WHOSE][@MINUTE]")]
    faults: Vec<Mishap>,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write every tick's inputs and outputs for `phasewise replay` (single run)
    #[arg(long, value_name = "FILE", conflicts_with = "compare")]
    journal: Option<PathBuf>,
    /// Write the high-resolution event log as CSV (single run)
    #[arg(long, value_name = "FILE", conflicts_with = "compare")]
    log: Option<PathBuf>,
    /// Print every decision with its reason (single run)
    #[arg(long, conflicts_with = "compare")]
    explain: bool,
}

/// What `--json` writes.
#[derive(Serialize)]
struct JsonReport<'a> {
    site: &'a str,
    site_hash: String,
    version: &'static str,
    from: String,
    duration_s: f64,
    scale: f64,
    sensors: SensorKinds,
    controllers: Vec<JsonController>,
}

#[derive(Serialize)]
struct JsonController {
    name: &'static str,
    /// Means over the seeds, but the greatest of the maxima and the sum of vehicles.
    #[serde(flatten)]
    overall: Figures,
    seeds: Vec<JsonSeed>,
}

#[derive(Serialize)]
struct JsonSeed {
    seed: u64,
    #[serde(flatten)]
    figures: Figures,
}

/// Runs the command.
pub(crate) fn run(args: &Arguments) -> Result<u8> {
    let film = args.film.clone().map(|approach| FilmWish {
        approach,
        scene: args.scene,
        crops: args.crops.is_some(),
        detector: args.detector.clone(),
    });
    let scenario = args.traffic.load()?;
    let scenario = scenario.sensed(args.sensors, film.as_ref(), &args.faults)?;
    if args.journal.is_some() && args.sensors == SensorKinds::Camera {
        bail!(
            "--journal: a replay reads the site file, whose detectors --sensors camera leaves out"
        );
    }
    for sentence in scenario.remarks() {
        super::note(&sentence)?;
    }
    let compared = if args.compare.is_empty() {
        vec![single(args, &scenario)?]
    } else {
        let seeds: Vec<u64> = (0..args.seeds)
            .map(|n| args.seed.saturating_add(n))
            .collect();
        let progress = Progress::new("simulating");
        let report = |share| progress.set(share);
        compare(
            &scenario,
            &args.compare,
            &seeds,
            args.traffic.scale,
            &report,
        )?
    };
    super::print(&table::comparison(&compared))?;
    if let Some(path) = &args.json {
        write_json(path, &scenario, args.traffic.scale, &compared)?;
    }
    Ok(EXIT_OK)
}

fn single(args: &Arguments, scenario: &Scenario) -> Result<Compared> {
    let contender = args.controller;
    if contender == Contender::Recorded && args.journal.is_some() {
        bail!("--journal: recorded greens have no controller whose ticks could be written");
    }
    let journal = args
        .journal
        .as_ref()
        .map(|path| start_journal(path, args, scenario));
    let mut recorder = Recorder {
        journal: journal.transpose()?,
        failed: None,
        progress: Progress::new("simulating"),
        of: scenario.duration,
    };
    let control = scenario.control(contender)?;
    let result = run_one(
        scenario,
        control,
        args.seed,
        args.traffic.scale,
        &mut recorder,
    )?;
    recorder.finish(args.journal.as_deref())?;
    if let Some(run) = &result.run {
        if let Some(path) = &args.log {
            let file = create(path)?;
            write_csv(BufWriter::new(file), &scenario.site.id, &run.events)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        let snapshot = run
            .film
            .as_ref()
            .and_then(|film| film.longest_queue.as_ref());
        if let (Some(path), Some(snapshot)) = (&args.picture, snapshot) {
            write_png(path, snapshot)?;
        }
        if let (Some(folder), Some(crops)) = (&args.crops, &run.crops) {
            write_crops(folder, crops)?;
        }
        if args.explain {
            for decision in &run.decisions {
                super::print(&table::decision(decision, scenario.from))?;
            }
        }
        super::print(&table::movements(&result, &scenario.site))?;
        super::print(&table::conduct(run))?;
    }
    Ok(Compared {
        contender,
        seeds: vec![SeedResult {
            run: None,
            ..result
        }],
    })
}

fn write_png(path: &Path, snapshot: &Snapshot) -> Result<()> {
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let [width, height] = snapshot.size_px.map(side);
    let mut encoder = png::Encoder::new(BufWriter::new(create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    let written = encoder.write_header();
    let written = written.and_then(|mut writer| writer.write_image_data(&snapshot.rgb));
    written.with_context(|| format!("{}: cannot be written", path.display()))
}

/// Writes ticks to a journal and shows progress.
struct Recorder {
    journal: Option<Writer<BufWriter<File>>>,
    failed: Option<std::io::Error>,
    progress: Progress,
    of: Millis,
}

impl Witness for Recorder {
    fn see(&mut self, tick: &Tick) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.record(tick)
        {
            self.failed = Some(error);
            self.journal = None;
        }
    }

    fn progress(&mut self, done: Millis) {
        self.progress.set(done.secs() / self.of.secs());
    }
}

impl Recorder {
    fn finish(self, path: Option<&Path>) -> Result<()> {
        let written = match (self.failed, self.journal) {
            (Some(error), _) => Err(error),
            (None, Some(journal)) => journal.finish().map(|_| ()),
            (None, None) => Ok(()),
        };
        written.map_err(|error| {
            anyhow!(
                "{}: cannot be written: {error}",
                path.unwrap_or(Path::new("")).display()
            )
        })
    }
}

fn start_journal(
    path: &Path,
    args: &Arguments,
    scenario: &Scenario,
) -> Result<Writer<BufWriter<File>>> {
    let header = Header {
        program: format!("phasewise {}", env!("CARGO_PKG_VERSION")),
        site_id: scenario.site.id.clone(),
        site_file: scenario.site_file.clone(),
        origin: format!("simulation, {}, seed {}", args.controller.name(), args.seed),
    };
    Writer::new(BufWriter::new(create(path)?), &header)
        .with_context(|| format!("{}: cannot be written", path.display()))
}

fn write_crops(folder: &Path, crops: &Crops) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot be created", folder.display()))?;
    let (picture, labels) = (folder.join("patches.ppm"), folder.join("labels.csv"));
    crops
        .write_picture(BufWriter::new(create(&picture)?))
        .with_context(|| format!("{}: cannot be written", picture.display()))?;
    crops
        .write_labels(BufWriter::new(create(&labels)?))
        .with_context(|| format!("{}: cannot be written", labels.display()))?;
    super::note(&format!("{}: {} patches", folder.display(), crops.len()))
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("{}: cannot be created", path.display()))
}

/// Writes the comparison as JSON.
pub(crate) fn write_json(
    path: &Path,
    scenario: &Scenario,
    scale: f64,
    compared: &[Compared],
) -> Result<()> {
    let report = JsonReport {
        site: &scenario.site.id,
        site_hash: format!("{:016x}", scenario.site.hash),
        version: env!("CARGO_PKG_VERSION"),
        from: scenario.from.to_string(),
        duration_s: scenario.duration.secs(),
        scale,
        sensors: scenario.sensing.kinds,
        controllers: compared.iter().map(json_controller).collect(),
    };
    let mut file = BufWriter::new(create(path)?);
    serde_json::to_writer_pretty(&mut file, &report)
        .map_err(anyhow::Error::from)
        .and_then(|()| Ok(writeln!(file).and_then(|()| file.flush())?))
        .with_context(|| format!("{}: cannot be written", path.display()))
}

fn json_controller(compared: &Compared) -> JsonController {
    let seeds = compared.seeds.iter();
    JsonController {
        name: compared.contender.name(),
        overall: overall(&compared.seeds),
        seeds: seeds
            .map(|s| JsonSeed {
                seed: s.seed,
                figures: s.figures,
            })
            .collect(),
    }
}

/// Means over seeds; the greatest of the maxima; the sum of vehicles and pedestrians.
pub(crate) fn overall(seeds: &[SeedResult]) -> Figures {
    let all = |pick: fn(&Figures) -> f64| -> Vec<f64> {
        seeds.iter().map(|seed| pick(&seed.figures)).collect()
    };
    let greatest = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
    Figures {
        mean_delay_s: mean(&all(|f| f.mean_delay_s)),
        p95_delay_s: mean(&all(|f| f.p95_delay_s)),
        stops_per_vehicle: mean(&all(|f| f.stops_per_vehicle)),
        max_wait_s: greatest(all(|f| f.max_wait_s)),
        max_ped_wait_s: greatest(all(|f| f.max_ped_wait_s)),
        mean_ped_wait_s: mean(&all(|f| f.mean_ped_wait_s)),
        vehicles: seeds.iter().map(|seed| seed.figures.vehicles).sum(),
        pedestrians: seeds.iter().map(|seed| seed.figures.pedestrians).sum(),
    }
}
