//! Keys: the 128-bit key of an event for deduplication, its content hash, deterministic ids, and keyed customer hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::row::EventRow;

/// The key by which duplicates are found: 128 bits over `source` and `event_id`, length-prefixed.
#[must_use]
pub fn event_key(source: &str, event_id: &str) -> u128 {
    event_key_of(source.as_bytes(), event_id.as_bytes())
}

/// [`event_key`] of texts as they lie in a column.
#[must_use]
pub fn event_key_of(source: &[u8], event_id: &[u8]) -> u128 {
    let mut buffer = [0_u8; 256];
    let need = 8 + source.len() + event_id.len();
    if need <= buffer.len() {
        buffer[..8].copy_from_slice(&(source.len() as u64).to_le_bytes());
        buffer[8..8 + source.len()].copy_from_slice(source);
        buffer[8 + source.len()..need].copy_from_slice(event_id);
        return xxh3_128(&buffer[..need]);
    }
    let mut long = Vec::with_capacity(need);
    long.extend_from_slice(&(source.len() as u64).to_le_bytes());
    long.extend_from_slice(source);
    long.extend_from_slice(event_id);
    xxh3_128(&long)
}

/// What an event says, as it lies in columns: what [`content_hash`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// Type.
    pub kind: &'a [u8],
    /// Subject, if any.
    pub subject: Option<&'a [u8]>,
    /// Payload, as stored: without the customer id that is in the column.
    pub data: &'a [u8],
    /// Key of the customer, if any.
    pub customer_key: Option<&'a [u8]>,
    /// Version of the payload.
    pub schema_version: i32,
    /// Microseconds since the Unix epoch.
    pub occurred_at: i64,
}

impl Content<'_> {
    /// [`content_hash`]. `scratch` is overwritten; passing the same one again and again saves its allocation.
    #[must_use]
    pub fn hash(&self, scratch: &mut Vec<u8>) -> u64 {
        scratch.clear();
        for text in [self.kind, self.subject.unwrap_or(b"\0"), self.data] {
            scratch.extend_from_slice(&(text.len() as u64).to_le_bytes());
            scratch.extend_from_slice(text);
        }
        scratch.extend_from_slice(&self.schema_version.to_le_bytes());
        scratch.extend_from_slice(&self.occurred_at.to_le_bytes());
        scratch.extend_from_slice(self.customer_key.unwrap_or_default());
        xxh3_64(scratch)
    }
}

/// Hash of what an event says (type, version, time, subject, customer, payload), not of how it reached us: two events with one key and
/// different content hashes are an `id_conflict`.
#[must_use]
pub fn content_hash(row: &EventRow<'_>) -> u64 {
    let content = Content {
        kind: row.kind.as_bytes(),
        subject: row.subject.map(str::as_bytes),
        data: row.data.as_bytes(),
        customer_key: row.customer_key.map(str::as_bytes),
        schema_version: row.schema_version,
        occurred_at: row.occurred_at.micros(),
    };
    content.hash(&mut Vec::new())
}

/// A deterministic event id: the first 32 hex digits of SHA-256 over the length-prefixed parts (canonical vocabulary, section 1).
#[must_use]
pub fn derived_id(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize()[..16])
}

/// The secret that turns customer addresses into keys. Never printed.
#[derive(Clone)]
pub struct CustomerSecret(Vec<u8>);

impl std::fmt::Debug for CustomerSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerSecret(…)")
    }
}

impl CustomerSecret {
    /// Wraps the secret's bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Keyed hash (HMAC-SHA-256, first 32 hex digits) of an address or customer id. Blank text has no key (`None`).
    #[must_use]
    pub fn customer_key(&self, address: &str) -> Option<String> {
        let address = address.trim();
        if address.is_empty() {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(address.as_bytes());
        Some(hex(&mac.finalize().into_bytes()[..16]))
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[(byte >> 4) as usize] as char);
        out.push(DIGITS[(byte & 15) as usize] as char);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Content, CustomerSecret, derived_id, event_key};

    #[test]
    fn the_boundary_between_source_and_id_matters() {
        assert_ne!(event_key("ab", "c"), event_key("a", "bc"));
        assert_ne!(derived_id(&["ab", "c"]), derived_id(&["a", "bc"]));
    }

    #[test]
    fn content_is_everything_an_event_says() {
        let whole = Content { kind: b"k", subject: Some(b"s"), data: b"{}", customer_key: Some(b"c"), schema_version: 1, occurred_at: 2 };
        let mut scratch = Vec::new();
        let hash = whole.hash(&mut scratch);
        assert_eq!(whole.hash(&mut scratch), hash, "the scratch space does not matter");
        for other in [
            Content { kind: b"", ..whole },
            Content { subject: None, ..whole },
            Content { subject: Some(b""), ..whole },
            Content { data: b"{ }", ..whole },
            Content { customer_key: None, ..whole },
            Content { customer_key: Some(b"d"), ..whole },
            Content { schema_version: 2, ..whole },
            Content { occurred_at: 3, ..whole },
        ] {
            assert_ne!(other.hash(&mut scratch), hash, "{other:?}");
        }
    }

    #[test]
    fn customer_key_depends_on_the_secret_and_blank_has_none() {
        let (a, b) = (CustomerSecret::new("one"), CustomerSecret::new("two"));
        assert_ne!(a.customer_key("+34600111222"), b.customer_key("+34600111222"));
        assert_eq!(a.customer_key(" +34600111222 "), a.customer_key("+34600111222"));
        assert_eq!(a.customer_key("  "), None);
    }
}
