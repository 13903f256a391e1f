//! Reads a site file: text in, a checked [`Intersection`] or every problem out.

use std::fmt;
use std::path::Path;

use super::Intersection;
use super::compile;
use super::file::SiteFile;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; the site loads.
    Warning,
    /// The site does not load.
    Error,
}

/// One thing that is wrong with a site file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub found: String,
}

/// Why a site file did not load: every problem at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}: {}", self.file, problem.found)?;
        }
        Ok(())
    }
}

impl std::error::Error for SiteError {}

impl Intersection {
    /// Reads and checks a site file.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(path: &Path) -> Result<Self, SiteError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| SiteError {
            file: name.clone(),
            problems: vec![problem(format!("cannot be read: {error}"))],
        })?;
        Self::parse(&text, &name)
    }

    /// Checks the text of a site file; `name` stands for it in messages.
    ///
    /// # Errors
    /// Every problem of the text.
    pub fn parse(text: &str, name: &str) -> Result<Self, SiteError> {
        let error = |found| SiteError {
            file: name.to_owned(),
            problems: vec![problem(found)],
        };
        let file: SiteFile = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        compile::compile(&file, text).ok_or_else(|| error("names something unknown".to_owned()))
    }
}

fn problem(found: String) -> Problem {
    Problem {
        severity: Severity::Error,
        found,
    }
}
