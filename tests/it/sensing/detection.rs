//! NTCIP detector options, one scenario each: what is done to a detector, what its phase is told.

use phasewise::detection::{Detection, Edge, Health, Readings};
use phasewise::hires::code;
use phasewise::intersection::{
    DetectorId, DetectorSettings, FailMode, Id, Intersection, PhaseId, PhaseSet,
};
use phasewise::signal::{Interval, PedestrianInterval, PhaseState, SignalState};
use phasewise::units::{Millis, Timestamp};

use super::street::{detector, four_leg, phases};

/// A cabinet on the bench: detectors are switched by hand, lamps are set by hand.
struct Cabinet {
    site: Intersection,
    detection: Detection,
    shown: SignalState,
    now: Timestamp,
    edges: Vec<Edge>,
    /// (time in s, code, parameter) of all events so far.
    log: Vec<(f64, u16, u16)>,
}

impl Cabinet {
    /// The four-leg site with these settings for every vehicle detector.
    fn new(settings: &DetectorSettings) -> Self {
        let mut site = four_leg();
        for (_, detector) in site.detectors.iter_mut() {
            detector.settings = settings.clone();
        }
        let detection = Detection::new(&site);
        Self {
            site,
            detection,
            shown: SignalState::default(),
            now: Timestamp(0),
            edges: Vec::new(),
            log: Vec::new(),
        }
    }

    fn id(&self, name: &str) -> DetectorId {
        detector(&self.site, name)
    }

    fn switch(&mut self, name: &str, on: bool) {
        let edge = Edge {
            detector: self.id(name),
            on,
            at: self.now,
        };
        self.edges.push(edge);
    }

    /// One tick with the edges so far.
    fn tick(&mut self) -> Readings {
        self.now = self.now + Millis(100);
        for edge in &mut self.edges {
            edge.at = edge.at.max(self.now - Millis(50));
        }
        let edges = std::mem::take(&mut self.edges);
        let readings = self
            .detection
            .update(&self.site, &edges, &self.shown, self.now)
            .clone();
        let at = self.now.0 as f64 / 1000.0;
        self.log
            .extend(readings.events.iter().map(|e| (at, e.code, e.parameter)));
        readings
    }

    /// Ticks for this many seconds; returns the last readings.
    fn run(&mut self, seconds: f64) -> Readings {
        let ticks = Millis::from_secs(seconds).0 / 100;
        let mut last = self.tick();
        for _ in 1..ticks {
            last = self.tick();
        }
        last
    }

    fn show(&mut self, numbers: &[u8], interval: Interval) {
        for phase in PhaseId::all() {
            let state = &mut self.shown.phases[phase];
            let wanted = if phases(numbers).contains(phase) {
                interval
            } else {
                Interval::Red
            };
            if state.interval != wanted {
                *state = PhaseState {
                    interval: wanted,
                    since: self.now,
                    ..*state
                };
            }
        }
    }

    fn walk(&mut self, number: u8, pedestrian: PedestrianInterval) {
        let phase = PhaseId::new(number).unwrap();
        self.shown.phases[phase].pedestrian = pedestrian;
        self.shown.phases[phase].pedestrian_since = self.now;
    }

    fn count(&self, code: u16, parameter: u16) -> usize {
        self.log
            .iter()
            .filter(|(_, c, p)| (*c, *p) == (code, parameter))
            .count()
    }
}

fn plain() -> DetectorSettings {
    DetectorSettings {
        delay: Millis::ZERO,
        extend: Millis::ZERO,
        lock: false,
        no_activity: None,
        max_presence: None,
        erratic_per_min: None,
        fail: FailMode::HoldFor(Millis(5_000)),
    }
}

fn called(readings: &Readings) -> PhaseSet {
    readings.calls.vehicle
}

#[test]
fn a_plain_detector_calls_while_covered_and_no_longer() {
    let mut cabinet = Cabinet::new(&plain());
    cabinet.switch("EB-1 stop", true);
    assert_eq!(called(&cabinet.tick()), phases(&[2]));
    assert_eq!(called(&cabinet.run(5.0)), phases(&[2]));
    cabinet.switch("EB-1 stop", false);
    assert_eq!(called(&cabinet.tick()), PhaseSet::EMPTY);
    assert_eq!(cabinet.count(code::DETECTOR_ON, 2), 1);
    assert_eq!(cabinet.count(code::DETECTOR_OFF, 2), 1);
    assert_eq!(
        cabinet.count(code::PHASE_CALL_DROPPED, 2),
        0,
        "phase 2 is on recall"
    );
}

#[test]
fn the_time_of_a_call_is_that_of_its_first_tick() {
    let mut cabinet = Cabinet::new(&plain());
    cabinet.run(3.0);
    cabinet.switch("NB-1 stop", true);
    cabinet.run(4.0);
    let phase = PhaseId::new(8).unwrap();
    let readings = cabinet.run(4.0);
    assert_eq!(readings.vehicle_call_since[phase], Some(Timestamp(3_100)));
    assert_eq!(cabinet.count(code::PHASE_CALL_REGISTERED, 8), 1);
    cabinet.show(&[4, 8], Interval::Green);
    let readings = cabinet.tick();
    assert_eq!(readings.vehicle_call_since[phase], None);
    assert_eq!(cabinet.count(code::PHASE_CALL_DROPPED, 8), 1);
}

#[test]
fn a_locked_call_is_remembered_from_the_start_of_yellow_until_green() {
    let mut cabinet = Cabinet::new(&DetectorSettings {
        lock: true,
        ..plain()
    });
    cabinet.show(&[2, 6], Interval::Green);
    cabinet.switch("EB-1 adv", true);
    cabinet.tick();
    cabinet.switch("EB-1 adv", false);
    assert_eq!(
        called(&cabinet.tick()),
        PhaseSet::EMPTY,
        "an actuation in green calls nothing"
    );
    cabinet.show(&[2, 6], Interval::YellowChange);
    assert_eq!(called(&cabinet.tick()), PhaseSet::EMPTY);
    cabinet.switch("EB-1 adv", true);
    cabinet.tick();
    cabinet.switch("EB-1 adv", false);
    assert_eq!(called(&cabinet.run(60.0)), phases(&[2]));
    cabinet.show(&[2, 6], Interval::Green);
    assert_eq!(called(&cabinet.tick()), PhaseSet::EMPTY);
    cabinet.show(&[], Interval::Red);
    assert_eq!(
        called(&cabinet.run(60.0)),
        PhaseSet::EMPTY,
        "served is forgotten"
    );
}

#[test]
fn a_vehicle_still_there_at_the_start_of_yellow_is_locked_in() {
    let mut cabinet = Cabinet::new(&DetectorSettings {
        lock: true,
        ..plain()
    });
    cabinet.show(&[2, 6], Interval::Green);
    cabinet.switch("EB-1 adv", true);
    cabinet.run(1.0);
    cabinet.show(&[2, 6], Interval::YellowChange);
    cabinet.tick();
    cabinet.switch("EB-1 adv", false);
    assert_eq!(called(&cabinet.run(10.0)), phases(&[2]));
}

#[test]
fn delay_lets_short_presence_pass_without_a_call_unless_green() {
    let mut cabinet = Cabinet::new(&DetectorSettings {
        delay: Millis(5_000),
        ..plain()
    });
    cabinet.switch("NB-2 stop", true);
    assert_eq!(called(&cabinet.run(4.8)), PhaseSet::EMPTY);
    cabinet.switch("NB-2 stop", false);
    assert_eq!(
        called(&cabinet.run(5.0)),
        PhaseSet::EMPTY,
        "turned right on red: no call"
    );
    assert_eq!(cabinet.count(code::DETECTOR_ON, 18 + 1), 0);
    cabinet.switch("NB-2 stop", true);
    assert_eq!(called(&cabinet.run(5.3)), phases(&[8]));
    assert_eq!(cabinet.count(code::DETECTOR_ON, 19), 1);
    cabinet.switch("NB-2 stop", false);
    cabinet.tick();
    cabinet.show(&[4, 8], Interval::Green);
    cabinet.switch("NB-2 stop", true);
    assert!(
        cabinet.tick().extending.contains(PhaseId::new(8).unwrap()),
        "no delay in green"
    );
}

#[test]
fn extend_holds_an_actuation_only_in_green() {
    let mut cabinet = Cabinet::new(&DetectorSettings {
        extend: Millis(2_000),
        ..plain()
    });
    let phase = PhaseId::new(2).unwrap();
    cabinet.show(&[2, 6], Interval::Green);
    cabinet.switch("EB-1 adv", true);
    cabinet.tick();
    cabinet.switch("EB-1 adv", false);
    assert!(cabinet.run(2.0).extending.contains(phase));
    assert!(!cabinet.run(0.2).extending.contains(phase));
    cabinet.switch("EB-1 adv", true);
    cabinet.tick();
    cabinet.switch("EB-1 adv", false);
    assert!(cabinet.run(0.5).extending.contains(phase));
    cabinet.show(&[2, 6], Interval::YellowChange);
    let readings = cabinet.tick();
    assert_eq!(
        (readings.extending, called(&readings)),
        (PhaseSet::EMPTY, PhaseSet::EMPTY)
    );
}

#[test]
fn a_pulse_within_one_tick_calls_extends_and_counts() {
    let mut cabinet = Cabinet::new(&DetectorSettings {
        lock: true,
        ..plain()
    });
    cabinet.switch("EB-1 adv", true);
    cabinet.switch("EB-1 adv", false);
    let readings = cabinet.tick();
    assert_eq!(called(&readings), phases(&[2]));
    assert_eq!(readings.actuations[PhaseId::new(2).unwrap()], 1);
    assert_eq!(called(&cabinet.tick()), phases(&[2]));
}

#[test]
fn pedestrians_are_remembered_until_walk() {
    let mut cabinet = Cabinet::new(&plain());
    cabinet.switch("west-leg button", true);
    cabinet.tick();
    cabinet.switch("west-leg button", false);
    let four = PhaseId::new(4).unwrap();
    let readings = cabinet.run(50.0);
    assert_eq!(readings.calls.pedestrian, phases(&[4]));
    assert_eq!(readings.pedestrian_call_since[four], Some(Timestamp(100)));
    assert_eq!(cabinet.count(code::PEDESTRIAN_CALL_REGISTERED, 4), 1);
    assert_eq!(cabinet.count(code::PEDESTRIAN_DETECTOR_ON, 4), 1);
    assert_eq!(cabinet.count(code::PEDESTRIAN_DETECTOR_OFF, 4), 1);
    cabinet.show(&[4, 8], Interval::Green);
    assert_eq!(
        cabinet.tick().calls.pedestrian,
        phases(&[4]),
        "green alone serves nobody"
    );
    cabinet.walk(4, PedestrianInterval::Walk);
    cabinet.switch("west-leg button", true);
    assert_eq!(
        cabinet.tick().calls.pedestrian,
        PhaseSet::EMPTY,
        "pushed during walk: may go"
    );
    cabinet.switch("west-leg button", false);
    cabinet.tick();
    cabinet.walk(4, PedestrianInterval::Clearance);
    cabinet.switch("west-leg button", true);
    assert_eq!(
        cabinet.tick().calls.pedestrian,
        phases(&[4]),
        "too late to start: next time"
    );
}

#[test]
fn a_locked_on_detector_calls_in_red_and_is_held_for_its_fail_time_in_green() {
    let settings = DetectorSettings {
        max_presence: Some(Millis(60_000)),
        ..plain()
    };
    let mut cabinet = Cabinet::new(&settings);
    let eight = PhaseId::new(8).unwrap();
    cabinet.switch("NB-1 stop", true);
    cabinet.run(59.9);
    assert_eq!(cabinet.tick().failed, PhaseSet::EMPTY);
    let readings = cabinet.run(0.5);
    assert_eq!(
        readings.detectors[cabinet.id("NB-1 stop")].health,
        Health::LockedOn
    );
    assert_eq!(
        (readings.failed, called(&readings)),
        (phases(&[8]), phases(&[8]))
    );
    assert_eq!(cabinet.count(code::DETECTOR_FAULT_OTHER, 18), 1);
    cabinet.show(&[4, 8], Interval::Green);
    let readings = cabinet.run(4.9);
    assert!(readings.extending.contains(eight));
    assert_eq!(called(&readings), PhaseSet::EMPTY);
    assert!(
        !cabinet.run(0.2).extending.contains(eight),
        "after 5 s the green may end"
    );
    cabinet.show(&[4, 8], Interval::YellowChange);
    assert_eq!(called(&cabinet.tick()), phases(&[8]));
    cabinet.switch("NB-1 stop", false);
    let readings = cabinet.tick();
    assert_eq!(
        (readings.failed, called(&readings)),
        (PhaseSet::EMPTY, PhaseSet::EMPTY)
    );
    assert_eq!(cabinet.count(code::DETECTOR_RESTORED, 18), 1);
}

#[test]
fn fail_modes_constant_call_and_no_call() {
    for (fail, calls, extends) in [
        (FailMode::ConstantCall, phases(&[8]), true),
        (FailMode::NoCall, PhaseSet::EMPTY, false),
    ] {
        let mut cabinet = Cabinet::new(&DetectorSettings {
            max_presence: Some(Millis(60_000)),
            fail,
            ..plain()
        });
        cabinet.switch("NB-1 stop", true);
        let readings = cabinet.run(70.0);
        assert_eq!((called(&readings), readings.failed), (calls, phases(&[8])));
        cabinet.show(&[4, 8], Interval::Green);
        assert_eq!(
            cabinet
                .run(100.0)
                .extending
                .contains(PhaseId::new(8).unwrap()),
            extends
        );
    }
}

#[test]
fn silence_is_a_fault_after_its_time_and_the_next_vehicle_ends_it() {
    let settings = DetectorSettings {
        no_activity: Some(Millis(600_000)),
        ..plain()
    };
    let mut cabinet = Cabinet::new(&settings);
    assert_eq!(cabinet.run(600.0).failed, PhaseSet::EMPTY);
    let readings = cabinet.run(1.0);
    assert_eq!(
        readings.detectors[cabinet.id("EB-1 adv")].health,
        Health::NoActivity
    );
    assert_eq!(cabinet.count(code::DETECTOR_FAULT_WATCHDOG, 7), 1);
    cabinet.switch("EB-1 adv", true);
    let readings = cabinet.tick();
    assert_eq!(
        readings.detectors[cabinet.id("EB-1 adv")].health,
        Health::Good
    );
    assert_eq!(cabinet.count(code::DETECTOR_RESTORED, 7), 1);
}

#[test]
fn chatter_is_a_fault_until_a_clean_minute_has_passed() {
    let settings = DetectorSettings {
        erratic_per_min: Some(60),
        ..plain()
    };
    let mut cabinet = Cabinet::new(&settings);
    let health =
        |readings: &Readings, cabinet: &Cabinet| readings.detectors[cabinet.id("EB-1 adv")].health;
    for _ in 0..60 {
        cabinet.switch("EB-1 adv", true);
        cabinet.switch("EB-1 adv", false);
        cabinet.run(0.5);
    }
    let readings = cabinet.tick();
    assert_eq!(
        health(&readings, &cabinet),
        Health::Good,
        "60 a minute are allowed"
    );
    cabinet.switch("EB-1 adv", true);
    cabinet.switch("EB-1 adv", false);
    let readings = cabinet.tick();
    assert_eq!(health(&readings, &cabinet), Health::Chatter);
    assert_eq!(cabinet.count(code::DETECTOR_FAULT_EXCESSIVE_CHANGE, 7), 1);
    let readings = cabinet.run(60.0);
    assert_eq!(health(&readings, &cabinet), Health::Chatter);
    let readings = cabinet.run(60.0);
    assert_eq!(health(&readings, &cabinet), Health::Good);
    assert_eq!(cabinet.count(code::DETECTOR_RESTORED, 7), 1);
}

#[test]
fn a_stuck_button_calls_every_time_and_is_logged_as_failed() {
    let settings = DetectorSettings {
        max_presence: Some(Millis(60_000)),
        ..plain()
    };
    let mut cabinet = Cabinet::new(&settings);
    cabinet.switch("west-leg button", true);
    cabinet.run(61.0);
    assert_eq!(cabinet.count(code::PEDESTRIAN_DETECTOR_FAILED, 4), 1);
    cabinet.walk(4, PedestrianInterval::Walk);
    assert_eq!(cabinet.tick().calls.pedestrian, PhaseSet::EMPTY);
    cabinet.walk(4, PedestrianInterval::DontWalk);
    assert_eq!(cabinet.tick().calls.pedestrian, phases(&[4]));
    cabinet.switch("west-leg button", false);
    cabinet.tick();
    assert_eq!(cabinet.count(code::PEDESTRIAN_DETECTOR_RESTORED, 4), 1);
}

/// `per_minute` vehicles at each of the detectors for a quarter of an hour; returns the last readings.
fn quarter_hour(cabinet: &mut Cabinet, pulses: &[(&str, usize)]) -> Readings {
    let mut last = cabinet.tick();
    for _minute in 0..16 {
        for (name, per_minute) in pulses {
            for _ in 0..*per_minute {
                cabinet.switch(name, true);
                cabinet.switch(name, false);
                last = cabinet.tick();
            }
        }
        while cabinet.now.0 % 60_000 != 0 {
            last = cabinet.tick();
        }
    }
    last
}

#[test]
fn a_source_that_disowns_its_detector_is_heard_at_once_and_until_it_takes_it_back() {
    let mut cabinet = Cabinet::new(&plain());
    let stop = cabinet.id("EB-2 stop");
    let others = ["EB-L stop", "EB-1 stop"].map(|name| cabinet.id(name));
    cabinet
        .detection
        .disown(&[stop, DetectorId::from_index(500)]);
    let readings = cabinet.tick();
    assert_eq!(readings.detectors[stop].health, Health::Disowned);
    assert_eq!(readings.calls.vehicle, phases(&[2]), "constant call");
    assert_eq!(readings.failed, phases(&[2]));
    for other in others {
        assert_eq!(readings.detectors[other].health, Health::Good);
    }
    assert_eq!(cabinet.count(code::DETECTOR_FAULT_OTHER, 3), 1);
    cabinet.tick();
    assert_eq!(
        cabinet.count(code::DETECTOR_FAULT_OTHER, 3),
        1,
        "logged once"
    );
    cabinet.detection.disown(&[]);
    let readings = cabinet.tick();
    assert_eq!(readings.detectors[stop].health, Health::Good);
    assert_eq!(readings.calls.vehicle, PhaseSet::EMPTY);
    assert_eq!(cabinet.count(code::DETECTOR_RESTORED, 3), 1);
}

#[test]
fn counts_that_cannot_be_reconciled_are_not_believed() {
    let mut cabinet = Cabinet::new(&plain());
    let agreeing = [("EB-2 adv", 8), ("EB-2 count", 7)];
    let health = |cabinet: &Cabinet, readings: &Readings, name: &str| {
        readings.detectors[cabinet.id(name)].health
    };
    let readings = quarter_hour(&mut cabinet, &agreeing);
    assert_eq!(health(&cabinet, &readings, "EB-2 adv"), Health::Good);
    let readings = quarter_hour(&mut cabinet, &[("EB-2 adv", 1), ("EB-2 count", 8)]);
    assert_eq!(health(&cabinet, &readings, "EB-2 adv"), Health::Implausible);
    assert_eq!(health(&cabinet, &readings, "EB-2 count"), Health::Good);
    assert_eq!(cabinet.count(code::DETECTOR_FAULT_OTHER, 8), 1);
    quarter_hour(&mut cabinet, &agreeing);
    let readings = quarter_hour(&mut cabinet, &agreeing);
    assert_eq!(health(&cabinet, &readings, "EB-2 adv"), Health::Good);
    let readings = quarter_hour(&mut cabinet, &[("EB-2 adv", 8), ("EB-2 count", 1)]);
    assert_eq!(
        health(&cabinet, &readings, "EB-2 count"),
        Health::Implausible
    );
    assert_eq!(health(&cabinet, &readings, "EB-2 adv"), Health::Good);
}

#[test]
fn few_vehicles_and_turning_traffic_are_not_implausible() {
    let mut cabinet = Cabinet::new(&plain());
    // Most of the inner lane turns left into the pocket; the outer lane is nearly empty.
    let pulses = [
        ("EB-1 adv", 6),
        ("EB-L count", 5),
        ("EB-1 count", 1),
        ("EB-2 adv", 1),
        ("EB-2 count", 0),
    ];
    let readings = quarter_hour(&mut cabinet, &pulses);
    let doubted = readings
        .detectors
        .iter()
        .filter(|(_, r)| r.health != Health::Good)
        .count();
    assert_eq!(doubted, 0);
}

#[test]
fn counts_and_occupancy_are_those_of_the_last_full_five_minutes() {
    let mut cabinet = Cabinet::new(&plain());
    for _ in 0..20 {
        cabinet.switch("EB-1 adv", true);
        cabinet.run(3.0);
        cabinet.switch("EB-1 adv", false);
        cabinet.run(7.0);
    }
    let id = cabinet.id("EB-1 adv");
    assert_eq!(cabinet.tick().detectors[id].count, 0, "not yet full");
    let readings = cabinet.run(100.0);
    assert_eq!(readings.detectors[id].count, 20);
    assert!((readings.detectors[id].occupancy - 0.2).abs() < 0.01);
    assert_eq!(readings.detectors[id].headway, Some(Millis(10_000)));
    assert_eq!(cabinet.run(300.0).detectors[id].count, 0);
}

#[test]
fn strange_edges_are_counted_and_do_no_harm() {
    let mut cabinet = Cabinet::new(&plain());
    cabinet.run(10.0);
    let known = cabinet.id("EB-1 stop");
    let edge = |detector, on, at| Edge {
        detector,
        on,
        at: Timestamp(at),
    };
    let edges = [
        edge(DetectorId::from_index(1_000), true, 10_050),
        edge(known, false, 10_010),
        edge(known, true, 99_000),
        edge(known, true, 10_050),
        edge(known, false, 10_020),
        edge(known, true, i64::MIN),
    ];
    cabinet.now = Timestamp(10_100);
    let readings = cabinet
        .detection
        .update(&cabinet.site, &edges, &cabinet.shown, cabinet.now);
    assert!(readings.detectors[known].on);
    assert_eq!(readings.detectors[known].on_edges.len(), 2);
    assert!(
        readings.detectors[known]
            .on_edges
            .iter()
            .all(|at| at.0 <= 10_100)
    );
    let suspect = cabinet.detection.suspect();
    assert_eq!((suspect.unknown, suspect.duplicate), (1, 2));
    assert_eq!((suspect.future, suspect.out_of_order), (1, 2));
}
