//! Arrow Flight SQL: the same questions, users and rights as over PostgreSQL's protocol, with rows in Arrow's own form.
//!
//! ```text
//!  call ── listen (TLS, places) ── tonic, gets ── service (FlightSqlService), answers (DoGet)
//!   │ header `authorization`: Basic, or Bearer from the handshake or of `trunkline user token`
//!   ▼
//!  login: Server::admit ── every call is somebody's, those for metadata too
//!   │ SQL
//!   ▼
//!  question: session of its own, planned, answered on the threads for questions ── rows: batches as messages ── sending
//! ```
//!
//! Between two calls the server keeps only what was prepared (`prepared`), what is being answered (`running`, so that it can be cancelled) and what a
//! session set (`options`). The ticket of a statement holds its SQL: whoever brings it has to be let in, and it is planned again with his rights. Substrait, changes and transactions are
//! refused.

mod answers;
mod catalogue;
mod gathered;
mod gets;
pub mod listen;
mod login;
mod message;
mod offers;
mod options;
mod prepared;
mod rows;
mod running;
mod sending;
mod service;
mod status;
mod text;
mod ticket;
