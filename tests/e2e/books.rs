//! Nothing received is lost, and a query proves it: `received = stored + duplicate + rejected` for every file, at every moment.

use std::process::Stdio;

use serde_json::Value;
use trunkline_testkit::Bench;

const BALANCE: &str = "select journal, received, stored, duplicate, rejected, difference from ops.balance order by journal";

/// The balance as numbers; every difference is checked.
fn balance(bench: &Bench) -> Vec<[i64; 4]> {
    let rows = bench.rows(BALANCE);
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap_or_else(|| panic!("{name} of {row}"));
    rows.iter().for_each(|row| assert_eq!(number(row, "difference"), 0, "{row}"));
    rows.iter().map(|row| ["received", "stored", "duplicate", "rejected"].map(|name| number(row, name))).collect()
}

fn event(id: u32, kind: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"pbx://a","type":"{kind}","time":"2026-03-02T09:00:00Z","subject":"c-1","data":{{"a":{id}}}}}"#
    )
}

#[test]
fn duplicates_rejects_and_growth_balance() {
    let bench = Bench::new();
    let ingest = |file: &str| bench.run(&["ingest", file, "--connector", "cloudevents", "--no-fold"]).ok();
    let first = [event(1, "x.y"), event(2, "x.y"), event(1, "x.y"), "no event".to_owned()].join("\n") + "\n";
    let _ = bench.write("e.jsonl", &first);
    let _ = ingest("e.jsonl");
    assert_eq!(balance(&bench), [[4, 2, 1, 1]]);
    let _ = ingest("e.jsonl");
    let _ = bench.write("e.jsonl", format!("{first}{}\nnot one either\n", event(3, "x.y")));
    let _ = ingest("e.jsonl");
    assert_eq!(balance(&bench), [[6, 3, 1, 2]]);
    // Another file: one event known, one in conflict, one new.
    let _ = bench.write("f.jsonl", [event(2, "x.y"), event(3, "x.z"), event(4, "x.y")].join("\n") + "\n");
    let _ = ingest("f.jsonl");
    let mut rows = balance(&bench);
    rows.sort_unstable();
    assert_eq!(rows, [[3, 1, 1, 1], [6, 3, 1, 2]]);
    let quality = bench.run(&["query", "run", "data_quality", "--format", "csv"]).ok();
    for line in ["cloudevents,balance,received,9,,", "cloudevents,balance,stored,4,,", "cloudevents,balance,difference,0,,"] {
        assert!(quality.lines().any(|found| found == line), "{line} is not in {quality}");
    }
    let tables = bench.rows("select table_name from information_schema.tables where table_schema = 'ops' order by 1");
    assert_eq!(
        tables.iter().map(|t| t["table_name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["balance", "files", "gaps", "journals", "pipelines", "watermark"]
    );
    let one = bench.rows("select source, connector, difference from ops.balance where received = 3");
    assert_eq!((&one[0]["source"], &one[0]["connector"]), (&"cloudevents".into(), &"cloudevents".into()));
}

#[test]
fn killed_at_any_moment_the_books_balance() {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "1500", "--days", "2", "--seed", "7", "--duplicates", "0.1", "--out", "e.jsonl"]).ok();
    let clean = std::fs::read_to_string(bench.path("e.jsonl")).unwrap();
    let dirty: String =
        clean.lines().enumerate().map(|(n, l)| if n % 9 == 0 { format!("{l}\nno event {n}\n") } else { format!("{l}\n") }).collect();
    let _ = bench.write("e.jsonl", &dirty);
    for files_seen in [3, 5, 7, 9, 12] {
        let mut command = bench.command(&["ingest", "e.jsonl", "--connector", "cloudevents", "--no-fold"]);
        let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        while count_files(&bench.path("lake")) < files_seen && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        let _ = child.wait();
        if bench.path("lake/events/_delta_log/00000000000000000000.json").exists() {
            balance(&bench);
        }
    }
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents", "--no-fold"]).ok();
    let rows = balance(&bench);
    assert_eq!((rows.len(), rows[0][0]), (1, dirty.lines().count() as i64));
}

fn count_files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|e| if e.path().is_dir() { count_files(&e.path()) } else { 1 }).sum()
}

/// A table whose second column is a time as people write it; every fifth row has none.
fn calls(rows: u32) -> String {
    let line = |n: u32| match n % 5 {
        4 => format!("c{n};never\n"),
        _ => format!("c{n};{:02}.03.2026 10:00:00\n", n % 28 + 1),
    };
    std::iter::once("Call;Start\n".to_owned()).chain((0..rows).map(line)).collect()
}

/// With points between hours and minutes no time can be read.
fn spec(format: &str) -> String {
    format!(
        "mapping: 1\nsource: dialler\ninput: {{format: csv, delimiter: \";\"}}\ntime: {{format: \"{format}\", zone: UTC}}\n\
         let: {{call: {{col: Call}}}}\nidentity: {{event_key: [call, \"@type\"]}}\ndefaults: {{set: {{contact_id: {{col: Call}}}}}}\n\
         emit:\n  - {{type: contact.started, time: {{col: Start}}, set: {{channel: voice}}}}\n"
    )
}

#[test]
fn a_file_read_again_with_a_corrected_spec_stores_what_was_rejected() {
    let bench = Bench::new();
    let _ = bench.write("calls.csv", calls(100));
    let _ = bench.write("wrong.yaml", spec("%d.%m.%Y %H.%M.%S"));
    let _ = bench.write("right.yaml", spec("%d.%m.%Y %H:%M:%S"));
    let ingest = |extra: &[&str]| bench.run(&[&["ingest", "calls.csv", "--connector", "mapping", "--map"], extra].concat()).ok();
    let _ = ingest(&["wrong.yaml"]);
    assert_eq!(balance(&bench), [[100, 0, 0, 100]]);
    let _ = ingest(&["right.yaml"]);
    assert_eq!(balance(&bench), [[100, 0, 0, 100]], "a known file is not read again by itself");
    let _ = ingest(&["right.yaml", "--again"]);
    assert_eq!(balance(&bench), [[100, 0, 80, 20], [100, 80, 20, 0]], "what is still rejected is not there twice");
    let left = bench.rows("select count(*) as n, count(distinct journal_seq) as d from rejected_records");
    assert_eq!((left[0]["n"].as_i64(), left[0]["d"].as_i64()), (Some(20), Some(20)));
    assert_eq!(bench.rows("select count(*) as n from contacts")[0]["n"].as_i64(), Some(80), "facts follow");
    let _ = ingest(&["right.yaml", "--again"]);
    assert_eq!(balance(&bench)[2], [100, 0, 100, 0]);
    // A row that would now be another event under the same id stays as it is; the other one is kept beside.
    let _ = bench.write("other.yaml", spec("%d.%m.%Y %H:%M:%S").replace("channel: voice", "channel: chat"));
    let _ = ingest(&["other.yaml", "--again"]);
    balance(&bench);
    let codes = bench.rows("select code, count(*) as n from rejected_records group by code order by code");
    assert_eq!((&codes[0]["code"], codes[1]["n"].as_i64()), (&"bad_time".into(), Some(80)), "{codes:?}");
    assert_eq!(bench.rows("select distinct channel from contacts").len(), 1);
    // The file goes on as the newest reading.
    let _ = bench.write("calls.csv", calls(100) + "x;01.03.2026 10:00:00\n");
    let _ = ingest(&["right.yaml"]);
    assert_eq!(bench.rows("select count(*) as n from contacts")[0]["n"].as_i64(), Some(81));
    balance(&bench);
}

#[test]
fn another_reading_killed_and_repeated_ends_like_an_undisturbed_one() {
    let bench = Bench::new();
    let _ = bench.write("calls.csv", calls(30_000));
    let _ = bench.write("wrong.yaml", spec("%d.%m.%Y %H.%M.%S"));
    let _ = bench.write("right.yaml", spec("%d.%m.%Y %H:%M:%S"));
    let arguments = |spec: &'static str| ["ingest", "calls.csv", "--connector", "mapping", "--no-fold", "--map", spec];
    let _ = bench.run(&arguments("wrong.yaml")).ok();
    let again = [&arguments("right.yaml")[..], &["--again"]].concat();
    let before = count_files(&bench.path("lake"));
    for more in [1, 2, 3, 4] {
        let mut child = bench.command(&again).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        while count_files(&bench.path("lake")) < before + more && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        let _ = child.wait();
        balance(&bench);
    }
    let _ = bench.run(&again).ok();
    balance(&bench);
    assert_eq!(bench.rows("select count(*) as n from events")[0]["n"].as_i64(), Some(24_000));
    let left = bench.rows("select count(*) as n, count(distinct journal_seq) as d from rejected_records");
    assert_eq!((left[0]["n"].as_i64(), left[0]["d"].as_i64()), (Some(6_000), Some(6_000)));
}
