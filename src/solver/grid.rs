//! Moments at which plans may change.
//!
//! In: the forecast, how far apart. Out: [`Grid`], with how far arrivals have got at each point. Not
//! here: states of the search.

#![expect(
    clippy::indexing_slicing,
    reason = "one row of entries per grid point, one entry per lane"
)]

use crate::prediction::Forecast;
use crate::prediction::NEVER;
use crate::prediction::Offset;
use crate::prediction::{ArrivedBy, STOPS_AFTER, arrived_by};

/// Distance of grid points, ms: up to this moment, this far apart. Near the present a second matters;
/// far away nothing is known to the second, and the plan will have been made anew long before.
pub(super) const FINE: [(Offset, Offset); 3] = [(8_000, 1_000), (24_000, 2_000), (NEVER, 4_000)];
pub(super) const COARSE: [(Offset, Offset); 3] = [(2_000, 1_000), (12_000, 2_500), (NEVER, 6_000)];

/// Grid points with how far arrivals have got at each.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    pub(super) times: Vec<Offset>,
    arrived: Vec<u16>,
    stopped: Vec<u16>,
    lanes: usize,
}

impl Grid {
    pub(super) fn rebuild(&mut self, forecast: &Forecast, spacing: &[(Offset, Offset)]) {
        self.times.clear();
        self.arrived.clear();
        self.stopped.clear();
        self.lanes = forecast.lanes();
        let mut time = 0;
        loop {
            self.times.push(time);
            arrived_by(forecast, time, &mut self.arrived);
            arrived_by(forecast, time - STOPS_AFTER, &mut self.stopped);
            if time >= forecast.horizon {
                return;
            }
            let distance = spacing.iter().find(|(until, _)| time < *until);
            time = (time + distance.map_or(1_000, |(_, d)| *d)).min(forecast.horizon);
        }
    }

    pub(super) fn last(&self) -> usize {
        self.times.len() - 1
    }

    /// The first grid point not before `time`, at the latest the last.
    pub(super) fn at_or_after(&self, time: Offset, from: usize) -> usize {
        (from..self.times.len())
            .find(|&k| self.times[k] >= time)
            .unwrap_or(self.last())
    }

    pub(super) fn by(&self, k: usize) -> ArrivedBy<'_> {
        let lanes = k * self.lanes..(k + 1) * self.lanes;
        ArrivedBy {
            time: self.times[k],
            arrived: &self.arrived[lanes.clone()],
            stopped: &self.stopped[lanes],
        }
    }
}
