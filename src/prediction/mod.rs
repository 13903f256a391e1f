//! The future as far as it can be known: who arrives on which lane, and how lanes discharge.
//!
//! In: an [`Estimate`](crate::estimation::Estimate) and the site. Out: a [`Forecast`] (individual
//! arrivals per lane over the horizon), a [`ServiceTable`] (what each lane can do while a given set of
//! phases is green), and [`play`], which runs a plan against them and says what it costs in delay.
//! Not here: which plans are legal, or which is best (`solver/`). The solver's search advances the same
//! [`Queues`], so that a plan costs the same in the search and played on its own.
//!
//! Everything is whole numbers: milliseconds from now, thousandths of a vehicle. Sums of them are
//! exact, so no decision can hang on the last digit of a float.

use crate::units::{Millis, Timestamp};

mod forecast;
mod play;
mod price;
mod queues;
mod service;

pub(crate) use forecast::lanes_by_phase;
pub use forecast::{Forecast, MILLI};
pub use play::{Played, Segment, play};
pub(crate) use queues::{ArrivedBy, STOPS_AFTER, arrived_by};
pub use queues::{Queues, Window};
pub use service::{Row, ServiceTable};

/// A moment of the future, in milliseconds from the forecast's `now`.
pub type Offset = i32;

/// Later than any horizon.
pub const NEVER: Offset = i32::MAX / 2;

pub(crate) fn offset(time: Timestamp, now: Timestamp) -> Offset {
    clamp_offset(time.since(now))
}

pub(crate) fn clamp_offset(time: Millis) -> Offset {
    i32::try_from(time.0.clamp(-i64::from(NEVER), i64::from(NEVER))).unwrap_or(NEVER)
}

/// A set of lanes; bit *n* is lane *n*.
pub type LaneBits = u64;

const _: () = assert!(crate::intersection::LANES_MAX <= 64, "lanes fit LaneBits");
