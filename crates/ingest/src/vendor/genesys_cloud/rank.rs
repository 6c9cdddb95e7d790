//! Revisions: which statement about a part counts when several are made. The parent's documentation says why.

/// The topic about work after a contact that names the agent.
pub(super) const ACW: i64 = 1;
/// Conversation details.
pub(super) const DETAILS: i64 = 2;

/// The name under which the holds of one agent's session are told.
pub(super) fn holds_of(session: &str) -> String {
    format!("holds/{session}")
}
