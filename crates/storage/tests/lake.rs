//! The lake keeps what it is given: appends, duplicates, conflicts, crashes, books.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;

use trunkline_events::port::{Appender, Delivery, Position, Receipt, Rejected};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_storage::{AppendOptions, Lake, LakeTable, StatValue, StorageError};

const DAY: i64 = 86_400_000_000;

fn event<'a>(id: &'a str, seq: i64, at: i64, data: &'a str) -> EventRow<'a> {
    EventRow {
        event_id: id,
        source: "pbx",
        kind: "queue.entered",
        occurred_at: Timestamp::from_micros(at),
        recorded_at: Timestamp::from_micros(at + 7),
        subject: Some("c1"),
        contact_id: Some("c1"),
        channel: Some("voice"),
        queue: Some("sales"),
        connector: "cloudevents",
        journal: "file/a",
        journal_seq: seq,
        data,
        ..EventRow::default()
    }
}

fn delivery(events: &[(usize, &str)], offset: i64) -> Delivery {
    let mut batch = EventBatch::default();
    for (n, data) in events {
        batch.push(&event(&format!("e{n}"), *n as i64 * 10, *n as i64 * DAY / 4, data));
    }
    Delivery {
        events: batch,
        record_sizes: vec![1; events.len()],
        rejected: Vec::new(),
        positions: vec![Position { journal: "file/a".into(), offset, check: offset + 1 }],
        received: events.len() as u64,
        ..Delivery::default()
    }
}

fn reject(seq: i64) -> Rejected {
    Rejected {
        source: "pbx".into(),
        connector: "cloudevents".into(),
        code: "bad_json".into(),
        message: "expected a value".into(),
        origin: "a.jsonl".into(),
        line: Some(seq / 10),
        journal: "file/a".into(),
        journal_seq: seq,
        recorded_at: 1,
        raw: b"{\xff".to_vec(),
    }
}

fn numbered(range: std::ops::Range<usize>) -> Vec<(usize, &'static str)> {
    range.map(|n| (n, "{}")).collect()
}

async fn open(path: &Path) -> Lake {
    Lake::open_or_create(path.to_str().unwrap()).await.unwrap()
}

async fn append(lake: &Lake, delivery: Delivery) -> Receipt {
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let receipt = appender.append(delivery).await.unwrap();
    appender.close().await.unwrap();
    receipt
}

fn ids(lake: &Lake, table: &LakeTable) -> Vec<String> {
    use arrow::array::AsArray;
    let mut out = Vec::new();
    for file in table.files() {
        lake.read_file(file, &["event_id"], |batch| {
            out.extend(batch.column(0).as_string::<i32>().iter().map(|id| id.unwrap().to_owned()));
            Ok(())
        })
        .unwrap();
    }
    out.sort();
    out
}

fn balanced(receipt: &Receipt) -> bool {
    receipt.received == receipt.stored + receipt.duplicate + receipt.rejected
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let receipt = append(&lake, delivery(&numbered(0..9), 90)).await;
    assert_eq!(receipt, Receipt { received: 9, stored: 9, duplicate: 0, rejected: 0, events: 9 });

    let again = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let table = again.table("events").await.unwrap();
    assert_eq!(ids(&again, &table).len(), 9);
    assert_eq!(table.rows(), Some(9));
    assert_eq!(table.files().iter().map(|file| file.event_date).collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
    assert!(table.files()[1].path.starts_with("events/event_date=1970-01-02/"), "{}", table.files()[1].path);
    assert!(folder.path().join(&table.files()[1].path).is_file());
    let range = &table.files()[1].ranges["occurred_at"];
    assert_eq!(range.min, Some(StatValue::Instant(DAY)));
    assert_eq!(table.files()[0].ranges["queue"].max, Some(StatValue::Text("sales".into())));
    assert!(table.files()[0].ranges.get("data").is_none_or(|range| range.min.is_none()), "payloads stay out of the log");
    assert_eq!(table.schema().field(3).name(), "event_date");

    let appender = again.appender(AppendOptions::default()).await.unwrap();
    assert_eq!(appender.position("file/a"), Some(Position { journal: "file/a".into(), offset: 90, check: 91 }));
    assert_eq!(appender.positions_with_prefix("file/").len(), 1);
    assert_eq!(appender.positions_with_prefix("js/").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_found_in_the_batch_across_commits_and_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let twice: Vec<_> = numbered(0..5).into_iter().chain(numbered(0..5)).collect();
    assert_eq!(
        appender.append(delivery(&twice, 50)).await.unwrap(),
        Receipt { received: 10, stored: 5, duplicate: 5, rejected: 0, events: 5 }
    );
    assert_eq!(appender.append(delivery(&numbered(3..8), 80)).await.unwrap().events, 3);
    drop(appender); // not closed: the index must catch up from the log
    assert_eq!(append(&lake, delivery(&numbered(0..9), 90)).await.events, 1);
    std::fs::remove_dir_all(folder.path().join("_trunkline/keys")).unwrap();
    let receipt = append(&lake, delivery(&numbered(0..10), 100)).await;
    assert_eq!((receipt.events, receipt.duplicate, balanced(&receipt)), (1, 9, true));
    assert_eq!(ids(&lake, &lake.table("events").await.unwrap()).len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_other_content_is_rejected_whole() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, delivery(&numbered(0..3), 30)).await;
    let receipt = append(&lake, delivery(&[(1, "{\"x\":1}"), (7, "{}"), (7, "{\"y\":1}"), (2, "{}")], 80)).await;
    assert_eq!(receipt, Receipt { received: 4, stored: 1, duplicate: 1, rejected: 2, events: 1 });
    assert_eq!(lake.table("rejected_records").await.unwrap().rows(), Some(2));
    let again = append(&lake, delivery(&[(1, "{\"x\":1}")], 80)).await;
    assert_eq!((again.rejected, lake.table("rejected_records").await.unwrap().rows()), (1, Some(2)), "the same conflict is kept once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_two_tables_neither_loses_nor_doubles() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, delivery(&numbered(0..2), 20)).await;
    let with_rejects = || {
        let mut delivery = delivery(&numbered(2..5), 60);
        delivery.rejected = vec![reject(35), reject(55)];
        delivery.received = 5;
        delivery
    };
    append(&lake, with_rejects()).await;
    // As if the process had died after the rejected records were committed and before the events were.
    let log = folder.path().join("events/_delta_log");
    std::fs::remove_file(log.join("00000000000000000002.json")).unwrap();
    let appender = lake.appender(AppendOptions::default()).await.unwrap();
    assert_eq!(appender.position("file/a").unwrap().offset, 20);
    drop(appender);
    let receipt = append(&lake, with_rejects()).await;
    assert_eq!(receipt, Receipt { received: 5, stored: 3, duplicate: 0, rejected: 2, events: 3 });
    assert_eq!(lake.table("rejected_records").await.unwrap().rows(), Some(2));
    assert_eq!(lake.table("events").await.unwrap().rows(), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_without_a_commit_are_invisible_and_a_repeat_stores_all() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, delivery(&numbered(0..4), 40)).await;
    // As if the process had died after the files were written and before the commit.
    std::fs::remove_file(folder.path().join("events/_delta_log/00000000000000000001.json")).unwrap();
    assert_eq!(lake.table("events").await.unwrap().rows(), Some(0));
    assert_eq!(append(&lake, delivery(&numbered(0..4), 40)).await.stored, 4);
    assert_eq!(lake.table("events").await.unwrap().rows(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_can_move_without_events_and_survives_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    for n in 0..60 {
        appender.append(delivery(&numbered(n..n + 1), n as i64 * 10)).await.unwrap();
    }
    appender.append(delivery(&[], 9_999)).await.unwrap();
    appender.close().await.unwrap();
    assert!(folder.path().join("events/_delta_log/_last_checkpoint").exists());
    // Old entries may be cleaned away once there is a checkpoint.
    for n in 0..60 {
        std::fs::remove_file(folder.path().join(format!("events/_delta_log/{n:020}.json"))).unwrap();
    }
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let appender = lake.appender(AppendOptions::default()).await.unwrap();
    assert_eq!(appender.position("file/a").unwrap().offset, 9_999);
    drop(appender);
    assert_eq!(append(&lake, delivery(&numbered(0..61), 9_999)).await.events, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_and_a_missing_lake_are_told_clearly() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Lake::open(folder.path().join("nowhere").to_str().unwrap()).await.unwrap_err();
    assert!(matches!(missing, StorageError::NoLake { .. }) && missing.to_string().contains("--lake"), "{missing}");
    let lake = open(folder.path()).await;
    let _first = lake.appender(AppendOptions::default()).await.unwrap();
    let second = lake.appender(AppendOptions::default()).await.unwrap_err();
    assert!(matches!(second, StorageError::Locked { .. }), "{second}");
    assert!(lake.table("nothing").await.unwrap_err().to_string().contains("queue_stints"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_does_not_add_up_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let mut wrong = delivery(&numbered(0..3), 30);
    wrong.received = 4;
    assert!(matches!(appender.append(wrong).await.unwrap_err(), StorageError::Unbalanced { received: 4, .. }));
    assert_eq!(appender.append(delivery(&numbered(0..3), 30)).await.unwrap().stored, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_secret_is_made_once_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let key = lake.customer_secret().await.unwrap().customer_key("+34600111222");
    assert_eq!(lake.customer_secret().await.unwrap().customer_key("+34600111222"), key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("_trunkline/customer.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
