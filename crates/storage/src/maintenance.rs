//! Keeping a lake in order: small files become few (`compact`), what nobody reads any more goes (`vacuum`), the log stays short
//! (`checkpoint`), damage is found (`verify`). ADR 0011 says who may do what, and why a rewrite is no news.
//!
//! Read in this order: `plan` (which files go together; pure), `rewrite` (several files into one), `compact` (the commit), `sweep` (files and
//! log entries that go), `check` (files against their log), `upkeep` (all of it for a command; a collector goes through
//! [`crate::LogAppender::maintain_if_due`]).

mod check;
mod compact;
mod plan;
mod rewrite;
mod sweep;
mod upkeep;

use std::time::Duration;

pub use check::Checked;
pub(crate) use compact::compact;
pub use sweep::{Checkpointed, Vacuumed};
pub(crate) use sweep::{checkpoint, vacuum};
pub use upkeep::Upkeep;

/// How long a file stays that is no longer in its table, unless said otherwise.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The shortest retention: readers and folds under way must come to their end.
pub const MIN_RETENTION: Duration = Duration::from_secs(3_600);

/// Limits of compaction.
#[derive(Debug, Clone)]
pub struct CompactOptions {
    /// Small files of one partition that are worth a rewrite. Default 8; less than two are never rewritten.
    pub min_files: usize,
    /// Bytes below which a file is small. Default 32 MiB.
    pub small_bytes: u64,
    /// Bytes of small files that become one file. Default 128 MiB.
    pub target_bytes: u64,
    /// Bytes of small files that one commit takes out, at least one group of them. Default 512 MiB.
    pub max_bytes_at_once: u64,
    /// Bytes of rows in memory at which a row group ends, roughly. Default 256 MiB, 64 MiB for a collector.
    pub row_group_bytes: usize,
    /// True for a collector: one commit a call, and a file is rewritten only with at least as many bytes of smaller ones. Default false.
    pub is_gradual: bool,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self {
            min_files: 8,
            small_bytes: 32 << 20,
            target_bytes: 128 << 20,
            max_bytes_at_once: 512 << 20,
            row_group_bytes: 256 << 20,
            is_gradual: false,
        }
    }
}

/// What compaction of a table did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The table.
    pub table: String,
    /// Files of the table before.
    pub files_before: u64,
    /// And after; with a dry run, as planned.
    pub files_after: u64,
    /// Bytes of the table before.
    pub bytes_before: u64,
    /// And after; with a dry run, as before.
    pub bytes_after: u64,
    /// Files that are damaged and were left alone, with what is wrong.
    pub damaged: Vec<String>,
}

impl Compacted {
    /// True when files were rewritten, or are to be.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        self.files_after < self.files_before
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
