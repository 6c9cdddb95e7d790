//! Whose a fact row is: the contact's, the session's of no contact, or the agent's it was folded from.

use arrow::array::{Array, AsArray, StringArray};
use arrow::record_batch::RecordBatch;

use crate::subject::Hashes;

/// Columns of fact tables that tell, and those that say how far a row has come; a table has some of them.
pub(crate) const COLUMNS: &[&str] = &["session_id", "contact_id", "agent_id", "ended_at", "source", "is_final"];

/// Whose a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Hash of a contact or of a session.
    Contact(u64),
    /// Hash of an agent.
    Agent(u64),
    Nobody,
}

/// The columns of a batch that tell.
#[derive(Debug)]
pub(crate) struct Owners<'b> {
    sources: Option<&'b StringArray>,
    contacts: Option<&'b StringArray>,
    sessions: Option<&'b StringArray>,
    agents: Option<&'b StringArray>,
}

impl<'b> Owners<'b> {
    pub(crate) fn of(rows: &'b RecordBatch) -> Self {
        let text = |name: &str| rows.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        Self { sources: text("source"), contacts: text("contact_id"), sessions: text("session_id"), agents: text("agent_id") }
    }

    pub(crate) fn source(&self, i: usize) -> &'b str {
        self.sources.map_or("", |sources| sources.value(i))
    }

    /// Whether the row ends by itself: a session that belongs to a contact becomes final with that.
    pub(crate) fn ends_itself(&self, i: usize) -> bool {
        self.sessions.is_none() || self.contacts.is_none_or(|ids| ids.is_null(i))
    }

    pub(crate) fn of_row(&self, hashes: &Hashes, i: usize) -> Owner {
        let at = |column: Option<&'b StringArray>| column.filter(|ids| ids.is_valid(i)).map(|ids| ids.value(i));
        match (at(self.contacts).or_else(|| at(self.sessions)), at(self.agents)) {
            (Some(contact), _) => Owner::Contact(hashes.contact(self.source(i), contact)),
            (None, Some(agent)) => Owner::Agent(hashes.agent(self.source(i), agent)),
            (None, None) => Owner::Nobody,
        }
    }
}
