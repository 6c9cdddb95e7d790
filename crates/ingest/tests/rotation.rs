//! A log that was cut by rotation is one log: its events are those of the files joined.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod support;

use std::path::PathBuf;

use support::{Memory, Stored, file, options, run};
use trunkline_ingest::{Asterisk, Connector, IngestOptions, Summary};

fn asterisk() -> Box<dyn Connector> {
    Box::new(Asterisk::new())
}

fn ingest(store: &mut Memory, files: &[PathBuf]) -> Summary {
    run(store, files, &asterisk, &options()).unwrap()
}

/// Calls that overlap, agents that pause, and one call that waits from each quarter of the log into the next.
fn log() -> Vec<String> {
    let mut lines = vec!["1000|NONE|NONE|NONE|QUEUESTART|".to_owned(), "1000|NONE|NONE|Alice|PAUSEALL|lunch".to_owned()];
    for n in 0..60_i64 {
        let (at, call) = (1_000 + n * 10, format!("{}.{n}", 1_000 + n * 10));
        lines.push(format!("{at}|{call}|sales|NONE|DID|4930{n}"));
        lines.push(format!("{at}|{call}|sales|NONE|ENTERQUEUE||49151{n:05}|1"));
        if n >= 3 {
            let before = format!("{}.{}", 1_000 + (n - 3) * 10, n - 3);
            lines.push(format!("{at}|{before}|sales|Bob|RINGNOANSWER|4000"));
            lines.push(format!("{}|{before}|sales|Alice|CONNECT|31|x|1", at + 1));
        }
        if n >= 6 {
            lines.push(format!("{}|{}.{}|sales|Alice|COMPLETECALLER|31|29|1", at + 2, 1_000 + (n - 6) * 10, n - 6));
        }
    }
    lines.push("1700|NONE|NONE|Alice|UNPAUSEALL|".to_owned());
    lines
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// The log whole, and cut into `pieces` files named as sequential rotation names them.
fn cut(dir: &std::path::Path, pieces: usize) -> (PathBuf, Vec<PathBuf>) {
    let lines = log();
    let whole = file(dir, "whole", &text(&lines));
    let parts = lines.chunks(lines.len().div_ceil(pieces)).enumerate();
    let files = parts.map(|(n, part)| file(dir, &format!("queue_log.{n}"), &text(part))).collect();
    (whole, files)
}

fn joined(whole: &PathBuf) -> Vec<Stored> {
    let mut store = Memory::default();
    ingest(&mut store, std::slice::from_ref(whole));
    store.rows()
}

#[test]
fn one_command_in_any_order_and_one_command_each_give_the_events_of_the_files_joined() {
    let dir = tempfile::tempdir().unwrap();
    for pieces in [2, 3, 7] {
        let (whole, files) = cut(dir.path(), pieces);
        let want = joined(&whole);
        let backwards: Vec<PathBuf> = files.iter().rev().cloned().collect();
        let mut all = Memory::default();
        ingest(&mut all, &backwards);
        assert_eq!(all.rows(), want, "{pieces} files at once");
        let mut each = Memory::default();
        for path in &files {
            ingest(&mut each, std::slice::from_ref(path));
        }
        assert_eq!(each.rows(), want, "{pieces} files one by one");
        // Joined afterwards they are known, as everything was.
        let summary = ingest(&mut each, std::slice::from_ref(&whole));
        assert_eq!((summary.receipt.stored, summary.receipt.rejected, each.rows() == want), (0, 0, true));
    }
}

#[test]
fn the_second_half_of_a_call_keeps_its_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let first = file(dir.path(), "queue_log.1", b"100|1.1|sales|NONE|ENTERQUEUE||4915112345|1\n");
    let second = file(dir.path(), "queue_log", b"110|1.1|sales|Bob|CONNECT|10|x|2\n150|1.1|sales|Bob|COMPLETECALLER|10|40|1\n");
    let mut store = Memory::default();
    ingest(&mut store, &[second, first]);
    let kinds = store.kinds("1.1");
    assert_eq!(kinds.iter().filter(|kind| **kind == "queue.exited").count(), 1);
    let exit = store.events.iter().find(|e| e.kind == "queue.exited").unwrap();
    assert!(exit.data.contains("\"visit_id\":\"sales#1\""), "the stay that was entered before the cut: {}", exit.data);
}

#[test]
fn a_file_that_grows_is_rotated_and_is_followed_goes_on_wherever_it_was_read() {
    let lines = log();
    let want = {
        let dir = tempfile::tempdir().unwrap();
        joined(&file(dir.path(), "whole", &text(&lines)))
    };
    for (first, cut, second) in [(10, 100, 140), (99, 100, 101), (1, 50, 51)] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Memory::default();
        let current = file(dir.path(), "queue_log", &text(&lines[..first]));
        ingest(&mut store, &[current]);
        let rotated = file(dir.path(), "queue_log.1", &text(&lines[..cut]));
        let current = file(dir.path(), "queue_log", &text(&lines[cut..second]));
        ingest(&mut store, &[current, rotated.clone()]);
        let current = file(dir.path(), "queue_log", &text(&lines[cut..]));
        let summary = ingest(&mut store, &[current, rotated]);
        assert_eq!(store.rows(), want, "cut at {cut}");
        assert_eq!(summary.receipt.received as usize, lines.len() - second);
    }
}

#[test]
fn any_interruption_and_any_batch_size_hand_on_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, files) = cut(dir.path(), 3);
    let want = joined(&whole);
    for appends in 0..9 {
        let small = IngestOptions { batch_rows: 20, block_bytes: 700, ..options() };
        let mut store = Memory { appends_left: Some(appends), ..Memory::default() };
        let _ = run(&mut store, &files, &asterisk, &small);
        store.appends_left = None;
        // The files before may be gone by now: what was kept is enough.
        for path in &files {
            let _ = run(&mut store, std::slice::from_ref(path), &asterisk, &small);
        }
        assert_eq!(store.rows(), want, "after {appends} deliveries");
    }
}

#[test]
fn what_was_handed_on_is_made_anew_from_a_file_that_is_at_hand() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, files) = cut(dir.path(), 2);
    let mut store = Memory::default();
    ingest(&mut store, &files[..1]);
    store.carries.clear();
    ingest(&mut store, &files);
    assert_eq!(store.rows(), joined(&whole));
}

#[test]
fn another_reading_gives_the_same_ids() {
    let dir = tempfile::tempdir().unwrap();
    let (_, files) = cut(dir.path(), 3);
    let mut store = Memory::default();
    ingest(&mut store, &files);
    let before = store.rows();
    let again = IngestOptions { is_again: true, ..options() };
    let summary = run(&mut store, &files[1..], &asterisk, &again).unwrap();
    assert_eq!(
        (summary.receipt.duplicate, summary.receipt.received),
        (summary.receipt.received, (log().len() - log().len().div_ceil(3)) as u64)
    );
    assert_eq!(store.rows(), before);
}

#[test]
fn logs_that_overlap_and_logs_of_other_sources_are_not_one_log() {
    let dir = tempfile::tempdir().unwrap();
    let one = file(dir.path(), "one", b"100|1.1|q|NONE|ENTERQUEUE||5|1\n200|1.1|q|NONE|ABANDON|1|1|100\n");
    let two = file(dir.path(), "two", b"150|NONE|NONE|NONE|QUEUESTART|\n160|2.2|q|NONE|ENTERQUEUE||6|1\n");
    let later = file(dir.path(), "later", b"300|NONE|NONE|NONE|QUEUESTART|\n");
    let alone = |path: &PathBuf| joined(path);
    let mut store = Memory::default();
    ingest(&mut store, &[one.clone(), two.clone()]);
    let mut want = [alone(&one), alone(&two)].concat();
    want.sort();
    assert_eq!(store.rows(), want, "files that overlap each begin afresh");
    let other = IngestOptions { source: "pbx2".to_owned(), ..options() };
    run(&mut store, &[later], &asterisk, &other).unwrap();
    assert_eq!(store.events.iter().filter(|e| e.kind == "contact.ended" && e.at == 300).count(), 0, "another source's calls do not end");
}
