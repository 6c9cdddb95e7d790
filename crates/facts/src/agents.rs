//! Events of agents and of sources as a whole. They are few, but every agent's are spread over the whole log, so they are folded after all
//! contacts.

use arrow::array::BooleanArray;
use arrow::record_batch::RecordBatch;
use hashbrown::HashMap;
use trunkline_events::{EventRow, Timestamp};
use trunkline_storage::{DataFile, Lake, Pick, StorageError};

use crate::columns::{COLUMNS, Columns, KEYS, Keys};
use crate::error::FactsError;
use crate::gather::{At, Wanted, thread_of};
use crate::keep::Log;
use crate::options::THREADS;
use crate::subject::{Hashes, Subject};
use crate::survey::Survey;
use crate::threads::on_threads;

/// Events of agents, ready to be folded.
#[derive(Debug, Default)]
pub(crate) struct AgentEvents {
    batches: Vec<Columns>,
    pub(crate) agents: [Vec<(u64, At)>; THREADS],
    /// Events for every agent of a source.
    pub(crate) sources: HashMap<String, Vec<At>>,
}

impl AgentEvents {
    pub(crate) fn row(&self, at: At) -> EventRow<'_> {
        self.batches[at.0 as usize].row(at.1 as usize)
    }

    /// Those of a pass, out of batches of the log.
    pub(crate) fn of(batches: impl IntoIterator<Item = RecordBatch>, wanted: Wanted<'_>) -> Result<Self, FactsError> {
        let (mut out, hashes) = (Self::default(), Hashes::new());
        for batch in batches {
            out.take(batch, wanted, &hashes)?;
        }
        Ok(out)
    }

    /// Those of a pass, read again: from sidecars, else from the files themselves. Blocking.
    pub(crate) fn read(log: &Log<'_>, survey: &Survey, wanted: Wanted<'_>) -> Result<Self, FactsError> {
        let parts = on_threads(THREADS, log.files.len(), |i| {
            if survey.files[i].agent_events == 0 {
                return Ok(Self::default());
            }
            let file = &log.files[i];
            let stored = log.sidecars.map_or(Ok(None), |sidecars| sidecars.agent_events(file))?;
            Self::of(stored.map_or_else(|| selected(log.lake, file, log.as_of), Ok)?, wanted)
        })?;
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.append(part));
        Ok(all)
    }

    fn take(&mut self, batch: RecordBatch, wanted: Wanted<'_>, hashes: &Hashes) -> Result<(), FactsError> {
        let mut keys = Keys::of(&batch, hashes)?;
        let (number, mut kept) = (self.batches.len() as u32, 0_u32);
        let mut keep = vec![false; batch.num_rows()];
        for (i, keep) in keep.iter_mut().enumerate() {
            let at = (number, kept);
            match keys.subject(i) {
                Subject::Agent(hash) if wanted.deals(hash) && wanted.touched.has_agent(hash, keys.source(i)) => {
                    self.agents[thread_of(hash)].push((hash, at));
                }
                Subject::Source => self.sources.entry_ref(keys.source(i)).or_default().push(at),
                _ => continue,
            }
            *keep = true;
            kept += 1;
        }
        if kept > 0 {
            let all = kept as usize == batch.num_rows();
            let columns = Columns::of(batch)?;
            self.batches.push(if all { columns } else { columns.only(&BooleanArray::from(keep))? });
        }
        Ok(())
    }

    fn append(&mut self, mut later: Self) {
        let offset = self.batches.len() as u32;
        self.batches.append(&mut later.batches);
        for (mine, theirs) in self.agents.iter_mut().zip(later.agents) {
            mine.extend(theirs.into_iter().map(|(hash, (batch, row))| (hash, (batch + offset, row))));
        }
        for (source, theirs) in later.sources {
            self.sources.entry(source).or_default().extend(theirs.into_iter().map(|(batch, row)| (batch + offset, row)));
        }
    }
}

/// The events of agents in a file, looked for in the columns that tell.
pub(crate) fn selected(lake: &Lake, file: &DataFile, as_of: Option<Timestamp>) -> Result<Vec<RecordBatch>, FactsError> {
    let hashes = Hashes::new();
    let (mut rows, mut out) = (Vec::new(), Vec::new());
    let is_known = |at: i64| as_of.is_none_or(|limit| at <= limit.micros());
    lake.read_compact(file, KEYS, Pick::All, |batch| {
        let mut keys = Keys::of(&batch, &hashes)?;
        let flag = |i| is_known(keys.recorded_at(i)) && matches!(keys.subject(i), Subject::Agent(_) | Subject::Source);
        rows.push(BooleanArray::from((0..batch.num_rows()).map(flag).collect::<Vec<bool>>()));
        Ok(())
    })?;
    lake.read_compact(file, COLUMNS, Pick::Rows(&rows), |batch| {
        out.push(batch);
        Ok::<(), StorageError>(())
    })?;
    Ok(out)
}
