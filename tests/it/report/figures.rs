//! The figures of the page: ticks, quantiles, and what is read back from events.

use std::path::Path;

use phasewise::hires::Event;
use phasewise::hires::code;
use phasewise::measures::DetectorRoles;
use phasewise::measures::Measures;
use phasewise::measures::Settings;
use phasewise::recording::Recording;
use phasewise::report::axis::Axis;
use phasewise::report::content::PhaseFacts;
use phasewise::report::history::Service;
use phasewise::report::history::Termination;
use phasewise::report::history::cycles;
use phasewise::report::history::services;
use phasewise::report::html;
use phasewise::report::statistics::quantile;
use phasewise::report::statistics::sorted;
use phasewise::report::statistics::summary;
use phasewise::units::ClockTime;
use phasewise::units::Millis;
use proptest::prelude::*;

use super::demo;

proptest! {
    #[test]
    fn ticks_are_round_numbers_that_cover_the_data(most in 1e-3_f64..1e6, wanted in 2_u32..10) {
        let axis = Axis::from_zero(most, wanted, "");
        assert!(axis.range.1 >= most * 0.999_999);
        let labels: Vec<&String> = axis.ticks.iter().map(|(_, label)| label).collect();
        assert!(labels.windows(2).all(|pair| pair[0] != pair[1]), "{labels:?}");
        assert!((2..=u32::try_from(labels.len()).unwrap()).contains(&2));
        assert!(u32::try_from(labels.len()).unwrap() <= wanted + 2, "{labels:?}");
        let step = axis.ticks[1].0 - axis.ticks[0].0;
        let mut leading = step;
        while leading < 1.0 - 1e-9 { leading *= 10.0; }
        while leading >= 10.0 - 1e-9 { leading /= 10.0; }
        assert!([1.0, 2.0, 2.5, 5.0].iter().any(|nice| (leading - nice).abs() < 1e-6), "{step}");
        for (value, label) in &axis.ticks {
            let told: f64 = label.parse().unwrap();
            assert!((told - value).abs() < step * 1e-3, "{label} at {value}");
        }
    }

    #[test]
    fn ticks_of_time_are_whole_minutes_within_the_axis(start in 0..86_400_i64, length in 60..90_000_i64) {
        let from = ClockTime(demo::NOON.0 + start * 1000);
        let axis = Axis::time(from, from + Millis(length * 1000));
        assert!(axis.ticks.len() <= 10, "{}", axis.ticks.len());
        for (value, _) in &axis.ticks {
            assert!(*value >= axis.range.0 && *value <= axis.range.1);
            assert!((value / 60_000.0).fract().abs() < 1e-9);
        }
    }

    #[test]
    fn quantiles_lie_within_the_data_and_never_fall(values in proptest::collection::vec(-1e3_f64..1e3, 1..50)) {
        let ascending = sorted(values.clone());
        let all = summary(values).unwrap();
        let quantiles: Vec<f64> =
            (0..=20).map(|k| quantile(&ascending, f64::from(k) / 20.0).unwrap()).collect();
        assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
        assert!((quantiles[0] - all.least).abs() < 1e-9);
        assert!((quantiles[20] - all.most).abs() < 1e-9);
    }
}

#[test]
fn a_log_that_ends_just_before_two_ends_at_two() {
    let axis = Axis::time(demo::NOON, demo::NOON + Millis(7_199_900));
    assert_eq!(axis.ticks.last().unwrap().1, "14:00");
    let axis = Axis::time(demo::NOON, demo::NOON + Millis(7_190_000));
    assert_eq!(axis.ticks.last().unwrap().1, "13:45");
}

#[test]
fn mean_and_deviation_of_a_sample() {
    let all = summary([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, f64::NAN]).unwrap();
    assert_eq!(all.count, 8);
    assert!((all.mean - 5.0).abs() < 1e-12);
    // Sum of squared deviations 32, over n − 1 = 7.
    assert!((all.deviation - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
}

fn event(second: i64, code: u16, parameter: u16) -> Event {
    Event {
        at: demo::NOON + Millis(second * 1000),
        code,
        parameter,
    }
}

#[test]
fn arrivals_are_counted_in_the_interval_in_which_they_reach_the_stop_bar() {
    let mut content = demo::afternoon();
    content.phases.truncate(1);
    content.phases[0].advance[0].travel = Millis(5_000);
    // Red from 14 to 40, green to 70, yellow to 74.
    let mut events: Vec<Event> = [0, 40, 100]
        .into_iter()
        .flat_map(|green| {
            [
                event(green, code::PHASE_BEGIN_GREEN, 2),
                event(
                    green + if green == 40 { 30 } else { 10 },
                    code::PHASE_BEGIN_YELLOW_CHANGE,
                    2,
                ),
                event(
                    green + if green == 40 { 34 } else { 14 },
                    code::PHASE_BEGIN_RED_CLEARANCE,
                    2,
                ),
            ]
        })
        .collect();
    // Before 35: red. 35 to 64: green. 65: yellow.
    for second in [20, 34, 35, 50, 64, 65] {
        events.push(event(second, code::DETECTOR_ON, 4));
    }
    events.sort();
    content.controllers.truncate(1);
    content.controllers[0].events = events;
    let page = html(&content);
    assert!(
        page.contains("50 % of 6 arrivals on green; 2 cycles"),
        "{page}"
    );
    assert!(page.contains("12:00:14: cycle 60 s, green 30 s, 3 of 6 arrivals on green"));
}

#[test]
fn the_reason_of_the_last_moment_counts() {
    let phase = demo::phase(2);
    let events = [
        event(0, code::PHASE_BEGIN_GREEN, 2),
        // Gapped out early and waited for the other ring, which forced both off.
        event(8, code::PHASE_GAP_OUT, 2),
        event(20, code::PHASE_BEGIN_YELLOW_CHANGE, 2),
        event(20, code::PHASE_FORCE_OFF, 2),
        event(24, code::PHASE_BEGIN_RED_CLEARANCE, 2),
        event(40, code::PHASE_BEGIN_GREEN, 2),
        event(50, code::PHASE_BEGIN_YELLOW_CHANGE, 2),
        event(54, code::PHASE_END_YELLOW_CHANGE, 2),
        event(54, code::PHASE_MAX_OUT, 2),
        // Cut off: not a whole service.
        event(80, code::PHASE_BEGIN_GREEN, 2),
    ];
    let services = services(&events, phase);
    let ends: Vec<Termination> = services.iter().map(|s| s.termination).collect();
    assert_eq!(ends, [Termination::ForceOff, Termination::Unknown]);
    assert_eq!(cycles(&services).len(), 1);
}

#[test]
fn arrivals_come_from_the_farthest_advance_detector_of_each_lane() {
    let phases = PhaseFacts::of_site(&demo::site("intersections/odot-1136/site.toml"));
    let channels = |number| -> Vec<u16> {
        let facts = phases
            .iter()
            .find(|facts| facts.id == demo::phase(number))
            .unwrap();
        facts
            .advance
            .iter()
            .map(|detector| detector.channel)
            .collect()
    };
    // Channel 18 lies on both lanes of phase 6, but nearer than 17 and 16.
    assert_eq!(channels(2), [2]);
    assert_eq!(channels(5), [15]);
    assert_eq!(channels(6), [17, 16]);
    assert_eq!(channels(8), [8]);
}

fn word(termination: Termination) -> Option<&'static str> {
    match termination {
        Termination::GapOut => Some("gap-out"),
        Termination::MaxOut => Some("max-out"),
        Termination::ForceOff => Some("force-off"),
        Termination::Unknown => None,
    }
}

/// Oregon 1136 ran a 75 s cycle that afternoon (README of the site: events 316, 318).
#[test]
fn the_recorded_afternoon_is_read_as_it_ran() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("intersections/odot-1136/recording/2024-04-15.csv.gz");
    let recording = Recording::read(&path, None).unwrap();
    let measured = Measures::compute(
        &recording.events,
        &DetectorRoles::default(),
        &Settings::default(),
    );
    for (number, least) in [(2, 70), (5, 85), (6, 90), (8, 75)] {
        let services = services(&recording.events, demo::phase(number));
        assert!(
            services.len() >= least,
            "phase {number}: {}",
            services.len()
        );
        // The measures read the same greens and the same reasons from the log.
        let of_phase = measured
            .services
            .iter()
            .filter(|s| s.phase == u16::from(number));
        let of_phase: Vec<_> = of_phase.collect();
        assert_eq!(services.len(), of_phase.len(), "phase {number}");
        for (service, measured) in services.iter().zip(of_phase) {
            assert_eq!(service.green, measured.at);
            assert!((service.green_time().secs() - measured.green_s).abs() < 0.05);
            assert_eq!(
                word(service.termination),
                measured.ended_by,
                "{}",
                measured.at
            );
        }
        // Once, the log has lost the end of a yellow.
        let four_seconds = |service: &&Service| service.red - service.yellow == Millis(4_000);
        let usual = services.iter().filter(four_seconds).count();
        assert!(usual >= services.len() - 1, "phase {number}: {usual}");
        if number == 8 {
            continue; // gaps out, and is skipped when nobody comes
        }
        let lengths = sorted(cycles(&services).iter().map(|cycle| cycle.length().secs()));
        let median = quantile(&lengths, 0.5).unwrap();
        assert!((median - 75.0).abs() < 1.0, "phase {number}: {median} s");
    }
}
