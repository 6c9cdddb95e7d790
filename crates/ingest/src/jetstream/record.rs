//! What of a message is kept: the headers that a connector may need, and what vouches for it.

use async_nats::HeaderMap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Beginnings of header names that belong to the broker.
const BROKER: &[&str] = &["nats-", "status", "description"];

/// Headers in lower case, without the broker's own; empty where there are none.
pub(super) fn headers(headers: Option<&HeaderMap>) -> Vec<(String, String)> {
    let Some(headers) = headers.filter(|headers| !headers.is_empty()) else { return Vec::new() };
    let mut kept: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, values)| Some((name.to_string().to_ascii_lowercase(), values.first()?.as_str().to_owned())))
        .filter(|(name, _)| !BROKER.iter().any(|begin| name.starts_with(begin)))
        .collect();
    kept.sort();
    kept
}

/// What vouches for a message: a hash over its payload and its publishing time, 63 bits.
pub(super) fn mark(payload: &[u8], published_nanos: i128) -> i64 {
    let seed = u64::try_from(published_nanos.rem_euclid(1 << 63)).unwrap_or_default();
    (xxh3_64_with_seed(payload, seed) & (u64::MAX >> 1)) as i64
}

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;

    use super::{headers, mark};

    #[test]
    fn headers_of_the_publisher_are_kept_those_of_the_broker_are_not() {
        let mut map = HeaderMap::new();
        map.insert("X-Shopify-Topic", "orders/create");
        map.insert("Nats-Msg-Id", "7");
        assert_eq!(headers(Some(&map)), [("x-shopify-topic".to_owned(), "orders/create".to_owned())]);
        assert!(headers(None).is_empty());
    }

    #[test]
    fn a_message_is_told_from_another_one_of_the_same_text() {
        assert_eq!(mark(b"a", 5), mark(b"a", 5));
        assert_ne!(mark(b"a", 5), mark(b"a", 6));
        assert_ne!(mark(b"a", 5), mark(b"b", 5));
    }
}
