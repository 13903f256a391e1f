//! One approach of the world, filmed, and looked at as on the street: rendered frames through `camera/`.
//!
//! In: the world, what the signal shows. Out: edges of the detectors that the camera stands for, sightings of its
//! views, and which detectors cannot be believed because the camera is in trouble. This is what a driver does with
//! a real camera. Not here: how frames are made (`render/`) and looked at (`camera/`).

use std::sync::{Arc, Mutex, PoisonError};

use super::cameras::CameraFault;
use super::crops::Crops;
use super::film_score::{FilmScore, Notes};
use super::render::{Film, LINE_M, Scene, Told, ZONE_M};
use super::sensors::Sensors;
use super::world::Truth;
use crate::camera::Watch;
use crate::camera::learned::VehicleDetector;
use crate::detection::{Edge, Sighting};
use crate::intersection::{
    ApproachId, CameraId, Detector, DetectorFunction, DetectorId, Id, Intersection, LaneId,
};
use crate::signal::Heads;
use crate::units::{Millis, TICK, Timestamp};

/// Frames in a second.
const FRAMES: i64 = 15;

/// A camera on one approach with its pipeline.
#[derive(Debug)]
pub(super) struct Filmed {
    film: Film,
    watch: Watch,
    pub(super) approach: ApproachId,
    /// The detectors that it stands for, and whether they have been told to be covered.
    detectors: Vec<(DetectorId, bool)>,
    site: Intersection,
    /// Vehicles in the longest queues told so far.
    longest: u32,
    edges: Sensors,
    /// The lanes of the detectors, and whether they count.
    lanes: Vec<(DetectorId, LaneId, bool)>,
    /// Vehicles upstream of the count lines in the last frame.
    upstream: Vec<usize>,
    notes: Notes,
    crops: Option<Crops>,
    detector: Option<Learned>,
}

/// A learned model that several runs share.
pub(super) type Learned = Arc<Mutex<Box<dyn VehicleDetector>>>;

/// What a camera tells in one tick.
#[derive(Debug, Default)]
pub(super) struct Tells {
    pub(super) edges: Vec<Edge>,
    pub(super) sightings: Vec<Sighting>,
    /// Detectors that cannot be believed.
    pub(super) failed: Vec<DetectorId>,
}

impl Filmed {
    /// The last camera of `site` films `approach`; see [`super::render::calibrated`].
    pub(super) fn new(site: &Intersection, approach: ApproachId, scene: Scene, seed: u64) -> Self {
        let camera = CameraId::from_index(site.cameras.len().saturating_sub(1));
        let detectors = site.detectors.iter().filter(|(_, detector)| {
            let seen = detector.seen.as_ref();
            seen.is_some_and(|seen| seen.by == camera)
        });
        let detectors: Vec<(DetectorId, &Detector)> = detectors.collect();
        let lanes = detectors.iter().flat_map(|(id, detector)| {
            let counts = detector.function == DetectorFunction::StopBarCount;
            detector.lanes.iter().map(move |lane| (*id, *lane, counts))
        });
        Self {
            lanes: lanes.collect(),
            upstream: Vec::new(),
            site: site.clone(),
            longest: 0,
            notes: Notes::default(),
            crops: None,
            detector: None,
            film: Film::new(site, approach, scene, seed),
            watch: Watch::new(site, camera),
            approach,
            detectors: detectors.into_iter().map(|(id, _)| (id, false)).collect(),
            edges: Sensors::new(site.detectors.len()),
        }
    }

    /// Whether this detector is the camera's.
    pub(super) fn stands_for(&self, detector: DetectorId) -> bool {
        self.detectors.iter().any(|(id, _)| *id == detector)
    }

    /// The frames of the tick that ends `now`, in which the signal showed `heads`.
    pub(super) fn look(
        &mut self,
        truth: &Truth<'_>,
        heads: &Heads,
        fault: Option<CameraFault>,
        now: Timestamp,
    ) -> Tells {
        let mut tells = Tells::default();
        let frames = |until: Timestamp| until.0 * FRAMES / 1000;
        for number in frames(now - TICK) + 1..=frames(now) {
            let since_start = Millis(number * 1000 / FRAMES);
            let frame = self.film.shoot(truth, Timestamp(0) + since_start, fault);
            if let Some(crops) = &mut self.crops {
                crops.take(&frame, since_start);
            }
            if let Some(detector) = &self.detector {
                let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
                // A model that fails says nothing; the zones see without it.
                drop(self.watch.ask(&frame, detector.as_mut()));
            }
            let seen = self.watch.look(&frame, Some(&heads.vehicle), since_start);
            self.notes.score.frames += 1;
            if let Some(trouble) = seen.trouble {
                self.notes.score.troubles.push((since_start, trouble));
            }
            let at = since_start.secs();
            for &(detector, crossing) in &seen.crossings {
                self.edges.pulse(detector.index(), at);
                self.notes.told_crossing(detector, crossing);
            }
            self.compare(truth, since_start);
            tells.sightings.extend(seen.sightings());
            let queue: u32 = seen.views.iter().map(|view| view.queue.vehicles).sum();
            if queue > self.longest || self.notes.score.longest_queue.is_none() {
                self.longest = queue;
                let occupied = self.watch.zones().filter(|(_, occupied, _)| *occupied);
                let told = Told {
                    occupied: occupied.map(|(id, ..)| id).collect(),
                    queues: seen
                        .views
                        .iter()
                        .map(|it| (it.view, it.queue.end_m))
                        .collect(),
                };
                self.notes.score.longest_queue = Some(self.film.annotated(&self.site, &told));
            }
            for view in &seen.views {
                let (_, there) = truth.in_view(0, &self.site.views[view.view], 0.0);
                self.notes.queue(view.queue.vehicles, &there);
            }
            for (detector, occupied, _) in self.watch.zones() {
                let mut all = self.detectors.iter_mut();
                match all.find(|(id, told)| *id == detector && *told != occupied) {
                    Some((_, told)) if occupied => {
                        *told = true;
                        self.edges.cover(detector.index(), at);
                    }
                    Some((_, told)) => {
                        *told = false;
                        self.edges.clear(detector.index(), at);
                    }
                    None => {}
                }
            }
        }
        tells.edges = self.edges.edges_until(now);
        if self.watch.trouble().is_some() {
            tells
                .failed
                .extend(self.detectors.iter().map(|(id, _)| *id));
        }
        tells
    }

    /// From now on, a learned model is asked about the zones.
    pub(super) fn ask(&mut self, detector: Learned) {
        self.detector = Some(detector);
    }

    /// From now on, labelled patches are collected.
    pub(super) fn collect_crops(&mut self, site: &Intersection) {
        self.crops = Some(Crops::new(self.film.cells(site)));
    }

    /// Hands over the labelled patches collected so far.
    pub(super) fn crops(&mut self) -> Option<Crops> {
        self.crops.take()
    }

    /// How well the pipeline has done so far.
    pub(super) fn score(&self) -> FilmScore {
        self.notes.score()
    }

    /// Notes who really crosses the lines and stands in the zones.
    fn compare(&mut self, truth: &Truth<'_>, since_start: Millis) {
        let on_road = self.film.on_road(truth, Timestamp(0) + since_start);
        for vehicle in on_road
            .iter()
            .filter(|it| it.front_m < LINE_M && self.upstream.contains(&it.number))
        {
            let line = self
                .lanes
                .iter()
                .find(|(_, lane, counts)| *counts && *lane == vehicle.lane);
            if let Some((line, ..)) = line {
                self.notes.crossed(*line, since_start);
            }
        }
        if let Some(crops) = &mut self.crops {
            let zones = self.watch.zones().filter_map(|(detector, told, _)| {
                let (_, lane, _) = self.lanes.iter().find(|(id, ..)| *id == detector)?;
                Some((*lane, told))
            });
            crops.label(&on_road, &zones.collect::<Vec<_>>());
        }
        for (detector, told, _) in self.watch.zones() {
            let covered_m = on_road.iter().filter(|vehicle| {
                let here = |(id, lane, _): &(DetectorId, LaneId, bool)| {
                    *id == detector && *lane == vehicle.lane
                };
                self.lanes.iter().any(here)
            });
            let covered_m = covered_m.map(|vehicle| {
                let [from_m, to_m] = ZONE_M;
                (vehicle.rear_m.min(to_m) - vehicle.front_m.max(from_m)).max(0.0)
            });
            self.notes.presence(told, covered_m.sum());
        }
        let upstream = on_road.iter().filter(|it| it.front_m >= LINE_M);
        self.upstream = upstream.map(|it| it.number).collect();
    }
}
