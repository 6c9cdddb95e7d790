//! Lengths of time between instants: never negative, never overflowing, whatever the instants are.

use crate::time::Timestamp;

/// Lengths above this (about 317 years) are taken for nonsense.
pub(super) const LONGEST_MS: i64 = 10_000_000_000_000;

/// Microseconds from `from` to `to`, 0 when `to` is earlier.
pub(super) const fn micros_between(from: Timestamp, to: Timestamp) -> i64 {
    let length = to.micros().saturating_sub(from.micros());
    if length > 0 { length } else { 0 }
}

/// Whole milliseconds from `from` to `to`, 0 when `to` is earlier.
pub(super) const fn millis_between(from: Timestamp, to: Timestamp) -> i64 {
    micros_between(from, to) / 1_000
}

/// The instant `millis` before `at`.
pub(super) const fn before(at: Timestamp, millis: i64) -> Timestamp {
    at.plus_millis(-millis)
}

/// A sum that stays at the end of the range instead of leaving it.
pub(super) fn total(parts: impl Iterator<Item = i64>) -> i64 {
    parts.fold(0, i64::saturating_add)
}
