//! What analysts see of Chatwoot.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::Chatwoot;
use crate::vendor::trial::told::{Told, refused, told};

/// 2026-02-03T09:00:00Z.
const NINE: i64 = 1_770_109_200;

fn iso(second: i64) -> String {
    trunkline_events::Timestamp::from_millis((NINE + second) * 1_000).to_string()
}

/// A conversation's snapshot at a second after nine.
fn conversation(second: i64, status: &str, first_reply: Option<i64>) -> Value {
    json!({
        "id": 77, "inbox_id": 4, "channel": "Channel::WebWidget", "status": status, "can_reply": true, "priority": null, "labels": [],
        "custom_attributes": {}, "additional_attributes": {}, "contact_inbox": {"id": 6, "contact_id": 900, "inbox_id": 4},
        "meta": {"sender": {"id": 900, "name": "Jane Doe", "phone_number": "+34600111222", "email": null}, "assignee": {"id": 31, "name": "Ann", "type": "user"}, "team": null},
        "messages": [{"id": 1, "message_type": 0, "content": "Jane asks", "created_at": NINE}], "snoozed_until": null, "unread_count": 0,
        "first_reply_created_at": first_reply.map(iso), "waiting_since": 0, "agent_last_seen_at": 0, "contact_last_seen_at": 0,
        "last_activity_at": NINE + second, "timestamp": NINE + second, "created_at": NINE, "updated_at": (NINE + second) as f64
    })
}

fn with(mut document: Value, members: Value) -> Value {
    document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    document
}

fn changed(second: i64, status: &str, first_reply: Option<i64>, attributes: Value) -> Value {
    with(conversation(second, status, first_reply), json!({"event": "conversation_updated", "changed_attributes": attributes}))
}

fn status(second: i64, from: Value, to: &str, first_reply: Option<i64>) -> Value {
    let attributes = json!([{"status": {"previous_value": from, "current_value": to}}]);
    with(changed(second, to, first_reply, attributes), json!({"event": "conversation_status_changed"}))
}

fn message(second: i64, id: i64, kind: &str, sender: Value, first_reply: Option<i64>) -> Value {
    json!({
        "event": "message_created", "id": id, "content": "Jane writes", "content_type": "text", "content_attributes": {}, "additional_attributes": {},
        "message_type": kind, "private": false, "source_id": null, "created_at": iso(second), "sender": sender, "account": {"id": 2, "name": "A"},
        "inbox": {"id": 4, "name": "Web"}, "conversation": conversation(second, "open", first_reply)
    })
}

fn customer() -> Value {
    json!({"id": 900, "name": "Jane Doe", "phone_number": "+34600111222"})
}

fn ann() -> Value {
    json!({"id": 31, "name": "Ann", "type": "user"})
}

fn one(document: Value) -> Told {
    told(&Chatwoot, &[document])
}

fn created(status: &str) -> Value {
    with(conversation(0, status, None), json!({"event": "conversation_created"}))
}

#[test]
fn a_conversation_handed_over_by_the_bot_waits_until_a_person_replies() {
    let story = [
        created("pending"),
        message(0, 1, "incoming", customer(), None),
        message(2, 2, "outgoing", json!({"id": 5, "name": "Botty", "type": "agent_bot"}), None),
        status(60, json!("pending"), "open", None),
        message(180, 3, "outgoing", ann(), Some(180)),
        message(200, 4, "incoming", customer(), Some(180)),
        message(260, 5, "outgoing", ann(), Some(180)),
        status(300, json!("open"), "resolved", Some(180)),
    ];
    let all = told(&Chatwoot, &story);
    let facts = all.contact("77");
    let contact = facts.contact.unwrap();
    assert_eq!(
        (contact.outcome.as_str(), contact.channel.as_deref(), contact.direction.as_deref()),
        ("answered", Some("chat"), Some("inbound"))
    );
    assert_eq!((contact.wait_ms, contact.self_service_ms, contact.entry_point.as_deref()), (Some(120_000), 60_000, Some("inbox:4")));
    assert_eq!((facts.stints[0].queue.as_deref(), facts.stints[0].agent_id.as_deref()), (Some("inbox:4"), Some("31")));
    assert_eq!((facts.legs.len(), facts.legs[0].talk_ms), (1, None), "nobody measures how long an agent works on a conversation");
    assert!(facts.sessions[0].is_handed_over && !facts.sessions[0].is_goal_reached);
    let turns: Vec<_> =
        facts.responses.iter().map(|t| (t.answered_at.unwrap().millis_since(t.asked_at), t.bot_answered_at.is_some())).collect();
    assert_eq!(turns, [(180_000, true), (60_000, false)]);
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
    assert!(!all.stored().contains("Jane") && !all.stored().contains("34600111222") && !all.stored().contains("900"), "{}", all.stored());
}

#[test]
fn a_bot_that_resolves_contains_and_nobodys_reply_is_no_answer() {
    let contained = told(&Chatwoot, &[created("pending"), status(60, json!("pending"), "resolved", None)]).contact("77");
    assert_eq!(contained.contact.unwrap().outcome, "self_served");
    let unanswered = told(&Chatwoot, &[created("open"), status(60, json!("open"), "resolved", None)]).contact("77");
    assert_eq!((unanswered.contact.unwrap().outcome.as_str(), unanswered.stints[0].wait_ms), ("abandoned", Some(60_000)));
    let mut ours = created("open");
    ours["messages"][0]["message_type"] = json!(1);
    let ours = one(ours);
    assert_eq!((ours.kinds(), ours.text("contact.started", "direction").as_str()), (vec!["contact.started", "case.opened"], "outbound"));
}

#[test]
fn resolved_can_be_opened_again_and_sleep() {
    let snoozed = |until: Value| with(status(60, json!("open"), "snoozed", None), json!({"snoozed_until": until}));
    let dated = one(snoozed(json!(NINE + 3600)));
    assert_eq!(
        (dated.text("contact.state_changed", "to").as_str(), dated.text("contact.state_changed", "until").as_str()),
        ("paused", "2026-02-03T10:00:00Z")
    );
    assert_eq!(one(snoozed(Value::Null)).text("case.status_changed", "category"), "waiting_customer");
    assert_eq!(one(status(60, json!("snoozed"), "open", None)).text("contact.state_changed", "to"), "active");
    let again = one(status(60, json!(1), "open", Some(5)));
    assert_eq!(
        (again.text("case.status_changed", "from").as_str(), again.text("contact.state_changed", "to").as_str()),
        ("resolved", "reopened")
    );
}

#[test]
fn a_change_told_by_two_webhooks_is_one_event() {
    let attributes = json!([{"status": {"previous_value": "open", "current_value": "resolved"}}]);
    let twice = told(&Chatwoot, &[status(60, json!("open"), "resolved", Some(5)), changed(60, "resolved", Some(5), attributes)]);
    let (first, second) = twice.names().split_at(twice.names().len() / 2);
    assert_eq!(first, second);
    for document in [created("open"), message(5, 1, "incoming", customer(), None), message(9, 2, "outgoing", ann(), Some(9))] {
        assert_eq!(one(document.clone()).names(), one(document).names());
    }
}

#[test]
fn attributes_change_hands_and_labels() {
    let change =
        |name: &str, from: Value, to: Value| one(changed(60, "open", None, json!([{name: {"previous_value": from, "current_value": to}}])));
    let assigned = change("assignee_id", Value::Null, json!(31));
    assert_eq!((assigned.kinds(), assigned.data("case.assigned")["to"].clone()), (vec!["case.assigned"], json!({"agent_id": "31"})));
    assert_eq!(change("team_id", json!(2), Value::Null).data("case.assigned")["from"], json!({"group_ref": "2"}));
    assert_eq!(change("priority", Value::Null, json!(3)).data("case.updated")["changes"], json!([{"field": "priority", "to": "urgent"}]));
    assert_eq!(change("label_list", json!([]), json!(["vip"])).data("case.updated")["changes"][0]["to"], json!(["vip"]));
    assert_eq!(
        change("custom_attributes", json!({}), json!({"mail": "jane@example.com"})).data("case.updated")["changes"],
        json!([{"field": "custom_attributes"}])
    );
    assert_eq!(change("waiting_since", json!(1), json!(2)).kinds(), ["source.unmapped"]);
    let pair = one(changed(60, "resolved", None, json!({"status": [0, 1]})));
    assert_eq!(pair.text("case.status_changed", "to"), "resolved");
    let silent = one(with(conversation(60, "pending", None), json!({"event": "conversation_status_changed", "changed_attributes": null})));
    assert_eq!(silent.text("case.status_changed", "to"), "pending");
}

#[test]
fn only_people_answer() {
    let sent = |sender: Value, attributes: Value| {
        one(with(message(60, 8, "outgoing", sender, None), json!({"content_attributes": attributes}))).text("message.sent", "author")
    };
    assert_eq!(sent(ann(), json!({})), "agent");
    assert_eq!(sent(ann(), json!({"automation_rule_id": 3})), "system");
    assert_eq!(sent(json!({"id": 1, "type": "captain_assistant"}), json!({})), "bot");
    assert_eq!(sent(Value::Null, json!({"external_echo": true})), "agent");
    assert_eq!(one(message(60, 8, "template", Value::Null, None)).text("message.sent", "author"), "system");
    assert_eq!(one(message(60, 8, "activity", Value::Null, None)).kinds(), ["source.unmapped"]);
    assert_eq!(one(message(60, 8, "outgoing", ann(), Some(10))).kinds(), ["message.sent"], "not the first reply");
    let note = one(with(message(60, 8, "outgoing", ann(), None), json!({"private": true})));
    assert_eq!((note.kinds(), note.text("note.added", "agent_id").as_str()), (vec!["note.added"], "31"));
}

#[test]
fn the_survey_is_a_message_and_its_answer_an_update_of_it() {
    let survey =
        |members: Value| with(with(message(60, 9, "template", Value::Null, Some(5)), json!({"content_type": "input_csat"})), members);
    let asked = one(survey(json!({})));
    assert_eq!((asked.kinds(), asked.subject("survey.sent")), (vec!["survey.sent"], Some("9")));
    let response = json!({"submitted_values": {"csat_survey_response": {"rating": 5, "feedback_message": "Jane thanks"}}});
    let answer = json!({"event": "message_updated", "content_attributes": response, "conversation": conversation(90, "resolved", Some(5))});
    let answered = one(survey(answer));
    let data = answered.data("survey.answered");
    assert_eq!(
        (&data["answers"][0]["value_num"], &data["answers"][0]["scale_max"], &data["response_id"]),
        (&json!(5.0), &json!(5), &json!("9"))
    );
    assert_eq!((&data["comment_present"], answered.at("survey.answered").as_str()), (&json!(true), "2026-02-03T09:01:30Z"));
    assert!(!answered.stored().contains("thanks"));
}

#[test]
fn messages_get_further_or_are_deleted() {
    let update = |members: Value| one(with(message(60, 8, "outgoing", ann(), None), with(json!({"event": "message_updated"}), members)));
    assert_eq!(update(json!({"status": "read"})).text("message.delivery_updated", "state"), "read");
    assert_eq!(update(json!({"status": 3})).text("message.delivery_updated", "state"), "failed");
    assert_eq!(update(json!({"content_attributes": {"deleted": true}})).text("message.changed", "change"), "deleted");
    assert_eq!(update(json!({})).kinds(), ["source.unmapped"]);
    let person = json!({"event": "contact_updated", "id": 900, "name": "Jane", "updated_at": iso(0)});
    assert_eq!(one(person).kinds(), ["source.unmapped"]);
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let mut nowhere = message(60, 8, "incoming", customer(), None);
    nowhere.as_object_mut().unwrap().remove("conversation");
    let table = [
        (json!({"event": "conversation_status_changed", "id": 1, "status": "open", "changed_attributes": null}), "no_time", "updated_at"),
        (json!({"id": 1}), "missing_field", "'event'"),
        (json!({"event": "message_created", "data": {"id": 1}}), "missing_field", "'id'"),
        (nowhere, "missing_field", "'conversation'"),
        (with(message(60, 8, "incoming", customer(), None), json!({"created_at": "soon"})), "bad_time", "soon"),
        (with(message(60, 8, "incoming", customer(), None), json!({"message_type": 9})), "bad_field", "9"),
        (with(status(60, Value::Null, "open", None), json!({"changed_attributes": [{"status": {"current_value": 8}}]})), "bad_field", "8"),
    ];
    for (document, code, words) in table {
        let reject = refused(&Chatwoot, &document.to_string());
        assert_eq!(reject.code, code, "{document}: {}", reject.message);
        assert!(reject.message.contains(words), "{}", reject.message);
    }
}
