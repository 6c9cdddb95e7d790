//! Events held in memory: Arrow batches as read, and lists of (hash, batch, row), one per thread that folds.

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use trunkline_events::fold::session_name;
use trunkline_events::{EventRow, Timestamp};
use trunkline_storage::Pick;

use crate::columns::{COLUMNS, Columns, KEYS, Keys, SUBJECT, let_go};
use crate::error::FactsError;
use crate::keep::Log;
use crate::options::THREADS;
use crate::subject::{Hashes, Subject, Touched};
use crate::survey::FileSurvey;
use crate::threads::on_threads;

/// Where an event is: batch and row.
pub(crate) type At = (u32, u32);

/// Files are shared between threads by row groups from this many rows on.
const SHARED_ROWS: u64 = 100_000;

/// Which events to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) touched: &'a Touched,
    /// Of how many passes this is which: subjects are dealt out by hash. The lowest bits deal out passes, a higher one threads.
    pub(crate) passes: u64,
    pub(crate) pass: u64,
    /// Only events recorded up to this instant.
    pub(crate) as_of: Option<Timestamp>,
}

impl Wanted<'_> {
    pub(crate) const fn deals(&self, hash: u64) -> bool {
        hash % self.passes == self.pass
    }

    fn has_contact(&self, hash: u64) -> bool {
        self.deals(hash) && self.touched.has_contact(hash)
    }

    fn is_known(&self, recorded_at: i64) -> bool {
        self.as_of.is_none_or(|limit| recorded_at <= limit.micros())
    }
}

/// Events of contacts.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    batches: Vec<Columns>,
    pub(crate) contacts: [Vec<(u64, At)>; THREADS],
    /// Events of agents and of sources as a whole, whoever they are, where they were asked for; and the file each batch is of.
    pub(crate) agent_events: Vec<(usize, RecordBatch)>,
}

impl Gathered {
    pub(crate) fn row(&self, at: At) -> EventRow<'_> {
        self.batches[at.0 as usize].row(at.1 as usize)
    }

    /// Reads the events of a stage; the result does not depend on which file was read first. Blocking.
    pub(crate) fn read(
        log: &Log<'_>,
        files: &[usize],
        surveys: &[FileSurvey],
        wanted: Wanted<'_>,
        with_agents: bool,
    ) -> Result<Self, FactsError> {
        let mut tasks = Vec::new();
        for &file in files {
            let of = if log.files[file].rows.is_some_and(|rows| rows >= SHARED_ROWS) { THREADS } else { 1 };
            tasks.extend((0..of).map(|part| (file, part, of)));
        }
        let parts = on_threads(THREADS, tasks.len(), |i| Self::of_file(log, tasks[i], &surveys[tasks[i].0], wanted, with_agents))?;
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.append(part));
        Ok(all)
    }

    fn of_file(
        log: &Log<'_>,
        (number, part, of): (usize, usize, usize),
        survey: &FileSurvey,
        wanted: Wanted<'_>,
        with_agents: bool,
    ) -> Result<Self, FactsError> {
        let (file, hashes) = (&log.files[number], Hashes::new());
        let mut out = Self::default();
        let columns: Vec<&str> = COLUMNS.iter().copied().chain(survey.has_sessions.then_some(SUBJECT)).collect();
        let everybody = wanted.touched.everybody;
        if everybody {
            log.lake.read_compact(file, &columns, Pick::Part { part, of }, |batch| {
                Ok(out.take(batch, &hashes, wanted, with_agents.then_some(number))?)
            })?;
        } else if part == 0 && !survey.contacts.is_empty() {
            // Few rows are wanted: look for them in the columns that tell, and then read only the pages that hold them.
            let mut rows = Vec::new();
            log.lake.read_compact(file, KEYS, Pick::All, |batch| {
                let mut keys = Keys::of(&batch, &hashes)?;
                let flag = |i| match keys.subject(i) {
                    Subject::Contact(hash) => wanted.has_contact(hash),
                    subject => subject == Subject::Session,
                };
                rows.push(BooleanArray::from((0..batch.num_rows()).map(flag).collect::<Vec<bool>>()));
                Ok(())
            })?;
            log.lake.read_compact(file, &columns, Pick::Rows(&rows), |batch| {
                // Read as they are, these rows would hold every page of text that any of them lies in: of a large file nearly all.
                Ok(out.take(let_go(batch)?, &hashes, wanted, with_agents.then_some(number))?)
            })?;
        }
        Ok(out)
    }

    fn take(&mut self, batch: RecordBatch, hashes: &Hashes, wanted: Wanted<'_>, agents: Option<usize>) -> Result<(), ArrowError> {
        let mut keys = Keys::of(&batch, hashes)?;
        let number = self.batches.len() as u32;
        // What is left out is little when everybody is folded at once: it stays in memory until the stage is done, for copying the rest
        // would cost more.
        let is_whole = wanted.touched.everybody && wanted.passes == 1;
        let (mut keep, mut is_agents) = (vec![false; batch.num_rows()], Vec::new());
        let mut sessions = Vec::new();
        let mut kept = 0_u32;
        for (i, keep) in keep.iter_mut().enumerate() {
            if !wanted.is_known(keys.recorded_at(i)) {
                continue;
            }
            let hash = match keys.subject(i) {
                Subject::Contact(hash) if wanted.has_contact(hash) => hash,
                // Whether it is wanted only its name tells.
                Subject::Session => {
                    sessions.push((i, if is_whole { i as u32 } else { kept }));
                    *keep = true;
                    kept += 1;
                    continue;
                }
                Subject::Agent(_) | Subject::Source if agents.is_some() => {
                    is_agents.push(i);
                    continue;
                }
                _ => continue,
            };
            self.contacts[thread_of(hash)].push((hash, (number, if is_whole { i as u32 } else { kept })));
            *keep = true;
            kept += 1;
        }
        if let Some(file) = agents.filter(|_| !is_agents.is_empty()) {
            let mut flags = vec![false; batch.num_rows()];
            is_agents.iter().for_each(|&i| flags[i] = true);
            self.agent_events.push((file, filter_record_batch(&batch, &BooleanArray::from(flags))?));
        }
        if kept == 0 {
            return Ok(());
        }
        let all = is_whole || kept as usize == batch.num_rows();
        let columns = Columns::of(batch)?;
        for (i, at) in sessions {
            let row = columns.row(i);
            let hash = hashes.contact(row.source, &session_name(&row));
            if wanted.has_contact(hash) {
                self.contacts[thread_of(hash)].push((hash, (number, at)));
            }
        }
        self.batches.push(if all { columns } else { columns.only(&BooleanArray::from(keep))? });
        Ok(())
    }

    /// Adds what was read later.
    pub(crate) fn append(&mut self, mut later: Self) {
        let offset = self.batches.len() as u32;
        self.batches.append(&mut later.batches);
        for (mine, theirs) in self.contacts.iter_mut().zip(later.contacts) {
            mine.extend(theirs.into_iter().map(|(hash, (batch, row))| (hash, (batch + offset, row))));
        }
        self.agent_events.append(&mut later.agent_events);
    }

    /// What stays for later stages: the events of `contacts`, with as little of the rest as is cheap. Batches of which most is needed no more
    /// are copied without it.
    pub(crate) fn keep(self, contacts: [Vec<(u64, At)>; THREADS]) -> Result<Self, FactsError> {
        let mut alive: Vec<Vec<bool>> = self.batches.iter().map(|_| Vec::new()).collect();
        for (_, (batch, row)) in contacts.iter().flatten() {
            let flags = &mut alive[*batch as usize];
            if flags.is_empty() {
                flags.resize(self.batches[*batch as usize].len(), false);
            }
            flags[*row as usize] = true;
        }
        let mut out = Self::default();
        // Per batch: its new number, and the new number of each row unless they stay as they are.
        let mut moved: Vec<(u32, Option<Vec<u32>>)> = Vec::with_capacity(alive.len());
        for (batch, flags) in self.batches.into_iter().zip(alive) {
            let number = out.batches.len() as u32;
            let count = flags.iter().filter(|flag| **flag).count();
            if count == 0 {
                moved.push((number, None));
            } else if count * 2 > batch.len() {
                moved.push((number, None));
                out.batches.push(batch);
            } else {
                let mut next = 0_u32;
                let mut place = |flag: &bool| {
                    let own = next;
                    next += u32::from(*flag);
                    own
                };
                let places = flags.iter().map(&mut place).collect();
                moved.push((number, Some(places)));
                out.batches.push(batch.only(&BooleanArray::from(flags))?);
            }
        }
        out.contacts = contacts.map(|list| {
            let place = |(hash, (batch, row)): (u64, At)| {
                let (number, places) = &moved[batch as usize];
                (hash, (*number, places.as_ref().map_or(row, |places| places[row as usize])))
            };
            list.into_iter().map(place).collect()
        });
        Ok(out)
    }
}

pub(crate) const fn thread_of(hash: u64) -> usize {
    (hash >> 32) as usize % THREADS
}
