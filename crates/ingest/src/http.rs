//! Webhooks: requests that are believed, cut into records and durable before they are answered.

pub mod signature;
