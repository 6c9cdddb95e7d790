//! Maintenance as a command does it: with the writer's lock in hand, while nobody appends.

use std::time::Duration;

use super::{Checkpointed, CompactOptions, Compacted, Vacuumed};
use crate::error::StorageError;
use crate::lake::Lake;
use crate::lock::WriterLock;
use crate::schema;

/// The right to maintain a lake; holds its writer lock until dropped.
#[derive(Debug)]
pub struct Upkeep {
    lake: Lake,
    _lock: WriterLock,
}

impl Lake {
    /// Takes the writer lock for maintenance.
    ///
    /// # Errors
    /// [`StorageError::Locked`] while an appender is open, in this process or another.
    pub fn upkeep(&self) -> Result<Upkeep, StorageError> {
        Ok(Upkeep { lake: self.clone(), _lock: WriterLock::take(self)? })
    }
}

impl Upkeep {
    /// Rewrites small files of a table that the appender writes; fact tables are the fold's.
    ///
    /// # Errors
    /// An unknown table, or one of facts; what reading or writing can give. What was committed before the error stays.
    pub async fn compact(&self, table: &str, options: &CompactOptions, is_dry_run: bool) -> Result<Compacted, StorageError> {
        if schema::FACT_TABLES.contains(&table) {
            return Err(StorageError::Background(format!("`{table}` is rewritten by the fold")));
        }
        let mut delta = self.lake.delta(table).await?;
        super::compact(&self.lake, table, &mut delta, options, is_dry_run).await
    }

    /// Deletes files that left the table before the retention began, and files of that age that no version names. A retention below
    /// [`super::MIN_RETENTION`] counts as that.
    ///
    /// # Errors
    /// An unknown table; what reading the log or deleting can give.
    pub async fn vacuum(&self, table: &str, retention: Duration, is_dry_run: bool) -> Result<Vacuumed, StorageError> {
        super::vacuum(&self.lake, table, retention, is_dry_run, chrono::Utc::now().timestamp_millis()).await
    }

    /// Writes a checkpoint of the newest version and deletes expired log entries.
    ///
    /// # Errors
    /// An unknown table; what reading or writing the log can give.
    pub async fn checkpoint(&self, table: &str) -> Result<Checkpointed, StorageError> {
        super::checkpoint(table, &self.lake.delta(table).await?, 1).await
    }
}
