//! Reading high-resolution logs: the real recording, the formats agencies use, and broken files.

mod broken;
mod parquet_files;

use std::fs;
use std::path::PathBuf;

use phasewise::hires::Event;
use phasewise::hires::code;
use phasewise::recording::ReadError;
use phasewise::recording::Recording;
use phasewise::recording::parse_time;
use phasewise::recording::write_csv;
use phasewise::units::ClockTime;
use proptest::prelude::*;

pub(super) fn recorded_afternoon() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("intersections/odot-1136/recording/2024-04-15.csv.gz")
}

/// A file of this test run with this content.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("recording");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

fn read(name: &str, content: &[u8]) -> Result<Recording, ReadError> {
    Recording::read(&file(name, content), None)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const TWO_EVENTS: &str = "TimeStamp,DeviceId,EventId,Parameter\n\
    2024-04-15 12:00:00.0,1136,82,37\n\
    2024-04-15 12:00:01.3,1136,81,37\n";

#[test]
fn the_recorded_afternoon_is_whole() {
    let recording = Recording::read(&recorded_afternoon(), None).unwrap();
    assert_eq!(recording.device, "1136");
    assert_eq!(recording.notes.rows, 37_152);
    assert_eq!(recording.notes.duplicates, 4);
    assert_eq!(recording.events.len(), 37_148);
    assert_eq!(
        recording.notes.sentences(),
        ["4 of 37152 exact duplicates dropped"]
    );
    let first = recording.events[0].at;
    assert_eq!(first.to_string(), "2024-04-15 12:00:00.0");
    assert_eq!(first.weekday(), 0, "a Monday");
    assert_eq!(recording.span().0, 7_198_500);
    let greens = |phase: u16| {
        let served = Event {
            at: first,
            code: code::PHASE_BEGIN_GREEN,
            parameter: phase,
        };
        recording
            .events
            .iter()
            .filter(|event| (event.code, event.parameter) == (served.code, served.parameter))
            .count()
    };
    let phases: Vec<u16> = (1..=16).filter(|&phase| greens(phase) > 0).collect();
    assert_eq!(phases, [2, 5, 6, 8]);
}

#[test]
fn written_and_read_again_is_the_same() {
    let recording = Recording::read(&recorded_afternoon(), None).unwrap();
    let mut text = Vec::new();
    write_csv(&mut text, &recording.device, &recording.events).unwrap();
    for (name, content) in [("again.csv", text.clone()), ("again.csv.gz", gzip(&text))] {
        let again = read(name, &content).unwrap();
        assert_eq!(again.events, recording.events);
        assert!(again.notes.sentences().is_empty());
    }
}

#[test]
fn common_spellings_of_the_header_are_understood() {
    let body = "2024-04-15 12:00:00.0;x;82;37\n";
    for header in [
        "TimeStamp;DeviceId;EventId;Parameter",
        "Timestamp;SignalID;EventCode;EventParam",
        "time stamp;device_id;event_code_id;event parameter",
        "\u{feff}TIMESTAMP;LocationIdentifier;EVENTCODE;PARAM",
    ] {
        let recording = read("header.csv", format!("{header}\n{body}").as_bytes()).unwrap();
        assert_eq!(
            (recording.events[0].code, recording.events[0].parameter),
            (82, 37),
            "{header}"
        );
    }
    // Any order, other columns beside, tabs, quotes, Windows line ends, no line end at the end.
    let text =
        "lane\tParameter\tEventId\tTimeStamp\tDeviceId\r\n9\t37\t82\t\"4/15/2024 12:00:00.0\"\tx";
    let recording = read("order.csv", text.as_bytes()).unwrap();
    assert_eq!(recording.events[0].at.to_string(), "2024-04-15 12:00:00.0");
    assert!(!recording.notes.cut_off);
}

#[test]
fn every_documented_way_to_write_a_time_is_understood() {
    let noon = parse_time("2024-04-15 12:00:00.1").unwrap().0;
    for text in [
        "2024-04-15T12:00:00.1",
        "2024/04/15 12:00:00.100",
        "2024-04-15 12:00:00,100000",
        "4/15/2024 12:00:00.1",
        "04/15/2024 12:00:00.1 PM",
        " 2024-04-15 12:00:00.100999999 ",
    ] {
        assert_eq!(parse_time(text), Some((noon, false)), "{text}");
    }
    for text in [
        "2024-04-15T12:00:00.1Z",
        "2024-04-15 12:00:00.1+02:00",
        "2024-04-15 12:00:00.1 -0700",
    ] {
        assert_eq!(parse_time(text), Some((noon, true)), "{text}");
    }
    let midnight = parse_time("2024-04-15 00:00:00").unwrap().0;
    assert_eq!(parse_time("4/15/2024 12:00 AM").unwrap().0, midnight);
    assert_eq!(
        parse_time("2024-02-29 00:00:00").unwrap().0.to_string(),
        "2024-02-29 00:00:00.0"
    );
    for text in [
        "",
        "now",
        "12:00:00",
        "2024-04-15",
        "2023-02-29 00:00:00",
        "2024-13-01 00:00:00",
        "15/4/2024 12:00:00",
        "2024-04-15 24:00:00",
        "2024-04-15 12:60:00",
        "2024-04-15 12:00:60",
        "1969-12-31 23:59:59",
        "2101-01-01 00:00:00",
        "2024-04-15 13:00 PM",
        "2024-04-15 12:00:00.1.2",
        "2024-04-15 12:00:00:1",
        "2024-04-15-16 12:00:00",
        "2024-04-15 12:00:-1",
        "2024-04-15 12:0ö:00",
    ] {
        assert_eq!(parse_time(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_time_is_read_as_written(millis in 0i64..4_133_980_800_000) {
        let at = ClockTime(millis / 100 * 100);
        prop_assert_eq!(parse_time(&at.to_string()), Some((at, false)));
    }

    #[test]
    fn any_text_for_a_time_is_answered(text in "\\PC{0,40}") {
        let _answered = parse_time(&text);
    }

    #[test]
    fn any_events_survive_writing_and_reading(
        device in "[a-zA-Z0-9][a-zA-Z0-9 ,\"äö-]{0,10}[a-zA-Z0-9]",
        steps in prop::collection::vec((1i64..5000, 0u16..32_767, 0u16..32_767), 1..40),
    ) {
        let mut at = 1_713_182_400_000;
        let events: Vec<Event> = steps
            .into_iter()
            .map(|(step, code, parameter)| {
                at += step;
                Event { at: ClockTime(at), code, parameter }
            })
            .collect();
        let mut text = Vec::new();
        write_csv(&mut text, &device, &events).unwrap();
        let again = read("any.csv", &text).unwrap();
        prop_assert_eq!(&again.device, &device);
        prop_assert_eq!(&again.events, &events);
        prop_assert!(again.notes.sentences().is_empty());
    }
}
