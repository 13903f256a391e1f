//! Counts, presence and queues of one run, and their outputs: a table, CSV, JSON.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use phasewise::camera::{Crossing, InView, Look, Trouble, Watch};
use phasewise::intersection::{CameraId, DetectorId, Id, Intersection, LaneId, Shape, ViewId};
use phasewise::units::Millis;
use serde::Serialize;

/// How long a line stays lit after a vehicle.
const LIT: Millis = Millis(400);

/// What a detector has seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) count: u32,
    pub(super) lit_until: Millis,
    pub(super) occupied: bool,
    pub(super) known: bool,
    occupied_for: Millis,
}

/// What a view has seen.
#[derive(Debug, Default)]
pub(super) struct SeenInView {
    pub(super) now: InView,
    known: bool,
    looks: u32,
    /// Sum over the looks.
    queued: u32,
    queued_max: u32,
    end_max_m: f64,
    driving: u32,
    speeds_mps: f64,
}

impl SeenInView {
    fn look(&mut self, now: &InView) {
        self.looks += 1;
        self.queued += now.queue.vehicles;
        self.queued_max = self.queued_max.max(now.queue.vehicles);
        self.end_max_m = self.end_max_m.max(now.queue.end_m);
        for vehicle in now.vehicles.iter().filter(|vehicle| !vehicle.crawls()) {
            self.driving += 1;
            self.speeds_mps += vehicle.speed_mps;
        }
        self.now = now.clone();
    }

    fn queue_mean(&self) -> f64 {
        f64::from(self.queued) / f64::from(self.looks.max(1))
    }

    fn speed_mean_kmh(&self) -> Option<f64> {
        (self.driving > 0).then(|| 3.6 * self.speeds_mps / f64::from(self.driving))
    }
}

/// Everything that one run has seen.
#[derive(Debug)]
pub(super) struct Tally<'s> {
    site: &'s Intersection,
    camera: CameraId,
    pub(super) seen: BTreeMap<usize, Seen>,
    pub(super) views: BTreeMap<usize, SeenInView>,
    events: Vec<(Millis, String, String)>,
    pub(super) frames: u32,
    last: Millis,
    pub(super) trouble: Option<Trouble>,
    sick_for: Millis,
}

#[derive(Serialize)]
struct Result<'a> {
    camera: &'a str,
    video_s: f64,
    frames: u32,
    frames_per_s: f64,
    not_believed_s: f64,
    detectors: Vec<OfDetector<'a>>,
    views: Vec<OfView<'a>>,
}

#[derive(Serialize)]
struct OfDetector<'a> {
    id: &'a str,
    lanes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occupied_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    empty_road_seen: Option<bool>,
}

#[derive(Serialize)]
struct OfView<'a> {
    id: &'a str,
    lanes: Vec<&'a str>,
    empty_road_seen: bool,
    /// Vehicles, over the time in which the view was seen.
    queue_mean: f64,
    queue_max: u32,
    queue_end_max_m: f64,
    /// Of vehicles that do not queue, over places and time.
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_mean_kmh: Option<f64>,
}

impl<'s> Tally<'s> {
    pub(super) fn new(site: &'s Intersection, camera: CameraId) -> Self {
        let mut tally = Self {
            site,
            camera,
            seen: BTreeMap::new(),
            views: BTreeMap::new(),
            events: Vec::new(),
            frames: 0,
            last: Millis::ZERO,
            trouble: None,
            sick_for: Millis::ZERO,
        };
        for (id, view) in site.views.iter() {
            if view.seen.as_ref().is_some_and(|strip| strip.by == camera) {
                tally.views.insert(id.index(), SeenInView::default());
            }
        }
        for (id, detector) in site.detectors.iter() {
            if let Some(seen) = detector.seen.as_ref().filter(|seen| seen.by == camera) {
                let occupied = matches!(seen.shape, Shape::Zone(_));
                let seen = Seen {
                    occupied,
                    ..Seen::default()
                };
                tally.seen.insert(id.index(), seen);
                if occupied {
                    tally.event(Millis::ZERO, id, "on");
                }
            }
        }
        tally
    }

    fn event(&mut self, at: Millis, detector: DetectorId, what: &str) {
        let detector = self.site.detectors[detector].id.clone();
        self.events.push((at, detector, what.to_owned()));
    }

    /// Takes in what one frame has told.
    pub(super) fn frame(&mut self, look: &Look, watch: &Watch, at: Millis) {
        let passed = at - self.last;
        self.last = at;
        self.frames += 1;
        if self.trouble.is_some() {
            self.sick_for += passed;
        }
        self.health(look, at);
        for (detector, on) in &look.presence {
            self.event(at, *detector, if *on { "on" } else { "off" });
        }
        for (view, known) in watch.views() {
            if let Some(seen) = self.views.get_mut(&view.index()) {
                seen.known = known;
            }
        }
        for now in &look.views {
            self.in_view(now, at);
        }
        for (detector, occupied, known) in watch.zones() {
            if let Some(seen) = self.seen.get_mut(&detector.index()) {
                seen.occupied = occupied;
                seen.known = known;
                if occupied {
                    seen.occupied_for += passed;
                }
            }
        }
        self.crossings(&look.crossings);
    }

    /// Takes in whether the camera can be believed.
    pub(super) fn health(&mut self, look: &Look, at: Millis) {
        if let Some(trouble) = look.trouble {
            self.trouble = trouble;
            let what = trouble.map_or("well again".to_owned(), |trouble| trouble.to_string());
            let camera = self.site.cameras[self.camera].id.clone();
            self.events.push((at, camera, what));
        }
    }

    fn in_view(&mut self, now: &InView, at: Millis) {
        let Some(seen) = self.views.get_mut(&now.view.index()) else {
            return;
        };
        if now.queue.vehicles != seen.now.queue.vehicles || seen.looks == 0 {
            let view = self.site.views[now.view].id.clone();
            let queue = format!("queue {}", now.queue.vehicles);
            self.events.push((at, view, queue));
        }
        seen.look(now);
    }

    /// Takes in crossings.
    pub(super) fn crossings(&mut self, crossings: &[(DetectorId, Crossing)]) {
        for (detector, crossing) in crossings {
            self.event(crossing.at, *detector, "crossing");
            if let Some(seen) = self.seen.get_mut(&detector.index()) {
                seen.count += 1;
                seen.lit_until = crossing.known_at + LIT;
            }
        }
    }

    /// Whether this detector counts; otherwise it tells presence.
    pub(super) fn counts(&self, detector: DetectorId) -> bool {
        let seen = self.site.detectors[detector].seen.as_ref();
        seen.is_some_and(|seen| matches!(seen.shape, Shape::Line(_)))
    }

    fn detectors(&self) -> impl Iterator<Item = (DetectorId, &Seen)> {
        let ids = self.site.detectors.ids();
        ids.filter_map(|id| Some((id, self.seen.get(&id.index())?)))
    }

    /// A table for people.
    pub(super) fn table(&self, took_s: f64) -> String {
        let video_s = self.last.secs();
        let mut text = format!(
            "camera {}: {} frames, {video_s:.1} s of video, {:.0} frames/s\n",
            self.site.cameras[self.camera].id,
            self.frames,
            f64::from(self.frames) / took_s.max(1e-6)
        );
        if self.sick_for > Millis::ZERO {
            text.push_str(&format!(
                "not believed for {:.1} s; --events says when and why\n",
                self.sick_for.secs()
            ));
        }
        text.push_str(&format!(
            "\n  {:<24} {:<24} {:>10}  {:>9}\n",
            "detector", "lanes", "vehicles", "occupied"
        ));
        for (id, seen) in self.detectors() {
            let (count, occupied) = match self.counts(id) {
                true => (seen.count.to_string(), String::new()),
                false if !seen.known => (String::new(), "unknown".to_owned()),
                false => {
                    let share = seen.occupied_for.secs() / video_s.max(0.001) * 100.0;
                    (String::new(), format!("{share:.0} %"))
                }
            };
            let detector = &self.site.detectors[id];
            let lanes = self.lanes(&detector.lanes).join(", ");
            let name = &detector.id;
            text.push_str(&format!(
                "  {name:<24} {lanes:<24} {count:>10}  {occupied:>9}\n"
            ));
        }
        text + &self.table_of_views()
    }

    fn table_of_views(&self) -> String {
        if self.views.is_empty() {
            return String::new();
        }
        let mut text = format!(
            "\n  {:<24} {:<24} {:>10}  {:>9}  {:>8}  {:>6}\n",
            "view", "lanes", "mean queue", "longest", "to", "speed"
        );
        for (id, seen) in self.views() {
            let view = &self.site.views[id];
            let lanes = self.lanes(&view.lanes).join(", ");
            text.push_str(&format!("  {:<24} {lanes:<24} ", view.id));
            if seen.looks == 0 {
                text.push_str("unknown: the empty road has not been seen\n");
                continue;
            }
            let speed = seen.speed_mean_kmh();
            let speed = speed.map_or(String::new(), |speed| format!("{speed:.0} km/h"));
            text.push_str(&format!(
                "{:>6.1} veh  {:>5} veh  {:>6.0} m  {speed:>6}\n",
                seen.queue_mean(),
                seen.queued_max,
                seen.end_max_m
            ));
        }
        text
    }

    fn views(&self) -> impl Iterator<Item = (ViewId, &SeenInView)> {
        let ids = self.site.views.ids();
        ids.filter_map(|id| Some((id, self.views.get(&id.index())?)))
    }

    fn lanes(&self, lanes: &[LaneId]) -> Vec<&'s str> {
        lanes
            .iter()
            .map(|lane| self.site.lanes[*lane].id.as_str())
            .collect()
    }

    /// Writes every event, in order of time.
    pub(super) fn write_events(&mut self, path: &Path) -> anyhow::Result<()> {
        let file = path.display();
        self.events.sort_by_key(|(at, _, _)| *at);
        let mut writer =
            csv::Writer::from_path(path).with_context(|| format!("cannot write {file}"))?;
        writer.write_record(["time_s", "detector", "event"])?;
        for (at, detector, what) in &self.events {
            writer.write_record([&format!("{:.3}", at.secs()), detector, what])?;
        }
        writer
            .flush()
            .with_context(|| format!("cannot write {file}"))
    }

    /// Writes the result.
    pub(super) fn write_json(&self, path: &Path, took_s: f64) -> anyhow::Result<()> {
        let detectors = self.detectors().map(|(id, seen)| {
            let counts = self.counts(id);
            OfDetector {
                id: &self.site.detectors[id].id,
                lanes: self.lanes(&self.site.detectors[id].lanes),
                count: counts.then_some(seen.count),
                occupied_s: (!counts).then(|| seen.occupied_for.secs()),
                empty_road_seen: (!counts).then_some(seen.known),
            }
        });
        let views = self.views().map(|(id, seen)| OfView {
            id: &self.site.views[id].id,
            lanes: self.lanes(&self.site.views[id].lanes),
            empty_road_seen: seen.known,
            queue_mean: seen.queue_mean(),
            queue_max: seen.queued_max,
            queue_end_max_m: seen.end_max_m,
            speed_mean_kmh: seen.speed_mean_kmh(),
        });
        let result = Result {
            camera: &self.site.cameras[self.camera].id,
            video_s: self.last.secs(),
            frames: self.frames,
            frames_per_s: f64::from(self.frames) / took_s.max(1e-6),
            not_believed_s: self.sick_for.secs(),
            detectors: detectors.collect(),
            views: views.collect(),
        };
        let text = serde_json::to_string_pretty(&result)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}
