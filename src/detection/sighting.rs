//! What a camera tells at one moment.
//!
//! In: nothing. Out: [`Sighting`], counts and speeds. Deliberately not here: positions, tracks, pictures;
//! none of them reaches a controller.

use serde::{Deserialize, Serialize};

use crate::intersection::ViewId;

/// Vehicles seen in one view now. An empty one says that nobody is there; a camera that is blind says
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Which view.
    pub view: ViewId,
    /// Speed of each vehicle in it, the one nearest to the stop bar first, cm/s; at most
    /// [`SIGHTED_MAX`] are looked at.
    pub speeds_cmps: Vec<u16>,
}

/// Most vehicles of one sighting: a kilometer of standing cars, the longest view there may be.
pub const SIGHTED_MAX: usize = 160;

/// A vehicle slower than this stands, cm/s.
pub const STANDING_CMPS: u16 = 50;

impl Sighting {
    /// Speeds that are looked at, cm/s.
    #[must_use]
    pub fn speeds(&self) -> &[u16] {
        self.speeds_cmps
            .get(..SIGHTED_MAX)
            .unwrap_or(&self.speeds_cmps)
    }

    /// Vehicles seen.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        self.speeds().len()
    }

    /// Vehicles that stand.
    #[must_use]
    pub fn standing(&self) -> usize {
        let speeds = self.speeds().iter();
        speeds.filter(|speed| **speed < STANDING_CMPS).count()
    }
}
