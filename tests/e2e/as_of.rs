//! The past can be asked again: figures as of an instant are those of the events recorded by then.

use trunkline_testkit::Bench;

fn event(id: u32, kind: &str, at: &str, recorded: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"pbx://a","type":"{kind}","time":"2026-03-02T{at}Z","recordedtime":"{recorded}","subject":"c-1","data":{data}}}"#
    )
}

#[test]
fn a_late_end_changes_today_and_not_what_was_known_yesterday() {
    let bench = Bench::new();
    let early = "2026-03-02T12:00:00Z";
    let late = "2026-03-05T08:00:00Z";
    let lines = [
        event(1, "contact.started", "09:00:00", early, r#"{"channel":"voice","direction":"inbound"}"#),
        event(2, "queue.entered", "09:00:05", early, r#"{"queue":"sales","visit_id":"1"}"#),
        event(3, "queue.exited", "09:00:35", late, r#"{"visit_id":"1","outcome":"abandoned","wait_ms":30000}"#),
        event(4, "contact.ended", "09:00:35", late, r#"{"ended_by":"customer"}"#),
    ];
    let _ = bench.write("e.jsonl", lines.join("\n") + "\n");
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    let abandoned = |extra: &[&str]| {
        let line = [&["kpi", "abandonment_rate", "--format", "json"], extra].concat();
        let rows: Vec<serde_json::Value> = serde_json::from_str(&bench.run(&line).ok()).unwrap();
        rows[0]["value"].as_f64()
    };
    assert_eq!(abandoned(&[]), Some(1.0));
    assert_eq!(abandoned(&["--as-of", "2026-03-03T00:00:00Z"]), Some(0.0), "the caller was still waiting as far as anyone knew");
    let then = bench.run(&["sql", "-c", "select outcome from contacts", "--as-of", "2026-03-03", "--format", "csv"]).ok();
    assert_eq!(then, "outcome\nopen\n");
}
