//! Answers: DataFusion over the lake's tables, with functions, KPIs and a query library of our own.
//!
//! [`engine::Engine`] is the whole API: built once per snapshot of the lake, it plans and runs read-only SQL. [`session`] is the
//! only place that builds a DataFusion session, [`provider`] plans scans, [`functions`] are ours, [`kpi`] is the catalogue,
//! `bi` its tables for tools that sum, [`library`] the reports, [`rights`] who may read what, `ops` the books, [`views`] questions with names, [`format`] turns results into text and files.
//!
//! Never here: writing to the lake, or SQL that reaches files outside it.

mod bi;
pub mod engine;
pub mod error;
pub mod format;
pub mod functions;
mod kept;
pub mod kpi;
pub mod library;
mod ops;
mod peers;
mod plan_size;
pub mod postgres;
pub mod provider;
pub mod rights;
pub mod running;
pub mod session;
mod share;
mod snapshots;
mod undivided;
mod unwanted;
pub mod views;

pub use engine::{Client, Engine, EngineOptions};
pub use error::{Place, QueryError, Sqlstate};
pub use rights::{Grant, Rights};
pub use running::{Bounds, Running};
pub use snapshots::{Snapshots, Stamp};
pub use unwanted::Unwanted;
