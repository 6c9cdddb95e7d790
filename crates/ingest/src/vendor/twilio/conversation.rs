//! Conversations: the thread, its messages, how far they got. Text never leaves the document.

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use super::address::{self, Writer};
use super::fields::Fields;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event of a conversation; `Ok(Some(reason))` when there is no rule for it.
pub(super) fn map(kind: &str, fields: &Fields, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
    match kind {
        "message.added" => return added(fields, emit),
        "message.updated" => emit.push(changed(fields, "edited", &["DateUpdated"])?)?,
        "message.removed" => emit.push(changed(fields, "deleted", &["DateRemoved", "DateUpdated"])?)?,
        "delivery.updated" => emit.push(delivery(fields)?)?,
        "conversation.added" => emit.push(started(fields)?)?,
        "conversation.updated" => emit.push(described(fields)?)?,
        "conversation-state.updated" => return state(fields, emit),
        "participant.added" | "participant.removed" => return participant(kind, fields, emit),
        "message.add" | "message.update" | "message.remove" | "conversation.add" | "participant.add" => {
            return Ok(Some("a webhook before the event: nothing has happened yet"));
        }
        _ => return Ok(Some("no rule for this event")),
    }
    Ok(None)
}

/// An event of a conversation. `change` names what happened to the thing whose id stands in `thing`.
fn event(fields: &Fields, kind: &'static str, at: Timestamp, thing: &str, change: &str) -> Result<NewEvent, Reject> {
    let conversation = fields.need("ConversationSid")?;
    let key = format!("{}:{change}", fields.need(thing)?);
    Ok(NewEvent::new(kind, at, &key).subject(conversation).text("contact_id", conversation))
}

fn added(fields: &Fields, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
    let at = fields.need_instant(&["DateCreated"])?;
    let author = fields.text("Author");
    let message = |kind: &'static str, writer: &str| -> Result<NewEvent, Reject> {
        let id = fields.need("MessageSid")?;
        let event = event(fields, kind, at, "MessageSid", "added")?.text("message_id", id).text("author", writer);
        let (content_type, attachments) = content(fields);
        let event = event.text("content_ref", id).text("content_type", &content_type).json("attachments", attachments);
        // Messages of one instant follow each other by their place in the conversation.
        Ok(event.maybe("channel", channel(fields)).maybe("_seq", fields.text("Index")))
    };
    match Writer::of(author, fields.text("Source")) {
        Writer::Customer => {
            let event = message("message.received", "customer")?.text("direction", "inbound");
            emit.push(event.maybe("customer_id", author.and_then(address::customer)))?;
        }
        Writer::Agent(name) => emit.push(message("message.sent", "agent")?.text("agent_id", &name).text("direction", "outbound"))?,
        Writer::Program => emit.push(message("message.sent", "bot")?.flag("automatic", Some(true)).text("direction", "outbound"))?,
        Writer::Unknown => return Ok(Some("the author may be a customer in a web chat or an agent: the document does not tell")),
    }
    Ok(None)
}

/// What kind of content a message has, and its attachments by their ids.
fn content(fields: &Fields) -> (String, Value) {
    let media: Vec<Map<String, Value>> = fields.text("Media").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let member = |of: &Map<String, Value>, names: [&str; 2]| names.iter().find_map(|name| of.get(*name).cloned()).unwrap_or(Value::Null);
    let parts: Vec<Value> = media
        .iter()
        .map(|of| {
            let kind = member(of, ["ContentType", "content_type"]);
            let id = member(of, ["MediaSid", "sid"]);
            let size = member(of, ["Size", "size"]);
            Value::from(Map::from_iter([("id".to_owned(), id), ("content_type".to_owned(), kind), ("size".to_owned(), size)]))
        })
        .collect();
    let has_text = fields.first(&["Body", "MessageBody"]).is_some();
    let first = parts.first().and_then(|part| part.get("content_type")?.as_str()).filter(|_| !has_text);
    let content_type = first.unwrap_or("text/plain").to_owned();
    (content_type, if parts.is_empty() { Value::Null } else { Value::Array(parts) })
}

/// The channel, where the document says by which way a message came in or goes out.
fn channel(fields: &Fields) -> Option<&'static str> {
    match fields.text("Source").map(str::to_ascii_uppercase).as_deref() {
        None | Some("SDK" | "API") => None,
        Some("EMAIL") => Some("email"),
        Some(_) => Some("messaging"),
    }
}

fn changed(fields: &Fields, change: &str, instants: &[&str]) -> Result<NewEvent, Reject> {
    let at = fields.need_instant(instants)?;
    let event = event(fields, "message.changed", at, "MessageSid", &format!("{change}:{at}"))?;
    Ok(event.text("message_id", fields.need("MessageSid")?).text("change", change))
}

fn delivery(fields: &Fields) -> Result<NewEvent, Reject> {
    let status = fields.need("Status")?;
    let at = fields.need_instant(&["DateUpdated", "DateCreated"])?;
    let change = format!("{}:{status}", fields.text("DeliveryReceiptSid").unwrap_or_default());
    let event = event(fields, "message.delivery_updated", at, "MessageSid", &change)?.text("message_id", fields.need("MessageSid")?);
    let event = event.text("state", super::messaging::state(status)).text("source_label", status);
    Ok(event.maybe("error", fields.text("ErrorCode")))
}

fn started(fields: &Fields) -> Result<NewEvent, Reject> {
    let at = fields.need_instant(&["DateCreated"])?;
    let binding = fields.first(&["MessagingBinding.AuthorAddress", "MessagingBinding.Address"]);
    let mail = fields.text("Bindings.Email").is_some();
    let channel = channel(fields).unwrap_or(if mail {
        "email"
    } else if binding.is_some() {
        "messaging"
    } else {
        "chat"
    });
    let event = event(fields, "contact.started", at, "ConversationSid", "added")?.text("channel", channel);
    let event = event.maybe("subchannel", binding.and_then(|address| Some(address.split_once(':')?.0)));
    let event = event.maybe("customer_id", binding.and_then(address::customer));
    // A conversation that a message of a channel opens was opened by the customer.
    Ok(event.maybe("direction", self::channel(fields).map(|_| "inbound")))
}

fn described(fields: &Fields) -> Result<NewEvent, Reject> {
    let at = fields.need_instant(&["DateUpdated"])?;
    let set = fields.text("State").map(|state| ("conversation_state".to_owned(), Value::from(state)));
    let event = event(fields, "contact.updated", at, "ConversationSid", &format!("updated:{at}"))?;
    Ok(event.json("set", Value::Object(set.into_iter().collect())))
}

fn state(fields: &Fields, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
    let to = fields.need("StateTo")?;
    let at = fields.need_instant(&["StateUpdated", "DateUpdated"])?;
    let reason = fields.text("Reason");
    let event =
        |kind: &'static str| event(fields, kind, at, "ConversationSid", &format!("state:{to}:{at}")).map(|e| e.maybe("reason", reason));
    match to {
        "closed" => {
            let by = reason.is_some_and(|reason| reason.eq_ignore_ascii_case("timer")).then_some("system");
            emit.push(event("contact.ended")?.maybe("ended_by", by))?;
        }
        "inactive" => emit.push(event("contact.state_changed")?.text("from", "active").text("to", "paused"))?,
        "active" => emit.push(event("contact.state_changed")?.text("from", "paused").text("to", "active"))?,
        _ => return Ok(Some("a state without a word in the vocabulary")),
    }
    Ok(None)
}

/// Customers who are bound to an address come and go here; what our side does is told by reservations.
fn participant(kind: &str, fields: &Fields, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
    let Some(customer) = fields.text("MessagingBinding.Address").and_then(address::customer) else {
        return Ok(Some("a participant without an address: agents are told by reservations"));
    };
    let (name, change, instants): (&'static str, &str, &[&str]) = match kind {
        "participant.added" => ("participant.connected", "added", &["DateCreated"]),
        _ => ("participant.disconnected", "removed", &["DateRemoved", "DateUpdated"]),
    };
    let at = fields.need_instant(instants)?;
    let event = event(fields, name, at, "ParticipantSid", change)?.text("participant_id", fields.need("ParticipantSid")?);
    emit.push(event.text("role", "customer").text("customer_id", customer))?;
    Ok(None)
}
