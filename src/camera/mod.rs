//! Cameras: what they see as detectors and views, and whether they can be believed.
//!
//! In: frames of one camera, what the signal shows, the shapes that the site file draws into the picture. Out: crossings of count
//! lines, presence in zones, vehicles and queues in views, health. Not here: loops, fusion, control; and no picture outlives the next one.
//! Everything here is arithmetic on pixels and builds everywhere; opening videos and cameras (`capture`) and drawing what was
//! seen (`picture`) need OpenCV and the feature `camera`.

mod appearance;
mod frame;
mod gain;
mod health;
mod light;
mod line;
mod road;
mod shift;
mod view;
mod zone;
pub mod learned;
pub mod still;
#[cfg(feature = "camera")]
pub mod capture;
#[cfg(feature = "camera")]
pub mod picture;

use crate::detection::Sighting;
use crate::intersection::{
    CameraId, DetectorId, Fingerprint, Intersection, PerPhase, Px, Shape, ViewId,
};
use crate::signal::Indication;
use crate::units::Millis;

use self::gain::Gain;
use self::health::Health;
use self::learned::VehicleDetector;
use self::light::Movements;
use self::line::CountLine;
use self::shift::Shift;
use self::view::ViewWatch;
use self::zone::Zone;

pub use frame::{Frame, SIDE_MAX, SIDE_MIN};
pub use health::Trouble;
pub use light::Light;
pub use line::Crossing;
pub use view::{InView, Queue, Spotted};

/// Frames farther apart than this do not belong together: what was seen before the gap is forgotten.
const GAP_MAX: Millis = Millis(2_000);

/// What a camera has seen in one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Vehicles that have crossed count lines, in the order in which they became known.
    pub crossings: Vec<(DetectorId, Crossing)>,
    /// Zones that have become occupied (`true`) or empty.
    pub presence: Vec<(DetectorId, bool)>,
    /// Who is in the views whose road is known: every half second one of each, otherwise none.
    pub views: Vec<InView>,
    /// The trouble that has begun or ended with this frame: `Some(None)` when the camera is well again.
    pub trouble: Option<Option<Trouble>>,
}

impl Look {
    /// What the core takes of it ([`crate::controller::Inputs::sightings`]).
    #[must_use]
    pub fn sightings(&self) -> Vec<Sighting> {
        self.views.iter().map(InView::sighting).collect()
    }
}

/// Watches the pictures of one camera.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Width and height of the picture in which the shapes were drawn.
    drawn_px: [f64; 2],
    size: [usize; 2],
    drawn: Vec<Drawn>,
    strips: Vec<Strip>,
    lines: Vec<(DetectorId, CountLine)>,
    zones: Vec<(DetectorId, Movements, Zone)>,
    views: Vec<(Movements, ViewWatch)>,
    gain: Gain,
    health: Health,
    shift: Shift,
    remembered: Vec<Fingerprint>,
    last: Option<Millis>,
}

/// A detector as the site file draws it.
#[derive(Clone, Debug)]
struct Drawn {
    detector: DetectorId,
    movements: Movements,
    shape: Shape,
    travel: Option<Px>,
}

/// A view as the site file draws it.
#[derive(Clone, Debug)]
struct Strip {
    view: ViewId,
    movements: Movements,
    ends_m: [f64; 2],
    corners: [Px; 4],
}

impl Watch {
    /// Watches for everything that the site file draws into the picture of this camera.
    #[must_use]
    pub fn new(site: &Intersection, camera: CameraId) -> Self {
        let drawn = site.detectors.iter().filter_map(|(id, detector)| {
            let seen = detector.seen.as_ref().filter(|seen| seen.by == camera)?;
            Some(Drawn {
                detector: id,
                movements: Movements::of(site, &detector.lanes),
                shape: seen.shape.clone(),
                travel: seen.travel,
            })
        });
        let strips = site.views.iter().filter_map(|(id, view)| {
            let seen = view.seen.as_ref().filter(|seen| seen.by == camera)?;
            Some(Strip {
                view: id,
                movements: Movements::of(site, &view.lanes),
                ends_m: [view.from_m, view.to_m],
                corners: seen.corners_px,
            })
        });
        Self {
            drawn_px: site.cameras[camera].size_px.map(f64::from),
            size: [0, 0],
            drawn: drawn.collect(),
            strips: strips.collect(),
            lines: Vec::new(),
            zones: Vec::new(),
            views: Vec::new(),
            gain: Gain::default(),
            health: Health::default(),
            shift: Shift::default(),
            remembered: site.cameras[camera].remembered.clone(),
            last: None,
        }
    }

    /// Asks a learned model about the zones of a frame that is looked at next. What it says is evidence beside what differs
    /// from the empty road; without it the zones decide as ever.
    ///
    /// # Errors
    /// Why the model cannot tell.
    pub fn ask(
        &mut self,
        frame: &Frame<'_>,
        detector: &mut dyn VehicleDetector,
    ) -> Result<(), String> {
        if frame.size() != self.size {
            self.fit(frame.size());
        }
        let zones = self.zones.iter().map(|(.., zone)| zone.corners().to_vec());
        let zones: Vec<Vec<Px>> = zones.collect();
        let told = detector.look(frame, &zones)?;
        for ((.., zone), likely) in self.zones.iter_mut().zip(told) {
            zone.take_evidence(likely);
        }
        Ok(())
    }

    /// Looks at one frame. `shown` is what the signal shows, if somebody knows; `at` is when the frame was taken,
    /// later than the one before.
    pub fn look(
        &mut self,
        frame: &Frame<'_>,
        shown: Option<&PerPhase<Indication>>,
        at: Millis,
    ) -> Look {
        if frame.size() != self.size {
            self.fit(frame.size());
        }
        if self
            .last
            .is_some_and(|last| at - last > GAP_MAX || at < last)
        {
            self.forget();
        }
        self.last = Some(at);
        let mut look = Look::default();
        let before = self.health.trouble();
        let samples = frame.samples();
        let shift = self.shift.look(frame);
        self.health.look(frame, &samples, &self.shift, at);
        let trouble = self.health.trouble();
        if trouble != before {
            look.trouble = Some(trouble);
        }
        if trouble.is_some() {
            // What a sick camera shows must not be learned.
            self.forget();
            return look;
        }
        let gain = self.gain.look(&samples);
        let frame = &frame.moved(shift);
        for (detector, line) in &mut self.lines {
            let crossings = line.look(frame, gain, at);
            look.crossings
                .extend(crossings.into_iter().map(|crossing| (*detector, crossing)));
        }
        for (detector, movements, zone) in &mut self.zones {
            let was = zone.is_occupied();
            zone.look(frame, gain, movements.light(shown), at);
            if zone.is_occupied() != was {
                look.presence.push((*detector, zone.is_occupied()));
            }
        }
        for (movements, view) in &mut self.views {
            let told = view.look(frame, gain, movements.light(shown), at);
            look.views.extend(told);
        }
        look
    }

    /// The source has ended: vehicles that were still being watched.
    pub fn finish(&mut self) -> Vec<(DetectorId, Crossing)> {
        let lines = self.lines.iter_mut();
        lines
            .flat_map(|(detector, line)| {
                line.finish()
                    .into_iter()
                    .map(|crossing| (*detector, crossing))
            })
            .collect()
    }

    /// Why the camera is not believed now; `None` when it is.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.health.trouble()
    }

    /// Whether it is night in the picture.
    #[must_use]
    pub fn is_night(&self) -> bool {
        self.health.is_night()
    }

    /// What the camera looks at, to be remembered with the site; `None` until it is known, by day only.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.health.fingerprint()
    }

    /// No frame has come, and it is `at` now. A source that is silent for 2 s cannot be believed.
    pub fn miss(&mut self, at: Millis) -> Look {
        let before = self.health.trouble();
        self.health.miss(at);
        let trouble = self.health.trouble();
        if trouble != before {
            self.forget();
        }
        Look {
            trouble: (trouble != before).then_some(trouble),
            ..Look::default()
        }
    }

    /// Zones with whether somebody is in them, and whether the empty road has been seen.
    pub fn zones(&self) -> impl Iterator<Item = (DetectorId, bool, bool)> {
        let zones = self.zones.iter();
        zones.map(|(detector, _, zone)| (*detector, zone.is_occupied(), zone.knows_road()))
    }

    /// Views with whether their empty road has been seen; until then nothing is told of them.
    pub fn views(&self) -> impl Iterator<Item = (ViewId, bool)> {
        let views = self.views.iter();
        views.map(|(_, view)| (view.id(), view.knows_road()))
    }

    /// Scales all shapes to pictures of this size and begins anew.
    fn fit(&mut self, size: [usize; 2]) {
        self.size = size;
        let [width, height] = size.map(|side| f64::from(u32::try_from(side).unwrap_or(u32::MAX)));
        let scale = [width / self.drawn_px[0], height / self.drawn_px[1]];
        let scaled = |[x, y]: Px| [x * scale[0], y * scale[1]];
        self.lines.clear();
        self.zones.clear();
        for drawn in &self.drawn {
            match &drawn.shape {
                Shape::Line(ends) => {
                    let travel = drawn.travel.unwrap_or([0.0, 1.0]);
                    let line = CountLine::new(ends.map(scaled), travel);
                    self.lines.push((drawn.detector, line));
                }
                Shape::Zone(corners) => {
                    let corners: Vec<Px> = corners.iter().copied().map(scaled).collect();
                    let zone = Zone::new(&corners);
                    self.zones
                        .push((drawn.detector, drawn.movements.clone(), zone));
                }
            }
        }
        self.views = self
            .strips
            .iter()
            .filter_map(|strip| {
                let corners = strip.corners.map(scaled);
                let watch = ViewWatch::new(strip.view, corners, strip.ends_m, [width, height])?;
                Some((strip.movements.clone(), watch))
            })
            .collect();
        self.gain = Gain::default();
        self.health = Health::new(self.remembered.clone());
        self.shift = Shift::default();
    }

    fn forget(&mut self) {
        for (_, line) in &mut self.lines {
            line.forget();
        }
        for (_, _, zone) in &mut self.zones {
            zone.forget();
        }
        for (_, view) in &mut self.views {
            view.forget();
        }
    }
}
