//! Reads a site file: a path or a text in, a checked [`Intersection`] or every problem out.
//!
//! In: a path, or text. Out: [`Intersection`] or [`SiteError`]. Not here: the checks (`validate/`).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Intersection;
use super::compile;
use super::problem::{Problem, Severity, SiteError};
use super::validate;

/// Largest site file that is read. The largest intersection there is takes less than 100 kB.
pub const SITE_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A site file after the check: what it describes, unless there is an error, and every problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The intersection; `None` when some problem is an error.
    pub intersection: Option<Intersection>,
    /// Errors and warnings in order of lines.
    pub problems: Vec<Problem>,
}

impl Intersection {
    /// Reads and checks a site file.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(path: &Path) -> Result<Self, SiteError> {
        Self::check(path).into_result(&path.display().to_string())
    }

    /// Checks the text of a site file; `name` stands for the file in messages.
    ///
    /// # Errors
    /// Every problem of the text.
    pub fn parse(text: &str, name: &str) -> Result<Self, SiteError> {
        Self::check_text(text).into_result(name)
    }

    /// Reads and checks a site file, and keeps the warnings.
    #[must_use]
    pub fn check(path: &Path) -> Checked {
        match read(path) {
            Ok(text) => Self::check_text(&text),
            Err(problem) => Checked {
                intersection: None,
                problems: vec![*problem],
            },
        }
    }

    /// Checks the text of a site file, and keeps the warnings.
    #[must_use]
    pub fn check_text(text: &str) -> Checked {
        if text.trim().is_empty() {
            let hint = "start from a copy of intersections/four-leg/site.toml";
            return Checked {
                intersection: None,
                problems: vec![Problem::of_file("an empty file", hint)],
            };
        }
        let (file, mut problems) = validate::check(text);
        let intersection = file.as_ref().and_then(|file| compile::compile(file, text));
        if file.is_some() && intersection.is_none() {
            let hint = "this is a fault of Phasewise; please report it";
            problems.push(Problem::of_file(
                "a file that passes every check and does not compile",
                hint,
            ));
        }
        Checked {
            intersection,
            problems,
        }
    }
}

impl Checked {
    fn into_result(self, file: &str) -> Result<Intersection, SiteError> {
        self.intersection.ok_or_else(|| SiteError {
            file: file.to_owned(),
            problems: self.problems,
        })
    }

    /// Number of problems of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let problems = self.problems.iter();
        problems
            .filter(|problem| problem.severity == severity)
            .count()
    }
}

/// The text of a site file.
fn read(path: &Path) -> Result<String, Box<Problem>> {
    let problem = |found: String, hint: &str| Box::new(Problem::of_file(found, hint));
    if path.is_dir() {
        let inside = path.join("site.toml");
        let hint = match inside.is_file() {
            true => format!("did you mean {}?", inside.display()),
            false => "name the file itself, usually site.toml".to_owned(),
        };
        return Err(problem("a directory".to_owned(), &hint));
    }
    let file = File::open(path).map_err(|error| {
        let hint = "sites that come with Phasewise are in intersections/";
        problem(format!("a path that cannot be opened: {error}"), hint)
    })?;
    let mut bytes = Vec::new();
    let limited = file.take(SITE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    limited.map_err(|error| {
        problem(
            format!("a file that cannot be read: {error}"),
            "is the disk all right?",
        )
    })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SITE_FILE_BYTES_MAX {
        let found = "more than 1 MiB".to_owned();
        return Err(problem(
            found,
            "is it a recording, or another kind of file?",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error
            .as_bytes()
            .iter()
            .take(at)
            .filter(|byte| **byte == b'\n')
            .count();
        let found = format!("bytes in line {line} that are not UTF-8");
        problem(found, "save it as UTF-8, or replace the special characters")
    })
}
