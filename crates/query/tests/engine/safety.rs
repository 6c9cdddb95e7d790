//! Read-only, no way to files, and errors that help.

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use trunkline_query::Place;

use super::ask::{centre, empty, refusal, rows, text};

#[tokio::test]
async fn nothing_is_written_and_no_file_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let path = file.display();
    let engine = empty();
    for sql in [
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{path}'"),
        format!("COPY (SELECT 1) TO '{path}.out' STORED AS CSV"),
        format!("EXPLAIN ANALYZE COPY (SELECT 1) TO '{path}.out' STORED AS PARQUET"),
        format!("SELECT * FROM '{path}'"),
        format!("SELECT * FROM \"file://{path}\""),
        format!("SELECT * FROM read_csv('{path}')"),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "DROP TABLE contacts".to_owned(),
        "INSERT INTO contacts SELECT * FROM contacts".to_owned(),
        "DELETE FROM contacts".to_owned(),
        "UPDATE contacts SET channel = 'x'".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        "CREATE FUNCTION f() RETURNS INT RETURN 1".to_owned(),
    ] {
        assert!(refusal(&engine, &sql).await.is_usage, "{sql}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but the file itself");
}

#[tokio::test]
async fn looking_around_is_allowed() {
    let engine = empty();
    assert!(rows(&engine, "SHOW TABLES").await.iter().any(|r| r.contains("queue_stints")));
    assert!(rows(&engine, "DESCRIBE contacts").await.iter().any(|r| r.starts_with("started_at|")));
    assert!(rows(&engine, "EXPLAIN SELECT MEASURE(offered) FROM kpi.queue_stints").await.len() >= 2);
    assert!(rows(&engine, "SHOW datafusion.execution.time_zone").await.iter().any(|r| r.ends_with("UTC")));
    assert!(rows(&engine, "SELECT name FROM catalog.kpis").await.len() > 30);
    assert!(rows(&engine, "SELECT name FROM catalog.queries").await.contains(&"closure_check".to_owned()));
    let facts = rows(&engine, "SELECT name, rows FROM catalog.tables WHERE kind = 'fact' ORDER BY name").await;
    assert_eq!((facts.len(), facts[0].as_str()), (8, "agent_legs|0"));
    let columns = "SELECT name FROM catalog.columns WHERE \"table\" = 'events' ORDER BY position LIMIT 2";
    assert_eq!(rows(&engine, columns).await, ["event_id", "source"]);
}

#[tokio::test]
async fn mistakes_are_named_placed_and_answered_with_what_is_near() {
    let engine = empty();
    for (sql, says, hint, place) in [
        ("SELECT 1\nFROM contcts", "no table \"contcts\"", "contacts", (2, 6)),
        ("SELECT MEASURE(offered) FROM kpi.queue_stint", "kpi.queue_stint", "", (0, 0)),
        ("SELECT chanel FROM contacts", "no column \"chanel\"", "channel", (1, 8)),
        ("SELECT c.chanel FROM contacts AS c", "no column \"chanel\"", "channel", (1, 10)),
        ("SELECT locl_date(started_at, 'UTC') FROM contacts", "no function \"locl_date\"", "local_date", (1, 8)),
        ("SELECT * FROM calender('2026-01-01', '2026-01-02', 'UTC')", "no function \"calender\"", "calendar", (1, 15)),
        ("SELECT 1 FRM contacts", "found: contacts", "FROM", (1, 10)),
        ("SELECT MEASURE(servce_level) FROM kpi.queue_stints", "servce_level", "did you mean \"service_level\"", (1, 16)),
        ("SELECT *\nFROM kpi('asa', 'quue')", "\"quue\" is not a dimension of asa", "did you mean \"queue\"", (2, 18)),
        ("SELECT channel, MEASURE(asa) FROM kpi.queue_stints", "\"channel\" stands neither in GROUP BY", "GROUP BY channel", (1, 8)),
        ("\\d contacts", "belong to the shell", "trunkline sql", (0, 0)),
        ("SELECT MEASURE(asa, limit => 3) FROM kpi.queue_stints", "no parameter \"limit\"", "", (1, 21)),
    ] {
        let error = refusal(&engine, sql).await;
        assert!(error.is_usage && error.primary.contains(says), "{sql}: {error:?}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{sql}: {error:?}");
        if place.0 > 0 {
            let found = error.position.map(|Place { line, column, .. }| (line, column));
            assert_eq!(found, Some(place), "{sql}: {error:?}");
            assert!(error.detail.unwrap().contains('^'));
        }
    }
}

#[tokio::test]
async fn parameters_are_bound_never_pasted() {
    let engine = centre(&[("queue_stints", "contact_id=c1 queue=sales outcome=answered\ncontact_id=c2 queue=help outcome=answered")]);
    let sql = "SELECT contact_id FROM queue_stints WHERE queue = $queue OR $queue IS NULL ORDER BY 1";
    let ask = async |value: Option<&str>| {
        let given = BTreeMap::from([("queue".to_owned(), ScalarValue::Utf8(value.map(str::to_owned)))]);
        text(&engine.collect(sql, &given).await.unwrap())
    };
    assert_eq!(ask(Some("sales")).await, ["c1"]);
    assert_eq!(ask(None).await, ["c1", "c2"]);
    assert!(ask(Some("x' OR '1' = '1")).await.is_empty());
    let error = refusal(&engine, sql).await;
    assert!(error.is_usage && error.primary.contains("$queue has no value") && error.position.is_some(), "{error:?}");
}
