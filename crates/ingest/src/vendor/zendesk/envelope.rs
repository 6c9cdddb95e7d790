//! What every event webhook carries: type, id, time, the thing it is about, and its snapshot.

use serde_json::Value;
use trunkline_events::Timestamp;

use super::words;
use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

const PREFIX: &str = "zen:event-type:";
/// Zendesk's own name for itself where a change was made by no person.
pub(super) const SYSTEM_USER: &str = "-1";

/// One event webhook.
#[derive(Debug)]
pub(super) struct Envelope<'v> {
    /// Type without its prefix, for example `ticket.created`.
    pub(super) kind: String,
    /// Zendesk's id of the event: the same in every delivery.
    pub(super) key: String,
    /// When it happened.
    pub(super) at: Timestamp,
    /// The whole document.
    pub(super) doc: Fields<'v>,
}

impl<'v> Envelope<'v> {
    /// Reads what all events have in common.
    pub(super) fn read(doc: Fields<'v>) -> Result<Self, Reject> {
        let kind = doc.required("type")?;
        let Some(kind) = kind.strip_prefix(PREFIX) else {
            let hint = "a webhook of a trigger or automation has the body its author gave it: write a mapping for it";
            return Err(Reject::new("bad_field", format!("'type' is no Zendesk event type: \"{kind}\". {hint}")));
        };
        Ok(Self { kind: kind.to_owned(), key: doc.required("id")?, at: doc.first_instant(&["time"])?, doc })
    }

    /// What the type is about: `ticket`, `agent`, ...
    pub(super) fn domain(&self) -> &str {
        self.kind.split('.').next().unwrap_or_default()
    }

    /// What happened, without what it is about.
    pub(super) fn verb(&self) -> &str {
        self.kind.split_once('.').map_or("", |(_, verb)| verb)
    }

    /// The ticket: the snapshot's id, else that of `subject`.
    pub(super) fn ticket(&self) -> Result<String, Reject> {
        if let Some(id) = self.doc.text("detail.id")? {
            return Ok(id);
        }
        let subject = self.doc.text("subject")?.unwrap_or_default();
        let id = subject.strip_prefix("zen:ticket:").filter(|id| !id.is_empty());
        id.map(str::to_owned).ok_or_else(|| Reject::new("missing_field", "'detail.id' is missing, and 'subject' names no ticket"))
    }

    /// An event of the ticket, as a contact and as a case, with what the snapshot says of it.
    pub(super) fn of_ticket(&self, kind: &'static str) -> Result<NewEvent, Reject> {
        self.about_ticket(kind, &self.ticket()?)
    }

    /// As [`Self::of_ticket`], with a name of its own as the subject.
    pub(super) fn about_ticket(&self, kind: &'static str, subject: &str) -> Result<NewEvent, Reject> {
        let ticket = self.ticket()?;
        let event = NewEvent::new(kind, self.at, &self.key).subject(subject).text("contact_id", &ticket).text("case_id", &ticket);
        let event = event.maybe("customer_id", self.doc.text("detail.requester_id")?.as_deref());
        let event = event.maybe("queue", self.doc.text("detail.group_id")?.as_deref());
        Ok(event.maybe("channel", self.channel()?))
    }

    /// Channel of the ticket, if the snapshot says how it came in.
    pub(super) fn channel(&self) -> Result<Option<&'static str>, Reject> {
        if self.domain() == "messaging_ticket" {
            return Ok(Some("messaging"));
        }
        Ok(self.doc.text("detail.via.channel")?.map(|via| words::channel(&via)))
    }

    /// Who made the change, in the words of `contact.ended.ended_by`.
    pub(super) fn actor(&self) -> Result<Option<&'static str>, Reject> {
        let actor = self.doc.text("detail.actor_id")?;
        let requester = self.doc.text("detail.requester_id")?;
        Ok(actor.map(|actor| match actor.as_str() {
            SYSTEM_USER | "system" => "system",
            _ if Some(&actor) == requester.as_ref() => "customer",
            _ => "agent",
        }))
    }

    /// The new and the old value of a change; both are optional, but one of the names must stand there.
    pub(super) fn change(&self) -> Result<(Option<&'v Value>, Option<&'v Value>), Reject> {
        let event = self.doc.object("event").ok_or_else(|| Reject::new("missing_field", "'event' is missing, or no object"))?;
        if event.0.get("current").is_none() && event.0.get("previous").is_none() {
            return Err(Reject::new("missing_field", format!("'event.current' is missing in {}", self.kind)));
        }
        Ok((event.get("current"), event.get("previous")))
    }

    /// As [`Self::change`], as texts.
    pub(super) fn texts(&self) -> Result<(Option<String>, Option<String>), Reject> {
        self.change()?;
        Ok((self.doc.text("event.current")?, self.doc.text("event.previous")?))
    }

    /// Keeps an event the vocabulary has no word for.
    pub(super) fn unmapped(&self, reason: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        emit.unmapped(&self.kind, reason, self.at, &self.key)
    }
}
