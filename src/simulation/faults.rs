//! Detector faults: what edges look like when a detector does not tell the truth.
//!
//! In: true edges of one site, tick by tick; a schedule of faults; a seed. Out: the edges that reach the
//! controller, in order of time. Not here: whether anybody notices (`detection/`).

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::draw;
use crate::detection::Edge;
use crate::intersection::{DetectorId, Id};
use crate::units::{Millis, Timestamp};

/// One detector lies for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// Which detector.
    pub detector: DetectorId,
    /// How it lies.
    pub kind: FaultKind,
    /// From …
    pub from: Timestamp,
    /// … up to, not including.
    pub until: Timestamp,
}

/// How a detector lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// Always on.
    StuckOn,
    /// Always off.
    Dead,
    /// Switches on and off this many times a minute, whatever passes.
    Chatter {
        /// On edges per minute, 1 to 600.
        per_minute: u32,
    },
    /// Misses this share of the vehicles, 0 to 1.
    Missed {
        /// Share of on edges that are lost, together with their off edges.
        share: f64,
    },
    /// Sees vehicles that are not there.
    False {
        /// Phantom pulses per hour.
        per_hour: f64,
    },
}

/// Length of a phantom pulse.
const PHANTOM: Millis = Millis(300);

/// All detectors of one site with their faults.
#[derive(Clone, Debug)]
pub struct Faults {
    schedule: Vec<Fault>,
    detectors: Vec<Detector>,
    rng: Pcg64Mcg,
    now: Timestamp,
}

#[derive(Clone, Copy, Debug, Default)]
struct Detector {
    /// What is really there.
    covered: bool,
    /// What was last reported.
    reported: bool,
    /// The vehicle that covers it now goes unseen.
    missed: bool,
    /// A phantom covers it until then.
    phantom_until: Option<Timestamp>,
}

impl Faults {
    /// Faults for a site with this many detectors, from `start` on. Where faults of one detector overlap,
    /// the first in the list counts.
    #[must_use]
    pub fn new(schedule: Vec<Fault>, detectors: usize, start: Timestamp, seed: u64) -> Self {
        Self {
            schedule,
            detectors: vec![Detector::default(); detectors],
            rng: Pcg64Mcg::seed_from_u64(draw::stream(seed, "faults", 0)),
            now: start,
        }
    }

    /// What the controller is told in the tick that ends at `now`, given the true edges of that tick.
    pub fn apply(&mut self, now: Timestamp, edges: &[Edge]) -> Vec<Edge> {
        let mut told = Vec::new();
        let begins = self.now + Millis(1);
        self.now = now;
        self.switch(begins, &mut told);
        for edge in edges {
            self.pass_on(*edge, &mut told);
        }
        told.sort_by_key(|edge| (edge.at, edge.detector));
        told
    }

    fn fault_of(&self, detector: DetectorId, at: Timestamp) -> Option<FaultKind> {
        let applies =
            |fault: &&Fault| fault.detector == detector && fault.from <= at && at < fault.until;
        self.schedule.iter().find(applies).map(|fault| fault.kind)
    }

    /// What changes at the beginning of a tick without a vehicle: faults that begin, end, chatter.
    fn switch(&mut self, at: Timestamp, told: &mut Vec<Edge>) {
        for index in 0..self.detectors.len() {
            let id = DetectorId::from_index(index);
            let fault = self.fault_of(id, at);
            let phantom = self.phantom(index, fault, at);
            let detector = &mut self.detectors[index];
            let on = match fault {
                None => detector.covered,
                Some(FaultKind::StuckOn) => true,
                Some(FaultKind::Dead) => false,
                Some(FaultKind::Chatter { per_minute }) => chatter(per_minute, at),
                Some(FaultKind::Missed { .. }) => detector.covered && !detector.missed,
                Some(FaultKind::False { .. }) => detector.covered || phantom,
            };
            report(
                detector,
                Edge {
                    detector: id,
                    on,
                    at,
                },
                told,
            );
        }
    }

    fn phantom(&mut self, index: usize, fault: Option<FaultKind>, at: Timestamp) -> bool {
        let Some(FaultKind::False { per_hour }) = fault else {
            self.detectors[index].phantom_until = None;
            return false;
        };
        // One draw per tick and false detector; a tick is short against the time between phantoms.
        if self.rng.random::<f64>() < per_hour / 36_000.0 {
            self.detectors[index].phantom_until = Some(at + PHANTOM);
        }
        self.detectors[index]
            .phantom_until
            .is_some_and(|until| at < until)
    }

    fn pass_on(&mut self, edge: Edge, told: &mut Vec<Edge>) {
        let fault = self.fault_of(edge.detector, edge.at);
        let detector = &mut self.detectors[edge.detector.index()];
        detector.covered = edge.on;
        match fault {
            None => report(detector, edge, told),
            Some(FaultKind::StuckOn | FaultKind::Dead | FaultKind::Chatter { .. }) => {}
            Some(FaultKind::Missed { share }) => {
                if edge.on {
                    detector.missed = self.rng.random::<f64>() < share;
                }
                if !detector.missed {
                    report(detector, edge, told);
                }
                if !edge.on {
                    detector.missed = false;
                }
            }
            Some(FaultKind::False { .. }) => {
                let phantom = detector.phantom_until.is_some_and(|until| edge.at < until);
                let on = edge.on || phantom;
                report(detector, Edge { on, ..edge }, told);
            }
        }
    }
}

fn report(detector: &mut Detector, edge: Edge, told: &mut Vec<Edge>) {
    if detector.reported != edge.on {
        detector.reported = edge.on;
        told.push(edge);
    }
}

/// A square wave with this many on edges a minute.
fn chatter(per_minute: u32, at: Timestamp) -> bool {
    let half_waves =
        at.0.saturating_mul(2 * i64::from(per_minute))
            .div_euclid(60_000);
    half_waves.rem_euclid(2) == 0
}
