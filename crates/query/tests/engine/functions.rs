//! Our functions in SQL.

use std::collections::HashMap;

use trunkline_query::{Engine, EngineOptions};

use super::ask::{empty, refusal, rows};

#[tokio::test]
async fn days_of_a_clock_change_have_46_or_50_half_hours() {
    let engine = empty();
    for (zone, day, count, hours) in [
        ("Europe/Berlin", "2026-03-29", 46, "23.0"),
        ("Europe/Berlin", "2026-10-25", 50, "25.0"),
        ("America/New_York", "2026-03-08", 46, "23.0"),
        ("America/New_York", "2026-11-01", 50, "25.0"),
        ("America/New_York", "2026-07-01", 48, "24.0"),
    ] {
        let sql = format!(
            "SELECT count(DISTINCT local_bucket(at, '{zone}', '30 minutes')) FROM (SELECT unnest(generate_series(\
             local_start('{day}', '{zone}'), local_start(CAST('{day}' AS DATE) + 1, '{zone}') - INTERVAL '1 minute', INTERVAL '10 minutes')) AS at)"
        );
        assert_eq!(rows(&engine, &sql).await, [count.to_string()], "{zone} {day}");
        let sql = format!("SELECT hours, day FROM calendar('{day}', CAST('{day}' AS DATE) + 1, '{zone}')");
        assert_eq!(rows(&engine, &sql).await, [format!("{hours}|{day}")]);
    }
}

#[tokio::test]
async fn local_time_is_that_of_the_bundled_tables() {
    let engine = empty();
    // Winnipeg stays on -05:00 after 2026-11-01; older tables say -06:00.
    let sql = "SELECT local_date(TIMESTAMP '2026-12-01T05:30:00Z', 'America/Winnipeg'), local_start('2026-12-01', 'America/Winnipeg'), \
               local_bucket(TIMESTAMP '2026-12-15T12:00:00Z', 'America/Winnipeg', '1 month'), local_date(NULL, 'UTC')";
    assert_eq!(rows(&engine, sql).await, ["2026-12-01|2026-12-01T05:00:00Z|2026-12-01T05:00:00Z|-"]);
    let sql = "SELECT from_at, to_at, offset_s, engine_offset_s FROM zone_disagreements('America/Winnipeg', '2026-10-01', '2026-12-01')";
    assert_eq!(rows(&engine, sql).await, ["2026-11-01T07:00:00Z|2026-12-01T05:00:00Z|-18000|-21600"]);
    assert!(rows(&engine, "SELECT * FROM zone_disagreements('Europe/Madrid', '2026-01-01', '2027-01-01')").await.is_empty());
}

#[tokio::test]
async fn the_calendar_knows_weeks_and_quarters() {
    let sql = "SELECT day, weekday, is_weekend, iso_week, iso_year, month, quarter, year FROM calendar('2026-12-31', '2027-01-03', 'UTC')";
    let want = ["2026-12-31|4|false|53|2026|12|4|2026", "2027-01-01|5|false|53|2026|1|1|2027", "2027-01-02|6|true|53|2026|1|1|2027"];
    assert_eq!(rows(&empty(), sql).await, want);
    assert!(rows(&empty(), "SELECT day FROM calendar('2026-12-31', '2026-12-31', 'UTC')").await.is_empty());
}

#[tokio::test]
async fn quantiles_are_exact_in_groups_filters_and_windows() {
    let engine = empty();
    let values =
        "(VALUES ('a', 10), ('a', 20), ('a', 30), ('a', 40), ('a', 50), ('a', 60), ('a', 70), ('a', 80), ('b', 7), ('c', NULL)) AS t(g, x)";
    // 1 + 0.9 * 7 = 7.3: 73, where a fraction rounded down to a millionth gives 72.99999.
    let sql = format!(
        "SELECT g, round(quantile_r7(x, 0.9), 9), round(quantile_r7(x, 0.5) FILTER (WHERE x > 10), 9) FROM {values} GROUP BY g ORDER BY g"
    );
    assert_eq!(rows(&engine, &sql).await, ["a|73.0|50.0", "b|7.0|-", "c|-|-"]);
    let sql = format!("SELECT round(quantile_r7(x, 0.9), 9), quantile_r7(x, 0), quantile_r7(x, 1) FROM {values} WHERE g = 'a'");
    assert_eq!(rows(&engine, &sql).await, ["73.0|10.0|80.0"]);
    let sql = format!("SELECT max(q) FROM (SELECT quantile_r7(x, 0.5) OVER (PARTITION BY g) AS q FROM {values}) AS w");
    assert_eq!(rows(&engine, &sql).await, ["45.0"]);
    assert!(refusal(&engine, &format!("SELECT quantile_r7(x, 1.5) FROM {values}")).await.primary.contains("from 0 to 1"));
}

#[tokio::test]
async fn payloads_are_queried_as_json() {
    let sql = "SELECT json_get_int('{\"a\": {\"b\": 5}}', 'a', 'b'), json_as_text('{\"x\": \"y\"}', 'x')";
    assert_eq!(rows(&empty(), sql).await, ["5|y"]);
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_said_so() {
    let engine = empty();
    for (sql, says) in [
        ("SELECT local_date(now(), 'Mars/Olympus')", "Mars/Olympus"),
        ("SELECT local_bucket(now(), 'UTC', '7m')", "'7m' is no step"),
        ("SELECT local_date(now(), name) FROM catalog.kpis", "zone must be one value"),
        ("SELECT * FROM calendar('2026-01-01', '2026-02-01')", "three arguments"),
        ("SELECT * FROM calendar('soon', '2026-02-01', 'UTC')", "from must be a date"),
    ] {
        let error = refusal(&engine, sql).await;
        assert!(error.primary.contains(says), "{sql}: {error}");
    }
}

#[tokio::test]
async fn days_in_the_shell_begin_where_its_zone_says() {
    let options = EngineOptions { zone: "Asia/Kathmandu".into(), ..EngineOptions::default() };
    let engine = Engine::in_memory(HashMap::new(), &options).unwrap();
    // A quarter past six in the evening in UTC is midnight in Kathmandu, five hours and 45 minutes ahead.
    let at = "(VALUES (TIMESTAMPTZ '2026-01-05T20:00:00Z')) AS t(at)";
    let sql = format!("SELECT date_trunc('day', at) = TIMESTAMPTZ '2026-01-05T18:15:00Z', at::date, date_part('hour', at) FROM {at}");
    assert_eq!(rows(&engine, &sql).await, ["true|2026-01-06|1"]);
    assert_eq!(rows(&engine, &format!("SELECT count(*) FROM {at} WHERE at >= '2026-01-06' AND at < '2026-01-07'")).await, ["1"]);
    assert_eq!(rows(&engine, &format!("SELECT count(*) FROM {at} WHERE at BETWEEN DATE '2026-01-05' AND DATE '2026-01-06'")).await, ["0"]);
    let utc = "SELECT date_trunc('day', at) = TIMESTAMPTZ '2026-01-05T00:00:00Z', at::date FROM ";
    assert_eq!(rows(&empty(), &format!("{utc}{at}")).await, ["true|2026-01-05"]);
}
