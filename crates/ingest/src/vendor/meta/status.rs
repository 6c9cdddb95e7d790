//! What became of messages that the business sent. Statuses come unordered, repeated, and not all of them come.

use serde_json::json;

use super::super::reading::Node;
use super::super::{Emit, NewEvent};
use super::thread::error;
use super::whatsapp;
use crate::connector::Reject;

/// One status.
pub(super) fn told(line: &str, value: &Node<'_>, node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (id, state, at) = (node.text("id")?, node.text("status")?, node.epoch("timestamp")?);
    let key = format!("{id}:{state}:{}", at.micros());
    if node.maybe("type").as_deref() == Some("call") {
        let contact = emit.keyed(&id);
        let event = NewEvent::new("contact.updated", at, &key).subject(&contact).text("contact_id", &contact);
        return emit.push(event.text("channel", "voice").json("set", json!({ "call_status": state })));
    }
    let thread = whatsapp::thread(line, value, node, ["recipient_id", "recipient_user_id"], emit)?;
    let message = emit.keyed(&id);
    let event = |kind| thread.event(kind, "outbound", at, &key).text("message_id", &message);
    match state.as_str() {
        "sent" | "delivered" | "read" | "played" | "failed" => {
            let pricing = node.get("pricing");
            let category = pricing.as_ref().and_then(|pricing| pricing.maybe("category"));
            let billable = pricing.as_ref().and_then(|pricing| pricing.value().get("billable")?.as_bool());
            let conversation = node.get("conversation").and_then(|conversation| conversation.maybe("id"));
            let event = event("message.delivery_updated").text("state", &state).json("error", error(node)?);
            let event = event.maybe("conversation_ref", conversation.as_deref()).maybe("pricing_category", category.as_deref());
            emit.push(event.flag("is_billable", billable))
        }
        "deleted" => emit.push(event("message.changed").text("change", "deleted")),
        _ => emit.unmapped(&format!("statuses:{state}"), "a status without a rule", at, &key),
    }
}
