//! The pure functions that are kept up to date with. The real ones come from `events`; tests may bring others.

use trunkline_events::fact::{AgentFacts, ContactFacts};
use trunkline_events::fold::{self, Finality};
use trunkline_events::row::EventRow;

/// One fold per subject. Both must be total and independent of the order of the events.
#[derive(Debug, Clone, Copy)]
pub struct Folds {
    /// All events of one contact.
    pub contact: fn(&[EventRow<'_>], Finality) -> ContactFacts,
    /// All state events of one agent, and those of the source as a whole.
    pub agent: fn(&[EventRow<'_>], Finality) -> AgentFacts,
}

impl Default for Folds {
    fn default() -> Self {
        Self { contact: fold::fold_contact, agent: fold::fold_agent }
    }
}
