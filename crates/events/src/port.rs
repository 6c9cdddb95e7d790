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

/// What a connector knows at a position of a journal, for the file that goes on there or follows it. Kept beside the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carry {
    /// Journal id.
    pub journal: String,
    /// Offset in the journal up to which it has seen everything.
    pub offset: i64,
    /// Last instant it has seen, microseconds since the Unix epoch.
    pub ends_at: i64,
    /// Bytes of the whole log up to there, files before this one included.
    pub length: i64,
    /// The state; only the collecting side can read it.
    pub state: Vec<u8>,
}

/// Where a journal ends that has a [`Carry`] at its committed position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEnd {
    /// Journal id.
    pub journal: String,
    /// Committed offset.
    pub offset: i64,
    /// As in [`Carry`].
    pub ends_at: i64,
    /// As in [`Carry`].
    pub length: i64,
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
    /// Journals in which earlier readings of the same bytes were kept, when this is another reading of them. What this one rejects
    /// takes the place of what they rejected in the same stretch.
    pub again: Vec<String>,
    /// States at the position reached and, with a journal's first delivery, at its beginning. Durable before the rows are.
    pub carries: Vec<Carry>,
}

/// Rejected records that were mapped once more and give events now. Their places stay; positions do not move.
#[derive(Debug, Default)]
pub struct Replay {
    /// What they give, in the order of the records.
    pub events: EventBatch,
    /// For each record: how many events it gave, at least one.
    pub record_sizes: Vec<u32>,
    /// The rows of `rejected_records` whose place these events take.
    pub records: Vec<Rejected>,
}

/// What became of a [`Delivery`]: `received = stored + duplicate + rejected`, all in input records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Records read.
    pub received: u64,
    /// Records with at least one new event.
    pub stored: u64,
    /// Records all of whose events were known already, or that an earlier reading of the same bytes rejected in the same way.
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

    /// Keeps a state without rows. What is kept of a journal: the state at its beginning, at its committed position, and this one.
    ///
    /// # Errors
    /// Of the file system.
    fn keep(&mut self, carry: Carry) -> Result<(), Self::Error>;

    /// The state kept for an offset of a journal; `None` when there is none that can be read.
    fn carried(&self, journal: &str, offset: i64) -> Option<Vec<u8>>;

    /// Every journal whose id starts with `prefix` and whose state at the committed position is kept.
    fn ends(&self, prefix: &str) -> Vec<JournalEnd>;
}
