//! Maintenance between two commits: the appender is the one who may rewrite the log, and a collector the one who is there all the time.

use std::time::{Duration, SystemTime};

use super::LogAppender;
use crate::error::StorageError;
use crate::log::CHECKPOINT_COMMITS;
use crate::maintenance::{self, CompactOptions, Compacted, RETENTION};
use crate::schema;

/// Bytes of small files that one call rewrites at most: records wait in the queue meanwhile.
const BYTES_A_CALL: u64 = 64 << 20;

/// Bytes of rows in memory at which a row group of theirs ends: the records that come meanwhile are in memory too.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// How often old files and log entries go.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// File of the lake's own folder whose age says when old files went last.
const SWEPT: &str = "swept";

/// Versions of `events` and of the rejected records that were looked at last.
#[derive(Debug, Default)]
pub(super) struct Looked([Option<u64>; 2]);

impl LogAppender {
    /// What a collector calls between commits. Rewrites small files once enough commits have come since the last look, a bounded number of
    /// bytes at a time; once a day deletes files that left their tables [`RETENTION`] ago, and expired log entries. Costs nothing when
    /// nothing is due. Returns the tables that were rewritten, or in which damage was found.
    ///
    /// # Errors
    /// What reading and writing the lake can give. Rows and positions are as before; the next call tries again.
    pub async fn maintain_if_due(&mut self) -> Result<Vec<Compacted>, StorageError> {
        let options = CompactOptions {
            is_gradual: true,
            max_bytes_at_once: BYTES_A_CALL,
            target_bytes: BYTES_A_CALL,
            row_group_bytes: ROW_GROUP_BYTES,
            ..CompactOptions::default()
        };
        let mut out = Vec::new();
        for (i, name) in [schema::EVENTS, schema::REJECTED].into_iter().enumerate() {
            let table = if i == 0 { &mut self.events } else { &mut self.rejected };
            let version = table.snapshot()?.version();
            if self.upkeep.0[i].is_some_and(|looked| version < looked + options.min_files as u64) {
                continue;
            }
            self.upkeep.0[i] = Some(version);
            let done = maintenance::compact(&self.lake, name, table, &options, false).await?;
            self.upkeep.0[i] = Some(table.snapshot()?.version());
            out.extend(Some(done).filter(|done| done.is_change() || !done.damaged.is_empty()));
        }
        self.sweep_if_due().await?;
        Ok(out)
    }

    async fn sweep_if_due(&mut self) -> Result<(), StorageError> {
        let path = self.lake.own_folder().join(SWEPT);
        let age = std::fs::metadata(&path).and_then(|meta| meta.modified()).ok().map(|at| SystemTime::now().duration_since(at));
        if age.is_some_and(|age| age.unwrap_or_default() < SWEEP_EVERY) {
            return Ok(());
        }
        // Before the work: what fails shall not be tried again five times a second.
        std::fs::write(&path, []).map_err(StorageError::io(&path))?;
        let now = chrono::Utc::now().timestamp_millis();
        for name in schema::TABLES {
            maintenance::vacuum(&self.lake, name, RETENTION, false, now).await?;
            maintenance::checkpoint(name, &self.lake.delta(name).await?, CHECKPOINT_COMMITS).await?;
        }
        // A vacuum writes into the logs.
        self.events.update_state().await?;
        self.rejected.update_state().await?;
        Ok(())
    }
}
