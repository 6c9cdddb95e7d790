//! Events on the wire: CloudEvents 1.0 structured JSON, one event, JSON Lines or a batch, in and out.
//!
//! Reading is one pass over the envelope and one over the payload's members. What must not reach a table in clear (customer
//! addresses) is replaced here, what facts need often is lifted into columns here, and nowhere else: connectors go through
//! [`push_draft`] as well.

mod array;
mod envelope;
mod payload;
mod personal;
mod push;
mod text;
mod write;

use crate::identity::CustomerSecret;
use crate::time::Timestamp;
use crate::vocabulary::PayloadError;

pub use array::read_batch;
pub use envelope::read_event;
pub use push::push_draft;
pub use write::write_event;

/// Prefix of our types on the wire.
const TYPE_PREFIX: &str = "org.trunkline.";

/// Extension by which an event that we wrote says that its addresses are keys already.
const KEYED: &str = "customerkeyed";

/// What the reader knows besides the event.
#[derive(Debug, Clone, Copy)]
pub struct WireContext<'a> {
    /// Connector's name, stored with the event.
    pub connector: &'a str,
    /// Journal the record came from.
    pub journal: &'a str,
    /// Byte offset of the record in its journal.
    pub journal_seq: i64,
    /// The moment of ingest: `recorded_at` of events that say none.
    pub now: Timestamp,
    /// Key for customer addresses.
    pub secret: &'a CustomerSecret,
    /// Source to store instead of the event's own.
    pub source_override: Option<&'a str>,
}

/// Why an event is refused. Codes: `bad_encoding, bad_json, duplicate_key, bad_envelope, bad_time, bad_payload`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// Stable code in snake case.
    pub code: &'static str,
    /// What is wrong, quoting the offending text.
    pub message: String,
}

impl WireError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<PayloadError> for WireError {
    fn from(error: PayloadError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// An event before validation, as a connector or the envelope reader makes it.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Event id.
    pub id: &'a str,
    /// Source.
    pub source: &'a str,
    /// Bare type name.
    pub kind: &'a str,
    /// Payload version.
    pub schema_version: i32,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When the source recorded it, if it says.
    pub recorded_at: Option<Timestamp>,
    /// What it belongs to.
    pub subject: Option<&'a str>,
    /// Payload as JSON text.
    pub data: &'a str,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
