//! One file written row group after row group, so that no more than one of them is held as rows.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::{Encoded, OpenFile, ROW_GROUP_ROWS, encode_row_group, file_schema};
use crate::error::StorageError;

/// A file in the making.
pub(crate) struct RowGroups {
    table: String,
    schema: SchemaRef,
    event_date: Option<i32>,
    /// Bytes of rows in memory at which a row group ends.
    most_bytes: usize,
    file: OpenFile,
    written: usize,
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl RowGroups {
    pub(crate) fn create(table: &str, event_date: Option<i32>, most_bytes: usize) -> Result<Self, StorageError> {
        let schema = file_schema(table)?;
        let file = OpenFile::create(table, &schema)?;
        let (table, waiting) = (table.to_owned(), Vec::new());
        Ok(Self { table, schema, event_date, most_bytes, file, written: 0, waiting, rows: 0, bytes: 0 })
    }

    /// Adds rows. Columns are in the order of the table's files.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), StorageError> {
        if self.rows + batch.num_rows() > ROW_GROUP_ROWS {
            self.flush()?;
        }
        self.rows += batch.num_rows();
        self.bytes += batch.get_array_memory_size();
        self.waiting.push(batch);
        if self.bytes >= self.most_bytes { self.flush() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self, at_millis: i64) -> Result<Encoded, StorageError> {
        self.flush()?;
        self.file.finish(&self.table, &self.schema, self.event_date, at_millis)
    }

    fn flush(&mut self) -> Result<(), StorageError> {
        let batches = std::mem::take(&mut self.waiting);
        (self.rows, self.bytes) = (0, 0);
        if batches.is_empty() {
            return Ok(());
        }
        let writers = self.file.factory.create_column_writers(self.written)?;
        self.written += 1;
        self.file.append(encode_row_group(&self.schema, &batches, writers)?)
    }
}
