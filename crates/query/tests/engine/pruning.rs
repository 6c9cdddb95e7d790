//! Scans of a real lake: only the files that can hold an answer are read, and the answers are right.

use trunkline_events::port::{Appender, Delivery, Position};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_query::{Engine, EngineOptions};
use trunkline_storage::{AppendOptions, Lake};

use super::ask::rows;

const HOUR: i64 = 3_600_000_000;

fn event(id: &str, seq: i64) -> EventRow<'_> {
    let at = seq * HOUR;
    EventRow {
        event_id: id,
        source: "pbx",
        kind: if seq % 2 == 0 { "queue.entered" } else { "contact.started" },
        occurred_at: Timestamp::from_micros(at),
        recorded_at: Timestamp::from_micros(at + 7),
        contact_id: Some(id),
        channel: Some("voice"),
        queue: (seq % 2 == 0).then_some("sales"),
        connector: "cloudevents",
        journal: "file/a",
        journal_seq: seq,
        ..EventRow::default()
    }
}

/// Ninety-six hourly events from 1970-01-01 on: four days, at least four files.
async fn four_days(folder: &std::path::Path) -> Engine {
    let lake = Lake::open_or_create(folder.to_str().unwrap()).await.unwrap();
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    let mut events = EventBatch::default();
    for seq in 0..96 {
        events.push(&event(&format!("e{seq:02}"), seq));
    }
    let positions = vec![Position { journal: "file/a".into(), offset: 96, check: 1 }];
    appender.append(Delivery { events, record_sizes: vec![1; 96], positions, received: 96, ..Delivery::default() }).await.unwrap();
    appender.close().await.unwrap();
    Engine::open(&lake, &EngineOptions::default()).await.unwrap()
}

async fn plan(engine: &Engine, sql: &str) -> String {
    rows(engine, &format!("EXPLAIN FORMAT INDENT {sql}")).await.join("\n")
}

fn days_read(plan: &str) -> Vec<&str> {
    let mut days: Vec<&str> = plan.match_indices("event_date=1970").map(|(at, _)| &plan[at + 11..at + 21]).collect();
    days.sort_unstable();
    days.dedup();
    days
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_match_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let engine = four_days(folder.path()).await;
    for (filter, days, count) in [
        ("event_date = '1970-01-02'", vec!["1970-01-02"], 24),
        ("event_date >= '1970-01-03' AND queue = 'sales'", vec!["1970-01-03", "1970-01-04"], 24),
        ("occurred_at >= local_start('1970-01-03', 'UTC') AND occurred_at < local_start('1970-01-04', 'UTC')", vec!["1970-01-03"], 24),
        ("local_start('1970-01-04', 'UTC') <= occurred_at AND queue IS NULL", vec!["1970-01-04"], 12),
        ("event_date = '1970-01-02' OR event_date = '1970-01-04'", vec!["1970-01-02", "1970-01-04"], 48),
        ("event_date = '1980-01-01'", vec![], 0),
        ("source = 'other'", vec![], 0),
        ("queue IS NULL", vec!["1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04"], 48),
    ] {
        assert_eq!(rows(&engine, &format!("SELECT count(*) FROM events WHERE {filter}")).await, [count.to_string()], "{filter}");
        let plan = plan(&engine, &format!("SELECT event_id FROM events WHERE {filter}")).await;
        assert_eq!(days_read(&plan), days, "{filter}\n{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_reads_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = four_days(folder.path()).await;
    let plan = plan(&engine, "SELECT count(*) FROM events").await;
    assert!(!plan.contains("DataSourceExec"), "{plan}");
    assert_eq!(rows(&engine, "SELECT count(*) AS e, (SELECT count(*) AS c FROM contacts) AS c FROM events").await, ["96|0"]);
    assert_eq!(rows(&engine, "SELECT rows FROM catalog.tables WHERE name = 'events'").await, ["96"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partition_column_stands_where_the_schema_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = four_days(folder.path()).await;
    let sql = "SELECT * FROM events WHERE event_id = 'e25'";
    let row = &rows(&engine, sql).await[0];
    assert!(
        row.starts_with("e25|pbx|contact.started|1970-01-02|1970-01-02T01:00:00Z|1970-01-02T01:00:00.000007Z|-|e25|voice|-|-|"),
        "{row}"
    );
    assert_eq!(
        rows(&engine, "SELECT event_date, count(*) FROM events GROUP BY 1 ORDER BY 1 LIMIT 2").await,
        ["1970-01-01|24", "1970-01-02|24"]
    );
    assert_eq!(rows(&engine, "SELECT DISTINCT event_date FROM events WHERE queue = 'sales' ORDER BY 1 DESC LIMIT 1").await, ["1970-01-04"]);
    assert_eq!(rows(&engine, "SELECT event_id FROM events WHERE queue IS NULL LIMIT 5").await.len(), 5);
    assert_eq!(rows(&engine, "SELECT event_id FROM events ORDER BY occurred_at DESC LIMIT 2").await, ["e95", "e94"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_lake_answers_everything() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
    let engine = Engine::open(&lake, &EngineOptions::default()).await.unwrap();
    assert_eq!(rows(&engine, "SELECT count(*), max(occurred_at) FROM events WHERE queue = 'x'").await, ["0|-"]);
    assert_eq!(rows(&engine, "SELECT MEASURE(service_level), CAST(MEASURE(offered) AS BIGINT) FROM kpi.queue_stints").await, ["-|0"]);
    let today = jiff::civil::date(2026, 3, 15);
    for query in engine.library().queries() {
        let answer = engine.run_query(&query.header.name, &std::collections::BTreeMap::new(), today).await;
        assert!(answer.is_ok_and(|batches| !batches.is_empty()), "{}", query.header.name);
    }
}
