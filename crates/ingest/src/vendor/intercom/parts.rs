//! Parts of conversations and tickets: what is said, and by whom. The text is never stored.

use serde_json::{Value, json};
use trunkline_events::Timestamp;

use super::notification::Thing;
use super::words::{Writer, writer};
use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

/// One part.
#[derive(Debug)]
pub(super) struct Part<'v> {
    /// Its id.
    pub(super) id: String,
    /// When it was made.
    pub(super) at: Timestamp,
    /// Its type: `comment`, `note`, `assignment`, ...
    pub(super) kind: String,
    /// Its members.
    pub(super) doc: Fields<'v>,
}

impl<'v> Part<'v> {
    /// Reads a part.
    pub(super) fn read(doc: Fields<'v>) -> Result<Self, Reject> {
        let kind = doc.text("part_type")?.unwrap_or_else(|| "comment".to_owned());
        Ok(Self { id: doc.required("id")?, at: doc.first_instant(&["created_at"])?, kind, doc })
    }

    /// The parts of a conversation or ticket, in whichever list they stand.
    pub(super) fn all(doc: Fields<'v>) -> Result<Vec<Self>, Reject> {
        let lists = ["conversation_parts.conversation_parts", "conversation_parts", "ticket_parts.ticket_parts", "ticket_parts"];
        let list = lists.into_iter().find(|list| doc.get(list).is_some_and(Value::is_array)).unwrap_or_default();
        doc.list(list).map(Self::read).collect()
    }

    /// Names what is made of this part, whichever notification tells it.
    pub(super) fn key(&self) -> String {
        format!("part:{}", self.id)
    }

    /// Who wrote it; `None` for an author nobody knows.
    pub(super) fn writer(&self) -> Result<Option<Writer>, Reject> {
        Ok(self.doc.text("author.type")?.and_then(|kind| writer(&kind)))
    }

    /// Who made the change it stands for, in the words of `contact.ended.ended_by`.
    pub(super) fn actor(&self) -> Result<Option<&'static str>, Reject> {
        Ok(self.writer()?.map(|writer| match writer {
            Writer::Customer => "customer",
            Writer::Teammate => "agent",
            Writer::Machine => "system",
        }))
    }

    /// True when it is the reply that Intercom itself counts, by the instant in its statistics: an assignment may carry a reply to the customer
    /// as well as a word to the colleague.
    pub(super) fn is_counted_reply(&self, thing: &Thing<'_>) -> Result<bool, Reject> {
        let is_text = self.doc.get("body").is_some();
        Ok(is_text && self.writer()? == Some(Writer::Teammate) && thing.statistic("last_admin_reply_at")? == Some(self.at))
    }

    /// A message of this part, or a note.
    pub(super) fn said(&self, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if self.kind.starts_with("note") {
            return self.noted(thing, emit);
        }
        let author = self.doc.text("author.id")?;
        let message = |told: NewEvent| told.text("message_id", &self.id).text("content_ref", &self.id).text("content_type", "text/html");
        let sent = || Ok::<_, Reject>(message(thing.told("message.sent", self.at, &self.key())?));
        match self.writer()? {
            Some(Writer::Customer) => {
                emit.push(message(thing.told_in_team("message.received", self.at, &self.key())?).text("author", "customer"))
            }
            Some(Writer::Machine) => emit.push(sent()?.text("author", "bot")),
            Some(Writer::Teammate) => {
                emit.push(sent()?.text("author", "agent").maybe("agent_id", author.as_deref()))?;
                self.connected(thing, author.as_deref(), emit)
            }
            None => emit.unmapped("part", "an author of no known type", self.at, &self.key()),
        }
    }

    /// The first reply begins a teammate's part in the contact.
    fn connected(&self, thing: &Thing<'_>, agent: Option<&str>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let is_first = thing.statistic("first_admin_reply_at")? == Some(self.at);
        let Some(agent) = agent.filter(|_| is_first) else { return Ok(()) };
        let told = thing.told("participant.connected", self.at, &self.key())?.text("role", "agent").text("agent_id", agent);
        emit.push(told.text("participant_id", &format!("{}:{agent}", thing.id)))
    }

    /// An internal note.
    pub(super) fn noted(&self, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let told = thing.told("note.added", self.at, &self.key())?.text("note_id", &self.id).text("content_ref", &self.id);
        let agent = if self.writer()? == Some(Writer::Teammate) { self.doc.text("author.id")? } else { None };
        emit.push(told.maybe("author", self.actor()?).maybe("agent_id", agent.as_deref()))
    }

    /// An assignment: to a teammate, a team, or nobody.
    pub(super) fn assigned(&self, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let told = thing.told("case.assigned", self.at, &self.key())?.maybe("by", self.actor()?);
        let Some(id) = self.doc.text("assigned_to.id")? else { return emit.push(told) };
        emit.push(match self.doc.text("assigned_to.type")?.as_deref() {
            Some("team") => told.json("to", json!({"group_ref": id})).text("queue", &id),
            _ => told.json("to", json!({"agent_id": id})).text("agent_id", &id),
        })
    }
}
