//! Webhooks: requests that are believed, cut into records, and durable before they are answered.
//!
//! Read in this order: [`server`] (URLs and the table of answers), `answer` (the way of one request: its body ([`trunkline_http::read`]), [`signature`], `rate`, `encoding`, `record`),
//! what some senders want besides (`batch`, `firehose`, `verification`), [`serve`](serve()) (connections; what is refused is read to its end, [`trunkline_http::Unread`]).

mod answer;
mod batch;
mod connections;
mod encoding;
mod firehose;
mod rate;
mod record;
mod reply;
pub mod server;
pub mod signature;
#[cfg(test)]
mod tests;
mod verification;

pub use connections::serve;
pub use rate::Rate;
pub use record::Intake;
pub use server::{Endpoint, Hooks, Limits, RequestLabels, Requests, router};
