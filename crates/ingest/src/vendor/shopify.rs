//! Shopify: orders, shipments, refunds, as webhooks or exports give them.
//!
//! Most webhooks carry the whole order as it stands. What it says of its own history (placed, shipped, cancelled, refunded) becomes an event each;
//! what changes under one instant (amount, items, tracking) makes a new event with a higher `revision` and the same `source_event_key`, of which the
//! latest counts. A snapshot does not say when an order was paid or delivered: that is known from the topics `orders/paid` and
//! `fulfillment_events/create` only.

mod order;
mod refund;
mod shipment;

use serde_json::{Map, Value, json};
use trunkline_events::Timestamp;
use trunkline_events::identity::derived_id;

use super::reading::Node;
use super::{Emit, NewEvent, Request, Vendor};
use crate::connector::Reject;

/// Shopify webhooks and exports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shopify;

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Order,
    Fulfillment,
    Journey,
    Refund,
}

impl Vendor for Shopify {
    fn name(&self) -> &'static str {
        "shopify"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let body = request.json()?;
        let root = Node::root(&body);
        let topic = request.header("x-shopify-topic");
        if root.get("orders").is_some() {
            return root.list("orders")?.iter().try_for_each(|one| order::read(one, topic, emit));
        }
        let inner = ["order", "fulfillment", "refund"].iter().find_map(|name| root.get(name).filter(|own| own.value().is_object()));
        let node = inner.unwrap_or(root);
        match shape(&node, topic) {
            Some(Shape::Order) => order::read(&node, topic, emit),
            Some(Shape::Fulfillment) => shipment::read(&node, emit),
            Some(Shape::Journey) => shipment::journey(&node, emit),
            Some(Shape::Refund) => refund::read(&node, &node.text("order_id")?, emit),
            None => other(&node, topic, request.header("x-shopify-triggered-at"), emit),
        }
    }
}

/// Told by the topic; without one by the members that only one kind of body has.
fn shape(node: &Node<'_>, topic: Option<&str>) -> Option<Shape> {
    let has = |name: &str| node.value().get(name).is_some();
    match topic.map(|topic| topic.split_once('/').unwrap_or((topic, ""))) {
        Some(("orders", "delete")) => None,
        Some(("orders", _)) => Some(Shape::Order),
        Some(("fulfillments", _)) => Some(Shape::Fulfillment),
        Some(("fulfillment_events", "create")) => Some(Shape::Journey),
        Some(("refunds", _)) => Some(Shape::Refund),
        Some(_) => None,
        None if has("happened_at") && has("fulfillment_id") => Some(Shape::Journey),
        None if has("refund_line_items") => Some(Shape::Refund),
        None if has("order_id") && (has("tracking_company") || has("shipment_status")) => Some(Shape::Fulfillment),
        None if has("total_price") || has("financial_status") => Some(Shape::Order),
        None => None,
    }
}

/// Everything else that Shopify may send.
fn other(node: &Node<'_>, topic: Option<&str>, triggered_at: Option<&str>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some(topic) = topic else {
        return Err(node.wrong("an order, a fulfillment, a fulfillment event or a refund"));
    };
    let at = match triggered_at {
        Some(text) => Timestamp::parse_rfc3339(text)
            .ok_or_else(|| Reject::new("bad_time", format!("header X-Shopify-Triggered-At '{text}' is no RFC 3339 instant")))?,
        None => node.instant_of(&["updated_at", "created_at"])?,
    };
    if topic == "orders/delete" {
        let id = node.text("id")?;
        let event = NewEvent::new("record.erased", at, &format!("{id}:deleted")).subject(&id).text("order_id", &id);
        return emit.push(event.json("target", json!({ "kind": "order", "id": id })));
    }
    let key = format!("{topic}:{}:{}", at.micros(), derived_id(&[&node.value().to_string()]));
    emit.unmapped(topic, "a topic without a rule", at, &key)
}

/// A milestone in the making. Facts that may be restated are part of its name.
#[derive(Debug)]
struct Milestone<'m> {
    order: &'m str,
    word: &'static str,
    at: Timestamp,
    /// The source's own name for what happened, the same in every restatement.
    key: String,
    /// When the facts were as they are here.
    as_of: Option<Timestamp>,
    facts: Map<String, Value>,
}

impl Milestone<'_> {
    /// Adds a fact that is there.
    fn fact(mut self, name: &str, value: Value) -> Self {
        if !value.is_null() {
            self.facts.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds a text that is there.
    fn text(self, name: &str, value: Option<String>) -> Self {
        self.fact(name, value.map_or(Value::Null, Value::from))
    }

    fn push(self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let as_of = self.as_of.map(Timestamp::micros);
        let content = derived_id(&[&Value::Object(self.facts.clone()).to_string()]);
        let key = format!("{}:{}:{}:{content}", self.key, self.at.micros(), as_of.unwrap_or_default());
        let event = NewEvent::new("order.progressed", self.at, &key).subject(self.order);
        let event = event.text("order_id", self.order).text("milestone", self.word).text("source_event_key", &self.key);
        let event = event.number("revision", as_of.map(|micros| micros / 1_000_000));
        emit.push(self.facts.into_iter().fold(event, |event, (name, value)| event.json(&name, value)))
    }
}

/// A sum of amounts, to the thousandth: no currency has smaller parts, and binary fractions must not show. `None` where one of them is no number.
fn sum(amounts: &[Option<String>]) -> Option<Value> {
    if let [Some(only)] = amounts {
        return only.parse::<f64>().ok().map(|_| Value::from(only.as_str()));
    }
    let total = amounts.iter().try_fold(0.0_f64, |total, amount| Some(total + amount.as_ref()?.parse::<f64>().ok()?))?;
    (!amounts.is_empty()).then(|| json!((total * 1_000.0).round() / 1_000.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
