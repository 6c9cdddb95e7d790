//! A lake kept in order: few files instead of many, the same rows, nobody misled, damage found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;

use arrow::array::AsArray;
use deltalake_core::DeltaTableBuilder;
use trunkline_events::port::{Appender, Delivery, Position, Rejected};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_storage::{AppendOptions, CompactOptions, Lake, LakeTable, LogAppender, StorageError};
use url::Url;

const DAY: i64 = 86_400_000_000;

/// Events `range`, one an hour, and one rejected record behind them.
fn delivery(range: std::ops::Range<i64>) -> Delivery {
    let mut events = EventBatch::default();
    for n in range.clone() {
        events.push(&EventRow {
            event_id: &format!("e{n}"),
            source: "pbx",
            kind: "note.added",
            occurred_at: Timestamp::from_micros(n * DAY / 24),
            recorded_at: Timestamp::from_micros(n * DAY / 24 + 7),
            contact_id: (n % 3 == 0).then_some("c1"),
            connector: "cloudevents",
            journal: "queue/a",
            journal_seq: n * 10,
            ..EventRow::default()
        });
    }
    let rejected = Rejected {
        source: "pbx".into(),
        connector: "cloudevents".into(),
        code: "bad_json".into(),
        message: "expected a value".into(),
        origin: "a".into(),
        line: None,
        journal: "queue/a".into(),
        journal_seq: range.end * 10 - 5,
        recorded_at: range.end,
        raw: b"{\xff".to_vec(),
    };
    let offset = range.end * 10;
    Delivery {
        record_sizes: vec![1; events.len()],
        received: events.len() as u64 + 1,
        events,
        rejected: vec![rejected],
        positions: vec![Position { journal: "queue/a".into(), offset, check: offset + 1 }],
        ..Delivery::default()
    }
}

async fn open(path: &Path) -> Lake {
    Lake::open_or_create(path.to_str().unwrap()).await.unwrap()
}

async fn appender(lake: &Lake) -> LogAppender {
    lake.appender(AppendOptions::default()).await.unwrap()
}

/// `commits` deliveries of two events each.
async fn fill(lake: &Lake, commits: i64) {
    let mut appender = appender(lake).await;
    for n in 0..commits {
        assert_eq!(appender.append(delivery(n * 2..n * 2 + 2)).await.unwrap().events, 2);
    }
    appender.close().await.unwrap();
}

fn now_and_all() -> CompactOptions {
    CompactOptions { min_files: 2, ..CompactOptions::default() }
}

/// Events in the order of files and rows.
fn ids(lake: &Lake, table: &LakeTable) -> Vec<String> {
    let mut out = Vec::new();
    for file in table.files() {
        lake.read_file(file, &["event_id"], |batch| {
            out.extend(batch.column(0).as_string::<i32>().iter().map(|id| id.unwrap().to_owned()));
            Ok(())
        })
        .unwrap();
    }
    out.sort_by_key(|id| id[1..].parse::<i64>().unwrap());
    out
}

fn expected(events: i64) -> Vec<String> {
    (0..events).map(|n| format!("e{n}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_keeps_few_files_and_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let mut appender = appender(&lake).await;
    let mut rewritten = 0;
    for n in 0..72 {
        appender.append(delivery(n * 2..n * 2 + 2)).await.unwrap();
        rewritten += appender.maintain_if_due().await.unwrap().len();
    }
    assert!(rewritten >= 8, "{rewritten}");
    let (events, rejected) = (lake.table("events").await.unwrap(), lake.table("rejected_records").await.unwrap());
    assert_eq!((events.rows(), rejected.rows()), (Some(144), Some(72)));
    assert!(events.files().len() <= 6 * 9, "{} files of 6 days", events.files().len());
    assert!(rejected.files().len() <= 12, "{} files", rejected.files().len());
    assert_eq!(ids(&lake, &events), expected(144));
    for file in events.files() {
        let (Some(day), Some(range)) = (file.event_date, file.ranges.get("occurred_at")) else { panic!("{file:?}") };
        assert!(format!("{range:?}").contains("Instant"), "statistics are kept: {range:?}");
        assert!(file.path.contains(&format!("1970-01-{:02}", day + 1)), "{}", file.path);
    }
    // The same appender goes on, and so does one that must catch up with what was appended and rewritten.
    assert_eq!(appender.append(delivery(140..146)).await.unwrap().events, 2);
    drop(appender);
    let mut again = self::appender(&lake).await;
    assert_eq!(again.position("queue/a").unwrap().offset, 1_460);
    let receipt = again.append(delivery(0..147)).await.unwrap();
    assert_eq!((receipt.events, receipt.duplicate), (1, 146));
    assert_eq!(lake.table("events").await.unwrap().rows(), Some(147));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_small_files_become_one_a_day_and_earlier_versions_stay() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    fill(&lake, 24).await;
    let before = lake.table("events").await.unwrap();
    assert_eq!(before.files().len(), 24);
    let upkeep = lake.upkeep().unwrap();
    let planned = upkeep.compact("events", &now_and_all(), true).await.unwrap();
    assert_eq!((planned.files_after, lake.table("events").await.unwrap().version()), (2, before.version()), "nothing is written");
    let done = upkeep.compact("events", &now_and_all(), false).await.unwrap();
    assert_eq!((done.files_before, done.files_after, &done.damaged), (24, 2, &Vec::new()));
    assert_eq!(upkeep.compact("rejected_records", &now_and_all(), false).await.unwrap().files_after, 1);
    let after = lake.table("events").await.unwrap();
    assert_eq!(done.bytes_after, after.files().iter().map(|file| file.size).sum::<u64>());
    assert_eq!((after.version(), after.rows(), ids(&lake, &after)), (before.version() + 1, Some(48), expected(48)));
    assert!(!upkeep.compact("events", &now_and_all(), false).await.unwrap().is_change(), "once is enough");
    // As it was: by the snapshot in hand, and by its version in the log.
    assert_eq!(ids(&lake, &before), expected(48));
    let url = Url::from_directory_path(folder.path().join("events")).unwrap();
    let old = DeltaTableBuilder::from_url(url).unwrap().with_version(before.version()).load().await.unwrap();
    assert_eq!(old.get_file_uris().unwrap().filter(|file| Path::new(file.trim_start_matches("file://")).is_file()).count(), 24);
    // What follows the log by its commits is told that no data changed.
    let entry = std::fs::read_to_string(folder.path().join(format!("events/_delta_log/{:020}.json", after.version()))).unwrap();
    assert_eq!((entry.matches("\"dataChange\":false").count(), entry.matches("\"dataChange\":true").count()), (26, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_end_at_the_target_and_commits_at_their_limit() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    fill(&lake, 12).await;
    let size = lake.table("events").await.unwrap().files()[0].size;
    let options = CompactOptions {
        target_bytes: size * 7 / 2,
        max_bytes_at_once: size * 4,
        row_group_bytes: 1,
        small_bytes: size * 2,
        ..now_and_all()
    };
    let done = lake.upkeep().unwrap().compact("events", &options, false).await.unwrap();
    let table = lake.table("events").await.unwrap();
    assert!((2..=6).contains(&done.files_after), "{done:?}");
    assert!(table.version() > 13, "more than one commit");
    assert_eq!(ids(&lake, &table), expected(24));
    assert!(lake.check_files("events").await.unwrap().damaged.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_commit_nothing_has_happened() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    fill(&lake, 10).await;
    lake.upkeep().unwrap().compact("events", &now_and_all(), false).await.unwrap();
    // As if the process had died after the files were written and before the commit.
    std::fs::remove_file(folder.path().join("events/_delta_log/00000000000000000011.json")).unwrap();
    let table = lake.table("events").await.unwrap();
    assert_eq!((table.files().len(), ids(&lake, &table)), (10, expected(20)));
    fill_more(&lake).await;
    lake.upkeep().unwrap().compact("events", &now_and_all(), false).await.unwrap();
    let table = lake.table("events").await.unwrap();
    assert_eq!((table.files().len(), ids(&lake, &table)), (1, expected(22)));
}

async fn fill_more(lake: &Lake) {
    let mut appender = appender(lake).await;
    let receipt = appender.append(delivery(10..22)).await.unwrap();
    assert_eq!((receipt.events, receipt.duplicate), (2, 10));
    appender.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    let held = appender(&lake).await;
    assert!(matches!(lake.upkeep().unwrap_err(), StorageError::Locked { .. }));
    drop(held);
    let upkeep = lake.upkeep().unwrap();
    assert!(matches!(lake.appender(AppendOptions::default()).await.unwrap_err(), StorageError::Locked { .. }));
    assert!(upkeep.compact("contacts", &now_and_all(), false).await.is_err(), "facts are the fold's");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_and_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    fill(&lake, 8).await;
    let table = lake.table("events").await.unwrap();
    let found = lake.check_files("events").await.unwrap();
    assert_eq!((found.files, found.rows, found.damaged.len()), (8, 16, 0), "{found:?}");
    let [flipped, cut, gone] = [0, 3, 6].map(|i: usize| table.files()[i].path.clone());
    let mut bytes = std::fs::read(folder.path().join(&flipped)).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(folder.path().join(&flipped), &bytes).unwrap();
    let bytes = std::fs::read(folder.path().join(&cut)).unwrap();
    std::fs::write(folder.path().join(&cut), &bytes[..bytes.len() - 1]).unwrap();
    std::fs::remove_file(folder.path().join(&gone)).unwrap();
    let found = lake.check_files("events").await.unwrap();
    assert_eq!(found.damaged.len(), 3, "{found:?}");
    assert!(found.damaged[0].contains(&flipped) && found.damaged[0].contains("stored with"), "{found:?}");
    assert!(found.damaged[1].contains(&cut) && found.damaged[1].contains("the log says"), "{found:?}");
    assert!(found.damaged[2].contains(&gone), "{found:?}");
    // What is whole is rewritten, what is damaged stays where somebody can repair it.
    let done = lake.upkeep().unwrap().compact("events", &now_and_all(), false).await.unwrap();
    assert_eq!((done.files_after, done.damaged.len()), (4, 3), "{done:?}");
    let left: Vec<String> = lake.table("events").await.unwrap().files().iter().map(|file| file.path.clone()).collect();
    assert!([&flipped, &cut, &gone].iter().all(|file| left.contains(file)), "{left:?}");
}
