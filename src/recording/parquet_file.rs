//! Rows of a Parquet file, as pandas, DuckDB, Spark and the `atspm` package write them.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::basic::ConvertedType;
use parquet::basic::LogicalType;
use parquet::basic::TimeUnit;
use parquet::column::reader::ColumnReader;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::reader::RowGroupReader;
use parquet::file::reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;

use super::collect::{Cell, Collector};
use super::columns;
use super::columns::COLUMNS;
use super::error::Problem;

/// Rows read at a time.
const BATCH: usize = 4096;

/// Feeds every row to the collector. The library checks most but not all of a damaged file before it
/// indexes into it, so a panic inside it is taken as what it means: the file is damaged.
pub(super) fn read(path: &Path, into: &mut Collector) {
    let outcome = catch_unwind(AssertUnwindSafe(|| read_checked(path, into)));
    let message = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "a damaged file".to_owned(),
    };
    into.complain(Problem::of_file(message, "a whole, undamaged Parquet file"));
}

fn read_checked(path: &Path, into: &mut Collector) -> Result<(), ParquetError> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<String> = schema
        .columns()
        .iter()
        .map(|column| column.path().string())
        .collect();
    let places = match columns::find(&names) {
        Ok(places) => places,
        Err(problems) => {
            problems
                .into_iter()
                .for_each(|problem| into.complain(problem));
            return Ok(());
        }
    };
    let mut scale = Scale::None;
    for (place, column) in places.into_iter().zip(COLUMNS) {
        let described = schema.column(place);
        if described.max_rep_level() > 0 {
            complain_about_type(column, "a list", "one value per row", into);
            return Ok(());
        }
        if column == "TimeStamp" {
            scale = Scale::of(&described);
            if scale.is_marked_utc(&described) {
                into.zone_ignored();
            }
        }
    }
    let mut row = 0;
    for group in 0..reader.num_row_groups() {
        read_group(
            &*reader.get_row_group(group)?,
            places,
            scale,
            &mut row,
            into,
        )?;
    }
    Ok(())
}

fn complain_about_type(column: &'static str, found: &str, allowed: &str, into: &mut Collector) {
    into.complain(Problem {
        row: None,
        column: Some(column),
        found: found.to_owned(),
        allowed: allowed.to_owned(),
    });
}

/// How a 64-bit time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    None,
    Millis,
    Micros,
    Nanos,
}

impl Scale {
    fn of(column: &ColumnDescriptor) -> Self {
        if let Some(LogicalType::Timestamp(stamp)) = column.logical_type_ref() {
            return match stamp.unit {
                TimeUnit::MILLIS => Self::Millis,
                TimeUnit::MICROS => Self::Micros,
                TimeUnit::NANOS => Self::Nanos,
            };
        }
        let old_style = column.converted_type();
        if old_style == ConvertedType::TIMESTAMP_MILLIS {
            Self::Millis
        } else if old_style == ConvertedType::TIMESTAMP_MICROS {
            Self::Micros
        } else {
            Self::None
        }
    }

    fn is_marked_utc(self, column: &ColumnDescriptor) -> bool {
        match column.logical_type_ref() {
            Some(LogicalType::Timestamp(stamp)) => stamp.is_adjusted_to_u_t_c,
            _ => self != Self::None,
        }
    }

    fn cell(self, value: i64) -> Cell<'static> {
        match self {
            Self::None => Cell::Whole(value),
            Self::Millis => Cell::Time(value),
            Self::Micros => Cell::Time(value.div_euclid(1_000)),
            Self::Nanos => Cell::Time(value.div_euclid(1_000_000)),
        }
    }
}

fn read_group(
    group: &dyn RowGroupReader,
    places: [usize; 4],
    scale: Scale,
    row: &mut u64,
    into: &mut Collector,
) -> Result<(), ParquetError> {
    let mut columns = Vec::new();
    for (at, place) in places.into_iter().enumerate() {
        let nullable = group
            .metadata()
            .column(place)
            .column_descr()
            .max_def_level();
        let scale = if at == 0 { scale } else { Scale::None };
        columns.push(Column {
            reader: group.get_column_reader(place)?,
            nullable,
            scale,
        });
    }
    loop {
        let mut batches = Vec::new();
        for column in &mut columns {
            batches.push(column.batch()?);
        }
        let rows = batches.iter().map(Vec::len).max().unwrap_or(0);
        if rows == 0 || into.is_full() {
            return Ok(());
        }
        if batches.iter().any(|batch| batch.len() != rows) {
            return Err(ParquetError::General("columns of different length".into()));
        }
        for at in 0..rows {
            *row += 1;
            let mut cells = [Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing];
            for (cell, batch) in cells.iter_mut().zip(&batches) {
                *cell = batch.get(at).map_or(Cell::Missing, Value::cell);
            }
            into.row(*row, &cells);
        }
    }
}

/// One value, owning its text.
enum Value {
    Plain(Cell<'static>),
    Text(Vec<u8>),
}

impl Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Plain(cell) => cell.clone(),
            Self::Text(bytes) => std::str::from_utf8(bytes).map_or(Cell::NotText, Cell::Text),
        }
    }
}

struct Column {
    reader: ColumnReader,
    nullable: i16,
    scale: Scale,
}

impl Column {
    /// The next values of the column; empty at its end.
    fn batch(&mut self) -> Result<Vec<Value>, ParquetError> {
        let (nullable, scale) = (self.nullable, self.scale);
        match &mut self.reader {
            ColumnReader::Int32ColumnReader(reader) => values(reader, nullable, |value| {
                Value::Plain(scale.cell(i64::from(*value)))
            }),
            ColumnReader::Int64ColumnReader(reader) => {
                values(reader, nullable, |value| Value::Plain(scale.cell(*value)))
            }
            ColumnReader::Int96ColumnReader(reader) => values(reader, nullable, |value| {
                Value::Plain(Cell::Time(value.to_millis()))
            }),
            ColumnReader::FloatColumnReader(reader) => values(reader, nullable, |value| {
                Value::Plain(Cell::Decimal(f64::from(*value)))
            }),
            ColumnReader::DoubleColumnReader(reader) => values(reader, nullable, |value| {
                Value::Plain(Cell::Decimal(*value))
            }),
            ColumnReader::ByteArrayColumnReader(reader) => {
                values(reader, nullable, |value| Value::Text(value.data().to_vec()))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                values(reader, nullable, |value| Value::Text(value.data().to_vec()))
            }
            ColumnReader::BoolColumnReader(reader) => values(reader, nullable, |value| {
                Value::Plain(Cell::Whole(i64::from(*value)))
            }),
        }
    }
}

fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    nullable: i16,
    value: impl Fn(&T::T) -> Value,
) -> Result<Vec<Value>, ParquetError> {
    let mut present = Vec::new();
    let mut levels = Vec::new();
    let (rows, _, _) = reader.read_records(BATCH, Some(&mut levels), None, &mut present)?;
    if nullable == 0 {
        return Ok(present.iter().map(value).collect());
    }
    let mut present = present.iter();
    Ok(levels
        .iter()
        .take(rows)
        .map(|&level| {
            let here = if level == nullable {
                present.next()
            } else {
                None
            };
            here.map_or(Value::Plain(Cell::Missing), &value)
        })
        .collect())
}
