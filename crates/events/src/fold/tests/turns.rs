//! Customer turns and their answers.

use super::{END, Given, START, at, contact};
use crate::fact::ContactFacts;

type Seen = (i64, Option<i64>, Option<i64>, bool);

fn turns(facts: &ContactFacts) -> Vec<Seen> {
    let second = |t: crate::Timestamp| t.micros() / 1_000_000;
    facts.responses.iter().map(|t| (second(t.asked_at), t.answered_at.map(second), t.bot_answered_at.map(second), t.is_first)).collect()
}

const fn asks(second: i64) -> Given {
    ("message.received", second, r#""author":"customer""#)
}

const fn answers(second: i64) -> Given {
    ("message.sent", second, r#""author":"agent","agent_id":"a1""#)
}

#[test]
fn a_turn_goes_from_the_first_question_to_the_first_human_answer() {
    let bot: Given = ("message.sent", 12, r#""author":"bot""#);
    let automatic: Given = ("message.sent", 14, r#""author":"agent","agent_id":"a1","automatic":true"#);
    let facts = contact(&[START, asks(10), bot, automatic, asks(20), answers(60), answers(70), asks(80)]);
    assert_eq!(turns(&facts), [(10, Some(60), Some(12), true), (80, None, None, false)]);
    assert_eq!((facts.responses[0].agent_id.as_deref(), facts.responses[1].turn_no), (Some("a1"), 2));
}

#[test]
fn machines_and_third_parties_ask_nothing() {
    let automatic: Given = ("message.received", 10, r#""author":"customer","automatic":true"#);
    let third: Given = ("message.received", 11, r#""author":"third_party""#);
    assert!(turns(&contact(&[START, automatic, third, answers(20)])).is_empty());
}

#[test]
fn a_message_after_the_end_opens_a_new_first_turn() {
    let facts = contact(&[START, asks(10), answers(20), END, asks(200), answers(260)]);
    assert_eq!(turns(&facts), [(10, Some(20), None, true), (200, Some(260), None, true)]);
    let facts = contact(&[START, asks(10), END, asks(200), answers(260)]);
    assert_eq!(turns(&facts), [(10, Some(260), None, true), (200, Some(260), None, true)], "one message answers all that waited");
}

#[test]
fn a_turn_knows_the_queue_it_waited_in() {
    let enter: Given = ("queue.entered", 10, r#""queue":"mail""#);
    let moved: Given = ("queue.entered", 30, r#""queue":"refunds""#);
    let facts = contact(&[START, asks(10), enter, answers(20), moved, asks(40)]);
    assert_eq!(facts.responses.iter().map(|t| t.queue.as_deref()).collect::<Vec<_>>(), [Some("mail"), Some("refunds")]);
    assert_eq!(facts.responses[1].asked_at, at(40));
}
