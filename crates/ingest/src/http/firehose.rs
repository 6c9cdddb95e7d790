//! Amazon Data Firehose's HTTP endpoint: an envelope of records in Base64, and an answer of its own.
//!
//! Format: "HTTP endpoint delivery request and response specifications" of Amazon Data Firehose. A request that is not answered with 200 and its
//! own id is sent again, whole.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use trunkline_events::Timestamp;

use super::reply::{Refusal, json};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "requestId")]
    request_id: String,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Record {
    data: String,
}

/// The id and the contents of an envelope; `None` for what is none. A record that cannot be opened comes as it stands, to be refused when it is
/// mapped.
pub(super) fn open(body: &[u8]) -> Option<(String, Vec<Vec<u8>>)> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).ok()?;
    let content = |record: &&RawValue| {
        let data = serde_json::from_str::<Record>(record.get()).ok().and_then(|record| STANDARD.decode(record.data).ok());
        data.unwrap_or_else(|| record.get().as_bytes().to_vec())
    };
    Some((envelope.request_id, envelope.records.iter().map(content).collect()))
}

/// The id of a request by its headers.
pub(super) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-firehose-request-id").and_then(|value| value.to_str().ok())
}

/// The answer: success, or what is wrong.
pub(super) fn answer(request_id: &str, now: Timestamp, refusal: Option<&Refusal>) -> Response<Body> {
    let mut text = serde_json::json!({ "requestId": request_id, "timestamp": now.micros() / 1000 });
    let Some(refusal) = refusal else { return json(StatusCode::OK, &text.to_string()) };
    text["errorMessage"] = refusal.text.trim_end().into();
    let mut response = refusal.response(&text.to_string());
    response.headers_mut().insert(axum::http::header::CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"));
    response
}
