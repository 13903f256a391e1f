//! Recordings: high-resolution event logs as agencies export them.
//!
//! In: a CSV file (plain or gzipped) or a Parquet file with the columns `TimeStamp`, `DeviceId`,
//! `EventId`, `Parameter`. Out: [`Recording`], the checked events of one signal in order of time, with
//! [`Notes`] on everything that was skipped or mended; or [`ReadError`], every problem at once. Also
//! the way out: [`write_csv`]. For the simulation, what a recording says about the lamps
//! ([`RecordedHeads`]) and about traffic ([`Arrivals`], [`Turning`]). Not here: measures (`measures/`).
//!
//! What is an error and what is a counted skip: a row that cannot be read (no number where one is
//! needed, no time) is an error, because nobody can say what else is wrong with the file. A row that
//! reads well but cannot be an event (code or parameter outside 0 to 32,767), an exact duplicate and
//! a last row cut off in the middle are skipped and counted. Rows out of order are sorted, and counted.

mod arrivals;
mod collect;
mod columns;
mod csv_file;
mod error;
mod heads;
mod parquet_file;
mod times;
mod turning;
mod write;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::hires::Event;
use crate::units::Millis;

pub use arrivals::{Arrivals, LaneSource, RecordedPedestrian, RecordedVehicle, SourceKind};
pub use error::{PROBLEMS_MAX, Problem, ReadError};
pub use heads::RecordedHeads;
pub use times::parse_time;
pub use turning::Turning;
pub use write::write_csv;

/// Most events of one recording: a busy signal makes half a million a day, so this is a quarter.
pub const EVENTS_MAX: usize = 50_000_000;

/// Largest event code and parameter: the signed 16 bits that central systems and the `atspm` package
/// store them in.
pub const VALUE_MAX: u16 = 32_767;

/// The events of one signal, in order of time; events of the same moment keep the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The signal, as the file names it.
    pub device: String,
    /// What happened. Never empty.
    pub events: Vec<Event>,
    /// What was not taken as it stood in the file.
    pub notes: Notes,
}

/// Everything that was skipped or mended while reading; all zero for a clean file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Rows in the file, header not counted.
    pub rows: u64,
    /// Rows of other signals, left out because one signal was asked for.
    pub other_devices: u64,
    /// Rows earlier than a row before them; sorted by time.
    pub reordered: u64,
    /// Exact duplicates (same moment, code and parameter); all but the first dropped.
    pub duplicates: u64,
    /// Rows whose code or parameter lies outside 0 to [`VALUE_MAX`]; skipped.
    pub out_of_range: u64,
    /// The file ends in the middle of a row or of the compressed stream; what came before is kept.
    pub cut_off: bool,
    /// Times are marked with a zone or as UTC; taken as written.
    pub zone_ignored: bool,
}

impl Notes {
    /// One sentence per kind of skip, for people; empty for a clean file.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let counted = [
            (self.other_devices, "rows of other signals left out"),
            (
                self.reordered,
                "rows were out of order and have been sorted by time",
            ),
            (self.duplicates, "exact duplicates dropped"),
            (
                self.out_of_range,
                "rows with a code or parameter outside 0 to 32,767 skipped",
            ),
        ];
        let mut sentences: Vec<String> = counted
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} of {} {what}", self.rows))
            .collect();
        if self.cut_off {
            sentences.push(format!("the file is cut off after row {}", self.rows));
        }
        if self.zone_ignored {
            sentences.push("time zones in the file are ignored: times are taken as written".into());
        }
        sentences
    }
}

impl Recording {
    /// Reads a log. What kind of file it is shows in its first bytes, not in its name. With `device`,
    /// only that signal's events are kept.
    ///
    /// # Errors
    /// [`ReadError`] with every problem up to [`PROBLEMS_MAX`]: the file cannot be opened or is a
    /// directory, is neither CSV nor Parquet, lacks a column, has rows that cannot be read, holds
    /// several signals while none was chosen, or holds no event at all.
    pub fn read(path: &Path, device: Option<&str>) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let fail = |found: String, allowed: &str| {
            Err(ReadError::single(&name, Problem::of_file(found, allowed)))
        };
        if path.is_dir() {
            return fail(
                "a directory".into(),
                "a CSV (.csv, .csv.gz) or Parquet file",
            );
        }
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) => return fail(error.to_string(), "a file that can be read"),
        };
        let mut start = Vec::new();
        if let Err(error) = Read::by_ref(&mut file).take(4).read_to_end(&mut start) {
            return fail(error.to_string(), "a file that can be read");
        }
        if start.is_empty() {
            return fail("an empty file".into(), "a header and at least one event");
        }
        let mut collector = collect::Collector::new(device);
        if start.starts_with(b"PAR1") {
            parquet_file::read(path, &mut collector);
        } else if path.extension().is_some_and(|ending| ending == "parquet") {
            return fail(
                format!("first bytes {start:02x?}"),
                "Parquet, which begins with \"PAR1\"",
            );
        } else if start.starts_with(&[0x1f, 0x8b]) {
            let whole = std::io::Cursor::new(start).chain(file);
            csv_file::read(flate2::read::MultiGzDecoder::new(whole), &mut collector);
        } else {
            csv_file::read(std::io::Cursor::new(start).chain(file), &mut collector);
        }
        collector.finish(&name)
    }

    /// Time from the first event to the last.
    #[must_use]
    pub fn span(&self) -> Millis {
        match (self.events.first(), self.events.last()) {
            (Some(first), Some(last)) => last.at - first.at,
            _ => Millis::ZERO,
        }
    }
}
