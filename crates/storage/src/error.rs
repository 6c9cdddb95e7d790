//! What can go wrong in the lake.

use std::path::PathBuf;

/// An error of the lake. Messages are fragments that name the folder, table or journal.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The folder is not a lake.
    #[error("no lake at `{location}`; create one with `trunkline ingest` or `trunkline demo`, or name another with `--lake`")]
    NoLake {
        /// As given by the user.
        location: String,
    },
    /// The location is neither a path nor a `file://` URL.
    #[error("`{location}` is not a folder or a file:// URL: {reason}")]
    BadLocation {
        /// As given by the user.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The table is not one of the lake's.
    #[error("no table `{table}` in the lake; there are {}", crate::schema::TABLES.join(", "))]
    UnknownTable {
        /// As given by the caller.
        table: String,
    },
    /// Another process or appender writes to the lake.
    #[error("another writer has `{}` locked; wait for it or stop it", lock.display())]
    Locked {
        /// The lock file.
        lock: PathBuf,
    },
    /// Another writer moved a position this writer owned.
    #[error("table `{table}` was changed by another writer while this one was committing ({detail}); nothing more was written")]
    Fenced {
        /// The table.
        table: String,
        /// Which position, and where it stands.
        detail: String,
    },
    /// The same commit failed too often.
    #[error("commit to table `{table}` failed {attempts} times, last: {reason}")]
    CommitFailed {
        /// The table.
        table: String,
        /// Attempts made.
        attempts: u32,
        /// Last error.
        reason: String,
    },
    /// A file of the lake is not what it should be.
    #[error("`{path}` is damaged: {reason}")]
    Damaged {
        /// Path relative to the lake.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The delivery does not add up.
    #[error("delivery of {received} records does not balance: {detail}")]
    Unbalanced {
        /// Records read.
        received: u64,
        /// What was counted.
        detail: String,
    },
    /// A blocking step was cancelled or died.
    #[error("background work failed: {0}")]
    Background(String),
    /// Delta.
    #[error("delta: {0}")]
    Delta(Box<deltalake_core::DeltaTableError>),
    /// The log of a table cannot be read.
    #[error("the log of table {table} (its folder _delta_log) cannot be read: {cause}")]
    Table {
        /// The table.
        table: String,
        /// What Delta says.
        cause: Box<deltalake_core::DeltaTableError>,
    },
    /// Object store.
    #[error("object store: {0}")]
    Store(#[from] object_store::Error),
    /// File system.
    #[error("file `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Arrow.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// JSON of the log.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<deltalake_core::DeltaTableError> for StorageError {
    fn from(error: deltalake_core::DeltaTableError) -> Self {
        Self::Delta(Box::new(error))
    }
}

impl StorageError {
    /// Wraps a file error with the file it is about.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
