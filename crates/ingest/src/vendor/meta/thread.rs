//! The contact a message belongs to, and what all events of it carry.
//!
//! WhatsApp writes the customer's number in clear: as the customer, and, encoded, inside the ids of messages and calls. All of them are stored as
//! keyed hashes, which still join a message with what became of it.

use serde_json::Value;
use trunkline_events::Timestamp;

use super::super::reading::Node;
use super::super::{Emit, NewEvent};
use crate::connector::Reject;

/// The thread between one of our lines (number, page, account) and one customer.
#[derive(Debug)]
pub(super) struct Thread {
    /// Contact id.
    pub(super) contact: String,
    pub(super) customer: String,
    app: &'static str,
}

impl Thread {
    /// `line` is the vendor's id of our end, `app` its name as a sub-channel.
    pub(super) fn of(app: &'static str, line: &str, customer: String, emit: &Emit<'_>) -> Self {
        Self { contact: format!("{line}:{}", emit.keyed(&customer)), customer, app }
    }

    /// An event of the thread.
    pub(super) fn event(&self, kind: &'static str, direction: &str, at: Timestamp, key: &str) -> NewEvent {
        NewEvent::new(kind, at, key)
            .subject(&self.contact)
            .text("contact_id", &self.contact)
            .text("channel", "messaging")
            .text("subchannel", self.app)
            .text("direction", direction)
            .text("customer_id", &self.customer)
    }
}

/// Checks what a document is about: both products may send to one address.
pub(super) fn expect(root: &Node<'_>, objects: &[&'static str]) -> Result<&'static str, Reject> {
    let object = root.text("object")?;
    objects.iter().copied().find(|known| *known == object).ok_or_else(|| {
        let hint = match object.as_str() {
            "page" | "instagram" => "; for these there is --connector messenger",
            "whatsapp_business_account" => "; for these there is --connector whatsapp",
            _ => "",
        };
        Reject::new("bad_field", format!("object must be {}, not '{object}'{hint}", objects.join(" or ")))
    })
}

/// An object of the members that are there; null where none is.
pub(super) fn object<const N: usize>(members: [(&str, Option<String>); N]) -> Value {
    let given: serde_json::Map<String, Value> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect();
    if given.is_empty() { Value::Null } else { Value::Object(given) }
}

/// Code and title of the first error: what is free text in it may quote the customer.
pub(super) fn error(node: &Node<'_>) -> Result<Value, Reject> {
    let errors = node.list("errors")?;
    let of = |name| errors.first().and_then(|first| first.maybe(name));
    Ok(object([("code", of("code")), ("title", of("title"))]))
}
