//! What was read from a stream and not taken yet.

use bytes::Bytes;
use trunkline_events::Timestamp;

use super::place::{self, Lost};
use super::record::mark;

/// A message that was read.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its sequence in the stream.
    pub seq: u64,
    /// When the broker stored it.
    pub published_at: Timestamp,
    /// Headers of its publisher, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What it says.
    pub payload: Bytes,
    /// For [`Batch::mark`].
    pub(super) published_nanos: i128,
}

/// Messages that were lost, and where.
pub type Gap = Lost;

/// What was read and not taken yet, all of one journal.
#[derive(Debug, Default)]
pub struct Batch {
    /// The journal; empty as long as nothing was read.
    pub journal: String,
    /// Messages in the order of their sequences.
    pub messages: Vec<Taken>,
    /// What is missing among or before them.
    pub gaps: Vec<Gap>,
    /// The sequence reached: that of the next message.
    pub next: u64,
    /// Bytes of the records.
    pub bytes: usize,
    /// Messages behind it in the stream, as the broker said last.
    pub behind: u64,
}

impl Batch {
    /// Nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.gaps.is_empty()
    }

    /// The check of the position reached.
    #[must_use]
    pub fn mark(&self) -> i64 {
        self.messages.last().map_or(place::UNREAD, |last| mark(&last.payload, last.published_nanos))
    }
}

/// What was read and not taken yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Messages and gaps.
    pub rows: usize,
    /// Bytes of the messages.
    pub bytes: usize,
    /// Messages that the broker has besides.
    pub behind: u64,
    /// When the first of them was published.
    pub oldest: Option<Timestamp>,
}
