//! The `trunkline` binary: everything is in the library beside it.

use std::process::ExitCode;

/// mimalloc: measured faster than the system allocator for many small batches on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Where the tests built it so, FAILPOINTS in the environment says where the process shall die.
    #[cfg(feature = "faults")]
    let _faults = fail::FailScenario::setup();
    trunkline::run(std::env::args_os())
}
