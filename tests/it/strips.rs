//! Signal strips: what every phase showed over time, as a traffic engineer would draw it.
//!
//! ```text
//! 2  ...GGGGGGyyyrr...     . red   L leading walk   G green   y yellow   r red clearance   * flash
//! 2p ---WWWWFFF-------     - don't walk   W walk   F flashing don't walk
//! ```
//! One character is what was shown at the start of each stretch of `resolution` (a second, or a tick).
//! Pedestrian strips appear for phases that ever showed walk.

use std::collections::BTreeMap;
use std::fmt;

use phasewise::intersection::{PhaseId, PhaseSet};
use phasewise::signal::{Interval, PedestrianInterval, SignalState};
use phasewise::units::{Millis, TICK, Timestamp};

/// What was shown, phase by phase.
pub(crate) struct Strips {
    phases: PhaseSet,
    resolution: Millis,
    next: Option<Timestamp>,
    vehicle: BTreeMap<PhaseId, String>,
    pedestrian: BTreeMap<PhaseId, String>,
}

impl Strips {
    /// One character per second.
    pub(crate) fn per_second(phases: PhaseSet) -> Self {
        Self::new(phases, Millis(1_000))
    }

    /// One character per tick, for boundary values.
    pub(crate) fn per_tick(phases: PhaseSet) -> Self {
        Self::new(phases, TICK)
    }

    fn new(phases: PhaseSet, resolution: Millis) -> Self {
        Self {
            phases,
            resolution,
            next: None,
            vehicle: phases.iter().map(|phase| (phase, String::new())).collect(),
            pedestrian: phases.iter().map(|phase| (phase, String::new())).collect(),
        }
    }

    /// The state from `now` on; call it on every tick.
    pub(crate) fn record(&mut self, state: &SignalState, now: Timestamp) {
        let mut next = self.next.unwrap_or(now);
        while next <= now {
            for phase in self.phases.iter() {
                let shown = &state.phases[phase];
                let vehicle = if state.flash {
                    '*'
                } else {
                    vehicle_char(shown.interval)
                };
                self.vehicle.get_mut(&phase).unwrap().push(vehicle);
                self.pedestrian
                    .get_mut(&phase)
                    .unwrap()
                    .push(pedestrian_char(shown.pedestrian));
            }
            next = next + self.resolution;
        }
        self.next = Some(next);
    }

    /// The vehicle strip of one phase.
    pub(crate) fn vehicle(&self, phase: u8) -> &str {
        &self.vehicle[&PhaseId::new(phase).unwrap()]
    }

    /// The pedestrian strip of one phase.
    pub(crate) fn pedestrian(&self, phase: u8) -> &str {
        &self.pedestrian[&PhaseId::new(phase).unwrap()]
    }

    /// Compares with an expected drawing; indentation and empty lines do not matter.
    #[track_caller]
    pub(crate) fn assert_shows(&self, expected: &str) {
        let tidy = |text: &str| -> Vec<String> {
            text.lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .filter(|line| !line.is_empty())
                .collect()
        };
        assert!(
            tidy(&self.to_string()) == tidy(expected),
            "shown:\n{self}\nexpected:\n{expected}"
        );
    }
}

impl fmt::Display for Strips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for phase in self.phases.iter() {
            writeln!(f, "{phase}  {}", self.vehicle[&phase])?;
            let pedestrian = &self.pedestrian[&phase];
            if pedestrian.contains('W') {
                writeln!(f, "{phase}p {pedestrian}")?;
            }
        }
        Ok(())
    }
}

fn vehicle_char(interval: Interval) -> char {
    match interval {
        Interval::Red => '.',
        Interval::LeadingWalk => 'L',
        Interval::Green => 'G',
        Interval::YellowChange => 'y',
        Interval::RedClearance => 'r',
    }
}

fn pedestrian_char(interval: PedestrianInterval) -> char {
    match interval {
        PedestrianInterval::DontWalk => '-',
        PedestrianInterval::Walk => 'W',
        PedestrianInterval::Clearance => 'F',
    }
}
