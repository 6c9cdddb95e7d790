//! Limits of the fold, and what a run reports.

/// Threads that read, fold and write.
pub(crate) const THREADS: usize = 2;

/// Limits of the fold.
#[derive(Debug, Clone)]
pub struct FoldOptions {
    /// Bytes of events held at once, roughly; where the log needs more, it is read in several passes. Default 2 GiB.
    pub memory_bytes: u64,
    /// Events read before those contacts are folded of which no later file has any. Default 200,000.
    pub stage_events: u64,
    /// Milliseconds after the end of a contact before it is final. Default 24 hours.
    pub grace_ms: i64,
}

impl Default for FoldOptions {
    fn default() -> Self {
        Self { memory_bytes: 2 << 30, stage_events: 200_000, grace_ms: 24 * 3_600_000 }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoldReport {
    /// Version of `events` the facts now stand at.
    pub log_version: u64,
    /// Events folded (those of touched contacts and agents, old and new).
    pub events: u64,
    /// Contacts folded.
    pub contacts: u64,
    /// Agents folded.
    pub agents: u64,
    /// Fact rows written.
    pub rows: u64,
    /// Passes over the events, more than one when memory was short.
    pub passes: u32,
    /// Latest `occurred_at` of the log.
    pub watermark: Option<trunkline_events::Timestamp>,
}

/// What a comparison of the fact tables with the fold of the log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Version of `events` compared with.
    pub log_version: u64,
    /// Rows compared, all tables.
    pub rows: u64,
    /// Rows that differ: missing, extra or other.
    pub differences: u64,
    /// The first differences, in words.
    pub first: Vec<String>,
}

impl VerifyReport {
    /// True when every row is as the log says.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differences == 0
    }
}
