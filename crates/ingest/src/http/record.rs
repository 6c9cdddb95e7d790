//! A body to the records that are queued: cut as a file would be, each with the headers that its connector may need.

use axum::http::{HeaderMap, StatusCode, header};

use super::reply::Refusal;
use crate::cloudevents::binary::{self, Header, Mode};
use crate::connector::Connector;
use crate::vendor::{self, Request};
use crate::work::cutter;

/// Parts of header names that are kept out of the queue: what they hold would let others send in the sender's name, or is about the way.
const LEFT_OUT: &[&str] = &["signature", "hmac", "auth", "token", "secret", "key", "forwarded", "real-ip", "cookie"];
/// Beginnings of header names that may say what a body is.
const KEPT: &[&str] = &["content-type", "date", "x-", "webhook-"];

/// Bytes of headers, repeated with each record of a request: a body of a million records would multiply large ones without end.
const REPEATED_BYTES_MAX: usize = 64 << 20;

/// What of a request is queued with each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// The record alone.
    Bare,
    /// The record and the headers that say what it is: what vendors send.
    Captured,
    /// CloudEvents of every mode, as structured JSON.
    CloudEvents,
}

impl Intake {
    /// What the connector of that name needs.
    #[must_use]
    pub fn of(connector: &str) -> Self {
        match connector {
            "cloudevents" => Self::CloudEvents,
            _ if vendor::NAMES.contains(&connector) => Self::Captured,
            _ => Self::Bare,
        }
    }

    /// The records of a body.
    ///
    /// # Errors
    /// 415 for CloudEvents in another format than JSON, 413 when the headers that each record repeats would take too much. A message in binary mode that cannot be made is kept as it came and refused when it is
    /// mapped, with the same reason: its sender was believed, and would only send it again.
    pub(super) fn records(self, connector: &mut dyn Connector, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
        if self == Self::CloudEvents {
            let content_type = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
            match binary::mode(content_type.as_deref(), headers.keys().map(header::HeaderName::as_str)) {
                Mode::Foreign => {
                    let text = "CloudEvents are read in JSON: application/cloudevents+json\n";
                    return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
                }
                Mode::Binary => {
                    let headers: Vec<Header<'_>> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
                    return Ok(vec![binary::structured(&headers, body).unwrap_or_else(|_| binary::kept(&headers, body))]);
                }
                Mode::Structured | Mode::Batch => {}
            }
        }
        let records = records_of(connector, body);
        if self != Self::Captured {
            return Ok(records.into_iter().map(<[u8]>::to_vec).collect());
        }
        let headers: Vec<(String, String)> = texts(headers).into_iter().filter(|(name, _)| is_kept(name)).collect();
        let each: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        if each.saturating_mul(records.len()) > REPEATED_BYTES_MAX {
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too many records with too large headers\n"));
        }
        Ok(records.into_iter().map(|record| Request::capture(headers.iter(), record)).collect())
    }
}

/// Names in lower case; values that are no text are left out.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &header::HeaderValue| std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned);
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect()
}

/// Cuts a body. What the connector cannot read comes whole, to be refused when it is mapped.
fn records_of<'b>(connector: &mut dyn Connector, body: &'b [u8]) -> Vec<&'b [u8]> {
    cutter::parts(connector, body).map_or_else(|_| vec![body], |parts| parts.map(|(bytes, _)| bytes).collect())
}

/// True for a header that is kept with its record. Attributes of CloudEvents say what happened, `ce-partitionkey` too, and are no secrets.
fn is_kept(name: &str) -> bool {
    name.starts_with("ce-") || KEPT.iter().any(|begin| name.starts_with(begin)) && !LEFT_OUT.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use axum::http::{HeaderName, HeaderValue, StatusCode};

    use super::{Intake, Refusal, records_of};
    use crate::CloudEvents;
    use crate::vendor::{Documents, Request, named};

    #[test]
    fn a_batch_is_cut_into_its_elements_and_a_torn_rest_is_kept() {
        let cut_of = |body: &str| -> Vec<String> {
            let mut connector = CloudEvents::new();
            records_of(&mut connector, body.as_bytes()).iter().map(|record| String::from_utf8_lossy(record).into_owned()).collect()
        };
        assert_eq!(cut_of(r#"[{"a":1}, {"b":2}]"#), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(cut_of("{\"a\":1}\n{\"b\":2}"), ["{\"a\":1}\n", "{\"b\":2}"]);
        assert_eq!(cut_of(r#"[{"a":1},{"b":"#), [r#"{"a":1}"#, r#"{"b":"#]);
        assert!(cut_of(" \n").is_empty());
    }

    fn records(headers: &[(&'static str, &'static str)], body: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Intake::of("shopify").records(&mut Documents::new(named("shopify").unwrap()), &headers.collect(), body)
    }

    #[test]
    fn a_captured_request_keeps_what_a_connector_needs_and_no_secret() {
        let headers = [
            ("content-type", "application/json"),
            ("x-shopify-topic", "orders/create"),
            ("x-shopify-hmac-sha256", "AAAA"),
            ("authorization", "Bearer x"),
            ("x-forwarded-for", "10.0.0.1"),
            ("user-agent", "curl"),
            ("x-api-key", "k3y"),
            ("x-amz-firehose-access-key", "k3y"),
            ("x-survey-id", "SV_1"),
            ("date", "Mon, 05 Jan 2026 10:00:00 GMT"),
            ("ce-partitionkey", "c-1"),
        ];
        let queued = records(&headers, b"{\"id\":1}\n").unwrap();
        let request = Request::of(&queued[0]).unwrap();
        assert_eq!((request.header("X-Shopify-Topic"), request.body()), (Some("orders/create"), "{\"id\":1}"));
        let kept: Vec<&str> = request.headers().map(|(name, _)| name).collect();
        assert_eq!(kept, ["ce-partitionkey", "content-type", "date", "x-shopify-topic", "x-survey-id"]);
        let form = records(&headers, b"A=1&B=%22").unwrap();
        assert_eq!(Request::of(&form[0]).unwrap().body(), "A=1&B=%22");
        assert_eq!(records(&headers, b"\xff").unwrap(), [b"\xff"]);
    }

    #[test]
    fn headers_are_not_repeated_without_end() {
        let body = format!("[{}1]", "1,".repeat(100_000));
        assert_eq!(records(&[("x-a", "1")], body.as_bytes()).unwrap().len(), 100_001);
        let large: &'static str = Box::leak("h".repeat(1000).into_boxed_str());
        assert_eq!(records(&[("x-a", large)], body.as_bytes()).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
