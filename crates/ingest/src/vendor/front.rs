//! Front: events of application webhooks, of rule webhooks, and of the events API.
//!
//! Applications wrap an event in `{type, authorization, payload}`, rules send it bare, the API gives pages of `_results`. Read `event` first (what every event
//! carries), then `messages`, `conversations`, `calls`.
//!
//! A conversation is a contact and a case. Front does not tell that a conversation began: a message or call that is as old as its conversation
//! began it. Every event has an id, which names what is made of it.

mod calls;
mod conversations;
mod event;
mod messages;
#[cfg(test)]
mod tests;

use self::event::Event;
use super::fields::Fields;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Front;

impl Vendor for Front {
    fn name(&self) -> &'static str {
        "front"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let document = request.json()?;
        let doc = Fields(&document);
        if doc.get("_results").is_none() {
            return one(doc, emit);
        }
        for (at, element) in doc.list("_results").enumerate() {
            one(element, emit).map_err(|reject| Reject::new(reject.code, format!("_results[{at}]: {}", reject.message)))?;
        }
        Ok(())
    }
}

fn one(doc: Fields<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let event = Event::read(doc)?;
    let is_known = messages::map(&event, emit)? || conversations::map(&event, emit)? || calls::map(&event, emit)?;
    if is_known { Ok(()) } else { event.unmapped("no rule for this type", emit) }
}
