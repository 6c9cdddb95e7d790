//! CloudEvents rules, what is lifted, and versions.

mod personal;
mod round_trip;

use super::{Draft, WireContext, push_draft, read_batch, read_event};
use crate::batch::EventBatch;
use crate::identity::CustomerSecret;
use crate::time::Timestamp;
use crate::vocabulary::{EventType, Subject};

fn context(secret: &CustomerSecret) -> WireContext<'_> {
    WireContext { connector: "cloudevents", journal: "j", journal_seq: 7, now: Timestamp::from_seconds(9), secret, source_override: None }
}

fn read_with(json: &[u8], secret: &str) -> Result<EventBatch, &'static str> {
    let secret = CustomerSecret::new(secret);
    let mut out = EventBatch::default();
    let outcome = read_event(json, &context(&secret), &mut out);
    assert_eq!(out.len(), usize::from(outcome.is_ok()), "nothing is pushed of what is refused");
    outcome.map(|()| out).map_err(|e| e.code)
}

fn read(json: &str) -> Result<EventBatch, &'static str> {
    read_with(json.as_bytes(), "s")
}

fn key(address: &str) -> String {
    CustomerSecret::new("s").customer_key(address).unwrap()
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
        (r#","datacontenttype":"Application/Vnd.X+JSON; charset=utf-8","data":{}}"#, None),
        (r#","datacontenttype":"application/xml","data":{}}"#, Some("bad_envelope")),
        (r#","data":{},"data_base64":"AA=="}"#, Some("bad_envelope")),
        (r#","data_base64":"AAE="}"#, None),
        (r#","data_base64":"AAE"}"#, Some("bad_envelope")),
        (r#","data_base64":5}"#, Some("bad_envelope")),
        (r#","partitionKey":"x"}"#, Some("bad_envelope")),
        (r#","ext":{"a":1}}"#, Some("bad_envelope")),
        (r#","ext":[]}"#, Some("bad_envelope")),
        (r#","ext":1.5}"#, Some("bad_envelope")),
        (r#","ext":3000000000}"#, Some("bad_envelope")),
        (r#","ext":-2147483648}"#, None),
        (r#","subject":5}"#, Some("bad_envelope")),
        (r#","subject":" "}"#, None),
        (r#","time":"2026-01-05T09:30:00"}"#, Some("bad_time")),
        (r#","recordedtime":"yesterday"}"#, Some("bad_time")),
        (r#","time":null}"#, None),
    ] {
        assert_eq!(read(&format!("{head}{rest}")).err(), code, "{rest}");
    }
    for bad in [
        r#"{"specversion":"1.0","type":"t","source":"/s"}"#,
        r#"{"specversion":"1.0","type":"t","source":"/s","id":""}"#,
        r#"{"specversion":"1.0","type":"t","source":"/s","id":10}"#,
        r#"{"specversion":"1.0","type":"t","source":"","id":"1"}"#,
        r#"{"specversion":"1.0","type":"org.trunkline.","source":"/s","id":"1"}"#,
        r#"{"specversion":"0.3","type":"t","source":"/s","id":"10"}"#,
        r#"{"type":"t","source":"/s","id":"10"}"#,
        "{}",
    ] {
        assert_eq!(read(bad).err(), Some("bad_envelope"), "{bad}");
    }
}

#[test]
fn text_that_is_not_one_json_object_is_refused() {
    let head = r#"{"specversion":"1.0","type":"t","source":"/s","id":"1""#;
    for (rest, code) in [
        (r#"} trailing"#, Some("bad_json")),
        (r#"}{"a":1}"#, Some("bad_json")),
        (r#"} x }"#, Some("bad_json")),
        (r#","data":"#, Some("bad_json")),
        (r#","data":{"a":01}}"#, Some("bad_json")),
        (r#","data":{"a":NaN}}"#, Some("bad_json")),
        (r#","data":{"a":"\q"}}"#, Some("bad_json")),
        (r#","data":[1,]}"#, Some("bad_json")),
        (r#","data":"\ud800"}"#, Some("bad_json")),
        (r#","data":{"a":"\ud83d"}}"#, Some("bad_json")),
        (r#","data":{"a":"\ude00\ud83d"}}"#, Some("bad_json")),
        (r#","data":{"a":"\ud83d\ude00 \\ud800"}}"#, None),
        (r#","id":"2"}"#, Some("duplicate_key")),
        (r#","subject":null,"subject":"x"}"#, Some("duplicate_key")),
        (r#","ext":1,"ext":null}"#, Some("duplicate_key")),
        (r#","data":{"a":1,"a":2}}"#, Some("duplicate_key")),
        (r#","data":{"a":1,"\u0061":2}}"#, Some("duplicate_key")),
        (r#","data":{"a":[{"b":1,"b":2}]}}"#, Some("duplicate_key")),
        (r#","data":[{"b":1,"b":2}]}"#, Some("duplicate_key")),
    ] {
        assert_eq!(read(&format!("{head}{rest}")).err(), code, "{rest}");
    }
    for bad in ["", "[]", "5", "null", "{"] {
        assert_eq!(read(bad).err(), Some("bad_json"), "{bad}");
    }
    assert_eq!(read_with(b"{\"specversion\":\"1.0\",\"id\":\"\xC0\xA0\"}", "s").err(), Some("bad_encoding"));
}

#[test]
fn nesting_without_end_is_refused_before_it_is_walked() {
    let nested = |depth: usize| event("com.example.x", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(read(&nested(31)).is_ok());
    assert_eq!(read(&nested(32)).err(), Some("bad_json"));
    assert_eq!(read(&nested(1_000_000)).err(), Some("bad_json"));
    assert_eq!(read(&event("com.example.x", &format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000)))).err(), Some("bad_json"));
    assert!(read(&event("com.example.x", &format!("[{}{{}}]", "{},".repeat(1_000)))).is_ok(), "many brackets are not deep");
    assert!(read(&event("com.example.x", &format!("\"{}\"", "[".repeat(1_000)))).is_ok(), "brackets in text are not nesting");
}

#[test]
fn many_members_are_looked_through_for_repetitions_too() {
    let members: Vec<String> = (0..200).map(|n| format!("\"m{n}\":{n}")).collect();
    assert!(read(&event("com.example.x", &format!("{{{}}}", members.join(",")))).is_ok());
    for again in [7, 32, 33, 150, 199] {
        assert_eq!(
            read(&event("com.example.x", &format!("{{{},\"m{again}\":1}}", members.join(",")))).err(),
            Some("duplicate_key"),
            "{again}"
        );
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
    let batch = read(&event("com.example.thing.v2", "[1]")).unwrap();
    let row = batch.row(0);
    assert_eq!(
        (row.kind, row.schema_version, row.data, row.contact_id, row.subject),
        ("com.example.thing.v2", 1, "[1]", None, Some("c-1"))
    );
}

#[test]
fn each_element_of_a_batch_is_judged_by_itself() {
    let secret = CustomerSecret::new("s");
    let context = context(&secret);
    let json = format!("[{},{{}},{}]", event("queue.entered", r#"{"queue":"q"}"#), event("com.example.x", "null"));
    let (mut out, mut outcomes) = (EventBatch::default(), Vec::new());
    read_batch(json.as_bytes(), &context, &mut out, |_, outcome| outcomes.push(outcome.is_ok())).unwrap();
    assert_eq!((outcomes, out.len()), (vec![true, false, true], 2));
    for json in ["{}", "[{}", "[] []", "[1,]", "", "[1}"] {
        let refused = read_batch(json.as_bytes(), &context, &mut out, |_, _| panic!("no element")).unwrap_err();
        assert_eq!(refused.code, "bad_json", "{json}");
    }
    assert!(read_batch(b" [ ] ", &context, &mut out, |_, _| panic!("no element")).is_ok(), "a batch may be empty");
    assert_eq!(read_batch(b"[\xff]", &context, &mut out, |_, _| ()).unwrap_err().code, "bad_encoding");
    assert_eq!(out.len(), 2);
}

#[test]
fn times_fall_back_to_when_it_was_recorded_and_then_to_now() {
    let times = |rest: &str| {
        let batch = read(&format!(r#"{{"specversion":"1.0","type":"t","source":"/s","id":"1"{rest}}}"#)).unwrap();
        (batch.row(0).occurred_at.to_string(), batch.row(0).recorded_at.to_string())
    };
    let (now, noon) = ("1970-01-01T00:00:09Z".to_string(), "2026-03-02T12:00:00Z".to_string());
    assert_eq!(times(""), (now.clone(), now.clone()));
    assert_eq!(times(r#","recordedtime":"2026-03-02T13:00:00+01:00""#), (noon.clone(), noon.clone()));
    assert_eq!(times(r#","time":"2026-03-02T12:00:00Z""#), (noon, now));
}

#[test]
fn columns_are_lifted_from_data_and_else_from_the_subject() {
    for kind in EventType::ALL.iter().filter(|kind| kind.fields().iter().all(|field| !field.is_required)) {
        let batch = read(&event(kind.name(), r#"{"queue":"q","x":1}"#)).unwrap();
        let row = batch.row(0);
        let expected = |subject| (kind.subject() == subject).then_some("c-1");
        let lifted = (row.contact_id, row.agent_id, row.case_id);
        assert_eq!(lifted, (expected(Subject::Contact), expected(Subject::Agent), expected(Subject::Case)), "{}", kind.name());
        assert_eq!((row.queue, row.subject, row.data), (Some("q"), Some("c-1"), r#"{"queue":"q","x":1}"#));
    }
    let batch =
        read(&event("agent.state_changed", r#"{"state":"busy","agent_id":18446744073709551617,"contact_id":" ","case_id":null}"#)).unwrap();
    assert_eq!((batch.row(0).agent_id, batch.row(0).contact_id, batch.row(0).case_id), (Some("18446744073709551617"), None, None));
    let link = r#"{"from":{"kind":"contact","id":"c-2"},"to":{"kind":"contact","id":"c-1"},"relation":"transfer_of"}"#;
    assert_eq!(read(&event("entity.linked", link)).unwrap().row(0).contact_id, Some("c-2"));
    let correction = r#"{"target_id":"1","replacement":{"type":"agent.state_changed","data":{"state":"busy"}}}"#;
    assert_eq!(read(&event("record.corrected", correction)).unwrap().row(0).agent_id, Some("c-1"));
}

#[test]
fn old_versions_are_checked_as_what_they_became_and_stored_as_they_were() {
    let batch = read(&event("org.trunkline.hold.ended.v0", r#"{"held_s":1.5}"#)).unwrap();
    assert_eq!((batch.row(0).kind, batch.row(0).schema_version, batch.row(0).data), ("hold.ended", 0, r#"{"held_s":1.5}"#));
    assert_eq!(read(&event("org.trunkline.hold.ended.v0", r#"{"held_s":-1.5}"#)).err(), Some("bad_payload"));
    let newer = read(&event("org.trunkline.queue.entered.v2", r#"{"line":"x"}"#)).unwrap();
    assert_eq!((newer.row(0).kind, newer.row(0).schema_version), ("queue.entered", 2));
    assert_eq!(read(&event("queue.entered", r#"{"line":"x"}"#)).err(), Some("bad_payload"));
    assert_eq!(read(&event("org.trunkline.queue.entered.vx", "{}")).unwrap().row(0).kind, "queue.entered.vx");
}

#[test]
fn what_the_envelope_says_besides_is_kept_in_the_payload() {
    let head = r#"{"specversion":"1.0","type":"com.example.x","source":"/s","id":"1","sequence":"0042","traceparent":"00-ab","n":5"#;
    let rest = r#""_seq":"0042","_ext":{"traceparent":"00-ab","n":5"#;
    for (given, stored) in [
        (r#","data":{"a":1}}"#, format!(r#"{{"a":1,{rest}}}}}"#)),
        (r#","data":{"_seq":"1","_ext":{},"a":1}}"#, format!(r#"{{"a":1,{rest}}}}}"#)),
        (
            r#","datacontenttype":"application/cloud+json","data":{}}"#,
            format!(r#"{{{rest},"datacontenttype":"application/cloud+json"}}}}"#),
        ),
        (
            r#","datacontenttype":"application/octet-stream","data_base64":"AAE="}"#,
            format!(r#"{{"data_base64":"AAE=",{rest},"datacontenttype":"application/octet-stream"}}}}"#),
        ),
        (r#","data":"text"}"#, format!(r#"{{"data":"text",{rest}}}}}"#)),
        (r#","datacontenttype":"text/plain","data":"x"}"#, format!(r#"{{"data":"x",{rest},"datacontenttype":"text/plain"}}}}"#)),
        (r#","data":[1,{"email":null}]}"#, format!(r#"{{"data":[1,{{"email":null}}],{rest}}}}}"#)),
        (r#","data":null}"#, format!(r#"{{"data":null,{rest}}}}}"#)),
    ] {
        assert_eq!(read(&format!("{head}{given}")).unwrap().row(0).data, stored);
    }
    let plain = r#"{"specversion":"1.0","type":"com.example.x","source":"/s","id":"1","data":"text"}"#;
    assert_eq!(read(plain).unwrap().row(0).data, r#""text""#, "with nothing beside it a payload stays what it is");
    let base64 = r#"{"specversion":"1.0","type":"hold.started","source":"/s","id":"1","data_base64":"e30="}"#;
    assert_eq!(read(base64).err(), Some("bad_payload"));
}

#[test]
fn drafts_go_the_same_way() {
    let secret = CustomerSecret::new("s");
    let mut out = EventBatch::default();
    let draft = Draft {
        id: "1",
        source: "asterisk://a",
        kind: "queue.entered",
        schema_version: 1,
        occurred_at: Timestamp::from_seconds(1),
        recorded_at: None,
        subject: Some("c-1"),
        data: r#" { "_seq" : "7" , "queue" : "q" , "customer_id" : "ana" } "#,
    };
    push_draft(&draft, &WireContext { source_override: Some("pbx"), ..context(&secret) }, &mut out).unwrap();
    let stored = r#"{"queue":"q","_seq":"7"}"#;
    assert_eq!((out.row(0).source, out.row(0).recorded_at, out.row(0).data), ("pbx", Timestamp::from_seconds(9), stored));
    assert_eq!(out.row(0).customer_key, Some(key("ana").as_str()));
    for (bad, code) in [
        (Draft { id: "", ..draft }, "bad_envelope"),
        (Draft { source: "", ..draft }, "bad_envelope"),
        (Draft { kind: "", ..draft }, "bad_envelope"),
        (Draft { data: "{", ..draft }, "bad_json"),
        (Draft { data: "", ..draft }, "bad_payload"),
        (Draft { data: r#"{"queue":"\ud800"}"#, ..draft }, "bad_json"),
        (Draft { kind: "x", data: "{} {}", ..draft }, "bad_json"),
        (Draft { kind: "x", data: "[1", ..draft }, "bad_json"),
        (Draft { kind: "x", data: "", ..draft }, "bad_json"),
    ] {
        assert_eq!(push_draft(&bad, &context(&secret), &mut out).unwrap_err().code, code, "{bad:?}");
    }
    assert_eq!(out.len(), 1);
}
