//! Customer turns waiting for an answer (fold rule 8).

use super::data::Data;
use crate::row::EventRow;
use crate::time::Timestamp;

/// One turn.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) asked_at: Timestamp,
    pub(super) answered_at: Option<Timestamp>,
    pub(super) bot_answered_at: Option<Timestamp>,
    pub(super) agent: Option<String>,
    pub(super) queue: Option<String>,
    pub(super) is_first: bool,
}

/// All turns of a contact.
#[derive(Debug, Default)]
pub(super) struct Turns {
    pub(super) list: Vec<Turn>,
    ended_since: bool,
}

impl Turns {
    pub(super) fn received(&mut self, row: &EventRow<'_>, data: &Data<'_>, queue: Option<&str>) {
        let is_customer = data.text(&["author"]).is_none_or(|a| a == "customer");
        let is_open = self.list.last().is_some_and(|t| t.answered_at.is_none());
        if !is_customer || data.flag("automatic") || is_open && !self.ended_since {
            return;
        }
        let is_first = self.list.is_empty() || self.ended_since;
        self.ended_since = false;
        self.list.push(Turn {
            asked_at: row.occurred_at,
            answered_at: None,
            bot_answered_at: None,
            agent: None,
            queue: row.queue.or(queue).map(str::to_string),
            is_first,
        });
    }

    pub(super) fn sent(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        let is_human = data.text(&["author"]).as_deref() == Some("agent") && !data.flag("automatic");
        let Some(turn) = self.list.last_mut().filter(|t| t.answered_at.is_none()) else { return };
        if is_human {
            turn.answered_at = Some(row.occurred_at);
            turn.agent = row.agent_id.map(str::to_string);
        } else if turn.bot_answered_at.is_none() {
            turn.bot_answered_at = Some(row.occurred_at);
        }
    }

    /// A message after the end begins a new matter.
    pub(super) fn contact_ended(&mut self) {
        self.ended_since = !self.list.is_empty();
    }
}
