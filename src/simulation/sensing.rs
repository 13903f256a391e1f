//! Which sensors a simulated run has, and what goes wrong with them.
//!
//! In: what was asked for by name. Out: the site as it is built with these sensors, and the faults of its
//! loops and cameras over time. Not here: how a faulty sensor behaves (`faults.rs`, `cameras.rs`).

use serde::Serialize;

use super::cameras::{CameraFailure, CameraFault, Cameras, LOOK, camera_named};
use super::faults::{Fault, FaultKind, Faults};
use super::world::Truth;
use crate::detection::{Edge, Sighting};
use crate::intersection::{DetectorFunction, DetectorId, Intersection, Table};
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

/// The sensors of a run.
#[derive(Clone, Debug, Default)]
pub struct Sensing {
    /// Which there are.
    pub kinds: SensorKinds,
    loops: Vec<Fault>,
    cameras: Vec<CameraFailure>,
}

impl Sensing {
    /// These sensors of `site`, and what goes wrong with them.
    ///
    /// # Errors
    /// Cameras asked for at a site without views, a mishap of a sensor that is not there: all of them.
    pub fn new(
        site: &Intersection,
        kinds: SensorKinds,
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

    /// The site as built with these sensors: without cameras no views, without loops push buttons only.
    #[must_use]
    pub fn built(&self, site: &Intersection) -> Intersection {
        let mut built = site.clone();
        if self.kinds == SensorKinds::Camera {
            let buttons = site.detectors.iter().map(|(_, detector)| detector);
            let buttons = buttons.filter(|it| it.function == DetectorFunction::PedestrianButton);
            built.detectors = Table::new(buttons.cloned().collect());
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
        let cameras = (self.kinds != SensorKinds::Loops)
            .then(|| Cameras::new(site, self.cameras.clone(), seed));
        Sensors {
            faults,
            cameras,
            edges: Vec::new(),
            sightings: Vec::new(),
        }
    }
}

/// The sensors of one run, and what they have to tell.
#[derive(Debug)]
pub(super) struct Sensors {
    faults: Option<Faults>,
    cameras: Option<Cameras>,
    /// Edges not yet told.
    pub(super) edges: Vec<Edge>,
    /// What the cameras saw last, if not yet told.
    pub(super) sightings: Vec<Sighting>,
}

impl Sensors {
    /// Takes the edges of the tick that ended `now`, as they are in truth, and looks.
    pub(super) fn sense(&mut self, mut edges: Vec<Edge>, truth: &Truth<'_>, now: Timestamp) {
        match &mut self.faults {
            Some(faults) => self.edges.extend(faults.apply(now, &edges)),
            None => self.edges.append(&mut edges),
        }
        if let Some(cameras) = self.cameras.as_mut().filter(|_| now.0 % LOOK.0 == 0) {
            self.sightings = cameras.look(truth, now);
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
