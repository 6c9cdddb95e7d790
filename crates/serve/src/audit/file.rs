//! The file: lines are appended, whole or not at all, to whatever has its name now.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that grows.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    /// Opens it, or makes it for its owner only. Whoever made it before chose who may read it.
    ///
    /// # Errors
    /// Of the file system.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: open(path)? })
    }

    /// Appends lines.
    ///
    /// # Errors
    /// Of the file system; then none of them is in the file.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.follow()?;
        let mut written = 0;
        while written < lines.len() {
            match self.file.write(&lines[written..]) {
                Ok(0) => return self.taken_back(written, io::ErrorKind::WriteZero.into()),
                Ok(bytes) => written += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.taken_back(written, error),
            }
        }
        Ok(())
    }

    /// Waits until the disk has it all.
    pub(super) fn sync(&self) {
        // A pipe and a device have no disk.
        let _ = self.file.sync_all();
    }

    /// A file that was renamed away, as it is rotated, is left alone from now on, and one of its old name begun.
    fn follow(&mut self) -> io::Result<()> {
        let ours = self.file.metadata()?;
        if std::fs::metadata(&self.path).is_ok_and(|there| is_same(&there, &ours)) {
            return Ok(());
        }
        match open(&self.path) {
            Ok(file) => {
                self.sync();
                self.file = file;
                Ok(())
            }
            // Under its new name it still takes them: nothing is lost.
            Err(_) if has_a_name(&ours) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Half a line would spoil the whole file for those who read it.
    fn taken_back(&self, bytes: usize, error: io::Error) -> io::Result<()> {
        if bytes > 0 {
            let before = self.file.metadata()?.len().saturating_sub(bytes as u64);
            self.file.set_len(before)?;
        }
        Err(error)
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(unix)]
fn has_a_name(file: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(file) > 0
}

#[cfg(not(unix))]
const fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
const fn has_a_name(_: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_is_renamed_or_deleted_is_begun_anew_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let (path, rotated) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
        let mut lines = Lines::open(&path).unwrap();
        lines.append(b"1\n").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::rename(&path, &rotated).unwrap();
        lines.append(b"2\n").unwrap();
        lines.append(b"3\n").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!((std::fs::read(&rotated).unwrap(), std::fs::read(&path).unwrap()), (b"1\n".to_vec(), b"2\n3\n".to_vec()));
        std::fs::remove_file(&path).unwrap();
        lines.append(b"4\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"4\n");
        // Cut where it lies, as logrotate's copytruncate does.
        OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
        lines.append(b"5\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"5\n");
    }

    #[test]
    fn where_no_new_file_can_be_made_the_old_one_goes_on_as_long_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, moved) = (folder.path().join("logs"), folder.path().join("old"));
        std::fs::create_dir(&inner).unwrap();
        let mut lines = Lines::open(&inner.join("audit.jsonl")).unwrap();
        std::fs::rename(&inner, &moved).unwrap();
        lines.append(b"1\n").unwrap();
        assert_eq!(std::fs::read(moved.join("audit.jsonl")).unwrap(), b"1\n");
        std::fs::remove_dir_all(&moved).unwrap();
        assert_eq!(lines.append(b"2\n").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
