//! Why collecting stops.

use crate::error::IngestError;
use crate::queue::QueueError;

/// Why collecting stops.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The queue does not hold what the log says it held.
    #[error("pipeline {pipeline}: {reason}")]
    Queue {
        /// The pipeline.
        pipeline: String,
        /// What does not fit.
        reason: String,
    },
    /// The queue cannot be read.
    #[error("pipeline {pipeline}: {cause}")]
    Read {
        /// The pipeline.
        pipeline: String,
        /// What the queue says.
        cause: QueueError,
    },
    /// A file cannot be ingested.
    #[error("pipeline {pipeline}: {cause}")]
    File {
        /// The pipeline.
        pipeline: String,
        /// Why.
        cause: Box<IngestError>,
    },
    /// The log cannot be written. What was not stored stays where it is: a collector made anew goes on there.
    #[error("{0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Mapping died.
    #[error("mapping stopped unexpectedly: {0}")]
    Worker(String),
}
