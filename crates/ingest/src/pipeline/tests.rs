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
        ("connector: cloudevents", "connector: fax", "shop.yaml:4:12: connector \"fax\" cannot receive by HTTP; these can: "),
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
