//! The embedded queue: what was received and cannot be received again lies here, durable, until its rows are in the log.
//!
//! One file per pipeline (redb). Records have sequence numbers from 0 on that are never used again, and each carries a mark: a hash over
//! its own bytes and the mark before it, so that the mark of one record vouches for all before it. The position that is committed with the
//! rows is a sequence number and a mark; a file put back from an earlier copy, or another file, is told by them (ADR 0010).
//!
//! Read in this order: [`store`](self) (the file), `writer` (many senders share one fsync), and this page's [`Queue`], which is both.

mod error;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use trunkline_events::Timestamp;

pub use error::QueueError;
use store::Store;
pub use store::{Pending, Queued};
use writer::Writer;

/// Limits of a queue.
#[derive(Debug, Clone)]
pub struct QueueOptions {
    /// Bytes of records that may wait; default 1 GiB. Beyond it [`Queue::put`] refuses.
    pub max_bytes: u64,
    /// How long a commit waits for others to share it; default 2 ms.
    pub commit_wait: Duration,
    /// Bytes of memory for pages of the file; default 16 MiB.
    pub cache_bytes: usize,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self { max_bytes: 1 << 30, commit_wait: Duration::from_millis(2), cache_bytes: 16 << 20 }
    }
}

/// A durable queue of records.
#[derive(Debug)]
pub struct Queue {
    store: Arc<Store>,
    writer: Writer,
}

impl Queue {
    /// Opens a queue, or begins one with a new incarnation where there is no file. Blocking.
    ///
    /// # Errors
    /// A file that is in use by another process, is no queue, or cannot be read.
    pub fn open(path: &Path, options: QueueOptions) -> Result<Self, QueueError> {
        let store = Arc::new(Store::open(path, options.cache_bytes)?);
        let writer = Writer::start(Arc::clone(&store), options)?;
        Ok(Self { store, writer })
    }

    /// Takes records, all of them or none; once this returns they are on disk. Returns their sequence numbers.
    ///
    /// # Errors
    /// [`QueueError::Full`], or that nothing could be written: then nothing was taken.
    pub async fn put(&self, records: Vec<Vec<u8>>, received_at: Timestamp) -> Result<Range<u64>, QueueError> {
        self.writer.put(records, received_at).await
    }

    /// Names this file and no other: 32 hexadecimal digits.
    #[must_use]
    pub fn incarnation(&self) -> &str {
        self.store.incarnation()
    }

    /// What waits from `from` on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pending(&self, from: u64) -> Result<Pending, QueueError> {
        self.store.pending(from)
    }

    /// Records from `from` on, in order: at most `rows`, and no more once they have `bytes`. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, from: u64, rows: usize, bytes: usize) -> Result<Vec<Queued>, QueueError> {
        self.store.read(from, rows, bytes)
    }

    /// The mark of a record that is there, or of the last one trimmed; `None` for every other.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn mark(&self, seq: u64) -> Result<Option<i64>, QueueError> {
        self.store.mark(seq)
    }

    /// Lets go of the records before `seq`, which must be in the log. Blocking.
    ///
    /// # Errors
    /// When the file cannot be written; nothing is let go of then.
    pub fn trim(&self, seq: u64) -> Result<(), QueueError> {
        self.store.trim(seq)
    }

    /// Commits to disk since it was opened.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}
