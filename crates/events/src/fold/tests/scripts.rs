//! Whole stories, written as scripts.

use super::{Finality, fold_agent, fold_contact};
use crate::batch::EventBatch;
use crate::fact::{AgentFacts, ContactFacts};
use crate::row::EventRow;
use crate::time::Timestamp;

const FINALITY: Finality = Finality { watermark: Timestamp::from_seconds(1_000_000), grace_ms: 86_400_000 };

/// Events written as `second type {payload}`, one a line.
fn given(script: &str) -> EventBatch {
    let mut batch = EventBatch::default();
    for (no, line) in script.lines().map(str::trim).filter(|l| !l.is_empty()).enumerate() {
        let (second, rest) = line.split_once(' ').unwrap();
        let (kind, data) = rest.split_once(' ').unwrap_or((rest, "{}"));
        let member = |name: &str| -> Option<String> {
            let value: serde_json::Value = serde_json::from_str(data).unwrap();
            value[name].as_str().map(str::to_string)
        };
        let (queue, agent, channel, direction) = (member("queue"), member("agent_id"), member("channel"), member("direction"));
        batch.push(&EventRow {
            event_id: &format!("e{no:03}"),
            source: "s",
            kind,
            occurred_at: Timestamp::from_millis((second.parse::<f64>().unwrap() * 1_000.0) as i64),
            recorded_at: Timestamp::from_seconds(10),
            subject: Some("c"),
            contact_id: Some("c"),
            channel: channel.as_deref(),
            direction: direction.as_deref(),
            queue: queue.as_deref(),
            agent_id: agent.as_deref(),
            customer_key: None,
            case_id: None,
            connector: "t",
            schema_version: 1,
            journal: "j",
            journal_seq: i64::try_from(no).unwrap(),
            data,
        });
    }
    batch
}

/// Folds a script in order, backwards and doubled: the facts must be the same.
fn facts(script: &str) -> ContactFacts {
    let batch = given(script);
    let rows: Vec<EventRow<'_>> = batch.rows().collect();
    let forward = fold_contact(&rows, FINALITY);
    let mut other: Vec<EventRow<'_>> = rows.iter().rev().copied().collect();
    other.extend(rows.iter().copied());
    assert_eq!(fold_contact(&other, FINALITY), forward, "order or duplicates matter");
    forward
}

fn agent(script: &str) -> AgentFacts {
    let batch = given(script);
    fold_agent(&batch.rows().collect::<Vec<_>>(), FINALITY)
}

fn stints(facts: &ContactFacts) -> Vec<(&str, Option<i64>)> {
    facts.stints.iter().map(|s| (s.outcome.as_str(), s.wait_ms)).collect()
}

fn codes(facts: &ContactFacts) -> Vec<&str> {
    facts.anomalies.iter().map(|a| a.code.as_str()).collect()
}

#[test]
fn an_answered_call_with_hold_and_wrap_up() {
    let f = facts(
        r#"0 contact.started {"channel":"voice","direction":"inbound","to_addr":"900"}
        5 queue.entered {"queue":"sales","visit_id":"1","priority":2}
        10 offer.made {"offer_id":"o","agent_id":"ana"}
        15 offer.ended {"offer_id":"o","agent_id":"ana","outcome":"accepted","ring_ms":5000}
        15 queue.exited {"visit_id":"1","outcome":"answered","wait_ms":10000}
        15 participant.connected {"participant_id":"p","role":"agent","agent_id":"ana"}
        25 hold.started {"participant_id":"p"}
        35 hold.ended {"participant_id":"p"}
        75 participant.disconnected {"participant_id":"p","by":"customer"}
        75 contact.ended {"ended_by":"customer"}
        76 wrapup.started {"participant_id":"p"}
        96 wrapup.ended {"participant_id":"p"}
        97 disposition.set {"code":"sold","resolved":"yes"}"#,
    );
    let (contact, leg, stint) = (f.contact.as_ref().unwrap(), &f.legs[0], &f.stints[0]);
    assert_eq!(stints(&f), [("answered", Some(10_000))]);
    assert_eq!((stint.agent_id.as_deref(), stint.ring_ms, stint.priority), (Some("ana"), 5_000, Some(2)));
    assert_eq!(
        (leg.talk_ms, leg.hold_ms, leg.wrap_up_ms, leg.ring_ms, leg.hold_count),
        (Some(50_000), 10_000, Some(20_000), Some(5_000), 1)
    );
    assert_eq!(
        (contact.outcome.as_str(), contact.is_resolved, contact.reason.as_deref(), contact.entry_point.as_deref()),
        ("answered", Some(true), Some("sold"), Some("900"))
    );
    assert_eq!((contact.wait_ms, contact.talk_ms, contact.ended_at), (Some(10_000), 50_000, Some(Timestamp::from_seconds(75))));
    assert!(contact.provenance.is_final && f.anomalies.is_empty(), "{:?}", f.anomalies);
}

#[test]
fn every_way_out_of_a_queue() {
    for (said, outcome) in [
        ("abandoned", "abandoned"),
        ("timed_out", "flow_out"),
        ("key_exit", "flow_out"),
        ("no_agents", "flow_out"),
        ("overflow", "flow_out"),
        ("withdrawn", "flow_out"),
        ("transferred", "flow_out"),
        ("callback_requested", "callback"),
        ("error", "dropped"),
    ] {
        let f = facts(&format!("0 contact.started {{}}\n1 queue.entered {{\"queue\":\"q\"}}\n31 queue.exited {{\"outcome\":\"{said}\"}}"));
        assert_eq!(stints(&f), [(outcome, Some(30_000))], "{said}");
    }
    assert_eq!(stints(&facts("0 contact.started {}\n1 queue.entered {\"queue\":\"q\"}")), [("waiting", None)]);
}

#[test]
fn an_exit_without_an_entry_implies_it_and_says_so() {
    let f = facts(r#"60 queue.exited {"queue":"q","outcome":"abandoned","wait_ms":20000}"#);
    assert_eq!(f.stints[0].enqueued_at, Timestamp::from_seconds(40));
    assert_eq!(codes(&f), ["no_start", "unmatched_end"]);
}

#[test]
fn the_wait_the_source_reports_counts_and_a_contradiction_is_noted() {
    let f = facts("0 contact.started {}\n0 queue.entered {\"queue\":\"q\"}\n30 queue.exited {\"outcome\":\"abandoned\",\"wait_ms\":25000}");
    assert_eq!((stints(&f), codes(&f)), (vec![("abandoned", Some(25_000))], vec!["wait_mismatch"]));
}

#[test]
fn a_stay_without_an_exit_follows_what_comes_next() {
    let again = facts(
        "0 contact.started {}\n1 queue.entered {\"queue\":\"a\"}\n5 queue.entered {\"queue\":\"b\"}\n9 contact.ended {\"ended_by\":\"customer\"}",
    );
    assert_eq!(stints(&again), [("flow_out", Some(4_000)), ("abandoned", Some(4_000))]);
    let cut = facts("0 contact.started {}\n1 queue.entered {\"queue\":\"a\"}\n9 contact.ended {\"ended_by\":\"system\"}");
    assert_eq!(stints(&cut), [("dropped", Some(8_000))]);
    let answered =
        facts("0 contact.started {}\n1 queue.entered {\"queue\":\"a\"}\n4 participant.connected {\"role\":\"agent\",\"agent_id\":\"x\"}");
    assert_eq!((stints(&answered), answered.stints[0].agent_id.as_deref()), (vec![("answered", Some(3_000))], Some("x")));
}

#[test]
fn an_explicit_exit_wins_over_the_agent_who_connected_first() {
    let f = facts(
        "0 contact.started {}\n1 queue.entered {\"queue\":\"a\",\"visit_id\":\"1\"}\n10 participant.connected {\"role\":\"agent\",\"agent_id\":\"x\"}\n12 queue.exited {\"visit_id\":\"1\",\"outcome\":\"answered\",\"wait_ms\":11000}",
    );
    assert_eq!((stints(&f), f.stints[0].agent_id.as_deref()), (vec![("answered", Some(11_000))], Some("x")));
}

#[test]
fn offers_that_were_not_accepted_are_legs_of_their_own() {
    for (said, outcome) in
        [("no_answer", "missed"), ("busy", "missed"), ("declined", "declined"), ("caller_gone", "cancelled"), ("error", "cancelled")]
    {
        let f = facts(&format!(
            "0 contact.started {{}}\n1 offer.made {{\"offer_id\":\"o\",\"agent_id\":\"x\"}}\n6 offer.ended {{\"offer_id\":\"o\",\"agent_id\":\"x\",\"outcome\":\"{said}\"}}"
        ));
        assert_eq!((f.legs[0].outcome.as_str(), f.legs[0].ring_ms, f.legs[0].talk_ms), (outcome, Some(5_000), None), "{said}");
    }
    let open = facts("0 contact.started {}\n1 offer.made {\"agent_id\":\"x\"}\n6 contact.ended {\"ended_by\":\"customer\"}");
    assert_eq!(open.legs[0].outcome, "cancelled");
}

#[test]
fn holds_that_overlap_count_once_and_one_never_resumed_ends_with_the_leg() {
    let f = facts(
        "0 contact.started {}\n0 participant.connected {\"participant_id\":\"p\",\"role\":\"agent\",\"agent_id\":\"x\"}
        10 hold.started {\"participant_id\":\"p\"}\n15 hold.started {\"participant_id\":\"p\"}\n20 hold.ended {\"participant_id\":\"p\"}
        40 participant.disconnected {\"participant_id\":\"p\"}",
    );
    assert_eq!((f.legs[0].hold_ms, f.legs[0].talk_ms, f.legs[0].hold_count), (30_000, Some(10_000), 2));
}

#[test]
fn a_transfer_marks_both_legs() {
    let f = facts(
        "0 contact.started {}\n0 participant.connected {\"participant_id\":\"p\",\"role\":\"agent\",\"agent_id\":\"x\"}
        30 transfer.updated {\"transfer_id\":\"t\",\"phase\":\"completed\",\"kind\":\"blind\",\"by\":\"p\"}\n30 participant.disconnected {\"participant_id\":\"p\"}
        40 participant.connected {\"participant_id\":\"r\",\"role\":\"agent\",\"agent_id\":\"y\"}\n60 participant.disconnected {\"participant_id\":\"r\"}\n60 contact.ended {}",
    );
    assert!(f.legs[0].is_transfer_out && !f.legs[0].is_transfer_in && f.legs[1].is_transfer_in && !f.legs[1].is_transfer_out);
    assert_eq!(
        (f.legs[0].transfer_kind.as_deref(), f.legs[0].ended_by.as_deref(), f.contact.unwrap().transfer_count),
        (Some("blind"), Some("transfer"), 1)
    );
}

#[test]
fn listening_supervisors_and_bots_are_no_legs_and_outbound_dialling_rings() {
    let f = facts(
        "0 contact.started {}\n1 participant.connected {\"role\":\"agent\",\"mode\":\"monitor\",\"agent_id\":\"s\"}\n2 participant.connected {\"role\":\"bot\"}",
    );
    assert!(f.legs.is_empty());
    let out = facts("0 contact.started {\"direction\":\"outbound\"}\n9 participant.connected {\"role\":\"agent\",\"agent_id\":\"x\"}");
    assert_eq!((out.legs[0].ring_ms, out.legs[0].talk_ms, out.contact.unwrap().outcome.as_str()), (Some(9_000), None, "open"));
}

#[test]
fn turns_wait_for_a_person() {
    let f = facts(
        r#"0 message.received {"message_id":"1","author":"customer"}
        1 message.sent {"message_id":"2","author":"bot"}
        5 message.received {"message_id":"3","author":"customer"}
        60 message.sent {"message_id":"4","author":"agent","agent_id":"x"}
        70 message.received {"message_id":"5","author":"customer","automatic":true}
        80 contact.ended {}
        90 message.received {"message_id":"6","author":"customer"}"#,
    );
    let turns: Vec<_> = f.responses.iter().map(|t| (t.asked_at, t.answered_at, t.bot_answered_at.is_some(), t.is_first)).collect();
    let at = Timestamp::from_seconds;
    assert_eq!(turns, [(at(0), Some(at(60)), true, true), (at(90), None, false, true)]);
    assert_eq!(f.contact.unwrap().ended_at, None, "a message after the end reopens");
}

#[test]
fn self_service_is_contained_handed_over_or_left() {
    let contained = facts(
        "0 contact.started {}\n0 selfservice.started {\"kind\":\"ivr\"}\n20 selfservice.ended {\"outcome\":\"contained\"}\n20 contact.ended {\"ended_by\":\"customer\"}",
    );
    assert_eq!((contained.contact.unwrap().outcome.as_str(), contained.sessions[0].is_goal_reached), ("self_served", true));
    let left = facts("0 contact.started {}\n0 selfservice.started {\"kind\":\"ivr\"}\n20 contact.ended {\"ended_by\":\"customer\"}");
    assert_eq!((left.contact.unwrap().outcome.as_str(), left.sessions[0].ended_at), ("ivr_abandoned", Some(Timestamp::from_seconds(20))));
    let handed = facts("0 contact.started {}\n0 selfservice.started {\"kind\":\"ivr\"}\n20 queue.entered {\"queue\":\"q\"}");
    assert!(handed.sessions[0].is_handed_over && handed.sessions[0].ended_at == Some(Timestamp::from_seconds(20)));
}

#[test]
fn descriptions_alone_make_no_contact() {
    assert!(facts("0 contact.updated {\"set\":{\"dialed_number\":\"900\"}}").contact.is_none());
}

#[test]
fn a_correction_replaces_and_a_void_one_removes() {
    let f = facts(
        "0 contact.started {}\n1 queue.entered {\"queue\":\"q\"}\n11 queue.exited {\"outcome\":\"abandoned\"}\n20 record.corrected {\"target_id\":\"e002\",\"replacement\":{\"type\":\"queue.exited\",\"data\":{\"outcome\":\"timed_out\"},\"occurred_at\":\"1970-01-01T00:00:21Z\"}}",
    );
    assert_eq!(stints(&f), [("flow_out", Some(20_000))]);
    let void = facts("0 contact.started {}\n1 queue.entered {\"queue\":\"q\"}\n20 record.corrected {\"target_id\":\"e001\",\"void\":true}");
    assert!(void.stints.is_empty());
}

#[test]
fn agent_states_last_until_the_next_and_logout_closes() {
    let f = agent(
        r#"0 agent.state_changed {"agent_id":"x","transition":"login","state":"available"}
        10 agent.state_changed {"agent_id":"x","transition":"change","state":"not_ready","reason":"lunch"}
        15 agent.state_changed {"agent_id":"x","transition":"change","state":"available","scope":"queue(q)"}
        30 agent.state_changed {"agent_id":"x","transition":"change","state":"available"}
        50 agent.state_changed {"agent_id":"x","transition":"logout","state":"offline"}"#,
    );
    let states: Vec<_> = f
        .states
        .iter()
        .map(|s| (s.state.as_str(), s.started_at.micros() / 1_000_000, s.ended_at.map(|e| e.micros() / 1_000_000)))
        .collect();
    assert_eq!(states, [("available", 0, Some(10)), ("not_ready", 10, Some(30)), ("available", 30, Some(50))]);
}
