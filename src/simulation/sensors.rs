//! Loops in the road and push buttons: from vehicles that pass to edges in order of time.
//!
//! In: moments at which a vehicle's front comes over a loop and its rear leaves it. Out: [`Edge`]s. A
//! detector that spans several lanes is on while any of them is covered. Not here: where vehicles are
//! (`world/`), faults (`faults.rs`).

use std::collections::BTreeMap;

use crate::detection::Edge;
use crate::intersection::{DetectorId, Id};
use crate::units::Timestamp;

/// Length of the pulse of a stop-bar count detector, and the least pause between two, s.
const PULSE: f64 = 0.10;
const PAUSE: f64 = 0.05;
/// How long a push button is held, s.
const PUSH: f64 = 0.3;

/// All detectors of one site.
#[derive(Clone, Debug)]
pub(crate) struct Sensors {
    /// Vehicles over each detector.
    covering: Vec<i32>,
    /// When the last pulse of each detector ends, s.
    pulse_ends: Vec<f64>,
    /// Changes not yet turned into edges: (ms, order of arrival) → (detector, vehicles more or less).
    pending: BTreeMap<(i64, u64), (usize, i32)>,
    order: u64,
    /// Edges have been handed out up to here, ms.
    told_until: i64,
}

impl Sensors {
    pub(crate) fn new(detectors: usize) -> Self {
        Self {
            covering: vec![0; detectors],
            pulse_ends: vec![f64::NEG_INFINITY; detectors],
            pending: BTreeMap::new(),
            order: 0,
            told_until: i64::MIN,
        }
    }

    /// A front comes over the detector at `at` (s).
    pub(crate) fn cover(&mut self, detector: usize, at: f64) {
        self.change(detector, at, 1);
    }

    /// A rear leaves the detector.
    pub(crate) fn clear(&mut self, detector: usize, at: f64) {
        self.change(detector, at, -1);
    }

    /// A count detector sees one vehicle.
    pub(crate) fn pulse(&mut self, detector: usize, at: f64) {
        self.pulse_of(detector, at, PULSE);
    }

    /// Somebody pushes the button.
    pub(crate) fn push(&mut self, detector: usize, at: f64) {
        self.pulse_of(detector, at, PUSH);
    }

    /// The edges up to and including `now`, in order of time.
    pub(crate) fn edges_until(&mut self, now: Timestamp) -> Vec<Edge> {
        let mut edges = Vec::new();
        self.told_until = now.0;
        while let Some(entry) = self.pending.first_entry() {
            let (at, _) = *entry.key();
            if at > now.0 {
                break;
            }
            let (detector, change) = entry.remove();
            let covering = &mut self.covering[detector];
            let was_on = *covering > 0;
            *covering += change;
            let on = *covering > 0;
            if on != was_on {
                let detector = DetectorId::from_index(detector);
                edges.push(Edge {
                    detector,
                    on,
                    at: Timestamp(at),
                });
            }
        }
        edges
    }

    fn pulse_of(&mut self, detector: usize, at: f64, length: f64) {
        let begins = at.max(self.pulse_ends[detector] + PAUSE);
        self.pulse_ends[detector] = begins + length;
        self.change(detector, begins, 1);
        self.change(detector, begins + length, -1);
    }

    fn change(&mut self, detector: usize, at: f64, change: i32) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "simulated days fit i64 milliseconds"
        )]
        let millis = (at * 1000.0).ceil() as i64;
        // Rounding must not move a change into a tick that is over.
        let millis = millis.max(self.told_until.saturating_add(1));
        self.order += 1;
        self.pending
            .insert((millis, self.order), (detector, change));
    }
}
