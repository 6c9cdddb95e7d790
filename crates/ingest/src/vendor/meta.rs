//! What Meta's platforms send: WhatsApp Cloud API, Messenger and Instagram.
//!
//! Meta names no conversation: a contact is the thread between one number or page of ours and one customer ([`thread`]). Calls over WhatsApp are
//! contacts of their own. Nobody says when a thread begins, so no `contact.started` is made for it; the earliest event stands in. There are no
//! queues, agents or wrap-up in these feeds.
//!
//! Deliveries are repeated and unordered, and one may hold many messages: events are named by the message, what became of it, and when.

mod call;
mod message;
mod messenger;
mod status;
mod thread;
mod whatsapp;

pub use messenger::Messenger;
pub use whatsapp::WhatsApp;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
