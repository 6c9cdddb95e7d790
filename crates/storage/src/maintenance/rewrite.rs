//! Several files into one, row group after row group. Nothing damaged is copied: each file is compared with its name and its log entry first.

use std::path::Path;
use std::sync::Arc;

use arrow::array::new_null_array;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::encode::{self, Encoded, RowGroups};
use crate::error::StorageError;
use crate::table::DataFile;

/// Rows per batch when copying: payloads can be large.
const COPY_ROWS: usize = 8 * 1024;

/// Why a group was not rewritten.
#[derive(Debug)]
pub(super) enum Refused {
    /// This file of it is damaged.
    Damaged { path: String, reason: String },
    /// Something else went wrong.
    Failed(StorageError),
}

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        Self::Failed(error)
    }
}

/// All rows of the group, file after file. Blocking.
pub(super) fn rewrite(root: &Path, table: &str, group: &[DataFile], most_bytes: usize, at_millis: i64) -> Result<Encoded, Refused> {
    let mut out = RowGroups::create(table, group.first().and_then(|file| file.event_date), most_bytes)?;
    let schema = encode::file_schema(table)?;
    for file in group {
        copy(root, file, &schema, &mut out)?;
    }
    Ok(out.finish(at_millis)?)
}

fn copy(root: &Path, file: &DataFile, schema: &SchemaRef, out: &mut RowGroups) -> Result<(), Refused> {
    let damaged = |reason: String| Refused::Damaged { path: file.path.clone(), reason };
    let path = root.join(&file.path);
    let bytes = Bytes::from(std::fs::read(&path).map_err(|cause| damaged(cause.to_string()))?);
    if encode::checksum_in(&file.path, &bytes) == Some(false) {
        return Err(damaged("its bytes are not those it was stored with".into()));
    }
    let unreadable = |cause: &dyn std::fmt::Display| damaged(cause.to_string());
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|cause| unreadable(&cause))?.with_batch_size(COPY_ROWS);
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    let mut rows = 0;
    for batch in builder.with_projection(mask).build().map_err(|cause| unreadable(&cause))? {
        let batch = batch.map_err(|cause| unreadable(&cause))?;
        rows += batch.num_rows() as u64;
        out.push(conform(&batch, schema)?)?;
    }
    match file.rows {
        Some(told) if told != rows => Err(damaged(format!("it holds {rows} rows, the log says {told}"))),
        _ => Ok(()),
    }
}

/// The table's columns in order; those that were added after the file was written are NULL.
fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StorageError> {
    let column = |field: &Arc<arrow::datatypes::Field>| {
        batch.column_by_name(field.name()).cloned().unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
    };
    Ok(RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())?)
}
