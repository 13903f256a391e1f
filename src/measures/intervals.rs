//! Paired events: intervals from a begin to its end, and whether they can be believed.

use super::bins::of_phase;
use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// From one event to the next of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// From …
    pub(super) from: ClockTime,
    /// … to.
    pub(super) until: ClockTime,
    /// A begin followed by an end, not implausibly long.
    pub(super) valid: bool,
}

impl Interval {
    /// Whether the two share any time.
    pub(super) fn overlaps(self, from: ClockTime, until: ClockTime) -> bool {
        from < self.until && self.from < until
    }
}

/// Pairs begins with ends of one parameter. A begin followed by another begin, an end followed by
/// another end, and an interval longer than `longest` are not valid. What the log does not end is left
/// out.
pub(super) fn paired(
    events: &[Event],
    parameter: u16,
    begin: u16,
    end: u16,
    longest: Option<Millis>,
) -> Vec<Interval> {
    let edges = of_phase(events, parameter, &[begin, end]);
    edges
        .iter()
        .zip(edges.iter().skip(1))
        .filter(|(this, next)| this.code == begin || next.code == end)
        .map(|(this, next)| {
            let short_enough = longest.is_none_or(|longest| next.at - this.at <= longest);
            Interval {
                from: this.at,
                until: next.at,
                valid: this.code == begin && next.code == end && short_enough,
            }
        })
        .collect()
}

/// Intervals within which times cannot be believed: 5 s either side of a clock update (181), and
/// silences of the whole log that are too long for the time of day (`atspm`'s default thresholds).
pub(super) fn untrusted(events: &[Event]) -> Vec<Interval> {
    const AROUND_UPDATE: Millis = Millis(5_000);
    let mut found: Vec<Interval> = events
        .iter()
        .filter(|event| event.code == code::CONTROLLER_CLOCK_UPDATED)
        .map(|event| Interval {
            from: ClockTime(event.at.0 - AROUND_UPDATE.0),
            until: event.at + AROUND_UPDATE,
            valid: false,
        })
        .collect();
    for (before, after) in events.iter().zip(events.iter().skip(1)) {
        if after.at - before.at > longest_silence(before.at) {
            found.push(Interval {
                from: before.at,
                until: after.at,
                valid: false,
            });
        }
    }
    found
}

/// How long a controller may log nothing, by time of day: longer overnight.
fn longest_silence(at: ClockTime) -> Millis {
    let minute = at.time_of_day().0 / 60_000;
    let seconds = match minute {
        300..360 | 1260..1380 => 300,
        360..1260 => 120,
        _ => 900,
    };
    Millis(seconds * 1000)
}
