//! A valid and an invalid example of every type, and that the one-pass check and the typed reader agree.

use super::messages::{Author, MessageSent};
use super::routing::QueueOutcome;
use super::{EventType, Family, Payload, PayloadError, Shape, Subject, Text, validate};

/// For every type: a payload that fits, and one that does not.
const EXAMPLES: [(&str, &str, &str); 52] = [
    ("agent.assignment_changed", r#"{"kind":"queue","added":["sales"],"removed":[]}"#, r#"{"kind":"queue","added":"sales"}"#),
    ("agent.feedback_given", r#"{"agent_id":"a1","topic":"headset"}"#, r#"{"agent_id":"a1"}"#),
    ("agent.state_changed", r#"{"agent_id":7,"transition":"change","state":"not_ready","scope":"all"}"#, r#"{"agent_id":7,"state":" "}"#),
    ("artifact.attached", r#"{"kind":"recording","uri":"s3://r/1","duration_ms":61000}"#, r#"{"kind":"recording","duration_ms":-1}"#),
    ("case.assigned", r#"{"to":{"agent_id":"a1"}}"#, r#"{"to":"a1"}"#),
    ("case.opened", r#"{"subject":"broken","type":"incident","requester_ref":"u1"}"#, r#"{"subject":["broken"]}"#),
    ("case.status_changed", r#"{"from":"new","to":"open","category":"open"}"#, r#"{"from":"new"}"#),
    ("case.updated", r#"{"changes":[{"field":"priority","from":null,"to":"high"}]}"#, r#"{"changes":["priority"]}"#),
    ("commitment.changed", r#"{"commitment_id":"p1","change":"kept"}"#, r#"{"commitment_id":"p1"}"#),
    (
        "commitment.made",
        r#"{"commitment_id":"p1","kind":"callback","due_at":"2026-03-02T10:00:00Z"}"#,
        r#"{"commitment_id":"p1","kind":null}"#,
    ),
    ("complaint.closed", r#"{"complaint_id":"k1","is_upheld":true}"#, r#"{"complaint_id":"k1","is_upheld":"yes"}"#),
    ("complaint.registered", r#"{"complaint_id":"k1","customer_id":"c9","reason":"late"}"#, r#"{"customer_id":"c9"}"#),
    ("contact.ended", r#"{"ended_by":"customer","hangup_cause":16}"#, r#"{"ended_by":true}"#),
    ("contact.started", r#"{"channel":"voice","direction":"inbound"}"#, r#"{"direction":"inbound"}"#),
    ("contact.state_changed", r#"{"from":"active","to":"paused"}"#, r#"{"to":{}}"#),
    ("contact.summary_reported", r#"{"talk_ms":1000,"mos":4.2,"holds":"2"}"#, r#"{"talk_ms":1000.5}"#),
    ("contact.updated", r#"{"set":{"reason":"bill"},"tags_added":["vip"]}"#, r#"{"set":"bill"}"#),
    ("disposition.set", r#"{"code":12,"resolved":true}"#, r#"{"label":"done"}"#),
    (
        "entity.linked",
        r#"{"from":{"kind":"contact","id":"c2"},"to":{"kind":"contact","id":1},"relation":"transfer_of"}"#,
        r#"{"from":{"kind":"contact"},"to":{"kind":"contact","id":1},"relation":"transfer_of"}"#,
    ),
    ("hold.ended", r#"{"held_ms":0}"#, r#"{"held_ms":"5"}"#),
    ("hold.started", r#"{"participant_id":"p1"}"#, r#"{"participant_id":false}"#),
    ("invoice.corrected", r#"{"invoice_id":"i1","is_our_error":false}"#, r#"{"invoice_id":"i1"}"#),
    ("invoice.issued", r#"{"invoice_id":"i1","amount":"12.50","currency":"EUR"}"#, r#"{"invoice_id":"i1","amount":"12,50"}"#),
    ("message.changed", r#"{"message_id":"m1","change":"edited"}"#, r#"{"message_id":"m1"}"#),
    ("message.delivery_updated", r#"{"message_id":"m1","state":"read"}"#, r#"{"message_id":"m1","state":[]}"#),
    ("message.received", r#"{"message_id":"m1","author":"customer","automatic":false}"#, r#"{"automatic":"no"}"#),
    ("message.sent", r#"{"message_id":"m1","author":"agent"}"#, r#"{"message_id":"m1"}"#),
    ("note.added", r#"{"note_id":"n1","author":"a1"}"#, r#"{"note_id":{}}"#),
    ("offer.ended", r#"{"offer_id":"o1","outcome":"no_answer","ring_ms":20000}"#, r#"{"offer_id":"o1"}"#),
    ("offer.made", r#"{"agent_id":"a1","attempt":2}"#, r#"{"attempt":"second"}"#),
    ("order.progressed", r#"{"order_id":1001,"milestone":"shipped"}"#, r#"{"order_id":1001}"#),
    ("participant.connected", r#"{"role":"agent","agent_id":"a1","mode":"talk"}"#, r#"{"agent_id":"a1"}"#),
    ("participant.disconnected", r#"{"reason":"hung_up","by":"customer"}"#, r#"{"by":["customer"]}"#),
    (
        "qa.evaluation_recorded",
        r#"{"evaluation_id":"e1","state":"finished","score":8,"max_score":10}"#,
        r#"{"evaluation_id":"e1","state":"finished","score":11,"max_score":10}"#,
    ),
    ("queue.entered", r#"{"queue":"billing","priority":3}"#, r#"{"queue":""}"#),
    ("queue.exited", r#"{"outcome":"abandoned","wait_ms":5000}"#, r#"{"outcome":"abandoned","wait_ms":-5000}"#),
    ("record.corrected", r#"{"target_id":"7f","replacement":{"type":"queue.exited","data":{}},"reason":"late"}"#, r#"{"reason":"late"}"#),
    ("record.erased", r#"{"target":{"kind":"contact","id":"c1"},"fields":["from_addr"]}"#, r#"{"target":{"kind":["contact"]}}"#),
    ("routing.decided", r#"{"result":"rejected","reason":"closed"}"#, r#"{"reason":"closed"}"#),
    (
        "schedule.published",
        r#"{"agent_id":"a1","intervals":[{"activity":"phone","start":"2026-03-02T08:00:00Z","end":"2026-03-02T12:00:00Z","is_productive":true}]}"#,
        r#"{"agent_id":"a1","intervals":[{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T12:00:00Z"}]}"#,
    ),
    ("selfservice.ended", r#"{"outcome":"contained"}"#, r#"{"exit_reason":"x"}"#),
    ("selfservice.started", r#"{"kind":"ivr","flow_ref":"main"}"#, r#"{"kind":{}}"#),
    ("selfservice.step_completed", r#"{"step":"pin","confidence":0.7}"#, r#"{"confidence":0.7}"#),
    ("sla.changed", r#"{"metric":"first_reply","change":"breached","target_ms":3600000}"#, r#"{"metric":"first_reply"}"#),
    ("source.status_reported", r#"{"status":"started"}"#, r#"{"detail":"x"}"#),
    ("source.unmapped", r#"{"vendor_type":"X","reason":"no rule"}"#, r#"{"vendor_type":[]}"#),
    (
        "survey.answered",
        r#"{"survey_ref":"s1","answers":[{"question_id":"q1","metric":"nps","scale_min":0,"scale_max":10,"value_num":9}]}"#,
        r#"{"survey_ref":"s1","answers":[{"question_id":"q1","metric":"csat","scale_min":1,"scale_max":5,"value_num":0}]}"#,
    ),
    ("survey.sent", r#"{"survey_ref":"s1","state":"sent"}"#, r#"{"state":"sent"}"#),
    ("training.completed", r#"{"agent_id":"a1","course":"billing 2","score":93.5}"#, r#"{"course":"billing 2","score":"good"}"#),
    (
        "transfer.updated",
        r#"{"phase":"completed","kind":"blind","target":{"kind":"queue","id":"sales"}}"#,
        r#"{"phase":"completed","target":"sales"}"#,
    ),
    ("wrapup.ended", r#"{"wrapup_ms":30000,"forced":true}"#, r#"{"forced":1}"#),
    ("wrapup.started", r#"{"planned_ms":60000}"#, r#"{"planned_ms":"60000"}"#),
];

#[test]
fn there_are_fifty_two_types_sorted_for_the_search() {
    assert!(EventType::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
    assert!(EventType::ALL.iter().all(|kind| EventType::from_name(kind.name()) == Some(*kind)));
    assert!(EventType::ALL.iter().all(|kind| kind.fields().len() <= 64), "one bit for each member");
    assert_eq!(EventType::from_name("com.example.x"), None);
}

#[test]
fn every_type_has_an_example_that_fits_and_one_that_does_not() {
    for (kind, (name, valid, invalid)) in EventType::ALL.iter().zip(EXAMPLES) {
        assert_eq!(kind.name(), name);
        assert_eq!(validate(name, valid), Ok(()), "{name}");
        assert!(matches!(Payload::parse(name, 1, valid), Ok(payload) if payload != Payload::Foreign), "{name}");
        let refused = validate(name, invalid).expect_err(name);
        assert_eq!(refused.code(), "bad_payload", "{name}");
        assert_eq!(Payload::parse(name, 1, invalid), Err(refused), "{name}");
    }
}

#[test]
fn required_members_may_be_neither_absent_nor_null_and_optional_ones_may() {
    for kind in EventType::ALL {
        for field in kind.fields() {
            let (_, valid, _) = EXAMPLES.iter().find(|(name, ..)| *name == kind.name()).unwrap();
            let mut members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(valid).unwrap();
            for change in [None, Some(serde_json::Value::Null)] {
                match change {
                    Some(null) => members.insert(field.name.to_string(), null),
                    None => members.remove(field.name),
                };
                let data = serde_json::to_string(&members).unwrap();
                let missing =
                    matches!(validate(kind.name(), &data), Err(PayloadError::Missing { field: named, .. }) if named == field.name);
                assert_eq!(missing, field.is_required, "{} {data}", kind.name());
                assert_eq!(Payload::parse(kind.name(), 1, &data).is_ok(), !field.is_required, "{} {data}", kind.name());
            }
        }
    }
}

#[test]
fn the_check_in_one_pass_and_the_typed_reader_agree_on_every_value_in_every_place() {
    let values = [
        "null",
        "true",
        "\"\"",
        "\" \"",
        "\"x\"",
        "\"1\"",
        "\"1e5\"",
        "\"2026-03-02T10:00:00+01:00\"",
        "\"2026-03-02T10:00:00\"",
        "0",
        "-1",
        "1.5",
        "9223372036854775808",
        "{}",
        "[]",
        r#"[{}]"#,
        r#"["x"]"#,
        r#"{"id":[]}"#,
        r#"{"kind":1,"id":"2"}"#,
        r#"[{"start":"x","end":"y"}]"#,
        r#"[{"value_num":3,"scale_max":"2"}]"#,
    ];
    for kind in EventType::ALL {
        let (_, valid, _) = EXAMPLES.iter().find(|(name, ..)| *name == kind.name()).unwrap();
        for field in kind.fields() {
            for value in values {
                let mut members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(valid).unwrap();
                members.insert(field.name.to_string(), serde_json::Value::Null);
                let data = serde_json::to_string(&members)
                    .unwrap()
                    .replace(&format!("\"{}\":null", field.name), &format!("\"{}\":{value}", field.name));
                let checked = validate(kind.name(), &data);
                let typed = Payload::typed(kind, &data).and_then(|payload| payload.check());
                // The check is stricter in one thing only: text that is required must not be blank.
                let is_blank = field.is_required && field.shape == Shape::Text && matches!(value, "\"\"" | "\" \"");
                assert_eq!(checked.is_ok(), typed.is_ok() && !is_blank, "{} {data}: {checked:?} {typed:?}", kind.name());
            }
        }
    }
}

#[test]
fn payloads_are_typed_and_other_words_are_kept() {
    let Payload::QueueExited(exit) =
        Payload::parse("queue.exited", 1, r#"{"outcome":"evaporated","wait_ms":5,"visit_id":123456789012345678901234567890}"#).unwrap()
    else {
        panic!("another type");
    };
    assert_eq!(exit.outcome, QueueOutcome::Other("evaporated".to_string()));
    assert_eq!(exit.visit_id, Some(Text("123456789012345678901234567890".to_string())), "digits are kept");
    assert_eq!((exit.wait_ms.map(|ms| ms.0), exit.outcome.as_str()), (Some(5), "evaporated"));
    let sent = MessageSent {
        author: Author::Bot,
        message_id: None,
        content_ref: None,
        content_type: None,
        template: None,
        automatic: None,
        in_reply_to: None,
    };
    assert_eq!(Payload::parse("message.sent", 1, r#"{"author":"bot","more":[1]}"#), Ok(Payload::MessageSent(sent)));
}

#[test]
fn old_payloads_are_lifted_before_they_are_read_and_newer_ones_are_left_alone() {
    let Ok(Payload::HoldEnded(hold)) = Payload::parse("hold.ended", 0, r#"{"held_s":1.5}"#) else { panic!("not lifted") };
    assert_eq!(hold.held_ms.map(|ms| ms.0), Some(1_500));
    assert_eq!(Payload::parse("hold.ended", 0, r#"{"held_s":-1}"#).map_err(|e| e.code()), Err("bad_payload"));
    assert_eq!(Payload::parse("queue.entered", 2, r#"{"queue":{}}"#), Ok(Payload::Foreign));
    assert_eq!(Payload::parse("com.example.x", 1, "5"), Ok(Payload::Foreign));
    assert_eq!(validate("com.example.x", "5"), Ok(()));
}

#[test]
fn refusals_name_the_member_and_quote_the_value() {
    for (kind, data, code, message) in [
        ("queue.entered", r#"{"priority":1}"#, "bad_payload", "queue.entered needs data.queue, text"),
        ("queue.exited", r#"{"outcome":"x","wait_ms":-5}"#, "bad_payload", "data.wait_ms must be whole milliseconds, 0 or more, not -5"),
        (
            "queue.exited",
            r#"{"outcome":"x","other_ms":"5"}"#,
            "bad_payload",
            "data.other_ms must be whole milliseconds, 0 or more, not \"5\"",
        ),
        (
            "commitment.made",
            r#"{"commitment_id":"p","kind":"callback","due_at":"2026-03-02 10:00"}"#,
            "bad_payload",
            "data.due_at must be an RFC 3339 instant with an offset, not \"2026-03-02 10:00\"",
        ),
        (
            "sla.changed",
            r#"{"metric":"m","change":"paused","due_at":1772445600}"#,
            "bad_payload",
            "data.due_at must be an RFC 3339 instant",
        ),
        ("survey.answered", r#"{"survey_ref":"s","answers":[],"submitted_at":""}"#, "bad_payload", "data.submitted_at must be"),
        ("artifact.attached", r#"{"kind":"file","started_at":"2026-03-02"}"#, "bad_payload", "data.started_at must be"),
        ("queue.entered", "[1]", "bad_payload", "data of queue.entered must be an object, not [1]"),
        ("queue.entered", r#"{"queue":"a","queue":"b"}"#, "duplicate_key", "data has 'queue' twice"),
        ("queue.entered", r#"{"queue":"a"} x"#, "bad_json", "data: text after the object: "),
    ] {
        let refused = validate(kind, data).unwrap_err();
        assert!(refused.code() == code && refused.to_string().starts_with(message), "{refused}");
    }
}

#[test]
fn ranks_follow_the_life_of_a_contact() {
    let life = [
        EventType::ContactStarted,
        EventType::SelfserviceStarted,
        EventType::SelfserviceEnded,
        EventType::QueueEntered,
        EventType::OfferMade,
        EventType::OfferEnded,
        EventType::QueueExited,
        EventType::ParticipantConnected,
        EventType::HoldStarted,
        EventType::HoldEnded,
        EventType::TransferUpdated,
        EventType::ParticipantDisconnected,
        EventType::WrapupStarted,
        EventType::WrapupEnded,
        EventType::DispositionSet,
        EventType::ContactEnded,
    ];
    assert!(life.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
    assert_eq!((EventType::SlaChanged.subject(), EventType::SlaChanged.family()), (Subject::Case, Family::Cases));
}
