//! Rows of a CSV file.

use std::io::Read;

use csv::ByteRecord;

use super::collect::{Cell, Collector};
use super::columns;
use super::error::Problem;

/// Fields are separated by the first of these that the header has.
const SEPARATORS: [u8; 3] = *b",;\t";
/// Longest header looked at, bytes.
const HEADER_MAX: u64 = 64 * 1024;

/// Feeds every row to the collector.
pub(super) fn read(source: impl Read, into: &mut Collector) {
    let mut source = Watched {
        inner: source,
        last: b'\n',
    };
    let mut header = Vec::new();
    if let Err(error) = Read::by_ref(&mut source)
        .take(HEADER_MAX)
        .read_to_end(&mut header)
    {
        into.complain(Problem::of_file(
            error.to_string(),
            "a file that can be read",
        ));
        return;
    }
    let line = header.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
    let separator = SEPARATORS
        .into_iter()
        .find(|separator| line.contains(separator))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(std::io::Cursor::new(header).chain(source));
    match places(&mut reader) {
        Ok(places) => rows(reader, places, into),
        Err(problems) => problems
            .into_iter()
            .for_each(|problem| into.complain(problem)),
    }
}

fn places(reader: &mut csv::Reader<impl Read>) -> Result<[usize; 4], Vec<Problem>> {
    let header = match reader.byte_headers() {
        Ok(header) => header,
        Err(error) => {
            return Err(vec![Problem::of_file(error.to_string(), "a header line")]);
        }
    };
    if header.iter().any(|name| std::str::from_utf8(name).is_err()) {
        return Err(vec![Problem {
            row: Some(1),
            column: None,
            found: "bytes that are not UTF-8 text".to_owned(),
            allowed: "CSV in UTF-8, or Parquet".to_owned(),
        }]);
    }
    let names: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    columns::find(&names)
}

type Source<R> = std::io::Chain<std::io::Cursor<Vec<u8>>, Watched<R>>;

fn rows<R: Read>(mut reader: csv::Reader<Source<R>>, places: [usize; 4], into: &mut Collector) {
    let mut record = ByteRecord::new();
    let mut waiting: Option<(u64, ByteRecord)> = None;
    while !into.is_full() {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {
                // A row is taken when the next one has begun: the last may be cut off.
                let line = record.position().map_or(0, csv::Position::line);
                if let Some((line, previous)) = waiting.replace((line, record.clone())) {
                    into.row(line, &cells(&previous, places));
                }
            }
            Ok(false) => break,
            Err(error) => {
                if is_early_end(&error) {
                    into.cut_off();
                } else {
                    into.complain(Problem::of_file(error.to_string(), "CSV that can be read"));
                }
                break;
            }
        }
    }
    let ends_in_a_line = reader.get_ref().get_ref().1.last == b'\n';
    if let Some((line, last)) = waiting {
        let cells = cells(&last, places);
        if !ends_in_a_line && Collector::is_fragment(&cells) {
            into.cut_off();
        } else {
            into.row(line, &cells);
        }
    }
}

fn cells(record: &ByteRecord, places: [usize; 4]) -> [Cell<'_>; 4] {
    places.map(|place| match record.get(place) {
        None => Cell::Missing,
        Some(bytes) => std::str::from_utf8(bytes).map_or(Cell::NotText, Cell::Text),
    })
}

/// A compressed stream that stops before its end.
fn is_early_end(error: &csv::Error) -> bool {
    matches!(error.kind(), csv::ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::UnexpectedEof)
}

/// Remembers the last byte that was read.
struct Watched<R> {
    inner: R,
    last: u8,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(&last) = buffer.get(..read).and_then(<[u8]>::last) {
            self.last = last;
        }
        Ok(read)
    }
}
