//! When a fact can no longer be expected to change (fold rule 11).

use crate::time::Timestamp;

/// What decides finality: the watermark of the source and the grace after the end.
#[derive(Debug, Clone, Copy)]
pub struct Finality {
    /// Latest `occurred_at` among the source's events.
    pub watermark: Timestamp,
    /// Milliseconds after the end before a fact is final; default 24 hours.
    pub grace_ms: i64,
}

impl Finality {
    /// True when something that ended at `end` cannot change any more as far as anyone can expect.
    #[must_use]
    pub fn is_final(&self, end: Option<Timestamp>) -> bool {
        end.is_some_and(|end| end.plus_millis(self.grace_ms) < self.watermark)
    }
}
