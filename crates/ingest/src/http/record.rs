//! A body to the records that are queued: cut as a file would be, each with the headers that its connector may need.

use axum::http::{HeaderMap, StatusCode, header};

use super::reply::Refusal;
use crate::cloudevents::binary::{self, Header, Mode};
use crate::connector::{Connector, Tail};
use crate::vendor::{self, Request};
use crate::work::cutter;

/// Parts of header names that are kept out of the queue: what they hold would let others send in the sender's name, or is about the way.
const LEFT_OUT: &[&str] = &["signature", "hmac", "auth", "token", "secret", "key", "forwarded", "real-ip", "cookie"];
/// Beginnings of header names that may say what a body is.
const KEPT: &[&str] = &["content-type", "date", "x-", "webhook-"];

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
    /// 415 for CloudEvents in another format than JSON. A message in binary mode that cannot be made is kept as it came and refused when it is
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
        let records = cut(connector, body).into_iter();
        if self != Self::Captured {
            return Ok(records.map(<[u8]>::to_vec).collect());
        }
        let headers = texts(headers);
        Ok(records.map(|record| captured(&headers, record)).collect())
    }
}

/// Names in lower case; values that are no text are left out.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &header::HeaderValue| std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned);
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect()
}

/// Cuts a body. What the connector cannot cut comes whole, to be refused when it is mapped.
fn cut<'b>(connector: &mut dyn Connector, body: &'b [u8]) -> Vec<&'b [u8]> {
    let Ok(begin) = connector.start(body, Tail::Final) else { return vec![body] };
    let content = &body[begin.unwrap_or_default().min(body.len())..];
    let cuts = cutter::cut(connector, content, Tail::Final, 1);
    let rest = Some(&content[cuts.consumed..]).filter(|rest| !connector.is_blank(rest));
    cuts.records.iter().map(|cut| &content[cut.start..cut.end]).chain(rest).collect()
}

/// True for a header that is kept with its record. Attributes of CloudEvents say what happened, `ce-partitionkey` too, and are no secrets.
fn is_kept(name: &str) -> bool {
    name.starts_with("ce-") || KEPT.iter().any(|begin| name.starts_with(begin)) && !LEFT_OUT.iter().any(|part| name.contains(part))
}

/// A record with the headers that its connector may need.
fn captured(headers: &[(String, String)], record: &[u8]) -> Vec<u8> {
    Request::capture(headers.iter().filter(|(name, _)| is_kept(name)), record)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{captured, cut, is_kept};
    use crate::CloudEvents;
    use crate::vendor::Request;

    #[test]
    fn a_batch_is_cut_into_its_elements_and_a_torn_rest_is_kept() {
        let cut_of = |body: &str| -> Vec<String> {
            let mut connector = CloudEvents::new();
            cut(&mut connector, body.as_bytes()).iter().map(|record| String::from_utf8_lossy(record).into_owned()).collect()
        };
        assert_eq!(cut_of(r#"[{"a":1}, {"b":2}]"#), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(cut_of("{\"a\":1}\n{\"b\":2}"), ["{\"a\":1}\n", "{\"b\":2}"]);
        assert_eq!(cut_of(r#"[{"a":1},{"b":"#), [r#"{"a":1}"#, r#"{"b":"#]);
        assert!(cut_of(" \n").is_empty());
    }

    #[test]
    fn a_captured_request_keeps_what_a_connector_needs_and_no_secret() {
        let headers: Vec<(String, String)> = [
            ("content-type", "application/json"),
            ("x-shopify-topic", "orders/create"),
            ("x-shopify-hmac-sha256", "AAAA"),
            ("authorization", "Bearer x"),
            ("x-forwarded-for", "10.0.0.1"),
            ("user-agent", "curl"),
            ("x-amz-firehose-access-key", "k3y"),
            ("x-survey-id", "SV_1"),
            ("date", "Mon, 05 Jan 2026 10:00:00 GMT"),
            ("ce-partitionkey", "c-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let record = captured(&headers, b"{\"id\":1}\n");
        let request = Request::of(&record).unwrap();
        assert_eq!((request.header("X-Shopify-Topic"), request.body()), (Some("orders/create"), "{\"id\":1}"));
        let kept = ["x-survey-id", "date", "ce-partitionkey"].map(|name| request.header(name).is_some());
        assert_eq!((kept, request.headers().count()), ([true; 3], 5), "{request:?}");
        assert!(!is_kept("x-shopify-hmac-sha256") && !is_kept("authorization") && !is_kept("x-forwarded-for") && !is_kept("x-api-key"));
        let form = captured(&headers, b"A=1&B=%22");
        assert_eq!(Request::of(&form).unwrap().body(), "A=1&B=%22");
        assert_eq!(captured(&headers, b"\xff"), b"\xff");
    }
}
