//! Harnesses of the tests. Never a dependency of the product.
//!
//! [`bench::Bench`] runs the real binary in a clean folder and reads its tables back with DuckDB; [`collecting::Collect`] is a running `collect`,
//! [`serving::Serve`] a running `serve` with a user and Python clients.
//! [`nats::NatsServer`] is a real NATS server that can be killed and rolled back, [`nats::Publisher`] fills its streams, [`s3::S3Server`] an object store, [`proxy::Proxy`] stands
//! between two programs and misbehaves, [`small_disk::SmallDisk`] fills up; [`wait::until`] polls with
//! a deadline.
#![allow(clippy::expect_used, clippy::panic, reason = "a harness that cannot set up its test must fail it")]

pub mod bench;
pub mod collecting;
mod logged;
pub mod nats;
pub mod own;
mod port;
pub mod proxy;
pub mod s3;
pub mod serving;
pub mod small_disk;
pub mod wait;

pub use bench::{Bench, Said};
pub use collecting::Collect;
pub use nats::{NatsServer, Publisher};
pub use own::OwnChild;
pub use proxy::Proxy;
pub use s3::S3Server;
pub use serving::Serve;
pub use small_disk::SmallDisk;
