//! Messages of WhatsApp: what customers write, what the business writes in its phone app, and what both do with messages afterwards.

use serde_json::{Value, json};
use trunkline_events::Timestamp;

use super::super::reading::Node;
use super::super::{Emit, NewEvent};
use super::thread::{Thread, error, object};
use super::whatsapp;
use crate::connector::Reject;

/// A message with what every rule needs.
struct Message<'m, 'a> {
    node: &'m Node<'a>,
    thread: Thread,
    kind: String,
    at: Timestamp,
    id: String,
}

impl<'m, 'a> Message<'m, 'a> {
    fn of(node: &'m Node<'a>, thread: Thread) -> Result<Self, Reject> {
        Ok(Self { node, thread, kind: node.text("type")?, at: node.epoch("timestamp")?, id: node.text("id")? })
    }

    /// The message itself, without who wrote it.
    fn event(&self, kind: &'static str, direction: &str, emit: &Emit<'_>) -> Result<NewEvent, Reject> {
        let id = emit.keyed(&self.id);
        let content = self.node.get(&self.kind);
        let media = content.as_ref().and_then(|content| content.maybe("id"));
        let mime = content.as_ref().and_then(|content| content.maybe("mime_type"));
        let plain = if self.kind == "text" { "text/plain" } else { &self.kind };
        let replied_to = self.node.get("context").and_then(|context| context.maybe("id")).map(|id| emit.keyed(&id));
        let event = self.thread.event(kind, direction, self.at, &self.id).text("message_id", &id);
        let event = event.text("content_ref", media.as_deref().unwrap_or(&id)).text("content_type", mime.as_deref().unwrap_or(plain));
        Ok(event.maybe("in_reply_to", replied_to.as_deref()).json("error", error(self.node)?))
    }

    /// What became of another message.
    fn changed(&self, change: &str, target: &str, direction: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let target = emit.keyed(target);
        let event = self.thread.event("message.changed", direction, self.at, &self.id);
        emit.push(event.text("message_id", &target).text("change", change))
    }

    /// Edits and withdrawals, which look the same from both ends.
    fn corrected(&self, direction: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let target = self.node.need(&self.kind)?.text("original_message_id")?;
        self.changed(if self.kind == "edit" { "edited" } else { "deleted" }, &target, direction, emit)
    }

    fn is_content(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "text"
                | "image"
                | "video"
                | "audio"
                | "document"
                | "sticker"
                | "location"
                | "contacts"
                | "interactive"
                | "button"
                | "order"
                | "unsupported"
        )
    }
}

/// A message from a customer.
pub(super) fn received(line: &str, value: &Node<'_>, node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let thread = whatsapp::thread(line, value, node, ["from", "from_user_id"], emit)?;
    let message = Message::of(node, thread)?;
    match message.kind.as_str() {
        "edit" | "revoke" => return message.corrected("inbound", emit),
        "reaction" => {
            let reaction = node.need("reaction")?;
            // Taking a reaction back is a reaction without a sign.
            let change = if reaction.maybe("emoji").is_some() { "reaction_added" } else { "reaction_removed" };
            return message.changed(change, &reaction.text("message_id")?, "inbound", emit);
        }
        "system" => return system(line, &message, emit),
        _ if !message.is_content() => {
            return emit.unmapped(&format!("messages:{}", message.kind), "a kind of message without a rule", message.at, &message.id);
        }
        _ => {}
    }
    emit.push(message.event("message.received", "inbound", emit)?.text("author", "customer"))?;
    if message.kind == "order" {
        emit.push(cart(&message, emit)?)?;
    }
    referred(&message, emit)
}

/// A message that the business wrote in its own phone app.
pub(super) fn echoed(line: &str, node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let thread = Thread::of("whatsapp", line, node.text("to")?, emit);
    let message = Message::of(node, thread)?;
    if matches!(message.kind.as_str(), "edit" | "revoke") {
        return message.corrected("outbound", emit);
    }
    // The app is used by a person.
    emit.push(message.event("message.sent", "outbound", emit)?.text("author", "agent"))
}

/// The ad or post that led the customer here.
fn referred(message: &Message<'_, '_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some(referral) = message.node.get("referral") else { return Ok(()) };
    let set = object([
        ("campaign", referral.maybe("source_id")),
        ("referral_type", referral.maybe("source_type")),
        ("referral_headline", referral.maybe("headline")),
        ("click_id", referral.maybe("ctwa_clid")),
    ]);
    emit.push(message.thread.event("contact.updated", "inbound", message.at, &message.id).json("set", set))
}

/// A cart sent as a message. It has no number of its own.
fn cart(message: &Message<'_, '_>, emit: &Emit<'_>) -> Result<NewEvent, Reject> {
    let order = message.node.need("order")?;
    let id = emit.keyed(&message.id);
    let (mut items, mut total, mut currency) = (Vec::new(), Some(0.0), None);
    for item in order.list("product_items")? {
        let number = |name: &str| item.maybe(name).and_then(|text| text.parse::<f64>().ok());
        total = total.zip(number("quantity")).zip(number("item_price")).map(|((sum, n), price)| sum + n * price);
        let own = item.maybe("currency");
        if currency.is_some() && currency != own {
            total = None;
        }
        items.push(json!({
            "sku": item.maybe("product_retailer_id"),
            "quantity": item.value().get("quantity"),
            "price": item.value().get("item_price"),
            "currency": own,
        }));
        currency = own;
    }
    // Thousandths: no currency has smaller parts, and binary fractions must not show.
    let amount = total.filter(|_| !items.is_empty()).map_or(Value::Null, |sum| json!((sum * 1_000.0_f64).round() / 1_000.0));
    let event = message.thread.event("order.progressed", "inbound", message.at, &message.id);
    let currency = currency.filter(|_| !amount.is_null());
    Ok(event
        .subject(&id)
        .text("order_id", &id)
        .text("milestone", "placed")
        .json("amount", amount)
        .maybe("currency", currency.as_deref())
        .json("items", Value::Array(items)))
}

/// What WhatsApp says about a customer: of use is that the number changed.
fn system(line: &str, message: &Message<'_, '_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let system = message.node.need("system")?;
    let (at, old) = (message.at, &message.thread);
    let Some(new) = system.maybe("wa_id").or_else(|| system.maybe("new_wa_id")).filter(|new| *new != old.customer) else {
        let vendor_type = format!("messages:system:{}", system.maybe("type").unwrap_or_default());
        return emit.unmapped(&vendor_type, "a remark of WhatsApp", at, &message.id);
    };
    let new = Thread::of("whatsapp", line, new, emit);
    let link = |key: &str, relation: &str, kind: &str, from: &str, to: &str| {
        let event = NewEvent::new("entity.linked", at, key).text("relation", relation);
        event.json("from", json!({ "kind": kind, "id": from })).json("to", json!({ "kind": kind, "id": to }))
    };
    emit.push(link(&format!("{}:customer", message.id), "same_customer", "customer", &new.customer, &old.customer))?;
    emit.push(link(&format!("{}:contact", message.id), "same_conversation", "contact", &new.contact, &old.contact))
}
