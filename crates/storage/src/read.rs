//! Reading rows back: one file, chosen columns, on a blocking thread.

use std::fs::File;
use std::path::Path;

use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::StorageError;

/// Rows per batch when reading.
const READ_ROWS: usize = 64 * 1024;

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
