//! A road network as CityFlow writes it: serde types that mirror `roadnet.json`.
//!
//! In: nothing. Out: the types. Not here: any check.

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct RoadNet {
    pub(super) intersections: Vec<Crossroads>,
    pub(super) roads: Vec<Road>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Crossroads {
    pub(super) id: String,
    #[serde(default)]
    pub(super) width: f64,
    #[serde(default)]
    pub(super) road_links: Vec<RoadLink>,
    pub(super) traffic_light: Option<TrafficLight>,
    #[serde(default, rename = "virtual")]
    pub(super) is_virtual: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoadLink {
    #[serde(rename = "type")]
    pub(super) turn: Turn,
    pub(super) start_road: String,
    pub(super) end_road: String,
    pub(super) lane_links: Vec<LaneLink>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) enum Turn {
    // In order of right of way, the last goes first.
    #[serde(rename = "turn_u")]
    Back,
    #[serde(rename = "turn_right")]
    Right,
    #[serde(rename = "turn_left")]
    Left,
    #[serde(rename = "go_straight")]
    Straight,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LaneLink {
    pub(super) start_lane_index: usize,
    pub(super) end_lane_index: usize,
    #[serde(default)]
    pub(super) points: Vec<Point>,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

#[derive(Deserialize)]
pub(super) struct TrafficLight {
    pub(super) lightphases: Vec<LightPhase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LightPhase {
    pub(super) time: f64,
    pub(super) available_road_links: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Road {
    pub(super) id: String,
    pub(super) points: Vec<Point>,
    pub(super) lanes: Vec<RoadLane>,
    pub(super) start_intersection: String,
    pub(super) end_intersection: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoadLane {
    pub(super) max_speed: f64,
}
