//! Events and details of the same conversation: nothing counts twice.

use serde_json::{Value, json};

use super::{call, details, event, map};

#[test]
fn details_after_events_replace_what_was_computed() {
    for documents in [[call(), vec![details()]].concat(), [vec![details()], call(), vec![details()]].concat()] {
        let facts = map(&documents).contact("c1");
        let contact = facts.contact.unwrap();
        assert_eq!((contact.stint_count, contact.leg_count, contact.hold_count, facts.sessions.len()), (1, 1, 2, 1));
        assert_eq!((contact.wait_ms, contact.talk_ms, contact.hold_ms, contact.wrap_up_ms), (Some(20_000), 70_000, 30_000, 15_000));
        assert_eq!(facts.holds[0].started_at.to_string(), "2026-03-02T09:00:50Z", "where it was, not where it was put");
        assert_eq!(facts.anomalies, []);
    }
}

#[test]
fn details_fill_in_what_was_lost() {
    let lossy: Vec<Value> = call().into_iter().filter(|event| !event["detail-type"].as_str().unwrap().ends_with("user.end")).collect();
    let facts = map(&[lossy, vec![details()]].concat()).contact("c1");
    assert_eq!((facts.legs.len(), facts.legs[0].talk_ms), (1, Some(70_000)));
    assert_eq!(facts.anomalies, []);
}

#[test]
fn a_conversation_that_goes_on_after_its_details_ends_later() {
    let mut documents = vec![details()];
    documents.push(event("acd.start", 900_000, "s-acd2", json!({"queueId": "q2"})));
    documents.push(event("customer.end", 960_000, "s-cust2", json!({"disconnectType": "ENDPOINT"})));
    let contact = map(&documents).contact("c1").contact.unwrap();
    assert_eq!((contact.ended_at.unwrap().to_string(), contact.stint_count), ("2026-03-02T09:16:00Z".to_owned(), 2));
}

#[test]
fn work_after_a_contact_counts_once_and_for_the_agent() {
    let facts = map(&call()).contact("c1");
    assert_eq!((facts.legs[0].wrap_up_ms, facts.anomalies.len()), (Some(15_000), 0));
    let without: Vec<Value> = call().into_iter().filter(|event| !event["detail-type"].as_str().unwrap().ends_with("acw")).collect();
    assert_eq!(map(&without).contact("c1").legs[0].wrap_up_ms, Some(15_000), "one of the topics is enough");
}

#[test]
fn the_same_documents_twice_are_the_same_events() {
    let all = [call(), vec![details()]].concat();
    assert_eq!(map(&all).contents(), map(&all).contents());
    let mut again = call()[3].clone();
    again["id"] = "another".into();
    again["time"] = "2026-03-02T11:00:00Z".into();
    assert_eq!(map(&[again]).contents(), map(&[call()[3].clone()]).contents(), "not by when it was delivered");
}
