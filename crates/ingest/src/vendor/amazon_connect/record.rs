//! Contact records (contact trace records): everything about one contact, once it and the work after it are over, and again whenever
//! something about it changed. Whole seconds.

mod agent;
mod extras;

use trunkline_events::Timestamp;

use super::continued::Continued;
use super::words::{self, Method};
use super::{no_time, rank};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// A record, and what all events made of it say.
#[derive(Debug)]
struct Record<'a> {
    doc: &'a Object<'a>,
    contact: &'a str,
    /// The contact and the version of its record.
    key: String,
    revision: i64,
    updated: Timestamp,
    channel: String,
    method: Method<'a>,
    direction: Option<&'static str>,
    started: Timestamp,
    ended: Option<Timestamp>,
    reason: Option<&'a str>,
    queue: Option<Object<'a>>,
    queue_id: Option<&'a str>,
    agent: Option<agent::Agent<'a>>,
}

/// Maps a record.
pub(super) fn map(doc: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let record = Record::read(doc)?;
    record.began(emit)?;
    record.queued(emit)?;
    record.had_agent(emit)?;
    record.extras(emit)?;
    record.finished(emit)
}

/// Text of the member `name` of an object that may be absent.
fn inner_text<'a>(object: Option<&Object<'a>>, name: &str) -> Result<Option<&'a str>, Reject> {
    object.map_or(Ok(None), |object| object.text(name))
}

/// Connect counts in seconds.
fn millis(seconds: Option<i64>) -> Option<i64> {
    seconds.map(|seconds| seconds.saturating_mul(1_000))
}

impl<'a> Record<'a> {
    fn read(doc: &'a Object<'a>) -> Result<Self, Reject> {
        let contact = doc.need_text("ContactId")?;
        let updated = doc.instant("LastUpdateTimestamp")?.ok_or_else(|| no_time("LastUpdateTimestamp"))?;
        let channel = words::channel(doc.need_text("Channel")?);
        let method = Method(doc.text("InitiationMethod")?.unwrap_or_default());
        let queue = doc.object("Queue")?;
        let queue_id = inner_text(queue.as_ref(), "ARN")?.map(|arn| words::id_of(arn, "queue"));
        Ok(Self {
            contact,
            key: format!("{contact}/record/{updated}"),
            revision: rank::of_record(updated),
            updated,
            direction: method.direction(&channel),
            channel,
            method,
            started: doc.instant("InitiationTimestamp")?.ok_or_else(|| no_time("InitiationTimestamp"))?,
            ended: doc.instant("DisconnectTimestamp")?,
            reason: doc.text("DisconnectReason")?,
            queue,
            queue_id,
            agent: agent::Agent::read(doc)?,
            doc,
        })
    }

    /// An event of the contact; the revision makes a redelivered record take the place of the one before.
    fn event(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        let event = NewEvent::new(kind, at, &self.key).subject(self.contact).text("contact_id", self.contact);
        event.text("channel", &self.channel).maybe("direction", self.direction).number("revision", Some(self.revision))
    }

    fn began(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let address = |name| inner_text(self.doc.object(name)?.as_ref(), "Address");
        let (customer, system) = (address("CustomerEndpoint")?, address("SystemEndpoint")?);
        let started = self.event("contact.started", self.started).maybe("initiator", Some(&self.method.0.to_ascii_lowercase()));
        // Only on this side of an inbound contact is the system's address ours for certain.
        let started = match self.direction {
            Some("outbound") => started.maybe("from_addr", system),
            Some("internal") => started,
            _ => started.maybe("from_addr", customer).maybe("to_addr", system).maybe("entry_point", system),
        };
        let started = started.maybe("customer_id", customer);
        let campaign = self.doc.object("Campaign")?;
        emit.push(started.maybe("campaign", inner_text(campaign.as_ref(), "CampaignId")?).maybe("subchannel", self.subchannel()?))?;
        if let Some(previous) = self.doc.text("PreviousContactId")?.filter(|previous| *previous != self.contact) {
            let (contact, method, started) = (self.contact, self.method, self.started);
            Continued { contact, previous, method, started, key: &self.key, revision: self.revision }.tell(emit)?;
        }
        let Some(at) = self.doc.instant("ConnectedToSystemTimestamp")? else { return Ok(()) };
        match self.method.session(&self.channel) {
            Some(kind) => emit.push(self.event("selfservice.started", at).text("session_id", self.contact).text("kind", kind)),
            None if self.direction == Some("outbound") => {
                emit.push(self.event("participant.connected", at).text("participant_id", "customer").text("role", "customer"))
            }
            None => Ok(()),
        }
    }

    /// SMS and messengers come as chats of a subtype.
    fn subchannel(&self) -> Result<Option<&'a str>, Reject> {
        let Some(segment) = self.doc.object("SegmentAttributes")? else { return Ok(None) };
        segment.object("connect:Subtype")?.map_or(Ok(None), |subtype| subtype.text("ValueString"))
    }

    fn queued(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (Some(queue), Some(id)) = (&self.queue, self.queue_id.filter(|_| self.method.waits())) else { return Ok(()) };
        let Some(entered) = queue.instant("EnqueueTimestamp")? else { return Ok(()) };
        let of_stay = |kind, at| self.event(kind, at).text("queue", id).text("visit_id", self.contact);
        emit.push(of_stay("queue.entered", entered).maybe("queue_name", queue.text("Name")?))?;
        let answered = self.agent.as_ref().map(|agent| agent.connected);
        let Some(left) = queue.instant("DequeueTimestamp")?.or(answered).or(self.ended) else { return Ok(()) };
        let exited = of_stay("queue.exited", left).number("wait_ms", millis(queue.length("Duration")?));
        emit.push(match &self.agent {
            Some(agent) => exited.text("outcome", "answered").text("agent_id", agent.id),
            None if self.goes_on()? => exited.text("outcome", "transferred"),
            None => exited.text("outcome", words::left_queue(self.reason)),
        })
    }

    /// Another contact took over.
    fn goes_on(&self) -> Result<bool, Reject> {
        Ok(self.doc.text("NextContactId")?.is_some() || !self.doc.list("NextContacts")?.is_empty())
    }

    fn finished(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(at) = self.ended else { return Ok(()) };
        let has_session = self.doc.has("ConnectedToSystemTimestamp") && self.method.session(&self.channel).is_some();
        if has_session && self.agent.is_none() && self.queue_id.is_none() {
            let outcome = if self.goes_on()? { "handoff" } else { words::left_session(self.reason) };
            emit.push(self.event("selfservice.ended", at).text("session_id", self.contact).text("outcome", outcome))?;
        }
        let ended = self.event("contact.ended", at).text("ended_by", words::ended_by(self.reason));
        emit.push(ended.maybe("reason", self.reason))
    }
}
