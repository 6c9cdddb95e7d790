//! The engine from the outside: functions, safety, pruning on a real lake, reports on small facts, output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod engine {
    pub mod ask;
    mod bi;
    pub mod bi_rights;
    pub mod drawn;
    mod functions;
    mod measures;
    mod output;
    mod pruning;
    mod reports;
    mod safety;
    mod saved_views;
    pub mod tools;
}
