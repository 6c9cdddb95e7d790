//! One event as it is stored: the columns of the `events` table, borrowed.

use crate::time::Timestamp;

/// One row of the `events` table. Text is borrowed so that reading and folding allocate nothing per event.
///
/// `data` is the payload as JSON text, an object for every known type. Fields that the payload repeats (`contact_id`,
/// `queue`, `agent_id`, `channel`, `direction`, `case_id`) are lifted into columns at ingest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRow<'a> {
    /// CloudEvents `id`; with `source` it identifies the event for ever.
    pub event_id: &'a str,
    /// CloudEvents `source`, the connector instance.
    pub source: &'a str,
    /// Bare type name without prefix and version, for example `queue.entered`; foreign types keep their full name.
    pub kind: &'a str,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it became known: `recordedtime` if the source says it, else the moment of ingest.
    pub recorded_at: Timestamp,
    /// What the event belongs to: contact, agent, case, ...
    pub subject: Option<&'a str>,
    /// The contact the event belongs to, if any.
    pub contact_id: Option<&'a str>,
    /// Channel word of the vocabulary (`voice`, `chat`, `messaging`, `email`, `task`, `video`, `social`, `callback`).
    pub channel: Option<&'a str>,
    /// `inbound`, `outbound` or `internal`.
    pub direction: Option<&'a str>,
    /// Queue name.
    pub queue: Option<&'a str>,
    /// Agent.
    pub agent_id: Option<&'a str>,
    /// Keyed hash of the customer's address or id; never the address itself.
    pub customer_key: Option<&'a str>,
    /// Case or ticket.
    pub case_id: Option<&'a str>,
    /// Connector that mapped the record, for example `asterisk`.
    pub connector: &'a str,
    /// Version of the type's payload schema, 1 for unversioned types.
    pub schema_version: i32,
    /// Journal the record came from (for a file: its content identity).
    pub journal: &'a str,
    /// Position in the journal: byte offset of the record's first byte in a (decompressed) file.
    pub journal_seq: i64,
    /// Payload, JSON text. The source's own order for equal times (CloudEvents `sequence`), if any, is the member `_seq`, put in
    /// by [`crate::wire`] and by connectors whose files are ordered.
    pub data: &'a str,
}

impl Default for EventRow<'_> {
    /// Names empty, instants the Unix epoch, an empty payload of version 1, everything else absent: a row to be filled in.
    fn default() -> Self {
        let epoch = Timestamp::from_micros(0);
        Self {
            event_id: "",
            source: "",
            kind: "",
            occurred_at: epoch,
            recorded_at: epoch,
            subject: None,
            contact_id: None,
            channel: None,
            direction: None,
            queue: None,
            agent_id: None,
            customer_key: None,
            case_id: None,
            connector: "",
            schema_version: 1,
            journal: "",
            journal_seq: 0,
            data: "{}",
        }
    }
}

impl EventRow<'_> {
    /// The `event_date` partition: the UTC day of `occurred_at`, in days since 1970-01-01.
    #[must_use]
    pub const fn event_date(&self) -> i32 {
        self.occurred_at.utc_day()
    }
}
