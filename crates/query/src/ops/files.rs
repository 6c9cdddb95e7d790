//! `ops.files`: what each table has on disk, by partition.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, StringArray};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::datasource::MemTable;
use trunkline_storage::LakeTable;

use super::live::schema_of;

/// A table, and the day of a partition.
type Partition = (String, Option<i32>);
/// Files, rows where the log says them all, bytes.
type Sizes = (i64, Option<i64>, i64);

/// Rows of the table: one for each table and partition.
pub(super) fn table(tables: &[LakeTable]) -> Result<MemTable> {
    use DataType::{Date32, Int64, Utf8};
    let schema = schema_of(&[
        ("table_name", Utf8, false),
        ("event_date", Date32, true),
        ("files", Int64, false),
        ("rows", Int64, true),
        ("bytes", Int64, false),
    ]);
    let mut found: BTreeMap<Partition, Sizes> = BTreeMap::new();
    for table in tables {
        for file in table.files() {
            let (files, rows, bytes) = found.entry((table.name().to_owned(), file.event_date)).or_insert((0, Some(0), 0));
            *files += 1;
            *rows = rows.zip(file.rows).and_then(|(all, more)| all.checked_add(i64::try_from(more).ok()?));
            *bytes += i64::try_from(file.size).unwrap_or_default();
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(found.keys().map(|(table, _)| Some(table.as_str())).collect::<StringArray>()),
        Arc::new(found.keys().map(|(_, day)| *day).collect::<Date32Array>()),
        Arc::new(found.values().map(|(files, ..)| *files).collect::<Int64Array>()),
        Arc::new(found.values().map(|(_, rows, _)| *rows).collect::<Int64Array>()),
        Arc::new(found.values().map(|(.., bytes)| *bytes).collect::<Int64Array>()),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    MemTable::try_new(schema, vec![vec![batch]])
}
