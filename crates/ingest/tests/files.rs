//! Files are read exactly once by content: repeated, grown, interrupted, renamed, compressed, damaged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod support;

use std::io::Write;

use support::{Memory, file, options, run};
use trunkline_ingest::{Asterisk, CloudEvents, Connector, IngestError};

fn cloudevents() -> Box<dyn Connector> {
    Box::new(CloudEvents::new())
}

fn asterisk() -> Box<dyn Connector> {
    Box::new(Asterisk::new())
}

fn event(n: usize) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e{n}","source":"crm://a","type":"queue.entered","time":"2026-03-02T09:15:04.250Z","subject":"c-{n}","data":{{"queue":"billing","visit_id":"1"}}}}"#
    )
}

fn lines(n: usize) -> String {
    (0..n).map(|i| event(i) + "\n").collect()
}

fn queue_log(calls: u32) -> String {
    let mut out = "1754460000|NONE|NONE|NONE|QUEUESTART|\n".to_owned();
    for n in 0..calls {
        let t = 1_754_460_010 + i64::from(n) * 7;
        out += &format!("{t}|{t}.{n}|sales|NONE|ENTERQUEUE||49151{n:05}|1\n");
        out += &format!("{}|{t}.{n}|sales|Alice{n}|CONNECT|5|{t}.9|3\n", t + 5);
        out += &format!("{}|{t}.{n}|sales|Alice{n}|COMPLETECALLER|5|60|1\n", t + 65);
    }
    out
}

#[test]
fn a_file_twice_gives_the_same_rows_and_the_books_balance() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "a.jsonl", (lines(1000) + "broken\n\n" + &event(0) + "\n").as_bytes());
    let mut store = Memory::default();
    let first = run(&mut store, std::slice::from_ref(&path), &cloudevents, &options()).unwrap();
    assert_eq!(first.to_string().lines().next().unwrap(), "received 1002 = stored 1000 + duplicate 1 + rejected 1 (events 1000)");
    let bad = &store.rejected[0];
    assert_eq!((bad.line, bad.journal_seq, &*bad.raw), (Some(1001), lines(1000).len() as i64, &b"broken\n"[..]));
    let rows = store.rows();
    let again = run(&mut store, &[path], &cloudevents, &options()).unwrap();
    assert_eq!((again.receipt.received, again.unchanged_files), (0, 1));
    assert_eq!(store.rows(), rows);
}

#[test]
fn growth_gives_only_what_is_new_and_a_torn_line_waits() {
    let dir = tempfile::tempdir().unwrap();
    let whole = queue_log(50);
    let mut store = Memory::default();
    let mut received = 0;
    for cut in [0, 20, 38, 100, 700, 701, 2000, whole.len()] {
        let path = file(dir.path(), "queue_log", &whole.as_bytes()[..cut]);
        let summary = run(&mut store, &[path], &asterisk, &options()).unwrap();
        assert!(summary.balances());
        assert_eq!(summary.receipt.duplicate, 0);
        assert_eq!(summary.incomplete_lines == 1, cut > 0 && whole.as_bytes()[cut - 1] != b'\n', "{cut}");
        received += summary.receipt.received;
    }
    assert_eq!(received, 151);
    let mut once = Memory::default();
    run(&mut once, &[file(dir.path(), "other", whole.as_bytes())], &asterisk, &options()).unwrap();
    assert_eq!(store.rows(), once.rows());
    assert!(store.rejected.is_empty());
}

#[test]
fn renamed_compressed_and_shorter_copies_bring_nothing_new() {
    let dir = tempfile::tempdir().unwrap();
    let whole = queue_log(50);
    let mut store = Memory::default();
    run(&mut store, &[file(dir.path(), "queue_log", whole.as_bytes())], &asterisk, &options()).unwrap();
    let rows = store.rows();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(whole.as_bytes()).unwrap();
    let copies = [
        file(dir.path(), "renamed", whole.as_bytes()),
        file(dir.path(), "no_suffix", &encoder.finish().unwrap()),
        file(dir.path(), "x.zst", &zstd::encode_all(whole.as_bytes(), 1).unwrap()),
    ];
    let summary = run(&mut store, &copies, &asterisk, &options()).unwrap();
    assert_eq!((summary.receipt.received, summary.unchanged_files), (0, 3));
    let half = whole.match_indices('\n').nth(70).unwrap().0 + 1;
    let shorter = file(dir.path(), "half", &whole.as_bytes()[..half]);
    let summary = run(&mut store, &[shorter], &asterisk, &options()).unwrap();
    assert_eq!((summary.receipt.stored, summary.receipt.duplicate), (0, 71));
    assert_eq!(store.rows(), rows);
}

#[test]
fn another_file_with_the_same_first_line_is_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Memory::default();
    let other = queue_log(3).replace("sales", "help");
    let files = [file(dir.path(), "a", queue_log(5).as_bytes()), file(dir.path(), "b", other.as_bytes())];
    let summary = run(&mut store, &files, &asterisk, &options()).unwrap();
    // The first line of both is the same place in the same content so far.
    assert_eq!((summary.receipt.stored, summary.receipt.duplicate), (25, 1));
}

#[test]
fn any_batch_size_and_any_interruption_give_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    for (content, factory) in [(queue_log(60), &asterisk as &support::Make), (lines(900), &cloudevents as &support::Make)] {
        let path = [file(dir.path(), "f", content.as_bytes())];
        let mut whole = Memory::default();
        run(&mut whole, &path, factory, &options()).unwrap();
        for (rows, block) in [(1, 100), (7, 1000), (100, 64), (1000, 1 << 20)] {
            let mut options = options();
            (options.batch_rows, options.block_bytes) = (rows, block);
            let mut store = Memory { appends_left: Some(2), ..Memory::default() };
            let mut failures = 0;
            while let Err(error) = run(&mut store, &path, factory, &options) {
                assert!(matches!(error, IngestError::Store(_)), "{error}");
                store.appends_left = Some(40);
                failures += 1;
            }
            assert_eq!(store.rows(), whole.rows(), "{rows} rows, {block} bytes");
            assert!(failures > 0 || store.appends <= 2);
        }
    }
}

#[test]
fn halting_keeps_what_came_before_and_a_later_run_completes() {
    let dir = tempfile::tempdir().unwrap();
    let path = [file(dir.path(), "f", (event(1) + "\nbad\n" + &event(2) + "\nbad\n" + &event(3) + "\n").as_bytes())];
    let mut store = Memory::default();
    let mut halting = options();
    halting.halt_above = Some(1);
    let error = run(&mut store, &path, &cloudevents, &halting).unwrap_err();
    assert!(matches!(error, IngestError::Halted { rejected: 2, limit: 1, .. }), "{error}");
    assert_eq!((store.events.len(), store.rejected.len()), (2, 2));
    let rest = run(&mut store, &path, &cloudevents, &options()).unwrap();
    assert_eq!((rest.receipt.received, store.events.len(), store.rejected.len()), (1, 3, 2));
}

#[test]
fn a_batch_array_is_its_elements_and_too_large_records_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let array = format!("[{},\n {} ,{}]", event(1), event(2), event(3));
    let mut store = Memory::default();
    let mut small = options();
    (small.block_bytes, small.max_record_bytes) = (64, 400);
    let summary = run(&mut store, &[file(dir.path(), "a.json", array.as_bytes())], &cloudevents, &small).unwrap();
    assert_eq!((summary.receipt.stored, summary.receipt.rejected), (3, 0));
    let large = format!("{}\n{}\n{}\n", event(4), "x".repeat(5000), event(5));
    let summary = run(&mut store, &[file(dir.path(), "b", large.as_bytes())], &cloudevents, &small).unwrap();
    assert_eq!((summary.receipt.stored, summary.receipt.rejected), (2, 1));
    let bad = &store.rejected[0];
    assert_eq!((&*bad.code, bad.line, bad.journal_seq, bad.raw.len()), ("too_large", Some(2), event(4).len() as i64 + 1, 400));
}

#[test]
fn a_damaged_archive_stores_what_is_whole_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(lines(20_000).as_bytes()).unwrap();
    let mut packed = encoder.finish().unwrap();
    packed.truncate(packed.len() * 3 / 4);
    let mut store = Memory::default();
    let files =
        [file(dir.path(), "cut.gz", &packed), file(dir.path(), "cut2.gz", &packed), file(dir.path(), "c", event(30_000).as_bytes())];
    let error = run(&mut store, &files, &cloudevents, &options()).unwrap_err();
    let IngestError::Damaged { path, summary, .. } = &error else { panic!("{error}") };
    assert!(path.ends_with("cut.gz"), "the first damage is the error: {path}");
    assert!(summary.notes.iter().any(|note| note.contains("cut2.gz")), "{:?}", summary.notes);
    assert_eq!(summary.files, 3);
    assert_eq!(store.events.len() as u64, summary.receipt.stored);
    assert!(summary.balances() && error.to_string().contains(&summary.to_string()), "{error}");
    assert!(store.events.len() > 1000 && store.events.len() < 20_000);
    assert!(store.events.iter().any(|e| e.id == "e30000"), "the file after the damaged ones is read");
}
