//! NATS JetStream as a journal: what publishers were told is stored is read from the stream, in its order, from the committed sequence on.
//!
//! Nothing is kept on the server: the consumer is made anew for each connection and acknowledges nothing; the position is committed with the
//! rows (ADR 0010). Read in this order: [`place`] (is this the stream we know, and where do we go on), `record` (what of a message is kept),
//! `connect` (server, stream and consumer), `told` (what
//! the connection says of itself), `batch` (what was read), [`reader`] (the task that reads ahead). The other way round there is [`publish`].

mod batch;
mod connect;
pub mod place;
pub mod publish;
pub mod reader;
mod record;
mod told;

pub use batch::{Batch, Gap, Taken, Waiting};
pub use connect::{Access, Login, StreamOptions, Tls};
pub use reader::{Health, Order, Reader, Report};
