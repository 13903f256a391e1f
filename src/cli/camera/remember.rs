//! Writes what a camera looks at into the site file, so that a camera that has been turned is noticed at once.
//!
//! In: the site file, a camera, its fingerprint. Out: the same file with one more entry in `remembered`, comments and order kept.

use std::path::Path;

use anyhow::{Context, bail};
use phasewise::intersection::{Fingerprint, Intersection};
use toml_edit::{Array, DocumentMut, Item, TableLike};

/// Fingerprints that are kept; the oldest goes.
const REMEMBERED_MAX: usize = 8;

/// Adds a fingerprint to the camera with this id. The file is replaced only by one that is without fault.
pub(super) fn remember(file: &Path, camera: &str, print: &Fingerprint) -> anyhow::Result<()> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    let mut document: DocumentMut = text
        .parse()
        .with_context(|| format!("{shown} is no TOML"))?;
    let cameras = document
        .get_mut("site")
        .and_then(|site| site.get_mut("cameras"));
    let Some(entry) = cameras.and_then(|cameras| entry(cameras, camera)) else {
        bail!("{shown}: site.cameras has no {camera:?}");
    };
    let list = entry
        .entry("remembered")
        .or_insert(Item::Value(Array::new().into()));
    let Some(list) = list.as_array_mut() else {
        bail!("{shown}: `remembered` of camera {camera:?} is no list");
    };
    while list.len() >= REMEMBERED_MAX {
        list.remove(0);
    }
    list.push(print.to_string());
    let text = document.to_string();
    if Intersection::parse(&text, &shown.to_string()).is_err() {
        bail!("{shown} would not be a site file any more; nothing was written");
    }
    let beside = file.with_extension("toml.new");
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, file))
        .with_context(|| format!("cannot write {shown}"))
}

/// The camera with this id, be the list written as `cameras = […]` or as `[[site.cameras]]`.
fn entry<'a>(cameras: &'a mut Item, id: &str) -> Option<&'a mut dyn TableLike> {
    let is = |entry: &dyn TableLike| entry.get("id").and_then(Item::as_str) == Some(id);
    match cameras {
        Item::ArrayOfTables(tables) => {
            let mut tables = tables.iter_mut().map(|table| table as &mut dyn TableLike);
            tables.find(|table| is(*table))
        }
        Item::Value(value) => {
            let mut tables = (value.as_array_mut()?.iter_mut())
                .filter_map(|value| value.as_inline_table_mut())
                .map(|table| table as &mut dyn TableLike);
            tables.find(|table| is(*table))
        }
        Item::None | Item::Table(_) => None,
    }
}
