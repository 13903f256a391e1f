//! Which sensors a simulated run has, and what goes wrong with them.
//!
//! In: what was asked for by name. Out: the site as it is built with these sensors, and the faults of its
//! loops and cameras over time. Not here: how a faulty sensor behaves (`faults.rs`, `cameras.rs`).

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::cameras::{CameraFailure, CameraFault, Cameras, LOOK, camera_named};
use super::crops::Crops;
use super::faults::{Fault, FaultKind, Faults};
use super::film_score::FilmScore;
use super::filmed::{Filmed, Learned};
use super::render::{Scene, calibrated};
use super::world::Truth;
use crate::camera::learned;
use crate::detection::{Edge, Sighting};
use crate::intersection::{ApproachId, DetectorFunction, DetectorId, Intersection, Table};
use crate::signal::Heads;
use crate::units::Timestamp;

/// Sensors of vehicles. Push buttons are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SensorKinds {
    /// The detectors of the site file.
    #[default]
    Loops,
    /// Cameras on its views, as if it had no vehicle detectors.
    Camera,
    /// Detectors and cameras.
    Both,
}

/// Something that goes wrong with one sensor, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Mishap {
    kind: MishapKind,
    whose: Option<String>,
    from: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum MishapKind {
    Loop(FaultKind),
    Camera(CameraFault),
}

/// Mishaps by name.
const NAMES: [(&str, MishapKind); 5] = [
    ("loop-stuck", MishapKind::Loop(FaultKind::StuckOn)),
    ("loop-dead", MishapKind::Loop(FaultKind::Dead)),
    ("camera-blind", MishapKind::Camera(CameraFault::Blind)),
    ("camera-frozen", MishapKind::Camera(CameraFault::Frozen)),
    ("camera-moved", MishapKind::Camera(CameraFault::Moved)),
];

impl std::str::FromStr for Mishap {
    type Err = String;

    /// `NAME[=WHOSE][@MINUTE]`: `loop-stuck=EB-1 stop@30`, `camera-blind=west@30`, `camera-moved`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (what, minute) = match text.rsplit_once('@') {
            Some((what, minute)) => (what, minute),
            None => (text, "0"),
        };
        let (name, whose) = match what.split_once('=') {
            Some((name, whose)) => (name, Some(whose.to_owned())),
            None => (what, None),
        };
        let minute: u32 = minute.parse().map_err(|_| {
            format!(
                "{minute:?} is no minute of the run; like loop-stuck@30 or camera-blind=west@30"
            )
        })?;
        let kind = NAMES.iter().find(|(known, _)| *known == name);
        let (_, kind) = kind.ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("{name:?}: allowed are {}", names.join(", "))
        })?;
        Ok(Self {
            kind: *kind,
            whose,
            from: Timestamp(60_000 * i64::from(minute)),
        })
    }
}

/// The wish to see one camera at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmWish {
    /// The approach that it watches.
    pub approach: String,
    /// What it is like outside.
    pub scene: Scene,
    /// Collect labelled patches of its pictures, to train a model on.
    pub crops: bool,
    /// The learned model that is asked about the presence zones: an ONNX file.
    pub detector: Option<PathBuf>,
}

/// The sensors of a run.
#[derive(Clone, Debug, Default)]
pub struct Sensing {
    /// Which there are.
    pub kinds: SensorKinds,
    /// The approach whose camera is rendered and looked at by the real pipeline, and in which scene.
    film: Option<(ApproachId, Scene)>,
    /// Labelled patches of its pictures are collected.
    crops: bool,
    detector: Option<Learned>,
    loops: Vec<Fault>,
    cameras: Vec<CameraFailure>,
}

impl Sensing {
    /// These sensors of `site`, and what goes wrong with them. The camera that `film` wishes is rendered, and its
    /// pictures go through the same pipeline as those of the street; the others are drawn from the truth.
    ///
    /// # Errors
    /// Cameras asked for at a site without views, a film or a mishap of a sensor that is not there: all of them.
    pub fn new(
        site: &Intersection,
        kinds: SensorKinds,
        film: Option<&FilmWish>,
        mishaps: &[Mishap],
    ) -> Result<Self, Vec<String>> {
        let mut sensing = Self {
            kinds,
            ..Self::default()
        };
        let mut problems = Vec::new();
        if kinds != SensorKinds::Loops && site.views.is_empty() {
            problems.push(format!(
                "--sensors: the site {:?} has no views for a camera to watch; see docs/site-file.md",
                site.id
            ));
        }
        match film {
            Some(_) if kinds == SensorKinds::Loops => problems.push(
                "--film: there are no cameras with --sensors loops; say --sensors both or camera"
                    .to_owned(),
            ),
            Some(wish) => match camera_named(site, Some(&wish.approach)) {
                Ok(approach) => {
                    sensing.film = approach.map(|approach| (approach, wish.scene));
                    sensing.crops = wish.crops;
                    match wish.detector.as_deref().map(learned::open).transpose() {
                        Ok(opened) => {
                            sensing.detector = opened.map(|it| Arc::new(Mutex::new(it)));
                        }
                        Err(why) => problems.push(format!("--detector: {why}")),
                    }
                }
                Err(why) => problems.push(format!("--film: {why}")),
            },
            None => {}
        }
        for mishap in mishaps {
            let (from, until) = (mishap.from, Timestamp(i64::MAX));
            let whose = mishap.whose.as_deref();
            let added = match mishap.kind {
                MishapKind::Loop(_) if kinds == SensorKinds::Camera => {
                    Err("there are no loops with --sensors camera".to_owned())
                }
                MishapKind::Camera(_) if kinds == SensorKinds::Loops => {
                    Err("there are no cameras with --sensors loops".to_owned())
                }
                MishapKind::Loop(kind) => loop_named(site, whose).map(|detector| {
                    sensing.loops.push(Fault {
                        detector,
                        kind,
                        from,
                        until,
                    });
                }),
                MishapKind::Camera(fault) => camera_named(site, whose).map(|approach| {
                    sensing.cameras.push(CameraFailure {
                        approach,
                        fault,
                        from,
                        until,
                    });
                }),
            };
            problems.extend(added.err().map(|why| format!("--fault: {why}")));
        }
        if problems.is_empty() {
            Ok(sensing)
        } else {
            Err(problems)
        }
    }

    /// The site as built with these sensors: without cameras no views; without loops push buttons only, and
    /// what a filmed camera stands for.
    #[must_use]
    pub fn built(&self, site: &Intersection) -> Intersection {
        let without_loops = self.kinds == SensorKinds::Camera;
        let mut built = match self.film {
            Some((approach, _)) => calibrated(site, approach, without_loops),
            None => site.clone(),
        };
        if without_loops {
            let left = built.detectors.iter().map(|(_, detector)| detector);
            let left = left.filter(|it| {
                it.function == DetectorFunction::PedestrianButton || it.seen.is_some()
            });
            built.detectors = Table::new(left.cloned().collect());
        }
        if self.kinds == SensorKinds::Loops {
            built.views = Table::new(Vec::new());
        }
        built
    }

    /// The sensors themselves; `site` as built.
    #[must_use]
    pub(super) fn sensors(&self, site: &Intersection, seed: u64) -> Sensors {
        let loops = self.loops.clone();
        let faults = (!loops.is_empty())
            .then(|| Faults::new(loops, site.detectors.len(), Timestamp(0), seed));
        let cameras = (self.kinds != SensorKinds::Loops).then(|| {
            Cameras::new(
                site,
                self.cameras.clone(),
                self.film.map(|(approach, _)| approach),
                seed,
            )
        });
        let filmed = (self.film).map(|(approach, scene)| {
            let mut filmed = Filmed::new(site, approach, scene, seed);
            if let Some(detector) = &self.detector {
                filmed.ask(detector.clone());
            }
            if self.crops {
                filmed.collect_crops(site);
            }
            filmed
        });
        Sensors {
            faults,
            cameras,
            filmed,
            edges: Vec::new(),
            sightings: Vec::new(),
            failed: Vec::new(),
        }
    }
}

/// The sensors of one run, and what they have to tell.
#[derive(Debug)]
pub(super) struct Sensors {
    faults: Option<Faults>,
    cameras: Option<Cameras>,
    filmed: Option<Filmed>,
    /// Edges not yet told.
    pub(super) edges: Vec<Edge>,
    /// What the cameras saw last, if not yet told.
    pub(super) sightings: Vec<Sighting>,
    /// Detectors whose camera is in trouble now.
    pub(super) failed: Vec<DetectorId>,
}

impl Sensors {
    /// Labelled patches of the filmed camera, if they were asked for.
    pub(super) fn crops(&mut self) -> Option<Crops> {
        self.filmed.as_mut().and_then(Filmed::crops)
    }

    /// How well the pipeline of the filmed camera did, if there is one.
    pub(super) fn film_score(&self) -> Option<FilmScore> {
        self.filmed.as_ref().map(Filmed::score)
    }

    /// Takes the edges of the tick that ended `now`, as they are in truth, and looks; `heads` is what the signal
    /// showed.
    pub(super) fn sense(
        &mut self,
        mut edges: Vec<Edge>,
        truth: &Truth<'_>,
        heads: &Heads,
        now: Timestamp,
    ) {
        if let Some(filmed) = &self.filmed {
            edges.retain(|edge| !filmed.stands_for(edge.detector));
        }
        match &mut self.faults {
            Some(faults) => self.edges.extend(faults.apply(now, &edges)),
            None => self.edges.append(&mut edges),
        }
        if let Some(cameras) = self.cameras.as_mut().filter(|_| now.0 % LOOK.0 == 0) {
            self.sightings = cameras.look(truth, now);
        }
        if let Some(filmed) = &mut self.filmed {
            let cameras = self.cameras.as_ref();
            let fault = cameras.and_then(|it| it.fault_of(Some(filmed.approach), now));
            let mut tells = filmed.look(truth, heads, fault, now);
            self.edges.append(&mut tells.edges);
            self.edges.sort_by_key(|edge| edge.at);
            let newer = |told: &Sighting| tells.sightings.iter().any(|it| it.view == told.view);
            self.sightings.retain(|told| !newer(told));
            self.sightings.append(&mut tells.sightings);
            self.failed = tells.failed;
        }
    }
}

/// The vehicle detector of this name, or the first.
fn loop_named(site: &Intersection, name: Option<&str>) -> Result<DetectorId, String> {
    let loops = || {
        let all = site.detectors.iter();
        all.filter(|(_, it)| it.function != DetectorFunction::PedestrianButton)
    };
    let found = loops().find(|(_, it)| name.is_none_or(|name| it.id == name));
    found.map(|(id, _)| id).ok_or_else(|| {
        let names: Vec<&str> = loops().map(|(_, it)| it.id.as_str()).collect();
        let what = name.map_or_else(|| "a loop".to_owned(), |name| format!("loop {name:?}"));
        format!("{what}: allowed are {}", names.join(", "))
    })
}
