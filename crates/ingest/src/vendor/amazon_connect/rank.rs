//! Revisions: which statement about a part counts when several feeds make one. The parent's documentation says why.

use trunkline_events::Timestamp;

/// What a contact event says. Above the epoch second of any record.
pub(super) const CONTACT_EVENT: i64 = 1_000_000_000_000;
/// What the agent event stream says.
pub(super) const AGENT_EVENT: i64 = CONTACT_EVENT + 1;
/// What is said after the fact: by the last contact event, which knows when an agent left and why, or by the contact that took over.
pub(super) const AFTERWARDS: i64 = CONTACT_EVENT + 2;

/// What a contact record says: the later its update, the higher.
pub(super) const fn of_record(updated: Timestamp) -> i64 {
    updated.micros().div_euclid(1_000_000)
}

/// The name under which the holds of one agent in one contact are told.
pub(super) fn holds_of(agent: &str) -> String {
    format!("holds/{agent}")
}
