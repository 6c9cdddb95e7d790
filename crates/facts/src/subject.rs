//! Whose facts an event can change, as 64-bit hashes. Two subjects with one hash are merely folded together when either changes.

use ahash::RandomState;
use hashbrown::HashSet;

/// What an event's type says of whom it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Goes to the agent even when it names a contact.
    AgentState,
    /// Concerns every agent of its source when it names none.
    SourceStatus,
    /// Self-service, which needs no contact.
    Session,
    Other,
}

impl Sort {
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "agent.state_changed" => Self::AgentState,
            "source.status_reported" => Self::SourceStatus,
            _ if kind.starts_with("selfservice.") => Self::Session,
            _ => Self::Other,
        }
    }
}

/// Whom an event goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Hash of (source, contact).
    Contact(u64),
    /// Hash of (source, agent).
    Agent(u64),
    /// Every agent of the source.
    Source,
    /// A self-service session of no contact; its payload says which.
    Session,
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

    /// Differs where the hashes differ, between machines or versions of the hash function: stored hashes are worth nothing then.
    pub(crate) fn stamp(&self) -> u64 {
        self.contact("stamp of a source", "stamp of a contact") ^ self.agent("stamp", "stamp of an agent")
    }

    /// A check of stored bytes.
    pub(crate) fn check(&self, bytes: &[u8]) -> u64 {
        self.contact.hash_one(bytes)
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
}

impl Touched {
    pub(crate) fn everybody() -> Self {
        Self { everybody: true, ..Self::default() }
    }

    pub(crate) fn has_contact(&self, hash: u64) -> bool {
        self.everybody || self.contacts.contains(&hash)
    }

    pub(crate) fn has_agent(&self, hash: u64, source: &str) -> bool {
        self.everybody || self.agents.contains(&hash) || self.sources.contains(source)
    }
}
