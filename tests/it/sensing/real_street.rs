//! The recorded afternoon of ODOT signal 1136: belief from some detectors against what others counted.

use std::path::PathBuf;

use phasewise::detection::{Detection, Edge, Health};
use phasewise::estimation::Estimator;
use phasewise::hires::{Event, code};
use phasewise::intersection::{DetectorFunction, Id, Intersection};
use phasewise::recording::{RecordedHeads, Recording};
use phasewise::signal::{Heads, Indication, Interval, PhaseState, SignalState};
use phasewise::units::{Millis, Timestamp};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("intersections/odot-1136")
}

fn recording() -> Recording {
    Recording::read(&folder().join("recording/2024-04-15.csv.gz"), None).unwrap()
}

struct Afternoon {
    site: Intersection,
    estimator: Estimator,
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
    let site = Intersection::load(&folder().join("site.toml")).unwrap();
    let recording = recording();
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
            longest[id.index()],
            e.saturation_headway_s,
            e.start_up_lost_time_s,
            e.arrival_rate * 3600.0
        );
    }
    Afternoon {
        site,
        estimator,
        longest,
        doubted,
    }
}

fn crossings(run: &Afternoon, name: &str) -> f64 {
    let lane = run.site.lanes.iter().find(|(_, lane)| lane.id == name);
    run.estimator.crossings(lane.unwrap().0)
}

/// Actuations of this channel in the recording.
fn actuations(channel: u16) -> f64 {
    let on = |e: &&Event| (e.code, e.parameter) == (code::DETECTOR_ON, channel);
    recording().events.iter().filter(on).count() as f64
}

#[test]
fn the_recorded_afternoon_is_believed_and_every_vehicle_counted_once() {
    let run = afternoon(&[]);
    assert_eq!(run.doubted, 0, "all of its detectors worked that day");
    for (name, channel) in [("NB-A", 19), ("NB-B", 20), ("SB-T", 3)] {
        // NB-A and SB-T have a second counter just behind the first.
        let off = crossings(&run, name) - actuations(channel);
        assert!(off.abs() <= 2.0, "{name}: {off:+} vehicles");
    }
    for longest in run.longest {
        assert!((1.0..15.0).contains(&longest), "a queue of {longest}");
    }
}

#[test]
fn crossings_concluded_from_presence_agree_with_the_counters_of_the_street() {
    let run = afternoon(&[
        "NB-A count",
        "NB-A beyond",
        "NB-B count",
        "SB-T count",
        "SB-T beyond",
    ]);
    // NB-B is the loosest: right turns on red follow one another over its 11 m zone without a gap.
    for (name, channel, bound) in [("NB-A", 19, 0.08), ("NB-B", 20, 0.14), ("SB-T", 3, 0.05)] {
        let (concluded, counted) = (crossings(&run, name), actuations(channel));
        println!("{name}: concluded {concluded}, counted {counted}");
        assert!(
            (concluded / counted - 1.0).abs() <= bound,
            "{name}: {concluded} of {counted}"
        );
    }
}
