//! Files of the server's own, in JSON: written whole or not at all, for their owner only.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system says so.
    #[error("{path}: {cause}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not what it should be. It is left as it is.
    #[error("{path}: {reason}")]
    Wrong {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        reason: String,
    },
}

impl FileError {
    pub(crate) fn io(path: &Path, cause: std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), cause }
    }

    pub(crate) fn wrong(path: &Path, reason: impl ToString) -> Self {
        Self::Wrong { path: path.display().to_string(), reason: reason.to_string() }
    }
}

/// Reads a file; `None` when there is none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FileError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(FileError::io(path, cause)),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| FileError::wrong(path, error))
}

/// Writes a file anew: beside it first, synced, then in its place.
pub(crate) fn write(path: &Path, content: &impl Serialize) -> Result<(), FileError> {
    let text = serde_json::to_string_pretty(content).map_err(|error| FileError::wrong(path, error))?;
    let put = || {
        let new = path.with_extension("json.new");
        let mut file = private().truncate(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        // The entry in the folder has to last too.
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    put().map_err(|cause| FileError::io(path, cause))
}

/// How files are made that only their owner reads.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
