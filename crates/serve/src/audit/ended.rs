//! How a question ended, in the words of the log. Pure.

use crate::refusal::Refusal;

/// All rows were handed over.
pub(super) const OK: &str = "ok";

/// The client took what he wanted and closed the rest: a cursor, a portal.
pub(super) const CLOSED: &str = "closed";

/// The client went away.
pub(super) const GONE: &str = "client_gone";

/// Its time was over.
pub(super) const TIMED_OUT: &str = "timed_out";

const CANCELLED: &str = "cancelled";
const ERROR: &str = "error";

/// What a refusal means for a question under way.
pub(super) fn of(refusal: &Refusal) -> &'static str {
    match refusal.code {
        "57014" if *refusal == Refusal::timed_out() => TIMED_OUT,
        "57014" | "57P01" => CANCELLED,
        "08006" => GONE,
        _ => ERROR,
    }
}

/// Whether somebody ended it from outside: then nothing was wrong with the statement.
pub(super) fn is_from_outside(refusal: &Refusal) -> bool {
    of(refusal) != ERROR
}
