//! Conversations: assigned, archived, opened again, put to sleep, tagged, moved, merged.
//!
//! Archiving ends the contact, except for calls: those ended when somebody hung up. *Send and archive* archives a moment before it sends, so
//! that the end is moved to the message it goes with; else the answer would open the contact again.

use serde_json::{Value, json};
use trunkline_events::Timestamp;

use super::event::Event;
use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

/// An answer sent at most this much after the conversation was archived went with it.
const SENT_WITH_MS: i64 = 10_000;

/// Maps an event about a conversation; false when it is none.
pub(super) fn map(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match event.kind.as_str() {
        "assign" => assigned(event, emit)?,
        "unassign" => emit.push(event.told("case.assigned")?.maybe("by", event.actor()?))?,
        "move" => moved(event, emit)?,
        "archive" => ended(event, "archived", "closed", emit)?,
        "trash" => ended(event, "trashed", "deleted", emit)?,
        "reopen" | "restore" => {
            emit.push(event.told("case.status_changed")?.text("to", "open").text("category", "open"))?;
            emit.push(event.told("contact.state_changed")?.text("to", "reopened").text("reason", &event.kind))?;
        }
        "reminder" => reminder(event, emit)?,
        "tag" | "untag" => tagged(event, emit)?,
        "custom_field_updated" => {
            // People put into custom fields what they like.
            let field = event.doc.text("target.data.name")?.or(event.doc.text("target.data.id")?);
            let change = json!({"field": field.as_deref().unwrap_or("custom_field")});
            emit.push(event.told("case.updated")?.json("changes", json!([change])))?;
        }
        "ticket_status_update" => status(event, emit)?,
        "conversations_merged" => merged(event, emit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn assigned(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let agent = event.side("target", "teammate")?.or(event.doc.text("conversation.assignee.id")?);
    let agent = agent.ok_or_else(|| Reject::new("missing_field", "'target.data.id' is missing in assign"))?;
    let told = event.told("case.assigned")?.json("to", json!({"agent_id": agent})).text("agent_id", &agent);
    emit.push(told.maybe("by", event.actor()?))
}

fn moved(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some(inbox) = event.of_type("inboxes")? else {
        return event.unmapped("the inbox it was moved to is not named", emit);
    };
    let told = event.told("case.assigned")?.json("to", json!({"group_ref": inbox})).text("queue", &inbox);
    emit.push(told.maybe("by", event.actor()?))
}

fn ended(event: &Event<'_>, to: &str, category: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let agent = event.doc.text("conversation.assignee.id")?;
    let told = event.told("case.status_changed")?.text("to", to).text("category", category);
    emit.push(told.maybe("agent_id", agent.as_deref()))?;
    if event.channel()? == Some("voice") {
        return Ok(());
    }
    emit.push(event.told_at("contact.ended", ended_at(event)?)?.maybe("ended_by", event.actor()?).text("reason", to))
}

/// When the contact ended: with the event, or with the answer that was sent with it.
fn ended_at(event: &Event<'_>) -> Result<Timestamp, Reject> {
    let last = event.doc.object("conversation.last_message");
    let Some(last) = last.filter(|last| last.get("is_inbound").and_then(Value::as_bool) == Some(false)) else { return Ok(event.at) };
    let sent = last.instant("created_at")?.filter(|sent| (0..=SENT_WITH_MS).contains(&sent.millis_since(event.at)));
    Ok(sent.unwrap_or(event.at))
}

/// Put to sleep, or woken: only the webhook around the event tells which. A bare event with a reminder ahead of it sleeps.
fn reminder(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let ahead = |reminder: Fields<'_>| Ok::<_, Reject>(reminder.instant("scheduled_at")?.filter(|at| *at > event.at));
    let until = event.doc.list("conversation.scheduled_reminders").map(ahead).find_map(Result::transpose).transpose()?;
    let is_awake = event.outer.contains("expired") || event.outer.is_empty() && until.is_none();
    let told = event.told("contact.state_changed")?;
    if is_awake {
        return emit.push(told.text("to", "active").text("reason", "reminder"));
    }
    emit.push(told.text("to", "paused").text("reason", "snoozed").maybe("until", until.map(|at| at.to_string()).as_deref()))
}

fn tagged(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let name = event.doc.text("target.data.name")?.or(event.doc.text("target.data.id")?);
    let name = name.ok_or_else(|| Reject::new("missing_field", format!("'target.data.name' is missing in {}", event.kind)))?;
    let side = if event.kind == "tag" { "to" } else { "from" };
    emit.push(event.told("case.updated")?.json("changes", json!([{"field": "tags", side: name}])))
}

fn status(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some(to) = event.doc.text("conversation.status_category")? else {
        return event.unmapped("the new status is not named", emit);
    };
    let category = match to.as_str() {
        "open" => Some("open"),
        "waiting" => Some("waiting_customer"),
        "resolved" => Some("resolved"),
        _ => None,
    };
    emit.push(event.told("case.status_changed")?.text("to", &to).maybe("category", category))
}

/// The conversations that are gone now are part of this one.
fn merged(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let gone: Vec<String> = match event.doc.get("target.data") {
        Some(Value::Array(list)) => {
            list.iter().filter_map(|one| one.as_str().or_else(|| one.get("id")?.as_str())).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if gone.is_empty() {
        return event.unmapped("the conversations that were merged are not named", emit);
    }
    for id in gone {
        let linked = NewEvent::new("entity.linked", event.at, &event.key).subject(&id).json("from", json!({"kind": "contact", "id": id}));
        emit.push(linked.json("to", json!({"kind": "contact", "id": event.conversation})).text("relation", "merged_into"))?;
    }
    Ok(())
}
