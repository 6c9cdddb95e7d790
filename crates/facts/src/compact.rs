//! Small files of a fact table become few, without a fold. The fold does the same by itself once there are too many; this is for a lake that
//! shall be tidy now.

use arrow::array::UInt32Array;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::record_batch::RecordBatch;
use tokio::runtime::Handle;
use trunkline_storage::{Compacted, DataFile, Lake, TableChange, schema};

use crate::error::FactsError;
use crate::files::FileWriter;
use crate::keep;

/// Columns by which rows of the fact tables are in order; each table has some of them.
const TIMES: &[&str] = &["started_at", "enqueued_at", "offered_at", "accepted_at", "asked_at", "occurred_at", "ended_at"];

/// Rewrites the small files of a fact table together, in time order; the rows stay as they are, and so does the version of the log the table
/// stands at. With `is_dry_run` it only says what would be done.
///
/// # Errors
/// A name that is no fact table; [`trunkline_storage::StorageError::Fenced`] when another process folded meanwhile; reading and writing errors.
pub async fn compact(lake: &Lake, table: &str, is_dry_run: bool) -> Result<Compacted, FactsError> {
    let Some(name) = schema::FACT_TABLES.iter().copied().find(|name| *name == table) else {
        return Err(FactsError::UnknownTable { table: table.to_owned() });
    };
    let handle = lake.handle(name).await?;
    let small = keep::small_files(handle.table().files(), 1);
    let removed: Vec<DataFile> = handle.table().files().iter().filter(|file| small.contains(&file.path)).cloned().collect();
    let bytes = |files: &[DataFile]| files.iter().map(|file| file.size).sum::<u64>();
    let (files_before, bytes_before) = (handle.table().files().len() as u64, bytes(handle.table().files()));
    let mut out = Compacted { table: name.to_owned(), files_before, files_after: files_before, bytes_before, ..Compacted::default() };
    out.bytes_after = bytes_before;
    let rows = removed.iter().filter_map(|file| file.rows).sum::<u64>();
    // As many files at most as a full one holds rows, and at least one.
    let planned = rows.div_ceil(crate::shelf::FILE_ROWS as u64).max(1);
    if (removed.len() as u64) <= planned {
        return Ok(out);
    }
    if is_dry_run {
        out.files_after = files_before - removed.len() as u64 + planned;
        return Ok(out);
    }
    let (shared, runtime, files) = (lake.clone(), Handle::current(), removed.clone());
    let added = keep::blocking(move || {
        let writer = FileWriter::new(&shared, runtime);
        let underway = sorted(&shared, name, &files)?.into_iter().map(|rows| writer.write(name, rows)).collect::<Result<Vec<_>, _>>()?;
        underway.into_iter().map(|file| writer.finish(name, file)).collect::<Result<Vec<_>, FactsError>>()
    })
    .await?;
    out.files_after = files_before - removed.len() as u64 + added.len() as u64;
    out.bytes_after = bytes_before - bytes(&removed) + added.iter().map(|file| file.file().size).sum::<u64>();
    handle.rewrite(TableChange { removed, added }).await?;
    Ok(out)
}

/// All rows of the files in time order, in pieces that each fill a file. Blocking.
fn sorted(lake: &Lake, name: &str, files: &[DataFile]) -> Result<Vec<RecordBatch>, FactsError> {
    let arrow = schema::arrow_schema(name).ok_or_else(|| FactsError::UnknownTable { table: name.to_owned() })?;
    let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
    let mut batches = Vec::new();
    for file in files {
        lake.read_file(file, &names, |batch| {
            batches.push(batch);
            Ok(())
        })?;
    }
    let rows = concat_batches(&arrow, &batches)?;
    drop(batches);
    let by: Vec<SortColumn> = TIMES
        .iter()
        .filter_map(|column| rows.column_by_name(column))
        .map(|column| SortColumn { values: column.clone(), options: None })
        .collect();
    let order = lexsort_to_indices(&by, None)?;
    let pieces = order.len().div_ceil(crate::shelf::FILE_ROWS).max(1);
    let step = order.len().div_ceil(pieces).max(1);
    (0..order.len())
        .step_by(step)
        .map(|start| {
            let part: UInt32Array = order.slice(start, step.min(order.len() - start));
            Ok(take_record_batch(&rows, &part)?)
        })
        .collect()
}
