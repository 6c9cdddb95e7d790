//! Whole stories told by detail events alone.

use serde_json::{Value, json};

use super::{call, event, map};

#[test]
fn a_call_told_by_events_has_its_times() {
    let trial = map(&call());
    let facts = trial.contact("c1");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.outcome.as_str(), contact.ended_by.as_deref()), ("answered", Some("customer")));
    assert_eq!((contact.wait_ms, contact.talk_ms, contact.hold_ms, contact.wrap_up_ms), (Some(20_000), 70_000, 30_000, 15_000));
    assert_eq!((contact.self_service_ms, contact.disposition.as_deref()), (9_900, Some("invoice")));
    assert_eq!((contact.channel.as_deref(), contact.direction.as_deref()), (Some("voice"), Some("inbound")));
    assert_eq!((contact.entry_point.as_deref(), contact.customer_key.is_some()), (Some("+34910000000"), true));
    assert_eq!((contact.stint_count, contact.leg_count), (1, 1));
    let (stint, leg) = (&facts.stints[0], &facts.legs[0]);
    assert_eq!((stint.outcome.as_str(), stint.agent_id.as_deref(), stint.priority), ("answered", Some("a1"), Some(5)));
    assert_eq!((leg.outcome.as_str(), leg.ring_ms, leg.queue.as_deref()), ("handled", Some(5_000), Some("q1")));
    assert_eq!(facts.anomalies, []);
    let text: String = trial.batch.rows().map(|row| row.data.to_owned()).collect();
    assert!(!text.contains("600111222") && !text.contains("Puig") && !text.contains("\"x1\""), "no address, no note");
}

#[test]
fn who_hangs_up_while_waiting_abandons() {
    let left = json!({"queueId": "q1", "acdOutcome": "ABANDON", "connectedDurationMs": 12_000, "disconnectType": "PEER"});
    let events =
        [call()[0].clone(), call()[3].clone(), event("acd.end", 22_000, "s-acd", left), event("customer.end", 22_000, "s-cust", json!({}))];
    let facts = map(&events).contact("c1");
    assert_eq!((facts.stints[0].outcome.as_str(), facts.stints[0].wait_ms), ("abandoned", Some(12_000)));
    assert_eq!(facts.contact.unwrap().outcome, "abandoned");
}

#[test]
fn what_the_queue_says_about_its_end_is_kept() {
    let outcome = |body: Value| {
        let trial = map(&[event("acd.end", 1_000, "s-acd", body)]);
        trial.data("queue.exited")[0]["outcome"].clone()
    };
    assert_eq!(outcome(json!({"acdOutcome": "FLOW_OUT"})), "flow_out");
    assert_eq!(outcome(json!({"acdOutcome": "UNKNOWN", "answeredUserId": "a1"})), "answered");
    assert_eq!(outcome(json!({"acdOutcome": "UNKNOWN"})), "unknown");
}

#[test]
fn an_agent_who_does_not_take_the_call_has_a_leg_without_talk() {
    let leg = |disconnect: &str| {
        let body = json!({"userId": "a1", "queueId": "q1", "alertingDurationMs": 8_000, "disconnectType": disconnect});
        let events = [call()[0].clone(), call()[3].clone(), call()[4].clone(), event("user.end", 33_000, "s-user", body)];
        let leg = map(&events).contact("c1").legs.remove(0);
        (leg.outcome.to_string(), leg.ring_ms, leg.talk_ms)
    };
    assert_eq!(leg("TRANSFER"), ("missed".to_owned(), Some(8_000), None));
    assert_eq!(leg("CLIENT"), ("declined".to_owned(), Some(8_000), None));
    assert_eq!(leg("PEER"), ("cancelled".to_owned(), Some(8_000), None));
    assert_eq!(leg("ERROR"), ("cancelled".to_owned(), Some(8_000), None));
}

#[test]
fn a_consultation_ends_one_leg_and_begins_another() {
    let first = json!({"userId": "a1", "queueId": "q1", "interactingDurationMs": 60_000, "alertingDurationMs": 5_000, "disconnectType": "CONSULT_TRANSFER"});
    let second = json!({"userId": "a2", "interactingDurationMs": 50_000, "alertingDurationMs": 3_000, "disconnectType": "PEER"});
    let mut events = call();
    events.truncate(6);
    events.extend([
        event("user.start", 77_000, "s-two", json!({"userId": "a2"})),
        event("user.end", 90_000, "s-user", first),
        event("user.end", 130_000, "s-two", second),
        event("customer.end", 130_000, "s-cust", json!({"disconnectType": "ENDPOINT"})),
    ]);
    let facts = map(&events).contact("c1");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.transfer_count, contact.talk_ms, contact.last_agent_id.as_deref()), (1, 110_000, Some("a2")));
    let (one, two) = (&facts.legs[0], &facts.legs[1]);
    assert_eq!((one.is_transfer_out, one.transfer_kind.as_deref(), one.ended_by.as_deref()), (true, Some("attended"), Some("transfer")));
    assert!(two.is_transfer_in);
}

#[test]
fn a_flow_that_needs_nobody_is_self_service() {
    let outcome = |exit: &str| {
        let end = event("flow.end", 10_000, "s-flow", json!({"flowType": "INBOUNDCALL", "exitReason": exit}));
        let events =
            [call()[0].clone(), call()[1].clone(), end, event("customer.end", 10_000, "s-cust", json!({"disconnectType": "PEER"}))];
        map(&events).contact("c1").contact.unwrap().outcome.to_string()
    };
    assert_eq!(outcome("FLOW_DISCONNECT"), "self_served");
    assert_eq!(outcome("DISCONNECT"), "ivr_abandoned");
    assert_eq!(outcome("FLOW_ERROR_DISCONNECT"), "ended");
}

#[test]
fn a_second_medium_that_ends_first_does_not_end_the_talk() {
    let mut events = call();
    events.push(event("customer.end", 60_000, "s-sms", json!({"mediaType": "MESSAGE", "disconnectType": "SYSTEM"})));
    let contact = map(&events).contact("c1").contact.unwrap();
    assert_eq!((contact.talk_ms, contact.outcome.as_str(), contact.ended_by.as_deref()), (70_000, "answered", Some("customer")));
}

#[test]
fn an_agents_own_call_has_talk_and_no_offer() {
    let own = json!({"direction": "OUTBOUND", "ani": "tel:+34910000000", "dnis": "tel:+34600111222"});
    let with = |more: Value| {
        let mut body = own.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let talk = with(json!({"userId": "a1", "dialingDurationMs": 6_000, "interactingDurationMs": 40_000, "disconnectType": "CLIENT"}));
    let events = [
        event("user.start", 0, "s-user", with(json!({"userId": "a1"}))),
        event("customer.start", 100, "s-cust", own.clone()),
        event("user.end", 46_100, "s-user", talk),
        event("customer.end", 46_100, "s-cust", with(json!({"disconnectType": "PEER"}))),
    ];
    let trial = map(&events);
    let facts = trial.contact("c1");
    let leg = &facts.legs[0];
    assert_eq!((leg.talk_ms, leg.ring_ms, leg.ended_by.as_deref(), facts.legs.len()), (Some(40_000), Some(6_000), Some("agent"), 1));
    assert_eq!(trial.data("source.unmapped").len(), 1, "its start is an offer to nobody");
    let inbound = map(&call()).contact("c1").contact.unwrap().customer_key;
    assert_eq!(facts.contact.unwrap().customer_key, inbound, "one customer, whoever called whom");
}

#[test]
fn a_callback_taken_on_is_one_leg_with_the_call_it_leads_to() {
    let callback = |suffix: &str, millis: i64, session: &str, mut body: Value| {
        body["mediaType"] = "CALLBACK".into();
        body["callbackNumbers"] = json!(["+34600111222"]);
        event(suffix, millis, session, body)
    };
    let taken =
        json!({"userId": "a1", "queueId": "q1", "alertingDurationMs": 4_000, "callbackDurationMs": 20_000, "disconnectType": "CLIENT"});
    let talk = json!({"userId": "a1", "direction": "OUTBOUND", "dialingDurationMs": 5_000, "interactingDurationMs": 60_000, "disconnectType": "PEER"});
    let exit = json!({"queueId": "q1", "acdOutcome": "ANSWERED", "answeredUserId": "a1", "connectedDurationMs": 34_000});
    let events = [
        callback("customer.start", 0, "s-cust", json!({"ani": null})),
        callback("acd.start", 0, "s-acd", json!({"queueId": "q1"})),
        callback("user.start", 30_000, "s-back", json!({"userId": "a1", "queueId": "q1"})),
        callback("acd.end", 34_000, "s-acd", exit),
        callback("user.end", 54_000, "s-back", taken),
        event("user.end", 105_000, "s-voice", talk),
        callback("customer.end", 105_000, "s-cust", json!({"disconnectType": "ENDPOINT"})),
    ];
    let facts = map(&events).contact("c1");
    let leg = &facts.legs[0];
    assert_eq!((facts.legs.len(), leg.outcome.as_str(), leg.talk_ms, leg.ring_ms), (1, "handled", Some(60_000), Some(4_000)));
    assert_eq!(facts.contact.unwrap().channel.as_deref(), Some("callback"));
}
