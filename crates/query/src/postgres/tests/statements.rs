//! Every recorded statement plans and runs.

use super::{Client, statements};
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
