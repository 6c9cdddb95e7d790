//! End-to-end tests: the real binary, real files, real tables. One module per promise to the user.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod as_of;
mod asterisk;
mod bi;
mod books;
mod bus;
mod collect;
mod compose;
mod crash;
mod maintain;
mod mapping;
mod objects;
mod open_tables;
mod replay;
mod results;
mod serve;
mod streams;
mod tails;
mod truth;
mod usage;
