//! Functions give what PostgreSQL gives.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::{Client, row};

/// Statements of one value and that value.
async fn check(cases: &[(&str, &str)]) {
    let client = Client::new().await;
    for (sql, wanted) in cases {
        assert_eq!(client.value(&format!("SELECT {sql}")).await, *wanted, "{sql}");
    }
}

#[tokio::test]
async fn zones_turn_instants_into_local_times_and_back() {
    check(&[
        ("timestamptz '2026-07-01 23:30:00+00' AT TIME ZONE 'Europe/Madrid'", "2026-07-02T01:30:00"),
        ("timezone('Europe/Madrid', timestamptz '2026-01-01 23:30:00+00')", "2026-01-02T00:30:00"),
        ("timestamp '2026-07-01 12:00:00' AT TIME ZONE 'Europe/Madrid'", "2026-07-01T10:00:00Z"),
        ("pg_typeof(now() AT TIME ZONE 'UTC')", "timestamp without time zone"),
        ("pg_typeof(now() AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Tokyo')", "timestamp with time zone"),
        ("to_char(timestamptz '2026-07-01 23:30:00+00' AT TIME ZONE 'Europe/Madrid', 'YYYY-MM-DD HH24:MI')", "2026-07-02 01:30"),
        ("date_trunc('day', timestamptz '2026-07-01 23:30:00+00', 'Europe/Madrid')", "2026-07-01T22:00:00Z"),
        ("extract(hour from timestamptz '2026-07-01 23:30:00+00' AT TIME ZONE 'Europe/Madrid')", "1"),
        ("CAST(NULL AS timestamptz) AT TIME ZONE 'Europe/Madrid'", "∅"),
        ("now() AT TIME ZONE CAST(NULL AS text)", "∅"),
        // A time that the clock skipped, and one that it showed twice.
        ("timestamp '2026-03-29 02:30:00' AT TIME ZONE 'Europe/Madrid'", "2026-03-29T01:30:00Z"),
        ("timestamp '2026-10-25 02:30:00' AT TIME ZONE 'Europe/Madrid'", "2026-10-25T01:30:00Z"),
    ])
    .await;
    let client = Client::new().await;
    assert!(client.answer("SELECT now() AT TIME ZONE 'Mars/Olympus'").await.is_err());
    // Of columns, whose zone is not known while the statement is rewritten.
    assert_eq!(
        client.value("SELECT count(*) FROM contacts WHERE (started_at AT TIME ZONE 'Europe/Madrid')::date = DATE '2026-07-02'").await,
        "0"
    );
}

#[tokio::test]
async fn days_of_a_column_begin_where_the_session_is() {
    let client = Client::within("Europe/Madrid").await;
    let of = async |what: &str| {
        let columns = "(SELECT arrow_cast('2026-07-01T23:30:00Z', 'Timestamp(Microsecond, Some(\"UTC\"))') AS at, 1 AS n) AS t";
        client.value(&format!("SELECT {what} FROM {columns}")).await
    };
    for (what, wanted) in [
        ("date_trunc('day', at)", "2026-07-01T22:00:00Z"),
        ("date_trunc('hour', at)", "2026-07-01T23:00:00Z"),
        ("date_trunc('week', at)", "2026-06-28T22:00:00Z"),
        ("date_trunc('month', at)", "2026-06-30T22:00:00Z"),
        ("date_trunc('quarter', at)", "2026-06-30T22:00:00Z"),
        ("date_trunc('year', at)", "2025-12-31T23:00:00Z"),
        ("date_trunc('day', at AT TIME ZONE 'Asia/Tokyo')", "2026-07-02T00:00:00"),
        ("extract(day from at)", "2"),
        ("extract(hour from at)", "1"),
        ("date_part('dow', at)", "4"),
        ("extract(epoch from at)::bigint", "1782948600"),
        ("at::date", "2026-07-02"),
        ("at::timestamp", "2026-07-02T01:30:00"),
        ("at::time", "01:30:00"),
        ("at::text", "2026-07-02 01:30:00+02"),
        // Beside texts, dates and local times, which lack a zone; and those that have one.
        ("at = '2026-07-02 01:30:00'", "true"),
        ("'2026-07-01 23:30:00Z' = at", "true"),
        ("at >= '2026-07-02'", "true"),
        ("at >= DATE '2026-07-02' AND at < DATE '2026-07-02' + INTERVAL '1 day'", "true"),
        ("at BETWEEN timestamp '2026-07-02 01:00:00' AND timestamp '2026-07-02 02:00:00'", "true"),
        ("at NOT BETWEEN '2026-07-02' AND '2026-07-03'", "false"),
        ("at IN ('2026-07-02 01:30:00', '2026-07-03')", "true"),
        ("at < timestamptz '2026-07-02 00:00:00+00'", "true"),
    ] {
        assert_eq!(of(what).await, wanted, "{what}");
    }
    // In groups, conditions on groups, order and subqueries, under the names that they have without.
    let (names, rows) = client
        .answer(
            "SELECT date_trunc('day', at), count(*), max(at::date) FROM (VALUES (timestamptz '2026-07-01 21:00:00+00'), \
             (timestamptz '2026-07-01 23:00:00+00'), (timestamptz '2026-07-02 01:00:00+00')) AS t(at) \
             WHERE at::date >= (SELECT min(d.at::date) FROM (VALUES (timestamptz '2026-06-30 22:00:00+00')) AS d(at)) \
             GROUP BY date_trunc('day', at) HAVING count(*) > 0 ORDER BY date_trunc('day', at)",
        )
        .await
        .unwrap();
    assert_eq!(names, ["date_trunc", "count", "max"]);
    assert_eq!(rows, [row(&["2026-06-30T22:00:00Z", "1", "2026-07-01"]), row(&["2026-07-01T22:00:00Z", "2", "2026-07-02"])]);
    // A condition still spares files: it is one on the column itself.
    let plan = client
        .rows("EXPLAIN SELECT count(*) FROM contacts WHERE started_at >= '2026-07-02' AND date_trunc('day', started_at) = '2026-07-02'")
        .await;
    assert!(plan[0][1].contains("TimestampMicrosecond(1782943200000000"), "{plan:?}");
    assert!(client.answer("SELECT count(*) FROM contacts WHERE started_at >= 'yesterday at noon'").await.is_err());
}

#[tokio::test]
async fn times_as_text_look_as_in_postgresql_and_the_rest_as_before() {
    check(&[
        ("timestamptz '2026-07-01 23:30:00+00'::text", "2026-07-01 23:30:00+00"),
        ("(timestamptz '2026-07-01 23:30:00+00' AT TIME ZONE 'Europe/Madrid')::varchar", "2026-07-02 01:30:00"),
        ("CAST(date_trunc('month', timestamp '2026-07-01 12:00:00.25') AS text)", "2026-07-01 00:00:00"),
        ("NULL::timestamp::text", "∅"),
        ("(DATE '2026-07-01')::text || '!'", "2026-07-01!"),
        ("(1 + 1)::text", "2"),
        ("(1 = 1)::text", "true"),
        ("pg_typeof(now()::text)", "text"),
    ])
    .await;
    let client = Client::new().await;
    // Of a column of text nothing is left of it: files can still be passed over by their statistics.
    let plan = client.rows("EXPLAIN SELECT count(*) FROM contacts WHERE channel::text = 'voice'").await;
    assert!(!plan[0][1].contains("pg_text"), "{plan:?}");
    assert_eq!(client.value("SELECT count(*) FROM contacts WHERE started_at::text LIKE '2026%' GROUP BY started_at::text HAVING false UNION ALL SELECT 0").await, "0");
}

#[tokio::test]
async fn a_session_knows_who_and_where_it_is() {
    check(&[
        ("current_user", "anna"),
        ("session_user", "anna"),
        ("user", "anna"),
        ("current_database()", "centre"),
        ("current_catalog", "centre"),
        ("current_schema()", "public"),
        ("current_schema", "public"),
        ("array_to_string(current_schemas(true), ',')", "pg_catalog,public"),
        ("array_to_string(pg_catalog.current_schemas(false), ',')", "public"),
        ("pg_backend_pid()", "4711"),
        ("pg_is_in_recovery()", "false"),
        ("current_setting('server_version')", "16.6"),
        ("current_setting('server_version_num')::int / 10000", "16"),
        ("current_setting('no.such', true)", "∅"),
        ("set_config('search_path', 'kpi', false)", "kpi"),
        ("pg_encoding_to_char(6)", "UTF8"),
    ])
    .await;
    let client = Client::new().await;
    let version = client.value("select pg_catalog.version()").await;
    assert!(version.starts_with("PostgreSQL 16.6 (Trunkline "), "{version}");
    assert!(client.answer("SELECT current_setting('no.such')").await.is_err());
}

#[tokio::test]
async fn objects_have_names_and_numbers() {
    check(&[
        ("'pg_class'::regclass::oid", "1259"),
        ("'pg_catalog.pg_type'::pg_catalog.regclass", "1247"),
        ("1259::regclass", "pg_class"),
        ("'contacts'::regclass::oid = 'public.contacts'::regclass::oid", "true"),
        ("CAST(CAST('kpi.agent_time' AS REGCLASS) AS TEXT)", "kpi.agent_time"),
        ("to_regclass('nothing') IS NULL", "true"),
        ("to_regtype('integer')", "23"),
        ("1009::regtype::text", "text[]"),
        ("'timestamptz'::regtype::oid", "1184"),
        ("format_type(1700, (10 << 16 | 2) + 4)", "numeric(10,2)"),
        ("format_type(1184, -1)", "timestamp with time zone"),
        ("format_type(1043, 24)", "character varying(20)"),
        ("format_type(25, NULL)", "text"),
        ("pg_typeof(1::bigint)", "bigint"),
        ("quote_ident('Order')", "\"Order\""),
        ("quote_ident('select')", "\"select\""),
        ("quote_ident('queue')", "queue"),
        ("quote_literal('it''s')", "'it''s'"),
        ("format('%I.%s %L', 'My Table', 'x', NULL)", "\"My Table\".x NULL"),
        ("pg_size_pretty(123456789)", "118 MB"),
        ("(parse_ident('public.holds'))[2]", "holds"),
        ("array_upper(ARRAY[1,2,3], 1)", "3"),
        ("array_lower(ARRAY[1,2,3], 1)", "1"),
        ("pg_get_userbyid(10)", "trunkline"),
    ])
    .await;
}

#[tokio::test]
async fn privileges_are_those_of_a_reader() {
    check(&[
        ("has_table_privilege('public.contacts', 'SELECT')", "true"),
        ("has_table_privilege('anna', 'public.contacts', 'select, insert')", "true"),
        ("has_table_privilege('public.contacts', 'INSERT')", "false"),
        ("has_table_privilege('bob', 'public.contacts', 'SELECT')", "false"),
        ("has_table_privilege('public.contacts'::regclass::oid, 'SELECT')", "true"),
        ("has_table_privilege(1::oid, 'SELECT')", "∅"),
        ("has_column_privilege('public.contacts', 'contact_id', 'SELECT')", "true"),
        ("has_column_privilege('public.contacts', 'nothing', 'SELECT')", "∅"),
        ("has_schema_privilege('public', 'USAGE')", "true"),
        ("has_schema_privilege('public', 'CREATE')", "false"),
        ("has_schema_privilege('nothing', 'USAGE')", "false"),
        ("has_database_privilege('centre', 'CONNECT')", "true"),
        ("has_database_privilege('centre', 'TEMPORARY')", "false"),
        ("pg_has_role('anna', 'USAGE')", "true"),
        ("pg_has_role('trunkline', 'MEMBER')", "false"),
    ])
    .await;
    assert!(Client::new().await.answer("SELECT has_table_privilege('nothing', 'SELECT')").await.is_err());
}

#[tokio::test]
async fn the_search_path_decides_what_is_visible() {
    let client = Client::new().await;
    let visible = "SELECT pg_table_is_visible('public.holds'::regclass), pg_table_is_visible('kpi.holds'::regclass), current_schema()";
    assert_eq!(client.rows(visible).await, [row(&["true", "false", "public"])]);
    client.settings().set("search_path", "kpi, public");
    assert_eq!(client.rows(visible).await, [row(&["false", "true", "kpi"])]);
    assert_eq!(client.value("SELECT 'kpi.holds'::regclass::text").await, "holds");
    client.settings().reset(None);
    assert_eq!(client.rows(visible).await, [row(&["true", "false", "public"])]);
    assert_eq!(client.value("SELECT current_setting('session_authorization')").await, "anna");
}

#[tokio::test]
async fn columns_without_a_name_get_that_of_postgresql() {
    let client = Client::new().await;
    let names = async |sql: &str| client.answer(sql).await.unwrap().0.join(" ");
    assert_eq!(names("SELECT 1, 'x', lower('A'), 5::int, count(*), true").await, "?column? ?column? lower int4 count bool");
    assert_eq!(names("SELECT NULL, nspname, NULL FROM pg_catalog.pg_namespace").await, "?column? nspname ?column?");
    assert_eq!(names("SELECT oid::text, relname AS n, relkind AS n FROM pg_class").await, "oid n n");
    assert_eq!(names("SELECT CASE WHEN true THEN 1 END, extract(year FROM now())").await, "case extract");
}

#[tokio::test]
async fn what_is_told_of_a_column_is_what_it_is() {
    let client = Client::new().await;
    let mixed = [
        ("SELECT CASE WHEN 1 = 2 THEN 1 ELSE 1.5 END", "1.5"),
        ("SELECT sum(CASE WHEN x = 1 THEN 1 ELSE 0.5 END) FROM (VALUES (1), (2)) AS t(x)", "1.5"),
        (
            "SELECT max(y) FROM (SELECT CASE WHEN x = 1 THEN NULL WHEN x = 2 THEN 2::int ELSE 9999999999 END AS y FROM (VALUES (1), (3)) AS t(x)) AS u",
            "9999999999",
        ),
        ("SELECT max(x) + 1 FROM (SELECT 1 AS x UNION ALL SELECT 1.5) AS t", "2.5"),
        ("SELECT max(x) FROM (SELECT 1::int AS x UNION SELECT 9999999999) AS t", "9999999999"),
        ("SELECT sum(x) OVER () FROM (SELECT CASE WHEN 1 = 2 THEN 1 ELSE 1.5 END AS x UNION ALL SELECT 1 LIMIT 1) AS t", "1.5"),
        ("SELECT max(x) FROM (SELECT NULL AS x UNION ALL SELECT 2) AS t", "2"),
        ("SELECT max(x) FROM (SELECT date '2026-01-05' AS x UNION ALL SELECT timestamp '2026-01-05 10:00') AS t", "2026-01-05 10:00:00"),
        ("SELECT (SELECT 1 UNION ALL SELECT 1.5 ORDER BY 1 DESC LIMIT 1)", "1.5"),
        (
            "SELECT max(CASE WHEN n = 1 THEN -n ELSE n END) FROM (SELECT row_number() OVER () - 3 AS n FROM (VALUES (1), (2)) AS t(x)) AS u",
            "-1",
        ),
    ];
    for (sql, wanted) in mixed {
        client.answers(sql, wanted).await;
        let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap();
        let frame = client.engine.plan_statement(statements.remove(0), sql).await.unwrap();
        let told = frame.schema().field(0).data_type().clone();
        let batches = frame.collect().await.unwrap();
        assert!(batches.iter().all(|batch| *batch.schema().field(0).data_type() == told), "{sql}: {told} was told");
    }
}

#[tokio::test]
async fn times_that_are_joined_to_texts_are_written_as_such() {
    let client = Client::within("Europe/Madrid").await;
    client.answers("SELECT 'at ' || timestamp '2026-01-05 10:00:00'", "at 2026-01-05 10:00:00").await;
    client.answers("SELECT timestamptz '2026-01-05 10:00:00+00' || '!'", "2026-01-05 11:00:00+01!").await;
    client.answers("SELECT 'for ' || interval '1 day 02:03'", "for 1 day 02:03:00").await;
    client.answers("SELECT array_to_string(ARRAY[1, 2] || 3, ',')", "1,2,3").await;
}

#[tokio::test]
async fn what_counts_is_a_bigint() {
    let client = Client::new().await;
    let rows = "FROM (VALUES (1), (2), (2)) AS t(x)";
    for shown in ["row_number() OVER (ORDER BY x)", "rank() OVER (ORDER BY x)", "ntile(2) OVER (ORDER BY x)", "cardinality(ARRAY[x])"] {
        let kinds = client.rows(&format!("SELECT DISTINCT pg_typeof(n) FROM (SELECT {shown} AS n {rows}) AS u")).await;
        assert_eq!(kinds, [row(&["bigint"])], "{shown}");
        let within = client
            .rows(&format!("SELECT max(n) FROM (SELECT x, {shown} AS n {rows}) AS u GROUP BY x HAVING max(n) > 0 ORDER BY max(n)"))
            .await;
        assert!(within.len() == 2, "{within:?}");
    }
    assert_eq!(client.value(&format!("SELECT string_agg(u.n::text, ',') FROM (SELECT x, row_number() OVER (ORDER BY x) AS n {rows} ORDER BY n) AS u WHERE u.n <> 2")).await, "1,3");
}
