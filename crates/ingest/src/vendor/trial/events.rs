//! Trying a vendor on documents: what comes out, and what facts it makes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::Value;
use trunkline_events::fact::{AgentFacts, ContactFacts};
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, EventRow, Timestamp};

use crate::connector::{MapContext, Reject};
use crate::vendor::{Emit, Request, Vendor};

/// An event that came out.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::vendor) struct Told {
    pub(in crate::vendor) id: String,
    pub(in crate::vendor) kind: String,
    pub(in crate::vendor) at: Timestamp,
    pub(in crate::vendor) subject: Option<String>,
    pub(in crate::vendor) customer: Option<String>,
    pub(in crate::vendor) text: String,
}

impl Told {
    /// A member of the payload, as text.
    pub(in crate::vendor) fn member(&self, name: &str) -> String {
        let data: Value = serde_json::from_str(&self.text).unwrap();
        match data.get(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}

fn mapped(vendor: &dyn Vendor, documents: &[&str]) -> Result<EventBatch, Reject> {
    let secret = CustomerSecret::new("trial");
    let context = MapContext {
        connector: vendor.name(),
        journal: "j",
        now: Timestamp::from_seconds(2_000_000_000),
        secret: &secret,
        source: "trial://account",
    };
    let mut out = EventBatch::default();
    for document in documents {
        let request = Request::of(document.as_bytes())?;
        vendor.map(&request, &mut Emit::new(&context, 0, &mut out))?;
    }
    Ok(out)
}

/// The events of documents.
pub(in crate::vendor) fn events(vendor: &dyn Vendor, documents: &[&str]) -> Vec<Told> {
    let batch = mapped(vendor, documents).unwrap_or_else(|refused| panic!("{refused:?}: {documents:?}"));
    let told = |row: EventRow<'_>| Told {
        id: row.event_id.to_owned(),
        kind: row.kind.to_owned(),
        at: row.occurred_at,
        subject: row.subject.map(str::to_owned),
        customer: row.customer_key.map(str::to_owned),
        text: row.data.to_owned(),
    };
    batch.rows().map(told).collect()
}

/// Types of the events of one document, with one member of each.
pub(in crate::vendor) fn kinds(vendor: &dyn Vendor, document: &str, member: &str) -> Vec<(String, String)> {
    events(vendor, &[document]).into_iter().map(|told| (told.kind.clone(), told.member(member))).collect()
}

/// Code and message of a refusal.
pub(in crate::vendor) fn refused(vendor: &dyn Vendor, document: &str) -> (String, String) {
    match mapped(vendor, &[document]) {
        Err(reject) => (reject.code.to_owned(), reject.message),
        Ok(batch) => panic!("{} events of {document}", batch.len()),
    }
}

const NOT_YET: Finality = Finality { watermark: Timestamp::from_seconds(0), grace_ms: 86_400_000 };

/// The facts of one contact; the same whatever the order of the documents.
pub(in crate::vendor) fn contact(vendor: &dyn Vendor, documents: &[&str], id: &str) -> ContactFacts {
    let fold = |documents: &[&str]| {
        let batch = mapped(vendor, documents).unwrap();
        let rows: Vec<EventRow<'_>> = batch.rows().filter(|row| row.contact_id == Some(id)).collect();
        Folder::default().contact(&rows, NOT_YET)
    };
    let facts = fold(documents);
    let backwards: Vec<&str> = documents.iter().rev().chain(documents).copied().collect();
    assert_eq!(fold(&backwards), facts, "order and repetition change nothing");
    facts
}

/// The facts of one agent.
pub(in crate::vendor) fn agent(vendor: &dyn Vendor, documents: &[&str], id: &str) -> AgentFacts {
    let batch = mapped(vendor, documents).unwrap();
    let rows: Vec<EventRow<'_>> = batch.rows().filter(|row| row.agent_id == Some(id) && row.kind == "agent.state_changed").collect();
    Folder::default().agent(&rows, NOT_YET)
}
