//! Trying vendors' connectors on documents, for their tests: `single` asks about one document, `events` and `told` about several and the facts
//! they make, `file` about a whole file as it is cut.

pub(super) mod events;
pub(super) mod file;
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
pub(super) mod single;
pub(super) mod told;
