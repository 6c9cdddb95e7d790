//! Collecting: files to canonical events. Bytes are read and decompressed, cut into records, mapped by a connector, and handed over in
//! deliveries that carry rows and position together.
//!
//! Read in this order: [`connector`] (the seam), [`file`] (bytes), `journal` (which file is this, how far was it read),
//! `chain` (a log in several files), `work` (records to deliveries, on a thread), [`run`] (the loop), [`summary`] (the balance); for what comes live
//! [`pipeline`] (what people write), [`http`] (receiving), [`queue`] (durable until stored), [`collect`] (the loop); [`replay`] (rejected
//! records once more); then the connectors:
//! [`cloudevents`], [`asterisk`], [`mapping`], [`email`], and [`vendor`] for what vendors send.

pub mod asterisk;
mod chain;
pub mod cloudevents;
pub mod collect;
pub mod connector;
pub mod email;
pub mod error;
pub mod file;
pub mod http;
pub mod jetstream;
mod journal;
pub mod mapping;
pub mod pipeline;
pub mod punctuality;
pub mod queue;
pub mod replay;
pub mod run;
pub mod summary;
pub mod vendor;
mod work;

pub use asterisk::Asterisk;
pub use cloudevents::CloudEvents;
pub use connector::Connector;
pub use email::Email;
pub use error::IngestError;
pub use run::{IngestOptions, Progress, ingest};
pub use summary::Summary;
