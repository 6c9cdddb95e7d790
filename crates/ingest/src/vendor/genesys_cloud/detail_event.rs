//! Detail events: one change of one session of a conversation.

mod agent;
mod flow;

use serde_json::{Map, Value, json};
use trunkline_events::Timestamp;

use super::{need_instant, words};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent, attributes};

/// The body of one event, and what all events made of it say.
#[derive(Debug)]
struct Body<'a> {
    doc: &'a Object<'a>,
    suffix: &'a str,
    conversation: &'a str,
    session: &'a str,
    at: Timestamp,
    media: String,
    direction: Option<&'static str>,
    queue: Option<&'a str>,
    disconnect: String,
}

/// Maps the body published on `…conversation.{id}.<suffix>`. `Some`: why there is no word for it.
pub(super) fn map<'a>(
    conversation: &'a str,
    suffix: &'a str,
    doc: &'a Object<'a>,
    emit: &mut Emit<'_>,
) -> Result<Option<&'static str>, Reject> {
    let body = Body::read(conversation, suffix, doc)?;
    if words::is_beside(&body.media) {
        return Ok(Some("a session beside the conversation"));
    }
    match suffix {
        "customer.start" => body.customer_came(emit)?,
        "customer.end" => body.customer_left(emit)?,
        "acd.start" => body.queued(emit)?,
        "acd.end" => body.left_queue(emit)?,
        "flow.start" => return body.flow_began(emit),
        "flow.end" => return body.flow_ended(emit),
        "flow.outcome" => body.flow_outcome(emit)?,
        "user.start" => return body.offered(emit),
        "user.end" => return body.agent_left(emit),
        "acw" | "wrapup" => body.wrapped_up(emit)?,
        "voicemail.start" | "voicemail.end" => body.voicemail(emit)?,
        "attributes" => body.attributes(emit)?,
        "contact" | "contact.update" => return body.identified(emit),
        "outbound" => body.dialled(emit)?,
        _ => return Ok(Some("no rule for this topic")),
    }
    Ok(None)
}

impl<'a> Body<'a> {
    fn read(conversation: &'a str, suffix: &'a str, doc: &'a Object<'a>) -> Result<Self, Reject> {
        Ok(Self {
            doc,
            suffix,
            conversation: doc.text("conversationId")?.unwrap_or(conversation),
            session: doc.text("sessionId")?.or(doc.text("participantId")?).ok_or_else(|| doc.missing("sessionId"))?,
            at: need_instant(doc, "eventTime")?,
            media: words::of(doc, "mediaType")?,
            direction: words::direction(&words::of(doc, "direction")?),
            queue: doc.text("queueId")?,
            disconnect: words::of(doc, "disconnectType")?,
        })
    }

    fn event(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        let key = format!("{}/{}/{}/{}", self.conversation, self.session, self.suffix, self.at);
        let event = NewEvent::new(kind, at, &key).subject(self.conversation).text("contact_id", self.conversation);
        event.maybe("channel", Some(words::channel(&self.media))).maybe("direction", self.direction)
    }

    fn customer_came(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if self.media.is_empty() {
            return Err(self.doc.missing("mediaType"));
        }
        let started = self.event("contact.started", self.at).maybe("subchannel", Some(&words::of(self.doc, "messageType")?));
        emit.push(addressed(started, self.doc, self.doc.text("externalContactId")?, self.direction)?)
    }

    fn customer_left(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let ended = self.event("contact.ended", self.at).text("ended_by", words::ended_by(&self.disconnect));
        emit.push(ended.maybe("reason", Some(&self.disconnect)))
    }

    fn queued(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let queue = self.queue.ok_or_else(|| self.doc.missing("queueId"))?;
        let entered = self.event("queue.entered", self.at).text("queue", queue).text("visit_id", self.session);
        let skills = self.doc.get("requestedRoutingSkillIds").cloned().unwrap_or_default();
        emit.push(entered.number("priority", self.doc.whole("routingPriority")?).json("skills", skills))
    }

    fn left_queue(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let agent = self.doc.text("answeredUserId")?;
        let outcome = match words::of(self.doc, "acdOutcome")?.as_str() {
            "answered" => "answered",
            "abandon" => "abandoned",
            "flowout" => "flow_out",
            _ if agent.is_some() => "answered",
            _ => "unknown",
        };
        let exited = self.event("queue.exited", self.at).maybe("queue", self.queue).text("visit_id", self.session);
        let exited = exited.text("outcome", outcome).number("wait_ms", self.doc.length("connectedDurationMs")?);
        emit.push(exited.maybe("agent_id", agent).maybe("used_routing", self.doc.text("usedRouting")?))
    }

    fn voicemail(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let is_start = self.suffix == "voicemail.start";
        let kind = if is_start { "participant.connected" } else { "participant.disconnected" };
        let part = self.event(kind, self.at).text("participant_id", self.session).text("role", "voicemail").maybe("queue", self.queue);
        emit.push(part)?;
        if is_start {
            return Ok(());
        }
        let left = self.event("artifact.attached", self.at).text("kind", "voicemail");
        emit.push(left.number("duration_ms", self.doc.length("voicemailDurationMs")?).maybe("agent_id", self.doc.text("userId")?))
    }

    fn attributes(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let own = self.doc.object("attributes")?.ok_or_else(|| self.doc.missing("attributes"))?;
        emit.push(self.event("contact.updated", self.at).json("set", Value::Object(attributes::kept(own.members()))))
    }

    /// The customer became known as a contact of the organisation's own.
    fn identified(&self, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
        let Some(customer) = self.doc.text("externalContactId")? else { return Ok(Some("names no external contact")) };
        let link = self.event("entity.linked", self.at).json("from", json!({"kind": "contact", "id": self.conversation}));
        emit.push(link.json("to", json!({"kind": "customer", "id": customer})).text("relation", "about"))?;
        Ok(None)
    }

    fn dialled(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let mut set = Map::new();
        for (name, member) in
            [("campaign", "outboundCampaignId"), ("contact_list", "outboundContactListId"), ("customer_ref", "outboundContactId")]
        {
            if let Some(id) = self.doc.text(member)? {
                set.insert(name.to_owned(), Value::from(id));
            }
        }
        emit.push(self.event("contact.updated", self.at).json("set", Value::Object(set)))
    }
}

/// Addresses of both sides, as the customer's session has them. The customer is known by their address, else by the id that the
/// organisation gave them.
pub(super) fn addressed(
    event: NewEvent,
    session: &Object<'_>,
    external: Option<&str>,
    direction: Option<&'static str>,
) -> Result<NewEvent, Reject> {
    let either = |a, b| Ok::<_, Reject>(session.text(a)?.or(session.text(b)?).map(words::address));
    let (from, to) = (either("ani", "addressFrom")?, either("dnis", "addressTo")?);
    let callback = session.get("callbackNumbers").and_then(|numbers| numbers.get(0)).and_then(Value::as_str).map(words::address);
    let is_outbound = direction == Some("outbound");
    let (customer, own) = if is_outbound { (to, from) } else { (from, to) };
    let event = if is_outbound { event.maybe("from_addr", own) } else { event.maybe("from_addr", customer).maybe("to_addr", own) };
    let event = event.maybe("customer_id", callback.or(customer).or(external)).maybe("customer_ref", external);
    Ok(event.maybe("entry_point", own.filter(|_| !is_outbound)))
}
