//! Time and the few physical quantities the controller computes with.
//!
//! In: nothing. Out: integer milliseconds for every time the controller decides on, and thin wrappers
//! that keep meters apart from seconds. Not here: calendars (see [`ClockTime`] for the one civil time
//! there is) and any reading of a clock; time always arrives as an argument.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// The controller's tick: it is stepped ten times a second. The resolution of the high-resolution
/// event log and of NEMA timing is the same 0.1 s.
pub const TICK: Millis = Millis(100);

/// A duration in milliseconds; may be negative as a difference.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// A moment on the controller's own monotonic clock, milliseconds since the controller's first tick
/// (or since midnight of a simulated day; only differences matter). It never jumps back; civil time,
/// which may jump, is [`ClockTime`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Civil time at the site: milliseconds since 1970-01-01 00:00 *local* time, without a time zone.
/// Selects plans by time of day and stamps exported logs. May jump when somebody sets the clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ClockTime(pub i64);

const MILLIS_PER_DAY: i64 = 86_400_000;

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Rounds seconds to the nearest millisecond. Values beyond ±10¹² s saturate; NaN becomes zero.
    #[must_use]
    pub fn from_secs(seconds: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "clamped to a range that i64 holds"
        )]
        let millis = (seconds * 1000.0).round().clamp(-1e15, 1e15) as i64;
        Self(millis)
    }

    /// The same duration in seconds.
    #[must_use]
    pub fn secs(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact below 2^53 ms, 285,000 years"
        )]
        let millis = self.0 as f64;
        millis / 1000.0
    }

    /// The same duration rounded up to a whole number of ticks.
    #[must_use]
    pub fn round_up_to_tick(self) -> Self {
        self.round_up_to(TICK)
    }

    /// The same duration rounded up to a whole number of `steps`, which are longer than nothing.
    #[must_use]
    pub fn round_up_to(self, steps: Self) -> Self {
        let step = steps.0.max(1);
        Self(-(-self.0).div_euclid(step) * step)
    }
}

impl Timestamp {
    /// Seconds since the clock's zero.
    #[must_use]
    pub fn secs(self) -> f64 {
        Millis(self.0).secs()
    }

    /// Time since `earlier`; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl ClockTime {
    /// Milliseconds since local midnight, 0 to 86,399,999.
    #[must_use]
    pub fn time_of_day(self) -> Millis {
        Millis(self.0.rem_euclid(MILLIS_PER_DAY))
    }

    /// Midnight of the same day.
    #[must_use]
    pub fn midnight(self) -> Self {
        Self(self.0 - self.time_of_day().0)
    }

    /// Day of the week, Monday = 0 … Sunday = 6.
    #[must_use]
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        let day = (self.0.div_euclid(MILLIS_PER_DAY) + 3).rem_euclid(7);
        u8::try_from(day).unwrap_or(0)
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Millis {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, duration: Millis) -> Self {
        Self(self.0 + duration.0)
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Millis) -> Self {
        Self(self.0 - duration.0)
    }
}

impl Add<Millis> for ClockTime {
    type Output = Self;
    fn add(self, duration: Millis) -> Self {
        Self(self.0 + duration.0)
    }
}

impl Sub for ClockTime {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        Millis(self.0 - earlier.0)
    }
}

/// `12.5 s`
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.secs())
    }
}

/// `1234.5`, seconds on the controller's clock.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", Millis(self.0).secs())
    }
}

/// `2024-04-15 12:00:00.0`, as in a high-resolution log.
impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MILLIS_PER_DAY));
        let tenths = self.time_of_day().0 / 100;
        let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
        let tenth = tenths % 10;
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}.{tenth}"
        )
    }
}

/// Days since 1970-01-01 to (year, month, day) in the proleptic Gregorian calendar
/// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
#[must_use]
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// (year, month, day) to days since 1970-01-01; the inverse of [`civil_from_days`].
#[must_use]
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
