//! Bringing fact tables up to date: folding who is touched, replacing the rows.

use std::collections::HashSet;

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use futures::future::try_join_all;
use trunkline_events::Timestamp;
use trunkline_storage::{DataFile, Lake, TableChange, schema};

use crate::error::FactsError;
use crate::folds::Folds;
use crate::gather::{Gathered, THREADS, Wanted};
use crate::options::{FoldOptions, FoldReport};
use crate::rows::{self, FILE_ROWS};
use crate::run::{self, Setting};
use crate::sidecar::Sidecars;
use crate::subject::{Hashes, Touched};
use crate::threads::on_threads;

/// Files of fewer rows than a quarter of a full one are rewritten together once there are more than this many.
const MAX_SMALL_FILES: usize = 16;

/// Rough bytes in memory per event, Arrow columns and lists together; decides the number of passes.
const EVENT_BYTES: u64 = 380;

/// Tables whose rows show what becomes final when the watermark moves. They are committed after all others: as long as one of them has not
/// been brought up to date, what its rows would touch is still to be seen, and a run that broke off is finished by the next.
pub(crate) const RIPENING: [&str; 2] = ["contacts", "agent_states"];

/// Batches of every fact table by name.
pub(crate) type Batches = std::collections::HashMap<&'static str, Vec<RecordBatch>>;

/// A fact table as it stands: its files, and what is known of them when only a part of it is to be replaced.
#[derive(Debug)]
pub(crate) struct FactTable {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<DataFile>,
    pub(crate) sidecars: Option<Sidecars>,
}

/// Runs blocking work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, FactsError> + Send + 'static) -> Result<T, FactsError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| FactsError::Background(error.to_string()))?
}

/// The log and how to fold it.
#[derive(Debug)]
pub(crate) struct Log<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) files: &'a [DataFile],
    /// Of the log's files: where everybody is folded, those that are missing are made.
    pub(crate) sidecars: Option<&'a Sidecars>,
    /// Only events recorded up to this instant.
    pub(crate) as_of: Option<Timestamp>,
}

/// Folds the touched subjects. Blocking.
pub(crate) fn fold_files(
    log: &Log<'_>,
    touched: &Touched,
    options: &FoldOptions,
    folds: Folds,
) -> Result<(Batches, FoldReport), FactsError> {
    let events: u64 = log.files.iter().filter_map(|file| file.rows).sum();
    let passes = if touched.everybody { (events * EVENT_BYTES).div_ceil(options.memory_bytes.max(1)).max(1) } else { 1 };
    let mut report = FoldReport { passes: u32::try_from(passes).unwrap_or(u32::MAX), ..FoldReport::default() };
    let mut out = Batches::new();
    let mut marks = touched.watermarks.clone();
    for pass in 0..passes {
        let gathered = Gathered::read(log.lake, log.files, &Wanted { touched, passes, pass, as_of: log.as_of }, log.sidecars)?;
        report.events += gathered.events();
        // Every pass over everybody sees all events, whomever it folds.
        let marks = marks.get_or_insert_with(|| gathered.watermarks.clone());
        let parts = run::fold(&gathered, &Setting { folds, grace_ms: options.grace_ms, watermarks: marks });
        drop(gathered);
        for part in &parts {
            report.contacts += part.subjects.0;
            report.agents += part.subjects.1;
        }
        for (table, batches) in rows::to_batches(&parts)? {
            report.rows += batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
            out.entry(table).or_default().extend(batches);
        }
    }
    Ok((out, report))
}

/// Replaces the touched rows of the tables by `fresh` ones. Files that hold a touched row are rewritten, others stay.
pub(crate) async fn replace(
    lake: &Lake,
    tables: Vec<FactTable>,
    touched: Touched,
    mut fresh: Batches,
    log_version: u64,
) -> Result<(), FactsError> {
    let names: Vec<&'static str> = tables.iter().map(|table| table.name).collect();
    let shared = lake.clone();
    let fresh: Vec<Vec<RecordBatch>> = names.iter().map(|name| fresh.remove(name).unwrap_or_default()).collect();
    let changes = blocking(move || on_threads(THREADS, tables.len(), |i| change(&shared, &tables[i], &touched, fresh[i].clone()))).await?;
    let (last, first): (Vec<_>, Vec<_>) = names.iter().copied().zip(changes).partition(|(name, _)| RIPENING.contains(name));
    for group in [first, last] {
        try_join_all(group.into_iter().map(|(name, change)| lake.replace(name, change, log_version))).await?;
    }
    let mut current = Vec::new();
    for name in names {
        current.push((name, lake.table(name).await?.files().to_vec()));
    }
    let lake = lake.clone();
    blocking(move || {
        for (name, files) in &current {
            let sidecars = Sidecars::unread(&lake, name);
            sidecars.make_missing(&lake, name, files)?;
            sidecars.delete_stale(files)?;
        }
        Ok(())
    })
    .await
}

fn change(lake: &Lake, table: &FactTable, touched: &Touched, fresh: Vec<RecordBatch>) -> Result<TableChange, FactsError> {
    let mut change = TableChange { removed: Vec::new(), added: fresh };
    let small: HashSet<String> = small_files(&table.files);
    let arrow = schema::arrow_schema(table.name).ok_or_else(|| FactsError::UnknownTable { table: table.name.to_owned() })?;
    let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
    for file in &table.files {
        if touched.everybody {
            change.removed.push(file.clone());
            continue;
        }
        let mut hit = small.contains(&file.path);
        let known = table.sidecars.as_ref().and_then(|sidecars| sidecars.get(file));
        if !hit && known.is_some_and(|sidecar| !sidecar.has_subject(touched)) {
            continue;
        }
        let mut kept = Vec::new();
        lake.read_file(file, &names, |batch| {
            let keep = untouched(&batch, touched);
            hit |= keep.true_count() < batch.num_rows();
            kept.push(filter_record_batch(&batch, &keep)?);
            Ok(())
        })?;
        if hit {
            change.removed.push(file.clone());
            change.added.extend(kept);
        }
    }
    change.added = cut(change.added, table.name)?;
    Ok(change)
}

fn small_files(files: &[DataFile]) -> HashSet<String> {
    let small: HashSet<String> =
        files.iter().filter(|file| file.rows.is_some_and(|rows| rows < FILE_ROWS as u64 / 4)).map(|file| file.path.clone()).collect();
    if small.len() > MAX_SMALL_FILES { small } else { HashSet::new() }
}

/// Which rows belong to nobody that is touched.
fn untouched(batch: &RecordBatch, touched: &Touched) -> BooleanArray {
    let hashes = Hashes::new();
    let text = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    let (contacts, agents, sources) = (text("contact_id"), text("agent_id"), text("source"));
    let is_by_contact = contacts.is_some();
    let keep = (0..batch.num_rows()).map(|i| {
        let source = sources.map_or("", |sources| sources.value(i));
        let contact = contacts.filter(|ids| ids.is_valid(i)).map(|ids| ids.value(i));
        let agent = agents.filter(|ids| ids.is_valid(i)).map(|ids| ids.value(i));
        let hit = match (contact, agent) {
            (Some(contact), _) => touched.has_contact(hashes.contact(source, contact)),
            (None, Some(agent)) => touched.has_agent(hashes.agent(source, agent), source),
            (None, None) => is_by_contact && touched.everybody,
        };
        Some(!hit)
    });
    keep.collect()
}

/// Joins small pieces and cuts large ones: each batch becomes a file.
fn cut(batches: Vec<RecordBatch>, table: &str) -> Result<Vec<RecordBatch>, FactsError> {
    let arrow = schema::arrow_schema(table).ok_or_else(|| FactsError::UnknownTable { table: table.to_owned() })?;
    let (mut out, mut open, mut rows) = (Vec::new(), Vec::new(), 0);
    for batch in batches.into_iter().filter(|batch| batch.num_rows() > 0) {
        if rows + batch.num_rows() > FILE_ROWS && !open.is_empty() {
            out.push(arrow::compute::concat_batches(&arrow, &std::mem::take(&mut open))?);
            rows = 0;
        }
        rows += batch.num_rows();
        open.push(batch);
    }
    if !open.is_empty() {
        out.push(arrow::compute::concat_batches(&arrow, &open)?);
    }
    Ok(out)
}
