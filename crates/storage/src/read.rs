//! Reading rows back: one file, chosen columns, on a blocking thread.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::file::metadata::PageIndexPolicy;

use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::DataFile;

/// Rows per batch when reading.
const READ_ROWS: usize = 64 * 1024;

/// Text columns that the log keeps without a dictionary, so that reading them as one would cost making it.
const UNIQUE_TEXT: &[&str] = &["event_id", "data", "contact_id", "subject", "customer_key"];

/// Which rows of a file to read.
#[derive(Debug, Clone, Copy)]
pub enum Pick<'a> {
    /// All of them.
    All,
    /// One flag per row of the file: those flagged true. Pages without one are not decoded.
    Rows(&'a [BooleanArray]),
    /// Every `of`-th row group, beginning with number `part`: for sharing a file between threads.
    Part {
        /// From 0 on.
        part: usize,
        /// Number of parts.
        of: usize,
    },
}

/// Reads a Parquet file, one batch at a time. Columns come in the file's order, whatever the order of `columns`.
pub(crate) fn for_each_batch<F>(path: &Path, columns: &[&str], mut each: F) -> Result<(), StorageError>
where
    F: FnMut(RecordBatch) -> Result<(), StorageError>,
{
    let file = File::open(path).map_err(StorageError::io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(READ_ROWS);
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    for batch in builder.with_projection(mask).build()? {
        each(batch?)?;
    }
    Ok(())
}

/// Rows per batch where a row may be large.
const LARGE_ROWS: usize = 8 * 1024;

/// Reads all columns of one row group; false when the file has none of that number.
pub(crate) fn row_group<F>(path: &Path, group: usize, mut each: F) -> Result<bool, StorageError>
where
    F: FnMut(RecordBatch) -> Result<(), StorageError>,
{
    let file = File::open(path).map_err(StorageError::io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(LARGE_ROWS);
    if group >= builder.metadata().num_row_groups() {
        return Ok(false);
    }
    for batch in builder.with_row_groups(vec![group]).build()? {
        each(batch?)?;
    }
    Ok(true)
}

impl Lake {
    /// Reads like [`Lake::read_file`], but text that repeats comes as `Dictionary(Int32, Utf8)` and text that does not (ids of events, contacts
    /// and customers, payloads) as `Utf8View`: nothing is copied that the file holds once.
    ///
    /// # Errors
    /// When the file cannot be read, or `each` fails.
    pub fn read_compact<F>(&self, file: &DataFile, columns: &[&str], pick: Pick<'_>, mut each: F) -> Result<(), StorageError>
    where
        F: FnMut(RecordBatch) -> Result<(), StorageError>,
    {
        let path = self.root().join(&file.path);
        let file = File::open(&path).map_err(StorageError::io(&path))?;
        let pages = if matches!(pick, Pick::Rows(_)) { PageIndexPolicy::Optional } else { PageIndexPolicy::Skip };
        let options = || ArrowReaderOptions::new().with_column_index_policy(PageIndexPolicy::Skip).with_offset_index_policy(pages);
        let plain = ArrowReaderMetadata::load(&file, options())?;
        let compact = compact(plain.schema());
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options().with_schema(Arc::new(compact)))?;
        // Few rows of many pages: in small batches no more than a few pages are held at once.
        let rows = if matches!(pick, Pick::Rows(_)) { LARGE_ROWS } else { READ_ROWS };
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).with_batch_size(rows);
        match pick {
            Pick::All => {}
            Pick::Rows(rows) => builder = builder.with_row_selection(RowSelection::from_filters(rows)),
            Pick::Part { part, of } => {
                let groups = (part..builder.metadata().num_row_groups()).step_by(of.max(1)).collect();
                builder = builder.with_row_groups(groups);
            }
        }
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        for batch in builder.with_projection(mask).build()? {
            each(batch?)?;
        }
        Ok(())
    }
}

/// The same columns, text by what it repeats.
fn compact(schema: &Schema) -> Schema {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 if UNIQUE_TEXT.contains(&field.name().as_str()) => field.as_ref().clone().with_data_type(DataType::Utf8View),
        DataType::Utf8 => {
            let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            field.as_ref().clone().with_data_type(dictionary)
        }
        _ => field.as_ref().clone(),
    };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
}
