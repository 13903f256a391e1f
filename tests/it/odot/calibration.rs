//! The traffic world repeats the recorded afternoon: not how well (docs/calibration.md says that), but
//! that it is the same traffic.

use super::*;
use phasewise::recording::Arrivals;
use phasewise::recording::Turning;
use phasewise::simulation::calibration::Calibration;
use phasewise::simulation::calibration::replay_lamps;
use phasewise::simulation::recorded;

#[test]
fn recorded_traffic_under_recorded_lamps_passes_and_is_counted() {
    let (site, recording) = (site(), recording());
    let arrivals = Arrivals::new(&recording, &site);
    let turning = Turning::read(&folder().join("recording/turning.csv"), &site).unwrap();
    let demand = recorded::demand(&site, &arrivals, &turning, recording.events[0].at, 1);
    let log = replay_lamps(&site, &recording, demand, 1).unwrap();
    let calibration = Calibration::compare(&site, &recording.events, &[log]);
    assert_eq!(calibration.counts.len(), 12, "every stop-bar detector");
    for row in &calibration.counts {
        // Vehicles that the advance detectors saw also cross the stop bar, within what the recorded
        // detectors themselves disagree by.
        let ratio = row.simulated / row.recorded;
        assert!(
            (0.8..1.2).contains(&ratio),
            "{}: {ratio:.2} of the recorded count",
            row.name
        );
    }
    for rows in [
        &calibration.arrivals_on_green,
        &calibration.occupancy,
        &calibration.red_occupancy,
    ] {
        for row in rows {
            assert!(
                (0.0..=1.0).contains(&row.simulated),
                "{}: {}",
                row.name,
                row.simulated
            );
        }
    }
}

#[test]
fn a_log_compared_with_itself_differs_in_nothing() {
    let (site, recording) = (site(), recording());
    let calibration = Calibration::compare(
        &site,
        &recording.events,
        std::slice::from_ref(&recording.events),
    );
    for row in &calibration.counts {
        assert!(
            (row.recorded - row.simulated).abs() < 1e-9 && row.rms_5_min < 1e-9,
            "{}",
            row.name
        );
        assert!((row.geh_below_5 - 1.0).abs() < 1e-9);
    }
    for row in calibration
        .occupancy
        .iter()
        .chain(&calibration.arrivals_on_green)
    {
        assert!((row.recorded - row.simulated).abs() < 1e-9, "{}", row.name);
    }
    assert!(!calibration.discharge.is_empty());
    for row in &calibration.discharge {
        let mut pairs = row.recorded_s.iter().zip(&row.simulated_s);
        assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-9), "{}", row.name);
    }
}
