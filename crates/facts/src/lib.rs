//! Keeps the fact tables up to date: finds what changed in the log, folds it, replaces it.

pub mod error;
pub mod options;

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use trunkline_events::Timestamp;
use trunkline_storage::Lake;

pub use error::FactsError;
pub use options::{FoldOptions, FoldReport, VerifyReport};

/// Brings every fact table up to the newest version of the log.
///
/// # Errors
/// What reading or writing the lake can give.
pub async fn update(_lake: &Lake, _options: &FoldOptions) -> Result<FoldReport, FactsError> {
    Ok(FoldReport::default())
}

/// Makes the named fact tables (all of them when `tables` is empty) again from the log.
///
/// # Errors
/// What reading or writing the lake can give.
pub async fn rebuild(_lake: &Lake, _tables: &[String], _options: &FoldOptions) -> Result<FoldReport, FactsError> {
    Ok(FoldReport::default())
}

/// Proves facts = fold(log), row for row.
///
/// # Errors
/// What reading the lake can give.
pub async fn verify(_lake: &Lake) -> Result<VerifyReport, FactsError> {
    Ok(VerifyReport::default())
}

/// The facts as they were known at `as_of`: events recorded up to that instant, folded in memory.
///
/// # Errors
/// What reading the lake can give.
pub async fn fold_as_of(_lake: &Lake, _as_of: Timestamp) -> Result<HashMap<&'static str, Vec<RecordBatch>>, FactsError> {
    Ok(HashMap::new())
}
