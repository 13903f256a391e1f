//! What a cabinet gets of the traffic in SUMO: every vehicle that passes a loop makes its edges at its own
//! time, and nothing beyond a camera's view is told.

use phasewise::detection::Edge;
use phasewise::intersection::{Id, Intersection};
use phasewise::sumo::sensors::{Noise, Sensors, SumoClock};
use phasewise::sumo::traci::Batch;
use phasewise::sumo::traffic::{Lanes, Traffic};
use phasewise::units::{Millis, Timestamp};

use super::fixture::{Said, loop_of, site, wiring};

/// SUMO's clock shows 25,200 s when ours shows 0; steps of a second.
const CLOCK: SumoClock = SumoClock {
    begin: Millis(25_200_000),
    step: Millis(1_000),
};

struct Bench {
    site: Intersection,
    sensors: Sensors,
    traffic: Traffic,
    now: Timestamp,
}

impl Bench {
    fn new(noise: Noise, seed: u64) -> Self {
        let site = site();
        let mut lanes = Lanes::default();
        let sensors = Sensors::new(&[(&site, &wiring(&site))], &mut lanes, noise, seed, CLOCK);
        Self {
            sensors,
            traffic: Traffic::new(lanes),
            now: Timestamp(0),
            site,
        }
    }

    /// One step of SUMO; the edges it made, as `channel:on@ms`.
    fn step(&mut self, said: &Said) -> Vec<String> {
        self.now = self.now + CLOCK.step;
        let answers = said.answers();
        self.traffic.update(&answers, &mut Batch::default());
        self.sensors.update(&answers, self.now);
        let edges = self.sensors.edges_until(0, self.now);
        let name = |edge: &Edge| {
            let detector = &self.site.detectors[edge.detector];
            let state = if edge.on { "on" } else { "off" };
            format!("{} {state} {}", detector.id, edge.at.0)
        };
        edges.iter().map(name).collect()
    }

    /// Speeds the camera tells, cm/s.
    fn look(&mut self) -> Vec<u16> {
        let seen = self.sensors.look(&self.traffic);
        assert_eq!(seen.len(), 1, "one signal");
        assert_eq!(seen[0].len(), 1, "one view");
        seen[0][0].speeds_cmps.clone()
    }
}

fn quiet() -> Bench {
    Bench::new(Noise::default(), 1)
}

#[test]
fn a_vehicle_covers_a_presence_loop_from_its_front_to_its_rear() {
    let mut bench = quiet();
    let stop = loop_of(&bench.site, "EB-1 stop");
    let comes = Said::default().passages(stop, &[("a", 25_200.47, -1.0)]);
    assert_eq!(bench.step(&comes), ["EB-1 stop on 470"]);
    assert!(bench.step(&comes).is_empty(), "it stands there");
    let leaves = Said::default().passages(stop, &[("a", 25_200.47, 25_202.25)]);
    assert_eq!(bench.step(&leaves), ["EB-1 stop off 2250"]);
    let stale = bench.step(&leaves);
    assert!(
        stale.is_empty(),
        "told again, it does not pass again: {stale:?}"
    );
}

#[test]
fn vehicles_passing_within_one_step_are_all_seen() {
    let mut bench = quiet();
    let advance = loop_of(&bench.site, "EB-1 adv");
    let two = [("a", 25_200.10, 25_200.35), ("b", 25_200.70, 25_200.95)];
    assert_eq!(
        bench.step(&Said::default().passages(advance, &two)),
        [
            "EB-1 adv on 100",
            "EB-1 adv off 350",
            "EB-1 adv on 700",
            "EB-1 adv off 950"
        ]
    );
}

#[test]
fn a_loop_stays_on_while_any_vehicle_covers_it() {
    let mut bench = quiet();
    let stop = loop_of(&bench.site, "EB-1 stop");
    bench.step(&Said::default().passages(stop, &[("a", 25_200.5, -1.0)]));
    let second = [("a", 25_200.5, 25_201.6), ("b", 25_201.4, -1.0)];
    let edges = bench.step(&Said::default().passages(stop, &second));
    assert!(edges.is_empty(), "{edges:?}");
    let last = bench.step(&Said::default().passages(stop, &[("b", 25_201.4, 25_202.9)]));
    assert_eq!(last, ["EB-1 stop off 2900"]);
}

#[test]
fn a_counter_gives_one_short_pulse_when_the_front_crosses() {
    let mut bench = quiet();
    let count = loop_of(&bench.site, "EB-1 count");
    let stops_over_it = Said::default().passages(count, &[("a", 25_200.2, -1.0)]);
    assert_eq!(
        bench.step(&stops_over_it),
        ["EB-1 count on 200", "EB-1 count off 300"]
    );
    assert!(bench.step(&stops_over_it).is_empty());
    let leaves = Said::default().passages(count, &[("a", 25_200.2, 25_202.5)]);
    assert!(bench.step(&leaves).is_empty(), "its rear is no vehicle");
}

/// A teleport takes a vehicle off a loop without a leave time.
#[test]
fn a_vehicle_that_vanishes_leaves_the_loop() {
    let mut bench = quiet();
    let stop = loop_of(&bench.site, "EB-1 stop");
    bench.step(&Said::default().passages(stop, &[("a", 25_200.5, -1.0)]));
    let gone = bench.step(&Said::default().passages(stop, &[]));
    assert_eq!(gone, ["EB-1 stop off 2000"]);
}

#[test]
fn loops_are_written_where_the_wiring_has_them() {
    let bench = quiet();
    let file = bench.sensors.additional_file();
    let line = |detector: &str| {
        let id = format!("\"phasewise-loop-{}\"", loop_of(&bench.site, detector));
        file.lines()
            .find(|line| line.contains(&id))
            .unwrap()
            .to_owned()
    };
    let stop = line("EB-1 stop");
    assert!(
        stop.contains("lane=\"EB-1\" pos=\"194.00\" length=\"5.00\""),
        "{stop}"
    );
    // A vehicle that stops a meter before the bar must not be counted yet.
    let count = line("EB-1 count");
    assert!(
        count.contains("lane=\"EB-1\" pos=\"199.70\" length=\"0.00\""),
        "{count}"
    );
}

#[test]
fn a_camera_tells_speeds_front_first_and_nothing_from_beyond_its_view() {
    let mut bench = quiet();
    bench.step(
        &Said::default()
            .vehicle("near", "EB-1", 199.0, 0.0)
            .vehicle("middle", "EB-1", 160.0, 7.25)
            .vehicle("before the view", "EB-1", 149.0, 13.0)
            .vehicle("upstream, in view", "upstream", 75.0, 11.0)
            .vehicle("upstream, beyond", "upstream", 69.0, 12.0)
            .vehicle("elsewhere", "NB-1", 199.0, 1.0),
    );
    assert_eq!(bench.look(), [0, 725, 1100]);
    bench.step(&Said::default().vehicle("near", "EB-2", 199.0, 0.0));
    assert!(bench.look().is_empty(), "it changed lanes, the others left");
}

/// Mean number of vehicles told about by a camera that sees `true_ones` for an hour.
fn mean_seen(noise: Noise, true_ones: usize, seed: u64) -> f64 {
    let mut bench = Bench::new(noise, seed);
    let mut seen = 0;
    for step in 0..3600_u32 {
        let mut said = Said::default();
        for place in 0..true_ones {
            // Somebody new comes every 20 s.
            let id = format!("{}-{place}", step / 20);
            said = said.vehicle(
                &id,
                "EB-1",
                199.0 - 7.0 * f64::from(u32::try_from(place).unwrap()),
                3.0,
            );
        }
        bench.step(&said);
        seen += u32::try_from(bench.look().len()).unwrap();
    }
    f64::from(seen) / 3600.0
}

#[test]
fn cameras_miss_and_invent_as_many_as_they_are_told_to() {
    let noise = |missed: f64, false_ones: f64| Noise {
        missed,
        false_ones,
        ..Noise::default()
    };
    let missing: f64 = (1..=4)
        .map(|seed| mean_seen(noise(0.2, 0.0), 6, seed))
        .sum::<f64>()
        / 4.0;
    assert!((missing - 4.8).abs() < 0.15, "sees {missing:.2} of 6");
    let inventing = (1..=4)
        .map(|seed| mean_seen(noise(0.0, 0.1), 6, seed))
        .sum::<f64>()
        / 4.0;
    assert!((inventing - 6.6).abs() < 0.15, "sees {inventing:.2} of 6");
    let perfect = mean_seen(noise(0.0, 0.0), 6, 1);
    assert!((perfect - 6.0).abs() < 1e-9);
}

#[test]
fn noise_depends_on_the_seed_only() {
    let noise = Noise {
        missed: 0.2,
        false_ones: 0.1,
        speed_mps: 0.5,
        ..Noise::default()
    };
    let told = |seed: u64| -> Vec<Vec<u16>> {
        let mut bench = Bench::new(noise, seed);
        let mut all = Vec::new();
        for _ in 0..200 {
            bench.step(
                &Said::default()
                    .vehicle("a", "EB-1", 180.0, 5.0)
                    .vehicle("b", "EB-1", 170.0, 5.0),
            );
            all.push(bench.look());
        }
        all
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
    assert!(
        told(7).iter().flatten().any(|speed| *speed != 500),
        "speeds are noisy"
    );
}

#[test]
fn the_loops_of_a_dead_approach_are_not_there_and_all_others_are() {
    let loops = |dead_approach| {
        let noise = Noise {
            dead_approach,
            ..Noise::default()
        };
        let file = Bench::new(noise, 1).sensors.additional_file();
        file.matches("<e1Detector").count()
    };
    let site = site();
    let of_the_first = (site.detectors.iter())
        .filter(|(_, detector)| {
            let mut lanes = detector.lanes.iter();
            lanes.any(|lane| site.lanes[*lane].approach.index() == 0)
        })
        .count();
    assert!(of_the_first > 0);
    assert_eq!(loops(Some(0)), loops(None) - of_the_first);
    assert_eq!(loops(Some(9)), loops(None), "no signal has ten approaches");
}
