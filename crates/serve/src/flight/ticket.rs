//! The handle in a ticket: the statement's number, then its text. Pure.

use super::running::Id;
use crate::refusal::Refusal;

/// The handle of a statement.
pub(super) fn handle(id: &Id, sql: &str) -> Vec<u8> {
    [id.as_slice(), sql.as_bytes()].concat()
}

/// The statement of a handle.
///
/// # Errors
/// What is none.
pub(super) fn statement(handle: &[u8]) -> Result<(Id, &str), Refusal> {
    let wrong = || Refusal::error("22023", "the ticket is not of this server");
    let (id, sql) = handle.split_first_chunk().ok_or_else(wrong)?;
    Ok((*id, std::str::from_utf8(sql).map_err(|_| wrong())?))
}
