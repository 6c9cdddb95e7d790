//! Typed columns of one batch of events, and whom each row concerns.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use trunkline_events::{EventRow, Timestamp};

use crate::subject::{Hashes, Subject};

/// Columns a fold looks at, in the table's order. Subject, case, connector and journal do not matter to it.
pub(crate) const COLUMNS: &[&str] = &[
    "event_id",
    "source",
    "type",
    "occurred_at",
    "recorded_at",
    "contact_id",
    "channel",
    "direction",
    "queue",
    "agent_id",
    "customer_key",
    "schema_version",
    "data",
];

/// Columns that say whom an event concerns and when it happened, in the table's order.
pub(crate) const KEYS: &[&str] = &["source", "type", "occurred_at", "recorded_at", "contact_id", "agent_id"];

/// Text as numbers of values.
#[derive(Debug)]
pub(crate) struct Words {
    keys: Int32Array,
    values: StringArray,
}

impl Words {
    pub(crate) fn of(column: &ArrayRef) -> Self {
        let words = column.as_dictionary::<Int32Type>();
        Self { keys: words.keys().clone(), values: words.values().as_string::<i32>().clone() }
    }

    /// Number of the value of row `i`.
    fn key(&self, i: usize) -> Option<usize> {
        self.keys.is_valid(i).then(|| self.keys.value(i) as usize)
    }

    pub(crate) fn get(&self, i: usize) -> Option<&str> {
        self.key(i).map(|key| self.values.value(key))
    }
}

/// Columns of [`COLUMNS`].
#[derive(Debug)]
pub(crate) struct Columns {
    words: [Words; 8],
    event_id: StringViewArray,
    data: StringViewArray,
    occurred_at: TimestampMicrosecondArray,
    recorded_at: TimestampMicrosecondArray,
    schema_version: Int32Array,
}

impl Columns {
    pub(crate) fn of(batch: &RecordBatch) -> Self {
        Self {
            words: [1, 2, 5, 6, 7, 8, 9, 10].map(|i| Words::of(batch.column(i))),
            event_id: batch.column(0).as_string_view().clone(),
            data: batch.column(12).as_string_view().clone(),
            occurred_at: batch.column(3).as_primitive::<TimestampMicrosecondType>().clone(),
            recorded_at: batch.column(4).as_primitive::<TimestampMicrosecondType>().clone(),
            schema_version: batch.column(11).as_primitive::<Int32Type>().clone(),
        }
    }

    /// Lets go of the text of rows that were filtered out.
    pub(crate) fn compact(self) -> Self {
        Self { event_id: self.event_id.gc(), data: self.data.gc(), ..self }
    }

    pub(crate) fn row(&self, i: usize) -> EventRow<'_> {
        EventRow {
            event_id: self.event_id.value(i),
            source: self.words[0].get(i).unwrap_or_default(),
            kind: self.words[1].get(i).unwrap_or_default(),
            occurred_at: Timestamp::from_micros(self.occurred_at.value(i)),
            recorded_at: Timestamp::from_micros(self.recorded_at.value(i)),
            subject: None,
            contact_id: self.words[2].get(i),
            channel: self.words[3].get(i),
            direction: self.words[4].get(i),
            queue: self.words[5].get(i),
            agent_id: self.words[6].get(i),
            customer_key: self.words[7].get(i),
            case_id: None,
            connector: "",
            schema_version: self.schema_version.value(i),
            journal: "",
            journal_seq: 0,
            data: self.data.value(i),
        }
    }
}

/// Whom the rows of a batch concern. A hash is made once per value, not per row.
#[derive(Debug)]
pub(crate) struct Keys {
    source: Words,
    kind: Words,
    contact: Words,
    agent: Words,
    occurred_at: TimestampMicrosecondArray,
    recorded_at: TimestampMicrosecondArray,
    hashes: Hashes,
    /// Per contact and per agent: number of the source and hash made last.
    contacts: Vec<(usize, u64)>,
    agents: Vec<(usize, u64)>,
}

impl Keys {
    /// `batch` has at least the columns of [`KEYS`].
    pub(crate) fn of(batch: &RecordBatch, hashes: &Hashes) -> Result<Self, arrow::error::ArrowError> {
        let column = |name: &str| {
            batch.column_by_name(name).ok_or_else(|| arrow::error::ArrowError::SchemaError(format!("no column `{name}` was read")))
        };
        let (contact, agent) = (Words::of(column("contact_id")?), Words::of(column("agent_id")?));
        Ok(Self {
            contacts: vec![(usize::MAX, 0); contact.values.len()],
            agents: vec![(usize::MAX, 0); agent.values.len()],
            source: Words::of(column("source")?),
            kind: Words::of(column("type")?),
            contact,
            agent,
            occurred_at: column("occurred_at")?.as_primitive::<TimestampMicrosecondType>().clone(),
            recorded_at: column("recorded_at")?.as_primitive::<TimestampMicrosecondType>().clone(),
            hashes: hashes.clone(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.occurred_at.len()
    }

    pub(crate) fn source(&self, i: usize) -> &str {
        self.source.get(i).unwrap_or_default()
    }

    /// Number of the source's name in this batch.
    pub(crate) fn source_key(&self, i: usize) -> usize {
        self.source.key(i).unwrap_or(usize::MAX)
    }

    pub(crate) fn occurred_at(&self, i: usize) -> i64 {
        self.occurred_at.value(i)
    }

    pub(crate) fn recorded_at(&self, i: usize) -> i64 {
        self.recorded_at.value(i)
    }

    pub(crate) fn subject(&mut self, i: usize) -> Subject {
        let source = self.source_key(i);
        let (contact, agent) = (self.contact.key(i), self.agent.key(i));
        match Hashes::kind(self.kind.get(i).unwrap_or_default(), contact.is_some(), agent.is_some()) {
            Subject::Contact(_) => {
                let key = contact.unwrap_or_default();
                if self.contacts[key].0 != source {
                    self.contacts[key] = (source, self.hashes.contact(self.source(i), self.contact.values.value(key)));
                }
                Subject::Contact(self.contacts[key].1)
            }
            Subject::Agent(_) => {
                let key = agent.unwrap_or_default();
                if self.agents[key].0 != source {
                    self.agents[key] = (source, self.hashes.agent(self.source(i), self.agent.values.value(key)));
                }
                Subject::Agent(self.agents[key].1)
            }
            other => other,
        }
    }
}
