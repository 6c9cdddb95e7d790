//! Events to facts: pure, total and deterministic (design, fold rules 1 to 11).
//!
//! Any order of arrival, duplicates and batch sizes give the same rows. Impossible sequences give a row and an
//! [`crate::fact::Anomaly`], never a panic and never a dropped event.
//!
//! Events are put in order and corrected ([`order`]), then walked once: [`walk`] hands each event to the part it concerns ([`stints`],
//! [`legs`], [`turns`], [`sessions`]), [`finish`] sums up. Agents have a walk of their own ([`agent`]).

mod agent;
mod data;
mod finish;
mod legs;
mod order;
mod sessions;
mod stints;
mod turns;
mod walk;

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

impl Finality {
    /// True when something that ended at `end` cannot change any more as far as anyone can expect.
    #[must_use]
    pub fn is_final(&self, end: Option<Timestamp>) -> bool {
        end.is_some_and(|end| end.plus_millis(self.grace_ms) < self.watermark)
    }
}

/// Folds all events of one contact (same `source` and `contact_id`), in any order, duplicates allowed.
#[must_use]
pub fn fold_contact(events: &[EventRow<'_>], finality: Finality) -> ContactFacts {
    let ordered = order::ordered(events);
    let mut walk = walk::Walk::new(&ordered);
    for event in &ordered {
        walk.step(event);
    }
    finish::facts(walk, &ordered, finality)
}

/// Folds all state events of one agent (same `source` and `agent_id`), in any order, duplicates allowed.
#[must_use]
pub fn fold_agent(events: &[EventRow<'_>], finality: Finality) -> AgentFacts {
    agent::fold(&order::ordered(events), finality)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
