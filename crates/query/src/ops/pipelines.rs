//! `ops.pipelines`: how the pipelines of the process that collects are, as it said last (every second or so); `as_of` says when that was.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use serde_json::Value;
use trunkline_storage::Lake;

use super::live::{Live, schema_of};

/// Columns: name, and what they hold.
const COLUMNS: &[(&str, Kind)] = &[
    ("pipeline", Kind::Text),
    ("source", Kind::Text),
    ("connector", Kind::Text),
    ("state", Kind::Text),
    ("trouble", Kind::Text),
    ("waiting", Kind::Number),
    ("oldest_waiting_at", Kind::Instant),
    ("newest_event_at", Kind::Instant),
    ("received", Kind::Number),
    ("stored", Kind::Number),
    ("duplicate", Kind::Number),
    ("rejected", Kind::Number),
    ("events", Kind::Number),
    ("late_events", Kind::Number),
    ("last_commit_at", Kind::Instant),
    ("last_commit_ms", Kind::Number),
    ("started_at", Kind::Instant),
    ("as_of", Kind::Instant),
];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    /// Microseconds since the Unix epoch.
    Instant,
}

fn schema() -> SchemaRef {
    let columns: Vec<(&str, DataType, bool)> = COLUMNS
        .iter()
        .map(|(name, kind)| {
            let kind = match kind {
                Kind::Text => DataType::Utf8,
                Kind::Number => DataType::Int64,
                Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            };
            (*name, kind, true)
        })
        .collect();
    schema_of(&columns)
}

/// The table; empty where nobody ever collected into the lake.
pub(super) fn table(lake: Option<Lake>) -> Live {
    Live::made(schema(), move || {
        let told = lake.as_ref().and_then(Lake::pipelines);
        Box::pin(async move { rows(told.as_deref().unwrap_or("[]")) })
    })
}

fn rows(told: &str) -> Result<RecordBatch> {
    // What a process of another version wrote is read as far as it is understood.
    let told: Vec<Value> = serde_json::from_str(told).unwrap_or_default();
    let column = |(name, kind): &(&str, Kind)| -> ArrayRef {
        match kind {
            Kind::Text => Arc::new(told.iter().map(|row| row[*name].as_str()).collect::<StringArray>()),
            Kind::Number => Arc::new(told.iter().map(|row| row[*name].as_i64()).collect::<Int64Array>()),
            Kind::Instant => {
                let instants: TimestampMicrosecondArray = told.iter().map(|row| row[*name].as_i64()).collect();
                Arc::new(instants.with_timezone("UTC"))
            }
        }
    };
    Ok(RecordBatch::try_new(schema(), COLUMNS.iter().map(column).collect())?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::rows;

    #[test]
    fn what_was_told_is_read_and_what_is_not_understood_is_null() {
        let told = r#"[{"pipeline":"shop","waiting":7,"as_of":1767607200000000,"new":1},{"pipeline":"a","waiting":"?"}]"#;
        let batch = rows(told).unwrap();
        let waiting = batch.column_by_name("waiting").unwrap();
        assert_eq!((batch.num_rows(), waiting.null_count()), (2, 1));
        assert_eq!(rows("").unwrap().num_rows(), 0);
    }
}
