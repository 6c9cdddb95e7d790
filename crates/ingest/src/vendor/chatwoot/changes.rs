//! Conversations begin, change their status, and change hands.
//!
//! A conversation waits for a person from the moment it is open and nobody has replied: `queue.entered`. The first reply ends the wait. One
//! that is resolved before was never answered.

use serde_json::{Map, Value, json};
use trunkline_events::Timestamp;

use super::conversation::Conversation;
use super::words;
use crate::connector::Reject;
use crate::vendor::Emit;

/// One changed attribute.
struct Change<'v> {
    name: &'v str,
    from: Option<&'v Value>,
    to: Option<&'v Value>,
}

/// `conversation_created`. The payload may already show what came later, so only what cannot change is told.
pub(super) fn created(conversation: &Conversation<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let doc = conversation.doc;
    let (at, key) = (doc.first_instant(&["created_at"])?, format!("conversation:{}:created", conversation.id));
    let first = doc.list("messages").next().and_then(|message| message.get("message_type")).and_then(words::message);
    let direction = match first {
        Some("incoming") => Some("inbound"),
        Some("outgoing" | "template") => Some("outbound"),
        _ => None,
    };
    let address = doc.text("meta.sender.phone_number")?.or(doc.text("meta.sender.email")?);
    let class = doc.required("channel")?;
    let started = conversation.told("contact.started", at, &key)?.text("subchannel", &class).maybe("direction", direction);
    let side = if direction == Some("outbound") { "to_addr" } else { "from_addr" };
    emit.push(started.maybe("entry_point", conversation.inbox()?.as_deref()).maybe(side, address.as_deref()))?;
    let priority = doc.get("priority").and_then(words::priority);
    emit.push(conversation.told("case.opened", at, &key)?.maybe("priority", priority).text("via", &class))?;
    match doc.get("status").and_then(words::status) {
        Some("pending") => emit.push(conversation.told("selfservice.started", at, &key)?.text("kind", "bot")),
        Some("open") if direction != Some("outbound") => entered(conversation, at, &key, emit),
        _ => Ok(()),
    }
}

fn entered(conversation: &Conversation<'_>, at: Timestamp, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    match conversation.queue()? {
        Some(_) => emit.push(conversation.told("queue.entered", at, key)?),
        None => Ok(()),
    }
}

/// `conversation_updated` and `conversation_status_changed`.
pub(super) fn updated(event: &str, conversation: &Conversation<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let at = conversation.changed_at()?;
    let mut changes = changes(conversation);
    if event == "conversation_status_changed" && !changes.iter().any(|change| change.name == "status") {
        changes.push(Change { name: "status", from: None, to: conversation.doc.get("status") });
    }
    let before = emit.count();
    for change in &changes {
        changed(change, conversation, at, emit)?;
    }
    if emit.count() == before {
        let key = format!("conversation:{}:updated:{}", conversation.id, at.micros());
        return emit.unmapped(event, "no change that there is a rule for", at, &key);
    }
    Ok(())
}

/// What changed, in whichever of its published forms: a list of objects or one object, of pairs or of named values.
fn changes<'v>(conversation: &Conversation<'v>) -> Vec<Change<'v>> {
    let sets: Vec<&'v Value> = match conversation.doc.get("changed_attributes") {
        Some(Value::Array(sets)) => sets.iter().collect(),
        Some(set) => vec![set],
        None => Vec::new(),
    };
    let members = sets.into_iter().filter_map(Value::as_object).flatten();
    let known = |value: Option<&'v Value>| value.filter(|value| !value.is_null());
    let change = |(name, value): (&'v String, &'v Value)| {
        let (from, to) = match value {
            Value::Array(pair) => (pair.first(), pair.get(1)),
            named => (named.get("previous_value"), named.get("current_value")),
        };
        Change { name, from: known(from), to: known(to) }
    };
    members.map(change).collect()
}

fn changed(change: &Change<'_>, conversation: &Conversation<'_>, at: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let key = format!("conversation:{}:{}:{}", conversation.id, change.name, at.micros());
    let field = |values: Map<String, Value>| {
        let mut field = Map::from_iter([("field".to_owned(), Value::from(change.name))]);
        field.extend(values);
        Ok::<_, Reject>(conversation.told("case.updated", at, &key)?.json("changes", json!([field])))
    };
    let values = |read: &dyn Fn(&Value) -> Value| {
        let both = [("from", change.from), ("to", change.to)];
        both.into_iter().filter_map(|(name, value)| Some((name.to_owned(), read(value?)))).collect::<Map<_, _>>()
    };
    match change.name {
        "status" => status(change, conversation, at, &key, emit),
        "assignee_id" => {
            let told = conversation.told("case.assigned", at, &key)?.json("from", party("agent_id", change.from));
            emit.push(told.json("to", party("agent_id", change.to)).maybe("agent_id", id(change.to).as_deref()))
        }
        "team_id" => {
            let told = conversation.told("case.assigned", at, &key)?.json("from", party("group_ref", change.from));
            emit.push(told.json("to", party("group_ref", change.to)))
        }
        "priority" => emit.push(field(values(&|value| words::priority(value).map_or(Value::Null, Value::from)))?),
        "labels" | "label_list" => emit.push(field(values(&Value::clone))?),
        // People put into these what they like.
        "custom_attributes" => emit.push(field(Map::new())?),
        _ => Ok(()),
    }
}

fn id(value: Option<&Value>) -> Option<String> {
    value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn party(name: &str, value: Option<&Value>) -> Value {
    id(value).map_or(Value::Null, |id| json!({ name: id }))
}

fn status(change: &Change<'_>, conversation: &Conversation<'_>, at: Timestamp, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let unknown = || Reject::new("bad_field", format!("'status' is no status: {}", change.to.cloned().unwrap_or_default()));
    let (from, to) = (change.from.and_then(words::status), change.to.and_then(words::status).ok_or_else(unknown)?);
    let until = conversation.doc.instant("snoozed_until")?.filter(|_| to == "snoozed");
    let told = conversation.told("case.status_changed", at, key)?.maybe("from", from).text("to", to);
    emit.push(told.maybe("category", words::category(to, until.is_some())))?;
    if from == Some("pending") && matches!(to, "open" | "resolved") {
        let outcome = if to == "open" { "handoff" } else { "contained" };
        emit.push(conversation.told("selfservice.ended", at, key)?.text("outcome", outcome))?;
    }
    let state = |state: &str| Ok::<_, Reject>(conversation.told("contact.state_changed", at, key)?.text("to", state));
    let has_reply = conversation.first_reply_at()?.is_some();
    match (from, to) {
        (_, "resolved") => {
            if has_reply {
                emit.push(conversation.told("participant.disconnected", at, key)?.flag("talk_unknown", Some(true)))?;
            }
            emit.push(conversation.told("contact.ended", at, key)?.text("ended_by", "unknown").text("reason", "resolved"))
        }
        (Some("resolved"), _) => emit.push(state("reopened")?),
        (_, "snoozed") => emit.push(state("paused")?.text("reason", "snoozed").maybe("until", until.map(|at| at.to_string()).as_deref())),
        (Some("snoozed"), _) => emit.push(state("active")?),
        (Some("pending"), "open") if !has_reply => entered(conversation, at, key, emit),
        (_, "pending") => emit.push(conversation.told("selfservice.started", at, key)?.text("kind", "bot")),
        _ => Ok(()),
    }
}
