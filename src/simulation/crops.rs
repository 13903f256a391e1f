//! Labelled patches of rendered pictures: what our own model is trained on.
//!
//! In: frames of a filmed approach, and who really stood where. Out: patches as a picture of patches, one below the other, and a table
//! with one row each. Only `phasewise simulate --crops` collects them. Not here: training (`models/train.py`).

use std::io::{self, Write};

use super::render::OnRoad;
use crate::camera::Frame;
use crate::camera::learned::{PATCH_SIDE, Patch};
use crate::intersection::{Id, LaneId, Px};
use crate::units::Millis;

/// Between looks: a queue that stands looks the same for long, and tells no more.
const EVERY: Millis = Millis(1_600);
/// So many patches at most: 300 MB of pixels.
const PATCHES_MAX: usize = 100_000;

/// A patch, and what is known about it.
#[derive(Clone, Debug)]
struct Crop {
    at: Millis,
    lane: LaneId,
    ends_m: [f64; 2],
    patch: Patch,
    /// How much of the piece of road vehicles of this lane stand on, m.
    covered_m: f64,
    /// What the presence zone said, where there is one.
    told: Option<bool>,
}

/// Collects patches.
#[derive(Clone, Debug)]
pub struct Crops {
    cells: Vec<(LaneId, [f64; 2], [Px; 4])>,
    crops: Vec<Crop>,
    /// Those of the last frame have no label yet.
    labelled: usize,
    next: Millis,
}

impl Crops {
    pub(super) fn new(cells: Vec<(LaneId, [f64; 2], [Px; 4])>) -> Self {
        Self {
            cells,
            crops: Vec::new(),
            labelled: 0,
            next: Millis::ZERO,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.crops.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crops.is_empty()
    }

    /// Cuts patches from a frame, if it is time; [`Self::label`] says next what is in them.
    pub(super) fn take(&mut self, frame: &Frame<'_>, at: Millis) {
        if at < self.next || self.crops.len() + self.cells.len() > PATCHES_MAX {
            return;
        }
        self.next = at + EVERY;
        let crops = self.cells.iter().map(|(lane, ends_m, corners)| Crop {
            at,
            lane: *lane,
            ends_m: *ends_m,
            patch: Patch::cut(frame, corners),
            covered_m: 0.0,
            told: None,
        });
        self.crops.extend(crops);
    }

    /// Who was on the road in that frame, and what zones said of their lanes.
    pub(super) fn label(&mut self, on_road: &[OnRoad], zones: &[(LaneId, bool)]) {
        for crop in self.crops.iter_mut().skip(self.labelled) {
            let vehicles = on_road.iter().filter(|it| it.lane == crop.lane);
            let [near, far] = crop.ends_m;
            let on_cell = vehicles.map(|it| (it.rear_m.min(far) - it.front_m.max(near)).max(0.0));
            crop.covered_m = on_cell.sum();
            let zone = zones.iter().find(|(lane, _)| *lane == crop.lane);
            crop.told = zone.filter(|_| near < 1.0).map(|(_, told)| *told);
        }
        self.labelled = self.crops.len();
    }

    /// Writes all patches as one PPM picture, one below the other.
    ///
    /// # Errors
    /// Of the writer.
    pub fn write_picture(&self, mut to: impl Write) -> io::Result<()> {
        let high = PATCH_SIDE * self.crops.len();
        write!(to, "P6\n{PATCH_SIDE} {high}\n255\n")?;
        for crop in &self.crops {
            for pixel in crop.patch.bgr.chunks_exact(3) {
                let mut pixel = pixel.to_vec();
                pixel.reverse();
                to.write_all(&pixel)?;
            }
        }
        to.flush()
    }

    /// Writes one row for each patch: when, which lane, where, how much of it is covered, and what the zone said (1, 0 or nothing).
    ///
    /// # Errors
    /// Of the writer.
    pub fn write_labels(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(to, "time_s,lane,from_m,to_m,covered_m,told")?;
        for crop in &self.crops {
            let told = crop.told.map_or("", |told| if told { "1" } else { "0" });
            let [from, until] = crop.ends_m;
            let lane = crop.lane.index();
            let at = crop.at.secs();
            let covered = crop.covered_m;
            writeln!(to, "{at:.2},{lane},{from},{until},{covered:.2},{told}")?;
        }
        to.flush()
    }
}
