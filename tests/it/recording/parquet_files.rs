//! Parquet as pandas, Spark and others write it; wrong columns, nulls, damage.

use std::fs::File;
use std::sync::Arc;

use parquet::data_type::ByteArrayType;
use parquet::data_type::DoubleType;
use parquet::data_type::Int32Type;
use parquet::data_type::Int64Type;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;

const PANDAS: &[u8] = include_bytes!("odot-1136-first-200-rows.parquet");
/// 2024-04-15 12:00:00.
const NOON_MS: i64 = 1_713_182_400_000;

enum Values {
    I64(Vec<i64>),
    I32(Vec<i32>),
    F64(Vec<f64>),
    Text(Vec<&'static str>),
}

/// Writes one row group with these columns; `levels` marks nulls of optional columns.
fn parquet(name: &str, message: &str, columns: &[(Values, Option<&[i16]>)]) -> PathBuf {
    let path = file(name, b"");
    let schema = Arc::new(parse_message_type(message).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer =
        SerializedFileWriter::new(File::create(&path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (values, levels) in columns {
        let mut column = group.next_column().unwrap().unwrap();
        let written = match values {
            Values::I64(all) => column.typed::<Int64Type>().write_batch(all, *levels, None),
            Values::I32(all) => column.typed::<Int32Type>().write_batch(all, *levels, None),
            Values::F64(all) => column.typed::<DoubleType>().write_batch(all, *levels, None),
            Values::Text(all) => {
                let all: Vec<_> = all.iter().map(|text| (*text).into()).collect();
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&all, *levels, None)
            }
        };
        written.unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    path
}

#[test]
fn pandas_parquet_holds_the_same_events_as_our_csv() {
    let parquet = read("pandas.parquet", PANDAS).unwrap();
    let csv = Recording::read(&recorded_afternoon(), None).unwrap();
    assert_eq!(parquet.events.len(), 200);
    assert_eq!(parquet.events[..], csv.events[..200]);
    assert!(parquet.notes.sentences().is_empty());
}

#[test]
fn any_unit_of_time_and_any_width_of_number_is_understood() {
    for (unit, factor) in [("MILLIS", 1), ("MICROS", 1_000), ("NANOS", 1_000_000)] {
        for utc in [false, true] {
            let message = format!(
                "message log {{ required int64 TimeStamp (TIMESTAMP({unit},{utc})); \
                 required binary DeviceId (UTF8); required int32 EventId; required double Parameter; }}"
            );
            let path = parquet(
                "unit.parquet",
                &message,
                &[
                    (
                        Values::I64(vec![NOON_MS * factor, (NOON_MS + 1300) * factor]),
                        None,
                    ),
                    (Values::Text(vec!["main-4th", "main-4th"]), None),
                    (Values::I32(vec![82, 81]), None),
                    (Values::F64(vec![37.0, 37.0]), None),
                ],
            );
            let recording = Recording::read(&path, None).unwrap();
            assert_eq!(recording.device, "main-4th");
            assert_eq!(
                recording.events[1].at.to_string(),
                "2024-04-15 12:00:01.3",
                "{unit}"
            );
            assert_eq!(recording.notes.zone_ignored, utc);
        }
    }
}

#[test]
fn times_as_text_are_understood_and_bare_numbers_are_not() {
    let rest = [
        (Values::I64(vec![1136]), None),
        (Values::I64(vec![82]), None),
        (Values::I64(vec![37]), None),
    ];
    let message = |kind: &str| {
        format!(
            "message log {{ required {kind}; required int64 DeviceId; \
             required int64 EventId; required int64 Parameter; }}"
        )
    };
    let mut columns = vec![(Values::Text(vec!["2024-04-15 12:00:00.5"]), None)];
    columns.extend(rest);
    let path = parquet(
        "text.parquet",
        &message("binary TimeStamp (UTF8)"),
        &columns,
    );
    let recording = Recording::read(&path, None).unwrap();
    assert_eq!(recording.events[0].at.0, NOON_MS + 500);
    columns[0] = (Values::I64(vec![NOON_MS]), None);
    let path = parquet("number.parquet", &message("int64 TimeStamp"), &columns);
    let error = Recording::read(&path, None).unwrap_err().to_string();
    assert!(
        error.contains("row 1, column TimeStamp: found 1713182400000; allowed: 2024"),
        "{error}"
    );
}

#[test]
fn nulls_are_reported_by_row_and_column() {
    let message = "message log { optional int64 TimeStamp (TIMESTAMP(MICROS,false)); \
         optional int64 DeviceId; optional int64 EventId; optional int64 Parameter; }";
    let path = parquet(
        "nulls.parquet",
        message,
        &[
            (
                Values::I64(vec![NOON_MS * 1000, NOON_MS * 1000]),
                Some(&[1, 1, 0]),
            ),
            (Values::I64(vec![1, 1, 1]), Some(&[1, 1, 1])),
            (Values::I64(vec![82, 82]), Some(&[1, 0, 1])),
            (Values::I64(vec![4, 4, 4]), Some(&[1, 1, 1])),
        ],
    );
    let error = Recording::read(&path, None).unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 2, "{error}");
    assert!(lines[0].contains("row 2, column EventId: found nothing"));
    assert!(lines[1].contains("row 3, column TimeStamp: found nothing"));
}

#[test]
fn a_parquet_with_wrong_columns_is_refused_in_words() {
    let path = parquet(
        "wrong.parquet",
        "message log { required int64 TimeStamp; required int64 DeviceId; required int64 Phase; }",
        &[
            (Values::I64(vec![1]), None),
            (Values::I64(vec![1]), None),
            (Values::I64(vec![1]), None),
        ],
    );
    let error = Recording::read(&path, None).unwrap_err().to_string();
    assert!(
        error.contains("column EventId: found no such column among: TimeStamp, DeviceId, Phase")
    );
    assert!(error.contains("column Parameter: found no such column"));
}

#[test]
fn a_parquet_cut_off_or_made_up_is_refused() {
    for content in [
        &PANDAS[..PANDAS.len() / 2],
        b"PAR1",
        b"PAR1 not really PAR1",
    ] {
        let error = read("cut.parquet", content).unwrap_err().to_string();
        assert!(
            error.contains("allowed: a whole, undamaged Parquet file"),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_parquet_is_answered(
        damage in prop::collection::vec((0..PANDAS.len(), any::<u8>()), 1..8),
    ) {
        let mut bytes = PANDAS.to_vec();
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        match read("damaged.parquet", &bytes) {
            Ok(recording) => prop_assert!(!recording.events.is_empty()),
            Err(error) => prop_assert!(!error.problems.is_empty()),
        }
    }
}
