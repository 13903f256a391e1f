//! `[site]`: what is built and where.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ByPhase;
use crate::intersection::{DetectorFunction, PhaseId, Turn};

/// Facts about the intersection.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteFacts {
    /// Short name, unique in a city: lower-case letters, digits and dashes.
    #[schemars(length(min = 1, max = 64), pattern("^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub id: String,
    /// What people call it.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// The intersection exists in a simulator only. The formulas that protect people on a street are
    /// then advice (warnings), and no cabinet may run it.
    #[serde(default)]
    pub simulated: bool,
    /// Roads that enter. Name them after where they are seen from the middle: `north` is the road on
    /// the north side, its traffic travels southbound.
    #[schemars(length(min = 1, max = 8))]
    pub approaches: Vec<ApproachEntry>,
    /// Lanes that enter, of each approach from the median to the curb.
    #[schemars(length(min = 1, max = 48))]
    pub lanes: Vec<LaneEntry>,
    /// Roads that leave. Give a road that both enters and leaves the same id in both lists.
    #[schemars(length(min = 1, max = 8))]
    pub exits: Vec<ExitEntry>,
    /// Ways through, each from one approach to one exit.
    #[schemars(length(min = 1, max = 48))]
    pub movements: Vec<MovementEntry>,
    /// Signalized pedestrian crossings.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub crosswalks: Vec<CrosswalkEntry>,
    /// The phases that exist and what people call them: `2 = "eastbound through"`.
    pub phases: ByPhase<String>,
    /// Order of service, one text per ring: `["1 2 | 3 4", "5 6 | 7 8"]`. A bar is a barrier, which
    /// all rings cross together. Phases of one ring follow one another; phases of different rings
    /// between the same barriers may run together. Phases joined by `+` run as one set; a site given
    /// by a conflict table (`[safety.intergreen_s]`) is one ring of such sets: `["1+2 3 4+5"]`.
    #[schemars(length(min = 1, max = 4))]
    pub rings: Vec<RingText>,
    /// Vehicle detectors.
    #[serde(default)]
    #[schemars(length(max = 72))]
    pub detectors: Vec<DetectorEntry>,
    /// Stretches of road that cameras watch.
    #[serde(default)]
    #[schemars(length(max = 160))]
    pub views: Vec<ViewEntry>,
    /// Cameras whose pictures Phasewise looks at. Detectors and views name the one that sees them.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub cameras: Vec<CameraEntry>,
    /// Pedestrian push buttons; the buttons at both ends of a crosswalk usually share one input.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub buttons: Vec<ButtonEntry>,
}

/// The order of service of one ring, e.g. `1 2 | 3 4`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RingText(
    #[schemars(pattern("^[0-9+| ]*$"), length(max = 200))]
    /// Phase numbers, `+` and `|`.
    pub String,
);

/// All lanes that enter from one road.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproachEntry {
    /// Name of the road as seen from the middle, e.g. `north`.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Compass bearing in which its traffic travels at the stop bar, degrees clockwise from north:
    /// 180 for an approach on the north side.
    #[schemars(range(min = 0, max = 359.999))]
    pub heading_deg: f64,
    /// How far upstream of the stop bar the road belongs to this site.
    #[schemars(range(min = 6, max = 3000))]
    pub length_m: f64,
    /// Speed limit in miles per hour; give this or `speed_limit_kmh`.
    #[schemars(range(min = 10, max = 70))]
    pub speed_limit_mph: Option<f64>,
    /// Speed limit in kilometers per hour; give this or `speed_limit_mph`.
    #[schemars(range(min = 15, max = 110))]
    pub speed_limit_kmh: Option<f64>,
    /// Grade at the stop bar, uphill positive.
    #[serde(default)]
    #[schemars(range(min = -15, max = 15))]
    pub grade_percent: f64,
    /// From the stop bar straight across to the far side of the last conflicting lane: the width a
    /// vehicle has to clear during red clearance.
    #[schemars(range(min = 3, max = 80))]
    pub crossing_m: f64,
    /// The intersection upstream, where Phasewise runs it too.
    pub upstream: Option<UpstreamLink>,
}

/// The intersection at the upstream end of an approach.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamLink {
    /// Its `site.id`.
    #[schemars(length(min = 1, max = 64))]
    pub site: String,
    /// Its exit that feeds this approach.
    #[schemars(length(min = 1, max = 32))]
    pub exit: String,
}

/// The intersection at the downstream end of an exit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownstreamLink {
    /// Its `site.id`.
    #[schemars(length(min = 1, max = 64))]
    pub site: String,
    /// Its approach that this exit feeds.
    #[schemars(length(min = 1, max = 32))]
    pub approach: String,
}

/// One lane that enters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneEntry {
    /// Name of the lane.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// The approach it belongs to.
    pub approach: String,
    /// For a pocket (turn bay): the lane from which vehicles enter it.
    pub pocket_of: Option<String>,
    /// Length of a pocket, stop bar to its opening. Full lanes have the length of their approach.
    #[schemars(range(min = 6, max = 1000))]
    pub length_m: Option<f64>,
}

/// A road that leaves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExitEntry {
    /// Name of the road as seen from the middle, e.g. `north`.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Number of lanes.
    #[schemars(range(min = 1, max = 6))]
    pub lanes: u8,
    /// Length to the next intersection, or to where the model ends.
    #[schemars(range(min = 6, max = 3000))]
    pub length_m: f64,
    /// Compass bearing in which its traffic leaves. Default: against the approach of the same id.
    #[schemars(range(min = 0, max = 359.999))]
    pub heading_deg: Option<f64>,
    /// Speed limit in miles per hour. Default: that of the approach of the same id.
    #[schemars(range(min = 10, max = 70))]
    pub speed_limit_mph: Option<f64>,
    /// Speed limit in kilometers per hour. Default: that of the approach of the same id.
    #[schemars(range(min = 15, max = 110))]
    pub speed_limit_kmh: Option<f64>,
    /// The intersection downstream, where Phasewise runs it too.
    pub downstream: Option<DownstreamLink>,
}

/// From one approach to one exit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementEntry {
    /// Name of the movement, e.g. `EBL` for eastbound left.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Approach it comes from.
    pub from: String,
    /// Exit it goes to.
    pub to: String,
    /// Which way it turns.
    pub turn: Turn,
    /// Lanes it may be made from.
    #[schemars(length(min = 1, max = 6))]
    pub lanes: Vec<String>,
    /// Phases that serve it without yielding to vehicles. It still yields to pedestrians on a
    /// crosswalk it turns across.
    #[serde(default)]
    pub protected: Vec<PhaseId>,
    /// Phases that serve it while it yields.
    #[serde(default)]
    pub permissive: Vec<PhaseId>,
    /// Movements it yields to when served permissively or turning on red. Default: every movement
    /// whose path it crosses or joins and that may move at the same time.
    pub yields_to: Option<Vec<String>>,
    /// Whether it may go on red after a stop, yielding to everybody.
    #[serde(default)]
    pub turn_on_red: bool,
    /// Length of its path from the stop bar to the exit. Default: the approach's `crossing_m` for
    /// through and left, half of it for right, three quarters for a U-turn.
    #[schemars(range(min = 3, max = 120))]
    pub path_m: Option<f64>,
}

/// A signalized pedestrian crossing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrosswalkEntry {
    /// Name of the crosswalk.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// The road it crosses: the id of an approach, an exit, or both.
    pub across: String,
    /// The phase with which pedestrians walk.
    pub phase: PhaseId,
    /// Curb to curb.
    #[schemars(range(min = 2, max = 60))]
    pub length_m: f64,
    /// Push button to far curb. Default: `length_m` + 1.8.
    #[schemars(range(min = 2, max = 70))]
    pub button_to_far_curb_m: Option<f64>,
}

/// A vehicle detector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectorEntry {
    /// Name of the detector.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Cabinet channel: the parameter of events 81 and 82 in the high-resolution log.
    #[schemars(range(min = 1, max = 128))]
    pub channel: u16,
    /// What it tells.
    pub function: VehicleDetectorFunction,
    /// Lanes it covers, side by side.
    #[schemars(length(min = 1, max = 6))]
    pub lanes: Vec<String>,
    /// Stop bar to the detector's downstream edge. Default 0; required for an advance detector.
    #[schemars(range(min = 0, max = 1000))]
    pub distance_m: Option<f64>,
    /// Length along the lane. Default: 6 for presence, 2 for count and advance.
    #[schemars(range(min = 0.3, max = 60))]
    pub length_m: Option<f64>,
    /// Phases called by its actuations. Default: for presence and advance detectors the phases that
    /// serve the movements of its lanes protected (permissive where there is no protected one); none
    /// for a count detector.
    pub calls: Option<Vec<PhaseId>>,
    /// Phases whose green its actuations extend. Default: as for `calls`.
    pub extends: Option<Vec<PhaseId>>,
    /// The camera that sees it, for a detector that is drawn into a picture; with `zone_px` or `line_px`.
    pub camera: Option<String>,
    /// Corners of the piece of road that it watches, in order around it: `[[60, 330], [160, 330], …]`, pixels
    /// to the right and down from the top left corner of the picture. Draw it on the road, not on the sides of vehicles.
    #[schemars(length(min = 3, max = 16))]
    pub zone_px: Option<Vec<[f64; 2]>>,
    /// Both ends of the line across the lane that vehicles cross; one pulse each.
    pub line_px: Option<[[f64; 2]; 2]>,
    /// Any place to which its traffic moves in the picture. Required with `line_px`; with `zone_px`, what moves across
    /// that way does not count.
    pub toward_px: Option<[f64; 2]>,
}

/// What a vehicle detector tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VehicleDetectorFunction {
    /// On while a vehicle stands at or rolls over the stop bar.
    StopBarPresence,
    /// One short pulse per vehicle that crosses the stop bar.
    StopBarCount,
    /// Upstream of the stop bar; on while covered.
    Advance,
}

impl From<VehicleDetectorFunction> for DetectorFunction {
    fn from(function: VehicleDetectorFunction) -> Self {
        match function {
            VehicleDetectorFunction::StopBarPresence => Self::StopBarPresence,
            VehicleDetectorFunction::StopBarCount => Self::StopBarCount,
            VehicleDetectorFunction::Advance => Self::Advance,
        }
    }
}

/// A stretch of road, one lane wide, that a camera watches.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewEntry {
    /// Name of the view.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Lanes that its vehicles may be bound for: several where the road has not split yet, as upstream
    /// of a pocket. None: it watches the box, where vehicles that have passed a stop bar may still stand.
    #[schemars(length(max = 6))]
    pub lanes: Vec<String>,
    /// Stop bar to its downstream end.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub from_m: f64,
    /// Stop bar to its upstream end.
    #[schemars(range(min = 5, max = 1000))]
    pub to_m: f64,
    /// The camera that sees it, with `corners_px`; none when a camera that is not Phasewise's reports it.
    pub camera: Option<String>,
    /// Its four corners on the road in the picture, as a driver in it would name them: front left, front right
    /// (both at `from_m`), rear right, rear left (both at `to_m`).
    pub corners_px: Option<[[f64; 2]; 4]>,
}

/// A camera whose pictures Phasewise looks at.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraEntry {
    /// Name of the camera.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Width and height of the picture in which lines, zones and views were marked. Pictures of another
    /// size with the same shape are fine: the marks are scaled.
    #[schemars(inner(range(min = 64, max = 8192)))]
    pub size_px: [u32; 2],
    /// How its view looks when it is right, coarsely, as `phasewise camera --remember` writes it: 32 groups of 32 digits (0-9,
    /// a-z). A camera that sees something else by day has been moved. Several for different light.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub remembered: Vec<String>,
    /// A learned model that is asked about its presence zones: an ONNX file, its path relative to this file.
    /// Without one the zones are judged by what differs from the empty road alone.
    #[schemars(length(min = 1, max = 400))]
    pub detector: Option<String>,
}

/// A pedestrian push button, or several on one input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ButtonEntry {
    /// Name of the button.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// Cabinet channel: the parameter of events 89 and 90 in the high-resolution log.
    #[schemars(range(min = 1, max = 16))]
    pub channel: u16,
    /// The crosswalk it calls.
    pub crosswalk: String,
}
