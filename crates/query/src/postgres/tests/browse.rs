//! psql: `\d` and its kin name what there is.

use super::{Client, row};

#[tokio::test]
async fn backslash_dt_lists_the_tables_and_dv_the_views() {
    let client = Client::new().await;
    let tables = client.recorded("psql_05").await;
    assert!(tables.contains(&row(&["public", "contacts", "table", "trunkline"])), "{tables:?}");
    assert!(tables.iter().all(|r| r[0] == "public"), "only what is visible: {tables:?}");
    let views = client.rows("SELECT schemaname, viewname FROM pg_views WHERE schemaname = 'kpi'").await;
    assert_eq!(views, [row(&["kpi", "agent_time"])]);
}

#[tokio::test]
async fn backslash_d_of_a_table_names_its_columns_and_types() {
    let client = Client::new().await;
    let oid = client.value("SELECT 'agent_legs'::regclass::oid").await;
    assert_eq!(client.recorded("psql_08").await, [row(&[&oid, "public", "agent_legs"])]);
    let columns = client.recorded("psql_10").await;
    assert_eq!(columns[0], row(&["contact_id", "text", "∅", "true", "∅", "", ""]));
    assert!(columns.contains(&row(&["leg_no", "bigint", "∅", "true", "∅", "", ""])), "{columns:?}");
    assert!(columns.contains(&row(&["offered_at", "timestamp with time zone", "∅", "false", "∅", "", ""])), "{columns:?}");
    assert!(columns.contains(&row(&["has_wrap_up", "boolean", "∅", "true", "∅", "", ""])), "{columns:?}");
    let keys = client.recorded("psql_11").await;
    assert_eq!(keys[0][..3], row(&["agent_legs_pkey", "true", "true"]));
    assert_eq!(keys[0][5], "CREATE UNIQUE INDEX agent_legs_pkey ON public.agent_legs USING btree (source, contact_id, leg_no)");
    assert_eq!(keys[0][6], "PRIMARY KEY (source, contact_id, leg_no)");
}

#[tokio::test]
async fn backslash_d_plus_shows_comments() {
    let client = Client::new().await;
    let columns = client.rows("SELECT col_description('agent_legs'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'agent_legs'::regclass AND attname = 'talk_ms'").await;
    assert_eq!(columns, [row(&["Milliseconds."])]);
    let table = client.value("SELECT obj_description('contacts'::regclass, 'pg_class')").await;
    assert!(table.starts_with("One row per contact"), "{table}");
}

#[tokio::test]
async fn databases_schemas_and_roles_are_listed() {
    let client = Client::new().await;
    let schemas = client
        .rows(r"SELECT n.nspname FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1")
        .await;
    assert_eq!(schemas.concat(), ["bi", "catalog", "kpi", "ops", "public"]);
    assert_eq!(client.rows("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate").await, [row(&["centre"])]);
    let roles = client.rows("SELECT rolname, rolsuper, rolcanlogin FROM pg_roles ORDER BY 1").await;
    assert_eq!(roles, [row(&["anna", "false", "true"]), row(&["trunkline", "false", "false"])]);
    assert_eq!(client.rows("SELECT usename FROM pg_user").await, [row(&["anna"])]);
}

#[tokio::test]
async fn oids_are_the_same_in_every_session() {
    let sql = "SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1";
    let (one, other) = (Client::new().await, Client::new().await);
    let rows = one.rows(sql).await;
    assert_eq!(rows, other.rows(sql).await);
    assert!(rows.windows(2).all(|pair| pair[0][0] != pair[1][0]), "no OID is given twice");
}
