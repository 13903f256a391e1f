//! What the road looks like along a line when nobody is on it.
//!
//! In: columns of pixels, and which of them differ from the road. Out: the color of the road at each place.

use crate::units::Millis;

use super::super::frame::Color;
use super::grid::Grid;
use super::{ACROSS, Column};

/// How much of a difference is taken over with each search, where nothing is on the road: light changes within some seconds.
const SHARE: f32 = 0.1;
/// A place that has differed for so long without a break is the road as it looks now: a lorry that waits behind a red
/// is gone before; a dropped branch or a wet patch stays.
const STAYS: Millis = Millis(120_000);

/// The road, and since when each place differs from it.
#[derive(Clone, Debug)]
pub(super) struct Background {
    pub(super) colors: Vec<Color>,
    pub(super) length: usize,
    since: Vec<Option<Millis>>,
}

impl Background {
    /// The median of some columns, place by place.
    pub(super) fn median(columns: &[Column], length: usize) -> Self {
        let colors = (0..length * ACROSS.len()).map(|place| median_at(columns, place));
        Self {
            colors: colors.collect(),
            length,
            since: vec![None; length],
        }
    }

    /// Follows the light where nothing was on the road after `since`.
    pub(super) fn learn(&mut self, columns: &[Column], since: Millis, differs: &Grid) {
        let Some(now) = columns.last().map(|last| last.at) else {
            return;
        };
        let fresh = columns.iter().filter(|column| column.at > since).count();
        let first = columns.len() - fresh;
        for row in 0..self.length {
            let busy = (first..columns.len()).any(|column| differs.at(row, column));
            let clear = (first..columns.len()).any(|column| !differs.at(row, column));
            let places = (0..ACROSS.len()).map(|line| line * self.length + row);
            let Some(beginning) = self.since.get_mut(row) else {
                continue;
            };
            if clear {
                *beginning = None;
            } else if now - *beginning.get_or_insert(now) > STAYS {
                *beginning = None;
                for place in places {
                    if let Some(color) = self.colors.get_mut(place) {
                        *color = median_at(columns, place);
                    }
                }
                continue;
            }
            if busy {
                continue;
            }
            for place in places {
                let seen = columns.last().and_then(|column| column.colors.get(place));
                if let (Some(color), Some(seen)) = (self.colors.get_mut(place), seen) {
                    for (value, new) in color.iter_mut().zip(seen) {
                        *value += SHARE * (new - *value);
                    }
                }
            }
        }
    }
}

fn median_at(columns: &[Column], place: usize) -> Color {
    let mut color = [0.0; 3];
    for (channel, median) in color.iter_mut().enumerate() {
        let seen = columns
            .iter()
            .filter_map(|column| column.colors.get(place)?.get(channel));
        let mut values: Vec<f32> = seen.copied().collect();
        values.sort_by(f32::total_cmp);
        *median = values.get(values.len() / 2).copied().unwrap_or(0.0);
    }
    color
}
