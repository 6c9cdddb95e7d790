//! What a vendor sent: a body, and the headers it came with where they were kept.
//!
//! A captured request is a JSON object of exactly two members: `headers` (an object of text) and `body` (the JSON document itself, or the
//! body as text). Anything else is a bare body.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::connector::Reject;

/// A body and its headers.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    headers: Vec<(String, String)>,
    body: Cow<'a, str>,
}

/// The members of a captured request.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Captured<'a> {
    headers: std::collections::BTreeMap<String, String>,
    #[serde(borrow)]
    body: &'a RawValue,
}

impl<'a> Request<'a> {
    /// Reads a record.
    ///
    /// # Errors
    /// `bad_encoding` for bytes that are not UTF-8.
    pub fn of(record: &'a [u8]) -> Result<Self, Reject> {
        let text = std::str::from_utf8(record).map_err(|cause| Reject::new("bad_encoding", format!("not UTF-8: {cause}")))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii();
        let Ok(captured) = serde_json::from_str::<Captured<'a>>(text) else {
            return Ok(Self { headers: Vec::new(), body: Cow::Borrowed(text) });
        };
        let body = match serde_json::from_str::<String>(captured.body.get()) {
            Ok(text) => Cow::Owned(text),
            Err(_) => Cow::Borrowed(captured.body.get()),
        };
        Ok(Self { headers: captured.headers.into_iter().collect(), body })
    }

    /// A record as a captured request, for [`Self::of`]. One that is no text stays as it is, to be refused there.
    pub(crate) fn capture<'h>(headers: impl Iterator<Item = &'h (String, String)>, record: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(record) else { return record.to_vec() };
        let kept: serde_json::Map<String, Value> = headers.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
        let body = if is_json { text.trim().to_owned() } else { Value::from(text).to_string() };
        format!("{{\"headers\":{},\"body\":{body}}}", Value::Object(kept)).into_bytes()
    }

    /// The header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Names and values of the headers.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body as text.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The body as a JSON document. Names that occur twice are refused by nobody here: vendors' serialisers do not write them.
    ///
    /// # Errors
    /// `bad_json` with line and column.
    pub fn json(&self) -> Result<Value, Reject> {
        serde_json::from_str(&self.body).map_err(|cause| Reject::new("bad_json", cause.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Request;

    #[test]
    fn a_captured_request_gives_headers_and_body() {
        let request = Request::of(br#"{"headers":{"X-Topic":"orders/create"},"body":{"id":1}}"#).unwrap();
        assert_eq!((request.header("x-topic"), request.body()), (Some("orders/create"), r#"{"id":1}"#));
        let form = Request::of(br#"{"headers":{},"body":"A=1&B=2"}"#).unwrap();
        assert_eq!(form.body(), "A=1&B=2");
    }

    #[test]
    fn everything_else_is_a_bare_body() {
        let with_more = br#" {"headers":{"a":"b"},"body":{},"id":7} "#;
        assert_eq!(Request::of(with_more).unwrap().body(), r#"{"headers":{"a":"b"},"body":{},"id":7}"#);
        assert!(Request::of(b"\xff").is_err());
        assert_eq!(Request::of(b"{").unwrap().json().unwrap_err().code, "bad_json");
    }
}
