//! How late events are: what happened long before it was received counts as late, and the newest instant is how far a source has come.

use trunkline_events::{EventBatch, Timestamp};

/// An event is late when it was received this long after it happened, in microseconds: an hour.
pub const LATE_AFTER_US: i64 = 3_600_000_000;

/// Of events that were received together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Punctuality {
    /// Events received later than [`LATE_AFTER_US`] after they happened; those already known count too.
    pub late: u64,
    /// The newest instant among them.
    pub newest: Option<Timestamp>,
}

impl Punctuality {
    /// Of the events of a batch.
    #[must_use]
    pub fn of(events: &EventBatch) -> Self {
        let mut out = Self::default();
        for row in events.rows() {
            out.late += u64::from(row.recorded_at.micros().saturating_sub(row.occurred_at.micros()) > LATE_AFTER_US);
            out.newest = out.newest.max(Some(row.occurred_at));
        }
        out
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.late += other.late;
        self.newest = self.newest.max(other.newest);
    }
}
