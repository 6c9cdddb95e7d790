//! Agents' states.

use super::{Given, agent};
use crate::fact::AgentFacts;

/// State, reason, from, to.
fn states(facts: &AgentFacts) -> Vec<(&str, Option<&str>, i64, Option<i64>)> {
    let second = |t: crate::Timestamp| t.micros() / 1_000_000;
    facts.states.iter().map(|s| (s.state.as_str(), s.reason.as_deref(), second(s.started_at), s.ended_at.map(second))).collect()
}

const KIND: &str = "agent.state_changed";
const LOGIN: Given = (KIND, 0, r#""agent_id":"a1","transition":"login","state":"available","scope":"all""#);
const LOGOUT: Given = (KIND, 100, r#""agent_id":"a1","transition":"logout","state":"offline","scope":"all""#);

#[test]
fn from_one_change_to_the_next_and_logout_closes() {
    let busy: Given = (KIND, 20, r#""agent_id":"a1","transition":"change","state":"busy""#);
    let lunch: Given = (KIND, 50, r#""agent_id":"a1","transition":"change","state":"not_ready","reason":"lunch""#);
    let facts = agent(&[LOGIN, busy, lunch, LOGOUT]);
    let expected = [("available", None, 0, Some(20)), ("busy", None, 20, Some(50)), ("not_ready", Some("lunch"), 50, Some(100))];
    assert_eq!((states(&facts), facts.anomalies.len()), (expected.to_vec(), 0));
    assert_eq!(states(&agent(&[LOGIN])), [("available", None, 0, None)]);
    assert_eq!(facts.states[0].provenance.event_count, 2, "what began it and what ended it");
}

#[test]
fn paused_while_paused_anywhere() {
    let facts = agent(&[
        LOGIN,
        (KIND, 10, r#""agent_id":"a1","transition":"change","state":"not_ready","reason":"tea","scope":"queue(q1)""#),
        (KIND, 15, r#""agent_id":"a1","transition":"change","state":"not_ready","scope":"queue(q2)""#),
        (KIND, 20, r#""agent_id":"a1","transition":"change","state":"available","scope":"queue(q1)""#),
        (KIND, 30, r#""agent_id":"a1","transition":"change","state":"available","scope":"queue(q2)""#),
        LOGOUT,
    ]);
    let expected = [("available", None, 0, Some(10)), ("not_ready", Some("tea"), 10, Some(20)), ("not_ready", None, 20, Some(30))];
    assert_eq!(states(&facts)[0], expected[0]);
    let paused: i64 = states(&facts).iter().filter(|s| s.0 == "not_ready").map(|s| s.3.unwrap() - s.2).sum();
    assert_eq!((paused, states(&facts).last().copied()), (20, Some(("available", None, 30, Some(100)))));
}

#[test]
fn a_pause_of_all_queues_and_its_lines_are_one() {
    let all = r#""agent_id":"a1","transition":"change","state":"not_ready","reason":"tea","scope":"all""#;
    let one = r#""agent_id":"a1","transition":"change","state":"not_ready","reason":"tea","scope":"queue(q1)""#;
    let back = r#""agent_id":"a1","transition":"change","state":"available","scope":"all""#;
    let facts = agent(&[LOGIN, (KIND, 10, one), (KIND, 10, all), (KIND, 40, back), LOGOUT]);
    let expected = [("available", None, 0, Some(10)), ("not_ready", Some("tea"), 10, Some(40)), ("available", None, 40, Some(100))];
    assert_eq!(states(&facts), expected, "and the end of all ends those of single queues");
}

#[test]
fn states_of_one_queue_or_channel_do_not_split() {
    let facts = agent(&[
        LOGIN,
        (KIND, 10, r#""agent_id":"a1","state":"busy","scope":"queue(q1)""#),
        (KIND, 20, r#""agent_id":"a1","state":"not_ready","scope":"channel(chat)""#),
        LOGOUT,
    ]);
    assert_eq!(states(&facts), [("available", None, 0, Some(100))]);
    let facts = agent(&[
        LOGIN,
        (KIND, 10, r#""agent_id":"a1","state":"busy","channel":"voice""#),
        (KIND, 20, r#""agent_id":"a1","state":"not_ready","channel":"chat""#),
        LOGOUT,
    ]);
    assert_eq!(states(&facts), [("available", None, 0, Some(100))]);
}

#[test]
fn a_logout_without_a_login_says_how_long_it_was() {
    let logout: Given = (KIND, 100, r#""agent_id":"a1","transition":"logout","state":"offline","login_ms":60000"#);
    let facts = agent(&[logout]);
    assert_eq!((states(&facts), facts.anomalies.len()), (vec![("available", None, 40, Some(100))], 1));
    let pause: Given = (KIND, 70, r#""agent_id":"a1","transition":"change","state":"not_ready""#);
    assert_eq!(states(&agent(&[pause, logout])), [("available", None, 40, Some(70)), ("not_ready", None, 70, Some(100))]);
    let facts = agent(&[LOGOUT]);
    assert_eq!((states(&facts), facts.anomalies[0].code.as_str()), (vec![], "unmatched_end"));
    let logout_again: Given = (KIND, 130, r#""agent_id":"a1","transition":"logout","state":"offline","login_ms":60000"#);
    let facts = agent(&[LOGIN, LOGOUT, logout_again]);
    assert_eq!(states(&facts), [("available", None, 0, Some(100)), ("available", None, 100, Some(130))], "never overlapping");
}

#[test]
fn a_restart_of_the_source_leaves_unknown() {
    let restart: Given = ("source.status_reported", 40, r#""status":"restarted""#);
    let told: Given = (KIND, 40, r#""agent_id":"a1","transition":"change","state":"unknown","reason":"restart","scope":"all""#);
    let back: Given = (KIND, 60, r#""agent_id":"a1","transition":"login","state":"available""#);
    let expected = [("available", None, 0, Some(40)), ("unknown", Some("restart"), 40, Some(60)), ("available", None, 60, Some(100))];
    assert_eq!(states(&agent(&[LOGIN, restart, told, back, LOGOUT])), expected);
    assert_eq!(states(&agent(&[LOGIN, restart, back, LOGOUT])), expected);
    assert_eq!(states(&agent(&[restart, back, LOGOUT])), expected[2..], "nobody was there");
}

#[test]
fn wrap_up_of_a_given_length_ends_unless_something_came_between() {
    let wrap: Given = (KIND, 10, r#""agent_id":"a1","transition":"change","state":"wrapup","scope":"all""#);
    let after: Given = (KIND, 40, r#""agent_id":"a1","transition":"change","state":"available","scope":"all","basis":"derived""#);
    let expected = [("available", None, 0, Some(10)), ("wrapup", None, 10, Some(40)), ("available", None, 40, Some(100))];
    assert_eq!(states(&agent(&[LOGIN, wrap, after, LOGOUT])), expected);
    let early: Given = (KIND, 30, r#""agent_id":"a1","transition":"logout","state":"offline""#);
    assert_eq!(states(&agent(&[LOGIN, wrap, early, after])), [("available", None, 0, Some(10)), ("wrapup", None, 10, Some(30))]);
}

#[test]
fn intervals_without_length_never_were() {
    let pause: Given = (KIND, 50, r#""agent_id":"a1","transition":"change","state":"busy","_seq":"1""#);
    let back: Given = (KIND, 50, r#""agent_id":"a1","transition":"change","state":"wrapup","_seq":"2""#);
    let facts = agent(&[LOGIN, back, pause, LOGOUT]);
    assert_eq!(states(&facts), [("available", None, 0, Some(50)), ("wrapup", None, 50, Some(100))]);
}

#[test]
fn a_state_interrupted_for_no_time_goes_on() {
    let busy: Given = (KIND, 50, r#""agent_id":"a1","transition":"change","state":"busy","_seq":"1""#);
    let back: Given = (KIND, 50, r#""agent_id":"a1","transition":"change","state":"available","_seq":"2""#);
    assert_eq!(states(&agent(&[LOGIN, busy, back, LOGOUT])), [("available", None, 0, Some(100))]);
}
