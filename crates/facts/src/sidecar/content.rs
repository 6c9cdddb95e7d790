//! What is kept of a file: whom its rows concern, how far its sources have come, when its open rows end, and the events of agents.

use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use hashbrown::HashSet;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use trunkline_storage::StorageError;

use crate::error::FactsError;
use crate::owner::{Owner, Owners};
use crate::subject::{Hashes, Touched};
use crate::watermark::{Watermarks, raise};

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sidecar {
    /// Hashes of contacts, sorted.
    pub(crate) contacts: Vec<u64>,
    /// Hashes of agents, sorted.
    pub(crate) agents: Vec<u64>,
    /// Sources of which something is told as a whole, sorted.
    pub(crate) sources: Vec<String>,
    /// Some of the contacts are self-service sessions of no contact.
    pub(crate) has_sessions: bool,
    /// Per source: latest `occurred_at` of events.
    pub(crate) watermarks: Vec<(String, i64)>,
    /// Per source: earliest `ended_at` among rows that have one and are not final.
    pub(crate) open: Vec<(String, i64)>,
    /// Number of events of agents and of sources as a whole.
    pub(crate) agent_event_count: u64,
    /// Events of agents and of sources as a whole, as Parquet: few, but spread over the whole log.
    pub(crate) agent_events: Bytes,
}

impl Sidecar {
    pub(crate) fn has_contact(&self, touched: &Touched) -> bool {
        touched.everybody || meets(&self.contacts, &touched.contacts)
    }

    /// Whether the file holds events that the fold of somebody touched, who is an agent, must see.
    pub(crate) fn has_agent(&self, touched: &Touched) -> bool {
        let is_any_touched = !touched.agents.is_empty() || !touched.sources.is_empty();
        let is_told_of_all = is_any_touched && !self.sources.is_empty();
        touched.everybody
            || is_told_of_all
            || (!touched.sources.is_empty() && !self.agents.is_empty())
            || meets(&self.agents, &touched.agents)
    }

    /// Whether a fact file may hold a row of somebody touched.
    pub(crate) fn has_subject(&self, touched: &Touched) -> bool {
        let by_source = !touched.sources.is_empty() && !self.agents.is_empty();
        self.has_contact(touched) || by_source || meets(&self.agents, &touched.agents)
    }
}

fn meets(sorted: &[u64], set: &HashSet<u64>) -> bool {
    if set.len() * 16 < sorted.len() {
        set.iter().any(|hash| sorted.binary_search(hash).is_ok())
    } else {
        sorted.iter().any(|hash| set.contains(hash))
    }
}

/// Finds out what a [`Sidecar`] says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Builder {
    pub(crate) contacts: HashSet<u64>,
    pub(crate) agents: HashSet<u64>,
    pub(crate) sources: HashSet<String>,
    pub(crate) has_sessions: bool,
    pub(crate) watermarks: Watermarks,
    pub(crate) agent_event_count: u64,
    /// Negated instants, so that the earliest is the highest mark.
    open: Watermarks,
    agent_events: Vec<RecordBatch>,
}

impl Builder {
    /// The same, with the events of agents and of sources as a whole.
    pub(crate) fn with_agent_events(&self, batches: Vec<RecordBatch>) -> Self {
        Self { agent_events: batches, ..self.clone() }
    }

    /// Takes note of rows of a fact table.
    pub(crate) fn take_facts(&mut self, table: &str, rows: &RecordBatch) -> Result<(), ArrowError> {
        let (hashes, has_end) = (Hashes::new(), crate::keep::RIPENING.contains(&table));
        let owners = Owners::of(rows);
        let ends = rows.column_by_name("ended_at").filter(|_| has_end).map(|ends| ends.as_primitive::<TimestampMicrosecondType>());
        let finals = rows.column_by_name("is_final").and_then(|finals| finals.as_boolean_opt());
        for i in 0..rows.num_rows() {
            match owners.of_row(&hashes, i) {
                Owner::Contact(hash) => drop(self.contacts.insert(hash)),
                Owner::Agent(hash) => drop(self.agents.insert(hash)),
                Owner::Nobody => {}
            }
            let is_open = finals.is_none_or(|finals| !finals.value(i)) && owners.ends_itself(i);
            if let Some(ends) = ends.filter(|ends| ends.is_valid(i) && is_open) {
                raise(&mut self.open, owners.source(i), -ends.value(i));
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Sidecar, FactsError> {
        let sorted = |set: HashSet<u64>| {
            let mut list: Vec<u64> = set.into_iter().collect();
            list.sort_unstable();
            list
        };
        let listed = |marks: Watermarks, sign: i64| {
            let mut list: Vec<(String, i64)> = marks.into_iter().map(|(source, at)| (source, sign * at)).collect();
            list.sort();
            list
        };
        let mut sources: Vec<String> = self.sources.into_iter().collect();
        sources.sort();
        Ok(Sidecar {
            contacts: sorted(self.contacts),
            agents: sorted(self.agents),
            sources,
            has_sessions: self.has_sessions,
            watermarks: listed(self.watermarks, 1),
            open: listed(self.open, -1),
            agent_event_count: self.agent_event_count,
            agent_events: parquet(&self.agent_events)?,
        })
    }
}

fn parquet(batches: &[RecordBatch]) -> Result<Bytes, StorageError> {
    let Some(first) = batches.first() else { return Ok(Bytes::new()) };
    let rows = concat_batches(&first.schema(), batches)?;
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1)?);
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(WriterProperties::builder().set_compression(zstd).build()))?;
    writer.write(&rows)?;
    Ok(writer.into_inner()?.into())
}
