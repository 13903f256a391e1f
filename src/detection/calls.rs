//! From detector outputs to calls of phases: lock, fail time, pedestrian memory.
//!
//! In: every detector's output and health, and what is shown. Out: calls with the time they were
//! registered, extensions, events 43–45. Not here: recalls (`conventional/`).

use crate::detection::channel::Channel;
use crate::detection::{Health, Readings, log};
use crate::hires::code;
use crate::intersection::{
    DetectorId, FailMode, Intersection, PerPhase, PhaseId, PhaseSet, Recall, Table,
};
use crate::signal::{Interval, PedestrianInterval, SignalState};
use crate::units::Timestamp;

/// What is remembered between ticks.
#[derive(Clone, Debug, Default)]
pub(super) struct Registered {
    /// Phases with a locked vehicle call.
    locked: PhaseSet,
    /// Phases with a pedestrian call.
    pedestrian: PhaseSet,
}

impl Registered {
    pub(super) fn update(
        &mut self,
        intersection: &Intersection,
        channels: &Table<DetectorId, Channel>,
        shown: &SignalState,
        now: Timestamp,
        readings: &mut Readings,
    ) {
        let greens = shown.greens();
        let walks = walking(shown);
        let mut present = PhaseSet::EMPTY;
        let mut pressed = PhaseSet::EMPTY;
        readings.extending = PhaseSet::EMPTY;
        readings.failed = PhaseSet::EMPTY;
        for (id, detector) in intersection.detectors.iter() {
            let channel = &channels[id];
            let failed = channel.health() != Health::Good;
            if let Some(crosswalk) = detector.crosswalk {
                let phase = intersection.crosswalks[crosswalk].phase;
                let constant = failed && detector.settings.fail != FailMode::NoCall;
                let button = !failed && channel.actuations() > 0;
                if constant || button {
                    pressed.insert(phase);
                }
            } else if failed {
                readings.failed = readings.failed.union(detector.phases());
                let held = holds(detector.settings.fail, detector.phases(), shown, now);
                readings.extending = readings.extending.union(held);
                if detector.settings.fail != FailMode::NoCall {
                    present = present.union(detector.calls);
                }
            } else if channel.is_actuated() {
                readings.extending = readings
                    .extending
                    .union(detector.extends.intersection(greens));
                present = present.union(detector.calls);
                if detector.settings.lock {
                    self.locked = self.locked.union(detector.calls.difference(greens));
                }
                for phase in detector.calls.iter() {
                    readings.actuations[phase] += channel.actuations();
                }
            }
        }
        self.locked = self.locked.difference(greens);
        self.pedestrian = self.pedestrian.union(pressed).difference(walks);
        let vehicle = present.union(self.locked).difference(greens);
        publish(intersection, vehicle, self.pedestrian, now, readings);
    }
}

fn walking(shown: &SignalState) -> PhaseSet {
    shown
        .phases
        .iter()
        .filter(|(_, state)| state.pedestrian == PedestrianInterval::Walk)
        .map(|(phase, _)| phase)
        .collect()
}

/// Phases that a failed detector holds in green now (NTCIP `vehicleDetectorFailTime`).
fn holds(fail: FailMode, phases: PhaseSet, shown: &SignalState, now: Timestamp) -> PhaseSet {
    let in_green = phases
        .iter()
        .filter(|phase| shown.phases[*phase].interval == Interval::Green);
    match fail {
        FailMode::NoCall => PhaseSet::EMPTY,
        FailMode::ConstantCall => in_green.collect(),
        FailMode::HoldFor(time) => in_green
            .filter(|phase| now.since(shown.phases[*phase].since) < time)
            .collect(),
    }
}

/// Writes the calls, when they began, and what changed.
fn publish(
    intersection: &Intersection,
    vehicle: PhaseSet,
    pedestrian: PhaseSet,
    now: Timestamp,
    readings: &mut Readings,
) {
    let before = readings.calls;
    readings.calls.vehicle = vehicle;
    readings.calls.pedestrian = pedestrian;
    if before == readings.calls {
        return;
    }
    remember(&mut readings.vehicle_call_since, vehicle, now);
    remember(&mut readings.pedestrian_call_since, pedestrian, now);
    let events = &mut readings.events;
    for phase in vehicle.difference(before.vehicle).iter() {
        if intersection.phase[phase].actuated.recall == Recall::None {
            log(events, code::PHASE_CALL_REGISTERED, parameter(phase));
        }
    }
    for phase in before.vehicle.difference(vehicle).iter() {
        if intersection.phase[phase].actuated.recall == Recall::None {
            log(events, code::PHASE_CALL_DROPPED, parameter(phase));
        }
    }
    for phase in pedestrian.difference(before.pedestrian).iter() {
        if !intersection.phase[phase].actuated.pedestrian_recall {
            log(events, code::PEDESTRIAN_CALL_REGISTERED, parameter(phase));
        }
    }
}

fn remember(since: &mut PerPhase<Option<Timestamp>>, called: PhaseSet, now: Timestamp) {
    for phase in PhaseId::all() {
        if !called.contains(phase) {
            since[phase] = None;
        } else if since[phase].is_none() {
            since[phase] = Some(now);
        }
    }
}

fn parameter(phase: PhaseId) -> u16 {
    u16::from(phase.number())
}
