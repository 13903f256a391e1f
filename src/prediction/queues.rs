//! The point queues of all lanes, and what their vehicles have cost so far.
//!
//! In: a forecast, and which lanes are served from when until when. Out: who has left, and the delay.
//! Not here: why lanes are served.
//!
//! One server per lane: vehicle *i* crosses at d(i) = max(a(i), d(i−1) + h·w(i−1)), as long as the lane
//! is served; the first after a red waits for the start-up lost time.

#![expect(
    clippy::indexing_slicing,
    reason = "lane numbers are below LANES_MAX, arrival numbers stop at each lane's sentinel"
)]

use crate::intersection::LANES_MAX;
use crate::prediction::Forecast;
use crate::prediction::LaneBits;
use crate::prediction::NEVER;
use crate::prediction::Offset;
use crate::prediction::Row;

/// Green that a lane can still use after yellow has begun, ms. Drivers use more, but crediting 1.5 s
/// cost 20 % in trials: plans then end greens with vehicles at the stop bar.
pub(crate) const YELLOW_CREDIT: Offset = 500;

/// Turners who have found no gap turn this long after their green has ended, ms: when the opposing traffic stops.
const TURNS_AFTER: Offset = 1_500;

/// A vehicle held up for less than this does not stop, it only slows down.
pub(crate) const STOPS_AFTER: Offset = 2_000;

/// All lanes at one moment of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Queues {
    /// Per lane, the next arrival that has not left.
    pub(crate) next: [u16; LANES_MAX],
    /// Per lane, the earliest moment at which it can leave.
    pub(crate) free_at: [Offset; LANES_MAX],
    /// Delay and stops of those that have left, milli-vehicle × ms.
    pub(crate) cost: i64,
}

/// When lanes are served, and how that begins.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// From …
    pub from: Offset,
    /// … to, not including.
    pub until: Offset,
    /// Lanes that were not served just before `from`: they start up.
    pub starting: LaneBits,
}

/// The numbers of the lanes in a set, ascending.
pub(crate) fn lanes_in(mut bits: LaneBits) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let lane = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(lane)
    })
}

impl Queues {
    /// Nobody has left yet.
    #[must_use]
    pub fn new(forecast: &Forecast) -> Self {
        let mut next = [0; LANES_MAX];
        for (lane, first) in forecast.first.iter().take(forecast.lanes()).enumerate() {
            next[lane] = u16::try_from(*first).unwrap_or(u16::MAX);
        }
        Self {
            next,
            free_at: [0; LANES_MAX],
            cost: 0,
        }
    }

    /// A green that has only just begun is still starting up. `since` gives the beginning of a lane's
    /// green.
    pub fn keep_starting(
        &mut self,
        forecast: &Forecast,
        row: &Row,
        since: impl Fn(usize) -> Option<Offset>,
    ) {
        for lane in lanes_in(row.green_lanes & forecast.occupied) {
            if forecast.stopped[usize::from(self.next[lane])] {
                let start_up = forecast.start_up[lane];
                let started = since(lane).map_or(0, |green| green + start_up);
                self.free_at[lane] = started.clamp(0, start_up);
            }
        }
    }

    /// At `at` the green of `lanes`, served by `row` until now, ends: they use a little of the yellow, and some who
    /// have found no gap turn.
    pub(crate) fn end(
        &mut self,
        forecast: &Forecast,
        row: &Row,
        lanes: LaneBits,
        at: Offset,
        stop: i64,
    ) {
        let window = Window {
            from: at,
            until: at + YELLOW_CREDIT,
            starting: 0,
        };
        for lane in lanes_in(lanes & !row.yielding & forecast.occupied) {
            self.serve(forecast, row, lane, window, stop);
        }
        for lane in lanes_in(lanes & row.yielding & row.green_lanes & forecast.occupied) {
            self.turn_late(forecast, lane, (at, row.turn_late[lane]), stop);
        }
    }

    /// The first `late` milli-vehicles of a lane that wait for a gap when green ends at `at` turn after it.
    fn turn_late(
        &mut self,
        forecast: &Forecast,
        lane: usize,
        (at, late): (Offset, i32),
        stop: i64,
    ) {
        let mut next = usize::from(self.next[lane]);
        let mut room = late;
        let leaves = at + TURNS_AFTER;
        while room > 0 {
            let reached = if forecast.stopped[next] {
                forecast.arrives[next]
            } else {
                forecast.arrives[next].saturating_add(TURNS_AFTER)
            };
            if reached > at {
                break;
            }
            room -= forecast.weight[next];
            let delay = leaves - forecast.arrives[next];
            self.cost += i64::from(forecast.price[next]) * i64::from(delay);
            if !forecast.stopped[next] {
                self.cost += i64::from(forecast.weight[next]) * stop;
            }
            next += 1;
        }
        self.next[lane] = u16::try_from(next).unwrap_or(u16::MAX);
    }

    /// Serves the lanes of `row` during `window`. Stopping vehicles cost `stop` ms each.
    pub(crate) fn advance(&mut self, forecast: &Forecast, row: &Row, window: Window, stop: i64) {
        let served = row.served & forecast.occupied;
        let yielding = served & row.yielding;
        if yielding == 0 {
            for lane in lanes_in(served) {
                self.serve(forecast, row, lane, window, stop);
            }
            return;
        }
        let mut busy_until = [NEVER; LANES_MAX];
        for lane in lanes_in(served & !row.yielding) {
            busy_until[lane] = self.serve(forecast, row, lane, window, stop);
        }
        for lane in lanes_in(yielding) {
            let clear = lanes_in(row.yields_to[lane] & served & !row.yielding)
                .map(|other| busy_until[other])
                .fold(window.from, Offset::max);
            if clear < window.until {
                let delayed = Window {
                    from: clear,
                    ..window
                };
                self.serve(forecast, row, lane, delayed, stop);
            }
        }
    }

    /// Milli-vehicles that have left.
    pub(crate) fn served(&self, forecast: &Forecast) -> i64 {
        (0..forecast.lanes())
            .map(|lane| forecast.weight_before[usize::from(self.next[lane])])
            .sum()
    }

    /// Serves one lane and says until when its queue kept it saturated.
    fn serve(
        &mut self,
        forecast: &Forecast,
        row: &Row,
        lane: usize,
        window: Window,
        stop: i64,
    ) -> Offset {
        let bit = 1 << lane;
        let until = window.until;
        let headway = i64::from(row.headway[lane]);
        let mut next = usize::from(self.next[lane]);
        let mut free = self.free_at[lane].max(window.from);
        if window.starting & bit != 0 && forecast.arrives[next] <= window.from {
            free = free.max(window.from + forecast.start_up[lane]);
        }
        let mut busy = window.from;
        loop {
            let arrives = forecast.arrives[next];
            let leaves = arrives.max(free);
            if leaves >= until {
                if arrives < until {
                    busy = until;
                }
                break;
            }
            let weight = i64::from(forecast.weight[next]);
            let delay = leaves - arrives;
            self.cost += i64::from(forecast.price[next]) * i64::from(delay);
            if delay > STOPS_AFTER && !forecast.stopped[next] {
                self.cost += weight * stop;
            }
            let taken = headway * weight / 1_000;
            free = leaves + i32::try_from(taken).unwrap_or(NEVER / 2);
            if delay > 0 {
                busy = free;
            }
            next += 1;
        }
        self.next[lane] = u16::try_from(next).unwrap_or(u16::MAX);
        self.free_at[lane] = free;
        busy
    }

    /// Delay and stops so far of those that have arrived by `t` and not left.
    pub(crate) fn waiting(&self, forecast: &Forecast, by: &ArrivedBy<'_>, stop: i64) -> i64 {
        let mut cost = 0;
        for lane in lanes_in(forecast.occupied) {
            let next = usize::from(self.next[lane]);
            let arrived = usize::from(by.arrived[lane]);
            if arrived > next {
                let price = forecast.price_before[arrived] - forecast.price_before[next];
                let moment = forecast.moment_before[arrived] - forecast.moment_before[next];
                cost += price * i64::from(by.time) - moment;
                let stopped = usize::from(by.stopped[lane]);
                if stopped > next {
                    let moving = forecast.moving_before[stopped] - forecast.moving_before[next];
                    cost += moving * stop;
                }
            }
        }
        cost
    }

    /// What is still to come for those left over at the end: each lane's queue of q vehicles drains in
    /// ½·h·q², and where it is red at the end it also waits `red` ms for its green.
    pub(crate) fn left_over(
        &self,
        forecast: &Forecast,
        by: &ArrivedBy<'_>,
        row: &Row,
        red: i64,
    ) -> i64 {
        let mut cost = 0;
        for lane in lanes_in(forecast.occupied) {
            let next = usize::from(self.next[lane]);
            let arrived = usize::from(by.arrived[lane]);
            if arrived > next {
                let queue = forecast.weight_before[arrived] - forecast.weight_before[next];
                cost += i64::from(forecast.headway[lane]) * queue * queue / 2_000;
                if row.green_lanes & (1 << lane) == 0 {
                    cost += queue * red;
                }
            }
        }
        cost
    }
}

/// Per lane, how far arrivals have got at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrivedBy<'a> {
    pub(crate) time: Offset,
    /// The first that arrives later than `time`.
    pub(crate) arrived: &'a [u16],
    /// The first that arrives later than `time` − [`STOPS_AFTER`].
    pub(crate) stopped: &'a [u16],
}

/// Fills one entry per lane: the first arrival later than `time`.
pub(crate) fn arrived_by(forecast: &Forecast, time: Offset, into: &mut Vec<u16>) {
    for lane in 0..forecast.lanes() {
        let (mut i, end) = (forecast.first[lane], forecast.first[lane + 1] - 1);
        while i < end && forecast.arrives[i] <= time {
            i += 1;
        }
        into.push(u16::try_from(i).unwrap_or(u16::MAX));
    }
}
