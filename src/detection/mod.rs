//! From detector edges to what each phase and lane is told: calls, actuations, counts, health.
//!
//! In: edges since the last tick, and what the heads show. Out: [`Readings`]. Each detector has a
//! `channel` (delay, extend, counts) and a `health` monitor; `reconcile` compares detectors of one lane;
//! `calls` turns it all into calls of phases. Semantics are those of NTCIP 1202 v3 vehicle detectors.
//! Not here: any estimate of traffic between detectors (`estimation/`), recalls (`conventional/`).
//!
//! Edges come from outside and may be anything. A detector that nobody knows and a second on (or off) in
//! a row are ignored; stamps in the future or out of order are moved to the nearest possible time, because
//! the state of a detector is better known than the time it changed. All are counted in [`Suspect`].
//!
//! Event codes: 81/82 off/on after delay and extend, 89/90 raw for buttons. Faults: 85 (watchdog) no
//! activity, 84 (other) locked on, implausible count and disowned by its source, 88 (excessive change) chatter, 83 restored; 91/92
//! for buttons. 43/44 when a phase's call by detectors appears or goes (served or dropped), 45 when a
//! pedestrian call appears; 43 and 45 not under recall.

mod calls;
mod channel;
mod health;
mod reconcile;
mod sighting;

use serde::{Deserialize, Serialize};

use crate::hires::{Event, code};
use crate::intersection::{
    DETECTORS_MAX, Detector, DetectorFunction, DetectorId, Intersection, PerPhase, PhaseSet, Table,
};
use crate::signal::{Calls, SignalState};
use crate::units::{ClockTime, Millis, Timestamp};

use calls::Registered;
use channel::Channel;
use reconcile::Reconciler;

pub use sighting::{SIGHTED_MAX, STANDING_CMPS, Sighting};

/// Most edges of one detector reported in one tick; a car every 100 ms is already impossible. More
/// still change its state and its counts.
pub const EDGES_PER_TICK_MAX: usize = 8;

/// A detector or push button changed between off and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Which.
    pub detector: DetectorId,
    /// To on, or to off.
    pub on: bool,
    /// When; within the tick that ends at the step's `now`, possibly finer than 0.1 s.
    pub at: Timestamp,
}

/// Everything the detectors of one intersection say at one tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// Vehicle and pedestrian calls for phases not being served: after delay, with lock and fail-time
    /// behavior. Pedestrian calls are remembered until walk begins.
    pub calls: Calls,
    /// When each phase's present vehicle call was registered.
    pub vehicle_call_since: PerPhase<Option<Timestamp>>,
    /// When each phase's present pedestrian call was registered.
    pub pedestrian_call_since: PerPhase<Option<Timestamp>>,
    /// Phases whose green is extended right now: by a healthy detector (covered, or within its extend
    /// time), or by a failed one within its fail time.
    pub extending: PhaseSet,
    /// Actuations in this tick of detectors that call the phase: added initial, cars before reduction.
    pub actuations: PerPhase<u32>,
    /// Phases with a failed vehicle detector that should call or extend them. Its fail-time behavior is already
    /// in `calls` and `extending`.
    pub failed: PhaseSet,
    /// By detector.
    pub detectors: Table<DetectorId, DetectorReading>,
    /// Events of this tick: 81/82 (after delay and extend), 89/90, 83–88, 91/92, 43–45. The stamp is
    /// filled in by the controller, which knows civil time.
    pub events: Vec<Event>,
}

/// What one detector says.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorReading {
    /// Covered now (raw).
    pub on: bool,
    /// Whether it is believed.
    pub health: Health,
    /// Moments it switched on in this tick (raw); at most [`EDGES_PER_TICK_MAX`].
    pub on_edges: Vec<Timestamp>,
    /// Moments it switched off in this tick (raw); at most [`EDGES_PER_TICK_MAX`].
    pub off_edges: Vec<Timestamp>,
    /// Actuations in the last full five minutes of the controller's clock (0:00–5:00, 5:00–10:00, …).
    pub count: u32,
    /// Share of the last full five minutes it was covered, 0 to 1.
    pub occupancy: f64,
    /// Time between the last two on edges.
    pub headway: Option<Millis>,
    /// Covered without a break for this long.
    pub covered_for: Millis,
}

/// Whether a detector is believed, and if not why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// Believed.
    #[default]
    Good,
    /// Silent for longer than `no_activity`.
    NoActivity,
    /// Covered for longer than `max_presence`.
    LockedOn,
    /// More actuations a minute than `erratic_per_min`.
    Chatter,
    /// Its count cannot be reconciled with the other detectors of its lane.
    Implausible,
    /// Its source says that it cannot be believed: a blind camera, an input module that is gone.
    Disowned,
}

/// Edges that could not be taken as they came, since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspect {
    /// From a detector the site does not have; ignored.
    pub unknown: u64,
    /// On when already on, or off when already off; ignored.
    pub duplicate: u64,
    /// Stamped before the last edge of the same detector; taken at that edge's time.
    pub out_of_order: u64,
    /// Stamped after `now`; taken at `now`.
    pub future: u64,
}

/// The detectors of one intersection: keeps what must be remembered between ticks.
#[derive(Clone, Debug)]
pub struct Detection {
    channels: Table<DetectorId, Channel>,
    reconciler: Reconciler,
    registered: Registered,
    suspect: Suspect,
    readings: Readings,
    now: Option<Timestamp>,
}

impl Detection {
    /// All detectors off and believed, no calls.
    #[must_use]
    pub fn new(intersection: &Intersection) -> Self {
        Self {
            channels: intersection.detectors.map(|_, _| Channel::default()),
            reconciler: Reconciler::new(intersection),
            registered: Registered::default(),
            suspect: Suspect::default(),
            readings: Readings {
                calls: Calls::default(),
                vehicle_call_since: PerPhase::default(),
                pedestrian_call_since: PerPhase::default(),
                extending: PhaseSet::EMPTY,
                actuations: PerPhase::default(),
                failed: PhaseSet::EMPTY,
                detectors: intersection.detectors.map(|_, _| DetectorReading::unread()),
                events: Vec::with_capacity(4 * intersection.detectors.len() + 32),
            },
            now: None,
        }
    }

    /// What the detectors said last.
    #[must_use]
    pub fn readings(&self) -> &Readings {
        &self.readings
    }

    /// Edges that could not be taken as they came, since start.
    #[must_use]
    pub fn suspect(&self) -> Suspect {
        self.suspect
    }

    /// What `failed` names is not believed in the next update, whatever its edges say; everything else is, as far
    /// as its source goes. Detectors that the site does not have are ignored.
    pub fn disown(&mut self, failed: &[DetectorId]) {
        let failed = failed.get(..DETECTORS_MAX).unwrap_or(failed);
        for (id, channel) in self.channels.iter_mut() {
            channel.disown(failed.contains(&id));
        }
    }

    /// Takes the edges since the last update, in the order they came, and the intervals `shown` since
    /// then. A `now` before the last one is taken as the last one. Never fails; never allocates after
    /// the first busy ticks.
    pub fn update(
        &mut self,
        intersection: &Intersection,
        edges: &[Edge],
        shown: &SignalState,
        now: Timestamp,
    ) -> &Readings {
        let first = self.now.is_none();
        let now = self.now.map_or(now, |last| last.max(now));
        self.now = Some(now);
        self.readings.events.clear();
        self.readings.actuations = PerPhase::default();
        let greens = shown.greens();
        for (id, channel) in self.channels.iter_mut() {
            if first {
                channel.start(now);
            }
            channel.begin_tick(intersection.detectors[id].phases().intersects(greens), now);
            self.readings.detectors[id].begin_tick();
        }
        for edge in edges {
            self.take(intersection, *edge, now);
        }
        if self.reconciler.is_due(now) {
            self.reconciler.close_windows(&mut self.channels, now);
        }
        for (id, channel) in self.channels.iter_mut() {
            let detector = &intersection.detectors[id];
            let reading = &mut self.readings.detectors[id];
            channel.end_tick(detector, now, &mut self.readings.events);
            reading.health = channel.diagnose(detector, now, &mut self.readings.events);
            channel.read(reading, now);
        }
        self.registered
            .update(intersection, &self.channels, shown, now, &mut self.readings);
        &self.readings
    }

    fn take(&mut self, intersection: &Intersection, edge: Edge, now: Timestamp) {
        let Some(detector) = intersection.detectors.find(edge.detector) else {
            self.suspect.unknown += 1;
            return;
        };
        let channel = &mut self.channels[edge.detector];
        if channel.is_on() == edge.on {
            self.suspect.duplicate += 1;
            return;
        }
        if edge.at > now {
            self.suspect.future += 1;
        } else if edge.at < channel.changed_at() {
            self.suspect.out_of_order += 1;
        }
        let at = edge.at.max(channel.changed_at()).min(now);
        channel.change(detector, edge.on, at, &mut self.readings.events);
        let reading = &mut self.readings.detectors[edge.detector];
        let moments = if edge.on {
            &mut reading.on_edges
        } else {
            &mut reading.off_edges
        };
        if moments.len() < EDGES_PER_TICK_MAX {
            moments.push(at);
        }
    }
}

impl DetectorReading {
    fn unread() -> Self {
        Self {
            on: false,
            health: Health::Good,
            on_edges: Vec::with_capacity(EDGES_PER_TICK_MAX),
            off_edges: Vec::with_capacity(EDGES_PER_TICK_MAX),
            count: 0,
            occupancy: 0.0,
            headway: None,
            covered_for: Millis::ZERO,
        }
    }

    fn begin_tick(&mut self) {
        self.on_edges.clear();
        self.off_edges.clear();
    }
}

impl Detector {
    /// Phases it calls or extends: those whose green decides about delay and extend.
    fn phases(&self) -> PhaseSet {
        self.calls.union(self.extends)
    }

    fn is_button(&self) -> bool {
        self.function == DetectorFunction::PedestrianButton
    }
}

/// Logs `code` for `parameter`; the controller fills in the stamp.
fn log(events: &mut Vec<Event>, code: u16, parameter: u16) {
    events.push(Event {
        at: ClockTime::default(),
        code,
        parameter,
    });
}

/// Logs that a detector's output switched.
fn log_output(events: &mut Vec<Event>, detector: &Detector, on: bool) {
    let code = match (detector.is_button(), on) {
        (false, true) => code::DETECTOR_ON,
        (false, false) => code::DETECTOR_OFF,
        (true, true) => code::PEDESTRIAN_DETECTOR_ON,
        (true, false) => code::PEDESTRIAN_DETECTOR_OFF,
    };
    log(events, code, detector.channel);
}
