//! What goes, goes after its time and not before; what was left behind for longer begins anew.

use std::path::Path;
use std::time::Duration;

use trunkline_events::port::{Appender, Delivery, Position};
use trunkline_events::{EventBatch, EventRow, Timestamp};

use super::{CompactOptions, MIN_RETENTION, RETENTION, vacuum};
use crate::append::AppendOptions;
use crate::lake::Lake;
use crate::schema;

const HOUR: i64 = 3_600_000;

fn delivery(n: i64) -> Delivery {
    let mut events = EventBatch::default();
    events.push(&EventRow {
        event_id: &format!("e{n}"),
        source: "pbx",
        kind: "note.added",
        occurred_at: Timestamp::from_seconds(n),
        recorded_at: Timestamp::from_seconds(n),
        connector: "cloudevents",
        journal: "queue/a",
        journal_seq: n,
        ..EventRow::default()
    });
    let positions = vec![Position { journal: "queue/a".into(), offset: n + 1, check: n }];
    Delivery { events, record_sizes: vec![1], received: 1, positions, ..Delivery::default() }
}

async fn fill(lake: &Lake, events: std::ops::Range<i64>) -> u64 {
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let mut stored = 0;
    for n in events {
        stored += appender.append(delivery(n)).await.unwrap().events;
    }
    appender.close().await.unwrap();
    stored
}

fn data_files(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "parquet"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_left_its_table_long_ago_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
    fill(&lake, 0..9).await;
    let (keys, kept) = (folder.path().join("_trunkline/keys"), folder.path().join("kept"));
    copy(&keys, &kept);
    assert_eq!(fill(&lake, 9..10).await, 1);
    let day = folder.path().join("events/event_date=1970-01-01");
    // What a writer left that died before its commit.
    std::fs::write(day.join("part-00.zstd.parquet"), b"half").unwrap();
    // And what one left that died while it wrote: beside the file it was to become.
    let staged = ["events/_delta_log/00000000000000000099.json#7", "events/event_date=1970-01-01/part-01.zstd.parquet#123"];
    staged.iter().for_each(|name| std::fs::write(folder.path().join(name), b"ha").unwrap());
    let are_there = || staged.map(|name| folder.path().join(name).exists());
    lake.upkeep().unwrap().compact(schema::EVENTS, &CompactOptions { min_files: 2, ..CompactOptions::default() }, false).await.unwrap();
    assert_eq!(data_files(&day), 12);

    let now = chrono::Utc::now().timestamp_millis();
    for (retention, after) in [(RETENTION, 6 * 24 * HOUR), (Duration::ZERO, HOUR / 2), (MIN_RETENTION, HOUR / 2)] {
        let found = vacuum(&lake, schema::EVENTS, retention, false, now + after).await.unwrap();
        assert_eq!((found.files, data_files(&day), are_there()), (0, 12, [true; 2]), "{retention:?} is not over");
    }
    let planned = vacuum(&lake, schema::EVENTS, RETENTION, true, now + 8 * 24 * HOUR).await.unwrap();
    assert_eq!((planned.files, data_files(&day), are_there()), (13, 12, [true; 2]), "only said");
    assert_eq!(vacuum(&lake, schema::EVENTS, RETENTION, false, now + 8 * 24 * HOUR).await.unwrap(), planned);
    assert_eq!((data_files(&day), are_there()), (1, [false; 2]));
    assert_eq!(lake.table(schema::EVENTS).await.unwrap().rows(), Some(10));
    assert!(lake.check_files(schema::EVENTS).await.unwrap().damaged.is_empty());

    // An index from before, which would catch up from files that are gone, begins anew.
    std::fs::remove_dir_all(&keys).unwrap();
    copy(&kept, &keys);
    assert_eq!(fill(&lake, 0..11).await, 1, "all but the last are duplicates");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_written_on_request_and_positions_survive_it() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
    fill(&lake, 0..3).await;
    let upkeep = lake.upkeep().unwrap();
    let done = upkeep.checkpoint(schema::EVENTS).await.unwrap();
    assert_eq!((done.version, done.commits), (3, 3));
    assert_eq!(upkeep.checkpoint(schema::EVENTS).await.unwrap().commits, 0, "once is enough");
    drop(upkeep);
    for n in 0..3 {
        std::fs::remove_file(folder.path().join(format!("events/_delta_log/{n:020}.json"))).unwrap();
    }
    let appender = lake.appender(AppendOptions::default()).await.unwrap();
    assert_eq!(appender.position("queue/a").unwrap().offset, 3);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
