//! Queues, crossings, headways and shares that the estimator believes, against a street whose truth is
//! known, with healthy and with broken detectors.

use phasewise::detection::{Detection, Edge};
use phasewise::estimation::{Estimator, Source};
use phasewise::intersection::{DetectorId, Intersection};
use phasewise::units::{Millis, Timestamp};

use super::street::{Fault, Program, Street, detector, four_leg, lanes, phases};

/// How far belief was from truth in one lane, from the tenth minute on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Error {
    pub(super) samples: f64,
    pub(super) absolute: f64,
    pub(super) bias: f64,
    pub(super) worst: f64,
    /// Mean of the standard deviation that the estimate claims.
    pub(super) deviation: f64,
    /// Share of samples whose truth is within two standard deviations.
    pub(super) covered: f64,
    pub(super) mean_queue: f64,
    /// Vehicles between advance detector and stop bar.
    pub(super) inside: f64,
}

impl Error {
    pub(super) fn add(&mut self, believed: f64, variance: f64, truth: f64, inside: f64) {
        let off = believed - truth;
        self.samples += 1.0;
        self.absolute += off.abs();
        self.bias += off;
        self.worst = self.worst.max(off.abs());
        self.covered += f64::from(u8::from(off * off <= 4.0 * variance + 0.25));
        self.deviation += variance.sqrt();
        self.mean_queue += truth;
        self.inside += inside.abs();
    }

    pub(super) fn mean(self) -> Self {
        Self {
            samples: self.samples,
            absolute: self.absolute / self.samples,
            bias: self.bias / self.samples,
            worst: self.worst,
            covered: self.covered / self.samples,
            deviation: self.deviation / self.samples,
            mean_queue: self.mean_queue / self.samples,
            inside: self.inside / self.samples,
        }
    }
}

pub(super) struct Run {
    pub(super) errors: [Error; 3],
    detection: Detection,
    pub(super) estimator: Estimator,
    pub(super) street: Street,
    ticks: i64,
}

pub(super) fn drive(site: &Intersection, street: Street, minutes: i64) -> Run {
    let run = Run {
        errors: [Error::default(); 3],
        detection: Detection::new(site),
        estimator: Estimator::new(site),
        street,
        ticks: 0,
    };
    go_on(site, run, minutes)
}

/// Goes on for some minutes; errors are those from the tenth minute of them on.
fn go_on(site: &Intersection, mut run: Run, minutes: i64) -> Run {
    let program = Program::usual();
    let mut errors = [Error::default(); 3];
    let ids = lanes(site);
    let start = run.ticks;
    while run.ticks < start + minutes * 600 {
        run.ticks += 1;
        let now = Timestamp(run.ticks * 100);
        let shown = program.shown(now);
        let edges = run.street.tick(&shown, now);
        let readings = run.detection.update(site, &edges, &shown, now);
        let estimate = run.estimator.update(site, readings, &shown, now);
        if run.ticks > start + 6_000 && run.ticks % 10 == 0 {
            for (lane, error) in errors.iter_mut().enumerate() {
                let believed = &estimate.lanes[ids[lane]];
                let weights: f64 = believed.vehicles.iter().map(|v| v.weight).sum();
                let inside = weights - run.street.inside(lane, 112.0);
                let truth = run.street.queue(lane);
                error.add(believed.queue, believed.queue_variance, truth, inside);
            }
        }
    }
    run.errors = errors.map(Error::mean);
    run
}

/// Mean headway of the fifth to the ninth vehicle of each green that has at least nine.
fn true_headway(street: &Street, lane: usize) -> f64 {
    let mut headways = Vec::new();
    let mut run = 0;
    for pair in street.crossings[lane].windows(2) {
        let gap = pair[1] - pair[0];
        run = if gap > 3.2 { 0 } else { run + 1 };
        if run >= 5 {
            headways.push(gap);
        }
    }
    headways.iter().sum::<f64>() / headways.len() as f64
}

/// Runs an hour with these faults from the start; flow of both lanes in veh/h.
fn hour(seed: u64, flow: f64, faults: &[(&str, Fault)]) -> Run {
    let site = four_leg();
    let mut street = Street::new(&site, seed, [flow, flow], 0.2);
    street.faults = named(&site, faults);
    let run = drive(&site, street, 60);
    for (lane, name) in ["pocket", "inner", "outer"].iter().enumerate() {
        let r = run.errors[lane];
        println!(
            "{faults:?} flow {flow} seed {seed} {name}: mean queue {:.1}, error {:.2} (bias {:+.2}, worst {:.1}), \
             σ {:.2} covers {:.2}, vehicles inside {:.2}",
            r.mean_queue, r.absolute, r.bias, r.worst, r.deviation, r.covered, r.inside
        );
    }
    run
}

fn named(site: &Intersection, faults: &[(&str, Fault)]) -> Vec<(DetectorId, Fault)> {
    faults
        .iter()
        .map(|(name, fault)| (detector(site, name), *fault))
        .collect()
}

#[test]
fn with_healthy_detectors_queues_are_right_to_a_vehicle_and_crossings_exactly() {
    let site = four_leg();
    for (seed, flow) in [(0, 300.0), (1, 450.0), (2, 550.0), (3, 600.0)] {
        let run = hour(seed, flow, &[]);
        for (lane, id) in lanes(&site).into_iter().enumerate() {
            assert!(run.errors[lane].absolute <= 0.8, "seed {seed} lane {lane}");
            assert!(run.errors[lane].inside <= 0.9, "seed {seed} lane {lane}");
            let believed = run.estimator.crossings(id);
            assert!((believed - run.street.crossed[lane] as f64).abs() < 0.5);
            assert_eq!(
                run.estimator.estimate().lanes[id].source,
                Source::AdvanceAndStopBar
            );
        }
    }
}

#[test]
fn loops_that_miss_vehicles_do_not_make_the_queue_drift() {
    let site = four_leg();
    let mut street = Street::new(&site, 5, [500.0, 500.0], 0.2);
    street.miss = 0.05;
    let run = drive(&site, street, 120);
    for lane in 0..3 {
        assert!(
            run.errors[lane].absolute <= 0.9,
            "lane {lane}: {:?}",
            run.errors[lane]
        );
        assert!(
            run.errors[lane].bias.abs() <= 0.6,
            "lane {lane}: {:?}",
            run.errors[lane]
        );
    }
}

#[test]
fn without_counters_crossings_are_concluded_from_presence() {
    let site = four_leg();
    let dead = [
        ("EB-L count", Fault::Dead),
        ("EB-1 count", Fault::Dead),
        ("EB-2 count", Fault::Dead),
    ];
    for (seed, flow) in [(0, 300.0), (1, 500.0), (2, 600.0)] {
        let run = hour(seed, flow, &dead);
        for (lane, id) in lanes(&site).into_iter().enumerate() {
            let truth = run.street.crossed[lane] as f64;
            let believed = run.estimator.crossings(id);
            let off = (believed - truth).abs();
            assert!(
                off <= 0.05 * truth + 8.0,
                "seed {seed} lane {lane}: {believed} of {truth}"
            );
            assert!(run.errors[lane].absolute <= 1.0, "seed {seed} lane {lane}");
        }
    }
}

#[test]
fn each_broken_detector_leaves_a_bounded_error_and_the_neighbors_alone() {
    let inner = lanes(&four_leg())[1];
    for name in ["EB-1 adv", "EB-1 count", "EB-1 stop"] {
        for fault in [Fault::Dead, Fault::StuckOn, Fault::Chatter] {
            let run = hour(11, 500.0, &[(name, fault)]);
            let source = run.estimator.estimate().lanes[inner].source;
            let expected = if name == "EB-1 adv" {
                Source::StopBarOnly
            } else {
                Source::AdvanceAndStopBar
            };
            assert_eq!(source, expected, "{name} {fault:?}");
            assert!(run.errors[1].absolute <= 1.5, "{name} {fault:?}");
            assert!(run.errors[1].worst <= 14.0, "{name} {fault:?}");
            assert!(
                run.errors[2].absolute <= 0.8,
                "{name} {fault:?} reached the outer lane"
            );
        }
    }
}

#[test]
fn the_ladder_of_sources_down_to_the_historical_profile() {
    let inner = lanes(&four_leg())[1];
    let (count, stop, advance) = (
        ("EB-1 count", Fault::Chatter),
        ("EB-1 stop", Fault::Chatter),
        ("EB-1 adv", Fault::Chatter),
    );
    for (faults, source, bound) in [
        (vec![count, advance], Source::StopBarOnly, 1.6),
        (vec![stop, advance], Source::StopBarOnly, 2.0),
        (vec![count, stop], Source::AdvanceOnly, 1.5),
        (vec![count, stop, advance], Source::HistoricalProfile, 2.5),
    ] {
        let run = hour(11, 500.0, &faults);
        assert_eq!(run.estimator.estimate().lanes[inner].source, source);
        assert!(
            run.errors[1].absolute <= bound,
            "{source:?}: {:?}",
            run.errors[1]
        );
    }
}

#[test]
fn an_advance_detector_that_is_blind_on_red_does_not_empty_the_lane() {
    let run = hour(11, 500.0, &[("EB-1 adv", Fault::BlindOnRed)]);
    assert!(run.errors[1].absolute <= 1.5, "{:?}", run.errors[1]);
    assert!(run.errors[1].bias.abs() <= 0.8, "{:?}", run.errors[1]);
}

#[test]
fn a_repaired_detector_is_used_again() {
    let site = four_leg();
    let inner = lanes(&site)[1];
    for name in ["EB-1 adv", "EB-1 count", "EB-1 stop"] {
        let mut street = Street::new(&site, 3, [500.0, 500.0], 0.2);
        street.faults = named(&site, &[(name, Fault::Dead)]);
        let mut run = drive(&site, street, 40);
        run.street.faults.clear();
        let run = go_on(&site, run, 40);
        assert_eq!(
            run.estimator.estimate().lanes[inner].source,
            Source::AdvanceAndStopBar
        );
        assert!(run.errors[1].absolute <= 0.9, "{name}: {:?}", run.errors[1]);
    }
}

#[test]
fn saturation_headway_and_lost_time_are_learned_whatever_was_configured() {
    for configured in [1.5, 2.6] {
        let mut site = four_leg();
        site.tuning.saturation_headway_s = configured;
        let run = drive(&site, Street::new(&site, 2, [600.0, 600.0], 0.1), 60);
        for lane in 1..3 {
            let estimate = &run.estimator.estimate().lanes[lanes(&site)[lane]];
            let truth = true_headway(&run.street, lane);
            let learned = estimate.saturation_headway_s;
            println!(
                "headway {learned:.3}, true {truth:.3}; lost {:.2}",
                estimate.start_up_lost_time_s
            );
            assert!(
                (learned / truth - 1.0).abs() <= 0.05,
                "{learned} s instead of {truth} s"
            );
            assert!((0.5..=2.0).contains(&estimate.start_up_lost_time_s));
        }
    }
}

#[test]
fn a_quiet_lane_keeps_the_configured_headway() {
    let site = four_leg();
    let run = hour(4, 80.0, &[]);
    let estimate = &run.estimator.estimate().lanes[lanes(&site)[2]];
    let configured = site.tuning.saturation_headway_s;
    assert!((estimate.saturation_headway_s - configured).abs() < 0.1);
}

#[test]
fn two_standard_deviations_cover_the_truth_about_as_often_as_they_claim() {
    let (mut covered, mut deviation, mut queue, mut n) = (0.0, 0.0, 0.0, 0.0);
    for seed in 20..24 {
        for faults in [&[][..], &[("EB-1 adv", Fault::Dead)][..]] {
            let run = hour(seed, 500.0, faults);
            for error in run.errors {
                covered += error.covered;
                deviation += error.deviation;
                queue += error.mean_queue;
                n += 1.0;
            }
        }
    }
    println!(
        "covered {:.3}, σ {:.2}, queue {:.2}",
        covered / n,
        deviation / n,
        queue / n
    );
    assert!(
        (0.90..=0.995).contains(&(covered / n)),
        "covered {}",
        covered / n
    );
    assert!(
        deviation / n < 1.0,
        "nobody needs an estimate that allows everything"
    );
}

#[test]
fn arrival_rates_and_lane_shares_follow_the_traffic() {
    let site = four_leg();
    let ids = lanes(&site);
    let run = drive(&site, Street::new(&site, 6, [500.0, 600.0], 0.4), 60);
    let rate =
        |run: &Run, lane: usize| run.estimator.estimate().lanes[ids[lane]].arrival_rate * 3600.0;
    assert!(
        (rate(&run, 0) / 200.0 - 1.0).abs() < 0.35,
        "pocket {}",
        rate(&run, 0)
    );
    assert!(
        (rate(&run, 1) / 300.0 - 1.0).abs() < 0.35,
        "inner {}",
        rate(&run, 1)
    );
    assert!(
        (rate(&run, 2) / 600.0 - 1.0).abs() < 0.35,
        "outer {}",
        rate(&run, 2)
    );
    let mut run = run;
    run.street.set_flow([100.0, 100.0]);
    let run = go_on(&site, run, 20);
    assert!(rate(&run, 2) < 250.0, "outer {}", rate(&run, 2));
}

#[test]
fn what_is_expected_never_runs_beyond_what_was_seen() {
    let site = four_leg();
    let run = drive(&site, Street::new(&site, 8, [500.0, 500.0], 0.2), 10);
    let now = Timestamp(600_000);
    let outer = &run.estimator.estimate().lanes[lanes(&site)[2]];
    // 112 m at 45 mph are 5.6 s.
    assert_eq!(outer.seen_until.since(now).0, 5_567);
    assert!(
        outer
            .vehicles
            .iter()
            .all(|vehicle| vehicle.arrives <= outer.seen_until)
    );
}

/// What is learned of the left turners that turn after the end of a permissive green, when of three who wait in EB-L this
/// many do in every cycle, one second after yellow begins and every 2 s from then on.
fn late_turners(late: i64) -> f64 {
    let site = four_leg();
    let (mut detection, mut estimator) = (Detection::new(&site), Estimator::new(&site));
    let [stop, count] = ["EB-L stop", "EB-L count"].map(|name| detector(&site, name));
    // Phase 6 alone, the permissive green of EB-L, then the side street.
    let program = Program {
        greens: vec![(phases(&[2, 6]), 20.0), (phases(&[4, 8]), 20.0)],
    };
    let cycle = Millis::from_secs(program.cycle_s()).0;
    for tick in 1..40 * cycle / 100 {
        let now = Timestamp(tick * 100);
        let mut edges = Vec::new();
        let mut edge = |detector, on| {
            edges.push(Edge {
                detector,
                at: now,
                on,
            });
        };
        let second = (now.0 % cycle - 21_000) as f64 / 1_000.0;
        for turn in 0..late {
            let turns = 2.0 * turn as f64;
            if (second - turns).abs() < 0.01 {
                edge(count, true);
            } else if (second - turns - 0.2).abs() < 0.01 {
                edge(count, false);
            }
        }
        // Somebody stands at the stop bar from the tenth second of green on, also of those who stay.
        match now.0 % cycle {
            10_000 => edge(stop, true),
            30_000 => edge(stop, false),
            _ => {}
        }
        let shown = program.shown(now);
        let readings = detection.update(&site, &edges, &shown, now);
        estimator.update(&site, readings, &shown, now);
    }
    estimator.estimate().lanes[lanes(&site)[0]].turn_late
}

#[test]
fn how_many_turn_after_their_green_is_learned_where_they_do_it() {
    let learned = [0, 1, 2].map(late_turners);
    println!("{learned:?}");
    assert!(
        learned[0] < 0.1,
        "who waits in the box has crossed before: {learned:?}"
    );
    assert!((0.8..1.2).contains(&learned[1]), "{learned:?}");
    assert!((1.7..2.3).contains(&learned[2]), "{learned:?}");
}
