//! What holds for every KPI: coarse groups are sums of fine ones, `MEASURE` and `kpi()` agree, every queue closes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

#[allow(dead_code, reason = "shared with the golden tests")]
mod golden {
    pub mod fixture;
}

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion::prelude::SessionContext;
use golden::fixture::{DAY, ask, at, centre, question};
use trunkline_query::kpi::agent_time;
use trunkline_query::kpi::closure::{closure_event_sql, closure_sql};
use trunkline_query::kpi::{Basis, Grain, KpiKind, Registry, expand_measures, measure_expression, range_sql};

/// A small centre drawn from a linear congruential sequence: the same on every machine.
fn random_centre() -> SessionContext {
    let mut state = 42_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let clock = |s: u64| format!("{}:{}:{}", s / 3600, s % 3600 / 60, s % 60);
    let (mut stints, mut legs, mut contacts) = (String::new(), String::new(), String::new());
    for id in 0..400 {
        let (start, wait, talk, wrap) = (draw(70_000), draw(300), 30 + draw(900), draw(60));
        let outcome = ["answered", "answered", "abandoned", "flow_out", "callback", "dropped", "waiting"][draw(7) as usize];
        let queue = ["a", "b", "c"][draw(3) as usize];
        let (left, ended, wrapped) = (start + wait, start + wait + talk, start + wait + talk + wrap);
        let exit = if outcome == "waiting" { String::new() } else { format!("left_at={} wait_ms={}", clock(left), wait * 1000) };
        stints += &format!("contact_id={id} queue={queue} channel=voice enqueued_at={} outcome={outcome} {exit}\n", clock(start));
        if outcome == "answered" {
            legs += &format!(
                "contact_id={id} queue={queue} agent_id=g{} outcome=handled offered_at={} ring_ms=5000 accepted_at={} ended_at={} wrapped_up_at={} talk_ms={} hold_ms=0 hold_count={} wrap_up_ms={}\n",
                draw(5),
                clock(left.saturating_sub(5)),
                clock(left),
                clock(ended),
                clock(wrapped),
                talk * 1000,
                draw(2),
                wrap * 1000
            );
        }
        contacts += &format!(
            "contact_id={id} channel=voice first_queue={queue} reason=r{} customer_key=k{} started_at={} ended_at={} outcome={} transfer_count={} talk_ms={} hold_ms=0 wrap_up_ms=0\n",
            draw(3),
            draw(40),
            clock(start),
            clock(ended),
            if outcome == "answered" { outcome } else { "abandoned" },
            draw(2),
            talk * 1000
        );
    }
    let states: String = (0..5)
        .flat_map(|agent| (0..12).map(move |slot| (agent, slot * 6_000)))
        .map(|(agent, from)| format!("agent_id=g{agent} state=available started_at={} ended_at={}\n", clock(from), clock(from + 5_000)))
        .collect();
    centre(&[("queue_stints", &stints), ("agent_legs", &legs), ("contacts", &contacts), ("agent_states", &states)])
}

#[tokio::test]
async fn coarse_groups_are_sums_of_fine_ones() {
    let context = random_centre();
    for spec in Registry::builtin().unwrap().specs() {
        if !matches!(spec.kind, KpiKind::Sum | KpiKind::Ratio | KpiKind::Mean) {
            continue;
        }
        for basis in spec.offered_bases() {
            let ask_by = |grain: &str| format!("{} grain={grain} from=00:00 to=+1d00:00 basis={basis}", spec.name);
            let (fine, coarse) = (ask(&context, &ask_by("15m")).await, ask(&context, &ask_by("1d")).await);
            let total = |pick: fn(&golden::fixture::Row) -> Option<f64>| fine.iter().filter_map(pick).sum::<f64>();
            let whole = coarse.first();
            for (sum, want) in [
                (total(|r| r.numerator), whole.and_then(|r| r.numerator).unwrap_or(0.0)),
                (total(|r| r.denominator), whole.and_then(|r| r.denominator).unwrap_or(0.0)),
            ] {
                assert!((sum - want).abs() <= 1e-6 * want.abs().max(1.0), "{} {basis}: {sum} is not {want}", spec.name);
            }
            if basis != Basis::Clipped {
                assert_eq!(fine.iter().map(|r| r.n).sum::<i64>(), whole.map_or(0, |r| r.n), "{} {basis}", spec.name);
            }
        }
    }
}

#[tokio::test]
async fn measures_agree_with_kpi_at_any_grouping() {
    let context = random_centre();
    let registry = Registry::builtin().unwrap();
    context.sql("CREATE SCHEMA kpi").await.unwrap();
    for fact in trunkline_query::kpi::fact::FACTS {
        context.sql(&format!("CREATE TABLE kpi.{fact} AS SELECT * FROM {fact}")).await.unwrap();
    }
    context.sql(&format!("CREATE VIEW kpi.agent_time AS {}", agent_time::view_sql())).await.unwrap();
    for spec in registry.specs().filter(|s| measure_expression(s, &BTreeMap::new(), None, None).is_ok()) {
        let known = trunkline_query::kpi::sql::plan::dimensions(spec);
        let name = ["queue", "agent_id", "channel"].into_iter().find(|name| known.contains_key(*name)).unwrap();
        let key = &known[name];
        let sql = format!(
            "SELECT {key} AS k, CAST(measure({0}) AS DOUBLE) AS v FROM kpi.{1} GROUP BY {key} ORDER BY {key}",
            spec.name, spec.fact
        );
        let measured = measured(&context, &registry, &sql).await;
        let asked = ask(&context, &format!("{} by={name}", spec.name)).await;
        // A group whose rows all lack the instant of the default basis (still open) is no group of kpi().
        for (group, value) in &measured {
            match asked.iter().find(|row| row.by[0] == *group) {
                None => assert_eq!(value.unwrap_or(0.0), 0.0, "{} {group:?}", spec.name),
                Some(row) => assert!(same(*value, row.value), "{} {group:?}: MEASURE {value:?}, kpi() {:?}", spec.name, row.value),
            }
        }
        assert!(asked.iter().all(|row| measured.iter().any(|(group, _)| row.by[0] == *group)), "{}", spec.name);
    }
    let sql =
        "SELECT count(*) AS n FROM kpi('answered', 'queue,channel', '1h', '2026-03-02', '2026-03-03', 'Europe/Madrid') k WHERE value > 0";
    let sql = expand_measures(sql, &registry, &BTreeMap::new()).unwrap();
    let batches = context.sql(&sql).await.unwrap_or_else(|e| panic!("{e}\n{sql}")).collect().await.unwrap();
    assert!(batches[0].column(0).as_primitive::<Int64Type>().value(0) > 20);
}

/// Groups and values of an expanded statement with two columns.
async fn measured(context: &SessionContext, registry: &Registry, sql: &str) -> Vec<(Option<String>, Option<f64>)> {
    let sql = expand_measures(sql, registry, &BTreeMap::new()).unwrap();
    let batches = context.sql(&sql).await.unwrap_or_else(|e| panic!("{e}\n{sql}")).collect().await.unwrap();
    let mut rows = Vec::new();
    for batch in &batches {
        let keys = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8).unwrap();
        let (keys, values) = (keys.as_string::<i32>(), batch.column(1).as_primitive::<Float64Type>());
        rows.extend(keys.iter().zip(values).map(|(key, value)| (key.map(str::to_owned), value)));
    }
    rows
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
        (a, b) => a.is_none() && b.is_none(),
    }
}

#[tokio::test]
async fn agents_clocks_agree_by_local_hour_and_over_any_range_of_minutes() {
    let context = random_centre();
    let registry = Registry::builtin().unwrap();
    context.sql("CREATE SCHEMA kpi").await.unwrap();
    context.sql(&format!("CREATE VIEW kpi.agent_time AS {}", agent_time::view_sql())).await.unwrap();
    for name in ["occupancy", "contacts_per_hour", "idle_gap"] {
        // Kathmandu is 5:45 ahead; 07:13 and 19:02 are no edges of any bucket.
        for grain in ["1h", "5m"] {
            let bucket = format!("local_bucket(started_at, 'Asia/Kathmandu', '{grain}')");
            let range =
                format!("started_at >= to_timestamp({}) AND started_at < to_timestamp({})", DAY + 7 * 3600 + 780, DAY + 19 * 3600 + 120);
            let sql = format!(
                "SELECT CAST(CAST({bucket} AS BIGINT) / 1000000 - {DAY} AS VARCHAR) AS k, MEASURE({name}) AS v FROM kpi.agent_time \
                 WHERE {range} GROUP BY {bucket} ORDER BY {bucket}"
            );
            let measured = measured(&context, &registry, &sql).await;
            let asked = ask(&context, &format!("{name} grain={grain} zone=Asia/Kathmandu from=07:13 to=19:02")).await;
            assert!(asked.len() > 10, "{name}");
            for row in &asked {
                let key = row.period.map(|s| s.to_string());
                let found = measured.iter().find(|(k, _)| *k == key).and_then(|(_, v)| *v);
                assert!(same(found, row.value), "{name} {grain} {key:?}: MEASURE {found:?}, kpi() {:?}", row.value);
            }
        }
    }
}

#[tokio::test]
async fn every_queue_and_interval_closes() {
    let context = random_centre();
    let grain = Grain::parse("30m").unwrap();
    let arrival = closure_sql("UTC", Some(grain), None, None).unwrap();
    let event = closure_event_sql("UTC", grain, at("00:00"), at("+1d00:00")).unwrap();
    for sql in [arrival, event] {
        let batches = context.sql(&sql).await.unwrap_or_else(|e| panic!("{e}\n{sql}")).collect().await.unwrap();
        let mut offered = 0;
        for batch in &batches {
            let column = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec();
            assert!(column("residual").iter().all(|r| *r == 0));
            offered += column("offered").iter().sum::<i64>();
        }
        assert_eq!(offered, 400);
    }
}

#[tokio::test]
async fn the_range_of_a_kpi_is_that_of_its_rows() {
    let context = centre(&[("agent_legs", "agent_id=a outcome=handled accepted_at=09:16 ended_at=09:32 talk_ms=960000 hold_ms=0")]);
    for (name, first, last) in [("talk basis=clipped", "09:16", "09:32"), ("handled", "09:16", "09:16")] {
        let sql = range_sql(&Registry::builtin().unwrap(), &question(name)).unwrap();
        let batches = context.sql(&sql).await.unwrap_or_else(|e| panic!("{e}\n{sql}")).collect().await.unwrap();
        let micros = |i: usize| batches[0].column(i).as_primitive::<Int64Type>().value(0);
        assert_eq!((micros(0), micros(1)), (at(first).micros(), at(last).micros()));
    }
}

#[tokio::test]
async fn a_new_version_does_not_change_the_past() {
    let rows = "x4 enqueued_at=10:00 left_at=10:00:25 wait_ms=25000 outcome=answered\nx4 enqueued_at=+1d10:00 left_at=+1d10:00:25 wait_ms=25000 outcome=answered";
    let context = centre(&[("queue_stints", rows)]);
    let mut registry = Registry::builtin().unwrap();
    let text = registry.entries().find(|e| e.spec.name == "service_level").unwrap().text.clone();
    registry.add("x.yaml", &format!("{text}versions:\n  - valid_from: 2026-03-03\n    parameters: {{threshold_s: 30}}\n")).unwrap();
    let sql = trunkline_query::kpi::kpi_sql(&registry, &question("service_level grain=1d")).unwrap();
    let batches = context.sql(&sql).await.unwrap_or_else(|e| panic!("{e}\n{sql}")).collect().await.unwrap();
    let values: Vec<f64> =
        batches.iter().flat_map(|b| b.column_by_name("value").unwrap().as_primitive::<Float64Type>().values().to_vec()).collect();
    assert_eq!(values, [0.0, 1.0]);
}
