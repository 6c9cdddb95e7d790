//! The vocabulary of Trunkline: what an event is, which types there are, and how events become facts.
//!
//! Read in this order: [`time`] (instants), [`row`] (one event as stored), [`batch`] (many events, column by column),
//! [`vocabulary`] (every event type and its payload), [`wire`] (CloudEvents in and out), [`upcast`] (old versions),
//! [`identity`] (keys and keyed hashes), [`fact`] (the rows a fold produces), [`fold`] (events to facts), [`port`] (what
//! storage implements).
//!
//! Never in this crate: I/O, async, a clock, DataFusion, Arrow.

pub mod batch;
pub mod fact;
pub mod fold;
pub mod identity;
pub mod port;
pub mod row;
pub mod time;
pub mod upcast;
pub mod vocabulary;
pub mod wire;

pub use batch::EventBatch;
pub use row::EventRow;
pub use time::Timestamp;
