//! What can go wrong with a queue.

use std::path::PathBuf;

/// Why a queue cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueueError {
    /// The limit of waiting bytes is reached.
    #[error("the queue is full: {held} bytes wait and {more} more would pass the limit of {limit}; they leave once they are in the log")]
    Full {
        /// Bytes that wait.
        held: u64,
        /// Bytes that were to be added.
        more: u64,
        /// The limit.
        limit: u64,
    },
    /// Another process has the file.
    #[error("the queue {path:?} is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be used.
    #[error("the queue {path:?} cannot be used: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the storage says.
        reason: String,
    },
    /// The writing thread has ended.
    #[error("the queue is closed")]
    Closed,
}
