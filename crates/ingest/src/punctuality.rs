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
        let instants = events.recorded_at.iter().zip(&events.occurred_at);
        let late = instants.filter(|(recorded, occurred)| recorded.saturating_sub(**occurred) > LATE_AFTER_US).count() as u64;
        Self { late, newest: events.occurred_at.iter().max().map(|at| Timestamp::from_micros(*at)) }
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.late += other.late;
        self.newest = self.newest.max(other.newest);
    }
}

#[cfg(test)]
mod tests {
    use trunkline_events::{EventBatch, EventRow, Timestamp};

    use super::Punctuality;

    #[test]
    fn what_was_received_more_than_an_hour_after_it_happened_is_late() {
        let mut events = EventBatch::default();
        for (occurred, recorded) in [(0, 3_600), (0, 3_601), (9_000, 9_001)] {
            let (occurred_at, recorded_at) = (Timestamp::from_seconds(occurred), Timestamp::from_seconds(recorded));
            events.push(&EventRow { occurred_at, recorded_at, ..EventRow::default() });
        }
        let mut found = Punctuality::of(&events);
        assert_eq!(found, Punctuality { late: 1, newest: Some(Timestamp::from_seconds(9_000)) });
        found.add(Punctuality { late: 2, newest: Some(Timestamp::from_seconds(8_000)) });
        assert_eq!(found, Punctuality { late: 3, newest: Some(Timestamp::from_seconds(9_000)) });
        assert_eq!(Punctuality::of(&EventBatch::default()).newest, None);
    }
}
