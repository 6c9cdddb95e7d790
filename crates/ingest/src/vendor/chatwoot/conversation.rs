//! The snapshot of a conversation, in payloads of its own and inside those of messages.

use trunkline_events::Timestamp;

use super::words;
use crate::connector::Reject;
use crate::vendor::NewEvent;
use crate::vendor::fields::Fields;

/// A conversation as it was when the payload was built.
#[derive(Debug)]
pub(super) struct Conversation<'v> {
    /// The display id.
    pub(super) id: String,
    /// Its members.
    pub(super) doc: Fields<'v>,
}

impl<'v> Conversation<'v> {
    /// The conversation whose members these are.
    pub(super) fn read(doc: Fields<'v>) -> Result<Self, Reject> {
        Ok(Self { id: doc.required("id")?, doc })
    }

    /// The conversation of a message.
    pub(super) fn of_message(message: Fields<'v>) -> Result<Self, Reject> {
        let doc = message.object("conversation").ok_or_else(|| Reject::new("missing_field", "'conversation' is missing, or no object"))?;
        Ok(Self { id: message.required("conversation.id")?, doc })
    }

    /// When the snapshot's last change was made. Old versions tell only the last activity, which a change of status is too.
    pub(super) fn changed_at(&self) -> Result<Timestamp, Reject> {
        self.doc.first_instant(&["updated_at", "timestamp", "last_activity_at"])
    }

    /// An event of the conversation, as a contact and as a case.
    pub(super) fn told(&self, kind: &'static str, at: Timestamp, key: &str) -> Result<NewEvent, Reject> {
        let told = NewEvent::new(kind, at, key).subject(&self.id).text("contact_id", &self.id).text("case_id", &self.id);
        let told = told.maybe("channel", self.channel()?).maybe("customer_id", self.customer()?.as_deref());
        Ok(told.maybe("queue", self.queue()?.as_deref()))
    }

    /// Channel of the inbox.
    pub(super) fn channel(&self) -> Result<Option<&'static str>, Reject> {
        Ok(self.doc.text("channel")?.map(|class| words::channel(&class)))
    }

    /// Chatwoot's id of the person who turned to us.
    pub(super) fn customer(&self) -> Result<Option<String>, Reject> {
        Ok(self.doc.text("meta.sender.id")?.or(self.doc.text("contact_inbox.contact_id")?))
    }

    /// Where the conversation waits: its team, else its inbox. Their numbers overlap, so both say what they are.
    pub(super) fn queue(&self) -> Result<Option<String>, Reject> {
        if let Some(team) = self.doc.text("meta.team.id")? {
            return Ok(Some(format!("team:{team}")));
        }
        self.inbox()
    }

    /// The inbox.
    pub(super) fn inbox(&self) -> Result<Option<String>, Reject> {
        Ok(self.doc.text("inbox_id")?.map(|inbox| format!("inbox:{inbox}")))
    }

    /// When a person first replied; `None` when nobody has.
    pub(super) fn first_reply_at(&self) -> Result<Option<Timestamp>, Reject> {
        self.doc.instant("first_reply_created_at")
    }
}
