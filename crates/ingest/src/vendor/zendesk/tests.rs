//! What analysts see of Zendesk.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::Zendesk;
use crate::vendor::trial::told::{Told, refused, told};

/// An event of ticket 501 at a minute and second of 9 o'clock.
fn ticket(kind: &str, clock: &str, event: Value) -> Value {
    json!({
        "account_id": 7, "id": format!("id-{kind}-{clock}"), "subject": "zen:ticket:501", "time": format!("2026-02-03T09:{clock}.123456789Z"),
        "type": format!("zen:event-type:ticket.{kind}"), "zendesk_event_version": "2022-11-06",
        "detail": {
            "id": "501", "actor_id": "31", "requester_id": "900", "submitter_id": "900", "assignee_id": "31", "group_id": "8",
            "created_at": "2026-02-03T09:00:00Z", "description": "Where is Jane Doe's parcel?", "subject": "Parcel of Jane Doe",
            "priority": "HIGH", "status": "OPEN", "type": "QUESTION", "tags": [], "via": {"channel": "email"}
        },
        "event": event
    })
}

fn comment(clock: &str, id: &str, author: &str, is_staff: bool, is_public: bool) -> Value {
    let author = json!({"id": author, "is_staff": is_staff, "name": "Jane Doe"});
    ticket(
        "comment_added",
        clock,
        json!({"comment": {"id": id, "body": "Jane Doe asks", "html_body": "<p>", "is_public": is_public, "author": author}}),
    )
}

fn change(kind: &str, clock: &str, previous: Value, current: Value) -> Value {
    ticket(kind, clock, json!({"previous": previous, "current": current}))
}

fn one(document: Value) -> Told {
    told(&Zendesk, &[document])
}

fn agent(kind: &str, clock: &str, event: Value) -> Value {
    json!({
        "account_id": 7, "detail": {"account_id": "7", "agent_id": "31", "version": clock.replace(':', "")}, "id": format!("id-{kind}-{clock}"),
        "subject": "zen:agent:31", "time": format!("2026-02-03T09:{clock}Z"), "type": format!("zen:event-type:agent.{kind}"), "event": event
    })
}

#[test]
fn an_email_ticket_tells_how_long_its_customer_waited_for_each_answer() {
    let story = [
        ticket("created", "00:00", json!({"meta": {"sequence": {"id": "s", "position": 1}}})),
        comment("00:00", "c1", "900", false, true),
        change("agent_assignment_changed", "02:00", Value::Null, json!("31")),
        comment("10:00", "c2", "31", true, false),
        comment("20:00", "c3", "31", true, true),
        change("status_changed", "20:00", json!("OPEN"), json!("SOLVED")),
        comment("40:00", "c4", "900", false, true),
        change("status_changed", "40:00", json!("SOLVED"), json!("OPEN")),
        comment("45:00", "c5", "31", true, true),
        change("status_changed", "45:00", json!("OPEN"), json!("SOLVED")),
        change("status_changed", "59:00", json!("SOLVED"), json!("CLOSED")),
    ];
    let all = told(&Zendesk, &story);
    let facts = all.contact("501");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.channel.as_deref(), contact.direction.as_deref()), (Some("email"), Some("inbound")));
    assert_eq!(contact.ended_by.as_deref(), Some("agent"));
    assert_eq!(contact.ended_at.unwrap().to_string(), "2026-02-03T09:45:00.123456Z", "closing by itself moves no end");
    let turns: Vec<_> =
        facts.responses.iter().map(|t| (t.answered_at.unwrap().millis_since(t.asked_at), t.agent_id.as_deref(), t.is_first)).collect();
    assert_eq!(turns, [(1_200_000, Some("31"), true), (300_000, Some("31"), true)]);
    assert_eq!(facts.responses[0].queue.as_deref(), Some("8"));
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
    assert!(contact.customer_key.is_some() && !all.stored().contains("\"900\""), "{}", all.stored());
    assert!(!all.stored().contains("Jane"), "texts, subjects and names stay out: {}", all.stored());
}

#[test]
fn a_messaging_ticket_with_work_items_has_legs() {
    let message = |clock: &str, id: &str, kind: &str, actor: &str| {
        json!({
            "id": format!("m-{clock}"), "time": format!("2026-02-03T09:{clock}Z"), "type": "zen:event-type:messaging_ticket.message_added",
            "subject": "zen:ticket:501", "detail": {"id": "501"},
            "event": {"actor": {"id": actor, "name": "X", "type": kind}, "conversation_id": "conv", "message": {"body": "hello", "id": id}}
        })
    };
    let item = |kind: &str, clock: &str, reason: &str, before: Value| {
        agent(
            kind,
            clock,
            json!({"agent_id": "31", "work_item_id": "wi", "ticket_id": "501", "channel": "messaging", "reason": reason, "previous_reason": before}),
        )
    };
    let mut start = ticket("created", "00:00", json!({}));
    start["detail"]["via"]["channel"] = json!("native_messaging");
    let story = [
        start,
        message("00:00", "m1", "end_user", "900"),
        message("00:01", "m2", "system", "zd:answerBot"),
        item("work_item_added", "00:30", "OFFERED", Value::Null),
        item("work_item_updated", "00:42", "ACCEPTED", json!("OFFERED")),
        message("01:00", "m3", "agent", "31"),
        item("work_item_removed", "06:42", "WORK_ITEM_SOLVED", Value::Null),
        change("status_changed", "06:42", json!("OPEN"), json!("SOLVED")),
    ];
    let facts = told(&Zendesk, &story).contact("501");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.outcome.as_str(), contact.channel.as_deref(), contact.talk_ms), ("answered", Some("messaging"), 360_000));
    assert_eq!((facts.legs.len(), facts.legs[0].ring_ms, facts.legs[0].agent_id.as_deref()), (1, Some(12_000), Some("31")));
    let first = &facts.responses[0];
    assert_eq!(first.bot_answered_at.unwrap().to_string(), "2026-02-03T09:00:01Z");
    assert_eq!(first.answered_at.unwrap().to_string(), "2026-02-03T09:01:00Z");
    let missed = told(&Zendesk, &[item("work_item_removed", "01:00", "OFFER_TIMEOUT", json!("OFFERED"))]);
    assert_eq!(missed.text("offer.ended", "outcome"), "no_answer");
    let support = |kind: &str, clock: &str| agent(kind, clock, json!({"work_item_id": "wi", "ticket_id": "501", "channel": "support"}));
    let routed = told(
        &Zendesk,
        &[ticket("created", "00:00", json!({})), support("work_item_added", "01:00"), support("work_item_removed", "50:00")],
    );
    let leg = &routed.contact("501").legs[0];
    assert_eq!(
        (leg.agent_id.as_deref(), leg.channel.as_deref(), leg.talk_ms),
        (Some("31"), Some("email"), None),
        "a ticket on the desk is no talk"
    );
    let nameless = one(agent("work_item_added", "00:30", json!({"work_item_id": "wi", "channel": "messaging"})));
    assert_eq!(nameless.kinds(), ["source.unmapped"]);
}

#[test]
fn unified_states_are_the_agents_and_those_of_channels_are_not() {
    let unified = |clock: &str, from: &str, to: &str, why: &str| {
        let state = |name: &str| json!({"id": "1", "name": name, "reason": why});
        agent("unified_state_changed", clock, json!({"new_unified_state": state(to), "previous_unified_state": state(from)}))
    };
    let channel = |clock: &str, channel: &str, to: &str| {
        agent(
            "state_changed",
            clock,
            json!({"updated_at": format!("2026-02-03T09:{clock}Z"), "previous_state": "online", "new_state": to, "channel": channel}),
        )
    };
    let story = [
        unified("00:00", "offline", "online", "AGENT_LOGIN"),
        channel("05:00", "talk", "away"),
        channel("06:00", "messaging", "offline"),
        unified("10:00", "online", "away", "AGENT_UPDATE"),
        unified("20:00", "away", "Team lunch", "AGENT_UPDATE"),
        unified("30:00", "Team lunch", "offline", "AGENT_LOGOUT"),
    ];
    let facts = told(&Zendesk, &story).agent("31");
    let states: Vec<_> =
        facts.states.iter().map(|s| (s.state.as_str(), s.reason.as_deref(), s.ended_at.unwrap().millis_since(s.started_at))).collect();
    assert_eq!(
        states,
        [("available", Some("AGENT_LOGIN"), 600_000), ("not_ready", Some("away"), 600_000), ("other", Some("Team lunch"), 600_000)]
    );
    let capacity = one(agent("max_capacity_changed", "01:00", json!({"channel": "messaging", "new_max_capacity": 4})));
    assert_eq!(
        (capacity.text("agent.assignment_changed", "kind").as_str(), &capacity.data("agent.assignment_changed")["value"]),
        ("capacity", &json!(4))
    );
}

#[test]
fn every_type_of_ticket_event_has_its_word() {
    let table: [(Value, &[&str]); 20] = [
        (change("group_assignment_changed", "01:00", json!("7"), json!("8")), &["case.assigned"]),
        (change("status_changed", "01:00", json!("NEW"), json!("PENDING")), &["case.status_changed"]),
        (change("status_changed", "01:00", json!("NEW"), json!("CLOSED")), &["case.status_changed", "contact.ended"]),
        (change("status_changed", "01:00", json!("solved"), json!("hold")), &["case.status_changed", "contact.state_changed"]),
        (change("priority_changed", "01:00", json!("LOW"), json!("URGENT")), &["case.updated"]),
        (change("tags_changed", "01:00", json!([]), json!(["vip"])), &["case.updated"]),
        (ticket("tags_changed", "01:00", json!({"tags_added": ["vip"], "tags_removed": []})), &["case.updated"]),
        (ticket("merged", "01:00", json!({"target_ticket_id": "502"})), &["entity.linked"]),
        (ticket("merged", "01:00", json!({})), &["source.unmapped"]),
        (ticket("marked_as_spam", "01:00", json!({})), &["case.status_changed", "contact.ended"]),
        (ticket("permanently_deleted", "01:00", json!({})), &["case.status_changed", "record.erased"]),
        (ticket("undeleted", "01:00", json!({})), &["case.status_changed", "contact.state_changed"]),
        (ticket("comment_redacted", "01:00", json!({"comment": {"id": "c1"}})), &["message.changed"]),
        (
            ticket("attachment_linked_to_comment", "01:00", json!({"attachment": {"id": "a1"}, "comment": {"id": "c1"}})),
            &["artifact.attached"],
        ),
        (change("sla_policy_changed", "01:00", Value::Null, json!("gold")), &["sla.changed"]),
        (change("next_sla_breach_changed", "01:00", Value::Null, json!("2026-02-03T10:00:00Z")), &["sla.changed"]),
        (ticket("csat_requested", "01:00", json!({})), &["survey.sent"]),
        (change("task_due_at_changed", "01:00", Value::Null, json!("2026-02-05T10:00:00Z")), &["commitment.made"]),
        (change("task_due_at_changed", "01:00", json!("2026-02-05T10:00:00Z"), Value::Null), &["commitment.changed"]),
        (ticket("newly_invented", "01:00", json!({})), &["source.unmapped"]),
    ];
    for (document, kinds) in table {
        assert_eq!(one(document.clone()).kinds(), kinds, "{}", document["type"]);
    }
    let users =
        json!({"type": "zen:event-type:user.created", "id": "u1", "time": "2026-02-03T09:00:00Z", "detail": {"id": "5"}, "event": {}});
    assert_eq!(one(users).kinds(), ["source.unmapped"]);
    let breach = one(change(
        "next_sla_breach_changed",
        "01:00",
        Value::Null,
        json!({"metric": "first_reply_time", "breach_at": "2026-02-03T10:00:00Z"}),
    ));
    assert_eq!(
        (breach.text("sla.changed", "metric").as_str(), breach.text("sla.changed", "due_at").as_str()),
        ("first_reply_time", "2026-02-03T10:00:00Z")
    );
    let on_hold = one(change("status_changed", "01:00", json!("OPEN"), json!("HOLD")));
    assert_eq!(on_hold.text("case.status_changed", "category"), "waiting_internal");
    assert_eq!(on_hold.subject("case.status_changed"), Some("501"));
}

#[test]
fn values_that_people_type_are_left_out_and_others_kept() {
    let field = |kind: &str, to: &str| {
        ticket("custom_field_changed", "01:00", json!({"field": {"id": "77", "type": kind}, "previous": null, "current": to}))
    };
    assert_eq!(one(field("tagger", "refund")).data("case.updated")["changes"], json!([{"field": "custom_field:77", "to": "refund"}]));
    assert_eq!(one(field("textarea", "Jane Doe")).data("case.updated")["changes"], json!([{"field": "custom_field:77"}]));
    let untyped = |to: Value| {
        one(ticket("custom_field_changed", "01:00", json!({"field_id": "77", "previous": null, "current": to}))).data("case.updated")["changes"].clone()
    };
    assert_eq!(untyped(json!("late_delivery")), json!([{"field": "custom_field:77", "to": "late_delivery"}]), "the tag of a choice");
    for typed in [json!("Jane Doe"), json!("jane@example.com"), json!("+34600111222"), json!(34_600_111_222_i64)] {
        assert_eq!(untyped(typed), json!([{"field": "custom_field:77"}]));
    }
    let customers = one(comment("01:00", "c", "900", false, false));
    assert_eq!(customers.text("note.added", "author"), "customer");
    assert!(!customers.stored().contains("\"900\""), "a customer's own private comment: {}", customers.stored());
    assert!(!one(change("requester_changed", "01:00", json!("900"), json!("901"))).stored().contains("901"));
}

#[test]
fn satisfaction_is_a_scale_and_an_unknown_score_no_answer() {
    let scored = |score: Value| one(ticket("csat_received", "01:00", json!({"satisfaction_score": {"score": score, "comment": "thanks"}})));
    let answer = scored(json!("BAD")).data("survey.answered")["answers"][0].clone();
    assert_eq!(
        (&answer["value_num"], &answer["scale_min"], &answer["scale_max"], &answer["metric"]),
        (&json!(0.0), &json!(0), &json!(1), &json!("csat"))
    );
    assert_eq!(scored(json!(4)).data("survey.answered")["answers"][0]["scale_max"], json!(5));
    assert_eq!(scored(json!("UNOFFERED")).kinds(), ["source.unmapped"]);
    assert!(!scored(json!("GOOD")).stored().contains("thanks"));
    let ratings = json!({"satisfaction_ratings": [
        {"id": 1, "ticket_id": 501, "score": "good", "assignee_id": 31, "requester_id": 900, "created_at": "2026-02-03T09:00:00Z", "updated_at": "2026-02-03T11:00:00Z", "comment": "ok"},
        {"id": 2, "ticket_id": 502, "score": "offered", "created_at": "2026-02-03T09:00:00Z"}
    ]});
    let page = one(ratings);
    assert_eq!((page.kinds(), page.at("survey.answered").as_str()), (vec!["survey.answered", "survey.sent"], "2026-02-03T11:00:00Z"));
}

#[test]
fn metric_events_are_clocks_of_service_levels() {
    let event = |kind: &str| json!({"id": 9, "ticket_id": 501, "metric": "reply_time", "instance_id": 1, "type": kind, "time": "2026-02-03T09:00:00Z", "sla": {"target": 30, "business_hours": true, "policy": {"id": 4, "title": "gold"}}});
    let page =
        one(json!({"ticket_metric_events": [event("apply_sla"), event("breach"), event("update_status")], "count": 3, "end_time": 1}));
    assert_eq!(page.kinds(), ["sla.changed", "sla.changed", "source.unmapped"]);
    let applied = page.data("sla.changed");
    assert_eq!(
        (&applied["change"], &applied["target_ms"], &applied["business_hours"]),
        (&json!("applied"), &json!(1_800_000), &json!(true))
    );
    assert_eq!(one(event("fulfill")).text("sla.changed", "change"), "fulfilled", "an element without its page");
}

#[test]
fn audits_of_the_export_tell_the_same_story() {
    let audit = |id: i64, minute: i64, children: Value| json!({"id": id, "ticket_id": 501, "timestamp": 1_770_109_200 + minute * 60, "updater_id": 900, "via": "Mail", "event_type": "Audit", "child_events": children});
    let said = |id: i64, author: i64, public: bool| json!({"id": id, "event_type": "Comment", "author_id": author, "public": public, "body": "Jane", "html_body": "<p>Jane", "audit_id": 1});
    let page = json!({"end_time": 1_770_109_999, "users": [{"id": 31, "role": "agent"}], "ticket_events": [
        audit(1, 0, json!([{"id": 10, "event_type": "Create", "requester_id": 900, "via": {}}, {"id": 11, "event_type": "Create", "priority": "high"}, said(12, 900, true)])),
        audit(2, 5, json!([said(13, 31, true), {"id": 14, "event_type": "Change", "status": "solved", "previous_value": "open"}])),
        audit(3, 6, json!([{"id": 15, "event_type": "Change", "assignee_id": 31, "previous_value": null}, said(16, 55, true), said(17, 31, false), {"id": 18, "event_type": "Change", "3600012": "late", "previous_value": "Jane Doe"}])),
    ]});
    let all = one(page);
    assert_eq!(
        all.kinds(),
        [
            "case.opened",
            "contact.started",
            "message.received",
            "message.sent",
            "case.status_changed",
            "contact.ended",
            "case.assigned",
            "source.unmapped",
            "note.added",
            "case.updated"
        ]
    );
    let facts = all.contact("501");
    assert_eq!(facts.responses[0].answered_at.unwrap().millis_since(facts.responses[0].asked_at), 300_000);
    assert!(!all.stored().contains("Jane"));
}

#[test]
fn a_redelivery_names_the_same_events() {
    for document in [
        ticket("created", "00:00", json!({})),
        comment("01:00", "c", "31", true, true),
        change("status_changed", "02:00", json!("OPEN"), json!("SOLVED")),
    ] {
        assert_eq!(one(document.clone()).names(), one(document).names());
    }
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let without = |mut document: Value, pointer: &str| {
        let (outer, name) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(outer).unwrap().as_object_mut().unwrap().remove(name);
        document.to_string()
    };
    let said = || comment("01:00", "c", "31", true, true);
    let mut odd_time = said();
    odd_time["time"] = json!("yesterday");
    let mut odd_flag = said();
    odd_flag["event"]["comment"]["is_public"] = json!("yes");
    let table = [
        (without(said(), "/time"), "no_time", "time"),
        (without(said(), "/id"), "missing_field", "'id'"),
        (without(said(), "/event/comment/author/is_staff"), "missing_field", "is_staff"),
        (without(change("status_changed", "01:00", json!("NEW"), json!("OPEN")), "/event/current"), "missing_field", "event.current"),
        (odd_time.to_string(), "bad_time", "yesterday"),
        (odd_flag.to_string(), "bad_field", "\"yes\""),
        (r#"{"ticket_id": 5, "title": "made up by an admin"}"#.to_owned(), "missing_field", "'type'"),
        (r#"{"type": "ticket.created", "id": "1"}"#.to_owned(), "bad_field", "mapping"),
        (r#"{"ticket_events": [{"nothing": 1}]}"#.to_owned(), "bad_field", "ticket_events[0]"),
        ("{\"type\":".to_owned(), "bad_json", "EOF"),
    ];
    for (document, code, words) in table {
        let reject = refused(&Zendesk, &document);
        assert_eq!(reject.code, code, "{document}: {}", reject.message);
        assert!(reject.message.contains(words), "{} for {document}", reject.message);
    }
}
