//! Runs a journal's inputs through a new controller and compares every output.
//!
//! In: a journal (it carries its site file). Out: whether every output was reproduced bit for bit, or
//! the first tick and field that differ. Not here: files and the command line (`cli/`).

use std::io::Read;

use crate::controller::{Controller, Outputs};
use crate::intersection::{Intersection, PerPhase, PhaseId};
use crate::journal::{JournalError, Reader, Tick};
use crate::signal::DecisionKind;
use crate::units::Timestamp;

/// What a replay found.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// Ticks whose every output was reproduced, before the first difference.
    pub ticks: usize,
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
}

/// An output that was not reproduced.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which tick, counted from 1.
    pub tick: usize,
    /// Its time.
    pub now: Timestamp,
    /// Which field of the outputs, e.g. `heads.vehicle[phase 2]`.
    pub field: String,
    /// What the journal has.
    pub recorded: String,
    /// What came out now.
    pub reproduced: String,
}

/// Replays a journal on a new controller of `site`, the site in the journal's header. `progress` is
/// told the number of ticks done every now and then. Where the recorded advice half failed and ours does not,
/// that is the first difference.
///
/// # Errors
/// When the journal is cut off or damaged; everything before that was reproduced.
pub fn replay<R: Read>(
    journal: &mut Reader<R>,
    site: &Intersection,
    progress: impl FnMut(usize),
) -> Result<Replayed, JournalError> {
    replay_on(journal, Controller::new(site), progress)
}

/// The same on a controller that has not been stepped.
///
/// # Errors
/// As [`replay`].
pub fn replay_on<R: Read>(
    journal: &mut Reader<R>,
    mut controller: Controller,
    mut progress: impl FnMut(usize),
) -> Result<Replayed, JournalError> {
    let mut ticks = 0;
    while let Some(Tick {
        now,
        inputs,
        outputs: recorded,
    }) = journal.next_tick()?
    {
        let reproduced = controller.step(&inputs, now);
        if let Some((field, recorded, reproduced)) = first_difference(&recorded, &reproduced) {
            let difference = Difference {
                tick: ticks + 1,
                now,
                field,
                recorded,
                reproduced,
            };
            return Ok(Replayed {
                ticks,
                difference: Some(difference),
            });
        }
        ticks += 1;
        if ticks.is_multiple_of(10_000) {
            progress(ticks);
        }
    }
    Ok(Replayed {
        ticks,
        difference: None,
    })
}

/// Field, recorded value and reproduced value of the first output that differs.
fn first_difference(recorded: &Outputs, reproduced: &Outputs) -> Option<(String, String, String)> {
    // Taken apart, so that a new output cannot be forgotten here.
    let Outputs {
        heads,
        rung,
        events,
        decision,
        announcement,
        refusals,
        lost_edges,
    } = recorded;
    // First the rung: where it differs, all the rest follows from that.
    let ran = |outputs: &Outputs| match &outputs.decision {
        Some(decision) if decision.kind == DecisionKind::Fallback => {
            format!("{:?}: {}", outputs.rung, decision.reason)
        }
        Some(_) | None => format!("{:?}", outputs.rung),
    };
    if *rung != reproduced.rung {
        return Some(("rung".to_owned(), ran(recorded), ran(reproduced)));
    }
    per_phase("heads.vehicle", &heads.vehicle, &reproduced.heads.vehicle)
        .or_else(|| {
            per_phase(
                "heads.pedestrian",
                &heads.pedestrian,
                &reproduced.heads.pedestrian,
            )
        })
        .or_else(|| field("events", events, &reproduced.events))
        .or_else(|| field("decision", decision, &reproduced.decision))
        .or_else(|| field("announcement", announcement, &reproduced.announcement))
        .or_else(|| field("refusals", refusals, &reproduced.refusals))
        .or_else(|| field("lost_edges", lost_edges, &reproduced.lost_edges))
}

fn per_phase<T: PartialEq + std::fmt::Debug>(
    name: &str,
    recorded: &PerPhase<T>,
    reproduced: &PerPhase<T>,
) -> Option<(String, String, String)> {
    PhaseId::all()
        .find(|&phase| recorded[phase] != reproduced[phase])
        .and_then(|phase| {
            field(
                &format!("{name}[phase {phase}]"),
                &recorded[phase],
                &reproduced[phase],
            )
        })
}

fn field<T: PartialEq + std::fmt::Debug>(
    name: &str,
    recorded: &T,
    reproduced: &T,
) -> Option<(String, String, String)> {
    (recorded != reproduced).then(|| {
        (
            name.to_owned(),
            format!("{recorded:?}"),
            format!("{reproduced:?}"),
        )
    })
}
