//! Whose facts an event can change, as 64-bit hashes. Two subjects with one hash are merely folded together when either changes.

use ahash::RandomState;
use hashbrown::{HashMap, HashSet};

/// Events of these types go to the agent even when they name a contact.
const AGENT_STATE: &str = "agent.state_changed";
/// Concerns every agent of its source when it names none.
const SOURCE_STATUS: &str = "source.status_reported";

/// Whom an event goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Hash of (source, contact).
    Contact(u64),
    /// Hash of (source, agent).
    Agent(u64),
    /// Every agent of the source.
    Source,
    /// Nobody's facts.
    Nobody,
}

/// Hashes of one run; the seeds are fixed so that a run is repeatable.
#[derive(Debug, Clone)]
pub(crate) struct Hashes {
    contact: RandomState,
    agent: RandomState,
}

impl Hashes {
    pub(crate) fn new() -> Self {
        Self { contact: RandomState::with_seeds(1, 2, 3, 4), agent: RandomState::with_seeds(5, 6, 7, 8) }
    }

    pub(crate) fn contact(&self, source: &str, contact: &str) -> u64 {
        self.contact.hash_one((source, contact))
    }

    pub(crate) fn agent(&self, source: &str, agent: &str) -> u64 {
        self.agent.hash_one((source, agent))
    }

    pub(crate) fn subject(&self, source: &str, kind: &str, contact: Option<&str>, agent: Option<&str>) -> Subject {
        match (contact, agent) {
            (_, Some(agent)) if kind == AGENT_STATE => Subject::Agent(self.agent(source, agent)),
            (Some(contact), _) => Subject::Contact(self.contact(source, contact)),
            (None, Some(agent)) => Subject::Agent(self.agent(source, agent)),
            (None, None) if kind == SOURCE_STATUS => Subject::Source,
            (None, None) => Subject::Nobody,
        }
    }
}

/// Whose facts are to be folded again.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) everybody: bool,
    pub(crate) contacts: HashSet<u64>,
    pub(crate) agents: HashSet<u64>,
    /// Sources all of whose agents are touched.
    pub(crate) sources: HashSet<String>,
    /// Watermarks of all sources, when finding out whom to fold has shown them already.
    pub(crate) watermarks: Option<HashMap<String, i64>>,
}

impl Touched {
    pub(crate) fn everybody() -> Self {
        Self { everybody: true, ..Self::default() }
    }

    pub(crate) fn add(&mut self, subject: Subject, source: &str) {
        match subject {
            Subject::Contact(hash) => drop(self.contacts.insert(hash)),
            Subject::Agent(hash) => drop(self.agents.insert(hash)),
            Subject::Source => {
                self.sources.get_or_insert_with(source, |source| source.to_owned());
            }
            Subject::Nobody => {}
        }
    }

    pub(crate) fn has_contact(&self, hash: u64) -> bool {
        self.everybody || self.contacts.contains(&hash)
    }

    pub(crate) fn has_agent(&self, hash: u64, source: &str) -> bool {
        self.everybody || self.agents.contains(&hash) || self.sources.contains(source)
    }
}
