//! Chatwoot: account webhooks (conversations and messages).
//!
//! A conversation is a contact and a case with the number people see (`id` of the payload, the display id). Read `conversation` first (the
//! snapshot that every payload carries), then `changes` (what became of conversations), `messages`, `words`.
//!
//! Chatwoot gives its events no ids, sends each once, in parallel, and builds the payload when it sends it. Events are therefore named by the
//! thing, the change and its instant: the same change told by two webhooks, or twice by one, is one event.
//!
//! A person's part begins with the first reply (`first_reply_created_at` names that very message) and ends when the conversation is resolved;
//! how long they worked on it nobody measures, so the length of a leg is unknown.

mod changes;
mod conversation;
mod messages;
#[cfg(test)]
mod tests;
mod words;

use self::conversation::Conversation;
use super::fields::Fields;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Chatwoot;

impl Vendor for Chatwoot {
    fn name(&self) -> &'static str {
        "chatwoot"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let document = request.json()?;
        let doc = Fields(&document);
        let event = doc.required("event")?;
        match event.as_str() {
            "conversation_created" => changes::created(&Conversation::read(doc)?, emit),
            "conversation_status_changed" | "conversation_updated" => changes::updated(&event, &Conversation::read(doc)?, emit),
            "message_created" => messages::created(doc, emit),
            "message_updated" => messages::updated(doc, emit),
            other => {
                let at = doc.first_instant(&["updated_at", "created_at", "conversation.updated_at", "conversation.timestamp"])?;
                let id = doc.text("id")?.or(doc.text("conversation.id")?).unwrap_or_default();
                emit.unmapped(other, "no rule for this event", at, &format!("{other}:{id}:{}", at.micros()))
            }
        }
    }
}
