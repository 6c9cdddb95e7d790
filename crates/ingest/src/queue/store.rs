//! The file: records by sequence number, and where they begin and end.
//!
//! A value is the instant of receipt (microseconds, 8 bytes), the mark (8 bytes), and the record. After an input or output error the file is
//! closed and opened anew with the next use, since nothing of what was in memory can be trusted.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use redb::{
    Builder, Database, DatabaseError, Durability, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use trunkline_events::Timestamp;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::error::QueueError;

const RECORDS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
const NAMES: TableDefinition<'_, &str, &str> = TableDefinition::new("names");

const INCARNATION: &str = "incarnation";
/// Sequence number of the next record.
const NEXT: &str = "next";
/// Bytes of the records that wait.
const BYTES: &str = "bytes";
/// Mark of the last record.
const MARK: &str = "mark";
/// Sequence number of the first record that has not been trimmed.
const FIRST: &str = "first";
/// Mark of the last record trimmed.
const TRIMMED_MARK: &str = "trimmed_mark";

/// Records let go of in one transaction; a transaction keeps senders waiting.
const TRIMMED_AT_ONCE: u64 = 2_048;

/// Bytes before the record in a value.
const HEAD: usize = 16;

/// A record that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub seq: u64,
    /// When it was received.
    pub received_at: Timestamp,
    /// See [`super::Queue::mark`].
    pub mark: i64,
    /// What was received.
    pub record: Vec<u8>,
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Number of the first record that is there; the next one's where none is.
    pub first: u64,
    /// Number of the next record to come.
    pub next: u64,
    /// Bytes of all records that are there.
    pub bytes: u64,
    /// When the first of those asked for was received.
    pub oldest: Option<Timestamp>,
}

/// Records that come together: all are taken or none.
pub(super) type Lot<'a> = (&'a [Vec<u8>], Timestamp);

type Anything<T> = Result<T, redb::Error>;

/// The file of a queue.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    cache_bytes: usize,
    incarnation: String,
    database: RwLock<Option<Database>>,
}

impl Store {
    pub(super) fn open(path: &Path, cache_bytes: usize) -> Result<Self, QueueError> {
        let is_new = !path.exists();
        if is_new {
            create_private(path).map_err(|cause| file(path, &cause))?;
        }
        let database = open(path, cache_bytes)?;
        let fault = |cause: redb::Error| file(path, &cause);
        let incarnation = begin(&database).map_err(fault)?;
        if is_new {
            // The file's name must be on disk before anything in it is promised.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|cause| file(path, &cause))?;
        }
        Ok(Self { path: path.to_owned(), cache_bytes, incarnation, database: RwLock::new(Some(database)) })
    }

    pub(super) fn incarnation(&self) -> &str {
        &self.incarnation
    }

    /// Adds lots in one transaction; each gets its numbers or is refused for want of room.
    pub(super) fn append(&self, lots: &[Lot<'_>], max_bytes: u64) -> Result<Vec<Result<Range<u64>, QueueError>>, QueueError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            let answers = append(&transaction, lots, max_bytes)?;
            transaction.commit()?;
            Ok(answers)
        })
    }

    pub(super) fn pending(&self, from: u64) -> Result<Pending, QueueError> {
        self.reading(|transaction| {
            let numbers = transaction.open_table(NUMBERS)?;
            let number = |name: &str| -> Anything<u64> { Ok(numbers.get(name)?.map_or(0, |value| value.value())) };
            let records = transaction.open_table(RECORDS)?;
            let oldest = records.range(from..)?.next().transpose()?;
            let oldest = oldest.map(|(_, value)| head(value.value()).0);
            Ok(Pending { first: number(FIRST)?, next: number(NEXT)?, bytes: number(BYTES)?, oldest })
        })
    }

    pub(super) fn read(&self, from: u64, rows: usize, bytes: usize) -> Result<Vec<Queued>, QueueError> {
        self.reading(|transaction| {
            let (mut out, mut taken) = (Vec::new(), 0_usize);
            let table = transaction.open_table(RECORDS)?;
            let before = before(transaction, &table, from)?;
            let mut chain = before;
            for entry in table.range(from..)?.take(rows) {
                let (seq, value) = entry?;
                let (received_at, mark) = head(value.value());
                let record = value.value().get(HEAD..).unwrap_or_default().to_vec();
                // A record that its mark does not vouch for is not what was received.
                if chain.is_some_and(|chain| xxh3_64_with_seed(&record, chain) != mark) {
                    return Err(redb::Error::Corrupted(format!("record {} is damaged: its mark does not fit", seq.value())));
                }
                chain = Some(mark);
                taken += record.len();
                out.push(Queued { seq: seq.value(), received_at, mark: low(mark), record });
                if taken >= bytes {
                    break;
                }
            }
            Ok(out)
        })
    }

    pub(super) fn mark(&self, seq: u64) -> Result<Option<i64>, QueueError> {
        self.reading(|transaction| {
            if let Some(value) = transaction.open_table(RECORDS)?.get(seq)? {
                return Ok(Some(low(head(value.value()).1)));
            }
            let numbers = transaction.open_table(NUMBERS)?;
            let first = numbers.get(FIRST)?.map_or(0, |value| value.value());
            let trimmed = numbers.get(TRIMMED_MARK)?.map(|value| low(value.value()));
            Ok(if first.checked_sub(1) == Some(seq) { trimmed } else { None })
        })
    }

    /// Piece by piece, so that senders need not wait for all of it. Only the last piece is made durable at once: one that comes back is behind
    /// the committed position, and goes with the next trim.
    pub(super) fn trim(&self, seq: u64) -> Result<(), QueueError> {
        let mut upto = self.pending(seq)?.first;
        while upto < seq {
            upto = seq.min(upto.saturating_add(TRIMMED_AT_ONCE));
            self.with(|database| {
                let mut transaction = database.begin_write()?;
                if upto < seq {
                    transaction.set_durability(Durability::None)?;
                }
                trim(&transaction, upto)?;
                transaction.commit()?;
                Ok(())
            })?;
        }
        Ok(())
    }

    fn reading<T>(&self, work: impl FnOnce(&ReadTransaction) -> Anything<T>) -> Result<T, QueueError> {
        self.with(|database| work(&database.begin_read()?))
    }

    /// Works with the file; it is opened first where an error closed it.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Anything<T>) -> Result<T, QueueError> {
        let mut guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        if guard.is_none() {
            drop(guard);
            {
                let mut closed = self.database.write().unwrap_or_else(PoisonError::into_inner);
                if closed.is_none() {
                    *closed = Some(open(&self.path, self.cache_bytes)?);
                }
            }
            guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        }
        let outcome = match guard.as_ref() {
            Some(database) => work(database),
            None => return Err(QueueError::File { path: self.path.clone(), reason: "it was closed after an error".to_owned() }),
        };
        drop(guard);
        outcome.map_err(|cause| {
            if matches!(cause, redb::Error::Io(_) | redb::Error::PreviousIo) {
                *self.database.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
            file(&self.path, &cause)
        })
    }
}

/// The whole mark of the record before `from`, where it is known.
fn before(transaction: &ReadTransaction, table: &redb::ReadOnlyTable<u64, &[u8]>, from: u64) -> Anything<Option<u64>> {
    let Some(last) = from.checked_sub(1) else { return Ok(Some(0)) };
    if let Some(value) = table.get(last)? {
        return Ok(Some(head(value.value()).1));
    }
    let numbers = transaction.open_table(NUMBERS)?;
    let first = numbers.get(FIRST)?.map_or(0, |value| value.value());
    let trimmed = numbers.get(TRIMMED_MARK)?.map(|value| value.value());
    Ok(if first == from { trimmed } else { None })
}

/// An empty file that only its owner can read: what was received is raw.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map(|_| ())
}

fn open(path: &Path, cache_bytes: usize) -> Result<Database, QueueError> {
    Builder::new().set_cache_size(cache_bytes).create(path).map_err(|cause| match cause {
        DatabaseError::DatabaseAlreadyOpen => QueueError::InUse { path: path.to_owned() },
        other => file(path, &other),
    })
}

fn file(path: &Path, cause: &dyn std::fmt::Display) -> QueueError {
    QueueError::File { path: path.to_owned(), reason: cause.to_string() }
}

/// Makes the tables of a new file; returns its name.
fn begin(database: &Database) -> Anything<String> {
    let transaction = database.begin_write()?;
    let name = {
        transaction.open_table(RECORDS)?;
        transaction.open_table(NUMBERS)?;
        let mut names = transaction.open_table(NAMES)?;
        let known = names.get(INCARNATION)?.map(|value| value.value().to_owned());
        let name = known.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
        names.insert(INCARNATION, name.as_str())?;
        name
    };
    transaction.commit()?;
    Ok(name)
}

fn append(transaction: &WriteTransaction, lots: &[Lot<'_>], max_bytes: u64) -> Anything<Vec<Result<Range<u64>, QueueError>>> {
    let (mut records, mut numbers) = (transaction.open_table(RECORDS)?, transaction.open_table(NUMBERS)?);
    let number = |name: &str| -> Anything<u64> { Ok(numbers.get(name)?.map_or(0, |value| value.value())) };
    let (mut next, mut held, mut mark) = (number(NEXT)?, number(BYTES)?, number(MARK)?);
    let mut answers = Vec::with_capacity(lots.len());
    let mut value = Vec::new();
    for (lot, received_at) in lots {
        let more: u64 = lot.iter().map(|record| record.len() as u64).sum();
        if held + more > max_bytes {
            answers.push(Err(QueueError::Full { held, more, limit: max_bytes }));
            continue;
        }
        let first = next;
        for record in *lot {
            mark = xxh3_64_with_seed(record, mark);
            value.clear();
            value.extend_from_slice(&received_at.micros().to_le_bytes());
            value.extend_from_slice(&mark.to_le_bytes());
            value.extend_from_slice(record);
            records.insert(next, value.as_slice())?;
            next += 1;
        }
        held += more;
        answers.push(Ok(first..next));
    }
    for (name, number) in [(NEXT, next), (BYTES, held), (MARK, mark)] {
        numbers.insert(name, number)?;
    }
    Ok(answers)
}

fn trim(transaction: &WriteTransaction, before: u64) -> Anything<()> {
    let (mut records, mut numbers) = (transaction.open_table(RECORDS)?, transaction.open_table(NUMBERS)?);
    let (mut gone, mut last) = (0, None);
    for entry in records.extract_from_if(..before, |_, _| true)? {
        let (seq, value) = entry?;
        gone += value.value().len().saturating_sub(HEAD) as u64;
        last = Some((seq.value(), head(value.value()).1));
    }
    let Some((seq, mark)) = last else { return Ok(()) };
    let held = numbers.get(BYTES)?.map_or(0, |value| value.value());
    for (name, number) in [(BYTES, held.saturating_sub(gone)), (FIRST, seq + 1), (TRIMMED_MARK, mark)] {
        numbers.insert(name, number)?;
    }
    Ok(())
}

/// Instant of receipt and mark of a value.
fn head(value: &[u8]) -> (Timestamp, u64) {
    let eight = |at: usize| -> [u8; 8] { value.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default() };
    (Timestamp::from_micros(i64::from_le_bytes(eight(0))), u64::from_le_bytes(eight(8)))
}

/// A mark as a position can hold it: its low 63 bits.
const fn low(mark: u64) -> i64 {
    (mark & (u64::MAX >> 1)) as i64
}
