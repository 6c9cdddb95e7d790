//! Rows to Parquet: one file per partition, row groups encoded side by side on several threads, and the `add` action for the log.

mod groups;
mod name;
mod properties;
mod stats;

use std::collections::HashMap;
use std::sync::Mutex;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use deltalake_core::kernel::Add;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::file::writer::SerializedFileWriter;

use crate::error::StorageError;
use crate::schema;
use crate::table::format_day;
pub(crate) use groups::RowGroups;
pub(crate) use name::checksum_in;

/// Rows per row group at most: large enough to compress, small enough to prune and to spread over threads.
pub(crate) const ROW_GROUP_ROWS: usize = 128 * 1024;

/// What goes into one file: batches without the partition column.
#[derive(Debug)]
pub(crate) struct FileRows {
    /// Partition value, days since 1970-01-01.
    pub(crate) event_date: Option<i32>,
    /// Each becomes one row group (or several, when it is too long).
    pub(crate) batches: Vec<RecordBatch>,
}

/// A file ready to be stored.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) bytes: Bytes,
    pub(crate) add: Add,
}

/// The schema of a table's files: without partition columns.
pub(crate) fn file_schema(table: &str) -> Result<SchemaRef, StorageError> {
    let schema = schema::arrow_schema(table).ok_or_else(|| StorageError::UnknownTable { table: table.to_owned() })?;
    let keep: Vec<usize> =
        (0..schema.fields().len()).filter(|&i| !schema::partition_columns(table).contains(&schema.field(i).name().as_str())).collect();
    Ok(SchemaRef::new(schema.project(&keep)?))
}

/// Encodes files of one table on `threads` threads. Blocking: call it on a blocking thread.
pub(crate) fn encode(table: &str, files: Vec<FileRows>, threads: usize, at_millis: i64) -> Result<Vec<Encoded>, StorageError> {
    let schema = file_schema(table)?;
    let mut open = Vec::with_capacity(files.len());
    let mut tasks = Vec::new();
    for (file, rows) in files.iter().enumerate() {
        let writer = OpenFile::create(table, &schema)?;
        for (ordinal, batch) in row_groups(&rows.batches).into_iter().enumerate() {
            tasks.push((file, ordinal, batch, writer.factory.create_column_writers(ordinal)?));
        }
        open.push(writer);
    }
    let queue = Mutex::new(tasks);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some((file, ordinal, batch, writers)) = lock(&queue).pop() {
                    let chunks = encode_row_group(&schema, std::slice::from_ref(&batch), writers);
                    lock(&done).push((file, ordinal, chunks));
                }
            });
        }
    });
    let mut groups = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    groups.sort_by_key(|(file, ordinal, _)| (*file, *ordinal));
    for (file, _, chunks) in groups {
        open[file].append(chunks?)?;
    }
    open.into_iter().zip(files).map(|(writer, rows)| writer.finish(table, &schema, rows.event_date, at_millis)).collect()
}

type Writers = Vec<parquet::arrow::arrow_writer::ArrowColumnWriter>;

/// One row group of all the batches. Every column of our tables is flat, so there is one leaf and one writer per column; a column that is
/// written needs no rows side by side, so nothing is copied together first.
fn encode_row_group(schema: &SchemaRef, batches: &[RecordBatch], mut writers: Writers) -> Result<Vec<ArrowColumnChunk>, StorageError> {
    for (i, (field, writer)) in schema.fields().iter().zip(writers.iter_mut()).enumerate() {
        for batch in batches {
            for leaf in compute_leaves(field, batch.column(i))? {
                writer.write(&leaf)?;
            }
        }
    }
    Ok(writers.into_iter().map(parquet::arrow::arrow_writer::ArrowColumnWriter::close).collect::<Result<_, _>>()?)
}

fn row_groups(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let mut out = Vec::new();
    for batch in batches {
        let pieces = batch.num_rows().div_ceil(ROW_GROUP_ROWS).max(1);
        let rows = batch.num_rows().div_ceil(pieces);
        for start in (0..batch.num_rows()).step_by(rows.max(1)) {
            out.push(batch.slice(start, rows.min(batch.num_rows() - start)));
        }
    }
    out
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

struct OpenFile {
    writer: SerializedFileWriter<Vec<u8>>,
    factory: ArrowRowGroupWriterFactory,
}

impl OpenFile {
    fn create(table: &str, schema: &SchemaRef) -> Result<Self, StorageError> {
        let parquet_schema = ArrowSchemaConverter::new().convert(schema)?;
        let writer = SerializedFileWriter::new(Vec::new(), parquet_schema.root_schema_ptr(), properties::of(table).into())?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, schema.clone());
        Ok(Self { writer, factory })
    }

    fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<(), StorageError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    fn finish(mut self, table: &str, schema: &SchemaRef, event_date: Option<i32>, at_millis: i64) -> Result<Encoded, StorageError> {
        let metadata = self.writer.finish()?;
        let stats = stats::of(&metadata, schema);
        // A finished writer cannot be taken apart, but it has flushed everything into its buffer.
        let bytes = Bytes::from(std::mem::take(self.writer.inner_mut()));
        let name = name::of(&bytes);
        let day = event_date.map(format_day);
        let path = day.as_ref().map_or_else(|| name.clone(), |day| format!("{}={day}/{name}", schema::EVENT_DATE));
        let partition_values = match schema::partition_columns(table) {
            [column] => HashMap::from([((*column).to_owned(), day)]),
            _ => HashMap::new(),
        };
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let add =
            Add { path, partition_values, size, modification_time: at_millis, data_change: true, stats: Some(stats), ..Add::default() };
        Ok(Encoded { bytes, add })
    }
}
