//! Patterns, their schedule, and the settings of the solver.

use super::{parse_rings, phase_set};
use crate::intersection::file::{ByPhase, Day, PatternEntry, ScheduleRow, SiteFile};
use crate::intersection::{Coordination, Pattern, PerPhase, ScheduleEntry, SolverTuning};
use crate::units::Millis;

pub(super) fn compile_pattern(pattern: &PatternEntry) -> Option<Pattern> {
    let by_phase = |table: &ByPhase<f64>| {
        PerPhase::from_fn(|phase| table.get(phase).copied().map(Millis::from_secs))
    };
    let splits = by_phase(&pattern.splits_s);
    Some(Pattern {
        id: pattern.id.clone(),
        number: pattern.number,
        coordination: pattern.cycle_s.map(|cycle| Coordination {
            cycle: Millis::from_secs(cycle),
            splits: PerPhase::from_fn(|phase| splits[phase].unwrap_or_default()),
            offset: Millis::from_secs(pattern.offset_s.unwrap_or(0.0)),
            coordinated: phase_set(&pattern.coordinated),
        }),
        rings: match &pattern.rings {
            Some(texts) => Some(parse_rings(texts)?),
            None => None,
        },
        max_green: by_phase(&pattern.max_green_s),
    })
}

pub(super) fn compile_schedule(
    row: &ScheduleRow,
    patterns: &[PatternEntry],
) -> Option<ScheduleEntry> {
    let mut days = [false; 7];
    match &row.days {
        None => days = [true; 7],
        Some(listed) => {
            for day in listed {
                for (index, on) in days.iter_mut().enumerate() {
                    *on |= day_includes(*day, index);
                }
            }
        }
    }
    Some(ScheduleEntry {
        days,
        from: time_of_day(&row.from)?,
        until: time_of_day(&row.until)?,
        pattern: patterns
            .iter()
            .position(|pattern| pattern.id == row.pattern)?,
    })
}

/// Whether `day` covers the weekday `index`, Monday = 0.
fn day_includes(day: Day, index: usize) -> bool {
    match day {
        Day::Mon => index == 0,
        Day::Tue => index == 1,
        Day::Wed => index == 2,
        Day::Thu => index == 3,
        Day::Fri => index == 4,
        Day::Sat => index == 5,
        Day::Sun => index == 6,
        Day::Weekdays => index < 5,
        Day::Weekend => index >= 5,
    }
}

/// `HH:MM` as time since midnight, up to `99:59`.
pub(in crate::intersection) fn time_of_day(text: &str) -> Option<Millis> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.chars().all(|c| c.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if minutes >= 60 {
        return None;
    }
    Some(Millis((hours * 60 + minutes) * 60_000))
}

pub(super) fn compile_solver(file: &SiteFile) -> SolverTuning {
    let solver = &file.tuning.solver;
    SolverTuning {
        horizon: Millis::from_secs(solver.horizon_s),
        stop_penalty_s: solver.stop_penalty_s,
        persons_per_vehicle: solver.persons_per_vehicle,
        pedestrian_weight: solver.pedestrian_weight,
        saturation_headway_s: solver.saturation_headway_s,
        start_up_lost_time_s: solver.start_up_lost_time_s,
    }
}
