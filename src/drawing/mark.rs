//! What is drawn: one detector or view, as a page or a command line tells it.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml_edit::Value;

use super::layout::Row;
use super::{PLACE_MAX_PX, Pen, number, place};
use crate::intersection::Px;

/// Which list of the site file something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `site.detectors`.
    Detector,
    /// `site.views`.
    View,
}

impl Kind {
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Detector => "detectors",
            Self::View => "views",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detector => "detector",
            Self::View => "view",
        })
    }
}

/// A detector or view. What is `None` stays as the file has it; a new one needs its lanes and its shape, and a view
/// `to_m`. The keys are those of the site file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "named and documented in intersection::file")]
pub struct Mark {
    pub kind: Kind,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_px: Option<Vec<Px>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_px: Option<[Px; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toward_px: Option<Px>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corners_px: Option<[Px; 4]>,
    /// Keys to take out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Optional>,
}

/// A key that an entry may do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named and documented in intersection::file")]
pub enum Optional {
    TowardPx,
    DistanceM,
    LengthM,
}

impl Optional {
    fn key(self) -> &'static str {
        match self {
            Self::TowardPx => "toward_px",
            Self::DistanceM => "distance_m",
            Self::LengthM => "length_m",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Change the entry of this kind and id, or add it.
    Put(Box<Mark>),
    /// Take an entry out of the file.
    Remove {
        /// Its list.
        kind: Kind,
        /// Its id.
        id: String,
    },
}

impl Edit {
    /// Change the entry of this kind and id, or add it.
    #[must_use]
    pub fn put(mark: Mark) -> Self {
        Self::Put(Box::new(mark))
    }
}

impl Mark {
    /// One that changes nothing yet.
    #[must_use]
    pub fn new(kind: Kind, id: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            channel: None,
            function: None,
            lanes: None,
            distance_m: None,
            length_m: None,
            from_m: None,
            to_m: None,
            zone_px: None,
            line_px: None,
            toward_px: None,
            corners_px: None,
            without: Vec::new(),
        }
    }

    fn places(&self) -> impl Iterator<Item = &Px> {
        let zone = self.zone_px.iter().flatten();
        let line = self.line_px.iter().flatten();
        let corners = self.corners_px.iter().flatten();
        zone.chain(line).chain(corners).chain(&self.toward_px)
    }

    /// Why this cannot be written at all. What is merely wrong is told by the check of the new text.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let name = format!("{} {:?}", self.kind, self.id);
        let meters = [self.distance_m, self.length_m, self.from_m, self.to_m];
        let coordinates = self.places().flatten().copied();
        let mut numbers = coordinates.chain(meters.into_iter().flatten());
        if let Some(wrong) = numbers.find(|number| number.is_nan() || number.abs() > PLACE_MAX_PX) {
            problems.push(format!("{name}: {wrong} is no number for a site file"));
        }
        let foreign = match self.kind {
            Kind::Detector => [
                ("corners_px", self.corners_px.is_some()),
                ("from_m", self.from_m.is_some()),
                ("to_m", self.to_m.is_some()),
                ("", false),
                ("", false),
                ("", false),
            ],
            Kind::View => [
                ("zone_px", self.zone_px.is_some()),
                ("line_px", self.line_px.is_some()),
                ("toward_px", self.toward_px.is_some()),
                ("distance_m", self.distance_m.is_some()),
                ("function", self.function.is_some()),
                ("channel", self.channel.is_some()),
            ],
        };
        for (key, _) in foreign.into_iter().filter(|(_, given)| *given) {
            problems.push(format!("{name}: a {} has no {key}", self.kind));
        }
        problems
    }

    /// What a new one lacks.
    pub(super) fn missing(&self) -> Vec<String> {
        let needed = match self.kind {
            Kind::Detector => [
                ("lanes", self.lanes.is_some()),
                (
                    "zone_px or line_px",
                    self.zone_px.is_some() || self.line_px.is_some(),
                ),
                ("id", !self.id.is_empty()),
            ],
            Kind::View => [
                ("lanes", self.lanes.is_some()),
                ("corners_px", self.corners_px.is_some()),
                ("to_m", self.to_m.is_some()),
            ],
        };
        let lacking: Vec<&str> = needed
            .into_iter()
            .filter(|(_, given)| !given)
            .map(|(key, _)| key)
            .collect();
        match lacking.as_slice() {
            [] => Vec::new(),
            lacking => vec![format!(
                "{} {:?} is new and lacks {}",
                self.kind,
                self.id,
                lacking.join(", ")
            )],
        }
    }

    /// What a detector of this shape usually tells.
    fn function(&self, is_new: bool) -> Option<&str> {
        let usual = match self.zone_px.is_some() {
            true => "stop-bar-presence",
            false => "stop-bar-count",
        };
        let given = self.function.as_deref();
        given.or_else(|| (is_new && self.kind == Kind::Detector).then_some(usual))
    }

    /// Writes every key that it has, in the order in which people read them.
    pub(super) fn write(&self, row: &mut Row<'_>, pen: &Pen) {
        let is_new = !row.has("id");
        if is_new {
            row.set("id", self.id.as_str().into());
        }
        if let Some(channel) = self.channel {
            row.set("channel", i64::from(channel).into());
        }
        if let Some(function) = self.function(is_new) {
            row.set("function", function.into());
        }
        if let Some(lanes) = &self.lanes {
            row.set("lanes", Value::from_iter(lanes));
        }
        for (key, value) in [
            ("distance_m", self.distance_m),
            ("length_m", self.length_m),
            ("from_m", self.from_m),
            ("to_m", self.to_m),
        ] {
            if let Some(value) = value {
                row.set(key, number(value));
            }
        }
        if self.places().next().is_some() {
            row.set("camera", pen.camera.as_str().into());
        }
        if let Some(corners) = &self.zone_px {
            row.remove("line_px");
            row.set_places("zone_px", corners);
        }
        if let Some(ends) = &self.line_px {
            row.remove("zone_px");
            row.set_places("line_px", ends);
        }
        if let Some(corners) = &self.corners_px {
            row.set_places("corners_px", corners);
        }
        if let Some(toward) = self.toward_px {
            row.set("toward_px", place(toward));
        }
        for key in &self.without {
            row.remove(key.key());
        }
    }
}
