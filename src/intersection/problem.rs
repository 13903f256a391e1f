//! What can be wrong with a site file, said so that whoever edits it knows what to do.
//!
//! In: nothing. Out: [`Problem`] and [`SiteError`]. Not here: any check.

use std::fmt;

/// Most problems that [`SiteError`] prints; beyond that, the first ones have to be mended anyway.
const PRINTED_MAX: usize = 100;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; the site loads.
    Warning,
    /// The site does not load.
    Error,
}

/// One thing that is wrong with a site file, or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Line in the file, counted from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// Where in the file: `safety.phases.2.yellow_change_s`; entries of lists by their id.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
    /// What to do about it, where the loader has an idea.
    pub hint: Option<String>,
}

/// Why a site file did not load: every problem at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteError {
    /// The file.
    pub file: String,
    /// What is wrong with it, in order of lines; warnings included.
    pub problems: Vec<Problem>,
}

impl Problem {
    /// A problem of the file as a whole.
    #[must_use]
    pub(super) fn of_file(found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            line: 0,
            key: String::new(),
            found: found.into(),
            allowed: "a site file: UTF-8 text in TOML, at most 1 MiB".to_owned(),
            hint: Some(hint.into()),
        }
    }

    /// The problem as text, `file` in front, as compilers do so that editors can jump to it.
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let place = match self.line {
            0 => file.to_owned(),
            line => format!("{file}:{line}"),
        };
        let key = match self.key.as_str() {
            "" => String::new(),
            key => format!(": {key}"),
        };
        let hint = match &self.hint {
            None => String::new(),
            Some(hint) => format!("\n  hint:    {hint}"),
        };
        format!(
            "{place}: {severity}{key}\n  found:   {}\n  allowed: {}{hint}",
            self.found, self.allowed
        )
    }
}

impl SiteError {
    /// Number of errors, warnings not counted.
    #[must_use]
    pub fn errors(&self) -> usize {
        let errors = self.problems.iter();
        errors
            .filter(|problem| problem.severity == Severity::Error)
            .count()
    }
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems.iter().take(PRINTED_MAX) {
            writeln!(f, "{}", problem.in_file(&self.file))?;
        }
        if let Some(more) = self.problems.len().checked_sub(PRINTED_MAX + 1) {
            writeln!(f, "… and {} more", more + 1)?;
        }
        match self.errors() {
            1 => write!(f, "{}: 1 error", self.file),
            errors => write!(f, "{}: {errors} errors", self.file),
        }
    }
}

impl std::error::Error for SiteError {}
