//! The site file on the desk: read, drawn into, checked, written back.
//!
//! In: the path, edits. Out: what the new file would be and what is wrong with it; the file. Nothing is remembered between
//! calls but the path and the camera: the file on the disk is what counts.

use std::fmt;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use phasewise::drawing::{Edit, Line, Pen, Sheet, diff};
use phasewise::intersection::{Intersection, Problem, SITE_FILE_BYTES_MAX, Severity};

use super::Arguments;

/// Pictures whose shape differs by more than this from the one that the site file states are of another camera, or of
/// another setting of it.
const SHAPE_TOLERANCE: f64 = 0.01;

/// A site file and the camera that is being drawn for.
#[derive(Debug)]
pub(super) struct Desk {
    /// The file itself, links followed.
    pub(super) path: PathBuf,
    pub(super) pen: Pen,
    writing: Mutex<()>,
}

/// What a file would be.
#[derive(Debug)]
pub(super) struct Preview {
    /// Which text it starts from.
    pub(super) base: String,
    pub(super) text: String,
    pub(super) problems: Vec<Problem>,
    /// For each problem, whether the file has it already.
    pub(super) is_old: Vec<bool>,
    pub(super) lines: Vec<Line>,
    /// Why it cannot be made at all.
    pub(super) refusals: Vec<String>,
}

/// What has been written.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) path: PathBuf,
    pub(super) backup: PathBuf,
    pub(super) lines: Vec<Line>,
}

/// Which of all possible texts this is.
pub(super) fn version(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

impl Desk {
    /// Reads the site file and chooses the camera.
    pub(super) fn open(arguments: &Arguments, picture: Option<[u32; 2]>) -> anyhow::Result<Self> {
        let file = arguments.site.display();
        let checked = Intersection::check(&arguments.site);
        let path = fs::canonicalize(&arguments.site).unwrap_or(arguments.site.clone());
        let text = read(&path);
        let sheet = text.as_ref().ok().map(|text| Sheet::open(text));
        let Some(Ok(sheet)) = sheet else {
            // The check says where and what; the sheet says the rest.
            let mut said: Vec<String> = (checked.problems.iter())
                .map(|problem| problem.in_file(&file.to_string()))
                .collect();
            if let (true, Some(Err(why))) = (said.is_empty(), sheet) {
                said.push(format!("{file}: {why}"));
            }
            bail!("cannot draw into this site file\n{}", said.join("\n"));
        };
        let pen = choose(&sheet, arguments, picture)?;
        let writing = Mutex::new(());
        Ok(Self { path, pen, writing })
    }

    /// The text on the disk.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        read(&self.path)
    }

    /// The text on the disk, taken apart.
    pub(super) fn sheet(&self) -> anyhow::Result<Sheet> {
        Sheet::open(&self.text()?).map_err(anyhow::Error::msg)
    }

    /// What a text would be with these edits.
    pub(super) fn preview(&self, base: &str, edits: &[Edit]) -> Preview {
        let new = Sheet::open(base)
            .map_err(|why| vec![why])
            .and_then(|mut sheet| sheet.apply(&self.pen, edits).map(|()| sheet.text()));
        let (text, mut refusals) = match new {
            Ok(text) => (text, Vec::new()),
            Err(why) => (base.to_owned(), why),
        };
        if u64::try_from(text.len()).is_ok_and(|length| length > SITE_FILE_BYTES_MAX) {
            refusals.push("the site file would be larger than 1 MiB".to_owned());
        }
        let old = Intersection::check_text(base).problems;
        let problems = match text == base {
            true => old.clone(),
            false => Intersection::check_text(&text).problems,
        };
        let same = |a: &Problem, b: &Problem| {
            (&a.severity, &a.key, &a.found, &a.allowed)
                == (&b.severity, &b.key, &b.found, &b.allowed)
        };
        let is_old = problems
            .iter()
            .map(|new| old.iter().any(|old| same(old, new)))
            .collect();
        Preview {
            base: version(base),
            lines: diff(base, &text),
            text,
            problems,
            is_old,
            refusals,
        }
    }

    /// Writes the file, unless it is no longer the one that was drawn into.
    pub(super) fn save(&self, base: &str, edits: &[Edit]) -> anyhow::Result<Saved> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.text()?;
        let file = self.path.display();
        if version(&old) != base {
            bail!("{file} was changed meanwhile by somebody else; nothing is written");
        }
        let preview = self.preview(&old, edits);
        if !preview.can_save() {
            bail!("{file}: what is drawn is not right yet; nothing is written");
        }
        let backup = beside(&self.path, "bak");
        if preview.text != old {
            replace(&self.path, &backup, &preview.text)
                .with_context(|| format!("cannot write {file}; it is as it was"))?;
        }
        Ok(Saved {
            path: self.path.clone(),
            backup,
            lines: preview.lines,
        })
    }
}

impl Preview {
    /// A file may be saved with mistakes that it had before, not with new ones.
    pub(super) fn can_save(&self) -> bool {
        let mut problems = self.problems.iter().zip(&self.is_old);
        self.refusals.is_empty()
            && problems.all(|(problem, is_old)| *is_old || problem.severity < Severity::Error)
    }

    /// The lines that differ.
    pub(super) fn summary(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| format!("{line}\n")).collect();
        lines.concat()
    }
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, backup) = (self.path.display(), self.backup.display());
        if self.lines.is_empty() {
            return write!(f, "{path} says so already; nothing is written");
        }
        let new = self.lines.iter().filter(|line| line.is_new).count();
        let old = self.lines.len() - new;
        write!(
            f,
            "wrote {path}: +{new} −{old} lines; the file before is {backup}"
        )
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// `site.toml.bak` beside `site.toml`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}

/// Puts a new text in the place of a file, whole or not at all, and keeps the old one.
fn replace(path: &Path, backup: &Path, text: &str) -> anyhow::Result<()> {
    let new = beside(path, &format!("{}.new", std::process::id()));
    let written = (|| {
        let mut file = File::create_new(&new)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.sync_all()?;
        fs::copy(path, backup)?;
        fs::rename(&new, path)
    })();
    if written.is_err() {
        drop(fs::remove_file(&new));
    }
    Ok(written?)
}

/// The camera that is drawn for.
fn choose(sheet: &Sheet, arguments: &Arguments, picture: Option<[u32; 2]>) -> anyhow::Result<Pen> {
    let file = arguments.site.display();
    let cameras = sheet.cameras();
    let names: Vec<&str> = cameras.iter().map(|camera| camera.id.as_str()).collect();
    let known = names.join(", ");
    let new = |id: &str| match picture {
        Some(size_px) => Ok(Pen {
            camera: id.to_owned(),
            size_px,
        }),
        None => bail!("{file} has no camera yet; name a picture of the new one"),
    };
    let wanted = match (&arguments.new_camera, &arguments.camera, names.as_slice()) {
        (Some(id), _, names) if names.contains(&id.as_str()) => {
            bail!("{file} has a camera {id:?} already; draw for it with --camera {id:?}")
        }
        (Some(id), _, _) => return new(id),
        (None, Some(id), _) => id.as_str(),
        (None, None, [only]) => only,
        (None, None, []) => return new("camera"),
        (None, None, _) => bail!("{file} has several cameras; name one with --camera: {known}"),
    };
    let Some(camera) = cameras.iter().find(|camera| camera.id == wanted) else {
        let has = match names.is_empty() {
            true => "it has none".to_owned(),
            false => format!("it has {known}"),
        };
        bail!("{file} has no camera {wanted:?}; {has}. --new-camera {wanted:?} adds one");
    };
    let [width, height] = camera.size_px;
    if width == 0 || height == 0 {
        bail!("{file}: camera {wanted:?} has no size_px; say [width, height] of its picture");
    }
    if let Some([wide, high]) = picture {
        let shapes = [
            f64::from(wide) * f64::from(height),
            f64::from(high) * f64::from(width),
        ];
        if (shapes[0] / shapes[1] - 1.0).abs() > SHAPE_TOLERANCE {
            bail!(
                "this picture has {wide} × {high} pixels; {file} says that those of camera {wanted:?} have {width} × \
                 {height}, which is another shape\n\
                 is it the right camera? If its pictures have changed, correct size_px of the camera and draw anew"
            );
        }
    }
    Ok(Pen {
        camera: wanted.to_owned(),
        size_px: camera.size_px,
    })
}
