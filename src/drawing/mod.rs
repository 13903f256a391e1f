//! Draws detectors and views into the text of a site file.
//!
//! In: the text, the camera whose picture is drawn in, [`Edit`]s. Out: the new text, in which every comment and every line
//! that is not about them is as it was; what is drawn so far; the lines that differ. Not here: pictures, pages, files,
//! and what is right (`intersection/` checks the new text like any other).

mod diff;
mod layout;
mod mark;
mod read;

use toml_edit::{DocumentMut, Item, Value};

use self::layout::Rows;
use crate::intersection::Px;

pub use diff::{Line, diff};
pub use mark::{Edit, Kind, Mark, Optional};
pub use read::{CameraOf, Drawn, Entry, LaneOf};

/// Most edits at a time: every detector and view of the largest site.
pub const EDITS_MAX: usize = 256;
/// Coordinates farther out than this are no places in a picture, px.
const PLACE_MAX_PX: f64 = 1e5;

/// The camera whose picture is drawn in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pen {
    /// Its id; it is added to the site file when that lacks it.
    pub camera: String,
    /// Width and height of its picture, px.
    pub size_px: [u32; 2],
}

/// The text of a site file, taken apart with its layout.
#[derive(Clone, Debug)]
pub struct Sheet {
    document: DocumentMut,
    ends: Ends,
}

/// What stands around the text that is not part of it.
#[derive(Clone, Copy, Debug)]
struct Ends {
    has_mark: bool,
    has_returns: bool,
}

/// A byte order mark, as some editors put in front.
const MARK: char = '\u{feff}';

impl Sheet {
    /// Takes a text apart.
    ///
    /// # Errors
    /// Why it cannot be edited: it is no TOML, or its layout could not be kept.
    pub fn open(text: &str) -> Result<Self, String> {
        let ends = Ends {
            has_mark: text.starts_with(MARK),
            has_returns: text.contains("\r\n"),
        };
        let plain = text.trim_start_matches(MARK).replace("\r\n", "\n");
        let document: DocumentMut = plain
            .parse()
            .map_err(|error: toml_edit::TomlError| format!("no TOML: {}", error.message()))?;
        let sheet = Self { document, ends };
        if sheet.text() != text {
            let why = "its layout could not be kept; do all its lines end in the same way?";
            return Err(why.to_owned());
        }
        Ok(sheet)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.document.to_string();
        if self.ends.has_returns {
            text = text.replace('\n', "\r\n");
        }
        if self.ends.has_mark {
            text.insert(0, MARK);
        }
        text
    }

    /// Makes all these edits.
    ///
    /// # Errors
    /// Every reason why some cannot be made; nothing has changed then that is worth keeping.
    pub fn apply(&mut self, pen: &Pen, edits: &[Edit]) -> Result<(), Vec<String>> {
        if edits.len() > EDITS_MAX {
            let why = format!("{} changes at once; allowed: {EDITS_MAX}", edits.len());
            return Err(vec![why]);
        }
        let mut problems = Vec::new();
        if edits.iter().any(|edit| matches!(edit, Edit::Put(_))) {
            self.add_camera(pen, &mut problems);
        }
        for edit in edits {
            let done = match edit {
                Edit::Put(mark) => self.put(pen, mark),
                Edit::Remove { kind, id } => self.remove(*kind, id),
            };
            problems.extend(done.err().into_iter().flatten());
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }

    fn add_camera(&mut self, pen: &Pen, problems: &mut Vec<String>) {
        if self.cameras().iter().any(|camera| camera.id == pen.camera) {
            return;
        }
        let Some(mut rows) = self.rows("cameras") else {
            problems.push(format!("site.cameras: {NO_LIST}"));
            return;
        };
        let size = pen.size_px.map(i64::from);
        rows.push(|row| {
            row.set("id", pen.camera.as_str().into());
            row.set("size_px", Value::from_iter(size));
        });
    }

    fn put(&mut self, pen: &Pen, mark: &Mark) -> Result<(), Vec<String>> {
        let mut problems = mark.problems();
        let is_new = !self.entries().iter().any(|entry| entry.is(mark));
        if is_new {
            problems.extend(mark.missing());
        }
        let channel = mark.channel.or_else(|| self.free_channel());
        let Some(mut rows) = self.rows(mark.kind.list()) else {
            problems.push(format!("site.{}: {NO_LIST}", mark.kind.list()));
            return Err(problems);
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        if is_new {
            let mark = match mark.kind {
                Kind::Detector => &Mark {
                    channel,
                    ..mark.clone()
                },
                Kind::View => mark,
            };
            rows.push(|row| mark.write(row, pen));
        } else {
            rows.change(&mark.id, |row| mark.write(row, pen));
        }
        Ok(())
    }

    fn remove(&mut self, kind: Kind, id: &str) -> Result<(), Vec<String>> {
        let removed = self.rows(kind.list()).is_some_and(|rows| rows.remove(id));
        if !removed {
            return Err(vec![format!("there is no {kind} {id:?} to remove")]);
        }
        if kind == Kind::Detector {
            self.forget_tuning(id);
        }
        Ok(())
    }

    /// Options of a detector that is no more would be an error.
    fn forget_tuning(&mut self, id: &str) {
        let tuning = self.document.get_mut("tuning");
        let options = tuning.and_then(|tuning| tuning.get_mut("detectors"));
        if let Some(table) = options.and_then(Item::as_table_like_mut) {
            table.remove(id);
        }
    }

    /// A list below `[site]`, made when there is none.
    fn rows(&mut self, list: &str) -> Option<Rows<'_>> {
        let site = self.document.get_mut("site")?.as_table_like_mut()?;
        Rows::open(site, list)
    }

    /// The lowest channel that no detector has.
    #[must_use]
    pub fn free_channel(&self) -> Option<u16> {
        let entries = self.entries();
        (1..=CHANNELS_MAX).find(|channel| {
            let taken = |entry: &Entry| entry.mark.channel == Some(*channel);
            !entries.iter().any(taken)
        })
    }
}

const NO_LIST: &str = "is no list of tables; mend it in an editor first";
/// Highest channel of the high-resolution log.
const CHANNELS_MAX: u16 = 128;

/// A number as people write it: whole where it is, otherwise to a tenth of a pixel, which is finer than anybody draws.
fn number(value: f64) -> Value {
    let tenths = (value * 10.0).round() / 10.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be within PLACE_MAX_PX"
    )]
    let whole = tenths.round() as i64;
    #[expect(clippy::float_cmp, reason = "rounded: whole or not")]
    let is_whole = tenths == tenths.round();
    match is_whole {
        true => whole.into(),
        false => tenths.into(),
    }
}

fn place(place: Px) -> Value {
    Value::from_iter(place.map(number))
}
