//! Files that grow and files that come: those that a pattern names are looked at again and again, and what is new in them is ingested.
//!
//! A file is known by its content (ADR 0005), so it may be renamed, packed or copied between two looks. Only files whose size, time or
//! identity changed since the last look are opened.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use trunkline_events::Timestamp;

/// By what a change is told without opening the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and inode, where there are such things.
    identity: (u64, u64),
}

impl Stamp {
    fn of(path: &Path) -> std::io::Result<Option<Self>> {
        let found = std::fs::metadata(path)?;
        if !found.is_file() {
            return Ok(None);
        }
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (found.dev(), found.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Ok(Some(Self { bytes: found.len(), modified: found.modified().ok(), identity }))
    }
}

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Files that changed, those changed longest ago first.
    pub(super) changed: Vec<PathBuf>,
    /// Remarks for the log.
    pub(super) notes: Vec<String>,
    stamps: HashMap<PathBuf, Stamp>,
}

/// The files of a line.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    patterns: Vec<String>,
    seen: HashMap<PathBuf, Stamp>,
    looked_at: Option<Timestamp>,
}

impl Files {
    pub(super) fn new(patterns: Vec<String>) -> Self {
        Self { patterns, ..Self::default() }
    }

    /// When the last look began.
    pub(super) const fn looked_at(&self) -> Option<Timestamp> {
        self.looked_at
    }

    /// Looks for files that changed. Blocking.
    pub(super) fn look(&mut self, now: Timestamp) -> Look {
        self.looked_at = Some(now);
        let mut look = Look::default();
        let mut changed = Vec::new();
        for pattern in &self.patterns {
            // A pattern that is none was refused with the pipeline.
            let Ok(paths) = glob::glob(pattern) else { continue };
            for path in paths {
                let found = path.map_err(std::io::Error::from).and_then(|path| Ok((Stamp::of(&path)?, path)));
                match found {
                    Ok((Some(stamp), path)) if stamp.bytes > 0 && !look.stamps.contains_key(&path) => {
                        if self.seen.get(&path) != Some(&stamp) {
                            changed.push((stamp.modified, path.clone()));
                        }
                        look.stamps.insert(path, stamp);
                    }
                    Ok(_) => {}
                    // Renamed since it was listed: it is found under its other name, now or with the next look.
                    Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
                    Err(cause) => look.notes.push(format!("{pattern}: {cause}")),
                }
            }
        }
        changed.sort();
        look.notes.extend(self.truncated(&look.stamps));
        look.changed = changed.into_iter().map(|(_, path)| path).collect();
        look
    }

    /// Files that became shorter while nothing else came that could hold what was in them.
    fn truncated(&self, stamps: &HashMap<PathBuf, Stamp>) -> Vec<String> {
        let is_new = stamps.keys().any(|path| !self.seen.contains_key(path));
        let shorter = self.seen.iter().filter(|(path, before)| {
            stamps.get(*path).is_none_or(|now| now.identity == before.identity && now.bytes < before.bytes) && path.exists()
        });
        let text = |path: &Path| {
            format!(
                "{} became shorter and no other file of the pattern appeared: what was written after the last look may be gone; let the pattern name rotated copies too",
                path.display()
            )
        };
        if is_new { Vec::new() } else { shorter.map(|(path, _)| text(path)).collect() }
    }

    /// What was found has been ingested; files in `again` are looked at once more.
    pub(super) fn ingested(&mut self, look: Look, again: &[PathBuf]) {
        self.seen = look.stamps;
        for path in again {
            self.seen.remove(path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io::Write;

    use trunkline_events::Timestamp;

    use super::Files;

    const AT: Timestamp = Timestamp::from_seconds(1_767_607_200);

    #[test]
    fn only_what_changed_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut files = Files::new(vec![path("log*").display().to_string()]);
        std::fs::write(path("log"), "a\n").unwrap();
        std::fs::write(path("log.empty"), "").unwrap();
        std::fs::write(path("other"), "a\n").unwrap();
        let look = files.look(AT);
        assert_eq!(look.changed, [path("log")]);
        files.ingested(look, &[]);
        assert!(files.look(AT).changed.is_empty());
        std::fs::OpenOptions::new().append(true).open(path("log")).unwrap().write_all(b"b\n").unwrap();
        let look = files.look(AT);
        assert_eq!(look.changed, [path("log")]);
        // It could not be read: it comes again.
        files.ingested(look, &[path("log")]);
        assert_eq!(files.look(AT).changed, [path("log")]);
    }

    #[test]
    fn a_file_cut_short_without_a_copy_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut files = Files::new(vec![path("log*").display().to_string()]);
        std::fs::write(path("log"), "aaaa\n").unwrap();
        let look = files.look(AT);
        files.ingested(look, &[]);
        std::fs::copy(path("log"), path("log.1")).unwrap();
        std::fs::write(path("log"), "b\n").unwrap();
        let look = files.look(AT);
        assert!(look.notes.is_empty(), "the copy is there: {:?}", look.notes);
        files.ingested(look, &[]);
        std::fs::write(path("log"), "").unwrap();
        assert!(files.look(AT).notes[0].contains("became shorter"));
    }
}
