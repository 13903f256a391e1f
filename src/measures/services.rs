//! Split and cycle history: every green with its clearance, why it ended, and the time since the
//! phase's green before.
//!
//! Definition: green from event 1 to 8 (or 7), yellow to 10 (or 9), red clearance to 11; the reason is
//! the last of 4, 5, 6 between begin of green and begin of yellow. Our own; no counterpart in `atspm`.

use serde::Serialize;

use super::bins::{as_text, parameters};
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;

/// One service of a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// Begin of green.
    #[serde(serialize_with = "as_text")]
    pub at: ClockTime,
    /// Phase.
    pub phase: u16,
    /// Green, s.
    pub green_s: f64,
    /// Green, yellow change and red clearance, s: what it used of the cycle.
    pub split_s: f64,
    /// From its green before to this, s.
    pub cycle_s: Option<f64>,
    /// `gap-out`, `max-out`, `force-off`, or nothing where the log tells no reason.
    pub ended_by: Option<&'static str>,
}

pub(super) fn compute(events: &[Event]) -> Vec<Service> {
    let mut services = Vec::new();
    for phase in parameters(events, &[code::PHASE_BEGIN_GREEN]) {
        services.extend(of_phase(events, phase));
    }
    services.sort_by_key(|service| (service.at, service.phase));
    services
}

/// Services of one phase that the log begins and ends.
fn of_phase(events: &[Event], phase: u16) -> Vec<Service> {
    let mut services = Vec::new();
    let mut open: Option<Service> = None;
    let mut previous: Option<ClockTime> = None;
    for event in events.iter().filter(|event| event.parameter == phase) {
        if event.code == code::PHASE_BEGIN_GREEN {
            services.extend(open.take().filter(|service| service.split_s > 0.0));
            open = Some(Service {
                at: event.at,
                phase,
                green_s: 0.0,
                split_s: 0.0,
                cycle_s: previous.map(|previous| (event.at - previous).secs()),
                ended_by: None,
            });
            previous = Some(event.at);
            continue;
        }
        let Some(service) = &mut open else {
            continue;
        };
        let so_far = (event.at - service.at).secs();
        let green_is_over = service.green_s > 0.0;
        match event.code {
            code::PHASE_GAP_OUT if !green_is_over => service.ended_by = Some("gap-out"),
            code::PHASE_MAX_OUT if !green_is_over => service.ended_by = Some("max-out"),
            code::PHASE_FORCE_OFF if !green_is_over => service.ended_by = Some("force-off"),
            code::PHASE_BEGIN_YELLOW_CHANGE => service.green_s = so_far,
            code::PHASE_END_YELLOW_CHANGE
            | code::PHASE_BEGIN_RED_CLEARANCE
            | code::PHASE_END_RED_CLEARANCE
                if green_is_over =>
            {
                service.split_s = so_far;
            }
            _ => {}
        }
    }
    services.extend(open.filter(|service| service.split_s > 0.0));
    services
}
