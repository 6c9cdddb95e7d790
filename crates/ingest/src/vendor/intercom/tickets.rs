//! Tickets. Some topics send the ticket, others the ticket and the part that is new.

use serde_json::json;
use trunkline_events::Timestamp;

use super::notification::{Notification, Thing};
use super::parts::Part;
use super::words;
use crate::connector::Reject;
use crate::vendor::Emit;

/// Maps a notification about a ticket; false when there is no rule for its topic.
pub(super) fn map(notification: &Notification<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let item = notification.item;
    let doc = item.object("ticket").unwrap_or(item);
    let channel = doc.text("channel")?.map(|kind| words::channel(&kind));
    let topic = notification.topic.as_str();
    if !matches!(topic, "ticket.created" | "ticket.state.updated" | "ticket.closed" | "ticket.attribute.updated") && !is_part_topic(topic) {
        return Ok(false);
    }
    let thing = Thing { id: doc.required("id")?, doc, channel };
    match topic {
        "ticket.created" => created(notification, &thing, emit)?,
        "ticket.state.updated" => state(notification, &thing, emit)?,
        "ticket.closed" => closed(notification, &thing, emit)?,
        "ticket.attribute.updated" => attribute(notification, &thing, emit)?,
        topic => {
            let part = item.object("ticket_part").map(Part::read).transpose()?.or(Part::all(doc)?.pop());
            let part = part.ok_or_else(|| Reject::new("missing_field", format!("'ticket_part' is missing in {topic}")))?;
            match topic {
                "ticket.note.created" => part.noted(&thing, emit)?,
                "ticket.contact.replied" | "ticket.admin.replied" => part.said(&thing, emit)?,
                _ => part.assigned(&thing, emit)?,
            }
        }
    }
    Ok(true)
}

fn is_part_topic(topic: &str) -> bool {
    let known = ["ticket.note.created", "ticket.contact.replied", "ticket.admin.replied", "ticket.admin.assigned", "ticket.team.assigned"];
    known.contains(&topic)
}

/// Tickets of customers are contacts; those that teammates open for each other are cases only.
fn created(notification: &Notification<'_>, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let at = thing.doc.first_instant(&["created_at"])?;
    let (key, category) = (&notification.key, thing.doc.text("category")?);
    let opened = thing.told_in_team("case.opened", at, key)?.maybe("type", thing.doc.text("ticket_type.name")?.as_deref());
    let opened =
        opened.maybe("status", thing.doc.text("ticket_state.category")?.as_deref()).maybe("via", thing.doc.text("channel")?.as_deref());
    emit.push(opened.maybe("requester_ref", thing.customer()?.as_deref()))?;
    if category.as_deref().is_some_and(|category| category != "Customer") {
        return Ok(());
    }
    emit.push(thing.told("contact.started", at, key)?.text("channel", thing.channel.unwrap_or("task")))
}

/// The current state of a ticket: an object with a category, or that word itself.
fn current(thing: &Thing<'_>) -> Result<String, Reject> {
    match thing.doc.object("ticket_state") {
        Some(state) => state.required("category"),
        None => thing.doc.required("ticket_state"),
    }
}

/// The last change of state tells the state before.
fn state(notification: &Notification<'_>, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let to = current(thing)?;
    let parts = Part::all(thing.doc)?;
    let change = parts.iter().rev().find(|part| part.kind.starts_with("ticket_state_updated"));
    let (at, key) = change.map_or((notification.at, notification.key.clone()), |part| (part.at, part.key()));
    let from = change.map(|part| part.doc.text("previous_ticket_state")).transpose()?.flatten();
    let told = thing.told_in_team("case.status_changed", at, &key)?.maybe("from", from.as_deref()).text("to", &to);
    emit.push(told.maybe("category", words::category(&to)))?;
    match (from.as_deref() == Some("resolved"), to == "resolved") {
        (false, true) => ended(thing, change, at, &key, emit),
        (true, false) => emit.push(thing.told("contact.state_changed", at, &key)?.text("to", "reopened")),
        _ => Ok(()),
    }
}

fn closed(notification: &Notification<'_>, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let parts = Part::all(thing.doc)?;
    let close = parts.iter().rev().find(|part| part.kind == "close");
    let (at, key) = close.map_or((notification.at, notification.key.clone()), |part| (part.at, part.key()));
    emit.push(thing.told_in_team("case.status_changed", at, &key)?.text("to", "closed").text("category", "closed"))?;
    ended(thing, close, at, &key, emit)
}

fn ended(thing: &Thing<'_>, part: Option<&Part<'_>>, at: Timestamp, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let by = part.map(Part::actor).transpose()?.flatten();
    emit.push(thing.told("contact.ended", at, key)?.maybe("ended_by", by).text("reason", "closed"))
}

/// Which attribute changed is kept; what was typed into it is not.
fn attribute(notification: &Notification<'_>, thing: &Thing<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let part = notification.item.object("ticket_part").map(Part::read).transpose()?.or(Part::all(thing.doc)?.pop());
    let (at, key) = part.as_ref().map_or((notification.at, notification.key.clone()), |part| (part.at, part.key()));
    let name = part.map(|part| part.doc.text("updated_attribute_data.attribute.label")).transpose()?.flatten();
    let change = json!({"field": name.as_deref().unwrap_or("ticket_attributes")});
    emit.push(thing.told_in_team("case.updated", at, &key)?.json("changes", json!([change])))
}
