//! Files of the server's own: written whole or not at all, for their owner only.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write as _};
use std::path::Path;

/// Writes a file anew: beside it first, synced, then in its place.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("json.new");
    let mut file = private().truncate(true).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    // The entry in the folder has to last too.
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// How files are made that only their owner reads.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
