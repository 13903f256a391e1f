//! Why conventional control changed its wish, in words.
//!
//! In: what ended and what is next. Out: [`Change`], small enough to make at every change and only
//! turned into text when somebody reads it. Not here: anything decided.

use std::fmt;

use crate::intersection::PerPhase;
use crate::intersection::PhaseSet;
use crate::signal::Calls;
use crate::signal::GreenEnd;
use crate::units::Millis;
use crate::units::Timestamp;

/// One change of what conventional control wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Greens that end.
    pub ended: PhaseSet,
    /// Why each of them ends.
    pub why: PerPhase<GreenEnd>,
    /// How long each of them was green.
    pub green: PerPhase<Millis>,
    /// Phases that begin.
    pub begins: PhaseSet,
    /// Calls that the phases that begin had; those without come by recall, dual entry or plan.
    pub called: Calls,
}

/// `ended 2 (gap, 14.3 s) and 6 (gap, 14.3 s); next 4+8: 4 called by vehicles, 8 by pedestrians`
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, phase) in self.ended.iter().enumerate() {
            let start = if i == 0 { "ended" } else { " and" };
            let why = words(self.why[phase]);
            write!(f, "{start} {phase} ({why}, {})", self.green[phase])?;
        }
        let separator = if self.ended.is_empty() { "" } else { "; " };
        write!(f, "{separator}next {}", self.begins)?;
        let (vehicle, pedestrian) = (self.called.vehicle, self.called.pedestrian);
        match (vehicle.is_empty(), pedestrian.is_empty()) {
            (true, true) => f.write_str(": recall, dual entry or plan"),
            (false, true) => write!(f, ": {vehicle} called by vehicles"),
            (true, false) => write!(f, ": {pedestrian} called by pedestrians"),
            (false, false) => {
                write!(
                    f,
                    ": {vehicle} called by vehicles, {pedestrian} by pedestrians"
                )
            }
        }
    }
}

fn words(why: GreenEnd) -> &'static str {
    match why {
        GreenEnd::GapOut => "gap",
        GreenEnd::MaxOut => "maximum",
        GreenEnd::ForceOff => "force-off",
        GreenEnd::Planned => "not needed",
        GreenEnd::MaxWait => "somebody waited too long",
    }
}
