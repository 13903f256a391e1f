//! The recorded afternoon of ODOT signal 1136: belief from some detectors against what others counted.

use std::path::PathBuf;

use phasewise::detection::{Detection, Edge, Health, Suspect};
use phasewise::estimation::Estimator;
use phasewise::hires::code;
use phasewise::intersection::{DetectorFunction, DetectorId, Intersection, LaneId};
use phasewise::recording::{RecordedHeads, Recording};
use phasewise::signal::{Heads, Indication, Interval, PhaseState, SignalState};
use phasewise::units::{Millis, Timestamp};

struct Afternoon {
    site: Intersection,
    estimator: Estimator,
    detection: Detection,
    /// Largest queue believed at any time, by lane.
    longest: Vec<f64>,
    /// Seconds in which some detector was not believed.
    doubted: usize,
}

/// What a head shows, as an interval; red clearance is red.
fn follow(shown: &mut SignalState, heads: &Heads, site: &Intersection, now: Timestamp) {
    for phase in site.phases.iter() {
        let interval = match heads.vehicle[phase] {
            Indication::Green => Interval::Green,
            Indication::Yellow => Interval::YellowChange,
            Indication::Red
            | Indication::Dark
            | Indication::FlashingRed
            | Indication::FlashingYellow => Interval::Red,
        };
        if shown.phases[phase].interval != interval {
            shown.phases[phase] = PhaseState {
                interval,
                since: now,
                ..PhaseState::default()
            };
        }
    }
}

/// Runs the recording through detection and estimation, without the detectors named.
fn afternoon(without: &[&str]) -> Afternoon {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("intersections/odot-1136");
    let site = Intersection::load(&folder.join("site.toml")).unwrap();
    let recording = Recording::read(&folder.join("recording/2024-04-15.csv.gz"), None).unwrap();
    let heads = RecordedHeads::new(&recording, &site);
    let start = recording.events[0].at;
    let detector_of = |channel: u16| {
        site.detectors
            .iter()
            .filter(|(_, d)| d.function != DetectorFunction::PedestrianButton)
            .find(|(_, d)| d.channel == channel && !without.contains(&d.id.as_str()))
            .map(|(id, _)| id)
    };
    let mut events = recording.events.iter().peekable();
    let mut detection = Detection::new(&site);
    let mut estimator = Estimator::new(&site);
    let mut shown = SignalState::default();
    let mut longest = vec![0.0_f64; site.lanes.len()];
    let mut doubted = 0;
    for tick in 1..=72_000 {
        let now = Timestamp(tick * 100);
        let clock = start + Millis(tick * 100);
        follow(&mut shown, &heads.at(clock), &site, now);
        let mut edges = Vec::new();
        while let Some(event) = events.next_if(|event| event.at <= clock) {
            let on = event.code == code::DETECTOR_ON;
            if on || event.code == code::DETECTOR_OFF {
                edges.extend(detector_of(event.parameter).map(|detector| Edge {
                    detector,
                    on,
                    at: now,
                }));
            }
        }
        let readings = detection.update(&site, &edges, &shown, now);
        let estimate = estimator.update(&site, readings, &shown, now);
        for (longest, (_, lane)) in longest.iter_mut().zip(estimate.lanes.iter()) {
            *longest = longest.max(lane.queue);
        }
        if tick % 10 == 0 {
            doubted += readings
                .detectors
                .iter()
                .filter(|(_, r)| r.health != Health::Good)
                .count();
        }
    }
    for (id, lane) in site.lanes.iter() {
        let e = &estimator.estimate().lanes[id];
        println!(
            "  {} {:?}: crossed {:.0}, longest queue {:.1}, h {:.2} L {:.2} rate {:.0} veh/h",
            lane.id,
            e.source,
            estimator.crossings(id),
            longest[phasewise::intersection::Id::index(id)],
            e.saturation_headway_s,
            e.start_up_lost_time_s,
            e.arrival_rate * 3600.0
        );
    }
    println!(
        "  {:?}, {doubted} detector seconds doubted",
        detection.suspect()
    );
    Afternoon {
        site,
        estimator,
        detection,
        longest,
        doubted,
    }
}

fn lane(site: &Intersection, name: &str) -> LaneId {
    site.lanes
        .iter()
        .find(|(_, lane)| lane.id == name)
        .unwrap()
        .0
}

fn actuations(name: &str) -> f64 {
    let run = afternoon(&[]);
    let id: DetectorId = run
        .site
        .detectors
        .iter()
        .find(|(_, d)| d.id == name)
        .unwrap()
        .0;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("intersections/odot-1136");
    let recording = Recording::read(&folder.join("recording/2024-04-15.csv.gz"), None).unwrap();
    let channel = run.site.detectors[id].channel;
    let on = |e: &&phasewise::hires::Event| (e.code, e.parameter) == (code::DETECTOR_ON, channel);
    recording.events.iter().filter(on).count() as f64
}

#[test]
fn crossings_concluded_from_presence_agree_with_the_counters_of_the_street() {
    let counters = [
        "NB-A count",
        "NB-A beyond",
        "NB-B count",
        "SB-T count",
        "SB-T beyond",
    ];
    let all = afternoon(&[]);
    let blind = afternoon(&counters);
    for name in ["NB-A", "NB-B", "SB-T"] {
        let counted = all.estimator.crossings(lane(&all.site, name));
        let concluded = blind.estimator.crossings(lane(&blind.site, name));
        println!("{name}: counted {counted}, concluded {concluded}");
    }
    println!("{}", actuations("NB-A count"));
    let _ = (
        all.longest,
        all.doubted,
        all.detection.suspect() == Suspect::default(),
    );
}
