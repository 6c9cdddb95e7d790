//! What drivers and tools read of tables: columns, keys, types.

use super::{Client, row};

#[tokio::test]
async fn information_schema_has_postgresqls_types() {
    let client = Client::new().await;
    let columns = client
        .rows("SELECT column_name, ordinal_position, is_nullable, data_type, udt_name, numeric_precision FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'holds' ORDER BY 2")
        .await;
    assert_eq!(columns[0], row(&["contact_id", "1", "NO", "text", "text", "∅"]));
    assert_eq!(columns[1], row(&["leg_no", "2", "NO", "bigint", "int8", "64"]));
    assert_eq!(columns[7], row(&["started_at", "8", "NO", "timestamp with time zone", "timestamptz", "∅"]));
    assert_eq!(client.value("SELECT pg_typeof(ordinal_position) FROM information_schema.columns LIMIT 1").await, "integer");
    let kinds = client.rows("SELECT DISTINCT table_type FROM information_schema.tables WHERE table_schema = 'public'").await;
    assert_eq!(kinds, [row(&["BASE TABLE"])]);
}

#[tokio::test]
async fn java_finds_columns_and_the_primary_key() {
    let client = Client::new().await;
    let keys = client.rows(&jdbc("_pg_expandarray(i.indkey) AS KEYS")).await;
    let shown: Vec<String> = keys.iter().map(|r| format!("{} {} {}", r[3], r[4], r[5])).collect();
    assert_eq!(shown, ["source 1 agent_legs_pkey", "contact_id 2 agent_legs_pkey", "leg_no 3 agent_legs_pkey"]);
    let indexes = client.rows(&jdbc("trim(both '\"' from pg_catalog.pg_get_indexdef")).await;
    let shown: Vec<String> = indexes.iter().map(|r| format!("{} {} {} {}", r[3], r[7], r[8], r[9])).collect();
    assert_eq!(shown, ["false 1 source A", "false 2 contact_id A", "false 3 leg_no A"]);
    let columns = client.rows(&jdbc("row_number() OVER (PARTITION BY a.attrelid")).await;
    assert_eq!((columns[0][2].as_str(), columns[0][3].as_str(), columns[0][8].as_str()), ("contact_id", "25", "1"));
    assert_eq!(client.rows(&jdbc("pg_type.oid = 1009")).await, [row(&["true", "b", "_text", "1009"])]);
    let words = client.rows(&jdbc("string_agg(word, ',')")).await;
    assert!(words[0][0].contains("analyse") && !words[0][0].contains("absolute"), "{words:?}");
}

/// The recorded statement of the JDBC driver that has this in it.
fn jdbc(part: &str) -> String {
    let all = super::statements();
    all.into_iter().find(|(name, sql)| name.starts_with("jdbc") && sql.contains(part)).unwrap_or_else(|| panic!("{part}")).1
}

#[tokio::test]
async fn odbc_finds_the_primary_key_by_vectors_that_count_from_0() {
    let client = Client::new().await;
    let all = super::statements();
    let sql = &all.iter().find(|(name, sql)| name.starts_with("odbc") && sql.contains("i.indkey[ia.attnum-1]")).unwrap().1;
    let keys = client.rows(sql).await;
    let shown: Vec<String> = keys.iter().map(|r| format!("{} {} {} {}", r[0], r[1], r[2], r[4])).collect();
    let wanted = ["source 1 agent_legs_pkey agent_legs", "contact_id 2 agent_legs_pkey agent_legs", "leg_no 3 agent_legs_pkey agent_legs"];
    assert_eq!(shown, wanted);
}

#[tokio::test]
async fn sqlalchemy_reflects_columns_and_keys() {
    let client = Client::new().await;
    let all = super::statements();
    let find = |part: &str| all.iter().find(|(n, sql)| n.starts_with("sqlalchemy") && sql.contains(part)).unwrap().1.clone();
    let columns = client.rows(&client.filled(&find("AS identity_options")).await).await;
    assert_eq!(columns[0][..5], row(&["contact_id", "text", "∅", "true", "agent_legs"]));
    let keys = client.rows(&client.filled(&find("'p' AND pg_catalog.pg_constraint.conrelid IN")).await).await;
    assert_eq!(keys[0][1..3], row(&["[source, contact_id, leg_no]", "agent_legs_pkey"]));
    let older = all.iter().find(|(n, sql)| n.starts_with("superset") && sql.contains("generate_subscripts")).unwrap().1.clone();
    assert_eq!(client.rows(&client.filled(&older).await).await.concat(), ["source", "contact_id", "leg_no"]);
}

#[tokio::test]
async fn parameters_may_stand_where_sqlalchemy_puts_them() {
    let client = Client::new().await;
    let sql = "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = \
               pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relkind = ANY (ARRAY[$1::VARCHAR, $2::VARCHAR]) \
               AND pg_catalog.pg_class.relpersistence != $3::VARCHAR AND pg_catalog.pg_namespace.nspname = $4::VARCHAR";
    let mut statement = super::Parser::parse_sql(&super::PostgreSqlDialect {}, sql).unwrap().remove(0);
    super::rewrite(&mut statement);
    let state = client.engine.context().state();
    let plan = state.statement_to_plan(super::Planned::Statement(Box::new(statement))).await.unwrap();
    assert_eq!(plan.get_parameter_names().unwrap().len(), 4);
}

#[tokio::test]
async fn power_bi_and_metabase_read_tables_columns_and_keys() {
    let client = Client::new().await;
    assert_eq!(client.recorded("powerbi_sets").await, [row(&["UTF8"])]);
    let keys = client.recorded("powerbi_keys").await;
    assert_eq!(keys.iter().map(|r| r[1].as_str()).collect::<Vec<_>>(), ["source", "contact_id", "leg_no", "hold_no"]);
    let types = client.recorded("npgsql_types").await;
    assert!(types.contains(&row(&["pg_catalog", "1009", "_text", "a", "false", "25"])), "{types:?}");
    assert!(types.contains(&row(&["pg_catalog", "1184", "timestamptz", "b", "false", "∅"])));
    let columns = client.recorded("metabase_columns").await;
    assert_eq!(columns[0], row(&["contact_id", "text", "0", "public", "holds", "true", "∅", "true", "false"]));
    assert!(columns[7][6].starts_with("An instant"), "{columns:?}");
    let privileges = client.recorded("metabase_privileges").await;
    assert!(privileges.contains(&row(&["∅", "public", "contacts", "false", "true", "false", "false"])), "{privileges:?}");
    let tables = client.recorded("grafana_tables").await.concat();
    assert!(tables.contains(&"contacts".to_owned()) && tables.contains(&"kpi.contacts".to_owned()), "{tables:?}");
    assert_eq!(client.recorded("grafana_columns").await[0], row(&["contact_id", "text"]));
}

#[tokio::test]
async fn the_wire_is_told_the_types_the_catalogue_tells() {
    let client = Client::new().await;
    let frame = client.engine.context().sql("SELECT oid, relname, relkind, relacl, reltuples FROM pg_catalog.pg_class").await.unwrap();
    let types: Vec<&str> = frame.schema().fields().iter().map(|f| crate::postgres::of_field(f).name).collect();
    assert_eq!(types, ["oid", "name", "char", "_text", "float4"]);
    for table in ["contacts", "events", "rejected_records"] {
        let frame = client.engine.context().table(table).await.unwrap();
        let sent: Vec<String> = frame.schema().fields().iter().map(|f| crate::postgres::of_field(f).oid.to_string()).collect();
        let told = client
            .rows(&format!("SELECT atttypid FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"))
            .await;
        assert_eq!(told.concat(), sent, "{table}");
    }
}
