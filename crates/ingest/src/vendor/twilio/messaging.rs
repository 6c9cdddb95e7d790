//! Programmable Messaging: how far single messages got. They belong to no conversation, so to no contact: what they say is kept by
//! message, and joined to contacts by nothing.

use super::address;
use super::document::REQUEST_DATE;
use super::fields::Fields;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Instants of events and callbacks, best first. The done date that carriers pass through (`RawDlrDoneDate`) has no zone and no seconds
/// and is none.
const INSTANTS: &[&str] = &["TimestampMs", "Timestamp", "Envelope.time", REQUEST_DATE];

/// Maps an event about a message; `Ok(Some(reason))` when there is no rule for it.
pub(super) fn map(kind: &str, fields: &Fields, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
    match kind {
        "callback" => callback(fields, emit)?,
        "resource" => resource(fields, emit)?,
        "inbound-message.received" => emit.push(received(fields, fields.need("MessageSid")?, INSTANTS)?)?,
        _ => match kind.strip_prefix("message.") {
            Some(status @ ("queued" | "sent" | "delivered" | "read" | "failed" | "undelivered")) => {
                emit.push(delivery(fields, fields.need("MessageSid")?, status, INSTANTS)?)?;
            }
            _ => return Ok(Some("no rule for this event")),
        },
    }
    Ok(None)
}

/// A word of the vocabulary for a status.
pub(super) fn state(status: &str) -> &str {
    match status {
        "accepted" | "scheduled" | "queued" | "sending" => "accepted",
        "failed" | "undelivered" | "canceled" => "failed",
        other => other,
    }
}

fn callback(fields: &Fields, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = fields.first(&["MessageSid", "SmsSid"]).map_or_else(|| fields.need("MessageSid"), Ok)?;
    let status = fields.first(&["MessageStatus", "SmsStatus"]).unwrap_or_default().to_ascii_lowercase();
    match status.as_str() {
        "received" | "receiving" => emit.push(received(fields, id, INSTANTS)?),
        _ => emit.push(delivery(fields, id, &status, INSTANTS)?),
    }
}

/// A message as the REST resource shows it: what it was, and how far it is.
fn resource(fields: &Fields, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (id, status) = (fields.need("Sid")?, fields.need("Status")?);
    let direction = fields.need("Direction")?;
    if direction == "inbound" {
        return emit.push(received(fields, id, &["DateSent", "DateCreated"])?);
    }
    // Until it is sent it has no instant of sending, and later another one would be told under the same name.
    if let Some(at) = fields.instant(&["DateSent"])?.filter(|_| state(status) != "failed" && state(status) != "accepted") {
        let author = if direction == "outbound-reply" { "bot" } else { "system" };
        let event = NewEvent::new("message.sent", at, &format!("{id}:message")).text("message_id", id).text("content_ref", id);
        let event = event.text("author", author).flag("automatic", Some(true)).text("content_type", content_type(fields));
        let event = event.text("direction", "outbound").text("channel", "messaging").maybe("from_addr", fields.text("From"));
        emit.push(event.maybe("to_addr", fields.text("To").and_then(address::customer)))?;
    }
    emit.push(delivery(fields, id, status, &["DateUpdated", "DateSent", "DateCreated"])?)
}

fn received(fields: &Fields, id: &str, instants: &[&str]) -> Result<NewEvent, Reject> {
    let at = fields.need_instant(instants)?;
    let event = NewEvent::new("message.received", at, &format!("{id}:message")).text("message_id", id).text("content_ref", id);
    let event = event.text("author", "customer").text("content_type", content_type(fields)).text("direction", "inbound");
    let event = event.text("channel", "messaging").maybe("to_addr", fields.text("To"));
    Ok(event.maybe("from_addr", fields.text("From").and_then(address::customer)))
}

fn content_type(fields: &Fields) -> &str {
    let has_text = fields.text("Body").is_some();
    fields.text("MediaContentType0").filter(|_| !has_text).unwrap_or("text/plain")
}

fn delivery(fields: &Fields, id: &str, status: &str, instants: &[&str]) -> Result<NewEvent, Reject> {
    let at = fields.need_instant(instants)?;
    let event = NewEvent::new("message.delivery_updated", at, &format!("{id}:{status}")).text("message_id", id);
    let event = event.text("state", state(status)).text("source_label", status).maybe("error", fields.text("ErrorCode"));
    // Callbacks do not say the direction, but only what we send has a fate.
    let event = event.text("direction", "outbound").text("channel", "messaging");
    Ok(event.maybe("to_addr", fields.text("To").and_then(address::customer)))
}
