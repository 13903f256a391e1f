//! How much brighter or darker the whole picture has become: exposure of the camera, a cloud.
//!
//! In: brightness at places all over each frame. Out: what to multiply brightness with so that the road looks as it did. Not here: light that falls on one
//! place only.

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
    /// The factor for the frame with these samples.
    pub(super) fn look(&mut self, now: &[f32]) -> f32 {
        if self.usual.len() != now.len() {
            self.usual = now.to_vec();
            return 1.0;
        }
        let told = |value: &f32| (DARK..BRIGHT).contains(value);
        let pairs = self.usual.iter().zip(now);
        let mut ratios: Vec<f32> = pairs
            .filter(|(usual, now)| told(usual) && told(now))
            .map(|(usual, now)| usual / now)
            .collect();
        ratios.sort_by(f32::total_cmp);
        let gain = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
        for (usual, now) in self.usual.iter_mut().zip(now) {
            *usual += SHARE * (now - *usual);
        }
        gain.clamp(GAIN_MIN, GAIN_MAX)
    }
}
