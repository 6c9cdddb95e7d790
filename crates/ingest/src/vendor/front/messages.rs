//! Messages and comments. Their text is never stored.

use super::event::Event;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event about a message or comment; false when it is none.
pub(super) fn map(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match event.kind.as_str() {
        "inbound" => inbound(event, emit)?,
        "outbound" | "out_reply" => outbound(event, emit)?,
        "sending_error" | "message_bounce_error" => failed(event, emit)?,
        "comment" => comment(event, emit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The message the event is about.
fn message(event: &Event<'_>, kind: &'static str) -> Result<NewEvent, Reject> {
    let id = event.doc.required("target.data.id")?;
    let content_type = if event.channel()? == Some("email") { "text/html" } else { "text/plain" };
    Ok(event.told_in_inbox(kind)?.text("message_id", &id).text("content_ref", &id).text("content_type", content_type))
}

fn inbound(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let received = message(event, "message.received")?.text("author", "customer");
    event.began(event.doc.instant("target.data.created_at")?.unwrap_or(event.at), Some("inbound"), emit)?;
    emit.push(received)
}

/// Sent by a teammate, or by a rule or program where no teammate is named.
fn outbound(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let sent = message(event, "message.sent")?;
    event.began(event.doc.instant("target.data.created_at")?.unwrap_or(event.at), Some("outbound"), emit)?;
    let author = match event.doc.text("target.data.author.id")? {
        Some(author) => Some(author),
        None => event.side("source", "teammate")?,
    };
    emit.push(match author {
        Some(agent) => sent.text("author", "agent").text("agent_id", &agent),
        None => sent.text("author", "system").flag("automatic", Some(true)),
    })
}

fn failed(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = event.doc.text("target.data.id")?;
    let told = event.told("message.delivery_updated")?.maybe("message_id", id.as_deref()).text("state", "failed");
    let error = event.doc.text("target.data.error_type")?.unwrap_or_else(|| event.kind.clone());
    emit.push(told.text("error", &error))
}

fn comment(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = event.doc.required("target.data.id")?;
    let author = match event.doc.text("target.data.author.id")? {
        Some(author) => Some(author),
        None => event.side("source", "teammate")?,
    };
    let told = event.told("note.added")?.text("note_id", &id).text("content_ref", &id);
    emit.push(told.maybe("author", author.as_ref().map(|_| "agent")).maybe("agent_id", author.as_deref()))
}
