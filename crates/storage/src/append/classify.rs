//! Which events of a delivery are new, known, or in conflict with a known one.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use trunkline_events::EventBatch;
use trunkline_events::identity::{self, Content};
use trunkline_events::port::Receipt;

use crate::error::StorageError;
use crate::index::{Entry, KeyIndex};

/// Columns of `events` that make keys and content hashes.
pub(super) const KEY_COLUMNS: &[&str] = &["event_id", "source", "type", "occurred_at", "subject", "customer_key", "schema_version", "data"];

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// First of its key.
    New,
    /// Same key, same content.
    Duplicate,
    /// Same key, other content.
    Conflict,
}

/// Verdict per row, and the entries of the new ones, ascending.
#[derive(Debug)]
pub(super) struct Classes {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) fresh: Vec<Entry>,
}

/// Compares a batch with everything known and with itself; within the batch the first row of a key wins.
pub(super) fn classify(index: &mut KeyIndex, events: &EventBatch) -> Result<Classes, StorageError> {
    let mut scratch = Vec::new();
    let mut keyed: Vec<(Entry, u32)> = (0..events.len()).map(|i| (entry_at(events, i, &mut scratch), i as u32)).collect();
    keyed.sort_unstable_by_key(|(entry, i)| (entry.hi, entry.lo, *i));
    let sorted: Vec<Entry> = keyed.iter().map(|(entry, _)| *entry).collect();
    let found = index.lookup(&sorted)?;
    let mut verdicts = vec![Verdict::New; events.len()];
    let mut fresh = Vec::new();
    let mut first: Option<Entry> = None;
    for ((entry, i), known) in keyed.iter().zip(found) {
        let earlier = known.or_else(|| first.filter(|first| (first.hi, first.lo) == (entry.hi, entry.lo)).map(|first| first.content));
        verdicts[*i as usize] = match earlier {
            Some(content) if content == entry.content => Verdict::Duplicate,
            Some(_) => Verdict::Conflict,
            None => {
                first = Some(*entry);
                fresh.push(*entry);
                Verdict::New
            }
        };
    }
    Ok(Classes { verdicts, fresh })
}

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// At least one new event.
    Stored,
    /// Nothing new.
    Duplicate,
    /// In the table of rejected records.
    Rejected,
}

/// The outcome of every mapped record: with a new event stored; else with a conflict rejected, unless `is_repeated` says of the
/// record's rows that an earlier reading of the same bytes left the same conflicts; else duplicate.
pub(super) fn outcomes(sizes: &[u32], verdicts: &[Verdict], is_repeated: impl Fn(std::ops::Range<usize>) -> bool) -> Vec<Outcome> {
    let mut at = 0;
    let of = |&size: &u32| {
        let rows = at..(at + size as usize).min(verdicts.len());
        at = rows.end;
        let record = &verdicts[rows.clone()];
        if record.contains(&Verdict::New) {
            Outcome::Stored
        } else if record.contains(&Verdict::Conflict) && !is_repeated(rows) {
            Outcome::Rejected
        } else {
            Outcome::Duplicate
        }
    };
    sizes.iter().map(of).collect()
}

/// Counts records by their outcomes.
pub(super) fn receipt(received: u64, verdicts: &[Verdict], outcomes: impl Iterator<Item = Outcome>) -> Receipt {
    let events = verdicts.iter().filter(|verdict| **verdict == Verdict::New).count() as u64;
    let mut receipt = Receipt { received, events, ..Receipt::default() };
    for outcome in outcomes {
        *(match outcome {
            Outcome::Stored => &mut receipt.stored,
            Outcome::Duplicate => &mut receipt.duplicate,
            Outcome::Rejected => &mut receipt.rejected,
        }) += 1;
    }
    receipt
}

/// The entries of stored rows, for an index that catches up.
pub(super) fn entries_of(batch: &RecordBatch, out: &mut Vec<Entry>) -> Result<(), StorageError> {
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .ok_or_else(|| StorageError::Damaged { path: "events".into(), reason: format!("a file has no column `{name}`") })
    };
    let (ids, sources, kinds) =
        (column("event_id")?.as_string::<i32>(), column("source")?.as_string::<i32>(), column("type")?.as_string::<i32>());
    let (subjects, data) = (column("subject")?.as_string::<i32>(), column("data")?.as_string::<i32>());
    let customers = column("customer_key")?.as_string::<i32>();
    let times = column("occurred_at")?.as_primitive::<TimestampMicrosecondType>();
    let versions = column("schema_version")?.as_primitive::<Int32Type>();
    let mut scratch = Vec::new();
    out.extend((0..batch.num_rows()).map(|i| {
        let content = Content {
            kind: kinds.value(i).as_bytes(),
            subject: subjects.is_valid(i).then(|| subjects.value(i).as_bytes()),
            data: data.value(i).as_bytes(),
            customer_key: customers.is_valid(i).then(|| customers.value(i).as_bytes()),
            schema_version: versions.value(i),
            occurred_at: times.value(i),
        };
        let key = identity::event_key_of(sources.value(i).as_bytes(), ids.value(i).as_bytes());
        Entry::new(key, content.hash(&mut scratch))
    }));
    Ok(())
}

/// Key and content hash of a row: of the bytes as they lie there, since the whole of every payload is hashed.
fn entry_at(events: &EventBatch, i: usize, scratch: &mut Vec<u8>) -> Entry {
    let content = Content {
        kind: events.kind.bytes_at(i).unwrap_or_default(),
        subject: events.subject.bytes_at(i),
        data: events.data.bytes_at(i).unwrap_or_default(),
        customer_key: events.customer_key.bytes_at(i),
        schema_version: events.schema_version[i],
        occurred_at: events.occurred_at[i],
    };
    let key = identity::event_key_of(events.source.bytes_at(i).unwrap_or_default(), events.event_id.bytes_at(i).unwrap_or_default());
    Entry::new(key, content.hash(scratch))
}
