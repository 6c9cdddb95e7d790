//! Every recorded statement plans and runs.

use super::{Client, Parser, Planned, PostgreSqlDialect, rewrite, statements};
use crate::postgres::rewrite::never_filled;

#[tokio::test]
async fn all_recorded_statements_run() {
    let client = Client::new().await;
    let mut failed = Vec::new();
    let all = statements();
    for (name, sql) in &all {
        if let Err(error) = client.answer(&client.filled(sql).await).await {
            let text = error.to_string();
            failed.push(format!("{name}: {}", text.chars().take(400).collect::<String>()));
        }
    }
    assert!(all.len() > 100, "{}", all.len());
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), all.len(), failed.join("\n"));
}

#[tokio::test]
async fn relations_that_are_taken_for_empty_are() {
    let client = Client::new().await;
    for name in never_filled() {
        assert_eq!(client.value(&format!("SELECT count(*) FROM pg_catalog.{name}")).await, "0", "{name}");
    }
    assert_eq!(client.value("SELECT sum(CASE typtype WHEN 'd' THEN 1 ELSE 0 END) FROM pg_type").await, "0", "domains");
}

#[tokio::test]
async fn every_relation_of_the_system_can_be_read() {
    let client = Client::new().await;
    let names = client.rows("SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema IN ('pg_catalog', 'information_schema')").await;
    assert!(names.len() > 100);
    for name in names {
        client.rows(&format!("SELECT * FROM {}", name[0])).await;
    }
}

#[tokio::test]
async fn statements_with_parameters_plan() {
    let client = Client::new().await;
    let mut failed = Vec::new();
    for sql in [
        "SELECT $1::int + 1 AS a, $2::text AS b, $3::timestamptz AS c, $4::bool AS d, $5::float8 AS e, $6::text[] AS f, $7::date AS g",
        "SELECT CAST($1 AS numeric(20,4)), CAST($2 AS timestamp)",
        "SELECT typname AS name, oid, typarray AS array_oid, oid::regtype::text AS regtype, typdelim AS delimiter FROM pg_type t WHERE t.oid = to_regtype($1) ORDER BY t.oid",
        "SELECT n.nspname = ANY(current_schemas(true)), n.nspname, t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = $1",
        "SELECT * FROM \"public\".\"contacts\" LIMIT $1",
        "SELECT count(*) FROM \"public\".\"contacts\" WHERE \"started_at\" >= $1 AND \"started_at\" < $2",
        "SELECT 'b' = ANY($1::text[])",
        "SELECT $1 + 1, $2",
    ] {
        let mut statement = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0);
        rewrite(&mut statement);
        let state = client.engine.context().state();
        if let Err(error) = state.statement_to_plan(Planned::Statement(Box::new(statement))).await {
            failed.push(format!("{sql}: {error}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
