//! The declarative mapping connector: a YAML spec says how one row of a CSV, TSV or JSON Lines file becomes events.
//!
//! Read in this order: [`spec`] (the document as written), [`node`] (a compiled expression), [`build`] and [`sql`] (document to
//! nodes), [`compile`] (the whole spec), [`encoding`], [`delimited`], [`json`] and [`columns`] (records to cells), [`pattern`] and
//! [`clock`] (times), [`value`], [`eval`] and [`function`] (computing), [`rows`] (one file), [`dry_run`], [`connector`].
//!
//! Mapping is pure and total: it reads nothing but the record (lookup files are read once, with the spec), and what cannot be
//! computed refuses the record with a code and the offending text.

mod build;
mod clock;
mod columns;
mod compile;
mod connector;
mod delimited;
mod dry_run;
mod encoding;
mod error;
mod eval;
mod field;
mod function;
mod json;
mod lookup;
mod node;
mod pattern;
mod rows;
mod spec;
mod sql;
mod value;

pub use compile::Mapping;
pub(crate) use compile::yaml_message;
pub use connector::MappingConnector;
pub use dry_run::{DryReject, DryRun, dry_run};
pub use error::{RowError, SpecError};
pub use rows::MappedEvent;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
