//! Detectors and cameras that the other sensors of the lane contradict.
//!
//! In: what each sensor of a lane saw. Out: which of them to leave out until it speaks again, or agrees again. This is
//! quicker than the diagnosis of `detection/`, which must not call a detector failed on a quiet night:
//! here a few vehicles are enough, because being wrong costs little and ends with the next actuation. Not
//! here: health that others see.

use crate::intersection::LaneId;

/// Vehicles in a row that a stop-bar detector missed before it is left out.
const STOP_BAR_SILENT: f64 = 4.0;
/// The same for a stop-bar detector when only the advance detector contradicts it.
const GHOSTS: f64 = 8.0;
/// Vehicles in a row that crossed without having passed the advance detector.
const ADVANCE_SILENT: f64 = 6.0;
/// Vehicles counted while the presence detector never let go.
const STUCK: f64 = 60.0;

/// A second for which a covered stop bar of a lane that all its phases serve lets nobody cross, although whoever stood
/// there could have gone, counts as this many of them: 20 s are enough. A lane that cannot leave needs no green either.
const STAYS_PER_S: f64 = 3.0;

/// A second in which a camera that sees the lane contradicts its presence detector counts as this many
/// vehicles counted over one that never lets go: 20 s are enough …
const STUCK_PER_S: f64 = 3.0;
/// … and as this many missed ones: a minute, because somebody may stand short of the detector who waits for a gap in
/// the next lane.
const SILENT_PER_S: f64 = STOP_BAR_SILENT / 60.0;
/// Reds about which a camera was wrong before it is left out.
const CAMERA_OUT: f64 = 3.0;
/// It is believed again when reds about which it was right have outweighed all but this many of them.
const CAMERA_BACK: f64 = 1.0;
/// Most that is held against it.
const CAMERA_WRONG_MAX: f64 = 4.0;
/// A red about which it was right outweighs this much.
const CAMERA_REDEEMS: f64 = 0.5;

/// A sensor of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensor {
    /// Its camera views.
    Camera,
    /// Its stop-bar presence detectors.
    Presence,
    /// Its stop-bar counter.
    Counter,
    /// Its advance detector.
    Advance,
}

impl std::fmt::Display for Sensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Camera => "camera",
            Self::Presence => "presence detector",
            Self::Counter => "counter",
            Self::Advance => "advance detector",
        })
    }
}

/// A sensor that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The lane it tells about.
    pub lane: LaneId,
    /// Which it is.
    pub sensor: Sensor,
    /// What the others contradict.
    pub why: &'static str,
}

/// Evidence against each sensor of a lane since it last changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trust {
    presence_missed: f64,
    presence_ghosts: f64,
    counter_ghosts: f64,
    presence_stuck: f64,
    counter_missed: f64,
    advance_missed: f64,
    camera_wrong: f64,
    camera_out: bool,
    errors: Errors,
}

/// Mean squared errors, in vehicles, at moments when the stop bar and the signal show that nobody waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errors {
    /// Of the queue that loops count together.
    pub(super) loops: f64,
    /// Of the queue that cameras count.
    pub(super) camera: f64,
}

impl Default for Errors {
    fn default() -> Self {
        Self {
            loops: 0.3,
            camera: USUAL_CAMERA_ERROR,
        }
    }
}

/// What a camera errs by at an empty stop bar as long as nothing is known about it: one in ten.
const USUAL_CAMERA_ERROR: f64 = 0.1;
/// Memory of errors, in proofs.
const PROOFS: f64 = 30.0;
/// One wrong count says no more than this, vehicles².
const ERROR_MAX: f64 = 9.0;

impl Errors {
    fn learn(mean: &mut f64, error: f64) {
        *mean += ((error * error).min(ERROR_MAX) - *mean) / PROOFS;
    }

    /// How much worse, or better, than usual a camera counts here.
    pub(super) fn camera_factor(self) -> f64 {
        (self.camera / USUAL_CAMERA_ERROR).clamp(0.3, 3.0)
    }
}

impl Trust {
    /// Sensors left out, with the reason.
    pub(super) fn doubted(&self) -> impl Iterator<Item = (Sensor, &'static str)> + use<> {
        let presence = if self.presence_stuck >= STUCK {
            "it is on, though nobody is there or leaves"
        } else {
            "it is off, though others see vehicles"
        };
        let all = [
            (
                Sensor::Camera,
                self.camera_out,
                "others left than those it saw stand",
            ),
            (Sensor::Presence, !self.presence(), presence),
            (
                Sensor::Counter,
                !self.counter(),
                "it does not count who leaves",
            ),
            (
                Sensor::Advance,
                !self.advance(),
                "vehicles leave that it has not seen",
            ),
        ];
        let out = all.into_iter().filter(|(_, out, _)| *out);
        out.map(|(sensor, _, why)| (sensor, why))
    }

    /// For `dt` seconds a camera has seen an empty lane although the presence detector was covered.
    pub(super) fn seen_empty(&mut self, dt: f64) {
        if !self.camera_out {
            self.presence_stuck += STUCK_PER_S * dt;
        }
    }

    /// For `dt` seconds a camera has seen somebody stand on red although the presence detector was uncovered.
    pub(super) fn unnoticed(&mut self, dt: f64) {
        if !self.camera_out {
            self.presence_missed += SILENT_PER_S * dt;
        }
    }

    /// A green has shown that the camera was right about the red before it, or wrong.
    pub(super) fn judged(&mut self, right: bool) {
        let by = if right { -CAMERA_REDEEMS } else { 1.0 };
        self.camera_wrong = (self.camera_wrong + by).clamp(0.0, CAMERA_WRONG_MAX);
        if self.camera_wrong >= CAMERA_OUT {
            self.camera_out = true;
        } else if self.camera_wrong <= CAMERA_BACK {
            self.camera_out = false;
        }
    }

    /// Nobody waits, as the stop bar shows, where loops had counted this many, and cameras that many.
    pub(super) fn proved_empty(&mut self, loops: f64, camera: Option<f64>) {
        Errors::learn(&mut self.errors.loops, loops);
        if let Some(camera) = camera {
            Errors::learn(&mut self.errors.camera, camera);
        }
    }

    /// What the sensors have been seen to err by.
    pub(super) fn errors(&self) -> Errors {
        self.errors
    }

    pub(super) fn camera(&self) -> bool {
        !self.camera_out
    }

    /// The presence detector changed; it was left by a vehicle while the lane was served.
    pub(super) fn presence_changed(&mut self, left_while_served: bool) {
        self.presence_missed = 0.0;
        self.presence_ghosts = 0.0;
        self.presence_stuck = 0.0;
        if left_while_served {
            self.counter_missed += 1.0;
        }
    }

    /// The counter counted; `covered`: the presence detector is on.
    pub(super) fn counted(&mut self, covered: bool) {
        self.counter_missed = 0.0;
        self.counter_ghosts = 0.0;
        if covered {
            self.presence_stuck += 1.0;
        } else {
            self.presence_missed += 1.0;
        }
    }

    /// For `dt` seconds more nobody has left a covered stop bar in green.
    pub(super) fn stayed(&mut self, dt: f64) {
        self.presence_stuck += STAYS_PER_S * dt;
    }

    /// A crossing that the line of seen vehicles explains with probability `known`.
    pub(super) fn explained(&mut self, known: f64) {
        if known < 0.3 {
            self.advance_missed += 1.0;
        } else {
            self.advance_missed = 0.0;
        }
    }

    /// The advance detector saw a vehicle.
    pub(super) fn advance_saw(&mut self) {
        self.advance_missed = 0.0;
    }

    /// Vehicles that were seen upstream, and that never reached the stop bar as far as it tells.
    pub(super) fn vanished(&mut self, vehicles: f64) {
        self.presence_ghosts += vehicles;
        self.counter_ghosts += vehicles;
    }

    pub(super) fn presence(&self) -> bool {
        self.presence_missed < STOP_BAR_SILENT
            && self.presence_ghosts < GHOSTS
            && self.presence_stuck < STUCK
    }

    pub(super) fn counter(&self) -> bool {
        self.counter_missed < STOP_BAR_SILENT && self.counter_ghosts < GHOSTS
    }

    pub(super) fn advance(&self) -> bool {
        self.advance_missed < ADVANCE_SILENT
    }
}
