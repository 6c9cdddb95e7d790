//! Answers for clients elsewhere: PostgreSQL's protocol, Arrow Flight SQL and HTTP, over one way of planning.
//!
//! [`server`] is what all sessions share, [`users`] who may log in and what he may read, [`session`] one client's settings and snapshot,
//! [`statement`] the kinds of statements that are answered, `planning` where it is planned, [`answer`] a question at work, `open` who is here and how he is stopped, [`pg`], [`flight`] and [`http`] the protocols, [`meters`]
//! what is counted, [`audit`] what is written of who asked what. [`scram`] and [`tls`] are the locks on the door.
//!
//! [`views`] keeps what users call their questions.
//!
//! Never here: writing anything but that and the audit log, planning past [`session`], telling a client of the server's files.

mod admission;
pub mod answer;
pub mod audit;
pub mod flight;
mod health;
pub mod http;
pub mod meters;
mod open;
mod parameters;
pub mod pg;
mod planning;
mod private;
mod question;
pub mod refusal;
pub mod scram;
pub mod server;
pub mod session;
pub mod settings;
pub mod statement;
mod throttle;
pub mod tls;
pub mod users;
pub mod views;

pub use audit::Audit;
pub use private::FileError;
pub use refusal::Refusal;
pub use server::{Limits, Server};
