//! `MEASURE` and schema `bi` inside what BI tools write around a dataset, planned as for clients of PostgreSQL.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use trunkline_query::{Engine, QueryError};

use super::ask::text;
use super::drawn::{fork, grant};

const STINTS: &str = "contact_id=c1 source=s queue=a channel=voice outcome=answered enqueued_at=2026-03-02T10:00:00Z left_at=2026-03-02T10:00:10Z wait_ms=10000
contact_id=c2 source=s queue=a channel=voice outcome=abandoned enqueued_at=2026-03-02T10:00:00Z left_at=2026-03-02T10:00:30Z wait_ms=30000
contact_id=c3 source=s queue=b channel=voice outcome=answered enqueued_at=2026-03-02T11:00:00Z left_at=2026-03-02T11:00:20Z wait_ms=20000
contact_id=c4 source=s queue=b channel=email outcome=answered enqueued_at=2026-03-03T11:00:00Z left_at=2026-03-03T11:01:00Z wait_ms=60000";

/// The session of a client that may read everything.
async fn client() -> Engine {
    let engine = super::ask::centre(&[("queue_stints", STINTS)]);
    fork(&engine, vec![grant("*")], &[]).await
}

async fn asked(engine: &Engine, sql: &str, values: Option<Vec<ScalarValue>>) -> Result<Vec<RecordBatch>, QueryError> {
    let statement = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0);
    let mut frame = engine.plan_statement(statement, sql).await?;
    if let Some(values) = values {
        frame = frame.with_param_values(values).unwrap();
    }
    Ok(frame.collect().await.unwrap())
}

/// The rows of a statement as a client of PostgreSQL sends it.
pub async fn answer(engine: &Engine, sql: &str) -> Vec<String> {
    match asked(engine, sql, None).await {
        Ok(batches) => text(&batches),
        Err(error) => panic!("{sql}: {error}"),
    }
}

async fn check(sql: &str, expected: &[&str]) {
    assert_eq!(answer(&client().await, sql).await, expected, "{sql}");
}

#[tokio::test]
async fn superset_with_a_dataset_of_a_table() {
    check(
        "SELECT DATE_TRUNC('day', enqueued_at) AS __timestamp, queue AS queue, MEASURE(asa) AS asa FROM kpi.queue_stints \
         WHERE enqueued_at >= TO_TIMESTAMP('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
         AND enqueued_at < TO_TIMESTAMP('2026-04-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
         GROUP BY DATE_TRUNC('day', enqueued_at), queue ORDER BY asa DESC LIMIT 10000",
        &["2026-03-02T23:00:00Z|b|60.0", "2026-03-01T23:00:00Z|b|20.0", "2026-03-01T23:00:00Z|a|10.0"],
    )
    .await;
    // A metric is written as it stands, its label may need quotes.
    check(
        "SELECT queue AS queue, MEASURE(service_level) * 100 AS \"SL %\", COUNT(*) AS count FROM kpi.queue_stints GROUP BY queue ORDER BY \"SL %\" DESC LIMIT 1000",
        &["a|50.0|2", "b|50.0|2"],
    )
    .await;
    check("SELECT MEASURE(asa) AS \"MEASURE(asa)\" FROM kpi.queue_stints LIMIT 50000", &["30.0"]).await;
}

#[tokio::test]
async fn superset_with_a_dataset_that_can_be_summed() {
    check(
        "SELECT DATE_TRUNC('week', day) AS __timestamp, SUM(asa_numerator) / NULLIF(SUM(asa_denominator), 0) AS asa FROM bi.kpi_daily \
         WHERE day >= TO_DATE('2026-03-02', 'YYYY-MM-DD') AND day < TO_DATE('2026-03-03', 'YYYY-MM-DD') GROUP BY DATE_TRUNC('week', day) ORDER BY asa DESC LIMIT 10000",
        &["2026-03-02T00:00:00|15.0"],
    )
    .await;
    check(
        "SELECT DATE_TRUNC('hour', interval_start) AS __timestamp, queue AS queue, SUM(offered) AS \"SUM(offered)\" FROM bi.kpi_interval \
         WHERE interval_start >= TO_TIMESTAMP('2026-03-02 10:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND interval_start < TO_TIMESTAMP('2026-03-03 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
         GROUP BY DATE_TRUNC('hour', interval_start), queue ORDER BY \"SUM(offered)\" DESC, queue LIMIT 10000",
        &["2026-03-02T10:00:00Z|a|2", "2026-03-02T11:00:00Z|b|1"],
    )
    .await;
    // What fills the list of values of a filter.
    check("SELECT queue AS queue FROM bi.kpi_daily GROUP BY queue ORDER BY queue LIMIT 1000", &["a", "b"]).await;
}

#[tokio::test]
async fn superset_with_a_series_limit() {
    check(
        "SELECT DATE_TRUNC('day', enqueued_at) AS __timestamp, queue AS queue, MEASURE(asa) AS asa FROM kpi.queue_stints \
         JOIN (SELECT queue AS queue__, MEASURE(asa) AS mme_inner__ FROM kpi.queue_stints WHERE enqueued_at >= TO_TIMESTAMP('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
         GROUP BY queue ORDER BY mme_inner__ DESC LIMIT 1) AS anon_1 ON queue = queue__ \
         WHERE enqueued_at >= TO_TIMESTAMP('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
         GROUP BY DATE_TRUNC('day', enqueued_at), queue ORDER BY asa DESC LIMIT 10000",
        &["2026-03-02T23:00:00Z|b|60.0", "2026-03-01T23:00:00Z|b|20.0"],
    )
    .await;
}

#[tokio::test]
async fn superset_with_a_dataset_of_sql() {
    check(
        "SELECT DATE_TRUNC('day', ts) AS __timestamp, AVG(asa) AS \"AVG(asa)\" FROM (\
         SELECT DATE_TRUNC('hour', enqueued_at) AS ts, queue, MEASURE(asa) AS asa FROM kpi.queue_stints GROUP BY 1, 2\n) AS virtual_table \
         GROUP BY DATE_TRUNC('day', ts) ORDER BY \"AVG(asa)\" DESC LIMIT 10000",
        &["2026-03-02T23:00:00Z|60.0", "2026-03-01T23:00:00Z|15.0"],
    )
    .await;
    // A dataset that is the fact itself, under the name that Superset gives it.
    check(
        "SELECT queue AS queue, MEASURE(offered) AS offered FROM (SELECT * FROM kpi.queue_stints) AS virtual_table GROUP BY queue ORDER BY offered DESC, queue LIMIT 100",
        &["a|2", "b|2"],
    )
    .await;
    check(
        "SELECT queue, MEASURE(offered) AS offered FROM (SELECT * FROM kpi.queue_stints WHERE channel = 'voice') AS virtual_table GROUP BY queue ORDER BY queue",
        &["a|2", "b|1"],
    )
    .await;
}

#[tokio::test]
async fn metabase_around_a_question() {
    check(
        "SELECT \"source\".\"queue\" AS \"queue\", SUM(\"source\".\"offered\") AS \"sum\" FROM (\
         SELECT \"kpi\".\"queue_stints\".\"queue\" AS \"queue\", CAST(DATE_TRUNC('day', \"kpi\".\"queue_stints\".\"enqueued_at\") AS DATE) AS \"day\", MEASURE(offered) AS \"offered\" \
         FROM \"kpi\".\"queue_stints\" GROUP BY \"kpi\".\"queue_stints\".\"queue\", CAST(DATE_TRUNC('day', \"kpi\".\"queue_stints\".\"enqueued_at\") AS DATE)) AS \"source\" \
         GROUP BY \"source\".\"queue\" ORDER BY \"source\".\"queue\" ASC LIMIT 2000",
        &["a|2", "b|2"],
    )
    .await;
    check(
        "SELECT \"source\".\"queue\" AS \"queue\", \"source\".\"asa\" AS \"asa\" FROM (SELECT queue, MEASURE(asa) AS asa FROM kpi.queue_stints GROUP BY queue) AS \"source\" \
         WHERE \"source\".\"asa\" > 10 LIMIT 1048575",
        &["b|40.0"],
    )
    .await;
    check(
        "SELECT CAST(DATE_TRUNC('month', \"bi\".\"kpi_daily\".\"day\") AS DATE) AS \"day\", SUM(\"bi\".\"kpi_daily\".\"offered\") AS \"sum\" FROM \"bi\".\"kpi_daily\" \
         WHERE \"bi\".\"kpi_daily\".\"day\" >= DATE '2026-03-02' AND \"bi\".\"kpi_daily\".\"day\" < DATE '2026-03-03' \
         GROUP BY CAST(DATE_TRUNC('month', \"bi\".\"kpi_daily\".\"day\") AS DATE) ORDER BY 1 ASC LIMIT 2000",
        &["2026-03-01|3"],
    )
    .await;
}

#[tokio::test]
async fn power_bi_folds_its_steps() {
    check(
        "select \"_\".\"queue\", \"_\".\"a0\", \"_\".\"a1\" from (select \"rows\".\"queue\" as \"queue\", sum(\"rows\".\"asa_numerator\") as \"a0\", sum(\"rows\".\"asa_denominator\") as \"a1\" \
         from (select \"_\".\"queue\", \"_\".\"asa_numerator\", \"_\".\"asa_denominator\" from (select \"queue\", \"asa_numerator\", \"asa_denominator\", \"channel\" \
         from \"bi\".\"queue_stints\" \"$Table\") \"_\" where \"_\".\"channel\" = 'voice') \"rows\" group by \"queue\") \"_\" \
         where not \"_\".\"a0\" is null order by \"_\".\"queue\" limit 1000001",
        &["a|10.0|1.0", "b|20.0|1.0"],
    )
    .await;
    check(
        "select \"$Table\".\"queue\" as \"queue\", MEASURE(asa) as \"asa\" from \"kpi\".\"queue_stints\" \"$Table\" group by \"$Table\".\"queue\" order by \"$Table\".\"queue\" limit 4096",
        &["a|10.0", "b|40.0"],
    )
    .await;
    check(
        "select \"_\".\"queue\" as \"queue\", MEASURE(offered) as \"a0\" from (select \"queue\", \"direction\", \"enqueued_at\", \"outcome\" from \"kpi\".\"queue_stints\" \"$Table\") \"_\" group by \"queue\" order by 1 limit 1000001",
        &["a|2", "b|2"],
    )
    .await;
}

#[tokio::test]
async fn tableau_counts_and_has() {
    check(
        "SELECT \"kpi_daily\".\"queue\" AS \"queue\", SUM(\"kpi_daily\".\"answered\") AS \"sum:answered:ok\" FROM \"bi\".\"kpi_daily\" \"kpi_daily\" \
         WHERE ((\"kpi_daily\".\"day\" >= (DATE '2026-03-02')) AND (\"kpi_daily\".\"day\" <= (DATE '2026-03-02'))) GROUP BY 1 HAVING (COUNT(1) > 0) ORDER BY 1",
        &["a|1", "b|1"],
    )
    .await;
    check(
        "SELECT \"t\".\"queue\" AS \"queue\", SUM(1) AS \"cnt\", MEASURE(asa) AS \"asa\", DATE_TRUNC('MONTH', CAST(\"t\".\"enqueued_at\" AS DATE)) AS \"tmn\" FROM \"kpi\".\"queue_stints\" \"t\" \
         GROUP BY 1, 4 HAVING (COUNT(1) > 0) ORDER BY 1",
        &["a|2|10.0|2026-03-01T00:00:00", "b|2|40.0|2026-03-01T00:00:00"],
    )
    .await;
    check(
        "SELECT \"Custom SQL Query\".\"queue\" AS \"queue\", SUM(\"Custom SQL Query\".\"offered\") AS \"sum:offered:ok\" FROM (\n  SELECT queue, local_date(enqueued_at, 'UTC') AS day, MEASURE(offered) AS offered FROM kpi.queue_stints GROUP BY 1, 2\n) \"Custom SQL Query\" \
         GROUP BY 1 ORDER BY 1",
        &["a|2", "b|2"],
    )
    .await;
}

#[tokio::test]
async fn parameters_stand_around_a_measure() {
    let engine = client().await;
    let sql = "SELECT queue, MEASURE(asa) AS asa, MEASURE(offered) FILTER (WHERE channel = $3) AS some FROM kpi.queue_stints \
               WHERE enqueued_at >= $1 AND queue = $2 GROUP BY queue HAVING MEASURE(offered) > $4 LIMIT $5";
    let values = |queue: &str, least: i64| {
        vec![
            ScalarValue::TimestampMicrosecond(Some(1_772_409_600_000_000), Some("UTC".into())),
            ScalarValue::from(queue),
            ScalarValue::from("voice"),
            ScalarValue::from(least),
            ScalarValue::from(10_i64),
        ]
    };
    assert_eq!(text(&asked(&engine, sql, Some(values("b", 1))).await.unwrap()), ["b|40.0|1"]);
    assert_eq!(text(&asked(&engine, sql, Some(values("a", 5))).await.unwrap()), Vec::<String>::new());
    let sql = "SELECT day, offered FROM bi.kpi_daily WHERE day = $1 AND queue = $2";
    let values = vec![ScalarValue::Date32(Some(20_514)), ScalarValue::from("b")];
    assert_eq!(text(&asked(&engine, sql, Some(values)).await.unwrap()), ["2026-03-02|1"]);
}

#[tokio::test]
async fn a_measure_over_what_is_not_its_fact_is_still_refused() {
    let engine = client().await;
    for sql in [
        "SELECT MEASURE(asa) FROM (SELECT queue FROM kpi.queue_stints) AS virtual_table",
        "SELECT MEASURE(asa) FROM (SELECT * FROM kpi.queue_stints LIMIT 10) AS virtual_table",
        "SELECT MEASURE(asa) FROM (SELECT * FROM kpi.queue_stints UNION ALL SELECT * FROM kpi.queue_stints) AS virtual_table",
        "SELECT MEASURE(asa) FROM (SELECT *, 1 AS wait_ms FROM kpi.queue_stints) AS virtual_table",
        "SELECT MEASURE(asa) FROM (SELECT queue, channel AS direction, outcome, wait_ms, left_at, enqueued_at FROM kpi.queue_stints) AS virtual_table",
        "SELECT MEASURE(asa) FROM (SELECT DISTINCT * FROM kpi.queue_stints) AS virtual_table",
    ] {
        let error = asked(&engine, sql, None).await.unwrap_err();
        assert!(error.is_usage, "{sql}: {error}");
    }
}
