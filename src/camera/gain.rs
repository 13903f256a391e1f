//! How much brighter or darker the whole picture has become: exposure of the camera, a cloud.
//!
//! In: frames. Out: what to multiply brightness with so that the road looks as it did. Not here: light that falls on one
//! place only.

use crate::intersection::Px;

use super::frame::Frame;

/// Places in a picture that are compared, across and down.
const GRID: u32 = 24;
/// Smallest and largest factor; beyond, it is another picture.
const GAIN_MIN: f32 = 0.5;
const GAIN_MAX: f32 = 2.0;
/// Share of a new frame in what the picture usually looks like; at 15 frames a second it follows within half a minute.
const SHARE: f32 = 0.002;
/// Pixels darker or brighter than this tell nothing about the gain.
const DARK: f32 = 12.0;
const BRIGHT: f32 = 245.0;

/// Compares each frame with what the picture usually looks like.
#[derive(Clone, Debug, Default)]
pub(super) struct Gain {
    usual: Vec<f32>,
}

impl Gain {
    /// The factor for this frame.
    pub(super) fn look(&mut self, frame: &Frame<'_>) -> f32 {
        let now = samples(frame);
        if self.usual.len() != now.len() {
            self.usual = now;
            return 1.0;
        }
        let told = |value: &f32| (DARK..BRIGHT).contains(value);
        let pairs = self.usual.iter().zip(&now);
        let mut ratios: Vec<f32> = pairs
            .filter(|(usual, now)| told(usual) && told(now))
            .map(|(usual, now)| usual / now)
            .collect();
        ratios.sort_by(f32::total_cmp);
        let gain = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
        for (usual, now) in self.usual.iter_mut().zip(&now) {
            *usual += SHARE * (now - *usual);
        }
        gain.clamp(GAIN_MIN, GAIN_MAX)
    }
}

/// Brightness at places all over the picture.
pub(super) fn samples(frame: &Frame<'_>) -> Vec<f32> {
    let [width, height] = frame
        .size()
        .map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let place = |at: u32, side: u32| (f64::from(at) + 0.5) / f64::from(GRID) * f64::from(side);
    let places = (0..GRID).flat_map(|row| (0..GRID).map(move |column| [column, row]));
    places
        .map(|[column, row]| -> Px { [place(column, width), place(row, height)] })
        .map(|place| frame.gray(place))
        .collect()
}
