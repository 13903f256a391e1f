//! The cameras of one site in the traffic world: a camera for each approach, and one for the box.
//!
//! In: the world as it is, faults by time, a seed. Out: [`Sighting`]s, as a good street camera would give them:
//! some vehicles missed or hidden by the one in front, some that are not there, speeds a little wrong, a
//! few seconds without a picture now and then. Not here: pictures, and what makes sightings of them.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::draw;
use super::eye::{Errors, Eye, happens, to_cmps};
use super::world::Truth;
use crate::detection::Sighting;
use crate::intersection::{ApproachId, Intersection, View, ViewId};
use crate::units::{Millis, Timestamp};

/// Cameras look this often: the step of the vehicles.
pub const LOOK: Millis = Millis(500);
/// Misses and false ones of a camera by day. Measured pipelines reach F1 0.93 for crossings; a vehicle
/// stays in view for many pictures.
const ERRORS: Errors = Errors {
    missed: 0.03,
    false_ones: 0.02,
    speed_mps: 0.1,
    speed_share: 0.08,
    hides: true,
};
/// A camera gives no picture this often, and for this long, s on average.
const DROP_OUT_EVERY_S: f64 = 600.0;
const DROP_OUT_S: f64 = 5.0;
/// A camera that has been moved sees the road this much farther upstream, m.
const MOVED_M: f64 = 30.0;

/// What is wrong with a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraFault {
    /// It says nothing.
    Blind,
    /// It repeats the last it saw.
    Frozen,
    /// It counts 30 m farther up the road than calibrated.
    Moved,
}

/// A camera fails for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraFailure {
    /// The camera of this approach; `None`: the one on the box.
    pub approach: Option<ApproachId>,
    /// How.
    pub fault: CameraFault,
    /// From …
    pub from: Timestamp,
    /// … up to, not including.
    pub until: Timestamp,
}

/// The cameras of one site.
#[derive(Debug)]
pub struct Cameras {
    views: Vec<Watching>,
    /// By camera: whether it gives no picture now.
    out: Vec<(Option<ApproachId>, bool)>,
    failures: Vec<CameraFailure>,
    rng: Pcg64Mcg,
}

#[derive(Debug)]
struct Watching {
    id: ViewId,
    view: View,
    approach: Option<ApproachId>,
    eye: Eye,
    last: Sighting,
}

impl Cameras {
    /// The cameras that look at the views of `site`, but for those of the approach that is `filmed`. Where
    /// failures of one camera overlap, the first counts.
    #[must_use]
    pub fn new(
        site: &Intersection,
        failures: Vec<CameraFailure>,
        filmed: Option<ApproachId>,
        seed: u64,
    ) -> Self {
        let mut out: Vec<(Option<ApproachId>, bool)> = Vec::new();
        let approach_of = |view: &View| view.lanes.first().map(|lane| site.lanes[*lane].approach);
        let views = site.views.iter();
        let views = views.filter(|(_, view)| filmed.is_none() || approach_of(view) != filmed);
        let views = views.map(|(id, view)| {
            let approach = approach_of(view);
            if !out.iter().any(|(other, _)| *other == approach) {
                out.push((approach, false));
            }
            Watching {
                id,
                view: view.clone(),
                approach,
                eye: Eye::default(),
                last: Sighting {
                    view: id,
                    speeds_cmps: Vec::new(),
                },
            }
        });
        Self {
            views: views.collect(),
            out,
            failures,
            rng: Pcg64Mcg::seed_from_u64(draw::stream(seed, "cameras", 0)),
        }
    }

    /// What is wrong at `now` with the camera of this approach; `None` for the approach: the one on the box.
    pub(super) fn fault_of(
        &self,
        approach: Option<ApproachId>,
        now: Timestamp,
    ) -> Option<CameraFault> {
        let mut failures = self.failures.iter();
        let now_fails =
            failures.find(|it| it.approach == approach && it.from <= now && now < it.until);
        now_fails.map(|failure| failure.fault)
    }

    /// What they tell at `now`, one [`LOOK`] after the last time. The site is the world's only one.
    pub fn look(&mut self, truth: &Truth<'_>, now: Timestamp) -> Vec<Sighting> {
        for (_, is_out) in &mut self.out {
            let lasts_s = if *is_out {
                DROP_OUT_S
            } else {
                DROP_OUT_EVERY_S
            };
            *is_out ^= happens(LOOK.secs() / lasts_s, &mut self.rng);
        }
        let mut told = Vec::new();
        for number in 0..self.views.len() {
            let fault = self.fault_of(self.views[number].approach, now);
            let watching = &mut self.views[number];
            let shift_m = match fault {
                Some(CameraFault::Moved) => MOVED_M,
                Some(CameraFault::Blind | CameraFault::Frozen) | None => 0.0,
            };
            let (ahead, there) = truth.in_view(0, &watching.view, shift_m);
            let eye = &mut watching.eye;
            let speeds = eye.look((ahead, there), ERRORS, LOOK.secs(), &mut self.rng);
            let is_out = self
                .out
                .iter()
                .any(|(approach, is_out)| *is_out && *approach == watching.approach);
            match fault {
                Some(CameraFault::Blind) => continue,
                Some(CameraFault::Frozen) => {}
                Some(CameraFault::Moved) | None => {
                    watching.last = Sighting {
                        view: watching.id,
                        speeds_cmps: speeds.into_iter().map(to_cmps).collect(),
                    };
                }
            }
            if !is_out {
                told.push(watching.last.clone());
            }
        }
        told
    }
}

/// The approach that `name` calls, or the first with a view.
///
/// # Errors
/// When there is no such approach, or no camera looks at it.
pub(super) fn camera_named(
    site: &Intersection,
    name: Option<&str>,
) -> Result<Option<ApproachId>, String> {
    let watched = |id: ApproachId| {
        let mut views = site.views.iter();
        views.any(|(_, view)| {
            view.lanes
                .iter()
                .any(|lane| site.lanes[*lane].approach == id)
        })
    };
    let found = site
        .approaches
        .iter()
        .find(|(id, approach)| watched(*id) && name.is_none_or(|name| approach.id == name));
    found.map(|(id, _)| Some(id)).ok_or_else(|| {
        let with: Vec<&str> = (site.approaches.iter())
            .filter(|(id, _)| watched(*id))
            .map(|(_, approach)| approach.id.as_str())
            .collect();
        let what = name.map_or_else(|| "a camera".to_owned(), |name| format!("camera {name:?}"));
        if with.is_empty() {
            format!(
                "{what}: the site {:?} has no views; see docs/site-file.md",
                site.id
            )
        } else {
            format!("{what}: allowed are {}", with.join(", "))
        }
    })
}
