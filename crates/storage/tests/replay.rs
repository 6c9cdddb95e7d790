//! Rejected records replayed: what gives events now is stored at its old place, the books stay even, a crash at any commit is mended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use trunkline_events::port::{Appender, Delivery, Position, Receipt, Rejected, Replay};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_storage::{AppendOptions, Lake, RejectedFilter, StorageError};

const JOURNAL: &str = "queue/a";

/// The event of a record, `seq` seconds after the epoch.
fn row<'a>(id: &'a str, seq: i64, data: &'a str) -> EventRow<'a> {
    EventRow {
        event_id: id,
        source: "pbx",
        kind: "note.added",
        occurred_at: Timestamp::from_seconds(seq),
        recorded_at: Timestamp::from_seconds(9_999),
        connector: "shopify",
        journal: JOURNAL,
        journal_seq: seq,
        data,
        ..EventRow::default()
    }
}

fn push(events: &mut EventBatch, id: &str, seq: i64, data: &str) {
    events.push(&row(id, seq, data));
}

fn reject(seq: i64) -> Rejected {
    Rejected {
        source: "pbx".into(),
        connector: "shopify".into(),
        code: if seq % 2 == 0 { "unmapped" } else { "bad_json" }.into(),
        message: "no word".into(),
        origin: "orders".into(),
        line: None,
        journal: JOURNAL.into(),
        journal_seq: seq,
        recorded_at: 7,
        raw: format!("record {seq}").into_bytes(),
    }
}

/// Ten records: 0 and 1 stored as `e0` and `e1`, the others rejected.
async fn lake(path: &Path) -> Lake {
    let lake = Lake::open_or_create(path.to_str().unwrap()).await.unwrap();
    let mut events = EventBatch::default();
    push(&mut events, "e0", 0, "{}");
    push(&mut events, "e1", 1, "{}");
    let delivery = Delivery {
        events,
        record_sizes: vec![1, 1],
        rejected: (2..10).map(reject).collect(),
        positions: vec![Position { journal: JOURNAL.into(), offset: 10, check: 1 }],
        received: 10,
        ..Delivery::default()
    };
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    assert_eq!(appender.append(delivery).await.unwrap().rejected, 8);
    appender.close().await.unwrap();
    lake
}

/// The rejected records, as they are read back.
async fn rejected(lake: &Lake, filter: RejectedFilter) -> Vec<Rejected> {
    let mut out = Vec::new();
    for file in lake.table("rejected_records").await.unwrap().files() {
        let mut group = 0;
        while let Some(records) = lake.rejected_in(file, group, &filter).await.unwrap() {
            out.extend(records);
            group += 1;
        }
    }
    out.sort_by_key(|record| record.journal_seq);
    out
}

/// Records 2 and 4 give new events, 3 two of which one is known with other content, 5 what `e0` is, 6 what `e1` is not.
async fn replay(lake: &Lake) -> Receipt {
    let (mut events, mut records, mut sizes) = (EventBatch::default(), Vec::new(), Vec::new());
    for record in rejected(lake, RejectedFilter::default()).await {
        if record.code == "id_conflict" {
            continue;
        }
        let before = events.len();
        match record.journal_seq {
            seq @ (2 | 4) => push(&mut events, &format!("e{seq}"), seq, "{}"),
            3 => {
                push(&mut events, "e3", 3, "{}");
                push(&mut events, "e1", 3, "{\"other\":3}");
            }
            5 => {
                // Content is told apart by time too: said again, it is the same.
                events.push(&EventRow { journal_seq: 5, ..row("e0", 0, "{}") });
            }
            6 => push(&mut events, "e1", 6, "{\"other\":6}"),
            _ => continue,
        }
        sizes.push((events.len() - before) as u32);
        records.push(record);
    }
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let receipt = appender.replay(Replay { events, record_sizes: sizes, records }).await.unwrap();
    appender.close().await.unwrap();
    receipt
}

async fn places(lake: &Lake, table: &str) -> BTreeSet<i64> {
    let mut out = BTreeSet::new();
    for file in lake.table(table).await.unwrap().files() {
        lake.read_file(file, &["journal_seq"], |batch| {
            out.extend(batch.column(0).as_primitive::<Int64Type>().iter().flatten());
            Ok(())
        })
        .unwrap();
    }
    out
}

/// Received, stored, duplicate, rejected, as `ops.balance` counts them; the first is compared with the others.
async fn balance(lake: &Lake) -> [i64; 4] {
    let (events, refused) = (lake.table("events").await.unwrap(), lake.table("rejected_records").await.unwrap());
    let books = lake.books(&events, &refused).await.unwrap();
    let (received, duplicate) = (books[0].received.unwrap(), books[0].duplicate.unwrap());
    let stored = places(lake, "events").await;
    let rejected = places(lake, "rejected_records").await.difference(&stored).count() as i64;
    let stored = stored.len() as i64;
    assert_eq!(received, stored + duplicate + rejected, "stored {stored}, duplicate {duplicate}, rejected {rejected}");
    [received, stored, duplicate, rejected]
}

fn codes(rows: &[Rejected]) -> Vec<(i64, &str)> {
    rows.iter().map(|row| (row.journal_seq, row.code.as_str())).collect()
}

const AFTER: [(i64, &str); 5] = [(3, "id_conflict"), (6, "id_conflict"), (7, "bad_json"), (8, "unmapped"), (9, "bad_json")];

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_events_now_is_stored_at_its_place_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    assert_eq!(balance(&lake).await, [10, 2, 0, 8]);
    let some = RejectedFilter { code: Some("unmapped".into()), source: Some("pbx".into()), ..RejectedFilter::default() };
    let read = rejected(&lake, some).await;
    assert_eq!(read, [2, 4, 6, 8].map(reject), "records come back as they went in");

    assert_eq!(replay(&lake).await, Receipt { received: 5, stored: 3, duplicate: 1, rejected: 1, events: 3 });
    assert_eq!(places(&lake, "events").await, BTreeSet::from([0, 1, 2, 3, 4]));
    assert_eq!(codes(&rejected(&lake, RejectedFilter::default()).await), AFTER);
    assert_eq!(balance(&lake).await, [10, 5, 1, 4]);
    let versions = |table: &str| std::fs::read_dir(folder.path().join(table).join("_delta_log")).unwrap().count();
    let before = (versions("events"), versions("rejected_records"));
    assert_eq!(replay(&lake).await, Receipt::default(), "once is enough");
    assert_eq!((versions("events"), versions("rejected_records")), before, "and nothing is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_any_commit_a_repeat_ends_in_the_same_rows() {
    // As if the process had died: of the three commits (conflicts, events, rows out) the last ones were never written.
    for lost in [
        &["rejected_records/_delta_log/00000000000000000003.json"][..],
        &["rejected_records/_delta_log/00000000000000000003.json", "events/_delta_log/00000000000000000002.json"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path()).await;
        replay(&lake).await;
        lost.iter().for_each(|entry| std::fs::remove_file(folder.path().join(entry)).unwrap());
        balance(&lake).await;
        replay(&lake).await;
        assert_eq!(codes(&rejected(&lake, RejectedFilter::default()).await), AFTER, "{lost:?}");
        assert_eq!(places(&lake, "events").await, BTreeSet::from([0, 1, 2, 3, 4]));
        assert_eq!(balance(&lake).await, [10, 5, 1, 4], "{lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_not_acknowledged_is_not_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    // As if the process had died between the rejected records and the events of the first delivery.
    std::fs::remove_file(folder.path().join("events/_delta_log/00000000000000000001.json")).unwrap();
    let records = rejected(&lake, RejectedFilter::default()).await;
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    assert!(!appender.is_acknowledged(&records[0]));
    let mut events = EventBatch::default();
    push(&mut events, "e2", 2, "{}");
    let early = Replay { events, record_sizes: vec![1], records: records[..1].to_vec() };
    assert!(matches!(appender.replay(early).await, Err(StorageError::Unbalanced { .. })), "it comes again with its delivery");
}
