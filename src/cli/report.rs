//! `phasewise report`: the comparison as one page.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use phasewise::controller::{EDGES_MAX, Rung};
use phasewise::hires::{Event, code};
use phasewise::intersection::{CrosswalkId, Detector, DetectorFunction, Intersection};
use phasewise::report::content::{
    ApproachQueue, Calibration, Comparison, Content, ControllerRun, CountComparison, Method,
    MovementDelay, Note, NoteKind, PedestrianWait, PhaseFacts, PhaseWait, SeedFigures, Site,
    TimeSeries,
};
use phasewise::report::html;
use phasewise::simulation::bound::LABELS;
use phasewise::simulation::calibration::{self, COUNT_BIN, ShareRow, replay_lamps};
use phasewise::simulation::compare::{Compared, Contender, SeedResult, compare};
use phasewise::simulation::distance::distance;
use phasewise::simulation::figures::{LongestWait, mean};
use phasewise::simulation::recorded;
use phasewise::simulation::run::{QUEUE_STEP, Run};
use phasewise::simulation::scenario::{Scenario, Traffic};
use phasewise::simulation::world::Crossing;
use phasewise::units::{ClockTime, Millis, Timestamp};

use super::EXIT_OK;
use super::progress::Progress;
use super::simulate::write_json;
use super::table;
use super::traffic::TrafficArgs;

/// Step of the delay curve.
const DELAY_STEP: Millis = Millis(300_000);
/// Step of the queue curves.
const QUEUE_SHOWN: Millis = Millis(60_000);

/// Compare controllers and write the comparison as one HTML page
///
/// Runs what `simulate --compare` runs, prints the same table, and writes a page with plots, waits and
/// the most interesting decisions. The page is one file and needs no network.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:
  phasewise report intersections/odot-1136/site.toml --seeds 5 --output report.html")]
pub(super) struct Arguments {
    #[command(flatten)]
    traffic: TrafficArgs,
    /// Controllers to compare [default: recorded (with a recording), fixed, actuated, adaptive]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST")]
    compare: Vec<Contender>,
    /// How many seeds each controller is run with
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// First seed; its run is the one drawn in detail
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The page to write
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// Say how far from perfect the adaptive run was, as `bound` does; takes up to a few minutes more
    #[arg(long)]
    bound: bool,
    /// Write the figures as JSON too, as `simulate --json` does
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Arguments) -> Result<u8> {
    if args.output.is_dir() {
        bail!(
            "{}: is a directory; --output takes a file name",
            args.output.display()
        );
    }
    let scenario = args.traffic.load()?;
    let contenders = args.contenders(&scenario);
    let seeds: Vec<u64> = (0..args.seeds)
        .map(|n| args.seed.saturating_add(n))
        .collect();
    for sentence in scenario.remarks() {
        super::note(&sentence)?;
    }
    let compared = {
        let progress = Progress::new("simulating");
        let report = |share| progress.set(share);
        compare(&scenario, &contenders, &seeds, args.traffic.scale, &report)?
    };
    super::print(&table::comparison(&compared))?;
    if let Some(path) = &args.json {
        write_json(path, &scenario, args.traffic.scale, &compared)?;
    }
    let mut content = content(&scenario, args, &seeds, &compared);
    if args.bound {
        let progress = Progress::new("searching the best plan");
        let report = |share| progress.set(share);
        let distance = distance(&scenario, args.seed, args.traffic.scale, LABELS, &report)?;
        content.distance = Some(distance.in_words());
    }
    let page = html(&content);
    fs::write(&args.output, page)
        .with_context(|| format!("{}: cannot be written", args.output.display()))?;
    super::note(&format!("wrote {}", args.output.display()))?;
    Ok(EXIT_OK)
}

impl Arguments {
    fn contenders(&self, scenario: &Scenario) -> Vec<Contender> {
        if !self.compare.is_empty() {
            return self.compare.clone();
        }
        let all = [
            Contender::Recorded,
            Contender::Fixed,
            Contender::Actuated,
            Contender::Adaptive,
        ];
        all.into_iter()
            .filter(|&contender| scenario.control(contender).is_ok())
            .collect()
    }
}

fn content(scenario: &Scenario, args: &Arguments, seeds: &[u64], compared: &[Compared]) -> Content {
    let site = &scenario.site;
    let adaptive = compared
        .iter()
        .find(|entry| entry.contender == Contender::Adaptive);
    let decisions = adaptive
        .and_then(|entry| entry.seeds.first()?.run.as_ref())
        .map(|run| run.decisions.clone())
        .unwrap_or_default();
    Content {
        site: Site {
            name: site.name.clone(),
            id: site.id.clone(),
            hash: site.hash,
        },
        intersection: Some(site.clone()),
        traffic: traffic_in_words(scenario, args.traffic.scale),
        from: scenario.from,
        until: scenario.from + scenario.duration,
        method: Method {
            commands: vec![format!(
                "phasewise report {} --seeds {} --seed {} --scale {}{}",
                args.traffic.site.display(),
                args.seeds,
                args.seed,
                args.traffic.scale,
                if args.bound { " --bound" } else { "" }
            )],
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seeds: seeds.to_vec(),
            shown_seed: args.seed,
            demand_scale: args.traffic.scale,
            warm_up: Millis::ZERO,
        },
        phases: PhaseFacts::of_site(site),
        controllers: compared
            .iter()
            .map(|entry| controller(scenario, entry))
            .collect(),
        distance: None,
        decisions,
        decisions_epoch: scenario.from,
        calibration: calibration(scenario, args.seed),
        notes: notes(scenario, compared),
    }
}

fn notes(scenario: &Scenario, compared: &[Compared]) -> Vec<Note> {
    let assumptions = scenario.remarks().into_iter().map(|text| Note {
        kind: NoteKind::Assumption,
        text,
    });
    let warnings = compared.iter().filter_map(|entry| {
        let lost = entry.seeds.first()?.run.as_ref()?.lost_edges;
        (lost > 0).then(|| Note {
            kind: NoteKind::Warning,
            text: format!(
                "Under {} control {lost} detector edges were not looked at: more than {EDGES_MAX} in one tick.",
                entry.contender.name()
            ),
        })
    });
    assumptions.chain(warnings).collect()
}

/// The recorded traffic under the recorded lamps, against the recording; `None` without one.
fn calibration(scenario: &Scenario, seed: u64) -> Option<Calibration> {
    let Traffic::Recorded(traffic) = &scenario.traffic else {
        return None;
    };
    let (site, recording) = (&scenario.site, &traffic.recording);
    let start = recording.events.first()?.at;
    let demand = recorded::demand(site, &traffic.arrivals, &traffic.turning, start, seed);
    let simulated = replay_lamps(site, recording, demand, seed).ok()?;
    let all = calibration::Calibration::compare(
        site,
        &recording.events,
        std::slice::from_ref(&simulated),
    );
    let pairs = |rows: &[ShareRow]| {
        let pair = |row: &ShareRow| Comparison {
            label: row.name.clone(),
            measured: row.recorded,
            simulated: row.simulated,
        };
        rows.iter().map(pair).collect()
    };
    let stop_bar = |detector: &&Detector| detector.function == DetectorFunction::StopBarCount;
    let bins = recording.span().0.div_euclid(COUNT_BIN.0);
    let counts = site
        .detectors
        .iter()
        .map(|(_, detector)| detector)
        .filter(stop_bar);
    let counts = counts.map(|detector| CountComparison {
        label: format!("{} ({})", detector.id, detector.channel),
        measured: TimeSeries {
            from: start,
            step: COUNT_BIN,
            values: actuations(&recording.events, detector.channel, start, bins),
        },
        simulated: actuations(&simulated, detector.channel, start, bins),
    });
    Some(Calibration {
        counts: counts.collect(),
        arrivals_on_green: pairs(&all.arrivals_on_green),
        occupancy: pairs(&all.occupancy),
    })
}

/// Actuations of a detector in each of `bins` equal spans from `start` on.
fn actuations(events: &[Event], channel: u16, start: ClockTime, bins: i64) -> Vec<f64> {
    let mut counts = vec![0.0; usize::try_from(bins).unwrap_or(0)];
    let on = |event: &&Event| event.code == code::DETECTOR_ON && event.parameter == channel;
    for event in events.iter().filter(on) {
        let bin = usize::try_from((event.at - start).0.div_euclid(COUNT_BIN.0)).ok();
        if let Some(count) = bin.and_then(|bin| counts.get_mut(bin)) {
            *count += 1.0;
        }
    }
    counts
}

fn traffic_in_words(scenario: &Scenario, scale: f64) -> String {
    let source = match &scenario.traffic {
        Traffic::Recorded(traffic) => format!(
            "Vehicles and pedestrians found in the event log {}, from {} on for {:.0} minutes.",
            traffic.file.display(),
            scenario.from,
            scenario.duration.secs() / 60.0
        ),
        Traffic::Generated(_) => format!(
            "Vehicles and pedestrians drawn at random from the flows in the demand file, from {} on \
             for {:.0} minutes.",
            scenario.from,
            scenario.duration.secs() / 60.0
        ),
    };
    if (scale - 1.0).abs() < 1e-9 {
        source
    } else {
        format!("{source} {scale} times as many.")
    }
}

fn controller(scenario: &Scenario, compared: &Compared) -> ControllerRun {
    let site = &scenario.site;
    let shown = compared.seeds.first().and_then(|seed| seed.run.as_ref());
    ControllerRun {
        name: compared.contender.name().to_owned(),
        description: description(compared.contender).to_owned(),
        seeds: compared.seeds.iter().map(seed_figures).collect(),
        waits: waits(site, &compared.seeds),
        movements: movements(site, &compared.seeds),
        delays_s: compared
            .seeds
            .iter()
            .flat_map(|seed| seed.delays_s.iter().copied())
            .collect(),
        delay_over_time: Some(delay_over_time(scenario, &compared.seeds)),
        queues: shown.map(|run| queues(scenario, run)).unwrap_or_default(),
        events: shown.map(|run| run.events.clone()).unwrap_or_default(),
        pedestrians: shown
            .map(|run| {
                run.results
                    .crossings
                    .iter()
                    .map(|c| wait(scenario, c))
                    .collect()
            })
            .unwrap_or_default(),
    }
}

fn description(contender: Contender) -> &'static str {
    match contender.ceiling() {
        None => "the greens of that day, as recorded",
        Some(Rung::Flash) => "flashing red",
        Some(Rung::FixedTime) => "fixed time: the site's cycle and splits, or Webster's formula",
        Some(Rung::Actuated) => {
            "NEMA actuated control with the site's timing, coordinated as the site's schedule says"
        }
        Some(Rung::Adaptive) => "Phasewise: rolling-horizon optimization of phases and durations",
    }
}

fn seed_figures(result: &SeedResult) -> SeedFigures {
    let figures = result.figures;
    SeedFigures {
        seed: result.seed,
        mean_delay_s: figures.mean_delay_s,
        p95_delay_s: figures.p95_delay_s,
        stops_per_vehicle: figures.stops_per_vehicle,
        max_wait_s: figures.max_wait_s,
        max_ped_wait_s: (figures.pedestrians > 0).then_some(figures.max_ped_wait_s),
        vehicles: figures.vehicles,
    }
}

fn waits(site: &Intersection, seeds: &[SeedResult]) -> Vec<PhaseWait> {
    let of = |phase| {
        let waits = seeds.iter().map(|seed| seed.waits[phase]);
        let longest = waits.reduce(LongestWait::or_longer).unwrap_or_default();
        PhaseWait {
            phase,
            vehicle_s: longest.vehicle_s,
            pedestrian_s: longest.pedestrian_s,
        }
    };
    site.phases.iter().map(of).collect()
}

fn movements(site: &Intersection, seeds: &[SeedResult]) -> Vec<MovementDelay> {
    let of = |id| {
        let entries = seeds
            .iter()
            .flat_map(|seed| &seed.movements)
            .filter(|entry| entry.movement == id);
        entries.fold((0.0, 0), |(delay, n), entry| {
            (delay + entry.total_delay_s, n + entry.vehicles)
        })
    };
    let rows = site.movements.iter().map(|(id, movement)| {
        let (delay, vehicles) = of(id);
        let mean_delay_s = delay / f64::from(u32::try_from(vehicles.max(1)).unwrap_or(u32::MAX));
        MovementDelay {
            movement: movement.id.clone(),
            mean_delay_s,
            vehicles,
        }
    });
    rows.filter(|row| row.vehicles > 0).collect()
}

fn delay_over_time(scenario: &Scenario, seeds: &[SeedResult]) -> TimeSeries {
    let steps = scenario.duration.0.div_euclid(DELAY_STEP.0).max(1);
    let values = (0..steps).map(|step| {
        let begin = Millis(step * DELAY_STEP.0).secs();
        let end = begin + DELAY_STEP.secs();
        let vehicles = seeds.iter().flat_map(|seed| &seed.delay_by_time);
        let due = vehicles.filter(|(at, _)| (begin..end).contains(at));
        let delays: Vec<f64> = due.map(|&(_, delay)| delay).collect();
        if delays.is_empty() {
            f64::NAN
        } else {
            mean(&delays)
        }
    });
    TimeSeries {
        from: scenario.from,
        step: DELAY_STEP,
        values: values.collect(),
    }
}

fn queues(scenario: &Scenario, run: &Run) -> Vec<ApproachQueue> {
    let per_step = usize::try_from(QUEUE_SHOWN.0 / QUEUE_STEP.0)
        .unwrap_or(1)
        .max(1);
    let approaches = run.queues.iter().map(|(approach, queue)| {
        let values = queue.chunks(per_step).map(|chunk| {
            let total: u32 = chunk
                .iter()
                .map(|&n| u32::try_from(n).unwrap_or(u32::MAX))
                .sum();
            f64::from(total) / f64::from(u32::try_from(chunk.len()).unwrap_or(1))
        });
        ApproachQueue {
            approach: scenario.site.approaches[approach].id.clone(),
            queue: TimeSeries {
                from: scenario.from,
                step: QUEUE_SHOWN,
                values: values.collect(),
            },
        }
    });
    approaches.collect()
}

fn wait(scenario: &Scenario, crossing: &Crossing) -> PedestrianWait {
    let clock = |at: Timestamp| -> ClockTime { scenario.from + at.since(Timestamp(0)) };
    let crosswalk: CrosswalkId = crossing.crosswalk;
    let end = Timestamp(0) + scenario.duration;
    PedestrianWait {
        at: clock(crossing.arrived),
        phase: scenario.site.crosswalks[crosswalk].phase,
        wait_s: crossing
            .started
            .unwrap_or(end)
            .since(crossing.arrived)
            .secs()
            .max(0.0),
    }
}
