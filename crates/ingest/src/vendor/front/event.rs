//! What every event carries: type, id, instant, the conversation, where it came from and what it is about.

use trunkline_events::Timestamp;

use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

/// A conversation is made when its first message or call is, give or take this much.
const SAME_TIME_MS: i64 = 2_000;

/// One event.
#[derive(Debug)]
pub(super) struct Event<'v> {
    /// Front's type of it, for example `inbound`.
    pub(super) kind: String,
    /// The type of the webhook around it, for example `inbound_received`; empty for a bare event.
    pub(super) outer: String,
    /// Front's id of it, the same in every delivery.
    pub(super) key: String,
    /// When it happened.
    pub(super) at: Timestamp,
    /// Its members.
    pub(super) doc: Fields<'v>,
    /// The conversation.
    pub(super) conversation: String,
}

impl<'v> Event<'v> {
    /// Reads an event, wrapped or bare.
    pub(super) fn read(doc: Fields<'v>) -> Result<Self, Reject> {
        let (outer, doc) = match doc.object("payload") {
            Some(payload) => (doc.text("type")?.unwrap_or_default(), payload),
            None => (String::new(), doc),
        };
        let (kind, key) = (doc.required("type")?, doc.required("id")?);
        let at = doc.first_instant(&["emitted_at"])?;
        Ok(Self { kind, outer, key, at, doc, conversation: doc.required("conversation.id")? })
    }

    /// An event of the conversation, as a contact and as a case.
    pub(super) fn told(&self, kind: &'static str) -> Result<NewEvent, Reject> {
        self.told_at(kind, self.at)
    }

    /// As [`Self::told`], at another instant.
    pub(super) fn told_at(&self, kind: &'static str, at: Timestamp) -> Result<NewEvent, Reject> {
        let told = NewEvent::new(kind, at, &self.key).subject(&self.conversation);
        let told = told.text("contact_id", &self.conversation).text("case_id", &self.conversation);
        Ok(told.maybe("channel", self.channel()?).maybe("customer_id", self.doc.text("conversation.recipient.handle")?.as_deref()))
    }

    /// As [`Self::told`], with the inbox as the queue.
    pub(super) fn told_in_inbox(&self, kind: &'static str) -> Result<NewEvent, Reject> {
        Ok(self.told(kind)?.maybe("queue", self.of_type("inboxes")?.as_deref()))
    }

    /// `contact.started` for what began the conversation; nothing for what came later.
    pub(super) fn began(&self, made_at: Timestamp, direction: Option<&str>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let created = self.doc.instant("conversation.created_at")?;
        let Some(channel) = self.channel()?.filter(|_| created.is_some_and(|created| created.millis_since(made_at) >= -SAME_TIME_MS))
        else {
            return Ok(());
        };
        let key = format!("conversation:{}:started", self.conversation);
        let told = NewEvent::new("contact.started", made_at, &key).subject(&self.conversation).text("contact_id", &self.conversation);
        let told = told.text("case_id", &self.conversation).text("channel", channel).maybe("direction", direction);
        let told = told.maybe("subchannel", self.medium()?.as_deref()).maybe("entry_point", self.of_type("inboxes")?.as_deref());
        emit.push(told.maybe("customer_id", self.doc.text("conversation.recipient.handle")?.as_deref()))
    }

    /// Front's word for the medium: of the message the event is about, else of the last one.
    pub(super) fn medium(&self) -> Result<Option<String>, Reject> {
        if self.doc.text("target._meta.type")?.as_deref() == Some("message")
            && let Some(kind) = self.doc.text("target.data.type")?
        {
            return Ok(Some(kind));
        }
        self.doc.text("conversation.last_message.type")
    }

    /// Channel of the conversation.
    pub(super) fn channel(&self) -> Result<Option<&'static str>, Reject> {
        if self.kind.starts_with("call_") {
            return Ok(Some("voice"));
        }
        Ok(self.medium()?.map(|medium| match medium.as_str() {
            "email" => "email",
            "call" | "phone-call" | "truly-call" => "voice",
            "front_chat" | "intercom" => "chat",
            "facebook" | "tweet" | "tweet_dm" | "googleplay" => "social",
            "internal" => "task",
            _ => "messaging",
        }))
    }

    /// The id of the teammate, inbox, rule, ... that the event is about or, failing that, comes from.
    pub(super) fn of_type(&self, kind: &str) -> Result<Option<String>, Reject> {
        for side in ["target", "source"] {
            if let Some(id) = self.side(side, kind)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The id of what stands at one side of the event, if it is of that type; the first where there are several.
    pub(super) fn side(&self, side: &str, kind: &str) -> Result<Option<String>, Reject> {
        if self.doc.text(&format!("{side}._meta.type"))?.as_deref() != Some(kind) {
            return Ok(None);
        }
        match self.doc.list(&format!("{side}.data")).next() {
            Some(first) => first.text("id"),
            None => self.doc.text(&format!("{side}.data.id")),
        }
    }

    /// Who made it happen, in the words of `contact.ended.ended_by`.
    pub(super) fn actor(&self) -> Result<Option<&'static str>, Reject> {
        Ok(match self.doc.text("source._meta.type")?.as_deref() {
            Some("teammate") => Some("agent"),
            Some("rule" | "api" | "oauth_client" | "reminder" | "imap" | "gmail") => Some("system"),
            Some("recipient") => Some("customer"),
            _ => None,
        })
    }

    /// Keeps an event the vocabulary has no word for.
    pub(super) fn unmapped(&self, reason: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        emit.unmapped(&self.kind, reason, self.at, &self.key)
    }
}
