//! Cases (tickets) and the service levels promised for them.

use super::{Any, Instant, Millis, Text, Typed};

words! {
    /// What a status means, whatever the source calls it.
    StatusCategory {
        New = "new", Open = "open", WaitingCustomer = "waiting_customer", WaitingInternal = "waiting_internal", Resolved = "resolved", Closed = "closed",
        Deleted = "deleted",
    }
    /// What became of a service level.
    SlaChange {
        Applied = "applied", Activated = "activated", Paused = "paused", Fulfilled = "fulfilled", Breached = "breached", Removed = "removed",
    }
}

/// To whom a case went.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Assignee {
    /// Agent.
    pub agent_id: Option<Text>,
    /// Group.
    pub group_ref: Option<Text>,
}

impl Typed for Assignee {
    const SHAPE: super::Shape = super::Shape::Object;
}

/// One changed field of a case.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Change {
    /// Field, as the source calls it.
    pub field: Option<Text>,
    /// Old value.
    pub from: Option<Any>,
    /// New value.
    pub to: Option<Any>,
}

payloads! {
    /// A case was opened.
    CaseOpened {
        subject: Option<Text>,
        case_type as "type": Option<Text>,
        priority: Option<Text>,
        /// Stored as a key.
        requester_ref: Option<Text>,
        via: Option<Any>,
    }
    /// A case went to another status.
    CaseStatusChanged {
        from: Option<Text>,
        to: Text,
        category: Option<StatusCategory>,
    }
    /// A case went to somebody.
    CaseAssigned {
        from: Option<Any>,
        to: Option<Assignee>,
        by: Option<Any>,
    }
    /// Fields of a case changed.
    CaseUpdated {
        changes: Vec<Change>,
    }
    /// A service level was applied, met or missed.
    SlaChanged {
        metric: Text,
        change: SlaChange,
        policy: Option<Any>,
        instance: Option<Text>,
        target_ms: Option<Millis>,
        due_at: Option<Instant>,
        business_hours: Option<bool>,
    }
}
