//! The pure functions that are kept up to date with. The real ones come from `events`; tests may bring others.

use trunkline_events::fact::{AgentFacts, ContactFacts};
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::row::EventRow;

/// One fold per subject. Both must be total and independent of the order of the events; the folder is memory to use again.
#[derive(Debug, Clone, Copy)]
pub struct Folds {
    /// All events of one contact.
    pub contact: fn(&mut Folder, &[EventRow<'_>], Finality) -> ContactFacts,
    /// All events of one self-service session of no contact.
    pub session: fn(&mut Folder, &[EventRow<'_>], Finality) -> ContactFacts,
    /// All state events of one agent, and those of the source as a whole.
    pub agent: fn(&mut Folder, &[EventRow<'_>], Finality) -> AgentFacts,
}

impl Default for Folds {
    fn default() -> Self {
        Self { contact: Folder::contact, session: Folder::session, agent: Folder::agent }
    }
}
