//! Twilio: TaskRouter (event callbacks, Event Streams, the Events resource), Conversations, Messaging, Studio.
//!
//! Read in this order: `document` (which feed), `fields` (members, whatever their spelling), `task` (which contact a task is), `routing`
//! (queues, reservations, transfers), `worker`, `conversation`, `messaging`, `studio`, `address` (customers, agents and nobody).
//!
//! Ids are made of Twilio's own: the event's SID for TaskRouter, the thing and its change for everything else. So a document that
//! comes by callback and by Event Streams gives one event. Nothing is restated with other content: messages of the REST resource are
//! told once they are sent, and their status under the name of that status.

mod address;
mod conversation;
mod document;
mod fields;
mod messaging;
mod routing;
mod studio;
mod task;
mod worker;

use self::document::Document;
use self::task::Task;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// Twilio's callbacks, Event Streams and resources.
#[derive(Debug, Clone, Copy, Default)]
pub struct Twilio;

/// Where a document may say when it happened, best first.
const INSTANTS: &[&str] = &["TimestampMs", "EventDateMs", "Timestamp", "EventDate", "Envelope.time"];

impl Vendor for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        Document::all(request)?.iter().try_for_each(|document| map(document, emit))
    }
}

fn map(document: &Document, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (product, kind) = document.kind.split_once('.').unwrap_or(("", &document.kind));
    let fields = &document.fields;
    let unmapped = match product {
        "taskrouter" => return taskrouter(document, kind, emit),
        "conversations" => conversation::map(kind, fields, emit)?,
        "messaging" => messaging::map(kind, fields, emit)?,
        "studio" => (!studio::map(kind, fields, emit)?).then_some("no rule for this event"),
        _ => Some("no rule for this product"),
    };
    unmapped.map_or(Ok(()), |reason| keep(document, reason, emit))
}

fn taskrouter(document: &Document, kind: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let fields = &document.fields;
    let at = fields.need_instant(INSTANTS)?;
    let sid = fields.first(&["Sid", "Envelope.id"]);
    // Without its own id an event is named by what happened to what, and when.
    let key = sid.map_or_else(|| format!("{kind}:{}:{at}", fields.text("ResourceSid").unwrap_or_default()), str::to_owned);
    let of_task = kind.starts_with("reservation.") || kind.starts_with("task.") || is_about_task(kind);
    let is_mapped = if of_task {
        routing::map(kind, &Task::of(fields, &key, at)?, emit)?
    } else {
        kind.starts_with("worker.") && worker::map(kind, fields, &key, at, emit)?
    };
    if is_mapped { Ok(()) } else { keep(document, "no word for it: it configures, or says nothing new", emit) }
}

/// Queues and workflows have events of tasks in them, and events of themselves.
fn is_about_task(kind: &str) -> bool {
    let queue = matches!(kind, "task-queue.entered" | "task-queue.timeout" | "task-queue.moved");
    queue || matches!(kind, "workflow.entered" | "workflow.target-matched" | "workflow.timeout" | "workflow.skipped")
}

fn keep(document: &Document, reason: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let fields = &document.fields;
    let more = ["DateRemoved", "DateUpdated", "StateUpdated", "DateCreated", document::REQUEST_DATE];
    let names: Vec<&str> = INSTANTS.iter().copied().chain(more).collect();
    let at = fields.need_instant(&names)?;
    let ids = ["Sid", "Envelope.id", "MessageSid", "ParticipantSid", "ConversationSid", "CallSid"];
    let key = format!("{}:{}:{at}", document.vendor_type, fields.first(&ids).unwrap_or_default());
    emit.unmapped(&document.vendor_type, reason, at, &key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
