//! A view: who is on a stretch of lane, and how long its queue is.
//!
//! In: one frame after the other, and what the signal shows. Out: [`InView`]: vehicles, front first, with place and
//! speed, and the queue. The lane is looked at row by row, from the stop bar upstream, about half a meter each; a row is covered when
//! much of it does not look like the empty road ([`Road`]). Covered rows together are vehicles (`vehicles`), whose speed is how
//! far their look has moved along the lane. Not here: who they are; nobody is followed from one moment to the next but
//! in the pictures of the last second.

mod ground;
mod vehicles;

use std::collections::VecDeque;

use crate::detection::{STANDING_CMPS, Sighting};
use crate::intersection::{Px, ViewId};
use crate::units::Millis;

pub(super) use self::ground::Ground;
use self::vehicles::{Lane, Row, found};
use super::Light;
use super::appearance::{Point, brightness, hides, is_other, point, share};
use super::frame::Frame;
use super::road::{Road, Rounds};

/// Rows are this far apart, m, or as far as pixels are.
const ROW_M: f64 = 0.5;
/// Most rows of a view; beyond some hundred meters a picture has not more.
const ROWS_MAX: usize = 300;
/// Where a row is looked at, from the left edge of the lane to the right one: vehicles of the next lane reach over
/// the edges.
const ACROSS: [f64; 7] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
/// The road is learned in pieces of this length: one standing car.
const CELL_M: f64 = 7.0;
/// Share of a row that is hidden when it is covered: a narrow car in the lane hides half of it.
const COVERED: f32 = 0.35;
/// Share of a row that is brighter or darker when it is in a shadow, or covered by something dark without edges.
const SHADED: f32 = 0.5;
/// Frames closer together than this are skipped: 10 per second tell all.
const GAP_MIN: Millis = Millis(90);
/// What moves is seen between frames so far apart.
const LOOK_BACK: Millis = Millis(200);
/// Looks are kept for so long, to see who is slow.
const KEPT: Millis = Millis(1_000);
/// How often it is told who is there.
const TELL_EVERY: Millis = Millis(500);

/// Who is in a view now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InView {
    /// Which view.
    pub view: ViewId,
    /// Vehicles, the one nearest to the stop bar first.
    pub vehicles: Vec<Spotted>,
    /// Those that queue.
    pub queue: Queue,
}

/// A vehicle in a view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spotted {
    /// Its front, m upstream of the stop bar.
    pub front_m: f64,
    /// Its speed, m/s, 0 or more.
    pub speed_mps: f64,
}

impl Spotted {
    /// Whether it crawls, as in a queue.
    #[must_use]
    pub fn crawls(&self) -> bool {
        self.speed_mps < CRAWLS_MPS
    }
}

/// A queue: vehicles behind one another that stand or crawl, with no room for another one between them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Queue {
    /// How many.
    pub vehicles: u32,
    /// Its upstream end, m from the stop bar; 0 when there is none.
    pub end_m: f64,
}

impl InView {
    /// The same as the core takes it ([`crate::controller::Inputs::sightings`]): speeds only.
    #[must_use]
    pub fn sighting(&self) -> Sighting {
        let speed = |vehicle: &Spotted| to_cmps(vehicle.speed_mps);
        Sighting {
            view: self.view,
            speeds_cmps: self.vehicles.iter().map(speed).collect(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what fits"
)]
fn to_cmps(speed_mps: f64) -> u16 {
    (speed_mps * 100.0).clamp(0.0, 65_535.0) as u16
}

/// Slower vehicles crawl in a queue, m/s.
const CRAWLS_MPS: f64 = 2.0;
const _: () = assert!(STANDING_CMPS < 200, "who stands crawls");

/// Faster vehicles drive freely, m/s; the mean of so many tells what is usual, and how fast they are thought to be until then.
const DRIVES_MPS: f64 = 6.0;
const USUAL_OF: f64 = 20.0;
const USUAL_FIRST_MPS: f64 = 11.0;

/// Watches one view.
#[derive(Clone, Debug)]
pub(super) struct ViewWatch {
    view: ViewId,
    lane: Lane,
    /// [`ACROSS`] places of each row, row after row.
    places: Vec<Px>,
    /// Pieces of the road, and the first row beyond each.
    cells: Vec<(usize, Road)>,
    rounds: Rounds,
    recent: VecDeque<(Millis, Vec<Point>)>,
    told: Option<Millis>,
    /// How fast vehicles drive here that nothing holds up.
    usual_mps: f64,
}

impl ViewWatch {
    /// A view with these corners in a picture of this size; `None` when they are on one line.
    pub(super) fn new(
        view: ViewId,
        corners: [Px; 4],
        [from_m, to_m]: [f64; 2],
        size: [f64; 2],
    ) -> Option<Self> {
        let ground = Ground::new(corners, [from_m, to_m], size)?;
        let rows = rows(&ground, [from_m, to_m]);
        let places = rows.iter().flat_map(|along| {
            let ground = &ground;
            ACROSS.map(|across| ground.px(across, *along))
        });
        let places = places.collect();
        let mut cells: Vec<(usize, Road)> = Vec::new();
        for (row, along) in rows.iter().enumerate() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a view is at most a kilometer long"
            )]
            let cell = ((along - from_m) / CELL_M) as usize;
            if cells.len() <= cell {
                cells.push((row, Road::default()));
            }
            if let Some((end, _)) = cells.last_mut() {
                *end = row + 1;
            }
        }
        Some(Self {
            view,
            lane: Lane {
                ground,
                rows,
                ends_m: [from_m, to_m],
            },
            places,
            cells,
            rounds: Rounds::default(),
            recent: VecDeque::new(),
            told: None,
            usual_mps: USUAL_FIRST_MPS,
        })
    }

    pub(super) fn id(&self) -> ViewId {
        self.view
    }

    /// Whether the empty road is known everywhere in it; otherwise nobody can say who is there.
    pub(super) fn knows_road(&self) -> bool {
        self.cells.iter().all(|(_, cell)| cell.known().is_some())
    }

    /// Forgets what was seen just now, not the road.
    pub(super) fn forget(&mut self) {
        self.recent.clear();
        self.cells.iter_mut().for_each(|(_, cell)| cell.forget());
    }

    /// Looks at one more frame, made `gain` times as bright; twice a second it tells who is there.
    pub(super) fn look(
        &mut self,
        frame: &Frame<'_>,
        gain: f32,
        light: Light,
        at: Millis,
    ) -> Option<InView> {
        let last = self.recent.back().map(|(last, _)| *last);
        if last.is_some_and(|last| at - last < GAP_MIN) {
            return None;
        }
        let places = self.places.iter();
        let now: Vec<Point> = places.map(|place| point(frame, gain, *place)).collect();
        let round = self.rounds.at(light, at);
        let before = self.before(LOOK_BACK, at).unwrap_or(&now).clone();
        let mut first = 0;
        for (end, cell) in &mut self.cells {
            let own = first..*end * ACROSS.len();
            first = own.end;
            if let (Some(before), Some(now)) = (before.get(own.clone()), now.get(own)) {
                cell.look((before, now), light, round, at);
            }
        }
        self.recent.push_back((at, now));
        while self
            .recent
            .get(1)
            .is_some_and(|(next, _)| at - *next >= KEPT)
        {
            self.recent.pop_front();
        }
        let is_due = self.told.is_none_or(|told| at - told >= TELL_EVERY);
        if !is_due || !self.knows_road() {
            return None;
        }
        self.told = Some(at);
        Some(self.tell(at))
    }

    /// How it looked so long ago, or a little longer.
    fn before(&self, ago: Millis, at: Millis) -> Option<&Vec<Point>> {
        let mut recent = self.recent.iter().rev();
        recent
            .find(|(then, _)| at - *then >= ago)
            .map(|(_, look)| look)
    }

    fn tell(&mut self, at: Millis) -> InView {
        let road: Vec<Point> = self
            .cells
            .iter()
            .flat_map(|(_, cell)| cell.known().unwrap_or_default())
            .copied()
            .collect();
        let now: &[Point] = self.recent.back().map_or(&[], |(_, now)| now);
        let width = ACROSS.len();
        let pairs = road.chunks(width).zip(now.chunks(width));
        let rows: Vec<Row> = pairs.map(|(road, now)| row(road, now)).collect();
        let looks: Vec<(f64, &[Point])> = self
            .recent
            .iter()
            .rev()
            .map(|(then, look)| ((at - *then).secs(), look.as_slice()))
            .collect();
        let (vehicles, queue) = found(&self.lane, &rows, &looks, self.usual_mps);
        for vehicle in vehicles.iter().filter(|it| it.speed_mps > DRIVES_MPS) {
            self.usual_mps += (vehicle.speed_mps - self.usual_mps) / USUAL_OF;
        }
        InView {
            view: self.view,
            vehicles,
            queue,
        }
    }
}

/// How a row looks beside the empty road.
fn row(road: &[Point], now: &[Point]) -> Row {
    let pairs = || road.iter().zip(now);
    let hidden = share(pairs(), |(road, now)| hides(road, now));
    let other = share(pairs(), |(road, now)| is_other(road, now));
    let (sum, count) = pairs().fold((0.0, 0.0_f32), |(sum, count), (road, now)| {
        (sum + brightness(road, now), count + 1.0)
    });
    Row {
        is_covered: hidden >= COVERED,
        is_shaded: other >= SHADED,
        brightness: sum / count.max(1.0),
    }
}

/// Where to look along the lane, from the stop bar upstream, m.
fn rows(ground: &Ground, [from_m, to_m]: [f64; 2]) -> Vec<f64> {
    let mut rows = vec![from_m];
    let mut along = from_m;
    while rows.len() < ROWS_MAX {
        let ([x, y], [ahead_x, ahead_y]) = (ground.px(0.5, along), ground.px(0.5, along + ROW_M));
        let pixels = ((ahead_x - x).powi(2) + (ahead_y - y).powi(2)).sqrt();
        along += ROW_M / pixels.clamp(0.25, 1.0);
        if along > to_m {
            break;
        }
        rows.push(along);
    }
    rows
}
