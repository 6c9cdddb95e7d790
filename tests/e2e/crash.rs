//! Killed at any moment and repeated, an ingest gives the rows of one undisturbed run.

use std::process::Stdio;

use trunkline_testkit::Bench;

const BOOKS: &str = "select count(*) as n, count(distinct event_id) as d, sum(journal_seq) as s from events";

#[test]
fn killed_and_repeated_gives_the_same_rows() {
    let calm = Bench::new();
    let _ = calm.run(&["simulate", "--contacts", "1500", "--days", "2", "--seed", "5", "--out", "e.jsonl"]).ok();
    let _ = calm.run(&["ingest", "e.jsonl", "--connector", "cloudevents", "--no-fold"]).ok();
    let want = calm.rows(BOOKS);

    let rough = Bench::new();
    std::fs::copy(calm.path("e.jsonl"), rough.path("e.jsonl")).unwrap();
    for files_seen in [1, 2, 4, 6] {
        let mut child = rough
            .command(&["ingest", "e.jsonl", "--connector", "cloudevents", "--no-fold"])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Killed as soon as the lake holds so many files: before, between and after commits, wherever that is.
        while count_files(&rough.path("lake")) < files_seen && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    let _ = rough.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    assert_eq!(rough.rows(BOOKS), want);
    assert_eq!(rough.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
}

#[test]
fn a_second_time_everything_is_known() {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "200", "--days", "1", "--seed", "6", "--out", "e.jsonl"]).ok();
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    let before = bench.rows(BOOKS);
    // The same content under another name is the same file; as other content, every event is a duplicate.
    std::fs::copy(bench.path("e.jsonl"), bench.path("copy.jsonl")).unwrap();
    let _ = bench.run(&["ingest", "copy.jsonl", "--connector", "cloudevents"]).ok();
    let text = std::fs::read_to_string(bench.path("e.jsonl")).unwrap();
    let reversed: String = text.lines().rev().map(|l| format!("{l}\n")).collect();
    let _ = bench.write("reversed.jsonl", reversed);
    let _ = bench.run(&["ingest", "reversed.jsonl", "--connector", "cloudevents"]).ok();
    assert_eq!(bench.rows(BOOKS), before);
}

fn count_files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|e| if e.path().is_dir() { count_files(&e.path()) } else { 1 }).sum()
}
