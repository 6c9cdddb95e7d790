//! The lake: Delta tables in one folder, exactly-once commits, positions, and the exact index of known events.
//!
//! Read in this order: [`schema`] (the tables and their columns), [`lake`] (opening a folder), [`table`] (a snapshot and its
//! files), [`commit`] (one Delta transaction, retried safely), [`append`] (the log: rows and position in one commit),
//! [`index`] (which events are known), [`maintenance`] (few files, old ones gone, damage found), [`durable`] (fsync on local disks),
//! [`encode`] (rows to Parquet).
//!
//! Never in this crate: connectors, folds, queries.

pub mod append;
pub mod commit;
mod derive;
pub mod durable;
mod encode;
pub mod error;
mod index;
pub mod lake;
mod lock;
mod log;
pub mod maintenance;
mod read;
pub mod schema;
pub mod table;

pub use append::{AppendOptions, JournalBooks, LogAppender, RejectedFilter};
pub use derive::{EncodedFile, NewFile, TableChange, TableHandle};
pub use error::StorageError;
pub use lake::Lake;
pub use maintenance::{CompactOptions, Compacted, Upkeep};
pub use read::Pick;
pub use table::{ColumnRange, DataFile, LakeTable, StatValue};
