//! Light and weather of a rendered picture.
//!
//! In: the name of a scene. Out: how bright things are, where shadows fall, how noisy the picture is. Not here: drawing.

use serde::Serialize;

use super::ground::Place;
use super::picture::Color;
use crate::units::Timestamp;

/// What it is like outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scene {
    /// Overcast: soft light, no cast shadows.
    #[default]
    Day,
    /// A low sun: shadows reach into the next lane, and clouds come and go.
    Sun,
    /// Street lamps and headlights are on, the picture is noisy.
    Dusk,
    /// Hardly anything but lamps.
    Night,
    /// One sees 80 m.
    Fog,
    /// By day, the mast shakes in the wind.
    Wind,
    /// Dusk, low sun behind thin cloud, noise and wind in one: what the demo runs in.
    Evening,
}

/// A scene in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    /// Share of daylight.
    pub(super) daylight: f32,
    /// Length of a shadow per m of height, east and north.
    pub(super) shadow: Option<(Place, f32)>,
    /// How much the brightness of everything swings with passing clouds, as a share.
    pub(super) clouds: f32,
    /// Vehicles and streets have their lamps on.
    pub(super) lamps: bool,
    /// Standard deviation of the noise of a pixel, of 255.
    pub(super) noise: f32,
    /// Where contrast has fallen to 5 % (the meteorological range), m.
    pub(super) visible_m: f64,
    /// How far the picture sways, px of a picture 640 wide.
    pub(super) sway_px: f64,
}

/// Color of fog by day.
const FOG: Color = [188.0, 186.0, 184.0];

impl Scene {
    pub(super) fn light(self) -> Light {
        let day = Light {
            daylight: 1.0,
            shadow: None,
            clouds: 0.03,
            lamps: false,
            noise: 2.5,
            visible_m: 4_000.0,
            sway_px: 0.0,
        };
        // From the south-west, 27° above the horizon.
        let low_sun = |share: f32| Some(([1.4, 1.4], share));
        match self {
            Self::Day => day,
            Self::Sun => Light {
                daylight: 1.15,
                shadow: low_sun(0.45),
                clouds: 0.12,
                ..day
            },
            Self::Dusk => Light {
                daylight: 0.42,
                lamps: true,
                noise: 6.0,
                ..day
            },
            Self::Night => Light {
                daylight: 0.10,
                clouds: 0.0,
                lamps: true,
                noise: 6.0,
                ..day
            },
            Self::Fog => Light {
                visible_m: 80.0,
                daylight: 0.85,
                lamps: true,
                ..day
            },
            Self::Wind => Light {
                sway_px: 2.5,
                ..day
            },
            Self::Evening => Light {
                daylight: 0.55,
                shadow: low_sun(0.7),
                clouds: 0.08,
                lamps: true,
                noise: 5.0,
                sway_px: 1.5,
                ..day
            },
        }
    }
}

impl Light {
    /// Brightness of everything at this moment, 1 on average.
    #[expect(clippy::cast_possible_truncation, reason = "about 1")]
    pub(super) fn brightness(&self, at: Timestamp) -> f32 {
        let seconds = at.since(Timestamp(0)).secs();
        1.0 + self.clouds * waves(seconds, [71.0, 113.0]) as f32
    }

    /// How far the picture is out of place at this moment, px to the right and down.
    #[expect(clippy::cast_possible_truncation, reason = "a few pixels")]
    pub(super) fn sway(&self, at: Timestamp) -> [isize; 2] {
        let seconds = at.since(Timestamp(0)).secs();
        let across = self.sway_px * waves(seconds, [1.1, 0.67]);
        let down = 0.6 * self.sway_px * waves(seconds, [0.83, 0.51]);
        [across, down].map(|px| px.round() as isize)
    }

    /// What a color looks like from `far_m` away.
    pub(super) fn on(&self, color: Color, far_m: f64) -> Color {
        // Koschmieder: contrast falls as exp(-3 d / range).
        #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
        let clear = (-3.0 * far_m / self.visible_m).exp() as f32;
        let mut seen = color;
        for (value, fog) in seen.iter_mut().zip(FOG) {
            *value = self.daylight * (*value * clear + fog * (1.0 - clear));
        }
        seen
    }
}

/// Two waves of these periods in s, added, −1 to 1.
fn waves(seconds: f64, periods_s: [f64; 2]) -> f64 {
    let wave = |period_s: f64| (seconds * std::f64::consts::TAU / period_s).sin() / 2.0;
    periods_s.into_iter().map(wave).sum()
}
