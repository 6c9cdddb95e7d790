//! Files against their log: each is there, whole, byte for byte as it was stored, and holds what its log entry says. Only reads.

use std::collections::HashMap;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::append::blocking;
use crate::encode;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::{ColumnRange, DataFile, StatValue};

/// Rows per batch.
const CHECK_ROWS: usize = 8 * 1024;

/// What was found in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The table.
    pub table: String,
    /// Version that was looked at.
    pub version: u64,
    /// Files.
    pub files: u64,
    /// Rows, as the log says.
    pub rows: u64,
    /// Bytes, as the log says.
    pub bytes: u64,
    /// Damaged files, with what is wrong.
    pub damaged: Vec<String>,
}

impl Lake {
    /// Reads every file of a table at its newest version and compares it with the log. Needs no lock.
    ///
    /// # Errors
    /// When the log itself cannot be read. Damaged files are no error but the result.
    pub async fn check_files(&self, table: &str) -> Result<Checked, StorageError> {
        let table = self.table(table).await?;
        let mut out = Checked { table: table.name().to_owned(), version: table.version(), ..Checked::default() };
        out.files = table.files().len() as u64;
        out.rows = table.files().iter().filter_map(|file| file.rows).sum();
        out.bytes = table.files().iter().map(|file| file.size).sum();
        let root = self.root().to_owned();
        out.damaged = blocking(move || {
            let wrong = |file: &DataFile| check(&root, file).err().map(|reason| format!("`{}`: {reason}", file.path));
            Ok(table.files().iter().filter_map(wrong).collect())
        })
        .await?;
        Ok(out)
    }
}

/// What is wrong with a file. Blocking.
fn check(root: &Path, file: &DataFile) -> Result<(), String> {
    let bytes = Bytes::from(std::fs::read(root.join(&file.path)).map_err(|cause| cause.to_string())?);
    if bytes.len() as u64 != file.size {
        return Err(format!("{} bytes, the log says {}", bytes.len(), file.size));
    }
    if encode::checksum_in(&file.path, &bytes) == Some(false) {
        return Err("its bytes are not those it was stored with".into());
    }
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|cause| cause.to_string())?;
    let reader = builder.with_batch_size(CHECK_ROWS).build().map_err(|cause| cause.to_string())?;
    let (mut rows, mut nulls): (u64, HashMap<String, u64>) = (0, HashMap::new());
    for batch in reader {
        let batch = batch.map_err(|cause| cause.to_string())?;
        rows += batch.num_rows() as u64;
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            *nulls.entry(field.name().clone()).or_default() += column.null_count() as u64;
            if let Some(range) = file.ranges.get(field.name()) {
                within(field.name(), column, range)?;
            }
        }
    }
    if let Some(told) = file.rows.filter(|&told| told != rows) {
        return Err(format!("{rows} rows, the log says {told}"));
    }
    for (column, &found) in &nulls {
        if let Some(told) = file.ranges.get(column).and_then(|range| range.nulls).filter(|&told| told != found) {
            return Err(format!("{found} NULLs in column `{column}`, the log says {told}"));
        }
    }
    Ok(())
}

/// Whether all values lie where the log says; a bound of text may be cut.
fn within(name: &str, column: &dyn Array, range: &ColumnRange) -> Result<(), String> {
    let numbers: Option<(i64, i64)> = match column.data_type() {
        DataType::Int64 => bounds(column.as_primitive::<Int64Type>().iter().flatten()),
        DataType::Int32 => bounds(column.as_primitive::<Int32Type>().iter().flatten().map(i64::from)),
        DataType::Timestamp(..) => column.as_primitive_opt::<TimestampMicrosecondType>().and_then(|at| bounds(at.iter().flatten())),
        _ => None,
    };
    let number = |value: &StatValue| match value {
        StatValue::Int(value) | StatValue::Instant(value) => Some(*value),
        _ => None,
    };
    let text = column.as_string_opt::<i32>().and_then(|text| bounds(text.iter().flatten()));
    let words = |value: &StatValue| match value {
        StatValue::Text(value) => Some(value.clone()),
        _ => None,
    };
    let (low, high) = (range.min.as_ref(), range.max.as_ref());
    let is_outside = numbers.is_some_and(|(least, most)| {
        low.and_then(number).is_some_and(|low| least < low) || high.and_then(number).is_some_and(|high| most > high)
    }) || text.is_some_and(|(least, most)| {
        low.and_then(words).is_some_and(|low| least < low.as_str()) || high.and_then(words).is_some_and(|high| most > high.as_str())
    });
    if is_outside { Err(format!("column `{name}` holds values beyond the bounds that the log gives")) } else { Ok(()) }
}

fn bounds<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<(T, T)> {
    values.fold(None, |found, value| Some(found.map_or((value, value), |(least, most): (T, T)| (least.min(value), most.max(value)))))
}
