//! Stays in queues: outcomes, waits, what is missing.

use super::{CONNECT, END, ENTER, Given, START, at, codes, contact, outcome};
use crate::fact::ContactFacts;

/// Outcome, enqueued, left, wait in seconds of every stay.
fn stays(facts: &ContactFacts) -> Vec<(&str, i64, Option<i64>, Option<i64>)> {
    let second = |t: crate::Timestamp| t.micros() / 1_000_000;
    facts.stints.iter().map(|s| (s.outcome.as_str(), second(s.enqueued_at), s.left_at.map(second), s.wait_ms.map(|w| w / 1_000))).collect()
}

#[test]
fn answered_with_the_wait_the_source_reports() {
    let exit: Given = ("queue.exited", 30, r#""queue":"q1","visit_id":"v1","outcome":"answered","wait_ms":29000"#);
    let facts = contact(&[START, ENTER, exit, CONNECT, super::HANG_UP, END]);
    assert_eq!(stays(&facts), [("answered", 0, Some(30), Some(29))]);
    assert_eq!((facts.stints[0].agent_id.as_deref(), facts.stints[0].priority), (Some("a1"), Some(3)));
    assert_eq!((outcome(&facts), facts.contact.as_ref().unwrap().wait_ms), ("answered", Some(29_000)));
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
}

#[test]
fn an_agent_who_connects_ends_the_open_stay_as_answered() {
    let facts = contact(&[START, ENTER, CONNECT, super::HANG_UP, END]);
    assert_eq!(stays(&facts), [("answered", 0, Some(30), Some(30))]);
    assert_eq!(facts.stints[0].agent_id.as_deref(), Some("a1"));
    assert_eq!(facts.legs[0].queue.as_deref(), Some("q1"));
    assert!(facts.anomalies.is_empty());
}

#[test]
fn abandoned_in_the_queue_and_while_ringing() {
    let exit: Given = ("queue.exited", 12, r#""visit_id":"v1","outcome":"abandoned","wait_ms":12000"#);
    let end: Given = ("contact.ended", 12, r#""ended_by":"customer""#);
    let facts = contact(&[START, ENTER, exit, end]);
    assert_eq!((stays(&facts), outcome(&facts)), (vec![("abandoned", 0, Some(12), Some(12))], "abandoned"));
    let offer: Given = ("offer.made", 8, r#""offer_id":"o1","agent_id":"a1""#);
    let gone: Given = ("offer.ended", 12, r#""offer_id":"o1","outcome":"caller_gone","ring_ms":4000"#);
    let facts = contact(&[START, ENTER, offer, gone, exit, end]);
    assert_eq!((stays(&facts), outcome(&facts)), (vec![("abandoned", 0, Some(12), Some(12))], "abandoned"));
    assert_eq!((facts.legs[0].outcome.as_str(), facts.stints[0].ring_ms), ("cancelled", 4_000));
}

#[test]
fn every_outcome_of_an_exit_is_one_of_six() {
    for (said, expected) in [
        ("timed_out", "flow_out"),
        ("key_exit", "flow_out"),
        ("no_agents", "flow_out"),
        ("overflow", "flow_out"),
        ("transferred", "flow_out"),
        ("withdrawn", "flow_out"),
        ("flow_out", "flow_out"),
        ("callback_requested", "callback"),
        ("error", "dropped"),
        ("abandoned", "abandoned"),
        ("never heard of", "flow_out"),
    ] {
        let exit = format!(r#""visit_id":"v1","outcome":"{said}""#);
        let exit: Given = ("queue.exited", 40, Box::leak(exit.into_boxed_str()));
        let facts = contact(&[START, ENTER, exit, END]);
        assert_eq!((facts.stints[0].outcome.as_str(), outcome(&facts)), (expected, expected), "{said}");
    }
}

#[test]
fn who_waits_is_waiting_and_the_contact_open() {
    let facts = contact(&[START, ENTER]);
    assert_eq!((stays(&facts), outcome(&facts)), (vec![("waiting", 0, None, None)], "open"));
    assert_eq!(facts.contact.as_ref().unwrap().wait_ms, None);
    assert!(facts.anomalies.is_empty());
}

#[test]
fn a_stay_without_an_exit_ends_with_the_contact() {
    for (by, expected) in [("customer", "abandoned"), ("unknown", "abandoned"), ("system", "dropped"), ("agent", "dropped")] {
        let end = format!(r#""ended_by":"{by}""#);
        let end: Given = ("contact.ended", 50, Box::leak(end.into_boxed_str()));
        let facts = contact(&[START, ENTER, end]);
        assert_eq!((stays(&facts), codes(&facts)), (vec![(expected, 0, Some(50), Some(50))], vec!["unmatched_start"]), "{by}");
    }
    let facts = contact(&[START, ENTER, ("contact.ended", 50, "")]);
    assert_eq!(outcome(&facts), "abandoned", "nobody in particular ended it");
}

#[test]
fn an_exit_without_an_entry_implies_it() {
    let exit: Given = ("queue.exited", 40, r#""queue":"q1","outcome":"abandoned","wait_ms":25000"#);
    let facts = contact(&[START, exit, END]);
    assert_eq!((stays(&facts), codes(&facts)), (vec![("abandoned", 15, Some(40), Some(25))], vec!["unmatched_end"]));
    assert_eq!(facts.stints[0].queue.as_deref(), Some("q1"));
}

#[test]
fn the_same_queue_twice_makes_two_stays() {
    let exit: Given = ("queue.exited", 20, r#""queue":"q1","visit_id":"v1","outcome":"timed_out""#);
    let again: Given = ("queue.entered", 25, r#""queue":"q1","visit_id":"v2""#);
    let facts = contact(&[START, ENTER, exit, again, CONNECT, super::HANG_UP, END]);
    assert_eq!(stays(&facts), [("flow_out", 0, Some(20), Some(20)), ("answered", 25, Some(30), Some(5))]);
    assert_eq!(facts.stints.iter().map(|s| s.stint_no).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(facts.contact.as_ref().unwrap().wait_ms, Some(25_000), "waits add up");
}

#[test]
fn a_new_entry_ends_an_open_stay_and_a_late_exit_puts_it_right() {
    let again: Given = ("queue.entered", 25, r#""queue":"q2","visit_id":"v2""#);
    let facts = contact(&[START, ENTER, again, CONNECT, super::HANG_UP, END]);
    assert_eq!(stays(&facts), [("flow_out", 0, Some(25), Some(25)), ("answered", 25, Some(30), Some(5))]);
    assert_eq!(codes(&facts), ["unmatched_start"]);
    let exit: Given = ("queue.exited", 26, r#""queue":"q1","visit_id":"v1","outcome":"key_exit","wait_ms":24000"#);
    let facts = contact(&[START, ENTER, again, exit, CONNECT, super::HANG_UP, END]);
    assert_eq!(stays(&facts), [("flow_out", 0, Some(26), Some(24)), ("answered", 25, Some(30), Some(5))]);
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
}

#[test]
fn waits_more_than_two_seconds_apart_are_an_anomaly() {
    for (wait, expected) in [(28_000, vec![]), (27_999, vec!["wait_mismatch"]), (32_001, vec!["wait_mismatch"])] {
        let exit = format!(r#""visit_id":"v1","outcome":"answered","wait_ms":{wait}"#);
        let exit: Given = ("queue.exited", 30, Box::leak(exit.into_boxed_str()));
        let facts = contact(&[START, ENTER, exit, CONNECT, super::HANG_UP, END]);
        assert_eq!((codes(&facts), facts.stints[0].wait_ms), (expected, Some(wait)));
    }
}

#[test]
fn abandoned_at_an_unknown_time_has_no_wait() {
    let exit: Given = ("queue.exited", 0, r#""visit_id":"v1","outcome":"abandoned","wait_unknown":true"#);
    let facts = contact(&[START, ENTER, exit, ("contact.ended", 0, r#""ended_by":"customer""#)]);
    assert_eq!(stays(&facts), [("abandoned", 0, None, None)]);
    assert_eq!((facts.contact.as_ref().unwrap().wait_ms, codes(&facts)), (None, vec![]));
}

#[test]
fn a_second_exit_of_one_stay_is_ignored() {
    let exit: Given = ("queue.exited", 20, r#""queue":"q1","visit_id":"v1","outcome":"no_agents","wait_ms":20000"#);
    for second in [r#""queue":"q1","visit_id":"v1","outcome":"abandoned""#, r#""queue":"q1","outcome":"abandoned","wait_ms":21000"#] {
        let facts = contact(&[START, ENTER, exit, ("queue.exited", 21, second), END]);
        assert_eq!((stays(&facts), codes(&facts)), (vec![("flow_out", 0, Some(20), Some(20))], vec!["second_end"]));
    }
}

#[test]
fn an_exit_that_comes_before_its_entry_is_the_same_stay() {
    let exit: Given = ("queue.exited", 9, r#""visit_id":"v9","outcome":"abandoned","wait_ms":4000"#);
    let enter: Given = ("queue.entered", 10, r#""visit_id":"v9","queue":"q1""#);
    let facts = contact(&[START, exit, enter, ("contact.ended", 12, r#""ended_by":"customer""#)]);
    assert_eq!((facts.stints.len(), facts.stints[0].wait_ms, facts.stints[0].queue.as_deref()), (1, Some(4_000), Some("q1")));
    assert_eq!(facts.stints[0].enqueued_at, at(5));
}

#[test]
fn a_restart_of_the_exchange_drops_who_waits() {
    let exit: Given = ("queue.exited", 60, r#""visit_id":"v1","outcome":"error","reason":"restart""#);
    let facts = contact(&[START, ENTER, exit, ("contact.ended", 60, r#""ended_by":"system""#)]);
    assert_eq!((facts.stints[0].outcome.as_str(), outcome(&facts)), ("dropped", "dropped"));
}
