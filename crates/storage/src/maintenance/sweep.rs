//! What goes: files that left their table long enough ago, what crashed writers left behind, entries of the log that a checkpoint covers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use deltalake_core::DeltaTable;
use deltalake_core::operations::vacuum::{Clock, VacuumMode};

use super::MIN_RETENTION;
use crate::append::blocking;
use crate::durable::is_staged;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::log;

/// Files that a vacuum deleted, or would delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// The table.
    pub table: String,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What became of a table's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpointed {
    /// The table.
    pub table: String,
    /// Version of the newest checkpoint.
    pub version: u64,
    /// Commits since the one before; 0 when there was one of this version.
    pub commits: u64,
    /// Log entries deleted: older than the table's log retention (30 days) and behind a checkpoint.
    pub expired: u64,
}

#[derive(Debug)]
struct At(i64);

impl Clock for At {
    fn current_timestamp_millis(&self) -> i64 {
        self.0
    }
}

/// Deletes files of the table's folder that are in no version younger than the retention, which [`MIN_RETENTION`] bounds from below.
/// Files that no version names go by their own age. `now`: milliseconds since the Unix epoch.
pub(crate) async fn vacuum(lake: &Lake, name: &str, retention: Duration, is_dry_run: bool, now: i64) -> Result<Vacuumed, StorageError> {
    let table = lake.delta(name).await?;
    let retention = chrono::Duration::from_std(retention.max(MIN_RETENTION)).unwrap_or(chrono::Duration::MAX);
    let run = |table: DeltaTable, is_dry_run| {
        let vacuum = table.vacuum().with_mode(VacuumMode::Full).with_retention_period(retention).with_dry_run(is_dry_run);
        vacuum.with_enforce_retention_duration(false).with_clock(Arc::new(At(now)))
    };
    let (table, found) = run(table, true).await?;
    let size = |file: &String| std::fs::metadata(lake.root().join(name).join(file)).map_or(0, |meta| meta.len());
    let there: Vec<u64> = found.files_deleted.iter().map(size).filter(|&bytes| bytes > 0).collect();
    let (folder, oldest) = (lake.root().join(name), now.saturating_sub(retention.num_milliseconds()));
    let staged = blocking(move || {
        let mut found = Vec::new();
        find_staged(&folder, oldest, &mut found)?;
        if !is_dry_run {
            found.iter().try_for_each(|(path, _)| std::fs::remove_file(path).map_err(StorageError::io(path)))?;
        }
        Ok(found)
    })
    .await?;
    let bytes = there.iter().sum::<u64>() + staged.iter().map(|(_, bytes)| bytes).sum::<u64>();
    if !is_dry_run && !there.is_empty() {
        run(table, false).await?;
    }
    Ok(Vacuumed { table: name.to_owned(), files: (there.len() + staged.len()) as u64, bytes })
}

/// What writers that died before they were done left in a folder and those below it before `oldest` (milliseconds since the Unix epoch), with
/// its bytes: no version names it, and no listing shows it. Blocking.
fn find_staged(folder: &Path, oldest: i64, found: &mut Vec<(PathBuf, u64)>) -> Result<(), StorageError> {
    for entry in std::fs::read_dir(folder).map_err(StorageError::io(folder))? {
        let entry = entry.map_err(StorageError::io(folder))?;
        // One that is gone by now was no left-over.
        let Ok(meta) = entry.metadata() else { continue };
        let age = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        if meta.is_dir() {
            find_staged(&entry.path(), oldest, found)?;
        } else if is_staged(&entry.file_name().to_string_lossy())
            && age.is_some_and(|age| i64::try_from(age.as_millis()).is_ok_and(|at| at < oldest))
        {
            found.push((entry.path(), meta.len()));
        }
    }
    Ok(())
}

/// Writes a checkpoint if `least` commits passed since the last, and deletes what of the log is expired.
pub(crate) async fn checkpoint(name: &str, table: &DeltaTable, least: u64) -> Result<Checkpointed, StorageError> {
    let version = table.snapshot()?.version();
    let last = log::last_checkpoint(table).await?;
    let mut out = Checkpointed { table: name.to_owned(), version: last, ..Checkpointed::default() };
    if version - last >= least.max(1) {
        deltalake_core::checkpoints::create_checkpoint(table, None).await?;
        (out.version, out.commits) = (version, version - last);
    }
    out.expired = deltalake_core::checkpoints::cleanup_metadata(table, None).await? as u64;
    Ok(out)
}
