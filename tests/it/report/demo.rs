//! A made-up afternoon with all parts of a report: plausible, not simulated. The traffic of the four
//! controllers differs only by how long their greens are and how often they come.

use std::path::Path;

use phasewise::hires::Event;
use phasewise::hires::code;
use phasewise::intersection::Intersection;
use phasewise::intersection::PhaseId;
use phasewise::intersection::PhaseSet;
use phasewise::report::content::AdvanceDetector;
use phasewise::report::content::ApproachQueue;
use phasewise::report::content::Calibration;
use phasewise::report::content::Comparison;
use phasewise::report::content::Content;
use phasewise::report::content::ControllerRun;
use phasewise::report::content::CountComparison;
use phasewise::report::content::Method;
use phasewise::report::content::MovementDelay;
use phasewise::report::content::Note;
use phasewise::report::content::NoteKind;
use phasewise::report::content::PedestrianWait;
use phasewise::report::content::PhaseFacts;
use phasewise::report::content::PhaseWait;
use phasewise::report::content::SeedFigures;
use phasewise::report::content::Site;
use phasewise::report::content::TimeSeries;
use phasewise::signal::Decision;
use phasewise::signal::DecisionKind;
use phasewise::units::ClockTime;
use phasewise::units::Millis;
use phasewise::units::Timestamp;
use rand::Rng;
use rand::SeedableRng;
use rand_pcg::Pcg32;

pub(super) const MOVEMENTS: [&str; 7] = [
    "eastbound through",
    "eastbound right",
    "westbound left",
    "westbound through",
    "southbound left",
    "southbound through",
    "southbound right",
];

pub(super) fn phase(number: u8) -> PhaseId {
    PhaseId::new(number).unwrap()
}

fn set(numbers: &[u8]) -> PhaseSet {
    numbers.iter().map(|n| phase(*n)).collect()
}

/// 2024-04-15 12:00.
pub(super) const NOON: ClockTime = ClockTime(19_828 * 86_400_000 + 43_200_000);
const TWO_HOURS: Millis = Millis(7_200_000);
const FIVE_MINUTES: Millis = Millis(300_000);

/// The whole afternoon under four controllers.
pub(super) fn afternoon() -> Content {
    let controllers = [
        (
            "recorded",
            "The greens that the signal showed that day.",
            21.4,
            92.0,
        ),
        (
            "fixed",
            "The recorded plan's splits without detectors.",
            26.3,
            90.0,
        ),
        (
            "actuated",
            "NEMA dual ring, gap-out with passage, recall on 2 and 6.",
            18.4,
            71.0,
        ),
        (
            "adaptive",
            "Phasewise: plans 60 s ahead, ten times a second.",
            14.2,
            52.0,
        ),
    ]
    .map(|(name, description, delay, cycle)| run(name, description, delay, cycle));
    Content {
        site: Site {
            name: "OR 99E at Main Street & 4th".to_owned(),
            id: "odot-1136".to_owned(),
            hash: 0x9c1d_77ab_0032_51fe,
        },
        intersection: Some(site("intersections/odot-1136/site.toml")),
        traffic: "Oregon signal 1136, recorded by the Oregon Department of Transportation; \
                  1,716 vehicles and 31 pedestrian calls."
            .to_owned(),
        from: NOON,
        until: NOON + TWO_HOURS,
        method: Method {
            commands: vec![
                "phasewise check intersections/odot-1136/site.toml".to_owned(),
                "phasewise report intersections/odot-1136/site.toml --output report.html"
                    .to_owned(),
            ],
            version: "0.1.0".to_owned(),
            seeds: (1..=10).collect(),
            shown_seed: 1,
            demand_scale: 1.0,
            warm_up: FIVE_MINUTES,
        },
        phases: phases(),
        controllers: controllers.into(),
        distance: Some("How far from perfect: 12 % & a bit above the optimum.".to_owned()),
        decisions: decisions(),
        decisions_epoch: NOON,
        calibration: Some(calibration()),
        notes: notes(),
    }
}

pub(super) fn site(path: &str) -> Intersection {
    Intersection::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn phases() -> Vec<PhaseFacts> {
    [
        (2, "eastbound through", Some(4)),
        (5, "westbound left", None),
        (6, "westbound through", Some(9)),
        (8, "southbound", None),
    ]
    .map(
        |(number, name, channel): (u8, &str, Option<u16>)| PhaseFacts {
            id: phase(number),
            name: name.to_owned(),
            max_wait: Millis(120_000),
            pedestrian_max_wait: (number != 5).then_some(Millis(90_000)),
            advance: channel
                .map(|channel| AdvanceDetector {
                    channel,
                    travel: Millis(6_500),
                })
                .into_iter()
                .collect(),
        },
    )
    .into()
}

fn run(name: &str, description: &str, delay: f64, cycle: f64) -> ControllerRun {
    let mut random = Pcg32::seed_from_u64(delay.to_bits());
    let events = events(&mut random, name, cycle);
    let mut spread =
        |around: f64, share: f64| around * (1.0 + share * (random.random::<f64>() - 0.5));
    ControllerRun {
        name: name.to_owned(),
        description: description.to_owned(),
        seeds: (1..=10)
            .map(|seed| SeedFigures {
                seed,
                mean_delay_s: spread(delay, 0.15),
                p95_delay_s: spread(delay * 2.9, 0.2),
                stops_per_vehicle: spread(0.3 + delay / 60.0, 0.1),
                max_wait_s: spread(50.0 + delay * 2.0, 0.4),
                max_ped_wait_s: Some(spread(30.0 + cycle * 0.6, 0.2)),
                vehicles: 1700 + seed,
            })
            .collect(),
        waits: [2, 5, 6, 8]
            .map(|number| PhaseWait {
                phase: phase(number),
                vehicle_s: Some(spread(50.0 + delay * 2.0, 0.4)),
                pedestrian_s: (number != 5).then(|| spread(30.0 + cycle * 0.6, 0.2)),
            })
            .into(),
        movements: MOVEMENTS
            .iter()
            .enumerate()
            .map(|(k, movement)| MovementDelay {
                movement: (*movement).to_owned(),
                mean_delay_s: spread(delay * (0.6 + 0.2 * k as f64), 0.3),
                vehicles: 900 - 110 * k as u64,
            })
            .collect(),
        delays_s: (0..6000)
            .map(|k| {
                let share = f64::from(k) / 6000.0;
                spread((share - 0.35).max(0.0) / 0.65 * delay * 3.6, 0.1)
            })
            .collect(),
        delay_over_time: Some(series(|k| spread(delay * wave(k), 0.2))),
        queues: ["eastbound", "westbound", "southbound"]
            .map(|approach| ApproachQueue {
                approach: approach.to_owned(),
                queue: series(|k| spread(delay / 5.0 * wave(k), 0.5)),
            })
            .into(),
        pedestrians: (0..31)
            .map(|k| PedestrianWait {
                at: NOON + Millis(k * 230_000 + 40_000),
                phase: phase([2, 6, 8][usize::try_from(k % 3).unwrap()]),
                wait_s: spread(cycle * 0.45, 1.9),
            })
            .collect(),
        events,
    }
}

fn wave(k: usize) -> f64 {
    let t = k as f64 / 24.0;
    0.8 + 0.5 * (1.0 - (2.0 * t - 0.9) * (2.0 * t - 0.9))
}

fn series(mut value: impl FnMut(usize) -> f64) -> TimeSeries {
    TimeSeries {
        from: NOON,
        step: FIVE_MINUTES,
        values: (0..24).map(&mut value).collect(),
    }
}

/// Phases 2+5, 2+6, 8 in turn, with arrivals in platoons on channels 4 and 9.
fn events(random: &mut Pcg32, name: &str, cycle: f64) -> Vec<Event> {
    let mut events = Vec::new();
    let mut push = |at: f64, code: u16, parameter: u16| {
        let at = NOON + Millis(Millis::from_secs(at).0 / 100 * 100);
        events.push(Event {
            at,
            code,
            parameter,
        });
    };
    let mut start = -cycle;
    while start < 7300.0 {
        let vary = if name == "fixed" { 0.0 } else { 0.35 };
        let length = cycle * (1.0 + vary * (random.random::<f64>() - 0.5));
        let why = match name {
            "recorded" | "fixed" => code::PHASE_FORCE_OFF,
            "actuated" if random.random::<f64>() < 0.8 => code::PHASE_GAP_OUT,
            "actuated" => code::PHASE_MAX_OUT,
            _ if random.random::<f64>() < 0.4 => code::PHASE_GAP_OUT,
            _ => code::PHASE_FORCE_OFF,
        };
        for (number, from, until) in [
            (5, 0.0, 0.18),
            (2, 0.0, 0.62),
            (6, 0.25, 0.62),
            (8, 0.70, 0.92),
        ] {
            let (green, yellow) = (start + from * length, start + until * length - 4.0);
            push(green, code::PHASE_BEGIN_GREEN, number);
            push(yellow, why, number);
            push(yellow, code::PHASE_BEGIN_YELLOW_CHANGE, number);
            push(yellow + 3.6, code::PHASE_BEGIN_RED_CLEARANCE, number);
            if number == 8 && random.random::<f64>() < 0.3 {
                push(green, code::PEDESTRIAN_BEGIN_WALK, number);
                push(green + 7.0, code::PEDESTRIAN_BEGIN_CHANGE_INTERVAL, number);
            }
        }
        for channel in [4, 9] {
            for _ in 0..random.random_range(4..14) {
                let place = 0.15 + 0.5 * random.random::<f64>() * (0.6 + random.random::<f64>());
                push(start + length * place, code::DETECTOR_ON, channel);
            }
        }
        start += length;
    }
    events.sort();
    events
}

fn decisions() -> Vec<Decision> {
    let mut random = Pcg32::seed_from_u64(5);
    let sets = [set(&[2, 5]), set(&[2, 6]), set(&[8])];
    (0..7200_i64)
        .map(|second| {
            let place = usize::try_from(second / 17 % 3).unwrap();
            let saving: f64 = 60.0 * random.random::<f64>() * random.random::<f64>();
            let (kind, reason) = match (second % 17, place) {
                (0, 2) => (
                    DecisionKind::LongWait,
                    "ended phases 2+6 for phase 8: 6 waiting there; other choices would let a call wait too long".to_owned(),
                ),
                (0, _) => (
                    DecisionKind::Change,
                    format!("started phases {}: 7 waiting there, a gap on phase 8", sets[place]),
                ),
                (9, _) if second % 5 == 0 => {
                    (DecisionKind::NoChoice, "nothing to decide: 2 stays".to_owned())
                }
                (9, 2) => (
                    DecisionKind::Walk,
                    "held phase 8 for 7 s: 2 vehicles arrive; pedestrians walk with phase 8".to_owned(),
                ),
                _ => (
                    DecisionKind::Hold,
                    format!(
                        "held {} for 6 s: a platoon of 5 arrives; phase 8 has waited 21 s",
                        sets[place]
                    ),
                ),
            };
            Decision {
                at: Timestamp(second * 1000),
                kind,
                wants: sets[place],
                holds: Millis(6_000),
                cost: 180.0,
                alternative: Some((sets[(place + 1) % 3], 180.0 + saving)),
                reason,
            }
        })
        .collect()
}

fn calibration() -> Calibration {
    let mut random = Pcg32::seed_from_u64(9);
    Calibration {
        counts: [
            "eastbound stop bar",
            "westbound stop bar",
            "southbound left lane",
        ]
        .map(|label| {
            let measured = series(|k| (18.0 * wave(k) + 6.0 * random.random::<f64>()).round());
            let simulated = measured
                .values
                .iter()
                .map(|v| (v + 5.0 * (random.random::<f64>() - 0.5)).round())
                .collect();
            CountComparison {
                label: label.to_owned(),
                measured,
                simulated,
            }
        })
        .into(),
        arrivals_on_green: vec![
            comparison("Phase 2", 0.61, 0.58),
            comparison("Phase 6", 0.55, 0.57),
        ],
        occupancy: vec![
            comparison("Channel 12, eastbound", 0.21, 0.24),
            comparison("Channel 17, southbound", 0.33, f64::NAN),
        ],
    }
}

fn comparison(label: &str, measured: f64, simulated: f64) -> Comparison {
    Comparison {
        label: label.to_owned(),
        measured,
        simulated,
    }
}

fn notes() -> Vec<Note> {
    let note = |kind, text: &str| Note {
        kind,
        text: text.to_owned(),
    };
    vec![
        note(
            NoteKind::Assumption,
            "Lane lengths and detector distances are not in the recording; 120 m was assumed for the advance detectors.",
        ),
        note(
            NoteKind::Assumption,
            "The southbound approach has no advance detector; its arrivals follow the stop-bar counts.",
        ),
        note(
            NoteKind::Warning,
            "Channel 14 was silent all afternoon; the lane is driven from its neighbor.",
        ),
        note(
            NoteKind::Remark,
            "3 of 37,152 events were skipped: duplicates.",
        ),
    ]
}
