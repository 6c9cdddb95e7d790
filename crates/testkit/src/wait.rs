//! Waiting for a process to get somewhere.

use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until `there` holds.
///
/// # Panics
/// It does not within `patience`; the message names `what`.
pub fn until(what: &str, patience: Duration, mut there: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !there() {
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        std::thread::sleep(PAUSE);
    }
}
