//! What was refused is not lost: mapped again after a correction it is stored at its place, the books stay even, and a repeat does nothing.

use serde_json::Value;
use trunkline_testkit::Bench;

const BALANCE: &str = "select received, stored, duplicate, rejected, difference from ops.balance order by journal";

fn balance(bench: &Bench) -> Vec<[i64; 4]> {
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap_or_else(|| panic!("{name} of {row}"));
    let rows = bench.rows(BALANCE);
    rows.iter().for_each(|row| assert_eq!(number(row, "difference"), 0, "{row}"));
    rows.iter().map(|row| ["received", "stored", "duplicate", "rejected"].map(|name| number(row, name))).collect()
}

/// Calls as JSON Lines; every fifth has no time.
fn calls(count: u32) -> String {
    let line = |n: u32| match n % 5 {
        4 => format!("{{\"Call\":\"c{n}\",\"Start\":\"never\"}}\n"),
        _ => format!("{{\"Call\":\"c{n}\",\"Start\":\"{:02}.03.2026 10:00:00\"}}\n", n % 28 + 1),
    };
    (0..count).map(line).collect()
}

/// With points between hours and minutes no time can be read.
fn spec(source: &str, format: &str) -> String {
    format!(
        "mapping: 1\nsource: {source}\ninput: {{format: jsonl}}\ntime: {{format: \"{format}\", zone: UTC}}\nlet: {{call: {{col: Call}}}}\n\
         identity: {{event_key: [call, \"@type\"]}}\ndefaults: {{set: {{contact_id: {{col: Call}}}}}}\n\
         emit:\n  - {{type: contact.started, time: {{col: Start}}, set: {{channel: voice}}}}\n"
    )
}

#[test]
fn after_a_correction_what_was_refused_is_stored_at_its_place() {
    let bench = Bench::new();
    let _ = bench.write("calls.jsonl", calls(50));
    let _ = bench.write("wrong.yaml", spec("dialler", "%d.%m.%Y %H.%M.%S"));
    let _ = bench.write("right.yaml", spec("dialler", "%d.%m.%Y %H:%M:%S"));
    let _ = bench.run(&["ingest", "calls.jsonl", "--connector", "mapping", "--map", "wrong.yaml"]).ok();
    assert_eq!(balance(&bench), [[50, 0, 0, 50]]);
    let without = bench.run(&["replay", "rejected"]).ok();
    assert!(without.contains("0 records mapped") && without.contains("--map"), "{without}");
    let planned = bench.run(&["replay", "rejected", "--map", "right.yaml", "--dry-run"]).ok();
    assert!(planned.contains("40 records would give 40 events"), "{planned}");
    assert_eq!(balance(&bench), [[50, 0, 0, 50]], "only said");
    let _ = bench.write("other.yaml", spec("another", "%d.%m.%Y %H:%M:%S"));
    assert!(bench.run(&["replay", "rejected", "--map", "other.yaml"]).ok().contains("0 records mapped"), "of another source");

    let said = bench.run(&["replay", "rejected", "--map", "right.yaml"]).ok();
    assert!(said.contains("stored 40 + duplicate 0") && said.contains("10 of mapping"), "{said}");
    assert_eq!(balance(&bench), [[50, 40, 0, 10]]);
    let kept = &bench.rows("select count(*) as n, min(journal_seq) as least, count(distinct journal_seq) as places from events")[0];
    assert_eq!((&kept["n"], &kept["least"], &kept["places"]), (&40.into(), &0.into(), &40.into()), "at the places of the file");
    assert_eq!(bench.rows("select count(*) as n from contacts")[0]["n"], 40, "the facts follow");
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
    let again = bench.run(&["replay", "rejected", "--map", "right.yaml"]).ok();
    assert!(again.contains("0 records mapped") && again.contains("10 of mapping"), "{again}");
    assert_eq!(balance(&bench), [[50, 40, 0, 10]]);
    // The file itself, read again, has nothing new to tell.
    let _ = bench.run(&["ingest", "calls.jsonl", "--connector", "mapping", "--map", "right.yaml", "--again"]).ok();
    assert_eq!(balance(&bench), [[50, 40, 0, 10], [50, 0, 50, 0]]);
}

#[test]
fn what_depends_on_its_file_is_left_to_reading_it_again() {
    let bench = Bench::new();
    let _ = bench.write("queue_log", "1767603600|1767603600.1|sales|NONE|ENTERQUEUE||+34600111222|1\nnot a line of it\n");
    let _ = bench.run(&["ingest", "queue_log", "--connector", "asterisk", "--source", "asterisk://a"]).ok();
    let _ = bench.write("calls.csv", "Call;Start\nc1;never\n");
    let table = spec("table", "%d.%m.%Y %H:%M:%S").replace("format: jsonl", "format: csv, delimiter: \";\"");
    let _ = bench.write("table.yaml", &table);
    let _ = bench.run(&["ingest", "calls.csv", "--connector", "mapping", "--map", "table.yaml"]).ok();
    let said = bench.run(&["replay", "rejected"]).ok();
    assert!(said.contains("1 of asterisk") && said.contains("--again"), "{said}");
    let said = bench.run(&["replay", "rejected", "--map", "table.yaml"]).ok();
    assert!(said.contains("1 of mapping") && said.contains("--again"), "{said}");
    let mistake = bench.run(&["replay", "rejected", "--connector", "asterisk", "--map", "table.yaml"]);
    assert_eq!(mistake.code, 2, "{}", mistake.stderr);
    assert_eq!(bench.rows("select count(*) as n from rejected_records")[0]["n"], 2, "both stay");
}
