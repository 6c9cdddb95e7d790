//! An [`EventBatch`] as Arrow columns, without copying text when nothing is left out, cut by `event_date`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray, UInt32Array};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::take_record_batch;
use arrow::record_batch::RecordBatch;
use trunkline_events::batch::TextColumn;
use trunkline_events::{EventBatch, Timestamp};

use super::classify::Verdict;
use crate::encode::{FileRows, file_schema};
use crate::error::StorageError;
use crate::schema;

/// The new events of a batch, one entry per day.
pub(super) fn to_files(events: EventBatch, verdicts: &[Verdict]) -> Result<Vec<FileRows>, StorageError> {
    let mut days: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    let mut last: Option<(i32, Vec<u32>)> = None;
    for (i, at) in events.occurred_at.iter().enumerate().filter(|(i, _)| verdicts[*i] == Verdict::New) {
        let day = Timestamp::from_micros(*at).utc_day();
        // Events come nearly in order: stay with the day at hand and look up only when it changes.
        match &mut last {
            Some((current, rows)) if *current == day => rows.push(i as u32),
            _ => {
                if let Some((current, rows)) = last.take() {
                    days.insert(current, rows);
                }
                let mut rows = days.remove(&day).unwrap_or_default();
                rows.push(i as u32);
                last = Some((day, rows));
            }
        }
    }
    days.extend(last);
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let all = to_batch(events)?;
    days.into_iter()
        .map(|(day, rows)| {
            let batch = match contiguous(&rows) {
                Some(range) => all.slice(range.start, range.len()),
                None => take_record_batch(&all, &UInt32Array::from(rows))?,
            };
            Ok(FileRows { event_date: Some(day), batches: vec![batch] })
        })
        .collect()
}

fn contiguous(rows: &[u32]) -> Option<Range<usize>> {
    let (first, last) = (*rows.first()? as usize, *rows.last()? as usize);
    (last - first + 1 == rows.len()).then_some(first..last + 1)
}

fn to_batch(events: EventBatch) -> Result<RecordBatch, StorageError> {
    let instants = |micros: Vec<i64>| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC")) };
    let columns: Vec<ArrayRef> = vec![
        text(events.event_id)?,
        text(events.source)?,
        text(events.kind)?,
        instants(events.occurred_at),
        instants(events.recorded_at),
        text(events.subject)?,
        text(events.contact_id)?,
        text(events.channel)?,
        text(events.direction)?,
        text(events.queue)?,
        text(events.agent_id)?,
        text(events.customer_key)?,
        text(events.case_id)?,
        text(events.connector)?,
        Arc::new(Int32Array::from(events.schema_version)),
        text(events.journal)?,
        Arc::new(Int64Array::from(events.journal_seq)),
        text(events.data)?,
    ];
    Ok(RecordBatch::try_new(file_schema(schema::EVENTS)?, columns)?)
}

/// The column's own buffers become the array; only the presence flags are packed into bits.
fn text(column: TextColumn) -> Result<ArrayRef, StorageError> {
    let nulls = column.present.contains(&false).then(|| NullBuffer::from(column.present));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(column.offsets));
    Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(column.bytes), nulls)?))
}
