//! What keeping derived tables needs: which files of the log are new, reading them, replacing files of a fact table in one commit.

use arrow::record_batch::RecordBatch;

use crate::append::blocking;
use crate::commit::{self, Plan, Step, TableChange};
use crate::encode::{self, FileRows};
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::DataFile;
use crate::{log, read, schema};

/// Threads that encode a change.
const ENCODE_THREADS: usize = 2;

/// Transaction that holds the version of `events` a fact table was folded from.
const FOLDED: &str = "fold/events";

impl Lake {
    /// Files added to `table` by commits after version `from`, up to its newest, which is returned too.
    /// `None` when the log no longer reaches back so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn added_since(&self, table: &str, from: u64) -> Result<(u64, Option<Vec<DataFile>>), StorageError> {
        let delta = self.delta(table).await?;
        let schema = schema::arrow_schema(table).ok_or_else(|| StorageError::UnknownTable { table: table.to_owned() })?;
        let adds = log::added_since(&delta, from).await?;
        let files = adds.map(|adds| adds.into_iter().map(|add| DataFile::of(table, &schema, add)).collect());
        Ok((delta.snapshot()?.version(), files))
    }

    /// Reads chosen columns of a file, a batch at a time, on the calling thread. Columns come in the table's order; the partition
    /// column is not in the file.
    ///
    /// # Errors
    /// When the file cannot be read, or `each` fails.
    pub fn read_file<F>(&self, file: &DataFile, columns: &[&str], each: F) -> Result<(), StorageError>
    where
        F: FnMut(RecordBatch) -> Result<(), StorageError>,
    {
        read::for_each_batch(&self.root().join(&file.path), columns, each)
    }

    /// Version of `events` the fact table stands at; `None` when it was never folded.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn folded(&self, table: &str) -> Result<Option<u64>, StorageError> {
        let delta = self.delta(table).await?;
        let log_store = delta.log_store();
        let at = delta.snapshot()?.transaction_version(log_store.as_ref(), FOLDED).await?;
        Ok(at.and_then(|at| u64::try_from(at).ok()))
    }

    /// Replaces files of a fact table and records the version of `events` it now stands at, in one commit. Rows removed and rows
    /// added become visible together.
    ///
    /// # Errors
    /// [`StorageError::Fenced`] when another process folded at the same time; writing errors.
    pub async fn replace(&self, table: &str, change: TableChange, log_version: u64) -> Result<u64, StorageError> {
        let mut delta = self.delta(table).await?;
        let log_store = delta.log_store();
        let before = delta.snapshot()?.transaction_version(log_store.as_ref(), FOLDED).await?;
        let now = chrono::Utc::now().timestamp_millis();
        let name = table.to_owned();
        let filled = change.added.into_iter().filter(|batch| batch.num_rows() > 0);
        let files: Vec<FileRows> = filled.map(|batch| FileRows { event_date: None, batches: vec![batch] }).collect();
        let encoded = blocking(move || encode::encode(&name, files, ENCODE_THREADS, now)).await?;
        let adds = commit::store_files(&delta, encoded).await?;
        let after = i64::try_from(log_version).unwrap_or(i64::MAX);
        let plan = Plan {
            adds,
            removes: change.removed.iter().map(|file| file.remove(now)).collect(),
            steps: vec![Step { app: FOLDED.to_owned(), before, after }],
            metadata: vec![("trunkline.kind".into(), "fold".into())],
        };
        let version = commit::commit(table, &mut delta, &plan).await?;
        log::checkpoint_if_due(&delta).await?;
        Ok(version)
    }
}
