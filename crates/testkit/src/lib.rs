//! Harnesses of the tests. Never a dependency of the product.
//!
//! [`bench::Bench`] runs the real binary in a clean folder and reads its tables back with DuckDB.
#![allow(clippy::expect_used, clippy::panic, reason = "a harness that cannot set up its test must fail it")]

pub mod bench;

pub use bench::{Bench, Said};
