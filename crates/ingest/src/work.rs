//! The mapping side of an ingest, on a thread of its own: content to records to deliveries, while the deliveries before are stored.
//!
//! Memory is bounded by one block, one record of the largest allowed size, the delivery being filled and the one being stored.

mod book;
pub(crate) mod cutter;
mod merge;
mod worker;

pub(crate) use merge::shorten;
pub(crate) use worker::{End, Message, Order, work};
