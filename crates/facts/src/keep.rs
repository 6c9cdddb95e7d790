//! Bringing fact tables up to date: the rows of whoever was folded go out, the new ones come in.

use std::collections::HashSet;

use arrow::array::BooleanArray;
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::record_batch::RecordBatch;
use futures::future::try_join_all;
use trunkline_events::Timestamp;
use trunkline_storage::{DataFile, Lake, TableChange, TableHandle, schema};

use crate::error::FactsError;
use crate::files::{FileWriter, Underway, Written};
use crate::options::THREADS;
use crate::owner::{Owner, Owners};
use crate::shelf::FILE_ROWS;
use crate::sidecar::{Sidecar, Sidecars};
use crate::subject::{Hashes, Touched};
use crate::threads::on_threads;

/// Files of fewer rows than a quarter of a full one are rewritten together once there are more than this many.
const MAX_SMALL_FILES: usize = 16;

/// Tables whose rows show what becomes final when the watermark moves. They are committed after all others: as long as one of them has not
/// been brought up to date, what its rows would touch is still to be seen, and a run that broke off is finished by the next.
pub(crate) const RIPENING: [&str; 3] = ["contacts", "agent_states", "self_service"];

/// A fact table as it stands, and what is known of its files when only a part of it is to be replaced.
#[derive(Debug)]
pub(crate) struct FactTable {
    pub(crate) handle: TableHandle,
    pub(crate) sidecars: Option<Sidecars>,
}

impl FactTable {
    pub(crate) fn name(&self) -> &'static str {
        let name = self.handle.table().name();
        schema::FACT_TABLES.iter().find(|table| **table == name).copied().unwrap_or_default()
    }

    pub(crate) fn files(&self) -> &[DataFile] {
        self.handle.table().files()
    }

    /// What is known of a file, where anything is to be known. Blocking.
    pub(crate) fn sidecar(&self, file: &DataFile) -> Result<Option<Sidecar>, FactsError> {
        self.sidecars.as_ref().map_or(Ok(None), |sidecars| sidecars.get(file))
    }
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
    /// Of the log's files: where everybody is folded, those that are missing are made. None where not all events count.
    pub(crate) sidecars: Option<&'a Sidecars>,
    /// Only events recorded up to this instant.
    pub(crate) as_of: Option<Timestamp>,
}

/// What is to be committed for every table. Blocking.
pub(crate) fn changes(
    lake: &Lake,
    writer: &FileWriter<'_>,
    tables: &[FactTable],
    touched: &Touched,
    mut written: Written,
) -> Result<Vec<TableChange>, FactsError> {
    let rest: Vec<Vec<RecordBatch>> = tables.iter().map(|table| written.rest.remove(table.name()).unwrap_or_default()).collect();
    let parts = on_threads(THREADS, tables.len(), |i| change(lake, writer, &tables[i], touched, &rest[i]))?;
    let mut out = Vec::with_capacity(tables.len());
    for (table, (removed, underway)) in tables.iter().zip(parts) {
        let mut added = written.files.remove(table.name()).unwrap_or_default();
        for file in underway {
            added.push(writer.finish(table.name(), file)?);
        }
        out.push(TableChange { removed, added });
    }
    Ok(out)
}

/// Commits the changes of all tables.
pub(crate) async fn commit(tables: Vec<FactTable>, changes: Vec<TableChange>, log_version: u64) -> Result<(), FactsError> {
    let all = tables.into_iter().zip(changes);
    let (last, first): (Vec<_>, Vec<_>) = all.partition(|(table, _)| RIPENING.contains(&table.name()));
    for group in [first, last] {
        try_join_all(group.into_iter().map(|(table, change)| table.handle.replace(change, log_version))).await?;
    }
    Ok(())
}

type Change = (Vec<DataFile>, Vec<Underway>);

/// Files that hold a touched row are rewritten, others stay.
fn change(lake: &Lake, writer: &FileWriter<'_>, table: &FactTable, touched: &Touched, fresh: &[RecordBatch]) -> Result<Change, FactsError> {
    let (mut removed, mut pieces) = (Vec::new(), Pieces { writer, table, open: Vec::new(), rows: 0, files: Vec::new() });
    fresh.iter().try_for_each(|rows| pieces.put(rows.clone()))?;
    let small: HashSet<String> = small_files(table.files(), MAX_SMALL_FILES);
    let arrow = table.handle.table().schema();
    let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
    for file in table.files() {
        if touched.everybody {
            removed.push(file.clone());
            continue;
        }
        let mut hit = small.contains(&file.path);
        if !hit && table.sidecar(file)?.is_some_and(|sidecar| !sidecar.has_subject(touched)) {
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
            removed.push(file.clone());
            kept.into_iter().try_for_each(|rows| pieces.put(rows))?;
        }
    }
    Ok((removed, pieces.finish()?))
}

/// Joins small batches into files, each written as soon as it is full.
struct Pieces<'a> {
    writer: &'a FileWriter<'a>,
    table: &'a FactTable,
    open: Vec<RecordBatch>,
    rows: usize,
    files: Vec<Underway>,
}

impl Pieces<'_> {
    fn put(&mut self, batch: RecordBatch) -> Result<(), FactsError> {
        if self.rows + batch.num_rows() > FILE_ROWS {
            self.write()?;
        }
        self.rows += batch.num_rows();
        self.open.extend(Some(batch).filter(|batch| batch.num_rows() > 0));
        Ok(())
    }

    fn write(&mut self) -> Result<(), FactsError> {
        if self.open.is_empty() {
            return Ok(());
        }
        let rows = concat_batches(&self.table.handle.table().schema(), &std::mem::take(&mut self.open))?;
        self.rows = 0;
        self.files.push(self.writer.write(self.table.name(), rows)?);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Underway>, FactsError> {
        self.write()?;
        Ok(self.files)
    }
}

/// The small files, if there are more than `most`.
pub(crate) fn small_files(files: &[DataFile], most: usize) -> HashSet<String> {
    let small: HashSet<String> =
        files.iter().filter(|file| file.rows.is_some_and(|rows| rows < FILE_ROWS as u64 / 4)).map(|file| file.path.clone()).collect();
    if small.len() > most { small } else { HashSet::new() }
}

/// Which rows belong to nobody that is touched.
fn untouched(batch: &RecordBatch, touched: &Touched) -> BooleanArray {
    let (hashes, owners) = (Hashes::new(), Owners::of(batch));
    let is_kept = |i| match owners.of_row(&hashes, i) {
        Owner::Contact(hash) => !touched.has_contact(hash),
        Owner::Agent(hash) => !touched.has_agent(hash, owners.source(i)),
        Owner::Nobody => !touched.everybody,
    };
    (0..batch.num_rows()).map(|i| Some(is_kept(i))).collect()
}
