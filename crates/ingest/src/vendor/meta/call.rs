//! Calls over WhatsApp. Meta tells when a call connects and how it ended; who talked on our side it does not know.

use super::super::reading::Node;
use super::super::{Emit, NewEvent};
use crate::connector::Reject;

/// A call began or ended.
pub(super) fn changed(value: &Node<'_>, node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (id, what, told_at) = (node.text("id")?, node.text("event")?, node.epoch("timestamp")?);
    let contact = emit.keyed(&id);
    let direction = match node.text("direction")?.as_str() {
        "USER_INITIATED" => "inbound",
        "BUSINESS_INITIATED" => "outbound",
        _ => return Err(node.need("direction")?.wrong("USER_INITIATED or BUSINESS_INITIATED")),
    };
    let (from, to) = (node.maybe("from"), node.maybe("to"));
    let customer = if direction == "inbound" { from.as_deref() } else { to.as_deref() };
    let event = |kind, at, key: &str| {
        let event = NewEvent::new(kind, at, key).subject(&contact).text("contact_id", &contact).text("channel", "voice");
        event.text("subchannel", "whatsapp").text("direction", direction).maybe("customer_id", customer)
    };
    match what.as_str() {
        "connect" => {
            let line = value.get("metadata").and_then(|line| line.maybe("display_phone_number"));
            let event = event("contact.started", told_at, &format!("{id}:connect"));
            emit.push(event.maybe("from_addr", from.as_deref()).maybe("to_addr", to.as_deref()).maybe("entry_point", line.as_deref()))
        }
        "terminate" => {
            // The timestamp of a termination may be that of the beginning.
            let at = if node.get("end_time").is_some() { node.epoch("end_time")? } else { told_at };
            let key = format!("{id}:terminate");
            emit.push(event("contact.ended", at, &key).maybe("reason", node.maybe("status").as_deref()))?;
            let seconds = node.maybe("duration").and_then(|text| text.parse::<i64>().ok()).filter(|seconds| *seconds >= 0);
            let Some(seconds) = seconds else { return Ok(()) };
            emit.push(event("contact.summary_reported", at, &key).number("talk_ms", Some(seconds.saturating_mul(1_000))))
        }
        _ => emit.unmapped(&format!("calls:{what}"), "a call event without a rule", told_at, &format!("{id}:{what}")),
    }
}
