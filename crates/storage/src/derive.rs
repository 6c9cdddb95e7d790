//! What keeping derived tables needs: which files of the log are new, reading them, storing rows, replacing files of a fact table in one
//! commit.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::Add;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::commit::{self, Plan, Step};
use crate::encode::{self, Encoded, FileRows};
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::{DataFile, LakeTable};
use crate::{log, read, schema};

/// Transaction that holds the version of `events` a fact table was folded from.
const FOLDED: &str = "fold/events";

/// Rows of one data file in Parquet, not stored yet.
#[derive(Debug)]
pub struct EncodedFile(Encoded);

/// A data file that is stored durably, but belongs to no version of its table yet. One that no commit names is invisible.
#[derive(Debug, Clone)]
pub struct NewFile {
    add: Add,
    file: DataFile,
}

impl NewFile {
    /// The file as the table will list it.
    #[must_use]
    pub const fn file(&self) -> &DataFile {
        &self.file
    }
}

/// A change of one fact table: files out, files in, in one commit.
#[derive(Debug, Default)]
pub struct TableChange {
    /// Files to take out.
    pub removed: Vec<DataFile>,
    /// Files to put in.
    pub added: Vec<NewFile>,
}

/// A table at its newest version, loaded once: to look at, and, for a fact table, to change.
#[derive(Debug)]
pub struct TableHandle {
    lake: Lake,
    table: LakeTable,
    delta: DeltaTable,
    folded: Option<i64>,
}

impl TableHandle {
    /// The snapshot.
    #[must_use]
    pub const fn table(&self) -> &LakeTable {
        &self.table
    }

    /// Version of `events` the fact table stands at; `None` when it was never folded.
    #[must_use]
    pub fn folded(&self) -> Option<u64> {
        self.folded.and_then(|at| u64::try_from(at).ok())
    }

    /// Files that brought rows in commits after version `from`, up to the handle's. Some may have been rewritten since and are in the table no
    /// longer; they can still be read. `None` when the log no longer reaches back so far, or one of the files is gone.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn added_since(&self, from: u64) -> Result<Option<Vec<DataFile>>, StorageError> {
        log::new_files(&self.lake, self.table.name(), &self.delta, from).await
    }

    /// Replaces files of a fact table and records the version of `events` it now stands at, in one commit. Rows removed and rows
    /// added become visible together. Returns the new version.
    ///
    /// # Errors
    /// [`StorageError::Fenced`] when another process folded since the handle was made; writing errors.
    pub async fn replace(self, change: TableChange, log_version: u64) -> Result<u64, StorageError> {
        let step = Step { app: FOLDED.to_owned(), before: self.folded, after: i64::try_from(log_version).unwrap_or(i64::MAX) };
        self.commit(change, vec![step], false).await
    }

    /// Puts the same rows into other files, in one commit. Returns the new version.
    ///
    /// # Errors
    /// [`StorageError::Fenced`] when another process folded or rewrote since the handle was made; writing errors.
    pub async fn rewrite(self, change: TableChange) -> Result<u64, StorageError> {
        // The stand is repeated, so that a fold at the same time conflicts.
        let step = self.folded.map(|stand| Step { app: FOLDED.to_owned(), before: Some(stand), after: stand });
        self.commit(change, step.into_iter().collect(), true).await
    }

    async fn commit(mut self, change: TableChange, steps: Vec<Step>, is_rewrite: bool) -> Result<u64, StorageError> {
        let now = chrono::Utc::now().timestamp_millis();
        let plan = Plan {
            adds: change.added.into_iter().map(|file| file.add).collect(),
            removes: change.removed.iter().map(|file| file.remove(now)).collect(),
            steps,
            metadata: vec![("trunkline.kind".into(), if is_rewrite { "rewrite" } else { "fold" }.into())],
            is_rewrite,
        };
        fail::fail_point!("facts::files", |_| std::process::abort());
        let version = commit::commit(self.table.name(), &mut self.delta, &plan).await?;
        fail::fail_point!("facts::committed", |_| std::process::abort());
        log::checkpoint_if_due(&self.delta).await?;
        Ok(version)
    }
}

impl Lake {
    /// A table at its newest version.
    ///
    /// # Errors
    /// When the name is no table of the lake or its log cannot be read.
    pub async fn handle(&self, table: &str) -> Result<TableHandle, StorageError> {
        let delta = self.delta(table).await?;
        let log_store = delta.log_store();
        let folded = delta.snapshot()?.transaction_version(log_store.as_ref(), FOLDED).await?;
        Ok(TableHandle { lake: self.clone(), table: LakeTable::of(table, &delta)?, delta, folded })
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

    /// Rows of a fact table as one data file. Takes a while: not for an async thread.
    ///
    /// # Errors
    /// Rows that do not have the table's columns.
    pub fn encode_rows(&self, table: &str, rows: RecordBatch) -> Result<EncodedFile, StorageError> {
        let now = chrono::Utc::now().timestamp_millis();
        let mut files = encode::encode(table, vec![FileRows { event_date: None, batches: vec![rows] }], 1, now)?;
        files.pop().map(EncodedFile).ok_or_else(|| StorageError::Background("rows became no file".into()))
    }

    /// Stores a file where its table keeps its data; durable on return.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn store_file(&self, table: &str, file: EncodedFile) -> Result<NewFile, StorageError> {
        let schema = schema::arrow_schema(table).ok_or_else(|| StorageError::UnknownTable { table: table.to_owned() })?;
        let Encoded { bytes, add } = file.0;
        let path = self.root().join(table).join(&add.path);
        let key = Path::from_absolute_path(&path).map_err(|error| StorageError::Background(error.to_string()))?;
        Arc::clone(self.store()).put(&key, bytes.into()).await?;
        Ok(NewFile { file: DataFile::of(table, &schema, add.clone()), add })
    }
}
