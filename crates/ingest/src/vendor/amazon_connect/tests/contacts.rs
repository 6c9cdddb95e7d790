//! Contact events and contact records, each alone.

use serde_json::{Value, json};

use super::{arn, at, call, event, map, queue, record, second};
use crate::vendor::amazon_connect::AmazonConnect;
use crate::vendor::trial::file::run;

#[test]
fn a_call_told_by_contact_events_has_its_times() {
    let facts = map(&call()).contact("c1");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.outcome.as_str(), contact.ended_by.as_deref()), ("answered", Some("customer")));
    assert_eq!((contact.wait_ms, contact.talk_ms, contact.wrap_up_ms, contact.self_service_ms), (Some(20_500), 99_600, 14_800, 9_700));
    assert_eq!((contact.first_queue.as_deref(), contact.first_agent_id.as_deref()), (Some("q1"), Some("a1")));
    assert_eq!((contact.stint_count, contact.leg_count, facts.legs[0].ring_ms), (1, 1, None), "nobody measured the ringing");
    assert_eq!(facts.anomalies, []);
}

#[test]
fn a_call_told_by_its_record_has_its_times() {
    let trial = map(&[record(json!({}))]);
    let facts = trial.contact("c1");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.outcome.as_str(), contact.entry_point.as_deref()), ("answered", Some("+34910000000")));
    assert_eq!((contact.wait_ms, contact.talk_ms, contact.hold_ms, contact.wrap_up_ms), (Some(20_000), 75_000, 25_000, 15_000));
    assert_eq!((contact.hold_count, contact.stint_count, contact.leg_count), (2, 1, 1));
    assert!(contact.customer_key.is_some());
    assert_eq!(facts.anomalies, []);
    let sums = &trial.data("contact.summary_reported")[0];
    assert_eq!((&sums["talk_ms"], &sums["hold_ms"], &sums["acw_ms"]), (&json!(75_000), &json!(25_000), &json!(15_000)));
    assert_eq!(trial.data("artifact.attached").len(), 1, "the older member repeats the list");
}

#[test]
fn addresses_of_customers_are_nowhere_in_clear() {
    let mut keys = Vec::new();
    for method in ["INBOUND", "OUTBOUND", "TRANSFER", "CALLBACK", "MONITOR", "API"] {
        let attributes = json!({"Callback": "+34600111222", "mail": "ana@example.org", "n": "7"});
        let trial = map(&[record(json!({"InitiationMethod": method, "Attributes": attributes}))]);
        assert!(trial.batch.rows().all(|row| !row.data.contains("600111222") && !row.data.contains("example.org")), "{method}");
        keys.push(trial.batch.row(0).customer_key.unwrap().to_owned());
    }
    assert!(keys.iter().all(|key| *key == keys[0]), "one customer, whoever called whom");
    let trial = map(&[record(json!({"Attributes": {"n": "7"}}))]);
    assert_eq!(trial.data("contact.updated")[0]["set"]["n"], "7");
}

#[test]
fn who_waits_in_vain_abandons_unless_something_else_took_over() {
    let alone = |changes: Value| {
        let mut all = record(json!({"Agent": null}));
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        let facts = map(&[all]).contact("c1");
        (facts.stints[0].outcome.to_string(), facts.contact.unwrap().outcome.to_string())
    };
    let both = |word: &str| (word.to_owned(), word.to_owned());
    assert_eq!(alone(json!({})), both("abandoned"));
    assert_eq!(alone(json!({"DisconnectReason": null})), both("abandoned"));
    assert_eq!(alone(json!({"NextContactId": "c2"})), both("flow_out"));
    assert_eq!(alone(json!({"DisconnectReason": "CONTACT_FLOW_DISCONNECT"})), both("flow_out"));
    assert_eq!(alone(json!({"DisconnectReason": "TELECOM_PROBLEM"})), both("dropped"));
}

#[test]
fn a_customer_who_leaves_in_the_flow_did_not_abandon_a_queue() {
    let end = |reason: &str| {
        let detail = json!({"connectedToSystemTimestamp": at(0, 500), "disconnectTimestamp": at(40, 0), "disconnectReason": reason});
        let events = [call()[0].clone(), call()[1].clone(), event("DISCONNECTED", 40, detail)];
        map(&events).contact("c1").contact.unwrap().outcome.to_string()
    };
    assert_eq!(end("CUSTOMER_DISCONNECT"), "ivr_abandoned");
    assert_eq!(end("CONTACT_FLOW_DISCONNECT"), "self_served");
    let no_queue = json!({"Agent": null, "Queue": null});
    assert_eq!(map(&[record(no_queue)]).contact("c1").contact.unwrap().outcome, "ivr_abandoned");
}

#[test]
fn a_call_handed_outside_leaves_its_agent_when_they_let_go() {
    let mut all = record(json!({
        "DisconnectTimestamp": second(900), "TransferCompletedTimestamp": second(130),
        "TransferredToEndpoint": {"Address": "+34911222333", "Type": "TELEPHONE_NUMBER"},
    }));
    all["Agent"]["AfterContactWorkStartTimestamp"] = second(130).into();
    let trial = map(&[all]);
    let facts = trial.contact("c1");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.talk_ms, contact.transfer_count), (75_000, 1), "not until the call ended outside");
    let leg = &facts.legs[0];
    assert_eq!((leg.is_transfer_out, leg.transfer_kind.as_deref(), leg.ended_by.as_deref()), (true, Some("external"), Some("transfer")));
    assert!(!trial.data("transfer.updated")[0].to_string().contains("911222333"));
}

#[test]
fn an_agents_transfer_is_told_on_both_contacts() {
    let second_leg = event(
        "INITIATED",
        100,
        json!({
            "contactId": "c2", "initiationMethod": "TRANSFER", "initialContactId": "c1", "previousContactId": "c1",
            "initiationTimestamp": at(100, 0),
        }),
    );
    let taken = event(
        "CONNECTED_TO_AGENT",
        110,
        json!({
            "contactId": "c2", "initiationMethod": "TRANSFER", "previousContactId": "c1",
            "agentInfo": {"agentArn": arn("agent/a2"), "connectedToAgentTimestamp": at(110, 0)},
        }),
    );
    let mut events = call();
    events.extend([second_leg, taken]);
    let trial = map(&events);
    let (first, second) = (trial.contact("c1"), trial.contact("c2"));
    assert_eq!((first.contact.unwrap().transfer_count, first.legs[0].is_transfer_out), (1, true));
    let contact = second.contact.unwrap();
    assert_eq!((contact.previous_contact_id.as_deref(), second.legs[0].is_transfer_in), (Some("c1"), true));
    assert_eq!(contact.direction, None, "a transfer does not say");
}

#[test]
fn a_change_of_queue_is_no_abandonment() {
    let left = json!({"disconnectTimestamp": at(20, 0), "queueInfo": queue()});
    let next =
        json!({"contactId": "c2", "initiationMethod": "QUEUE_TRANSFER", "previousContactId": "c1", "initiationTimestamp": at(20, 0)});
    let events = [call()[0].clone(), call()[2].clone(), event("DISCONNECTED", 20, left), event("INITIATED", 20, next)];
    let trial = map(&events);
    assert_eq!(trial.contact("c1").stints[0].outcome, "flow_out");
    assert_eq!(trial.contact("c2").contact.unwrap().previous_contact_id.as_deref(), Some("c1"));
}

#[test]
fn every_other_contact_event_has_its_word() {
    let attributes = json!({"attributes": {"reason": "invoice"}, "tags": {"team": "a"}});
    let cases = [
        (event("CONTACT_DATA_UPDATED", 5, attributes), "contact.updated"),
        (event("PAUSED", 5, json!({"channel": "TASK"})), "contact.state_changed"),
        (event("RESUMED", 9, json!({"channel": "TASK"})), "contact.state_changed"),
        (event("AMD_DISABLED", 5, json!({})), "source.unmapped"),
        (event("SOMETHING_NEW", 5, json!({})), "source.unmapped"),
        (event("CONNECTED_TO_SYSTEM", 5, json!({"initiationMethod": "OUTBOUND"})), "participant.connected"),
    ];
    for (document, kind) in cases {
        assert_eq!(map(&[document]).kinds(), [kind]);
    }
    let reason = map(&[call()[0].clone(), event("CONTACT_DATA_UPDATED", 5, json!({"attributes": {"reason": "invoice"}}))]);
    assert_eq!(reason.contact("c1").contact.unwrap().reason.as_deref(), Some("invoice"));
}

#[test]
fn names_and_channels_in_another_case_mean_the_same() {
    let odd = event(
        "CONNECTED_TO_AGENT",
        30,
        json!({
            "channel": "Voice", "AgentInfo": {"AgentArn": arn("agent/a1"), "connectedToAgentTimestamp": at(30, 700)}, "queueInfo": queue(),
        }),
    );
    assert_eq!(map(&[odd]).contents(), map(&[call()[3].clone()]).contents());
    // Rules of EventBridge may pass on the detail alone.
    assert_eq!(map(&[call()[3]["detail"].clone()]).contents(), map(&[call()[3].clone()]).contents());
}

#[test]
fn an_event_twice_is_the_same_event() {
    let (once, again) = (map(&call()), map(&call()));
    assert_eq!(once.contents(), again.contents());
    let mut late = call()[2].clone();
    late["id"] = "another".into();
    late["time"] = second(59).into();
    assert_eq!(map(&[late]).contents(), map(&[call()[2].clone()]).contents(), "not by when it was delivered");
}

#[test]
fn records_follow_each_other_without_line_feeds() {
    let one = record(json!({})).to_string();
    let two = record(json!({"ContactId": "c2"})).to_string();
    let trial = run(AmazonConnect, &format!("{one}{two}"));
    assert_eq!((trial.contact("c1").legs.len(), trial.contact("c2").legs.len()), (1, 1));
}

#[test]
fn broken_documents_are_refused_with_the_place() {
    let cases = [
        (record(json!({"LastUpdateTimestamp": null})), "no_time", "LastUpdateTimestamp"),
        (record(json!({"InitiationTimestamp": "05/01/2022 17:12"})), "bad_time", "InitiationTimestamp \"05/01/2022 17:12\" is no instant"),
        (record(json!({"ContactId": " "})), "missing_field", "ContactId is missing"),
        (record(json!({"Queue": "Billing"})), "bad_field", "Queue must be an object, not \"Billing\""),
        (
            record(json!({"Queue": {"ARN": "q", "EnqueueTimestamp": second(1), "Duration": -3}})),
            "bad_field",
            "Queue.Duration must be 0 or more",
        ),
        (event("QUEUED", 1, json!({})), "missing_field", "queueInfo is missing"),
        (event("QUEUED", 1, json!({"queueInfo": {"queueArn": 7}})), "bad_field", "queueInfo.queueArn must be text, not 7"),
        (event("CONNECTED_TO_AGENT", 1, json!({"agentInfo": {}})), "missing_field", "agentInfo.agentArn is missing"),
        (json!({"eventType": "CONTACT_DATA_UPDATED", "contactId": "c1"}), "no_time", "time is missing"),
    ];
    for (document, code, message) in cases {
        let trial = map(&[document]);
        assert_eq!(trial.refusal().0, code);
        assert!(trial.refusal().1.contains(message), "{}", trial.refusal().1);
    }
}

#[test]
fn who_dials_or_listens_in_names_a_queue_in_which_nobody_waits() {
    for method in ["OUTBOUND", "MONITOR"] {
        let mut events = call();
        events.remove(2);
        for event in &mut events {
            event["detail"]["initiationMethod"] = method.into();
        }
        let unanswered =
            event("DISCONNECTED", 20, json!({"initiationMethod": method, "disconnectTimestamp": at(20, 0), "queueInfo": queue()}));
        for documents in [events.clone(), vec![events[0].clone(), unanswered], vec![record(json!({"InitiationMethod": method}))]] {
            assert_eq!(map(&documents).contact("c1").stints, [], "{method}");
        }
        let legs = map(&events).contact("c1").legs;
        assert_eq!(legs.len(), usize::from(method == "OUTBOUND"), "a supervisor has no leg");
    }
}
