//! Plays a plan against a forecast.
//!
//! In: who arrives, and which phases are green from when until when. Out: what it costs in delay, and
//! who is served. Not here: pedestrians and maximum waits, which need no playing (`solver/`).

use crate::intersection::LANES_MAX;
use crate::intersection::PhaseSet;
use crate::prediction::Forecast;
use crate::prediction::Offset;
use crate::prediction::Queues;
use crate::prediction::Row;
use crate::prediction::Window;
use crate::prediction::queues::ArrivedBy;
use crate::prediction::queues::STOPS_AFTER;
use crate::prediction::queues::arrived_by;

/// A stretch of a plan during which the green phases do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// From …
    pub from: Offset,
    /// … to, not including.
    pub until: Offset,
    /// Exactly these phases are green.
    pub green: PhaseSet,
}

/// What a plan does to traffic over its horizon, in milli-vehicle × ms (10⁻⁶ vehicle-seconds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Delay and stops of vehicles that leave, and of those that wait, within the horizon.
    pub cost: i64,
    /// What those left over at the end still have to wait.
    pub left_over: i64,
    /// Milli-vehicles that leave.
    pub served: i64,
}

/// Plays `segments`, which must follow one another from now to the horizon, on `queues` as they are now,
/// `before` being green until now. `row` gives each set's service; a stop costs `stop` ms; a lane that ends on red waits `red` ms
/// more.
pub fn play<'a>(
    forecast: &Forecast,
    mut queues: Queues,
    before: PhaseSet,
    segments: &[Segment],
    mut row: impl FnMut(PhaseSet) -> &'a Row,
    weights: (i64, i64),
) -> Played {
    let (stop, red) = weights;
    let mut last = row(before);
    for segment in segments {
        let here = row(segment.green);
        if here.green != last.green {
            let ending = last.served & !here.served;
            queues.end(forecast, last, ending, segment.from, stop);
        }
        let window = Window {
            from: segment.from,
            until: segment.until,
            starting: here.served & !last.served,
        };
        queues.advance(forecast, here, window, stop);
        last = here;
    }
    let mut arrived = Vec::with_capacity(LANES_MAX);
    let mut stopped = Vec::with_capacity(LANES_MAX);
    arrived_by(forecast, forecast.horizon, &mut arrived);
    arrived_by(forecast, forecast.horizon - STOPS_AFTER, &mut stopped);
    let by = ArrivedBy {
        time: forecast.horizon,
        arrived: &arrived,
        stopped: &stopped,
    };
    Played {
        cost: queues.cost + queues.waiting(forecast, &by, stop),
        left_over: queues.left_over(forecast, &by, last, red),
        served: queues.served(forecast),
    }
}
