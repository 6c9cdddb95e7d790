//! What is made of other tables shows a client no more than these do.

use trunkline_query::{Engine, Grant};

use super::ask::{refusal, rows};
use super::drawn::{centre, fork, grant};

pub fn filtered(tables: &str, condition: &str) -> Grant {
    Grant { rows: Some(condition.into()), ..grant(tables) }
}

pub fn masked(tables: &str, columns: &[&str]) -> Grant {
    Grant { masked: columns.iter().map(ToString::to_string).collect(), ..grant(tables) }
}

async fn names(engine: &Engine) -> Vec<String> {
    rows(engine, "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema IN ('bi', 'kpi') ORDER BY 1")
        .await
}

#[tokio::test]
async fn a_view_needs_its_own_grant_and_its_tables() {
    let engine = centre();
    let own_alone = fork(&engine, vec![grant("bi.*"), grant("kpi.agent_time")], &[]).await;
    assert_eq!(names(&own_alone).await, Vec::<String>::new());
    let table_alone = fork(&engine, vec![grant("public.queue_stints"), grant("kpi.queue_stints")], &[]).await;
    assert_eq!(names(&table_alone).await, ["kpi.queue_stints"]);
    let both = fork(&engine, vec![grant("public.queue_stints"), grant("bi.*")], &[]).await;
    assert_eq!(names(&both).await, ["bi.kpi_daily", "bi.kpi_interval", "bi.queue_stints"]);
    assert!(rows(&both, "SELECT day, offered, asa FROM bi.kpi_daily").await.len() > 5);
    // KPIs of other facts are no columns.
    for sql in ["SELECT handled FROM bi.kpi_daily", "SELECT occupancy FROM bi.kpi_daily", "SELECT received FROM bi.kpi_daily"] {
        assert!(refusal(&both, sql).await.primary.contains("handled") || !sql.contains("handled"), "{sql}");
    }
    let one_view = fork(&engine, vec![grant("public.*"), grant("bi.contacts")], &[]).await;
    assert_eq!(names(&one_view).await, ["bi.contacts"]);
}

#[tokio::test]
async fn row_filters_of_a_table_hold_in_its_views() {
    let engine = centre();
    let grants = vec![filtered("public.queue_stints", "queue = 'a'"), grant("bi.*")];
    let client = fork(&engine, grants, &[]).await;
    let all = rows(&engine, "SELECT queue, COUNT(*) FROM queue_stints GROUP BY 1 ORDER BY 1").await;
    assert_eq!(all.len(), 3);
    for view in ["bi.queue_stints", "bi.kpi_daily", "bi.kpi_interval"] {
        assert_eq!(rows(&client, &format!("SELECT DISTINCT queue FROM {view}")).await, ["a"], "{view}");
        let other = format!("SELECT COUNT(*) FROM {view} WHERE queue <> 'a' OR queue IS NULL");
        assert_eq!(rows(&client, &other).await, ["0"], "{view}");
    }
    assert_eq!(rows(&client, "SELECT queue, COUNT(*) FROM bi.queue_stints GROUP BY 1").await, all[..1]);
    // No expression of the client meets a row that he may not see.
    let trap = "1 / (CASE WHEN queue = 'a' THEN 1 ELSE 0 END) = 1";
    assert_eq!(rows(&client, &format!("SELECT DISTINCT queue FROM bi.queue_stints WHERE {trap}")).await, ["a"]);
    assert_eq!(rows(&client, &format!("SELECT DISTINCT queue FROM bi.kpi_daily WHERE {trap}")).await, ["a"]);
    // With the table found in another schema first, it is still this user's.
    let kpi = vec![filtered("kpi.queue_stints", "queue = 'b'"), filtered("public.queue_stints", "queue = 'a'"), grant("bi.*")];
    let client = fork(&engine, kpi, &["bi"]).await;
    assert_eq!(rows(&client, "SELECT DISTINCT queue FROM queue_stints").await, ["b"]);
    assert_eq!(rows(&client, "SELECT DISTINCT queue FROM bi.kpi_daily WHERE offered > 0").await, ["b"]);
}

#[tokio::test]
async fn a_view_may_be_restricted_further() {
    let engine = centre();
    let grants = vec![grant("public.*"), filtered("bi.queue_stints", "outcome = 'answered'"), filtered("bi.kpi_daily", "queue = 'c'")];
    let client = fork(&engine, grants, &[]).await;
    assert_eq!(rows(&client, "SELECT DISTINCT outcome FROM bi.queue_stints").await, ["answered"]);
    let total = rows(&client, "SELECT SUM(offered), COUNT(DISTINCT queue) FROM bi.kpi_daily").await;
    let expected = rows(&engine, "SELECT SUM(offered), 1 FROM bi.kpi_daily WHERE queue = 'c'").await;
    assert_eq!(total, expected);
}

#[tokio::test]
async fn masks_of_a_table_hold_in_its_views() {
    let engine = centre();
    let grants = vec![masked("public.queue_stints", &["agent_id", "queue"]), masked("public.contacts", &["customer_key"]), grant("bi.*")];
    let client = fork(&engine, grants, &[]).await;
    assert_eq!(rows(&client, "SELECT COUNT(*) > 0, COUNT(agent), COUNT(queue) FROM bi.queue_stints").await, ["true|0|0"]);
    assert_eq!(rows(&client, "SELECT COUNT(*) > 0, COUNT(customer) FROM bi.contacts").await, ["true|0"]);
    assert_eq!(rows(&client, "SELECT COUNT(queue), SUM(offered) > 0 FROM bi.kpi_daily WHERE offered IS NOT NULL").await, ["0|true"]);
    let measured = "SELECT SUM(asa_numerator) / SUM(asa_denominator) FROM bi.queue_stints";
    assert_eq!(rows(&client, measured).await, rows(&engine, measured).await, "what is not masked is what it was");
    let blind = fork(&engine, vec![masked("public.queue_stints", &["wait_ms"]), grant("bi.*")], &[]).await;
    assert_eq!(
        rows(&blind, "SELECT SUM(asa_numerator), SUM(asa_denominator), COUNT(longest_wait_seconds) FROM bi.queue_stints").await,
        ["0.0|0.0|0"]
    );
}

#[tokio::test]
async fn agents_clocks_are_made_of_the_rows_that_are_granted() {
    let engine = centre();
    let one = || filtered("kpi.agent_legs", "agent_id = 'g1'");
    let grants = vec![one(), filtered("public.agent_states", "agent_id = 'g1'"), grant("kpi.agent_time"), grant("bi.*")];
    for schemas in [&[][..], &["kpi"], &["bi"], &["ops"]] {
        let client = fork(&engine, grants.clone(), schemas).await;
        for (table, agent) in [("kpi.agent_time", "agent_id"), ("bi.agent_time", "agent")] {
            assert_eq!(rows(&client, &format!("SELECT DISTINCT {agent} FROM {table}")).await, ["g1"], "{table} {schemas:?}");
        }
        let here = rows(&client, "SELECT MEASURE(occupancy), SUM(handled), SUM(idle_us) FROM kpi.agent_time").await;
        let there = "SELECT MEASURE(occupancy), SUM(handled), SUM(idle_us) FROM kpi.agent_time WHERE agent_id = 'g1'";
        assert_eq!(here, rows(&engine, there).await);
    }
    // Of a clock whose legs are filtered by something else only what is left of it is shown.
    let grants = vec![filtered("public.agent_legs", "queue = 'a'"), grant("public.agent_states"), grant("kpi.agent_time")];
    let client = fork(&engine, grants, &[]).await;
    let handled = rows(&client, "SELECT SUM(handled) FROM kpi.agent_time").await;
    assert_eq!(handled, rows(&engine, "SELECT COUNT(*) FROM agent_legs WHERE outcome = 'handled' AND queue = 'a'").await);
    // A mask takes the agents' names out of the clock: nobody's stretches are no agent's.
    let grants = vec![masked("public.agent_legs", &["agent_id"]), masked("public.agent_states", &["agent_id"]), grant("kpi.agent_time")];
    let client = fork(&engine, grants, &[]).await;
    assert_eq!(rows(&client, "SELECT COUNT(*) FROM kpi.agent_time").await, ["0"]);
    // And it can be restricted itself.
    let grants = vec![grant("public.*"), filtered("kpi.agent_time", "agent_id = 'g2'"), grant("bi.*")];
    let client = fork(&engine, grants, &[]).await;
    assert_eq!(rows(&client, "SELECT DISTINCT agent FROM bi.agent_time").await, ["g2"]);
    let half = fork(&engine, vec![grant("public.agent_legs"), grant("kpi.agent_time")], &[]).await;
    refusal(&half, "SELECT * FROM kpi.agent_time").await;
}

#[tokio::test]
async fn comments_say_what_columns_mean() {
    let engine = centre();
    let client = fork(&engine, vec![grant("public.queue_stints"), grant("bi.*")], &[]).await;
    let comment = |table: &str, column: &str| {
        let attribute = format!("SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = '{table}'::regclass AND attname = '{column}'");
        format!("SELECT description FROM pg_catalog.pg_description WHERE objoid = '{table}'::regclass AND objsubid = ({attribute})")
    };
    for (table, column, says) in [
        ("bi.kpi_daily", "asa", "Unit: seconds. Over rows divide the sum of asa_numerator by the sum of asa_denominator."),
        ("bi.queue_stints", "asa_numerator", "Sum it and divide by the sum of asa_denominator."),
        ("bi.queue_stints", "day", "Local date on which it began."),
        ("bi.kpi_daily", "wait_p90", "It holds for this row alone"),
    ] {
        let told = super::tools::answer(&client, &comment(table, column)).await;
        assert!(told.len() == 1 && told[0].contains(says), "{table}.{column}: {told:?}");
    }
}
