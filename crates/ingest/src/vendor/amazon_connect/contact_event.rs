//! Contact events, as EventBridge delivers them: best effort, in any order.

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use super::continued::Continued;
use super::words::{self, Method};
use super::{no_time, rank};
use crate::connector::Reject;
use crate::vendor::attributes;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// The detail of one event, and what all events made of it say.
#[derive(Debug)]
struct Detail<'a> {
    kind: &'a str,
    detail: &'a Object<'a>,
    contact: &'a str,
    channel: Option<String>,
    method: Method<'a>,
    direction: Option<&'static str>,
    queue: Option<&'a str>,
    enqueued: Option<Timestamp>,
    agent: Option<&'a str>,
    connected: Option<Timestamp>,
    /// When EventBridge took the event, in whole seconds.
    envelope_time: Option<Timestamp>,
    envelope_id: Option<&'a str>,
}

/// Maps the detail of an event; without its envelope some events do not say when.
pub(super) fn map(detail: &Object<'_>, envelope: Option<&Object<'_>>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let kind = detail.need_text("eventType")?.to_ascii_uppercase();
    let d = Detail::read(&kind, detail, envelope)?;
    match kind.as_str() {
        "INITIATED" => d.initiated(emit),
        "CONNECTED_TO_SYSTEM" => d.connected_to_system(emit),
        "QUEUED" => d.queued(emit),
        "CONNECTED_TO_AGENT" => d.connected_to_agent(emit),
        "DISCONNECTED" => d.disconnected(emit),
        "COMPLETED" => d.completed(emit),
        "CONTACT_DATA_UPDATED" => d.updated(emit),
        "PAUSED" => d.state_changed("paused", "lastPausedTimestamp", emit),
        "RESUMED" => d.state_changed("active", "lastResumedTimestamp", emit),
        _ => {
            let at = d.at(None, "time")?;
            emit.unmapped(&kind, "no rule for this event type", at, &d.key(at))
        }
    }
}

/// From one instant of an event to another. Every event repeats the beginnings, so that lengths are right where the event about a
/// beginning was lost.
fn length(from: Option<Timestamp>, to: Timestamp) -> Option<i64> {
    from.map(|from| to.millis_since(from)).filter(|length| *length >= 0)
}

impl<'a> Detail<'a> {
    fn read(kind: &'a str, detail: &'a Object<'a>, envelope: Option<&Object<'a>>) -> Result<Self, Reject> {
        let (queue, agent) = (detail.object("queueInfo")?, detail.object("agentInfo")?);
        let (queue, enqueued) = match &queue {
            Some(queue) => (queue.text("queueArn")?, queue.instant("enqueueTimestamp")?),
            None => (None, None),
        };
        let (agent, connected) = match &agent {
            Some(agent) => (agent.text("agentArn")?, agent.instant("connectedToAgentTimestamp")?),
            None => (None, None),
        };
        let (channel, method) = (detail.text("channel")?.map(words::channel), Method(detail.text("initiationMethod")?.unwrap_or_default()));
        Ok(Self {
            kind,
            detail,
            contact: detail.need_text("contactId")?,
            direction: method.direction(channel.as_deref().unwrap_or_default()),
            channel,
            method,
            queue: queue.map(|arn| words::id_of(arn, "queue")),
            enqueued,
            agent: agent.map(|arn| words::id_of(arn, "agent")),
            connected,
            envelope_time: envelope.map(|e| e.instant("time")).transpose()?.flatten(),
            envelope_id: envelope.map(|e| e.text("id")).transpose()?.flatten(),
        })
    }

    /// The event's own instant, else that of the envelope.
    fn at(&self, own: Option<Timestamp>, field: &str) -> Result<Timestamp, Reject> {
        own.or(self.envelope_time).ok_or_else(|| no_time(&self.detail.path(field)))
    }

    /// Which of the contact's events it is, not when it was delivered.
    fn key(&self, at: Timestamp) -> String {
        format!("{}/event/{}/{at}", self.contact, self.kind)
    }

    fn event(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        let event = NewEvent::new(kind, at, &self.key(at)).subject(self.contact).text("contact_id", self.contact);
        event.maybe("channel", self.channel.as_deref()).maybe("direction", self.direction)
    }

    /// An event that the record tells as well.
    fn ranked(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        self.event(kind, at).number("revision", Some(rank::CONTACT_EVENT))
    }

    fn initiated(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let at = self.at(self.detail.instant("initiationTimestamp")?, "initiationTimestamp")?;
        // Without a revision: the record knows the addresses as well.
        let started = self.event("contact.started", at).maybe("subchannel", self.subchannel()?);
        let channel = self.channel.as_deref().ok_or_else(|| self.detail.missing("channel"))?;
        emit.push(started.text("channel", channel).maybe("initiator", Some(&self.method.0.to_ascii_lowercase())))?;
        let Some(previous) = self.detail.text("previousContactId")?.filter(|previous| *previous != self.contact) else { return Ok(()) };
        let key = self.key(at);
        let (contact, method) = (self.contact, self.method);
        Continued { contact, previous, method, started: at, key: &key, revision: rank::AFTERWARDS }.tell(emit)
    }

    /// SMS and messengers come as chats of a subtype.
    fn subchannel(&self) -> Result<Option<&'a str>, Reject> {
        let Some(segment) = self.detail.object("segmentAttributes")? else { return Ok(None) };
        segment.object("connect:Subtype")?.map_or(Ok(None), |subtype| subtype.text("valueString"))
    }

    fn connected_to_system(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let at = self.at(self.detail.instant("connectedToSystemTimestamp")?, "connectedToSystemTimestamp")?;
        if let Some(kind) = self.method.session(self.channel.as_deref().unwrap_or_default()) {
            return emit.push(self.ranked("selfservice.started", at).text("session_id", self.contact).text("kind", kind));
        }
        let (role, participant) = if self.direction == Some("outbound") { ("customer", "customer") } else { ("bot", "flow") };
        emit.push(self.ranked("participant.connected", at).text("participant_id", participant).text("role", role))
    }

    fn queued(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let info = self.detail.object("queueInfo")?.ok_or_else(|| self.detail.missing("queueInfo"))?;
        let queue = self.queue.ok_or_else(|| info.missing("queueArn"))?;
        let at = self.at(self.enqueued, "queueInfo.enqueueTimestamp")?;
        let entered = self.ranked("queue.entered", at).text("queue", queue).text("visit_id", self.contact);
        emit.push(entered.maybe("queue_type", info.text("queueType")?))
    }

    fn connected_to_agent(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let agent = self.agent.ok_or_else(|| self.detail.missing("agentInfo.agentArn"))?;
        let at = self.at(self.connected, "agentInfo.connectedToAgentTimestamp")?;
        if self.queue.is_some() && self.method.waits() {
            let exited = self.ranked("queue.exited", at).text("visit_id", self.contact).text("outcome", "answered");
            let exited = exited.number("wait_ms", length(self.enqueued, at));
            emit.push(exited.maybe("queue", self.queue).text("agent_id", agent))?;
        }
        let (role, mode) = if self.method.is_monitoring() { ("supervisor", "monitor") } else { ("agent", "talk") };
        let connected = self.ranked("participant.connected", at).text("participant_id", agent).text("agent_id", agent);
        emit.push(connected.text("role", role).text("mode", mode).maybe("queue", self.queue))
    }

    fn disconnected(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let at = self.at(self.detail.instant("disconnectTimestamp")?, "disconnectTimestamp")?;
        let reason = self.detail.text("disconnectReason")?;
        match (self.agent.filter(|_| self.connected.is_some()), self.queue.filter(|_| self.method.waits())) {
            (Some(agent), _) => {
                let by = words::ended_by(reason);
                emit.push(self.left(agent, at).number("revision", Some(rank::CONTACT_EVENT)).text("by", by))?;
            }
            // Without a revision: the record knows whether another contact took over.
            (None, Some(queue)) => {
                let exited = self.event("queue.exited", at).text("visit_id", self.contact).text("queue", queue);
                let exited = exited.number("wait_ms", length(self.enqueued, at));
                emit.push(exited.text("outcome", words::left_queue(reason)))?;
            }
            (None, None) => {
                let was_answered = self.detail.has("connectedToSystemTimestamp");
                if was_answered && self.method.session(self.channel.as_deref().unwrap_or_default()).is_some() {
                    let ended = self.ranked("selfservice.ended", at).text("session_id", self.contact);
                    emit.push(ended.text("outcome", words::left_session(reason)))?;
                }
            }
        }
        let ended = self.ranked("contact.ended", at).text("ended_by", words::ended_by(reason));
        emit.push(ended.maybe("reason", reason))
    }

    fn left(&self, agent: &str, at: Timestamp) -> NewEvent {
        let left = self.event("participant.disconnected", at).text("participant_id", agent).text("agent_id", agent);
        left.text("role", self.role()).number("talk_ms", length(self.connected, at))
    }

    fn role(&self) -> &'static str {
        if self.method.is_monitoring() { "supervisor" } else { "agent" }
    }

    /// After-contact work, and so also when the agent really left: a call goes on when it was handed to somebody outside.
    fn completed(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let info = self.detail.object("agentInfo")?;
        let stamp = |name: &str| info.as_ref().map_or(Ok(None), |info| info.instant(name));
        let (began, ended) = (stamp("afterContactWorkStartTimestamp")?, stamp("afterContactWorkEndTimestamp")?);
        let at = self.at(self.detail.instant("disconnectTimestamp")?, "disconnectTimestamp")?;
        let reason = self.detail.text("disconnectReason")?;
        // Without a revision: counts only where DISCONNECTED was lost.
        let again = NewEvent::new("contact.ended", at, &self.key(at)).subject(self.contact).text("contact_id", self.contact);
        emit.push(again.text("ended_by", words::ended_by(reason)).maybe("reason", reason))?;
        let (Some(agent), Some(began)) = (self.agent, began) else { return Ok(()) };
        let after = Some(rank::AFTERWARDS);
        let by = if began < at { "agent" } else { words::ended_by(reason) };
        emit.push(self.left(agent, began).number("revision", after).text("by", by))?;
        let of_agent = |kind, at| self.ranked(kind, at).text("participant_id", agent).text("agent_id", agent);
        emit.push(of_agent("wrapup.started", began))?;
        match ended {
            Some(ended) => emit.push(of_agent("wrapup.ended", ended)),
            None => Ok(()),
        }
    }

    fn updated(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let at = self.at(self.detail.instant("lastUpdateTimestamp")?, "time")?;
        let mut set = Map::new();
        for name in ["attributes", "segmentAttributes", "tags", "contactLens"] {
            if let Some(values) = self.detail.object(name)? {
                let values = attributes::kept(values.members());
                match name {
                    "attributes" => set.extend(values),
                    _ => drop(set.insert(name.to_owned(), Value::Object(values))),
                }
            }
        }
        let key = self.envelope_id.map_or_else(|| self.key(at), |id| format!("{}/event/{id}", self.contact));
        let event = NewEvent::new("contact.updated", at, &key).subject(self.contact).text("contact_id", self.contact);
        let event = event.maybe("channel", self.channel.as_deref()).json("set", Value::Object(set));
        emit.push(event.json("updated_properties", self.detail.get("updatedProperties").cloned().unwrap_or_default()))
    }

    fn state_changed(&self, to: &str, field: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let at = self.at(self.detail.instant(field)?, "time")?;
        emit.push(self.event("contact.state_changed", at).text("to", to))
    }
}
