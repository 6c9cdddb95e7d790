//! The table of what each connector measures, against what its documents really give.
//!
//! A `yes` or `part` in the table without an event behind it, or an event without a word in the table, fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::corpus::{Corpus, corpus};
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};
use trunkline_ingest::connector::{MapContext, RecordRef, Tail};
use trunkline_ingest::vendor;

/// Types and payloads of what a connector's documents give.
struct Told(Vec<(String, Value)>);

impl Told {
    fn of(corpus: &Corpus) -> Self {
        let secret = CustomerSecret::new("secret");
        let context =
            MapContext { connector: &corpus.name, journal: "j", now: Timestamp::default(), secret: &secret, source: corpus.source };
        let mut connector = corpus.connector();
        connector.start(corpus.file(&corpus.documents).as_bytes(), Tail::Final).unwrap();
        let mut out = EventBatch::default();
        for document in &corpus.documents {
            let record = RecordRef { bytes: document.as_bytes(), offset: 0, place: 0, line: 1, before: 0 };
            connector.map(&record, &context, &mut out).unwrap_or_else(|refused| panic!("{}: {refused:?}: {document}", corpus.name));
        }
        Self(out.rows().map(|row| (row.kind.to_owned(), serde_json::from_str(row.data).unwrap())).collect())
    }

    fn has(&self, kind: &str) -> bool {
        self.0.iter().any(|(known, _)| known == kind)
    }

    /// An event of that type whose member is that text.
    fn says(&self, kind: &str, member: &str, text: &str) -> bool {
        self.0.iter().any(|(known, data)| known == kind && data[member] == text)
    }

    fn is_said_resolved(&self) -> bool {
        self.0.iter().any(|(kind, data)| kind == "contact.updated" && data["set"].get("resolved").is_some())
    }
}

/// A column of the table: its header, and whether the events are there that the fact is made of.
type Column = (&'static str, fn(&Told) -> bool);

const COLUMNS: &[Column] = &[
    ("begin", |told| told.has("contact.started")),
    ("end", |told| told.has("contact.ended")),
    ("self-service", |told| told.has("selfservice.started")),
    ("wait", |told| told.has("queue.entered")),
    // A contact that ends while it waits is abandoned, whether or not the queue says so.
    ("abandoned", |told| told.has("queue.entered") && (told.has("contact.ended") || told.says("queue.exited", "outcome", "abandoned"))),
    ("ring", |told| told.has("offer.made") && told.has("offer.ended")),
    ("talk", |told| told.says("participant.connected", "role", "agent") && told.says("participant.connected", "mode", "talk")),
    ("hold", |told| told.has("hold.started") && told.has("hold.ended")),
    ("wrap-up", |told| told.has("wrapup.started")),
    ("transfer", |told| told.has("transfer.updated")),
    ("agent states", |told| told.has("agent.state_changed")),
    ("first response", |told| told.has("message.received") && told.says("message.sent", "author", "agent")),
    ("resolution", |told| told.says("case.status_changed", "category", "resolved") || told.is_said_resolved()),
    ("outcome code", |told| told.has("disposition.set")),
    ("service level", |told| told.has("sla.changed")),
    ("survey", |told| told.has("survey.answered")),
    ("review", |told| told.has("qa.evaluation_recorded")),
    ("order", |told| told.has("order.progressed")),
];

fn cells(line: &str) -> Vec<String> {
    line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The table of the page: connector, then its words by column.
fn table(page: &str) -> BTreeMap<String, Vec<String>> {
    let mut lines = page.lines().skip_while(|line| !line.contains("| begin |"));
    let header = cells(lines.next().expect("the table of the page"));
    assert_eq!(header[1..], COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells);
    rows.map(|row| (row[0].trim_start_matches('[').split(']').next().unwrap().to_owned(), row[1..].to_vec())).collect()
}

#[test]
fn the_table_says_what_each_connector_gives() {
    let page = std::fs::read_to_string(format!("{}/../../docs/connectors/README.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let table = table(&page);
    let mut wrong = Vec::new();
    for name in vendor::NAMES.iter().chain(&["asterisk", "email", "freshdesk"]) {
        let told = Told::of(&corpus(name));
        let row = table.get(*name).unwrap_or_else(|| panic!("{name} is not in the table"));
        for ((column, is_given), word) in COLUMNS.iter().zip(row) {
            let (is_said, is_known) = (word.starts_with("yes") || word.starts_with("part"), word.as_str() == "–");
            if is_said == is_known || is_said != is_given(&told) {
                wrong.push(format!("{name}: {column}: the table says {word:?}, the documents give it: {}", is_given(&told)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(table.len(), vendor::NAMES.len() + 3, "a row without a connector");
}
