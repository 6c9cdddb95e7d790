//! What is kept of a file: whom its rows concern, how far its sources have come, when its open rows end, and the events of agents.

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use hashbrown::HashSet;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use trunkline_storage::{DataFile, Lake, StorageError};

use crate::columns::{COLUMNS, Keys, Words};
use crate::error::FactsError;
use crate::gather::{Marks, Watermarks, raise};
use crate::subject::{Hashes, Subject, Touched};

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sidecar {
    /// Hashes of contacts, sorted.
    pub(crate) contacts: Vec<u64>,
    /// Hashes of agents, sorted.
    pub(crate) agents: Vec<u64>,
    /// Per source: latest `occurred_at` of events.
    pub(crate) watermarks: Vec<(String, i64)>,
    /// Per source: earliest `ended_at` among rows that have one and are not final.
    pub(crate) open: Vec<(String, i64)>,
    /// Events of agents and of sources as a whole, as Parquet: few, but spread over the whole log.
    pub(crate) agent_events: Bytes,
}

impl Sidecar {
    pub(crate) fn has_contact(&self, touched: &Touched) -> bool {
        touched.everybody || meets(&self.contacts, &touched.contacts)
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
#[derive(Debug, Default)]
pub(crate) struct Builder {
    contacts: HashSet<u64>,
    agents: HashSet<u64>,
    watermarks: Watermarks,
    /// Negated instants, so that the earliest is the highest mark.
    open: Watermarks,
    agent_events: Vec<RecordBatch>,
}

impl Builder {
    pub(super) fn read_events(&mut self, lake: &Lake, file: &DataFile) -> Result<(), FactsError> {
        let hashes = Hashes::new();
        Ok(lake.read_compact(file, COLUMNS, None, |batch| Ok(self.take(&batch, &mut Keys::of(&batch, &hashes)?)?))?)
    }

    /// Events of a file, all columns a fold looks at.
    pub(crate) fn take(&mut self, batch: &RecordBatch, keys: &mut Keys) -> Result<(), arrow::error::ArrowError> {
        let (mut is_agents, mut last, mut marks) = (vec![false; batch.num_rows()], None, Marks::default());
        for (i, is_agents) in is_agents.iter_mut().enumerate() {
            marks.raise(&mut self.watermarks, keys, i);
            let subject = keys.subject(i);
            *is_agents = matches!(subject, Subject::Agent(_) | Subject::Source);
            if last.replace(subject) == Some(subject) {
                continue;
            }
            match subject {
                Subject::Contact(hash) => drop(self.contacts.insert(hash)),
                Subject::Agent(hash) => drop(self.agents.insert(hash)),
                Subject::Source | Subject::Nobody => {}
            }
        }
        marks.finish(&mut self.watermarks);
        if is_agents.contains(&true) {
            self.agent_events.push(filter_record_batch(batch, &BooleanArray::from(is_agents))?);
        }
        Ok(())
    }

    pub(super) fn read_facts(&mut self, lake: &Lake, table: &str, file: &DataFile) -> Result<(), FactsError> {
        let (hashes, has_end) = (Hashes::new(), crate::keep::RIPENING.contains(&table));
        lake.read_compact(file, &["contact_id", "agent_id", "ended_at", "source", "is_final"], None, |batch| {
            let words = |name: &str| batch.column_by_name(name).map(Words::of);
            let (contacts, agents, sources) = (words("contact_id"), words("agent_id"), words("source"));
            let ends = batch.column_by_name("ended_at").filter(|_| has_end).map(|ends| ends.as_primitive::<TimestampMicrosecondType>());
            let finals = batch.column_by_name("is_final").and_then(|finals| finals.as_boolean_opt());
            for i in 0..batch.num_rows() {
                let source = sources.as_ref().and_then(|sources| sources.get(i)).unwrap_or_default();
                match (contacts.as_ref().and_then(|ids| ids.get(i)), agents.as_ref().and_then(|ids| ids.get(i))) {
                    (Some(contact), _) => drop(self.contacts.insert(hashes.contact(source, contact))),
                    (None, Some(agent)) => drop(self.agents.insert(hashes.agent(source, agent))),
                    (None, None) => {}
                }
                if let Some(ends) = ends.filter(|ends| ends.is_valid(i) && finals.is_none_or(|finals| !finals.value(i))) {
                    raise(&mut self.open, source, -ends.value(i));
                }
            }
            Ok(())
        })?;
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
        Ok(Sidecar {
            contacts: sorted(self.contacts),
            agents: sorted(self.agents),
            watermarks: listed(self.watermarks, 1),
            open: listed(self.open, -1),
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
