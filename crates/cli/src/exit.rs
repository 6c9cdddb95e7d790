//! Exit codes, the same for every command.

/// Everything went well.
pub const OK: u8 = 0;
/// The command was understood but failed.
pub const FAILED: u8 = 1;
/// Wrong usage, or a specification (query, KPI, mapping) that is wrong.
pub const USAGE: u8 = 2;
/// An assertion or alert fired: facts differ from the log, a check found something.
pub const ASSERTION: u8 = 3;
/// The data asked for is not there yet.
pub const NOT_READY: u8 = 4;
