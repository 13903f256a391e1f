//! A presence zone: whether somebody stands on a piece of road.
//!
//! In: one frame after the other, and what the signal shows its traffic. Out: occupied or not. A camera sees *change*; a
//! vehicle that waits does not change. So the zone is compared with the road as it looks when empty, and that is
//! learned only when nobody can be there (`road.rs`); here also on green after vehicles have driven off and nothing moves any
//! more. Until the empty road has been seen once, the zone says occupied: a call too many is a
//! delay, a call too few is a vehicle that waits for ever. Not here: what the signal does about it.

use crate::intersection::Px;
use crate::units::Millis;

use super::appearance::{Point, differing, point};
use super::frame::Frame;
use super::light::Light;
use super::road::{DRIVES, Road, Rounds};

/// Most places that are looked at in a zone.
const PLACES_MAX: f64 = 400.0;
/// Share of places that differ: from here on somebody is there, …
const OCCUPIED: f32 = 0.22;
/// … below this nobody is.
const EMPTY: f32 = 0.12;
/// Movement is seen between frames so far apart.
const LOOK_BACK: Millis = Millis(200);
/// How long a change must last.
const SURE: Millis = Millis(250);
/// On green, a zone that is still for so long after somebody has driven off is empty. A driver who has been given green
/// starts within 2 s; the second one in a queue does not stop in between.
const STILL_ON_GREEN: Millis = Millis(1_200);
/// Somebody who has stood for so long on red will stay for the green.
const STANDS: Millis = Millis(1_500);
/// Frames closer together than this are skipped: 10 per second tell all.
const GAP_MIN: Millis = Millis(90);
/// What a learned model says is believed below and above these …
const UNLIKELY: f32 = 0.1;
const LIKELY: f32 = 0.9;
/// … and then, so many times as many places must differ for somebody to be there.
const IF_UNLIKELY: f32 = 2.5;
const IF_LIKELY: f32 = 0.4;
/// Share of a new word of the model in what is believed of it, with each frame.
const WORD: f32 = 0.3;

/// Watches one piece of road.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    corners: Vec<Px>,
    places: Vec<Px>,
    /// How likely somebody is there, as a learned model says, if there is one.
    evidence: Option<f32>,
    road: Road,
    rounds: Rounds,
    /// The last frames, for movement.
    recent: std::collections::VecDeque<(Millis, Vec<Point>)>,
    occupied: bool,
    /// Since when the zone has looked otherwise than `occupied` says.
    otherwise: Option<Millis>,
    /// Since when somebody has been standing in it on red.
    stands: Option<Millis>,
    /// Somebody has driven through since this green began.
    driven: bool,
    light: Light,
}

impl Zone {
    /// A zone with these corners in the frame.
    pub(super) fn new(corners: &[Px]) -> Self {
        Self {
            corners: corners.to_vec(),
            places: places_within(corners),
            evidence: None,
            road: Road::default(),
            rounds: Rounds::default(),
            recent: std::collections::VecDeque::new(),
            occupied: true,
            otherwise: None,
            stands: None,
            driven: false,
            light: Light::Unknown,
        }
    }

    /// Whether somebody is in it; yes until the empty road has been seen.
    pub(super) fn is_occupied(&self) -> bool {
        self.occupied
    }

    /// Whether the empty road is known.
    pub(super) fn knows_road(&self) -> bool {
        self.road.known().is_some()
    }

    /// Its corners in the frame.
    pub(super) fn corners(&self) -> &[Px] {
        &self.corners
    }

    /// Takes the word of a learned model: how likely somebody is there.
    pub(super) fn take_evidence(&mut self, likely: f32) {
        let before = self.evidence.unwrap_or(0.5);
        self.evidence = Some(before + WORD * (likely - before));
    }

    /// How many times as many places must differ as without a learned model.
    fn caution(&self) -> f32 {
        match self.evidence {
            Some(likely) if likely < UNLIKELY => IF_UNLIKELY,
            Some(likely) if likely > LIKELY => IF_LIKELY,
            Some(_) | None => 1.0,
        }
    }

    /// Forgets what was seen just now, not the road: the source has been away.
    pub(super) fn forget(&mut self) {
        self.recent.clear();
        self.evidence = None;
        self.otherwise = None;
        self.road.forget();
    }

    /// Looks at one more frame, made `gain` times as bright.
    pub(super) fn look(&mut self, frame: &Frame<'_>, gain: f32, light: Light, at: Millis) {
        if self
            .recent
            .back()
            .is_some_and(|(last, _)| at - *last < GAP_MIN)
        {
            return;
        }
        if light != self.light {
            self.driven = false;
            self.light = light;
        }
        let now: Vec<Point> = self
            .places
            .iter()
            .map(|place| point(frame, gain, *place))
            .collect();
        let round = self.rounds.at(light, at);
        let before = self.before(at).unwrap_or(&now).clone();
        let (moving, still) = self.road.look((&before, &now), light, round, at);
        self.driven |= moving > DRIVES;
        let mut share = self.differs(&now);
        if self.is_left(still) && share >= EMPTY {
            self.road.learn(&now);
            share = 0.0;
        }
        self.decide(share, still, at);
        self.recent.push_back((at, now));
        while self
            .recent
            .get(1)
            .is_some_and(|(next, _)| at - *next >= LOOK_BACK)
        {
            self.recent.pop_front();
        }
    }

    /// How it looked some tenths of a second ago.
    fn before(&self, at: Millis) -> Option<&Vec<Point>> {
        let mut recent = self.recent.iter();
        let before = recent.rfind(|(then, _)| at - *then >= LOOK_BACK);
        before.or(self.recent.front()).map(|(_, look)| look)
    }

    /// Share of places that do not look like the empty road; all while nobody knows it.
    fn differs(&self, now: &[Point]) -> f32 {
        let road = self.road.known();
        road.map_or(1.0, |road| differing(road, now))
    }

    /// Whether everybody has driven off, as far as can be told.
    fn is_left(&self, still: Millis) -> bool {
        match self.light {
            Light::Green => self.driven && still >= STILL_ON_GREEN,
            Light::Unknown | Light::Red | Light::Yellow => false,
        }
    }

    fn decide(&mut self, share: f32, still: Millis, at: Millis) {
        let looks_occupied = if self.occupied {
            share > EMPTY * self.caution()
        } else {
            share > OCCUPIED * self.caution()
        };
        // Somebody who has come to wait at red goes on green only.
        match self.light {
            Light::Red if self.occupied && looks_occupied && still >= STANDS => {
                self.stands.get_or_insert(at);
            }
            Light::Red | Light::Yellow => {}
            Light::Green | Light::Unknown => self.stands = None,
        }
        if looks_occupied == self.occupied || self.stands.is_some() {
            self.otherwise = None;
        } else if at - *self.otherwise.get_or_insert(at) >= SURE {
            self.occupied = looks_occupied;
            self.otherwise = None;
        }
    }
}

/// Places within a shape, on a square grid.
fn places_within(corners: &[Px]) -> Vec<Px> {
    let bound = |axis: usize, pick: fn(f64, f64) -> f64| {
        corners
            .iter()
            .filter_map(|corner| corner.get(axis))
            .copied()
            .reduce(pick)
            .unwrap_or(0.0)
    };
    let (left, right) = (bound(0, f64::min), bound(0, f64::max));
    let (top, bottom) = (bound(1, f64::min), bound(1, f64::max));
    let step = ((right - left) * (bottom - top) / PLACES_MAX)
        .sqrt()
        .max(1.0);
    let mut places = Vec::new();
    let along = |from: f64, to: f64| {
        (0..400)
            .map(move |at| from + (f64::from(at) + 0.5) * step)
            .take_while(move |at| *at < to)
    };
    for y in along(top, bottom) {
        places.extend(
            along(left, right)
                .map(|x| [x, y])
                .filter(|place| is_within(*place, corners)),
        );
    }
    places
}

/// Whether a place is within a shape: a ray from it crosses the edge an odd number of times.
pub(super) fn is_within([x, y]: Px, corners: &[Px]) -> bool {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let crossed = edges.filter(|(a, b)| {
        (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    });
    crossed.count() % 2 == 1
}
