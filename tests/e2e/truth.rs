//! What the simulator knows to be true, the pipeline finds to the last unit: clean, and with duplicates, late and shuffled events.

use std::collections::BTreeMap;

use serde_json::Value;
use trunkline_testkit::Bench;

/// What is compared: KPI and time basis, as the simulator's truth names them.
const COMPARED: [(&str, &str); 33] = [
    ("offered", "arrival"),
    ("answered", "arrival"),
    ("answered", "event"),
    ("abandoned", "arrival"),
    ("abandoned", "event"),
    ("short_abandons", "event"),
    ("abandonment_rate", "arrival"),
    ("abandonment_rate_net", "arrival"),
    ("answer_rate", "arrival"),
    ("flow_out_rate", "arrival"),
    ("asa", "arrival"),
    ("asa", "event"),
    ("longest_wait", "event"),
    ("wait_p50", "arrival"),
    ("wait_p90", "arrival"),
    ("wait_p95", "event"),
    ("service_level_sl3", "event"),
    ("aht_leg", "completion"),
    ("service_level", "arrival"),
    ("service_level_sl1", "arrival"),
    ("service_level_sl2", "arrival"),
    ("service_level_sl3", "arrival"),
    ("service_level_sl4", "arrival"),
    ("service_level_sl5", "arrival"),
    ("service_level_sl7", "arrival"),
    ("waits_over_limit", "event"),
    ("handled", "event"),
    ("hold_rate", "event"),
    ("agent_non_response", "event"),
    ("talk", "completion"),
    ("hold", "completion"),
    ("wrap_up", "completion"),
    ("avg_talk", "completion"),
];

/// (kpi, queue, day) -> (numerator, denominator, value).
type Figures = BTreeMap<(String, String, String), (Option<f64>, Option<f64>, Option<f64>)>;

#[test]
fn every_kpi_equals_the_simulators_truth() {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "2500", "--days", "3", "--seed", "7", "--out", "e.jsonl", "--truth", "t.jsonl"]).ok();
    let summary = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]);
    assert_eq!(summary.code, 0, "{}", summary.stderr);
    compare(&bench);
}

#[test]
fn dirt_that_changes_nothing_changes_no_figure() {
    let bench = Bench::new();
    let dirty = ["simulate", "--contacts", "1200", "--days", "2", "--seed", "8", "--out", "e.jsonl", "--truth", "t.jsonl"];
    let options = ["--duplicates", "0.1", "--late", "0.05", "--shuffle", "500"];
    let _ = bench.run(&[&dirty[..], &options[..]].concat()).ok();
    let text = std::fs::read_to_string(bench.path("e.jsonl")).unwrap();
    // In three files, the last third first: what is late must find its contact again.
    let lines: Vec<&str> = text.lines().collect();
    for (name, part) in ["c.jsonl", "a.jsonl", "b.jsonl"].iter().zip(lines.chunks(lines.len().div_ceil(3)).rev()) {
        let _ = bench.write(name, part.join("\n") + "\n");
        let _ = bench.run(&["ingest", name, "--connector", "cloudevents"]).ok();
    }
    compare(&bench);
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
}

fn compare(bench: &Bench) {
    let mut wrong = Vec::new();
    for (kpi, basis) in COMPARED {
        let truth = truth(bench, kpi, basis);
        assert!(!truth.is_empty(), "the simulator says nothing about {kpi} in basis {basis}");
        let found = measured(bench, kpi, basis);
        for (key, want) in &truth {
            let got = found.get(key).copied().unwrap_or((None, None, None));
            if !close(got.2, want.2) {
                wrong.push(format!("{key:?} {basis}: found {got:?}, true {want:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} figures differ from the truth, first: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
}

/// Equal up to the last bits of a division; a count of nothing may be absent.
fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (None, Some(b)) => b == 0.0,
        (Some(a), None) => a == 0.0,
        (None, None) => true,
    }
}

/// The truth lines that speak of a queue and a day.
fn truth(bench: &Bench, kpi: &str, basis: &str) -> Figures {
    let text = std::fs::read_to_string(bench.path("t.jsonl")).unwrap();
    let mut figures = Figures::new();
    for line in text.lines() {
        let v: Value = serde_json::from_str(line).unwrap();
        let is_asked = v["kpi"] == kpi && v["basis"] == basis;
        if is_asked && v["queue"].is_string() && v["agent_id"].is_null() && v["day"].is_string() {
            let key =
                (v["kpi"].as_str().unwrap().to_string(), v["queue"].as_str().unwrap().to_string(), v["day"].as_str().unwrap().to_string());
            figures.insert(key, (v["numerator"].as_f64(), v["denominator"].as_f64(), v["value"].as_f64()));
        }
    }
    figures
}

fn measured(bench: &Bench, kpi: &str, basis: &str) -> Figures {
    let out = bench.run(&["kpi", kpi, "--by", "queue", "--grain", "1d", "--basis", basis, "--format", "json"]).ok();
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    rows.iter()
        .map(|row| {
            let day = row["period_start"].as_str().unwrap()[..10].to_string();
            let key = (kpi.to_string(), row["queue"].as_str().unwrap_or_default().to_string(), day);
            (key, (row["numerator"].as_f64(), row["denominator"].as_f64(), row["value"].as_f64()))
        })
        .collect()
}
