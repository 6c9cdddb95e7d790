//! The `rejected_records` table: id conflicts as records, rows as Arrow, positions, and taking rows out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::Remove;
use trunkline_events::EventBatch;
use trunkline_events::port::{Position, Rejected};

use super::classify::Verdict;
use super::settle::{ID_CONFLICT, Identity, identities};
use super::{POSITION, blocking};
use crate::commit::Step;
use crate::encode::FileRows;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::LakeTable;
use crate::{read, schema};

/// What is known of the table: its transactions.
#[derive(Debug)]
pub(super) struct Rejects {
    pub(super) transactions: HashMap<String, i64>,
}

impl Rejects {
    pub(super) fn new(transactions: HashMap<String, i64>) -> Self {
        Self { transactions }
    }

    /// How far the table is in a journal; ahead of `events` after a crash between the two commits.
    pub(super) fn position(&self, journal: &str) -> i64 {
        self.transactions.get(&format!("{POSITION}{journal}")).copied().unwrap_or_default()
    }

    /// How a position of the table moves: never back.
    pub(super) fn step(&self, position: &Position) -> Step {
        let app = format!("{POSITION}{}", position.journal);
        let before = self.transactions.get(&app).copied();
        Step { after: before.map_or(position.offset, |before| before.max(position.offset)), app, before }
    }

    pub(super) fn moved(&mut self, steps: &[Step]) {
        self.transactions.extend(steps.iter().map(|step| (step.app.clone(), step.after)));
    }
}

/// The table without some of its rows: files to take out, and what is left of each.
pub(super) async fn without(
    lake: &Lake,
    table: &DeltaTable,
    gone: HashSet<Identity>,
    at_millis: i64,
) -> Result<(Vec<Remove>, Vec<FileRows>), StorageError> {
    if gone.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let files = LakeTable::of(schema::REJECTED, table)?.files().to_vec();
    let root = lake.root().to_owned();
    blocking(move || {
        let schema = crate::encode::file_schema(schema::REJECTED)?;
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let (mut removes, mut rest) = (Vec::new(), Vec::new());
        for file in files {
            let (mut left, mut before, mut after) = (Vec::new(), 0, 0);
            read::for_each_batch(&root.join(&file.path), &columns, |batch| {
                let stays: BooleanArray = identities(&batch)?.map(|identity| Some(!gone.contains(&identity))).collect();
                before += batch.num_rows();
                after += stays.true_count();
                left.push(filter_record_batch(&batch, &stays)?);
                Ok(())
            })?;
            if after < before {
                removes.push(file.remove(at_millis));
                left.retain(|batch| batch.num_rows() > 0);
                if !left.is_empty() {
                    rest.push(FileRows { event_date: None, batches: left });
                }
            }
        }
        Ok((removes, rest))
    })
    .await
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
            code: ID_CONFLICT.to_owned(),
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
