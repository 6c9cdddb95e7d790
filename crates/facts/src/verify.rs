//! Comparing the fact tables with the fold of the log, row for row, as multisets. Only a hash of 128 bits is kept of a row, so that
//! memory does not depend on how wide rows are; which rows differ is looked up in a second run when there are any.

use std::collections::BTreeMap;

use ahash::RandomState;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use hashbrown::HashMap;
use trunkline_storage::{Lake, LakeTable};

use crate::error::FactsError;
use crate::options::VerifyReport;
use crate::run::FactRows;
use crate::shelf::{FILE_ROWS, Output, Shelf};

/// Differences told in words.
const FIRST: usize = 10;

/// How often each row was seen in a table more than in the fold; rows that are equally often in both are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    shelf: Shelf,
    counts: HashMap<&'static str, HashMap<u128, i32>>,
    /// Rows seen in tables.
    pub(crate) rows: u64,
    /// In the second run: rows that differ, in words, by table and hash.
    words: Option<BTreeMap<(&'static str, u128), String>>,
}

impl Tally {
    /// A second run, for the words of rows that differ by this one.
    pub(crate) fn second(&self) -> Self {
        let differing = self.counts.iter().flat_map(|(table, counts)| counts.keys().map(|row| ((*table, *row), String::new())));
        Self { words: Some(differing.collect()), ..Self::default() }
    }

    /// Rows of a table as stored. Blocking.
    pub(crate) fn stored(&mut self, lake: &Lake, name: &'static str, table: &LakeTable) -> Result<(), FactsError> {
        let arrow = table.schema();
        let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
        for file in table.files() {
            lake.read_file(file, &names, |batch| {
                self.rows += batch.num_rows() as u64;
                Ok(self.count(name, &batch, 1)?)
            })?;
        }
        Ok(())
    }

    /// After all rows.
    pub(crate) fn finish(&mut self) -> Result<(), FactsError> {
        self.drain(0)
    }

    /// Whether every row of the tables is one of the fold and the other way round.
    pub(crate) fn is_even(&self) -> bool {
        self.counts.values().all(HashMap::is_empty)
    }

    /// What the first run found, with the words of the second.
    pub(crate) fn tell(&self, second: &Self, report: &mut VerifyReport) {
        report.rows = self.rows;
        for ((table, row), words) in second.words.iter().flatten() {
            let count = self.counts.get(table).and_then(|counts| counts.get(row)).copied().unwrap_or_default();
            report.differences += u64::from(count.unsigned_abs());
            if report.first.len() < FIRST {
                let what = if count > 0 { "is in the table, not in the fold" } else { "is in the fold, not in the table" };
                report.first.push(format!("{table}: {words} {what}"));
            }
        }
    }

    fn drain(&mut self, least: usize) -> Result<(), FactsError> {
        for (table, batches) in self.shelf.drain(least, FILE_ROWS, |_, batches| Ok(batches))? {
            batches.iter().try_for_each(|batch| self.count(table, batch, -1))?;
        }
        Ok(())
    }

    fn count(&mut self, table: &'static str, batch: &RecordBatch, step: i32) -> Result<(), ArrowError> {
        let fields = batch.schema().fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
        let rows = RowConverter::new(fields)?.convert_columns(batch.columns())?;
        let halves = [RandomState::with_seeds(1, 2, 3, 4), RandomState::with_seeds(5, 6, 7, 8)];
        let counts = self.counts.entry(table).or_default();
        for (i, row) in rows.iter().enumerate() {
            let [low, high] = halves.each_ref().map(|half| u128::from(half.hash_one(row.as_ref())));
            let hash = high << 64 | low;
            if let Some(words) = &mut self.words {
                if let Some(words) = words.get_mut(&(table, hash)) {
                    *words = describe(batch, i)?;
                }
                continue;
            }
            let count = counts.entry(hash).or_default();
            *count += step;
            if *count == 0 {
                counts.remove(&hash);
            }
        }
        Ok(())
    }
}

impl Output for Tally {
    fn take(&mut self, parts: Vec<FactRows>) -> Result<(), FactsError> {
        self.shelf.put(parts);
        self.drain(FILE_ROWS)
    }
}

fn describe(batch: &RecordBatch, i: usize) -> Result<String, ArrowError> {
    let options = FormatOptions::default();
    let mut out = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if column.is_valid(i) {
            out.push(format!("{}={}", field.name(), ArrayFormatter::try_new(column, &options)?.value(i)));
        }
    }
    Ok(out.join(" "))
}
