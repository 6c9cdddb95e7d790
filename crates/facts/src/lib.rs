//! Keeps the fact tables up to date: finds what changed in the log, folds it, replaces it.
//!
//! Read in this order: [`options`] (limits, reports), [`folds`] (the functions), `subject` (whom an event concerns), `gather`
//! (events to fold), `run` (groups, on two threads), `rows` (facts as Arrow), `keep` (what is touched, what is replaced), `verify`.
//!
//! Facts are derived: any of this may break off anywhere and is repeated, for replacing rows by the fold of the same log gives
//! the same rows. Never in this crate: fold rules, queries.

pub mod error;
pub mod folds;
mod gather;
mod keep;
pub mod options;
mod rows;
mod run;
mod subject;
mod verify;

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use trunkline_events::Timestamp;
use trunkline_storage::{DataFile, Lake, schema};

pub use error::FactsError;
pub use folds::Folds;
pub use options::{FoldOptions, FoldReport, VerifyReport};
use subject::Touched;

/// Brings every fact table up to the newest version of the log: folds exactly the contacts and agents that new events concern, and
/// those that the moved watermark makes final.
///
/// # Errors
/// What reading or writing the lake can give.
pub async fn update(lake: &Lake, options: &FoldOptions) -> Result<FoldReport, FactsError> {
    update_with(lake, options, Folds::default()).await
}

/// [`update`] with given folds.
///
/// # Errors
/// As [`update`].
pub async fn update_with(lake: &Lake, options: &FoldOptions, folds: Folds) -> Result<FoldReport, FactsError> {
    let mut stand = Vec::new();
    for &table in schema::FACT_TABLES {
        let Some(at) = lake.folded(table).await? else { return rebuild_with(lake, &[], options, folds).await };
        stand.push((table, at));
    }
    let base = stand.iter().map(|(_, at)| *at).max().unwrap_or_default();
    // A run broke off between tables. Which rows the others already saw become final can no longer be told, so the tables left
    // behind are made again.
    let behind: Vec<String> = stand.iter().filter(|(_, at)| *at < base).map(|(table, _)| (*table).to_owned()).collect();
    if !behind.is_empty() {
        rebuild_with(lake, &behind, options, folds).await?;
    }
    let log = lake.table(schema::EVENTS).await?;
    let log_version = log.version();
    if base >= log_version {
        return Ok(FoldReport { log_version, ..FoldReport::default() });
    }
    let (_, Some(new)) = lake.added_since(schema::EVENTS, base).await? else { return rebuild_with(lake, &[], options, folds).await };
    let log_files = log.files().to_vec();
    let touched = keep::touched_by(lake, log_files.clone(), new, options.grace_ms).await?;
    fold_and_replace(lake, log_files, log_version, touched, schema::FACT_TABLES, options, folds).await
}

/// Makes the named fact tables (all of them when `tables` is empty) again from the log.
///
/// # Errors
/// An unknown table; what reading or writing the lake can give.
pub async fn rebuild(lake: &Lake, tables: &[String], options: &FoldOptions) -> Result<FoldReport, FactsError> {
    rebuild_with(lake, tables, options, Folds::default()).await
}

/// [`rebuild`] with given folds.
///
/// # Errors
/// As [`rebuild`].
pub async fn rebuild_with(lake: &Lake, tables: &[String], options: &FoldOptions, folds: Folds) -> Result<FoldReport, FactsError> {
    if let Some(table) = tables.iter().find(|table| !schema::FACT_TABLES.contains(&table.as_str())) {
        return Err(FactsError::UnknownTable { table: table.clone() });
    }
    let chosen: Vec<&'static str> =
        schema::FACT_TABLES.iter().copied().filter(|name| tables.is_empty() || tables.iter().any(|table| table == name)).collect();
    let log = lake.table(schema::EVENTS).await?;
    fold_and_replace(lake, log.files().to_vec(), log.version(), Touched::everybody(), &chosen, options, folds).await
}

/// Proves facts = fold(log), row for row, at the default grace.
///
/// # Errors
/// What reading the lake can give.
pub async fn verify(lake: &Lake) -> Result<VerifyReport, FactsError> {
    verify_with(lake, &FoldOptions::default(), Folds::default()).await
}

/// [`verify`] with given limits and folds.
///
/// # Errors
/// As [`verify`].
pub async fn verify_with(lake: &Lake, options: &FoldOptions, folds: Folds) -> Result<VerifyReport, FactsError> {
    let log = lake.table(schema::EVENTS).await?;
    let (files, shared, options) = (log.files().to_vec(), lake.clone(), options.clone());
    let (expected, _) = keep::blocking(move || keep::fold_files(&shared, &files, &Touched::everybody(), &options, folds, None)).await?;
    let mut report = VerifyReport { log_version: log.version(), ..VerifyReport::default() };
    verify::compare(lake, &expected, &mut report).await?;
    Ok(report)
}

/// The facts as they were known at `as_of`: events recorded up to that instant, folded in memory.
///
/// # Errors
/// What reading the lake can give.
pub async fn fold_as_of(lake: &Lake, as_of: Timestamp) -> Result<HashMap<&'static str, Vec<RecordBatch>>, FactsError> {
    let files = lake.table(schema::EVENTS).await?.files().to_vec();
    let shared = lake.clone();
    let work = move || keep::fold_files(&shared, &files, &Touched::everybody(), &FoldOptions::default(), Folds::default(), Some(as_of));
    Ok(keep::blocking(work).await?.0)
}

async fn fold_and_replace(
    lake: &Lake,
    files: Vec<DataFile>,
    log_version: u64,
    touched: Touched,
    tables: &[&'static str],
    options: &FoldOptions,
    folds: Folds,
) -> Result<FoldReport, FactsError> {
    let (shared, options) = (lake.clone(), options.clone());
    let (mut batches, mut report, touched) = keep::blocking(move || {
        let (batches, report) = keep::fold_files(&shared, &files, &touched, &options, folds, None)?;
        Ok((batches, report, touched))
    })
    .await?;
    report.log_version = log_version;
    for &table in tables {
        keep::replace(lake, table, &touched, batches.remove(table).unwrap_or_default(), log_version).await?;
    }
    Ok(report)
}
