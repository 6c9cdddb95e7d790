//! A rewritten log is no news, and rewritten facts are the same facts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;

use trunkline_events::port::{Appender, Delivery, Position};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_facts::{FactsError, FoldOptions, FoldReport, compact, update, verify};
use trunkline_storage::{AppendOptions, CompactOptions, Lake, StorageError, TableChange, schema};

async fn lake(path: &Path) -> Lake {
    Lake::open_or_create(path.to_str().unwrap()).await.unwrap()
}

/// The start and the end of contact `n`, an hour after the one before.
async fn append(lake: &Lake, n: i64) {
    let mut events = EventBatch::default();
    for (kind, after, data) in [("contact.started", 0, r#"{"channel":"voice","direction":"inbound"}"#), ("contact.ended", 60, "{}")] {
        let at = Timestamp::from_seconds(n * 3_600 + after);
        events.push(&EventRow {
            event_id: &format!("{n}-{kind}"),
            source: "pbx",
            kind,
            occurred_at: at,
            recorded_at: at,
            subject: Some(&format!("c{n}")),
            contact_id: Some(&format!("c{n}")),
            channel: Some("voice"),
            direction: Some("inbound"),
            connector: "test",
            journal: "j",
            journal_seq: n,
            data,
            ..EventRow::default()
        });
    }
    let positions = vec![Position { journal: "j".into(), offset: n + 1, check: 0 }];
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    appender.append(Delivery { events, record_sizes: vec![2], received: 1, positions, ..Delivery::default() }).await.unwrap();
    appender.close().await.unwrap();
}

async fn fold(lake: &Lake) -> FoldReport {
    update(lake, &FoldOptions::default()).await.unwrap()
}

async fn compact_log(lake: &Lake) {
    let options = CompactOptions { min_files: 2, ..CompactOptions::default() };
    assert!(lake.upkeep().unwrap().compact(schema::EVENTS, &options, false).await.unwrap().is_change());
}

async fn contacts(lake: &Lake) -> (usize, Option<u64>) {
    let table = lake.table("contacts").await.unwrap();
    (table.files().len(), table.rows())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_folded_and_rewritten_is_not_folded_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    for n in 0..6 {
        append(&lake, n).await;
    }
    assert_eq!(fold(&lake).await.contacts, 6);
    compact_log(&lake).await;
    let report = fold(&lake).await;
    assert_eq!((report.events, report.contacts, report.rows), (0, 0, 0));
    append(&lake, 6).await;
    assert_eq!(fold(&lake).await.events, 2, "what comes after is folded, and nothing else");
    assert!(verify(&lake).await.unwrap().is_equal());
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_were_rewritten_before_they_were_folded_are_folded_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    for n in 0..4 {
        append(&lake, n).await;
    }
    fold(&lake).await;
    for n in 4..6 {
        append(&lake, n).await;
    }
    let old = lake.table(schema::EVENTS).await.unwrap();
    compact_log(&lake).await;
    let report = fold(&lake).await;
    assert_eq!((report.events, report.contacts), (4, 2), "those of the two new contacts");
    assert_eq!(contacts(&lake).await.1, Some(6));
    // Left behind for so long that the old files are gone, the fold begins anew.
    append(&lake, 6).await;
    let gone = lake.table(schema::EVENTS).await.unwrap();
    compact_log(&lake).await;
    for file in gone.files().iter().chain(old.files()) {
        let _ = std::fs::remove_file(folder.path().join(&file.path));
    }
    assert_eq!(fold(&lake).await.contacts, 7);
    assert!(verify(&lake).await.unwrap().is_equal());
}

#[tokio::test(flavor = "multi_thread")]
async fn small_fact_files_become_one_and_stand_where_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    for n in (0..40).step_by(8) {
        // Far apart, so that no fold touches the file of another.
        append(&lake, n).await;
        fold(&lake).await;
    }
    let (files, rows) = contacts(&lake).await;
    assert!(files > 1, "{files}");
    let planned = compact(&lake, "contacts", true).await.unwrap();
    assert_eq!((planned.files_after, contacts(&lake).await), (1, (files, rows)), "only said");
    let stale = lake.handle("contacts").await.unwrap();
    let removed = stale.table().files().to_vec();
    let done = compact(&lake, "contacts", false).await.unwrap();
    assert_eq!((done.files_before, done.files_after), (files as u64, 1));
    assert_eq!(contacts(&lake).await, (1, rows));
    assert_eq!(fold(&lake).await.events, 0, "the stand is kept");
    assert!(verify(&lake).await.unwrap().is_equal());
    // A fold that began before and takes out what is gone would double rows.
    let raced = stale.replace(TableChange { removed, added: Vec::new() }, 99).await;
    assert!(matches!(raced, Err(StorageError::Fenced { .. })), "{raced:?}");
    assert!(matches!(compact(&lake, "events", false).await, Err(FactsError::UnknownTable { .. })));
    append(&lake, 40).await;
    fold(&lake).await;
    assert!(verify(&lake).await.unwrap().is_equal());
}
