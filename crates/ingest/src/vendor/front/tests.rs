//! What analysts see of Front.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::Front;
use crate::vendor::trial::told::{Told, refused, told};

/// 2026-02-03T09:00:00Z.
const NINE: f64 = 1_770_109_200.0;

fn teammate(id: &str) -> Value {
    json!({"_meta": {"type": "teammate"}, "data": {"id": id, "email": "ann@example.com", "username": "ann"}})
}

fn inbox() -> Value {
    json!({"_meta": {"type": "inboxes"}, "data": [{"id": "inb_1", "name": "Support", "address": "x@in.frontapp.com", "type": "smtp"}]})
}

/// A bare event at a second after nine in a conversation that began at nine.
fn event(kind: &str, second: f64, source: Value, target: Value) -> Value {
    json!({
        "id": format!("evt_{kind}_{second}"), "type": kind, "emitted_at": NINE + second, "source": source, "target": target,
        "conversation": {
            "id": "cnv_7", "subject": "Jane's parcel", "status": "assigned", "assignee": {"id": "tea_1"}, "created_at": NINE + 0.05,
            "recipient": {"name": "Jane Doe", "handle": "jane@example.com", "role": "from"}, "tags": [], "scheduled_reminders": [],
            "last_message": {"id": "msg_1", "type": "email", "is_inbound": true, "created_at": NINE, "text": "Jane asks"}
        }
    })
}

fn wrapped(outer: &str, event: Value) -> Value {
    json!({"authorization": {"id": "cmp_1"}, "type": outer, "payload": event})
}

fn message(kind: &str, second: f64, id: &str, author: Value) -> Value {
    let data = json!({"id": id, "type": "email", "is_inbound": kind == "inbound", "created_at": NINE + second, "body": "Jane", "text": "Jane", "author": author});
    event(kind, second, inbox(), json!({"_meta": {"type": "message"}, "data": data}))
}

fn one(document: Value) -> Told {
    told(&Front, &[document])
}

#[test]
fn an_email_conversation_tells_response_times_and_who_ended_it() {
    let story = [
        wrapped("inbound_received", message("inbound", 0.0, "msg_1", Value::Null)),
        wrapped("assignee_changed", event("assign", 30.0, json!({"_meta": {"type": "rule"}, "data": {"id": "rul_1"}}), teammate("tea_1"))),
        wrapped("outbound_sent", message("out_reply", 600.5, "msg_2", json!({"id": "tea_1"}))),
        wrapped("conversation_archived", event("archive", 601.0, teammate("tea_1"), Value::Null)),
        wrapped("inbound_received", message("inbound", 900.0, "msg_3", Value::Null)),
        wrapped("conversation_reopened", event("reopen", 900.0, Value::Null, Value::Null)),
    ];
    let all = told(&Front, &story);
    let facts = all.contact("cnv_7");
    let contact = facts.contact.unwrap();
    assert_eq!(
        (contact.channel.as_deref(), contact.direction.as_deref(), contact.entry_point.as_deref()),
        (Some("email"), Some("inbound"), Some("inb_1"))
    );
    assert_eq!((contact.outcome.as_str(), contact.ended_at), ("open", None), "the customer wrote again");
    assert_eq!((facts.responses.len(), facts.responses[1].answered_at), (2, None));
    let first = &facts.responses[0];
    assert_eq!(
        (first.answered_at.unwrap().millis_since(first.asked_at), first.agent_id.as_deref(), first.queue.as_deref()),
        (600_500, Some("tea_1"), Some("inb_1"))
    );
    assert_eq!((all.text("contact.ended", "ended_by").as_str(), all.text("case.assigned", "by").as_str()), ("agent", "system"));
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
    assert!(!all.stored().contains("Jane") && !all.stored().contains("jane@"), "{}", all.stored());
}

#[test]
fn send_and_archive_ends_the_contact_with_the_answer() {
    let mut archive = event("archive", 600.25, teammate("tea_1"), Value::Null);
    archive["conversation"]["last_message"] = json!({"id": "msg_2", "type": "email", "is_inbound": false, "created_at": NINE + 600.5});
    let story =
        [message("inbound", 0.0, "msg_1", Value::Null), archive.clone(), message("out_reply", 600.5, "msg_2", json!({"id": "tea_1"}))];
    let contact = told(&Front, &story).contact("cnv_7").contact.unwrap();
    assert_eq!(contact.ended_at.map(|at| at.to_string()).as_deref(), Some("2026-02-03T09:10:00.5Z"), "the answer does not open it again");
    archive["conversation"]["last_message"]["is_inbound"] = json!(true);
    assert_eq!(one(archive).at("contact.ended"), "2026-02-03T09:10:00.25Z");
}

#[test]
fn a_call_that_waits_is_held_and_transferred_gives_all_its_parts() {
    let none = || Value::Null;
    let story = [
        event("call_started", 0.0, none(), none()),
        event("call_queued", 5.0, inbox(), none()),
        event("call_connected", 25.0, none(), teammate("tea_1")),
        event("call_on_hold", 45.0, teammate("tea_1"), none()),
        event("call_resumed", 55.0, teammate("tea_1"), none()),
        event("call_transferred", 85.0, teammate("tea_1"), teammate("tea_2")),
        event("call_connected", 90.0, none(), teammate("tea_2")),
        event("call_hangup", 150.0, json!({"_meta": {"type": "recipient"}, "data": {}}), teammate("tea_2")),
    ];
    let facts = told(&Front, &story).contact("cnv_7");
    let contact = facts.contact.unwrap();
    assert_eq!(
        (contact.outcome.as_str(), contact.channel.as_deref(), contact.ended_by.as_deref()),
        ("answered", Some("voice"), Some("customer"))
    );
    assert_eq!((contact.wait_ms, contact.hold_ms, contact.transfer_count), (Some(20_000), 10_000, 1));
    let legs: Vec<_> = facts.legs.iter().map(|l| (l.agent_id.as_deref().unwrap(), l.talk_ms, l.is_transfer_in)).collect();
    assert_eq!(legs, [("tea_1", Some(50_000), false), ("tea_2", Some(60_000), true)]);
    assert_eq!(facts.stints[0].queue.as_deref(), Some("inb_1"));
}

#[test]
fn a_call_that_nobody_takes_is_abandoned_or_missed() {
    let story = [
        event("call_started", 0.0, Value::Null, Value::Null),
        event("call_queued", 5.0, inbox(), Value::Null),
        event("call_missed", 15.0, Value::Null, teammate("tea_1")),
        event("call_abandoned", 25.0, inbox(), Value::Null),
    ];
    let facts = told(&Front, &story).contact("cnv_7");
    assert_eq!(
        (facts.contact.unwrap().outcome.as_str(), facts.stints[0].wait_ms, facts.legs[0].outcome.as_str()),
        ("abandoned", Some(20_000), "missed")
    );
    let mut archived = event("archive", 4_000.0, teammate("tea_1"), Value::Null);
    archived["conversation"]["last_message"]["type"] = json!("call");
    assert_eq!(one(archived).kinds(), ["case.status_changed"], "putting a call away later does not end it");
    assert_eq!(one(event("call_queued", 5.0, Value::Null, Value::Null)).kinds(), ["source.unmapped"]);
    assert_eq!(one(event("call_started", 500.0, Value::Null, Value::Null)).kinds(), ["source.unmapped"], "in an older conversation");
}

#[test]
fn every_type_has_its_word() {
    let tag = || json!({"_meta": {"type": "tag"}, "data": {"id": "tag_1", "name": "Urgent"}});
    let comment = || json!({"_meta": {"type": "comment"}, "data": {"id": "com_1", "body": "Jane", "author": {"id": "tea_2"}}});
    let gone = || json!({"_meta": {"type": "deleted_conversation_ids"}, "data": ["cnv_8", "cnv_9"]});
    let table: [(&str, Value, Value, &[&str]); 18] = [
        ("unassign", teammate("tea_1"), Value::Null, &["case.assigned"]),
        ("move", teammate("tea_1"), inbox(), &["case.assigned"]),
        ("move", teammate("tea_1"), Value::Null, &["source.unmapped"]),
        ("trash", teammate("tea_1"), Value::Null, &["case.status_changed", "contact.ended"]),
        ("restore", teammate("tea_1"), Value::Null, &["case.status_changed", "contact.state_changed"]),
        ("comment", teammate("tea_2"), comment(), &["note.added"]),
        ("mention", teammate("tea_2"), comment(), &["source.unmapped"]),
        ("tag", teammate("tea_2"), tag(), &["case.updated"]),
        ("untag", teammate("tea_2"), tag(), &["case.updated"]),
        (
            "sending_error",
            Value::Null,
            json!({"_meta": {"type": "message"}, "data": {"id": "msg_1", "error_type": "auth"}}),
            &["message.delivery_updated"],
        ),
        ("message_bounce_error", Value::Null, Value::Null, &["message.delivery_updated"]),
        ("conversations_merged", teammate("tea_1"), gone(), &["entity.linked", "entity.linked"]),
        ("conversations_merged", teammate("tea_1"), Value::Null, &["source.unmapped"]),
        ("custom_field_updated", teammate("tea_1"), json!({"data": {"name": "Order"}}), &["case.updated"]),
        ("ticket_status_update", teammate("tea_1"), Value::Null, &["source.unmapped"]),
        ("call_parked", teammate("tea_1"), Value::Null, &["hold.started"]),
        ("call_transcript_added", Value::Null, Value::Null, &["artifact.attached"]),
        ("macro_triggered", teammate("tea_1"), Value::Null, &["source.unmapped"]),
    ];
    for (kind, source, target, kinds) in table {
        assert_eq!(one(event(kind, 60.0, source, target)).kinds(), kinds, "{kind}");
    }
    let tagged = one(event("untag", 60.0, Value::Null, tag()));
    assert_eq!(tagged.data("case.updated")["changes"], json!([{"field": "tags", "from": "Urgent"}]));
    let note = one(event("comment", 60.0, teammate("tea_2"), comment()));
    assert_eq!((note.text("note.added", "agent_id").as_str(), note.subject("note.added")), ("tea_2", Some("cnv_7")));
    let mut status = event("ticket_status_update", 60.0, Value::Null, Value::Null);
    status["conversation"]["status_category"] = json!("waiting");
    assert_eq!(one(status).text("case.status_changed", "category"), "waiting_customer");
}

#[test]
fn only_the_first_message_begins_a_conversation_and_only_people_answer() {
    assert_eq!(one(message("inbound", 0.0, "msg_1", Value::Null)).kinds(), ["contact.started", "message.received"]);
    assert_eq!(one(message("inbound", 60.0, "msg_2", Value::Null)).kinds(), ["message.received"]);
    let ours = one(message("outbound", 0.0, "msg_1", json!({"id": "tea_1"})));
    assert_eq!(ours.text("contact.started", "direction"), "outbound");
    let by_rule = one(message("out_reply", 60.0, "msg_2", Value::Null));
    assert_eq!(
        (by_rule.text("message.sent", "author").as_str(), by_rule.data("message.sent")["automatic"].clone()),
        ("system", json!(true))
    );
}

#[test]
fn reminders_put_to_sleep_and_wake() {
    let mut asleep = event("reminder", 60.0, teammate("tea_1"), Value::Null);
    asleep["conversation"]["scheduled_reminders"] = json!([{"created_at": NINE, "scheduled_at": NINE + 3600.0}]);
    let told = one(asleep.clone());
    assert_eq!(
        (told.text("contact.state_changed", "to").as_str(), told.text("contact.state_changed", "until").as_str()),
        ("paused", "2026-02-03T10:00:00Z")
    );
    assert_eq!(one(wrapped("conversation_snooze_expired", asleep)).text("contact.state_changed", "to"), "active");
    assert_eq!(
        one(wrapped("conversation_snoozed", event("reminder", 60.0, Value::Null, Value::Null))).text("contact.state_changed", "to"),
        "paused"
    );
    assert_eq!(one(event("reminder", 60.0, Value::Null, Value::Null)).text("contact.state_changed", "to"), "active");
}

#[test]
fn a_redelivery_names_the_same_events_wrapped_or_bare() {
    let bare = message("inbound", 0.0, "msg_1", Value::Null);
    assert_eq!(one(wrapped("inbound_received", bare.clone())).names(), one(bare.clone()).names());
    let page = one(json!({"_pagination": {"next": null}, "_results": [bare.clone(), message("inbound", 60.0, "msg_2", Value::Null)]}));
    assert_eq!(page.kinds(), ["contact.started", "message.received", "message.received"]);
    assert_eq!(page.names()[..2], *one(bare).names());
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let without = |mut document: Value, outer: &str, name: &str| {
        document.pointer_mut(outer).unwrap().as_object_mut().unwrap().remove(name);
        document
    };
    let said = || message("inbound", 0.0, "msg_1", Value::Null);
    let mut odd = said();
    odd["emitted_at"] = json!("noon");
    let table = [
        (without(said(), "", "emitted_at"), "no_time", "emitted_at"),
        (without(said(), "", "id"), "missing_field", "'id'"),
        (without(said(), "/conversation", "id"), "missing_field", "'conversation.id'"),
        (without(said(), "/target/data", "id"), "missing_field", "'target.data.id'"),
        (odd, "bad_time", "noon"),
        (event("tag", 1.0, Value::Null, Value::Null), "missing_field", "target.data.name"),
        (json!({"type": "sync"}), "missing_field", "'id'"),
        (json!({"_results": [said(), {"type": "inbound"}]}), "missing_field", "_results[1]: 'id'"),
    ];
    for (document, code, words) in table {
        let reject = refused(&Front, &document.to_string());
        assert_eq!(reject.code, code, "{document}: {}", reject.message);
        assert!(reject.message.contains(words), "{}", reject.message);
    }
}
