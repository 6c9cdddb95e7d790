//! Reading the Delta log itself: every position in it, the files each commit added, and when to write a checkpoint.

use std::collections::HashMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, Int64Type};
use deltalake_core::DeltaTable;
use deltalake_core::kernel::Action;
use deltalake_core::logstore::get_actions;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::StorageError;
use crate::lake::Lake;
use crate::schema;
use crate::table::DataFile;

/// Commits after which a checkpoint is due.
pub(crate) const CHECKPOINT_COMMITS: u64 = 50;

/// What the log folder holds up to one version.
struct LogFiles {
    /// Newest checkpoint and its files.
    checkpoint: Option<(u64, Vec<Path>)>,
    /// Commits after the checkpoint, ascending.
    commits: Vec<u64>,
}

/// Every application transaction of the table with its version: the newest checkpoint's, then those of later commits.
pub(crate) async fn positions(table: &DeltaTable) -> Result<HashMap<String, i64>, StorageError> {
    positions_at(table, table.snapshot()?.version()).await
}

/// As [`positions`], as of version `upto` of the table.
pub(crate) async fn positions_at(table: &DeltaTable, upto: u64) -> Result<HashMap<String, i64>, StorageError> {
    let files = list(table, upto).await?;
    let mut out = HashMap::new();
    if let Some((_, paths)) = &files.checkpoint {
        for path in paths {
            read_checkpoint(table, path, &mut out).await?;
        }
    }
    for version in files.commits {
        let Some(bytes) = table.log_store().read_commit_entry(version).await? else { continue };
        for line in bytes.split(|&b| b == b'\n').filter(|line| line.starts_with(b"{\"txn\"")) {
            let entry: serde_json::Value = serde_json::from_slice(line)?;
            if let (Some(app), Some(at)) = (entry["txn"]["appId"].as_str(), entry["txn"]["version"].as_i64()) {
                out.insert(app.to_owned(), at);
            }
        }
    }
    Ok(out)
}

/// The files that brought rows in the commits after `from` up to the table's version, whether they are still in the table or have been
/// rewritten since: a rewrite is no news (ADR 0011). `None` when the log no longer reaches back so far, or one of the files is gone.
pub(crate) async fn new_files(lake: &Lake, name: &str, table: &DeltaTable, from: u64) -> Result<Option<Vec<DataFile>>, StorageError> {
    let schema = schema::arrow_schema(name).ok_or_else(|| StorageError::UnknownTable { table: name.to_owned() })?;
    let mut out = Vec::new();
    for version in from + 1..=table.snapshot()?.version() {
        let Some(bytes) = table.log_store().read_commit_entry(version).await? else { return Ok(None) };
        for action in get_actions(version, &bytes)? {
            if let Action::Add(add) = action
                && add.data_change
            {
                out.push(DataFile::of(name, &schema, add));
            }
        }
    }
    let is_there = |file: &DataFile| lake.root().join(&file.path).is_file();
    Ok(out.iter().all(is_there).then_some(out))
}

/// Writes a checkpoint when enough commits passed since the last one.
pub(crate) async fn checkpoint_if_due(table: &DeltaTable) -> Result<(), StorageError> {
    if table.snapshot()?.version().saturating_sub(last_checkpoint(table).await?) >= CHECKPOINT_COMMITS {
        deltalake_core::checkpoints::create_checkpoint(table, None).await?;
        fail::fail_point!("storage::checkpointed", |_| std::process::abort());
    }
    Ok(())
}

/// Version of the newest checkpoint; 0 without one.
pub(crate) async fn last_checkpoint(table: &DeltaTable) -> Result<u64, StorageError> {
    let files = list(table, table.snapshot()?.version()).await?;
    Ok(files.checkpoint.map_or(0, |(version, _)| version))
}

async fn list(table: &DeltaTable, version: u64) -> Result<LogFiles, StorageError> {
    let store = table.object_store();
    let entries: Vec<_> = store.list(Some(&Path::from("_delta_log"))).try_collect().await?;
    let mut checkpoints: HashMap<u64, Vec<Path>> = HashMap::new();
    let mut commits = Vec::new();
    for entry in entries {
        let name = entry.location.filename().unwrap_or_default();
        let Some(number) = name.get(..20).and_then(|digits| digits.parse::<u64>().ok()).filter(|&number| number <= version) else {
            continue;
        };
        if name.contains(".checkpoint") && name.ends_with(".parquet") {
            checkpoints.entry(number).or_default().push(entry.location.clone());
        } else if name.len() == 25 && name.ends_with(".json") {
            commits.push(number);
        }
    }
    let checkpoint = checkpoints.into_iter().max_by_key(|(number, _)| *number);
    let covered = checkpoint.as_ref().map(|(number, _)| *number);
    commits.retain(|&number| covered.is_none_or(|covered| number > covered));
    commits.sort_unstable();
    Ok(LogFiles { checkpoint, commits })
}

async fn read_checkpoint(table: &DeltaTable, path: &Path, out: &mut HashMap<String, i64>) -> Result<(), StorageError> {
    let bytes = table.object_store().get(path).await?.bytes().await?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let Some(root) = builder.schema().fields().iter().position(|field| field.name() == "txn") else { return Ok(()) };
    let mask = ProjectionMask::roots(builder.parquet_schema(), [root]);
    for batch in builder.with_projection(mask).build()? {
        let batch = batch?;
        let Some(txn) = batch.column(0).as_struct_opt() else { continue };
        let (Some(apps), Some(versions)) = (txn.column_by_name("appId"), txn.column_by_name("version")) else { continue };
        let apps = arrow::compute::cast(apps, &arrow::datatypes::DataType::Utf8)?;
        let apps = apps.as_string::<i32>();
        for row in (0..batch.num_rows()).filter(|&row| txn.is_valid(row) && apps.is_valid(row)) {
            let version = match versions.as_primitive_opt::<Int64Type>() {
                Some(longs) => longs.value(row),
                None => versions.as_primitive_opt::<Int32Type>().map_or(0, |ints| i64::from(ints.value(row))),
            };
            out.insert(apps.value(row).to_owned(), version);
        }
    }
    Ok(())
}
