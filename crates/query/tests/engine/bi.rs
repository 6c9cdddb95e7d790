//! Schema `bi`: its sums are the measures of the catalogue, at any grouping, and it reads no more than what is asked.

use std::collections::BTreeMap;

use trunkline_query::Engine;
use trunkline_query::kpi::sql::plan::dimensions;
use trunkline_query::kpi::{KpiKind, KpiSpec, Registry};

use super::ask::{rows, text};
use super::drawn::{RANGE, ZONE, centre};

/// Number in a cell; `-` is none.
fn number(cell: &str) -> Option<f64> {
    (cell != "-").then(|| cell.parse().unwrap())
}

fn is_same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
        _ => a == b,
    }
}

/// How a tool that sums gets the KPI from the wide view; `None` for what no sum gives.
fn summed(spec: &KpiSpec) -> Option<String> {
    let (name, seconds) = (&spec.name, if format!("{:?}", spec.unit) == "Seconds" { "_seconds" } else { "" });
    Some(match spec.kind {
        KpiKind::Sum => format!("SUM({name}{seconds})"),
        KpiKind::Ratio | KpiKind::Mean => format!("SUM({name}_numerator) / NULLIF(SUM({name}_denominator), 0)"),
        KpiKind::Max => format!("MAX({name}_seconds)"),
        KpiKind::Quantile => format!("quantile_r7({name}_seconds, {})", spec.quantile.unwrap()),
        _ => return None,
    })
}

#[tokio::test]
async fn sums_of_wide_views_are_the_measures() {
    let engine = centre();
    let mut compared = 0;
    for spec in Registry::builtin().unwrap().specs().filter(|spec| spec.derive.is_none()) {
        let Some(sum) = summed(spec) else { continue };
        let (fact, key) = (
            &spec.fact,
            if spec.fact == "self_service" {
                "channel"
            } else if spec.fact == "agent_time" {
                "agent"
            } else {
                "queue"
            },
        );
        let of_fact = dimensions(spec)[if key == "agent" { "agent_id" } else { key }].clone();
        let wide = rows(&engine, &format!("SELECT {key}, {sum} AS v FROM bi.{fact} GROUP BY {key} ORDER BY {key}")).await;
        let measured = rows(&engine, &format!("SELECT {of_fact}, MEASURE({}) AS v FROM kpi.{fact} GROUP BY 1 ORDER BY 1", spec.name)).await;
        assert!(wide.len() > 1 && wide.len() == measured.len(), "{}: {wide:?} {measured:?}", spec.name);
        for (a, b) in wide.iter().zip(&measured) {
            let ((a_key, a_value), (b_key, b_value)) = (a.rsplit_once('|').unwrap(), b.rsplit_once('|').unwrap());
            assert!(a_key == b_key && is_same(number(a_value), number(b_value)), "{}: bi {a}, MEASURE {b}", spec.name);
            compared += usize::from(number(a_value).is_some_and(|v| v != 0.0));
        }
    }
    assert!(compared > 100, "{compared} values that tell something");
}

/// What `kpi()` answers, by period, channel and queue.
async fn asked(engine: &Engine, spec: &KpiSpec, grain: &str) -> BTreeMap<String, Option<f64>> {
    let known = dimensions(spec);
    let by: Vec<&str> = ["channel", "queue"].into_iter().filter(|name| known.contains_key(*name)).collect();
    let shown = |name: &str| if by.contains(&name) { name.to_owned() } else { format!("CAST(NULL AS VARCHAR) AS no_{name}") };
    let sql = format!(
        "SELECT period_start, {}, {}, value FROM kpi('{}', by => '{}', grain => '{grain}', \"from\" => '{}', \"to\" => '{}', zone => '{ZONE}')",
        shown("channel"),
        shown("queue"),
        spec.name,
        by.join(","),
        RANGE.0,
        RANGE.1
    );
    keyed(rows(engine, &sql.replace(", by => ''", "")).await)
}

fn keyed(rows: Vec<String>) -> BTreeMap<String, Option<f64>> {
    let split = |row: String| row.rsplit_once('|').map(|(key, value)| (key.to_owned(), number(value))).unwrap();
    rows.into_iter().map(split).collect()
}

/// All of a table of periods: by KPI and by period, channel and queue.
async fn all_periods(engine: &Engine, table: &str, period: &str) -> BTreeMap<String, BTreeMap<String, Option<f64>>> {
    let batches =
        engine.collect(&format!("SELECT {period} AS at, channel AS c, queue AS q, * FROM bi.{table}"), &BTreeMap::new()).await.unwrap();
    let names: Vec<String> = batches[0].schema().fields().iter().map(|f| f.name().clone()).collect();
    let mut all: BTreeMap<String, BTreeMap<String, Option<f64>>> = BTreeMap::new();
    for row in text(&batches) {
        let cells: Vec<&str> = row.split('|').collect();
        for (name, cell) in names.iter().zip(&cells).filter(|(_, cell)| **cell == "-" || cell.parse::<f64>().is_ok()) {
            all.entry(name.clone()).or_default().insert(cells[..3].join("|"), number(cell));
        }
    }
    all
}

async fn compare(table: &str, grain: &str, period: &str, is_compared: impl Fn(&KpiSpec) -> bool) {
    let engine = centre();
    let all = all_periods(&engine, table, period).await;
    let registry = Registry::builtin().unwrap();
    for spec in registry.specs().filter(|spec| is_compared(spec)) {
        let name = &spec.name;
        let (shown, expected) = (&all[name], asked(&engine, spec, grain).await);
        assert!(expected.values().flatten().any(|v| *v != 0.0) || name == "wrap_ups_unknown", "{name}: nothing to compare");
        for (key, value) in &expected {
            let found = shown.get(key).copied().flatten();
            assert!(is_same(found, *value), "{name} of {table}, {key}: {found:?} is not {value:?}");
        }
        for (key, value) in shown.iter().filter(|(key, _)| !expected.contains_key(*key)) {
            assert!(value.unwrap_or(0.0) == 0.0, "{name} of {table}, {key}: {value:?} is nothing kpi() knows of");
        }
    }
}

#[tokio::test]
async fn days_show_what_kpi_answers() {
    compare("kpi_daily", "1d", "local_start(day, 'Europe/Madrid')", |spec| spec.kind != KpiKind::Share).await;
}

#[tokio::test]
async fn half_hours_show_what_kpi_answers() {
    let some = ["offered", "asa", "service_level_sl6", "talk", "wait_p90", "longest_wait", "containment", "occupancy", "fcr_7d"];
    compare("kpi_interval", "30m", "interval_start", |spec| some.contains(&spec.name.as_str())).await;
}

#[tokio::test]
async fn totals_do_not_depend_on_what_else_is_asked() {
    let engine = centre();
    let alone = rows(&engine, "SELECT SUM(offered), AVG(offered), COUNT(offered) FROM bi.kpi_daily").await;
    let together = "SELECT SUM(offered), AVG(offered), COUNT(offered) FROM \
                    (SELECT offered, handled, occupancy, fcr_7d, first_response_time FROM bi.kpi_daily LIMIT 1000000) AS t \
                    WHERE handled IS NULL OR handled >= 0 OR occupancy IS NULL OR fcr_7d IS NULL OR first_response_time IS NULL";
    assert_eq!(rows(&engine, together).await, alone);
    let total = "SELECT (SELECT SUM(service_level_numerator) / SUM(service_level_denominator) FROM bi.kpi_interval) = \
                 (SELECT MEASURE(service_level) FROM kpi.queue_stints) AS same";
    assert_eq!(rows(&engine, total).await, ["true"]);
    assert_eq!(rows(&engine, "SELECT COUNT(*) > 20, COUNT(DISTINCT queue) FROM bi.kpi_daily").await, ["true|3"]);
}

#[tokio::test]
async fn days_and_hours_are_those_of_the_zone() {
    let engine = centre();
    // 2026-03-29 has 23 hours in Madrid: from 23:00 UTC the day before to 22:00 UTC.
    let on_day = "SELECT (SELECT COUNT(*) FROM bi.queue_stints WHERE day = '2026-03-29') = \
                  (SELECT COUNT(*) FROM queue_stints WHERE enqueued_at >= '2026-03-28T23:00:00Z' AND enqueued_at < '2026-03-29T22:00:00Z') AS same, \
                  (SELECT COUNT(*) FROM bi.queue_stints WHERE day = '2026-03-29' AND hour = 2) AS skipped";
    assert_eq!(rows(&engine, on_day).await, ["true|0"]);
    assert_eq!(rows(&engine, "SELECT DISTINCT weekday FROM bi.queue_stints WHERE day = '2026-03-29'").await, ["7"]);
    assert_eq!(
        rows(&engine, "SELECT DISTINCT weekday, hour FROM bi.kpi_interval WHERE interval_start = '2026-03-29T01:30:00Z'").await,
        ["7|3"]
    );
}

#[tokio::test]
async fn columns_are_what_they_say() {
    let engine = centre();
    let described = "SELECT count(*), count(meaning), count(DISTINCT \"table\") FROM catalog.columns WHERE \"table\" LIKE 'bi.%'";
    let described = rows(&engine, described).await;
    assert!(described[0].ends_with("|10"), "{described:?}");
    for view in rows(&engine, "SELECT DISTINCT \"table\" FROM catalog.columns WHERE \"table\" LIKE 'bi.%'").await {
        let batches = engine.collect(&format!("SELECT * FROM {view}"), &BTreeMap::new()).await.unwrap();
        let is: Vec<String> = batches[0].schema().fields().iter().map(|f| format!("{}|{}", f.name(), f.data_type())).collect();
        let said = rows(&engine, &format!("SELECT name, type FROM catalog.columns WHERE \"table\" = '{view}' ORDER BY position")).await;
        assert_eq!(is, said, "{view}");
        assert!(!text(&batches).is_empty() || view == "bi.holds", "{view}");
        let quoted = said
            .iter()
            .any(|column| column.split('|').next().unwrap().chars().any(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')));
        assert!(!quoted, "{view} has a name that needs quotes");
    }
}

#[tokio::test]
async fn only_what_is_asked_is_computed() {
    let engine = centre();
    let plan = |sql: &str| rows_of_plan(&engine, sql.to_owned());
    let three = plan("SELECT day, queue, offered, answered, asa FROM bi.kpi_daily WHERE day >= '2026-03-29' AND day < '2026-03-31'").await;
    assert!(!three.contains("hold") && !three.contains("quantile"), "{three}");
    // Offers by entry; answers and ASA by exit: two passes over one fact.
    assert_eq!(three.matches("DataSourceExec").count(), 2, "{three}");
    assert!(three.contains("enqueued_at@") && three.contains(">= 1774738800000000"), "the day is a condition on the instant: {three}");
    let one =
        plan("SELECT SUM(service_level_numerator), SUM(service_level_denominator) FROM bi.queue_stints WHERE day = '2026-03-29'").await;
    assert!(one.matches("DataSourceExec").count() == 1 && !one.contains("left_at"), "{one}");
}

async fn rows_of_plan(engine: &Engine, sql: String) -> String {
    rows(engine, &format!("EXPLAIN FORMAT INDENT {sql}")).await.join("\n")
}
