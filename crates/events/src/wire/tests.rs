//! CloudEvents rules, addresses, versions, and the way back.

use super::{WireContext, read_batch, read_event, write_event};
use crate::batch::EventBatch;
use crate::identity::CustomerSecret;
use crate::time::Timestamp;
use crate::vocabulary::{Shape, TYPES};

fn read(json: &str) -> Result<EventBatch, &'static str> {
    let secret = CustomerSecret::new("s");
    let context = WireContext {
        connector: "cloudevents",
        journal: "j",
        journal_seq: 7,
        now: Timestamp::from_seconds(9),
        secret: &secret,
        source_override: None,
    };
    let mut out = EventBatch::default();
    read_event(json.as_bytes(), &context, &mut out).map(|()| out).map_err(|e| e.code)
}

fn event(kind: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"1","source":"/s","type":"{kind}","time":"2026-03-02T09:15:04.250Z","subject":"c-1","data":{data}}}"#
    )
}

#[test]
fn the_rules_of_the_cloudevents_specification_hold() {
    let head = r#"{"specversion":"1.0","type":"t","source":"/s","id":"1""#;
    for (rest, code) in [
        (r#","subject":null,"unsetextension":null}"#, None),
        (r#","data":"I'm just a string"}"#, None),
        (r#","data":null}"#, None),
        (r#","datacontenttype":"application/xml","data":"<much wow=\"xml\"/>"}"#, None),
        (r#","datacontenttype":"application/xml","data":{}}"#, Some("bad_envelope")),
        (r#","data":{},"data_base64":"AA=="}"#, Some("bad_envelope")),
        (r#","partitionKey":"x"}"#, Some("bad_envelope")),
        (r#","ext":{"a":1}}"#, Some("bad_envelope")),
        (r#","ext":3000000000}"#, Some("bad_envelope")),
        (r#","time":"2026-01-05T09:30:00"}"#, Some("bad_time")),
        (r#","id":"2"}"#, Some("duplicate_key")),
        (r#","data":{"a":1,"a":2}}"#, Some("duplicate_key")),
        (r#","data":"\ud800"}"#, Some("bad_json")),
        (r#"} trailing"#, Some("bad_json")),
        (r#","data":"#, Some("bad_json")),
    ] {
        assert_eq!(read(&format!("{head}{rest}")).err(), code, "{rest}");
    }
    for bad in [
        r#"{"specversion":"1.0","type":"t","source":"/s"}"#,
        r#"{"specversion":"1.0","type":"t","source":"/s","id":""}"#,
        r#"{"specversion":"0.3","type":"t","source":"/s","id":"10"}"#,
    ] {
        assert_eq!(read(bad).err(), Some("bad_envelope"), "{bad}");
    }
}

#[test]
fn a_bare_type_and_the_long_form_are_the_same_and_foreign_types_are_kept() {
    for kind in ["queue.entered", "org.trunkline.queue.entered.v1"] {
        let batch = read(&event(kind, r#"{"queue":"billing","channel":"voice"}"#)).unwrap();
        let row = batch.row(0);
        assert_eq!(
            (row.kind, row.schema_version, row.queue, row.channel, row.contact_id),
            ("queue.entered", 1, Some("billing"), Some("voice"), Some("c-1"))
        );
        assert_eq!(
            (row.journal_seq, row.recorded_at, row.occurred_at.to_string().as_str()),
            (7, Timestamp::from_seconds(9), "2026-03-02T09:15:04.25Z")
        );
    }
    let batch = read(&event("com.example.thing", "[1]")).unwrap();
    assert_eq!((batch.row(0).kind, batch.row(0).data, batch.row(0).contact_id), ("com.example.thing", "[1]", None));
}

#[test]
fn customer_addresses_become_keys_and_own_numbers_stay() {
    let batch = read(&event(
        "contact.started",
        r#"{"channel":"voice","direction":"inbound","from_addr":"+34600111222","to_addr":"900123","customer_id":" ana "}"#,
    ))
    .unwrap();
    let row = batch.row(0);
    let secret = CustomerSecret::new("s");
    assert_eq!(row.customer_key.map(str::to_string), secret.customer_key("ana"));
    assert!(!row.data.contains("34600111222") && !row.data.contains("ana") && row.data.contains("900123"), "{}", row.data);
    let blank = read(&event("contact.started", r#"{"channel":"voice","from_addr":" "}"#)).unwrap();
    assert_eq!(blank.row(0).customer_key, None);
}

#[test]
fn every_type_needs_what_the_facts_cannot_do_without() {
    for spec in &TYPES {
        let member = |(name, shape): &(&str, Shape)| {
            let value = match shape {
                Shape::Text => "\"x\"",
                Shape::Number => "1",
                Shape::Bool => "true",
                Shape::Object => "{}",
                Shape::Array => "[]",
            };
            format!("\"{name}\":{value}")
        };
        let members: Vec<String> = spec.required.iter().map(member).collect();
        assert!(read(&event(spec.name, &format!("{{{}}}", members.join(",")))).is_ok(), "{}", spec.name);
        for missing in 0..members.len() {
            let kept: Vec<&str> = members.iter().enumerate().filter(|(i, _)| *i != missing).map(|(_, m)| m.as_str()).collect();
            assert_eq!(
                read(&event(spec.name, &format!("{{{}}}", kept.join(",")))).err(),
                Some("bad_payload"),
                "{} without {}",
                spec.name,
                members[missing]
            );
        }
        assert_eq!(read(&event(spec.name, "[]")).err(), Some("bad_payload"), "{}", spec.name);
        assert_eq!(read(&event(spec.name, r#"{"x_ms":-1}"#)).err(), Some("bad_payload"), "{}", spec.name);
    }
}

#[test]
fn what_is_written_reads_back_as_the_same_row() {
    let json = r#"{"specversion":"1.0","id":"a\"1","source":"/s","type":"org.trunkline.queue.exited.v1","time":"2026-03-02T09:15:04.250001Z","recordedtime":"2026-03-02T09:16:00Z","subject":"c-1","sequence":"0042","traceparent":"00-ab","data":{"outcome":"abandoned","wait_ms":5000,"customer_id":"ana"}}"#;
    let first = read(json).unwrap();
    let mut out = Vec::new();
    write_event(&first.row(0), &mut out);
    let second = read(std::str::from_utf8(&out).unwrap()).unwrap();
    let (a, b) = (first.row(0), second.row(0));
    assert_eq!(
        (a.event_id, a.kind, a.occurred_at, a.recorded_at, a.subject, a.contact_id),
        (b.event_id, b.kind, b.occurred_at, b.recorded_at, b.subject, b.contact_id)
    );
    assert_eq!(a.customer_key, b.customer_key);
    for part in ["\"_seq\":\"0042\"", "\"traceparent\":\"00-ab\"", "\"wait_ms\":5000"] {
        assert!(a.data.contains(part) && b.data.contains(part), "{part} in {} and {}", a.data, b.data);
    }
}

#[test]
fn each_element_of_a_batch_is_judged_by_itself() {
    let secret = CustomerSecret::new("s");
    let context = WireContext {
        connector: "c",
        journal: "j",
        journal_seq: 0,
        now: Timestamp::from_seconds(0),
        secret: &secret,
        source_override: None,
    };
    let json = format!("[{},{{}},{}]", event("queue.entered", r#"{"queue":"q"}"#), event("com.example.x", "null"));
    let (mut out, mut outcomes) = (EventBatch::default(), Vec::new());
    read_batch(json.as_bytes(), &context, &mut out, |_, outcome| outcomes.push(outcome.is_ok())).unwrap();
    assert_eq!((outcomes, out.len()), (vec![true, false, true], 2));
}
