//! Messages in binary mode against the structured JSON they stand for.
#![allow(clippy::unwrap_used, reason = "tests")]

use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};

use super::{Mode, kept, mode, structured};
use crate::CloudEvents;
use crate::connector::{Connector, MapContext, RecordRef, Reject};

const EVENT: &[(&str, &[u8])] = &[("Ce-Specversion", b"1.0"), ("ce-id", b"e1"), ("ce-source", b"me"), ("ce-type", b"x.y")];

fn made(more: &[(&'static str, &'static [u8])], body: &[u8]) -> Result<String, Reject> {
    let headers: Vec<(&str, &[u8])> = EVENT.iter().chain(more).copied().collect();
    structured(&headers, body).map(|json| String::from_utf8(json).unwrap())
}

fn map(record: &[u8]) -> Result<EventBatch, Reject> {
    let (secret, mut out) = (CustomerSecret::new(b"k".to_vec()), EventBatch::default());
    let context = MapContext { connector: "cloudevents", journal: "j", now: Timestamp::from_seconds(0), secret: &secret, source: "s" };
    CloudEvents::new().map(&RecordRef { bytes: record, offset: 0, place: 0, line: 1, before: 0 }, &context, &mut out)?;
    Ok(out)
}

const BEGIN: &str = r#"{"specversion":"1.0","id":"e1","source":"me","type":"x.y""#;

#[test]
fn data_are_written_as_their_type_says() {
    let cases: &[(&'static [u8], &[u8], &str)] = &[
        (b"application/json; charset=utf-8", b" {\"a\": 1} ", r#","datacontenttype":"application/json; charset=utf-8","data":{"a": 1}}"#),
        (b"application/vnd.x+json", b"\"7\"", r#","datacontenttype":"application/vnd.x+json","data":"7"}"#),
        (b"text/plain", b"7", r#","datacontenttype":"text/plain","data":"7"}"#),
        (b"text/plain", b"caf\xe9", r#","datacontenttype":"text/plain","data_base64":"Y2Fm6Q=="}"#),
        (b"application/octet-stream", b"7", r#","datacontenttype":"application/octet-stream","data_base64":"Nw=="}"#),
        (b"text/plain", b"", r#","datacontenttype":"text/plain"}"#),
    ];
    for (kind, body, end) in cases {
        assert_eq!(made(&[("content-type", kind)], body).unwrap(), format!("{BEGIN}{end}"));
    }
    assert_eq!(made(&[], b"{}").unwrap(), format!("{BEGIN},\"data\":{{}}}}"), "JSON without a type");
    assert_eq!(made(&[], b"a b").unwrap(), format!("{BEGIN},\"data\":\"a b\"}}"), "text without a type");
    let nats = made(&[("ce-datacontenttype", b"text/plain"), ("Content-Type", b"application/json")], b"7").unwrap();
    assert_eq!(nats, format!("{BEGIN},\"datacontenttype\":\"text/plain\",\"data\":\"7\"}}"), "NATS names the type as an attribute");
}

#[test]
fn values_are_unquoted_and_decoded_once() {
    let cases: &[(&'static [u8], &str)] = &[
        (b"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        (b"\"a \\\"b\\\" %22c%22\"", "a \"b\" \"c\""),
        (b"%2520", "%20"),
        (b"50%", "50%"),
        ("caf\u{e9}".as_bytes(), "café"),
    ];
    for (value, text) in cases {
        let json: serde_json::Value = serde_json::from_str(&made(&[("ce-subject", value)], b"").unwrap()).unwrap();
        assert_eq!(json["subject"], *text);
    }
    let forwarded = made(&[("CE-CustomerKeyed", b"true")], b"").unwrap();
    assert!(forwarded.ends_with(r#","customerkeyed":true}"#), "a boolean, or the key would be hashed again: {forwarded}");
}

/// A header, the body, code and part of the message.
type Refused = (&'static str, &'static [u8], &'static [u8], &'static str, &'static str);

#[test]
fn what_cannot_be_made_is_kept_and_refused_with_its_reason() {
    let cases: &[Refused] = &[
        ("ce-subject", b"%C0%A0", b"{}", "bad_encoding", "the header ce-subject is no UTF-8: '%C0%A0'"),
        ("ce-subject", b"a\xff", b"\xff\xfe", "bad_encoding", "the header ce-subject is no UTF-8: 'a%FF'"),
        ("content-type", b"application/json", br#"{}, "id":"forged""#, "bad_json", "the data are no JSON: "),
    ];
    for (name, value, body, code, message) in cases {
        let headers: Vec<(&str, &[u8])> =
            EVENT.iter().copied().chain([(*name, *value), ("authorization", b"Bearer t0p".as_slice())]).collect();
        let refused = structured(&headers, body).unwrap_err();
        assert_eq!(refused.code, *code);
        let record = kept(&headers, body);
        let again = map(&record).unwrap_err();
        assert_eq!((again.code, again.message.contains(message)), (*code, true), "{}", again.message);
        assert!(!String::from_utf8_lossy(&record).contains("t0p"));
    }
}

#[test]
fn an_envelope_that_contradicts_itself_is_refused_by_its_reader() {
    let twice = made(&[("CE-ID", b"e2")], b"{}").unwrap();
    assert_eq!(map(twice.as_bytes()).unwrap_err().code, "duplicate_key");
    let data = made(&[("ce-data", b"7")], b"{}").unwrap();
    assert_eq!(map(data.as_bytes()).unwrap_err().code, "duplicate_key");
    let without = structured(&EVENT[..3], b"{}").unwrap();
    assert_eq!(map(&without).unwrap_err().message, "type is missing");
    assert_eq!(map(made(&[], b"{\"a\":1}").unwrap().as_bytes()).unwrap().event_id.get(0), Some("e1"));
}

#[test]
fn the_mode_is_told_by_the_content_type_then_by_the_attributes() {
    let of = |kind: &str, names: &[&str]| mode(Some(kind).filter(|kind| !kind.is_empty()), names.iter().copied());
    assert_eq!(of("Application/CloudEvents-Batch+JSON; charset=utf-8", &["ce-id"]), Mode::Batch);
    assert_eq!(of("application/cloudevents+json", &["ce-id"]), Mode::Structured);
    assert_eq!(of("application/cloudevents+xml", &[]), Mode::Foreign);
    assert_eq!(of("application/json", &["host", "Ce-Type"]), Mode::Binary);
    assert_eq!(of("", &["cerise", "ce-subject"]), Mode::Structured);
}
