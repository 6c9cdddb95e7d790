//! Facts equal the fold of the log: in any split, after late events, after tampering.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

use trunkline_events::fact::{AgentFacts, AgentState, Contact, ContactFacts, Provenance, QueueStint};
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::port::{Appender, Delivery, Position};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_facts::{FoldOptions, Folds, rebuild_with, update_with, verify_with};
use trunkline_storage::{AppendOptions, Lake, TableChange, schema};

const HOUR: i64 = 3_600_000_000;

/// A fold small enough to see through: a contact starts with its first event, ends with `contact.ended`, and has one stint per queue entry.
fn contact(_: &mut Folder, events: &[EventRow<'_>], finality: Finality) -> ContactFacts {
    let mut events: Vec<&EventRow<'_>> = events.iter().collect();
    events.sort_by_key(|event| (event.occurred_at, event.event_id));
    let ended_at = events.iter().rev().find(|event| event.kind == "contact.ended").map(|event| event.occurred_at);
    let provenance = Provenance {
        source: events[0].source.into(),
        recorded_at: events.iter().map(|event| event.recorded_at).max().unwrap(),
        is_final: ended_at.is_some_and(|at| at.plus_millis(finality.grace_ms) <= finality.watermark),
        event_count: events.len() as i64,
    };
    let id = events[0].contact_id.unwrap().to_owned();
    let stints: Vec<QueueStint> = events
        .iter()
        .filter(|event| event.kind == "queue.entered")
        .enumerate()
        .map(|(i, event)| QueueStint {
            provenance: provenance.clone(),
            contact_id: id.as_str().into(),
            stint_no: i as i64 + 1,
            enqueued_at: event.occurred_at,
            outcome: "waiting".into(),
            ..QueueStint::default()
        })
        .collect();
    let contact = Contact {
        stint_count: stints.len() as i64,
        contact_id: id.into(),
        started_at: events[0].occurred_at,
        ended_at,
        outcome: "open".into(),
        provenance,
        ..Contact::default()
    };
    ContactFacts { contact: Some(contact), stints, ..ContactFacts::default() }
}

fn agent(_: &mut Folder, events: &[EventRow<'_>], _finality: Finality) -> AgentFacts {
    let mut events: Vec<&EventRow<'_>> = events.iter().collect();
    events.sort_by_key(|event| (event.occurred_at, event.event_id));
    let own = events.iter().find_map(|event| event.agent_id).unwrap();
    let state = |(i, event): (usize, &&EventRow<'_>)| AgentState {
        provenance: Provenance { source: event.source.into(), recorded_at: event.recorded_at, is_final: false, event_count: 1 },
        agent_id: own.into(),
        state: if event.agent_id.is_some() { event.data.into() } else { "unknown".into() },
        started_at: event.occurred_at,
        ended_at: events.get(i + 1).map(|next| next.occurred_at),
        ..AgentState::default()
    };
    AgentFacts { states: events.iter().enumerate().map(state).collect(), anomalies: Vec::new() }
}

const FOLDS: Folds = Folds { contact, session: Folder::session, agent };

#[derive(Clone)]
struct Event {
    id: String,
    kind: &'static str,
    at: i64,
    contact: Option<String>,
    agent: Option<String>,
}

/// Contacts with two queue entries and an end each, agents with states, and two outages of the source.
fn history() -> Vec<Event> {
    let mut out = Vec::new();
    for c in 0..12_i64 {
        for (step, kind) in ["contact.started", "queue.entered", "queue.entered", "contact.ended"].into_iter().enumerate() {
            let at = c * 5 * HOUR + step as i64 * 60_000_000;
            out.push(Event { id: format!("c{c}-{step}"), kind, at, contact: Some(format!("c{c}")), agent: Some("a0".into()) });
        }
    }
    for n in 0..9_i64 {
        let id = format!("a{n}");
        out.push(Event { id, kind: "agent.state_changed", at: n * 7 * HOUR, contact: None, agent: Some(format!("a{}", n % 3)) });
    }
    for n in 0..2_i64 {
        out.push(Event { id: format!("s{n}"), kind: "source.status_reported", at: n * 20 * HOUR, contact: None, agent: None });
    }
    out
}

fn shuffle(events: &mut [Event], mut seed: u64) {
    for i in (1..events.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        events.swap(i, (seed >> 33) as usize % (i + 1));
    }
}

async fn lake(path: &Path) -> Lake {
    Lake::open_or_create(path.to_str().unwrap()).await.unwrap()
}

async fn append(lake: &Lake, events: &[Event]) {
    let mut batch = EventBatch::default();
    for event in events {
        batch.push(&EventRow {
            event_id: &event.id,
            source: "pbx",
            kind: event.kind,
            occurred_at: Timestamp::from_micros(event.at),
            recorded_at: Timestamp::from_micros(event.at + 1),
            subject: event.contact.as_deref(),
            contact_id: event.contact.as_deref(),
            channel: Some("voice"),
            agent_id: event.agent.as_deref(),
            connector: "test",
            journal: "j",
            journal_seq: 0,
            ..EventRow::default()
        });
    }
    let positions = vec![Position { journal: "j".into(), offset: 1, check: 0 }];
    let received = events.len() as u64;
    let delivery = Delivery { events: batch, record_sizes: vec![1; events.len()], positions, received, ..Delivery::default() };
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    appender.append(delivery).await.unwrap();
    appender.close().await.unwrap();
}

async fn all_rows(lake: &Lake) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for &table in schema::FACT_TABLES {
        let snapshot = lake.table(table).await.unwrap();
        let arrow = snapshot.schema();
        let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
        for file in snapshot.files() {
            lake.read_file(file, &names, |batch| {
                for i in 0..batch.num_rows() {
                    assert!(out.insert(format!("{table} {:?}", batch.slice(i, 1).columns())), "a row is there twice");
                }
                Ok(())
            })
            .unwrap();
        }
    }
    out
}

async fn paths(lake: &Lake, table: &str) -> BTreeSet<String> {
    lake.table(table).await.unwrap().files().iter().map(|file| file.path.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_and_split_gives_the_same_facts() {
    let options = FoldOptions::default();
    let folder = tempfile::tempdir().unwrap();
    let whole = lake(folder.path()).await;
    append(&whole, &history()).await;
    rebuild_with(&whole, &[], &options, FOLDS).await.unwrap();
    let expected = all_rows(&whole).await;
    assert!(expected.len() > 12 * 3, "{}", expected.len());
    assert!(expected.iter().any(|row| row.contains("true")) && expected.iter().any(|row| row.contains("false")));
    for (seed, size) in [(0, 1000), (1, 3), (2, 10), (3, 25), (4, 40)] {
        let mut events = history();
        if seed > 0 {
            shuffle(&mut events, seed);
        }
        let folder = tempfile::tempdir().unwrap();
        let split = lake(folder.path()).await;
        for (i, part) in events.chunks(size).enumerate() {
            append(&split, part).await;
            // Not after every batch, so that a run meets several commits.
            if i % 2 == 0 {
                update_with(&split, &options, FOLDS).await.unwrap();
            }
        }
        update_with(&split, &options, FOLDS).await.unwrap();
        assert_eq!(all_rows(&split).await, expected, "seed {seed}, batches of {size}");
        assert!(verify_with(&split, &options, FOLDS).await.unwrap().is_equal());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn little_memory_means_more_passes_and_the_same_facts() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    append(&lake, &history()).await;
    let little = FoldOptions { memory_bytes: 7_000, ..FoldOptions::default() };
    let report = rebuild_with(&lake, &[], &little, FOLDS).await.unwrap();
    assert!(report.passes > 2, "{report:?}");
    assert_eq!((report.contacts, report.agents), (12, 3));
    assert!(verify_with(&lake, &FoldOptions::default(), FOLDS).await.unwrap().is_equal());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_folds_only_its_contact_and_leaves_other_files_alone() {
    let options = FoldOptions { grace_ms: 1_000 * 3_600_000, ..FoldOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let events = history();
    append(&lake, &events[..44]).await;
    update_with(&lake, &options, FOLDS).await.unwrap();
    append(&lake, &events[44..48]).await;
    let report = update_with(&lake, &options, FOLDS).await.unwrap();
    assert_eq!((report.contacts, report.events), (1, 4));
    let before = paths(&lake, "contacts").await;
    assert_eq!(before.len(), 2);
    append(&lake, &[Event { id: "late".into(), kind: "queue.entered", at: 5, contact: Some("c3".into()), agent: None }]).await;
    let report = update_with(&lake, &options, FOLDS).await.unwrap();
    assert_eq!((report.contacts, report.events, report.agents), (1, 5, 0));
    let after = paths(&lake, "contacts").await;
    assert_eq!(before.intersection(&after).count(), 1, "the file without the contact stays");
    assert!(verify_with(&lake, &options, FOLDS).await.unwrap().is_equal());
    let idle = update_with(&lake, &options, FOLDS).await.unwrap();
    assert_eq!((idle.events, idle.rows), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_a_missing_row_and_rebuild_repairs_it() {
    let options = FoldOptions::default();
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    append(&lake, &history()).await;
    let report = update_with(&lake, &options, FOLDS).await.unwrap();
    let snapshot = lake.table("contacts").await.unwrap();
    let arrow = snapshot.schema();
    let names: Vec<&str> = arrow.fields().iter().map(|field| field.name().as_str()).collect();
    let mut rows = Vec::new();
    lake.read_file(&snapshot.files()[0], &names, |batch| {
        rows.push(batch.slice(1, batch.num_rows() - 1));
        Ok(())
    })
    .unwrap();
    let rows = arrow::compute::concat_batches(&arrow, &rows).unwrap();
    let file = lake.store_file("contacts", lake.encode_rows("contacts", rows).unwrap()).await.unwrap();
    let change = TableChange { removed: snapshot.files().to_vec(), added: vec![file] };
    lake.handle("contacts").await.unwrap().replace(change, report.log_version).await.unwrap();
    let found = verify_with(&lake, &options, FOLDS).await.unwrap();
    assert_eq!(found.differences, 1);
    assert!(found.first[0].starts_with("contacts: contact_id=c0 ") && found.first[0].contains("not in the table"), "{:?}", found.first);
    rebuild_with(&lake, &["contacts".into()], &options, FOLDS).await.unwrap();
    assert!(verify_with(&lake, &options, FOLDS).await.unwrap().is_equal());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_broke_off_between_tables_is_finished_by_the_next() {
    let options = FoldOptions::default();
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let events = history();
    append(&lake, &events[..30]).await;
    update_with(&lake, &options, FOLDS).await.unwrap();
    append(&lake, &events[30..]).await;
    update_with(&lake, &options, FOLDS).await.unwrap();
    // As if the process had died before the stints were committed.
    let log = folder.path().join("queue_stints/_delta_log");
    std::fs::remove_file(log.join("00000000000000000002.json")).unwrap();
    assert!(!verify_with(&lake, &options, FOLDS).await.unwrap().is_equal());
    update_with(&lake, &options, FOLDS).await.unwrap();
    assert!(verify_with(&lake, &options, FOLDS).await.unwrap().is_equal());
}
