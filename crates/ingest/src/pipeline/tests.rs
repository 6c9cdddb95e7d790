//! What a pipeline says, and how its mistakes are shown.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Http, Inflow, Pipeline};
use crate::http::signature::Scheme;

const WHOLE: &str = r#"version: 1
name: shop
source: shop://acme
connector: cloudevents
http:
  path: /hooks/shop
  signature: {scheme: standard_webhooks, secrets: ["${NEW}", "${OLD}"], tolerance_s: 60}
  body_bytes: 4096
queue: {max_bytes: 1000}
flush: {age_s: 1, rows: 10}
"#;

fn http(pipeline: &Pipeline) -> &Http {
    let Inflow::Http(http) = &pipeline.inflow else { unreachable!("it receives by HTTP") };
    http
}

#[test]
fn a_pipeline_is_read_with_its_defaults() {
    let pipeline = Pipeline::parse(WHOLE, "shop.yaml").unwrap();
    let signature = http(&pipeline).signature.clone().unwrap();
    assert_eq!(
        (signature.scheme, signature.secrets, signature.tolerance_s),
        (Scheme::StandardWebhooks, vec!["NEW".into(), "OLD".into()], 60)
    );
    assert_eq!((pipeline.flush.age.as_secs(), pipeline.flush.rows, pipeline.flush.bytes), (1, 10, 64 << 20));
    let short = "version: 1\nname: a\nsource: s://a\nconnector: cloudevents\nhttp: {signature: {scheme: none}}\n";
    let short = Pipeline::parse(short, "a.yaml").unwrap();
    assert_eq!(
        (http(&short).path.as_str(), http(&short).body_bytes, short.queue_bytes, short.flush.age.as_secs()),
        ("/in/a", 1 << 20, 1 << 30, 10)
    );
    assert!(http(&short).signature.is_none());
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let cases = [
        ("version: 1", "version: 7", "shop.yaml:1:10: version 7"),
        ("name: shop", "name: my shop", "shop.yaml:2:7: name \"my shop\""),
        ("connector: cloudevents", "connector: fax", "shop.yaml:4:12: connector \"fax\" is not known; there are amazon-connect"),
        ("path: /hooks/shop", "path: hooks", "shop.yaml:6:9: path \"hooks\" must begin with /"),
        ("scheme: standard_webhooks", "scheme: crc32", "shop.yaml:7:23: scheme \"crc32\" is not known; there are basic,"),
        ("\"${NEW}\"", "\"s3cret\"", "shop.yaml:7:52: a secret is written as ${NAME}"),
        ("secrets: [\"${NEW}\", \"${OLD}\"]", "secrets: []", "shop.yaml:7:23: no secrets"),
        ("scheme: standard_webhooks", "scheme: none", "shop.yaml:7:39: scheme none needs no secret"),
        ("flush: {age_s: 1, rows: 10}", "flush: {age: 1}", "unknown field `age`"),
        ("source: shop://acme", "source: \" \"", "shop.yaml:3:9: source is empty"),
    ];
    for (right, wrong, message) in cases {
        let text = WHOLE.replace(right, wrong);
        assert_ne!(text, WHOLE, "{wrong}");
        let error = Pipeline::parse(&text, "shop.yaml").unwrap_err().to_string();
        assert!(error.contains(message), "{wrong}: {error}");
        assert!(!error.contains("s3cret"), "a secret is never shown: {error}");
    }
}

#[test]
fn the_schema_for_editors_knows_every_key_and_no_other() {
    let schema: serde_json::Value = serde_json::from_str(&Pipeline::json_schema()).unwrap();
    let keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    for key in ["version", "name", "source", "connector", "mapping", "http", "nats", "files", "objects", "queue", "flush", "tests"] {
        assert!(keys.contains(&key), "{key} is missing: {keys:?}");
    }
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["version", "name", "source", "connector"]));
    assert!(schema["properties"]["nats"]["description"].as_str().unwrap().contains("JetStream"));
}

#[test]
fn records_come_in_one_way() {
    let of = |inflow: &str, connector: &str| {
        let text = format!("version: 1\nname: a\nsource: s://a\nconnector: {connector}\n{inflow}");
        Pipeline::parse(&text, "a.yaml").map(|_| ()).map_err(|error| error.to_string())
    };
    let nats = "nats: {servers: [\"nats://h:4222\"], stream: EVENTS}\n";
    let files = "files: {paths: [\"/var/log/x*\"]}\n";
    assert_eq!(of(nats, "cloudevents"), Ok(()));
    assert_eq!(of(files, "asterisk"), Ok(()));
    assert_eq!(of("objects: {url: \"s3://b/p\"}\n", "amazon-connect"), Ok(()));
    let said = |inflow: &str, connector: &str| of(inflow, connector).unwrap_err();
    assert!(said(&format!("{nats}{files}"), "cloudevents").contains("one of http, nats, files and objects"));
    assert!(said("", "cloudevents").contains("one of http, nats, files and objects"));
    assert!(said(nats, "asterisk").contains("let files name the log"));
    assert!(said(nats, "mapping").contains("needs mapping:"));
    assert!(said(&format!("mapping: m.yaml\n{nats}"), "cloudevents").contains("goes with connector mapping only"));
    assert!(said("objects: {url: \"ftp://b/p\"}\n", "cloudevents").contains("is none of"));
    assert!(said("files: {paths: [\"/a/[\"]}\n", "asterisk").contains("is no pattern"));
    for (part, with, expected) in [
        ("nats://h:4222", "nats://u:p@h:4222", "do not belong into the URL"),
        ("nats://h:4222", "http://h", "must begin with nats:// or tls://"),
        ("EVENTS", "a.b", "cannot be the name"),
        ("stream: EVENTS", "stream: EVENTS, create: {}", "needs its subjects"),
        ("stream: EVENTS", "stream: EVENTS, user: a", "one of user and password"),
        ("stream: EVENTS", "stream: EVENTS, token: abc", "written as ${NAME}"),
    ] {
        let message = said(&nats.replace(part, with), "cloudevents");
        assert!(message.contains(expected) && !message.contains("abc"), "{message}");
    }
}

#[test]
fn tests_inside_a_pipeline_say_what_does_not_hold() {
    let event = r#"{"specversion":"1.0","id":"1","source":"s","type":"contact.started","time":"2026-01-05T10:00:00Z","subject":"c","data":{"channel":"chat"}}"#;
    let text = format!(
        "version: 1\nname: a\nsource: s://a\nconnector: cloudevents\nhttp: {{signature: {{scheme: none}}}}\ntests:\n\
         - {{name: whole, given: {{body: '{event}'}}, expect: [{{type: contact.started, subject: c, data: {{channel: chat}}}}]}}\n\
         - {{name: torn, given: {{body: '{{'}}, reject: bad_json}}\n\
         - {{name: wrong, given: {{body: '{event}'}}, expect: [{{data: {{channel: voice}}}}]}}\n\
         - {{name: none, given: {{body: '{event}'}}, reject: bad_json}}\n\
         - {{name: two, given: {{body: '{event}'}}, expect: [{{}}, {{}}]}}\n"
    );
    let pipeline = Pipeline::parse(&text, "a.yaml").unwrap();
    let wrong = pipeline.try_out(&|| Box::new(crate::CloudEvents::new()));
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong[0].starts_with("test \"wrong\": other events came:") && wrong[0].contains("\"chat\""), "{wrong:?}");
    assert!(wrong[1].contains("bad_json was expected") && wrong[2].starts_with("test \"two\""), "{wrong:?}");
}
