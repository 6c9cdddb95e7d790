//! Shipments: that they left, and what the carrier tells of their way.

use serde_json::{Map, Value};
use trunkline_events::identity::derived_id;

use super::super::Emit;
use super::super::reading::Node;
use super::Milestone;
use crate::connector::Reject;

/// A fulfillment on its own.
pub(super) fn read(node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let order = node.text("order_id")?;
    if shipped(node, &order, emit)? {
        return Ok(());
    }
    let at = node.instant_of(&["updated_at", "created_at"])?;
    let status = node.maybe("status").unwrap_or_default();
    let key = format!("{order}:fulfillment:{}:{}", at.micros(), derived_id(&[&node.value().to_string()]));
    emit.unmapped(&format!("fulfillment:{status}"), "a fulfillment that is not on its way", at, &key)
}

/// Says that a fulfillment left; false for one that did not.
pub(super) fn shipped(node: &Node<'_>, order: &str, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    if node.maybe("status").as_deref() != Some("success") {
        return Ok(false);
    }
    let id = node.text("id")?;
    let numbers: Vec<Value> = node.list("tracking_numbers")?.iter().map(|number| number.value().clone()).collect();
    let tracking = if numbers.len() > 1 { Value::Array(numbers) } else { node.maybe("tracking_number").map_or(Value::Null, Value::from) };
    let shipped = Milestone {
        order,
        word: "shipped",
        at: node.instant_of(&["created_at"])?,
        key: format!("{order}:shipped:{id}"),
        as_of: node.instant("updated_at")?,
        facts: Map::new(),
    };
    let shipped = shipped.text("fulfillment_id", Some(id)).text("carrier", node.maybe("tracking_company"));
    shipped.fact("tracking", tracking).push(emit)?;
    Ok(true)
}

/// What a carrier tells.
pub(super) fn journey(node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (order, id, status) = (node.text("order_id")?, node.text("id")?, node.text("status")?);
    let word = match status.as_str() {
        "out_for_delivery" => "out_for_delivery",
        "delivered" | "picked_up" => "delivered",
        "attempted_delivery" | "failure" => "delivery_failed",
        // On its way, a label printed, ready to be fetched: no milestone of the vocabulary.
        _ => "changed",
    };
    let told = Milestone {
        order: &order,
        word,
        at: node.instant_of(&["happened_at", "created_at"])?,
        key: format!("{order}:event:{id}"),
        as_of: node.instant("updated_at")?,
        facts: Map::new(),
    };
    let eta = node.instant("estimated_delivery_at")?.map(|at| at.to_string());
    told.text("fulfillment_id", node.maybe("fulfillment_id")).text("source_label", Some(status)).text("eta", eta).push(emit)
}
