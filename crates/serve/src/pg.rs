//! PostgreSQL's protocol (version 3.0), by ourselves from the bytes on (docs/adr/0013).
//!
//! Read in this order: [`listen`] (connections), `login` (TLS, start-up, SCRAM), `connection` (the loop) and what it says there. `frontend` and
//! `backend` are the messages, `row` the values, `types` their types, `parameter` the values that clients send.

mod asking;
mod backend;
mod connection;
mod copy;
mod execute;
mod extended;
mod frontend;
#[cfg(test)]
mod fuzz;
mod io;
pub mod listen;
mod login;
mod parameter;
mod portal;
mod row;
mod send;
mod transaction;
mod types;
mod views;

pub(crate) use io::Stream;
