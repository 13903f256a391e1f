//! Files with networks, and what can be wrong with them.
//!
//! In: a path. Out: its text, unpacked, or a [`NetError`]. Not here: what the text says.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::intersection::{Problem, Severity};

/// Largest net that is read, unpacked. A city of a million people takes some hundred MB.
pub const NET_BYTES_MAX: u64 = 1 << 30;

/// Why a net cannot be used: every problem found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&problem.in_file(&self.file))?;
        }
        Ok(())
    }
}

impl std::error::Error for NetError {}

impl NetError {
    /// One problem, of the file as a whole or of one line.
    pub(in crate::sumo) fn new(
        file: &str,
        line: usize,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            problems: vec![problem(line, "", found.into(), allowed.into())],
        }
    }

    /// With advice on the (only) problem.
    #[must_use]
    pub(in crate::sumo) fn hint(mut self, hint: &str) -> Self {
        for problem in &mut self.problems {
            problem.hint = Some(hint.to_owned());
        }
        self
    }
}

pub(in crate::sumo) fn problem(line: usize, key: &str, found: String, allowed: String) -> Problem {
    Problem {
        severity: Severity::Error,
        line,
        key: key.to_owned(),
        found,
        allowed,
        hint: None,
    }
}

/// The text of a file of at most [`NET_BYTES_MAX`], unpacked where it is gzip, whatever its name.
pub(in crate::sumo) fn text_of(path: &Path, kind: &str) -> Result<String, NetError> {
    let name = path.display().to_string();
    let error = |found: String| NetError::new(&name, 0, found, format!("{kind}, plain or gzip"));
    if path.is_dir() {
        return Err(error("a directory".to_owned()).hint("name the file itself"));
    }
    let unreadable = |error: std::io::Error| format!("a file that cannot be read: {error}");
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(|it| error(format!("a path that cannot be opened: {it}")))?
        .take(NET_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|it| error(unreadable(it)))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        MultiGzDecoder::new(packed.as_slice())
            .take(NET_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|it| error(format!("gzip that does not unpack: {it}")))?;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > NET_BYTES_MAX {
        return Err(error("more than 1 GiB".to_owned()));
    }
    String::from_utf8(bytes).map_err(|it| {
        let good = it.utf8_error().valid_up_to();
        let line = 1 + it
            .as_bytes()
            .iter()
            .take(good)
            .filter(|b| **b == b'\n')
            .count();
        NetError::new(
            &name,
            line,
            "bytes that are not UTF-8",
            format!("{kind} in UTF-8"),
        )
    })
}
