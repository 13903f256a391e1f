//! A queue that stands on its advance detector hides who comes behind it; the estimate must not forget them.

use phasewise::detection::{Detection, Edge};
use phasewise::estimation::Estimator;
use phasewise::intersection::{DetectorFunction, DetectorId, Intersection, LaneId};
use phasewise::signal::SignalState;
use phasewise::units::{TICK, Timestamp};

struct Street {
    site: Intersection,
    detection: Detection,
    estimator: Estimator,
    now: Timestamp,
}

impl Street {
    fn new() -> Self {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let site = Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap();
        let (detection, estimator) = (Detection::new(&site), Estimator::new(&site));
        Self {
            site,
            detection,
            estimator,
            now: Timestamp(0),
        }
    }

    fn advance_detector(&self) -> (LaneId, DetectorId) {
        let mut detectors = self.site.detectors.iter();
        let is_advance = |d: &phasewise::intersection::Detector| {
            d.function == DetectorFunction::Advance && d.lanes.len() == 1
        };
        let (id, detector) = detectors.find(|(_, d)| is_advance(d)).unwrap();
        (detector.lanes[0], id)
    }

    /// Red for everybody for this long, with these edges of one detector at its beginning.
    fn wait(&mut self, seconds: i64, mut edges: Vec<Edge>) {
        let shown = SignalState::default();
        for _ in 0..seconds * 10 {
            self.now = self.now + TICK;
            for edge in &mut edges {
                edge.at = self.now;
            }
            let readings = self.detection.update(&self.site, &edges, &shown, self.now);
            self.estimator
                .update(&self.site, readings, &shown, self.now);
            edges.clear();
        }
    }

    fn vehicles(&self, lane: LaneId) -> f64 {
        let vehicles = &self.estimator.estimate().lanes[lane].vehicles;
        vehicles.iter().map(|vehicle| vehicle.weight).sum()
    }
}

/// One vehicle every 10 s for ten minutes, then one that stays on the loop.
fn with_a_vehicle_standing_on_the_loop() -> (Street, LaneId, DetectorId) {
    let mut street = Street::new();
    let (lane, detector) = street.advance_detector();
    let edge = |on| Edge {
        detector,
        on,
        at: Timestamp(0),
    };
    for _ in 0..60 {
        street.wait(1, vec![edge(true)]);
        street.wait(9, vec![edge(false)]);
    }
    street.wait(3, vec![edge(true)]);
    (street, lane, detector)
}

#[test]
fn who_comes_behind_a_covered_loop_is_expected_at_the_usual_rate() {
    let (mut street, lane, _) = with_a_vehicle_standing_on_the_loop();
    let before = street.vehicles(lane);
    street.wait(60, Vec::new());
    let hidden = street.vehicles(lane) - before;
    assert!(
        (4.0..8.0).contains(&hidden),
        "{hidden} vehicles in a minute at six a minute"
    );
}

#[test]
fn nobody_is_hidden_once_the_loop_is_clear() {
    let (mut street, lane, detector) = with_a_vehicle_standing_on_the_loop();
    let before = street.vehicles(lane);
    street.wait(60, Vec::new());
    street.wait(
        8,
        vec![Edge {
            detector,
            on: false,
            at: Timestamp(0),
        }],
    );
    assert!(
        street.vehicles(lane) <= before + 0.1,
        "{} vehicles",
        street.vehicles(lane)
    );
}
