//! The contact as a whole: existence, ends, outcome, corrections, order.

use super::{CONNECT, END, ENTER, Given, HANG_UP, NOT_YET, START, at, codes, contact, outcome, with_rows};
use crate::fold::{Finality, fold_contact};

#[test]
fn what_alone_makes_no_contact() {
    for only in [
        ("contact.updated", 0, r#""set":{"dialed_number":"900"}"#),
        ("source.status_reported", 0, r#""status":"restarted""#),
        ("entity.linked", 0, r#""relation":"consult_of""#),
        ("survey.answered", 0, ""),
        ("queue.interval_report", 0, r#""offered":12"#),
    ] {
        assert!(contact(&[only]).contact.is_none(), "{}", only.0);
    }
}

#[test]
fn refused_before_queueing_is_a_contact_without_a_stay() {
    let refused: Given = ("routing.decided", 0, r#""result":"rejected","reason":"full""#);
    let facts = contact(&[START, refused, ("contact.ended", 1, "")]);
    assert_eq!((outcome(&facts), facts.stints.len(), facts.legs.len()), ("ended", 0, 0));
    let facts = contact(&[START, refused]);
    assert_eq!((outcome(&facts), facts.contact.as_ref().unwrap().ended_at), ("ended", Some(at(0))), "sources say nothing more");
    let facts = contact(&[START, refused, ("queue.entered", 5, r#""queue":"q2""#)]);
    assert_eq!((outcome(&facts), facts.stints.len()), ("open", 1), "another queue took the caller");
    let diverted: Given = ("routing.decided", 5, r#""result":"diverted""#);
    assert_eq!(outcome(&contact(&[START, ENTER, diverted])), "open", "still waiting");
}

#[test]
fn a_late_start_is_authoritative_and_a_missing_one_is_noted() {
    let late: Given = ("contact.started", 7, r#""channel":"chat","direction":"inbound","to_addr":"900","customer_key":"k1""#);
    let facts = contact(&[("queue.entered", 9, r#""queue":"q1","channel":"voice""#), ("contact.updated", 5, ""), late]);
    let c = facts.contact.as_ref().unwrap();
    assert_eq!((c.started_at, c.channel.as_deref(), c.entry_point.as_deref()), (at(7), Some("chat"), Some("900")));
    assert_eq!((c.customer_key.as_deref(), facts.stints[0].channel.as_deref(), codes(&facts)), (Some("k1"), Some("chat"), vec![]));
    let facts = contact(&[ENTER, CONNECT, HANG_UP, END]);
    assert_eq!((facts.contact.as_ref().unwrap().started_at, codes(&facts)), (at(0), vec!["no_start"]));
}

#[test]
fn the_last_end_counts_and_what_goes_on_reopens() {
    let again: Given = ("contact.ended", 200, r#""ended_by":"agent""#);
    let facts = contact(&[START, ENTER, CONNECT, HANG_UP, END, again]);
    let c = facts.contact.as_ref().unwrap();
    assert_eq!((c.ended_at, c.ended_by.as_deref()), (Some(at(200)), Some("agent")));
    for after in [
        ("queue.entered", 150, r#""queue":"q2""#),
        ("message.received", 150, r#""author":"customer""#),
        ("contact.state_changed", 150, r#""to":"reopened""#),
        ("participant.connected", 150, r#""role":"agent","agent_id":"a2""#),
    ] {
        let facts = contact(&[START, ENTER, CONNECT, HANG_UP, END, after]);
        assert_eq!((outcome(&facts), facts.contact.as_ref().unwrap().ended_at), ("open", None), "{}", after.0);
        assert_eq!(outcome(&contact(&[START, ENTER, CONNECT, HANG_UP, END, after, again])), "answered");
    }
    for after in [
        ("wrapup.started", 150, r#""agent_id":"a1""#),
        ("disposition.set", 150, r#""code":"x""#),
        ("note.added", 150, ""),
        ("artifact.attached", 150, ""),
        ("message.sent", 150, r#""author":"system""#),
        ("message.delivery_updated", 150, r#""state":"read""#),
        ("participant.disconnected", 101, r#""participant_id":"p1","by":"agent""#),
    ] {
        let facts = contact(&[START, ENTER, CONNECT, HANG_UP, END, after]);
        assert_eq!(facts.contact.as_ref().unwrap().ended_at, Some(at(100)), "{}", after.0);
    }
}

#[test]
fn outcomes_go_from_the_strongest_to_the_weakest() {
    let out: Given = ("queue.exited", 20, r#""visit_id":"v1","outcome":"callback_requested""#);
    assert_eq!(outcome(&contact(&[START, ENTER, out, END])), "callback");
    assert_eq!(outcome(&contact(&[START, ENTER, out, CONNECT, HANG_UP, END])), "answered", "an agent was reached after all");
    let missed: Given = ("offer.ended", 10, r#""agent_id":"a1","outcome":"no_answer""#);
    assert_eq!(outcome(&contact(&[START, missed, END])), "ended", "a missed offer answers nobody");
    let session: Given = ("selfservice.started", 1, r#""kind":"ivr","flow_ref":"main""#);
    let reached: Given = ("selfservice.ended", 60, r#""outcome":"contained""#);
    let facts = contact(&[START, session, reached, END]);
    assert_eq!((outcome(&facts), facts.contact.as_ref().unwrap().self_service_ms), ("self_served", 59_000));
    assert_eq!((facts.sessions[0].session_id.as_str(), facts.sessions[0].topic.as_deref()), ("c1#1", Some("main")));
    assert_eq!(outcome(&contact(&[START, session, END])), "ivr_abandoned");
    assert_eq!(outcome(&contact(&[START, session, ("contact.ended", 9, r#""ended_by":"system""#)])), "ended");
    assert_eq!(outcome(&contact(&[START, session])), "open");
}

#[test]
fn sessions_end_where_something_follows_and_are_handed_over_then() {
    let session: Given = ("selfservice.started", -20, r#""session_id":"s1","kind":"bot""#);
    let facts = contact(&[("contact.started", -30, ""), session, ENTER, CONNECT, HANG_UP, END]);
    let s = &facts.sessions[0];
    assert_eq!((s.session_id.as_str(), s.ended_at, s.is_handed_over, s.is_goal_reached), ("s1", Some(at(0)), true, false));
    let facts = contact(&[START, ("selfservice.started", 5, ""), CONNECT, HANG_UP, END]);
    assert!(facts.sessions[0].is_handed_over && facts.sessions[0].ended_at == Some(at(30)), "an agent without a queue");
    let said: Given = ("selfservice.ended", 20, r#""outcome":"handoff""#);
    let facts = contact(&[START, ("selfservice.started", 5, ""), said, END]);
    assert!(facts.sessions[0].is_handed_over && outcome(&facts) == "ended");
    let facts = contact(&[START, ("selfservice.ended", 20, r#""outcome":"contained""#), END]);
    assert_eq!((facts.sessions[0].started_at, codes(&facts)), (at(0), vec!["unmatched_end"]));
}

#[test]
fn reason_resolution_escalation_and_what_came_before() {
    let facts = contact(&[
        START,
        ("disposition.set", 90, r#""code":"billing","resolved":"no""#),
        ("disposition.set", 95, r#""code":"refund","resolved":"yes""#),
        ("entity.linked", 1, r#""from":{"kind":"contact","id":"c1"},"to":{"kind":"contact","id":"c0"},"relation":"callback_of""#),
        ("transfer.updated", 50, r#""phase":"completed","kind":"blind","target":{"kind":"supervisor","id":"s"}"#),
        END,
    ]);
    let c = facts.contact.as_ref().unwrap();
    assert_eq!((c.reason.as_deref(), c.disposition.as_deref(), c.is_resolved), (Some("refund"), Some("refund"), Some(true)));
    assert_eq!((c.previous_contact_id.as_deref(), c.is_escalated, c.transfer_count), (Some("c0"), true, 1));
    let attribute: Given = ("contact.updated", 99, r#""set":{"reason":"invoice","resolved":false}"#);
    let facts = contact(&[START, ("disposition.set", 90, r#""code":"x","resolved":"unknown""#), attribute, END]);
    let c = facts.contact.as_ref().unwrap();
    assert_eq!((c.reason.as_deref(), c.is_resolved, c.is_escalated), (Some("invoice"), Some(false), false));
    let newer: Given =
        ("entity.linked", 1, r#""from":{"kind":"contact","id":"c2"},"to":{"kind":"contact","id":"c1"},"relation":"transfer_of""#);
    assert_eq!(contact(&[START, newer]).contact.unwrap().previous_contact_id, None, "the link is the other contact's");
}

#[test]
fn the_sources_own_order_decides_within_one_instant() {
    let given: [Given; 4] = [
        ("contact.started", 0, r#""_seq":"1""#),
        ("queue.entered", 5, r#""queue":"a","visit_id":"1","_seq":"9""#),
        ("queue.exited", 5, r#""queue":"a","visit_id":"1","outcome":"timed_out","_seq":"10""#),
        ("queue.entered", 5, r#""queue":"b","visit_id":"2","_seq":"11""#),
    ];
    let facts = contact(&given);
    assert_eq!(facts.stints.iter().map(|s| s.outcome.as_str()).collect::<Vec<_>>(), ["flow_out", "waiting"]);
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
}

#[test]
fn corrections_and_revisions_put_the_latest_in_place() {
    let exit: Given = ("queue.exited", 20, r#""visit_id":"v1","outcome":"abandoned""#);
    let put_right: Given = (
        "record.corrected",
        500,
        r#""target_id":"e002","replacement":{"type":"org.trunkline.queue.exited.v1","data":{"visit_id":"v1","outcome":"answered","agent_id":"a5"},"occurred_at":"1970-01-01T00:00:25Z"}"#,
    );
    let facts = contact(&[START, ENTER, exit, put_right]);
    let s = &facts.stints[0];
    assert_eq!((s.outcome.as_str(), s.wait_ms, s.agent_id.as_deref()), ("answered", Some(25_000), Some("a5")));
    let later: Given = ("record.corrected", 600, r#""target_id":"e002","void":true"#);
    assert_eq!(contact(&[START, ENTER, exit, put_right, later]).stints[0].outcome, "waiting", "the last correction counts");
    let withdrawn: Given = ("record.corrected", 600, r#""target_id":"e003","void":true"#);
    assert_eq!(contact(&[START, ENTER, exit, put_right, withdrawn]).stints[0].outcome, "abandoned");
    let restated: Given = ("queue.exited", 18, r#""visit_id":"v1","outcome":"key_exit","revision":1"#);
    let facts = contact(&[START, ENTER, exit, restated]);
    assert_eq!((facts.stints[0].outcome.as_str(), facts.stints[0].wait_ms, codes(&facts)), ("flow_out", Some(18_000), vec![]));
    assert_eq!(facts.contact.unwrap().provenance.event_count, 4, "both are kept");
}

#[test]
fn final_once_the_watermark_is_past_the_end_and_the_grace() {
    let given = [START, ENTER, CONNECT, HANG_UP, END];
    let is_final = |watermark: i64, given: &[Given]| {
        let finality = Finality { watermark: at(watermark), ..NOT_YET };
        with_rows(given, |rows| fold_contact(rows, finality).contact.unwrap().provenance.is_final)
    };
    assert_eq!((is_final(100 + 86_400, &given), is_final(101 + 86_400, &given)), (false, true));
    assert!(!is_final(1_000_000, &given[..4]), "an open contact never is");
}

#[test]
fn old_payload_forms_are_lifted() {
    let facts = with_rows(&[START, ENTER, CONNECT, ("hold.ended", 60, r#""participant_id":"p1","held_s":12.5"#), HANG_UP, END], |rows| {
        let old: Vec<_> = rows.iter().map(|r| crate::EventRow { schema_version: i32::from(r.kind != "hold.ended"), ..*r }).collect();
        fold_contact(&old, NOT_YET)
    });
    assert_eq!(facts.legs[0].hold_ms, 12_500);
}

#[test]
fn escaped_text_is_what_it_means() {
    let facts = contact(&[("contact.started", 0, r#""channel":"voice","entry_point":"l\u00ednea \"1\"""#), END]);
    assert_eq!(facts.contact.unwrap().entry_point.as_deref(), Some("línea \"1\""));
}
