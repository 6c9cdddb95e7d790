//! The books of a journal: exact after duplicates, rejects, another reading of the same bytes, and a crash at any commit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use trunkline_events::port::{Appender, Delivery, Position, Receipt, Rejected};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_storage::{AppendOptions, Lake};

/// What one record of a delivery is: mapped to an event with this payload, or refused with this code.
#[derive(Clone, Copy)]
enum Is {
    Event(&'static str),
    Refused(&'static str),
}
use Is::{Event, Refused};

/// A reading of a stretch: record `n` lies at byte `10 n`; `read_at` is the moment of reading.
fn reading(journal: &str, records: &[(i64, Is)], to: i64, read_at: i64) -> Delivery {
    let mut delivery = Delivery { received: records.len() as u64, ..Delivery::default() };
    let mut events = EventBatch::default();
    for &(n, is) in records {
        let (id, journal_seq) = (format!("e{n}"), n * 10);
        match is {
            Event(data) => {
                events.push(&EventRow {
                    event_id: &id,
                    source: "pbx",
                    kind: "note.added",
                    occurred_at: Timestamp::from_seconds(n),
                    recorded_at: Timestamp::from_seconds(read_at),
                    connector: "mapping",
                    journal,
                    journal_seq,
                    data,
                    ..EventRow::default()
                });
                delivery.record_sizes.push(1);
            }
            Refused(code) => delivery.rejected.push(Rejected {
                source: "pbx".into(),
                connector: "mapping".into(),
                code: code.into(),
                message: "no".into(),
                origin: "a.csv".into(),
                line: Some(n),
                journal: journal.into(),
                journal_seq,
                recorded_at: read_at,
                raw: id.into_bytes(),
            }),
        }
    }
    delivery.events = events;
    delivery.positions.push(Position { journal: journal.into(), offset: to, check: to + 1 });
    delivery
}

async fn open(path: &Path) -> Lake {
    Lake::open_or_create(path.to_str().unwrap()).await.unwrap()
}

async fn append(lake: &Lake, delivery: Delivery) -> Receipt {
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let receipt = appender.append(delivery).await.unwrap();
    appender.close().await.unwrap();
    assert_eq!(receipt.received, receipt.stored + receipt.duplicate + receipt.rejected, "{receipt:?}");
    receipt
}

/// Places of a table by journal.
async fn places(lake: &Lake, table: &str) -> BTreeSet<(String, i64)> {
    let mut out = BTreeSet::new();
    for file in lake.table(table).await.unwrap().files() {
        lake.read_file(file, &["journal", "journal_seq"], |batch| {
            let (journals, offsets) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<Int64Type>());
            out.extend((0..batch.num_rows()).map(|i| (journals.value(i).to_owned(), offsets.value(i))));
            Ok(())
        })
        .unwrap();
    }
    out
}

/// By journal: received, stored, duplicate, rejected. The first is checked against the others.
async fn balance(lake: &Lake) -> BTreeMap<String, [i64; 4]> {
    let (events, rejected) = (lake.table("events").await.unwrap(), lake.table("rejected_records").await.unwrap());
    let (stored, refused) = (places(lake, "events").await, places(lake, "rejected_records").await);
    let mut out = BTreeMap::new();
    for books in lake.books(&events, &rejected).await.unwrap() {
        let own = |place: &&(String, i64)| place.0 == books.journal;
        let kept = stored.iter().filter(own).count() as i64;
        let out_of_it = refused.iter().filter(own).filter(|p| p.1 < books.position && !stored.contains(*p)).count() as i64;
        let (received, duplicate) = (books.received.unwrap(), books.duplicate.unwrap());
        assert_eq!(
            received,
            kept + duplicate + out_of_it,
            "{}: {duplicate} duplicates, {kept} stored, {out_of_it} rejected",
            books.journal
        );
        out.insert(books.journal, [received, kept, duplicate, out_of_it]);
    }
    out
}

/// Codes of the rejected records by journal and place.
async fn codes(lake: &Lake) -> Vec<String> {
    let mut out = Vec::new();
    for file in lake.table("rejected_records").await.unwrap().files() {
        lake.read_file(file, &["code", "journal", "journal_seq"], |batch| {
            let (codes, journals) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
            let offsets = batch.column(2).as_primitive::<Int64Type>();
            out.extend((0..batch.num_rows()).map(|i| format!("{} {} {}", journals.value(i), offsets.value(i), codes.value(i))));
            Ok(())
        })
        .unwrap();
    }
    out.sort();
    out
}

/// Takes the newest commit of a table away, as if the process had died before it.
fn lose_commit(folder: &Path, table: &str) {
    let log = folder.join(table).join("_delta_log");
    let newest = std::fs::read_dir(&log).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "json")).max();
    std::fs::remove_file(newest.unwrap()).unwrap();
}

const FIRST: [(i64, Is); 5] =
    [(0, Event("{}")), (1, Refused("bad_time")), (2, Event("{}")), (3, Refused("bad_time")), (4, Refused("bad_time"))];

#[tokio::test(flavor = "multi_thread")]
async fn growth_duplicates_and_rejects_are_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, reading("f/a-1", &FIRST, 50, 1)).await;
    append(&lake, reading("f/a-1", &[(5, Event("{}")), (6, Refused("bad_json"))], 70, 2)).await;
    // The same stretch once more is not received once more; other bytes with the same events are duplicates.
    append(&lake, reading("f/a-1", &[(5, Event("{}")), (6, Refused("bad_json"))], 70, 3)).await;
    append(&lake, reading("f/b-1", &[(0, Event("{}")), (2, Event("{\"x\":1}")), (9, Event("{}"))], 100, 4)).await;
    let want = BTreeMap::from([("f/a-1".to_owned(), [7, 3, 0, 4]), ("f/b-1".to_owned(), [3, 1, 1, 1])]);
    assert_eq!(balance(&lake).await, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_commits_leaves_the_books_right_even_when_the_mapping_was_corrected_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, reading("f/a-1", &[(0, Event("{}"))], 10, 1)).await;
    append(&lake, reading("f/a-1", &[(1, Refused("bad_time")), (2, Event("{\"x\":1}")), (3, Refused("bad_time"))], 40, 2)).await;
    lose_commit(folder.path(), "events");
    assert_eq!(balance(&lake).await["f/a-1"], [1, 1, 0, 0], "what is not acknowledged is not received");
    append(&lake, reading("f/a-1", &[(1, Event("{}")), (2, Event("{\"x\":1}")), (3, Refused("bad_time"))], 40, 3)).await;
    assert_eq!(balance(&lake).await["f/a-1"], [4, 3, 0, 1]);
    assert_eq!(codes(&lake).await, ["f/a-1 30 bad_time"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_repeated_after_a_crash_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, reading("f/a-1", &[(0, Event("{}"))], 10, 1)).await;
    for read_at in [2, 3] {
        append(&lake, reading("f/b-1", &[(0, Event("{\"x\":1}"))], 10, read_at)).await;
        if read_at == 2 {
            lose_commit(folder.path(), "events");
        }
    }
    assert_eq!(codes(&lake).await, ["f/b-1 0 id_conflict"]);
    assert_eq!(balance(&lake).await["f/b-1"], [1, 0, 0, 1]);
}

/// One record is mapped now, one is rejected for another reason, one as before.
const SECOND: [(i64, Is); 5] = [(0, Event("{}")), (1, Event("{}")), (2, Event("{}")), (3, Refused("bad_number")), (4, Refused("bad_time"))];

fn again(journal: &str, of: &[&str], read_at: i64) -> Delivery {
    Delivery { again: of.iter().map(|&j| j.to_owned()).collect(), ..reading(journal, &SECOND, 50, read_at) }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_reading_takes_the_place_of_what_was_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, reading("f/a-1", &FIRST, 50, 1)).await;
    let receipt = append(&lake, again("f/a-2", &["f/a-1"], 2)).await;
    assert_eq!(receipt, Receipt { received: 5, stored: 1, duplicate: 3, rejected: 1, events: 1 });
    assert_eq!(codes(&lake).await, ["f/a-1 40 bad_time", "f/a-2 30 bad_number"]);
    let want = BTreeMap::from([("f/a-1".to_owned(), [5, 2, 2, 1]), ("f/a-2".to_owned(), [5, 1, 3, 1])]);
    assert_eq!(balance(&lake).await, want);
    let receipt = append(&lake, again("f/a-3", &["f/a-1", "f/a-2"], 3)).await;
    assert_eq!((receipt.duplicate, codes(&lake).await.len()), (5, 2), "a third reading brings nothing new");
    balance(&lake).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_anywhere_in_another_reading_is_mended_by_the_next_one() {
    for lost in [vec!["rejected_records"], vec!["rejected_records", "events"], vec!["rejected_records", "events", "rejected_records"]] {
        let folder = tempfile::tempdir().unwrap();
        let lake = open(folder.path()).await;
        append(&lake, reading("f/a-1", &FIRST, 50, 1)).await;
        append(&lake, again("f/a-2", &["f/a-1"], 2)).await;
        // Commits were: the new rejects, the events, the old rejects out.
        for table in &lost {
            lose_commit(folder.path(), table);
        }
        balance(&lake).await;
        let known: Vec<String> = balance(&lake).await.into_keys().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        append(&lake, again(if known.len() == 2 { "f/a-3" } else { "f/a-2" }, &known, 3)).await;
        balance(&lake).await;
        let left = codes(&lake).await;
        let places: Vec<&str> = left.iter().map(|row| row.split_once(' ').unwrap().1).collect();
        assert_eq!(places, ["40 bad_time", "30 bad_number"], "after losing {lost:?}: {left:?}");
        assert_eq!(places_of_events(&lake).await, 3);
    }
}

async fn places_of_events(lake: &Lake) -> u64 {
    lake.table("events").await.unwrap().rows().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_that_is_no_longer_one_leaves_and_its_record_counts_as_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    append(&lake, reading("f/x-1", &[(0, Event("{}")), (1, Event("{}"))], 20, 1)).await;
    append(&lake, reading("f/a-1", &[(0, Event("{\"x\":1}")), (1, Event("{\"x\":1}"))], 20, 2)).await;
    let corrected = reading("f/a-2", &[(0, Event("{}")), (1, Event("{\"x\":1}"))], 20, 3);
    let receipt = append(&lake, Delivery { again: vec!["f/a-1".into()], ..corrected }).await;
    assert_eq!((receipt.duplicate, receipt.rejected), (2, 0));
    assert_eq!(codes(&lake).await, ["f/a-1 10 id_conflict"]);
    assert_eq!(balance(&lake).await["f/a-1"], [2, 0, 1, 1]);
}
