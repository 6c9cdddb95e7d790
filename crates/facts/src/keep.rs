//! Bringing fact tables up to date: what is touched, folding it, replacing the rows.

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use hashbrown::{HashMap, HashSet};
use trunkline_events::Timestamp;
use trunkline_storage::{DataFile, Lake, StatValue, TableChange, schema};

use crate::error::FactsError;
use crate::folds::Folds;
use crate::gather::{Gathered, Wanted, raise};
use crate::options::{FoldOptions, FoldReport};
use crate::rows::{self, FILE_ROWS};
use crate::run::{self, FactRows, Setting};
use crate::subject::{Hashes, Subject, Touched};

/// Files of fewer rows than a quarter of a full one are rewritten together once there are more than this many.
const MAX_SMALL_FILES: usize = 16;

/// Rough bytes in memory per event, Arrow columns and sort keys together; decides the number of passes.
const EVENT_BYTES: u64 = 600;

/// Batches of every fact table by name.
pub(crate) type Batches = std::collections::HashMap<&'static str, Vec<RecordBatch>>;

/// The watermarks of the sources: latest `occurred_at`.
pub(crate) type Watermarks = HashMap<String, i64>;

/// Runs blocking work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, FactsError> + Send + 'static) -> Result<T, FactsError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| FactsError::Background(error.to_string()))?
}

/// Folds the touched subjects of `files`. Blocking.
pub(crate) fn fold_files(
    lake: &Lake,
    files: &[DataFile],
    touched: &Touched,
    options: &FoldOptions,
    folds: Folds,
    as_of: Option<Timestamp>,
) -> Result<(Batches, FoldReport), FactsError> {
    let hashes = Hashes::new();
    let events: u64 = files.iter().filter_map(|file| file.rows).sum();
    let passes = if touched.everybody { (events * EVENT_BYTES).div_ceil(options.memory_bytes.max(1)).max(1) } else { 1 };
    let mut report = FoldReport { passes: u32::try_from(passes).unwrap_or(u32::MAX), ..FoldReport::default() };
    let mut out = Batches::new();
    let marks = touched.watermarks.clone().map_or_else(|| watermarks(lake, files, as_of), Ok)?;
    let holding = if touched.everybody { files.to_vec() } else { files_with(lake, files, touched)? };
    for pass in 0..passes {
        let mut gathered = Gathered::default();
        for file in &holding {
            gathered.read(lake, file, &hashes, &Wanted { touched, passes, pass, as_of })?;
        }
        report.events += gathered.events();
        let rows: FactRows = run::fold(&mut gathered, &Setting { folds, grace_ms: options.grace_ms, watermarks: &marks });
        drop(gathered);
        report.contacts += rows.subjects.0;
        report.agents += rows.subjects.1;
        for (table, batches) in rows::to_batches(rows)? {
            report.rows += batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
            out.entry(table).or_default().extend(batches);
        }
    }
    Ok((out, report))
}

/// Latest `occurred_at` per source. A file's rows are read only as two columns.
fn watermarks(lake: &Lake, files: &[DataFile], as_of: Option<Timestamp>) -> Result<Watermarks, FactsError> {
    let mut marks = Watermarks::new();
    for file in files {
        lake.read_file(file, &["source", "occurred_at", "recorded_at"], |batch| {
            let sources = batch.column(0).as_string::<i32>();
            let (at, known) =
                (batch.column(1).as_primitive::<TimestampMicrosecondType>(), batch.column(2).as_primitive::<TimestampMicrosecondType>());
            for i in (0..batch.num_rows()).filter(|&i| as_of.is_none_or(|limit| known.value(i) <= limit.micros())) {
                raise(&mut marks, sources.value(i), at.value(i));
            }
            Ok(())
        })?;
    }
    Ok(marks)
}

/// Whom the new files concern, and whom the moved watermarks make final.
pub(crate) async fn touched_by(lake: &Lake, all: Vec<DataFile>, new: Vec<DataFile>, grace_ms: i64) -> Result<Touched, FactsError> {
    let mut facts = Vec::new();
    for table in ["contacts", "self_service", "agent_states"] {
        facts.push((table, lake.table(table).await?.files().to_vec()));
    }
    let lake = lake.clone();
    blocking(move || {
        let hashes = Hashes::new();
        let mut touched = Touched::default();
        for file in &new {
            lake.read_file(file, &["source", "type", "contact_id", "agent_id"], |batch| {
                let column = |i: usize| batch.column(i).as_string::<i32>();
                let value = |c: usize, i: usize| column(c).is_valid(i).then(|| column(c).value(i));
                for i in 0..batch.num_rows() {
                    let source = column(0).value(i);
                    touched.add(hashes.subject(source, column(1).value(i), value(2, i), value(3, i)), source);
                }
                Ok(())
            })?;
        }
        let marks = watermarks(&lake, &all, None)?;
        for (table, files) in &facts {
            for file in files.iter().filter(|file| may_be_open(file)) {
                ripe(&lake, table, file, &marks, grace_ms, &hashes, &mut touched)?;
            }
        }
        touched.watermarks = Some(marks);
        Ok(touched)
    })
    .await
}

fn may_be_open(file: &DataFile) -> bool {
    file.ranges.get("is_final").and_then(|range| range.min.clone()) != Some(StatValue::Bool(true))
}

/// Adds the subjects of ended rows that were not final and whose grace has passed by now.
fn ripe(
    lake: &Lake,
    table: &str,
    file: &DataFile,
    marks: &Watermarks,
    grace_ms: i64,
    hashes: &Hashes,
    touched: &mut Touched,
) -> Result<(), FactsError> {
    let id = if table == "agent_states" { "agent_id" } else { "contact_id" };
    lake.read_file(file, &[id, "ended_at", "source", "is_final"], |batch| {
        let (ids, ended) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<TimestampMicrosecondType>());
        let (sources, finals) = (batch.column(2).as_string::<i32>(), batch.column(3).as_boolean());
        for i in (0..batch.num_rows()).filter(|&i| !finals.value(i) && ended.is_valid(i) && ids.is_valid(i)) {
            let due = Timestamp::from_micros(ended.value(i)).plus_millis(grace_ms).micros();
            if marks.get(sources.value(i)).is_some_and(|mark| *mark >= due) {
                if table == "agent_states" {
                    touched.agents.insert(hashes.agent(sources.value(i), ids.value(i)));
                } else {
                    touched.contacts.insert(hashes.contact(sources.value(i), ids.value(i)));
                }
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Files of the log that hold an event of a touched subject; only key columns are read.
fn files_with(lake: &Lake, files: &[DataFile], touched: &Touched) -> Result<Vec<DataFile>, FactsError> {
    let hashes = Hashes::new();
    let mut out = Vec::new();
    for file in files {
        let mut hit = touched.everybody;
        lake.read_file(file, &["source", "type", "contact_id", "agent_id"], |batch| {
            let column = |i: usize| batch.column(i).as_string::<i32>();
            let value = |c: usize, i: usize| column(c).is_valid(i).then(|| column(c).value(i));
            hit = hit
                || (0..batch.num_rows()).any(|i| {
                    let source = column(0).value(i);
                    match hashes.subject(source, column(1).value(i), value(2, i), value(3, i)) {
                        Subject::Contact(hash) => touched.has_contact(hash),
                        Subject::Agent(hash) => touched.has_agent(hash, source),
                        Subject::Source => true,
                        Subject::Nobody => false,
                    }
                });
            Ok(())
        })?;
        if hit {
            out.push(file.clone());
        }
    }
    Ok(out)
}

/// Replaces the touched rows of one table by `fresh`: files that hold one are rewritten, others stay.
pub(crate) async fn replace(
    lake: &Lake,
    table: &'static str,
    touched: &Touched,
    fresh: Vec<RecordBatch>,
    log_version: u64,
) -> Result<(), FactsError> {
    let files = lake.table(table).await?.files().to_vec();
    if files.is_empty() && fresh.is_empty() && lake.folded(table).await? == Some(log_version) {
        return Ok(());
    }
    let mut change = TableChange { removed: Vec::new(), added: fresh };
    let small: HashSet<String> = small_files(&files);
    for file in files {
        if touched.everybody {
            change.removed.push(file);
            continue;
        }
        let mut kept = Vec::new();
        let mut hit = small.contains(&file.path);
        let arrow = schema::arrow_schema(table).ok_or_else(|| FactsError::UnknownTable { table: table.to_owned() })?;
        let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
        lake.read_file(&file, &names, |batch| {
            let keep = untouched(&batch, touched);
            hit |= keep.true_count() < batch.num_rows();
            kept.push(filter_record_batch(&batch, &keep)?);
            Ok(())
        })?;
        if hit {
            change.removed.push(file);
            change.added.extend(kept);
        }
    }
    change.added = cut(change.added, table)?;
    lake.replace(table, change, log_version).await?;
    Ok(())
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
