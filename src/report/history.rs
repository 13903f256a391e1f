//! What each phase did, read back from its events.
//!
//! In: a high-resolution log. Out: every complete service of a phase (green, yellow, red) with the
//! reason its green ended, and the times pedestrians walked. Not here: detectors, figures
//! (`measures/`).

use crate::hires::Event;
use crate::hires::code;
use crate::intersection::PhaseId;
use crate::units::ClockTime;
use crate::units::Millis;

/// Why a green ended, as far as the log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Termination {
    /// Event 4.
    GapOut,
    /// Event 5.
    MaxOut,
    /// Event 6: coordination, fixed time, or the adaptive plan.
    ForceOff,
    /// No such event.
    Unknown,
}

/// One service of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Start of green.
    pub green: ClockTime,
    /// Start of yellow change.
    pub yellow: ClockTime,
    /// End of yellow change.
    pub red: ClockTime,
    /// Why green ended.
    pub termination: Termination,
}

impl Service {
    /// Length of green.
    #[must_use]
    pub fn green_time(&self) -> Millis {
        self.yellow - self.green
    }
}

/// From one start of red of a phase to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Start of red.
    pub from: ClockTime,
    /// The service that ends it.
    pub service: Service,
}

impl Cycle {
    /// Length.
    #[must_use]
    pub fn length(&self) -> Millis {
        self.service.red - self.from
    }
}

/// Complete services of one phase in order of time. Services that the log shows only in part are left
/// out.
#[must_use]
pub fn services(events: &[Event], phase: PhaseId) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    let mut green: Option<ClockTime> = None;
    let mut yellow: Option<ClockTime> = None;
    let mut termination = Termination::Unknown;
    for event in of_phase(events, phase) {
        match event.code {
            code::PHASE_BEGIN_GREEN => {
                (green, yellow) = (Some(event.at), None);
                termination = Termination::Unknown;
            }
            code::PHASE_GAP_OUT if on(yellow, event) => termination = Termination::GapOut,
            code::PHASE_MAX_OUT if on(yellow, event) => termination = Termination::MaxOut,
            code::PHASE_FORCE_OFF if on(yellow, event) => termination = Termination::ForceOff,
            code::PHASE_BEGIN_YELLOW_CHANGE if yellow.is_none() => yellow = Some(event.at),
            // The last of them only counts where the log has lost the others.
            code::PHASE_END_YELLOW_CHANGE
            | code::PHASE_BEGIN_RED_CLEARANCE
            | code::PHASE_END_RED_CLEARANCE => {
                if let (Some(start), Some(end)) = (green, yellow) {
                    services.push(Service {
                        green: start,
                        yellow: end,
                        red: event.at,
                        termination,
                    });
                }
                (green, yellow) = (None, None);
            }
            _ => {}
        }
    }
    services
}

/// Cycles of one phase: each reaches from the end of one service to the end of the next.
#[must_use]
pub fn cycles(services: &[Service]) -> Vec<Cycle> {
    services
        .iter()
        .zip(services.iter().skip(1))
        .map(|(before, service)| Cycle {
            from: before.red,
            service: *service,
        })
        .collect()
}

/// Times at which the phase showed walk: from the start of walk to the start of pedestrian clearance.
#[must_use]
pub fn walks(events: &[Event], phase: PhaseId) -> Vec<(ClockTime, ClockTime)> {
    let mut walks = Vec::new();
    let mut since = None;
    for event in of_phase(events, phase) {
        match event.code {
            code::PEDESTRIAN_BEGIN_WALK => since = Some(event.at),
            code::PEDESTRIAN_BEGIN_CHANGE_INTERVAL | code::PEDESTRIAN_BEGIN_SOLID_DONT_WALK => {
                walks.extend(since.take().map(|start| (start, event.at)));
            }
            _ => {}
        }
    }
    walks
}

/// Events of a phase; events about detectors share parameters, so the codes decide.
fn of_phase(events: &[Event], phase: PhaseId) -> impl Iterator<Item = &Event> {
    let number = u16::from(phase.number());
    events
        .iter()
        .filter(move |event| event.parameter == number && event.code < code::BARRIER_TERMINATION)
}

/// Some controllers log the reason in the same tick as the yellow, after it.
fn on(yellow: Option<ClockTime>, event: &Event) -> bool {
    yellow.is_none_or(|at| at == event.at)
}
