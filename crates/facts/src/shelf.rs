//! Fact rows on their way out: rows of each table wait until they fill a data file.

use arrow::record_batch::RecordBatch;
use trunkline_events::fact::{AgentLeg, AgentState, Anomaly, Contact, Hold, QueueStint, Response, SelfService};

use crate::error::FactsError;
use crate::options::THREADS;
use crate::rows::Row;
use crate::run::FactRows;
use crate::threads::on_threads;

/// Batches of every fact table by name.
pub(crate) type Batches = std::collections::HashMap<&'static str, Vec<RecordBatch>>;

/// Takes the rows of a fold, some at a time.
pub(crate) trait Output {
    /// Takes rows, thread by thread.
    fn take(&mut self, parts: Vec<FactRows>) -> Result<(), FactsError>;
}

/// Rows of one table that wait.
#[derive(Debug)]
struct Waiting<R> {
    parts: Vec<Vec<R>>,
    rows: usize,
}

impl<R> Default for Waiting<R> {
    fn default() -> Self {
        Self { parts: Vec::new(), rows: 0 }
    }
}

impl<R> Waiting<R> {
    fn put(&mut self, rows: Vec<R>) {
        self.rows += rows.len();
        self.parts.extend(Some(rows).filter(|rows| !rows.is_empty()));
    }
}

/// [`Waiting`] rows, whatever their table.
trait Lot: Sync {
    fn table(&self) -> &'static str;

    fn rows(&self) -> usize;

    /// All of them in order, in batches of about `full` rows: none of twice as many, and of less only where there are no more.
    fn batches(&self, full: usize) -> Result<Vec<RecordBatch>, FactsError>;
}

impl<R: Row> Lot for Waiting<R> {
    fn table(&self) -> &'static str {
        R::TABLE
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn batches(&self, full: usize) -> Result<Vec<RecordBatch>, FactsError> {
        let mut rows: Vec<&R> = self.parts.iter().flatten().collect();
        rows.sort_unstable_by(|a, b| R::order(a, b));
        let pieces = (rows.len() / full).max(1);
        rows.chunks(rows.len().div_ceil(pieces).max(1)).map(R::batch).collect()
    }
}

/// Rows of every table that wait.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    contacts: Waiting<Contact>,
    stints: Waiting<QueueStint>,
    legs: Waiting<AgentLeg>,
    holds: Waiting<Hold>,
    states: Waiting<AgentState>,
    responses: Waiting<Response>,
    sessions: Waiting<SelfService>,
    anomalies: Waiting<Anomaly>,
}

impl Shelf {
    pub(crate) fn put(&mut self, parts: Vec<FactRows>) {
        for part in parts {
            self.contacts.put(part.contacts);
            self.stints.put(part.stints);
            self.legs.put(part.legs);
            self.holds.put(part.holds);
            self.states.put(part.states);
            self.responses.put(part.responses);
            self.sessions.put(part.sessions);
            self.anomalies.put(part.anomalies);
        }
    }

    /// Takes away the rows of every table of which at least `least` wait, in batches of about `full` rows; `each` does something with a
    /// table's batches on one of the threads. Blocking.
    pub(crate) fn drain<T: Send>(
        &mut self,
        least: usize,
        full: usize,
        each: impl Fn(&'static str, Vec<RecordBatch>) -> Result<T, FactsError> + Sync,
    ) -> Result<Vec<(&'static str, T)>, FactsError> {
        let lots: [&dyn Lot; 8] =
            [&self.contacts, &self.legs, &self.stints, &self.holds, &self.responses, &self.sessions, &self.states, &self.anomalies];
        let due: Vec<&dyn Lot> = lots.into_iter().filter(|lot| lot.rows() >= least.max(1)).collect();
        let done = on_threads(THREADS, due.len(), |i| Ok((due[i].table(), each(due[i].table(), due[i].batches(full)?)?)))?;
        let is_due = |table: &str| done.iter().any(|(name, _)| *name == table);
        macro_rules! empty {
            ($($lot:ident),*) => { $(if is_due(self.$lot.table()) { self.$lot = Waiting::default(); })* };
        }
        empty!(contacts, stints, legs, holds, states, responses, sessions, anomalies);
        Ok(done)
    }
}

/// Keeps all rows in memory.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    shelf: Shelf,
    full: Batches,
}

impl InMemory {
    /// Every table's rows.
    pub(crate) fn finish(mut self) -> Result<Batches, FactsError> {
        self.drain(0)?;
        Ok(self.full)
    }

    fn drain(&mut self, least: usize) -> Result<(), FactsError> {
        for (table, batches) in self.shelf.drain(least, FILE_ROWS, |_, batches| Ok(batches))? {
            self.full.entry(table).or_default().extend(batches);
        }
        Ok(())
    }
}

impl Output for InMemory {
    fn take(&mut self, parts: Vec<FactRows>) -> Result<(), FactsError> {
        self.shelf.put(parts);
        self.drain(FILE_ROWS)
    }
}

/// Rows per file: rewriting one is cheap, and rows of one time lie together, so that late events touch few files.
pub(crate) const FILE_ROWS: usize = 64 * 1024;
