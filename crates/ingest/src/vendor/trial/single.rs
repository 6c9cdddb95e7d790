//! What tests of vendors share: one document in, its events out.

use trunkline_events::EventBatch;
use trunkline_events::Timestamp;
use trunkline_events::fact::ContactFacts;
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::identity::CustomerSecret;

use crate::connector::{MapContext, Reject};
use crate::vendor::{Emit, Request, Vendor};

/// Events of documents, in order; the moment of ingest differs from call to call by `now`, and must not matter.
pub(in crate::vendor) fn mapped(vendor: &dyn Vendor, documents: &[&str], now: i64) -> Result<EventBatch, Reject> {
    let secret = CustomerSecret::new("secret of tests");
    let context =
        MapContext { connector: vendor.name(), journal: "j", now: Timestamp::from_seconds(now), secret: &secret, source: "test://account" };
    let mut out = EventBatch::default();
    for document in documents {
        let request = Request::of(document.as_bytes())?;
        vendor.map(&request, &mut Emit::new(&context, 0, &mut out))?;
    }
    Ok(out)
}

/// Types of the events of one document, and their payloads.
pub(in crate::vendor) fn events(vendor: &dyn Vendor, document: &str) -> Vec<(String, serde_json::Value)> {
    let batch = mapped(vendor, &[document], 1).unwrap_or_else(|refused| panic!("{document}: {refused:?}"));
    batch.rows().map(|row| (row.kind.to_owned(), serde_json::from_str(row.data).unwrap())).collect()
}

/// The one event of a document.
pub(in crate::vendor) fn event(vendor: &dyn Vendor, document: &str) -> (String, serde_json::Value) {
    let mut all = events(vendor, document);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Asserts that a document refused has that code and a message with these words in it.
pub(in crate::vendor) fn refused(vendor: &dyn Vendor, document: &str, code: &str, words: &[&str]) {
    let refused = mapped(vendor, &[document], 1).expect_err(document);
    assert_eq!(refused.code, code, "{document}: {}", refused.message);
    assert!(words.iter().all(|word| refused.message.contains(word)), "{words:?} in {}", refused.message);
}

/// Asserts that a document delivered again gives the same events.
pub(in crate::vendor) fn same_again(vendor: &dyn Vendor, document: &str) {
    let told = |now| -> Vec<(String, String, i64, Option<String>)> {
        let batch = mapped(vendor, &[document], now).unwrap();
        let row = |r: trunkline_events::EventRow<'_>| {
            (r.event_id.to_owned(), r.data.to_owned(), r.occurred_at.micros(), r.subject.map(str::to_owned))
        };
        batch.rows().map(row).collect()
    };
    let (first, second) = (told(1_000), told(2_000));
    assert!(!first.is_empty());
    assert_eq!(first, second);
    let ids: std::collections::HashSet<&String> = first.iter().map(|(id, ..)| id).collect();
    assert_eq!(ids.len(), first.len(), "ids differ within a document");
}

/// The contact that all documents together make.
pub(in crate::vendor) fn folded(batch: &EventBatch, contact: &str) -> ContactFacts {
    let rows: Vec<_> = batch.rows().filter(|row| row.contact_id == Some(contact)).collect();
    Folder::default().contact(&rows, Finality { watermark: Timestamp::from_seconds(0), grace_ms: 0 })
}
