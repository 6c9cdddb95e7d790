//! Intercom: notifications of app webhooks about conversations, tickets and teammates.
//!
//! A conversation is a contact and a case; so is a ticket, which shares its ids. Read `notification` first (what every webhook carries), then
//! `conversations`, `parts` (what is said and done in them), `tickets`, `teammates`, `words`.
//!
//! A part of a conversation names what is made of it, wherever it is told: Intercom tells one part under several topics. All else is named by
//! the notification's id, which stays the same when it is delivered again.
//!
//! Whether a reply is the first one is told by the conversation's own statistics, not guessed; how long a teammate works on a conversation
//! nobody measures, so the length of a leg is unknown.

mod conversations;
mod notification;
mod parts;
mod teammates;
#[cfg(test)]
mod tests;
mod tickets;
mod words;

use self::notification::Notification;
use super::fields::Fields;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Intercom;

impl Vendor for Intercom {
    fn name(&self) -> &'static str {
        "intercom"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let document = request.json()?;
        let told = Notification::read(Fields(&document))?;
        let is_known = match told.topic.split('.').next() {
            Some("conversation" | "conversation_part") => conversations::map(&told, emit)?,
            Some("ticket") => tickets::map(&told, emit)?,
            Some("admin") => teammates::map(&told, emit)?,
            _ => false,
        };
        if is_known { Ok(()) } else { told.unmapped("no rule for this topic", emit) }
    }
}
