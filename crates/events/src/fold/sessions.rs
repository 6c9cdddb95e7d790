//! Self-service sessions.

use super::data::Data;
use crate::row::EventRow;
use crate::time::Timestamp;

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) is_goal_reached: bool,
    pub(super) is_handed_over: bool,
}

/// All sessions of a contact.
#[derive(Debug, Default)]
pub(super) struct Sessions(pub(super) Vec<Session>);

impl Sessions {
    pub(super) fn started(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        self.0.push(Session {
            id: data.text(&["session_id"]),
            kind: data.text(&["kind"]),
            topic: data.text(&["topic"]).or_else(|| data.text(&["flow_ref"])),
            started_at: row.occurred_at,
            ended_at: None,
            is_goal_reached: false,
            is_handed_over: false,
        });
    }

    pub(super) fn ended(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        let id = data.text(&["session_id"]);
        let open = self.0.iter().rposition(|s| s.ended_at.is_none() && (id.is_none() || s.id == id));
        // An end without a start is a session of unknown length, counted all the same.
        let at = open.unwrap_or_else(|| {
            self.started(row, data);
            self.0.len() - 1
        });
        let outcome = data.text(&["outcome"]);
        let session = &mut self.0[at];
        session.ended_at = Some(row.occurred_at.max(session.started_at));
        session.is_goal_reached = outcome.as_deref() == Some("contained");
        session.is_handed_over |= outcome.as_deref() == Some("handoff");
    }

    /// A queue follows: the sessions before it were handed over, and one never closed ends here.
    pub(super) fn queue_entered(&mut self, at: Timestamp) {
        for session in &mut self.0 {
            session.is_handed_over = true;
            session.ended_at = session.ended_at.or(Some(at));
        }
    }

    /// The contact ended, and with it what was never closed.
    pub(super) fn contact_ended(&mut self, at: Timestamp) {
        for session in &mut self.0 {
            session.ended_at = session.ended_at.or(Some(at));
        }
    }
}
