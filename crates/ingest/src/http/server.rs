//! The server of webhooks: one URL per pipeline, an answer of success only once the records are on disk.
//!
//! | answer | when |
//! |---|---|
//! | 204 | the records are durable (or there were none) |
//! | 200 | the challenge of a sender that asks whether we are there |
//! | 401 | the signature is missing, wrong or too old; nothing more is said |
//! | 404, 405 | no such URL; another method |
//! | 413, 415 | a body beyond the limit; a compressed body or a CloudEvent in binary mode |
//! | 429, 503 | too many requests at once; the queue is full or cannot be written. With `Retry-After` |
//!
//! Bodies and secrets are never logged.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use trunkline_events::Timestamp;

use super::record::{captured, cut};
use super::signature::{Scheme, Signed, verify};
use crate::connector::Connector;
use crate::queue::{Queue, QueueError};

/// Limits of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests worked on at once; default 256.
    pub requests: usize,
    /// Seconds after which a sender refused for want of room should come again; default 10.
    pub retry_after_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 256, retry_after_s: 10 }
    }
}

/// Makes a connector, for cutting bodies.
pub type Cutter = Arc<dyn Fn() -> Box<dyn Connector> + Send + Sync>;

/// Where a pipeline receives.
#[derive(Clone)]
pub struct Endpoint {
    /// Name of the pipeline, for messages.
    pub name: String,
    /// Cuts bodies into records.
    pub connector: Cutter,
    /// Records are queued with their headers.
    pub keeps_headers: bool,
    /// Scheme, secrets and tolerance in seconds; `None` believes everybody.
    pub signature: Option<(Scheme, Vec<String>, i64)>,
    /// The URL as the sender knows it; else it is put together from the request.
    pub public_url: Option<String>,
    /// Bytes of a body at most.
    pub body_bytes: usize,
    /// Where records go.
    pub queue: Arc<Queue>,
}

impl fmt::Debug for Endpoint {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Called with a line about a request that was refused, for a log.
pub type Report = Arc<dyn Fn(&str) + Send + Sync>;
/// The time now.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[derive(Clone)]
struct Shared {
    endpoints: Arc<HashMap<String, Endpoint>>,
    limits: Limits,
    room: Arc<Semaphore>,
    clock: Clock,
    report: Report,
}

/// The server's routes: `/livez`, `/readyz`, and one per endpoint by its path.
pub fn router(endpoints: HashMap<String, Endpoint>, limits: Limits, clock: Clock, report: Report) -> Router {
    let room = Arc::new(Semaphore::new(limits.requests));
    let shared = Shared { endpoints: Arc::new(endpoints), limits, room, clock, report };
    Router::new().route("/livez", get(|| async { "ok\n" })).route("/readyz", get(|| async { "ok\n" })).fallback(answer).with_state(shared)
}

/// Serves until `stop` comes, then answers what is under way.
///
/// # Errors
/// Of the listener.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let Some(endpoint) = shared.endpoints.get(request.uri().path()) else { return plain(StatusCode::NOT_FOUND, "no such pipeline\n") };
    match *request.method() {
        Method::POST => {}
        Method::OPTIONS => return handshake(request.headers()),
        // Intercom and others look whether somebody is there.
        Method::HEAD => return plain(StatusCode::OK, ""),
        _ => return with(plain(StatusCode::METHOD_NOT_ALLOWED, "POST only\n"), header::ALLOW, "POST, OPTIONS, HEAD"),
    }
    let Ok(_room) = shared.room.try_acquire() else {
        return later(StatusCode::TOO_MANY_REQUESTS, "too many requests at once\n", shared.limits.retry_after_s);
    };
    let (url, headers) = (url(endpoint, &request), headers(request.headers()));
    if let Some(refusal) = refusal(&headers) {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal);
    }
    let Ok(body) = to_bytes(request.into_body(), endpoint.body_bytes).await else {
        // Cut off or too large: either way nothing of it was taken.
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than allowed, or broke off\n");
    };
    let now = (shared.clock)();
    if let Some((scheme, secrets, tolerance_s)) = &endpoint.signature
        && let Err(reason) = verify(*scheme, secrets, &Signed { url: &url, headers: &headers, body: &body }, now, *tolerance_s)
    {
        (shared.report)(&format!("pipeline {}: refused a request: {reason}", endpoint.name));
        return plain(StatusCode::UNAUTHORIZED, "not believed\n");
    }
    if let Some(challenge) = headers.iter().find(|(name, _)| name == "x-front-challenge") {
        let text = serde_json::json!({ "challenge": challenge.1 }).to_string();
        return with(plain(StatusCode::OK, &text), header::CONTENT_TYPE, "application/json");
    }
    take(&shared, endpoint, &headers, &body, now).await
}

/// Queues the records of a body.
async fn take(shared: &Shared, endpoint: &Endpoint, headers: &[(String, String)], body: &[u8], now: Timestamp) -> Response<Body> {
    let mut connector = (endpoint.connector)();
    let records = cut(&mut *connector, body).into_iter();
    let records: Vec<Vec<u8>> = if endpoint.keeps_headers {
        records.map(|record| captured(headers, record)).collect()
    } else {
        records.map(<[u8]>::to_vec).collect()
    };
    if records.is_empty() {
        return plain(StatusCode::NO_CONTENT, "");
    }
    match endpoint.queue.put(records, now).await {
        Ok(_) => plain(StatusCode::NO_CONTENT, ""),
        Err(cause) => {
            (shared.report)(&format!("pipeline {}: {cause}", endpoint.name));
            let text = if matches!(cause, QueueError::Full { .. }) { "the queue is full\n" } else { "the queue cannot be written\n" };
            later(StatusCode::SERVICE_UNAVAILABLE, text, shared.limits.retry_after_s)
        }
    }
}

/// Why a body would not be read as it is meant.
fn refusal(headers: &[(String, String)]) -> Option<&'static str> {
    let value = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if value("content-encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Some("compressed bodies are not read\n");
    }
    // Without this its attributes would be lost without a word.
    value("ce-specversion").map(|_| "CloudEvents are read in structured mode only: application/cloudevents+json\n")
}

/// The URL that was asked for, as the sender wrote it.
fn url(endpoint: &Endpoint, request: &Request) -> String {
    let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
    if let Some(url) = &endpoint.public_url {
        return format!("{url}{query}");
    }
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text("host")).unwrap_or_default();
    format!("{}://{host}{}{query}", text("x-forwarded-proto").unwrap_or("http"), request.uri().path())
}

/// Names in lower case; values that are no text are left out.
fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    map.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}

/// CloudEvents' abuse protection: whoever asks may send.
fn handshake(headers: &HeaderMap) -> Response<Body> {
    let mut response = with(plain(StatusCode::OK, ""), header::ALLOW, "POST");
    if let Some(origin) = headers.get("webhook-request-origin") {
        response.headers_mut().insert(HeaderName::from_static("webhook-allowed-origin"), origin.clone());
        response.headers_mut().insert(HeaderName::from_static("webhook-allowed-rate"), HeaderValue::from_static("*"));
    }
    response
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}

fn with(mut response: Response<Body>, name: HeaderName, value: &'static str) -> Response<Body> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

fn later(status: StatusCode, text: &str, seconds: u64) -> Response<Body> {
    let mut response = plain(status, text);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
