//! Events to facts: pure, total and deterministic (design, fold rules 1 to 11).
//!
//! Any order of arrival, duplicates and batch sizes give the same rows. Impossible sequences give a row and an
//! [`crate::fact::Anomaly`], never a panic and never a dropped event.

use crate::fact::{AgentFacts, ContactFacts};
use crate::row::EventRow;
use crate::time::Timestamp;

/// What decides finality: the watermark of the source and the grace after the end.
#[derive(Debug, Clone, Copy)]
pub struct Finality {
    /// Latest `occurred_at` among the source's events.
    pub watermark: Timestamp,
    /// Milliseconds after the end before a fact is final; default 24 hours.
    pub grace_ms: i64,
}

/// Folds all events of one contact (same `source` and `contact_id`), in any order, duplicates allowed.
#[must_use]
pub fn fold_contact(_events: &[EventRow<'_>], _finality: Finality) -> ContactFacts {
    ContactFacts::default()
}

/// Folds all state events of one agent (same `source` and `agent_id`), in any order, duplicates allowed.
#[must_use]
pub fn fold_agent(_events: &[EventRow<'_>], _finality: Finality) -> AgentFacts {
    AgentFacts::default()
}
