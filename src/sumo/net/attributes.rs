//! Attributes of XML elements: what must be there and what may stand in it, with complaints.
//!
//! In: elements. Out: values, or a problem with its line. Not here: which elements there are (`read.rs`).

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::file::problem;
use super::{EdgeIx, JunctionIx, LaneIx};
use crate::intersection::Problem;

/// Problems after which reading stops: whoever mends the file has to begin with the first ones anyway.
const PROBLEMS_MAX: usize = 20;

/// Reads one document.
pub(super) struct Reader<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) problems: Vec<Problem>,
    pub(super) junctions: BTreeMap<&'d str, JunctionIx>,
    pub(super) edges: BTreeMap<&'d str, EdgeIx>,
    pub(super) lanes: BTreeMap<&'d str, LaneIx>,
}

impl<'d> Reader<'d> {
    pub(super) fn line(&self, node: Node<'_, '_>) -> usize {
        let start = self.document.text_pos_at(node.range().start);
        usize::try_from(start.row).unwrap_or(0)
    }

    pub(super) fn complain(
        &mut self,
        node: Node<'_, '_>,
        attribute: &str,
        found: String,
        allowed: &str,
    ) {
        let line = self.line(node);
        let id = node.attribute("id").unwrap_or("");
        let tag = node.tag_name().name();
        let mut key = match id {
            "" => format!("<{tag}>"),
            id => format!("<{tag} id=\"{id}\">"),
        };
        if !attribute.is_empty() {
            key = format!("{key} {attribute}");
        }
        self.problems
            .push(problem(line, &key, found, allowed.to_owned()));
    }

    pub(super) fn is_hopeless(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    /// An attribute that must be there.
    pub(super) fn text(&mut self, node: Node<'d, 'd>, attribute: &str) -> Option<&'d str> {
        let value = node.attribute(attribute);
        if value.is_none() {
            self.complain(
                node,
                attribute,
                "nothing: the attribute is missing".to_owned(),
                "a text",
            );
        }
        value
    }

    /// A finite number that must be there, at least `least`.
    pub(super) fn number(
        &mut self,
        node: Node<'d, 'd>,
        attribute: &str,
        least: f64,
    ) -> Option<f64> {
        let text = self.text(node, attribute)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        match number {
            Some(number) if number >= least => Some(number),
            Some(_) | None => {
                let allowed = match least > f64::MIN {
                    true => format!("a number, at least {least}"),
                    false => "a number".to_owned(),
                };
                self.complain(node, attribute, format!("{text:?}"), &allowed);
                None
            }
        }
    }

    pub(super) fn index(&mut self, node: Node<'d, 'd>, attribute: &str) -> Option<usize> {
        let text = self.text(node, attribute)?;
        let index = text.parse().ok();
        if index.is_none() {
            self.complain(
                node,
                attribute,
                format!("{text:?}"),
                "a whole number, at least 0",
            );
        }
        index
    }

    /// `x,y x,y …`, or with heights `x,y,z …`.
    pub(super) fn shape(&mut self, node: Node<'d, 'd>) -> Option<Vec<[f64; 2]>> {
        let text = self.text(node, "shape")?;
        let point = |point: &str| {
            let mut parts = point.split(',').map(|part| part.parse::<f64>().ok());
            let (x, y) = (parts.next()??, parts.next()??);
            (x.is_finite() && y.is_finite()).then_some([x, y])
        };
        let shape: Option<Vec<[f64; 2]>> = text.split_whitespace().map(point).collect();
        if shape.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.complain(node, "shape", format!("{shown:?}"), "points: x,y x,y …");
        }
        shape
    }

    /// Bits of a right-of-way row; SUMO writes the first one last.
    pub(super) fn bits(&mut self, node: Node<'d, 'd>, attribute: &str) -> Vec<bool> {
        let Some(text) = self.text(node, attribute) else {
            return Vec::new();
        };
        if text.chars().any(|bit| bit != '0' && bit != '1') {
            self.complain(node, attribute, format!("{text:?}"), "a row of 0 and 1");
        }
        text.chars().rev().map(|bit| bit == '1').collect()
    }
}

/// Classes of SUMO that are no motor vehicles of the road.
const NOT_ON_THE_ROAD: [&str; 14] = [
    "pedestrian",
    "bicycle",
    "tram",
    "rail_urban",
    "rail",
    "rail_electric",
    "rail_fast",
    "subway",
    "cable_car",
    "ship",
    "container",
    "aircraft",
    "wheelchair",
    "scooter",
];
/// Of the others, the ones whose ban makes a lane useless to ordinary traffic.
const ORDINARY: [&str; 4] = ["passenger", "bus", "truck", "delivery"];

/// Whether motor vehicles of the road may use a lane.
pub(super) fn is_for_vehicles(allow: Option<&str>, disallow: Option<&str>) -> bool {
    if let Some(allow) = allow {
        return allow
            .split_whitespace()
            .any(|class| !NOT_ON_THE_ROAD.contains(&class));
    }
    let banned: Vec<&str> = disallow.unwrap_or("").split_whitespace().collect();
    !banned.contains(&"all") && !ORDINARY.iter().all(|class| banned.contains(class))
}
