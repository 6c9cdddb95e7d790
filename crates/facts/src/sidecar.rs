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
use hashbrown::HashMap;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use trunkline_storage::{DataFile, Lake, StorageError, schema};

pub(crate) use content::{Builder, Sidecar};

use crate::error::FactsError;
use crate::options::THREADS;
use crate::subject::Hashes;
use crate::threads::on_threads;
use crate::watermark::{Watermarks, raise};
use crate::{agents, owner, survey};

/// The sidecars of one table.
#[derive(Debug)]
pub(crate) struct Sidecars {
    folder: PathBuf,
    known: HashMap<String, Sidecar>,
}

impl Sidecars {
    /// Where sidecars of a table are, none of them read.
    pub(crate) fn unread(lake: &Lake, table: &str) -> Self {
        Self { folder: lake.root().join("_trunkline").join("subjects").join(table), known: HashMap::new() }
    }

    /// The sidecars of all `files`, made where there is none. Blocking.
    pub(crate) fn load(lake: &Lake, table: &str, files: &[DataFile]) -> Result<Self, FactsError> {
        let mut out = Self::unread(lake, table);
        let sidecars = on_threads(THREADS, files.len(), |i| out.load_one(lake, table, &files[i]))?;
        out.known = files.iter().map(|file| file.path.clone()).zip(sidecars).collect();
        Ok(out)
    }

    /// Those of further files, where they are not known yet. Blocking.
    pub(crate) fn add(&mut self, lake: &Lake, table: &str, files: &[DataFile]) -> Result<(), FactsError> {
        for file in files {
            if !self.known.contains_key(&file.path) {
                let sidecar = self.load_one(lake, table, file)?;
                self.known.insert(file.path.clone(), sidecar);
            }
        }
        Ok(())
    }

    fn load_one(&self, lake: &Lake, table: &str, file: &DataFile) -> Result<Sidecar, FactsError> {
        self.stored(file).map_or_else(|| self.make(lake, table, file), Ok)
    }

    /// The sidecars there are. Blocking.
    pub(crate) fn load_stored(lake: &Lake, table: &str, files: &[DataFile]) -> Self {
        let mut out = Self::unread(lake, table);
        out.known = files.iter().filter_map(|file| Some((file.path.clone(), out.stored(file)?))).collect();
        out
    }

    fn stored(&self, file: &DataFile) -> Option<Sidecar> {
        std::fs::read(self.path(file)).ok().and_then(|bytes| form::decode(bytes.into(), file))
    }

    fn make(&self, lake: &Lake, table: &str, file: &DataFile) -> Result<Sidecar, FactsError> {
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

    pub(crate) fn get(&self, file: &DataFile) -> Option<&Sidecar> {
        self.known.get(&file.path)
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

    /// The events of a file that go to agents or to a source as a whole, if its sidecar is known.
    pub(crate) fn agent_events(&self, file: &DataFile) -> Option<Result<Vec<RecordBatch>, FactsError>> {
        let bytes = self.get(file)?.agent_events.clone();
        let read = || -> Result<Vec<RecordBatch>, StorageError> {
            if bytes.is_empty() {
                return Ok(Vec::new());
            }
            Ok(ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()?.collect::<Result<_, _>>()?)
        };
        Some(read().map_err(FactsError::from))
    }

    /// Watermarks over all files.
    pub(crate) fn watermarks(&self) -> Watermarks {
        let mut marks = Watermarks::new();
        for (source, at) in self.known.values().flat_map(|sidecar| &sidecar.watermarks) {
            raise(&mut marks, source, *at);
        }
        marks
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
