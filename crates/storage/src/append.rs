//! Appending to the log: duplicates out, rejected records first, then events and positions in one commit.
//!
//! Order of a delivery: classify against the key index; rejected records to their table; events, positions and books to `events`;
//! then the index learns the new keys. A crash between the two commits leaves rejected records whose position runs ahead: when
//! the stretch comes again, records already there are recognised and not written twice, and rows that no longer hold are taken out.
//!
//! Another reading of bytes that were read before ends in a third commit: rejected records that are mapped or rejected otherwise
//! now leave their table, only after what takes their place is durable. So it is with a replay of rejected records alone (`replay`).

mod books;
mod carries;
mod classify;
mod columns;
mod rejects;
mod replay;
mod settle;
mod upkeep;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use deltalake_core::DeltaTable;
use serde_json::Value;
use trunkline_events::EventBatch;
use trunkline_events::port::{Appender, Carry, Delivery, JournalEnd, Position, Receipt, Rejected};

use crate::commit::{self, Plan, Step};
use crate::encode::{self, Encoded, FileRows};
use crate::error::StorageError;
use crate::index::{Entry, KeyIndex};
use crate::lake::Lake;
use crate::lock::WriterLock;
use crate::{log, read, schema};
use books::Books;
use carries::Carries;
use classify::{Classes, Outcome, Verdict};
use rejects::Rejects;
use settle::{Identity, Place, Settled, Stretch};

pub use books::JournalBooks;
pub use replay::RejectedFilter;

/// Commits between two looks at whether a checkpoint is due.
const CHECKPOINT_LOOK: u32 = 100;

/// Prefix of the transaction that holds a journal's offset.
const POSITION: &str = "pos/";
/// Prefix of the transaction that holds the check over the journal's bytes before the offset.
const CHECK: &str = "chk/";

/// Limits of the appender.
#[derive(Debug, Clone)]
pub struct AppendOptions {
    /// Bytes of memory for the filters of the key index; default 256 MiB. Filters beyond it are read from disk as needed.
    pub index_memory_bytes: u64,
    /// Threads that encode Parquet; default 2.
    pub encode_threads: usize,
}

impl Default for AppendOptions {
    fn default() -> Self {
        Self { index_memory_bytes: 256 << 20, encode_threads: 2 }
    }
}

/// The one writer of the log. Holds the lake's writer lock until dropped.
#[derive(Debug)]
pub struct LogAppender {
    lake: Lake,
    options: AppendOptions,
    events: DeltaTable,
    rejected: DeltaTable,
    /// Offset and check of every journal, as committed to `events`.
    positions: HashMap<String, (i64, i64)>,
    books: Books,
    rejects: Rejects,
    carries: Carries,
    /// Out while a blocking step works with it; lost for good if that step dies.
    index: Option<KeyIndex>,
    commits: u32,
    upkeep: upkeep::Looked,
    _lock: WriterLock,
}

impl LogAppender {
    pub(crate) async fn open(lake: &Lake, options: AppendOptions) -> Result<Self, StorageError> {
        let lock = WriterLock::take(lake)?;
        let events = lake.delta(schema::EVENTS).await?;
        let rejected = lake.delta(schema::REJECTED).await?;
        let mut positions = HashMap::new();
        let committed = log::positions(&events).await?;
        for (app, offset) in &committed {
            if let Some(journal) = app.strip_prefix(POSITION) {
                let check = committed.get(&format!("{CHECK}{journal}")).copied().unwrap_or_default();
                positions.insert(journal.to_owned(), (*offset, check));
            }
        }
        let books = Books::new(&committed);
        let rejects = Rejects::new(log::positions(&rejected).await?);
        let carries = Carries::open(&lake.own_folder());
        let index = Some(open_index(lake, &events, options.index_memory_bytes).await?);
        let (lake, upkeep) = (lake.clone(), upkeep::Looked::default());
        Ok(Self { lake, options, events, rejected, positions, books, rejects, carries, index, commits: 0, upkeep, _lock: lock })
    }

    /// Saves the key index and writes checkpoints where many commits passed since the last. Without it the next opening
    /// catches up from the log, which only costs time.
    ///
    /// # Errors
    /// File system errors; all appended data is durable regardless.
    pub async fn close(mut self) -> Result<(), StorageError> {
        let version = self.events.snapshot()?.version();
        if let Some(mut index) = self.index.take() {
            blocking(move || index.save(version)).await?;
        }
        log::checkpoint_if_due(&self.events).await?;
        log::checkpoint_if_due(&self.rejected).await
    }

    async fn deliver(&mut self, mut delivery: Delivery) -> Result<Receipt, StorageError> {
        check_balance(&delivery)?;
        let events = Arc::new(std::mem::take(&mut delivery.events));
        let classes = self.classify(&events).await?;
        let conflicts = rejects::conflicts(&events, &classes.verdicts);
        let rejected = std::mem::take(&mut delivery.rejected);
        let refused: Vec<Place> = rejected.iter().map(|record| (record.journal.clone(), record.journal_seq)).collect();
        let rejected: Vec<Rejected> = rejected.into_iter().chain(conflicts).collect();
        let stretches: Vec<Stretch> = delivery.positions.iter().map(|position| self.stretch(position)).collect();
        let settled = self.rejects.settle((&self.lake, &self.rejected), rejected, &stretches, &delivery.again).await?;
        let (receipt, steps) = self.account((&delivery, &events, &refused), &classes.verdicts, &settled.repeated);

        for carry in std::mem::take(&mut delivery.carries) {
            self.keep(carry)?;
        }
        let Settled { new, torn, replaced, cleared, .. } = settled;
        self.store_rejected(new, torn, &delivery.positions).await?;
        fail::fail_point!("storage::rejected", |_| std::process::abort());
        let (files, fresh) = self.encode(events, classes).await?;
        self.store_events(files, fresh, &delivery.positions, steps, &receipt).await?;
        self.replace_rejected(replaced, cleared).await?;
        Ok(receipt)
    }

    /// Which of the events are new, known, or in conflict.
    async fn classify(&mut self, events: &Arc<EventBatch>) -> Result<Classes, StorageError> {
        let mut index = self.index.take().ok_or_else(|| StorageError::Background("the key index was lost in an earlier failure".into()))?;
        let shared = events.clone();
        let (index, classes) = blocking(move || {
            let classes = classify::classify(&mut index, &shared)?;
            Ok((index, classes))
        })
        .await?;
        self.index = Some(index);
        Ok(classes)
    }

    /// The new ones as files, and their keys.
    async fn encode(&self, events: Arc<EventBatch>, classes: Classes) -> Result<(Vec<Encoded>, Vec<Entry>), StorageError> {
        let Ok(events) = Arc::try_unwrap(events) else {
            return Err(StorageError::Background("events are still in use".into()));
        };
        let (threads, now) = (self.options.encode_threads, chrono::Utc::now().timestamp_millis());
        let Classes { verdicts, fresh } = classes;
        let files = blocking(move || encode::encode(schema::EVENTS, columns::to_files(events, &verdicts)?, threads, now)).await?;
        Ok((files, fresh))
    }

    fn stretch(&self, position: &Position) -> Stretch {
        let from = self.positions.get(&position.journal).map_or(0, |&(offset, _)| offset);
        Stretch { journal: position.journal.clone(), from, to: position.offset }
    }

    /// What becomes of the records of a delivery, and how the counters of its journals move.
    fn account(
        &self,
        (delivery, events, refused): (&Delivery, &EventBatch, &[Place]),
        verdicts: &[Verdict],
        repeated: &HashSet<Place>,
    ) -> (Receipt, Vec<Step>) {
        let is_repeated = |rows: std::ops::Range<usize>| {
            !repeated.is_empty() && {
                let row = events.row(rows.start);
                repeated.contains(&(row.journal.to_owned(), row.journal_seq))
            }
        };
        let mapped = classify::outcomes(&delivery.record_sizes, verdicts, is_repeated);
        let of = |place: &Place| if repeated.contains(place) { Outcome::Duplicate } else { Outcome::Rejected };
        let receipt = classify::receipt(delivery.received, verdicts, mapped.iter().copied().chain(refused.iter().map(of)));
        let tallies = books::tallies((delivery, events), &mapped, refused.iter().map(|place| (place.0.as_str(), of(place))));
        // A stretch delivered once more is not received once more.
        let moving = delivery.positions.iter().filter(|p| self.positions.get(&p.journal).is_none_or(|&(offset, _)| offset < p.offset));
        let steps = moving.flat_map(|position| {
            let tally = tallies.get(&position.journal).copied().unwrap_or_default();
            self.books.steps(&position.journal, !self.positions.contains_key(&position.journal), tally)
        });
        (receipt, steps.collect())
    }

    async fn store_rejected(&mut self, new: Vec<Rejected>, torn: HashSet<Identity>, to: &[Position]) -> Result<(), StorageError> {
        if new.is_empty() && torn.is_empty() {
            return Ok(());
        }
        let steps = to.iter().map(|position| self.rejects.step(position)).collect();
        self.change_rejected(new, torn, steps).await
    }

    /// Takes out what another reading of the same bytes took the place of.
    async fn replace_rejected(&mut self, replaced: HashSet<Identity>, cleared: BTreeMap<Place, bool>) -> Result<(), StorageError> {
        if replaced.is_empty() {
            return Ok(());
        }
        let records = settle::judged_anew((&self.lake, &self.events), cleared, &self.positions).await?;
        let counted = records.iter().filter(|(journal, _)| self.books.counts(journal));
        let steps = counted.map(|(journal, &n)| books::judged_anew(&self.rejects.transactions, journal, n)).collect();
        self.change_rejected(Vec::new(), replaced, steps).await
    }

    /// Rows into the table of rejected records and out of it, in one commit.
    async fn change_rejected(&mut self, new: Vec<Rejected>, gone: HashSet<Identity>, steps: Vec<Step>) -> Result<(), StorageError> {
        let now = chrono::Utc::now().timestamp_millis();
        let (removes, mut files) = rejects::without(&self.lake, &self.rejected, gone, now).await?;
        if !new.is_empty() {
            files.push(FileRows { event_date: None, batches: vec![rejects::to_batch(&new)?] });
        }
        let files = blocking(move || encode::encode(schema::REJECTED, files, 1, now)).await?;
        let adds = commit::store_files(&self.rejected, files).await?;
        let plan = Plan { adds, removes, steps, metadata: vec![("trunkline.rejected".into(), new.len().into())], ..Plan::default() };
        commit::commit(schema::REJECTED, &mut self.rejected, &plan).await?;
        self.rejects.moved(&plan.steps);
        Ok(())
    }

    async fn store_events(
        &mut self,
        files: Vec<Encoded>,
        fresh: Vec<Entry>,
        to: &[Position],
        counts: Vec<Step>,
        receipt: &Receipt,
    ) -> Result<(), StorageError> {
        let moves = to.iter().any(|p| self.positions.get(&p.journal) != Some(&(p.offset, p.check)));
        if files.is_empty() && !moves {
            return Ok(());
        }
        fail::fail_point!("storage::encoded", |_| std::process::abort());
        let adds = commit::store_files(&self.events, files).await?;
        fail::fail_point!("storage::files", |_| std::process::abort());
        let mut steps = counts;
        for position in to {
            let before = self.positions.get(&position.journal).copied();
            steps.push(Step {
                app: format!("{POSITION}{}", position.journal),
                before: before.map(|(offset, _)| offset),
                after: position.offset,
            });
            steps.push(Step { app: format!("{CHECK}{}", position.journal), before: before.map(|(_, check)| check), after: position.check });
        }
        let plan = Plan { adds, steps, metadata: metadata(to, receipt), ..Plan::default() };
        let version = commit::commit(schema::EVENTS, &mut self.events, &plan).await?;
        fail::fail_point!("storage::committed", |_| std::process::abort());
        self.books.moved(&plan.steps);
        for position in to {
            self.positions.insert(position.journal.clone(), (position.offset, position.check));
            self.carries.committed(&position.journal, position.offset);
        }
        self.learn(fresh, version).await?;
        self.commits += 1;
        if self.commits.is_multiple_of(CHECKPOINT_LOOK) {
            log::checkpoint_if_due(&self.events).await?;
        }
        Ok(())
    }

    /// Tells the index the keys of a commit.
    async fn learn(&mut self, fresh: Vec<Entry>, version: u64) -> Result<(), StorageError> {
        let Some(mut index) = self.index.take() else { return Ok(()) };
        let index = blocking(move || {
            index.add(fresh);
            index.save_if_full(version)?;
            Ok(index)
        })
        .await?;
        self.index = Some(index);
        Ok(())
    }
}

impl Appender for LogAppender {
    type Error = StorageError;

    async fn append(&mut self, delivery: Delivery) -> Result<Receipt, StorageError> {
        self.deliver(delivery).await
    }

    fn position(&self, journal: &str) -> Option<Position> {
        self.positions.get(journal).map(|&(offset, check)| Position { journal: journal.to_owned(), offset, check })
    }

    fn positions_with_prefix(&self, prefix: &str) -> Vec<Position> {
        let mut out: Vec<Position> = self
            .positions
            .iter()
            .filter(|(journal, _)| journal.starts_with(prefix))
            .map(|(journal, &(offset, check))| Position { journal: journal.clone(), offset, check })
            .collect();
        out.sort_by(|a, b| a.journal.cmp(&b.journal));
        out
    }

    fn keep(&mut self, carry: Carry) -> Result<(), StorageError> {
        let committed = self.positions.get(&carry.journal).map(|&(offset, _)| offset);
        self.carries.keep(&carry, committed)
    }

    fn carried(&self, journal: &str, offset: i64) -> Option<Vec<u8>> {
        self.carries.state(journal, offset)
    }

    fn ends(&self, prefix: &str) -> Vec<JournalEnd> {
        self.carries.ends(prefix, |journal| self.positions.get(journal).map(|&(offset, _)| offset))
    }
}

/// Runs CPU or file work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StorageError::Background(error.to_string()))?
}

/// Opens the key index and lets it catch up with the log.
async fn open_index(lake: &Lake, events: &DeltaTable, filter_bytes: u64) -> Result<KeyIndex, StorageError> {
    let folder = lake.own_folder().join("keys");
    let version = events.snapshot()?.version();
    let table_id = events.snapshot()?.metadata().id().to_owned();
    let mut index = KeyIndex::open(&folder, &table_id, filter_bytes)?;
    let missed = match index.covers() {
        Some(covered) if covered <= version => log::new_files(lake, schema::EVENTS, events, covered).await?,
        _ => None,
    };
    let files = if let Some(files) = missed {
        files
    } else {
        index.reset();
        crate::table::LakeTable::of(schema::EVENTS, events)?.files().to_vec()
    };
    let root = lake.root().to_owned();
    blocking(move || {
        for file in files {
            let mut entries = Vec::new();
            read::for_each_batch(&root.join(&file.path), classify::KEY_COLUMNS, |batch| classify::entries_of(&batch, &mut entries))?;
            entries.sort_unstable();
            index.add(entries);
            index.spill_if_full()?;
        }
        index.save(version)?;
        Ok(index)
    })
    .await
}

fn check_balance(delivery: &Delivery) -> Result<(), StorageError> {
    let events: u64 = delivery.record_sizes.iter().map(|&size| u64::from(size)).sum();
    let records = delivery.record_sizes.len() as u64 + delivery.rejected.len() as u64;
    if events == delivery.events.len() as u64 && records == delivery.received {
        return Ok(());
    }
    let detail = format!(
        "{} mapped records of {events} events and {} rejected, but {} events",
        delivery.record_sizes.len(),
        delivery.rejected.len(),
        delivery.events.len()
    );
    Err(StorageError::Unbalanced { received: delivery.received, detail })
}

/// The balance of a commit as its metadata, for people who read the log. The books themselves are transactions.
fn metadata(to: &[Position], receipt: &Receipt) -> Vec<(String, Value)> {
    let journals: Vec<Value> =
        to.iter().map(|position| serde_json::json!({ "journal": position.journal, "offset": position.offset })).collect();
    vec![
        ("trunkline.received".into(), receipt.received.into()),
        ("trunkline.stored".into(), receipt.stored.into()),
        ("trunkline.duplicate".into(), receipt.duplicate.into()),
        ("trunkline.rejected".into(), receipt.rejected.into()),
        ("trunkline.events".into(), receipt.events.into()),
        ("trunkline.journals".into(), journals.into()),
    ]
}
