//! Typed columns of one batch of events, and whom each row concerns.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use trunkline_events::{EventRow, Timestamp};

use crate::subject::{Hashes, Sort, Subject};

/// Columns a fold looks at, in the table's order. Case, connector and journal do not matter to it, [`SUBJECT`] seldom.
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

/// Names a self-service session of no contact where its payload does not; read where there are such sessions.
pub(crate) const SUBJECT: &str = "subject";

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

/// Columns of [`COLUMNS`], with the batch they are of.
#[derive(Debug)]
pub(crate) struct Columns {
    batch: RecordBatch,
    /// source, type, channel, direction, queue, agent_id.
    words: [Words; 6],
    event_id: StringViewArray,
    subject: Option<StringViewArray>,
    contact_id: StringViewArray,
    customer_key: StringViewArray,
    data: StringViewArray,
    occurred_at: TimestampMicrosecondArray,
    recorded_at: TimestampMicrosecondArray,
    schema_version: Int32Array,
}

impl Columns {
    /// `batch` has at least the columns of [`COLUMNS`].
    pub(crate) fn of(batch: RecordBatch) -> Result<Self, ArrowError> {
        let words = |name: &str| column(&batch, name).map(Words::of);
        let text = |name: &str| column(&batch, name).map(|column| column.as_string_view().clone());
        Ok(Self {
            words: [words("source")?, words("type")?, words("channel")?, words("direction")?, words("queue")?, words("agent_id")?],
            event_id: text("event_id")?,
            subject: text(SUBJECT).ok(),
            contact_id: text("contact_id")?,
            customer_key: text("customer_key")?,
            data: text("data")?,
            occurred_at: column(&batch, "occurred_at")?.as_primitive::<TimestampMicrosecondType>().clone(),
            recorded_at: column(&batch, "recorded_at")?.as_primitive::<TimestampMicrosecondType>().clone(),
            schema_version: column(&batch, "schema_version")?.as_primitive::<Int32Type>().clone(),
            batch,
        })
    }

    /// Only the rows flagged true, with no hold on the text of the others.
    pub(crate) fn only(&self, rows: &BooleanArray) -> Result<Self, ArrowError> {
        Self::of(let_go(filter_record_batch(&self.batch, rows)?)?)
    }

    pub(crate) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn row(&self, i: usize) -> EventRow<'_> {
        EventRow {
            event_id: self.event_id.value(i),
            source: self.words[0].get(i).unwrap_or_default(),
            kind: self.words[1].get(i).unwrap_or_default(),
            occurred_at: Timestamp::from_micros(self.occurred_at.value(i)),
            recorded_at: Timestamp::from_micros(self.recorded_at.value(i)),
            subject: self.subject.as_ref().and_then(|subject| text_at(subject, i)),
            contact_id: text_at(&self.contact_id, i),
            channel: self.words[2].get(i),
            direction: self.words[3].get(i),
            queue: self.words[4].get(i),
            agent_id: self.words[5].get(i),
            customer_key: text_at(&self.customer_key, i),
            case_id: None,
            connector: "",
            schema_version: self.schema_version.value(i),
            journal: "",
            journal_seq: 0,
            data: self.data.value(i),
        }
    }
}

/// The same rows with no hold on text of others, where they hold more than twice their own.
pub(crate) fn let_go(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let own = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(text) if held(text) > 2 * text.total_buffer_bytes_used() => Arc::new(text.gc()),
        _ => column.clone(),
    };
    RecordBatch::try_new(batch.schema(), batch.columns().iter().map(own).collect())
}

/// Bytes of text that an array keeps from being freed.
fn held(text: &StringViewArray) -> usize {
    text.data_buffers().iter().map(|buffer| buffer.capacity()).sum()
}

fn text_at(column: &StringViewArray, i: usize) -> Option<&str> {
    column.is_valid(i).then(|| column.value(i))
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, ArrowError> {
    batch.column_by_name(name).ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}` was read")))
}

/// Whom the rows of a batch concern. Neighbouring rows often concern the same one, whose hash is then made once.
#[derive(Debug)]
pub(crate) struct Keys<'b> {
    source: Words,
    kind: Words,
    contact: &'b StringViewArray,
    agent: Words,
    occurred_at: &'b TimestampMicrosecondArray,
    recorded_at: &'b TimestampMicrosecondArray,
    hashes: Hashes,
    /// What sort of subject each type has, by the number of the type in this batch.
    sorts: Vec<Sort>,
    /// Per agent: number of the source and hash made last.
    agents: Vec<(usize, u64)>,
}

impl<'b> Keys<'b> {
    /// `batch` has at least the columns of [`KEYS`].
    pub(crate) fn of(batch: &'b RecordBatch, hashes: &Hashes) -> Result<Self, ArrowError> {
        let (kind, agent) = (Words::of(column(batch, "type")?), Words::of(column(batch, "agent_id")?));
        Ok(Self {
            agents: vec![(usize::MAX, 0); agent.values.len()],
            sorts: (0..kind.values.len()).map(|i| Sort::of(kind.values.value(i))).collect(),
            source: Words::of(column(batch, "source")?),
            kind,
            contact: column(batch, "contact_id")?.as_string_view(),
            agent,
            occurred_at: column(batch, "occurred_at")?.as_primitive::<TimestampMicrosecondType>(),
            recorded_at: column(batch, "recorded_at")?.as_primitive::<TimestampMicrosecondType>(),
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
        let sort = self.kind.key(i).map_or(Sort::Other, |key| self.sorts[key]);
        let agent = self.agent.key(i);
        match (text_at(self.contact, i), agent) {
            (_, Some(agent)) if sort == Sort::AgentState => self.agent(i, agent),
            (Some(contact), _) => Subject::Contact(self.hashes.contact(self.source(i), contact)),
            (None, _) if sort == Sort::Session => Subject::Session,
            (None, Some(agent)) => self.agent(i, agent),
            (None, None) if sort == Sort::SourceStatus => Subject::Source,
            (None, None) => Subject::Nobody,
        }
    }

    fn agent(&mut self, i: usize, key: usize) -> Subject {
        let source = self.source_key(i);
        if self.agents[key].0 != source {
            self.agents[key] = (source, self.hashes.agent(self.source(i), self.agent.values.value(key)));
        }
        Subject::Agent(self.agents[key].1)
    }
}
