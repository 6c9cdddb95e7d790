//! Many events, column by column, in the memory layout of Arrow string arrays, so that storage can take the buffers
//! without copying while this crate stays free of Arrow.

use crate::row::EventRow;
use crate::time::Timestamp;

/// Batches of a stream are alike, but not the same: one part in so many is room to spare.
const ROOM_SHARE: usize = 16;

/// A text column: one buffer of bytes, offsets into it, and which rows are present.
#[derive(Debug, Clone)]
pub struct TextColumn {
    /// All values, one after the other.
    pub bytes: Vec<u8>,
    /// `rows + 1` offsets into `bytes`.
    pub offsets: Vec<i32>,
    /// One flag per row: false means NULL.
    pub present: Vec<bool>,
}

impl Default for TextColumn {
    fn default() -> Self {
        Self { bytes: Vec::new(), offsets: vec![0], present: Vec::new() }
    }
}

impl TextColumn {
    /// None, with room for as many values as another column holds, and some more.
    fn with_room_of(other: &Self) -> Self {
        let more = |n: usize| n + n / ROOM_SHARE;
        let mut offsets = Vec::with_capacity(more(other.offsets.len()));
        offsets.push(0);
        Self { bytes: Vec::with_capacity(more(other.bytes.len())), offsets, present: Vec::with_capacity(more(other.present.len())) }
    }

    /// Appends a value or NULL.
    #[inline]
    pub fn push(&mut self, value: Option<&str>) {
        if let Some(text) = value {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.offsets.push(self.bytes.len() as i32);
        self.present.push(value.is_some());
    }

    /// The value of row `i`; NULL and invalid UTF-8 (which `push` cannot make) are `None`.
    #[inline]
    #[must_use]
    pub fn get(&self, i: usize) -> Option<&str> {
        std::str::from_utf8(self.bytes_at(i)?).ok()
    }

    /// The bytes of row `i`, without asking whether they are UTF-8; `None` for NULL.
    #[inline]
    #[must_use]
    pub fn bytes_at(&self, i: usize) -> Option<&[u8]> {
        self.present[i].then(|| &self.bytes[self.offsets[i] as usize..self.offsets[i + 1] as usize])
    }
}

macro_rules! event_batch {
    ($($(#[$doc:meta])* $name:ident),*) => {
        /// A batch of events. Rows keep the order in which they were pushed.
        #[derive(Debug, Clone, Default)]
        pub struct EventBatch {
            $($(#[$doc])* pub $name: TextColumn,)*
            /// Microseconds since the Unix epoch.
            pub occurred_at: Vec<i64>,
            /// Microseconds since the Unix epoch.
            pub recorded_at: Vec<i64>,
            /// Payload schema version.
            pub schema_version: Vec<i32>,
            /// Position in the journal.
            pub journal_seq: Vec<i64>,
        }

        impl EventBatch {
            /// An empty batch with room for about as many events as another one holds.
            #[must_use]
            pub fn with_room_of(other: &Self) -> Self {
                let events = other.len() + other.len() / ROOM_SHARE;
                Self {
                    $($name: TextColumn::with_room_of(&other.$name),)*
                    occurred_at: Vec::with_capacity(events),
                    recorded_at: Vec::with_capacity(events),
                    schema_version: Vec::with_capacity(events),
                    journal_seq: Vec::with_capacity(events),
                }
            }
        }
    };
}

event_batch!(
    /// See [`EventRow::event_id`].
    event_id,
    /// See [`EventRow::source`].
    source,
    /// See [`EventRow::kind`].
    kind,
    /// See [`EventRow::subject`].
    subject,
    /// See [`EventRow::contact_id`].
    contact_id,
    /// See [`EventRow::channel`].
    channel,
    /// See [`EventRow::direction`].
    direction,
    /// See [`EventRow::queue`].
    queue,
    /// See [`EventRow::agent_id`].
    agent_id,
    /// See [`EventRow::customer_key`].
    customer_key,
    /// See [`EventRow::case_id`].
    case_id,
    /// See [`EventRow::connector`].
    connector,
    /// See [`EventRow::journal`].
    journal,
    /// See [`EventRow::data`].
    data
);

impl EventBatch {
    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.occurred_at.len()
    }

    /// True when there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.occurred_at.is_empty()
    }

    /// Bytes of text held; batches are cut well below the 2 GiB that 32-bit offsets allow.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.data.bytes.len() + self.event_id.bytes.len() + self.subject.bytes.len()
    }

    /// Appends one event.
    pub fn push(&mut self, row: &EventRow<'_>) {
        self.event_id.push(Some(row.event_id));
        self.source.push(Some(row.source));
        self.kind.push(Some(row.kind));
        self.subject.push(row.subject);
        self.contact_id.push(row.contact_id);
        self.channel.push(row.channel);
        self.direction.push(row.direction);
        self.queue.push(row.queue);
        self.agent_id.push(row.agent_id);
        self.customer_key.push(row.customer_key);
        self.case_id.push(row.case_id);
        self.connector.push(Some(row.connector));
        self.journal.push(Some(row.journal));
        self.data.push(Some(row.data));
        self.occurred_at.push(row.occurred_at.micros());
        self.recorded_at.push(row.recorded_at.micros());
        self.schema_version.push(row.schema_version);
        self.journal_seq.push(row.journal_seq);
    }

    /// Event `i`. Panics when `i` is out of range, like slice indexing.
    #[must_use]
    pub fn row(&self, i: usize) -> EventRow<'_> {
        EventRow {
            event_id: self.event_id.get(i).unwrap_or_default(),
            source: self.source.get(i).unwrap_or_default(),
            kind: self.kind.get(i).unwrap_or_default(),
            occurred_at: Timestamp::from_micros(self.occurred_at[i]),
            recorded_at: Timestamp::from_micros(self.recorded_at[i]),
            subject: self.subject.get(i),
            contact_id: self.contact_id.get(i),
            channel: self.channel.get(i),
            direction: self.direction.get(i),
            queue: self.queue.get(i),
            agent_id: self.agent_id.get(i),
            customer_key: self.customer_key.get(i),
            case_id: self.case_id.get(i),
            connector: self.connector.get(i).unwrap_or_default(),
            schema_version: self.schema_version[i],
            journal: self.journal.get(i).unwrap_or_default(),
            journal_seq: self.journal_seq[i],
            data: self.data.get(i).unwrap_or_default(),
        }
    }

    /// All events in order.
    pub fn rows(&self) -> impl Iterator<Item = EventRow<'_>> {
        (0..self.len()).map(|i| self.row(i))
    }
}
