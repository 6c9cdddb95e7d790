//! End-to-end tests: the real binary, real files, real tables. One module per promise to the user.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod asterisk;
mod crash;
mod mapping;
mod open_tables;
mod truth;
mod usage;
