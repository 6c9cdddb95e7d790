//! What each data file holds, kept beside the lake's tables so that a small batch need not read large files: `_trunkline/subjects/`.
//!
//! Read in this order: `content` (what is kept of a file), `form` (its bytes). A sidecar is derived and never trusted blindly: it names its
//! file and size, carries a check of its bytes and a stamp of the hash function. One that is missing, damaged or of another form is made
//! again from the file; one whose file is gone is deleted.

mod content;
mod form;

use std::collections::HashSet;
use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use trunkline_storage::{DataFile, Lake, StorageError, schema};

pub(crate) use content::{Builder, Sidecar};

use crate::error::FactsError;
use crate::options::THREADS;
use crate::subject::Hashes;
use crate::threads::on_threads;
use crate::watermark::{Watermarks, raise};
use crate::{agents, owner, survey};

/// The sidecars of one table, on disk: together they are large, and what reads them needs one at a time.
#[derive(Debug)]
pub(crate) struct Sidecars {
    lake: Lake,
    table: String,
    folder: PathBuf,
    /// One that is missing is made from its file.
    are_made: bool,
}

impl Sidecars {
    /// Those that a table has.
    pub(crate) fn of(lake: &Lake, table: &str) -> Self {
        let folder = lake.root().join("_trunkline").join("subjects").join(table);
        Self { lake: lake.clone(), table: table.to_owned(), folder, are_made: false }
    }

    /// The same, where one that is missing is made when it is asked for.
    pub(crate) fn made(self) -> Self {
        Self { are_made: true, ..self }
    }

    /// That of a file; `None` where there is none and none is made. Blocking.
    pub(crate) fn get(&self, file: &DataFile) -> Result<Option<Sidecar>, FactsError> {
        match self.stored(file) {
            None if self.are_made => self.make(file).map(Some),
            found => Ok(found),
        }
    }

    fn stored(&self, file: &DataFile) -> Option<Sidecar> {
        std::fs::read(self.path(file)).ok().and_then(|bytes| form::decode(bytes.into(), file))
    }

    fn make(&self, file: &DataFile) -> Result<Sidecar, FactsError> {
        let (lake, table) = (&self.lake, self.table.as_str());
        let mut builder = Builder::default();
        if table == schema::EVENTS {
            builder = survey::scan(lake, file, None)?;
            if builder.agent_event_count > 0 {
                builder = builder.with_agent_events(agents::selected(lake, file, None)?);
            }
        } else {
            lake.read_file(file, owner::COLUMNS, |batch| Ok(builder.take_facts(table, &batch)?))?;
        }
        self.put(file, builder)
    }

    /// Deletes sidecars of files the table no longer has.
    pub(crate) fn delete_stale(&self, files: &[DataFile]) -> Result<(), FactsError> {
        let current: HashSet<PathBuf> = files.iter().map(|file| self.path(file)).collect();
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Ok(()) };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| !current.contains(path)) {
            std::fs::remove_file(&path).or_else(|error| if path.exists() { Err(failed(path)(error)) } else { Ok(()) })?;
        }
        Ok(())
    }

    /// Stores what was found out about a file. It need not be durable: a broken one is noticed and made again.
    pub(crate) fn put(&self, file: &DataFile, builder: Builder) -> Result<Sidecar, FactsError> {
        let sidecar = builder.finish()?;
        std::fs::create_dir_all(&self.folder).map_err(failed(self.folder.clone()))?;
        let path = self.path(file);
        let staging = path.with_extension(format!("new{}", std::process::id()));
        std::fs::write(&staging, form::encode(&sidecar, file)).map_err(failed(staging.clone()))?;
        std::fs::rename(&staging, &path).map_err(failed(path))?;
        Ok(sidecar)
    }

    /// The events of a file that go to agents or to a source as a whole, if there is a sidecar. Blocking.
    pub(crate) fn agent_events(&self, file: &DataFile) -> Result<Option<Vec<RecordBatch>>, FactsError> {
        let Some(bytes) = self.get(file)?.map(|sidecar| sidecar.agent_events) else { return Ok(None) };
        if bytes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let read = || Ok(ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()?.collect::<Result<_, _>>()?);
        read().map(Some).map_err(|cause: StorageError| cause.into())
    }

    /// Watermarks over files. Blocking.
    pub(crate) fn watermarks<'f>(&self, files: impl Iterator<Item = &'f DataFile>) -> Result<Watermarks, FactsError> {
        let files: Vec<&DataFile> = files.collect();
        let lists = on_threads(THREADS, files.len(), |i| Ok(self.get(files[i])?.map(|sidecar| sidecar.watermarks)))?;
        let mut marks = Watermarks::new();
        for (source, at) in lists.into_iter().flatten().flatten() {
            raise(&mut marks, &source, at);
        }
        Ok(marks)
    }

    fn path(&self, file: &DataFile) -> PathBuf {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        self.folder.join(format!("{}.subjects", name.strip_suffix(".parquet").unwrap_or(name)))
    }
}

fn failed(path: PathBuf) -> impl FnOnce(std::io::Error) -> FactsError {
    move |source| StorageError::Io { path, source }.into()
}

/// The hashes of this machine and version.
fn stamp() -> u64 {
    Hashes::new().stamp()
}
