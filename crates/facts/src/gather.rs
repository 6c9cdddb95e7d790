//! Collecting the events to fold: Arrow batches as read, and lists of (hash, batch, row) that sort into groups.

use arrow::array::{Array, AsArray, BooleanArray, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use hashbrown::HashMap;
use trunkline_events::{EventRow, Timestamp};
use trunkline_storage::{DataFile, Lake};

use crate::error::FactsError;
use crate::subject::{Hashes, Subject, Touched};

/// Columns a fold may look at, in the table's order.
const COLUMNS: &[&str] = &[
    "event_id",
    "source",
    "type",
    "occurred_at",
    "recorded_at",
    "subject",
    "contact_id",
    "channel",
    "direction",
    "queue",
    "agent_id",
    "customer_key",
    "case_id",
    "connector",
    "schema_version",
    "journal",
    "journal_seq",
    "data",
];

/// Where an event is: batch and row.
pub(crate) type At = (u32, u32);

/// Typed columns of one batch.
#[derive(Debug)]
pub(crate) struct Columns {
    texts: [StringArray; 14],
    occurred_at: TimestampMicrosecondArray,
    recorded_at: TimestampMicrosecondArray,
    schema_version: Int32Array,
    journal_seq: Int64Array,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Self {
        let text = |i: usize| batch.column(i).as_string::<i32>().clone();
        Self {
            texts: [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17].map(text),
            occurred_at: batch.column(3).as_primitive::<TimestampMicrosecondType>().clone(),
            recorded_at: batch.column(4).as_primitive::<TimestampMicrosecondType>().clone(),
            schema_version: batch.column(14).as_primitive::<Int32Type>().clone(),
            journal_seq: batch.column(16).as_primitive::<Int64Type>().clone(),
        }
    }

    fn text(&self, column: usize, i: usize) -> Option<&str> {
        let array = &self.texts[column];
        array.is_valid(i).then(|| array.value(i))
    }

    fn row(&self, i: usize) -> EventRow<'_> {
        let must = |column: usize| self.text(column, i).unwrap_or_default();
        EventRow {
            event_id: must(0),
            source: must(1),
            kind: must(2),
            occurred_at: Timestamp::from_micros(self.occurred_at.value(i)),
            recorded_at: Timestamp::from_micros(self.recorded_at.value(i)),
            subject: self.text(3, i),
            contact_id: self.text(4, i),
            channel: self.text(5, i),
            direction: self.text(6, i),
            queue: self.text(7, i),
            agent_id: self.text(8, i),
            customer_key: self.text(9, i),
            case_id: self.text(10, i),
            connector: must(11),
            schema_version: self.schema_version.value(i),
            journal: must(12),
            journal_seq: self.journal_seq.value(i),
            data: must(13),
        }
    }
}

/// Which events to collect.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) touched: &'a Touched,
    /// Of how many passes this is which: subjects are dealt out by hash.
    pub(crate) passes: u64,
    pub(crate) pass: u64,
    /// Only events recorded up to this instant.
    pub(crate) as_of: Option<Timestamp>,
}

/// Events of one pass.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    batches: Vec<Columns>,
    pub(crate) contacts: Vec<(u64, At)>,
    pub(crate) agents: Vec<(u64, At)>,
    /// Events for every agent of a source.
    pub(crate) sources: HashMap<String, Vec<At>>,
}

impl Gathered {
    pub(crate) fn row(&self, at: At) -> EventRow<'_> {
        self.batches[at.0 as usize].row(at.1 as usize)
    }

    pub(crate) fn events(&self) -> u64 {
        (self.contacts.len() + self.agents.len()) as u64
    }

    /// Reads one file of the log. Blocking.
    pub(crate) fn read(&mut self, lake: &Lake, file: &DataFile, hashes: &Hashes, wanted: &Wanted<'_>) -> Result<(), FactsError> {
        lake.read_file(file, COLUMNS, |batch| {
            self.take(&batch, hashes, wanted)?;
            Ok(())
        })?;
        Ok(())
    }

    fn take(&mut self, batch: &RecordBatch, hashes: &Hashes, wanted: &Wanted<'_>) -> Result<(), arrow::error::ArrowError> {
        let columns = Columns::of(batch);
        let number = self.batches.len() as u32;
        let mut keep = vec![false; batch.num_rows()];
        let mut kept = 0_u32;
        for (i, keep) in keep.iter_mut().enumerate() {
            if wanted.as_of.is_some_and(|limit| columns.recorded_at.value(i) > limit.micros()) {
                continue;
            }
            let source = columns.text(1, i).unwrap_or_default();
            let subject = hashes.subject(source, columns.text(2, i).unwrap_or_default(), columns.text(4, i), columns.text(8, i));
            let at = (number, kept);
            let mine = |hash: u64| hash % wanted.passes == wanted.pass;
            match subject {
                Subject::Contact(hash) if mine(hash) && wanted.touched.has_contact(hash) => self.contacts.push((hash, at)),
                Subject::Agent(hash) if mine(hash) && wanted.touched.has_agent(hash, source) => self.agents.push((hash, at)),
                Subject::Source => self.sources.entry_ref(source).or_default().push(at),
                _ => continue,
            }
            *keep = true;
            kept += 1;
        }
        if kept as usize == batch.num_rows() {
            self.batches.push(columns);
        } else if kept > 0 {
            self.batches.push(Columns::of(&filter_record_batch(batch, &BooleanArray::from(keep))?));
        }
        Ok(())
    }
}

/// Raises the watermark of a source.
pub(crate) fn raise(watermarks: &mut HashMap<String, i64>, source: &str, at: i64) {
    let mark = watermarks.entry_ref(source).or_insert(at);
    *mark = (*mark).max(at);
}
