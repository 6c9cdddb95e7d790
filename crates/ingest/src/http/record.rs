//! A body to the records that are queued: cut as a file would be, each with the headers that its connector may need.

use crate::connector::{Connector, Tail};
use crate::vendor::Request;
use crate::work::cutter;

/// Parts of header names that are kept out of the queue: what they hold would let others send in the sender's name, or is about the way.
const LEFT_OUT: &[&str] = &["signature", "hmac", "auth", "token", "secret", "key", "forwarded", "real-ip", "cookie"];
/// Beginnings of header names that may say what a body is.
const KEPT: &[&str] = &["content-type", "date", "x-", "ce-", "webhook-"];

/// Cuts a body. What the connector cannot cut comes whole, to be refused when it is mapped.
pub(super) fn cut<'b>(connector: &mut dyn Connector, body: &'b [u8]) -> Vec<&'b [u8]> {
    let Ok(begin) = connector.start(body, Tail::Final) else { return vec![body] };
    let content = &body[begin.unwrap_or_default().min(body.len())..];
    let cuts = cutter::cut(connector, content, Tail::Final, 1);
    let rest = Some(&content[cuts.consumed..]).filter(|rest| !connector.is_blank(rest));
    cuts.records.iter().map(|cut| &content[cut.start..cut.end]).chain(rest).collect()
}

/// True for a header that is kept with its record.
pub(super) fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|begin| name.starts_with(begin)) && !LEFT_OUT.iter().any(|part| name.contains(part))
}

/// A record with the headers that its connector may need.
pub(super) fn captured(headers: &[(String, String)], record: &[u8]) -> Vec<u8> {
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
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let record = captured(&headers, b"{\"id\":1}\n");
        let request = Request::of(&record).unwrap();
        assert_eq!((request.header("X-Shopify-Topic"), request.body()), (Some("orders/create"), "{\"id\":1}"));
        assert!(!is_kept("x-shopify-hmac-sha256") && !is_kept("authorization") && !is_kept("x-forwarded-for") && !is_kept("x-api-key"));
        let form = captured(&headers, b"A=1&B=%22");
        assert_eq!(Request::of(&form).unwrap().body(), "A=1&B=%22");
        assert_eq!(captured(&headers, b"\xff"), b"\xff");
    }
}
