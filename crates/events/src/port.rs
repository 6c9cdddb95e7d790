//! The port between collecting and storing. `ingest` hands over batches, `storage` makes them durable; they know only this.

use crate::batch::EventBatch;

/// A record that could not be mapped, kept whole. One row of `rejected_records`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Source the record came from.
    pub source: String,
    /// Connector that refused it.
    pub connector: String,
    /// Stable code in snake case, for example `bad_json`, `bad_time`, `id_conflict`.
    pub code: String,
    /// What is wrong, naming the field and the offending text.
    pub message: String,
    /// File name or stream the record was read from, as given by the user.
    pub origin: String,
    /// Physical line of the record's first byte, 1-based; `None` where lines mean nothing.
    pub line: Option<i64>,
    /// Journal the record came from.
    pub journal: String,
    /// Byte offset of the record's first byte in the (decompressed) journal.
    pub journal_seq: i64,
    /// When it was rejected, microseconds since the Unix epoch.
    pub recorded_at: i64,
    /// The record, byte for byte.
    pub raw: Vec<u8>,
}

/// How far a journal has been read: committed together with the rows that came from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Journal id, stable for the life of the journal.
    pub journal: String,
    /// Everything before this offset is durable.
    pub offset: i64,
    /// Low 63 bits of a hash over the journal's first `offset` bytes: tells a grown file from another one.
    pub check: i64,
}

/// What one commit carries: events, rejects and the position they reach, plus the books of that stretch.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Mapped events, in journal order. Duplicates are still inside; storage takes them out.
    pub events: EventBatch,
    /// For each input record that was mapped: how many events it gave, in order. A record is a duplicate when all its events are.
    pub record_sizes: Vec<u32>,
    /// Records that could not be mapped.
    pub rejected: Vec<Rejected>,
    /// New positions; more than one only when several journals are collected together.
    pub positions: Vec<Position>,
    /// Input records read in this stretch.
    pub received: u64,
}

/// What became of a [`Delivery`]: `received = stored + duplicate + rejected`, all in input records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Records read.
    pub received: u64,
    /// Records with at least one new event.
    pub stored: u64,
    /// Records all of whose events were known already.
    pub duplicate: u64,
    /// Records in `rejected_records`, id conflicts included.
    pub rejected: u64,
    /// Events written.
    pub events: u64,
}

impl Receipt {
    /// Adds the books of another stretch.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        self.events += other.events;
    }
}

/// Where deliveries go. After `append` returns, all of it is durable (fsync) or none of it is.
pub trait Appender {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Makes rows and positions durable in one transaction per table.
    fn append(&mut self, delivery: Delivery) -> impl Future<Output = Result<Receipt, Self::Error>> + Send;

    /// The committed position of a journal; `None` when it was never seen.
    fn position(&self, journal: &str) -> Option<Position>;

    /// Every journal whose id starts with `prefix`, with its committed position.
    fn positions_with_prefix(&self, prefix: &str) -> Vec<Position>;
}
