//! Lists of tables in a TOML text, changed without disturbing what stands around.
//!
//! Site files have rows in braces (`detectors = [ { … }, … ]`) or headings (`[[site.detectors]]`); both stay what they are.
//! What belongs to whom is told by where it stands: a comment behind a row belongs to that row, lines above a row to it.

use toml_edit::{Array, ArrayOfTables, InlineTable, Item, RawString, Table, TableLike, Value};

use super::place;
use crate::intersection::Px;

/// A list of tables.
pub(super) enum Rows<'a> {
    /// `name = [ { … }, … ]`.
    InBraces(&'a mut Array),
    /// `[[site.name]]`.
    UnderHeadings(&'a mut ArrayOfTables),
}

/// One of them.
pub(super) enum Row<'a> {
    InBraces(&'a mut InlineTable),
    UnderHeading(&'a mut Table),
}

impl<'a> Rows<'a> {
    /// The list of this name, made when there is none; `None` when it is something else.
    pub(super) fn open(site: &'a mut dyn TableLike, name: &str) -> Option<Self> {
        if site.get(name).is_none_or(Item::is_none) {
            site.insert(name, Item::Value(Value::Array(Array::new())));
            // A line of its own between this list and the one before.
            site.key_mut(name)?.leaf_decor_mut().set_prefix("\n");
        }
        match site.get_mut(name)? {
            Item::Value(Value::Array(list)) => Some(Self::InBraces(list)),
            Item::ArrayOfTables(tables) => Some(Self::UnderHeadings(tables)),
            Item::None | Item::Value(_) | Item::Table(_) => None,
        }
    }

    /// Adds a row at the end.
    pub(super) fn push(&mut self, fill: impl FnOnce(&mut Row<'_>)) {
        match self {
            Self::InBraces(list) => {
                let mut table = InlineTable::new();
                fill(&mut Row::InBraces(&mut table));
                push(list, table);
            }
            Self::UnderHeadings(tables) => {
                let mut table = Table::new();
                table.decor_mut().set_prefix("\n");
                fill(&mut Row::UnderHeading(&mut table));
                tables.push(table);
            }
        }
    }

    /// Changes the first row with this id.
    pub(super) fn change(&mut self, id: &str, change: impl FnOnce(&mut Row<'_>)) {
        match self {
            Self::InBraces(list) => {
                let tables = list.iter_mut().filter_map(Value::as_inline_table_mut);
                let mut found = tables.filter(|row| is_named(*row, id));
                if let Some(row) = found.next() {
                    change(&mut Row::InBraces(row));
                }
            }
            Self::UnderHeadings(tables) => {
                let mut found = tables.iter_mut().filter(|row| is_named(*row, id));
                if let Some(row) = found.next() {
                    change(&mut Row::UnderHeading(row));
                }
            }
        }
    }

    /// Takes out the first row with this id; whether there was one.
    pub(super) fn remove(self, id: &str) -> bool {
        match self {
            Self::InBraces(list) => {
                let is_it =
                    |row: &Value| row.as_inline_table().is_some_and(|row| is_named(row, id));
                let found = list.iter().position(is_it);
                if let Some(at) = found {
                    remove(list, at);
                }
                found.is_some()
            }
            Self::UnderHeadings(tables) => {
                let found = tables.iter().position(|row| is_named(row, id));
                if let Some(at) = found {
                    tables.remove(at);
                }
                found.is_some()
            }
        }
    }
}

fn is_named(row: &dyn TableLike, id: &str) -> bool {
    row.get("id").and_then(Item::as_str) == Some(id)
}

impl Row<'_> {
    pub(super) fn has(&self, key: &str) -> bool {
        match self {
            Self::InBraces(row) => row.contains_key(key),
            Self::UnderHeading(row) => row.contains_key(key),
        }
    }

    /// Sets a key; one that was there keeps its place and what stands around it.
    pub(super) fn set(&mut self, key: &str, mut value: Value) {
        match self {
            Self::InBraces(row) => {
                if let Some(old) = row.get_mut(key) {
                    *value.decor_mut() = old.decor().clone();
                    *old = value;
                    return;
                }
                // What stands before the closing brace stays there.
                let last = row.iter_mut().last();
                let closing = last.map_or(" ".to_owned(), |(_, last)| {
                    let decor = last.decor_mut();
                    let closing = decor.suffix().and_then(RawString::as_str);
                    let closing = closing.unwrap_or(" ").to_owned();
                    decor.set_suffix("");
                    closing
                });
                value.decor_mut().set_prefix(" ");
                value.decor_mut().set_suffix(closing);
                row.insert(key, value);
            }
            Self::UnderHeading(row) => {
                let old = row.get(key).and_then(Item::as_value);
                if let Some(old) = old {
                    *value.decor_mut() = old.decor().clone();
                    row[key] = Item::Value(value);
                } else {
                    row.insert(key, Item::Value(value));
                }
            }
        }
    }

    /// Sets a list of places.
    pub(super) fn set_places(&mut self, key: &str, places: &[Px]) {
        let mut list = Array::from_iter(places.iter().copied().map(place));
        let is_in_braces = matches!(self, Self::InBraces(_));
        if is_in_braces && !self.has(key) {
            // A row with a shape is too long for one line. Within a list is where TOML 1.0 allows to break it.
            if let Some(first) = list.get_mut(0) {
                first.decor_mut().set_prefix("\n    ");
            }
        } else if let Some(old) = self.array(key).and_then(|old| old.get(0))
            && let Some(first) = list.get_mut(0)
        {
            *first.decor_mut() = old.decor().clone();
        }
        self.set(key, Value::Array(list));
    }

    fn array(&self, key: &str) -> Option<&Array> {
        match self {
            Self::InBraces(row) => row.get(key)?.as_array(),
            Self::UnderHeading(row) => row.get(key)?.as_array(),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        match self {
            Self::InBraces(row) => {
                let closing = row.iter().last().and_then(|(last, value)| {
                    let suffix = value.decor().suffix()?.as_str()?.to_owned();
                    (last == key).then_some(suffix)
                });
                row.remove(key);
                if let (Some(closing), Some((_, last))) = (closing, row.iter_mut().last()) {
                    last.decor_mut().set_suffix(closing);
                }
            }
            Self::UnderHeading(row) => {
                row.remove(key);
            }
        }
    }
}

fn prefix(value: &Value) -> String {
    let prefix = value.decor().prefix().and_then(RawString::as_str);
    prefix.unwrap_or_default().to_owned()
}

/// White space at the end of a text, behind its last line break.
fn indent(text: &str) -> &str {
    text.rsplit_once('\n').map_or("  ", |(_, indent)| indent)
}

/// Adds a row on a line of its own, in the way of the rows before.
fn push(list: &mut Array, table: InlineTable) {
    let step = list
        .iter()
        .last()
        .map_or("  ".to_owned(), |last| indent(&prefix(last)).to_owned());
    // Comments behind the last row, and the way the list is closed.
    let mut tail = list.trailing().as_str().unwrap_or_default().to_owned();
    if let Some(last) = list.iter_mut().last() {
        let suffix = last.decor().suffix().and_then(RawString::as_str);
        tail.insert_str(0, suffix.unwrap_or_default());
        last.decor_mut().set_suffix("");
    }
    let (before, closing) = tail
        .rsplit_once('\n')
        .map_or((tail.trim_end(), ""), |(before, closing)| (before, closing));
    let (prefix, closing) = (format!("{before}\n{step}"), format!("\n{closing}"));
    let mut row = Value::InlineTable(table);
    row.decor_mut().set_prefix(prefix);
    list.push_formatted(row);
    list.set_trailing(closing);
    list.set_trailing_comma(true);
}

/// Takes a row out with the comment behind it; lines above it stay.
fn remove(list: &mut Array, at: usize) {
    let above = list.get(at).map(prefix).unwrap_or_default();
    list.remove(at);
    let rest = |behind: &str| match (above.rsplit_once('\n'), behind.split_once('\n')) {
        (Some((above, _)), Some((_, below))) => format!("{above}\n{below}"),
        (None, Some((_, below))) => format!("\n{below}"),
        (_, None) => above.clone(),
    };
    if let Some(next) = list.get_mut(at) {
        let behind = rest(&prefix(next));
        next.decor_mut().set_prefix(behind);
    } else if !list.is_empty() {
        let behind = list.trailing().as_str().unwrap_or_default().to_owned();
        let behind = if behind.contains('\n') {
            rest(&behind)
        } else {
            behind
        };
        list.set_trailing(behind);
    }
}
