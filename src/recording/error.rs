//! What is wrong with a log, for the person who has to mend it.

use std::fmt;

/// Most problems reported at once; the rest are counted.
pub const PROBLEMS_MAX: usize = 20;

/// One thing that is wrong: where, what was found, what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of a CSV file (the header is line 1) or row of a Parquet file (the first is 1); `None`:
    /// the file as a whole.
    pub row: Option<u64>,
    /// Column, where one is to blame.
    pub column: Option<&'static str>,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

impl Problem {
    /// About the file as a whole.
    pub(super) fn of_file(found: String, allowed: &str) -> Self {
        Self {
            row: None,
            column: None,
            found,
            allowed: allowed.to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}, ")?;
        }
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        write!(f, "found {}; allowed: {}", self.found, self.allowed)
    }
}

/// A log that cannot be used, with all its problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The file.
    pub file: String,
    /// What is wrong; at least one, at most [`PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
    /// Further problems, counted only.
    pub more: u64,
}

impl ReadError {
    pub(super) fn single(file: &str, problem: Problem) -> Self {
        Self {
            file: file.to_owned(),
            problems: vec![problem],
            more: 0,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            write!(f, "{end}{}: {problem}", self.file)?;
        }
        if self.more > 0 {
            write!(f, "\n{}: and {} more problems", self.file, self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for ReadError {}
