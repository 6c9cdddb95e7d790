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

    /// Takes away the first messages, `most` at most, with what is missing before and among them. What is missing alone goes with them.
    #[must_use]
    pub fn take_first(&mut self, most: usize) -> Self {
        let later = self.messages.split_off(most.min(self.messages.len()));
        let messages = std::mem::replace(&mut self.messages, later);
        let mut first = Self { journal: self.journal.clone(), messages, next: self.next, behind: self.behind, ..Self::default() };
        if self.messages.is_empty() {
            first.gaps = std::mem::take(&mut self.gaps);
            first.bytes = std::mem::take(&mut self.bytes);
            self.messages = Vec::with_capacity(first.messages.len());
            return first;
        }
        first.next = first.messages.last().map_or(first.next, |last| last.seq + 1);
        first.gaps = self.gaps.extract_if(.., |gap| gap.to.is_none_or(|to| to < first.next)).collect();
        first.bytes = first.messages.iter().map(|message| message.payload.len()).sum();
        self.bytes -= first.bytes;
        first
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use trunkline_events::Timestamp;

    use super::{Batch, Gap, Taken};

    fn message(seq: u64) -> Taken {
        let (published_at, payload) = (Timestamp::from_micros(0), Bytes::from_static(b"abc"));
        Taken { seq, published_at, headers: Vec::new(), payload, published_nanos: 0 }
    }

    #[test]
    fn the_first_messages_go_with_what_is_missing_before_them_and_nothing_else() {
        let gap = |from, to| Gap { from, to, why: "deleted" };
        let gaps = vec![gap(1, None), gap(3, Some(4)), gap(7, Some(9))];
        let messages = [2, 5, 6, 10].map(message).to_vec();
        let mut batch = Batch { journal: "j".into(), messages, gaps, next: 11, bytes: 12, behind: 5 };
        let seqs = |batch: &Batch| batch.messages.iter().map(|message| message.seq).collect::<Vec<_>>();
        let first = batch.take_first(3);
        assert_eq!((seqs(&first), first.next, first.bytes, first.behind), (vec![2, 5, 6], 7, 9, 5));
        assert_eq!(first.gaps, [gap(1, None), gap(3, Some(4))]);
        let last = batch.take_first(3);
        assert_eq!((seqs(&last), last.next, last.bytes, last.journal.as_str()), (vec![10], 11, 3, "j"));
        assert_eq!(last.gaps, [gap(7, Some(9))]);
        assert_eq!((batch.is_empty(), batch.bytes, batch.next), (true, 0, 11));
    }
}
