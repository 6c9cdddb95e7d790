//! Comparing the fact tables with the fold of the log, row for row, as multisets.

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use trunkline_storage::{Lake, schema};

use crate::error::FactsError;
use crate::keep::Batches;
use crate::options::VerifyReport;

/// Differences told in words.
const FIRST: usize = 10;

/// Compares every table. Blocking but for the snapshots.
pub(crate) async fn compare(lake: &Lake, expected: &Batches, report: &mut VerifyReport) -> Result<(), FactsError> {
    for &table in schema::FACT_TABLES {
        let snapshot = lake.table(table).await?;
        let arrow = snapshot.schema();
        let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
        let converter = RowConverter::new(arrow.fields().iter().map(|field| SortField::new(field.data_type().clone())).collect())?;
        let mut seen: HashMap<Vec<u8>, (i64, String)> = HashMap::new();
        for file in snapshot.files() {
            lake.read_file(file, &names, |batch| Ok(count(&converter, &batch, 1, &mut seen)?))?;
        }
        report.rows += seen.values().map(|(count, _)| count.unsigned_abs()).sum::<u64>();
        for batch in expected.get(table).into_iter().flatten() {
            count(&converter, batch, -1, &mut seen)?;
        }
        let mut differing: Vec<&(i64, String)> = seen.values().filter(|(count, _)| *count != 0).collect();
        differing.sort();
        for (count, row) in differing {
            report.differences += count.unsigned_abs();
            if report.first.len() < FIRST {
                let what = if *count > 0 { "is in the table, not in the fold" } else { "is in the fold, not in the table" };
                report.first.push(format!("{table}: {row} {what}"));
            }
        }
    }
    Ok(())
}

/// Adds `step` to the count of every row; rows that cancel out are forgotten.
fn count(
    converter: &RowConverter,
    batch: &RecordBatch,
    step: i64,
    seen: &mut HashMap<Vec<u8>, (i64, String)>,
) -> Result<(), arrow::error::ArrowError> {
    let rows = converter.convert_columns(batch.columns())?;
    for (i, row) in rows.iter().enumerate() {
        let key = row.as_ref().to_vec();
        match seen.get_mut(&key) {
            Some((count, _)) if *count + step == 0 => drop(seen.remove(&key)),
            Some((count, _)) => *count += step,
            None => drop(seen.insert(key, (step, describe(batch, i)?))),
        }
    }
    Ok(())
}

fn describe(batch: &RecordBatch, i: usize) -> Result<String, arrow::error::ArrowError> {
    let options = FormatOptions::default();
    let mut out = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if column.is_valid(i) {
            out.push(format!("{}={}", field.name(), ArrayFormatter::try_new(column, &options)?.value(i)));
        }
    }
    Ok(out.join(" "))
}
