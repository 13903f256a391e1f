//! When vehicles leave under a plan.
//!
//! In: who arrives, and which phases are green from when until when. Out: departures by lane, second by
//! second; what neighbors downstream are told. Not here: what it costs (`play.rs`).

use crate::intersection::PhaseSet;
use crate::prediction::Forecast;
use crate::prediction::Offset;
use crate::prediction::Queues;
use crate::prediction::Row;
use crate::prediction::Segment;
use crate::prediction::Window;

/// Departures are told apart by seconds.
const SLICE: Offset = 1_000;

/// Plays `segments`, which must follow one another from now on, on `queues` as they are now, `before` being
/// green until now, and says for each second who leaves: lane, phases
/// green, from when, milli-vehicles. `row` gives each set's
/// service.
pub fn departures<'a>(
    forecast: &Forecast,
    mut queues: Queues,
    (before, segments): (PhaseSet, &[Segment]),
    mut row: impl FnMut(PhaseSet) -> &'a Row,
    mut leave: impl FnMut(usize, PhaseSet, Offset, i64),
) {
    let mut last = row(before);
    for segment in segments {
        let here = row(segment.green);
        let mut starting = here.served & !last.served;
        let mut from = segment.from;
        while from < segment.until {
            let until = (from - from.rem_euclid(SLICE) + SLICE).min(segment.until);
            let stood = queues;
            let window = Window {
                from,
                until,
                starting,
            };
            queues.advance(forecast, here, window, 0);
            for lane in 0..forecast.lanes() {
                let left = queues.left(forecast, lane) - stood.left(forecast, lane);
                if left > 0 {
                    leave(lane, segment.green, from, left);
                }
            }
            (from, starting) = (until, 0);
        }
        last = here;
    }
}
