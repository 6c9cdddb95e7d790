//! What stands under `http:`, and how its mistakes are shown.
#![allow(clippy::unwrap_used, reason = "tests")]

use crate::pipeline::Pipeline;

const META: &str = r#"version: 1
name: wa
source: whatsapp://acme
connector: whatsapp
http:
  signature: {scheme: meta, secrets: ["${APP_SECRET}"]}
  verify_token: "${WA_TOKEN}"
  requests_per_s: 50
  burst: 200
"#;

fn http_of(text: &str) -> super::Http {
    match Pipeline::parse(text, "wa.yaml").unwrap().inflow {
        crate::pipeline::Inflow::Http(http) => http,
        other => unreachable!("it receives by HTTP, not by {other:?}"),
    }
}

#[test]
fn a_token_and_a_rate_are_read() {
    let http = http_of(META);
    let rate = http.rate.map(|rate| (rate.requests_per_s.get(), rate.burst.get()));
    assert_eq!((http.verify_token.as_deref(), rate), (Some("WA_TOKEN"), Some((50, 200))));
    let without = http_of(&META.replace("  burst: 200\n", ""));
    assert_eq!(without.rate.unwrap().burst.get(), 50, "those of a second");
}

#[test]
fn mistakes_are_shown_where_they_are_and_no_token_is() {
    let cases = [
        ("\"${WA_TOKEN}\"", "\"t0ken\"", "wa.yaml:7:17: a secret is written as ${NAME}"),
        ("connector: whatsapp", "connector: zendesk", "wa.yaml:7:17: verify_token is for whatsapp and messenger"),
        ("requests_per_s: 50", "requests_per_s: 0", "wa.yaml:8:19: requests_per_s must be at least 1"),
        ("  requests_per_s: 50\n", "", "wa.yaml:8:10: burst needs requests_per_s"),
        ("  burst: 200", "  path: /metrics", "wa.yaml:9:9: path /metrics is the server's own"),
    ];
    for (right, wrong, message) in cases {
        let text = META.replace(right, wrong);
        assert_ne!(text, META, "{wrong}");
        let error = Pipeline::parse(&text, "wa.yaml").unwrap_err().to_string();
        assert!(error.contains(message), "{wrong}: {error}");
        assert!(!error.contains("t0ken"), "{error}");
    }
}
