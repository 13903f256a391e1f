//! Reads the source, looks at every frame, writes what was asked for.
#![expect(
    clippy::disallowed_methods,
    reason = "a driver: it tells how long it took"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use phasewise::camera::capture::{Capture, Message, Picture, Source};
use phasewise::camera::learned::{self, VehicleDetector};
use phasewise::camera::picture::{Canvas, Label, Video};
use phasewise::camera::{SIDE_MAX, SIDE_MIN, Watch};
use phasewise::intersection::{CameraId, DetectorId, Id, Intersection};
use phasewise::units::Millis;

use super::Arguments;
use super::remember::remember;
use super::signal::Signal;
use super::tally::Tally;
use crate::cli::progress::Progress;
use crate::cli::{EXIT_OK, EXIT_PROBLEMS, note, print};

/// How long a file may take for one frame, and a live source to come back, before the command gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Frames per second of annotated videos of live sources.
const LIVE_RATE: f64 = 15.0;

/// A run, from the first frame to the last.
struct Run<'a> {
    arguments: &'a Arguments,
    site: &'a Intersection,
    camera: CameraId,
    watch: Watch,
    detector: Option<Box<dyn VehicleDetector>>,
    signal: Option<Signal>,
    tally: Tally<'a>,
    video: Option<Video>,
    last: Option<Picture>,
    size: [usize; 2],
}

/// Why reading has stopped.
enum Stop {
    Done,
    Early(String),
}

impl Stop {
    fn silent() -> Self {
        Self::Early(format!("nothing has come for {} s", PATIENCE.as_secs()))
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let site = Intersection::load(&arguments.site)?;
    let camera = camera_of(&site, arguments)?;
    let signal = arguments.signal.as_deref().map(Signal::read).transpose()?;
    let detector = detector_of(&site, camera, arguments)?;
    let mut run = Run {
        arguments,
        site: &site,
        camera,
        watch: Watch::new(&site, camera),
        detector,
        signal,
        tally: Tally::new(&site, camera),
        video: None,
        last: None,
        size: [0, 0],
    };
    let began = Instant::now();
    let stop = run.read()?;
    let took_s = began.elapsed().as_secs_f64();
    run.write(took_s)?;
    print(&run.tally.table(took_s))?;
    match stop {
        Stop::Done => Ok(EXIT_OK),
        Stop::Early(why) => {
            note(&format!("{}: {why}", arguments.source))?;
            Ok(EXIT_PROBLEMS)
        }
    }
}

/// The learned model that is asked for, or that the site file names for the camera.
fn detector_of(
    site: &Intersection,
    camera: CameraId,
    arguments: &Arguments,
) -> anyhow::Result<Option<Box<dyn VehicleDetector>>> {
    let named = || {
        let folder = arguments.site.parent().unwrap_or(Path::new(""));
        let name = site.cameras[camera].detector.as_ref()?;
        Some(folder.join(name))
    };
    let path = arguments.detector.clone().or_else(named);
    path.map(|path| learned::open(&path))
        .transpose()
        .map_err(anyhow::Error::msg)
}

fn camera_of(site: &Intersection, arguments: &Arguments) -> anyhow::Result<CameraId> {
    let names: Vec<&str> = site
        .cameras
        .iter()
        .map(|(_, camera)| camera.id.as_str())
        .collect();
    let file = arguments.site.display();
    let wanted = match (&arguments.camera, names.as_slice()) {
        (_, []) => bail!(
            "{file} has no cameras; draw detectors into a picture with phasewise calibrate-camera"
        ),
        (Some(name), _) => name.as_str(),
        (None, [name]) => name,
        (None, _) => bail!(
            "{file} has several cameras; name one: --camera {}",
            names.join(", --camera ")
        ),
    };
    let found = site.cameras.iter().find(|(_, camera)| camera.id == wanted);
    let Some((id, _)) = found else {
        bail!(
            "{file} has no camera {wanted:?}; it has {}",
            names.join(", ")
        );
    };
    let mut seen = (site.detectors.iter())
        .filter_map(|(_, detector)| Some(detector.seen.as_ref()?.by))
        .chain((site.views.iter()).filter_map(|(_, view)| Some(view.seen.as_ref()?.by)));
    if !seen.any(|by| by == id) {
        bail!(
            "no detector or view of {file} names camera {wanted:?}; draw one with phasewise calibrate-camera"
        );
    }
    Ok(id)
}

impl Run<'_> {
    fn read(&mut self) -> anyhow::Result<Stop> {
        let source = Source::of(&self.arguments.source);
        let is_live = source.is_live();
        let capture = Capture::start(source);
        let progress = Progress::new("looking");
        let (mut length_s, mut heard) = (self.arguments.seconds, Instant::now());
        loop {
            let Some(message) = capture.next(Duration::from_millis(500)) else {
                self.missed(heard.elapsed());
                if heard.elapsed() > PATIENCE {
                    return Ok(Stop::silent());
                }
                continue;
            };
            match message {
                Message::Opened { rate, frames } => {
                    length_s = length_s.or((frames > 0.0 && rate > 0.0).then(|| frames / rate));
                    let rate = if is_live || rate <= 0.0 {
                        LIVE_RATE
                    } else {
                        rate
                    };
                    let video = self.arguments.annotate.as_deref();
                    self.video = self
                        .video
                        .take()
                        .or(video.map(|path| Video::new(path, rate)));
                }
                Message::Picture(picture) => {
                    heard = Instant::now();
                    progress.set(length_s.map_or(0.0, |length_s| picture.at.secs() / length_s));
                    let limit = self.arguments.seconds;
                    if limit.is_some_and(|limit| picture.at > Millis::from_secs(limit)) {
                        return Ok(Stop::Done);
                    }
                    self.picture(picture)?;
                }
                Message::Lost(why) => {
                    self.missed(heard.elapsed());
                    note(&format!("{}: {why}; trying again", self.arguments.source))?;
                    if heard.elapsed() > PATIENCE {
                        return Ok(Stop::silent());
                    }
                }
                Message::Ended(why) => return Ok(why.map_or(Stop::Done, Stop::Early)),
                Message::Failed(why) => bail!("cannot read {}: {why}", self.arguments.source),
            }
        }
    }

    /// Nothing has come for so long.
    fn missed(&mut self, silent: Duration) {
        if let Some(last) = &self.last {
            let now = last.at + Millis::from_secs(silent.as_secs_f64());
            let look = self.watch.miss(now);
            self.tally.health(&look, now);
        }
    }

    fn picture(&mut self, picture: Picture) -> anyhow::Result<()> {
        let Some(frame) = picture.frame() else {
            bail!(
                "pictures of {} × {} pixels; allowed: sides of {SIDE_MIN} to {SIDE_MAX}",
                picture.width,
                picture.height
            );
        };
        if self.size != frame.size() {
            if self.size != [0, 0] {
                let [width, height] = frame.size();
                note(&format!(
                    "the pictures are now {width} × {height}; everything is learned anew"
                ))?;
            }
            self.size = frame.size();
        }
        let shown = self.signal.as_ref().map(|signal| signal.at(picture.at));
        if let Some(detector) = &mut self.detector
            && let Err(why) = self.watch.ask(&frame, detector.as_mut())
        {
            note(&format!("{why}; going on without the model"))?;
            self.detector = None;
        }
        let look = self.watch.look(&frame, shown.as_ref(), picture.at);
        self.tally.frame(&look, &self.watch, picture.at);
        if self.arguments.annotate.is_some() {
            let canvas = self.canvas(&picture)?;
            if let Some(video) = &mut self.video {
                video
                    .add(&canvas)
                    .context("cannot write the annotated video")?;
            }
        }
        self.last = Some(picture);
        Ok(())
    }

    fn canvas(&self, picture: &Picture) -> anyhow::Result<Canvas> {
        let mut canvas = Canvas::new(picture, self.site, self.camera)?;
        let in_view = |id| {
            self.tally
                .views
                .get(&Id::index(id))
                .map(|seen| seen.now.clone())
        };
        canvas.draw(self.site, self.camera, |id| self.label(id, picture.at))?;
        canvas.draw_queues(self.site, self.camera, in_view)?;
        let health = self.tally.trouble.map_or(String::new(), |trouble| {
            format!("  NOT BELIEVED: {trouble}")
        });
        canvas.title(&format!("{:.1} s{health}", picture.at.secs()))?;
        Ok(canvas)
    }

    fn label(&self, id: DetectorId, now: Millis) -> Label {
        let name = &self.site.detectors[id].id;
        let Some(seen) = self.tally.seen.get(&id.index()) else {
            return Label::default();
        };
        if self.tally.counts(id) {
            return Label {
                text: format!("{name}: {}", seen.count),
                is_on: now < seen.lit_until,
                is_unsure: false,
            };
        }
        let state = match (seen.known, seen.occupied) {
            (false, _) => "?",
            (true, true) => "occupied",
            (true, false) => "empty",
        };
        Label {
            text: format!("{name}: {state}"),
            is_on: seen.occupied,
            is_unsure: !seen.known,
        }
    }

    fn write(&mut self, took_s: f64) -> anyhow::Result<()> {
        let rest = self.watch.finish();
        self.tally.crossings(&rest);
        if let Some(video) = &mut self.video {
            video.close().context("cannot finish the annotated video")?;
        }
        if let (Some(path), Some(last)) = (&self.arguments.picture, &self.last) {
            self.canvas(last)?.save(path)?;
        }
        if self.arguments.remember {
            let camera = &self.site.cameras[self.camera].id;
            let print = self.watch.fingerprint().context(
                "nothing to remember: the camera has to see the street by day for some seconds",
            )?;
            remember(&self.arguments.site, camera, &print)?;
            note(&format!(
                "{} now remembers what camera {camera} looks at",
                self.arguments.site.display()
            ))?;
        }
        if let Some(path) = &self.arguments.json {
            self.tally.write_json(path, took_s)?;
        }
        if let Some(path) = &self.arguments.events {
            self.tally.write_events(path)?;
        }
        Ok(())
    }
}
