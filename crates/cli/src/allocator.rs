//! When memory that is free goes back to the system, where a process runs all day.
//!
//! The allocator keeps what was freed for a second and then waits for somebody to ask for memory again. A collector rests for seconds between
//! two lots, so it would hold the peaks of the one before all the time: measured 150 to 200 MiB more. A server is asked every few seconds, and
//! the system made the same memory zeros for it again and again, an eighth of its work for a large answer. What both cost is
//! in docs/benchmarks.md. The allocator reads its settings from the environment before `main`, so the process begins once more with the
//! setting made; it stays the same process. Whoever sets the variable decides for himself.

use std::process::Command;
use std::time::Duration;

/// Where work comes in lots.
pub const AT_ONCE: Duration = Duration::ZERO;

/// Where somebody asks, and looks at the answer before he asks again.
pub const WHEN_NOBODY_ASKS: Duration = Duration::from_secs(10);

/// The allocator's setting: milliseconds that free memory is kept.
const PURGE_DELAY: &str = "MIMALLOC_PURGE_DELAY";

/// Begins the process once more with the setting made, unless it is. Comes back where that is so or cannot be done.
#[cfg(unix)]
pub fn give_back(after: Duration) {
    use std::os::unix::process::CommandExt as _;

    if std::env::var_os(PURGE_DELAY).is_some() {
        return;
    }
    let mut line = std::env::args_os();
    let (Some(name), Ok(program)) = (line.next(), std::env::current_exe()) else { return };
    // It only comes back when it failed, and then the process does its work with more memory.
    let _ = Command::new(program).arg0(name).args(line).env(PURGE_DELAY, after.as_millis().to_string()).exec();
}

/// Elsewhere a process cannot become another one.
#[cfg(not(unix))]
pub fn give_back(_: Duration) {}
