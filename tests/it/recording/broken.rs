//! Broken files: a clear error with everything that is wrong, or a counted skip; never a panic.

use proptest::prelude::*;

use super::*;
use phasewise::recording::PROBLEMS_MAX;

fn error(name: &str, content: &[u8]) -> String {
    let error = read(name, content).unwrap_err();
    // The folder differs between machines.
    error
        .to_string()
        .lines()
        .map(|line| line.split_once("recording/").map_or(line, |(_, rest)| rest))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn files_that_are_no_logs_are_refused_in_words() {
    let missing = Recording::read(&PathBuf::from("no/such/file.csv"), None).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("no/such/file.csv: found No such file"),
        "{missing}"
    );
    let folder = Recording::read(&PathBuf::from(env!("CARGO_MANIFEST_DIR")), None).unwrap_err();
    assert!(
        folder
            .to_string()
            .contains("found a directory; allowed: a CSV"),
        "{folder}"
    );
    assert_eq!(
        error("empty.csv", b""),
        "empty.csv: found an empty file; allowed: a header and at least one event"
    );
    assert_eq!(
        error("header-only.csv", b"TimeStamp,DeviceId,EventId,Parameter\n"),
        "header-only.csv: found 0 rows, none of them a usable event; allowed: at least one event"
    );
    assert!(error("text.parquet", b"not parquet").contains("allowed: Parquet, which begins with"));
    assert!(
        error("utf16.csv", b"\xff\xfeT\0i\0m\0e\0\n\0")
            .contains("found bytes that are not UTF-8 text")
    );
}

#[test]
fn every_missing_column_is_named_at_once() {
    assert_eq!(
        error("columns.csv", b"when,DeviceId,EventId,value\n1,2,3,4\n"),
        "columns.csv: column TimeStamp: found no such column among: when, DeviceId, EventId, value; \
         allowed: one of timestamp, time, datetime, eventtime, in any case\n\
         columns.csv: column Parameter: found no such column among: when, DeviceId, EventId, value; \
         allowed: one of parameter, eventparameter, eventparam, param, in any case"
    );
    assert!(
        error("twice.csv", b"Time,DateTime,Device,Event,Param\n")
            .contains("2 columns that could be it")
    );
}

#[test]
fn every_bad_field_is_reported_with_its_line_and_column() {
    let text = "TimeStamp,DeviceId,EventId,Parameter\n\
        yesterday,1136,82,37\n\
        2024-04-15 12:00:00.0,,eighty,37\n\
        2024-04-15 12:00:00.0,1136,82\n\
        2024-04-15 12:00:00.0,1136,8.5,37\n";
    let message = error("fields.csv", text.as_bytes());
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 5, "{message}");
    assert!(lines[0].starts_with(
        "fields.csv: row 2, column TimeStamp: found \"yesterday\"; allowed: 2024-04-15"
    ));
    assert!(lines[1].starts_with("fields.csv: row 3, column DeviceId: found nothing"));
    assert!(lines[2].starts_with("fields.csv: row 3, column EventId: found \"eighty\""));
    assert!(lines[3].starts_with("fields.csv: row 4, column Parameter: found nothing"));
    assert!(lines[4].starts_with("fields.csv: row 5, column EventId: found \"8.5\""));
}

#[test]
fn problems_beyond_the_maximum_are_counted() {
    let text = format!(
        "TimeStamp,DeviceId,EventId,Parameter\n{}",
        "a,b,82,37\n".repeat(50)
    );
    let error = read("many.csv", text.as_bytes()).unwrap_err();
    assert_eq!(error.problems.len(), PROBLEMS_MAX);
    assert_eq!(error.more, 50 - PROBLEMS_MAX as u64);
    assert!(error.to_string().ends_with("and 30 more problems"));
}

#[test]
fn a_log_of_several_signals_asks_which() {
    let text = "TimeStamp,DeviceId,EventId,Parameter\n\
        2024-04-15 12:00:00.0,1136,82,37\n\
        2024-04-15 12:00:00.0,1137,82,37\n\
        2024-04-15 12:00:00.5,1137,81,37\n";
    assert_eq!(
        error("mixed.csv", text.as_bytes()),
        "mixed.csv: column DeviceId: found several signals: 1136 (1 rows), 1137 (2 rows); \
         allowed: one signal; choose one with --device"
    );
    let path = file("mixed.csv", text.as_bytes());
    let chosen = Recording::read(&path, Some("1137")).unwrap();
    assert_eq!((chosen.events.len(), chosen.notes.other_devices), (2, 1));
    let stranger = Recording::read(&path, Some("7")).unwrap_err().to_string();
    assert!(
        stranger.contains("no usable event of signal 7; the file has 1136 (1 rows), 1137 (2 rows)")
    );
}

#[test]
fn reordered_rows_are_sorted_and_counted() {
    let text = "TimeStamp,DeviceId,EventId,Parameter\n\
        2024-04-15 12:00:02.0,1,1,2\n\
        2024-04-15 12:00:01.0,1,82,4\n\
        2024-04-15 12:00:01.0,1,81,4\n\
        2024-04-15 12:00:03.0,1,8,2\n";
    let recording = read("order.csv", text.as_bytes()).unwrap();
    let codes: Vec<u16> = recording.events.iter().map(|event| event.code).collect();
    assert_eq!(codes, [82, 81, 1, 8], "the order within a moment is kept");
    assert_eq!(recording.notes.reordered, 2);
    assert_eq!(
        recording.notes.sentences(),
        ["2 of 4 rows were out of order and have been sorted by time"]
    );
}

#[test]
fn duplicates_are_dropped_and_counted() {
    let twice = format!("{TWO_EVENTS}{}", TWO_EVENTS.split_once('\n').unwrap().1);
    let recording = read("twice.csv", twice.as_bytes()).unwrap();
    assert_eq!(
        recording.events,
        read("once.csv", TWO_EVENTS.as_bytes()).unwrap().events
    );
    assert_eq!(
        (recording.notes.duplicates, recording.notes.reordered),
        (2, 1)
    );
}

#[test]
fn impossible_codes_and_parameters_are_skipped_and_counted() {
    let text = format!(
        "{TWO_EVENTS}2024-04-15 12:00:02.0,1136,-1,3\n2024-04-15 12:00:02.0,1136,82,32768\n\
         2024-04-15 12:00:02.0,1136,99999999999999999999,3\n2024-04-15 12:00:02.0,1136,316,32767\n"
    );
    let recording = read("range.csv", text.as_bytes()).unwrap();
    assert_eq!(
        (recording.events.len(), recording.notes.out_of_range),
        (3, 3)
    );
    let none_left = "TimeStamp,DeviceId,EventId,Parameter\n2024-04-15 12:00:02.0,1136,-1,3\n";
    assert!(
        error("none.csv", none_left.as_bytes()).contains("1 rows, none of them a usable event")
    );
}

#[test]
fn a_file_cut_off_in_the_middle_of_a_row_keeps_what_came_before() {
    let recording = read("cut.csv", format!("{TWO_EVENTS}2024-04-15 12:0").as_bytes()).unwrap();
    assert_eq!(recording.events.len(), 2);
    assert_eq!(
        recording.notes.sentences(),
        ["the file is cut off after row 2"]
    );
    // The same row with a line end is no cut but a mistake.
    assert!(
        error(
            "cut2.csv",
            format!("{TWO_EVENTS}2024-04-15 12:0\n").as_bytes()
        )
        .contains("row 4")
    );
}

#[test]
fn a_compressed_file_cut_off_keeps_what_came_before() {
    let whole = fs::read(recorded_afternoon()).unwrap();
    let recording = read("half.csv.gz", &whole[..whole.len() / 2]).unwrap();
    assert!(recording.notes.cut_off);
    assert!(
        (10_000..30_000).contains(&recording.events.len()),
        "{}",
        recording.events.len()
    );
}

#[test]
fn damaged_compression_is_an_error_not_half_a_log() {
    let mut whole = fs::read(recorded_afternoon()).unwrap();
    let middle = whole.len() / 2;
    whole[middle..middle + 20].fill(0x55);
    assert!(read("damaged.csv.gz", &whole).is_err());
}

#[test]
fn zones_are_ignored_and_said_so() {
    let text = TWO_EVENTS.replace(".0,", ".0-07:00,");
    let recording = read("zone.csv", text.as_bytes()).unwrap();
    assert_eq!(recording.events[0].at.to_string(), "2024-04-15 12:00:00.0");
    assert!(recording.notes.zone_ignored);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read("random.csv", &bytes).is_err());
    }

    #[test]
    fn random_bytes_behind_a_header_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut text = TWO_EVENTS.as_bytes().to_vec();
        text.extend(bytes);
        if let Ok(recording) = read("behind.csv", &text) {
            // Whatever came behind, no row vanished without being counted.
            let notes = &recording.notes;
            let counted = notes.other_devices + notes.duplicates + notes.out_of_range;
            prop_assert_eq!(recording.events.len() as u64 + counted, notes.rows);
        }
    }

    #[test]
    fn mangled_rows_are_kept_counted_or_refused(
        mangled in prop::collection::vec((0usize..6, 0usize..4), 1..30),
    ) {
        let mut text = String::from("TimeStamp,DeviceId,EventId,Parameter\n");
        for (row, (damage, field)) in mangled.iter().enumerate() {
            let mut fields =
                [format!("2024-04-15 12:00:{row:02}.0"), "1".into(), "82".into(), "5".into()];
            match damage {
                0 | 1 => {}
                2 => fields[*field].clear(),
                3 => fields[*field] = "-7".into(),
                4 => fields.swap(*field, 0),
                _ => fields[*field].push('x'),
            }
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        match read("mangled.csv", text.as_bytes()) {
            Ok(recording) => {
                let notes = &recording.notes;
                prop_assert_eq!(notes.rows, mangled.len() as u64);
                prop_assert_eq!(recording.events.len() as u64 + notes.out_of_range, notes.rows);
            }
            Err(error) => prop_assert!(!error.problems.is_empty()),
        }
    }

    #[test]
    fn a_log_cut_anywhere_is_answered(cut in 0usize..200) {
        let text = TWO_EVENTS.as_bytes();
        let kept = &text[..cut.min(text.len())];
        match read("cut-anywhere.csv", kept) {
            Ok(recording) => prop_assert!(recording.events.len() <= 2),
            Err(error) => prop_assert!(!error.problems.is_empty()),
        }
    }
}
