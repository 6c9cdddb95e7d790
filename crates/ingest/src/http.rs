//! Webhooks: requests that are believed, cut into records, and durable before they are answered.
//!
//! Read in this order: [`signature`] (who sent it), `record` (a body to records), [`server`] (the answers).

mod record;
pub mod server;
pub mod signature;

pub use server::{Endpoint, Limits, router, serve};
