//! Refunds: money that went back, as far as it did.

use serde_json::{Map, Value};

use super::super::Emit;
use super::super::reading::Node;
use super::{Milestone, sum};
use crate::connector::Reject;

/// Reads a refund of an order. Its transactions may succeed later than it was made: then it is told again with another amount.
pub(super) fn read(node: &Node<'_>, order: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = node.text("id")?;
    let is_paid_out = |one: &&Node<'_>| one.maybe("kind").as_deref() == Some("refund") && one.maybe("status").as_deref() == Some("success");
    let transactions = node.list("transactions")?;
    let paid_out: Vec<&Node<'_>> = transactions.iter().filter(is_paid_out).collect();
    let amounts: Vec<Option<String>> = paid_out.iter().map(|one| one.maybe("amount")).collect();
    let currency = paid_out.first().and_then(|one| one.maybe("currency"));
    let is_one_currency = paid_out.iter().all(|one| one.maybe("currency") == currency);
    let amount = sum(&amounts).filter(|_| is_one_currency).unwrap_or(Value::Null);
    let refunded = Milestone {
        order,
        word: "refunded",
        at: node.instant_of(&["created_at"])?,
        key: format!("{order}:refund:{id}"),
        as_of: None,
        facts: Map::new(),
    };
    let currency = currency.filter(|_| !amount.is_null());
    refunded.text("refund_id", Some(id)).fact("amount", amount).text("currency", currency).push(emit)
}
