//! A real `nats-server` of the test's own, and a client that publishes to it.
//!
//! [`NatsServer`] starts it on a free port with a store of its own, kills it, starts it again, copies its store away and back.
//! [`Publisher`] fills and inspects streams, blocking, so that tests stay synchronous.

mod certificates;
mod credentials;
mod options;
mod publisher;
mod server;
#[cfg(test)]
mod tests;

pub use async_nats::jetstream::context::{PublishError, PublishErrorKind};
pub use async_nats::jetstream::message::StreamMessage;
pub use async_nats::jetstream::publish::PublishAck;
pub use async_nats::jetstream::stream::{Config as StreamConfig, DiscardPolicy, Info as StreamInfo};
pub use certificates::Certificates;
pub use credentials::Operator;
pub use options::{Access, Login, NatsOptions};
pub use publisher::{Outgoing, Publisher, stream_config};
pub use server::{NatsServer, Snapshot};
