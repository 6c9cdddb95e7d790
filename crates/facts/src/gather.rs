//! Collecting the events to fold: Arrow batches as read, and lists of (hash, batch, row), one per thread that folds.

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use hashbrown::HashMap;
use trunkline_events::{EventRow, Timestamp};
use trunkline_storage::{DataFile, Lake};

use crate::columns::{COLUMNS, Columns, KEYS, Keys};
use crate::error::FactsError;
use crate::sidecar::{Builder, Sidecars};
use crate::subject::{Hashes, Subject, Touched};
use crate::threads::on_threads;

/// Threads that read and fold.
pub(crate) const THREADS: usize = 2;

/// Latest `occurred_at` of every source.
pub(crate) type Watermarks = HashMap<String, i64>;

/// Where an event is: batch and row.
pub(crate) type At = (u32, u32);

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

impl Wanted<'_> {
    fn is_mine(&self, subject: Subject, source: &str) -> bool {
        // The lowest bits deal out passes, the highest one threads.
        let mine = |hash: u64| hash % self.passes == self.pass;
        match subject {
            Subject::Contact(hash) => mine(hash) && self.touched.has_contact(hash),
            Subject::Agent(hash) => mine(hash) && self.touched.has_agent(hash, source),
            Subject::Source => true,
            Subject::Nobody => false,
        }
    }
}

/// Events of one file or of one pass.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    batches: Vec<Columns>,
    pub(crate) contacts: [Vec<(u64, At)>; THREADS],
    pub(crate) agents: [Vec<(u64, At)>; THREADS],
    /// Events for every agent of a source.
    pub(crate) sources: HashMap<String, Vec<At>>,
    /// Of all events read, wanted or not.
    pub(crate) watermarks: Watermarks,
}

impl Gathered {
    pub(crate) fn row(&self, at: At) -> EventRow<'_> {
        self.batches[at.0 as usize].row(at.1 as usize)
    }

    pub(crate) fn events(&self) -> u64 {
        self.contacts.iter().chain(&self.agents).map(|list| list.len() as u64).sum()
    }

    /// Reads files of the log on [`THREADS`] threads; the result does not depend on which was read first. Blocking.
    pub(crate) fn read(lake: &Lake, files: &[DataFile], wanted: &Wanted<'_>, sidecars: Option<&Sidecars>) -> Result<Self, FactsError> {
        let parts = on_threads(THREADS, files.len(), |i| Self::of_file(lake, &files[i], &Hashes::new(), wanted, sidecars))?;
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.append(part));
        Ok(all)
    }

    fn of_file(
        lake: &Lake,
        file: &DataFile,
        hashes: &Hashes,
        wanted: &Wanted<'_>,
        sidecars: Option<&Sidecars>,
    ) -> Result<Self, FactsError> {
        let mut part = Self::default();
        if wanted.touched.everybody {
            let mut builder = sidecars.filter(|sidecars| wanted.pass == 0 && !sidecars.has(file)).map(|_| Builder::default());
            lake.read_compact(file, COLUMNS, None, |batch| Ok(part.take(&batch, hashes, wanted, builder.as_mut())?))?;
            if let (Some(builder), Some(sidecars)) = (builder, sidecars) {
                sidecars.put(file, builder)?;
            }
            return Ok(part);
        }
        if let Some(agents) = sidecars.and_then(|sidecars| sidecars.agent_events(file)) {
            agents?.into_iter().try_for_each(|batch| part.take(&batch, hashes, wanted, None))?;
        }
        // Few rows are wanted: look for them in the columns that tell, and then read only the pages that hold them.
        let (mut rows, mut any) = (Vec::new(), false);
        let holds = sidecars.and_then(|sidecars| sidecars.get(file)).is_none_or(|sidecar| sidecar.has_contact(wanted.touched));
        if holds {
            lake.read_compact(file, KEYS, None, |batch| {
                let mut keys = Keys::of(&batch, hashes)?;
                let wanted = |i| match keys.subject(i) {
                    subject @ Subject::Contact(_) => wanted.is_mine(subject, ""),
                    _ => false,
                };
                let flags: Vec<bool> = (0..batch.num_rows()).map(wanted).collect();
                any |= flags.contains(&true);
                rows.push(BooleanArray::from(flags));
                Ok(())
            })?;
        }
        if any {
            lake.read_compact(file, COLUMNS, Some(&rows), |batch| Ok(part.take(&batch, hashes, wanted, None)?))?;
        }
        Ok(part)
    }

    fn take(
        &mut self,
        batch: &RecordBatch,
        hashes: &Hashes,
        wanted: &Wanted<'_>,
        mut builder: Option<&mut Builder>,
    ) -> Result<(), arrow::error::ArrowError> {
        let mut keys = Keys::of(batch, hashes)?;
        if let Some(builder) = &mut builder {
            builder.take(batch, &mut keys)?;
        }
        let number = self.batches.len() as u32;
        let mut keep = vec![false; batch.num_rows()];
        let mut kept = 0_u32;
        let mut marks = Marks::default();
        for (i, keep) in keep.iter_mut().enumerate() {
            if wanted.as_of.is_some_and(|limit| keys.recorded_at(i) > limit.micros()) {
                continue;
            }
            marks.raise(&mut self.watermarks, &keys, i);
            let subject = keys.subject(i);
            if !wanted.is_mine(subject, keys.source(i)) {
                continue;
            }
            let at = (number, kept);
            match subject {
                Subject::Contact(hash) => self.contacts[thread_of(hash)].push((hash, at)),
                Subject::Agent(hash) => self.agents[thread_of(hash)].push((hash, at)),
                Subject::Source => self.sources.entry_ref(keys.source(i)).or_default().push(at),
                Subject::Nobody => {}
            }
            *keep = true;
            kept += 1;
        }
        marks.finish(&mut self.watermarks);
        if kept as usize == batch.num_rows() {
            self.batches.push(Columns::of(batch));
        } else if kept > 0 {
            self.batches.push(Columns::of(&filter_record_batch(batch, &BooleanArray::from(keep))?).compact());
        }
        Ok(())
    }

    fn append(&mut self, mut other: Self) {
        let offset = self.batches.len() as u32;
        self.batches.append(&mut other.batches);
        let moved = |(hash, (batch, row)): (u64, At)| (hash, (batch + offset, row));
        for (mine, theirs) in self.contacts.iter_mut().chain(&mut self.agents).zip(other.contacts.into_iter().chain(other.agents)) {
            mine.extend(theirs.into_iter().map(moved));
        }
        for (source, theirs) in other.sources {
            self.sources.entry(source).or_default().extend(theirs.into_iter().map(|(batch, row)| (batch + offset, row)));
        }
        for (source, at) in other.watermarks {
            raise(&mut self.watermarks, &source, at);
        }
    }
}

fn thread_of(hash: u64) -> usize {
    (hash >> 32) as usize % THREADS
}

/// Watermarks of neighbouring rows, which nearly always have one source.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    open: Option<(usize, String, i64)>,
}

impl Marks {
    pub(crate) fn raise(&mut self, into: &mut Watermarks, keys: &Keys, i: usize) {
        let at = keys.occurred_at(i);
        match &mut self.open {
            Some((source, _, mark)) if *source == keys.source_key(i) => *mark = (*mark).max(at),
            open => {
                if let Some((_, source, mark)) = open.replace((keys.source_key(i), keys.source(i).to_owned(), at)) {
                    raise(into, &source, mark);
                }
            }
        }
    }

    pub(crate) fn finish(&mut self, into: &mut Watermarks) {
        if let Some((_, source, mark)) = self.open.take() {
            raise(into, &source, mark);
        }
    }
}

/// Raises the watermark of a source.
pub(crate) fn raise(watermarks: &mut Watermarks, source: &str, at: i64) {
    let mark = watermarks.entry_ref(source).or_insert(at);
    *mark = (*mark).max(at);
}
