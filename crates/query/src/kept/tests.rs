//! What is kept is what would be answered, and no more than there is room for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::{BYTES, Kept, Known, MOST_BYTES};
use crate::postgres::Identity;
use crate::rights::{Grant, Rights};
use crate::running::{Bounds, Running};
use crate::unwanted::Unwanted;
use crate::{Client, Engine, EngineOptions};

/// What tools send, as it was logged.
const RECORDED: [&str; 4] = [
    include_str!("../postgres/tests/psql.sql"),
    include_str!("../postgres/tests/jdbc.sql"),
    include_str!("../postgres/tests/sqlalchemy.sql"),
    include_str!("../postgres/tests/superset.sql"),
];

fn engine() -> Engine {
    Engine::in_memory(HashMap::new(), &EngineOptions::default()).unwrap()
}

async fn session(engine: &Engine, pid: i32, path: &[&str], rights: &Rights) -> Engine {
    let identity = Identity { user: "anna".into(), database: "centre".into(), backend_pid: pid, sessions: None };
    let schemas = path.iter().map(ToString::to_string).collect();
    let client = Client { zone: "UTC", schemas, rights, identity, views: Arc::clone(nothing_saved()) };
    let session = engine.fork(&client).await.unwrap();
    session.tell("search_path", &path.join(", "));
    session
}

/// The same state of the saved views for all, as a server has it.
fn nothing_saved() -> &'static Arc<crate::views::Views> {
    static NOTHING: std::sync::LazyLock<Arc<crate::views::Views>> = std::sync::LazyLock::new(Arc::default);
    &NOTHING
}

async fn planned(session: &Engine, sql: &str) -> DataFrame {
    let statement = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0);
    session.plan_statement(statement, sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"))
}

/// The rows as text, those without an order in one of ours.
async fn answered(frame: DataFrame) -> Vec<String> {
    let bounds = Bounds { memory_bytes: 1 << 30, unwanted: Unwanted::default() };
    let mut running = Running::start_within(frame, &bounds).await.unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = running.next().await {
        batches.push(batch.unwrap());
    }
    let shown = pretty_format_batches(&batches).unwrap().to_string();
    let mut rows: Vec<String> = shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    rows.sort_unstable();
    rows
}

async fn ask(session: &Engine, sql: &str) -> Vec<String> {
    answered(planned(session, sql).await).await
}

fn is_answered(frame: &DataFrame) -> bool {
    matches!(Known::of(frame.task_ctx().session_config(), frame.logical_plan()).unwrap(), Known::Answer(_))
}

async fn is_known(session: &Engine, sql: &str) -> bool {
    is_answered(&planned(session, sql).await)
}

#[tokio::test]
async fn peers_are_told_what_each_would_be_told_alone() {
    let (engine, alone) = (engine(), engine());
    let first = session(&engine, 1, &["public"], &Rights::all()).await;
    let oid = |name: &str| format!("SELECT '{name}'::regclass::oid FROM pg_class LIMIT 1");
    let digits = |rows: Vec<String>| rows.iter().find_map(|row| row.trim_matches(['|', ' ']).parse::<u32>().ok()).unwrap().to_string();
    let (table, view) = (digits(ask(&first, &oid("public.agent_legs")).await), digits(ask(&first, &oid("kpi.agent_time")).await));
    let (mut known, mut all) = (0, 0);
    for text in RECORDED.iter().flat_map(|file| file.split("\n;\n")) {
        let Some((_, sql)) = text.trim().strip_prefix("-- ").and_then(|text| text.split_once('\n')) else { continue };
        let sql = sql.replace("{table}", &table).replace("{view}", &view);
        let told = ask(&first, &sql).await;
        let peer = session(&engine, 2, &["public"], &Rights::all()).await;
        known += usize::from(is_known(&peer, &sql).await);
        all += 1;
        let (again, other) = (ask(&peer, &sql).await, session(&alone, 2, &["public"], &Rights::all()).await);
        assert_eq!(again, ask(&other, &sql).await, "{sql}");
        assert!(again == told || !is_known(&peer, &sql).await, "{sql}");
    }
    assert!(known * 4 > all * 3, "{known} of {all} were known");
}

#[tokio::test]
async fn what_tells_of_a_session_or_the_time_is_asked_each_time() {
    let engine = engine();
    let (first, second) = (session(&engine, 1, &["public"], &Rights::all()).await, session(&engine, 2, &["public"], &Rights::all()).await);
    first.tell("application_name", "psql");
    second.tell("application_name", "superset");
    for sql in [
        "SELECT pg_backend_pid() FROM pg_class LIMIT 1",
        "SELECT 1 FROM pg_class WHERE oid IN (SELECT pg_backend_pid() FROM pg_namespace)",
        "SELECT current_setting('application_name') FROM pg_class LIMIT 1",
        "SELECT setting FROM pg_settings WHERE name = 'application_name'",
        "SELECT count(*) FROM pg_class, pg_stat_activity",
        "SELECT now() FROM pg_class LIMIT 1",
        "SELECT random() FROM pg_class LIMIT 1",
        "SELECT set_config('application_name', 'x', false) FROM pg_class LIMIT 1",
        "EXPLAIN SELECT relname FROM pg_class",
        "EXPLAIN ANALYZE SELECT relname FROM pg_class",
        "SELECT count(*) FROM pg_class, contacts",
    ] {
        ask(&first, sql).await;
        assert!(!is_known(&first, sql).await && !is_known(&second, sql).await, "{sql}");
    }
    assert_eq!(
        ask(&first, "SELECT current_setting('application_name') AS a FROM pg_class LIMIT 1").await.concat().matches("psql").count(),
        1
    );
    assert_eq!(
        ask(&second, "SELECT current_setting('application_name') AS a FROM pg_class LIMIT 1").await.concat().matches("superset").count(),
        1
    );
}

#[tokio::test]
async fn other_rights_and_another_path_are_told_something_else() {
    let engine = engine();
    let all = session(&engine, 1, &["public"], &Rights::all()).await;
    let few = Rights::of(vec![Grant { tables: "public.contacts".into(), rows: None, masked: Vec::new() }]);
    let few = session(&engine, 2, &["public"], &few).await;
    let elsewhere = session(&engine, 3, &["kpi"], &Rights::all()).await;
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    let visible =
        "SELECT count(*) AS n FROM pg_class WHERE relname = 'holds' AND pg_table_is_visible(oid) AND relnamespace = 'public'::regnamespace";
    for _ in 0..2 {
        let (more, less) = (ask(&all, tables).await.concat(), ask(&few, tables).await.concat());
        assert!(more.contains("agent_legs") && less.contains("contacts") && !less.contains("agent_legs"), "{less}");
        assert!(ask(&all, visible).await.contains(&"| 1 |".to_owned()) && ask(&elsewhere, visible).await.contains(&"| 0 |".to_owned()));
    }
    assert!(is_known(&few, tables).await && is_known(&elsewhere, visible).await);
}

#[tokio::test]
async fn an_answer_is_one_to_its_values() {
    let engine = engine();
    let session = session(&engine, 1, &["public"], &Rights::all()).await;
    let sql = "SELECT relname FROM pg_class WHERE relname = $1";
    for name in ["contacts", "holds", "contacts"] {
        let frame = planned(&session, sql).await.with_param_values(vec![ScalarValue::from(name)]).unwrap();
        let rows = answered(frame).await.concat();
        let others = ["contacts", "holds"].into_iter().filter(|other| *other != name);
        assert!(rows.contains(name) && others.into_iter().all(|other| !rows.contains(other)), "{rows}");
    }
    let again = planned(&session, sql).await.with_param_values(vec![ScalarValue::from("holds")]).unwrap();
    assert!(is_answered(&again));
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_an_answer_that_was_left_is_not_kept() {
    let engine = engine();
    let session = session(&engine, 1, &["public"], &Rights::all()).await;
    let large = "SELECT a.attname, b.attname FROM pg_attribute a, pg_attribute b LIMIT 20000";
    assert!(ask(&session, large).await.len() > 20_000 && !is_known(&session, large).await);
    let some = "SELECT a.attname, b.attname FROM pg_attribute a, pg_attribute b LIMIT 10";
    let bounds = Bounds { memory_bytes: 1 << 30, unwanted: Unwanted::default() };
    let mut left = Running::start_within(planned(&session, some).await, &bounds).await.unwrap();
    assert!(left.next().await.is_some());
    drop(left);
    assert!(!is_known(&session, some).await);
    let long = format!("SELECT relname FROM pg_class WHERE relname IN ('{}')", "x".repeat(MOST_BYTES));
    assert!(ask(&session, &long).await.len() < 4 && !is_known(&session, &long).await);
    let kept = session.context().state_ref().read().config().get_extension::<Kept>().unwrap();
    let mut most = 0;
    for number in 0..400 {
        // Answers without rows take room too.
        ask(&session, &format!("SELECT attname, {number} AS n FROM pg_attribute WHERE attnum > {} LIMIT 1000", (number % 2) * 10_000))
            .await;
        let held = kept.lock().bytes;
        assert!(held <= BYTES, "{held}");
        most = most.max(held);
    }
    assert!(most > BYTES * 3 / 4 && kept.lock().plans.len() < 400, "{most}");
}
