//! Legs: offers, talk, holds, wrap-up, transfers.

use super::{CONNECT, END, ENTER, Given, HANG_UP, START, at, codes, contact, outcome};
use crate::fact::AgentLeg;

fn leg(given: &[Given]) -> AgentLeg {
    contact(given).legs.remove(0)
}

#[test]
fn an_accepted_offer_and_its_connection_are_one_leg() {
    let made: Given = ("offer.made", 25, r#""offer_id":"o1","agent_id":"a1","queue":"q1""#);
    let accepted: Given = ("offer.ended", 29, r#""offer_id":"o1","outcome":"accepted""#);
    let facts = contact(&[START, ENTER, made, accepted, CONNECT, HANG_UP, END]);
    assert_eq!(facts.legs.len(), 1);
    let l = &facts.legs[0];
    assert_eq!((l.offered_at, l.accepted_at, l.ended_at), (Some(at(25)), Some(at(29)), Some(at(100))));
    assert_eq!((l.ring_ms, l.talk_ms, l.outcome.as_str(), l.ended_by.as_deref()), (Some(4_000), Some(70_000), "handled", Some("customer")));
    assert_eq!(facts.contact.as_ref().unwrap().first_answered_at, Some(at(30)), "the first connection");
    assert_eq!(facts.stints[0].ring_ms, 4_000);
}

#[test]
fn offers_that_came_to_nothing_are_legs_of_their_own() {
    for (said, expected) in [
        (r#""outcome":"no_answer""#, "missed"),
        (r#""outcome":"busy""#, "missed"),
        (r#""outcome":"declined""#, "declined"),
        (r#""outcome":"caller_gone""#, "cancelled"),
        (r#""outcome":"rescinded""#, "cancelled"),
        (r#""outcome":"error""#, "cancelled"),
        (r#""outcome":"error","reason":"agent_dump""#, "declined"),
        (r#""outcome":"error","reason":"incompatible""#, "declined"),
    ] {
        let ended = format!(r#""offer_id":"o1","ring_ms":15000,{said}"#);
        let ended: Given = ("offer.ended", 20, Box::leak(ended.into_boxed_str()));
        let facts = contact(&[START, ENTER, ("offer.made", 5, r#""offer_id":"o1","agent_id":"a9""#), ended, CONNECT, HANG_UP, END]);
        let l = &facts.legs[0];
        assert_eq!((l.outcome.as_str(), l.agent_id.as_deref(), l.ring_ms, l.talk_ms), (expected, Some("a9"), Some(15_000), None), "{said}");
        assert_eq!((facts.contact.as_ref().unwrap().leg_count, facts.legs[1].outcome.as_str()), (2, "handled"));
    }
}

#[test]
fn an_offer_never_closed_is_cancelled_with_the_contact_and_pending_before() {
    let made: Given = ("offer.made", 5, r#""offer_id":"o1","agent_id":"a9""#);
    assert!(contact(&[START, ENTER, made]).legs.is_empty(), "it may still be accepted");
    let facts = contact(&[START, ENTER, made, ("contact.ended", 25, r#""ended_by":"customer""#)]);
    let l = &facts.legs[0];
    assert_eq!((l.outcome.as_str(), l.ended_at, l.ring_ms), ("cancelled", Some(at(25)), Some(20_000)));
    assert_eq!((facts.stints[0].ring_ms, outcome(&facts)), (20_000, "abandoned"));
}

#[test]
fn an_offer_ended_that_was_never_made_began_its_ringing_before() {
    let l = leg(&[START, ENTER, ("offer.ended", 20, r#""offer_id":"o1","agent_id":"a1","outcome":"no_answer","ring_ms":15000"#)]);
    assert_eq!((l.offered_at, l.outcome.as_str()), (Some(at(5)), "missed"));
}

#[test]
fn a_leg_still_talking_is_handled_and_its_talk_unknown() {
    let facts = contact(&[START, ENTER, CONNECT]);
    let l = &facts.legs[0];
    assert_eq!((l.outcome.as_str(), l.talk_ms, l.ended_at, outcome(&facts)), ("handled", None, None, "open"));
}

#[test]
fn overlapping_holds_count_once_and_one_never_resumed_ends_with_the_leg() {
    let holds = [
        ("hold.started", 40, r#""participant_id":"p1""#),
        ("hold.started", 45, r#""participant_id":"p1""#),
        ("hold.ended", 50, r#""participant_id":"p1""#),
        ("hold.ended", 60, r#""participant_id":"p1""#),
        ("hold.started", 90, r#""participant_id":"p1""#),
    ];
    let given: Vec<Given> = [START, ENTER, CONNECT].into_iter().chain(holds).chain([HANG_UP, END]).collect();
    let facts = contact(&given);
    let l = &facts.legs[0];
    assert_eq!((l.hold_ms, l.talk_ms, l.hold_count), (30_000, Some(40_000), 3));
    assert_eq!(codes(&facts), ["unmatched_start"]);
}

#[test]
fn an_unmatched_hold_end_opens_at_its_length_before_or_at_the_leg() {
    let l = leg(&[START, ENTER, CONNECT, ("hold.ended", 60, r#""participant_id":"p1","held_ms":10000"#), HANG_UP, END]);
    assert_eq!((l.hold_ms, l.hold_count, l.talk_ms), (10_000, 1, Some(60_000)));
    let facts = contact(&[START, ENTER, CONNECT, ("hold.ended", 60, r#""agent_id":"a1""#), HANG_UP, END]);
    assert_eq!((facts.legs[0].hold_ms, codes(&facts)), (30_000, vec!["unmatched_end"]));
}

#[test]
fn wrap_up_belongs_to_the_agents_latest_leg_that_ended_before_it() {
    let rest = [
        ("participant.connected", 110, r#""participant_id":"p2","role":"agent","agent_id":"a1""#),
        ("participant.disconnected", 150, r#""participant_id":"p2""#),
        ("wrapup.started", 152, r#""agent_id":"a1""#),
        ("wrapup.ended", 170, r#""agent_id":"a1","wrapup_ms":99000"#),
        ("contact.ended", 150, ""),
    ];
    let given: Vec<Given> = [START, ENTER, CONNECT, HANG_UP].into_iter().chain(rest).collect();
    let facts = contact(&given);
    assert_eq!((facts.legs[0].wrap_up_ms, facts.legs[0].has_wrap_up), (None, false));
    let l = &facts.legs[1];
    assert_eq!((l.wrap_up_ms, l.wrapped_up_at), (Some(18_000), Some(at(170))), "its times, not its own word");
    assert_eq!((facts.contact.as_ref().unwrap().wrap_up_ms, outcome(&facts)), (18_000, "answered"), "wrap-up does not reopen");
}

#[test]
fn wrap_up_of_which_one_end_is_missing() {
    let only_end: Given = ("wrapup.ended", 130, r#""participant_id":"p1","wrapup_ms":20000"#);
    let facts = contact(&[START, ENTER, CONNECT, HANG_UP, END, only_end]);
    assert_eq!((facts.legs[0].wrap_up_ms, facts.legs[0].wrapped_up_at, codes(&facts)), (Some(20_000), Some(at(130)), vec![]));
    let l = leg(&[START, ENTER, CONNECT, HANG_UP, END, ("wrapup.ended", 130, r#""agent_id":"a1""#)]);
    assert_eq!(l.wrap_up_ms, Some(30_000), "from the end of the leg");
    let l = leg(&[START, ENTER, CONNECT, HANG_UP, END, ("wrapup.started", 101, r#""agent_id":"a1""#)]);
    assert_eq!((l.has_wrap_up, l.wrap_up_ms, l.wrapped_up_at), (true, None, None), "never ended: unknown");
    let facts = contact(&[START, ENTER, CONNECT, HANG_UP, END, ("wrapup.started", 101, r#""agent_id":"a7""#)]);
    assert_eq!((facts.legs[0].has_wrap_up, codes(&facts)), (false, vec!["unmatched_start"]), "another agent's");
}

#[test]
fn dialling_is_ringing() {
    let start: Given = ("contact.started", 0, r#""channel":"voice","direction":"outbound""#);
    let facts = contact(&[start, CONNECT, HANG_UP, END]);
    assert_eq!((facts.legs[0].ring_ms, facts.stints.len(), outcome(&facts)), (Some(30_000), 0, "answered"));
    let made: Given = ("offer.made", 10, r#""agent_id":"a1""#);
    assert_eq!(leg(&[start, made, CONNECT, HANG_UP, END]).ring_ms, Some(20_000));
}

#[test]
fn a_transfer_ends_one_leg_and_begins_the_next() {
    for kind in ["blind", "attended", "queue"] {
        let done = format!(r#""transfer_id":"t1","phase":"completed","kind":"{kind}","by":"a1","target":{{"kind":"queue","id":"q2"}}"#);
        let rest = [
            ("transfer.updated", 60, r#""transfer_id":"t1","phase":"initiated","by":"a1""#),
            ("transfer.updated", 70, Box::leak(done.into_boxed_str())),
            ("participant.disconnected", 70, r#""participant_id":"p1","by":"agent","reason":"transfer""#),
            ("queue.entered", 70, r#""queue":"q2","visit_id":"v2""#),
            ("participant.connected", 80, r#""participant_id":"p2","role":"agent","agent_id":"a2""#),
            ("participant.disconnected", 100, r#""participant_id":"p2","by":"customer""#),
        ];
        let given: Vec<Given> = [START, ENTER, CONNECT].into_iter().chain(rest).chain([END]).collect();
        let facts = contact(&given);
        let (a, b) = (&facts.legs[0], &facts.legs[1]);
        assert_eq!((a.is_transfer_out, a.transfer_kind.as_deref(), a.ended_by.as_deref()), (true, Some(kind), Some("transfer")));
        assert_eq!((b.is_transfer_in, b.is_transfer_out, b.queue.as_deref()), (true, false, Some("q2")));
        assert_eq!((facts.contact.as_ref().unwrap().transfer_count, codes(&facts)), (1, vec![]), "{kind}");
    }
}

#[test]
fn an_attended_transfer_goes_to_the_agent_who_was_consulted() {
    let facts = contact(&[
        START,
        ENTER,
        CONNECT,
        ("participant.connected", 50, r#""participant_id":"p2","role":"agent","agent_id":"a2""#),
        ("transfer.updated", 60, r#""transfer_id":"t1","phase":"completed","kind":"attended","by":"a1""#),
        ("participant.disconnected", 60, r#""participant_id":"p1","by":"agent""#),
        ("participant.disconnected", 100, r#""participant_id":"p2","by":"customer""#),
        END,
    ]);
    assert_eq!(facts.legs.iter().map(|l| (l.is_transfer_out, l.is_transfer_in)).collect::<Vec<_>>(), [(true, false), (false, true)]);
}

#[test]
fn a_leg_handed_over_and_never_disconnected_ends_with_the_transfer() {
    let done: Given = ("transfer.updated", 60, r#""phase":"completed","kind":"external","by":"p1""#);
    let facts = contact(&[START, ENTER, CONNECT, done, END]);
    let l = &facts.legs[0];
    assert_eq!((l.ended_at, l.talk_ms, l.ended_by.as_deref()), (Some(at(60)), Some(30_000), Some("transfer")));
    assert_eq!(codes(&facts), ["unmatched_start"]);
}

#[test]
fn a_second_end_of_a_leg_changes_nothing() {
    let facts = contact(&[START, ENTER, CONNECT, HANG_UP, ("participant.disconnected", 105, r#""participant_id":"p1","by":"agent""#), END]);
    let l = &facts.legs[0];
    assert_eq!((l.ended_at, l.ended_by.as_deref(), codes(&facts)), (Some(at(100)), Some("customer"), vec!["second_end"]));
}

#[test]
fn supervisors_who_listen_in_and_other_parties_are_no_legs() {
    let facts = contact(&[
        START,
        ENTER,
        CONNECT,
        ("participant.connected", 31, r#""participant_id":"x1","role":"supervisor","agent_id":"s1","mode":"monitor""#),
        ("participant.connected", 32, r#""participant_id":"x2","role":"agent","agent_id":"s2","mode":"whisper""#),
        ("participant.connected", 32, r#""participant_id":"x3","role":"customer""#),
        ("participant.connected", 33, r#""participant_id":"x4","role":"bot""#),
        ("participant.connected", 33, r#""participant_id":"x5","role":"voicemail""#),
        ("participant.disconnected", 40, r#""participant_id":"x1","agent_id":"s1""#),
        ("participant.disconnected", 41, r#""participant_id":"x3""#),
        HANG_UP,
        END,
    ]);
    assert_eq!((facts.legs.len(), facts.contact.as_ref().unwrap().is_escalated, codes(&facts)), (1, false, vec![]));
    let facts =
        contact(&[START, CONNECT, ("participant.connected", 50, r#""role":"supervisor","agent_id":"s1","mode":"talk""#), HANG_UP, END]);
    assert_eq!((facts.legs.len(), facts.contact.as_ref().unwrap().is_escalated), (1, true), "a supervisor came in to talk");
}

#[test]
fn somebody_leaves_who_never_came() {
    let left: Given = ("participant.disconnected", 100, r#""participant_id":"p1","agent_id":"a1","by":"agent","talk_ms":40000"#);
    let facts = contact(&[START, ENTER, left, END]);
    assert_eq!((facts.legs[0].accepted_at, facts.legs[0].talk_ms, codes(&facts)), (Some(at(60)), Some(40_000), vec!["unmatched_end"]));
    assert_eq!((facts.stints[0].outcome.as_str(), facts.stints[0].wait_ms), ("answered", Some(60_000)));
    let exit: Given = ("queue.exited", 20, r#""visit_id":"v1","outcome":"answered""#);
    let facts = contact(&[START, ENTER, exit, ("participant.disconnected", 100, r#""agent_id":"a1""#), END]);
    assert_eq!(facts.legs[0].talk_ms, Some(80_000), "not before the stay was left");
}

#[test]
fn cut_off_by_a_restart_the_talk_is_unknown() {
    let facts = contact(&[START, ENTER, CONNECT, ("contact.ended", 60, r#""ended_by":"system","talk_unknown":true"#)]);
    let l = &facts.legs[0];
    assert_eq!((l.outcome.as_str(), l.talk_ms, l.ended_at, l.ended_by.as_deref()), ("handled", None, Some(at(60)), Some("system")));
}

#[test]
fn an_accepted_offer_is_a_leg_even_if_nobody_says_connected() {
    let made: Given = ("offer.made", 5, r#""offer_id":"o1","agent_id":"a1""#);
    let accepted: Given = ("offer.ended", 9, r#""offer_id":"o1","outcome":"accepted""#);
    let facts = contact(&[START, ENTER, made, accepted, END]);
    assert_eq!((facts.legs[0].talk_ms, facts.stints[0].outcome.as_str(), facts.stints[0].wait_ms), (Some(91_000), "answered", Some(9_000)));
    let gone: Given = ("queue.exited", 11, r#""visit_id":"v1","outcome":"abandoned""#);
    let facts = contact(&[START, ENTER, made, accepted, gone, ("contact.ended", 11, r#""ended_by":"customer""#)]);
    assert_eq!((facts.legs[0].outcome.as_str(), outcome(&facts)), ("cancelled", "abandoned"), "the customer was faster");
}
