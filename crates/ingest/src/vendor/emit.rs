//! Making events of one document: payload, deterministic names, the way into the batch.

use std::collections::HashMap;

use serde_json::{Map, Value};
use trunkline_events::identity::derived_id;
use trunkline_events::wire::{Draft, push_draft};
use trunkline_events::{EventBatch, Timestamp};

use crate::connector::{MapContext, Reject};

/// An event on its way: type, instant, and what it says.
#[derive(Debug, Clone)]
pub struct NewEvent {
    kind: &'static str,
    at: Timestamp,
    key: String,
    subject: Option<String>,
    recorded_at: Option<Timestamp>,
    data: Map<String, Value>,
}

impl NewEvent {
    /// An event of a canonical type. `key` is the vendor's own name for what happened (an event id, or the id of a thing and of its change):
    /// with the type it names the event for ever, so it must not depend on when or how often the document arrives.
    #[must_use]
    pub fn new(kind: &'static str, at: Timestamp, key: &str) -> Self {
        Self { kind, at, key: key.to_owned(), subject: None, recorded_at: None, data: Map::new() }
    }

    /// What the event belongs to: the contact, agent, case, ... of its type.
    #[must_use]
    pub fn subject(mut self, id: &str) -> Self {
        self.subject = Some(id.to_owned());
        self
    }

    /// When the vendor recorded it, if it says.
    #[must_use]
    pub const fn recorded_at(mut self, at: Option<Timestamp>) -> Self {
        self.recorded_at = at;
        self
    }

    /// A text member.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.json(name, Value::from(value))
    }

    /// A text member if there is a value that is not blank.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value.filter(|text| !text.trim_ascii().is_empty()) {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// A number if there is one.
    #[must_use]
    pub fn number(self, name: &str, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.json(name, Value::from(value)),
            None => self,
        }
    }

    /// A truth value if there is one.
    #[must_use]
    pub fn flag(self, name: &str, value: Option<bool>) -> Self {
        match value {
            Some(value) => self.json(name, Value::from(value)),
            None => self,
        }
    }

    /// Any member; null is left out.
    #[must_use]
    pub fn json(mut self, name: &str, value: Value) -> Self {
        if !value.is_null() {
            self.data.insert(name.to_owned(), value);
        }
        self
    }

    /// The source's own order among events of one instant, as text that sorts.
    #[must_use]
    pub fn sequence(self, order: &str) -> Self {
        self.text("_seq", order)
    }
}

/// Takes the events of one document.
#[derive(Debug)]
pub struct Emit<'a> {
    context: &'a MapContext<'a>,
    offset: i64,
    out: &'a mut EventBatch,
    /// Events by key and type so far: the second of a pair is another event.
    ordinals: HashMap<(String, &'static str), u32>,
    count: u32,
}

impl<'a> Emit<'a> {
    pub(crate) fn new(context: &'a MapContext<'a>, offset: i64, out: &'a mut EventBatch) -> Self {
        Self { context, offset, out, ordinals: HashMap::new(), count: 0 }
    }

    /// The keyed hash of a customer's address, for ids that are made of one: what a member named like an address holds is hashed anyway.
    #[must_use]
    pub fn keyed(&self, address: &str) -> String {
        self.context.secret.customer_key(address).unwrap_or_default()
    }

    /// Events pushed so far.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Pushes an event.
    ///
    /// # Errors
    /// When the payload does not fit its type.
    pub fn push(&mut self, event: NewEvent) -> Result<(), Reject> {
        let ordinal = self.ordinals.entry((event.key.clone(), event.kind)).or_default();
        let id = derived_id(&[self.context.source, &event.key, event.kind, &ordinal.to_string()]);
        *ordinal += 1;
        let data = Value::Object(event.data).to_string();
        let draft = Draft {
            id: &id,
            source: self.context.source,
            kind: event.kind,
            schema_version: 1,
            occurred_at: event.at,
            recorded_at: event.recorded_at,
            subject: event.subject.as_deref(),
            data: &data,
        };
        push_draft(&draft, &self.context.wire(self.offset), self.out)?;
        self.count += 1;
        Ok(())
    }

    /// Keeps a document that the vocabulary has no word for: visible, countable, to be mapped later.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn unmapped(&mut self, vendor_type: &str, reason: &str, at: Timestamp, key: &str) -> Result<(), Reject> {
        self.push(NewEvent::new("source.unmapped", at, key).text("vendor_type", vendor_type).text("reason", reason))
    }
}
