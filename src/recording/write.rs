//! Recordings out: the same CSV that is read.

use std::io;
use std::io::Write;

use crate::hires::Event;

/// Writes a log that this and other programs read: a header, then one row per event,
/// `2024-04-15 12:00:00.1,1136,82,37`. Times have 0.1 s, or 1 ms where an event is not on a tenth.
///
/// # Errors
/// What the writer says.
pub fn write_csv(mut to: impl Write, device: &str, events: &[Event]) -> io::Result<()> {
    let quoted = if device.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", device.replace('"', "\"\""))
    } else {
        device.to_owned()
    };
    writeln!(to, "TimeStamp,DeviceId,EventId,Parameter")?;
    for event in events {
        let millis = event.at.0.rem_euclid(100);
        write!(to, "{}", event.at)?;
        if millis != 0 {
            write!(to, "{millis:02}")?;
        }
        writeln!(to, ",{quoted},{},{}", event.code, event.parameter)?;
    }
    to.flush()
}
