//! Keeps the fact tables up to date: finds what changed in the log, folds it, replaces it.
//!
//! Read in this order: [`options`] (limits, reports), [`folds`] (the functions), `subject` (whom an event concerns), `columns` (events as
//! read), `survey` (who is in which file), `route` (the order of reading), `gather` and `agents` (events held), `run` (folding them), `stream`
//! (all of this, stage after stage), `rows` (facts as Arrow), `shelf` and `files` (on their way into files), `owner` (whose a fact row is),
//! `sidecar` (what each file holds, so that a batch reads little), `touch` (what a batch touches), `keep` (what is replaced), `compact`, `verify`.
//!
//! Facts are derived: any of this may break off anywhere and is repeated, for replacing rows by the fold of the same log gives
//! the same rows. Never in this crate: fold rules, queries.

mod agents;
mod columns;
mod compact;
pub mod error;
mod files;
pub mod folds;
mod gather;
mod keep;
pub mod options;
mod owner;
mod route;
mod rows;
mod run;
mod shelf;
mod sidecar;
mod stream;
mod subject;
mod survey;
mod threads;
mod touch;
mod verify;
mod watermark;

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use futures::future::try_join_all;
use tokio::runtime::Handle;
use trunkline_events::Timestamp;
use trunkline_storage::{Lake, LakeTable, TableHandle, schema};

pub use compact::compact;
pub use error::FactsError;
use files::{FileWriter, ToFiles};
pub use folds::Folds;
use keep::{FactTable, Log};
pub use options::{FoldOptions, FoldReport, VerifyReport};
use shelf::InMemory;
use sidecar::Sidecars;
use subject::Touched;
use verify::Tally;

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
    let (log, tables) = handles(lake, schema::FACT_TABLES).await?;
    let stands: Option<Vec<u64>> = tables.iter().map(TableHandle::folded).collect();
    let Some(stands) = stands else { return rebuild_with(lake, &[], options, folds).await };
    let ripening = |table: &TableHandle| keep::RIPENING.contains(&table.table().name());
    let both = || tables.iter().zip(stands.iter().copied());
    let seen = both().filter(|(table, _)| ripening(table)).map(|(_, at)| at).max().unwrap_or_default();
    // Which rows became final between their stand and this one can no longer be told, so these tables are made again. A run that
    // broke off leaves none behind: it commits the tables that tell last.
    let behind: Vec<String> =
        both().filter(|(table, at)| !ripening(table) && *at < seen).map(|(table, _)| table.table().name().to_owned()).collect();
    if !behind.is_empty() {
        rebuild_with(lake, &behind, options, folds).await?;
        return Box::pin(update_with(lake, options, folds)).await;
    }
    let (base, log_version) = (stands.iter().copied().min().unwrap_or_default(), log.table().version());
    if base >= log_version {
        return Ok(FoldReport { log_version, ..FoldReport::default() });
    }
    let Some(new) = log.added_since(base).await? else { return rebuild_with(lake, &[], options, folds).await };
    let (shared, limits, runtime) = (lake.clone(), options.clone(), Handle::current());
    let work = move || {
        let (lake, log_files) = (&shared, log.table().files());
        let sidecars = Sidecars::of(lake, schema::EVENTS).made();
        let table = |handle: TableHandle| {
            let sidecars = Some(Sidecars::of(lake, handle.table().name()).made());
            FactTable { handle, sidecars }
        };
        let tables: Vec<FactTable> = tables.into_iter().map(table).collect();
        // What is news may have been rewritten since: whom it concerns, the old files tell.
        let touched = touch::touched_by(lake, &sidecars, (log_files, &new), &tables, limits.grace_ms)?;
        sidecars.delete_stale(log_files)?;
        let log = Log { lake, files: log_files, sidecars: Some(&sidecars), as_of: None };
        fold_to_files(&log, &touched, &limits, folds, tables, &runtime)
    };
    let (report, tables, changes) = keep::blocking(work).await?;
    keep::commit(tables, changes, log_version).await?;
    Ok(FoldReport { log_version, ..report })
}

type Folded = (FoldReport, Vec<FactTable>, Vec<trunkline_storage::TableChange>);

/// Folds, stores the rows, and says what is to be committed. Blocking.
fn fold_to_files(
    log: &Log<'_>,
    touched: &Touched,
    options: &FoldOptions,
    folds: Folds,
    tables: Vec<FactTable>,
    runtime: &Handle,
) -> Result<Folded, FactsError> {
    let only: Vec<&'static str> = tables.iter().map(FactTable::name).collect();
    let mut output = ToFiles::new(FileWriter::new(log.lake, runtime.clone()), only);
    let report = stream::fold(log, touched, options, folds, &mut output)?;
    let (writer, written) = output.finish()?;
    let changes = keep::changes(log.lake, &writer, &tables, touched, written)?;
    for (table, change) in tables.iter().zip(&changes) {
        let (name, files) = (table.name(), table.files());
        let gone = |file: &&trunkline_storage::DataFile| change.removed.iter().any(|removed| removed.path == file.path);
        let mut current: Vec<_> = files.iter().filter(|file| !gone(file)).cloned().collect();
        current.extend(change.added.iter().map(|new| new.file().clone()));
        Sidecars::of(log.lake, name).delete_stale(&current)?;
    }
    Ok((report, tables, changes))
}

/// The log and fact tables, each loaded once.
async fn handles(lake: &Lake, tables: &[&'static str]) -> Result<(TableHandle, Vec<TableHandle>), FactsError> {
    let log = lake.handle(schema::EVENTS).await?;
    Ok((log, try_join_all(tables.iter().map(|table| lake.handle(table))).await?))
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
    let (log, handles) = handles(lake, &chosen).await?;
    let log_version = log.table().version();
    let tables: Vec<FactTable> = handles.into_iter().map(|handle| FactTable { handle, sidecars: None }).collect();
    let (shared, options, runtime) = (lake.clone(), options.clone(), Handle::current());
    let work = move || {
        let (lake, files) = (&shared, log.table().files());
        let sidecars = Sidecars::of(lake, schema::EVENTS);
        let log = Log { lake, files, sidecars: Some(&sidecars), as_of: None };
        let done = fold_to_files(&log, &Touched::everybody(), &options, folds, tables, &runtime)?;
        sidecars.delete_stale(files)?;
        Ok(done)
    };
    let (report, tables, changes) = keep::blocking(work).await?;
    keep::commit(tables, changes, log_version).await?;
    Ok(FoldReport { log_version, ..report })
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
    let tables = try_join_all(schema::FACT_TABLES.iter().map(|table| lake.table(table))).await?;
    let (version, shared, options) = (log.version(), lake.clone(), options.clone());
    let work = move || {
        let log = Log { lake: &shared, files: log.files(), sidecars: None, as_of: None };
        let run = |mut tally: Tally| {
            stream::fold(&log, &Touched::everybody(), &options, folds, &mut tally)?;
            tally.finish()?;
            schema::FACT_TABLES.iter().zip(&tables).try_for_each(|(name, table): (_, &LakeTable)| tally.stored(&shared, name, table))?;
            Ok::<Tally, FactsError>(tally)
        };
        let first = run(Tally::default())?;
        let second = if first.is_even() { Tally::default() } else { run(first.second())? };
        let mut report = VerifyReport { log_version: version, ..VerifyReport::default() };
        first.tell(&second, &mut report);
        Ok(report)
    };
    keep::blocking(work).await
}

/// Facts as they were known at an instant.
#[derive(Debug, Clone, Default)]
pub struct FactsAsOf {
    /// Rows by table.
    pub tables: HashMap<&'static str, Vec<RecordBatch>>,
    /// Latest `occurred_at` of the events known then.
    pub watermark: Option<Timestamp>,
}

/// The facts as they were known at `as_of`: events recorded up to that instant, folded in memory.
///
/// # Errors
/// What reading the lake can give.
pub async fn fold_as_of(lake: &Lake, as_of: Timestamp) -> Result<FactsAsOf, FactsError> {
    let files = lake.table(schema::EVENTS).await?.files().to_vec();
    let shared = lake.clone();
    let work = move || {
        let log = Log { lake: &shared, files: &files, sidecars: None, as_of: Some(as_of) };
        let mut output = InMemory::default();
        let report = stream::fold(&log, &Touched::everybody(), &FoldOptions::default(), Folds::default(), &mut output)?;
        Ok(FactsAsOf { tables: output.finish()?, watermark: report.watermark })
    };
    keep::blocking(work).await
}
