//! The list of runs and the version of the log they cover; replaced whole and durably.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::durable;
use crate::error::StorageError;

/// File name inside the index folder.
pub(super) const FILE: &str = "manifest.json";

/// Number of the way in which keys and content hashes are made. Raised when that changes: an index made the old way is no use.
const HASHING: u32 = 2;

/// What the index consists of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Id of the Delta table: an index of another table is no use.
    pub(super) table_id: String,
    /// [`HASHING`] of the build that wrote it.
    #[serde(default)]
    pub(super) hashing: u32,
    /// Version of the log whose keys are all in; `None` before the first save.
    pub(super) covers: Option<u64>,
    /// Name and number of keys of each run.
    pub(super) runs: Vec<(String, u64)>,
}

impl Manifest {
    pub(super) fn empty(table_id: &str) -> Self {
        Self { table_id: table_id.to_owned(), hashing: HASHING, covers: None, runs: Vec::new() }
    }

    /// `None` when there is none, or it cannot be read or was made another way: the index is then made again from the log.
    pub(super) fn load(folder: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()?;
        (manifest.hashing == HASHING).then_some(manifest)
    }

    pub(super) fn save(&self, folder: &Path) -> Result<(), StorageError> {
        let path = folder.join(FILE);
        let json = serde_json::to_vec(self)?;
        durable::write_durably(&path, &[&json], false).map_err(StorageError::io(path))
    }
}
