//! Bodies of HTTP requests, for whoever answers some: webhooks and questions alike.
//!
//! [`read`] takes one whole, in time and no larger than allowed; [`Unread`] reads and drops what is still sent of one that is refused. What a sender is
//! told, and by which status, is for those who answer.

mod body;
mod unread;

pub use body::{NotRead, read};
pub use unread::Unread;
