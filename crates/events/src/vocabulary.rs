//! Every event type of the vocabulary: its name, what its `subject` is, where it stands among events of one instant, and its payload.
//!
//! Each family of types has a file with one struct per payload; [`kind`] lists all types. The struct is the single declaration: the
//! table by which the wire checks members in one pass is made from it. Required are only members that the facts cannot do
//! without: sources differ in what they know, and unknown is not zero. Durations (`*_ms`) are whole milliseconds, never
//! negative; instants are RFC 3339 with an offset. A word outside a closed list is kept as `Other`. Members that a type does not declare are kept and not looked at;
//! `data` may always carry `contact_id, case_id, order_id, customer_id, agent_id, queue, channel, direction` to name what else
//! an event is about. Unknown types are stored and queryable all the same.

#[macro_use]
mod declare;

mod check;
mod kind;
pub(crate) mod object;
mod payload;
mod shape;

pub mod agents;
pub mod cases;
pub mod interaction;
pub mod messages;
pub mod meta;
pub mod money;
pub mod orders;
pub mod participation;
pub mod quality;
pub mod routing;
pub mod selfservice;
pub mod workforce;
pub mod wrapup;

pub(crate) use check::Checker;
pub use check::validate;
pub use kind::{EventType, Family, Payload, Subject};
pub use payload::PayloadError;
pub use shape::{Any, EntityRef, Field, Instant, Millis, Number, Shape, Text, Typed};

/// The version of every payload schema that this crate writes; older ones are lifted by [`crate::upcast`], payloads of newer ones
/// are kept without being checked.
pub const CURRENT_VERSION: i32 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
