//! An order as it stands: what it says of its history.

use serde_json::{Map, Value, json};

use super::super::Emit;
use super::super::reading::Node;
use super::{Milestone, refund, shipment};
use crate::connector::Reject;

/// Reads an order.
pub(super) fn read(node: &Node<'_>, topic: Option<&str>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = node.text("id")?;
    // The date on the order; of imported ones `created_at` is the date of the import.
    let placed_at = node.instant_of(&["processed_at", "created_at"])?;
    let as_of = node.instant("updated_at")?;
    let of = |word: &'static str, at, key: &str| Milestone { order: &id, word, at, key: format!("{id}:{key}"), as_of, facts: Map::new() };
    let placed = customer(priced(of("placed", placed_at, "placed"), node), node);
    let placed = placed.text("order_name", node.maybe("name")).text("sales_channel", node.maybe("source_name"));
    let placed = placed.text("financial_status", node.maybe("financial_status"));
    let placed = placed.text("fulfillment_status", node.maybe("fulfillment_status")).fact("items", items(node)?);
    placed.fact("is_test", if node.flag("test") { Value::from(true) } else { Value::Null }).push(emit)?;
    if topic == Some("orders/paid") {
        let at = node.instant_of(&["updated_at"])?;
        customer(priced(of("paid", at, "paid"), node), node).push(emit)?;
    }
    for one in node.list("fulfillments")? {
        shipment::shipped(&one, &id, emit)?;
    }
    if let Some(at) = node.instant("cancelled_at")? {
        let cancelled = Milestone { as_of: None, ..of("cancelled", at, "cancelled") };
        cancelled.text("reason", node.maybe("cancel_reason")).push(emit)?;
    }
    node.list("refunds")?.iter().try_for_each(|one| refund::read(one, &id, emit))
}

/// What the order costs, as it stands.
fn priced<'m>(milestone: Milestone<'m>, node: &Node<'_>) -> Milestone<'m> {
    let amount = node.maybe("total_price").filter(|text| text.parse::<f64>().is_ok());
    milestone.text("amount", amount).text("currency", node.maybe("currency"))
}

/// Who ordered. All of it is stored as keyed hashes.
fn customer<'m>(milestone: Milestone<'m>, node: &Node<'_>) -> Milestone<'m> {
    let own = node.get("customer");
    let of = |name: &str| node.maybe(name).or_else(|| own.as_ref()?.maybe(name));
    let (email, phone) = (of("email"), of("phone"));
    let id = own.as_ref().and_then(|own| own.maybe("id")).or_else(|| email.clone()).or_else(|| phone.clone());
    milestone.text("customer_id", id).text("customer_email", email).text("customer_phone", phone)
}

fn items(node: &Node<'_>) -> Result<Value, Reject> {
    let items = node.list("line_items")?;
    let all: Vec<Value> = items
        .iter()
        .map(|item| {
            json!({
                "sku": item.maybe("sku"),
                "title": item.maybe("title"),
                "quantity": item.value().get("quantity"),
                "price": item.maybe("price"),
            })
        })
        .collect();
    Ok(if all.is_empty() { Value::Null } else { Value::Array(all) })
}
