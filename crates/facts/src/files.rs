//! Fact rows as data files: encoded and stored while the fold goes on, part of their tables only with the commit.

use arrow::record_batch::RecordBatch;
use hashbrown::HashMap;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use trunkline_storage::{Lake, NewFile, StorageError};

use crate::error::FactsError;
use crate::run::FactRows;
use crate::shelf::{Batches, FILE_ROWS, Output, Shelf};
use crate::sidecar::{Builder, Sidecars};

/// A file on its way to the disk, and its sidecar.
pub(crate) type Underway = (JoinHandle<Result<NewFile, StorageError>>, Builder);

/// Writes rows of fact tables into files.
#[derive(Debug)]
pub(crate) struct FileWriter<'a> {
    lake: &'a Lake,
    runtime: Handle,
}

impl<'a> FileWriter<'a> {
    /// To be made on a thread of the runtime.
    pub(crate) const fn new(lake: &'a Lake, runtime: Handle) -> Self {
        Self { lake, runtime }
    }

    /// Encodes rows; they are stored in the background.
    pub(crate) fn write(&self, table: &'static str, rows: RecordBatch) -> Result<Underway, FactsError> {
        let mut builder = Builder::default();
        builder.take_facts(table, &rows)?;
        let encoded = self.lake.encode_rows(table, rows)?;
        let lake = self.lake.clone();
        Ok((self.runtime.spawn(async move { lake.store_file(table, encoded).await }), builder))
    }

    /// Waits until a file is stored. Blocking.
    pub(crate) fn finish(&self, table: &'static str, (stored, builder): Underway) -> Result<NewFile, FactsError> {
        let file = self.runtime.block_on(stored).map_err(|error| FactsError::Background(error.to_string()))??;
        Sidecars::of(self.lake, table).put(file.file(), builder)?;
        Ok(file)
    }
}

/// Puts rows into files as soon as they fill one.
#[derive(Debug)]
pub(crate) struct ToFiles<'a> {
    writer: FileWriter<'a>,
    /// Tables to write; rows of others are dropped.
    only: Vec<&'static str>,
    shelf: Shelf,
    underway: Vec<(&'static str, Underway)>,
}

/// What a fold has written, and the rows that fill no file.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) files: HashMap<&'static str, Vec<NewFile>>,
    pub(crate) rest: Batches,
}

impl<'a> ToFiles<'a> {
    pub(crate) fn new(writer: FileWriter<'a>, only: Vec<&'static str>) -> Self {
        Self { writer, only, shelf: Shelf::default(), underway: Vec::new() }
    }

    /// Waits until everything is stored. Blocking.
    pub(crate) fn finish(mut self) -> Result<(FileWriter<'a>, Written), FactsError> {
        let mut out =
            Written { rest: self.shelf.drain(0, FILE_ROWS, |_, batches| Ok(batches))?.into_iter().collect(), ..Written::default() };
        for (table, underway) in self.underway {
            out.files.entry(table).or_default().push(self.writer.finish(table, underway)?);
        }
        Ok((self.writer, out))
    }
}

impl Output for ToFiles<'_> {
    fn take(&mut self, parts: Vec<FactRows>) -> Result<(), FactsError> {
        self.shelf.put(parts);
        let (writer, only) = (&self.writer, &self.only);
        let write = |table, batches: Vec<RecordBatch>| {
            batches.into_iter().filter(|_| only.contains(&table)).map(|rows| writer.write(table, rows)).collect()
        };
        for (table, underway) in self.shelf.drain(FILE_ROWS, FILE_ROWS, write)? {
            let underway: Vec<Underway> = underway;
            self.underway.extend(underway.into_iter().map(|file| (table, file)));
        }
        Ok(())
    }
}
