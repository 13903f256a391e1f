//! One record of the Indiana high-resolution controller log, and its codes.
//!
//! In: nothing. Out: [`Event`], the currency of the event log: the controller emits them, recordings
//! are made of them, measures are computed from them. Codes follow "Indiana Traffic Signal Hi
//! Resolution Data Logger Enumerations" (Purdue, 2012; 2019 edition). Not here: files
//! (`recording/`), meaning (`measures/`).

use serde::{Deserialize, Serialize};

use crate::units::ClockTime;

/// One record: at civil time `at` (0.1 s resolution), event `code` happened to `parameter`
/// (a phase, detector channel, seconds, … depending on the code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// When, on the site's civil clock.
    pub at: ClockTime,
    /// What: one of [`code`].
    pub code: u16,
    /// To which phase, detector channel, …
    pub parameter: u16,
}
