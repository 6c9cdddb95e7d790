//! The server of webhooks: one URL per pipeline, an answer of success only once the records are on disk.
//!
//! | answer | when |
//! |---|---|
//! | 204 | the records are durable (or there were none) |
//! | 200 | the same, to a batch of CloudEvents (with what will become of each element) and to Firehose; the challenge of a sender that asks whether we are there |
//! | 400 | a body that is not compressed as it says |
//! | 401, 403 | the signature is missing, wrong or too old; Meta's token is not ours. Nothing more is said |
//! | 404, 405 | no such URL; another method |
//! | 408 | a body that is too slow or breaks off; nothing of it is taken |
//! | 413, 415 | a body beyond the limit, as it comes or decompressed; an encoding or a format of CloudEvents that is not known |
//! | 429 | too many requests at once, or over time. With `Retry-After` |
//! | 503 | the queue is full or cannot be written. With `Retry-After` |
//!
//! Besides: `/livez`, 200 as long as the process runs; `/readyz`, 200 or 503 with the reason; `/metrics`. Bodies and secrets are never logged.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, header};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::sync::Semaphore;
use trunkline_events::Timestamp;

use super::answer::answer;
use super::rate::Rate;
use super::record::Intake;
use super::reply::{plain, with};
use super::signature::Scheme;
use crate::connector::Connector;
use crate::queue::Queue;

/// Limits of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests worked on at once; default 256.
    pub requests: usize,
    /// Seconds after which a sender refused for want of room should come again; default 10.
    pub retry_after_s: u64,
    /// Connections at once; default 1024. More wait to be accepted.
    pub connections: usize,
    /// How long the head of a request may take, and how long a connection may stand idle before it; default 10 s.
    pub header_read: Duration,
    /// How long a body may take; default 30 s.
    pub body_read: Duration,
    /// Bytes of a refused body that are read and dropped, so that its sender comes to read the answer; default 64 MiB.
    pub unread_bytes: usize,
    /// How long that may take; default 5 s.
    pub unread_time: Duration,
    /// How long a connection may live, and so take the place of another without reading its answers; default 10 min.
    pub connection_life: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 256,
            retry_after_s: 10,
            connections: 1024,
            header_read: Duration::from_secs(10),
            body_read: Duration::from_secs(30),
            unread_bytes: 64 << 20,
            unread_time: Duration::from_secs(5),
            connection_life: Duration::from_secs(600),
        }
    }
}

/// Paths that are the server's own.
pub(crate) const OWN_PATHS: &[&str] = &["/livez", "/readyz", "/metrics"];

/// Makes a connector, for cutting bodies.
pub type Cutter = Arc<dyn Fn() -> Box<dyn Connector> + Send + Sync>;

/// Where a pipeline receives.
#[derive(Clone)]
pub struct Endpoint {
    /// Name of the pipeline, for messages.
    pub name: String,
    /// Cuts bodies into records.
    pub connector: Cutter,
    /// What is queued with each record.
    pub intake: Intake,
    /// Scheme, secrets and tolerance in seconds; `None` believes everybody.
    pub signature: Option<(Scheme, Vec<String>, i64)>,
    /// The token that Meta asks for; without one GET is refused.
    pub verify_token: Option<String>,
    /// The URL as the sender knows it; else it is put together from the request.
    pub public_url: Option<String>,
    /// Bytes of a body at most, as it comes and decompressed.
    pub body_bytes: usize,
    /// Requests over time; `None` takes all.
    pub rate: Option<Rate>,
    /// Where records go.
    pub queue: Arc<Queue>,
}

impl fmt::Debug for Endpoint {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Labels of a counted request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The pipeline; empty where no pipeline has the URL.
    pub pipeline: String,
    /// `taken, not_believed, no_pipeline, bad_method, bad_body, too_slow, too_large, not_readable, too_many, no_room` or `asked` (not a POST).
    pub outcome: &'static str,
}

/// Requests by what became of them; to be registered as `http_requests`.
pub type Requests = Family<RequestLabels, Counter>;

/// What the server asks of the process around it. Everything may be called at any time, from any thread, and must not block.
#[derive(Clone)]
pub struct Hooks {
    /// The time now.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called with a line about a request that was refused, for a log.
    pub report: Arc<dyn Fn(&str) + Send + Sync>,
    /// Whether records can be taken, or why not.
    pub ready: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
    /// All metrics of the process in OpenMetrics text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Counts requests.
    pub requests: Requests,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) endpoints: Arc<HashMap<String, Endpoint>>,
    pub(super) limits: Limits,
    pub(super) room: Arc<Semaphore>,
    pub(super) hooks: Hooks,
}

impl Shared {
    pub(super) fn count(&self, pipeline: &str, outcome: &'static str) {
        self.hooks.requests.get_or_create(&RequestLabels { pipeline: pipeline.to_owned(), outcome }).inc();
    }
}

/// The server's routes: `/livez`, `/readyz`, `/metrics`, and one per endpoint by its path.
pub fn router(endpoints: HashMap<String, Endpoint>, limits: Limits, hooks: Hooks) -> Router {
    let room = Arc::new(Semaphore::new(limits.requests));
    let shared = Shared { endpoints: Arc::new(endpoints), limits, room, hooks };
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(answer)
        .with_state(shared)
}

async fn ready(State(shared): State<Shared>) -> Response<Body> {
    match (shared.hooks.ready)() {
        Ok(()) => plain(StatusCode::OK, "ok\n"),
        Err(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{reason}\n")),
    }
}

async fn metrics(State(shared): State<Shared>) -> Response<Body> {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    with(plain(StatusCode::OK, &(shared.hooks.metrics)()), header::CONTENT_TYPE, kind)
}
