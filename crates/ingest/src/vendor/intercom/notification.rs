//! What every notification carries: topic, id, time, and the item it is about.

use trunkline_events::Timestamp;

use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

/// One notification.
#[derive(Debug)]
pub(super) struct Notification<'v> {
    /// For example `conversation.user.replied`.
    pub(super) topic: String,
    /// Intercom's id of it, the same in every delivery. Pings have none and are named by their time.
    pub(super) key: String,
    /// When it came to be.
    pub(super) at: Timestamp,
    /// What it is about.
    pub(super) item: Fields<'v>,
}

impl<'v> Notification<'v> {
    /// Reads a notification.
    pub(super) fn read(doc: Fields<'v>) -> Result<Self, Reject> {
        let topic = doc.required("topic")?;
        let item = doc.object("data.item").ok_or_else(|| Reject::new("missing_field", "'data.item' is missing, or no object"))?;
        let at = doc.first_instant(&["created_at", "first_sent_at"])?;
        let key = doc.text("id")?.unwrap_or_else(|| format!("{topic}:{}", at.micros()));
        Ok(Self { topic, key, at, item })
    }

    /// Keeps a notification the vocabulary has no word for.
    pub(super) fn unmapped(&self, reason: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        emit.unmapped(&self.topic, reason, self.at, &self.key)
    }
}

/// A conversation or a ticket: what an event belongs to.
#[derive(Debug)]
pub(super) struct Thing<'v> {
    /// Its id.
    pub(super) id: String,
    /// Its members.
    pub(super) doc: Fields<'v>,
    /// Its channel, where it says how it came in.
    pub(super) channel: Option<&'static str>,
}

impl Thing<'_> {
    /// An event of it, as a contact and as a case.
    pub(super) fn told(&self, kind: &'static str, at: Timestamp, key: &str) -> Result<NewEvent, Reject> {
        let told = NewEvent::new(kind, at, key).subject(&self.id).text("contact_id", &self.id).text("case_id", &self.id);
        Ok(told.maybe("channel", self.channel).maybe("customer_id", self.customer()?.as_deref()))
    }

    /// As [`Self::told`], with the team it is with.
    pub(super) fn told_in_team(&self, kind: &'static str, at: Timestamp, key: &str) -> Result<NewEvent, Reject> {
        let team = self.doc.text("team_assignee_id")?.filter(|team| team != "0");
        Ok(self.told(kind, at, key)?.maybe("queue", team.as_deref()))
    }

    /// Intercom's id of the customer: the first contact, or the user of old versions.
    pub(super) fn customer(&self) -> Result<Option<String>, Reject> {
        let nested = self.doc.list("contacts.contacts").next();
        let first = nested.or_else(|| self.doc.list("contacts").next());
        match first {
            Some(contact) => contact.text("id"),
            None => self.doc.text("user.id"),
        }
    }

    /// An instant among the statistics that Intercom keeps.
    pub(super) fn statistic(&self, name: &str) -> Result<Option<Timestamp>, Reject> {
        self.doc.instant(&format!("statistics.{name}"))
    }
}
