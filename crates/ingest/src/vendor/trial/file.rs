//! Tests of vendors: documents in, events and facts out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use serde_json::Value;
use trunkline_events::fact::{AgentFacts, ContactFacts};
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, EventRow, Timestamp};

use crate::connector::{Connector, MapContext, RecordRef, Reject, Split, Tail};
use crate::vendor::{Documents, Vendor};

/// What a file of documents gave.
#[derive(Debug, Default)]
pub(in crate::vendor) struct Trial {
    pub(in crate::vendor) batch: EventBatch,
    pub(in crate::vendor) rejects: Vec<Reject>,
}

/// Maps a file that ends for good.
pub(in crate::vendor) fn run(vendor: impl Vendor + 'static, file: &str) -> Trial {
    let mut documents = Documents::new(Arc::new(vendor));
    let secret = CustomerSecret::new("test");
    let context = MapContext {
        connector: documents.name(),
        journal: "j",
        now: Timestamp::from_seconds(4_000_000_000),
        secret: &secret,
        source: "test://centre",
    };
    let mut at = documents.start(file.as_bytes(), Tail::Final).unwrap().unwrap();
    let mut out = Trial::default();
    while at < file.len() {
        let length = match documents.split(&file.as_bytes()[at..], Tail::Final) {
            Split::Record(length) => {
                let bytes = &file.as_bytes()[at..at + length];
                let record = RecordRef { bytes, offset: at as i64, place: at as i64, line: 1, before: 0 };
                let known = out.batch.clone();
                if let Err(reject) = documents.map(&record, &context, &mut out.batch) {
                    out.rejects.push(reject);
                    out.batch = known;
                }
                length
            }
            Split::Skip(length) => length,
            Split::Refuse(length, reject) => {
                out.rejects.push(reject);
                length
            }
            Split::NeedMore => break,
        };
        at += length;
    }
    out
}

impl Trial {
    /// Rows as storage keeps them: an event once. Panics where one id has two contents.
    pub(in crate::vendor) fn rows(&self) -> Vec<EventRow<'_>> {
        let mut rows: Vec<EventRow<'_>> = Vec::new();
        for row in self.batch.rows() {
            let Some(known) = rows.iter().find(|known| known.event_id == row.event_id) else {
                rows.push(row);
                continue;
            };
            assert_eq!((known.kind, known.occurred_at, known.data), (row.kind, row.occurred_at, row.data), "one id, two contents");
        }
        rows
    }

    pub(in crate::vendor) fn kinds(&self) -> Vec<&str> {
        (0..self.batch.len()).map(|i| self.batch.kind.get(i).unwrap()).collect()
    }

    /// Payloads of the events of a type.
    pub(in crate::vendor) fn data(&self, kind: &str) -> Vec<Value> {
        self.batch.rows().filter(|row| row.kind == kind).map(|row| serde_json::from_str(row.data).unwrap()).collect()
    }

    /// Ids and contents.
    pub(in crate::vendor) fn contents(&self) -> Vec<(String, String, i64)> {
        self.batch.rows().map(|row| (row.event_id.to_owned(), row.data.to_owned(), row.occurred_at.micros())).collect()
    }

    /// The one refusal, when there are no events.
    pub(in crate::vendor) fn refusal(&self) -> (&str, &str) {
        let [reject] = &self.rejects[..] else { panic!("{:?} {:?}", self.rejects, self.kinds()) };
        assert!(self.batch.is_empty(), "{:?}", self.kinds());
        (reject.code, reject.message.as_str())
    }

    /// Facts of a contact; every reject is a failure.
    pub(in crate::vendor) fn contact(&self, id: &str) -> ContactFacts {
        assert_eq!(self.rejects, []);
        let rows: Vec<EventRow<'_>> = self.rows().into_iter().filter(|row| row.contact_id == Some(id)).collect();
        Folder::default().contact(&rows, NOT_YET)
    }

    pub(in crate::vendor) fn agent(&self, id: &str) -> AgentFacts {
        assert_eq!(self.rejects, []);
        let rows = self.rows().into_iter().filter(|row| row.kind == "agent.state_changed" && row.agent_id == Some(id));
        Folder::default().agent(&rows.collect::<Vec<_>>(), NOT_YET)
    }
}

const NOT_YET: Finality = Finality { watermark: Timestamp::from_seconds(0), grace_ms: 86_400_000 };
