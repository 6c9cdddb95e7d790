//! Orders with the members Shopify sends; shops and orders are made up.

use serde_json::{Value, json};
use trunkline_events::EventBatch;

use super::{Shopify, sum};
use crate::vendor::trial::single::{event, events, folded, mapped, refused, same_again};

fn captured(topic: &str, body: Value) -> String {
    json!({"headers":{"X-Shopify-Topic":topic,"X-Shopify-Triggered-At":"2026-03-02T10:00:00Z"},"body":body}).to_string()
}

fn order(updated_at: &str, more: Value) -> Value {
    let mut order = json!({"id":5001,"name":"#1001","created_at":"2026-03-01T10:00:00+01:00","processed_at":"2026-03-01T10:00:00+01:00",
        "updated_at":updated_at,"cancelled_at":null,"cancel_reason":null,"currency":"EUR","total_price":"40.90","financial_status":"pending",
        "fulfillment_status":null,"email":"ana@example.com","phone":null,"customer":{"id":77},"source_name":"web",
        "fulfillments":[],"refunds":[],"line_items":[{"id":1,"sku":"TEA","title":"Tea","quantity":2,"price":"20.45"}]});
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}

fn fulfillment(status: &str, updated_at: &str, tracking: &str) -> Value {
    json!({"id":88,"order_id":5001,"status":status,"created_at":"2026-03-02T09:00:00+01:00","updated_at":updated_at,
        "tracking_company":"DHL","tracking_number":tracking,"shipment_status":null})
}

fn journey(id: i64, status: &str) -> Value {
    json!({"id":id,"fulfillment_id":88,"order_id":5001,"status":status,"happened_at":"2026-03-03T14:30:00+01:00",
        "created_at":"2026-03-03T14:31:00+01:00","estimated_delivery_at":"2026-03-03T18:00:00+01:00"})
}

fn refund(amount: &str, status: &str) -> Value {
    json!({"id":99,"order_id":5001,"created_at":"2026-03-05T12:00:00+01:00","refund_line_items":[],
        "transactions":[{"kind":"refund","status":status,"amount":amount,"currency":"EUR"}]})
}

/// Milestones with their instants, and the latest revision of each key only.
fn milestones(batch: &EventBatch) -> Vec<(String, String, Value)> {
    let mut all: Vec<(String, String, Value)> = Vec::new();
    for row in batch.rows().filter(|row| row.kind == "order.progressed") {
        let data: Value = serde_json::from_str(row.data).unwrap();
        let revision = |data: &Value| data["revision"].as_i64().unwrap_or(0);
        let told = (data["milestone"].as_str().unwrap().to_owned(), row.occurred_at.to_string(), data);
        match all.iter_mut().find(|known| known.2["source_event_key"] == told.2["source_event_key"]) {
            Some(known) if revision(&known.2) <= revision(&told.2) => *known = told,
            Some(_) => {}
            None => all.push(told),
        }
    }
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

#[test]
fn an_order_from_the_cart_to_the_refund_in_any_order_of_arrival() {
    let shipped = fulfillment("success", "2026-03-02T09:05:00+01:00", "JD014");
    let documents = [
        captured("orders/create", order("2026-03-01T10:00:05+01:00", json!({}))),
        captured("orders/paid", order("2026-03-01T10:02:00+01:00", json!({"financial_status":"paid"}))),
        captured(
            "orders/updated",
            order("2026-03-02T09:05:00+01:00", json!({"financial_status":"paid","total_price":"30.00","fulfillments":[shipped]})),
        ),
        captured("fulfillments/update", fulfillment("success", "2026-03-02T11:00:00+01:00", "JD015")),
        captured("fulfillment_events/create", journey(1, "in_transit")),
        captured("fulfillment_events/create", journey(2, "delivered")),
        captured("refunds/create", refund("12.50", "success")),
    ];
    let told = |texts: Vec<&str>| {
        let batch = mapped(&Shopify, &texts, 1).unwrap();
        assert!(batch.rows().all(|row| row.subject == Some("5001") && row.contact_id.is_none()));
        assert_eq!(folded(&batch, "5001").contact, None, "an order is no contact");
        milestones(&batch)
    };
    let forward = told(documents.iter().map(String::as_str).collect());
    let backward = told(documents.iter().rev().map(String::as_str).collect());
    let seen: Vec<(&str, &str)> = forward.iter().map(|(word, at, _)| (word.as_str(), at.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("placed", "2026-03-01T09:00:00Z"),
            ("paid", "2026-03-01T09:02:00Z"),
            ("shipped", "2026-03-02T08:00:00Z"),
            ("changed", "2026-03-03T13:30:00Z"),
            ("delivered", "2026-03-03T13:30:00Z"),
            ("refunded", "2026-03-05T11:00:00Z"),
        ]
    );
    let of = |all: &[(String, String, Value)], word: &str| all.iter().find(|(known, ..)| known == word).unwrap().2.clone();
    for word in ["placed", "paid", "shipped", "delivered", "refunded"] {
        assert_eq!(of(&forward, word), of(&backward, word), "{word}");
    }
    assert_eq!(
        (&of(&forward, "placed")["amount"], &of(&forward, "paid")["amount"]),
        (&json!("30.00"), &json!("40.90")),
        "the latest, and what was paid"
    );
    assert_eq!((&of(&forward, "shipped")["carrier"], &of(&forward, "shipped")["tracking"]), (&json!("DHL"), &json!("JD015")));
    assert_eq!((&of(&forward, "refunded")["amount"], &of(&forward, "refunded")["currency"]), (&json!("12.50"), &json!("EUR")));
    assert_eq!(
        (&of(&forward, "delivered")["eta"], &of(&forward, "delivered")["source_label"]),
        (&json!("2026-03-03T17:00:00Z"), &json!("delivered"))
    );
}

#[test]
fn who_ordered_is_a_hash_and_what_was_ordered_is_not() {
    let batch = mapped(&Shopify, &[&order("2026-03-01T10:00:05+01:00", json!({})).to_string()], 1).unwrap();
    let data: Value = serde_json::from_str(batch.row(0).data).unwrap();
    assert!(batch.row(0).customer_key.is_some());
    assert!(!batch.row(0).data.contains("ana@") && data["customer_email"].as_str().is_some_and(|key| key.len() == 32));
    assert_eq!(data["items"], json!([{"sku":"TEA","title":"Tea","quantity":2,"price":"20.45"}]));
    assert_eq!((&data["order_name"], &data["sales_channel"], &data["is_test"]), (&json!("#1001"), &json!("web"), &Value::Null));
}

#[test]
fn what_a_snapshot_does_not_know_is_not_told() {
    let failed = fulfillment("failure", "2026-03-02T09:05:00+01:00", "JD");
    let paid =
        order("2026-03-02T10:00:00+01:00", json!({"financial_status":"paid","cancel_reason":"customer","fulfillments":[failed.clone()]}));
    let (kind, data) = event(&Shopify, &paid.to_string());
    assert_eq!(
        (kind.as_str(), &data["milestone"]),
        ("order.progressed", &json!("placed")),
        "neither paid nor shipped nor cancelled at a known instant"
    );
    let cancelled =
        order("2026-03-02T10:00:00+01:00", json!({"cancelled_at":"2026-03-02T09:59:00+01:00","cancel_reason":"customer","test":true}));
    let all = events(&Shopify, &cancelled.to_string());
    assert_eq!(
        (&all[1].1["milestone"], &all[1].1["reason"], &all[0].1["is_test"]),
        (&json!("cancelled"), &json!("customer"), &json!(true))
    );
    assert_eq!(event(&Shopify, &failed.to_string()).1["vendor_type"], "fulfillment:failure");
    assert_eq!(event(&Shopify, &refund("12.50", "pending").to_string()).1["amount"], Value::Null, "nothing has gone back yet");
}

#[test]
fn carriers_words_become_milestones() {
    for (status, word) in [
        ("out_for_delivery", "out_for_delivery"),
        ("picked_up", "delivered"),
        ("attempted_delivery", "delivery_failed"),
        ("failure", "delivery_failed"),
        ("label_printed", "changed"),
    ] {
        assert_eq!(event(&Shopify, &journey(3, status).to_string()).1["milestone"], word, "{status}");
    }
}

#[test]
fn a_document_delivered_again_is_the_same_events() {
    let order = order(
        "2026-03-02T10:00:00+01:00",
        json!({"fulfillments":[fulfillment("success", "2026-03-02T09:05:00+01:00", "JD")],"refunds":[refund("1", "success")]}),
    );
    let documents =
        [captured("orders/paid", order.clone()), json!({"orders":[order]}).to_string(), captured("refunds/create", refund("1", "success"))];
    documents.iter().for_each(|document| same_again(&Shopify, document));
    let batch = mapped(&Shopify, &documents.each_ref().map(String::as_str), 1).unwrap();
    let ids: std::collections::HashSet<&str> = batch.rows().map(|row| row.event_id).collect();
    assert_eq!((batch.len(), ids.len()), (8, 4), "placed, paid, shipped, refunded: by whatever way they come");
}

#[test]
fn amounts_are_summed_in_decimals() {
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(sum(&[some("0.10"), some("0.20")]), Some(json!(0.3)));
    assert_eq!((sum(&[]), sum(&[some("1"), None]), sum(&[some("x")])), (None, None, None));
}

#[test]
fn what_cannot_be_understood_is_refused_by_name_and_other_topics_are_kept() {
    let with = |name: &str, value: Value| order("2026-03-01T10:00:05+01:00", json!({ name: value })).to_string();
    refused(&Shopify, &with("id", Value::Null), "missing_field", &["id"]);
    refused(&Shopify, &with("processed_at", json!("2026-03-01 10:00")), "bad_time", &["processed_at", "2026-03-01 10:00"]);
    refused(&Shopify, &with("fulfillments", json!({})), "bad_field", &["fulfillments", "an array"]);
    refused(&Shopify, r#"{"hello":1}"#, "bad_field", &["an order", "hello"]);
    refused(&Shopify, &json!({"id":1,"fulfillment_id":2,"happened_at":null}).to_string(), "missing_field", &["order_id"]);
    assert_eq!(event(&Shopify, &captured("disputes/create", json!({"id":1}))).1["vendor_type"], "disputes/create");
    let (kind, data) = event(&Shopify, &captured("orders/delete", json!({"id":5001})));
    assert_eq!((kind.as_str(), &data["target"]["kind"]), ("record.erased", &json!("order")));
}
