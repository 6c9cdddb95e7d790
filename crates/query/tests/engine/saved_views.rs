//! Saved views: read with the reader's rights, with the columns they were made with, as deep as is allowed.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use trunkline_query::postgres::Identity;
use trunkline_query::views::{View, ViewName, Views};
use trunkline_query::{Client, Engine, Grant, QueryError, Rights, Sqlstate};

use super::bi_rights::{filtered, masked};
use super::drawn::{ZONE, centre, grant};
use super::tools::answer;

fn parsed(sql: &str) -> Statement {
    Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().pop().unwrap()
}

async fn client(engine: &Engine, grants: Vec<Grant>, makes: &[&str], views: &Views) -> Engine {
    let rights = Rights::of(grants).making(makes.iter().map(ToString::to_string).collect());
    let identity = Identity { user: "north".into(), database: "trunkline".into(), backend_pid: 1, sessions: None };
    engine.fork(&Client { zone: ZONE, schemas: Vec::new(), rights: &rights, identity, views: Arc::new(views.clone()) }).await.unwrap()
}

/// Views of schema `r`, each made by somebody who may read everything.
async fn made(engine: &Engine, texts: &[(&str, &str)]) -> Views {
    let mut views = Views::default();
    for (name, text) in texts {
        let maker = client(engine, vec![grant("*")], &["r"], &views).await;
        let columns = maker.view_columns(&parsed(text), "public", text).await.unwrap();
        let before = views.iter().map(|(name, view)| (name.clone(), View::clone(view)));
        let new = (ViewName::new("r", *name), View::new(*text, "public", "anna", columns, Ok(parsed(text))));
        views = before.chain([new]).collect();
    }
    views
}

async fn refused(engine: &Engine, sql: &str) -> QueryError {
    engine.plan_statement(parsed(sql), sql).await.expect_err(sql)
}

#[tokio::test]
async fn filters_and_masks_of_the_reader_lie_under_a_view_and_under_views_of_it() {
    let engine = centre();
    let texts = [
        ("stints", "SELECT * FROM queue_stints"),
        ("sums", "SELECT queue, count(*) AS n, count(agent_id) AS named FROM r.stints GROUP BY queue"),
    ];
    let views = made(&engine, &texts).await;
    let tables = Grant { rows: Some("queue = 'b'".into()), ..masked("public.queue_stints", &["agent_id"]) };
    let reader = client(&engine, vec![grant("r.*"), tables], &[], &views).await;
    let whole = answer(&engine, "SELECT count(*) FROM queue_stints WHERE queue = 'b'").await;
    assert_eq!(answer(&reader, "SELECT queue, named FROM r.sums").await, ["b|0"]);
    assert_eq!(answer(&reader, "SELECT n FROM r.sums").await, whole);
    assert_eq!(answer(&reader, "SELECT count(*) FROM r.stints WHERE 1 / (CASE WHEN queue = 'b' THEN 1 ELSE 0 END) = 1").await, whole);
    // The view's own grant on top.
    let grants = vec![grant("public.queue_stints"), filtered("r.stints", "queue = 'c'"), grant("r.sums")];
    let reader = client(&engine, grants, &[], &views).await;
    assert_eq!(answer(&reader, "SELECT queue FROM r.sums").await, ["c"]);
}

#[tokio::test]
async fn a_view_gives_no_right_to_what_it_reads() {
    let engine = centre();
    let views = made(&engine, &[("stints", "SELECT * FROM queue_stints"), ("above", "SELECT queue FROM r.stints")]).await;
    for grants in [vec![grant("r.*")], vec![grant("r.*"), grant("public.contacts")], vec![]] {
        let reader = client(&engine, grants, &["r"], &views).await;
        let error = refused(&reader, "SELECT * FROM r.above").await;
        assert_eq!(
            (error.primary.as_str(), error.sqlstate),
            ("view \"r.stints\" cannot be read: there is no table \"queue_stints\"", Sqlstate::UndefinedTable)
        );
    }
    // Without the view below there is none above.
    let reader = client(&engine, vec![grant("public.*"), grant("r.above")], &[], &views).await;
    assert!(refused(&reader, "SELECT * FROM r.above").await.primary.contains("there is no table \"r.stints\""));
    assert_eq!(refused(&reader, "SELECT * FROM r.stints").await.sqlstate, Sqlstate::UndefinedTable);
    assert_eq!(answer(&reader, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'r'").await, ["above"]);
}

#[tokio::test]
async fn kpis_are_measured_inside_over_the_rows_of_the_reader() {
    let engine = centre();
    let texts = [
        ("kpis", "SELECT queue, MEASURE(offered) AS offered FROM kpi.queue_stints GROUP BY queue"),
        ("called", "SELECT * FROM kpi('offered', 'queue')"),
    ];
    let views = made(&engine, &texts).await;
    let reader = client(&engine, vec![grant("r.*"), filtered("kpi.queue_stints", "queue = 'a'")], &[], &views).await;
    let expected = answer(&engine, "SELECT queue, MEASURE(offered) FROM kpi.queue_stints WHERE queue = 'a' GROUP BY queue").await;
    assert_eq!(answer(&reader, "SELECT queue, offered FROM r.kpis").await, expected);
    assert_eq!(answer(&reader, "SELECT DISTINCT queue FROM r.called").await, ["a"]);
}

#[tokio::test]
async fn its_columns_are_those_it_was_made_with() {
    let engine = centre();
    let views = made(&engine, &[("one", "SELECT 1 AS a, 'x' AS b"), ("all", "SELECT * FROM r.one")]).await;
    let with = |text: &str| {
        let one = views.get(&ViewName::new("r", "one")).unwrap();
        let changed = View::new(text, "public", "anna", one.columns().to_vec(), Ok(parsed(text)));
        let others = views.iter().map(|(name, view)| (name.clone(), View::clone(view)));
        others.chain([(ViewName::new("r", "one"), changed)]).collect::<Views>()
    };
    let reader = client(&engine, vec![], &["r"], &with("SELECT 'y' AS b, 2.0 AS c, CAST(7 AS INT) AS a")).await;
    assert_eq!(answer(&reader, "SELECT * FROM r.all").await, ["7|y"]);
    let reader = client(&engine, vec![], &["r"], &with("SELECT 1 AS a")).await;
    assert_eq!(
        refused(&reader, "SELECT a FROM r.all").await.primary,
        "view \"r.one\" cannot be read: its question has no column \"b\" any more"
    );
    let listed = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'r' AND table_name = 'one' ORDER BY 1";
    assert_eq!(answer(&reader, listed).await, ["a|bigint", "b|text"]);
}

#[tokio::test]
async fn what_lies_too_deep_is_not_planned_and_a_circle_ends() {
    let engine = centre();
    let mut texts: Vec<(String, String)> = vec![("d1".into(), "SELECT 1 AS x".into())];
    texts.extend((2..=8).map(|at| (format!("d{at}"), format!("SELECT a.x FROM r.d{0} a JOIN r.d{0} b ON a.x = b.x", at - 1))));
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let views = made(&engine, &texts).await;
    let reader = client(&engine, vec![], &["r"], &views).await;
    for sql in [
        "SELECT 1 FROM r.d8 a, r.d8 b",
        "WITH q AS (SELECT * FROM r.d8) SELECT 1 FROM q a, q b",
        "EXPLAIN SELECT 1 FROM r.d8, r.d7 AS o, r.d1",
    ] {
        assert_eq!(refused(&reader, sql).await.sqlstate, Sqlstate::ProgramLimitExceeded, "{sql}");
    }
    assert_eq!(answer(&reader, "SELECT x FROM r.d5").await, ["1"]);
    let columns = views.get(&ViewName::new("r", "d1")).unwrap().columns().to_vec();
    let circle = |text: &str| View::new(text, "public", "anna", columns.clone(), Ok(parsed(text)));
    let (one, other) = (circle("SELECT x FROM r.b"), circle("SELECT x FROM r.a"));
    let views: Views = [(ViewName::new("r", "a"), one), (ViewName::new("r", "b"), other)].into_iter().collect();
    let reader = client(&engine, vec![], &["r"], &views).await;
    assert!(refused(&reader, "SELECT * FROM r.a").await.primary.contains("reads itself"));
}

#[tokio::test]
async fn an_empty_schema_is_there_for_who_has_it_and_a_misfit_is_there_for_nobody() {
    let engine = centre();
    let schemas = "SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('r', 's')";
    let maker = client(&engine, vec![], &["r"], &Views::default()).await;
    assert_eq!(answer(&maker, schemas).await, ["r"]);
    let views = made(&engine, &[("one", "SELECT 1 AS a")]).await;
    let other = client(&engine, vec![filtered("r.one", "gone = 1")], &[], &views).await;
    assert_eq!(refused(&other, "SELECT * FROM r.one").await.sqlstate, Sqlstate::UndefinedTable);
    assert!(answer(&other, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'r'").await.is_empty());
}
