//! Records in the shapes FreeSWITCH sends, then events; whole calls, then facts.

use serde_json::{Map, Value, json};

use super::Freeswitch;
use crate::vendor::trial::events::{Told, agent, contact, events, kinds, refused};

/// Second 0 of every event here.
const ZERO: i64 = 1_718_000_000;

/// An event of mod_callcenter, `ms` after second 0; `more` are further headers.
fn event(action: &str, ms: i64, more: &[(&str, &str)]) -> String {
    let mut headers: Map<String, Value> = Map::new();
    let at = ZERO * 1_000_000 + ms * 1_000;
    for (name, value) in [("Event-Name", "CUSTOM"), ("Event-Subclass", "callcenter::info"), ("Core-UUID", "core-1"), ("CC-Action", action)]
    {
        headers.insert(name.to_owned(), Value::from(value));
    }
    headers.insert("Event-Sequence".to_owned(), Value::from((1_000_000 + ms).to_string()));
    headers.insert("Event-Date-Timestamp".to_owned(), Value::from(at.to_string()));
    headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))));
    Value::Object(headers).to_string()
}

const CALLER: [(&str, &str); 5] = [
    ("CC-Queue", "support@default"),
    ("CC-Member-UUID", "m-1"),
    ("CC-Member-Session-UUID", "call-1"),
    ("CC-Member-CID-Name", "Ana Perez"),
    ("CC-Member-CID-Number", "+34600111222"),
];

/// An event about the caller; `times` are seconds after second 0.
fn of_caller(action: &str, ms: i64, more: &[(&str, &str)], times: &[(&str, i64)]) -> String {
    let times: Vec<(&str, String)> = times.iter().map(|(name, second)| (*name, (ZERO + second).to_string())).collect();
    let all: Vec<(&str, &str)> =
        CALLER.iter().chain(more).copied().chain(times.iter().map(|(name, text)| (*name, text.as_str()))).collect();
    event(action, ms, &all)
}

fn told(document: &str) -> Vec<Told> {
    events(&Freeswitch, &[document])
}

fn gives(document: &str, member: &str) -> Vec<(String, String)> {
    kinds(&Freeswitch, document, member)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned())).collect()
}

const MARIA: (&str, &str) = ("CC-Agent", "maria@default");
const LEG: (&str, &str) = ("CC-Agent-UUID", "leg-1");
const ANSWERED: (&str, &str) = ("CC-Agent-Answered-Time", "1718000000");

#[test]
fn actions_about_callers() {
    let canceled = |reason: &'static str| [("CC-Cause", "Cancel"), ("CC-Cancel-Reason", reason)];
    for (action, more, member, expected) in [
        ("member-queue-start", &[][..], "queue", &[("contact.started", ""), ("queue.entered", "support@default")][..]),
        ("member-queue-resume", &[], "resumed", &[("queue.entered", "true")]),
        ("agent-offering", &[MARIA], "agent_id", &[("offer.made", "maria@default")]),
        (
            "bridge-agent-start",
            &[MARIA, LEG, ANSWERED],
            "outcome",
            &[("offer.ended", "accepted"), ("queue.exited", "answered"), ("participant.connected", "")],
        ),
        ("bridge-agent-end", &[MARIA, LEG], "participant_id", &[("participant.disconnected", "leg-1")]),
        ("member-queue-end", &[("CC-Cause", "Terminated")], "ended_by", &[("contact.ended", "")]),
        ("member-queue-end", &canceled("BREAK_OUT"), "outcome", &[("queue.exited", "abandoned"), ("contact.ended", "")]),
        ("member-queue-end", &canceled("NONE"), "outcome", &[("queue.exited", "abandoned"), ("contact.ended", "")]),
        ("member-queue-end", &canceled("TIMEOUT"), "outcome", &[("queue.exited", "timed_out")]),
        ("member-queue-end", &canceled("NO_AGENT_TIMEOUT"), "outcome", &[("queue.exited", "no_agents")]),
        ("member-queue-end", &canceled("EXIT_WITH_KEY"), "outcome", &[("queue.exited", "key_exit")]),
        ("members-count", &[("CC-Count", "1")], "vendor_type", &[("source.unmapped", "members-count")]),
        ("agent-max-no-answer", &[MARIA], "vendor_type", &[("source.unmapped", "agent-max-no-answer")]),
    ] {
        assert_eq!(gives(&of_caller(action, 0, more, &[]), member), pairs(expected), "{action} {more:?}");
    }
    let moved = [("CC-Cause", "Cancel"), ("CC-Cancel-Reason", "BREAK_OUT"), ("Answer-State", "answered")];
    assert_eq!(
        gives(&of_caller("member-queue-end", 0, &moved, &[]), "outcome"),
        pairs(&[("queue.exited", "withdrawn")]),
        "taken out, not hung up"
    );
}

#[test]
fn how_an_offer_fails() {
    for (cause, outcome) in [
        ("NO_ANSWER", "no_answer"),
        ("USER_BUSY", "busy"),
        ("CALL_REJECTED", "declined"),
        ("ORIGINATOR_CANCEL", "caller_gone"),
        ("LOSE_RACE", "rescinded"),
        ("USER_NOT_REGISTERED", "error"),
    ] {
        let times = [("CC-Agent-Called-Time", 3), ("CC-Agent-Aborted-Time", 15)];
        let document = of_caller("bridge-agent-fail", 15_200, &[MARIA, ("CC-Hangup-Cause", cause)], &times);
        let ended = &told(&document)[0];
        assert_eq!(
            (ended.member("outcome"), ended.member("ring_ms"), ended.member("reason")),
            (outcome.into(), "12000".into(), cause.into())
        );
    }
}

#[test]
fn names_and_numbers_of_callers_stay_out() {
    let start = told(&of_caller("member-queue-start", 0, &[("CC-Member-DNIS", "900100200")], &[]));
    assert!(start.iter().all(|e| !e.text.contains("Ana") && !e.text.contains("34600111222") && e.customer.is_some()), "{start:?}");
    assert_eq!((start[0].member("to_addr"), start[0].member("direction")), ("900100200".into(), "inbound".into()));
    let hidden = event("member-queue-start", 0, &[&CALLER[..4], &[("CC-Member-CID-Number", "anonymous")]].concat());
    assert!(told(&hidden).iter().all(|e| e.customer.is_none()));
}

#[test]
fn a_call_missed_once_and_answered_by_the_same_agent() {
    let created = ((ZERO - 20) * 1_000_000).to_string();
    let held = |name: &str, ms: i64| {
        let headers =
            [("variable_cc_side", "agent"), ("variable_cc_member_session_uuid", "call-1"), ("Unique-ID", "leg-1"), ("Event-Name", name)];
        event("", ms, &headers).replace(r#""CC-Action":"","#, "")
    };
    let times = [("CC-Agent-Called-Time", 16), ("CC-Agent-Answered-Time", 23), ("CC-Member-Joined-Time", 0)];
    let ends = [&times[..], &[("CC-Bridge-Terminated-Time", 123)]].concat();
    let documents = [
        // The offer may be told before the stay.
        of_caller("agent-offering", 250, &[MARIA], &[]),
        of_caller("member-queue-start", 300, &[("Caller-Channel-Created-Time", &created)], &[("CC-Member-Joined-Time", 0)]),
        of_caller("bridge-agent-fail", 12_000, &[MARIA, ("CC-Hangup-Cause", "NO_ANSWER")], &[("CC-Agent-Called-Time", 0), ("CC-Agent-Aborted-Time", 12)]),
        of_caller("agent-offering", 16_100, &[MARIA], &[]),
        of_caller("bridge-agent-start", 23_300, &[MARIA, LEG], &times),
        held("CHANNEL_HOLD", 60_000),
        held("CHANNEL_UNHOLD", 75_000),
        of_caller("bridge-agent-end", 123_300, &[MARIA, LEG, ("CC-Hangup-Cause", "NORMAL_CLEARING")], &ends),
        of_caller("member-queue-end", 123_350, &[("CC-Cause", "Terminated"), MARIA], &[&times[..], &[("CC-Member-Leaving-Time", 123)]].concat()),
        json!({"core-uuid":"core-1","variables":{"uuid":"call-1","cc_side":"member","cc_member_session_uuid":"call-1","start_uepoch":created,
            "end_uepoch":((ZERO + 123) * 1_000_000 + 400_000).to_string(),"cc_queue_joined_epoch":ZERO.to_string(),"cc_queue_answered_epoch":(ZERO + 23).to_string(),
            "cc_queue_terminated_epoch":(ZERO + 123).to_string(),"hangup_cause":"NORMAL_CLEARING","sip_hangup_disposition":"recv_bye","caller_id_number":"%2B34600111222",
            "destination_number":"900100200","rtp_audio_in_mos":"4.50"}})
        .to_string(),
    ];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let facts = contact(&Freeswitch, &documents, "call-1");
    let row = facts.contact.unwrap();
    assert_eq!((row.outcome.as_str(), row.channel.as_deref(), row.direction.as_deref()), ("answered", Some("voice"), Some("inbound")));
    assert_eq!((row.wait_ms, row.talk_ms, row.hold_ms, row.hold_count), (Some(23_000), 85_000, 15_000, 1));
    assert_eq!((row.first_queue.as_deref(), row.ended_by.as_deref()), (Some("support@default"), Some("customer")));
    assert_eq!(row.ended_at.unwrap().millis_since(row.started_at), 143_400, "from the channel's beginning to its end");
    let legs: Vec<_> = facts.legs.iter().map(|l| (l.outcome.as_str(), l.ring_ms, l.wrap_up_ms)).collect();
    assert_eq!(legs, [("missed", Some(12_000), None), ("handled", Some(7_000), None)], "wrap-up is not measured, so it is unknown");
    assert_eq!(facts.anomalies, []);
}

#[test]
fn an_answer_that_the_socket_lost() {
    let times = [("CC-Agent-Answered-Time", 23), ("CC-Member-Joined-Time", 0), ("CC-Member-Leaving-Time", 123)];
    let documents = [
        of_caller("member-queue-start", 300, &[], &[]),
        of_caller("member-queue-end", 123_350, &[("CC-Cause", "Terminated"), MARIA], &times),
    ];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let facts = contact(&Freeswitch, &documents, "call-1");
    let row = facts.contact.unwrap();
    assert_eq!((row.outcome.as_str(), row.wait_ms), ("answered", Some(23_000)));
    assert_eq!(facts.stints[0].agent_id.as_deref(), Some("maria@default"));
    let start = told(&of_caller("bridge-agent-start", 23_300, &[MARIA, LEG], &times[..2]));
    assert_eq!(start[1], told(documents[1])[0], "one exit, told twice");
}

#[test]
fn a_caller_who_hangs_up_while_an_agent_is_called() {
    let cancel = [("CC-Cause", "Cancel"), ("CC-Cancel-Reason", "BREAK_OUT"), ("Answer-State", "hangup")];
    let documents = [
        of_caller("member-queue-start", 300, &[], &[]),
        of_caller("agent-offering", 5_000, &[MARIA], &[]),
        of_caller("member-queue-end", 31_000, &cancel, &[("CC-Member-Joined-Time", 0), ("CC-Member-Leaving-Time", 31)]),
        of_caller("bridge-agent-fail", 31_010, &[MARIA, ("CC-Hangup-Cause", "ORIGINATOR_CANCEL")], &[("CC-Agent-Called-Time", 5)]),
    ];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let facts = contact(&Freeswitch, &documents, "call-1");
    let row = facts.contact.unwrap();
    assert_eq!((row.outcome.as_str(), row.ended_by.as_deref(), row.wait_ms), ("abandoned", Some("customer"), Some(31_000)));
    let legs: Vec<_> = facts.legs.iter().map(|l| (l.outcome.as_str(), l.ring_ms)).collect();
    assert_eq!(legs, [("cancelled", Some(26_000))], "one offer, whoever tells its end first");
}

#[test]
fn a_break_lasts_until_the_agent_ends_it() {
    let status = |ms: i64, status: &str| event("agent-status-change", ms, &[MARIA, ("CC-Agent-Status", status)]);
    let state = |ms: i64, state: &str| event("agent-state-change", ms, &[MARIA, ("CC-Agent-State", state)]);
    let documents = [
        status(0, "Available"),
        state(1_000, "Receiving"),
        state(2_000, "In a queue call"),
        status(50_000, "On Break"),
        state(60_000, "Waiting"),
        status(90_000, "Available (On Demand)"),
        status(120_000, "Logged Out"),
    ];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let facts = agent(&Freeswitch, &documents, "maria@default");
    let states: Vec<_> = facts.states.iter().map(|s| (s.state.as_str(), s.ended_at.unwrap().millis_since(s.started_at))).collect();
    assert_eq!((states, facts.anomalies.len()), (vec![("available", 50_000), ("not_ready", 40_000), ("available", 30_000)], 0));
    for (word, expected) in
        [("Receiving", "offered"), ("Reserved", "offered"), ("In a queue call", "busy"), ("Waiting", "idle"), ("Idle", "idle")]
    {
        assert_eq!(gives(&state(0, word), "state"), pairs(&[("agent.state_changed", expected)]), "{word}");
    }
}

#[test]
fn records_of_calls() {
    let record = |more: Value| {
        let mut variables = json!({"uuid":"call-1","end_epoch":"1718000200","hangup_cause":"NORMAL_CLEARING"});
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "variables": variables }).to_string()
    };
    let member = json!({"cc_side":"member","sip_hangup_disposition":"send_bye","cc_queue_terminated_epoch":"1718000199","cc_record_filename":"%2Frec%2Fcall-1.wav"});
    assert_eq!(gives(&record(member.clone()), "uri"), pairs(&[("artifact.attached", "/rec/call-1.wav"), ("contact.ended", "")]));
    assert_eq!(told(&record(member.clone()))[1].member("ended_by"), "agent");
    let survey = record(json!({"cc_side":"member","sip_hangup_disposition":"send_bye","cc_queue_terminated_epoch":"1718000150"}));
    assert_eq!(told(&survey)[0].member("ended_by"), "system", "the call went on after the talk");
    let agents = json!({"cc_side":"agent","cc_member_session_uuid":"call-0","cc_agent":"maria@default","answer_epoch":"1718000100","hold_accum_ms":"15000"});
    let held = &told(&record(agents.clone()))[0];
    assert_eq!(
        (held.kind.as_str(), held.subject.as_deref(), held.member("hold_ms")),
        ("contact.summary_reported", Some("call-0"), "15000".into())
    );
    let unanswered = record(json!({"cc_side":"agent","cc_member_session_uuid":"call-0","answer_epoch":"0","hold_accum_ms":"0"}));
    assert_eq!(gives(&unanswered, "vendor_type"), pairs(&[("source.unmapped", "cdr")]));
    assert_eq!(gives(&record(json!({})), "reason"), pairs(&[("source.unmapped", "not the call of a queue")]));
    let form = format!("cdr={}", record(member).replace('%', "%25").replace('+', "%2B"));
    assert_eq!(gives(&form, "uri")[0].1, "/rec/call-1.wav");
}

#[test]
fn one_event_in_every_form_is_one_event() {
    let json = event("agent-status-change", 0, &[MARIA, ("CC-Agent-Status", "On Break")]);
    let framed = format!("Content-Length: {}\nContent-Type: text/event-json\n\n{json}", json.len());
    let headers: Map<String, Value> = serde_json::from_str(&json).unwrap();
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap().replace(' ', "%20").replace(':', "%3A")))
        .collect();
    let plain = format!("Content-Length: 9\nContent-Type: text/event-plain\n\n{}\n\n", lines.join("\n"));
    let captured = json!({"headers":{"X-Any":"1"},"body":plain}).to_string();
    let first = told(&json);
    assert_eq!((told(&framed), told(&plain), told(&captured)), (first.clone(), first.clone(), first.clone()));
    let twice = events(&Freeswitch, &[&json, &json]);
    assert_eq!(twice[0], twice[1], "again is the same");
}

#[test]
fn events_of_the_switch_itself() {
    let of = |name: &str| {
        format!(r#"{{"Event-Name":"{name}","Core-UUID":"core-1","Event-Sequence":"1","Event-Date-Timestamp":"1718000000000000"}}"#)
    };
    for (name, expected) in [("HEARTBEAT", "heartbeat"), ("RELOADXML", "config_reload"), ("STARTUP", "started")] {
        assert_eq!(gives(&of(name), "status"), pairs(&[("source.status_reported", expected)]));
    }
    assert_eq!(gives(&of("CHANNEL_HOLD"), "vendor_type"), pairs(&[("source.unmapped", "CHANNEL_HOLD")]), "not the call of a queue");
    let hung_up = of("CHANNEL_HANGUP_COMPLETE")
        .replace('}', r#","variable_uuid":"call-1","variable_cc_side":"member","variable_end_uepoch":"1718000000500000"}"#);
    assert_eq!(gives(&hung_up, "contact_id"), pairs(&[("contact.ended", "call-1")]));
}

#[test]
fn refusals_name_the_field_and_the_text() {
    let start = of_caller("member-queue-start", 0, &[], &[]);
    for (document, code, words) in [
        (start.replace("CC-Member-Session-UUID", "X"), "missing_field", "CC-Member-Session-UUID"),
        (start.replace("CC-Queue", "X"), "missing_field", "CC-Queue"),
        (start.replace("Event-Date-Timestamp", "X"), "no_time", "none of Event-Date-Timestamp, CC-Member-Joined-Time"),
        (
            start.replace(r#""Event-Date-Timestamp":""#, r#""Event-Date-Timestamp":"x"#),
            "bad_time",
            "Event-Date-Timestamp must be a whole number, not 'x17",
        ),
        (of_caller("bridge-agent-start", 0, &[MARIA], &[]), "missing_field", "CC-Agent-UUID"),
        (of_caller("member-queue-end", 0, &[("CC-Cause", "Lost")], &[]), "bad_field", "not 'Lost'"),
        (r#"{"variables":{"uuid":"u","cc_side":"member","end_stamp":"2021-04-28 21:56:46"}}"#.to_owned(), "no_time", "end_uepoch"),
        (r#"{"variables":7}"#.to_owned(), "bad_field", "variables is no object: '7'"),
        (r#"{"a":1}"#.to_owned(), "missing_field", "neither an event"),
        ("Content-Length: 454".to_owned(), "missing_field", "'Content-Length: 454'"),
        (r#""a","b""#.to_owned(), "bad_json", "neither JSON nor headers"),
        ("{".to_owned(), "bad_json", "EOF"),
    ] {
        let (found, message) = refused(&Freeswitch, &document);
        assert!(found == code && message.contains(words), "{document}: {found} {message}");
    }
}
