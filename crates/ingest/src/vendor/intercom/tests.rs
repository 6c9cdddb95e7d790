//! What analysts see of Intercom.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::Intercom;
use crate::vendor::trial::told::{Told, refused, told};

/// 2026-02-03T09:00:00Z.
const NINE: i64 = 1_770_109_200;

fn notification(topic: &str, second: i64, item: Value) -> Value {
    json!({
        "type": "notification_event", "app_id": "acme", "data": {"type": "notification_event_data", "item": item}, "links": {},
        "id": format!("notif_{topic}_{second}"), "topic": topic, "delivery_status": "pending", "delivery_attempts": 1, "delivered_at": 0,
        "first_sent_at": NINE + second + 1, "created_at": NINE + second, "self": null
    })
}

fn part(id: i64, second: i64, kind: &str, author: &str, body: Value) -> Value {
    let writer = if author == "admin" { "31" } else { "900abc" };
    json!({
        "type": "conversation_part", "id": id.to_string(), "part_type": kind, "body": body, "created_at": NINE + second, "updated_at": NINE + second,
        "assigned_to": null, "author": {"type": author, "id": writer, "name": "Jane Doe", "email": "jane@example.com"}, "attachments": []
    })
}

/// A conversation with its newest part; statistics are seconds after nine.
fn conversation(parts: Value, first_reply: Option<i64>, last_reply: Option<i64>) -> Value {
    let at = |second: Option<i64>| second.map(|second| trunkline_events::Timestamp::from_seconds(NINE + second).to_string());
    json!({
        "type": "conversation", "id": "2154", "created_at": NINE, "updated_at": NINE + 5, "waiting_since": 64_654_125_776_i64, "snoozed_until": null,
        "source": {"type": "conversation", "id": "338", "delivered_as": "customer_initiated", "subject": "", "body": "<p>Jane asks</p>",
            "author": {"type": "lead", "id": "900abc", "name": null, "email": ""}},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "900abc"}]},
        "admin_assignee_id": 31, "team_assignee_id": 8, "open": true, "state": "open", "read": false, "priority": "not_priority",
        "conversation_rating": null, "statistics": {"first_admin_reply_at": at(first_reply), "last_admin_reply_at": at(last_reply)},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": parts, "total_count": 1}
    })
}

fn says(topic: &str, id: i64, second: i64, author: &str, first_reply: Option<i64>) -> Value {
    notification(topic, second, conversation(json!([part(id, second, "comment", author, json!("<p>Jane"))]), first_reply, first_reply))
}

fn one(document: Value) -> Told {
    told(&Intercom, &[document])
}

#[test]
fn a_conversation_is_answered_by_the_bot_first_and_by_a_person_then() {
    let story = [
        notification("conversation.user.created", 0, conversation(json!([]), None, None)),
        says("conversation.operator.replied", 1, 4, "bot", None),
        says("conversation.admin.replied", 2, 240, "admin", Some(240)),
        says("conversation.user.replied", 3, 300, "user", Some(240)),
        says("conversation.admin.replied", 4, 360, "admin", Some(240)),
        notification(
            "conversation.admin.closed",
            400,
            conversation(json!([part(5, 400, "close", "admin", Value::Null)]), Some(240), Some(360)),
        ),
    ];
    let all = told(&Intercom, &story);
    let facts = all.contact("2154");
    let contact = facts.contact.unwrap();
    assert_eq!(
        (contact.outcome.as_str(), contact.channel.as_deref(), contact.direction.as_deref()),
        ("answered", Some("messaging"), Some("inbound"))
    );
    assert_eq!((contact.ended_by.as_deref(), contact.ended_at.unwrap().to_string().as_str()), (Some("agent"), "2026-02-03T09:06:40Z"));
    assert_eq!((facts.legs.len(), facts.legs[0].agent_id.as_deref(), facts.legs[0].talk_ms), (1, Some("31"), None));
    assert_eq!(facts.legs[0].accepted_at.unwrap().to_string(), "2026-02-03T09:04:00Z");
    let turns: Vec<_> = facts.responses.iter().map(|t| (t.answered_at.unwrap().millis_since(t.asked_at), t.queue.as_deref())).collect();
    assert_eq!(turns, [(240_000, Some("8")), (60_000, Some("8"))]);
    assert_eq!(facts.responses[0].bot_answered_at.unwrap().to_string(), "2026-02-03T09:00:04Z");
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
    assert!(!all.stored().contains("Jane") && !all.stored().contains("jane@") && !all.stored().contains("900abc"), "{}", all.stored());
}

#[test]
fn a_part_told_under_two_topics_is_one_event() {
    let mut assignment = part(7, 60, "assignment", "admin", json!("<p>How can I help?</p>"));
    assignment["assigned_to"] = json!({"type": "admin", "id": "31"});
    let item = || conversation(json!([assignment]), Some(60), Some(60));
    let first = one(notification("conversation.admin.assigned", 61, item()));
    assert_eq!(first.kinds(), ["case.assigned", "message.sent", "participant.connected"], "Intercom counts it as a reply");
    let again = one(notification("conversation.admin.replied", 62, item()));
    assert_eq!(again.names(), &first.names()[1..]);
    let colleague = one(notification("conversation.admin.assigned", 61, conversation(json!([assignment]), None, None)));
    assert_eq!((colleague.kinds(), colleague.data("case.assigned")["to"].clone()), (vec!["case.assigned"], json!({"agent_id": "31"})));
}

#[test]
fn a_redelivery_names_the_same_events() {
    let mut again = says("conversation.user.replied", 3, 300, "user", None);
    let first = one(again.clone());
    again["delivery_status"] = json!("retry");
    again["delivery_attempts"] = json!(2);
    assert_eq!(one(again).names(), first.names());
}

#[test]
fn conversations_change_hands_sleep_and_wake() {
    let with =
        |topic: &str, kind: &str| notification(topic, 60, conversation(json!([part(7, 60, kind, "admin", Value::Null)]), None, None));
    let mut team = with("conversation.admin.assigned", "assignment");
    team["data"]["item"]["conversation_parts"]["conversation_parts"][0]["assigned_to"] = json!({"type": "team", "id": "8"});
    assert_eq!(one(team).data("case.assigned")["to"], json!({"group_ref": "8"}));
    let nobody = one(with("conversation.admin.assigned", "assignment"));
    assert_eq!(nobody.data("case.assigned").get("to"), None);
    let opened = one(with("conversation.admin.opened", "open"));
    assert_eq!(
        (opened.kinds(), opened.text("contact.state_changed", "to").as_str()),
        (vec!["case.status_changed", "contact.state_changed"], "reopened")
    );
    let mut asleep = with("conversation.admin.snoozed", "snoozed");
    asleep["data"]["item"]["snoozed_until"] = json!(NINE + 3600);
    let asleep = one(asleep);
    assert_eq!(
        (asleep.text("contact.state_changed", "to").as_str(), asleep.text("contact.state_changed", "until").as_str()),
        ("paused", "2026-02-03T10:00:00Z")
    );
    assert_eq!(one(with("conversation.admin.unsnoozed", "unsnoozed")).text("contact.state_changed", "to"), "active");
    let closed = one(with("conversation.admin.closed", "close"));
    assert_eq!(closed.kinds(), ["case.status_changed", "contact.ended"], "nobody had replied, so nobody leaves");
    let note = one(with("conversation.admin.noted", "note"));
    assert_eq!((note.kinds(), note.text("note.added", "agent_id").as_str()), (vec!["note.added"], "31"));
}

#[test]
fn ratings_tags_and_the_rest_have_their_words() {
    let mut rated = conversation(json!([]), None, None);
    rated["conversation_rating"] =
        json!({"rating": 4, "remark": "Jane likes it", "created_at": NINE + 500, "teammate": {"type": "admin", "id": "31"}});
    let rated = one(notification("conversation.rating.added", 501, rated));
    let data = rated.data("survey.answered");
    assert_eq!(
        (&data["answers"][0]["value_num"], &data["answers"][0]["scale_max"], &data["comment_present"]),
        (&json!(4.0), &json!(5), &json!(true))
    );
    assert_eq!((rated.at("survey.answered").as_str(), data["agent_id"].as_str()), ("2026-02-03T09:08:20Z", Some("31")));
    let mut tagged = conversation(json!([]), None, None);
    tagged["tags_added"] = json!({"tags": [{"id": "1", "name": "refund"}]});
    assert_eq!(one(notification("conversation_part.tag.created", 9, tagged)).data("contact.updated")["tags_added"], json!(["refund"]));
    let table = [
        ("conversation_part.redacted", "message.changed"),
        ("conversation.priority.updated", "case.updated"),
        ("conversation.read", "source.unmapped"),
        ("contact.user.created", "source.unmapped"),
    ];
    for (topic, kind) in table {
        assert_eq!(one(notification(topic, 9, conversation(json!([]), None, None))).kinds(), [kind], "{topic}");
    }
    let deleted = one(notification("conversation.deleted", 9, json!({"type": "conversation", "conversation_id": "2154"})));
    assert_eq!(deleted.data("record.erased")["target"], json!({"kind": "contact", "id": "2154"}));
    let ping = json!({"type": "notification_event", "topic": "ping", "id": null, "created_at": NINE, "data": {"item": {"type": "ping"}}});
    assert_eq!(one(ping).kinds(), ["source.unmapped"]);
}

#[test]
fn old_versions_and_campaigns_begin_conversations_too() {
    let mut old = conversation(json!([]), None, None);
    let members = old.as_object_mut().unwrap();
    members.remove("source");
    members.remove("contacts");
    members.insert("user".to_owned(), json!({"type": "lead", "id": "900abc"}));
    members.insert(
        "conversation_message".to_owned(),
        json!({"type": "conversation_message", "id": "1", "body": "hi", "author": {"type": "user", "id": "900abc"}}),
    );
    let old = one(notification("conversation.user.created", 0, old));
    assert_eq!(old.kinds(), ["contact.started", "case.opened", "message.received"]);
    assert_eq!(
        (old.text("contact.started", "channel").as_str(), old.text("contact.started", "direction").as_str()),
        ("messaging", "inbound")
    );
    assert!(old.row("message.received").customer_key.is_some());
    let mut campaign = conversation(json!([part(2, 50, "comment", "user", json!("yes"))]), None, None);
    campaign["source"] =
        json!({"type": "email", "id": "339", "delivered_as": "campaigns_initiated", "author": {"type": "admin", "id": "31"}});
    let campaign = one(notification("conversation.user.created", 50, campaign));
    assert_eq!(
        (campaign.text("contact.started", "direction").as_str(), campaign.text("message.sent", "author").as_str()),
        ("outbound", "campaign")
    );
    assert_eq!(campaign.at("message.received"), "2026-02-03T09:00:50Z");
}

#[test]
fn what_a_teammate_sends_is_over_until_the_customer_answers() {
    let mut ours = conversation(json!([]), None, None);
    ours["source"] =
        json!({"type": "conversation", "id": "338", "delivered_as": "admin_initiated", "author": {"type": "admin", "id": "31"}});
    ours["state"] = json!("closed");
    let sent = notification("conversation.admin.single.created", 0, ours);
    let contact = one(sent.clone()).contact("2154").contact.unwrap();
    assert_eq!((contact.direction.as_deref(), contact.outcome.as_str()), (Some("outbound"), "ended"));
    let facts = told(&Intercom, &[sent, says("conversation.user.replied", 3, 300, "user", None)]).contact("2154");
    assert_eq!((facts.contact.unwrap().outcome.as_str(), facts.responses[0].answered_at), ("open", None));
}

fn ticket(state: &str, parts: Value) -> Value {
    json!({
        "type": "ticket", "id": "2155", "ticket_id": "66", "category": "Customer", "channel": "email", "created_at": NINE, "updated_at": NINE + 9,
        "ticket_attributes": {"_default_title_": "Jane's parcel"}, "ticket_state": {"type": "ticket_state", "id": "4", "category": state},
        "ticket_type": {"name": "Tickets"}, "contacts": {"contacts": [{"type": "contact", "id": "900abc"}]}, "admin_assignee_id": "31",
        "team_assignee_id": "0", "ticket_parts": {"type": "ticket_part.list", "ticket_parts": parts}
    })
}

#[test]
fn tickets_are_answered_and_resolved_and_opened_again() {
    let with_part = |topic: &str, second: i64, part: Value| {
        notification(
            topic,
            second,
            json!({"type": "ticket_ticket_part", "ticket": ticket("submitted", json!([part])), "ticket_part": part}),
        )
    };
    let state = |second: i64, from: &str, to: &str| {
        let mut change = part(second, second, "ticket_state_updated_by_admin", "admin", Value::Null);
        change["ticket_state"] = json!(to);
        change["previous_ticket_state"] = json!(from);
        notification("ticket.state.updated", second, ticket(to, json!([part(1, 1, "comment", "bot", Value::Null), change])))
    };
    let story = [
        notification("ticket.created", 0, ticket("submitted", json!([]))),
        with_part("ticket.contact.replied", 10, part(10, 10, "comment", "user", json!("Jane?"))),
        with_part("ticket.admin.replied", 70, part(70, 70, "comment", "admin", json!("yes"))),
        with_part("ticket.note.created", 71, part(71, 71, "note", "admin", json!("fine"))),
        state(80, "submitted", "resolved"),
    ];
    let all = told(&Intercom, &story);
    let facts = all.contact("2155");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.channel.as_deref(), contact.ended_by.as_deref()), (Some("email"), Some("agent")));
    assert_eq!(facts.responses[0].answered_at.unwrap().millis_since(facts.responses[0].asked_at), 60_000);
    assert_eq!(all.text("case.status_changed", "category"), "resolved");
    assert!(!all.stored().contains("Jane"));
    assert_eq!(one(state(90, "resolved", "in_progress")).text("contact.state_changed", "to"), "reopened");
    let closed = one(notification("ticket.closed", 95, ticket("resolved", json!([part(95, 95, "close", "admin", Value::Null)]))));
    assert_eq!(closed.kinds(), ["case.status_changed", "contact.ended"]);
    let mut back_office = ticket("submitted", json!([]));
    back_office["category"] = json!("Back-office");
    assert_eq!(one(notification("ticket.created", 0, back_office)).kinds(), ["case.opened"]);
    let mut attribute = part(99, 99, "ticket_attribute_updated_by_admin", "admin", Value::Null);
    attribute["updated_attribute_data"] = json!({"attribute": {"label": "Platforms"}, "value": {"label": "Jane's"}});
    assert_eq!(one(with_part("ticket.attribute.updated", 99, attribute)).data("case.updated")["changes"], json!([{"field": "Platforms"}]));
    let mut assigned = part(98, 98, "assignment", "admin", Value::Null);
    assigned["assigned_to"] = json!({"type": "team", "id": "8"});
    assert_eq!(one(with_part("ticket.team.assigned", 98, assigned)).data("case.assigned")["to"], json!({"group_ref": "8"}));
    assert_eq!(one(notification("ticket.contact.attached", 98, ticket("submitted", json!([])))).kinds(), ["source.unmapped"]);
}

#[test]
fn teammates_are_there_away_and_gone() {
    let away = |second: i64, away: bool, why: &str| {
        notification(
            "admin.away_mode_updated",
            second,
            json!({"type": "admin", "id": 31, "away_mode_enabled": away, "away_status_reason": why}),
        )
    };
    let admin = json!({"type": "admin", "id": 31});
    let story = [
        notification("admin.logged_in", 0, admin.clone()),
        away(60, true, "lunch"),
        away(180, false, ""),
        notification("admin.logged_out", 300, admin),
    ];
    let facts = told(&Intercom, &story).agent("31");
    let states: Vec<_> =
        facts.states.iter().map(|s| (s.state.as_str(), s.reason.as_deref(), s.ended_at.unwrap().millis_since(s.started_at))).collect();
    assert_eq!(states, [("available", None, 60_000), ("not_ready", Some("lunch"), 120_000), ("available", None, 120_000)]);
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let mut timeless = says("conversation.user.replied", 3, 300, "user", None);
    timeless["created_at"] = Value::Null;
    timeless["first_sent_at"] = json!(0);
    let mut odd = says("conversation.user.replied", 3, 300, "user", None);
    odd["data"]["item"]["conversation_parts"]["conversation_parts"][0]["created_at"] = json!("noon");
    let table = [
        (json!({"type": "notification_event"}), "missing_field", "'topic'"),
        (json!({"topic": "ping", "created_at": NINE}), "missing_field", "'data.item'"),
        (timeless, "no_time", "created_at"),
        (odd, "bad_time", "noon"),
        (notification("conversation.admin.replied", 3, conversation(json!([]), None, None)), "missing_field", "conversation_parts"),
        (notification("conversation.rating.added", 3, conversation(json!([]), None, None)), "missing_field", "rating"),
        (notification("conversation.admin.closed", 3, json!({"type": "conversation"})), "missing_field", "'id'"),
        (notification("admin.away_mode_updated", 3, json!({"id": 1})), "missing_field", "away_mode_enabled"),
    ];
    for (document, code, words) in table {
        let reject = refused(&Intercom, &document.to_string());
        assert_eq!(reject.code, code, "{document}: {}", reject.message);
        assert!(reject.message.contains(words), "{}", reject.message);
    }
}
