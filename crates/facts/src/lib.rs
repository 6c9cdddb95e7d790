//! Keeps the fact tables up to date: finds what changed in the log, folds it, replaces it.
//!
//! Read in this order: [`options`] (limits, reports), [`folds`] (the functions), `subject` (whom an event concerns), `columns` (events as
//! read), `gather` (events to fold), `run` (groups, on two `threads`), `rows` (facts as Arrow), `sidecar` (what each file holds, so that
//! a batch reads little), `touch` (what a batch touches), `keep` (what is replaced), `verify`.
//!
//! Facts are derived: any of this may break off anywhere and is repeated, for replacing rows by the fold of the same log gives
//! the same rows. Never in this crate: fold rules, queries.

mod columns;
pub mod error;
pub mod folds;
mod gather;
mod keep;
pub mod options;
mod rows;
mod run;
mod sidecar;
mod subject;
mod threads;
mod touch;
mod verify;

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use futures::future::try_join_all;
use trunkline_events::Timestamp;
use trunkline_storage::{Lake, LakeTable, schema};

pub use error::FactsError;
pub use folds::Folds;
use keep::{FactTable, Log};
pub use options::{FoldOptions, FoldReport, VerifyReport};
use sidecar::Sidecars;
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
    let stands = try_join_all(schema::FACT_TABLES.iter().map(|table| lake.folded(table))).await?;
    let Some(stands) = stands.into_iter().collect::<Option<Vec<u64>>>() else { return rebuild_with(lake, &[], options, folds).await };
    let stand: Vec<(&'static str, u64)> = schema::FACT_TABLES.iter().copied().zip(stands).collect();
    let ripening = |(table, _): &&(&'static str, u64)| keep::RIPENING.contains(table);
    let seen = stand.iter().filter(ripening).map(|(_, at)| *at).max().unwrap_or_default();
    // Which rows became final between their stand and this one can no longer be told, so these tables are made again. A run that
    // broke off leaves none behind: it commits the tables that tell last.
    let (behind, stand): (Vec<_>, Vec<_>) = stand.iter().partition(|entry| !ripening(entry) && entry.1 < seen);
    if !behind.is_empty() {
        let behind: Vec<String> = behind.iter().map(|(table, _)| (*table).to_owned()).collect();
        rebuild_with(lake, &behind, options, folds).await?;
    }
    let base = stand.iter().map(|(_, at)| *at).min().unwrap_or_default();
    let log = lake.table(schema::EVENTS).await?;
    let log_version = log.version();
    if base >= log_version {
        return Ok(FoldReport { log_version, ..FoldReport::default() });
    }
    let (_, Some(new)) = lake.added_since(schema::EVENTS, base).await? else { return rebuild_with(lake, &[], options, folds).await };
    let facts = try_join_all(schema::FACT_TABLES.iter().map(|table| lake.table(table))).await?;
    let (shared, limits, log_files) = (lake.clone(), options.clone(), log.files().to_vec());
    let (batches, mut report, touched, tables) = keep::blocking(move || {
        let sidecars = Sidecars::load(&shared, schema::EVENTS, &log_files)?;
        sidecars.delete_stale(&log_files)?;
        let table = |(&name, table): (&&'static str, LakeTable)| {
            let files = table.files().to_vec();
            Ok(FactTable { name, sidecars: Some(Sidecars::load(&shared, name, &files)?), files })
        };
        let tables = schema::FACT_TABLES.iter().zip(facts).map(table).collect::<Result<Vec<_>, FactsError>>()?;
        let touched = touch::touched_by(&shared, &sidecars, &new, &tables, limits.grace_ms)?;
        let log = Log { lake: &shared, files: &log_files, sidecars: Some(&sidecars), as_of: None };
        let (batches, report) = keep::fold_files(&log, &touched, &limits, folds)?;
        Ok((batches, report, touched, tables))
    })
    .await?;
    report.log_version = log_version;
    keep::replace(lake, tables, touched, batches, log_version).await?;
    Ok(report)
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
    let facts = try_join_all(chosen.iter().map(|table| lake.table(table))).await?;
    let table = |(name, table): (&'static str, LakeTable)| FactTable { name, files: table.files().to_vec(), sidecars: None };
    let tables: Vec<FactTable> = chosen.into_iter().zip(facts).map(table).collect();
    let (shared, options, files) = (lake.clone(), options.clone(), log.files().to_vec());
    let (batches, mut report) = keep::blocking(move || {
        let sidecars = Sidecars::unread(&shared, schema::EVENTS);
        let log = Log { lake: &shared, files: &files, sidecars: Some(&sidecars), as_of: None };
        let done = keep::fold_files(&log, &Touched::everybody(), &options, folds)?;
        sidecars.delete_stale(&files)?;
        Ok(done)
    })
    .await?;
    report.log_version = log.version();
    keep::replace(lake, tables, Touched::everybody(), batches, report.log_version).await?;
    Ok(report)
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
    let (expected, _) = keep::blocking(move || {
        let log = Log { lake: &shared, files: &files, sidecars: None, as_of: None };
        keep::fold_files(&log, &Touched::everybody(), &options, folds)
    })
    .await?;
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
    let work = move || {
        let log = Log { lake: &shared, files: &files, sidecars: None, as_of: Some(as_of) };
        keep::fold_files(&log, &Touched::everybody(), &FoldOptions::default(), Folds::default())
    };
    Ok(keep::blocking(work).await?.0)
}
