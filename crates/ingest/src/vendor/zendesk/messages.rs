//! Comments of tickets and messages of messaging conversations. Their text is never stored.

use serde_json::Value;

use super::envelope::{Envelope, SYSTEM_USER};
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Zendesk's bot in messaging conversations.
const ANSWER_BOT: &str = "zd:answerBot";

/// Maps an event about a comment; false when it is none.
pub(super) fn map(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match event.verb() {
        "comment_added" => comment_added(event, emit)?,
        "comment_made_private" => changed(event, "edited", Some("made_private"), emit)?,
        "comment_redacted" | "attachment_redacted_from_comment" => changed(event, "redacted", None, emit)?,
        "attachment_linked_to_comment" => attached(event, emit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn comment_added(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let doc = event.doc;
    let id = doc.required("event.comment.id")?;
    let author = doc.text("event.comment.author.id")?;
    let is_public = doc.flag("event.comment.is_public")?;
    let is_public = is_public.ok_or_else(|| Reject::new("missing_field", "'event.comment.is_public' is missing"))?;
    let is_staff = doc.flag("event.comment.author.is_staff")?;
    if !is_public {
        let note = event.of_ticket("note.added")?.text("note_id", &id).text("content_ref", &id);
        let note = note.maybe("author", is_staff.map(|is_staff| if is_staff { "agent" } else { "customer" }));
        // The id of a customer who wrote it would stand there in clear.
        return emit.push(note.maybe("agent_id", author.as_deref().filter(|_| is_staff == Some(true))));
    }
    let is_staff = is_staff.ok_or_else(|| Reject::new("missing_field", "'event.comment.author.is_staff' is missing"))?;
    let content_type = doc.get("event.comment.html_body").map_or("text/plain", |_| "text/html");
    let told = |message: NewEvent| message.text("message_id", &id).text("content_ref", &id).text("content_type", content_type);
    if !is_staff {
        return emit.push(told(event.of_ticket("message.received")?).text("author", "customer"));
    }
    let sent = told(event.of_ticket("message.sent")?);
    emit.push(match author.as_deref() {
        Some(SYSTEM_USER) => sent.text("author", "system").flag("automatic", Some(true)),
        agent => sent.text("author", "agent").maybe("agent_id", agent),
    })
}

fn changed(event: &Envelope<'_>, change: &str, detail: Option<&str>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = event.doc.text("event.comment.id")?.or(event.doc.text("event.comment_id")?);
    emit.push(event.of_ticket("message.changed")?.maybe("message_id", id.as_deref()).text("change", change).maybe("detail", detail))
}

/// An address of an attachment is as good as the attachment, so only its id is kept.
fn attached(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = event.doc.text("event.attachment.id")?.map(|id| format!("zen:attachment:{id}"));
    let comment = event.doc.text("event.comment.id")?;
    let told = event.of_ticket("artifact.attached")?.text("kind", "file").text("status", "available");
    emit.push(told.maybe("uri", id.as_deref()).maybe("message_id", comment.as_deref()))
}

/// `messaging_ticket.message_added`; false for other types of that domain.
pub(super) fn message_added(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    if event.verb() != "message_added" {
        return Ok(false);
    }
    let doc = event.doc;
    let id = doc.required("event.message.id")?;
    let (author, actor) = (doc.text("event.actor.id")?, doc.required("event.actor.type")?.to_ascii_lowercase());
    let told = |kind| {
        let message = event.of_ticket(kind)?.text("message_id", &id).text("content_ref", &id);
        let content_type = doc.get("event.message.body").and_then(Value::as_str).map(|_| "text/plain");
        Ok::<_, Reject>(message.maybe("content_type", content_type).maybe("conversation_id", doc.text("event.conversation_id")?.as_deref()))
    };
    match (actor.as_str(), author.as_deref()) {
        ("end_user" | "end-user", author) => {
            emit.push(told("message.received")?.text("author", "customer").maybe("customer_id", author))?;
        }
        (_, Some(ANSWER_BOT)) | ("system" | "bot", _) => emit.push(told("message.sent")?.text("author", "bot"))?,
        ("agent", agent) => emit.push(told("message.sent")?.text("author", "agent").maybe("agent_id", agent))?,
        ("trigger", _) => emit.push(told("message.sent")?.text("author", "system").flag("automatic", Some(true)))?,
        (other, _) => event.unmapped(&format!("an actor of type '{other}'"), emit)?,
    }
    Ok(true)
}
