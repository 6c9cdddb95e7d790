//! Results in every form, parameters with types, the library's queries, and the demo.

use trunkline_testkit::Bench;

fn centre() -> Bench {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "300", "--days", "1", "--out", "e.jsonl"]).ok();
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    bench
}

#[test]
fn every_form_holds_the_same_rows() {
    let bench = centre();
    let sql = "select 'a,\"b\"' as t, 1 as n, cast(null as bigint) as z, to_timestamp('2026-07-01T10:00:00Z') as at";
    let form = |name: &str| bench.run(&["sql", "-c", sql, "--format", name, "--zone", "Europe/Madrid"]).ok();
    assert_eq!(form("csv").lines().nth(1).unwrap().split(",1,").next(), Some("\"a,\"\"b\"\"\""));
    assert_eq!(form("tsv").lines().count(), 2);
    let json: Vec<serde_json::Value> = serde_json::from_str(&form("json")).unwrap();
    assert_eq!((json[0]["t"].as_str(), json[0]["n"].as_i64(), json[0]["z"].is_null()), (Some("a,\"b\""), Some(1), true));
    assert_eq!(serde_json::from_str::<serde_json::Value>(form("ndjson").trim()).unwrap(), json[0]);
    assert!(form("markdown").starts_with("| t | n |"));
    for (name, magic) in [("parquet", b"PAR1".as_slice()), ("arrow", b"ARROW1".as_slice()), ("xlsx", b"PK".as_slice())] {
        let _ = bench.run(&["sql", "-c", sql, "--format", name, "-o", name]).ok();
        assert!(std::fs::read(bench.path(name)).unwrap().starts_with(magic), "{name}");
    }
}

#[test]
fn parameters_are_values_and_never_sql() {
    let bench = centre();
    let all = bench.rows("select count(*) as n from queue_stints")[0]["n"].as_i64();
    let run =
        |p: &str| bench.run(&["sql", "-c", "select count(*) as n from queue_stints where queue = $q", "-p", p, "--format", "csv"]).ok();
    assert_eq!(run("q=x' or '1'='1"), "n\n0\n");
    assert!(all > Some(0) && run("q=billing") != "n\n0\n");
    let missing = bench.run(&["sql", "-c", "select $nothing"]);
    assert_eq!(missing.code, 2, "{}", missing.stderr);
}

#[test]
fn queries_of_the_library_run_and_close() {
    let bench = centre();
    for name in ["agent_report", "channel_overview", "daily_queue_summary", "data_quality", "interval_heatmap"] {
        let _ = bench.run(&["query", "run", name, "-p", "from=2026-01-01", "-p", "to=2026-02-01", "-p", "zone=Europe/Madrid"]).ok();
    }
    let out = bench.run(&["query", "run", "closure_check", "-p", "from=2026-01-01", "-p", "to=2026-02-01", "--format", "json"]).ok();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|r| r["residual"] == 0), "{out}");
}

#[test]
fn the_demo_ends_with_a_table_and_a_page_of_its_own() {
    let bench = Bench::new();
    let said = bench.run(&["demo", "--contacts", "1500", "--days", "4"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("billing") && said.stdout.contains("abandon"), "{}", said.stdout);
    let page = std::fs::read_to_string(bench.path("trunkline-demo/report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme:dark"));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="), "the page needs something from elsewhere");
    let again = bench.run(&["demo", "--contacts", "1500", "--days", "4"]);
    assert_eq!((again.code, &again.stdout), (0, &said.stdout), "the same seed gives the same figures");
    let _ = bench.write("notes.txt", "mine");
    assert_eq!(bench.run(&["demo", "--dir", "."]).code, 2, "a folder with other things is left alone");
}
