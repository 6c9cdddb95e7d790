//! Zendesk: event webhooks, pages of the incremental exports (ticket events, ticket metric events), and satisfaction ratings.
//!
//! A ticket is a case and, because customers write and are answered in it, a contact: both have the ticket's id. Read `envelope` first
//! (what every webhook carries), then `tickets`, `changes`, `messages`, `surveys` and `agents` (webhooks by theme), `exports`, `words`.
//!
//! Events of webhooks are named by Zendesk's own event id, so a redelivery names the same ones. Exports name theirs by the ids of the
//! export: webhooks and exports of one account tell the same things twice and belong under different sources.
//!
//! Texts stay out: bodies, subjects, descriptions, and values of fields that people type freely.

mod agents;
mod changes;
mod envelope;
mod exports;
mod messages;
mod surveys;
#[cfg(test)]
mod tests;
mod tickets;
mod words;

use self::envelope::Envelope;
use super::fields::Fields;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Zendesk;

impl Vendor for Zendesk {
    fn name(&self) -> &'static str {
        "zendesk"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let document = request.json()?;
        let doc = Fields(&document);
        if exports::map(doc, emit)? {
            return Ok(());
        }
        let event = Envelope::read(doc)?;
        let is_known = match event.domain() {
            "ticket" => {
                tickets::map(&event, emit)? || messages::map(&event, emit)? || surveys::map(&event, emit)? || changes::map(&event, emit)?
            }
            "messaging_ticket" => messages::message_added(&event, emit)?,
            "agent" => agents::map(&event, emit)?,
            _ => false,
        };
        if is_known { Ok(()) } else { event.unmapped("no rule for this type", emit) }
    }
}
