//! Measures of performance from any high-resolution log.
//!
//! In: the events of one signal and a table that says what its detectors are for ([`DetectorRoles`]).
//! Out: [`Measures`], one list per measure, each in its own file with its definition and source. Where
//! the Python package `atspm` has a measure, ours has the same definition and `make peers` compares the
//! two. Not here: anything that knows how the signal was controlled or where vehicles really were.
//!
//! Most lists are by time bin: `bin` is the start of the bin on the site's civil clock.

mod actuations;
mod arrivals_on_green;
mod bins;
mod coordination;
mod delay;
mod intervals;
mod pedestrians;
mod phase_wait;
mod platoon_ratio;
mod roles;
mod services;
mod split_failures;
mod terminations;
mod yellow_red;

use serde::Serialize;

use crate::hires::Event;
use crate::units::Millis;

pub use actuations::DetectorCount;
pub use arrivals_on_green::ArrivalsOnGreen;
pub use coordination::{CoordinationEvent, VendorSplit};
pub use delay::SimpleDelay;
pub use pedestrians::{PedestrianDelay, Pedestrians};
pub use phase_wait::PhaseWait;
pub use platoon_ratio::PlatoonRatio;
pub use roles::{DetectorRole, DetectorRoles, Role, RolesError};
pub use services::Service;
pub use split_failures::SplitFailures;
pub use terminations::Terminations;
pub use yellow_red::YellowRed;

/// What can be chosen; the defaults are the `atspm` package's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Length of a time bin. A whole number of minutes that divides the day.
    pub bin: Millis,
    /// Cycle length to assume where the log tells none, for skipped phases.
    pub assumed_cycle: Millis,
    /// Time between an actuation and its record, for yellow and red actuations.
    pub yellow_red_latency: Millis,
    /// Saturation headway of [`SimpleDelay`], s per vehicle and detector.
    pub saturation_headway_s: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bin: Millis(15 * 60_000),
            assumed_cycle: Millis(140_000),
            yellow_red_latency: Millis::ZERO,
            saturation_headway_s: 2.0,
        }
    }
}

/// All measures of one log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Length of a bin, s.
    pub bin_s: f64,
    /// Actuations of every detector.
    pub actuations: Vec<DetectorCount>,
    /// Arrivals on green by phase.
    pub arrivals_on_green: Vec<ArrivalsOnGreen>,
    /// Quality of progression by phase.
    pub platoon_ratio: Vec<PlatoonRatio>,
    /// Greens that ended before their queue.
    pub split_failures: Vec<SplitFailures>,
    /// Why greens ended.
    pub terminations: Vec<Terminations>,
    /// Actuations around the end of green.
    pub yellow_red: Vec<YellowRed>,
    /// From call to green.
    pub phase_wait: Vec<PhaseWait>,
    /// Walks and button presses.
    pub pedestrians: Vec<Pedestrians>,
    /// From button to walk.
    pub pedestrian_delay: Vec<PedestrianDelay>,
    /// Pattern, cycle and offset as logged.
    pub coordination: Vec<CoordinationEvent>,
    /// Splits as one vendor logs them.
    pub vendor_splits: Vec<VendorSplit>,
    /// Every green with its splits and cycle.
    pub services: Vec<Service>,
    /// Delay and stops estimated from advance detectors.
    pub simple_delay: Vec<SimpleDelay>,
}

impl Measures {
    /// Computes all measures. `events` in order of time.
    #[must_use]
    pub fn compute(events: &[Event], roles: &DetectorRoles, settings: &Settings) -> Self {
        let bin = settings.bin;
        let arrivals = arrivals_on_green::compute(events, roles, bin);
        Self {
            bin_s: bin.secs(),
            actuations: actuations::compute(events, bin),
            platoon_ratio: platoon_ratio::compute(events, &arrivals, bin),
            arrivals_on_green: arrivals,
            split_failures: split_failures::compute(events, roles, bin),
            terminations: terminations::compute(events, bin),
            yellow_red: yellow_red::compute(events, roles, settings.yellow_red_latency),
            phase_wait: phase_wait::compute(events, settings),
            pedestrians: pedestrians::compute(events, bin),
            pedestrian_delay: pedestrians::delay(events, bin),
            coordination: coordination::compute(events),
            vendor_splits: coordination::vendor_splits(events, bin),
            services: services::compute(events),
            simple_delay: delay::compute(events, roles, settings),
        }
    }
}
