//! What can stop an ingest.

use std::io;

use crate::connector::Misfit;
use crate::summary::Summary;

/// Why an ingest ended early. What was committed before stays, and a later run continues there.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A file cannot be opened or read.
    #[error("cannot read {path:?}: {error}")]
    Read {
        /// The file as given.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A compressed file is damaged or cut short; everything before the damage was stored, and so were the files after it.
    #[error("{path:?} is damaged after {offset} bytes of content: {error}; everything else is stored: {summary}")]
    Damaged {
        /// The file as given.
        path: String,
        /// Decompressed bytes read before the damage.
        offset: i64,
        /// What the decoder says.
        error: io::Error,
        /// The balance of all files, further damaged ones among its notes.
        summary: Box<Summary>,
    },
    /// The file is none of the connector's (wrong usage).
    #[error("{path:?}: {misfit}")]
    Misfit {
        /// The file as given.
        path: String,
        /// What does not fit.
        misfit: Misfit,
    },
    /// More records were rejected than `--halt-above` allows.
    #[error("halted: {rejected} records rejected, more than the {limit} allowed; what came before is stored")]
    Halted {
        /// Rejected so far.
        rejected: u64,
        /// The limit.
        limit: u64,
        /// The balance up to the halt.
        summary: Box<Summary>,
    },
    /// The store refused a delivery.
    #[error("cannot store: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mapping thread died.
    #[error("mapping stopped unexpectedly")]
    Worker,
}
