//! Which events are known: an exact set of event keys with the hash of what each event says, on disk, in sorted runs.
//!
//! The index is derived from the `events` table and records the version it covers: deleting it loses nothing, and after a crash
//! it catches up from the log. New keys gather in memory and are merged; past [`MEMORY_KEYS`] they become a run on disk; runs of
//! like size are merged, so that a key is rewritten only a few times. A batch is looked up sorted, so every run, filter and
//! block is passed over once, in order. Keys are hashes, so their values are evenly spread: the filter's blocks are in key order too.

mod filter;
mod manifest;
mod run;

use std::path::{Path, PathBuf};

use crate::error::StorageError;
use manifest::Manifest;
use run::Run;

/// Keys held in memory before they are written as a run (24 bytes each).
pub(crate) const MEMORY_KEYS: usize = 2_000_000;

/// Runs of like size before they are merged.
const MERGE_RUNS: usize = 4;

/// Key of an event (128 bits) and hash of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) hi: u64,
    pub(crate) lo: u64,
    pub(crate) content: u64,
}

impl Entry {
    pub(crate) fn new(key: u128, content: u64) -> Self {
        Self { hi: (key >> 64) as u64, lo: key as u64, content }
    }

    fn key(&self) -> (u64, u64) {
        (self.hi, self.lo)
    }
}

/// The index of one lake.
#[derive(Debug)]
pub(crate) struct KeyIndex {
    folder: PathBuf,
    filter_bytes: u64,
    manifest: Manifest,
    /// Sorted, each at least twice as long as the next.
    fresh: Vec<Vec<Entry>>,
    runs: Vec<Run>,
}

impl KeyIndex {
    /// Opens the index of the table with id `table_id`; a missing, damaged or foreign index starts empty, covering nothing.
    pub(crate) fn open(folder: &Path, table_id: &str, filter_bytes: u64) -> Result<Self, StorageError> {
        crate::durable::create_folders(folder)?;
        let manifest = Manifest::load(folder).filter(|manifest| manifest.table_id == table_id);
        let mut index =
            Self { folder: folder.to_owned(), filter_bytes, manifest: Manifest::empty(table_id), fresh: Vec::new(), runs: Vec::new() };
        if let Some(manifest) = manifest {
            let mut left = filter_bytes;
            let runs: Result<Vec<Run>, StorageError> =
                manifest.runs.iter().map(|(name, count)| Run::open(folder, name, *count, &mut left)).collect();
            if let Ok(runs) = runs {
                index.runs = runs;
                index.manifest = manifest;
            }
        }
        index.sweep();
        Ok(index)
    }

    /// Version of `events` whose keys are all in the index.
    pub(crate) fn covers(&self) -> Option<u64> {
        self.manifest.covers
    }

    /// Forgets everything: the log no longer reaches back to what the index covers.
    pub(crate) fn reset(&mut self) {
        let table_id = self.manifest.table_id.clone();
        self.manifest = Manifest::empty(&table_id);
        self.fresh.clear();
        self.runs.clear();
    }

    /// For each of `sorted` (ascending by key) the content hash known under its key.
    pub(crate) fn lookup(&mut self, sorted: &[Entry]) -> Result<Vec<Option<u64>>, StorageError> {
        let mut found = vec![None; sorted.len()];
        for fresh in &self.fresh {
            merge_join(sorted, fresh, &mut found);
        }
        for run in &mut self.runs {
            run.lookup(sorted, &mut found)?;
        }
        Ok(found)
    }

    /// Adds new keys, ascending. They are not on disk before [`Self::save`].
    pub(crate) fn add(&mut self, sorted: Vec<Entry>) {
        if sorted.is_empty() {
            return;
        }
        let mut top = sorted;
        while self.fresh.last().is_some_and(|below| below.len() < top.len() * 2) {
            let below = self.fresh.pop().unwrap_or_default();
            top = merge(&below, &top);
        }
        self.fresh.push(top);
    }

    /// Saves when memory is full. `covers` is the version of `events` that all keys added so far come from.
    pub(crate) fn save_if_full(&mut self, covers: u64) -> Result<(), StorageError> {
        if self.fresh.iter().map(Vec::len).sum::<usize>() >= MEMORY_KEYS { self.save(covers) } else { Ok(()) }
    }

    /// While catching up: writes what is in memory as a run when memory is full, without recording what is covered. Should the
    /// catching up break off, it starts again from what was recorded before.
    pub(crate) fn spill_if_full(&mut self) -> Result<(), StorageError> {
        if self.fresh.iter().map(Vec::len).sum::<usize>() >= MEMORY_KEYS { self.spill() } else { Ok(()) }
    }

    /// Writes what is in memory as a run, merges runs of like size, and records what is covered.
    pub(crate) fn save(&mut self, covers: u64) -> Result<(), StorageError> {
        if self.manifest.covers == Some(covers) && self.fresh.is_empty() {
            return Ok(());
        }
        self.spill()?;
        fail::fail_point!("storage::indexed", |_| std::process::abort());
        self.manifest.covers = Some(covers);
        self.manifest.runs = self.runs.iter().map(|run| (run.name().to_owned(), run.count())).collect();
        self.manifest.save(&self.folder)?;
        self.sweep();
        Ok(())
    }

    fn spill(&mut self) -> Result<(), StorageError> {
        let mut all = Vec::new();
        while let Some(run) = self.fresh.pop() {
            all = merge(&run, &all);
        }
        if !all.is_empty() {
            let mut left = self.filter_left();
            self.runs.push(Run::write(&self.folder, all.len() as u64, all.iter().copied().map(Ok), &mut left)?);
        }
        while let Some(level) = self.crowded_level() {
            self.merge_level(level)?;
        }
        Ok(())
    }

    fn filter_left(&self) -> u64 {
        self.filter_bytes.saturating_sub(self.runs.iter().map(Run::filter_memory).sum())
    }

    fn crowded_level(&self) -> Option<u32> {
        let levels: Vec<u32> = self.runs.iter().map(|run| level_of(run.count())).collect();
        levels.iter().copied().find(|level| levels.iter().filter(|other| *other == level).count() >= MERGE_RUNS)
    }

    fn merge_level(&mut self, level: u32) -> Result<(), StorageError> {
        let (merging, keep): (Vec<Run>, Vec<Run>) =
            std::mem::take(&mut self.runs).into_iter().partition(|run| level_of(run.count()) == level);
        self.runs = keep;
        let mut left = self.filter_left();
        let count = merging.iter().map(Run::count).sum();
        let merged = Run::write(&self.folder, count, run::merged(&merging)?, &mut left)?;
        self.runs.push(merged);
        Ok(())
    }

    /// Deletes files no run needs. Failing to is harmless: they are only space.
    fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let stem = name.split('.').next().unwrap_or_default();
            if name != manifest::FILE && !self.runs.iter().any(|run| run.name() == stem) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// Size class of a run: each is [`MERGE_RUNS`] times the one below.
fn level_of(count: u64) -> u32 {
    (count / MEMORY_KEYS as u64).checked_ilog(MERGE_RUNS as u64).map_or(0, |level| level + 1)
}

/// Merges two ascending lists.
fn merge(a: &[Entry], b: &[Entry]) -> Vec<Entry> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] <= b[j] {
            out.push(a[i]);
            i += 1;
        } else {
            out.push(b[j]);
            j += 1;
        }
    }
    out.extend_from_slice(&a[i..]);
    out.extend_from_slice(&b[j..]);
    out
}

/// Fills `found` where a key of `sorted` is in `run`; both ascending.
fn merge_join(sorted: &[Entry], run: &[Entry], found: &mut [Option<u64>]) {
    let mut rest = run;
    for (probe, slot) in sorted.iter().zip(found) {
        // Short steps first, then doubling: cheap for dense and for sparse batches.
        let mut step = 1;
        while step < rest.len() && rest[step].key() < probe.key() {
            step *= 2;
        }
        let end = rest.len().min(step + 1);
        let at = rest[..end].partition_point(|entry| entry.key() < probe.key());
        rest = &rest[at..];
        if let Some(entry) = rest.first().filter(|entry| entry.key() == probe.key()) {
            *slot = Some(entry.content);
        }
    }
}

#[cfg(test)]
mod tests;
