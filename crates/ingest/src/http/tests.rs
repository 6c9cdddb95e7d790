//! What senders are answered, and what lies in the queue then.
#![allow(clippy::unwrap_used, reason = "tests")]

mod sockets;

use std::collections::HashMap;
use std::io::Write as _;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tempfile::TempDir;
use trunkline_events::Timestamp;

use super::signature::Scheme;
use super::{Endpoint, Hooks, Intake, Limits, Rate, RequestLabels, router};
use crate::CloudEvents;
use crate::connector::Connector;
use crate::queue::{Queue, QueueOptions};
use crate::vendor::{Documents, named};

/// A server with one pipeline on `/in/x`.
struct Bench {
    _folder: TempDir,
    queue: Arc<Queue>,
    hooks: Hooks,
    said: Arc<Mutex<String>>,
    router: Router,
}

impl Bench {
    fn new(connector: &'static str, change: impl FnOnce(&mut Endpoint, &mut Limits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let queue = Arc::new(Queue::open(&folder.path().join("q"), QueueOptions::default()).unwrap());
        let make = move || -> Box<dyn Connector> {
            match named(connector) {
                Some(vendor) => Box::new(Documents::new(vendor)),
                None => Box::new(CloudEvents::new()),
            }
        };
        let mut endpoint = Endpoint {
            name: "x".to_owned(),
            connector: Arc::new(make),
            intake: Intake::of(connector),
            signature: None,
            verify_token: None,
            public_url: None,
            body_bytes: 1 << 16,
            rate: None,
            queue: Arc::clone(&queue),
        };
        let (mut limits, said) = (Limits::default(), Arc::new(Mutex::new(String::new())));
        change(&mut endpoint, &mut limits);
        let log = Arc::clone(&said);
        let hooks = Hooks {
            clock: Arc::new(|| Timestamp::from_seconds(1_767_607_200)),
            report: Arc::new(move |line| log.lock().unwrap().push_str(line)),
            ready: Arc::new(|| Err("the lake is away".to_owned())),
            metrics: Arc::new(|| "# EOF\n".to_owned()),
            requests: super::Requests::default(),
        };
        let router = router(HashMap::from([("/in/x".to_owned(), endpoint)]), limits, hooks.clone());
        Self { _folder: folder, queue, hooks, said, router }
    }

    fn signed(connector: &'static str, scheme: Scheme, secret: &str) -> Self {
        Self::new(connector, |endpoint, _| endpoint.signature = Some((scheme, vec![secret.to_owned()], 300)))
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> (u16, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = TowerToHyperService::new(self.router.clone()).call(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        (parts.status.as_u16(), parts.headers, text)
    }

    async fn post(&self, headers: &[(&str, &str)], body: impl Into<Body>) -> (u16, String) {
        let (status, _, text) = self.ask("POST", "/in/x", headers, body).await;
        (status, text)
    }

    fn queued(&self) -> Vec<String> {
        let records = self.queue.read(0, 1000, 1 << 20).unwrap();
        records.into_iter().map(|queued| String::from_utf8_lossy(&queued.record).into_owned()).collect()
    }

    fn counted(&self, pipeline: &str, outcome: &'static str) -> u64 {
        self.hooks.requests.get_or_create(&RequestLabels { pipeline: pipeline.to_owned(), outcome }).get()
    }
}

fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"x","time":"2026-01-05T10:00:00Z","data":{{}}}}"#)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

const BINARY: &[(&str, &str)] =
    &[("ce-specversion", "1.0"), ("ce-id", "e1"), ("ce-source", "s"), ("ce-type", "x"), ("content-type", "application/json")];

#[tokio::test]
async fn a_cloudevent_in_binary_mode_is_queued_as_the_structured_one() {
    let bench = Bench::new("cloudevents", |_, _| {});
    assert_eq!(bench.post(BINARY, "{\"a\":1}").await, (204, String::new()));
    let record: Value = serde_json::from_str(&bench.queued()[0]).unwrap();
    assert_eq!((&record["id"], &record["data"]), (&json!("e1"), &json!({"a": 1})));
    assert_eq!(bench.post(&[&[("ce-subject", "%C0%A0")], BINARY].concat(), "{}").await.0, 204, "kept, to be rejected");
    assert!(bench.queued()[1].contains("%C0%A0"));
    let foreign = bench.post(&[("content-type", "application/cloudevents+avro")], "x").await;
    assert_eq!((foreign.0, bench.queued().len()), (415, 2));
}

#[tokio::test]
async fn a_batch_is_queued_whole_and_told_what_will_become_of_it() {
    let bench = Bench::new("cloudevents", |_, _| {});
    let (status, text) = bench.post(&[], format!("[{},{{\"id\":7}}]", event("a"))).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    let second = &answer["elements"][1];
    assert_eq!(
        (status, &answer["received"], &answer["elements"][0]),
        (200, &json!(2), &json!({"index": 0, "status": "queued", "id": "a"}))
    );
    assert_eq!((&second["status"], &second["code"]), (&json!("will_be_rejected"), &json!("bad_envelope")));
    assert_eq!(second["message"], "specversion is missing");
    assert_eq!(bench.queued().len(), 2, "both are kept");
    assert_eq!(bench.post(&[], format!("[{}]", event("b"))).await, (204, String::new()), "one needs no list");
}

#[tokio::test]
async fn meta_gets_its_challenge_only_for_our_token() {
    let bench = Bench::new("whatsapp", |endpoint, _| endpoint.verify_token = Some("t0k en".to_owned()));
    let get = |query: &'static str| bench.ask("GET", query, &[], "");
    let (status, headers, text) = get("/in/x?hub.mode=subscribe&hub.verify_token=t0k+en&hub.challenge=11%3C58").await;
    assert_eq!((status, text.as_str()), (200, "11<58"));
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/plain") && headers["x-content-type-options"] == "nosniff");
    for query in [
        "?hub.mode=subscribe&hub.verify_token=t0k&hub.challenge=1",
        "?hub.mode=subscribe&hub.challenge=1",
        "?hub.verify_token=t0k+en&hub.challenge=1",
        "",
    ] {
        let (status, _, text) = bench.ask("GET", &format!("/in/x{query}"), &[], "").await;
        assert_eq!((status, text.as_str()), (403, "not believed\n"), "{query}");
    }
    let without = Bench::new("whatsapp", |_, _| {});
    assert_eq!(without.ask("GET", "/in/x?hub.mode=subscribe&hub.verify_token=&hub.challenge=1", &[], "").await.0, 405);
}

#[tokio::test]
async fn a_shown_secret_is_believed_and_neither_kept_nor_told() {
    let bench = Bench::signed("freeswitch", Scheme::Basic, "fs:s3cret");
    assert_eq!(bench.post(&[("authorization", "Basic ZnM6czNjcmV0"), ("x-pbx", "1")], "{}").await.0, 204);
    let (status, headers, text) = bench.ask("POST", "/in/x", &[("authorization", "Basic ZnM6d3Jvbmc=")], "{}").await;
    assert_eq!((status, text.as_str(), headers["www-authenticate"].to_str().unwrap()), (401, "not believed\n", "Basic realm=\"webhooks\""));
    assert_eq!(bench.queued(), [r#"{"headers":{"x-pbx":"1"},"body":{}}"#]);
    let said = bench.said.lock().unwrap();
    assert!(said.contains("pipeline x: refused") && !said.contains("wrong") && !said.contains("s3cret"), "{said}");
}

#[tokio::test]
async fn firehose_is_opened_and_answered_its_own_way() {
    let bench = Bench::signed("amazon-connect", Scheme::Firehose, "k3y");
    let body = r#"{"requestId":"r-1","timestamp":1,"records":[{"data":"eyJhIjoxfXsiYiI6Mn0="},{"data":"!"}]}"#;
    let headers = [("x-amz-firehose-access-key", "k3y"), ("x-amz-firehose-request-id", "r-1")];
    let (status, text) = bench.post(&headers, body).await;
    assert_eq!((status, text.as_str()), (200, r#"{"requestId":"r-1","timestamp":1767607200000}"#));
    let bodies: Vec<Value> = bench.queued().iter().map(|record| serde_json::from_str::<Value>(record).unwrap()["body"].clone()).collect();
    assert_eq!(bodies, [json!({"a": 1}), json!({"b": 2}), json!({"data": "!"})], "two documents in one record; one that is no Base64");
    assert!(!bench.queued().concat().contains("k3y"));
    let (status, headers, text) = bench.ask("POST", "/in/x", &[("x-amz-firehose-request-id", "r-2")], body).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &answer["requestId"], &answer["errorMessage"]), (401, &json!("r-2"), &json!("not believed")));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(bench.post(&[("x-amz-firehose-access-key", "k3y")], "not an envelope").await.0, 200, "kept, to be rejected");
    assert!(bench.queued()[3].contains("not an envelope"));
}

#[tokio::test]
async fn a_compressed_body_is_believed_as_it_came_and_opened_within_the_limit() {
    let bench = Bench::signed("typeform", Scheme::Typeform, "k1");
    let (raw, signature) = (gzip(b"{\"id\":1}"), |bytes: &[u8]| typeform(bytes));
    let headers = |signature: &str| [("content-encoding", "gzip".to_owned()), ("typeform-signature", signature.to_owned())];
    let post = async |signature: &str, body: Vec<u8>| {
        let headers = headers(signature);
        bench.post(&headers.each_ref().map(|(name, value)| (*name, value.as_str())), body).await.0
    };
    assert_eq!(post(&signature(&raw), raw.clone()).await, 204);
    assert_eq!(post(&signature(b"{\"id\":1}"), raw).await, 401, "signed are the bytes that came");
    let bomb = gzip(&vec![b' '; 1 << 24]);
    assert!(bomb.len() < 1 << 16);
    assert_eq!(post(&signature(&bomb), bomb.clone()).await, 413);
    assert_eq!(post("sha256=AAAA", bomb).await, 401, "who is not believed has nothing opened");
    assert_eq!(post(&signature(b"no gzip"), b"no gzip".to_vec()).await, 400);
    assert_eq!(bench.post(&[("content-encoding", "br")], "x").await.0, 415);
    assert_eq!(bench.queued(), [r#"{"headers":{},"body":{"id":1}}"#]);
}

fn typeform(bytes: &[u8]) -> String {
    use base64::Engine as _;
    use hmac::{Hmac, KeyInit, Mac};
    let hash = Hmac::<sha2::Sha256>::new_from_slice(b"k1").unwrap().chain_update(bytes).finalize().into_bytes();
    format!("sha256={}", base64::engine::general_purpose::STANDARD.encode(hash))
}

#[tokio::test]
async fn beyond_the_rate_a_sender_is_told_when_to_come_and_strangers_use_none_of_it() {
    let bench = Bench::new("cloudevents", |endpoint, _| {
        endpoint.signature = Some((Scheme::Bearer, vec!["t".to_owned()], 300));
        endpoint.rate = Rate::every(Duration::from_secs(3600), NonZeroU32::MIN);
    });
    assert_eq!(bench.post(&[], event("0")).await.0, 401);
    assert_eq!(bench.post(&[("authorization", "Bearer t")], event("1")).await.0, 204);
    let (status, headers, _) = bench.ask("POST", "/in/x", &[("authorization", "Bearer t")], event("2")).await;
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!((status, (3000..=3600).contains(&wait), bench.queued().len()), (429, true, 1), "{wait}");
    let counted = ["taken", "not_believed", "too_many"].map(|outcome| bench.counted("x", outcome));
    assert_eq!(counted, [1, 1, 1]);
}

#[tokio::test]
async fn the_process_says_how_it_is() {
    let bench = Bench::new("cloudevents", |_, _| {});
    assert_eq!(bench.ask("GET", "/livez", &[], "").await.0, 200);
    let (status, _, text) = bench.ask("GET", "/readyz", &[], "").await;
    assert_eq!((status, text.as_str()), (503, "the lake is away\n"));
    let (status, headers, text) = bench.ask("GET", "/metrics", &[], "").await;
    assert_eq!((status, text.as_str()), (200, "# EOF\n"));
    assert_eq!(headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_eq!((bench.ask("POST", "/in/y", &[], "").await.0, bench.counted("", "no_pipeline")), (404, 1));
}
