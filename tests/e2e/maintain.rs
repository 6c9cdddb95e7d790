//! A lake is kept in order without anybody noticing: fewer files, the same rows to every reader, through kills.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use trunkline_testkit::Bench;

const BOOKS: &str = "select count(*) as n, count(distinct event_id) as d, sum(journal_seq) as s, max(recorded_at) as r from events";
const BALANCE: &str = "select sum(received) as received, sum(stored) as stored, sum(abs(difference)) as difference from ops.balance";

/// A lake of `parts` commits, two days, with a rejected record in each.
fn lake_of(parts: usize) -> Bench {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "400", "--days", "2", "--seed", "11", "--out", "e.jsonl"]).ok();
    let text = std::fs::read_to_string(bench.path("e.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (i, part) in lines.chunks(lines.len().div_ceil(parts)).enumerate() {
        let _ = bench.write(&format!("e{i}.jsonl"), part.join("\n") + "\nno event\n");
        let _ = bench.run(&["ingest", &format!("e{i}.jsonl"), "--connector", "cloudevents", "--no-fold"]).ok();
    }
    bench
}

/// Data files that the newest version of a table has, by DuckDB's reader.
fn files(bench: &Bench, table: &str) -> i64 {
    bench.duckdb(&format!("select count(distinct filename) from delta_scan('{{lake}}/{table}', filename=true)"))[0][0].as_i64().unwrap()
}

fn sorted_files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(sorted_files(&path));
        } else if path.extension().is_some_and(|end| end == "parquet") {
            out.push(path);
        }
    }
    out.sort();
    out
}

#[test]
fn many_small_files_become_few_and_every_reader_sees_the_same_rows() {
    let bench = lake_of(10);
    let (books, balance) = (bench.rows(BOOKS), bench.rows(BALANCE));
    let total = "select count(*), count(distinct event_id), sum(journal_seq)::bigint from delta_scan('{lake}/events')";
    let theirs = bench.duckdb(total);
    let (before, rejected) = (files(&bench, "events"), files(&bench, "rejected_records"));
    assert!(before >= 10 && rejected == 10, "{before} {rejected}");
    let planned = bench.run(&["maintain", "compact", "--dry-run"]).ok();
    assert!(planned.contains("would become") && files(&bench, "events") == before, "{planned}");
    let said = bench.run(&["maintain", "compact"]).ok();
    assert!(said.lines().any(|line| line.starts_with("events: ") && line.contains("became")), "{said}");
    assert!(files(&bench, "events") <= 3 && files(&bench, "rejected_records") == 1, "{said}");
    assert_eq!((bench.rows(BOOKS), bench.rows(BALANCE), bench.duckdb(total)), (books.clone(), balance, theirs));
    // What is known is still known, the facts are those of the log, and a rewrite is no news to them.
    let again = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]);
    assert_eq!((again.code, &bench.rows(BOOKS)), (0, &books), "{}", again.stderr);
    for name in ["one", "two"] {
        let line = format!(r#"{{"specversion":"1.0","id":"{name}","source":"me","type":"x.y","time":"2026-01-05T10:00:00Z","data":{{}}}}"#);
        let _ = bench.write(&format!("{name}.jsonl"), line + "\n");
    }
    let _ = bench.run(&["ingest", "one.jsonl", "--connector", "cloudevents", "--no-fold"]).ok();
    let said = bench.run(&["maintain", "compact", "events"]).ok();
    assert!(said.contains("became"), "{said}");
    let folded = bench.run(&["ingest", "two.jsonl", "--connector", "cloudevents"]);
    assert!(folded.stderr.contains("folded 0 events"), "{}", folded.stderr);
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
    let _ = bench.run(&["maintain", "checkpoint"]).ok();
    let kept = bench.run(&["maintain", "vacuum", "--retention-hours", "1"]).ok();
    assert!(kept.lines().all(|line| line.ends_with("0 files, 0 B deleted")), "nothing is an hour old: {kept}");
    assert_eq!(bench.rows(BOOKS)[0]["d"].as_i64().unwrap(), books[0]["d"].as_i64().unwrap() + 2);
}

#[test]
fn killed_at_any_moment_no_row_is_lost_or_doubled() {
    let bench = lake_of(8);
    let books = bench.rows(BOOKS);
    let start = sorted_files(&bench.path("lake")).len();
    for written in [1, 2, 3] {
        let mut command = bench.command(&["maintain", "compact", "events"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while sorted_files(&bench.path("lake")).len() < start + written && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        let _ = child.wait();
        assert_eq!(bench.rows(BOOKS), books);
    }
    let _ = bench.run(&["maintain", "compact"]).ok();
    assert_eq!(bench.rows(BOOKS), books);
    assert_eq!(bench.run(&["maintain", "verify"]).code, 0);
}

#[test]
fn a_damaged_file_is_named() {
    let bench = lake_of(3);
    let whole = bench.run(&["maintain", "verify", "events", "rejected_records"]).ok();
    assert_eq!(whole.matches("whole at version").count(), 2, "{whole}");
    let victim = sorted_files(&bench.path("lake/events")).remove(1);
    let mut bytes = std::fs::read(&victim).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&victim, bytes).unwrap();
    let found = bench.run(&["maintain", "verify"]);
    let name = victim.file_name().unwrap().to_string_lossy().into_owned();
    assert!(found.code == 1 && found.stdout.contains(&name), "{} {}", found.stdout, found.stderr);
    assert!(found.stderr.contains("1 of") && found.stderr.contains("hint"), "{}", found.stderr);
    let left = bench.run(&["maintain", "compact", "events"]);
    assert!(left.code == 1 && left.stdout.contains(&name) && victim.is_file(), "{} {}", left.stdout, left.stderr);
}

#[test]
fn mistakes_are_told() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["maintain", "compact"]).code, 1, "no lake");
    let _ = bench.write("e.jsonl", "no event\n");
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    let unknown = bench.run(&["maintain", "compact", "evnts"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("queue_stints"), "{}", unknown.stderr);
    assert_eq!(bench.run(&["maintain", "vacuum", "--retention-hours", "0"]).code, 2, "readers need their files");
}
