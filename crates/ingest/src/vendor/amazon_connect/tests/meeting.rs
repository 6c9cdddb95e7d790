//! Several feeds about the same contact: nothing counts twice.

use serde_json::{Value, json};
use trunkline_events::fact::ContactFacts;

use super::{at, call, desk, map, record, second};

fn told_by(feeds: &[Vec<Value>]) -> ContactFacts {
    map(&feeds.concat()).contact("c1")
}

fn counts(facts: &ContactFacts) -> (i64, i64, i64, i64, i64) {
    let contact = facts.contact.as_ref().unwrap();
    (contact.stint_count, contact.leg_count, contact.hold_count, contact.transfer_count, facts.sessions.len() as i64)
}

#[test]
fn events_count_with_their_milliseconds_and_the_record_adds_the_customer() {
    let facts = told_by(&[call(), vec![record(json!({}))]]);
    assert_eq!(counts(&facts), (1, 1, 2, 0, 1));
    let contact = facts.contact.unwrap();
    assert_eq!((contact.wait_ms, contact.talk_ms + contact.hold_ms, contact.wrap_up_ms), (Some(20_500), 99_600, 14_800));
    assert_eq!((contact.entry_point.as_deref(), contact.customer_key.is_some()), (Some("+34910000000"), true));
    assert_eq!(facts.anomalies, []);
}

#[test]
fn three_feeds_make_one_leg_with_real_holds() {
    let feeds = [call(), desk(), vec![record(json!({}))]];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let facts = told_by(&order.map(|i| feeds[i].clone()));
        assert_eq!(counts(&facts), (1, 1, 1, 0, 1), "the one hold that was seen, not the two the record places somewhere");
        let leg = &facts.legs[0];
        assert_eq!((leg.ring_ms, leg.talk_ms, leg.hold_ms, leg.wrap_up_ms), (Some(4_500), Some(87_000), 12_500, Some(15_200)));
        assert_eq!(leg.ended_by.as_deref(), Some("customer"));
        assert_eq!((leg.outcome.as_str(), facts.holds.len()), ("handled", 1));
        assert_eq!(facts.anomalies, []);
    }
}

#[test]
fn the_agent_stream_and_the_record_are_enough() {
    let facts = told_by(&[desk(), vec![record(json!({}))]]);
    assert_eq!(counts(&facts), (1, 1, 1, 0, 1));
    assert_eq!(
        (facts.legs[0].ring_ms, facts.stints[0].wait_ms, facts.stints[0].agent_id.as_deref()),
        (Some(4_500), Some(20_000), Some("a1"))
    );
    assert_eq!(facts.contact.unwrap().outcome, "answered");
    assert_eq!(facts.anomalies, []);
}

#[test]
fn the_record_fills_in_what_was_lost() {
    let mut lossy = call();
    lossy.remove(3);
    let facts = told_by(&[lossy, vec![record(json!({}))]]);
    let contact = facts.contact.as_ref().unwrap();
    assert_eq!((contact.outcome.as_str(), contact.first_agent_id.as_deref(), counts(&facts).1), ("answered", Some("a1"), 1));
}

#[test]
fn a_record_delivered_again_takes_the_place_of_the_one_before() {
    let mut again = record(json!({
        "LastUpdateTimestamp": second(900), "Attributes": {"tier": "silver"}, "DisconnectTimestamp": second(131),
    }));
    again["Agent"]["AfterContactWorkEndTimestamp"] = second(190).into();
    again["Agent"]["AfterContactWorkDuration"] = 60.into();
    for documents in [vec![record(json!({})), again.clone()], vec![again.clone(), record(json!({})), again.clone()]] {
        let trial = map(&documents);
        let facts = trial.contact("c1");
        assert_eq!(counts(&facts), (1, 1, 2, 0, 1));
        let contact = facts.contact.unwrap();
        assert_eq!((contact.wrap_up_ms, contact.ended_at.unwrap().to_string()), (60_000, second(131)));
        assert_eq!(facts.anomalies, []);
    }
    let (once, twice) = (map(std::slice::from_ref(&again)), map(&[again.clone()]));
    assert_eq!(once.contents(), twice.contents(), "and the very same record gives the very same events");
}

#[test]
fn the_record_knows_that_another_contact_took_over() {
    let left = json!({"disconnectTimestamp": at(28, 0), "queueInfo": super::queue()});
    let events = vec![call()[0].clone(), call()[2].clone(), super::event("DISCONNECTED", 28, left)];
    assert_eq!(told_by(std::slice::from_ref(&events)).stints[0].outcome, "abandoned");
    let record = record(json!({"Agent": null, "NextContactId": "c2"}));
    assert_eq!(told_by(&[events, vec![record]]).stints[0].outcome, "flow_out");
}

#[test]
fn without_disconnected_the_last_event_ends_the_contact() {
    let mut lossy = call();
    lossy.remove(4);
    assert_eq!(told_by(&[lossy]).contact.unwrap().ended_at.unwrap().to_string(), at(130, 300).replace(".300", ".3"));
}

#[test]
fn lost_beginnings_are_taken_from_later_events() {
    let events = vec![call()[0].clone(), call()[4].clone()];
    let facts = told_by(&[events]);
    assert_eq!((facts.legs[0].talk_ms, facts.legs[0].agent_id.as_deref()), (Some(99_600), Some("a1")));
    let abandoned = super::event("DISCONNECTED", 28, json!({"disconnectTimestamp": at(28, 0), "queueInfo": super::queue()}));
    let facts = told_by(&[vec![call()[0].clone(), abandoned]]);
    assert_eq!((facts.stints[0].outcome.as_str(), facts.stints[0].wait_ms), ("abandoned", Some(17_800)));
}
