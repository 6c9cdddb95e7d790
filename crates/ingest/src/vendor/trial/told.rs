//! What a vendor's connector tells of documents, for the tests of vendors.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::Value;
use trunkline_events::fact::{AgentFacts, ContactFacts};
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, EventRow, Timestamp};

use crate::connector::{MapContext, Reject};
use crate::vendor::{Emit, Request, Vendor};

/// The events of documents, in order.
#[derive(Debug)]
pub(in crate::vendor) struct Told {
    batch: EventBatch,
    names: Vec<(String, String)>,
}

/// Maps documents one after the other.
pub(in crate::vendor) fn told(vendor: &dyn Vendor, documents: &[Value]) -> Told {
    let texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    let mut batch = EventBatch::default();
    for text in &texts {
        if let Err(reject) = map(vendor, text, &mut batch) {
            panic!("{reject:?} for {text}");
        }
    }
    let names = batch.rows().map(|row| (row.event_id.to_owned(), row.data.to_owned())).collect();
    Told { batch, names }
}

/// Why a document is refused.
pub(in crate::vendor) fn refused(vendor: &dyn Vendor, document: &str) -> Reject {
    let mut batch = EventBatch::default();
    match map(vendor, document, &mut batch) {
        Err(reject) => reject,
        Ok(()) => panic!("not refused: {document}"),
    }
}

fn map(vendor: &dyn Vendor, text: &str, batch: &mut EventBatch) -> Result<(), Reject> {
    let secret = CustomerSecret::new("test");
    let now = Timestamp::from_seconds(4_000_000_000);
    let context = MapContext { connector: vendor.name(), journal: "j", now, secret: &secret, source: "test://account" };
    vendor.map(&Request::of(text.as_bytes())?, &mut Emit::new(&context, 0, batch))
}

impl Told {
    /// Types, in order.
    pub(in crate::vendor) fn kinds(&self) -> Vec<&str> {
        (0..self.batch.len()).map(|i| self.batch.row(i).kind).collect()
    }

    /// Subject of the first event of a type.
    pub(in crate::vendor) fn subject(&self, kind: &str) -> Option<&str> {
        self.row(kind).subject
    }

    /// Instant of the first event of a type, as text.
    pub(in crate::vendor) fn at(&self, kind: &str) -> String {
        self.row(kind).occurred_at.to_string()
    }

    /// Payload of the first event of a type.
    pub(in crate::vendor) fn data(&self, kind: &str) -> Value {
        serde_json::from_str(self.row(kind).data).unwrap()
    }

    /// Text member of the payload of the first event of a type; empty when absent.
    pub(in crate::vendor) fn text(&self, kind: &str, name: &str) -> String {
        self.data(kind)[name].as_str().unwrap_or_default().to_owned()
    }

    /// The first event of a type.
    pub(in crate::vendor) fn row(&self, kind: &str) -> EventRow<'_> {
        let found = (0..self.batch.len()).find(|i| self.batch.row(*i).kind == kind);
        self.batch.row(found.unwrap_or_else(|| panic!("no {kind} among {:?}", self.kinds())))
    }

    /// Ids and payloads.
    pub(in crate::vendor) fn names(&self) -> &[(String, String)] {
        &self.names
    }

    /// All stored text, to look for what must not be there.
    pub(in crate::vendor) fn stored(&self) -> String {
        self.names.iter().map(|(_, data)| data.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Facts of a contact.
    pub(in crate::vendor) fn contact(&self, id: &str) -> ContactFacts {
        let rows: Vec<EventRow<'_>> = self.batch.rows().filter(|row| row.contact_id == Some(id)).collect();
        Folder::default().contact(&rows, NOT_YET)
    }

    /// Facts of an agent.
    pub(in crate::vendor) fn agent(&self, id: &str) -> AgentFacts {
        let rows: Vec<EventRow<'_>> = self.batch.rows().filter(|row| row.agent_id == Some(id)).collect();
        Folder::default().agent(&rows, NOT_YET)
    }
}

const NOT_YET: Finality = Finality { watermark: Timestamp::from_seconds(0), grace_ms: 86_400_000 };
