//! States that collecting hands from file to file, as files under `_trunkline/carry/`, readable by their owner only: the hash in them
//! holds some bytes of the log as it was.
//!
//! One file per state, named by its journal and offset: a line of JSON that says what it is, then the state. Of a journal there are at
//! most three: at its beginning, at its committed position, and at the position the next commit reaches.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use trunkline_events::identity::derived_id;
use trunkline_events::port::{Carry, JournalEnd};

use crate::durable;
use crate::error::StorageError;

/// Logs (connector and source) keep the ends of this many journals; a file that goes on behind an older one is mapped again for its state.
const ENDS_MAX: usize = 32;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    journal: String,
    offset: i64,
    ends_at: i64,
    length: i64,
}

/// What is kept.
#[derive(Debug)]
pub(super) struct Carries {
    folder: PathBuf,
    known: BTreeMap<(String, i64), Head>,
}

impl Carries {
    /// Lists the folder. A file that is none of ours, or damaged, is as if it were not there.
    pub(super) fn open(own_folder: &Path) -> Self {
        let folder = own_folder.join("carry");
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let heads = entries.filter_map(|entry| read_head(&entry.path()).map(|(head, _)| head));
        let known = heads.map(|head| ((head.journal.clone(), head.offset), head)).collect();
        Self { folder, known }
    }

    /// Keeps a state, durably. `committed` is the journal's position.
    pub(super) fn keep(&mut self, carry: &Carry, committed: Option<i64>) -> Result<(), StorageError> {
        let head = Head { journal: carry.journal.clone(), offset: carry.offset, ends_at: carry.ends_at, length: carry.length };
        let mut content = serde_json::to_vec(&head)?;
        content.push(b'\n');
        content.extend_from_slice(&carry.state);
        durable::create_folders(&self.folder)?;
        let path = self.path(&carry.journal, carry.offset);
        self.forget(&carry.journal, |offset| offset == 0 && carry.offset != 0 || Some(offset) == committed && offset != carry.offset);
        durable::create_private(&path, &content)?;
        self.known.insert((carry.journal.clone(), carry.offset), head);
        Ok(())
    }

    /// Forgets what a commit that reached `offset` has left behind.
    pub(super) fn committed(&mut self, journal: &str, offset: i64) {
        self.forget(journal, |known| known == 0 || known == offset);
        let Some((log, _)) = journal.rsplit_once(':') else { return };
        let is_of_log = |head: &&Head| head.offset > 0 && head.journal.rsplit_once(':').is_some_and(|(other, _)| other == log);
        let mut ends: Vec<Head> = self.known.values().filter(is_of_log).cloned().collect();
        ends.sort_by_key(|head| std::cmp::Reverse(head.ends_at));
        for old in ends.into_iter().skip(ENDS_MAX).filter(|head| head.journal != journal) {
            self.forget(&old.journal, |known| known == 0);
        }
    }

    pub(super) fn state(&self, journal: &str, offset: i64) -> Option<Vec<u8>> {
        self.known.get(&(journal.to_owned(), offset))?;
        let (_, mut rest) = read_head(&self.path(journal, offset))?;
        let mut state = Vec::new();
        std::io::Read::read_to_end(&mut rest, &mut state).ok()?;
        Some(state)
    }

    /// The ends of journals at the positions that `position_of` gives.
    pub(super) fn ends(&self, prefix: &str, position_of: impl Fn(&str) -> Option<i64>) -> Vec<JournalEnd> {
        let at_end = self.known.values().filter(|head| head.journal.starts_with(prefix) && position_of(&head.journal) == Some(head.offset));
        at_end
            .map(|head| JournalEnd { journal: head.journal.clone(), offset: head.offset, ends_at: head.ends_at, length: head.length })
            .collect()
    }

    fn forget(&mut self, journal: &str, stays: impl Fn(i64) -> bool) {
        let of_journal = self.known.range((journal.to_owned(), i64::MIN)..=(journal.to_owned(), i64::MAX));
        let gone: Vec<(String, i64)> = of_journal.map(|(key, _)| key.clone()).filter(|(_, offset)| !stays(*offset)).collect();
        for key in gone {
            // What cannot be deleted is only in the way.
            let _ = std::fs::remove_file(self.path(&key.0, key.1));
            self.known.remove(&key);
        }
    }

    fn path(&self, journal: &str, offset: i64) -> PathBuf {
        self.folder.join(format!("{}-{offset}", derived_id(&[journal])))
    }
}

fn read_head(path: &Path) -> Option<(Head, BufReader<File>)> {
    let mut reader = BufReader::new(File::open(path).ok()?);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok()?;
    Some((serde_json::from_slice(&line).ok()?, reader))
}
