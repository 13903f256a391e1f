//! A presence detector that stays on: who stands on it and could go, but does not, is not there.

use phasewise::detection::{Detection, Edge};
use phasewise::estimation::{Estimator, LaneEstimate};
use phasewise::intersection::{DetectorId, Intersection, PhaseId};
use phasewise::signal::{Interval, SignalState};
use phasewise::units::{TICK, Timestamp};

use super::street::{four_leg, phases};

/// The tutorial; its left turn from the west, EB-L, has phase 5 and yields in phase 6.
struct Street {
    site: Intersection,
    detection: Detection,
    estimator: Estimator,
    shown: SignalState,
    calls: bool,
    now: Timestamp,
}

impl Street {
    fn new() -> Self {
        let site = four_leg();
        Self {
            detection: Detection::new(&site),
            estimator: Estimator::new(&site),
            shown: SignalState::default(),
            calls: false,
            now: Timestamp(0),
            site,
        }
    }

    fn lane(&self) -> &LaneEstimate {
        let mut lanes = self.site.lanes.iter();
        let (lane, _) = lanes.find(|(_, lane)| lane.id == "EB-L").unwrap();
        &self.estimator.estimate().lanes[lane]
    }

    fn show(&mut self, phase: u8, interval: Interval) {
        let state = &mut self.shown.phases[PhaseId::new(phase).unwrap()];
        state.interval = interval;
        state.since = self.now;
    }

    fn detector(&self, id: &str) -> DetectorId {
        let mut detectors = self.site.detectors.iter();
        detectors.find(|(_, d)| d.id == id).unwrap().0
    }

    /// One tick in which the detector of this name changes.
    fn edge(&mut self, detector: &str, on: bool) {
        let detector = self.detector(detector);
        let at = self.now + TICK;
        self.tick(&[Edge { detector, on, at }]);
    }

    fn wait(&mut self, seconds: usize) {
        for _ in 0..10 * seconds {
            self.tick(&[]);
        }
    }

    fn tick(&mut self, edges: &[Edge]) {
        self.now = self.now + TICK;
        let (site, shown, now) = (&self.site, &self.shown, self.now);
        let readings = self.detection.update(site, edges, shown, now);
        self.calls = readings.calls.vehicle.contains(PhaseId::new(5).unwrap());
        self.estimator.update(site, readings, shown, now);
    }

    /// Somebody is believed to be there who waits for phase 5.
    fn somebody_waits(&self) -> bool {
        let doubtful = self.estimator.estimate().doubtful_calls;
        self.lane().queue > 0.5 || !doubtful.intersects(phases(&[5]))
    }

    /// Its stop-bar detector is on from now on, and phase 5 turns green for this long after 20 s.
    fn green_over_a_covered_stop_bar(&mut self, seconds: usize) {
        self.edge("EB-L stop", true);
        self.wait(20);
        assert!(self.calls && self.somebody_waits());
        self.show(5, Interval::Green);
        self.wait(seconds);
    }
}

#[test]
fn who_could_have_gone_for_half_a_minute_and_did_not_is_no_vehicle() {
    let mut street = Street::new();
    street.green_over_a_covered_stop_bar(32);
    street.show(5, Interval::Red);
    // Calls of left turns are delayed.
    street.wait(10);
    assert!(street.calls, "the gate serves the call all the same");
    assert!(!street.somebody_waits(), "queue {}", street.lane().queue);
}

#[test]
fn a_detector_found_stuck_is_not_believed_again_until_it_changes() {
    let mut street = Street::new();
    street.green_over_a_covered_stop_bar(32);
    street.show(5, Interval::Red);
    for second in 0..120 {
        street.wait(1);
        assert!(!street.somebody_waits(), "after {second} s");
    }
    street.edge("EB-L stop", false);
    street.wait(1);
    street.edge("EB-L stop", true);
    street.wait(5);
    assert!(street.somebody_waits());
}

#[test]
fn who_yields_may_stand_for_long() {
    let mut street = Street::new();
    street.edge("EB-L stop", true);
    street.wait(20);
    street.show(6, Interval::Green);
    street.wait(90);
    street.show(6, Interval::Red);
    street.wait(1);
    assert!(street.somebody_waits());
}

#[test]
fn a_queue_that_leaves_without_a_gap_is_none_that_stays() {
    let mut street = Street::new();
    street.green_over_a_covered_stop_bar(4);
    // Two minutes and a half of greens of 30 s, a vehicle every 2.5 s, bumper to bumper on the detector.
    for _ in 0..4 {
        for _ in 0..12 {
            street.edge("EB-L count", true);
            street.tick(&[]);
            street.edge("EB-L count", false);
            street.wait(2);
        }
        street.show(5, Interval::Red);
        street.wait(10);
        assert!(street.somebody_waits());
        street.show(5, Interval::Green);
        street.wait(4);
    }
}
