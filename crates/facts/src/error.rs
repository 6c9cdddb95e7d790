//! What can go wrong while facts are kept.

/// An error of the fold.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The lake.
    #[error(transparent)]
    Storage(#[from] trunkline_storage::StorageError),
    /// Arrow.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A blocking step was cancelled or died.
    #[error("background work failed: {0}")]
    Background(String),
    /// The table is not a fact table.
    #[error("no fact table `{table}`; there are {}", trunkline_storage::schema::FACT_TABLES.join(", "))]
    UnknownTable {
        /// As given by the caller.
        table: String,
    },
}
