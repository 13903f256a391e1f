//! What a sheet says so far. A site file with mistakes can be drawn in, too, so nothing here takes it to be right.

use serde::Serialize;
use toml_edit::{Item, TableLike, Value};

use super::{Kind, Mark, Sheet};
use crate::intersection::Px;

/// A detector or view of the site file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// What it says.
    #[serde(flatten)]
    pub mark: Mark,
    /// The camera that sees it; `None` for a loop, and for a view that another system reports.
    pub camera: Option<String>,
}

/// A camera of the site file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CameraOf {
    /// Its id.
    pub id: String,
    /// Width and height of its picture, px; zero where the file says nothing that could be one.
    pub size_px: [u32; 2],
}

/// A lane of the site file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaneOf {
    /// Its id.
    pub id: String,
    /// The road it is on.
    pub approach: String,
}

/// Everything that a page has to show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawn {
    /// `site.name`.
    pub name: String,
    /// Lanes in order of the file.
    pub lanes: Vec<LaneOf>,
    /// Detectors, then views.
    pub entries: Vec<Entry>,
    /// The lowest channel that no detector has.
    pub free_channel: Option<u16>,
}

impl Entry {
    pub(super) fn is(&self, mark: &Mark) -> bool {
        self.mark.kind == mark.kind && self.mark.id == mark.id
    }
}

impl Sheet {
    fn list(&self, name: &str) -> Vec<&dyn TableLike> {
        let site = self
            .document
            .get("site")
            .and_then(|site| site.as_table_like());
        match site.and_then(|site| site.get(name)) {
            Some(Item::ArrayOfTables(tables)) => tables.iter().map(|row| row as _).collect(),
            Some(Item::Value(Value::Array(list))) => list
                .iter()
                .filter_map(|row| Some(row.as_inline_table()? as _))
                .collect(),
            Some(Item::None | Item::Value(_) | Item::Table(_)) | None => Vec::new(),
        }
    }

    /// Everything that a page has to show.
    #[must_use]
    pub fn drawn(&self) -> Drawn {
        let site = self
            .document
            .get("site")
            .and_then(|site| site.as_table_like());
        let lanes = self.list("lanes").into_iter();
        Drawn {
            name: site.and_then(|site| text(site, "name")).unwrap_or_default(),
            lanes: lanes
                .filter_map(|row| {
                    Some(LaneOf {
                        id: text(row, "id")?,
                        approach: text(row, "approach").unwrap_or_default(),
                    })
                })
                .collect(),
            entries: self.entries(),
            free_channel: self.free_channel(),
        }
    }

    /// Detectors, then views, each in order of the file.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let of = |kind: Kind| {
            let rows = self.list(kind.list()).into_iter();
            rows.filter_map(move |row| entry(kind, row))
        };
        of(Kind::Detector).chain(of(Kind::View)).collect()
    }

    /// Cameras in order of the file.
    #[must_use]
    pub fn cameras(&self) -> Vec<CameraOf> {
        let rows = self.list("cameras").into_iter();
        rows.filter_map(|row| {
            let size = list(row, "size_px");
            let side = |place: usize| {
                let value = size.get(place).and_then(|value| value.as_integer());
                value
                    .and_then(|value| u32::try_from(value).ok())
                    .unwrap_or(0)
            };
            Some(CameraOf {
                id: text(row, "id")?,
                size_px: [side(0), side(1)],
            })
        })
        .collect()
    }
}

fn entry(kind: Kind, row: &dyn TableLike) -> Option<Entry> {
    let lanes: Vec<String> = list(row, "lanes")
        .iter()
        .filter_map(|lane| Some(lane.as_str()?.to_owned()))
        .collect();
    let points = |key: &str| -> Vec<Px> { list(row, key).iter().filter_map(|it| px(it)).collect() };
    let channel = row.get("channel").and_then(Item::as_integer);
    let meters = |key: &str| row.get(key).and_then(float);
    let zone = points("zone_px");
    let mark = Mark {
        channel: channel.and_then(|channel| u16::try_from(channel).ok()),
        function: text(row, "function"),
        lanes: Some(lanes),
        distance_m: meters("distance_m"),
        length_m: meters("length_m"),
        from_m: meters("from_m"),
        to_m: meters("to_m"),
        zone_px: (!zone.is_empty()).then_some(zone),
        line_px: points("line_px").try_into().ok(),
        toward_px: row.get("toward_px").and_then(Item::as_value).and_then(px),
        corners_px: points("corners_px").try_into().ok(),
        ..Mark::new(kind, &text(row, "id")?)
    };
    Some(Entry {
        mark,
        camera: text(row, "camera"),
    })
}

fn text(row: &dyn TableLike, key: &str) -> Option<String> {
    Some(row.get(key)?.as_str()?.to_owned())
}

fn list<'r>(row: &'r dyn TableLike, key: &str) -> Vec<&'r Value> {
    let list = row.get(key).and_then(Item::as_array);
    list.into_iter().flatten().collect()
}

fn float(item: &Item) -> Option<f64> {
    item.as_value().and_then(of_value)
}

fn of_value(value: &Value) -> Option<f64> {
    let float = value.as_float();
    // Coordinates beyond 2^53 are no places; what is lost then is lost on nonsense.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let whole = value.as_integer().map(|whole| whole as f64);
    float.or(whole).filter(|number| number.is_finite())
}

fn px(value: &Value) -> Option<Px> {
    let mut sides = value.as_array()?.iter().map(of_value);
    Some([sides.next()??, sides.next()??])
}
