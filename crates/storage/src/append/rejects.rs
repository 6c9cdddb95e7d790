//! The `rejected_records` table: id conflicts as records, rows as Arrow, and which records are there already.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use deltalake_core::DeltaTable;
use trunkline_events::EventBatch;
use trunkline_events::port::{Position, Rejected};

use super::classify::Verdict;
use super::{POSITION, blocking};
use crate::commit::Step;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::LakeTable;
use crate::{read, schema};

/// Identity of a rejected record: journal, offset, code, hash of the bytes.
type Identity = (String, i64, String, u64);

/// Columns that make the identity, in the table's order.
const IDENTITY_COLUMNS: &[&str] = &["code", "journal", "journal_seq", "raw"];

/// What is known of the table.
#[derive(Debug)]
pub(super) struct Rejects {
    positions: HashMap<String, i64>,
}

impl Rejects {
    pub(super) fn new(transactions: HashMap<String, i64>) -> Self {
        Self { positions: transactions.into_iter().filter(|(app, _)| app.starts_with(POSITION)).collect() }
    }

    /// Leaves out records that are in the table. Only those before the table's own position can be, which after an orderly run
    /// are none; so the table is read only after a crash between its commit and that of `events`.
    pub(super) async fn only_new(&self, lake: &Lake, table: &DeltaTable, rejected: Vec<Rejected>) -> Result<Vec<Rejected>, StorageError> {
        let suspect = |record: &Rejected| {
            self.positions.get(&format!("{POSITION}{}", record.journal)).is_some_and(|&offset| record.journal_seq < offset)
        };
        let journals: HashSet<String> = rejected.iter().filter(|record| suspect(record)).map(|record| record.journal.clone()).collect();
        if journals.is_empty() {
            return Ok(rejected);
        }
        let files = LakeTable::of(schema::REJECTED, table)?.files().to_vec();
        let root = lake.root().to_owned();
        let known = blocking(move || {
            let mut known = HashSet::new();
            for file in files {
                read::for_each_batch(&root.join(&file.path), IDENTITY_COLUMNS, |batch| {
                    identities(&batch, &journals, &mut known);
                    Ok(())
                })?;
            }
            Ok(known)
        })
        .await?;
        Ok(rejected.into_iter().filter(|record| !known.contains(&identity(record))).collect())
    }

    /// How a position of the table moves: never back.
    pub(super) fn step(&self, position: &Position) -> Step {
        let app = format!("{POSITION}{}", position.journal);
        let before = self.positions.get(&app).copied();
        Step { after: before.map_or(position.offset, |before| before.max(position.offset)), app, before }
    }

    pub(super) fn moved(&mut self, steps: &[Step]) {
        self.positions.extend(steps.iter().map(|step| (step.app.clone(), step.after)));
    }
}

fn identity(record: &Rejected) -> Identity {
    (record.journal.clone(), record.journal_seq, record.code.clone(), hash(&record.raw))
}

fn identities(batch: &RecordBatch, journals: &HashSet<String>, out: &mut HashSet<Identity>) {
    let (codes, names) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
    let (offsets, raws) = (batch.column(2).as_primitive::<Int64Type>(), batch.column(3).as_binary::<i32>());
    for i in (0..batch.num_rows()).filter(|&i| journals.contains(names.value(i))) {
        out.insert((names.value(i).to_owned(), offsets.value(i), codes.value(i).to_owned(), hash(raws.value(i))));
    }
}

fn hash(raw: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(raw);
    hasher.finish()
}

/// Conflicting events as rejected records, whole: CloudEvents JSON.
pub(super) fn conflicts(events: &EventBatch, verdicts: &[Verdict]) -> Vec<Rejected> {
    let at = chrono::Utc::now().timestamp_micros();
    let of = |i: usize| {
        let row = events.row(i);
        let mut raw = Vec::new();
        trunkline_events::wire::write_event(&row, &mut raw);
        Rejected {
            source: row.source.to_owned(),
            connector: row.connector.to_owned(),
            code: "id_conflict".to_owned(),
            message: format!("event `{}` of source `{}` is known with other content", row.event_id, row.source),
            origin: row.journal.to_owned(),
            line: None,
            journal: row.journal.to_owned(),
            journal_seq: row.journal_seq,
            recorded_at: at,
            raw,
        }
    };
    (0..events.len()).filter(|&i| verdicts[i] == Verdict::Conflict).map(of).collect()
}

/// Rows of `rejected_records`.
pub(super) fn to_batch(records: &[Rejected]) -> Result<RecordBatch, StorageError> {
    let text = |of: fn(&Rejected) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(records.iter().map(of))) };
    let recorded_at: Vec<i64> = records.iter().map(|record| record.recorded_at).collect();
    let columns: Vec<ArrayRef> = vec![
        text(|record| &record.source),
        text(|record| &record.connector),
        text(|record| &record.code),
        text(|record| &record.message),
        text(|record| &record.origin),
        Arc::new(records.iter().map(|record| record.line).collect::<Int64Array>()),
        text(|record| &record.journal),
        Arc::new(Int64Array::from_iter_values(records.iter().map(|record| record.journal_seq))),
        Arc::new(TimestampMicrosecondArray::from(recorded_at).with_timezone("UTC")),
        Arc::new(BinaryArray::from_iter_values(records.iter().map(|record| &record.raw))),
    ];
    Ok(RecordBatch::try_new(crate::encode::file_schema(schema::REJECTED)?, columns)?)
}
