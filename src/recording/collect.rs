//! Rows in, a recording out: the checks that both file formats share.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::COLUMNS;
use super::error::{PROBLEMS_MAX, Problem, ReadError};
use super::times::{FORMATS, parse_time};
use super::{EVENTS_MAX, Notes, Recording, VALUE_MAX};
use crate::hires::Event;
use crate::units::ClockTime;

/// Most signals listed in the message that asks to choose one.
const DEVICES_LISTED_MAX: usize = 12;
/// Most different signals counted; more than any city has.
const DEVICES_MAX: usize = 100_000;

/// One field of a row, as the file format gives it.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    /// Text of a CSV field or a Parquet string.
    Text(&'a str),
    /// Bytes that are no text.
    NotText,
    /// A whole number.
    Whole(i64),
    /// A number with a decimal point.
    Decimal(f64),
    /// A time, already in civil milliseconds.
    Time(i64),
    /// Nothing.
    Missing,
}

impl Cell<'_> {
    fn shown(&self) -> String {
        match self {
            Self::Text("") | Self::Missing => "nothing".to_owned(),
            Self::Text(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
            Self::NotText => "bytes that are not UTF-8 text".to_owned(),
            Self::Whole(number) | Self::Time(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
        }
    }

    fn device(&self) -> Option<String> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Self::Whole(number) => Some(number.to_string()),
            Self::Decimal(number) => whole(*number).map(|number| number.to_string()),
            Self::Text(_) | Self::NotText | Self::Time(_) | Self::Missing => None,
        }
    }

    fn number(&self) -> Option<i64> {
        match self {
            Self::Text(text) => {
                let text = text.trim();
                text.parse()
                    .ok()
                    .or_else(|| text.parse().ok().and_then(whole))
            }
            Self::Whole(number) => Some(*number),
            Self::Decimal(number) => whole(*number),
            Self::NotText | Self::Time(_) | Self::Missing => None,
        }
    }

    fn time(&self) -> Option<(ClockTime, bool)> {
        match self {
            Self::Text(text) => parse_time(text),
            Self::Time(millis) => plausible(*millis).then_some((ClockTime(*millis), false)),
            Self::NotText | Self::Whole(_) | Self::Decimal(_) | Self::Missing => None,
        }
    }
}

/// The number, if it has no decimals. Too large for `i64` becomes a number that is out of range.
fn whole(number: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates; out-of-range numbers are skipped later"
    )]
    let rounded = number.trunc() as i64;
    (number.is_finite() && number.fract().abs() < f64::EPSILON).then_some(rounded)
}

/// 1970 to the end of 2100, as for times written as text.
fn plausible(millis: i64) -> bool {
    (0..4_133_980_800_000).contains(&millis)
}

/// Takes rows as they come and keeps what is good.
#[derive(Debug)]
pub(super) struct Collector {
    chosen: Option<String>,
    devices: BTreeMap<String, u64>,
    /// The signal whose events are kept: the chosen one, or the first seen.
    kept: Option<String>,
    events: Vec<Event>,
    latest: ClockTime,
    notes: Notes,
    problems: Vec<Problem>,
    more: u64,
}

impl Collector {
    pub(super) fn new(device: Option<&str>) -> Self {
        Self {
            chosen: device.map(str::to_owned),
            devices: BTreeMap::new(),
            kept: device.map(str::to_owned),
            events: Vec::new(),
            latest: ClockTime(i64::MIN),
            notes: Notes::default(),
            problems: Vec::new(),
            more: 0,
        }
    }

    /// Something is wrong with the file as a whole.
    pub(super) fn complain(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// The file ends in the middle of something.
    pub(super) fn cut_off(&mut self) {
        self.notes.cut_off = true;
    }

    /// Times carry a zone.
    pub(super) fn zone_ignored(&mut self) {
        self.notes.zone_ignored = true;
    }

    /// Whether there is room for another event.
    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_MAX
    }

    /// Whether this row, the last and without a line end, is only the beginning of one.
    pub(super) fn is_fragment(cells: &[Cell<'_>; 4]) -> bool {
        let [time, device, code, parameter] = cells;
        time.time().is_none()
            || device.device().is_none()
            || code.number().is_none()
            || parameter.number().is_none()
    }

    /// Takes the row with this number; its cells are in the order of [`COLUMNS`].
    pub(super) fn row(&mut self, row: u64, cells: &[Cell<'_>; 4]) {
        self.notes.rows += 1;
        let [time, device, code, parameter] = cells;
        let parts = (
            time.time(),
            device.device(),
            code.number(),
            parameter.number(),
        );
        let (Some((at, zone)), Some(device), Some(code), Some(parameter)) = parts else {
            self.complain_about_row(row, cells);
            return;
        };
        self.notes.zone_ignored |= zone;
        if !self.count_device(device) {
            return;
        }
        let (Some(code), Some(parameter)) = (in_range(code), in_range(parameter)) else {
            self.notes.out_of_range += 1;
            return;
        };
        if at < self.latest {
            self.notes.reordered += 1;
        }
        self.latest = self.latest.max(at);
        if !self.is_full() {
            self.events.push(Event {
                at,
                code,
                parameter,
            });
        }
    }

    /// Counts a row of this signal; false if its events are not kept.
    fn count_device(&mut self, device: String) -> bool {
        let keep = match &self.kept {
            Some(kept) => *kept == device,
            None => {
                self.kept = Some(device.clone());
                true
            }
        };
        if !keep {
            self.notes.other_devices += 1;
        }
        if self.devices.len() < DEVICES_MAX || self.devices.contains_key(&device) {
            *self.devices.entry(device).or_default() += 1;
        }
        keep
    }

    fn complain_about_row(&mut self, row: u64, cells: &[Cell<'_>; 4]) {
        let [time, device, code, parameter] = cells;
        let checks = [
            (time.time().is_some(), FORMATS),
            (device.device().is_some(), "the signal's name or number"),
            (code.number().is_some(), "a whole number, 0 to 32767"),
            (parameter.number().is_some(), "a whole number, 0 to 32767"),
        ];
        for ((cell, (good, allowed)), column) in cells.iter().zip(checks).zip(COLUMNS) {
            if !good {
                self.complain(Problem {
                    row: Some(row),
                    column: Some(column),
                    found: cell.shown(),
                    allowed: allowed.to_owned(),
                });
            }
        }
    }

    /// The recording, or all that was wrong.
    pub(super) fn finish(mut self, file: &str) -> Result<Recording, ReadError> {
        if self.is_full() {
            self.complain(Problem::of_file(
                format!("at least {EVENTS_MAX} events"),
                "fewer; split the file by day",
            ));
        }
        if self.problems.is_empty() {
            self.check_devices();
        }
        if !self.problems.is_empty() {
            return Err(ReadError {
                file: file.to_owned(),
                problems: self.problems,
                more: self.more,
            });
        }
        let mut notes = self.notes;
        Ok(Recording {
            device: self.kept.unwrap_or_default(),
            events: ordered(self.events, &mut notes),
            notes,
        })
    }

    fn check_devices(&mut self) {
        let listed: Vec<String> = self
            .devices
            .iter()
            .take(DEVICES_LISTED_MAX)
            .map(|(device, rows)| format!("{device} ({rows} rows)"))
            .collect();
        let more = self.devices.len().saturating_sub(listed.len());
        let mut list = listed.join(", ");
        if more > 0 {
            list = format!("{list} and {more} more");
        }
        if self.chosen.is_none() && self.devices.len() > 1 {
            self.complain(Problem {
                row: None,
                column: Some("DeviceId"),
                found: format!("several signals: {list}"),
                allowed: "one signal; choose one with --device".to_owned(),
            });
        } else if self.events.is_empty() {
            let found = match &self.chosen {
                Some(chosen) if !self.devices.is_empty() => {
                    format!("no usable event of signal {chosen}; the file has {list}")
                }
                _ => format!("{} rows, none of them a usable event", self.notes.rows),
            };
            self.complain(Problem::of_file(found, "at least one event"));
        }
    }
}

fn in_range(number: i64) -> Option<u16> {
    u16::try_from(number)
        .ok()
        .filter(|&number| number <= VALUE_MAX)
}

/// Sorted by time, the file's order kept within a moment, exact duplicates dropped and counted.
fn ordered(mut events: Vec<Event>, notes: &mut Notes) -> Vec<Event> {
    events.sort_by_key(|event| event.at);
    let before = events.len();
    let mut moment = ClockTime(i64::MIN);
    let mut seen = BTreeSet::new();
    events.retain(|event| {
        if event.at != moment {
            moment = event.at;
            seen.clear();
        }
        seen.insert((event.code, event.parameter))
    });
    notes.duplicates = u64::try_from(before - events.len()).unwrap_or(u64::MAX);
    events
}
