//! The way of one request. The order matters: room, the whole body, belief over the bytes as they came, and only then is anything opened or read.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use trunkline_events::Timestamp;

use super::encoding::Encoding;
use super::record::{Intake, texts};
use super::reply::{Refusal, json, plain, with};
use super::server::{Endpoint, Shared};
use super::signature::{Scheme, Signed, verify};
use super::{batch, firehose, verification};
use crate::queue::QueueError;

/// Answers a request to any path but the server's own.
pub(super) async fn answer(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let Some(endpoint) = shared.endpoints.get(request.uri().path()) else {
        shared.count("", "no_pipeline");
        return plain(StatusCode::NOT_FOUND, "no such pipeline\n");
    };
    if request.method() != Method::POST {
        let response = asked(endpoint, &request);
        shared.count(&endpoint.name, if response.status().is_success() { "asked" } else { outcome(response.status()) });
        return response;
    }
    let (parts, body) = request.into_parts();
    let now = (shared.hooks.clock)();
    let response = match post(&shared, endpoint, &parts, body, now).await {
        Ok(response) => response,
        Err(refusal) if is_firehose(endpoint) => {
            firehose::answer(firehose::request_id(&parts.headers).unwrap_or_default(), now, Some(&refusal))
        }
        Err(refusal) => refusal.response(&refusal.text),
    };
    shared.count(&endpoint.name, outcome(response.status()));
    challenged(endpoint, response)
}

/// What became of a request, for the counter.
fn outcome(status: StatusCode) -> &'static str {
    match status {
        _ if status.is_success() => "taken",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "not_believed",
        StatusCode::METHOD_NOT_ALLOWED => "bad_method",
        StatusCode::REQUEST_TIMEOUT => "too_slow",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_readable",
        StatusCode::TOO_MANY_REQUESTS => "too_many",
        StatusCode::SERVICE_UNAVAILABLE => "no_room",
        _ => "bad_body",
    }
}

/// Answers those that ask whether somebody is there.
fn asked(endpoint: &Endpoint, request: &Request) -> Response<Body> {
    match (request.method(), &endpoint.verify_token) {
        (&Method::OPTIONS, _) => handshake(request.headers()),
        // Intercom and others.
        (&Method::HEAD, _) => plain(StatusCode::OK, ""),
        (&Method::GET, Some(token)) => verification::answer(token, request.uri().query().unwrap_or_default()),
        _ => with(plain(StatusCode::METHOD_NOT_ALLOWED, "POST only\n"), header::ALLOW, "POST, OPTIONS, HEAD"),
    }
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

async fn post(shared: &Shared, endpoint: &Endpoint, parts: &Parts, sent: Body, now: Timestamp) -> Result<Response<Body>, Refusal> {
    let limits = &shared.limits;
    let busy = |_| Refusal::later(StatusCode::TOO_MANY_REQUESTS, "too many requests at once\n", limits.retry_after_s);
    let _room = shared.room.try_acquire().map_err(busy)?;
    let encoding = Encoding::of(&parts.headers)?;
    let raw = trunkline_http::read(sent, endpoint.body_bytes, limits.body_read).await?;
    let headers = texts(&parts.headers);
    believe(shared, endpoint, &Signed { url: &url(endpoint, parts), headers: &headers, body: &raw }, now)?;
    // After belief: strangers cannot use up what is meant for the sender.
    if let Some(Err(wait)) = endpoint.rate.as_ref().map(super::rate::Rate::take) {
        return Err(Refusal::later(StatusCode::TOO_MANY_REQUESTS, "too many requests\n", wait));
    }
    let content = if encoding == Encoding::Plain {
        raw
    } else {
        let limit = endpoint.body_bytes;
        let opened = tokio::task::spawn_blocking(move || encoding.open(raw, limit)).await;
        opened.map_err(|_| Refusal::later(StatusCode::SERVICE_UNAVAILABLE, "stopping\n", limits.retry_after_s))??
    };
    if let Some((_, challenge)) = headers.iter().find(|(name, _)| name == "x-front-challenge") {
        return Ok(json(StatusCode::OK, &serde_json::json!({ "challenge": challenge }).to_string()));
    }
    take(shared, endpoint, &parts.headers, &content, now).await
}

/// Believes a request or not; the sender is not told why.
fn believe(shared: &Shared, endpoint: &Endpoint, signed: &Signed<'_>, now: Timestamp) -> Result<(), Refusal> {
    let Some((scheme, secrets, tolerance_s)) = &endpoint.signature else { return Ok(()) };
    verify(*scheme, secrets, signed, now, *tolerance_s).map_err(|reason| {
        (shared.hooks.report)(&format!("pipeline {}: refused a request: {reason}", endpoint.name));
        Refusal::new(StatusCode::UNAUTHORIZED, "not believed\n")
    })
}

fn is_firehose(endpoint: &Endpoint) -> bool {
    matches!(endpoint.signature, Some((Scheme::Firehose, ..)))
}

/// Some senders name themselves only when they are asked to.
fn challenged(endpoint: &Endpoint, response: Response<Body>) -> Response<Body> {
    if response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    match endpoint.signature {
        Some((Scheme::Basic, ..)) => with(response, header::WWW_AUTHENTICATE, "Basic realm=\"webhooks\""),
        Some((Scheme::Bearer, ..)) => with(response, header::WWW_AUTHENTICATE, "Bearer"),
        _ => response,
    }
}

/// Queues the records of a body, all or none, and answers.
async fn take(
    shared: &Shared,
    endpoint: &Endpoint,
    headers: &HeaderMap,
    content: &[u8],
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let mut connector = (endpoint.connector)();
    let envelope = is_firehose(endpoint).then(|| firehose::open(content)).flatten();
    let records = match &envelope {
        Some((_, parts)) => {
            let records = parts.iter().map(|part| endpoint.intake.records(&mut *connector, headers, part));
            records.collect::<Result<Vec<_>, _>>()?.concat()
        }
        None => endpoint.intake.records(&mut *connector, headers, content)?,
    };
    let response = if is_firehose(endpoint) {
        let id = firehose::request_id(headers).map(str::to_owned).or_else(|| envelope.map(|(id, _)| id));
        firehose::answer(&id.unwrap_or_default(), now, None)
    } else if endpoint.intake == Intake::CloudEvents && records.len() > 1 {
        batch::answer(&mut *connector, &records, now)
    } else {
        plain(StatusCode::NO_CONTENT, "")
    };
    if records.is_empty() {
        return Ok(response);
    }
    match endpoint.queue.put(records, now).await {
        Ok(_) => Ok(response),
        Err(cause) => {
            (shared.hooks.report)(&format!("pipeline {}: {cause}", endpoint.name));
            let text = if matches!(cause, QueueError::Full { .. }) { "the queue is full\n" } else { "the queue cannot be written\n" };
            Err(Refusal::later(StatusCode::SERVICE_UNAVAILABLE, text, shared.limits.retry_after_s))
        }
    }
}

/// The URL that was asked for, as the sender wrote it.
fn url(endpoint: &Endpoint, parts: &Parts) -> String {
    let query = parts.uri.query().map_or(String::new(), |query| format!("?{query}"));
    if let Some(url) = &endpoint.public_url {
        return format!("{url}{query}");
    }
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text("host")).unwrap_or_default();
    format!("{}://{host}{}{query}", text("x-forwarded-proto").unwrap_or("http"), parts.uri.path())
}
